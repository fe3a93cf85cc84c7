//! Where a policy file uses a name that something else declares: what a slip of the pen can turn into an unknown name.

use assize_lang::ast::{
    ActionRef, Actions, Annotation, Clause, ClauseKind, DataRow, Expr, ExprKind, Field, Init, Item, ItemKind,
    Name, Path, Pattern, PatternKind, PolicyDecl, StrLit, TestItem, Type, TypeKind,
};
use assize_lang::{Span, parse};

/// What kind of name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A declared name where a value, type or function is meant, or a part of a path.
    Declared,
    /// An action.
    Action,
    /// An attribute, field or method.
    Member,
    /// The id of an entity.
    Id,
    /// A field of a record literal or of a row of data: in a map, any name will do.
    Init,
    /// The id of a policy after `by`.
    Policy,
    /// An annotation.
    Annotation,
}

/// A name that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Where it stands in the file, backquotes or quotes included.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The names that a file uses, in source order, each once.
pub fn uses(text: &str) -> Vec<Use> {
    let mut found = Vec::new();
    for parsed in parse(text).items {
        let mut visitor = Visitor { found: Vec::new() };
        visitor.item(&parsed.item);
        found.extend(visitor.found.into_iter().map(|(span, kind)| Use {
            span: Span::new(span.start + parsed.start, span.end + parsed.start),
            kind,
        }));
    }
    found.sort();
    found.dedup();
    found
}

struct Visitor {
    found: Vec<(Span, Kind)>,
}

impl Visitor {
    fn name(&mut self, name: &Name, kind: Kind) {
        self.found.push((name.span, kind));
    }

    fn path(&mut self, path: &Path) {
        path.segments.iter().for_each(|name| self.name(name, Kind::Declared));
    }

    fn item(&mut self, item: &Item) {
        self.annotations(&item.annotations);
        match &item.kind {
            ItemKind::Use(decl) => {
                self.path(&decl.path);
                decl.names.iter().flatten().for_each(|used| self.name(&used.name, Kind::Declared));
                for binding in &decl.bindings {
                    self.name(&binding.param, Kind::Declared);
                    binding.values.iter().for_each(|value| self.path(&value.path));
                }
            }
            ItemKind::Entity(decl) => {
                decl.parents.iter().for_each(|ty| self.ty(ty));
                self.fields(&decl.fields);
            }
            ItemKind::TypeAlias { ty, .. } => self.ty(ty),
            ItemKind::Action(decl) => {
                [&decl.on, &decl.by, &decl.with].into_iter().flatten().for_each(|ty| self.ty(ty));
                decl.includes.iter().for_each(|action| self.action(action));
            }
            ItemKind::Param(decl) | ItemKind::Const(decl) => {
                self.ty(&decl.ty);
                decl.value.iter().for_each(|value| self.expr(value));
            }
            ItemKind::Fn(decl) => {
                decl.params.iter().for_each(|param| self.ty(&param.ty));
                self.ty(&decl.result);
                self.expr(&decl.body);
            }
            ItemKind::Policy(decl) => self.policy(decl),
            ItemKind::Grant(decl) => {
                decl.params.iter().for_each(|param| self.ty(&param.ty));
                for policy in decl.body.iter().flatten() {
                    self.annotations(&policy.annotations);
                    self.policy(&policy.policy);
                }
            }
            ItemKind::Obligation { params, .. } => params.iter().for_each(|param| self.ty(&param.ty)),
            ItemKind::Test(decl) => decl.items.iter().for_each(|item| self.test_item(item)),
            ItemKind::Prove(decl) => decl.claims.iter().for_each(|claim| self.policy(&claim.policy)),
            ItemKind::TypeParam { default, .. } => default.iter().for_each(|ty| self.ty(ty)),
            ItemKind::Module(_)
            | ItemKind::ActionParam { .. }
            | ItemKind::ClosedEntity { .. }
            | ItemKind::Enum(_)
            | ItemKind::Error => {}
        }
    }

    fn annotations(&mut self, annotations: &[Annotation]) {
        annotations.iter().for_each(|annotation| self.name(&annotation.name, Kind::Annotation));
    }

    fn fields(&mut self, fields: &[Field]) {
        for field in fields {
            self.annotations(&field.annotations);
            self.ty(&field.ty);
        }
    }

    fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Name(path) => self.path(path),
            TypeKind::Apply { name, args } => {
                self.name(name, Kind::Declared);
                args.iter().for_each(|ty| self.ty(ty));
            }
            TypeKind::Union(parts) => parts.iter().for_each(|ty| self.ty(ty)),
            TypeKind::Optional(inner) => self.ty(inner),
            TypeKind::Record(fields) => self.fields(fields),
            TypeKind::Error => {}
        }
    }

    fn action(&mut self, action: &ActionRef) {
        if let Some((last, modules)) = action.path.segments.split_last()
            && !last.text.contains('*')
        {
            modules.iter().for_each(|name| self.name(name, Kind::Declared));
            self.name(last, Kind::Action);
        }
    }

    fn policy(&mut self, decl: &PolicyDecl) {
        self.pattern(&decl.principal);
        decl.resource.iter().for_each(|pattern| self.pattern(pattern));
        if let Actions::List(actions) = &decl.actions {
            actions.iter().for_each(|action| self.action(action));
        }
        decl.clauses.iter().for_each(|clause| self.clause(clause));
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Any { within, .. } => within.iter().for_each(|within| self.expr(within)),
            PatternKind::Types { types, within, .. } => {
                types.iter().for_each(|path| self.path(path));
                within.iter().for_each(|within| self.expr(within));
            }
            PatternKind::In(expr) | PatternKind::Entity(expr) => self.expr(expr),
            PatternKind::Error => {}
        }
    }

    fn clause(&mut self, clause: &Clause) {
        match &clause.kind {
            ClauseKind::When(expr) | ClauseKind::Unless(expr) => self.expr(expr),
            ClauseKind::Oblige(calls) => {
                for call in calls {
                    self.path(&call.path);
                    call.args.iter().for_each(|arg| self.expr(arg));
                }
            }
            ClauseKind::OnErrorSkip | ClauseKind::Because(_) | ClauseKind::Error => {}
        }
    }

    fn test_item(&mut self, item: &TestItem) {
        match item {
            TestItem::Data(rows) => rows.iter().for_each(|row| self.row(row)),
            TestItem::Let { value, .. } => self.expr(value),
            TestItem::Expect(expect) => {
                self.expr(&expect.principal);
                self.action(&expect.action);
                self.expr(&expect.resource);
                expect.context.iter().chain(&expect.at).for_each(|expr| self.expr(expr));
                expect.by.iter().for_each(|id| self.text(id, Kind::Policy));
            }
            TestItem::DataFile(_) | TestItem::Error(_) => {}
        }
    }

    fn text(&mut self, text: &StrLit, kind: Kind) {
        self.found.push((text.span, kind));
    }

    fn row(&mut self, row: &DataRow) {
        match row {
            DataRow::Entity { uid, parents, attrs, .. } => {
                self.expr(uid);
                parents.iter().for_each(|parent| self.expr(parent));
                self.inits(attrs.as_deref().unwrap_or_default());
            }
            DataRow::Grant { path, args, until, .. } => {
                self.path(path);
                args.iter().chain(until).for_each(|arg| self.expr(arg));
            }
            DataRow::Error(_) => {}
        }
    }

    fn inits(&mut self, inits: &[Init]) {
        for init in inits {
            self.name(&init.name, Kind::Init);
            self.expr(&init.value);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::Entity { ty, id } => {
                self.path(ty);
                self.text(id, Kind::Id);
            }
            ExprKind::Path(path) => self.path(path),
            ExprKind::Paren(inner)
            | ExprKind::Not(inner)
            | ExprKind::Neg(inner)
            | ExprKind::IsSome(inner)
            | ExprKind::Like { value: inner, .. }
            | ExprKind::Matches { value: inner, .. } => self.expr(inner),
            ExprKind::Set(parts) | ExprKind::And(parts) | ExprKind::Or(parts) => {
                parts.iter().for_each(|part| self.expr(part));
            }
            ExprKind::Record(inits) => self.inits(inits),
            ExprKind::Binary { left, right, .. } => {
                [left, right].into_iter().for_each(|side| self.expr(side))
            }
            ExprKind::Is { value, types, within } => {
                self.expr(value);
                types.iter().for_each(|path| self.path(path));
                within.iter().for_each(|within| self.expr(within));
            }
            ExprKind::Has { value, path } => {
                self.expr(value);
                path.iter().for_each(|name| self.name(name, Kind::Member));
            }
            ExprKind::If { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|part| self.expr(part));
            }
            ExprKind::Member { value, name, .. } => {
                self.expr(value);
                self.name(name, Kind::Member);
            }
            ExprKind::Call { callee, args } => {
                self.expr(callee);
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Index { value, index } => [value, index].into_iter().for_each(|part| self.expr(part)),
            ExprKind::Quantifier { types, set, body, .. } => {
                types.iter().for_each(|path| self.path(path));
                [set, body].into_iter().for_each(|part| self.expr(part));
            }
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Duration(_)
            | ExprKind::Str(_)
            | ExprKind::Tagged { .. }
            | ExprKind::Error => {}
        }
    }
}
