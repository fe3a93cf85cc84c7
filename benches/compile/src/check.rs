//! What is timed: from texts to everything that there is to say about them, in both systems.

use std::str::FromStr;

use assize_compiler::compile::{Compilation, compile};
use assize_compiler::package::PackageSources;
use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};

use crate::generate::Generated;

/// The texts as the loader hands them over.
pub fn sources(package: &Generated) -> PackageSources {
    PackageSources::from_texts(package.assize.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

/// What `assize check` does after reading the files: parsing, names, types, lints, the Program and its verification.
///
/// # Panics
///
/// If there is an error.
pub fn assize(sources: PackageSources) -> Compilation {
    let compilation = compile(sources);
    if compilation.program.is_none() {
        let errors = compilation.diagnostics.iter().filter(|located| located.is_error());
        let shown =
            errors.take(5).map(|it| (&it.diagnostic.message, &compilation.files[it.file as usize].name));
        panic!("the package does not compile: {:#?}", shown.collect::<Vec<_>>());
    }
    compilation
}

/// What Cedar does before it can decide safely: the schema, parsing, strict validation. Returns the number of policies.
///
/// # Panics
///
/// If something is not valid.
pub fn cedar(package: &Generated) -> usize {
    let (schema, warnings) = Schema::from_cedarschema_str(&package.cedar_schema).expect("the schema is one");
    assert_eq!(warnings.count(), 0, "the schema has warnings");
    let policies = cedar_policies(package);
    let validation = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    assert!(validation.validation_passed(), "not valid in Cedar: {validation}");
    policies.policies().count()
}

/// The policies in Cedar, parsed.
pub fn cedar_policies(package: &Generated) -> PolicySet {
    PolicySet::from_str(&package.cedar_policies).expect("the policies parse")
}
