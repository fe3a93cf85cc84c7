//! The Assize runtime: what a decision is, and how it is made.
//!
//! In comes a compiled package ([`program::Program`]), data and requests; out come decisions with reasons. It knows no source
//! text: a service that loads compiled packages links no parser. Read [`program`] for the compiled form, [`types`] and [`value`] for what
//! flows through it, `interpret` for its meaning and `native` for its machine code.

pub mod builtins;
#[cfg(feature = "bundle")]
pub mod bundle;
pub mod data;
pub mod declared;
#[cfg(test)]
mod differential;
mod ends;
pub mod engine;
pub mod fit;
pub mod interpret;
pub mod json;
pub mod literal;
pub mod names;
#[cfg(feature = "jit")]
pub mod native;
mod outcome;
mod params;
pub mod persistent;
pub mod program;
mod secret;
#[cfg(test)]
mod testing;
pub mod types;
pub mod value;
pub mod verify;
mod weight;
pub mod wire;
mod zone;

pub use engine::{Engine, EngineKind, EngineOptions, Report, Request};
pub use interpret::{Library, Traced, evaluate, interpret, interpret_traced};
pub use outcome::{Decision, GrantReason, Obligation, Obligations, Outcome, Query};
pub use params::{ParamError, Params, UnknownProfile, profile_params};
pub use value::{EntityUid, EvalError, Value};
pub use verify::{Verified, VerifyError, verify};
pub use zone::Zone;
