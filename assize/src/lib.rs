//! Assize in a service: compile a package, give it data, decide.
//!
//! ```
//! use assize::{Decision, Engine};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))?;
//! let engine = Engine::builder().package("examples/drive")?.package_data()?.build()?;
//! let report = engine.report_json(
//!     r#"{"principal": "User::\"bob\"", "action": "read", "resource": "Document::\"launch\"",
//!         "context": {"mfa": true, "ip": "203.0.113.7", "device": {"managed": true}}}"#,
//! )?;
//! match report.decision() {
//!     Decision::Allow => println!("go ahead"),
//!     Decision::AllowWith(obligations) => println!("go ahead, and do {obligations:?}"),
//!     Decision::Deny => println!("no: {}", report.to_json()),
//! }
//! # assert!(!report.allowed());
//! # Ok(())
//! # }
//! ```
//!
//! This crate joins the compiler and the runtime, which do not depend on each other in this direction: a service that loads only
//! what others compiled can name `assize-runtime` alone. [`Builder`] makes an [`Engine`], and everything that an engine can do
//! is described at [`PolicyEngine`], which it stands for: requests as JSON, by names, by handles or in batches, each answered by a bare
//! [`Decision`] (`decide..`) or by a [`Report`] with all reasons (`report..`); updates of the data; reloading policies.

mod builder;
mod error;

use std::ops::Deref;

pub use assize_runtime as runtime;
#[cfg(feature = "bundle")]
pub use assize_runtime::bundle::{self, Bundle, BundleError, Trust, VerifyingKey};
pub use assize_runtime::data::{Data, Entity};
pub use assize_runtime::engine::{
    ActionHandle, ActionsInContext, AsRecord, Compiling, ContextHandle, Decisions, Edit,
    Engine as PolicyEngine, EngineKind, EntitiesInContext, EntityHandle, Fields, Given, IdRequest, InContext,
    NativeStats, NotAsked, Page, PermittedInContext, Reader, Report, Request, Snapshot, Stats,
};
pub use assize_runtime::json::RequestError;
pub use assize_runtime::{Decision, EntityUid, Obligation, Obligations, Outcome, Value, Verified};

pub use builder::Builder;
pub use error::BuildError;

/// A policy decision point over a package and data. Share it by reference or in an `Arc`: every method takes `&self`, and
/// readers never wait.
#[derive(Debug)]
pub struct Engine(PolicyEngine);

impl Engine {
    /// The way to one: name a package, data, and build.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Deref for Engine {
    type Target = PolicyEngine;

    fn deref(&self) -> &PolicyEngine {
        &self.0
    }
}

impl From<PolicyEngine> for Engine {
    fn from(engine: PolicyEngine) -> Self {
        Engine(engine)
    }
}
