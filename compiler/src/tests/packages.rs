//! Whole packages: the examples.

use std::path::Path;

use assize_runtime::Params;

use super::findings;
use crate::cases::run::{Interpreter, run};
use crate::compile::compile;
use crate::package::load;

#[test]
fn the_examples_compile_without_a_word_and_pass_their_tests() {
    for name in ["drive", "forge", "todo", "payroll"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        let compilation = compile(load(&[folder]).unwrap());
        assert_eq!(findings(&compilation), [""; 0], "{name}");
        let program = compilation.program.unwrap();
        let params = Params::bind(&program, []).unwrap();
        assert!(!compilation.tests.is_empty());
        for case in &compilation.tests {
            let result = run(&program, &params, case, &Interpreter { program: &program, params: &params });
            let failed: Vec<_> = result.expectations.iter().filter_map(|it| it.message()).collect();
            assert_eq!(failed, [""; 0], "{name}: {}", case.name);
        }
    }
}
