//! Admission of Programs: whatever passes can be run by both engines without a panic, without unbounded work and without undefined
//! behaviour, whoever wrote it.
//!
//! ```text
//! schema     indices, closed hierarchy of actions        types    every type and value, before anything compares them
//! body       shape of the node graph, scopes, heights    operation  types of operands and results
//! policy     patterns, grants, obligations               coverage   variants against environments: a gap would lose a deny
//! ```
//! What it finds is the fault of a tool, not of a policy author, so the first fault is enough.

mod body;
mod coverage;
mod operation;
mod policy;
mod schema;
#[cfg(test)]
mod tests;
mod types;

use std::ops::Deref;
use std::sync::Arc;

use regex::Regex;
use rustc_hash::FxHashMap;

use crate::names::Names;
use crate::program::{Program, compile_regex};
use crate::types::{EntityTypes, Environment};

/// How high the tree of a body may be, bodies of called functions included: recursion over it is safe.
pub const MAX_HEIGHT: u32 = 1024;
/// How many nodes a body may have when the bodies of called functions are put in their place.
pub const MAX_EXPANDED_NODES: u64 = 1 << 18;
/// How deep a type may be nested.
pub const MAX_TYPE_DEPTH: u32 = 32;
/// How many parts a type may have.
pub const MAX_TYPE_PARTS: u32 = 4096;
/// How many entity types there may be.
pub const MAX_ENTITY_TYPES: usize = 4096;
/// How many of anything else there may be: actions, enums, variants, fields, grants, functions, patterns.
pub const MAX_DECLARED: usize = 1 << 16;
/// How many policies there may be.
pub const MAX_POLICIES: usize = 1 << 20;
/// How many pairs of a policy and an environment that it is for there may be, and a bound on the work of finding them.
pub const MAX_APPLICABLE: u64 = 1 << 26;

/// Why a Program is not admitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct VerifyError {
    /// Where in the Program.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

impl VerifyError {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        VerifyError { place: place.into(), problem: problem.into() }
    }
}

/// A Program that was verified, with what both engines look up in it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Verified(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    program: Program,
    names: Names,
    regexes: Vec<Regex>,
    ancestor_types: Vec<Option<EntityTypes>>,
    applicable: FxHashMap<Environment, Vec<(u32, u32)>>,
}

impl Deref for Verified {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.0.program
    }
}

impl Verified {
    /// Names of what the schema declares.
    pub fn names(&self) -> &Names {
        &self.0.names
    }

    /// The compiled `matches` patterns, by index.
    pub fn regexes(&self) -> &[Regex] {
        &self.0.regexes
    }

    /// Types that ancestors of an entity of this type can have; `None` if it can have none.
    pub fn ancestor_types(&self, ty: crate::types::EntityTypeId) -> Option<&EntityTypes> {
        self.0.ancestor_types.get(ty.index())?.as_ref()
    }

    /// The policies that can match in an environment, each with its variant for it, in source order; empty for an environment
    /// that no request can have.
    pub fn applicable(&self, environment: Environment) -> &[(u32, u32)] {
        self.0.applicable.get(&environment).map_or(&[], Vec::as_slice)
    }

    /// The environments that some policy is for, ascending. A schema can have far more.
    pub fn environments(&self) -> Vec<Environment> {
        let mut environments: Vec<_> = self.0.applicable.keys().copied().collect();
        environments.sort_unstable();
        environments
    }

    /// Whether both are the same Program in memory.
    pub fn same(&self, other: &Verified) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Admits a Program, or says what is wrong with it.
pub fn verify(program: Program) -> Result<Verified, VerifyError> {
    let ancestor_types = schema::check(&program.schema)?;
    let verifier = Verifier::new(&program, &ancestor_types)?;
    verifier.params()?;
    let functions = verifier.functions()?;
    let applicable = verifier.policies(&functions)?;
    let regexes = regexes(&program)?;
    for (index, pattern) in program.like_patterns.iter().enumerate() {
        if pattern.parts.is_empty() {
            return Err(VerifyError::new(format!("like pattern {index}"), "it has no parts"));
        }
    }
    let names = Names::new(&program.schema);
    Ok(Verified(Arc::new(Inner { names, regexes, ancestor_types, applicable, program })))
}

fn regexes(program: &Program) -> Result<Vec<Regex>, VerifyError> {
    let compiled = program.regexes.iter().enumerate().map(|(index, source)| {
        compile_regex(source).map_err(|error| VerifyError::new(format!("regex {index}"), error.to_string()))
    });
    compiled.collect()
}

/// What all checks share.
struct Verifier<'a> {
    program: &'a Program,
    /// By entity type.
    ancestor_types: &'a [Option<EntityTypes>],
}

impl<'a> Verifier<'a> {
    fn new(program: &'a Program, ancestor_types: &'a [Option<EntityTypes>]) -> Result<Self, VerifyError> {
        let counts = [
            ("params", program.params.len(), MAX_DECLARED),
            ("functions", program.functions.len(), MAX_DECLARED),
            ("like patterns", program.like_patterns.len(), MAX_DECLARED),
            ("regexes", program.regexes.len(), MAX_DECLARED),
            ("policies", program.policies.len(), MAX_POLICIES),
        ];
        for (what, count, most) in counts {
            if count > most {
                return Err(VerifyError::new(what, format!("there are more than {most}")));
            }
        }
        Ok(Verifier { program, ancestor_types })
    }

    fn params(&self) -> Result<(), VerifyError> {
        for param in &self.program.params {
            let place = || format!("param `{}`", param.name);
            types::check_type(&self.program.schema, &param.ty)
                .map_err(|problem| VerifyError::new(place(), problem))?;
            if matches!(param.ty, crate::types::Type::Optional(_)) {
                return Err(VerifyError::new(place(), "its type is optional"));
            }
            if param
                .default
                .as_ref()
                .is_some_and(|value| !crate::fit::fits(&self.program.schema, value, &param.ty))
            {
                return Err(VerifyError::new(place(), "its value does not have its type"));
            }
        }
        Ok(())
    }
}
