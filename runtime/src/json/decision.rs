//! Decisions as JSON.

use serde_json::{Map, Value as Json, json};

use super::request::RequestError;
use super::write::value_json;
use crate::literal::format_datetime;
use crate::outcome::Outcome;
use crate::types::FieldType;
use crate::value::Value;
use crate::verify::Verified;

/// A decision as one line of JSON, without a line end. `now` is the time that it was made at.
pub fn decision_text(program: &Verified, outcome: &Outcome, now: i64) -> String {
    decision_value(program, outcome, now).to_string()
}

/// A decision as JSON: `decision`, `policies`, `grants`, `because`, `obligations`, `errors`, `now`, and `would_have` if a trial policy
/// would have applied.
pub fn decision_value(program: &Verified, outcome: &Outcome, now: i64) -> Json {
    let names = program.names();
    let id = |policy: &u32| program.policies.get(*policy as usize).map_or("?", |policy| policy.id.as_str());
    let args = |params: &[FieldType], args: &[Value]| {
        let named = params.iter().zip(args);
        let members =
            named.map(|(param, arg)| (param.name.to_string(), value_json(&program.schema, names, arg)));
        Json::Object(members.collect::<Map<_, _>>())
    };
    let grants = outcome.grants.iter().map(|row| {
        let params = program.schema.grants.get(row.grant.index()).map_or(&[][..], |grant| &grant.params);
        let mut json = json!({ "grant": names.grant(row.grant), "args": args(params, &row.args) });
        if let Some(until) = row.until {
            json["until"] = Json::String(format_datetime(until));
        }
        json
    });
    let because = outcome.policies.iter().filter_map(|policy| {
        program.policies.get(*policy as usize)?.because.as_ref().map(ToString::to_string)
    });
    let obligations = outcome.obligations.iter().map(|obligation| {
        let declared = program.schema.obligations.get(obligation.obligation.index());
        let params = declared.map_or(&[][..], |declared| &declared.params);
        json!({ "obligation": names.obligation(obligation.obligation), "args": args(params, &obligation.args) })
    });
    let errors = outcome.errors.iter().map(|(policy, error)| {
        json!({ "policy": id(policy), "error": error.code(), "message": error.to_string() })
    });
    let mut decision = json!({
        "decision": if outcome.allowed { "allow" } else { "deny" },
        "policies": outcome.policies.iter().map(id).collect::<Vec<_>>(),
        "grants": grants.collect::<Vec<_>>(),
        "because": because.collect::<Vec<_>>(),
        "obligations": obligations.collect::<Vec<_>>(),
        "errors": errors.collect::<Vec<_>>(),
    });
    if !outcome.would_have.is_empty() {
        decision["would_have"] = outcome.would_have.iter().map(id).collect();
    }
    decision["now"] = Json::String(format_datetime(now));
    decision
}

/// A request that makes no sense, as one line of JSON: it has no decision.
pub fn refusal_text(error: &RequestError) -> String {
    json!({ "error": { "kind": error.kind.code(), "message": error.message, "path": error.path } })
        .to_string()
}
