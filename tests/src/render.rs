//! Decisions in the notation of cases, so that what came out and what was expected can be compared line by line.

use assize_runtime::literal::{format_datetime, format_duration};
use assize_runtime::names::Names;
use assize_runtime::program::Program;
use assize_runtime::types::Schema;
use assize_runtime::{EvalError, GrantReason, Outcome, Value};

/// A decision as the lines that a case would write for it.
pub fn decision(program: &Program, names: &Names, outcome: &Outcome) -> Vec<String> {
    let id = |index: &u32| program.policies.get(*index as usize).map_or("?", |policy| policy.id.as_str());
    let ids = |indices: &[u32]| indices.iter().map(id).collect::<Vec<_>>().join(", ");
    let verb = if outcome.allowed { "allow" } else { "deny" };
    let by =
        if outcome.policies.is_empty() { String::new() } else { format!(" by {}", ids(&outcome.policies)) };
    let mut lines = vec![format!("{verb}{by}")];
    lines.extend(outcome.grants.iter().map(|row| grant(program, names, row)));
    let determining = outcome.policies.iter().filter_map(|index| program.policies.get(*index as usize));
    lines.extend(determining.filter_map(|policy| Some(format!("because {:?}", policy.because.as_ref()?))));
    for obligation in &outcome.obligations {
        let name = names.obligation(obligation.obligation);
        lines.push(format!("oblige {name}({})", values(&program.schema, names, &obligation.args)));
    }
    lines.extend(
        outcome.errors.iter().map(|(policy, error)| format!("error {}: {}", id(policy), self::error(*error))),
    );
    if !outcome.would_have.is_empty() {
        lines.push(format!("would have {}", ids(&outcome.would_have)));
    }
    lines
}

/// Expected lines in the order of [`decision`]: first by kind, then as written.
pub fn in_order(mut lines: Vec<String>) -> Vec<String> {
    let kinds = ["allow", "deny", "grant ", "because ", "oblige ", "error ", "would "];
    lines.sort_by_key(|line| kinds.iter().position(|kind| line.starts_with(kind)));
    lines
}

fn grant(program: &Program, names: &Names, row: &GrantReason) -> String {
    let args = values(&program.schema, names, row.args.iter());
    let until = row.until.map_or_else(String::new, |until| format!(" until {}", format_datetime(until)));
    format!("grant {}({args}){until}", names.grant(row.grant))
}

fn error(error: EvalError) -> &'static str {
    match error {
        EvalError::Overflow => "overflow",
        EvalError::MissingEntity => "missing entity",
        EvalError::LimitExceeded => "limit exceeded",
        EvalError::AbsentValue => "absent value",
    }
}

fn values<'a>(schema: &Schema, names: &Names, values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(|value| self::value(schema, names, value)).collect::<Vec<_>>().join(", ")
}

/// A value as a policy would write it.
fn value(schema: &Schema, names: &Names, value: &Value) -> String {
    match value {
        Value::Absent => "absent".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Ip(address) => format!("ip\"{address}\""),
        Value::Zone(zone) => format!("zone\"{zone}\""),
        Value::Cidr(range) => format!("cidr\"{}\"", range),
        Value::Datetime(time) => format!("time\"{}\"", format_datetime(*time)),
        Value::Duration(length) => format_duration(*length),
        Value::Enum(id, variant) => {
            let variants = schema.enums.get(id.index()).map(|ty| &ty.variants);
            let variant = variants
                .and_then(|variants| variants.get(*variant as usize))
                .map_or("?", |name| name.as_str());
            format!("{}::{variant}", names.enumeration(*id))
        }
        Value::Entity(uid) => names.entity(uid),
        Value::Action(action) => format!("Action::{}", names.action(*action)),
        Value::Set(set) => format!("[{}]", values(schema, names, set.iter())),
        Value::Map(fields) | Value::Record(fields) => {
            let fields =
                fields.iter().map(|(name, of)| format!("{name}: {}", self::value(schema, names, of)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}
