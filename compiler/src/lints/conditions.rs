//! What reasoning shows about the conditions of one item: parts that contradict others, parts that follow from others, and policies
//! that therefore never apply.

use std::collections::BTreeMap;

use assize_lang::ast::{ClauseKind, ItemKind, PolicyDecl};
use assize_lang::{Code, Diagnostic, Span, codes};
use assize_runtime::program::{self, Effect};

use super::worth::worth_reasoning;
use crate::db::{self, Package, SourceItem};
use crate::expr::CheckedBody;
use crate::policy::Rule;
use crate::reason::{self, Claim, Heads, Library, Role, Surroundings, Verdict};
use crate::visible::visible;

/// Findings about one item; spans count from its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Certainties {
    /// For each policy of the item, or for the function.
    pub findings: Vec<Vec<Diagnostic>>,
}

/// Codes of findings that already say what a condition cannot be.
const SAID: [Code; 5] = [
    codes::NEVER_APPLIES,
    codes::ALWAYS_TRUE,
    codes::ALWAYS_FALSE,
    codes::COMPARED_WITH_ITSELF,
    codes::CHECKED_BEFORE,
];

/// The certainties of an item that is a policy, a grant or a function; none for others.
pub fn of_item<'db>(database: &'db dyn salsa::Database, item: SourceItem<'db>) -> Certainties {
    let parsed = &db::parse(database, item).item;
    let mut policies: Vec<&PolicyDecl> = Vec::new();
    match &parsed.kind {
        ItemKind::Policy(decl) => policies.push(decl),
        ItemKind::Grant(decl) => policies.extend(decl.body.iter().flatten().map(|inner| &inner.policy)),
        ItemKind::Fn(_) => return of_function(database, item),
        _ => return Certainties::default(),
    }
    let checked = db::rules(database, item);
    let said: Vec<&Diagnostic> = checked.findings.iter().map(|finding| &finding.diagnostic).collect();
    let function = |index| function_body(database, index);
    let library = Library { schema: &visible(database, item).declarations.schema, function: &function };
    let findings = checked
        .rules
        .iter()
        .zip(policies)
        .map(|(rule, decl)| {
            let writer = Writer::new(item.text(database), decl);
            of_rule(library, rule, &writer, &said)
        })
        .collect();
    Certainties { findings }
}

/// The body of a function by its index in the declarations.
pub fn function_body(database: &dyn salsa::Database, index: u32) -> Option<&CheckedBody> {
    let item = db::function_item(database, Package::get(database), index)?;
    // Whoever looks at a body looks at the types in it too, and these may change where the body does not.
    let _ = visible(database, item);
    db::function(database, item).body.as_ref()
}

fn of_function<'db>(database: &'db dyn salsa::Database, item: SourceItem<'db>) -> Certainties {
    let checked = db::function(database, item);
    let Some(body) = &checked.body else { return Certainties::default() };
    let function = |index| function_body(database, index);
    let library = Library { schema: &visible(database, item).declarations.schema, function: &function };
    if !worth_reasoning(library.schema, None, &body.body) {
        return Certainties::default();
    }
    let Some(verdict) = reason::claims(library, None, None, &body.body, &body.patterns) else {
        return Certainties::default();
    };
    let said: Vec<&Diagnostic> = checked.findings.iter().map(|finding| &finding.diagnostic).collect();
    let writer = Writer { text: item.text(database), unless: None };
    let claims = kept(vec![verdict], &said);
    Certainties { findings: vec![claims.iter().map(|claim| writer.finding(claim)).collect()] }
}

fn of_rule(library: Library<'_>, rule: &Rule, writer: &Writer<'_>, said: &[&Diagnostic]) -> Vec<Diagnostic> {
    let Some(policy) = &rule.policy else { return Vec::new() };
    let conditions = || policy.variants.iter().filter_map(|variant| variant.condition.as_ref());
    if !conditions().any(|body| worth_reasoning(library.schema, Some(policy), body)) {
        return Vec::new();
    }
    let heads = Heads { principal: &policy.principal, resource: &policy.resource, grant: policy.grant };
    let mut verdicts = Vec::with_capacity(policy.variants.len());
    for variant in &policy.variants {
        let around = Surroundings {
            principals: &variant.principals,
            resources: &variant.resources,
            actions: &variant.actions,
        };
        // Where one variant has no condition nothing holds in all of them.
        let Some(body) = &variant.condition else { return Vec::new() };
        match reason::claims(library, Some(&around), Some(heads), body, &rule.patterns) {
            // A claim counts only if all variants make it.
            Some(verdict) if verdict.can_be_true && verdict.claims.is_empty() => return Vec::new(),
            Some(verdict) => verdicts.push(verdict),
            None => return Vec::new(),
        }
    }
    if verdicts.is_empty() || said.iter().any(|diagnostic| diagnostic.code == codes::NEVER_APPLIES) {
        return Vec::new();
    }
    if !verdicts.iter().any(|verdict| verdict.can_be_true) {
        let already = said.iter().any(|it| it.code == codes::ALWAYS_FALSE);
        return if already { Vec::new() } else { never_applies(policy, rule, &verdicts, writer) };
    }
    kept(verdicts, said).iter().map(|claim| writer.finding(claim)).collect()
}

fn never_applies(
    policy: &program::Policy,
    rule: &Rule,
    verdicts: &[Verdict],
    writer: &Writer<'_>,
) -> Vec<Diagnostic> {
    let errs = verdicts.iter().any(|verdict| verdict.can_err);
    let message = if policy.effect == Effect::Deny && !policy.on_error_skip && errs {
        "this `deny` can never apply, unless its condition cannot be computed"
    } else {
        "this policy can never apply: its condition is never true"
    };
    let mut diagnostic = Diagnostic::new(codes::NEVER_APPLIES, rule.effect_span, message);
    let conflicts = verdicts.iter().flat_map(|verdict| &verdict.claims).filter(|claim| !claim.outcome);
    // The innermost says most. Without any the condition needs no request: somebody has switched the policy off.
    let claim = conflicts.min_by_key(|claim| (claim.span.end - claim.span.start, claim.span.start));
    let Some(claim) = claim else { return Vec::new() };
    let (text, unless) = (writer.quoted(claim.span), writer.is_unless(claim.span));
    let label = match (unless, claim.alone) {
        (true, _) => format!("{text} is always true here"),
        (false, true) => format!("{text} is never true"),
        (false, false) => format!("{text} is never true here"),
    };
    diagnostic = diagnostic.also(to_span(claim.span), label);
    for (span, held) in &claim.because {
        diagnostic = diagnostic.also(to_span(*span), writer.because(*span, *held));
    }
    vec![diagnostic.help("no request is ever affected: correct the condition, or remove the policy")]
}

/// Claims that hold in every variant, that nothing has said yet, and of several inside each other the one that says most.
fn kept(verdicts: Vec<Verdict>, said: &[&Diagnostic]) -> Vec<Claim> {
    // What types decide in one variant may have left no trace there: a claim counts only if all variants make it.
    let variants = verdicts.len();
    let mut open = std::collections::BTreeSet::new();
    let mut by_span: BTreeMap<program::Span, Vec<Claim>> = BTreeMap::new();
    for verdict in verdicts {
        open.extend(verdict.open);
        for claim in verdict.claims {
            by_span.entry(claim.span).or_default().push(claim);
        }
    }
    let known = |span: program::Span| {
        said.iter().filter(|it| SAID.contains(&it.code)).any(|it| {
            let (start, end) = (it.primary.start, it.primary.end);
            (start <= span.start && span.end <= end) || (span.start <= start && end <= span.end)
        })
    };
    let mut claims: Vec<Claim> = Vec::new();
    for (span, mut same) in by_span {
        let agree = same.iter().all(|claim| claim.outcome == same[0].outcome && claim.role == same[0].role);
        if !agree || same.len() < variants || open.contains(&span) || known(span) || !worth_saying(&same[0]) {
            continue;
        }
        let can_err = same.iter().any(|claim| claim.can_err);
        let alone = same.iter().all(|claim| claim.alone);
        let mut claim = same.swap_remove(0);
        claim.can_err = can_err;
        claim.alone = alone;
        claims.push(claim);
    }
    let inside = |inner: program::Span, outer: program::Span| {
        inner != outer && outer.start <= inner.start && inner.end <= outer.end
    };
    // What can never be true because two of its parts exclude each other is said of those parts.
    let conflicts: Vec<program::Span> = claims
        .iter()
        .filter(|claim| !claim.outcome && claim.role == Role::And)
        .map(|claim| claim.span)
        .collect();
    claims.retain(|claim| claim.outcome || !conflicts.iter().any(|conflict| inside(*conflict, claim.span)));
    let spans: Vec<program::Span> = claims.iter().map(|claim| claim.span).collect();
    claims.retain(|claim| !spans.iter().any(|outer| inside(claim.span, *outer)));
    claims
}

/// Some forms are written on purpose: `any(x in s: true)` asks for an element.
fn worth_saying(claim: &Claim) -> bool {
    claim.role != Role::Each || !claim.outcome
}

/// Writes findings about the clauses of one policy or the body of a function.
struct Writer<'a> {
    text: &'a str,
    unless: Option<Span>,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str, decl: &PolicyDecl) -> Writer<'a> {
        let unless = decl.clauses.iter().find_map(|clause| match &clause.kind {
            ClauseKind::Unless(expr) => Some(expr.span),
            _ => None,
        });
        Writer { text, unless }
    }

    fn is_unless(&self, span: program::Span) -> bool {
        self.unless == Some(to_span(span))
    }

    /// The source, if it is short enough to repeat.
    fn quoted(&self, span: program::Span) -> String {
        match self.text.get(span.start as usize..span.end as usize) {
            Some(text) if text.len() <= 60 && !text.contains(['\n', '`']) => format!("`{text}`"),
            _ => "this".to_owned(),
        }
    }

    fn because(&self, span: program::Span, held: bool) -> String {
        let held = if self.is_unless(span) { !held } else { held };
        let word = if held { "true" } else { "false" };
        format!("by then this is {word}")
    }

    fn finding(&self, claim: &Claim) -> Diagnostic {
        let unless = self.is_unless(claim.span);
        // A clause `unless` is watched as what it excludes.
        let outcome = claim.outcome != unless;
        let text = self.quoted(claim.span);
        let word = if outcome { "always" } else { "never" };
        let reservation = if claim.can_err { ", unless it cannot be computed" } else { "" };
        let (code, message, help) = match (claim.role, claim.outcome) {
            _ if claim.alone => {
                let code = if outcome { codes::ALWAYS_TRUE } else { codes::ALWAYS_FALSE };
                (code, format!("{text} is {word} true{reservation}"), None)
            }
            (Role::And, true) if unless => (
                codes::REDUNDANT,
                format!("this `unless` changes nothing: {text} is never true here{reservation}"),
                Some("leave it out, or correct it"),
            ),
            (Role::And, true) => (
                codes::REDUNDANT,
                format!("{text} is always true here{reservation}: it follows from what stands before it"),
                Some("leave it out, or correct it"),
            ),
            (Role::Or, false) => (
                codes::REDUNDANT,
                format!("{text} is never true here{reservation}: what stands before it leaves nothing"),
                Some("leave it out, or correct it"),
            ),
            (Role::And, false) => (
                codes::CONTRADICTS,
                format!("{text} is never true here{reservation}: it contradicts what stands before it"),
                Some("these can never hold together: correct one of them"),
            ),
            (_, true) => (codes::ALWAYS_TRUE, format!("{text} is always true here{reservation}"), None),
            (_, false) => (codes::ALWAYS_FALSE, format!("{text} is never true here{reservation}"), None),
        };
        let mut diagnostic = Diagnostic::new(code, to_span(claim.span), message);
        diagnostic = match (claim.alone, claim.by_pattern) {
            (true, _) => diagnostic.label("whatever the request and the data"),
            (_, true) => diagnostic.label("so the pattern of the policy says"),
            _ => diagnostic.label(if outcome { "always true here" } else { "never true here" }),
        };
        for (span, held) in &claim.because {
            diagnostic = diagnostic.also(to_span(*span), self.because(*span, *held));
        }
        match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

fn to_span(span: program::Span) -> Span {
    Span::new(span.start, span.end)
}
