//! Decisions explained in place: of the expectation of a test under the cursor, or of a request that somebody types.

use assize_compiler::cases::TestCase;
use assize_compiler::compile::{Compilation, compiled};
use assize_compiler::explain::page;
use assize_runtime::data::Data;
use assize_runtime::interpret::explain::explain;
use assize_runtime::json::{Clock, load, read_request};
use assize_runtime::{EntityUid, Params, Query, Verified, interpret, interpret_traced};
use serde_json::{Value, json};
use tower_lsp::lsp_types::Position;

use super::at::At;
use crate::server::View;

/// The command that explains a decision.
pub const EXPLAIN: &str = "assize.explain";

/// The command that says who else would be allowed what an expectation is about.
pub const WHO: &str = "assize.whoIsAllowed";

/// How many principals are asked about, and how many are named.
const MAX_ASKED: usize = 20_000;
const MAX_NAMED: usize = 200;

/// What a decision is asked about.
pub enum Asked {
    /// The expectation that this place is in, over the data of its test.
    At(Position),
    /// A request as JSON, over the data files of the package.
    Request(String),
}

impl Asked {
    /// Reads the argument of a command: a position, or a request as an object or as its text.
    pub fn read(argument: Value) -> Result<Asked, String> {
        if let Ok(position) = serde_json::from_value::<Position>(argument.clone()) {
            return Ok(Asked::At(position));
        }
        match argument {
            Value::String(text) => Ok(Asked::Request(text)),
            Value::Object(_) => Ok(Asked::Request(argument.to_string())),
            _ => Err("say a place in a test, or a request as JSON".to_owned()),
        }
    }
}

/// A package that can be run, and a question to it.
struct Posed<'a> {
    program: &'a Verified,
    params: Params,
    data: std::sync::Arc<Data>,
    query: Query,
}

/// The answer of [`EXPLAIN`]: `decision`, `policies`, and a page in Markdown.
pub fn explained(at: &At, asked: Asked) -> Result<Value, String> {
    let compilation = compilation(&at.view);
    let posed = pose(at, &compilation, asked)?;
    let explanation = explain(posed.program, &posed.params, &posed.data, &posed.query);
    let policies: Vec<&str> = explanation
        .outcome
        .policies
        .iter()
        .filter_map(|index| posed.program.policies.get(*index as usize))
        .map(|policy| policy.id.as_str())
        .collect();
    let decision = if explanation.outcome.allowed { "allow" } else { "deny" };
    let markdown = page(posed.program, &compilation.files, &posed.query, &explanation);
    Ok(json!({ "decision": decision, "policies": policies, "markdown": markdown }))
}

/// The answer of [`WHO`]: `allowed` has the principals, of all that the data knows, and `markdown` a page that lists them.
pub fn who(at: &At, asked: Asked) -> Result<Value, String> {
    let compilation = compilation(&at.view);
    let Posed { program, params, data, query } = pose(at, &compilation, asked)?;
    let action = program.schema.actions.get(query.action.index());
    let types = action.and_then(|action| action.applies.as_ref()).map(|applies| &applies.principals);
    let mut candidates: Vec<EntityUid> = Vec::new();
    for ty in types.into_iter().flat_map(|types| types.iter()) {
        candidates.extend(data.entities(ty).map(|(id, _)| EntityUid { ty, id: id.clone() }));
    }
    candidates.extend(
        query
            .external
            .iter()
            .map(|(uid, _)| uid.clone())
            .filter(|uid| types.is_some_and(|types| types.contains(uid.ty))),
    );
    candidates.sort();
    let (asked, of) = (candidates.len().min(MAX_ASKED), candidates.len());
    let names = program.names();
    let allowed: Vec<String> = candidates
        .into_iter()
        .take(MAX_ASKED)
        .filter(|uid| {
            let query = Query { principal: uid.clone(), ..query.clone() };
            interpret(program, &params, &data, &query).allowed
        })
        .map(|uid| names.entity(&uid))
        .collect();
    let mut markdown = format!(
        "# who may {} {}\n\n{} of {asked} principals in the data, with the same context and at the same time:\n\n",
        names.action(query.action),
        names.entity(&query.resource),
        allowed.len()
    );
    for name in allowed.iter().take(MAX_NAMED) {
        markdown.push_str(&format!("- `{name}`\n"));
    }
    if allowed.len() > MAX_NAMED {
        markdown.push_str(&format!("\nand {} more\n", allowed.len() - MAX_NAMED));
    }
    if asked < of {
        markdown.push_str(&format!("\n{} more principals were not asked about\n", of - asked));
    }
    Ok(json!({ "allowed": allowed, "asked": asked, "markdown": markdown }))
}

fn compilation(view: &View) -> Compilation {
    compiled(&view.analysis.database, view.analysis.package, &view.sources)
}

fn pose<'a>(at: &At, compilation: &'a Compilation, asked: Asked) -> Result<Posed<'a>, String> {
    let Some(program) = &compilation.program else {
        let (errors, _) = compilation.counts();
        return Err(format!("there are decisions when the package has no errors; it has {errors}"));
    };
    let bound = compilation.bound_params(None).map_err(|error| error.to_string())?;
    let params = Params::bind(program, bound).map_err(|error| error.to_string())?;
    let (data, query, says_time) = match asked {
        Asked::At(position) => {
            let (case, query, says_time) = expectation(at, compilation, position)?;
            (case.data.clone(), query, says_time)
        }
        Asked::Request(text) => {
            let says_time = serde_json::from_str::<Value>(&text).is_ok_and(|it| it.get("now").is_some());
            let query =
                read_request(program, &text, Clock::TrustRequest(0)).map_err(|error| error.to_string())?;
            (std::sync::Arc::new(package_data(&at.view, program, query.now)?), query, says_time)
        }
    };
    if !says_time && interpret_traced(program, &params, &data, &query).reads_time {
        return Err("this depends on the time: say it with `at`, or as `now` of the request".to_owned());
    }
    Ok(Posed { program, params, data, query })
}

/// The expectation at a place, as a question; whether it says the time.
fn expectation<'a>(
    at: &At,
    compilation: &'a Compilation,
    position: Position,
) -> Result<(&'a TestCase, Query, bool), String> {
    let offset = at.offset(position);
    let here = compilation.tests.iter().filter(|case| case.file == at.index);
    for case in here {
        let around = case.expectations.iter().find(|it| it.span.start <= offset && offset <= it.span.end);
        if let Some(expectation) = around {
            return Ok((case, Query::from(expectation), expectation.at.is_some()));
        }
    }
    Err("there is no expectation of a test here".to_owned())
}

/// What the data files of a package hold.
fn package_data(view: &View, program: &Verified, now: i64) -> Result<Data, String> {
    let mut texts = Vec::new();
    for path in view.sources.data_files() {
        let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        texts.push((path.display().to_string(), text));
    }
    let files = texts.iter().map(|(name, text)| (name.as_str(), text.as_slice()));
    load(&program.schema, files, now).map_err(|faults| {
        faults.faults.first().map(ToString::to_string).unwrap_or_else(|| "the data does not fit".to_owned())
    })
}
