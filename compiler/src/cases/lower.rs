//! From a `test` or `prove` block to what it means, item by item.

use std::sync::Arc;

use assize_lang::ast::{Expect, Expr, ExprKind, Item, ItemKind, Name, ProveDecl, TestDecl, TestItem};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::program::Body;
use assize_runtime::types::{ActionId, Applies, EntityTypes, Type};
use assize_runtime::{EntityUid, Library, Value, evaluate};
use smol_str::SmolStr;

use super::rows::{self, Rows};
use super::{CheckedTest, Expectation, load_time};
use crate::declarations::{Declarations, Finding};
use crate::expr::{
    Binding, CheckedBody, Scope, check_expression, check_open, entity_name, resolve_entity, types_text,
};
use crate::lints::unused_inside;
use crate::names::{lookup_action, path_text};
use crate::policy;
use crate::values::eval_error_text;
use crate::walk;

/// Checks a `test` or `prove` block; for other items there is nothing to check.
pub fn check(declarations: &Declarations, module: u32, item: &Item) -> CheckedTest {
    let mut checked = match &item.kind {
        ItemKind::Test(decl) => test(declarations, module, decl),
        ItemKind::Prove(decl) => prove(declarations, module, decl),
        _ => return CheckedTest::default(),
    };
    checked.span = item.span;
    // A `let` is checked wherever it is used; what is wrong with it is said once.
    let mut seen = std::collections::BTreeSet::new();
    checked.findings.retain(|finding| {
        let diagnostic = &finding.diagnostic;
        seen.insert((diagnostic.code, diagnostic.primary.start, diagnostic.primary.end))
    });
    checked
}

/// What the expressions of a test can use.
pub(super) struct Lowering<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) findings: Vec<Finding>,
}

impl Lowering<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.findings.push(diagnostic.into());
    }

    /// The value of an expression of this type; `None` if it has an error, which was reported.
    pub(super) fn value(&mut self, expr: &Expr, ty: &Type) -> Option<Value> {
        let (checked, found) = check_expression(&self.scope, expr, ty);
        self.findings.extend(found);
        self.evaluated(expr.span, &checked?)
    }

    fn evaluated(&mut self, span: Span, checked: &CheckedBody) -> Option<Value> {
        if let Some(unknown) = needs_more(&checked.body) {
            let message = "a test says its values: nothing is known here of params, functions or other data";
            self.report(Diagnostic::new(codes::NOT_CONSTANT, unknown, message).help("write the value out"));
            return None;
        }
        let library = Library {
            schema: &self.scope.declarations.schema,
            params: &[],
            functions: &[],
            like_patterns: &checked.patterns.like,
            regexes: &checked.patterns.regexes,
        };
        match evaluate(library, &checked.body, None) {
            Ok(value) => Some(value),
            Err(error) => {
                self.report(Diagnostic::new(codes::ALWAYS_OVERFLOWS, span, eval_error_text(error)));
                None
            }
        }
    }

    pub(super) fn entity(&mut self, expr: &Expr) -> Option<EntityUid> {
        match resolve_entity(&self.scope, expr) {
            Ok(uid) => Some(uid),
            Err(found) => {
                self.findings.extend(found);
                None
            }
        }
    }
}

/// Where a body asks for what only a running engine knows.
fn needs_more(body: &Body) -> Option<Span> {
    use assize_runtime::program::Op;
    let node = body.nodes.iter().find(|node| {
        matches!(
            node.op,
            Op::Param(_)
                | Op::Call { .. }
                | Op::GrantFact(..)
                | Op::Attribute(..)
                | Op::HasAttribute(..)
                | Op::Ancestors(_)
                | Op::In(..)
                | Op::InAny(..)
        )
    })?;
    Some(Span::new(node.span.start, node.span.end))
}

fn test(declarations: &Declarations, module: u32, decl: &TestDecl) -> CheckedTest {
    let scope = Scope { declarations, module, environment: None, bindings: Vec::new(), now: false };
    let mut lowering = Lowering { scope, findings: Vec::new() };
    let mut rows = Rows::default();
    let mut files = Vec::new();
    let mut expectations = Vec::new();
    let mut lets: Vec<&Name> = Vec::new();
    for (at, item) in decl.items.iter().enumerate() {
        match item {
            TestItem::Data(data) => data.iter().for_each(|row| rows.add(&mut lowering, row)),
            TestItem::DataFile(file) => files.push((file.value.clone(), file.span)),
            TestItem::Let { name, value } => {
                if let Some(first) =
                    lets.iter().find(|first| first.text == name.text && !name.text.is_empty())
                {
                    let message = format!("`{}` stands for something already", name.text);
                    lowering.report(
                        Diagnostic::new(codes::DUPLICATE_NAME, name.span, message).also(first.span, "this"),
                    );
                    continue;
                }
                lets.push(name);
                if !decl.items[at + 1..].iter().any(|later| mentions(later, &name.text)) {
                    let found = check_open(&lowering.scope, value).1;
                    let broken = !found.is_empty()
                        || decl.items[at + 1..].iter().any(|item| match item {
                            TestItem::Error(_) => true,
                            TestItem::Let { name: later, .. } => later.text == name.text,
                            _ => false,
                        });
                    lowering.findings.extend(found);
                    if !broken && !name.text.is_empty() && !name.text.starts_with('_') {
                        lowering.report(unused_inside("`let`", name));
                    }
                }
                lowering.scope.bindings.push((name.text.clone(), Binding::Let(value)));
            }
            TestItem::Expect(expect) => expectations.extend(expectation(&mut lowering, expect)),
            TestItem::Error(_) => {}
        }
    }
    for expectation in &mut expectations {
        expectation.external = rows.external.clone();
    }
    rows.finish(&mut lowering, load_time(&expectations));
    CheckedTest {
        name: decl.name.value.clone(),
        name_span: decl.name.span,
        span: Span::default(),
        rows: rows.stored,
        files,
        expectations,
        findings: lowering.findings,
    }
}

fn mentions(item: &TestItem, name: &str) -> bool {
    let mut found = false;
    let mut look = |expr: &Expr| found |= walk::mentions(expr, name);
    match item {
        TestItem::Data(data) => data.iter().for_each(|row| rows::expressions(row).for_each(&mut look)),
        TestItem::Let { value, .. } => look(value),
        TestItem::Expect(expect) => {
            let optional = expect.context.iter().chain(&expect.at);
            [&expect.principal, &expect.resource].into_iter().chain(optional).for_each(look);
        }
        TestItem::DataFile(_) | TestItem::Error(_) => {}
    }
    found
}

fn expectation(lowering: &mut Lowering<'_>, expect: &Expect) -> Option<Expectation> {
    let principal = lowering.entity(&expect.principal);
    let resource = lowering.entity(&expect.resource);
    let at = match &expect.at {
        None => Some(None),
        Some(at) => match lowering.value(at, &Type::Datetime) {
            Some(Value::Datetime(at)) => Some(Some(at)),
            _ => None,
        },
    };
    let (action, applies) = action(lowering, expect)?;
    let principal =
        one_of(lowering, principal, &applies.principals, expect.principal.span, expect, "done by");
    let resource = one_of(lowering, resource, &applies.resources, expect.resource.span, expect, "done on");
    let context = context(lowering, expect, &applies);
    Some(Expectation {
        span: expect.span,
        allowed: expect.effect == assize_lang::ast::Effect::Allow,
        principal: principal?,
        action,
        resource: resource?,
        context: context?,
        external: Vec::new(),
        at: at?,
        by: expect.by.iter().map(|id| (id.value.clone(), id.span)).collect(),
    })
}

fn action(lowering: &mut Lowering<'_>, expect: &Expect) -> Option<(ActionId, Applies)> {
    let declarations = lowering.scope.declarations;
    match lookup_action(declarations, lowering.scope.module, &expect.action.path) {
        Ok(action) => match &declarations.schema.actions[action.index()].applies {
            Some(applies) => Some((action, applies.clone())),
            None => {
                let name = path_text(&expect.action.path);
                let message = format!("`{name}` is a group of actions: nobody does it as such");
                let diagnostic = Diagnostic::new(codes::TEST_REQUEST, expect.action.span, message);
                lowering.report(diagnostic.help("name one of the actions that it includes"));
                None
            }
        },
        Err(found) => {
            lowering.findings.extend(found);
            None
        }
    }
}

fn one_of(
    lowering: &mut Lowering<'_>,
    uid: Option<EntityUid>,
    types: &EntityTypes,
    span: Span,
    expect: &Expect,
    how: &str,
) -> Option<EntityUid> {
    let uid = uid?;
    if types.contains(uid.ty) {
        return Some(uid);
    }
    let schema = &lowering.scope.declarations.schema;
    let name = path_text(&expect.action.path);
    let message = format!("`{name}` is never {how} a `{}`", entity_name(schema, uid.ty));
    let help = format!("it is {how} `{}`", types_text(schema, types));
    lowering.report(Diagnostic::new(codes::TEST_REQUEST, span, message).help(help));
    None
}

fn context(lowering: &mut Lowering<'_>, expect: &Expect, applies: &Applies) -> Option<Value> {
    let ty = Type::Record(applies.context.clone());
    if let Some(context) = &expect.context {
        return lowering.value(context, &ty);
    }
    if let Some(field) = applies.context.fields().iter().find(|field| !field.optional) {
        let name = path_text(&expect.action.path);
        let message = format!("`{name}` needs a context with `{}`", field.name);
        let diagnostic = Diagnostic::new(codes::TEST_REQUEST, expect.action.span, message);
        lowering.report(diagnostic.help(format!("add `with {{ {}: .. }}` after the resource", field.name)));
        return None;
    }
    Some(Value::Record(Arc::default()))
}

/// Claims are checked as the policies that they look like; nothing runs them yet.
fn prove(declarations: &Declarations, module: u32, decl: &ProveDecl) -> CheckedTest {
    let mut findings = Vec::new();
    for claim in &decl.claims {
        findings.extend(policy::check_claim(declarations, module, &claim.policy));
    }
    CheckedTest { name: SmolStr::default(), name_span: decl.name.span, findings, ..CheckedTest::default() }
}

/// `{ .. }` of a data row as the record that it spells.
pub(super) fn record_of(fields: &[assize_lang::ast::Init], span: Span) -> Expr {
    let depth = fields.iter().map(|field| field.value.depth).max().unwrap_or(0).saturating_add(1);
    Expr { kind: Box::new(ExprKind::Record(fields.to_vec())), span, depth }
}
