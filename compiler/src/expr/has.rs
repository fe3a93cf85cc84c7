//! Tests that narrow: `has`, `is`, `is some`.

use assize_lang::ast::{Expr, Name, Path};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::Value;
use assize_runtime::program::{NodeId, Op};
use assize_runtime::types::{EntityTypes, Type};
use smol_str::SmolStr;

use super::checker::{Checker, Hint, Typed};
use super::display::{quoted, spell, types_text};
use super::facts::{Fact, Flow, Place, Step};

/// The longest path of a `has`.
const MAX_STEPS: usize = 64;

/// What one step of `has a.b` comes to.
struct HasStep {
    /// The test of this step, `None` where a record always has the field.
    test: Option<fn(NodeId, SmolStr) -> Op>,
    /// The type never has it in this environment.
    never: bool,
    /// It was known before.
    known: bool,
}

impl Checker<'_> {
    /// `value has a.b`: each step is tested before the next is read.
    pub(super) fn has(&mut self, value: &Expr, path: &[Name], span: Span) -> Option<Typed> {
        let base = self.infer(value, Hint::Open)?;
        if path.len() > MAX_STEPS {
            return self.report_too_large(span);
        }
        if let Some(first) = path.first() {
            self.probe_member(&base, value.span.end, first, true);
        }
        if path.first().is_none_or(|name| name.text.is_empty()) {
            return None;
        }
        self.require_present(&base, value)?;
        let mut learned: Vec<(Place, Fact)> = Vec::new();
        let settled = self.has_steps(base, value, path, span, &mut learned)?;
        let (node, outcome, known) = settled;
        let mut flow = Flow::default();
        if let Some(yes) = &mut flow.yes {
            for (place, fact) in learned {
                yes.learn(place, &fact);
            }
        }
        let names: Vec<_> = path.iter().map(|name| name.text.as_str()).collect();
        let names = names.join(".");
        match outcome {
            Some(true) => {
                flow.no = None;
                flow.by_type = true;
                self.warn(
                    codes::ALWAYS_TRUE,
                    span,
                    format!("{} always has `{names}`", quoted(value)),
                    "always true",
                );
            }
            Some(false) => {
                flow.yes = None;
                flow.by_type = true;
                self.warn(
                    codes::ALWAYS_FALSE,
                    span,
                    format!("{} never has `{names}`", quoted(value)),
                    "always false",
                );
            }
            None if known => {
                let message = format!("{} is already known to have `{names}`", quoted(value));
                self.warn(codes::CHECKED_BEFORE, span, message, "always true here");
            }
            None => {}
        }
        Some(Typed::new(node, Type::Bool).with_flow(flow))
    }

    /// The test with its outcome if that is certain, and whether it was known before.
    fn has_steps(
        &mut self,
        base: Typed,
        value: &Expr,
        path: &[Name],
        span: Span,
        learned: &mut Vec<(Place, Fact)>,
    ) -> Option<(NodeId, Option<bool>, bool)> {
        let (name, rest) = path.split_first()?;
        // A value that is read more than once is bound to a local, unless it costs nothing to name.
        let shared = !rest.is_empty() && !self.code.is_leaf(base.node);
        let local = shared.then(|| self.code.fresh_local());
        let mut uses = 0;
        let place = base.place.as_ref().map(|place| place.then(Step::Member(name.text.clone())));
        let step = self.has_step(&base, place.as_ref(), value, name, learned)?;
        let mut tests: Vec<NodeId> = Vec::with_capacity(2);
        if let Some(op) = step.test {
            uses += 1;
            let subject = self.subject(&base, local, span);
            tests.push(self.code.push(op(subject, name.text.clone()), Type::Bool, span));
        }
        let mut outcome = match step.test {
            _ if step.never => Some(false),
            None => Some(true),
            Some(_) => None,
        };
        let mut known = step.known;
        if !rest.is_empty() && !step.never {
            uses += 1;
            let subject = self.subject(&base, local, span);
            let part = self.read_for_has(subject, &base.ty, place, name, span)?;
            if let Some(next) = rest.first() {
                self.probe_member(&part, name.span.end, next, true);
                if next.text.is_empty() {
                    return None;
                }
            }
            let (deeper, later, later_known) = self.has_steps(part, value, rest, span, learned)?;
            tests.push(deeper);
            outcome = match (outcome, later) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            known &= later_known;
        }
        let test = match tests[..] {
            [] => self.code.constant(Value::Bool(!step.never), Type::Bool, span),
            [only] => only,
            _ => self.code.push(Op::And(tests), Type::Bool, span),
        };
        // Even what is certain evaluates the value, which may err.
        let local = if uses == 0 { Some(self.code.fresh_local()) } else { local };
        let test = match local {
            Some(local) => self.code.push(Op::Let { local, value: base.node, body: test }, Type::Bool, span),
            None => test,
        };
        Some((test, outcome, known))
    }

    /// The value that is tested: its local, or the value itself.
    fn subject(&mut self, base: &Typed, local: Option<u32>, span: Span) -> NodeId {
        match local {
            Some(local) => self.code.push(Op::Local(local), base.ty.clone(), span),
            None => base.node,
        }
    }

    fn has_step(
        &mut self,
        base: &Typed,
        place: Option<&Place>,
        value: &Expr,
        name: &Name,
        learned: &mut Vec<(Place, Fact)>,
    ) -> Option<HasStep> {
        let fact = place.and_then(|place| self.facts.get(place));
        let known_present = fact.is_some_and(|fact| fact.present);
        match &base.ty {
            Type::Record(record) => {
                let Some((_, field)) = record.field(&name.text) else {
                    if self.is_elsewhere(base.place.as_ref(), name) {
                        return Some(HasStep { test: None, never: true, known: false });
                    }
                    self.report_no_member(base, value, name);
                    return None;
                };
                if !field.optional {
                    return Some(HasStep { test: None, never: false, known: true });
                }
                if let Some(place) = place {
                    learned.push((place.clone(), Fact::present()));
                }
                Some(HasStep { test: Some(Op::HasField), never: false, known: known_present })
            }
            Type::Entity(types) => {
                let lacking = self.lacking(types, &name.text);
                let never = lacking.len() == types.iter().len();
                if never && !self.is_elsewhere(base.place.as_ref(), name) {
                    self.report_no_member(base, value, name);
                    return None;
                }
                let exists = base.place.as_ref().and_then(|place| self.facts.get(place));
                let exists = exists.is_some_and(|fact| fact.exists);
                if let (Some(base_place), Some(place)) = (&base.place, place) {
                    let having = EntityTypes::new(types.iter().filter(|ty| !lacking.contains(ty)));
                    learned
                        .push((base_place.clone(), Fact { exists: true, types: having, ..Fact::default() }));
                    learned.push((place.clone(), Fact::present()));
                }
                if never {
                    return Some(HasStep { test: None, never: true, known: false });
                }
                Some(HasStep { test: Some(Op::HasAttribute), never: false, known: known_present && exists })
            }
            Type::Map(_) => {
                let text = self.text(&base.ty);
                let mut diagnostic = Diagnostic::new(
                    codes::BAD_OPERAND,
                    name.span,
                    format!("`has` asks for attributes, and {} is `{text}`", quoted(value)),
                )
                .label("a map has keys");
                if let Some(text) = spell(value) {
                    diagnostic = diagnostic.help(format!("write `{text}[{:?}] is some`", name.text.as_str()));
                }
                self.report(diagnostic);
                None
            }
            _ => {
                self.report_no_member(base, value, name);
                None
            }
        }
    }

    /// Whether `name` is missing only in this environment: some other type that the place could have has it.
    pub(super) fn is_elsewhere(&self, place: Option<&Place>, name: &Name) -> bool {
        let Some(place) = place else { return false };
        if !place.root.varies() || !place.steps.is_empty() {
            return false;
        }
        let schema = self.schema();
        if place.root == super::facts::Root::Context {
            let applies = schema.actions.iter().filter_map(|action| action.applies.as_ref());
            return applies.into_iter().any(|applies| applies.context.field(&name.text).is_some());
        }
        schema.entity_types.iter().any(|ty| ty.attributes.field(&name.text).is_some())
    }

    /// Reads `name` for the next step of `has`, which knows that it is there.
    fn read_for_has(
        &mut self,
        subject: NodeId,
        base: &Type,
        place: Option<Place>,
        name: &Name,
        span: Span,
    ) -> Option<Typed> {
        let (op, field) = match base {
            Type::Record(record) => {
                (Op::Field(subject, name.text.clone()), record.field(&name.text)?.1.clone())
            }
            Type::Entity(types) => {
                let having = EntityTypes::new(
                    types.iter().filter(|ty| !self.lacking(&EntityTypes::one(*ty), &name.text).contains(ty)),
                )?;
                let subject = if having == *types {
                    subject
                } else {
                    self.code.push(Op::Narrow(subject), Type::Entity(having.clone()), span)
                };
                let mut found: Option<assize_runtime::types::FieldType> = None;
                for ty in having.iter() {
                    let (_, field) =
                        self.schema().entity_types.get(ty.index())?.attributes.field(&name.text)?;
                    match &mut found {
                        None => found = Some(field.clone()),
                        Some(first) if first.ty == field.ty => first.optional |= field.optional,
                        Some(_) => {
                            let message = format!(
                                "`{}` has different types, depending on the type of its entity",
                                name.text
                            );
                            self.report(
                                Diagnostic::new(codes::WRONG_TYPE, name.span, message)
                                    .label("ask for the entity's type with `is` first"),
                            );
                            return None;
                        }
                    }
                }
                (Op::Attribute(subject, name.text.clone()), found?)
            }
            _ => return None,
        };
        let mut typed = if field.optional {
            let typed = self.push(op, Type::optional(field.ty.clone()), span);
            self.push(Op::Unwrap(typed.node), field.ty, span)
        } else {
            self.push(op, field.ty, span)
        };
        typed.place = place;
        Some(typed)
    }

    /// `value is some`
    pub(super) fn is_some(&mut self, value: &Expr, span: Span) -> Option<Typed> {
        let typed = self.infer(value, Hint::Open)?;
        if !matches!(typed.ty, Type::Optional(_)) {
            let by_narrowing = typed.place.as_ref().and_then(|place| self.facts.get(place));
            let by_narrowing = by_narrowing.is_some_and(|fact| fact.present);
            let (code, message) = if by_narrowing {
                (codes::CHECKED_BEFORE, format!("{} is already known to be there", quoted(value)))
            } else {
                (codes::ALWAYS_TRUE, format!("{} is never absent", quoted(value)))
            };
            self.warn(code, span, message, "always true");
            let flow = Flow { no: None, by_type: true, ..Flow::default() };
            return Some(self.certainly(typed, true, span).with_flow(flow));
        }
        let mut flow = Flow::default();
        if let (Some(yes), Some(place)) = (&mut flow.yes, &typed.place) {
            learn_way(yes, place);
        }
        Some(self.push_bool(Op::IsSome(typed.node), span).with_flow(flow))
    }

    /// A constant after a value that may err.
    pub(super) fn certainly(&mut self, after: Typed, value: bool, span: Span) -> Typed {
        let local = self.code.fresh_local();
        let body = self.code.constant(Value::Bool(value), Type::Bool, span);
        self.push_bool(Op::Let { local, value: after.node, body }, span)
    }

    /// `value is User | Group`, `value is User in Group::"eng"`
    pub(super) fn is_type(
        &mut self,
        value: &Expr,
        types: &[Path],
        within: Option<&Expr>,
        span: Span,
    ) -> Option<Typed> {
        let typed = self.infer(value, Hint::Open);
        let tested = self.entity_type_list(types);
        let (Some(typed), Some(tested)) = (typed, tested) else {
            if let Some(within) = within {
                self.infer(within, Hint::Open);
            }
            return None;
        };
        self.require_present(&typed, value)?;
        let Type::Entity(all) = typed.ty.clone() else {
            let text = self.text(&typed.ty);
            self.report(
                Diagnostic::new(
                    codes::BAD_OPERAND,
                    value.span,
                    format!("`is` asks for the type of an entity, and this is `{text}`"),
                )
                .label(format!("`{text}`")),
            );
            return None;
        };
        let both = all.intersect(&tested);
        let rest = EntityTypes::new(all.iter().filter(|ty| !tested.contains(*ty)));
        let place = typed.place.clone();
        let fact = |types: &Option<EntityTypes>| Fact { types: types.clone(), ..Fact::default() };
        let mut flow =
            Flow::default().when_true(place.as_ref(), fact(&both)).when_false(place.as_ref(), fact(&rest));
        let (all_text, tested_text) = (types_text(self.schema(), &all), types_text(self.schema(), &tested));
        if both.is_none() {
            flow.yes = None;
            flow.by_type = true;
            let message = format!("{} is `{all_text}`, never `{tested_text}`", quoted(value));
            self.warn(codes::ALWAYS_FALSE, span, message, "always false");
        } else if rest.is_none() {
            if within.is_none() {
                let message = format!("{} is always `{all_text}`", quoted(value));
                self.warn(codes::ALWAYS_TRUE, span, message, "always true");
            }
            flow.no = None;
            flow.by_type = true;
        }
        let Some(within) = within else {
            return Some(self.push_bool(Op::IsType(typed.node, tested), span).with_flow(flow));
        };
        self.is_type_within(typed, tested, flow, within, value, span)
    }

    /// `value is T in within`: the value is evaluated once.
    fn is_type_within(
        &mut self,
        typed: Typed,
        tested: EntityTypes,
        flow: Flow,
        within: &Expr,
        value: &Expr,
        span: Span,
    ) -> Option<Typed> {
        let Type::Entity(all) = typed.ty.clone() else { return None };
        let shared = !self.code.is_leaf(typed.node);
        let local = shared.then(|| self.code.fresh_local());
        let subject = |checker: &mut Self| match local {
            Some(local) => checker.code.push(Op::Local(local), Type::Entity(all.clone()), span),
            None => typed.node,
        };
        let first = subject(self);
        let test = self.code.push(Op::IsType(first, tested.clone()), Type::Bool, span);
        let container = self.infer(within, Hint::Open)?;
        let again = subject(self);
        let left = match all.intersect(&tested) {
            Some(left) if left != all => self.push(Op::Narrow(again), Type::Entity(left), span),
            _ => Typed::new(again, Type::Entity(all.clone())),
        }
        .at(typed.place.clone());
        let inside = self.contained((left, value), (container, within), false, span)?;
        let node = self.code.push(Op::And(vec![test, inside.node]), Type::Bool, span);
        let result = match local {
            Some(local) => self.push_bool(Op::Let { local, value: typed.node, body: node }, span),
            None => Typed::new(node, Type::Bool),
        };
        // Where it is false, the type may still be right.
        let no = Some(super::facts::Facts::default());
        Some(result.with_flow(Flow { yes: flow.yes, no, by_type: flow.by_type }))
    }
}

/// A place is there, and so is everything on the way to it.
pub(super) fn learn_way(facts: &mut super::facts::Facts, place: &Place) {
    for length in 0..=place.steps.len() {
        let place = Place { root: place.root, steps: place.steps[..length].to_vec() };
        facts.learn(place, &Fact::present());
    }
}
