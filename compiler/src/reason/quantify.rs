//! Quantifiers: tests that are terms as a whole. What is inside is looked at once, for an element that nothing is known about.

use assize_runtime::Value;
use assize_runtime::program::{NodeId, Op};
use assize_runtime::types::{EntityTypes, Type};

use super::evaluate::bind;
use super::facts::{ordered, truth};
use super::state::State;
use super::terms::{Kind, Term};
use super::watch::{Role, Watch};
use super::{Frame, MAX_DEPTH, Machine, Outcome, Ways};

impl Machine<'_> {
    /// `any` and `all`. An empty set is always possible, and so is one with more elements than may be visited.
    pub(super) fn quantifier(
        &mut self,
        frame: &mut Frame<'_>,
        (all, local, filter): (bool, u32, Option<&EntityTypes>),
        set: NodeId,
        body: NodeId,
        state: State,
    ) -> Ways {
        let element = match frame.body.nodes.get(set.0 as usize).map(|node| &node.ty) {
            Some(Type::Set(element)) => Type::clone(element),
            _ => Type::Never,
        };
        let element = match (&element, filter) {
            (Type::Entity(types), Some(filter)) => {
                types.intersect(filter).map_or(element.clone(), Type::Entity)
            }
            _ => element,
        };
        self.each(frame, set, state, |_, state, set, ways| ways.push((state, Some(set))))
            .into_iter()
            .flat_map(|(state, set)| match set {
                None => vec![(state, None)],
                Some(set) => self.quantified(frame, (all, local, filter), (set, &element), body, state),
            })
            .collect()
    }

    fn quantified(
        &mut self,
        frame: &mut Frame<'_>,
        (all, local, filter): (bool, u32, Option<&EntityTypes>),
        (set, element): (Term, &Type),
        body: NodeId,
        state: State,
    ) -> Ways {
        if matches!(self.terms.value(set), Some(Value::Set(values)) if values.is_empty()) {
            let term = self.terms.truth(all);
            return vec![(state, Some(term))];
        }
        let variable = self.terms.term(Kind::Bound(self.level, element.clone()), Vec::new(), element);
        bind(frame, local, variable);
        let inside = self.structure(frame, body);
        let kind = Kind::Quantifier { all, filter: filter.cloned(), level: self.level };
        self.level += 1;
        let entered = self.watch.as_ref().map_or(0, Watch::depth);
        let outcomes = self.test(frame, body, state.clone());
        self.watched(frame, body, None, Role::Each, &outcomes);
        if let Some(watch) = &mut self.watch {
            watch.leave(entered);
        }
        self.level -= 1;
        let can = |wanted: Outcome| outcomes.iter().any(|(_, outcome)| *outcome == wanted);
        // The outcome that one element decides; without such an element only the other is left.
        let decisive = can(if all { Outcome::False } else { Outcome::True });
        let inside = inside.unwrap_or_else(|| self.terms.unknown(&Type::Bool));
        let term = self.terms.test(kind, vec![set, inside]);
        let mut ways = Ways::new();
        if state.get(term).is_none() {
            ways.push((state.clone(), None));
        }
        let mut state = state;
        let among = if decisive { self.possible(&state, term) } else { truth(all) };
        if self.assume(&mut state, term, &among) {
            ways.push((state, Some(term)));
        }
        ways
    }

    /// The expression as one term, without evaluating anything; `None` if it is too deep.
    fn structure(&mut self, frame: &mut Frame<'_>, id: NodeId) -> Option<Term> {
        let node = frame.body.nodes.get(id.0 as usize)?;
        if self.depth >= MAX_DEPTH || !self.spend(1) {
            return None;
        }
        self.depth += 1;
        let term = self.structure_of(frame, &node.op, &node.ty);
        self.depth -= 1;
        term
    }

    fn structure_of(&mut self, frame: &mut Frame<'_>, op: &Op, ty: &Type) -> Option<Term> {
        match op {
            Op::Local(local) => {
                let term = frame.locals.get(*local as usize).copied().flatten();
                return Some(
                    term.unwrap_or_else(|| self.terms.term(Kind::Given(*local, ty.clone()), Vec::new(), ty)),
                );
            }
            Op::Const(value) => return Some(self.terms.constant(value, ty)),
            Op::Principal => return Some(self.principal()),
            Op::Resource => return Some(self.resource()),
            Op::Let { local, value, body } => {
                let value = self.structure(frame, *value)?;
                bind(frame, *local, value);
                let body = self.structure(frame, *body)?;
                return Some(self.terms.term(Kind::Let, vec![value, body], ty));
            }
            Op::Quantifier { all, local, filter, set, body } => {
                let set = self.structure(frame, *set)?;
                let variable =
                    self.terms.term(Kind::Bound(self.level + 1, Type::Never), vec![set], &Type::Never);
                bind(frame, *local, variable);
                self.level += 1;
                let body = self.structure(frame, *body);
                self.level -= 1;
                let kind = Kind::Quantifier { all: *all, filter: filter.clone(), level: self.level + 1 };
                return Some(self.terms.term(kind, vec![set, body?], ty));
            }
            _ => {}
        }
        let mut operands = Vec::new();
        op.operands(|operand| operands.push(operand));
        let mut parts = Vec::with_capacity(operands.len());
        let mut types = Vec::with_capacity(operands.len());
        for operand in operands {
            parts.push(self.structure(frame, operand)?);
            types.push(frame.body.nodes.get(operand.0 as usize)?.ty.clone());
        }
        let kind = match op {
            Op::Param(at) => Kind::Param(*at),
            Op::Action => Kind::Action,
            Op::Context => Kind::Context,
            Op::Now => Kind::Now,
            Op::Call { function, .. } => Kind::Call(*function),
            Op::And(_) => Kind::And,
            Op::Or(_) => Kind::Or,
            Op::Not(_) => Kind::Not,
            Op::If { .. } => Kind::If,
            Op::Eq(..) => {
                let [a, b] = parts[..] else { return None };
                parts = ordered(a, b);
                Kind::Same
            }
            Op::Compare(ordering, ..) => Kind::Compare(*ordering),
            Op::Arithmetic(operation, ..) => Kind::Arithmetic(*operation),
            Op::Neg(_) => Kind::Neg,
            Op::In(..) => Kind::In,
            Op::InAny(..) => Kind::InAny,
            Op::ActionIn(..) => Kind::ActionIn,
            Op::ActionInAny(..) => Kind::ActionInAny,
            Op::IsType(_, types) => Kind::IsType(types.clone()),
            Op::Attribute(_, name) => Kind::Attribute(name.clone(), ty.clone()),
            Op::HasAttribute(_, name) => Kind::HasAttribute(name.clone()),
            Op::Field(_, name) => Kind::Field(name.clone(), ty.clone()),
            Op::HasField(_, name) => Kind::HasAttribute(name.clone()),
            Op::Unwrap(_) => Kind::Unwrap,
            Op::Narrow(_) => Kind::Narrow,
            Op::IsSome(_) => Kind::IsSome,
            Op::Coalesce(..) => Kind::Coalesce,
            Op::Index(..) => Kind::Index,
            Op::Contains(..) => Kind::Contains,
            Op::SetOf(_) => Kind::Set,
            Op::RecordOf(_) => match ty {
                Type::Record(record) => {
                    Kind::Record(record.fields().iter().map(|field| field.name.clone()).collect())
                }
                _ => return None,
            },
            Op::MapOf(entries) => Kind::Map(entries.iter().map(|(name, _)| name.clone()).collect()),
            Op::Convert(_) => Kind::Convert(ty.clone()),
            Op::Builtin(builtin, _) => Kind::Builtin(*builtin),
            Op::Like { pattern, .. } => Kind::Like(frame.patterns.like.get(*pattern as usize)?.clone()),
            Op::Matches { regex, .. } => Kind::Matches(frame.patterns.regexes.get(*regex as usize)?.clone()),
            Op::GrantFact(grant, _) => Kind::GrantFact(*grant, types),
            Op::Ancestors(_) => Kind::Ancestors,
            Op::Const(_)
            | Op::Principal
            | Op::Resource
            | Op::Local(_)
            | Op::Let { .. }
            | Op::Quantifier { .. } => return None,
        };
        Some(self.terms.term(kind, parts, ty))
    }
}
