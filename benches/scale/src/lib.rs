//! How long a decision takes as policies grow from 10 to 100,000, and over a million entities and ten million grants.
//!
//! | part | what grows | beside it |
//! |---|---|---|
//! | [`policies`] | policies of one shape ([`folders`]) and of six ([`hospital`]) | Rust with an index by hand, Cedar |
//! | [`entities`] | principals and resources, beyond the caches | packed rows by hand, with and without prefetch |
//! | [`reverse`] | who can, and what can, among a million candidates | all of them decided in batches; a loop by hand |
//! | [`grants`] | rows of a grant, in several shapes | rows by hand, sorted, by resource |
//!
//! All must decide alike before they are timed.

mod case;
mod engines;
pub mod entities;
mod folders;
mod grants;
mod hospital;
pub mod load;
mod policies;
mod reverse;
mod threads;

use assize_bench_common::table::Table;
use clap::{Args, ValueEnum};

/// What is measured.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A short run that shows agreement and rough ratios
    #[arg(long)]
    pub quick: bool,
    /// Only this part
    #[arg(long)]
    pub only: Option<Part>,
    /// Only sets of policies whose name begins so: folders, hospital
    #[arg(long)]
    pub set: Option<String>,
    /// No more policies, entities of a type, or grant rows than this
    #[arg(long)]
    pub most: Option<usize>,
    /// Leave Cedar out
    #[arg(long)]
    pub without_cedar: bool,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// 10 to 100,000 policies
    Policies,
    /// A million principals and a million resources
    Entities,
    /// Questions about a million candidates
    Reverse,
    /// Up to ten million grant rows
    Grants,
}

/// Measures and hands each table over as it is ready.
///
/// # Errors
///
/// If the options ask for what there is not.
pub fn run(options: &Options, mut ready: impl FnMut(Table)) -> Result<(), String> {
    let wanted = |part| options.only.is_none_or(|only| only == part);
    if wanted(Part::Policies) {
        policies::run(options, &mut ready)?;
    }
    if wanted(Part::Entities) {
        entities::run(options, &mut ready);
    }
    if wanted(Part::Reverse) {
        reverse::run(options, &mut ready);
    }
    if wanted(Part::Grants) {
        grants::run(options, &mut ready);
    }
    Ok(())
}
