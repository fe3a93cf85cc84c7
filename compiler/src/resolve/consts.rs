//! The values of consts.
