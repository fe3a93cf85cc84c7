//! The entry points: clauses of a policy, an expression with or without an expected type, an entity.

use assize_lang::ast::{self, Expr, ExprKind};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::program::Op;
use assize_runtime::types::{EntityTypes, Type};
use assize_runtime::value::EntityUid;

use super::builder::Builder;
use super::checker::{Checker, Hint, Need, Typed};
use super::display::path_text;
use super::room::{height, with_room};
use super::scope::{CheckedBody, CheckedClauses, ClauseInput, Scope};
use crate::declarations::{Def, Finding};
use crate::resolve::types::describe;

/// Checks the clauses of a policy in the scope's environment: `when`, then `unless` and `oblige` under its narrowing. `None` if
/// there is an error; then, and only then, a finding is one.
pub fn check_clauses(scope: &Scope<'_>, clauses: ClauseInput<'_>) -> (Option<CheckedClauses>, Vec<Finding>) {
    let conditions = clauses.when.iter().chain(clauses.unless).copied();
    let arguments = clauses.oblige.iter().flat_map(|call| &call.args);
    with_room(height(scope, conditions.chain(arguments)), || {
        let mut checker = Checker::new(scope);
        let checked = check_all_clauses(&mut checker, clauses);
        (checked, checker.findings)
    })
}

pub(super) fn check_all_clauses(
    checker: &mut Checker<'_>,
    clauses: ClauseInput<'_>,
) -> Option<CheckedClauses> {
    let scope = checker.scope;
    let permissive = clauses.effect == ast::Effect::Allow;
    let mut tests = Vec::new();
    let (mut settled, mut never) = (false, false);
    let parts = clauses
        .when
        .iter()
        .map(|when| (*when, true))
        .chain(clauses.unless.iter().map(|unless| (*unless, false)));
    for (expr, holds) in parts {
        let word = if holds { "when" } else { "unless" };
        let outcome = Some(permissive == holds);
        let mark = checker.code.mark();
        let before = checker.findings.len();
        checker.dead += u32::from(settled);
        let typed = checker.condition(expr, Need::Clause(word), outcome);
        checker.dead -= u32::from(settled);
        if settled {
            checker.code.rewind(mark);
            continue;
        }
        let Some(typed) = typed else {
            checker.doubt += 1;
            continue;
        };
        let by_type = typed.flow.by_type;
        checker.warn_if_written_out(&typed.flow, word, expr.span, before);
        let flow = if holds { typed.flow } else { typed.flow.negated() };
        let node = if holds { typed.node } else { checker.push_bool(Op::Not(typed.node), expr.span).node };
        tests.push((node, expr.span));
        match flow.yes {
            Some(facts) => checker.facts.learn_all(&facts),
            // In this environment the policy never applies; what follows is for others to check.
            None => (settled, never) = (by_type, true),
        }
    }
    let root = match tests[..] {
        [] => None,
        [(only, _)] => Some(only),
        _ => {
            let span = tests[0].1.to(tests[tests.len() - 1].1);
            let nodes = tests.iter().map(|(node, _)| *node).collect();
            Some(checker.push_bool(Op::And(nodes), span).node)
        }
    };
    checker.report_if_too_large();
    let code = std::mem::replace(&mut checker.code, Builder::new(scope.params()));
    let mut risk = code.risk;
    checker.dead += u32::from(settled);
    let mut obligations = Vec::new();
    for call in clauses.oblige {
        if let Some(checked) = check_obligation(checker, call, &mut risk) {
            obligations.push(checked);
        }
    }
    if settled {
        // Nobody will see them.
        obligations.clear();
    }
    let complete = settled || obligations.len() == clauses.oblige.len();
    let sound = !has_error(&checker.findings) && checker.doubt == 0;
    (sound && complete).then(|| CheckedClauses {
        condition: root.map(|root| code.finish(root)),
        obligations,
        patterns: std::mem::take(&mut checker.patterns).into(),
        can_err: risk,
        never,
    })
}

/// One call of `oblige`: each argument is a body of its own.
fn check_obligation(
    checker: &mut Checker<'_>,
    call: &ast::ObligationCall,
    risk: &mut Option<Span>,
) -> Option<(assize_runtime::types::ObligationId, Vec<assize_runtime::program::Body>)> {
    let text = path_text(&call.path);
    let scope = checker.scope;
    let id = match checker.look_up(&call.path.segments) {
        Ok(Def::Obligation(id)) => Some(id),
        Ok(def) => {
            let diagnostic = Diagnostic::new(
                codes::NOT_CALLABLE,
                call.path.span(),
                format!("`{text}` is {}, not an obligation", describe(&def)),
            )
            .help(format!("declare one: `obligation {text}(..)`"));
            checker.report_related(diagnostic, vec![(def, format!("`{text}` is declared here"))]);
            None
        }
        Err(findings) => {
            checker.report_all(findings);
            None
        }
    };
    let declared = id.and_then(|id| checker.schema().obligations.get(id.index()));
    let params = declared.map_or(&[][..], |declared| &declared.params[..]);
    let mut sound = declared.is_some();
    if let (Some(declared), Some(id)) = (declared, id)
        && declared.params.len() != call.args.len()
    {
        let name = super::display::last_part(&declared.name);
        let count = declared.params.len();
        let needs = match count {
            0 => "no arguments".to_owned(),
            1 => "one argument".to_owned(),
            count => format!("{count} arguments"),
        };
        let diagnostic = Diagnostic::new(
            codes::WRONG_ARGUMENT_COUNT,
            call.path.span(),
            format!("`{name}` takes {needs}, not {}", call.args.len()),
        )
        .label(if call.args.len() > count { "too many" } else { "too few" });
        checker.report_related(diagnostic, vec![(Def::Obligation(id), format!("`{name}` is declared here"))]);
        sound = false;
    }
    let mut bodies = Vec::with_capacity(call.args.len());
    for (index, arg) in call.args.iter().enumerate() {
        checker.code = Builder::new(scope.params());
        let typed = match params.get(index) {
            Some(param) => checker.check(arg, &param.ty, Need::Argument { name: &param.name, of: &text }),
            None => checker.infer(arg, Hint::Open),
        };
        checker.report_if_too_large();
        let code = std::mem::take(&mut checker.code);
        *risk = risk.or(code.risk);
        match typed {
            Some(typed) => bodies.push(code.finish(typed.node)),
            None => sound = false,
        }
    }
    if sound { Some((id?, bodies)) } else { None }
}

/// Checks an expression whose type is given: a function's body, a `const` or `param`, data of a test, a context. `None` if there
/// is an error.
pub fn check_expression(
    scope: &Scope<'_>,
    expr: &Expr,
    expected: &Type,
) -> (Option<CheckedBody>, Vec<Finding>) {
    with_room(height(scope, [expr]), || {
        let mut checker = Checker::new(scope);
        let typed = checker.check(expr, expected, Need::Value);
        finish(checker, typed)
    })
}

/// Checks an expression whose type is its own affair: a `let` of a test.
pub fn check_open(scope: &Scope<'_>, expr: &Expr) -> (Option<CheckedBody>, Vec<Finding>) {
    with_room(height(scope, [expr]), || {
        let mut checker = Checker::new(scope);
        let typed = checker.infer(expr, Hint::Open);
        finish(checker, typed)
    })
}

fn finish(mut checker: Checker<'_>, typed: Option<Typed>) -> (Option<CheckedBody>, Vec<Finding>) {
    checker.report_if_too_large();
    let Checker { code, patterns, findings, .. } = checker;
    let can_err = code.risk;
    let sound = !has_error(&findings);
    let body = typed.filter(|_| sound).map(|typed| code.finish(typed.node));
    (body.map(|body| CheckedBody { body, patterns: patterns.into(), can_err }), findings)
}

fn has_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.diagnostic.severity == assize_lang::Severity::Error)
}

/// The entity that `expr` names, for patterns and rows of data: an entity literal, or the `let` of a test that stands for one.
/// `Err` has no findings where the mistake is reported elsewhere.
pub fn resolve_entity(scope: &Scope<'_>, expr: &Expr) -> Result<EntityUid, Vec<Finding>> {
    with_room(height(scope, [expr]), || named_entity(scope, expr))
}

fn named_entity(scope: &Scope<'_>, expr: &Expr) -> Result<EntityUid, Vec<Finding>> {
    let mut checker = Checker::new(scope);
    let mut inner = expr;
    while let ExprKind::Paren(deeper) = &*inner.kind {
        inner = deeper;
    }
    match &*inner.kind {
        ExprKind::Entity { ty, id } if ty.last().text != "Action" => {
            checker.entity_uid(ty, id).ok_or(checker.findings)
        }
        ExprKind::Error => Err(Vec::new()),
        _ => {
            let typed = checker.infer(expr, Hint::Open);
            let Some(typed) = typed else { return Err(checker.findings) };
            if let Some(assize_runtime::Value::Entity(uid)) = checker.code.value(typed.node) {
                return Ok(uid.clone());
            }
            let found = checker.text(&typed.ty);
            checker.report(
                Diagnostic::new(codes::WRONG_TYPE, expr.span, "one entity is needed here, written out")
                    .label(format!("`{found}`"))
                    .help("write it as in `User::\"ann\"`"),
            );
            Err(checker.findings)
        }
    }
}

/// The entity types that paths such as `User | Group` name; `None` where a finding says why not, or an earlier one did.
pub fn entity_types(scope: &Scope<'_>, paths: &[ast::Path]) -> (Option<EntityTypes>, Vec<Finding>) {
    let mut checker = Checker::new(scope);
    let types = checker.entity_type_list(paths);
    (types, checker.findings)
}
