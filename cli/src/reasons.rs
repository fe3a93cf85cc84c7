//! A decision and its reasons for people.

use std::io::{self, Write};

use assize_runtime::json::value_json;
use assize_runtime::literal::format_datetime;
use assize_runtime::types::FieldType;
use assize_runtime::{Obligation, Outcome, Value, Verified};

/// Where a policy stands: its index to `drive.assize:46`.
pub type PlaceOf<'a> = &'a dyn Fn(u32) -> Option<String>;

/// A decision with all its reasons, on several lines.
pub fn write_decision(
    out: &mut impl Write,
    program: &Verified,
    outcome: &Outcome,
    now: i64,
    place_of: PlaceOf<'_>,
) -> io::Result<()> {
    let nothing = if outcome.policies.is_empty() { ": no policy allows it" } else { "" };
    writeln!(out, "{}{nothing}", verdict(outcome))?;
    write_reasons(out, program, outcome, place_of)?;
    writeln!(out, "  now         {}", format_datetime(now))
}

/// Everything that led to the decision, a line each.
pub fn write_reasons(
    out: &mut impl Write,
    program: &Verified,
    outcome: &Outcome,
    place_of: PlaceOf<'_>,
) -> io::Result<()> {
    for index in &outcome.policies {
        let Some(policy) = program.policies.get(*index as usize) else { continue };
        let place = place_of(*index).map(|place| format!("  ({place})")).unwrap_or_default();
        writeln!(out, "  policy      {}{place}", policy.id)?;
        for line in policy.docs.lines() {
            writeln!(out, "              {line}")?;
        }
        if let Some(because) = &policy.because {
            writeln!(out, "  because     {because}")?;
        }
    }
    for row in &outcome.grants {
        let params = program.schema.grants.get(row.grant.index()).map_or(&[][..], |grant| &grant.params);
        let name = program.names().grant(row.grant);
        let until = row.until.map(|until| format!(" until {}", format_datetime(until))).unwrap_or_default();
        writeln!(out, "  grant       {name}{}{until}", arguments(program, params, &row.args))?;
    }
    for obligation in &outcome.obligations {
        writeln!(out, "  obligation  {}", obligation_text(program, obligation))?;
    }
    for (index, error) in &outcome.errors {
        writeln!(out, "  error       {error}, in policy {}", id(program, *index))?;
    }
    for index in &outcome.would_have {
        writeln!(out, "  would have  {}", id(program, *index))?;
    }
    Ok(())
}

/// `mask(fields: [ssn])`
pub fn obligation_text(program: &Verified, obligation: &Obligation) -> String {
    let declared = program.schema.obligations.get(obligation.obligation.index());
    let params = declared.map_or(&[][..], |declared| &declared.params);
    let name = program.names().obligation(obligation.obligation);
    format!("{name}{}", arguments(program, params, &obligation.args))
}

/// A decision in one line: what, by which policies, and whether errors were met.
pub fn write_summary(out: &mut impl Write, program: &Verified, outcome: &Outcome) -> io::Result<()> {
    write!(out, "{}", verdict(outcome))?;
    for (nth, index) in outcome.policies.iter().enumerate() {
        write!(out, "{}{}", if nth == 0 { " by " } else { ", " }, id(program, *index))?;
    }
    match outcome.errors.len() {
        0 => writeln!(out),
        1 => writeln!(out, " (1 error)"),
        more => writeln!(out, " ({more} errors)"),
    }
}

/// The same of a decision as JSON, whose ids may not be the package's own.
pub fn write_summary_of(out: &mut impl Write, decision: &serde_json::Value) -> io::Result<()> {
    let list = |key: &str| decision[key].as_array().map_or(&[][..], Vec::as_slice);
    write!(out, "{}", decision["decision"].as_str().unwrap_or("deny"))?;
    for (nth, policy) in list("policies").iter().enumerate() {
        write!(out, "{}{}", if nth == 0 { " by " } else { ", " }, policy.as_str().unwrap_or("?"))?;
    }
    match list("errors").len() {
        0 => writeln!(out),
        1 => writeln!(out, " (1 error)"),
        more => writeln!(out, " ({more} errors)"),
    }
}

/// An allow that asks for something is not called a plain allow.
fn verdict(outcome: &Outcome) -> &'static str {
    match (outcome.allowed, outcome.obligations.is_empty()) {
        (true, true) => "allow",
        (true, false) => "allow with obligations",
        (false, _) => "deny",
    }
}

fn id(program: &Verified, index: u32) -> &str {
    program.policies.get(index as usize).map_or("?", |policy| policy.id.as_str())
}

fn arguments(program: &Verified, params: &[FieldType], args: &[Value]) -> String {
    let shown = params
        .iter()
        .zip(args)
        .map(|(param, arg)| format!("{}: {}", param.name, plain(program, arg)))
        .collect::<Vec<_>>();
    format!("({})", shown.join(", "))
}

/// A value as the policy language would spell it, where that is shorter than JSON.
fn plain(program: &Verified, value: &Value) -> String {
    match value {
        Value::Entity(uid) => program.names().entity(uid),
        Value::Set(elements) => {
            let shown: Vec<_> = elements.iter().map(|element| plain(program, element)).collect();
            format!("[{}]", shown.join(", "))
        }
        other => value_json(&program.schema, program.names(), other).to_string(),
    }
}
