//! Patterns, environments and the bodies of policies.

use super::{compiled, findings};

const PAGE: &str = include_str!("../../../examples/drive/drive.assize");

#[test]
fn the_page_of_the_design_compiles_without_a_word() {
    let compilation = compiled(PAGE);
    assert_eq!(findings(&compilation), [""; 0]);
    assert!(compilation.is_ok());
}
