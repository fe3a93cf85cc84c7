//! Names, types, actions, grants and values.

use super::check;

#[test]
fn a_schema_alone_says_nothing() {
    check(super::SCHEMA, &[]);
}
