//! `assize query`: reverse questions about a package with its data.

mod ask;
mod controls;
mod csv;
mod policies;
mod show;

use std::io::Write;

use crate::args::{AnyFormat, QueryCommand};
use crate::exit::{Exit, Stop};

/// Compiles, loads, asks. Nothing is answered before everything has been found in order.
pub fn run(question: &QueryCommand, format: AnyFormat, out: &mut impl Write) -> Result<Exit, Stop> {
    if format == AnyFormat::Sarif {
        return Err(format.refused());
    }
    match question {
        QueryCommand::WhoCan(args) => ask::who_can(args, format, out),
        QueryCommand::WhatCan(args) => ask::what_can(args, format, out),
        QueryCommand::Actions(args) => ask::actions(args, format, out),
        QueryCommand::Policies(args) => policies::run(args, format, out),
        QueryCommand::Controls(args) => controls::run(args, format, out),
    }
}
