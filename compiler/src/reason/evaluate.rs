//! One node, every way: as `runtime/src/interpret/expression.rs` does it, with terms in place of values.

use assize_runtime::Value;
use assize_runtime::program::{Node, NodeId, Op};
use assize_runtime::types::{EntityTypes, Type};
use smol_str::SmolStr;

use super::state::State;
use super::terms::{Kind, Term};
use super::watch::{Role, Watch};
use super::{Frame, MAX_DEPTH, MAX_WAYS, Machine, Outcome, Outcomes, Ways};

impl Machine<'_> {
    /// Every way through an expression.
    pub(super) fn value(&mut self, frame: &mut Frame<'_>, id: NodeId, state: State) -> Ways {
        let Some(node) = frame.body.nodes.get(id.0 as usize) else {
            self.exhausted = true;
            return Vec::new();
        };
        if !self.spend(1 + state.len() / 4) || self.depth >= MAX_DEPTH {
            self.exhausted = true;
            return Vec::new();
        }
        self.depth += 1;
        let ways = if is_test(&node.op) {
            let outcomes = self.test_node(frame, id, node, state);
            self.as_values(outcomes)
        } else {
            self.operation(frame, node, state)
        };
        self.depth -= 1;
        if ways.len() > 2 * MAX_WAYS {
            self.exhausted = true;
        }
        ways
    }

    /// Every way through a test.
    pub(super) fn test(&mut self, frame: &mut Frame<'_>, id: NodeId, state: State) -> Outcomes {
        let ways = self.value(frame, id, state);
        let mut outcomes = Outcomes::with_capacity(ways.len());
        for (state, value) in ways {
            match value {
                None => outcomes.push((state, Outcome::Error)),
                Some(term) => self.split(state, term, &mut outcomes),
            }
        }
        outcomes
    }

    /// A term that is true or false.
    pub(super) fn split(&mut self, state: State, test: Term, outcomes: &mut Outcomes) {
        match self.known(&state, test) {
            Some(true) => outcomes.push((state, Outcome::True)),
            Some(false) => outcomes.push((state, Outcome::False)),
            None => {
                let mut other = state.clone();
                let mut state = state;
                if self.assume_test(&mut state, test, true) {
                    outcomes.push((state, Outcome::True));
                }
                if self.assume_test(&mut other, test, false) {
                    outcomes.push((other, Outcome::False));
                }
            }
        }
    }

    pub(super) fn as_values(&mut self, outcomes: Outcomes) -> Ways {
        let (yes, no) = (self.terms.truth(true), self.terms.truth(false));
        let value = |outcome| match outcome {
            Outcome::True => Some(yes),
            Outcome::False => Some(no),
            Outcome::Error => None,
        };
        outcomes.into_iter().map(|(state, outcome)| (state, value(outcome))).collect()
    }

    /// Operators that do not evaluate all their operands, and tests that are more than their term.
    fn test_node(&mut self, frame: &mut Frame<'_>, id: NodeId, node: &Node, state: State) -> Outcomes {
        match &node.op {
            Op::And(operands) => self.chain(frame, id, operands, true, state),
            Op::Or(operands) => self.chain(frame, id, operands, false, state),
            Op::Not(operand) => {
                let outcomes = self.test(frame, *operand, state);
                let negated = |outcome| match outcome {
                    Outcome::True => Outcome::False,
                    Outcome::False => Outcome::True,
                    Outcome::Error => Outcome::Error,
                };
                outcomes.into_iter().map(|(state, outcome)| (state, negated(outcome))).collect()
            }
            _ => self.comparison(frame, node, state),
        }
    }

    /// `and` goes on after true, `or` after false.
    fn chain(
        &mut self,
        frame: &mut Frame<'_>,
        id: NodeId,
        operands: &[NodeId],
        and: bool,
        state: State,
    ) -> Outcomes {
        let base = state.clone();
        let (on, end) = if and { (Outcome::True, Outcome::False) } else { (Outcome::False, Outcome::True) };
        let mut open = vec![state];
        let mut done = Outcomes::new();
        let entered = self.watch.as_ref().map_or(0, Watch::depth);
        for operand in operands {
            let mut next = Vec::new();
            for state in open {
                let outcomes = self.test(frame, *operand, state);
                self.watched(frame, *operand, Some(id), if and { Role::And } else { Role::Or }, &outcomes);
                for (state, outcome) in outcomes {
                    if outcome == on { next.push(state) } else { done.push((state, outcome)) }
                }
            }
            open = next;
            // What tells many ways apart is worth less than going on.
            if open.len() > MAX_WAYS {
                open = vec![base.clone()];
            }
            if done.len() > MAX_WAYS {
                let (ended, failed) = (
                    done.iter().any(|(_, outcome)| *outcome == end),
                    done.iter().any(|(_, outcome)| *outcome == Outcome::Error),
                );
                done.clear();
                done.extend(ended.then(|| (base.clone(), end)));
                done.extend(failed.then(|| (base.clone(), Outcome::Error)));
            }
            if frame.is_base
                && let Some(watch) = &mut self.watch
            {
                watch.enter(*operand, and);
            }
            if open.is_empty() {
                break;
            }
        }
        if let Some(watch) = &mut self.watch {
            watch.leave(entered);
        }
        done.extend(open.into_iter().map(|state| (state, on)));
        done
    }

    pub(super) fn watched(
        &mut self,
        frame: &Frame<'_>,
        id: NodeId,
        parent: Option<NodeId>,
        role: Role,
        outcomes: &Outcomes,
    ) {
        if frame.is_base
            && let Some(watch) = &mut self.watch
        {
            watch.see(id, parent, role, &frame.locals, outcomes);
        }
    }

    /// All of several operands, left to right; `None` in place of the terms where one failed.
    pub(super) fn operands(
        &mut self,
        frame: &mut Frame<'_>,
        nodes: &[NodeId],
        state: State,
    ) -> Vec<(State, Option<Vec<Term>>)> {
        let mut ways = vec![(state, Some(Vec::with_capacity(nodes.len())))];
        for node in nodes {
            let mut next = Vec::with_capacity(ways.len());
            for (state, terms) in ways {
                let Some(terms) = terms else {
                    next.push((state, None));
                    continue;
                };
                for (state, value) in self.value(frame, *node, state) {
                    let terms = value.map(|value| {
                        let mut terms: Vec<Term> = terms.clone();
                        terms.push(value);
                        terms
                    });
                    next.push((state, terms));
                }
            }
            if next.len() > 2 * MAX_WAYS {
                self.exhausted = true;
                return Vec::new();
            }
            ways = next;
        }
        ways
    }

    fn operation(&mut self, frame: &mut Frame<'_>, node: &Node, state: State) -> Ways {
        match &node.op {
            Op::Const(value) => {
                let term = self.terms.constant(value, &node.ty);
                vec![(state, Some(term))]
            }
            Op::Param(at) => self.leaf(Kind::Param(*at), node, state),
            Op::Principal => {
                let term = self.principal();
                vec![(state, Some(term))]
            }
            Op::Resource => {
                let term = self.resource();
                vec![(state, Some(term))]
            }
            Op::Action => match &self.actions[..] {
                [only] => {
                    let only = only.clone();
                    let term = self.terms.constant(&only, &Type::Action);
                    vec![(state, Some(term))]
                }
                _ => self.leaf(Kind::Action, node, state),
            },
            Op::Context => self.leaf(Kind::Context, node, state),
            Op::Now => self.leaf(Kind::Now, node, state),
            Op::Local(local) => match frame.locals.get(*local as usize).copied().flatten() {
                Some(term) => vec![(state, Some(term))],
                None => self.leaf(Kind::Given(*local, node.ty.clone()), node, state),
            },
            Op::Let { local, value, body } => {
                let mut ways = Ways::new();
                for (state, value) in self.value(frame, *value, state) {
                    match value {
                        None => ways.push((state, None)),
                        Some(term) => {
                            bind(frame, *local, term);
                            ways.extend(self.value(frame, *body, state));
                        }
                    }
                }
                ways
            }
            Op::Call { function, args } => self.call(frame, *function, args, state),
            Op::If { condition, then, otherwise } => {
                self.conditional(frame, [*condition, *then, *otherwise], state)
            }
            Op::Coalesce(first, second) => self.coalesce(frame, [*first, *second], &node.ty, state),
            Op::Attribute(entity, name) => {
                let name = name.clone();
                self.each(frame, *entity, state, |machine, state, entity, ways| {
                    machine.attribute(state, entity, &name, &node.ty, ways);
                })
            }
            Op::Field(record, name) => self.each(frame, *record, state, |machine, state, record, ways| {
                let field = machine.field(record, name, &node.ty);
                ways.push((state, Some(field)));
            }),
            Op::Unwrap(optional) => self.each(frame, *optional, state, |machine, mut state, term, ways| {
                // The checker has shown that it is there.
                if let Some(value) = machine.present(&mut state, term) {
                    ways.push((state, Some(value)));
                }
            }),
            Op::Narrow(entity) => self.each(frame, *entity, state, |machine, mut state, term, ways| {
                if let Type::Entity(types) = &node.ty {
                    let type_of = machine.type_of(term);
                    if !machine.assume(&mut state, type_of, &types_possible(types)) {
                        return;
                    }
                }
                ways.push((state, Some(term)));
            }),
            Op::Convert(operand) => {
                let from = frame.body.nodes.get(operand.0 as usize).map(|node| node.ty.clone());
                self.each(frame, *operand, state, |machine, state, term, ways| {
                    let term = machine.converted(term, from.as_ref(), &node.ty);
                    ways.push((state, Some(term)));
                })
            }
            Op::Arithmetic(operation, a, b) => {
                let kind = Kind::Arithmetic(*operation);
                self.arithmetic(frame, kind, &[*a, *b], &node.ty, state)
            }
            Op::Neg(a) => self.arithmetic(frame, Kind::Neg, &[*a], &node.ty, state),
            Op::Index(map, key) => self.simple(frame, Kind::Index, &[*map, *key], &node.ty, state),
            Op::Ancestors(entity) => self.simple(frame, Kind::Ancestors, &[*entity], &node.ty, state),
            Op::SetOf(elements) => self.simple(frame, Kind::Set, elements, &node.ty, state),
            Op::RecordOf(fields) => {
                let names = match &node.ty {
                    Type::Record(record) => record.fields().iter().map(|field| field.name.clone()).collect(),
                    _ => Vec::new(),
                };
                self.simple(frame, Kind::Record(names), fields, &node.ty, state)
            }
            Op::MapOf(entries) => {
                let (names, values): (Vec<SmolStr>, Vec<NodeId>) = entries.iter().cloned().unzip();
                self.simple(frame, Kind::Map(names), &values, &node.ty, state)
            }
            Op::Builtin(builtin, args) => self.builtin(frame, *builtin, args, &node.ty, state),
            Op::Quantifier { all, local, filter, set, body } => {
                self.quantifier(frame, (*all, *local, filter.as_ref()), *set, *body, state)
            }
            _ => {
                self.exhausted = true;
                Vec::new()
            }
        }
    }

    fn leaf(&mut self, kind: Kind, node: &Node, state: State) -> Ways {
        let term = self.terms.term(kind, Vec::new(), &node.ty);
        vec![(state, Some(term))]
    }

    /// Goes on with the value of one operand.
    pub(super) fn each(
        &mut self,
        frame: &mut Frame<'_>,
        operand: NodeId,
        state: State,
        mut then: impl FnMut(&mut Self, State, Term, &mut Ways),
    ) -> Ways {
        let mut ways = Ways::new();
        for (state, value) in self.value(frame, operand, state) {
            match value {
                None => ways.push((state, None)),
                Some(term) => then(self, state, term, &mut ways),
            }
        }
        ways
    }

    /// An operation that never fails, on operands that are all evaluated.
    pub(super) fn simple(
        &mut self,
        frame: &mut Frame<'_>,
        kind: Kind,
        operands: &[NodeId],
        ty: &Type,
        state: State,
    ) -> Ways {
        let ways = self.operands(frame, operands, state);
        ways.into_iter()
            .map(|(state, parts)| (state, parts.map(|parts| self.made(kind.clone(), parts, ty))))
            .collect()
    }

    /// The term, or its value if all parts are constants.
    pub(super) fn made(&mut self, kind: Kind, parts: Vec<Term>, ty: &Type) -> Term {
        let term = self.terms.term(kind, parts, ty);
        match self.folded(term) {
            Some(value) => self.terms.constant(&value, ty),
            None => term,
        }
    }

    fn conditional(
        &mut self,
        frame: &mut Frame<'_>,
        [condition, then, otherwise]: [NodeId; 3],
        state: State,
    ) -> Ways {
        let outcomes = self.test(frame, condition, state);
        self.watched(frame, condition, None, Role::If, &outcomes);
        let mut ways = Ways::new();
        for (state, outcome) in outcomes {
            if outcome == Outcome::Error {
                ways.push((state, None));
                continue;
            }
            let taken = outcome == Outcome::True;
            let entered = self.watch.as_ref().map_or(0, Watch::depth);
            if frame.is_base
                && let Some(watch) = &mut self.watch
            {
                watch.enter(condition, taken);
            }
            ways.extend(self.value(frame, if taken { then } else { otherwise }, state));
            if let Some(watch) = &mut self.watch {
                watch.leave(entered);
            }
        }
        ways
    }

    fn coalesce(
        &mut self,
        frame: &mut Frame<'_>,
        [first, second]: [NodeId; 2],
        ty: &Type,
        state: State,
    ) -> Ways {
        let mut ways = Ways::new();
        for (state, value) in self.value(frame, first, state) {
            let Some(term) = value else {
                ways.push((state, None));
                continue;
            };
            let there = self.is_some(term);
            let mut outcomes = Outcomes::new();
            self.split(state, there, &mut outcomes);
            for (mut state, outcome) in outcomes {
                if outcome == Outcome::False {
                    ways.extend(self.value(frame, second, state));
                } else if matches!(ty, Type::Optional(_)) {
                    ways.push((state, Some(term)));
                } else if let Some(value) = self.present(&mut state, term) {
                    ways.push((state, Some(value)));
                }
            }
        }
        ways
    }

    fn call(&mut self, frame: &mut Frame<'_>, function: u32, args: &[NodeId], state: State) -> Ways {
        let Some(checked) = (self.library.function)(function) else {
            self.exhausted = true;
            return Vec::new();
        };
        let mut ways = Ways::new();
        for (state, args) in self.operands(frame, args, state) {
            let Some(args) = args else {
                ways.push((state, None));
                continue;
            };
            let mut inner = Frame {
                body: &checked.body,
                patterns: &checked.patterns,
                locals: args.into_iter().map(Some).collect(),
                is_base: false,
            };
            let Some(root) = inner.root() else { continue };
            ways.extend(self.value(&mut inner, root, state));
        }
        ways
    }

    /// Reads an attribute: the data may lack the entity.
    fn attribute(&mut self, state: State, entity: Term, name: &SmolStr, ty: &Type, ways: &mut Ways) {
        let value = self.terms.term(Kind::Attribute(name.clone(), ty.clone()), vec![entity], ty);
        let closed = |types: &EntityTypes| {
            let optional = |ty: assize_runtime::types::EntityTypeId| {
                let ty = self.library.schema.entity_types.get(ty.index());
                ty.is_some_and(|ty| {
                    ty.closed.is_some() && ty.attributes.field(name).is_some_and(|(_, field)| field.optional)
                })
            };
            let count = types.iter().filter(|ty| optional(*ty)).count();
            (count > 0, count == types.iter().len())
        };
        // An entity of a closed type is known by its name alone.
        let (some_closed, all_closed) = match self.terms.ty(entity) {
            Type::Entity(types) => closed(types),
            _ => (true, false),
        };
        if all_closed {
            ways.push((state, Some(value)));
            return;
        }
        let exists = self.terms.test(Kind::Exists, vec![entity]);
        let mut outcomes = Outcomes::new();
        self.split(state, exists, &mut outcomes);
        for (state, outcome) in outcomes {
            if outcome == Outcome::True {
                ways.push((state, Some(value)));
                continue;
            }
            if some_closed {
                ways.push((state.clone(), Some(value)));
            }
            ways.push((state, None));
        }
    }

    pub(super) fn field(&mut self, record: Term, name: &SmolStr, ty: &Type) -> Term {
        let value = match self.terms.kind(record) {
            Kind::Const(Value::Record(fields)) => Some(fields.get(name).cloned().unwrap_or(Value::Absent)),
            Kind::Record(names) => {
                if let Some(at) = names.iter().position(|known| known == name)
                    && let Some(part) = self.terms.parts(record).get(at)
                {
                    return *part;
                }
                None
            }
            // What a conversion left out is not asked for here.
            Kind::Convert(_) if !has_record(ty) => {
                let inner = self.terms.parts(record).first().copied();
                if let Some(inner) = inner {
                    return self.field(inner, name, ty);
                }
                None
            }
            _ => None,
        };
        match value {
            Some(value) => self.terms.constant(&value, ty),
            None => self.terms.term(Kind::Field(name.clone(), ty.clone()), vec![record], ty),
        }
    }

    /// Whether an optional is there, as a test.
    pub(super) fn is_some(&mut self, term: Term) -> Term {
        match (self.terms.value(term), self.terms.ty(term)) {
            (Some(value), _) => {
                let there = *value != Value::Absent;
                self.terms.truth(there)
            }
            (None, Type::Optional(_)) => self.terms.test(Kind::IsSome, vec![term]),
            _ => self.terms.truth(true),
        }
    }

    /// The value of an optional that is there; `None` if it cannot be.
    fn present(&mut self, state: &mut State, term: Term) -> Option<Term> {
        if let Some(value) = self.terms.value(term) {
            return (*value != Value::Absent).then_some(term);
        }
        let Type::Optional(inner) = self.terms.ty(term).clone() else { return Some(term) };
        let there = self.terms.test(Kind::IsSome, vec![term]);
        self.assume_test(state, there, true).then(|| self.terms.term(Kind::Unwrap, vec![term], &inner))
    }

    /// The value as another type: records may lose fields, nothing else changes.
    fn converted(&mut self, term: Term, from: Option<&Type>, to: &Type) -> Term {
        if !has_record(to) || from == Some(to) {
            return term;
        }
        match self.terms.value(term).cloned() {
            Some(value) => self.terms.constant(&assize_runtime::fit::convert(&value, to), to),
            None => self.terms.term(Kind::Convert(to.clone()), vec![term], to),
        }
    }

    pub(super) fn type_of(&mut self, entity: Term) -> Term {
        self.terms.term(Kind::TypeOf, vec![entity], &Type::Never)
    }

    pub(super) fn arithmetic(
        &mut self,
        frame: &mut Frame<'_>,
        kind: Kind,
        operands: &[NodeId],
        ty: &Type,
        state: State,
    ) -> Ways {
        let mut ways = Ways::new();
        for (state, parts) in self.operands(frame, operands, state) {
            let Some(parts) = parts else {
                ways.push((state, None));
                continue;
            };
            let ends = match (&kind, &parts[..]) {
                (Kind::Arithmetic(operation), [a, b]) => self.interval(&state, *operation, *a, *b),
                (_, [a]) => self.ends(&state, *a).map(|(least, greatest)| (-greatest, -least)),
                _ => None,
            };
            let fits = |end: i128| i64::try_from(end).is_ok();
            let safe = ends.is_some_and(|(least, greatest)| fits(least) && fits(greatest));
            let term = self.terms.term(kind.clone(), parts, ty);
            // Once it was computed it can be computed again.
            let computed = state.get(term).is_some();
            if !safe && !computed {
                ways.push((state.clone(), None));
            }
            let mut state = state;
            let possible = self.possible(&state, term);
            if self.assume(&mut state, term, &possible) {
                ways.push((state, Some(term)));
            }
        }
        ways
    }
}

/// Nodes whose outcomes are found without a term of their own.
fn is_test(op: &Op) -> bool {
    matches!(
        op,
        Op::And(_)
            | Op::Or(_)
            | Op::Not(_)
            | Op::Eq(..)
            | Op::Compare(..)
            | Op::In(..)
            | Op::InAny(..)
            | Op::ActionIn(..)
            | Op::ActionInAny(..)
            | Op::IsType(..)
            | Op::HasAttribute(..)
            | Op::HasField(..)
            | Op::IsSome(_)
            | Op::Contains(..)
            | Op::Like { .. }
            | Op::Matches { .. }
            | Op::GrantFact(..)
    )
}

pub(super) fn bind(frame: &mut Frame<'_>, local: u32, term: Term) {
    let at = local as usize;
    if frame.locals.len() <= at {
        frame.locals.resize(at + 1, None);
    }
    frame.locals[at] = Some(term);
}

pub(super) fn types_possible(types: &EntityTypes) -> super::possible::Possible {
    use super::ranges::Ranges;
    super::possible::Possible::Ranges(Ranges::union(
        types.iter().map(|ty| Ranges::one((0, u128::from(ty.0)))),
    ))
}

fn has_record(ty: &Type) -> bool {
    match ty {
        Type::Record(_) => true,
        Type::Set(inner) | Type::Map(inner) | Type::Optional(inner) => has_record(inner),
        _ => false,
    }
}
