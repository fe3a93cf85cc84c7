//! One policy: patterns and actions resolved, its clauses checked in every environment that it meets, its variants.
//!
//! The result depends on the text of the policy and on declarations, not on where it stands or on other policies.

use assize_lang::ast::{
    Actions, Annotation, Clause, ClauseKind, Effect, Expr, Item, ItemKind, Name, ObligationCall, PatternKind,
    PolicyDecl, StrLit,
};
use assize_lang::{Code as DiagnosticCode, Diagnostic, Severity, Span, codes};
use assize_runtime::program::{self, Origin, Pattern, Policy, Within};
use assize_runtime::types::{ActionId, GrantId, Type};
use smol_str::SmolStr;

use crate::annotations::{self, Place};
use crate::controls::Frameworks;
use crate::declarations::{Declarations, Def, Finding};
use crate::environments::{self, Code, Groups, groups};
use crate::expr::{
    Binding, CheckedClauses, ClauseInput, EnvironmentTypes, PatternTable, Patterns, Probed, Scope, Seen,
    check_clauses, entity_name, probe_clauses, see_clauses,
};
use crate::lints;
use crate::named::{self, Named};
use crate::names::{lookup_actions, path_text};
use crate::patterns::{self, Resolved};
use crate::walk;

/// A policy or the policies of a grant, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckedRules {
    /// In source order.
    pub rules: Vec<Rule>,
    /// Spans count from the start of the item.
    pub findings: Vec<Finding>,
}

/// A checked policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its `@id`, or the name of its grant when that has only this policy.
    pub id: Option<(SmolStr, Span)>,
    /// Where annotations begin: the place of a missing `@id`.
    pub start: u32,
    /// The keyword of its effect.
    pub effect_span: Span,
    /// Without id, with indices of functions and params as in [`Declarations`], patterns as below. `None` if it has an error.
    pub policy: Option<Policy>,
    /// What `like` and `matches` of its bodies index.
    pub patterns: Patterns,
    /// Warnings that `@allow` switches off.
    pub allowed: Vec<DiagnosticCode>,
    /// Where evaluating it can give an error.
    pub can_err: Option<Span>,
    /// Equal for policies that say the same, and hardly ever for others.
    pub fingerprint: u64,
    /// Entities that it names, unless `@allow` says that the data need not hold them.
    pub named: Named,
}

/// The surroundings of a policy.
struct Site<'a> {
    declarations: &'a Declarations,
    module: u32,
    grant: Option<GrantSite<'a>>,
}

/// The grant in whose body a policy stands: its parameters as written and as resolved.
type GrantSite<'a> = (GrantId, &'a [Name], &'a [(SmolStr, Type)]);

/// Checks a policy item or the body of a grant; for other items there is nothing to check.
pub fn check(declarations: &Declarations, frameworks: &Frameworks, module: u32, item: &Item) -> CheckedRules {
    let mut checked = CheckedRules::default();
    match &item.kind {
        ItemKind::Policy(decl) => {
            let site = Site { declarations, module, grant: None };
            let (docs, annotations) = (&item.docs, &item.annotations);
            let head = Head { docs, annotations, frameworks, span: item.span };
            let rule = check_policy(&site, &head, decl, &mut checked.findings);
            checked.rules.push(rule);
        }
        ItemKind::Grant(decl) => {
            let Some(body) = &decl.body else { return checked };
            let def = crate::declarations::own(declarations, module, &decl.name.text);
            let Some(Def::Grant(id)) = def else { return checked };
            let params = grant_params(declarations, id);
            // A grant whose parameters have an error has none here; its policies would only repeat that.
            if params.len() != decl.params.len() {
                return checked;
            }
            let names: Vec<Name> = decl.params.iter().map(|param| param.name.clone()).collect();
            let site = Site { declarations, module, grant: Some((id, &names, &params)) };
            for policy in body {
                let (docs, annotations) = (&policy.docs, &policy.annotations);
                let head = Head { docs, annotations, frameworks, span: policy.span };
                let mut rule = check_policy(&site, &head, &policy.policy, &mut checked.findings);
                if body.len() == 1 && rule.id.is_none() {
                    rule.id = Some((decl.name.text.clone(), decl.name.span));
                }
                checked.rules.push(rule);
            }
        }
        _ => {}
    }
    checked
}

/// What is wrong with a claim of a `prove` block, which looks like a policy.
pub fn check_claim(declarations: &Declarations, module: u32, decl: &PolicyDecl) -> Vec<Finding> {
    let site = Site { declarations, module, grant: None };
    let mut findings = Vec::new();
    check_meaning(&site, decl, &mut findings);
    findings
}

/// What is at `offset` in the policies of an item, in every combination of types that they can meet. Items with errors will do:
/// of what cannot be read, anything may be meant.
pub fn probe(declarations: &Declarations, module: u32, item: &Item, offset: u32) -> Vec<Probed> {
    let mut found = Vec::new();
    each_environment(declarations, module, item, &mut |scope, _, clauses| {
        for probed in probe_clauses(scope, clauses, offset) {
            if !found.contains(&probed) {
                found.push(probed);
            }
        }
    });
    found
}

/// Everything about the conditions of an item's policies, in every combination of types that they can meet.
pub fn see(declarations: &Declarations, module: u32, item: &Item) -> Vec<Seen> {
    let mut all = Vec::new();
    each_environment(declarations, module, item, &mut |scope, decl, clauses| {
        if let Some(environment) = &scope.environment {
            let principal = (Some(&decl.principal), environment.principal);
            for (pattern, ty) in [principal, (decl.resource.as_ref(), environment.resource)] {
                let binding = match pattern.map(|pattern| &pattern.kind) {
                    Some(PatternKind::Any { binding, .. } | PatternKind::Types { binding, .. }) => {
                        binding.as_ref()
                    }
                    _ => None,
                };
                all.extend(binding.map(|name| Seen::Value { span: name.span, ty: Type::entity(ty) }));
            }
        }
        all.extend(see_clauses(scope, clauses));
    });
    all
}

/// Calls `visit` with the clauses of each policy of an item, once for each group of environments that it can meet.
fn each_environment(
    declarations: &Declarations,
    module: u32,
    item: &Item,
    visit: &mut dyn FnMut(&Scope<'_>, &PolicyDecl, ClauseInput<'_>),
) {
    let plain = Site { declarations, module, grant: None };
    match &item.kind {
        ItemKind::Policy(decl) => in_environments(&plain, decl, visit),
        ItemKind::Prove(decl) => {
            decl.claims.iter().for_each(|claim| in_environments(&plain, &claim.policy, visit));
        }
        ItemKind::Grant(decl) => {
            let def = crate::declarations::own(declarations, module, &decl.name.text);
            let Some(Def::Grant(id)) = def else { return };
            let params = grant_params(declarations, id);
            let names: Vec<Name> = decl.params.iter().map(|param| param.name.clone()).collect();
            if params.len() != names.len() {
                return;
            }
            let site = Site { grant: Some((id, &names, &params)), ..plain };
            decl.body.iter().flatten().for_each(|policy| in_environments(&site, &policy.policy, visit));
        }
        _ => {}
    }
}

fn in_environments(
    site: &Site<'_>,
    decl: &PolicyDecl,
    visit: &mut dyn FnMut(&Scope<'_>, &PolicyDecl, ClauseInput<'_>),
) {
    let declarations = site.declarations;
    let schema = &declarations.schema;
    let params = site.grant.map_or(&[][..], |(_, _, params)| params);
    let mut scope =
        Scope { declarations, module: site.module, environment: None, bindings: Vec::new(), now: true };
    let mut ignored = Vec::new();
    let mut resolve = |pattern| patterns::resolve_readable(&scope, pattern, params, &mut ignored);
    let principal = resolve(&decl.principal);
    let resource = decl.resource.as_ref().map_or_else(Resolved::anything, resolve);
    let all = || (0..schema.actions.len()).map(|at| ActionId(at as u32)).collect::<Vec<_>>();
    let actions = resolve_actions(site, &decl.actions, &mut ignored).map_or_else(all, |(actions, _)| actions);
    scope.bindings = bindings(site, &principal, &resource, &mut ignored);
    let clauses = Clauses::readable(&decl.clauses);
    for group in groups(schema, &principal.pattern, &actions, &resource.pattern, true) {
        visit(&Scope { environment: Some(group), ..scope.clone() }, decl, clauses.input(decl.effect));
    }
}

fn grant_params(declarations: &Declarations, grant: GrantId) -> Vec<(SmolStr, Type)> {
    let params = declarations.schema.grants[grant.index()].params.iter();
    params.map(|param| (param.name.clone(), param.ty.clone())).collect()
}

struct Head<'a> {
    docs: &'a SmolStr,
    annotations: &'a [Annotation],
    frameworks: &'a Frameworks,
    span: Span,
}

fn check_policy(site: &Site<'_>, head: &Head<'_>, decl: &PolicyDecl, all: &mut Vec<Finding>) -> Rule {
    let mut findings = Vec::new();
    let annotations = annotations::read(head.annotations, Place::Policy, head.frameworks, &mut findings);
    let mut rule = Rule {
        id: annotations.id.as_ref().map(|id| (id.value.clone(), id.span)),
        start: head.span.start,
        effect_span: decl.effect_span,
        policy: None,
        patterns: Patterns::default(),
        allowed: annotations.allowed,
        can_err: None,
        fingerprint: 0,
        named: Named::new(),
    };
    // One that cannot be used was reported, and is not missing.
    if rule.id.is_none() && head.annotations.iter().any(|annotation| annotation.name.text == "id") {
        rule.allowed.push(codes::MISSING_ID);
    }
    if let Some(checked) = check_meaning(site, decl, &mut findings) {
        rule.patterns = checked.patterns;
        rule.can_err = checked.can_err;
        if !rule.allowed.contains(&codes::ABSENT_ENTITY) {
            rule.named = named::in_policy(&checked.policy, checked.named);
        }
        rule.fingerprint = lints::fingerprint(&checked.policy);
        rule.policy = Some(Policy {
            annotations: annotations.others,
            docs: head.docs.clone(),
            span: program::Span { start: head.span.start, end: head.span.end },
            ..checked.policy
        });
    }
    if findings.iter().any(|finding| finding.diagnostic.severity == Severity::Error) {
        rule.policy = None;
    }
    findings.retain(|finding| !rule.allowed.contains(&finding.diagnostic.code));
    all.append(&mut findings);
    rule
}

struct Meaning {
    policy: Policy,
    patterns: Patterns,
    can_err: Option<Span>,
    /// Where the patterns name entities.
    named: [Option<Span>; 2],
}

/// The parts of a policy that decide. `None` if there is an error, a syntax error included.
fn check_meaning(site: &Site<'_>, decl: &PolicyDecl, findings: &mut Vec<Finding>) -> Option<Meaning> {
    let declarations = site.declarations;
    let params = site.grant.map_or(&[][..], |(_, _, params)| params);
    let mut scope =
        Scope { declarations, module: site.module, environment: None, bindings: Vec::new(), now: true };
    let principal = patterns::resolve(&scope, &decl.principal, params, findings);
    let resource = match &decl.resource {
        Some(pattern) => patterns::resolve(&scope, pattern, params, findings),
        None => {
            if decl.effect == Effect::Allow {
                findings.push(no_resource(decl).into());
            }
            Some(Resolved::anything())
        }
    };
    let actions = resolve_actions(site, &decl.actions, findings);
    if site.grant.is_some() && decl.effect == Effect::Deny {
        let message = "the body of a grant holds only `allow`s: a row of data never forbids";
        let help = "write a `deny` outside, and ask in its `when` whether there is a row";
        findings.push(Diagnostic::new(codes::GRANT_BODY, decl.effect_span, message).help(help).into());
    }
    let clauses = Clauses::of(&decl.clauses)?;
    let (principal, resource) = (principal?, resource?);
    let (actions, by_reference) = actions?;
    scope.bindings = bindings(site, &principal, &resource, findings);

    let by_action = clauses.expressions().any(|expr| walk::mentions(expr, "action"));
    let groups = groups(&declarations.schema, &principal.pattern, &actions, &resource.pattern, by_action);
    if declarations.broken.is_empty() {
        warn_about_nothing(declarations, decl, &groups, &by_reference, &principal, &resource, findings);
    }
    let mut table = PatternTable::default();
    let named = [principal.named, resource.named];
    let before = findings.len();
    let checked = check_groups(&scope, decl, &clauses, &groups, &mut table, findings);
    // An unknown name may be a parameter misspelt.
    if !findings[before..].iter().any(|finding| finding.diagnostic.code == codes::UNKNOWN_NAME) {
        check_grant_params(site, decl, &principal, &resource, &clauses, findings);
    }
    let (codes, can_err) = checked?;
    let (like, regexes) = table.into_parts();
    let policy = Policy {
        id: SmolStr::default(),
        effect: match decl.effect {
            Effect::Allow => program::Effect::Allow,
            Effect::Deny => program::Effect::Deny,
        },
        trial: decl.trial,
        on_error_skip: clauses.on_error_skip,
        principal: principal.pattern,
        actions,
        resource: resource.pattern,
        grant: site.grant.map(|(id, _, _)| id),
        because: clauses.because.map(|because| because.value.clone()),
        variants: environments::variants(&declarations.schema, &groups, codes),
        annotations: Vec::new(),
        docs: SmolStr::default(),
        origin: Origin::default(),
        span: program::Span::default(),
    };
    Some(Meaning { policy, patterns: Patterns { like, regexes }, can_err, named })
}

/// The clauses by kind.
struct Clauses<'a> {
    when: Vec<&'a Expr>,
    unless: Vec<&'a Expr>,
    oblige: &'a [ObligationCall],
    because: Option<&'a StrLit>,
    on_error_skip: bool,
}

impl<'a> Clauses<'a> {
    /// `None` if one was lost to a syntax error.
    fn of(clauses: &'a [Clause]) -> Option<Clauses<'a>> {
        let lost = clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Error));
        (!lost).then(|| Clauses::readable(clauses))
    }

    /// Those that could be read.
    fn readable(clauses: &'a [Clause]) -> Clauses<'a> {
        let mut found = Clauses {
            when: Vec::new(),
            unless: Vec::new(),
            oblige: &[],
            because: None,
            on_error_skip: false,
        };
        for clause in clauses {
            match &clause.kind {
                ClauseKind::When(expr) => found.when.push(expr),
                ClauseKind::Unless(expr) => found.unless.push(expr),
                ClauseKind::OnErrorSkip => found.on_error_skip = true,
                ClauseKind::Because(message) => found.because = Some(message),
                ClauseKind::Oblige(calls) => found.oblige = calls,
                ClauseKind::Error => {}
            }
        }
        found
    }

    fn input(&self, effect: Effect) -> ClauseInput<'_> {
        ClauseInput { effect, when: &self.when, unless: &self.unless, oblige: self.oblige }
    }

    fn expressions(&self) -> impl Iterator<Item = &'a Expr> + '_ {
        let args = self.oblige.iter().flat_map(|call| &call.args);
        self.when.iter().chain(&self.unless).copied().chain(args)
    }
}

fn no_resource(decl: &PolicyDecl) -> Diagnostic {
    let message = "an `allow` says on what: add `on ..`";
    let end = match &decl.actions {
        Actions::All(span) | Actions::Error(span) => *span,
        Actions::List(list) => list.last().map_or(decl.effect_span, |last| last.span),
    };
    Diagnostic::new(codes::ALLOW_WITHOUT_RESOURCE, end, message)
        .help("write the type of resource, `on Document`, or `on any` for everything")
}

/// The actions that a policy names, groups expanded, sorted; and which of them each reference brought.
type NamedActions = (Vec<ActionId>, Vec<(Span, SmolStr, Vec<ActionId>)>);

fn resolve_actions(site: &Site<'_>, actions: &Actions, findings: &mut Vec<Finding>) -> Option<NamedActions> {
    let schema = &site.declarations.schema;
    match actions {
        Actions::All(_) => {
            let all = (0..schema.actions.len()).filter(|at| schema.actions[*at].applies.is_some());
            Some((all.map(|at| ActionId(at as u32)).collect(), Vec::new()))
        }
        Actions::Error(_) => None,
        Actions::List(list) => {
            let mut complete = true;
            let mut by_reference = Vec::new();
            for reference in list {
                match lookup_actions(site.declarations, site.module, reference) {
                    Ok(named) => {
                        let included =
                            named.iter().flat_map(|action| &schema.actions[action.index()].includes);
                        let name = path_text(&reference.path);
                        by_reference.push((reference.span, name, included.copied().collect::<Vec<_>>()));
                    }
                    Err(found) => {
                        findings.extend(found);
                        complete = false;
                    }
                }
            }
            let mut all: Vec<ActionId> =
                by_reference.iter().flat_map(|(_, _, actions)| actions.iter().copied()).collect();
            all.sort_unstable();
            all.dedup();
            complete.then_some((all, by_reference))
        }
    }
}

/// What the policy's clauses can name: parameters of the grant and what the patterns bind.
fn bindings<'a>(
    site: &Site<'_>,
    principal: &Resolved<'_>,
    resource: &Resolved<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<(SmolStr, Binding<'a>)> {
    let mut bindings: Vec<(SmolStr, Binding<'a>)> = Vec::new();
    let mut places: Vec<(SmolStr, Span)> = Vec::new();
    if let Some((_, names, params)) = site.grant {
        for (at, (name, ty)) in params.iter().enumerate() {
            bindings.push((name.clone(), Binding::Local(at as u32, ty.clone())));
            places.push((name.clone(), names[at].span));
        }
    }
    let bound = [
        (principal.binding, Binding::Principal, "principal"),
        (resource.binding, Binding::Resource, "resource"),
    ];
    for (name, binding, own) in bound {
        let Some(name) = name.filter(|name| !name.text.is_empty()) else { continue };
        let taken = matches!(name.text.as_str(), "principal" | "action" | "resource" | "context" | "now");
        if taken && name.text != own {
            let message = format!("`{}` always means that part of the request", name.text);
            findings.push(Diagnostic::new(codes::DUPLICATE_BINDING, name.span, message).into());
            continue;
        }
        if let Some((_, first)) = places.iter().find(|(known, _)| *known == name.text) {
            let message = format!("`{}` already means something else in this policy", name.text);
            let diagnostic = Diagnostic::new(codes::DUPLICATE_BINDING, name.span, message);
            findings.push(diagnostic.also(*first, "here it is bound first").into());
            continue;
        }
        places.push((name.text.clone(), name.span));
        bindings.push((name.text.clone(), binding));
    }
    bindings
}

/// Each parameter of a grant decides in each of its policies: a column that nobody looks at is a mistake.
fn check_grant_params(
    site: &Site<'_>,
    decl: &PolicyDecl,
    principal: &Resolved<'_>,
    resource: &Resolved<'_>,
    clauses: &Clauses<'_>,
    findings: &mut Vec<Finding>,
) {
    let Some((_, names, params)) = site.grant else { return };
    for (at, (name, _)) in params.iter().enumerate() {
        let in_pattern = [&principal.pattern, &resource.pattern]
            .iter()
            .any(|pattern| pattern.within == Within::InGrantParam(at));
        // An argument of `oblige` decides nothing.
        let mut conditions = clauses.when.iter().chain(&clauses.unless);
        if in_pattern || conditions.any(|expr| walk::mentions(expr, name)) {
            continue;
        }
        let message = format!("this policy does not look at `{name}`: a row would grant more than it says");
        let help = format!("use `{name}` in a pattern or in `when`");
        findings.push(
            Diagnostic::new(codes::GRANT_PARAMETER_UNUSED, decl.effect_span, message)
                .also(names[at].span, "the parameter")
                .help(help)
                .into(),
        );
    }
}

fn warn_about_nothing(
    declarations: &Declarations,
    decl: &PolicyDecl,
    groups: &Groups,
    by_reference: &[(Span, SmolStr, Vec<ActionId>)],
    principal: &Resolved<'_>,
    resource: &Resolved<'_>,
    findings: &mut Vec<Finding>,
) {
    let schema = &declarations.schema;
    // Naming types takes a look at all of them: only where there is something to say.
    let shown = || {
        let shown = |pattern: &Pattern, any: &str| match &pattern.types {
            None => any.to_owned(),
            Some(types) => types
                .iter()
                .map(|ty| format!("`{}`", entity_name(schema, ty)))
                .collect::<Vec<_>>()
                .join(" or "),
        };
        (shown(&principal.pattern, "anybody"), shown(&resource.pattern, "anything"))
    };
    if groups.is_empty() {
        let (who, what) = shown();
        let message = format!("this policy can never apply: none of its actions is for {who} on {what}");
        let mut diagnostic = Diagnostic::new(codes::NEVER_APPLIES, decl.effect_span, message);
        for (span, name, actions) in by_reference {
            let applies =
                actions.iter().find_map(|action| schema.actions.get(action.index())?.applies.as_ref());
            let shown = |types: &assize_runtime::types::EntityTypes| {
                types.iter().map(|ty| entity_name(schema, ty)).collect::<Vec<_>>().join(" | ")
            };
            if let Some(applies) = applies {
                let (on, by) = (shown(&applies.resources), shown(&applies.principals));
                diagnostic = diagnostic.also(*span, format!("`{name}` is on `{on}` by `{by}`"));
            }
        }
        findings.push(diagnostic.into());
        return;
    }
    let met: std::collections::BTreeSet<ActionId> =
        groups.iter().flat_map(|group| group.actions.iter().copied()).collect();
    for (span, name, actions) in by_reference {
        if !actions.iter().any(|action| met.contains(action)) {
            let (who, what) = shown();
            let message = format!("`{name}` is never done by {who} on {what}");
            let diagnostic = Diagnostic::new(codes::ACTION_NEVER_FITS, *span, message);
            findings.push(diagnostic.help("leave it out, or name other types").into());
        }
    }
}

/// Checks the clauses in each group. `None` if there is an error in any.
fn check_groups(
    scope: &Scope<'_>,
    decl: &PolicyDecl,
    clauses: &Clauses<'_>,
    groups: &Groups,
    table: &mut PatternTable,
    findings: &mut Vec<Finding>,
) -> Option<(Vec<Code>, Option<Span>)> {
    let input = clauses.input(decl.effect);
    if clauses.expressions().next().is_none() && clauses.oblige.is_empty() {
        let code = Code { condition: None, obligations: Vec::new() };
        return Some((vec![code; groups.len()], None));
    }
    let mut codes = Vec::with_capacity(groups.len());
    let (mut can_err, mut never) = (None, true);
    let mut by_group = Vec::with_capacity(groups.len());
    for group in groups {
        let scope = Scope { environment: Some(group.clone()), ..scope.clone() };
        let (checked, found) = check_clauses(&scope, input);
        by_group.push(found);
        if let Some(checked) = checked {
            can_err = can_err.or(checked.can_err);
            never &= checked.never;
            codes.push(adopt(checked, table));
        }
    }
    let merged = merge(scope.declarations, groups, by_group);
    let said = |finding: &Finding| {
        finding.diagnostic.code == codes::ALWAYS_FALSE || finding.diagnostic.code == codes::ALWAYS_TRUE
    };
    if never && codes.len() == groups.len() && !groups.is_empty() && !merged.iter().any(said) {
        let message = "this policy can never apply: its condition is false for each combination of types";
        let diagnostic = Diagnostic::new(codes::NEVER_APPLIES, decl.effect_span, message);
        findings.push(
            diagnostic
                .help("each has another part that is always false: ask for less, or name other types")
                .into(),
        );
    }
    findings.extend(merged);
    (codes.len() == groups.len()).then_some((codes, can_err))
}

fn adopt(checked: CheckedClauses, table: &mut PatternTable) -> Code {
    let own = checked.patterns;
    let mut condition = checked.condition;
    if let Some(body) = &mut condition {
        table.adopt(body, &own);
    }
    let obligations = checked
        .obligations
        .into_iter()
        .map(|(obligation, mut args)| {
            args.iter_mut().for_each(|body| table.adopt(body, &own));
            program::ObligationCall { obligation, args }
        })
        .collect();
    Code { condition, obligations }
}

/// One finding for each mistake: an error that not all environments have names the first that has it; a warning counts only if
/// all have it.
fn merge(declarations: &Declarations, groups: &Groups, by_group: Vec<Vec<Finding>>) -> Vec<Finding> {
    type Key = (DiagnosticCode, u32, u32);
    // With each finding: the first group that has it, how many have it, whether all word it alike.
    let mut merged: indexmap::IndexMap<Key, (Finding, usize, usize, bool)> = indexmap::IndexMap::new();
    for (at, found) in by_group.into_iter().enumerate() {
        let mut seen = std::collections::BTreeSet::new();
        for finding in found {
            let primary = &finding.diagnostic.primary;
            let key = (finding.diagnostic.code, primary.start, primary.end);
            let again = !seen.insert(key);
            match merged.get_mut(&key) {
                None => drop(merged.insert(key, (finding, at, 1, true))),
                Some((first, _, count, same)) if !again => {
                    *count += 1;
                    *same &= first.diagnostic.message == finding.diagnostic.message;
                }
                Some(_) => {}
            }
        }
    }
    let total = groups.len();
    let mut findings = Vec::new();
    for (mut finding, at, count, same) in merged.into_values() {
        let is_error = finding.diagnostic.severity == Severity::Error;
        if count == total && same {
            findings.push(finding);
        } else if is_error || count == total {
            let place = environment_text(declarations, &groups[at]);
            finding.diagnostic.message = format!("{} (for {place})", finding.diagnostic.message);
            if !is_error {
                finding.diagnostic.help.push(format!("the like holds in all {total} combinations"));
            } else if count > 1 {
                finding
                    .diagnostic
                    .help
                    .push(format!("the same place is wrong in {count} of {total} combinations"));
            }
            findings.push(finding);
        }
    }
    findings
}

/// `User, read, Folder`
fn environment_text(declarations: &Declarations, group: &EnvironmentTypes) -> String {
    let schema = &declarations.schema;
    let action = group.actions.first().and_then(|action| schema.actions.get(action.index()));
    let action = action.map_or("", |action| action.name.as_str());
    let action = action.rsplit_once("::").map_or(action, |(_, bare)| bare);
    format!("{}, {action}, {}", entity_name(schema, group.principal), entity_name(schema, group.resource))
}
