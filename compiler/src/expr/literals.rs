//! Literals of plain values, sets, records and maps; what is expected of them decides what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::ast::{Expr, ExprKind, Init, Name};
use assize_lang::{Diagnostic, Edit, Span, codes};
use assize_runtime::program::{NodeId, Op};
use assize_runtime::types::{FieldType, RecordType, Type};
use assize_runtime::{Value, literal};
use smol_str::SmolStr;

use super::builder::Mark;
use super::checker::{Checker, Hint, Need, Typed};
use super::convert::{is_too_large, join, present, usable};
use super::facts::Flow;
use crate::names::{did_you_mean, suggest};

/// A literal whose type depends on what it meets, so that its neighbour is better looked at first.
pub(super) fn is_flexible(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Int(_) | ExprKind::Set(_) | ExprKind::Record(_) => true,
        ExprKind::Paren(inner) | ExprKind::Neg(inner) => is_flexible(inner),
        _ => false,
    }
}

impl Checker<'_> {
    /// A literal of one token.
    pub(super) fn literal(&mut self, expr: &Expr, hint: Hint<'_>) -> Option<Typed> {
        self.signed_literal(expr, "", expr.span, hint)
    }

    /// A literal of one token after `sign`.
    fn signed_literal(&mut self, expr: &Expr, sign: &str, span: Span, hint: Hint<'_>) -> Option<Typed> {
        let read = match &*expr.kind {
            ExprKind::Bool(value) => {
                let typed = self.push_value(Value::Bool(*value), Type::Bool, span);
                return Some(typed.with_flow(Flow::constant(*value)));
            }
            ExprKind::Str(text) => {
                return Some(self.push_value(Value::String(text.value.clone()), Type::String, span));
            }
            ExprKind::Int(digits) if hint.ty() == Some(&Type::Decimal) => {
                let digits = plain_digits(sign, digits);
                literal::parse_decimal(&digits).map(|value| (Value::Decimal(value), Type::Decimal))
            }
            ExprKind::Int(digits) => {
                let digits = plain_digits(sign, digits);
                literal::parse_int(&digits).map(|value| (Value::Int(value), Type::Int))
            }
            ExprKind::Decimal(digits) => {
                let digits = plain_digits(sign, digits);
                literal::parse_decimal(&digits).map(|value| (Value::Decimal(value), Type::Decimal))
            }
            ExprKind::Duration(text) => {
                let text = plain_digits(sign, text);
                literal::parse_duration(&text).map(|value| (Value::Duration(value), Type::Duration))
            }
            ExprKind::Tagged { tag, value } => {
                let text = value.value.as_str();
                match tag.text.as_str() {
                    "ip" => literal::parse_ip(text).map(|value| (Value::Ip(value), Type::Ip)),
                    "cidr" => literal::parse_cidr(text).map(|value| (Value::Cidr(value), Type::Cidr)),
                    "time" => {
                        literal::parse_datetime(text).map(|value| (Value::Datetime(value), Type::Datetime))
                    }
                    "zone" => literal::parse_zone(text).map(|value| (Value::Zone(value), Type::Zone)),
                    _ => return None,
                }
            }
            _ => return None,
        };
        match read {
            Ok((value, ty)) => Some(self.push_value(value, ty, span)),
            Err(error) => {
                let place = match &*expr.kind {
                    ExprKind::Tagged { value, .. } => value.span,
                    _ => span,
                };
                let mut diagnostic = Diagnostic::new(codes::BAD_LITERAL, place, error.to_string());
                if let Some(instead) = error.instead {
                    let edit = Edit { start: place.start, end: place.end, text: format!("{instead:?}") };
                    diagnostic = diagnostic.help(format!("did you mean `{instead}`?")).fix(
                        format!("write `{instead}`"),
                        vec![edit],
                        false,
                    );
                }
                self.report(diagnostic);
                None
            }
        }
    }

    /// `-e`
    pub(super) fn negative(&mut self, operand: &Expr, hint: Hint<'_>, span: Span) -> Option<Typed> {
        if matches!(&*operand.kind, ExprKind::Int(_) | ExprKind::Decimal(_) | ExprKind::Duration(_)) {
            return self.signed_literal(operand, "-", span, hint);
        }
        let typed = self.infer(operand, hint)?;
        self.require_present(&typed, operand)?;
        if !matches!(typed.ty, Type::Int | Type::Decimal | Type::Duration) {
            let message = format!("`-` does not work on `{}`", self.text(&typed.ty));
            self.report(
                Diagnostic::new(codes::BAD_OPERAND, operand.span, message)
                    .label(format!("`{}`", self.text(&typed.ty))),
            );
            return None;
        }
        let ty = typed.ty.clone();
        self.computed(Op::Neg(typed.node), ty, span)
    }

    /// `[a, b]`
    pub(super) fn set_literal(&mut self, elements: &[Expr], hint: Hint<'_>, span: Span) -> Option<Typed> {
        if let Some(Type::Set(element)) = hint.ty() {
            let element = Type::clone(element);
            if hint.is_strict() {
                let start = self.code.mark();
                let nodes = self.elements(elements, &element)?;
                return Some(self.set_of(nodes, start, Type::set(element), span));
            }
            return self.joined_set(elements, Some(&element), span);
        }
        self.joined_set(elements, None, span)
    }

    /// Elements of exactly one type.
    fn elements(&mut self, elements: &[Expr], ty: &Type) -> Option<Vec<NodeId>> {
        let mut nodes = Vec::with_capacity(elements.len());
        let mut failed = false;
        for element in elements {
            match self.check(element, ty, Need::Element) {
                Some(typed) => nodes.push(typed.node),
                None => failed = true,
            }
        }
        (!failed).then_some(nodes)
    }

    /// A set whose element type is what its elements have in common.
    fn joined_set(&mut self, elements: &[Expr], hint: Option<&Type>, span: Span) -> Option<Typed> {
        let start = self.code.mark();
        let mut typed: Vec<Option<Typed>> = elements.iter().map(|_| None).collect();
        let mut common: Option<(Type, Span)> = None;
        let mut failed = false;
        // Literals that can have several types come last: the others say which.
        let order = |flexible: bool| {
            (0..elements.len()).filter(move |&index| is_flexible(&elements[index]) == flexible)
        };
        for index in order(false).chain(order(true)) {
            let element = &elements[index];
            let known = common.as_ref().map(|(ty, _)| ty.clone()).or_else(|| hint.cloned());
            let found = self.infer(element, known.as_ref().map_or(Hint::Open, Hint::Soft));
            let Some(found) = found.filter(|found| {
                let optional = matches!(found.ty, Type::Optional(_));
                if optional {
                    self.report_absent(element, &found.ty);
                }
                !optional
            }) else {
                failed = true;
                continue;
            };
            common = match common {
                None => Some((found.ty.clone(), element.span)),
                Some((ty, first)) => match join(&ty, &found.ty) {
                    Some(joined) => Some((joined, first)),
                    None => {
                        let (text, other) = (self.text(&found.ty), self.text(&ty));
                        self.report(
                            Diagnostic::new(
                                codes::NO_COMMON_TYPE,
                                element.span,
                                format!("a set has elements of one type, not `{other}` and `{text}`"),
                            )
                            .label(format!("`{text}`"))
                            .also(first, format!("`{other}`")),
                        );
                        failed = true;
                        Some((ty, first))
                    }
                },
            };
            typed[index] = Some(found);
        }
        if failed {
            return None;
        }
        let mut element = common.map_or(Type::Never, |(ty, _)| ty);
        if let Some(hint) = hint
            && usable(&element, hint)
        {
            element = hint.clone();
        }
        let nodes = typed
            .into_iter()
            .zip(elements)
            .filter_map(|(found, expr)| Some(self.convert(found?, &element, expr.span).node))
            .collect();
        let ty = Type::set(element);
        if is_too_large(&ty) {
            return self.report_too_large(span);
        }
        Some(self.set_of(nodes, start, ty, span))
    }

    /// A set of these elements, all of whose nodes came after `start`: a value, where all of them are.
    fn set_of(&mut self, elements: Vec<NodeId>, start: Mark, ty: Type, span: Span) -> Typed {
        let values: Option<BTreeSet<Value>> =
            elements.iter().map(|element| self.code.scalar(*element).cloned()).collect();
        match values {
            Some(values) if !values.is_empty() => {
                self.code.rewind(start);
                self.push_value(Value::Set(Arc::new(values)), ty, span)
            }
            _ => self.push(Op::SetOf(elements), ty, span),
        }
    }

    /// `{ a: 1 }`: a record, or a map where one is expected.
    pub(super) fn record_literal(&mut self, fields: &[Init], hint: Hint<'_>, span: Span) -> Option<Typed> {
        let mut sound = true;
        let mut given: BTreeMap<&str, Span> = BTreeMap::new();
        for field in fields {
            let name = field.name.text.as_str();
            if let Some(first) = given.insert(name, field.name.span) {
                sound = false;
                if !name.is_empty() {
                    let message = format!("`{name}` is given twice");
                    self.report(
                        Diagnostic::new(codes::FIELD_REPEATED, field.name.span, message)
                            .label("the second time")
                            .also(first, "the first time"),
                    );
                }
            }
        }
        let typed = match hint.ty() {
            Some(Type::Map(element)) => {
                let element = Type::clone(element);
                let mut entries = Vec::with_capacity(fields.len());
                for field in fields {
                    match self.check(&field.value, &element, Need::Field(&field.name.text)) {
                        Some(typed) => entries.push((field.name.text.clone(), typed.node)),
                        None => sound = false,
                    }
                }
                if !sound {
                    return None;
                }
                self.push(Op::MapOf(entries), Type::Map(Arc::new(element)), span)
            }
            Some(Type::Record(record)) if hint.is_strict() => {
                let record = record.clone();
                return self.expected_record(fields, &record, sound.then_some(&given), span);
            }
            other => {
                let near = match other {
                    Some(Type::Record(record)) => Some(record.clone()),
                    _ => None,
                };
                self.open_record(fields, near.as_ref(), sound, span)?
            }
        };
        sound.then_some(typed)
    }

    /// A record literal whose type is given.
    fn expected_record(
        &mut self,
        fields: &[Init],
        record: &RecordType,
        given: Option<&BTreeMap<&str, Span>>,
        span: Span,
    ) -> Option<Typed> {
        let mut sound = given.is_some();
        let mut missing: Vec<&FieldType> = record
            .fields()
            .iter()
            .filter(|field| {
                !field.optional && given.is_some_and(|given| !given.contains_key(field.name.as_str()))
            })
            .collect();
        let is_stranger =
            |field: &&Init| !field.name.text.is_empty() && record.field(&field.name.text).is_none();
        let strangers = fields.iter().filter(is_stranger).count();
        let mut nodes: Vec<Option<NodeId>> = record.fields().iter().map(|_| None).collect();
        for field in fields {
            let name = &field.name;
            let Some((position, declared)) = record.field(&name.text) else {
                if !name.text.is_empty() {
                    let given = |other: &str| fields.iter().any(|field| field.name.text == other);
                    let free = record.fields().iter().map(|field| field.name.as_str());
                    let meant = suggest(&name.text, free.filter(|other| !given(other)));
                    // One of each kind: this is the one that is missing.
                    let only = (strangers == 1 && missing.len() == 1).then(|| missing[0].name.as_str());
                    self.report_unknown_field(name, record, meant, only.filter(|_| meant.is_none()));
                    missing.retain(|field| Some(field.name.as_str()) != meant.or(only));
                }
                // Its value may have mistakes of its own.
                self.infer(&field.value, Hint::Open);
                sound = false;
                continue;
            };
            let ty =
                if declared.optional { Type::optional(declared.ty.clone()) } else { declared.ty.clone() };
            match self.check(&field.value, &ty, Need::Field(&name.text)) {
                Some(typed) => nodes[position] = Some(typed.node),
                None => sound = false,
            }
        }
        let missing: Vec<_> =
            missing.into_iter().map(|field| (field.name.clone(), self.text(&field.ty))).collect();
        if !missing.is_empty() {
            let names: Vec<_> = missing.iter().map(|(name, _)| name.as_str()).collect();
            let (name, ty) = &missing[0];
            self.report(
                Diagnostic::new(
                    codes::MISSING_FIELD,
                    span,
                    format!(
                        "{} missing here",
                        super::display::listed(&names, " and ")
                            + if names.len() == 1 { " is" } else { " are" }
                    ),
                )
                .label(format!("`{}` is needed", self.text(&Type::Record(record.clone()))))
                .help(format!("add `{name}: ..`, which is `{ty}`")),
            );
            sound = false;
        }
        if !sound {
            return None;
        }
        let nodes = nodes
            .into_iter()
            .zip(record.fields())
            .map(|(node, field)| {
                node.unwrap_or_else(|| {
                    self.code.constant(Value::Absent, Type::optional(field.ty.clone()), span)
                })
            })
            .collect();
        Some(self.push(Op::RecordOf(nodes), Type::Record(record.clone()), span))
    }

    /// `meant`: what the name resembles; `missing`: what it does not resemble, but probably stands for.
    fn report_unknown_field(
        &mut self,
        name: &Name,
        record: &RecordType,
        meant: Option<&str>,
        missing: Option<&str>,
    ) {
        let text = self.text(&Type::Record(record.clone()));
        let message = format!("no field `{}` belongs here", name.text);
        let mut diagnostic =
            Diagnostic::new(codes::UNKNOWN_FIELD, name.span, message).label(format!("`{text}` is needed"));
        if let Some(missing) = missing {
            diagnostic = diagnostic.help(format!("`{missing}` is missing"));
        }
        self.report(did_you_mean(diagnostic, name.span, meant));
    }

    /// A record literal that says its own type.
    fn open_record(
        &mut self,
        fields: &[Init],
        near: Option<&RecordType>,
        mut sound: bool,
        span: Span,
    ) -> Option<Typed> {
        let mut typed: Vec<(FieldType, NodeId)> = Vec::with_capacity(fields.len());
        for field in fields {
            let known = near.and_then(|record| record.field(&field.name.text)).map(|(_, field)| &field.ty);
            match self.infer(&field.value, known.map_or(Hint::Open, Hint::Soft)) {
                Some(value) => {
                    let optional = matches!(value.ty, Type::Optional(_));
                    let ty = present(&value.ty).clone();
                    typed.push((FieldType { name: field.name.text.clone(), ty, optional }, value.node));
                }
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        // Beside a record with optional fields, leaving some of them out means that they are absent.
        let has = |name: &str| typed.iter().any(|(field, _)| field.name == name);
        let left_out: Vec<FieldType> = match near {
            Some(near)
                if typed.iter().all(|(field, _)| near.field(&field.name).is_some())
                    && near.fields().iter().all(|field| field.optional || has(&field.name)) =>
            {
                near.fields().iter().filter(|field| !has(&field.name)).cloned().collect()
            }
            _ => Vec::new(),
        };
        for field in left_out {
            let absent = self.code.constant(Value::Absent, Type::optional(field.ty.clone()), span);
            typed.push((field, absent));
        }
        typed.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let nodes = typed.iter().map(|(_, node)| *node).collect();
        let ty = Type::Record(RecordType::new(typed.into_iter().map(|(field, _)| field).collect()));
        if is_too_large(&ty) {
            return self.report_too_large(span);
        }
        Some(self.push(Op::RecordOf(nodes), ty, span))
    }
}

/// Digits with a sign, as the reader of literals takes them.
fn plain_digits(sign: &str, digits: &SmolStr) -> SmolStr {
    if sign.is_empty() { digits.clone() } else { SmolStr::from_iter([sign, digits.as_str()]) }
}
