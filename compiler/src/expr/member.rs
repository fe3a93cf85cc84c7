//! Reading a part of a value: `a.b`, `a?.b`, `m["k"]`.

use std::sync::Arc;

use assize_lang::ast::{Expr, Name};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::Value;
use assize_runtime::program::Op;
use assize_runtime::types::{EntityTypes, FieldType, Type};

use super::checker::{Checker, Hint, Need, Typed};
use super::convert::present;
use super::display::{entity_name, listed, quoted, spell};
use super::facts::{Fact, Place, Step};
use crate::declarations::Def;
use crate::names::{did_you_mean, suggest};

impl Checker<'_> {
    /// `value.name`, `value?.name`
    pub(super) fn member(&mut self, value: &Expr, optional: bool, name: &Name, span: Span) -> Option<Typed> {
        let base = self.infer(value, Hint::Open)?;
        self.probe_member(&base, value.span.end, name, false);
        if name.text.is_empty() {
            return None;
        }
        if optional && matches!(base.ty, Type::Optional(_)) {
            let expr = value;
            return self.chained(base, span, |checker, inner| checker.read(inner, expr, name, span));
        }
        if optional {
            self.warn_never_absent(value, span, "?.");
        }
        self.require_present(&base, value)?;
        self.read(base, value, name, span)
    }

    /// `value?.` followed by `rest`, which gets the present value: `T?` of what `rest` gives.
    pub(super) fn chained(
        &mut self,
        base: Typed,
        span: Span,
        rest: impl FnOnce(&mut Self, Typed) -> Option<Typed>,
    ) -> Option<Typed> {
        let whole = base.ty.clone();
        let inner = present(&whole).clone();
        let local = self.code.fresh_local();
        let test = self.code.push(Op::Local(local), whole.clone(), span);
        let test = self.code.push(Op::IsSome(test), Type::Bool, span);
        let again = self.code.push(Op::Local(local), whole, span);
        let there = self.push(Op::Unwrap(again), inner, span).at(base.place.clone());
        // Inside, the value is there, so that parts of its place can be read.
        let before = self.facts.mark();
        if let Some(place) = &base.place {
            self.facts.learn(place, &Fact::present());
        }
        let part = rest(self, there);
        self.facts.rewind(before);
        let part = part?;
        let place = part.place.clone();
        let ty = Type::optional(part.ty.clone());
        let part = self.convert(part, &ty, span);
        let nothing = self.code.constant(Value::Absent, ty.clone(), span);
        let op = Op::If { condition: test, then: part.node, otherwise: nothing };
        let body = self.code.push(op, ty.clone(), span);
        let result = self.push(Op::Let { local, value: base.node, body }, ty, span).at(place);
        Some(self.narrowed(result, span))
    }

    /// Reads `name` of a value that is there.
    fn read(&mut self, base: Typed, value: &Expr, name: &Name, span: Span) -> Option<Typed> {
        let place = base.place.as_ref().map(|place| place.then(Step::Member(name.text.clone())));
        let typed = match &base.ty {
            Type::Record(record) => {
                let Some((_, field)) = record.field(&name.text) else {
                    self.report_no_member(&base, value, name);
                    return None;
                };
                let ty = field_type(field);
                self.push(Op::Field(base.node, name.text.clone()), ty, span)
            }
            Type::Entity(types) => {
                let types = types.clone();
                if name.text == "ancestors" && self.lacking(&types, "ancestors").len() == types.iter().len() {
                    return self.ancestors(base, &types, value, span);
                }
                let ty = self.attribute_type(&base, &types, value, name)?;
                if !self.is_known_to_exist(base.place.as_ref()) {
                    self.code.can_err(span);
                }
                self.push(Op::Attribute(base.node, name.text.clone()), ty, span)
            }
            _ => {
                self.report_no_member(&base, value, name);
                return None;
            }
        };
        Some(self.narrowed(typed.at(place), span))
    }

    fn is_known_to_exist(&self, place: Option<&Place>) -> bool {
        place.and_then(|place| self.facts.get(place)).is_some_and(|fact| fact.exists)
    }

    /// The types of `types` that do not declare an attribute.
    pub(super) fn lacking(
        &self,
        types: &EntityTypes,
        name: &str,
    ) -> Vec<assize_runtime::types::EntityTypeId> {
        let declared = |ty: &assize_runtime::types::EntityTypeId| {
            let ty = self.schema().entity_types.get(ty.index());
            ty.is_some_and(|ty| ty.attributes.field(name).is_some())
        };
        types.iter().filter(|ty| !declared(ty)).collect()
    }

    /// The type that an attribute has in all of `types`.
    fn attribute_type(
        &mut self,
        base: &Typed,
        types: &EntityTypes,
        value: &Expr,
        name: &Name,
    ) -> Option<Type> {
        if self.is_broken_attribute(types, &name.text) {
            return None;
        }
        let schema = self.schema();
        let lacking = self.lacking(types, &name.text);
        if lacking.len() == types.iter().len() {
            self.report_no_member(base, value, name);
            return None;
        }
        if !lacking.is_empty() {
            if self.doubt > 0 {
                return None;
            }
            let having = EntityTypes::new(types.iter().filter(|ty| !lacking.contains(ty)))?;
            let names: Vec<_> = lacking.iter().map(|ty| entity_name(schema, *ty)).collect();
            let having = super::display::types_text(schema, &having);
            let mut diagnostic = Diagnostic::new(
                codes::UNKNOWN_MEMBER,
                name.span,
                format!(
                    "only `{having}` has `{}`, but {} may also be {}",
                    name.text,
                    quoted(value),
                    listed(&names, " or ")
                ),
            )
            .label(format!(
                "{} {} no `{}`",
                listed(&names, " and "),
                if names.len() == 1 { "has" } else { "have" },
                name.text
            ))
            .also(value.span, format!("`{}`", self.text(&base.ty)));
            if let Some(text) = spell(value) {
                diagnostic = diagnostic.help(format!("guard it: `{text} is {having} and ..`"));
            }
            self.report(diagnostic);
            return None;
        }
        let mut found: Option<FieldType> = None;
        for ty in types.iter() {
            let (_, field) = schema.entity_types.get(ty.index())?.attributes.field(&name.text)?;
            match &mut found {
                None => found = Some(field.clone()),
                Some(first) if first.ty == field.ty => first.optional |= field.optional,
                Some(first) => {
                    let (one, other) = (self.text(&first.ty), self.text(&field.ty));
                    let mut diagnostic = Diagnostic::new(
                        codes::WRONG_TYPE,
                        name.span,
                        format!(
                            "`{}` is `{one}` or `{other}`, depending on the type of {}",
                            name.text,
                            quoted(value)
                        ),
                    )
                    .label(format!("`{other}` of `{}`", entity_name(schema, ty)))
                    .also(value.span, format!("`{}`", self.text(&base.ty)));
                    if let Some(text) = spell(value) {
                        diagnostic = diagnostic.help(format!(
                            "ask for the type first: `{text} is {} and ..`",
                            entity_name(schema, ty)
                        ));
                    }
                    self.report(diagnostic);
                    return None;
                }
            }
        }
        found.map(|field| field_type(&field))
    }

    /// Whether some type declares the attribute in a way that has been reported already.
    fn is_broken_attribute(&self, types: &EntityTypes, name: &str) -> bool {
        let broken = &self.scope.declarations.broken;
        let declared = types.iter().filter_map(|ty| self.schema().entity_types.get(ty.index()));
        !broken.is_empty()
            && declared.into_iter().any(|ty| broken.contains(format!("{}.{name}", ty.name).as_str()))
    }

    /// Reports that no value of the type of `base` has a member `name`, once.
    pub(super) fn report_no_member(&mut self, base: &Typed, value: &Expr, name: &Name) {
        let ty = &base.ty;
        // A test that failed to check might have kept this environment out.
        if self.doubt > 0 && self.is_elsewhere(base.place.as_ref(), name) {
            return;
        }
        if matches!(ty, Type::Entity(types) if self.is_broken_attribute(types, &name.text)) {
            return;
        }
        let known = (ty.clone(), name.text.clone());
        if self.missing.contains(&known) {
            return;
        }
        if self.dead == 0 {
            self.missing.push(known);
        }
        let text = self.text(ty);
        let message = match ty {
            Type::Entity(_) => format!("`{text}` has no attribute `{}`", name.text),
            Type::Record(_) => format!("{} has no field `{}`", quoted(value), name.text),
            _ => format!("`{text}` has no attributes"),
        };
        let label = match ty {
            Type::Entity(_) => "unknown attribute",
            Type::Record(_) => "unknown field",
            _ => "there is no such thing",
        };
        let mut diagnostic = Diagnostic::new(codes::UNKNOWN_MEMBER, name.span, message).label(label);
        let mut candidates = self.member_names(ty);
        let attributes = candidates.len();
        if matches!(ty, Type::Entity(types) if self.ancestor_types(types).is_some()) {
            candidates.push("ancestors".to_owned());
        }
        let mut related = Vec::new();
        match ty {
            Type::Entity(types) => {
                if let Some(ty) = types.single() {
                    related.push((Def::EntityType(ty), format!("`{text}` is declared here")));
                }
            }
            Type::Record(_) => {
                diagnostic = diagnostic.also(value.span, format!("`{text}`"));
            }
            Type::Map(_) => {
                let map = spell(value).unwrap_or_default();
                diagnostic = diagnostic
                    .also(value.span, format!("`{text}`"))
                    .help(format!("read a key with `{map}[{:?}]`", name.text.as_str()));
            }
            _ => diagnostic = diagnostic.also(value.span, format!("`{text}`")),
        }
        let candidate = suggest(&name.text, candidates.iter().map(String::as_str));
        let is_unread = |ty| self.declarations().is_unread(entity_name(self.schema(), ty));
        if candidate.is_none() && matches!(ty, Type::Entity(types) if types.iter().any(is_unread)) {
            return;
        }
        if let Some(word) = candidate {
            diagnostic = did_you_mean(diagnostic, name.span, Some(word));
        } else if self.is_method(ty, &name.text) {
            diagnostic = diagnostic.help(format!("call it: `.{}(..)`", name.text));
        } else if (1..=8).contains(&attributes) {
            diagnostic = diagnostic.help(format!("it has {}", listed(&candidates[..attributes], " and ")));
        }
        self.report_related(diagnostic, related);
    }

    /// Names of attributes or fields.
    pub(super) fn member_names(&self, ty: &Type) -> Vec<String> {
        let names = |fields: &[FieldType]| fields.iter().map(|field| field.name.to_string()).collect();
        match ty {
            Type::Record(record) => names(record.fields()),
            Type::Entity(types) => {
                let mut all: Vec<String> = Vec::new();
                for ty in types.iter() {
                    if let Some(ty) = self.schema().entity_types.get(ty.index()) {
                        all.extend(names(ty.attributes.fields()));
                    }
                }
                all.sort();
                all.dedup();
                all
            }
            _ => Vec::new(),
        }
    }

    /// `entity.ancestors`
    fn ancestors(&mut self, base: Typed, types: &EntityTypes, value: &Expr, span: Span) -> Option<Typed> {
        let Some(above) = self.ancestor_types(types) else {
            if self.declarations().has_lost_parents(types) {
                return None;
            }
            let text = self.text(&base.ty);
            self.report(
                Diagnostic::new(codes::UNKNOWN_MEMBER, span, format!("`{text}` has no ancestors"))
                    .label("always empty")
                    .also(value.span, format!("`{text}`"))
                    .help("an entity type says what its entities can be in: `entity Document in Folder`"),
            );
            return None;
        };
        Some(self.push(Op::Ancestors(base.node), Type::set(Type::Entity(above)), span))
    }

    /// `value["key"]`
    pub(super) fn index(&mut self, value: &Expr, index: &Expr, span: Span) -> Option<Typed> {
        let base = self.infer(value, Hint::Open);
        let Some(base) = base else {
            self.infer(index, Hint::Open);
            return None;
        };
        self.require_present(&base, value)?;
        let Type::Map(element) = &base.ty else {
            let text = self.text(&base.ty);
            let mut diagnostic = Diagnostic::new(
                codes::BAD_OPERAND,
                value.span,
                format!("`[..]` reads maps, and this is `{text}`"),
            )
            .label(format!("`{text}`"));
            if let (Type::Record(_) | Type::Entity(_), assize_lang::ast::ExprKind::Str(key)) =
                (&base.ty, &*index.kind)
                && let Some(text) = spell(value)
            {
                diagnostic = diagnostic.help(format!("write `{text}.{}`", key.value));
            }
            self.report(diagnostic);
            return None;
        };
        let ty = Type::Optional(Arc::clone(element));
        let key = self.check(index, &Type::String, Need::Operand("[..]"))?;
        let place = match (self.code.value(key.node), base.place) {
            (Some(Value::String(key)), Some(place)) => Some(place.then(Step::Key(key.clone()))),
            _ => None,
        };
        let typed = self.push(Op::Index(base.node, key.node), ty, span).at(place);
        Some(self.narrowed(typed, span))
    }
}

/// With its `?`.
fn field_type(field: &FieldType) -> Type {
    if field.optional { Type::optional(field.ty.clone()) } else { field.ty.clone() }
}
