//! Whether two trees mean the same: equal but for places and parentheses.

use smol_str::SmolStr;

use crate::ast::*;

/// Whether two items are the same declaration.
pub fn same(mut left: Item, mut right: Item) -> bool {
    item(&mut left);
    item(&mut right);
    left == right
}

const NOWHERE: Span = Span { start: 0, end: 0 };

fn item(item: &mut Item) {
    item.span = NOWHERE;
    annotations(&mut item.annotations);
    match &mut item.kind {
        ItemKind::Module(target) => path(target),
        ItemKind::Use(UseDecl { path: target, alias, names, bindings }) => {
            path(target);
            alias.iter_mut().for_each(name);
            for one in names.iter_mut().flatten() {
                name(&mut one.name);
                one.alias.iter_mut().for_each(name);
            }
            for UseBinding { param, values, span } in bindings {
                *span = NOWHERE;
                name(param);
                values.iter_mut().for_each(action);
            }
        }
        ItemKind::TypeParam { name: own, default } => {
            name(own);
            default.iter_mut().for_each(ty);
        }
        ItemKind::ActionParam { name: own } => name(own),
        ItemKind::Entity(EntityDecl { name: own, parents, fields, external: _ }) => {
            name(own);
            parents.iter_mut().for_each(ty);
            fields.iter_mut().for_each(field);
        }
        ItemKind::ClosedEntity { name: own, ids } => {
            name(own);
            ids.iter_mut().for_each(string);
        }
        ItemKind::Enum(EnumDecl { name: own, ordered: _, variants }) => {
            name(own);
            variants.iter_mut().for_each(name);
        }
        ItemKind::TypeAlias { name: own, ty: target } => {
            name(own);
            ty(target);
        }
        ItemKind::Action(ActionDecl { names, on, by, with, includes }) => {
            names.iter_mut().for_each(name);
            on.iter_mut().chain(by).chain(with).for_each(ty);
            includes.iter_mut().for_each(action);
        }
        ItemKind::Param(decl) | ItemKind::Const(decl) => {
            name(&mut decl.name);
            ty(&mut decl.ty);
            decl.value.iter_mut().for_each(expr);
        }
        ItemKind::Fn(FnDecl { name: own, params, result, body }) => {
            name(own);
            params.iter_mut().for_each(param);
            ty(result);
            expr(body);
        }
        ItemKind::Policy(decl) => policy(decl),
        ItemKind::Grant(GrantDecl { name: own, params, at_most, body }) => {
            name(own);
            params.iter_mut().for_each(param);
            at_most.iter_mut().for_each(expr);
            for one in body.iter_mut().flatten() {
                one.span = NOWHERE;
                annotations(&mut one.annotations);
                policy(&mut one.policy);
            }
        }
        ItemKind::Obligation { name: own, params } => {
            name(own);
            params.iter_mut().for_each(param);
        }
        ItemKind::Test(TestDecl { name, items }) => {
            string(name);
            items.iter_mut().for_each(test_item);
        }
        ItemKind::Prove(ProveDecl { name, claims }) => {
            string(name);
            for claim in claims {
                claim.span = NOWHERE;
                policy(&mut claim.policy);
            }
        }
        ItemKind::Error => {}
    }
}

fn name(name: &mut Name) {
    name.span = NOWHERE;
}

fn path(path: &mut Path) {
    path.segments.iter_mut().for_each(name);
}

fn string(string: &mut StrLit) {
    string.span = NOWHERE;
}

fn annotations(annotations: &mut [Annotation]) {
    for annotation in annotations {
        annotation.span = NOWHERE;
        name(&mut annotation.name);
        annotation.args.iter_mut().for_each(string);
    }
}

fn field(field: &mut Field) {
    field.span = NOWHERE;
    annotations(&mut field.annotations);
    name(&mut field.name);
    ty(&mut field.ty);
}

fn param(param: &mut Param) {
    name(&mut param.name);
    ty(&mut param.ty);
}

fn ty(target: &mut Type) {
    target.span = NOWHERE;
    match &mut target.kind {
        TypeKind::Name(target) => path(target),
        TypeKind::Apply { name: own, args } => {
            name(own);
            args.iter_mut().for_each(ty);
        }
        TypeKind::Union(alternatives) => alternatives.iter_mut().for_each(ty),
        TypeKind::Optional(inner) => ty(inner),
        TypeKind::Record(fields) => fields.iter_mut().for_each(field),
        TypeKind::Error => {}
    }
}

fn action(action: &mut ActionRef) {
    action.span = NOWHERE;
    path(&mut action.path);
}

fn policy(policy: &mut PolicyDecl) {
    policy.effect_span = NOWHERE;
    pattern(&mut policy.principal);
    match &mut policy.actions {
        Actions::All(span) | Actions::Error(span) => *span = NOWHERE,
        Actions::List(list) => list.iter_mut().for_each(action),
    }
    policy.resource.iter_mut().for_each(pattern);
    for clause in &mut policy.clauses {
        clause.span = NOWHERE;
        match &mut clause.kind {
            ClauseKind::When(condition) | ClauseKind::Unless(condition) => expr(condition),
            ClauseKind::Because(message) => string(message),
            ClauseKind::Oblige(calls) => {
                for call in calls {
                    call.span = NOWHERE;
                    path(&mut call.path);
                    call.args.iter_mut().for_each(expr);
                }
            }
            ClauseKind::OnErrorSkip | ClauseKind::Error => {}
        }
    }
}

fn pattern(pattern: &mut Pattern) {
    pattern.span = NOWHERE;
    match &mut pattern.kind {
        PatternKind::Any { binding, within } => {
            binding.iter_mut().for_each(name);
            within.iter_mut().for_each(expr);
        }
        PatternKind::Types { types, binding, within } => {
            types.iter_mut().for_each(path);
            binding.iter_mut().for_each(name);
            within.iter_mut().for_each(expr);
        }
        PatternKind::In(scope) | PatternKind::Entity(scope) => expr(scope),
        PatternKind::Error => {}
    }
}

fn test_item(item: &mut TestItem) {
    match item {
        TestItem::Data(rows) => rows.iter_mut().for_each(row),
        TestItem::DataFile(file) => string(file),
        TestItem::Let { name: own, value } => {
            name(own);
            expr(value);
        }
        TestItem::Expect(Expect { effect: _, principal, action: asked, resource, context, at, by, span }) => {
            *span = NOWHERE;
            expr(principal);
            action(asked);
            expr(resource);
            context.iter_mut().chain(at).for_each(expr);
            by.iter_mut().for_each(string);
        }
        TestItem::Error(span) => *span = NOWHERE,
    }
}

fn row(row: &mut DataRow) {
    match row {
        DataRow::Entity { uid, parents, attrs, span } => {
            *span = NOWHERE;
            expr(uid);
            parents.iter_mut().for_each(expr);
            attrs.iter_mut().flatten().for_each(init);
        }
        DataRow::Grant { path: target, args, until, span } => {
            *span = NOWHERE;
            path(target);
            args.iter_mut().chain(until).for_each(expr);
        }
        DataRow::Error(span) => *span = NOWHERE,
    }
}

fn init(init: &mut Init) {
    name(&mut init.name);
    expr(&mut init.value);
}

fn expr(target: &mut Expr) {
    target.span = NOWHERE;
    target.depth = 0;
    while let ExprKind::Paren(inner) = &mut *target.kind {
        let inner = std::mem::replace(&mut *inner.kind, ExprKind::Int(SmolStr::default()));
        *target.kind = inner;
    }
    match &mut *target.kind {
        ExprKind::Str(value) => string(value),
        ExprKind::Tagged { tag, value } => {
            name(tag);
            string(value);
        }
        ExprKind::Entity { ty, id } => {
            path(ty);
            string(id);
        }
        ExprKind::Path(target) => path(target),
        ExprKind::Paren(inner) | ExprKind::Not(inner) | ExprKind::Neg(inner) | ExprKind::IsSome(inner) => {
            expr(inner)
        }
        ExprKind::Set(list) | ExprKind::And(list) | ExprKind::Or(list) => list.iter_mut().for_each(expr),
        ExprKind::Record(fields) => fields.iter_mut().for_each(init),
        ExprKind::Binary { op: _, op_span, left, right } => {
            *op_span = NOWHERE;
            expr(left);
            expr(right);
        }
        ExprKind::Is { value, types, within } => {
            expr(value);
            types.iter_mut().for_each(path);
            within.iter_mut().for_each(expr);
        }
        ExprKind::Has { value, path } => {
            expr(value);
            path.iter_mut().for_each(name);
        }
        ExprKind::Like { value, pattern } | ExprKind::Matches { value, pattern } => {
            expr(value);
            string(pattern);
        }
        ExprKind::If { condition, then, otherwise } => {
            expr(condition);
            expr(then);
            expr(otherwise);
        }
        ExprKind::Member { value, optional: _, name: own } => {
            expr(value);
            name(own);
        }
        ExprKind::Call { callee, args } => {
            expr(callee);
            args.iter_mut().for_each(expr);
        }
        ExprKind::Index { value, index } => {
            expr(value);
            expr(index);
        }
        ExprKind::Quantifier { all: _, types, variable, set, body } => {
            types.iter_mut().for_each(path);
            name(variable);
            expr(set);
            expr(body);
        }
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Error => {}
    }
}
