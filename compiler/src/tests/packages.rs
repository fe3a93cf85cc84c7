//! Whole packages: the examples.

use std::path::Path;

use super::findings;
use crate::compile::compile;
use crate::package::load;

#[test]
fn the_examples_compile_without_a_word() {
    for name in ["drive", "forge", "todo", "payroll"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        let compilation = compile(load(&[folder]).unwrap());
        assert_eq!(findings(&compilation), [""; 0], "{name}");
        assert!(compilation.is_ok());
    }
}
