//! Sentences about expressions: what each means, and what is said of one that means nothing.
//!
//! Every expression that checks is put into a policy or function and goes through the runtime's verifier.

mod calls;
mod examples;
mod facts;
mod generated;
mod limits;
mod literals;
mod member;
mod membership;
mod names;
mod operators;
mod quantifier;
mod repairs;
mod warnings;

use std::sync::LazyLock;

use assize_lang::ast::{ClauseKind, Item, ItemKind, PatternKind, PolicyDecl};
use assize_runtime::program::{
    Body, Effect, Function, ObligationCall, ParamDecl, Pattern, Policy, Program, Variant, Within,
};
use assize_runtime::types::{EntityTypes, Type};
use assize_runtime::{Value, evaluate};

use super::*;
use crate::declarations::{Declarations, Def, Finding};
use crate::names::lookup;
use crate::resolve::{Resolved, resolve};

const WORLD: &str = r#"
entity User in Group {
  department: String
  clearance: Level
  manager?: User
  suspended: Bool
  age: Int
  budget: Decimal
  joined: Datetime
  tags: Set<String>
  home?: { city: String, zip?: String }
  nick?: String
}
entity Group in Group { title: String, owner?: User }
entity Service { name: String, port: Int, origin?: String }
entity Folder in Folder { owner: User, private: Bool }
entity Document in Folder {
  owner: User
  author: User | Service
  viewers: Set<User | Group>
  reviewers: Set<User>
  level: Level
  labels: Map<String, String>
  limits: Map<String, Int>
  created: Datetime
  price: Decimal
  secret_of?: Service
}
entity Stage = "dev" | "prod"
entity Release { stage: Stage, by: User | Group, on_call?: User | Group, title: String }
ordered enum Level { public, internal, secret }
enum Field { ssn, iban, salary }
type Session = { mfa: Bool, ip?: Ip, trusted?: Bool, device: { managed: Bool, os?: String }, tunnel?: { kind: String, via?: Ip } }
type Plain = { mfa: Bool }
action edits includes write
action read on Document by User | Service with Session
action write, `s3:Get` on Document by User with Plain
action deploy on Release by User | Service with Plain
param OFFICE: Set<Cidr>
param LIMIT: Int
param MODES: Set<Action>
param PLACE: { city: String, zip?: String }
fn from_office(s: Session) -> Bool = s has ip and s.ip in OFFICE
fn older(u: User, years: Int) -> Bool = u.age > years
fn rated(value: Decimal) -> Decimal = value
fn any_of(levels: Set<Level>) -> Bool = Level::secret in levels
fn who(x: User | Group) -> Bool = x is User
grant viewer(who: User | Group, what: Folder | Document)
grant quota(who: User, kinds: Set<Field>, groups: Set<Group>, size: Int)
grant staff(who: User, place: Set<Folder>)
obligation mask(fields: Set<Field>)
obligation log(category: String)
"#;

/// What the declarations of [`WORLD`] mean, and its items for the bodies of functions.
static WORLD_ITEMS: LazyLock<(Vec<Item>, Resolved)> = LazyLock::new(|| {
    let items = items(WORLD);
    let resolved = resolve(&[items.iter().collect()], &[0], &[]);
    assert_eq!(resolved.findings, [], "the world of the tests");
    (items, resolved)
});

fn world() -> &'static Declarations {
    &WORLD_ITEMS.1.declarations
}

fn items(text: &str) -> Vec<Item> {
    let parsed = assize_lang::parse(text);
    let mut diagnostics = parsed.diagnostics;
    let items = parsed.items.into_iter().map(|parsed| {
        diagnostics.extend(parsed.diagnostics);
        parsed.item
    });
    let items = items.collect();
    assert!(diagnostics.iter().all(|d| d.code.0.starts_with('W')), "{text}: {diagnostics:?}");
    items
}

/// One line for each finding: code, the text that it marks, message, help.
fn told(text: &str, findings: &[Finding]) -> Vec<String> {
    let told = findings.iter().map(|finding| {
        let diagnostic = &finding.diagnostic;
        let marked = &text[diagnostic.primary.start as usize..diagnostic.primary.end as usize];
        let mut line = format!("{} [{marked}] {}", diagnostic.code.0, diagnostic.message);
        for help in &diagnostic.help {
            line.push_str(" | ");
            line.push_str(help);
        }
        line
    });
    told.collect()
}

fn entity_type(name: &str) -> assize_runtime::types::EntityTypeId {
    match named(name) {
        Def::EntityType(id) => id,
        other => panic!("`{name}` is {other:?}"),
    }
}

fn named(name: &str) -> Def {
    let segments = vec![assize_lang::ast::Name { text: name.into(), span: Default::default() }];
    lookup(world(), 0, &assize_lang::ast::Path { segments }).expect("declared in the world")
}

/// Checks a policy in the environment that its head names: one type each, one action.
fn policy(text: &str) -> (Option<CheckedClauses>, Vec<Finding>) {
    let items = items(text);
    let [Item { kind: ItemKind::Policy(decl), .. }] = &items[..] else { panic!("no policy: {text}") };
    let (principal, who) = pattern(&decl.principal.kind);
    let (resource, what) = pattern(&decl.resource.as_ref().expect("a resource").kind);
    let assize_lang::ast::Actions::List(actions) = &decl.actions else { panic!("no action: {text}") };
    let action = world().modules[0].actions[&actions[0].path.last().text];
    let context = world().schema.actions[action.index()].applies.as_ref().expect("no group").context.clone();
    let scope = Scope {
        declarations: world(),
        module: 0,
        environment: Some(EnvironmentTypes { principal, actions: vec![action], resource, context }),
        bindings: vec![(who, Binding::Principal), (what, Binding::Resource)],
        now: true,
    };
    let parts = clauses(decl);
    let oblige: Vec<_> = parts.2;
    let input = ClauseInput { effect: decl.effect, when: &parts.0, unless: &parts.1, oblige: &oblige };
    let (checked, findings) = check_clauses(&scope, input);
    let errors = findings.iter().any(|finding| finding.diagnostic.code.0.starts_with('E'));
    assert_eq!(checked.is_none(), errors, "{text}: {findings:?}");
    if let Some(checked) = &checked {
        verify_policy(checked, scope.environment.as_ref().expect("given"));
    }
    (checked, findings)
}

type Clauses<'a> =
    (Vec<&'a assize_lang::ast::Expr>, Vec<&'a assize_lang::ast::Expr>, Vec<assize_lang::ast::ObligationCall>);

fn clauses(decl: &PolicyDecl) -> Clauses<'_> {
    let mut parts: Clauses<'_> = Default::default();
    for clause in &decl.clauses {
        match &clause.kind {
            ClauseKind::When(expr) => parts.0.push(expr),
            ClauseKind::Unless(expr) => parts.1.push(expr),
            ClauseKind::Oblige(calls) => parts.2.extend(calls.iter().cloned()),
            _ => {}
        }
    }
    parts
}

fn pattern(kind: &PatternKind) -> (assize_runtime::types::EntityTypeId, smol_str::SmolStr) {
    match kind {
        PatternKind::Types { types, binding: Some(binding), .. } => {
            (entity_type(&types[0].last().text), binding.text.clone())
        }
        other => panic!("a pattern of the tests has one type and a name: {other:?}"),
    }
}

fn verify_policy(checked: &CheckedClauses, environment: &EnvironmentTypes) {
    let mut table = PatternTable::default();
    let mut adopt = |mut body: Body| {
        table.adopt(&mut body, &checked.patterns);
        body
    };
    let one = |ty| Pattern { types: Some(EntityTypes::one(ty)), within: Within::Anywhere };
    let obligations = checked.obligations.iter().map(|(obligation, args)| ObligationCall {
        obligation: *obligation,
        args: args.iter().cloned().map(&mut adopt).collect(),
    });
    let obligations = obligations.collect();
    let variant = Variant {
        principals: EntityTypes::one(environment.principal),
        actions: environment.actions.clone(),
        resources: EntityTypes::one(environment.resource),
        condition: checked.condition.clone().map(&mut adopt),
        obligations,
    };
    let policy = Policy {
        id: "tested".into(),
        effect: Effect::Allow,
        trial: false,
        on_error_skip: false,
        principal: one(environment.principal),
        actions: environment.actions.clone(),
        resource: one(environment.resource),
        grant: None,
        because: None,
        variants: vec![variant],
        annotations: Vec::new(),
        docs: "".into(),
        origin: Default::default(),
        span: Default::default(),
    };
    verify(table, vec![policy], None);
}

/// Puts everything into a Program with the functions of the world, and one more at the end.
fn verify(mut table: PatternTable, policies: Vec<Policy>, last: Option<Function>) {
    let mut functions = Vec::new();
    for item in &WORLD_ITEMS.0 {
        let ItemKind::Fn(decl) = &item.kind else { continue };
        let Def::Function(index) = named(&decl.name.text) else { panic!("no function") };
        let signature = &world().functions[index as usize];
        let bindings = signature.params.iter().zip(0..);
        let scope = Scope {
            declarations: world(),
            module: 0,
            environment: None,
            bindings: bindings
                .map(|((name, ty), at)| (name.clone(), Binding::Local(at, ty.clone())))
                .collect(),
            now: true,
        };
        let (checked, findings) = check_expression(&scope, &decl.body, &signature.result);
        assert_eq!(findings, []);
        let mut checked = checked.expect("the functions of the world are right");
        table.adopt(&mut checked.body, &checked.patterns);
        functions.push(Function {
            name: signature.name.clone(),
            params: signature.params.iter().map(|(_, ty)| ty.clone()).collect(),
            body: checked.body,
            origin: Default::default(),
        });
    }
    functions.extend(last);
    let params = world().params.iter().map(|param| ParamDecl {
        name: param.name.clone(),
        ty: param.ty.clone(),
        default: None,
    });
    let params = params.collect();
    let (like_patterns, regexes) = table.into_parts();
    let schema = world().schema.clone();
    let program = Program {
        schema,
        params,
        functions,
        policies,
        like_patterns,
        regexes,
        files: vec!["t.assize".into()],
    };
    let shown = program.clone();
    if let Err(problem) = assize_runtime::verify(program) {
        panic!("{problem:?} in {:#?} {:#?}", shown.policies, shown.functions.last());
    }
}

/// What is said of a condition on reading a document.
fn of_condition(condition: &str) -> Vec<String> {
    let text = format!("allow User u to read on Document d when {condition}");
    told(&text, &policy(&text).1)
}

/// Checks a condition about which there is nothing to say.
#[track_caller]
fn right(condition: &str) {
    assert_eq!(of_condition(condition), [] as [&str; 0], "{condition}");
}

/// Checks a condition about which exactly these things are said.
#[track_caller]
fn wrong(condition: &str, expected: &[&str]) {
    assert_eq!(of_condition(condition), expected, "{condition}");
}

/// What is said of the clauses of a policy.
#[track_caller]
fn says(text: &str, expected: &[&str]) {
    assert_eq!(told(text, &policy(text).1), expected, "{text}");
}

/// Checks the body of a function with these parameters, verifies it, and gives what is said.
fn of_function(text: &str) -> Vec<String> {
    let items = items(text);
    let [Item { kind: ItemKind::Fn(decl), .. }] = &items[..] else { panic!("no function: {text}") };
    let mut types = crate::resolve::types::TypeResolver::new(world(), 0);
    let params: Vec<Type> =
        decl.params.iter().map(|param| types.resolve_optional(&param.ty).expect("a type")).collect();
    let result = types.resolve_optional(&decl.result).expect("a type");
    let bindings = decl.params.iter().zip(&params).zip(0..);
    let scope = Scope {
        declarations: world(),
        module: 0,
        environment: None,
        bindings: bindings
            .map(|((param, ty), at)| (param.name.text.clone(), Binding::Local(at, ty.clone())))
            .collect(),
        now: true,
    };
    let (checked, findings) = check_expression(&scope, &decl.body, &result);
    if let Some(mut checked) = checked {
        assert_eq!(checked.ty(), result);
        let mut table = PatternTable::default();
        table.adopt(&mut checked.body, &checked.patterns);
        let function =
            Function { name: "tested".into(), params, body: checked.body, origin: Default::default() };
        verify(table, Vec::new(), Some(function));
    }
    told(text, &findings)
}

#[track_caller]
fn function(text: &str, expected: &[&str]) {
    assert_eq!(of_function(text), expected, "{text}");
}

/// The type that an expression has by itself, or what is said of it.
fn of_open(expr: &str) -> Result<String, Vec<String>> {
    let text = format!("test \"t\" {{ let x = {expr} }}");
    let items = items(&text);
    let value = match &items[0].kind {
        ItemKind::Test(test) => match &test.items[0] {
            assize_lang::ast::TestItem::Let { value, .. } => value,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let scope =
        Scope { declarations: world(), module: 0, environment: None, bindings: Vec::new(), now: true };
    match check_open(&scope, value) {
        (Some(checked), findings) if findings.is_empty() => Ok(type_text(&world().schema, &checked.ty())),
        (_, findings) => Err(told(&text, &findings)),
    }
}

#[track_caller]
fn has_type(expr: &str, ty: &str) {
    assert_eq!(of_open(expr), Ok(ty.to_owned()), "{expr}");
}

#[track_caller]
fn has_no_type(expr: &str, expected: &[&str]) {
    let told = of_open(expr).expect_err("it has findings");
    assert_eq!(told, expected, "{expr}");
}

/// The value of an expression that needs no request.
fn value(expr: &str, ty: &Type) -> Value {
    let text = format!("const X: Bool = {expr}");
    let items = items(&text);
    let ItemKind::Const(decl) = &items[0].kind else { panic!("no const: {text}") };
    let scope =
        Scope { declarations: world(), module: 0, environment: None, bindings: Vec::new(), now: false };
    let (checked, findings) = check_expression(&scope, decl.value.as_ref().expect("a value"), ty);
    let Some(checked) = checked else { panic!("{:?}", told(&text, &findings)) };
    let library = assize_runtime::Library {
        schema: &world().schema,
        params: &[],
        functions: &[],
        like_patterns: &checked.patterns.like,
        regexes: &checked.patterns.regexes,
    };
    evaluate(library, &checked.body, None).expect("no error")
}

#[track_caller]
fn is_true(expr: &str) {
    assert_eq!(value(expr, &Type::Bool), Value::Bool(true), "{expr}");
}
