//! What the checker finds out about every place of an item, for editors: types of expressions, and of what members are read from.
//!
//! Nothing here is remembered or reported: an item is checked once more, with everything noted down ([`crate::expr::Seen`]).

use assize_lang::ast::{DataRow, Expr, ExprKind, Init, Item, ItemKind, TestDecl, TestItem};
use assize_runtime::types::Type;

use crate::declarations::{Declarations, Def, own};
use crate::expr::{Binding, Scope, Seen, resolve_entity, see_expression};
use crate::names::lookup_action;
use crate::policy;

/// Everything about the expressions of an item. What several environments see of one place stands there several times.
pub fn see(declarations: &Declarations, module: u32, item: &Item) -> Vec<Seen> {
    let mut all = policy::see(declarations, module, item);
    all.extend(of_parameters(declarations, module, item));
    each_expression(declarations, module, item, &mut |scope, expr, expected| {
        all.extend(see_expression(scope, expr, expected));
    });
    all
}

/// The names of parameters, whose types are declared.
fn of_parameters(declarations: &Declarations, module: u32, item: &Item) -> Vec<Seen> {
    let (name, params) = match &item.kind {
        ItemKind::Fn(decl) => (&decl.name, &decl.params),
        ItemKind::Grant(decl) => (&decl.name, &decl.params),
        _ => return Vec::new(),
    };
    let types: Vec<Type> = match own(declarations, module, &name.text) {
        Some(Def::Function(at)) => {
            let signature = declarations.functions.get(at as usize);
            signature.into_iter().flat_map(|it| &it.params).map(|(_, ty)| ty.clone()).collect()
        }
        Some(Def::Grant(id)) => {
            let declared = declarations.schema.grants.get(id.index());
            declared.into_iter().flat_map(|it| &it.params).map(|field| field.ty.clone()).collect()
        }
        _ => Vec::new(),
    };
    let seen = params.iter().zip(types).map(|(param, ty)| Seen::Value { span: param.name.span, ty });
    seen.collect()
}

/// Calls `visit` with every expression of an item that is not in a clause of a policy, its scope, and the type that it must have if
/// that is given.
pub(crate) fn each_expression(
    declarations: &Declarations,
    module: u32,
    item: &Item,
    visit: &mut dyn FnMut(&Scope<'_>, &Expr, Option<&Type>),
) {
    let scope = |now| Scope { declarations, module, environment: None, bindings: Vec::new(), now };
    match &item.kind {
        ItemKind::Fn(decl) => {
            let signature = match own(declarations, module, &decl.name.text) {
                Some(Def::Function(index)) => declarations.functions.get(index as usize),
                _ => None,
            };
            let Some(signature) = signature else { return };
            let params = signature.params.iter().enumerate();
            let binding = |(at, (name, ty)): (usize, &(smol_str::SmolStr, Type))| {
                (name.clone(), Binding::Local(at as u32, Type::clone(ty)))
            };
            let scope = Scope { bindings: params.map(binding).collect(), ..scope(true) };
            visit(&scope, &decl.body, Some(&signature.result));
        }
        ItemKind::Param(decl) | ItemKind::Const(decl) => {
            let value_type = match own(declarations, module, &decl.name.text) {
                Some(Def::Param(at)) => declarations.params.get(at as usize).map(|it| &it.ty),
                Some(Def::Const(at)) => declarations.consts.get(at as usize).map(|it| &it.ty),
                _ => None,
            };
            decl.value.iter().for_each(|value| visit(&scope(false), value, value_type));
        }
        ItemKind::Test(decl) => in_test(scope(false), decl, visit),
        _ => {}
    }
}

fn in_test<'a>(
    mut scope: Scope<'a>,
    decl: &'a TestDecl,
    visit: &mut dyn FnMut(&Scope<'_>, &Expr, Option<&Type>),
) {
    for item in &decl.items {
        match item {
            TestItem::Let { name, value } => {
                visit(&scope, value, None);
                scope.bindings.push((name.text.clone(), Binding::Let(value)));
            }
            TestItem::Data(rows) => rows.iter().for_each(|row| in_row(&scope, row, visit)),
            TestItem::Expect(expect) => {
                visit(&scope, &expect.principal, None);
                visit(&scope, &expect.resource, None);
                let action = lookup_action(scope.declarations, scope.module, &expect.action.path).ok();
                let actions = &scope.declarations.schema.actions;
                let applies =
                    action.and_then(|at| actions.get(at.index())).and_then(|it| it.applies.as_ref());
                let context = applies.map(|applies| Type::Record(applies.context.clone()));
                expect.context.iter().for_each(|expr| visit(&scope, expr, context.as_ref()));
                expect.at.iter().for_each(|at| visit(&scope, at, Some(&Type::Datetime)));
            }
            TestItem::DataFile(_) | TestItem::Error(_) => {}
        }
    }
}

fn in_row(scope: &Scope<'_>, row: &DataRow, visit: &mut dyn FnMut(&Scope<'_>, &Expr, Option<&Type>)) {
    match row {
        DataRow::Entity { uid, parents, attrs, .. } => {
            visit(scope, uid, None);
            parents.iter().for_each(|parent| visit(scope, parent, None));
            let schema = &scope.declarations.schema;
            let declared =
                resolve_entity(scope, uid).ok().and_then(|it| schema.entity_types.get(it.ty.index()));
            let field = |init: &Init| Some(&declared?.attributes.field(&init.name.text)?.1.ty);
            attrs.iter().flatten().for_each(|init| visit(scope, &init.value, field(init)));
        }
        DataRow::Grant { args, until, .. } => {
            // A row may give one element where the grant has a set.
            let plain = |arg: &&Expr| !matches!(&*arg.kind, ExprKind::Set(_));
            args.iter().filter(plain).for_each(|arg| visit(scope, arg, None));
            until.iter().for_each(|until| visit(scope, until, Some(&Type::Datetime)));
        }
        DataRow::Error(_) => {}
    }
}
