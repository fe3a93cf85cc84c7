//! Reverse questions answer what asking about each candidate answers, page by page as well as at once.

mod brute_force;
mod conditions;
mod cursors;
mod world;
