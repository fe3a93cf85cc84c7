//! Assize.
fn main() {}
