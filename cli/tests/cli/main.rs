//! The binary from end to end: every test runs `assize` as a user would.

mod bad_input;
mod bundle;
mod commands;
mod common;
mod fix;
mod fmt;
mod pages;
mod query;
mod reference;
mod refused_program;
mod sarif;
mod usage;
