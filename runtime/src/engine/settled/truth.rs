//! For whom a condition is true, where the resource and the time are given, and of the context what its class says.
//!
//! What does not depend on the principal is evaluated by the interpreter. What depends on nothing else is a mark of the principal. A
//! test of the principal against what is known (`u in d.viewers`) is a set of marks. Everything else is unknown: then native code
//! decides, so this may give up anywhere.

use super::depends::{Depends, Place, is_linear};
use super::plan::Plan;
use super::rows::LiveRows;
use super::sets::{Set, Truth};
use super::subjects::{Mark, Marks};
use crate::interpret::Parts;
use crate::program::{Body, Node, NodeId, Op};
use crate::types::{EntityTypeId, EntityTypes, GrantId, Type};
use crate::value::{EntityUid, EvalError, Value};

/// Larger sets are not looked through one by one.
const MOST_ELEMENTS: usize = 64;
/// Nodes that are looked at for one policy.
const MOST_STEPS: u32 = 4_000;
/// Nesting that is looked into, callers' included: what decides must not need much more stack than the interpreter.
const MOST_DEPTH: u32 = 48;

/// What the request is about, as far as it is known.
pub(super) struct Asked<'w> {
    pub plan: &'w Plan,
    /// At a time in the span, and at its ends.
    pub parts: &'w Parts<'w>,
    pub ends: [&'w Parts<'w>; 2],
    pub principal: EntityTypeId,
    /// What the class of the context says.
    pub atoms: &'w [(Place, NodeId, bool)],
    pub rows: &'w LiveRows,
}

/// A body with what is known of its locals.
pub(super) struct Scope<'w> {
    place: Place,
    body: &'w Body,
    depends: &'w [Depends],
    locals: Vec<Local>,
    /// The same, for the interpreter.
    values: Vec<Option<Value>>,
    /// Inside a quantifier there is less to spend.
    is_repeated: bool,
}

/// What a local stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Local {
    Known,
    Principal,
    Unknown,
}

/// What a node comes to.
enum Found {
    Known(Value),
    Principal,
    Truth(Truth),
    Unknown,
}

impl<'w> Scope<'w> {
    /// Of a body whose first locals have these values.
    pub fn new(plan: &'w Plan, place: Place, values: &[Value]) -> Option<Scope<'w>> {
        let body = place.body(&plan.program)?;
        let depends = plan.dependences.body(place, body)?;
        let mut scope = Scope {
            place,
            body,
            depends,
            locals: vec![Local::Unknown; body.locals as usize],
            values: vec![None; body.locals as usize],
            is_repeated: false,
        };
        for (local, value) in values.iter().enumerate().take(body.locals as usize) {
            scope.bind(local, Found::Known(value.clone()));
        }
        Some(scope)
    }

    fn bind(&mut self, local: usize, found: Found) {
        let (Some(place), Some(value)) = (self.locals.get_mut(local), self.values.get_mut(local)) else {
            return;
        };
        (*place, *value) = match found {
            Found::Known(known) => (Local::Known, Some(known)),
            Found::Truth(truth) if truth == Truth::known(true) => (Local::Known, Some(Value::Bool(true))),
            Found::Truth(truth) if truth == Truth::known(false) => (Local::Known, Some(Value::Bool(false))),
            Found::Principal => (Local::Principal, None),
            Found::Truth(_) | Found::Unknown => (Local::Unknown, None),
        };
    }

    fn node(&self, id: NodeId) -> Option<(&'w Node, Depends)> {
        Some((self.body.nodes.get(id.0 as usize)?, *self.depends.get(id.0 as usize)?))
    }

    /// Whether all locals that a node uses stand for this.
    fn all_locals(&self, depends: Depends, local: Local) -> bool {
        let used = |at: usize| depends.locals >> at & 1 == 1;
        self.locals.iter().enumerate().all(|(at, is)| !used(at) || *is == local)
    }
}

/// Goes through conditions.
pub(super) struct Walk<'a, 'w> {
    pub(super) asked: &'a Asked<'w>,
    marks: &'a mut Marks,
    steps: u32,
    depth: u32,
}

impl<'a, 'w> Walk<'a, 'w> {
    pub fn new(asked: &'a Asked<'w>, marks: &'a mut Marks) -> Self {
        Walk { asked, marks, steps: 0, depth: 0 }
    }

    /// For whom the condition is true.
    pub fn holds(&mut self, mut scope: Scope<'w>) -> Truth {
        match scope.body.nodes.len().checked_sub(1) {
            Some(root) => self.truth(&mut scope, NodeId(root as u32)),
            None => Truth::unknown(true),
        }
    }

    /// Those who are in an entity, or in one of a set.
    pub fn members(&mut self, of: &Value) -> Truth {
        self.marked(of, |uid| Mark::In(uid.clone()))
    }

    fn marked(&mut self, of: &Value, mark: impl Fn(&EntityUid) -> Mark) -> Truth {
        let one = |marks: &mut Marks, value: &Value| match value {
            Value::Entity(uid) => marks.set(mark(uid)),
            _ => None,
        };
        let set = match of {
            Value::Set(elements) => {
                elements.iter().try_fold(Set::NOBODY, |set, element| Some(set.or(one(self.marks, element)?)))
            }
            value => one(self.marks, value),
        };
        set.map_or(Truth::unknown(false), Truth::exactly)
    }

    fn truth(&mut self, scope: &mut Scope<'w>, id: NodeId) -> Truth {
        match self.found(scope, id) {
            Found::Known(Value::Bool(truth)) => Truth::known(truth),
            Found::Truth(truth) => truth,
            _ => Truth::unknown(scope.node(id).is_none_or(|(_, depends)| depends.errs)),
        }
    }

    fn found(&mut self, scope: &mut Scope<'w>, id: NodeId) -> Found {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.depth >= MOST_DEPTH {
            return Found::Unknown;
        }
        self.depth += 1;
        let found = self.look(scope, id);
        self.depth -= 1;
        found
    }

    fn look(&mut self, scope: &mut Scope<'w>, id: NodeId) -> Found {
        let Some((node, depends)) = scope.node(id) else { return Found::Unknown };
        let may_evaluate = !(scope.is_repeated && depends.spends);
        if !depends.principal && !depends.context && scope.all_locals(depends, Local::Known) {
            if !may_evaluate {
                return Found::Unknown;
            }
            if depends.now {
                return match &node.op {
                    Op::Compare(_, a, b) => self.at_both_ends(scope, id, *a, *b),
                    _ => self.operation(scope, node),
                };
            }
            return match self.asked.parts.value(scope.body, id, &scope.values) {
                Ok(value) => Found::Known(value),
                Err(_) if node.ty == Type::Bool => Found::Truth(Truth::unknown(true)),
                Err(_) => Found::Unknown,
            };
        }
        if node.ty == Type::Bool {
            if depends.is_of_context() {
                let told = self.asked.atoms.iter().find(|(place, at, _)| *place == scope.place && *at == id);
                if let Some((.., truth)) = told {
                    return Found::Truth(Truth::known(*truth));
                }
            }
            if may_evaluate && Self::is_of_principal(scope, depends) {
                let mark = Mark::Holds(self.asked.principal, scope.place, id);
                return match self.marks.set(mark) {
                    Some(set) => Found::Truth(Truth::exactly(set)),
                    None => Found::Truth(Truth::unknown(depends.errs)),
                };
            }
        }
        self.operation(scope, node)
    }

    /// Whether a node depends on the principal alone; its locals are all the principal.
    fn is_of_principal(scope: &Scope<'_>, depends: Depends) -> bool {
        let Depends { principal, resource, action, context, now, locals, .. } = depends;
        (principal || locals != 0)
            && !(resource || action || context || now)
            && scope.all_locals(depends, Local::Principal)
    }

    fn operation(&mut self, scope: &mut Scope<'w>, node: &'w Node) -> Found {
        match &node.op {
            Op::Principal => Found::Principal,
            Op::Local(local) => match scope.locals.get(*local as usize) {
                Some(Local::Principal) => Found::Principal,
                _ => Found::Unknown,
            },
            Op::Convert(of) | Op::Narrow(of) => match (self.found(scope, *of), &node.ty) {
                (Found::Principal, Type::Entity(types)) if types.contains(self.asked.principal) => {
                    Found::Principal
                }
                (Found::Truth(truth), Type::Bool) => Found::Truth(truth),
                _ => Found::Unknown,
            },
            Op::And(operands) => self.several(scope, operands, true),
            Op::Or(operands) => self.several(scope, operands, false),
            Op::Not(operand) => Found::Truth(self.truth(scope, *operand).not()),
            Op::If { condition, then, otherwise } => self.choose(scope, *condition, *then, *otherwise),
            Op::Let { local, value, body } => {
                let errs = scope.node(*value).is_none_or(|(_, depends)| depends.errs);
                let value = self.found(scope, *value);
                let erred = errs && !matches!(value, Found::Known(_) | Found::Principal);
                scope.bind(*local as usize, value);
                if erred { Found::Unknown } else { self.found(scope, *body) }
            }
            Op::Call { function, args } => self.call(scope, *function, args),
            Op::Eq(a, b) => match (self.found(scope, *a), self.found(scope, *b)) {
                (Found::Principal, Found::Known(Value::Entity(uid)))
                | (Found::Known(Value::Entity(uid)), Found::Principal) => {
                    Found::Truth(self.is(&Value::Entity(uid)))
                }
                _ => Found::Unknown,
            },
            Op::In(member, group) | Op::InAny(member, group) => {
                match (self.found(scope, *member), self.found(scope, *group)) {
                    (Found::Principal, Found::Known(of)) => Found::Truth(self.members(&of)),
                    _ => Found::Unknown,
                }
            }
            Op::Contains(set, element) => {
                let errs = scope.node(*element).is_none_or(|(_, depends)| depends.errs);
                match (self.found(scope, *set), self.found(scope, *element)) {
                    (Found::Known(set @ Value::Set(_)), Found::Principal) => Found::Truth(self.is(&set)),
                    (Found::Known(Value::Set(set)), _) if set.is_empty() && !errs => {
                        Found::Truth(Truth::known(false))
                    }
                    _ => Found::Unknown,
                }
            }
            Op::Quantifier { all, local, filter, set, body } => {
                self.quantifier(scope, *all, *local, filter.as_ref(), *set, *body)
            }
            Op::GrantFact(grant, args) => self.fact(scope, *grant, args),
            _ => Found::Unknown,
        }
    }

    /// The principal is this entity, or one of a set. An entity of another type has no more to do with it; one in which no principal
    /// of this type can be is as good as one that it is in, and needs no bit of its own.
    pub fn is(&mut self, of: &Value) -> Truth {
        let principal = self.asked.principal;
        let above = self.asked.plan.program.ancestor_types(principal);
        let nests = above.is_some_and(|above| above.contains(principal));
        let own = |uid: &EntityUid| uid.ty == principal;
        let of = match of {
            Value::Set(set) => {
                let own = set.iter().filter(|value| matches!(value, Value::Entity(uid) if own(uid)));
                Value::Set(std::sync::Arc::new(own.cloned().collect()))
            }
            Value::Entity(uid) if !own(uid) => return Truth::known(false),
            value => value.clone(),
        };
        self.marked(&of, |uid| if nests { Mark::Is(uid.clone()) } else { Mark::In(uid.clone()) })
    }

    fn several(&mut self, scope: &mut Scope<'w>, operands: &[NodeId], all: bool) -> Found {
        let mut truth = Truth::known(all);
        for operand in operands {
            let next = self.truth(scope, *operand);
            truth = if all { truth.and(next) } else { truth.or(next) };
            if if all { truth.is_false() } else { truth.is_true() } {
                break;
            }
        }
        Found::Truth(truth)
    }

    fn choose(&mut self, scope: &mut Scope<'w>, condition: NodeId, then: NodeId, otherwise: NodeId) -> Found {
        let condition = self.truth(scope, condition);
        if condition.is_true() {
            return self.found(scope, then);
        }
        if condition.is_false() {
            return self.found(scope, otherwise);
        }
        let (yes, no) = (self.truth(scope, then), self.truth(scope, otherwise));
        Found::Truth(Truth {
            sure: Set::NOBODY,
            maybe: yes.maybe.or(no.maybe),
            may_err: condition.may_err || yes.may_err || no.may_err,
        })
    }

    fn call(&mut self, scope: &mut Scope<'w>, function: u32, args: &[NodeId]) -> Found {
        let Some(mut inner) = Scope::new(self.asked.plan, Place::Function(function), &[]) else {
            return Found::Unknown;
        };
        inner.is_repeated = scope.is_repeated;
        for (local, arg) in args.iter().enumerate() {
            let errs = scope.node(*arg).is_none_or(|(_, depends)| depends.errs);
            let found = self.found(scope, *arg);
            if errs && !matches!(found, Found::Known(_) | Found::Principal) {
                return Found::Unknown;
            }
            inner.bind(local, found);
        }
        match inner.body.nodes.len().checked_sub(1) {
            Some(root) => self.found(&mut inner, NodeId(root as u32)),
            None => Found::Unknown,
        }
    }

    fn quantifier(
        &mut self,
        scope: &mut Scope<'w>,
        all: bool,
        local: u32,
        filter: Option<&EntityTypes>,
        set: NodeId,
        body: NodeId,
    ) -> Found {
        if scope.is_repeated {
            return Found::Unknown;
        }
        let Found::Known(Value::Set(set)) = self.found(scope, set) else { return Found::Unknown };
        if set.len() > MOST_ELEMENTS {
            return Found::Unknown;
        }
        scope.is_repeated = true;
        let mut truth = Truth::known(all);
        for element in set.iter() {
            if let (Some(types), Value::Entity(uid)) = (filter, element)
                && !types.contains(uid.ty)
            {
                continue;
            }
            scope.bind(local as usize, Found::Known(element.clone()));
            let next = self.truth(scope, body);
            // A set has no order: what decides does so whatever another element does.
            truth = if all { truth.and(next) } else { truth.either(next) };
        }
        scope.is_repeated = false;
        Found::Truth(truth)
    }

    fn fact(&mut self, scope: &mut Scope<'w>, grant: GrantId, args: &[NodeId]) -> Found {
        let (mut values, mut principal) = (Vec::with_capacity(args.len()), None);
        for (at, arg) in args.iter().enumerate() {
            let Some((node, _)) = scope.node(*arg) else { return Found::Unknown };
            match self.found(scope, *arg) {
                Found::Known(value) => values.push(Some((value, &node.ty))),
                Found::Principal if principal.is_none() => {
                    principal = Some(at);
                    values.push(None);
                }
                _ => return Found::Unknown,
            }
        }
        let (Some(principal), Some(declared)) =
            (principal, self.asked.plan.program.schema.grants.get(grant.index()))
        else {
            return Found::Unknown;
        };
        // Another column than one of entities holds the principal itself.
        let is_of_entities = match declared.params.get(principal).map(|param| &param.ty) {
            Some(Type::Entity(_)) => true,
            Some(Type::Set(element)) => matches!(**element, Type::Entity(_)),
            _ => false,
        };
        if !is_of_entities {
            return Found::Unknown;
        }
        let asked = self.asked;
        let mut truth = Truth::known(false);
        asked.rows.fitting(asked.parts, grant, &declared.params, &values, &mut |row| {
            if let Some(who) = row.get(principal) {
                truth = truth.either(self.members(who));
            }
        });
        Found::Truth(truth)
    }

    /// A comparison that depends on the time has one answer in the whole span if it has the same at both ends, and what it compares
    /// grows or falls with the time.
    fn at_both_ends(&self, scope: &Scope<'_>, id: NodeId, a: NodeId, b: NodeId) -> Found {
        let depends = |id: NodeId| scope.node(id).is_some_and(|(_, depends)| depends.now);
        let compared = match (depends(a), depends(b)) {
            (true, false) => a,
            (false, true) => b,
            _ => return Found::Unknown,
        };
        if !is_linear(scope.body, scope.depends, compared) {
            return Found::Unknown;
        }
        let [first, last]: [Result<Value, EvalError>; 2] =
            self.asked.ends.map(|parts| parts.value(scope.body, id, &scope.values));
        match (first, last) {
            (Ok(first), Ok(last)) if first == last => Found::Known(first),
            _ => Found::Unknown,
        }
    }
}
