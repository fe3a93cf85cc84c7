//! Tests of values: equality, order, membership, types, presence, and built-ins.

use assize_runtime::Value;
use assize_runtime::builtins::{BuiltinId, Sig};
use assize_runtime::program::{self, Arithmetic, Node, NodeId, Op};
use assize_runtime::types::Type;
use smol_str::SmolStr;

use super::builtins;
use super::evaluate::types_possible;
use super::facts::ordered;
use super::possible::Possible;
use super::ranges::{Key, Ranges, key};
use super::state::State;
use super::terms::{Kind, Term};
use super::{Frame, Machine, Outcome, Outcomes, Ways};

/// Sets written out or constant are taken apart up to this size.
const MAX_PARTS: usize = 8;

/// What compiling a regular expression costs.
const REGEX_COST: usize = 2_000;

impl Machine<'_> {
    /// A test whose operands are all evaluated first.
    pub(super) fn comparison(&mut self, frame: &mut Frame<'_>, node: &Node, state: State) -> Outcomes {
        let mut operands = Vec::new();
        node.op.operands(|operand| operands.push(operand));
        let types: Vec<Type> = operands.iter().map(|operand| static_type(frame, *operand)).collect();
        let patterns = frame.patterns;
        let mut outcomes = Outcomes::new();
        for (state, parts) in self.operands(frame, &operands, state) {
            let Some(parts) = parts else {
                outcomes.push((state, Outcome::Error));
                continue;
            };
            match (&node.op, &parts[..]) {
                (Op::Eq(..), [a, b]) => self.equal(state, *a, *b, &mut outcomes),
                (Op::Compare(ordering, ..), [a, b]) => self.compare(state, *ordering, *a, *b, &mut outcomes),
                (Op::In(..), [_, _]) => {
                    let test = self.terms.test(Kind::In, parts);
                    self.split(state, test, &mut outcomes);
                }
                (Op::InAny(..), [element, set]) => self.in_any(state, *element, *set, &mut outcomes),
                (Op::ActionIn(..) | Op::ActionInAny(..), [action, group]) => {
                    let kind =
                        if matches!(node.op, Op::ActionIn(..)) { Kind::ActionIn } else { Kind::ActionInAny };
                    self.action_in(state, kind, *action, *group, &mut outcomes);
                }
                (Op::IsType(_, types), [entity]) => {
                    let type_of = self.type_of(*entity);
                    self.member(state, type_of, &types_possible(types), &mut outcomes);
                }
                (Op::HasAttribute(_, name), [entity]) => {
                    let test = self.has(*entity, name);
                    self.split(state, test, &mut outcomes);
                }
                (Op::HasField(_, name), [record]) => {
                    let test = self.has_field(*record, &types[0], name);
                    self.split(state, test, &mut outcomes);
                }
                (Op::IsSome(_), [optional]) => {
                    let test = self.is_some(*optional);
                    self.split(state, test, &mut outcomes);
                }
                (Op::Contains(..), [set, element]) => self.contains(state, *set, *element, &mut outcomes),
                (Op::Like { pattern, .. }, [text]) => match patterns.like.get(*pattern as usize) {
                    Some(pattern) => self.like(state, *text, pattern, &mut outcomes),
                    None => self.exhausted = true,
                },
                (Op::Matches { regex, .. }, [_]) => match patterns.regexes.get(*regex as usize) {
                    Some(regex) => {
                        let test = self.made(Kind::Matches(regex.clone()), parts, &Type::Bool);
                        self.split(state, test, &mut outcomes);
                    }
                    None => self.exhausted = true,
                },
                (Op::GrantFact(grant, _), _) => {
                    let test = self.terms.test(Kind::GrantFact(*grant, types.clone()), parts);
                    self.split(state, test, &mut outcomes);
                }
                _ => self.exhausted = true,
            }
        }
        outcomes
    }

    /// Whether a term is one of `set`, which is exact.
    fn member(&mut self, state: State, term: Term, set: &Possible, outcomes: &mut Outcomes) {
        let possible = self.possible(&state, term);
        let (inside, outside) = (possible.and(set), possible.minus(set));
        let (yes, no) = (!inside.is_empty(), !outside.is_empty());
        let other = (yes && no).then(|| state.clone());
        let mut state = state;
        if yes && self.assume(&mut state, term, &inside) {
            outcomes.push((state, Outcome::True));
            if let Some(mut other) = other
                && self.assume(&mut other, term, &outside)
            {
                outcomes.push((other, Outcome::False));
            }
        } else if let Some(mut other) = other {
            if self.assume(&mut other, term, &outside) {
                outcomes.push((other, Outcome::False));
            }
        } else if no && self.assume(&mut state, term, &outside) {
            outcomes.push((state, Outcome::False));
        }
    }

    fn equal(&mut self, state: State, a: Term, b: Term, outcomes: &mut Outcomes) {
        if a == b {
            outcomes.push((state, Outcome::True));
            return;
        }
        match (self.terms.value(a).cloned(), self.terms.value(b).cloned()) {
            (Some(left), Some(right)) => {
                outcomes.push((state, if left == right { Outcome::True } else { Outcome::False }));
            }
            (Some(value), None) => self.equal_value(state, b, &value, outcomes),
            (None, Some(value)) => self.equal_value(state, a, &value, outcomes),
            (None, None) if self.has_keys(a) && self.has_keys(b) => {
                self.by_order(state, a, b, [false, true, false], outcomes);
            }
            (None, None) => {
                let same = self.terms.test(Kind::Same, ordered(a, b));
                self.split(state, same, outcomes);
            }
        }
    }

    fn equal_value(&mut self, state: State, term: Term, value: &Value, outcomes: &mut Outcomes) {
        if let Value::Entity(uid) = value {
            let type_of = self.type_of(term);
            let types = self.possible(&state, type_of);
            if types.ranges().is_some_and(|types| !types.contains((0, u128::from(uid.ty.0)))) {
                outcomes.push((state, Outcome::False));
                return;
            }
        }
        self.member(state, term, &Possible::just(value), outcomes);
    }

    fn has_keys(&self, term: Term) -> bool {
        let ordered = |ty: &Type| {
            matches!(
                ty,
                Type::Int | Type::Decimal | Type::Datetime | Type::Duration | Type::Enum(_) | Type::Ip
            )
        };
        ordered(self.terms.ty(term))
    }

    /// A test of how two values are ordered: whether it is true for less, equal, greater.
    fn by_order(&mut self, state: State, a: Term, b: Term, mut holds: [bool; 3], outcomes: &mut Outcomes) {
        let pair = ordered(a, b);
        if pair[0] != a {
            holds.reverse();
        }
        let order = self.terms.term(Kind::Order, pair, &Type::Never);
        let keys = (0..3u8).filter(|at| holds[usize::from(*at)]).map(|at| Ranges::one((0, u128::from(at))));
        let set = Possible::Ranges(Ranges::union(keys));
        self.member(state, order, &set, outcomes);
    }

    fn compare(
        &mut self,
        state: State,
        ordering: program::Ordering,
        a: Term,
        b: Term,
        outcomes: &mut Outcomes,
    ) {
        let holds = match ordering {
            program::Ordering::Less => [true, false, false],
            program::Ordering::LessEqual => [true, true, false],
            program::Ordering::Greater => [false, false, true],
            program::Ordering::GreaterEqual => [false, true, true],
        };
        if a == b {
            outcomes.push((state, if holds[1] { Outcome::True } else { Outcome::False }));
            return;
        }
        let (left, right) = (self.terms.value(a).and_then(key), self.terms.value(b).and_then(key));
        match (left, right) {
            (Some(left), Some(right)) => {
                let at = match left.cmp(&right) {
                    std::cmp::Ordering::Less => 0,
                    std::cmp::Ordering::Equal => 1,
                    std::cmp::Ordering::Greater => 2,
                };
                outcomes.push((state, if holds[at] { Outcome::True } else { Outcome::False }));
            }
            (None, Some(limit)) => self.member(state, a, &beside(limit, holds), outcomes),
            (Some(limit), None) => {
                let [less, equal, greater] = holds;
                self.member(state, b, &beside(limit, [greater, equal, less]), outcomes);
            }
            (None, None) => self.by_order(state, a, b, holds, outcomes),
        }
    }

    /// Some of the tests, or all of them; each is a term that is true or false.
    fn several(&mut self, state: State, tests: &[Term], all: bool, outcomes: &mut Outcomes) {
        let (on, end) = if all { (Outcome::True, Outcome::False) } else { (Outcome::False, Outcome::True) };
        let mut open = vec![state];
        for test in tests {
            let mut next = Vec::new();
            for state in open {
                let mut ways = Outcomes::new();
                self.split(state, *test, &mut ways);
                for (state, outcome) in ways {
                    if outcome == on { next.push(state) } else { outcomes.push((state, end)) }
                }
            }
            open = next;
        }
        outcomes.extend(open.into_iter().map(|state| (state, on)));
    }

    fn in_any(&mut self, state: State, element: Term, set: Term, outcomes: &mut Outcomes) {
        let parts = self.terms.parts(set).to_vec();
        match self.terms.kind(set).clone() {
            Kind::Const(Value::Set(set)) if set.is_empty() => outcomes.push((state, Outcome::False)),
            Kind::Const(Value::Set(set)) if set.len() == 1 => {
                let Some(only) = set.first() else { return };
                let only = self.constant(only);
                let test = self.terms.test(Kind::In, vec![element, only]);
                self.split(state, test, outcomes);
            }
            Kind::Set if parts.len() <= MAX_PARTS => {
                let tests: Vec<Term> =
                    parts.into_iter().map(|part| self.terms.test(Kind::In, vec![element, part])).collect();
                self.several(state, &tests, false, outcomes);
            }
            _ => {
                let test = self.terms.test(Kind::InAny, vec![element, set]);
                self.split(state, test, outcomes);
            }
        }
    }

    /// For which of the actions that it can be it is true.
    fn action_in(&mut self, state: State, kind: Kind, action: Term, group: Term, outcomes: &mut Outcomes) {
        let test = self.made(kind.clone(), vec![action, group], &Type::Bool);
        if let (Some(group), Some(actions)) =
            (self.terms.value(group).cloned(), self.possible(&state, action).values().cloned())
            && self.spend(actions.len())
        {
            let holds = |machine: &mut Self, action: &Value| {
                machine.compute(&kind, &[action.clone(), group.clone()]) == Some(Value::Bool(true))
            };
            let inside: Vec<Value> = actions.iter().filter(|action| holds(self, action)).cloned().collect();
            if let Some(inside) = Possible::among(inside.iter()) {
                self.member(state, action, &inside, outcomes);
                return;
            }
        }
        self.split(state, test, outcomes);
    }

    /// The test whether the data holds an entity with this attribute.
    fn has(&mut self, entity: Term, name: &SmolStr) -> Term {
        let always = match self.terms.ty(entity) {
            Type::Entity(types) => types.iter().all(|ty| {
                let ty = self.library.schema.entity_types.get(ty.index());
                ty.and_then(|ty| ty.attributes.field(name)).is_some_and(|(_, field)| !field.optional)
            }),
            _ => false,
        };
        let kind = if always { Kind::Exists } else { Kind::HasAttribute(name.clone()) };
        self.terms.test(kind, vec![entity])
    }

    fn has_field(&mut self, record: Term, ty: &Type, name: &SmolStr) -> Term {
        let field = match ty {
            Type::Record(record) => record.field(name).map(|(_, field)| field.clone()),
            _ => None,
        };
        match field {
            Some(field) if !field.optional => self.terms.truth(true),
            Some(field) => {
                let value = self.field(record, name, &Type::optional(field.ty));
                self.is_some(value)
            }
            None => self.terms.unknown(&Type::Bool),
        }
    }

    fn contains(&mut self, state: State, set: Term, element: Term, outcomes: &mut Outcomes) {
        let parts = self.terms.parts(set).to_vec();
        match self.terms.kind(set).clone() {
            Kind::Const(Value::Set(values)) if values.is_empty() => outcomes.push((state, Outcome::False)),
            Kind::Const(Value::Set(values)) if self.terms.value(element).is_none() => {
                match Possible::among(values.iter()) {
                    Some(set) => self.member(state, element, &set, outcomes),
                    None => self.exhausted = true,
                }
            }
            Kind::Set if parts.len() <= MAX_PARTS => {
                let mut open = vec![state];
                for part in parts {
                    let mut next = Vec::new();
                    for state in open {
                        let mut ways = Outcomes::new();
                        self.equal(state, part, element, &mut ways);
                        for (state, outcome) in ways {
                            if outcome == Outcome::False {
                                next.push(state);
                            } else {
                                outcomes.push((state, outcome));
                            }
                        }
                    }
                    open = next;
                }
                outcomes.extend(open.into_iter().map(|state| (state, Outcome::False)));
            }
            _ => {
                let test = self.made(Kind::Contains, vec![set, element], &Type::Bool);
                self.split(state, test, outcomes);
            }
        }
    }

    fn like(&mut self, state: State, text: Term, pattern: &program::LikePattern, outcomes: &mut Outcomes) {
        if let [only] = &*pattern.parts {
            return self.equal_text(state, text, only, outcomes);
        }
        let test = self.made(Kind::Like(pattern.clone()), vec![text], &Type::Bool);
        let affixes = [("starts_with", pattern.parts.first()), ("ends_with", pattern.parts.last())];
        let mut needed = Vec::new();
        for (name, part) in affixes {
            let (Some(part), Some(builtin)) = (part, builtins::on_texts(name)) else { continue };
            if !part.is_empty() {
                let part = self.constant(&Value::String(part.clone()));
                needed.push(self.terms.test(Kind::Builtin(builtin), vec![text, part]));
            }
        }
        let mut ways = Outcomes::new();
        self.split(state, test, &mut ways);
        for (mut state, outcome) in ways {
            // What is true of the whole pattern is true of its ends.
            let possible = outcome != Outcome::True
                || needed.iter().all(|test| {
                    self.terms.value(*test).is_some() || {
                        self.known(&state, *test) != Some(false) && self.assume_test(&mut state, *test, true)
                    }
                });
            if possible {
                outcomes.push((state, outcome));
            }
        }
    }

    fn equal_text(&mut self, state: State, text: Term, only: &SmolStr, outcomes: &mut Outcomes) {
        let only = self.constant(&Value::String(only.clone()));
        self.equal(state, text, only, outcomes);
    }

    pub(super) fn builtin(
        &mut self,
        frame: &mut Frame<'_>,
        builtin: BuiltinId,
        args: &[NodeId],
        ty: &Type,
        state: State,
    ) -> Ways {
        let Some(declared) = builtin.get() else {
            self.exhausted = true;
            return Vec::new();
        };
        let time = declared.params.first() == Some(&Sig::Datetime);
        match declared.name {
            "offset" if time && declared.params.len() == 2 => {
                return self.arithmetic(frame, Kind::Arithmetic(Arithmetic::Add), args, ty, state);
            }
            "since" if time && declared.params.len() == 2 => {
                return self.arithmetic(frame, Kind::Arithmetic(Arithmetic::Sub), args, ty, state);
            }
            _ => {}
        }
        let types: Vec<Type> = args.iter().map(|arg| static_type(frame, *arg)).collect();
        let mut ways = Ways::new();
        for (state, parts) in self.operands(frame, args, state) {
            let Some(parts) = parts else {
                ways.push((state, None));
                continue;
            };
            let mut outcomes = Outcomes::new();
            if self.known_test(&state, builtin, &parts, &types, &mut outcomes) {
                ways.extend(self.as_values(outcomes));
                continue;
            }
            let values: Option<Vec<Value>> =
                parts.iter().map(|part| self.terms.value(*part).cloned()).collect();
            if let Some(values) = values {
                let value = (declared.eval)(&values).ok();
                let value = value.map(|value| self.terms.constant(&value, ty));
                ways.push((state, value));
                continue;
            }
            let term = self.terms.term(Kind::Builtin(builtin), parts, ty);
            let mut state = state;
            if !builtins::is_total(builtin) && state.get(term).is_none() {
                ways.push((state.clone(), None));
                let possible = self.possible(&state, term);
                if !self.assume(&mut state, term, &possible) {
                    continue;
                }
            }
            ways.push((state, Some(term)));
        }
        ways
    }

    /// Built-ins that say the same as other tests; false if this is none of those.
    fn known_test(
        &mut self,
        state: &State,
        builtin: BuiltinId,
        parts: &[Term],
        types: &[Type],
        outcomes: &mut Outcomes,
    ) -> bool {
        let Some(declared) = builtin.get() else { return false };
        let constants: Vec<Option<Value>> =
            parts.iter().map(|part| self.terms.value(*part).cloned()).collect();
        let borrowed: Vec<Option<&Value>> = constants.iter().map(Option::as_ref).collect();
        if let Some((at, ranges)) = builtins::addresses(builtin, &borrowed)
            && let Some(address) = parts.get(at)
        {
            self.member(state.clone(), *address, &Possible::Ranges(ranges), outcomes);
            return true;
        }
        match (declared.name, declared.params, parts) {
            ("contains_key", [Sig::Map(_), _], [map, key]) => {
                let Some(Type::Map(of)) = types.first() else { return false };
                let ty = Type::optional(Type::clone(of));
                let value = self.made(Kind::Index, vec![*map, *key], &ty);
                let test = self.is_some(value);
                self.split(state.clone(), test, outcomes);
                true
            }
            ("contains_all" | "contains_any", [Sig::Set(_), Sig::Set(_)], [set, others]) => {
                let Some(Value::Set(values)) = self.terms.value(*others).cloned() else { return false };
                if values.len() > MAX_PARTS || self.terms.value(*set).is_some() {
                    return false;
                }
                let tests: Vec<Term> = values
                    .iter()
                    .map(|value| {
                        let value = self.constant(value);
                        self.made(Kind::Contains, vec![*set, value], &Type::Bool)
                    })
                    .collect();
                self.several(state.clone(), &tests, declared.name == "contains_all", outcomes);
                true
            }
            ("is_empty", [Sig::String], [text]) => {
                self.equal_text(state.clone(), *text, &SmolStr::default(), outcomes);
                true
            }
            _ => false,
        }
    }

    /// The value of a term whose parts are all constants, if it is one that needs neither request nor data.
    pub(super) fn folded(&mut self, term: Term) -> Option<Value> {
        let parts = self.terms.parts(term);
        let values: Option<Vec<Value>> = parts.iter().map(|part| self.terms.value(*part).cloned()).collect();
        let kind = self.terms.kind(term).clone();
        self.compute(&kind, &values?)
    }

    /// The value of a term with `value` in place of one part, if all others are constants.
    pub(super) fn computed(&mut self, term: Term, part: Term, value: &Value) -> Option<Value> {
        let parts = self.terms.parts(term);
        let values: Option<Vec<Value>> = parts
            .iter()
            .map(|it| if *it == part { Some(value.clone()) } else { self.terms.value(*it).cloned() })
            .collect();
        let kind = self.terms.kind(term).clone();
        self.compute(&kind, &values?)
    }

    fn compute(&mut self, kind: &Kind, values: &[Value]) -> Option<Value> {
        Some(match (kind, values) {
            (Kind::Set, _) => Value::Set(std::sync::Arc::new(values.iter().cloned().collect())),
            (Kind::Record(names), _) if names.len() == values.len() => {
                let fields = names.iter().cloned().zip(values.iter().cloned());
                let there = fields.filter(|(_, value)| *value != Value::Absent);
                Value::Record(std::sync::Arc::new(there.collect()))
            }
            (Kind::Map(names), _) if names.len() == values.len() => {
                Value::Map(std::sync::Arc::new(names.iter().cloned().zip(values.iter().cloned()).collect()))
            }
            (Kind::Index, [Value::Map(map), Value::String(key)]) => {
                map.get(key).cloned().unwrap_or(Value::Absent)
            }
            (Kind::Contains, [Value::Set(set), element]) => Value::Bool(set.contains(element)),
            (Kind::Like(pattern), [Value::String(text)]) => Value::Bool(pattern.matches(text)),
            (Kind::Matches(source), [Value::String(text)]) => {
                if !self.spend(REGEX_COST) {
                    return None;
                }
                Value::Bool(program::compile_regex(source).ok()?.is_match(text))
            }
            (Kind::Builtin(builtin), _) => (builtin.get()?.eval)(values).ok()?,
            (Kind::ActionIn | Kind::ActionInAny, [Value::Action(action), groups]) => {
                let actions = &self.library.schema.actions;
                let is_in = |group: &Value| match group {
                    Value::Action(group) => {
                        action == group
                            || actions
                                .get(group.index())
                                .is_some_and(|group| group.includes.binary_search(action).is_ok())
                    }
                    _ => false,
                };
                Value::Bool(match groups {
                    Value::Set(groups) => groups.iter().any(is_in),
                    group => is_in(group),
                })
            }
            (Kind::In, [Value::Entity(a), Value::Entity(b)]) if a == b => Value::Bool(true),
            (Kind::IsSome, [value]) => Value::Bool(*value != Value::Absent),
            _ => return None,
        })
    }
}

fn static_type(frame: &Frame<'_>, id: NodeId) -> Type {
    frame.body.nodes.get(id.0 as usize).map_or(Type::Never, |node| node.ty.clone())
}

/// The keys before, at and after one, as `holds` says. All in the first family: addresses have no order in the language.
fn beside(limit: Key, [less, equal, greater]: [bool; 3]) -> Possible {
    let mut parts = Vec::with_capacity(3);
    if less && let Some(before) = limit.1.checked_sub(1) {
        parts.push(Ranges::span((0, 0), (0, before)));
    }
    if equal {
        parts.push(Ranges::one(limit));
    }
    if greater {
        parts.push(Ranges::span((0, limit.1 + 1), (0, u128::MAX)));
    }
    Possible::Ranges(Ranges::union(parts))
}
