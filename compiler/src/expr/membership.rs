//! `in`: the hierarchy of entities and of actions, membership of sets, ranges of addresses.

use assize_lang::ast::Expr;
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::fit::ancestor_types;
use assize_runtime::program::Op;
use assize_runtime::types::{EntityTypes, Type};

use super::actions::ActionTest;
use super::checker::{Checker, Hint, Typed};
use super::convert::{join, overlap};
use super::display::{spell, types_text};
use super::facts::Flow;
use super::inhabited::inhabited;
use super::literals::is_flexible;
use super::repair::{Repair, proposed};
use crate::declarations::Def;

impl Checker<'_> {
    /// `left in right`, `left not in right`
    pub(super) fn membership(
        &mut self,
        negated: bool,
        op_span: Span,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Option<Typed> {
        let (element, container) = self.membership_operands(left, right)?;
        let inside = self.contained((element, left), (container, right), negated, op_span)?;
        if !negated {
            return Some(inside);
        }
        let flow = inside.flow.negated();
        Some(self.push_bool(Op::Not(inside.node), span).with_flow(flow))
    }

    fn membership_operands(&mut self, left: &Expr, right: &Expr) -> Option<(Typed, Typed)> {
        if is_flexible(left) && !is_flexible(right) {
            let container = self.infer(right, Hint::Open);
            let hint = match container.as_ref().map(|typed| &typed.ty) {
                Some(Type::Set(element)) => Some(Type::clone(element)),
                _ => None,
            };
            let element = self.infer(left, hint.as_ref().map_or(Hint::Open, Hint::Soft));
            return Some((element?, container?));
        }
        let element = self.infer(left, Hint::Open);
        let hint = element.as_ref().map(|typed| Type::set(super::convert::present(&typed.ty).clone()));
        let container = self.infer(right, hint.as_ref().map_or(Hint::Open, Hint::Soft));
        Some((element?, container?))
    }

    /// `element in container`, both checked. `negated`: whether `not in` is what was written.
    pub(super) fn contained(
        &mut self,
        (element, left): (Typed, &Expr),
        (container, right): (Typed, &Expr),
        negated: bool,
        span: Span,
    ) -> Option<Typed> {
        let present = (self.require_present(&element, left), self.require_present(&container, right));
        let ((), ()) = (present.0?, present.1?);
        let whole = left.span.to(right.span);
        match (&element.ty, &container.ty) {
            (Type::Entity(below), Type::Entity(above)) => {
                let possible = self.can_be_in(below, above);
                let (below, above) = (below.clone(), above.clone());
                let flow = self.hierarchy_flow(
                    &element,
                    possible,
                    (&below, &above),
                    [left, right],
                    (negated, span),
                )?;
                Some(self.push_bool(Op::In(element.node, container.node), whole).with_flow(flow))
            }
            (Type::Entity(below), Type::Set(of)) if matches!(**of, Type::Entity(_) | Type::Never) => {
                let below = below.clone();
                let (container, above) = match &**of {
                    Type::Entity(above) => {
                        let above = above.clone();
                        (container, above)
                    }
                    _ => {
                        let ty = Type::set(Type::Entity(below.clone()));
                        (self.convert(container, &ty, right.span), below.clone())
                    }
                };
                let possible = self.can_be_in(&below, &above);
                let flow = self.hierarchy_flow(
                    &element,
                    possible,
                    (&below, &above),
                    [left, right],
                    (negated, span),
                )?;
                let flow = flow.when_true(container.place.as_ref(), inhabited());
                Some(self.push_bool(Op::InAny(element.node, container.node), whole).with_flow(flow))
            }
            (Type::Action, Type::Action) => {
                let flow = self.action_flow(ActionTest::In, [element.node, container.node], (negated, whole));
                Some(self.push_bool(Op::ActionIn(element.node, container.node), whole).with_flow(flow))
            }
            (Type::Action, Type::Set(of)) if matches!(**of, Type::Action | Type::Never) => {
                let flow = self.action_flow(ActionTest::In, [element.node, container.node], (negated, whole));
                let container = self.convert(container, &Type::set(Type::Action), right.span);
                let inside = self.push_bool(Op::ActionInAny(element.node, container.node), whole);
                Some(inside.with_flow(flow))
            }
            (_, Type::Set(of))
                if !self.has_in_operator(&element.ty, &container.ty) && overlap(&element.ty, of) =>
            {
                let ty = join(&element.ty, of)?;
                let element = self.convert(element, &ty, left.span);
                let container = self.convert(container, &Type::set(ty), right.span);
                let flow = Flow::default().when_true(container.place.as_ref(), inhabited());
                Some(self.push_bool(Op::Contains(container.node, element.node), whole).with_flow(flow))
            }
            (below, above) => {
                if let Some(result) = self.in_operator(&element, &container, whole) {
                    return Some(result);
                }
                let (below, above) = (below.clone(), above.clone());
                self.report_bad_in(&below, &above, [left, right], span);
                None
            }
        }
    }

    /// What `in` shows when the hierarchy makes it impossible: an error, or false in this environment only.
    fn hierarchy_flow(
        &mut self,
        element: &Typed,
        possible: bool,
        (below, above): (&EntityTypes, &EntityTypes),
        [left, right]: [&Expr; 2],
        (negated, op_span): (bool, Span),
    ) -> Option<Flow> {
        if possible {
            return Some(Flow::default());
        }
        let schema = self.schema();
        let (below_text, above_text) = (types_text(schema, below), types_text(schema, above));
        let varies =
            element.place.as_ref().is_some_and(|place| place.root.varies() && place.steps.is_empty());
        let message = format!("`{below_text}` is never in `{above_text}`");
        if varies {
            let span = left.span.to(right.span);
            let (code, label) = if negated {
                (codes::ALWAYS_TRUE, "always true")
            } else {
                (codes::ALWAYS_FALSE, "always false")
            };
            self.warn(code, span, message, label);
            return Some(Flow { yes: None, by_type: true, ..Flow::default() });
        }
        if self.is_doubtful(&element.ty) {
            return None;
        }
        let mut related = Vec::new();
        let mut diagnostic = Diagnostic::new(codes::NEVER_IN, op_span, message)
            .label("always false")
            .also(left.span, format!("`{below_text}`"))
            .also(right.span, format!("`{}`", above_text));
        if let (Some(ty), Some(parent)) = (below.single(), above.single()) {
            let (name, parent) =
                (super::display::entity_name(schema, ty), super::display::entity_name(schema, parent));
            diagnostic = diagnostic.help(format!("let it have such parents: `entity {name} in {parent}`"));
            related.push((Def::EntityType(ty), format!("`{name}` is declared here")));
        }
        self.report_related(diagnostic, related);
        None
    }

    fn report_bad_in(&mut self, below: &Type, above: &Type, [left, right]: [&Expr; 2], op_span: Span) {
        let (below_text, above_text) = (self.text(below), self.text(above));
        let message = match above {
            Type::Set(_) => format!("`{above_text}` never holds `{below_text}`"),
            _ => format!("`{below_text}` cannot be in `{above_text}`"),
        };
        let diagnostic = Diagnostic::new(codes::BAD_OPERAND, op_span, message)
            .label("not for these types")
            .also(left.span, format!("`{below_text}`"))
            .also(right.span, format!("`{above_text}`"));
        let help: Option<Repair> = match (below, above) {
            (Type::String, Type::Map(_)) => spell(right)
                .zip(spell(left))
                .map(|(map, key)| format!("ask for the key: `{map}[{key}] is some`"))
                .or_else(|| spell(right).map(|map| format!("ask for the key: `{map}[..] is some`")))
                .map(Repair::from),
            (Type::String, Type::String) => Some("ask with `.contains(..)` or `like`".to_owned().into()),
            (_, Type::Set(element)) => self.repair(below, element, left),
            _ if overlap(below, above) => Some("ask with `==`".to_owned().into()),
            _ => self.repair(above, below, right),
        };
        self.report(proposed(diagnostic, help));
    }

    /// Whether an entity of some type of `below` can be one of `above` or have one as ancestor.
    pub(super) fn can_be_in(&self, below: &EntityTypes, above: &EntityTypes) -> bool {
        below.intersect(above).is_some()
            || self.declarations().has_lost_parents(below)
            || self.ancestor_types(below).is_some_and(|reached| reached.intersect(above).is_some())
    }

    /// All types that ancestors of `types` can have.
    pub(super) fn ancestor_types(&self, types: &EntityTypes) -> Option<EntityTypes> {
        EntityTypes::new(ancestor_types(self.schema(), types.iter()))
    }
}
