//! From files to an engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use assize_compiler::compile::compile_to_run;
use assize_compiler::package::{PackageSources, load};
#[cfg(feature = "bundle")]
use assize_runtime::bundle::{self, Bundle, Trust};
use assize_runtime::engine::{Compiling, Engine as PolicyEngine, EngineKind, EngineOptions};
use assize_runtime::{Value, Verified, json, profile_params};

use smol_str::SmolStr;

use crate::{BuildError, Engine};

/// Collects what an engine needs; [`Builder::build`] checks that it fits together.
#[derive(Debug, Default)]
pub struct Builder {
    policies: Option<Policies>,
    profile: Option<String>,
    params: Vec<(String, Value)>,
    data: Vec<(String, Vec<u8>)>,
    engine: EngineKind,
    compiling: Option<Compiling>,
}

/// A compiled package.
#[derive(Debug)]
struct Policies {
    program: Verified,
    /// Values of params by profile.
    profiles: Vec<(SmolStr, Vec<(SmolStr, Value)>)>,
    data_files: Vec<PathBuf>,
}

impl Builder {
    /// Compiles a package: its folder, or a single policy file.
    pub fn package(mut self, path: impl AsRef<Path>) -> Result<Self, BuildError> {
        self.policies = Some(compile_path(path.as_ref())?);
        Ok(self)
    }

    /// Compiles a package from memory: names and texts of its files.
    pub fn sources<'a>(
        mut self,
        texts: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, BuildError> {
        self.policies = Some(compile_sources(PackageSources::from_texts(texts))?);
        Ok(self)
    }

    /// Loads a package that `assize build` has compiled, if it may be trusted; see [`Trust`].
    #[cfg(feature = "bundle")]
    pub fn bundle(self, path: impl AsRef<Path>, trust: &Trust) -> Result<Self, BuildError> {
        let path = path.as_ref();
        let bytes =
            fs::read(path).map_err(|error| BuildError::Unreadable { path: path.to_owned(), error })?;
        self.bundle_bytes(&bytes, trust)
    }

    /// The same from memory.
    #[cfg(feature = "bundle")]
    pub fn bundle_bytes(mut self, bytes: &[u8], trust: &Trust) -> Result<Self, BuildError> {
        let Bundle { program, profiles, .. } = bundle::read(bytes, trust)?;
        self.policies = Some(Policies { program, profiles, data_files: Vec::new() });
        Ok(self)
    }

    /// Binds params as this profile of the package's manifest says, over what its profile `default` says.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// Binds one param, whatever the profile says. Its name is in full, or without its module where that is unique.
    pub fn param(mut self, name: impl Into<String>, value: Value) -> Self {
        self.params.push((name.into(), value));
        self
    }

    /// Adds a file of entities and grants, JSON or NDJSON.
    pub fn data_file(mut self, path: impl AsRef<Path>) -> Result<Self, BuildError> {
        let path = path.as_ref();
        let bytes =
            fs::read(path).map_err(|error| BuildError::Unreadable { path: path.to_owned(), error })?;
        self.data.push((path.display().to_string(), bytes));
        Ok(self)
    }

    /// Adds entities and grants from memory. `name` is what messages call them.
    pub fn data(mut self, name: impl Into<String>, json: impl Into<Vec<u8>>) -> Self {
        self.data.push((name.into(), json.into()));
        self
    }

    /// Adds the data files that the manifest of the package names. They are left out unless this is called: a service brings
    /// its own data.
    pub fn package_data(mut self) -> Result<Self, BuildError> {
        let files = self.policies.as_ref().ok_or(BuildError::NoPackage)?.data_files.clone();
        for file in files {
            self = self.data_file(file)?;
        }
        Ok(self)
    }

    /// Chooses the engine; native code if nothing is said.
    pub fn engine(mut self, engine: EngineKind) -> Self {
        self.engine = engine;
        self
    }

    /// Chooses when machine code is made; if nothing is said, [`Compiling::Behind`] the decisions.
    pub fn compiling(mut self, compiling: Compiling) -> Self {
        self.compiling = Some(compiling);
        self
    }

    /// The compiled package alone, for [`crate::PolicyEngine::reload`].
    pub fn program(self) -> Result<Verified, BuildError> {
        Ok(self.policies.ok_or(BuildError::NoPackage)?.program)
    }

    /// The engine, if all data fits and all params have values.
    pub fn build(self) -> Result<Engine, BuildError> {
        let policies = self.policies.ok_or(BuildError::NoPackage)?;
        let mut params = {
            let profiles = policies.profiles.iter().map(|(name, values)| (name, values));
            profile_params(profiles, self.profile.as_deref())?
        };
        for (name, value) in self.params {
            params.push((name.into(), value));
        }
        let files = self.data.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let data = json::load(&policies.program.schema, files, now())?;
        let compiling = self.compiling.unwrap_or(Compiling::Behind);
        let options = EngineOptions { engine: self.engine, compiling, params, data: Some(data) };
        Ok(Engine::from(PolicyEngine::new(policies.program, options)?))
    }
}

fn compile_path(path: &Path) -> Result<Policies, BuildError> {
    match load(&[path.to_owned()]) {
        Ok(sources) => compile_sources(sources),
        Err(failure) => Err(BuildError::policies(&failure.files, failure.diagnostics)),
    }
}

fn compile_sources(sources: PackageSources) -> Result<Policies, BuildError> {
    let data_files = sources.data_files();
    let compilation = compile_to_run(sources);
    match compilation.program.clone() {
        Some(program) => {
            let profiles = compilation.profiles.into_iter().collect();
            Ok(Policies { program, profiles, data_files })
        }
        None => Err(BuildError::policies(&compilation.files, compilation.diagnostics)),
    }
}

/// The time of loading, against which the ends of rows of grants `for at most` are measured.
#[allow(
    clippy::disallowed_methods,
    reason = "loading data is an act of the deployment, not part of a decision"
)]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
