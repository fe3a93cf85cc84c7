//! The arguments of `assize query`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{EngineName, PackageArgs};

/// What is asked.
#[derive(Debug, Subcommand)]
pub enum QueryCommand {
    /// Who can do this action on that resource
    WhoCan(WhoCanArgs),
    /// What this principal can do that action on
    WhatCan(WhatCanArgs),
    /// Which actions a principal can do on a resource
    Actions(ActionsArgs),
    /// Which policies touch an entity, are for an action, or serve a control
    Policies(PoliciesArgs),
    /// Which policies serve which controls, and which tests show it: Markdown for an auditor
    Controls(ControlsArgs),
}

/// Arguments of `query who-can`.
#[derive(Debug, Args)]
pub struct WhoCanArgs {
    /// What they want to do: `read`
    #[arg(value_name = "ACTION")]
    pub action: String,

    /// To what: `Document::"d1"`
    #[arg(value_name = "RESOURCE")]
    pub resource: String,

    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub asking: AskingArgs,

    /// Only principals of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub ty: Option<String>,
}

/// Arguments of `query what-can`.
#[derive(Debug, Args)]
pub struct WhatCanArgs {
    /// Who asks: `User::"ann"`
    #[arg(value_name = "PRINCIPAL")]
    pub principal: String,

    /// What they want to do: `read`
    #[arg(value_name = "ACTION")]
    pub action: String,

    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub asking: AskingArgs,

    /// Only resources of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub ty: Option<String>,
}

/// Arguments of `query actions`.
#[derive(Debug, Args)]
pub struct ActionsArgs {
    /// Who asks: `User::"ann"`
    #[arg(value_name = "PRINCIPAL")]
    pub principal: String,

    /// On what: `Document::"d1"`
    #[arg(value_name = "RESOURCE")]
    pub resource: String,

    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub asking: AskingArgs,
}

/// What all questions about decisions have in common.
#[derive(Debug, Args)]
pub struct AskingArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub package: PackageArgs,

    /// The context that the answers are for, as JSON, or @FILE to read it from a file
    #[arg(long, value_name = "JSON")]
    pub context: Option<String>,

    /// Entities and grants, JSON or NDJSON; may be given several times
    #[arg(long, value_name = "FILE")]
    pub data: Vec<PathBuf>,

    /// Leave out the data files that `assize.toml` names
    #[arg(long)]
    pub no_package_data: bool,

    /// The time that the answers are for (RFC 3339), instead of asking the clock
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,

    /// Which engine decides
    #[arg(long, value_enum, default_value_t = EngineName::Jit)]
    pub engine: EngineName,

    /// At most so many answers
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,

    /// Only answers that come after this one, which the last page names
    #[arg(long, value_name = "ANSWER")]
    pub after: Option<String>,

    /// Tell why: policies, grant rows, obligations
    #[arg(long)]
    pub reasons: bool,
}

/// Arguments of `query policies`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("about").required(true).multiple(true))]
pub struct PoliciesArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub package: PackageArgs,

    /// Policies whose patterns this entity can match, or that name it: `User::"ann"`
    #[arg(long, value_name = "ENTITY", group = "about")]
    pub entity: Option<String>,

    /// Policies that are for this action, or for one that it includes
    #[arg(long, value_name = "ACTION", group = "about")]
    pub action: Option<String>,

    /// Policies with this control, `SOC2:CC6.1`, or one of this framework, `SOC2`
    #[arg(long, value_name = "CONTROL", group = "about")]
    pub control: Option<String>,

    /// Entities and grants, JSON or NDJSON; may be given several times
    #[arg(long, value_name = "FILE")]
    pub data: Vec<PathBuf>,

    /// Leave out the data files that `assize.toml` names
    #[arg(long)]
    pub no_package_data: bool,

    /// The time at which rows of grants count (RFC 3339), instead of asking the clock
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
}

/// Arguments of `query controls`.
#[derive(Debug, Args)]
pub struct ControlsArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub package: PackageArgs,

    /// A page of HTML instead of Markdown
    #[arg(long)]
    pub html: bool,
}
