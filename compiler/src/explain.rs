//! Why a request is allowed or denied, as a page in Markdown: for each policy that could have a say, its condition as a tree over the
//! source, each part with its value. Editors and the command line show the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use assize_lang::ast::{Clause, ClauseKind, Item, ItemKind};
use assize_runtime::interpret::explain::{Explained, Explanation};
use assize_runtime::json::value_json;
use assize_runtime::program::{Body, Effect, NodeId, Op, Policy, Span};
use assize_runtime::{EvalError, Query, Value, Verified};

use crate::package::SourceText;

/// How many policies are shown that have no part in the decision.
const MAX_OTHERS: usize = 12;

/// How much of a part of the source, and of a value, is shown.
const MAX_TEXT: usize = 100;

/// The page about a decision. `texts` are those of the package, as its Program counts files.
pub fn page(program: &Verified, texts: &[SourceText], query: &Query, explanation: &Explanation) -> String {
    let names = program.names();
    let outcome = &explanation.outcome;
    let mut page = Page { program, texts, out: String::new() };
    page.line(&format!("# {}", if outcome.allowed { "allow" } else { "deny" }));
    page.line("");
    let (who, what) = (names.entity(&query.principal), names.entity(&query.resource));
    page.line(&format!("{} to {} on {}", code(&who), code(names.action(query.action)), code(&what)));
    page.line("");
    let ids: Vec<String> = outcome.policies.iter().map(|index| code(&page.id(*index))).collect();
    page.line(&match (ids.is_empty(), outcome.allowed) {
        (false, true) => format!("Allowed by {}, and denied by nothing.", ids.join(", ")),
        (false, false) => format!("Denied by {}.", ids.join(", ")),
        (true, _) => "Denied, since nothing allows it.".to_owned(),
    });
    let determines = |it: &&Explained| it.applies && outcome.policies.contains(&it.policy);
    let (determining, others): (Vec<_>, Vec<_>) = explanation.policies.iter().partition(determines);
    determining.iter().for_each(|explained| page.policy(explained));
    // What is nearest to a say comes first: policies that match, of them those that would turn the decision.
    let mut others = others;
    let turns = |it: &Explained| (page.policy_of(it).effect == Effect::Allow) != outcome.allowed;
    others.sort_by_key(|it| (!it.matches, !turns(it), it.policy));
    let left_out = others.len().saturating_sub(MAX_OTHERS);
    others.iter().take(MAX_OTHERS).for_each(|explained| page.policy(explained));
    if left_out > 0 {
        page.line("");
        page.line(&format!(
            "{left_out} more policies are for such requests and have no part in the decision."
        ));
    }
    page.out
}

struct Page<'a> {
    program: &'a Verified,
    texts: &'a [SourceText],
    out: String,
}

impl<'a> Page<'a> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn policy_of(&self, explained: &Explained) -> &'a Policy {
        &self.program.policies[explained.policy as usize]
    }

    fn id(&self, index: u32) -> String {
        self.program.policies.get(index as usize).map(|policy| policy.id.to_string()).unwrap_or_default()
    }

    fn policy(&mut self, explained: &Explained) {
        let policy = self.policy_of(explained);
        let effect = if policy.effect == Effect::Allow { "allow" } else { "deny" };
        let trial = if policy.trial { ", on trial" } else { "" };
        let condition = policy.variants.get(explained.variant as usize).and_then(|it| it.condition.as_ref());
        let does = match (explained.matches, explained.applies) {
            (false, _) => "is for others",
            (true, true) => "applies",
            (true, false) => "does not apply",
        };
        self.line("");
        self.line(&format!("## {} ({effect}{trial}) {does}", code(&policy.id)));
        self.line("");
        let file = self.texts.get(policy.origin.file as usize);
        if let Some(file) = file {
            let start = (policy.origin.start + policy.span.start) as usize;
            let line = file.text.get(..start).unwrap_or_default().matches('\n').count() + 1;
            self.line(&format!("{}:{line}", file.name));
        }
        if let Some(because) = policy.because.as_ref().filter(|_| explained.applies) {
            self.line(&format!("\nbecause: {}", one_line(because)));
        }
        if let Some(row) = &explained.row {
            let args: Vec<String> = row.args.iter().map(|arg| self.value(arg)).collect();
            let grant = self.program.names().grant(row.grant);
            self.line(&format!("\nfor the row {}", code(&format!("{grant}({})", args.join(", ")))));
        }
        if !explained.matches {
            return self.line("\nPrincipal or resource is not what its patterns ask for.");
        }
        for error in &explained.errors {
            self.line(&format!("\n**error**: {error}"));
        }
        let Some(condition) = condition else { return self.line("\nIt has no condition.") };
        self.line("");
        let text = file.and_then(|file| file.text.get(policy.origin.start as usize..)).unwrap_or_default();
        let unless = unless_of(text, policy.span);
        for part in parts(condition, unless, &explained.values) {
            self.part(text, &part);
        }
    }

    fn part(&mut self, text: &str, part: &Part<'_>) {
        let source = one_line(text.get(part.span.start as usize..part.span.end as usize).unwrap_or_default());
        let values: Vec<String> = part.values.iter().map(|value| self.shown(value)).collect();
        let value = if values.is_empty() { "*not looked at*".to_owned() } else { values.join(", ") };
        let value = if part.unless { format!("{value} (in `unless`)") } else { value };
        self.line(&format!("{}- {}: {value}", "  ".repeat(part.depth), code(&source)));
    }

    fn shown(&self, value: &Result<Value, EvalError>) -> String {
        match value {
            Ok(Value::Bool(truth)) => format!("**{truth}**"),
            Ok(Value::Absent) => "absent".to_owned(),
            Ok(value) => code(&self.value(value)),
            Err(error) => format!("**error**: {error}"),
        }
    }

    fn value(&self, value: &Value) -> String {
        let names = self.program.names();
        let text = match value {
            Value::Entity(uid) => names.entity(uid),
            Value::Action(action) => names.action(*action).to_owned(),
            Value::Set(elements) => {
                let shown: Vec<String> =
                    elements.iter().take(20).map(|element| self.value(element)).collect();
                let more = if elements.len() > 20 { ", .." } else { "" };
                format!("[{}{more}]", shown.join(", "))
            }
            other => value_json(&self.program.schema, names, other).to_string(),
        };
        one_line(&text)
    }
}

/// A part of a condition, with what it came to.
struct Part<'v> {
    span: Span,
    depth: usize,
    /// All of the clause `unless`, which applies where it is false.
    unless: bool,
    values: &'v [Result<Value, EvalError>],
}

/// The parts of a condition that say something, in the order of the source, each below what it is a part of.
fn parts<'v>(
    condition: &Body,
    unless: Option<Span>,
    seen: &'v BTreeMap<NodeId, Vec<Result<Value, EvalError>>>,
) -> Vec<Part<'v>> {
    let node = |id: NodeId| condition.nodes.get(id.0 as usize);
    let mut by_span: BTreeMap<(u32, Reverse<u32>), NodeId> = BTreeMap::new();
    let mut negated = None;
    for (at, node) in condition.nodes.iter().enumerate().rev() {
        let at = at as u32;
        let place = (node.span.start, Reverse(node.span.end));
        // The outermost of several on the same text is what the text means, but for the `not` that `unless` stands for.
        if negated.is_none()
            && Some(node.span) == unless
            && let Op::Not(_) = node.op
        {
            negated = Some(NodeId(at));
            continue;
        }
        if !matches!(node.op, Op::Const(_)) && node.span.start < node.span.end {
            by_span.entry(place).or_insert(NodeId(at));
        }
    }
    let mut around: Vec<Span> = Vec::new();
    let mut found = Vec::new();
    for id in by_span.into_values() {
        let Some(span) = node(id).map(|node| node.span) else { continue };
        while around.last().is_some_and(|outer| outer.end < span.end) {
            around.pop();
        }
        let values = seen.get(&id).map_or(&[][..], Vec::as_slice);
        found.push(Part { span, depth: around.len(), unless: Some(span) == unless, values });
        around.push(span);
    }
    found
}

/// Where the expression of `unless` stands in a policy, counted from the start of its item, which begins the text.
fn unless_of(text: &str, policy: Span) -> Option<Span> {
    let chunk = assize_lang::split(text).chunks.first().map(|chunk| chunk.text(text).to_owned())?;
    let (item, _) = assize_lang::parse_chunk(&chunk);
    let of = |clauses: &[Clause]| {
        clauses.iter().find_map(|clause| match &clause.kind {
            ClauseKind::Unless(expr) => Some(Span { start: expr.span.start, end: expr.span.end }),
            _ => None,
        })
    };
    let Item { kind, .. } = &item;
    match kind {
        ItemKind::Policy(decl) => of(&decl.clauses),
        ItemKind::Grant(decl) => decl
            .body
            .iter()
            .flatten()
            .find(|inner| inner.span.start == policy.start)
            .and_then(|inner| of(&inner.policy.clauses)),
        _ => None,
    }
}

/// A text on one line, cut where it is long.
fn one_line(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > MAX_TEXT {
        line = line.chars().take(MAX_TEXT).chain(" ..".chars()).collect();
    }
    line
}

/// A text as code in Markdown, whatever backquotes it has.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}
