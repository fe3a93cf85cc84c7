//! The way through an item's tree that finds every name in it.
//!
//! Names are looked up as the checker does. Names that the item itself gives are kept in scopes: parameters, bindings of patterns,
//! variables of quantifiers, `let`s. What members mean is taken from what the checker has seen.

use assize_compiler::declarations::{Declarations, Def, own};
use assize_compiler::names::{BUILTIN_TYPES, lookup, lookup_action, lookup_actions};
use assize_lang::Span;
use assize_lang::ast::{
    ActionRef, Actions, Annotation, ClauseKind, DataRow, Expect, Expr, ExprKind, Field, Item, ItemKind, Name,
    Param, Path, Pattern, PatternKind, PolicyDecl, StrLit, TestDecl, TestItem, Type as Written, TypeKind,
    UseDecl,
};
use assize_runtime::types::{EntityTypeId, RecordType, Type};
use smol_str::SmolStr;

use super::meaning::{Meaning, Occurrence};
use super::names::Types;

/// Names that are in scope in every policy.
const REQUEST: [&str; 5] = ["principal", "action", "resource", "context", "now"];

/// A walk through one item.
pub(super) struct Walk<'a> {
    declarations: &'a Declarations,
    module: u32,
    types: &'a Types,
    /// Names that the item gives, with the places where it does; later ones hide earlier ones.
    scope: Vec<(SmolStr, Span)>,
    found: Vec<Occurrence>,
}

impl<'a> Walk<'a> {
    /// All names of an item, in source order.
    pub(super) fn through(
        declarations: &'a Declarations,
        module: u32,
        item: &Item,
        types: &'a Types,
    ) -> Vec<Occurrence> {
        let mut walk = Walk { declarations, module, types, scope: Vec::new(), found: Vec::new() };
        walk.item(item);
        walk.found.sort_by_key(|it| (it.span.start, it.span.end));
        walk.found.dedup();
        walk.found
    }

    fn add(&mut self, span: Span, meaning: Meaning, declares: bool) {
        self.found.push(Occurrence { span, meaning, declares });
    }

    fn uses(&mut self, span: Span, meaning: Meaning) {
        self.add(span, meaning, false);
    }

    /// A name that the item gives.
    fn binds(&mut self, name: &Name) {
        if !name.text.is_empty() {
            self.add(name.span, Meaning::Local(name.text.clone(), name.span), true);
            self.scope.push((name.text.clone(), name.span));
        }
    }

    /// The name of a declaration of this module.
    fn declares(&mut self, name: &Name) -> Option<Def> {
        let def = own(self.declarations, self.module, &name.text)?;
        self.add(name.span, Meaning::Def(def.clone()), true);
        Some(def)
    }

    fn item(&mut self, item: &Item) {
        self.annotations(&item.annotations, matches!(item.kind, ItemKind::Policy(_)));
        match &item.kind {
            ItemKind::Module(path) => {
                if let Some(module) = self.declarations.module(&assize_compiler::names::path_text(path)) {
                    self.uses(path.span(), Meaning::Def(Def::Module(module)));
                }
            }
            ItemKind::Use(decl) => self.use_decl(decl),
            ItemKind::Entity(decl) => {
                let id = match self.declares(&decl.name) {
                    Some(Def::EntityType(id)) => Some(id),
                    _ => None,
                };
                decl.parents.iter().for_each(|ty| self.ty(ty, None));
                self.attributes(id, &decl.fields);
            }
            ItemKind::ClosedEntity { name, ids } => {
                if let Some(Def::EntityType(id)) = self.declares(name) {
                    for literal in ids {
                        self.add(literal.span, Meaning::Entity(id, literal.value.clone()), true);
                    }
                }
            }
            ItemKind::Enum(decl) => {
                if let Some(Def::Enum(id)) = self.declares(&decl.name) {
                    for variant in &decl.variants {
                        self.add(variant.span, Meaning::Variant(id, variant.text.clone()), true);
                    }
                }
            }
            ItemKind::TypeAlias { name, ty } => {
                let def = self.declares(name);
                let aliases = &self.declarations.aliases;
                let known = match def {
                    Some(Def::Alias(at)) => aliases.get(at as usize).and_then(|(_, ty)| ty.as_ref()),
                    _ => None,
                };
                self.ty(ty, known);
            }
            ItemKind::TypeParam { name, default } => {
                self.declares(name);
                default.iter().for_each(|ty| self.ty(ty, None));
            }
            ItemKind::ActionParam { name } => self.action_name(name),
            ItemKind::Action(decl) => {
                decl.names.iter().for_each(|name| self.action_name(name));
                [&decl.on, &decl.by].into_iter().flatten().for_each(|ty| self.ty(ty, None));
                let context = decl.names.first().and_then(|name| self.context_of(name));
                decl.with.iter().for_each(|ty| self.ty(ty, context.as_ref()));
                decl.includes.iter().for_each(|action| self.action(action));
            }
            ItemKind::Param(decl) | ItemKind::Const(decl) => {
                self.declares(&decl.name);
                self.ty(&decl.ty, None);
                decl.value.iter().for_each(|value| self.expr(value));
            }
            ItemKind::Fn(decl) => {
                self.declares(&decl.name);
                self.params(&decl.params);
                self.ty(&decl.result, None);
                self.expr(&decl.body);
            }
            ItemKind::Policy(decl) => self.policy(decl),
            ItemKind::Grant(decl) => {
                self.declares(&decl.name);
                self.params(&decl.params);
                for policy in decl.body.iter().flatten() {
                    self.annotations(&policy.annotations, true);
                    self.policy(&policy.policy);
                }
            }
            ItemKind::Obligation { name, params } => {
                self.declares(name);
                self.params(params);
            }
            ItemKind::Test(decl) => self.test(decl),
            ItemKind::Prove(decl) => decl.claims.iter().for_each(|claim| self.policy(&claim.policy)),
            ItemKind::Error => {}
        }
    }

    fn annotations(&mut self, annotations: &[Annotation], of_policy: bool) {
        for annotation in annotations {
            let name = &annotation.name;
            self.uses(name.span, Meaning::Annotation(name.text.clone()));
            if let ("id", true, [id]) = (name.text.as_str(), of_policy, &annotation.args[..]) {
                self.add(id.span, Meaning::Policy(id.value.clone()), true);
            }
        }
    }

    fn use_decl(&mut self, decl: &UseDecl) {
        match &decl.names {
            None => {
                self.brought(&decl.path);
                if let Some(alias) = &decl.alias {
                    self.alias(&decl.path, alias);
                }
            }
            Some(names) => {
                self.path(&decl.path);
                for name in names {
                    let mut path = decl.path.clone();
                    path.segments.push(name.name.clone());
                    self.brought(&path);
                    if let Some(alias) = &name.alias {
                        self.alias(&path, alias);
                    }
                }
            }
        }
        for value in decl.bindings.iter().flat_map(|binding| &binding.values) {
            self.path(&value.path);
            self.action(value);
        }
    }

    /// What a `use` names may be an action as well.
    fn brought(&mut self, path: &Path) {
        self.path(path);
        if let Ok(action) = lookup_action(self.declarations, self.module, path) {
            self.uses(path.last().span, Meaning::Def(Def::Action(action)));
        }
    }

    fn alias(&mut self, path: &Path, alias: &Name) {
        if let Ok(def) = lookup(self.declarations, self.module, path) {
            self.uses(alias.span, Meaning::Def(def));
        }
        if let Ok(action) = lookup_action(self.declarations, self.module, path) {
            self.uses(alias.span, Meaning::Def(Def::Action(action)));
        }
    }

    fn action_name(&mut self, name: &Name) {
        let module = self.declarations.modules.get(self.module as usize);
        let action =
            module.and_then(|module| module.actions.get(&name.text)).map(|action| Def::Action(*action));
        if let Some(def) = action.filter(|def| self.declarations.is_declared_in(def, self.module)) {
            self.add(name.span, Meaning::Def(def), true);
        }
    }

    fn context_of(&self, action: &Name) -> Option<Type> {
        let module = self.declarations.modules.get(self.module as usize)?;
        let action = self.declarations.schema.actions.get(module.actions.get(&action.text)?.index())?;
        Some(Type::Record(action.applies.as_ref()?.context.clone()))
    }

    fn params(&mut self, params: &[Param]) {
        for param in params {
            self.binds(&param.name);
            self.ty(&param.ty, None);
        }
    }

    fn attributes(&mut self, of: Option<EntityTypeId>, fields: &[Field]) {
        let declared = of.and_then(|id| self.declarations.schema.entity_types.get(id.index()));
        for field in fields {
            self.annotations(&field.annotations, false);
            if let Some(id) = of {
                self.add(field.name.span, Meaning::Attribute(vec![id], field.name.text.clone()), true);
            }
            let known = declared.and_then(|it| it.attributes.field(&field.name.text)).map(|(_, it)| &it.ty);
            self.ty(&field.ty, known);
        }
    }

    /// A type as written; `known` is what it means, if that is known.
    fn ty(&mut self, ty: &Written, known: Option<&Type>) {
        match (&ty.kind, known) {
            (TypeKind::Name(path), _) => self.path(path),
            (TypeKind::Apply { name, args }, _) => {
                if let Some(word) = BUILTIN_TYPES.iter().find(|word| **word == name.text) {
                    self.uses(name.span, Meaning::BuiltinType(word));
                }
                let element = match known {
                    Some(Type::Set(element) | Type::Map(element)) => Some(&**element),
                    _ => None,
                };
                args.iter().for_each(|arg| self.ty(arg, element));
            }
            (TypeKind::Union(parts), _) => parts.iter().for_each(|part| self.ty(part, None)),
            (TypeKind::Optional(inner), Some(Type::Optional(known))) => self.ty(inner, Some(known)),
            (TypeKind::Optional(inner), _) => self.ty(inner, known),
            (TypeKind::Record(fields), known) => {
                let record = match known {
                    Some(Type::Record(record)) => Some(record),
                    _ => None,
                };
                self.fields(record, fields);
            }
            (TypeKind::Error, _) => {}
        }
    }

    fn fields(&mut self, record: Option<&RecordType>, fields: &[Field]) {
        for field in fields {
            self.annotations(&field.annotations, false);
            if let Some(record) = record {
                self.add(field.name.span, Meaning::Field(record.clone(), field.name.text.clone()), true);
            }
            let known = record.and_then(|it| it.field(&field.name.text)).map(|(_, it)| &it.ty);
            self.ty(&field.ty, known);
        }
    }

    /// A path that names a declaration, and the modules before it.
    fn path(&mut self, path: &Path) {
        let last = path.last();
        if let ([name], Some(word)) = (&path.segments[..], BUILTIN_TYPES.iter().find(|it| **it == last.text))
        {
            return self.uses(name.span, Meaning::BuiltinType(word));
        }
        self.modules(&path.segments[..path.segments.len() - 1]);
        if let Ok(def) = lookup(self.declarations, self.module, path) {
            self.uses(last.span, Meaning::Def(def));
        }
    }

    /// The modules before the last name of a path.
    fn modules(&mut self, segments: &[Name]) {
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else { return };
        let path = Path { segments: segments.to_vec() };
        let text = assize_compiler::names::path_text(&path);
        let def = lookup(self.declarations, self.module, &path).ok();
        let module = self.declarations.module(&text).map(Def::Module);
        if let Some(def @ Def::Module(_)) = def.or(module) {
            self.uses(first.span.to(last.span), Meaning::Def(def));
        }
    }

    fn action(&mut self, action: &ActionRef) {
        self.action_path(&action.path);
        if action.quoted
            && action.path.last().text.contains('*')
            && let Ok(all) = lookup_actions(self.declarations, self.module, action)
        {
            for one in all {
                self.uses(action.path.last().span, Meaning::Def(Def::Action(one)));
            }
        }
    }

    fn action_path(&mut self, path: &Path) {
        if let Ok(action) = lookup_action(self.declarations, self.module, path) {
            self.modules(&path.segments[..path.segments.len() - 1]);
            self.uses(path.last().span, Meaning::Def(Def::Action(action)));
        }
    }

    fn policy(&mut self, decl: &PolicyDecl) {
        let before = self.scope.len();
        self.pattern(&decl.principal);
        if let Actions::List(actions) = &decl.actions {
            actions.iter().for_each(|action| self.action(action));
        }
        decl.resource.iter().for_each(|pattern| self.pattern(pattern));
        for clause in &decl.clauses {
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
        self.scope.truncate(before);
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Any { binding, within } => {
                binding.iter().for_each(|name| self.binds(name));
                within.iter().for_each(|expr| self.expr(expr));
            }
            PatternKind::Types { types, binding, within } => {
                types.iter().for_each(|path| self.path(path));
                binding.iter().for_each(|name| self.binds(name));
                within.iter().for_each(|expr| self.expr(expr));
            }
            PatternKind::In(expr) | PatternKind::Entity(expr) => self.expr(expr),
            PatternKind::Error => {}
        }
    }

    fn test(&mut self, decl: &TestDecl) {
        for item in &decl.items {
            match item {
                TestItem::Data(rows) => rows.iter().for_each(|row| self.row(row)),
                TestItem::Let { name, value } => {
                    self.expr(value);
                    self.binds(name);
                }
                TestItem::Expect(expect) => self.expect(expect),
                TestItem::DataFile(_) | TestItem::Error(_) => {}
            }
        }
    }

    fn expect(&mut self, expect: &Expect) {
        self.expr(&expect.principal);
        self.action(&expect.action);
        self.expr(&expect.resource);
        expect.context.iter().chain(&expect.at).for_each(|expr| self.expr(expr));
        for id in &expect.by {
            self.uses(id.span, Meaning::Policy(id.value.clone()));
        }
    }

    fn row(&mut self, row: &DataRow) {
        match row {
            DataRow::Entity { uid, parents, attrs, .. } => {
                self.expr(uid);
                parents.iter().for_each(|parent| self.expr(parent));
                let ty = match &*uid.kind {
                    ExprKind::Entity { ty, .. } => lookup(self.declarations, self.module, ty).ok(),
                    _ => None,
                };
                for field in attrs.iter().flatten() {
                    if let Some(Def::EntityType(id)) = &ty {
                        self.uses(field.name.span, Meaning::Attribute(vec![*id], field.name.text.clone()));
                    }
                    self.expr(&field.value);
                }
            }
            DataRow::Grant { path, args, until, .. } => {
                self.path(path);
                args.iter().chain(until).for_each(|expr| self.expr(expr));
            }
            DataRow::Error(_) => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Duration(_)
            | ExprKind::Str(_)
            | ExprKind::Tagged { .. }
            | ExprKind::Error => {}
            ExprKind::Entity { ty, id } => self.entity(ty, id),
            ExprKind::Path(path) => self.value(path),
            ExprKind::Paren(inner)
            | ExprKind::Not(inner)
            | ExprKind::Neg(inner)
            | ExprKind::IsSome(inner) => {
                self.expr(inner);
            }
            ExprKind::Like { value, .. } | ExprKind::Matches { value, .. } => self.expr(value),
            ExprKind::Set(parts) | ExprKind::And(parts) | ExprKind::Or(parts) => {
                parts.iter().for_each(|part| self.expr(part));
            }
            ExprKind::Record(fields) => {
                let known: Vec<RecordType> =
                    self.types.value(expr.span).iter().filter_map(record_of).collect();
                for field in fields {
                    let has = known.iter().find(|record| record.field(&field.name.text).is_some());
                    if let Some(record) = has {
                        self.uses(field.name.span, Meaning::Field(record.clone(), field.name.text.clone()));
                    }
                    self.expr(&field.value);
                }
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Is { value, types, within } => {
                self.expr(value);
                types.iter().for_each(|path| self.path(path));
                within.iter().for_each(|within| self.expr(within));
            }
            ExprKind::Has { value, path } => {
                self.expr(value);
                path.iter().for_each(|name| self.member(name, false));
            }
            ExprKind::If { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|part| self.expr(part));
            }
            ExprKind::Member { value, name, .. } => {
                self.expr(value);
                self.member(name, false);
            }
            ExprKind::Call { callee, args } => {
                self.callee(callee);
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Index { value, index } => {
                self.expr(value);
                self.expr(index);
            }
            ExprKind::Quantifier { types, variable, set, body, .. } => {
                types.iter().for_each(|path| self.path(path));
                self.expr(set);
                let before = self.scope.len();
                self.binds(variable);
                self.expr(body);
                self.scope.truncate(before);
            }
        }
    }

    fn callee(&mut self, callee: &Expr) {
        match &*callee.kind {
            ExprKind::Path(path) => self.path(path),
            ExprKind::Member { value, name, .. } => {
                if let ExprKind::Path(path) = &*value.kind
                    && let [word] = &path.segments[..]
                    && !self.scope.iter().any(|(known, _)| *known == word.text)
                    && let Some(ty) = BUILTIN_TYPES.iter().find(|it| **it == word.text)
                {
                    self.uses(word.span, Meaning::BuiltinType(ty));
                    let is_it = |it: &assize_runtime::builtins::Builtin| {
                        it.form == assize_runtime::builtins::Form::Static(ty) && it.name == name.text
                    };
                    if let Some(at) = assize_runtime::builtins::all().iter().position(is_it) {
                        self.uses(name.span, Meaning::Builtin(at));
                    }
                    return;
                }
                self.expr(value);
                self.member(name, true);
            }
            _ => self.expr(callee),
        }
    }

    /// `.name`, which only the type of what stands before it can tell.
    fn member(&mut self, name: &Name, called: bool) {
        let mut types: Vec<EntityTypeId> = Vec::new();
        let mut others: Vec<Meaning> = Vec::new();
        for ty in self.types.receiver(name.span) {
            let ty = match ty {
                Type::Optional(inner) => inner,
                ty => ty,
            };
            match ty {
                Type::Entity(of) if !called => {
                    for id in of.iter() {
                        let declared = self.declarations.schema.entity_types.get(id.index());
                        if declared.is_some_and(|it| it.attributes.field(&name.text).is_some()) {
                            types.push(id);
                        } else if name.text == "ancestors" {
                            others.push(Meaning::Inherent("ancestors"));
                        }
                    }
                }
                Type::Record(record) if !called => {
                    if record.field(&name.text).is_some() {
                        others.push(Meaning::Field(record.clone(), name.text.clone()));
                    }
                }
                ty => others.extend(method(ty, &name.text)),
            }
        }
        types.sort_unstable();
        types.dedup();
        if !types.is_empty() {
            others.insert(0, Meaning::Attribute(types, name.text.clone()));
        }
        for meaning in others {
            self.uses(name.span, meaning);
        }
    }

    /// A name where a value is meant.
    fn value(&mut self, path: &Path) {
        let Some((last, before)) = path.segments.split_last() else { return };
        if before.is_empty() {
            if let Some((name, place)) = self.scope.iter().rev().find(|(name, _)| *name == last.text) {
                let meaning = Meaning::Local(name.clone(), *place);
                return self.uses(last.span, meaning);
            }
            if let Some(word) = REQUEST.iter().find(|word| **word == last.text) {
                return self.uses(last.span, Meaning::Request(word));
            }
            return self.path(path);
        }
        if before.last().is_some_and(|name| name.text == "Action") {
            let mut action = path.clone();
            action.segments.remove(before.len() - 1);
            return self.action_path(&action);
        }
        let outer = Path { segments: before.to_vec() };
        match lookup(self.declarations, self.module, &outer) {
            Ok(Def::Enum(id)) => {
                self.path(&outer);
                let declared = self.declarations.schema.enums.get(id.index());
                if declared.is_some_and(|it| it.variants.contains(&last.text)) {
                    self.uses(last.span, Meaning::Variant(id, last.text.clone()));
                }
            }
            _ => self.path(path),
        }
    }

    /// `User::"ann"`, `Action::"s3:GetObject"`
    fn entity(&mut self, ty: &Path, id: &StrLit) {
        if ty.last().text == "Action" {
            let mut path = ty.clone();
            path.segments.pop();
            path.segments.push(Name { text: id.value.clone(), span: id.span });
            return self.action_path(&path);
        }
        self.path(ty);
        if let Ok(Def::EntityType(ty)) = lookup(self.declarations, self.module, ty) {
            self.uses(id.span, Meaning::Entity(ty, id.value.clone()));
        }
    }
}

fn record_of(ty: &Type) -> Option<RecordType> {
    match ty {
        Type::Record(record) => Some(record.clone()),
        Type::Optional(inner) => record_of(inner),
        _ => None,
    }
}

/// A built-in method of values of this type.
fn method(ty: &Type, name: &str) -> Option<Meaning> {
    if name == "contains" && matches!(ty, Type::Set(_)) {
        return Some(Meaning::Inherent("contains"));
    }
    let builtin = assize_compiler::expr::methods(ty).find(|builtin| builtin.name == name)?;
    let at = assize_runtime::builtins::all().iter().position(|it| std::ptr::eq(it, builtin))?;
    Some(Meaning::Builtin(at))
}
