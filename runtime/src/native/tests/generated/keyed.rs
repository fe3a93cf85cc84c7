//! Programs of many policies that differ in constants, made of what an index can answer, between what can err and what no index
//! answers.

use std::sync::Arc;

use super::expressions::admit;
use super::tape::Tape;
use super::values::{entity, value};
use super::world::{DOCUMENT, FOLDER, GROUP, LEVEL, USER, one, people, schema};
use crate::program::*;
use crate::testing::{Expression, policy};
use crate::types::*;
use crate::value::Value;
use crate::verify::Verified;

const READ: ActionId = ActionId(0);

/// Up to 120 policies of up to 8 shapes, for users who read documents.
pub fn program(tape: &mut Tape<'_>) -> Verified {
    let schema = schema();
    let shapes: Vec<Vec<usize>> =
        (0..1 + tape.below(8)).map(|_| (0..tape.below(4)).map(|_| tape.below(CONJUNCTS)).collect()).collect();
    let mut policies = Vec::new();
    let count = 1 + tape.below(120);
    while policies.len() < count && !(tape.is_over() && policies.len() > 8) {
        let shape = tape.one_of(&shapes).clone();
        policies.push(keyed(tape, &schema, policies.len(), &shape));
    }
    admit(Program { schema, policies, ..Program::default() })
}

fn keyed(tape: &mut Tape<'_>, schema: &Schema, at: usize, shape: &[usize]) -> Policy {
    let grant = if tape.once_in(6) { Some(GrantId(0)) } else { None };
    let effect = if grant.is_none() && tape.once_in(3) { Effect::Deny } else { Effect::Allow };
    let within = |tape: &mut Tape<'_>, of, above, param| match tape.below(4) {
        1 => Within::In(entity(tape, above)),
        2 => Within::Is(entity(tape, of)),
        3 if grant.is_some() => Within::InGrantParam(param),
        _ => Within::Anywhere,
    };
    let (principal, resource) = (within(tape, USER, GROUP, 0), within(tape, DOCUMENT, FOLDER, 1));
    let locals = grant.map_or(0, |_| 2);
    let condition = condition(tape, schema, shape, locals);
    let mut obligations = Vec::new();
    if tape.once_in(5) {
        let text = value(tape, &Type::String);
        let arg = Body { nodes: vec![leaf(Op::Const(text), Type::String)], locals };
        obligations.push(ObligationCall { obligation: ObligationId(0), args: vec![arg] });
    }
    let users = EntityTypes::one(USER);
    let documents = EntityTypes::one(DOCUMENT);
    Policy {
        effect,
        trial: tape.once_in(8),
        on_error_skip: tape.once_in(6),
        principal: Pattern { types: Some(users.clone()), within: principal },
        actions: vec![READ],
        resource: Pattern { types: Some(documents.clone()), within: resource },
        grant,
        variants: vec![Variant {
            principals: users,
            actions: vec![READ],
            resources: documents,
            condition,
            obligations,
        }],
        ..policy(&format!("policy-{at}"), effect, None)
    }
}

fn leaf(op: Op, ty: Type) -> Node {
    Node { op, ty, span: Span::default() }
}

fn condition(tape: &mut Tape<'_>, schema: &Schema, shape: &[usize], locals: u32) -> Option<Body> {
    let mut conjuncts = Conjuncts { tape, schema, e: Expression::default(), locals };
    let operands: Vec<NodeId> = shape.iter().map(|which| conjuncts.conjunct(*which)).collect();
    match operands[..] {
        [] => return None,
        [_] => {}
        _ => drop(conjuncts.e.bool(Op::And(operands))),
    }
    Some(Body { nodes: conjuncts.e.nodes, locals: conjuncts.locals })
}

pub(super) struct Conjuncts<'c, 't> {
    pub tape: &'c mut Tape<'t>,
    pub schema: &'c Schema,
    pub e: Expression,
    pub locals: u32,
}

/// Numbers of [`Conjuncts::conjunct`].
pub(super) const CONJUNCTS: usize = 29;

impl Conjuncts<'_, '_> {
    pub(super) fn user(&mut self) -> NodeId {
        self.e.add(Op::Principal, one(USER))
    }

    pub(super) fn document(&mut self) -> NodeId {
        self.e.add(Op::Resource, one(DOCUMENT))
    }

    pub(super) fn of(&mut self, entity: NodeId, name: &str, ty: Type) -> NodeId {
        self.e.add(Op::Attribute(entity, name.into()), ty)
    }

    pub(super) fn constant(&mut self, ty: Type) -> NodeId {
        let value = value(self.tape, &ty);
        self.e.add(Op::Const(value), ty)
    }

    pub(super) fn group(&mut self, ty: EntityTypeId) -> NodeId {
        let group = Value::Entity(entity(self.tape, ty));
        self.e.add(Op::Const(group), one(ty))
    }

    pub(super) fn is_constant(&mut self, of: NodeId, ty: Type) -> NodeId {
        let constant = self.constant(ty);
        self.e.bool(if self.tape.below(2) == 0 { Op::Eq(of, constant) } else { Op::Eq(constant, of) })
    }

    fn set(&mut self, ty: Type) -> NodeId {
        let values = (0..1 + self.tape.below(3)).map(|_| value(self.tape, &ty)).collect();
        self.e.add(Op::Const(Value::Set(Arc::new(values))), Type::set(ty))
    }

    pub(super) fn context(&mut self) -> NodeId {
        let context = self.schema.actions[READ.index()].applies.as_ref().unwrap().context.clone();
        self.e.add(Op::Context, Type::Record(context))
    }

    /// Each that can be a key in some form, and some that cannot.
    pub(super) fn conjunct(&mut self, which: usize) -> NodeId {
        match which {
            0 => {
                let user = self.user();
                let level = self.of(user, "level", Type::Enum(LEVEL));
                self.is_constant(level, Type::Enum(LEVEL))
            }
            1 => {
                let user = self.user();
                self.of(user, "active", Type::Bool)
            }
            2 => {
                let document = self.document();
                let active = self.of(document, "active", Type::Bool);
                self.e.bool(Op::Not(active))
            }
            3 => {
                let user = self.user();
                let name = self.of(user, "name", Type::String);
                self.is_constant(name, Type::String)
            }
            4 => {
                let (user, group) = (self.user(), self.group(GROUP));
                self.e.bool(Op::In(user, group))
            }
            5 => {
                let (user, groups) = (self.user(), self.set(one(GROUP)));
                self.e.bool(Op::InAny(user, groups))
            }
            6 => {
                let (document, folder) = (self.document(), self.group(FOLDER));
                self.e.bool(Op::In(document, folder))
            }
            7 => {
                let user = self.user();
                let tags = self.of(user, "tags", Type::set(Type::String));
                let tag = self.constant(Type::String);
                self.e.bool(Op::Contains(tags, tag))
            }
            8 => {
                let (names, user) = (self.set(Type::String), self.user());
                let name = self.of(user, "name", Type::String);
                self.e.bool(Op::Contains(names, name))
            }
            9 => self.guarded_label(),
            10 => self.label(),
            11 => {
                let document = self.document();
                let owner = self.of(document, "owner", one(USER));
                let name = self.of(owner, "name", Type::String);
                self.is_constant(name, Type::String)
            }
            12 => {
                let document = self.document();
                let owner = self.of(document, "owner", one(USER));
                self.is_constant(owner, one(USER))
            }
            13 => self.e.overflow(),
            14 => {
                let user = self.user();
                let age = self.of(user, "age", Type::Int);
                let one = self.e.int(1);
                let older = self.e.add(Op::Arithmetic(Arithmetic::Add, age, one), Type::Int);
                let bound = self.constant(Type::Int);
                self.e.bool(Op::Compare(Ordering::Less, older, bound))
            }
            15 => {
                let context = self.context();
                let level = self.e.add(Op::Field(context, "level".into()), Type::Enum(LEVEL));
                self.is_constant(level, Type::Enum(LEVEL))
            }
            16 => {
                let context = self.context();
                let about = self.e.add(Op::Field(context, "about".into()), super::world::wide());
                let number = self.e.add(Op::Field(about, "a".into()), Type::Int);
                self.is_constant(number, Type::Int)
            }
            17 => {
                let context = self.context();
                let tags = Type::set(Type::String);
                let optional = self.e.add(Op::Field(context, "tags".into()), Type::optional(tags.clone()));
                let tags = self.e.add(Op::Unwrap(optional), tags);
                let tag = self.constant(Type::String);
                self.e.bool(Op::Contains(tags, tag))
            }
            18 => {
                let either = [self.conjunct(3), self.conjunct(3), self.conjunct(8)];
                self.e.bool(Op::Or(either.into()))
            }
            19 => {
                let neither = [self.conjunct(1), self.conjunct(2)];
                let either = self.e.bool(Op::Or(neither.into()));
                self.e.bool(Op::Not(either))
            }
            20 => self.manager(),
            21 => {
                let document = self.document();
                let viewers = self.of(document, "viewers", Type::set(people()));
                let viewer = self.constant(people());
                self.e.bool(Op::Contains(viewers, viewer))
            }
            22 => {
                let document = self.document();
                let owner = self.of(document, "owner", one(USER));
                let group = self.group(GROUP);
                self.e.bool(Op::In(owner, group))
            }
            23 => self.age(Ordering::Less),
            24 => {
                let low = self.age(Ordering::GreaterEqual);
                let high = self.age(Ordering::Less);
                self.e.bool(Op::And(vec![low, high]))
            }
            25 => {
                let older = self.age(Ordering::Greater);
                self.e.bool(Op::Not(older))
            }
            26 => {
                let bound = self.bound();
                let user = self.user();
                let age = self.of(user, "age", Type::Int);
                self.e.bool(Op::Compare(Ordering::LessEqual, bound, age))
            }
            27 => {
                let (user, document) = (self.user(), self.document());
                let name = self.of(user, "name", Type::String);
                let owner = self.of(document, "owner", one(USER));
                let other = self.of(owner, "name", Type::String);
                self.e.bool(Op::Eq(name, other))
            }
            _ => {
                let both = [self.conjunct(9), self.conjunct(4)];
                self.e.bool(Op::And(both.into()))
            }
        }
    }

    /// A number that differs from policy to policy.
    fn bound(&mut self) -> NodeId {
        let bound = self.tape.below(80) as i64 - 10;
        self.e.int(bound)
    }

    fn age(&mut self, ordering: Ordering) -> NodeId {
        let user = self.user();
        let age = self.of(user, "age", Type::Int);
        let bound = self.bound();
        self.e.bool(Op::Compare(ordering, age, bound))
    }

    fn label(&mut self) -> NodeId {
        let document = self.document();
        let label = self.of(document, "label", Type::optional(Type::String));
        let label = self.e.add(Op::Unwrap(label), Type::String);
        self.is_constant(label, Type::String)
    }

    fn guarded_label(&mut self) -> NodeId {
        let document = self.document();
        let has = self.e.bool(Op::HasAttribute(document, "label".into()));
        let is = self.label();
        self.e.bool(Op::And(vec![has, is]))
    }

    /// `u.manager` bound, present, and a constant.
    fn manager(&mut self) -> NodeId {
        let local = self.locals;
        self.locals += 1;
        let user = self.user();
        let value = self.of(user, "manager", Type::optional(one(USER)));
        let manager = self.e.add(Op::Local(local), Type::optional(one(USER)));
        let is_some = self.e.bool(Op::IsSome(manager));
        let manager = self.e.add(Op::Local(local), Type::optional(one(USER)));
        let manager = self.e.add(Op::Unwrap(manager), one(USER));
        let is = self.is_constant(manager, one(USER));
        let body = self.e.bool(Op::And(vec![is_some, is]));
        self.e.bool(Op::Let { local, value, body })
    }
}
