//! Programs of few policies for principals and resources that can be in each other and have several types, whose conditions bind what depends on
//! the principal or the time, call functions that ask for facts and run over sets, ask facts of several columns, and narrow.

use std::sync::Arc;

use super::expressions::admit;
use super::tape::Tape;
use super::values::{entity, value};
use super::world::{DOCUMENT, FOLDER, GROUP, LEVEL, USER, one, people, schema};
use crate::program::*;
use crate::testing::{Expression, policy};
use crate::types::*;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

const READ: ActionId = ActionId(0);
const LIST: ActionId = ActionId(2);
const VIEWER: GrantId = GrantId(0);
const TEAM: GrantId = GrantId(1);

/// Up to eight policies for users and groups who read and list documents and folders.
pub fn program(tape: &mut Tape<'_>) -> Verified {
    let mut program = Program { schema: schema(), ..Program::default() };
    let context = program.schema.actions[READ.index()].applies.as_ref().unwrap().context.clone();
    for at in 0..3 {
        let function = function(tape, at, &context);
        program.functions.push(function);
    }
    for at in 0..1 + tape.below(8) {
        let policy = nested(tape, &context, at);
        program.policies.push(policy);
    }
    admit(program)
}

/// `fn fN(x: people, flag: Bool)`: the later ones call the earlier ones.
fn function(tape: &mut Tape<'_>, at: usize, context: &RecordType) -> Function {
    let mut leaves = Leaves {
        tape,
        e: Expression::default(),
        locals: 2,
        subject: Subject::Local(0, people()),
        resource: None,
        context,
        functions: at,
        quantifiers: 0,
    };
    let tree = leaves.tree(1);
    let flag = leaves.e.bool(Op::Local(1));
    leaves.e.bool(Op::And(vec![tree, flag]));
    let body = Body { nodes: leaves.e.nodes, locals: leaves.locals };
    Function {
        name: format!("m::f{at}").into(),
        params: vec![people(), Type::Bool],
        body,
        origin: Origin::default(),
    }
}

fn nested(tape: &mut Tape<'_>, context: &RecordType, at: usize) -> Policy {
    let grant = match tape.below(4) {
        1 => Some(VIEWER),
        2 => Some(TEAM),
        _ => None,
    };
    let effect = if grant.is_none() && tape.below(2) == 1 { Effect::Deny } else { Effect::Allow };
    let within = |tape: &mut Tape<'_>, of: &[EntityTypeId], above, param: Option<usize>| match tape.below(6) {
        1 => Within::In(entity(tape, above)),
        2 => {
            let ty = *tape.one_of(of);
            Within::Is(entity(tape, ty))
        }
        3 | 4 => param.map_or(Within::Anywhere, Within::InGrantParam),
        _ => Within::Anywhere,
    };
    // The first column of either grant has people, of the one an entity, of the other a set.
    let principal = within(tape, &[USER, GROUP], GROUP, grant.map(|_| 0));
    let resource = within(tape, &[DOCUMENT, FOLDER], FOLDER, (grant == Some(VIEWER)).then_some(1));
    let locals = match grant {
        Some(VIEWER) => 2,
        Some(_) => 3,
        None => 0,
    };
    let users = EntityTypes::new([USER, GROUP]).unwrap();
    let things = EntityTypes::new([DOCUMENT, FOLDER]).unwrap();
    let split = |tape: &mut Tape<'_>, types: &EntityTypes| match tape.below(2) {
        0 => vec![types.clone()],
        _ => types.iter().map(EntityTypes::one).collect::<Vec<_>>(),
    };
    let actions = if tape.below(2) == 0 { vec![READ] } else { vec![READ, LIST] };
    let mut variants = Vec::new();
    let (principals, resources) = (split(tape, &users), split(tape, &things));
    for principals in &principals {
        for resources in &resources {
            let condition = (!tape.once_in(6)).then(|| {
                let mut leaves = Leaves {
                    tape: &mut *tape,
                    e: Expression::default(),
                    locals,
                    subject: Subject::Principal(Type::Entity(principals.clone())),
                    resource: Some(Type::Entity(resources.clone())),
                    context,
                    functions: 3,
                    quantifiers: 0,
                };
                leaves.tree(0);
                Body { nodes: leaves.e.nodes, locals: leaves.locals }
            });
            let obligations = (0..usize::from(tape.once_in(3)) + usize::from(tape.once_in(9)))
                .map(|_| obligation(tape, locals))
                .collect();
            variants.push(Variant {
                principals: principals.clone(),
                actions: actions.clone(),
                resources: resources.clone(),
                condition,
                obligations,
            });
        }
    }
    Policy {
        effect,
        trial: tape.once_in(10),
        on_error_skip: tape.once_in(3),
        principal: Pattern { types: Some(users), within: principal },
        actions,
        resource: Pattern { types: Some(things), within: resource },
        grant,
        variants,
        ..policy(&format!("policy-{at}"), effect, None)
    }
}

/// One that says a text, or how often an action was done: that may err.
fn obligation(tape: &mut Tape<'_>, locals: u32) -> ObligationCall {
    let mut e = Expression::default();
    if tape.below(6) > 0 {
        let text = value(tape, &Type::String);
        e.add(Op::Const(text), Type::String);
        return ObligationCall { obligation: ObligationId(0), args: vec![Body { nodes: e.nodes, locals }] };
    }
    let levels = Value::Set(Arc::new([value(tape, &people())].into()));
    let mut depth = Expression::default();
    let (number, more) = (value(tape, &Type::Int), depth.int(1));
    let number = depth.add(Op::Const(number), Type::Int);
    depth.add(Op::Arithmetic(Arithmetic::Add, more, number), Type::Int);
    e.add(Op::Const(levels), Type::set(people()));
    let args = [e, depth].map(|e| Body { nodes: e.nodes, locals });
    ObligationCall { obligation: ObligationId(1), args: args.into() }
}

/// Who it is about: the principal, or a function's first parameter.
enum Subject {
    Principal(Type),
    Local(u32, Type),
}

struct Leaves<'l, 't> {
    tape: &'l mut Tape<'t>,
    e: Expression,
    locals: u32,
    subject: Subject,
    resource: Option<Type>,
    context: &'l RecordType,
    /// So many may be called.
    functions: usize,
    /// Around what is being made.
    quantifiers: usize,
}

impl Leaves<'_, '_> {
    fn fresh(&mut self) -> u32 {
        self.locals += 1;
        self.locals - 1
    }

    fn subject(&mut self) -> NodeId {
        match &self.subject {
            Subject::Principal(ty) => self.e.add(Op::Principal, ty.clone()),
            Subject::Local(local, ty) => self.e.add(Op::Local(*local), ty.clone()),
        }
    }

    fn types(&self) -> EntityTypes {
        match &self.subject {
            Subject::Principal(Type::Entity(types)) | Subject::Local(_, Type::Entity(types)) => types.clone(),
            _ => EntityTypes::one(USER),
        }
    }

    fn constant(&mut self, ty: Type) -> NodeId {
        let value = value(self.tape, &ty);
        self.e.add(Op::Const(value), ty)
    }

    fn is_after(&mut self) -> NodeId {
        let (now, bound) = (self.e.add(Op::Now, Type::Datetime), self.constant(Type::Datetime));
        self.e.bool(Op::Compare(Ordering::GreaterEqual, now, bound))
    }

    /// Some people; once in a while very many.
    fn some_people(&mut self) -> NodeId {
        let mut people_: std::collections::BTreeSet<Value> =
            (0..self.tape.below(4)).map(|_| value(self.tape, &people())).collect();
        if self.tape.once_in(12) {
            people_.extend(
                (0..70).map(|id| Value::Entity(EntityUid { ty: GROUP, id: format!("group {id}").into() })),
            );
        }
        self.e.add(Op::Const(Value::Set(Arc::new(people_))), Type::set(people()))
    }

    fn as_people(&mut self) -> NodeId {
        let subject = self.subject();
        if self.types() == EntityTypes::new([USER, GROUP]).unwrap() {
            return subject;
        }
        self.e.add(Op::Convert(subject), people())
    }

    fn tree(&mut self, depth: usize) -> NodeId {
        if depth == 3 || self.e.nodes.len() > 120 {
            return self.leaf(depth);
        }
        match self.tape.below(10) {
            1 | 2 => {
                let operands = (0..2 + self.tape.below(2)).map(|_| self.tree(depth + 1)).collect();
                self.e.bool(Op::And(operands))
            }
            3 | 4 => {
                let operands = (0..2 + self.tape.below(2)).map(|_| self.tree(depth + 1)).collect();
                self.e.bool(Op::Or(operands))
            }
            5 => {
                let operand = self.tree(depth + 1);
                self.e.bool(Op::Not(operand))
            }
            6 => {
                let [condition, then, otherwise] = [(); 3].map(|()| self.tree(depth + 1));
                self.e.bool(Op::If { condition, then, otherwise })
            }
            7 => self.bound_truth(depth),
            _ => self.leaf(depth),
        }
    }

    /// `let b = .. in b or ..`
    fn bound_truth(&mut self, depth: usize) -> NodeId {
        let local = self.fresh();
        let value = self.tree(depth + 1);
        let bound = self.e.bool(Op::Local(local));
        let other = self.tree(depth + 1);
        let again = self.e.bool(Op::Local(local));
        let body = match self.tape.below(3) {
            0 => self.e.bool(Op::Or(vec![bound, other, again])),
            1 => self.e.bool(Op::And(vec![other, bound, again])),
            _ => self.e.bool(Op::If { condition: bound, then: other, otherwise: again }),
        };
        self.e.bool(Op::Let { local, value, body })
    }

    fn leaf(&mut self, depth: usize) -> NodeId {
        match self.tape.below(20) {
            0 => {
                let (subject, other) = (self.subject(), self.constant(people()));
                self.e.bool(Op::Eq(subject, other))
            }
            1 => {
                let (subject, other) = (self.subject(), self.constant(people()));
                self.e.bool(Op::In(subject, other))
            }
            2 => {
                let (subject, others) = (self.subject(), self.some_people());
                self.e.bool(Op::InAny(subject, others))
            }
            3 => {
                let (others, subject) = (self.some_people(), self.as_people());
                self.e.bool(Op::Contains(others, subject))
            }
            4 | 5 => self.fact(),
            6 => self.older(),
            7 => self.bound_subject(),
            8 => {
                // `let t = now in t >= ..`
                let local = self.fresh();
                let now = self.e.add(Op::Now, Type::Datetime);
                let (bound, time) =
                    (self.constant(Type::Datetime), self.e.add(Op::Local(local), Type::Datetime));
                let body = self.e.bool(Op::Compare(Ordering::GreaterEqual, time, bound));
                self.e.bool(Op::Let { local, value: now, body })
            }
            9 => self.is_after(),
            10 | 11 if self.functions > 0 => {
                let function = self.tape.below(self.functions) as u32;
                let who = if self.tape.below(3) == 0 { self.constant(people()) } else { self.as_people() };
                let flag = if depth < 3 { self.tree(3) } else { self.e.truth(true) };
                self.e.bool(Op::Call { function, args: vec![who, flag] })
            }
            12 | 13 => self.quantifier(depth),
            14 => {
                let subject = self.subject();
                let level = self.e.add(Op::Attribute(subject, "level".into()), Type::Enum(LEVEL));
                let other = self.of_resource("level", Type::Enum(LEVEL));
                self.e.bool(Op::Eq(level, other))
            }
            15 => {
                let (subject, group) = (self.subject(), self.constant(one(GROUP)));
                let above = self.e.add(Op::Ancestors(subject), Type::set(one(GROUP)));
                self.e.bool(Op::Contains(above, group))
            }
            16 => self.team(),
            17 => self.of_resource("active", Type::Bool),
            18 => self.flag(depth),
            _ => {
                let subject = self.subject();
                self.e.add(Op::Attribute(subject, "active".into()), Type::Bool)
            }
        }
    }

    /// An attribute of the resource; a constant where there is none.
    fn of_resource(&mut self, name: &str, ty: Type) -> NodeId {
        match self.resource.clone() {
            Some(resource) => {
                let resource = self.e.add(Op::Resource, resource);
                self.e.add(Op::Attribute(resource, name.into()), ty)
            }
            None => self.constant(ty),
        }
    }

    fn fact(&mut self) -> NodeId {
        let who = match self.tape.below(4) {
            0 => self.constant(people()),
            _ => self.subject(),
        };
        if self.tape.below(2) == 0 {
            let what = match (self.resource.clone(), self.tape.below(3)) {
                (Some(resource), 1 | 2) => self.e.add(Op::Resource, resource),
                _ => self.constant(one(DOCUMENT)),
            };
            return self.e.bool(Op::GrantFact(VIEWER, vec![who, what]));
        }
        let action = match self.tape.below(3) {
            0 if self.resource.is_some() => self.e.add(Op::Action, Type::Action),
            1 => self.constant(Type::set(Type::Action)),
            _ => self.constant(Type::Action),
        };
        let size = self.constant(Type::Int);
        self.e.bool(Op::GrantFact(TEAM, vec![who, action, size]))
    }

    /// `p is User and p.age + 1 > ..`
    fn older(&mut self) -> NodeId {
        let subject = self.subject();
        let is = self.e.bool(Op::IsType(subject, EntityTypes::one(USER)));
        if !self.types().contains(USER) {
            return is;
        }
        let subject = self.subject();
        let user = self.e.add(Op::Narrow(subject), one(USER));
        let age = self.e.add(Op::Attribute(user, "age".into()), Type::Int);
        let more = self.e.int(1);
        let sum = self.e.add(Op::Arithmetic(Arithmetic::Add, age, more), Type::Int);
        let bound = self.constant(Type::Int);
        let older = self.e.bool(Op::Compare(Ordering::Greater, sum, bound));
        self.e.bool(Op::And(if self.tape.below(4) == 0 { vec![older, is] } else { vec![is, older] }))
    }

    /// `let p = .. in p == .. or p in ..`
    fn bound_subject(&mut self) -> NodeId {
        let local = self.fresh();
        let value = self.as_people();
        let outer = std::mem::replace(&mut self.subject, Subject::Local(local, people()));
        let [one, other] = [(); 2].map(|()| self.leaf(3));
        self.subject = outer;
        let body = self.e.bool(Op::Or(vec![one, other]));
        self.e.bool(Op::Let { local, value, body })
    }

    /// Some of these is the subject, or one below it, or one for whom something else holds.
    fn quantifier(&mut self, depth: usize) -> NodeId {
        if self.quantifiers == 2 {
            return self.e.truth(false);
        }
        self.quantifiers += 1;
        let set = self.some_people();
        let local = self.fresh();
        let filter = (self.tape.below(2) == 0).then(|| EntityTypes::one(*self.tape.one_of(&[USER, GROUP])));
        let ty = filter.clone().map_or(people(), Type::Entity);
        let body = match self.tape.below(4) {
            0 => {
                let (element, subject) = (self.e.add(Op::Local(local), ty), self.subject());
                self.e.bool(Op::In(element, subject))
            }
            1 => {
                let (subject, element) = (self.subject(), self.e.add(Op::Local(local), ty));
                self.e.bool(Op::In(subject, element))
            }
            2 => {
                let element = Subject::Local(local, ty);
                let outer = std::mem::replace(&mut self.subject, element);
                let leaf = self.leaf(depth.max(2));
                self.subject = outer;
                leaf
            }
            _ => self.leaf(depth.max(2)),
        };
        self.quantifiers -= 1;
        let all = self.tape.below(2) == 1;
        self.e.bool(Op::Quantifier { all, local, filter, set, body })
    }

    /// What the context says of a team.
    fn team(&mut self) -> NodeId {
        if self.resource.is_none() {
            return self.is_after();
        }
        let team = |of: &mut Self| {
            let context = of.e.add(Op::Context, Type::Record(of.context.clone()));
            of.e.add(Op::Field(context, "team".into()), people())
        };
        let named = team(self);
        match self.tape.below(4) {
            0 => {
                let subject = self.subject();
                self.e.bool(Op::Eq(named, subject))
            }
            1 => {
                let subject = self.subject();
                self.e.bool(Op::In(subject, named))
            }
            2 => {
                let other = self.constant(people());
                self.e.bool(Op::Eq(named, other))
            }
            _ => {
                let is = self.e.bool(Op::IsType(named, EntityTypes::one(USER)));
                let user = team(self);
                let user = self.e.add(Op::Narrow(user), one(USER));
                let active = self.e.add(Op::Attribute(user, "active".into()), Type::Bool);
                self.e.bool(Op::And(vec![is, active]))
            }
        }
    }

    /// `d.flag ?? ..`
    fn flag(&mut self, depth: usize) -> NodeId {
        if self.resource != Some(one(DOCUMENT)) {
            return self.of_resource("active", Type::Bool);
        }
        let flag = self.of_resource("flag", Type::optional(Type::Bool));
        let otherwise = if depth < 3 { self.leaf(3) } else { self.e.truth(true) };
        self.e.bool(Op::Coalesce(flag, otherwise))
    }
}
