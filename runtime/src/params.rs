//! The values of a Program's `param`s in one deployment.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::fit::fits;
use crate::program::Program;
use crate::value::Value;

/// One value for each param, each of its type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(Arc<[Value]>);

/// Why params cannot be bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// No param has this name, in full or without its module.
    #[error("there is no param `{0}`")]
    Unknown(SmolStr),
    /// More than one module has a param of this name.
    #[error("there is more than one param `{0}`: write its module too, as in `{1}`")]
    Ambiguous(SmolStr, SmolStr),
    /// The value is of another type.
    #[error("the value of param `{0}` does not have its type")]
    WrongType(SmolStr),
    /// Neither bound nor declared with a value.
    #[error("param `{0}` has no value: bind one")]
    Unbound(SmolStr),
}

impl Params {
    /// The declared values, except where `bound` has another. Names are full, or without module where that is unique.
    pub fn bind(
        program: &Program,
        bound: impl IntoIterator<Item = (SmolStr, Value)>,
    ) -> Result<Params, ParamError> {
        let mut values: Vec<Option<Value>> =
            program.params.iter().map(|param| param.default.clone()).collect();
        for (name, value) in bound {
            let at = position(program, &name)?;
            values[at] = Some(value);
        }
        let checked = program.params.iter().zip(values).map(|(param, value)| match value {
            None => Err(ParamError::Unbound(param.name.clone())),
            Some(value) if fits(&program.schema, &value, &param.ty) => Ok(value),
            Some(_) => Err(ParamError::WrongType(param.name.clone())),
        });
        Ok(Params(checked.collect::<Result<Vec<_>, _>>()?.into()))
    }

    /// By index of the param.
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}

/// A profile that a package does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownProfile {
    /// What was asked for.
    pub name: String,
    /// What there is.
    pub known: Vec<SmolStr>,
}

impl std::fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no profile `{}`", self.name)?;
        match self.known.as_slice() {
            [] => write!(f, ": `assize.toml` has none; write `[params.{}]`", self.name),
            known => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                write!(f, ": `assize.toml` has {}", known.join(", "))
            }
        }
    }
}

impl std::error::Error for UnknownProfile {}

/// What a deployment binds params to: what the profile `default` says, if there is one, and over it what the named one says.
pub fn profile_params<'p>(
    profiles: impl Iterator<Item = (&'p SmolStr, &'p Vec<(SmolStr, Value)>)> + Clone,
    profile: Option<&str>,
) -> Result<Vec<(SmolStr, Value)>, UnknownProfile> {
    let find = |name: &str| profiles.clone().find(|(known, _)| *known == name).map(|(_, values)| values);
    let mut bound: IndexMap<SmolStr, Value> = IndexMap::new();
    bound.extend(find("default").into_iter().flatten().cloned());
    if let Some(name) = profile {
        let named = find(name).ok_or_else(|| UnknownProfile {
            name: name.to_owned(),
            known: profiles.clone().map(|(known, _)| known.clone()).collect(),
        })?;
        bound.extend(named.iter().cloned());
    }
    Ok(bound.into_iter().collect())
}

/// The index of the param of this name.
fn position(program: &Program, name: &SmolStr) -> Result<usize, ParamError> {
    if let Some(at) = program.params.iter().position(|param| param.name == *name) {
        return Ok(at);
    }
    let bare = |full: &SmolStr| full.rsplit("::").next() == Some(name.as_str());
    let mut found = (0..program.params.len()).filter(|at| bare(&program.params[*at].name));
    match (found.next(), found.next()) {
        (None, _) => Err(ParamError::Unknown(name.clone())),
        (Some(at), None) => Ok(at),
        (Some(at), Some(_)) => Err(ParamError::Ambiguous(name.clone(), program.params[at].name.clone())),
    }
}
