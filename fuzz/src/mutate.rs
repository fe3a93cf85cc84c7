//! One thing wrong with a Program: a part exchanged for another, taken away, given twice or given another number.

use assize_runtime::program::{Body, Effect, Node, NodeId, Op, Pattern, Program, Within};
use assize_runtime::types::{
    ActionId, EntityTypeId, EntityTypes, EnumId, GrantId, ObligationId, RecordType, Type,
};
use assize_runtime::value::Decimal;
use assize_runtime::{EntityUid, Value};

use crate::tape::Tape;

/// Changes one thing; perhaps into what it was.
pub fn once(program: &mut Program, tape: &mut Tape<'_>) {
    match tape.below(10) {
        0 => schema(program, tape),
        1 | 2 => policy(program, tape),
        3 => tables(program, tape),
        _ => node(program, tape),
    }
}

/// Changes a list: one goes, comes twice or takes another's place.
fn list<T: Clone>(items: &mut Vec<T>, tape: &mut Tape<'_>) {
    if items.is_empty() {
        return;
    }
    let at = tape.below(items.len());
    let other = tape.below(items.len());
    match tape.below(4) {
        0 => drop(items.remove(at)),
        1 => items.insert(at, items[other].clone()),
        2 => items[at] = items[other].clone(),
        _ => items.swap(at, other),
    }
}

/// An index near to those that there are.
fn index(tape: &mut Tape<'_>) -> u32 {
    match tape.below(16) {
        0 => u32::MAX,
        1 => tape.below(1 << 16) as u32,
        _ => tape.below(12) as u32,
    }
}

fn types(tape: &mut Tape<'_>) -> EntityTypes {
    let count = 1 + tape.below(3);
    let types = (0..count).map(|_| EntityTypeId(index(tape)));
    EntityTypes::new(types).unwrap_or_else(|| EntityTypes::one(EntityTypeId(0)))
}

fn schema(program: &mut Program, tape: &mut Tape<'_>) {
    let schema = &mut program.schema;
    match tape.below(12) {
        0 => list(&mut schema.entity_types, tape),
        1 => list(&mut schema.enums, tape),
        2 => list(&mut schema.actions, tape),
        3 => list(&mut schema.grants, tape),
        4 => list(&mut schema.obligations, tape),
        5 if !schema.entity_types.is_empty() => {
            let at = tape.below(schema.entity_types.len());
            let ty = &mut schema.entity_types[at];
            match tape.below(5) {
                0 => ty.external = !ty.external,
                1 => ty.parents.push(EntityTypeId(index(tape))),
                2 => list(&mut ty.parents, tape),
                3 => ty.closed = if ty.closed.is_some() { None } else { Some(vec!["a".into(), "b".into()]) },
                _ => ty.attributes = fields(&ty.attributes, tape),
            }
        }
        6 if !schema.actions.is_empty() => {
            let at = tape.below(schema.actions.len());
            let action = &mut schema.actions[at];
            match (&mut action.applies, tape.below(6)) {
                (Some(applies), 0) => applies.principals = types(tape),
                (Some(applies), 1) => applies.resources = types(tape),
                (Some(applies), 2) => applies.context = fields(&applies.context, tape),
                (_, 3) => action.applies = None,
                (_, 4) => action.includes.push(ActionId(index(tape))),
                _ => list(&mut action.includes, tape),
            }
        }
        7 if !schema.grants.is_empty() => {
            let at = tape.below(schema.grants.len());
            let grant = &mut schema.grants[at];
            match tape.below(3) {
                0 => grant.at_most = Some(tape.number()),
                _ => list(&mut grant.params, tape),
            }
        }
        8 if !schema.grants.is_empty() => {
            let at = tape.below(schema.grants.len());
            if let Some(param) = schema.grants[at].params.first_mut() {
                param.ty = ty(&param.ty, tape);
            }
        }
        9 if !schema.obligations.is_empty() => {
            let at = tape.below(schema.obligations.len());
            list(&mut schema.obligations[at].params, tape);
        }
        10 if !schema.enums.is_empty() => {
            let at = tape.below(schema.enums.len());
            let of = &mut schema.enums[at];
            if tape.once_in(2) { of.ordered = !of.ordered } else { list(&mut of.variants, tape) }
        }
        _ => {}
    }
}

fn fields(record: &RecordType, tape: &mut Tape<'_>) -> RecordType {
    let mut all = record.fields().to_vec();
    if all.is_empty() {
        return record.clone();
    }
    let at = tape.below(all.len());
    match tape.below(3) {
        0 => all[at].optional = !all[at].optional,
        1 => all[at].ty = ty(&all[at].ty, tape),
        _ => list(&mut all, tape),
    }
    RecordType::new(all)
}

/// Another type, perhaps around this one.
fn ty(of: &Type, tape: &mut Tape<'_>) -> Type {
    match tape.below(20) {
        0 => Type::Bool,
        1 => Type::Int,
        2 => Type::Decimal,
        3 => Type::String,
        4 => Type::Ip,
        5 => Type::Cidr,
        6 => Type::Datetime,
        7 => Type::Duration,
        8 => Type::Zone,
        9 => Type::Enum(EnumId(index(tape))),
        10 | 11 => Type::Entity(types(tape)),
        12 => Type::Action,
        13 => Type::set(of.clone()),
        14 => Type::Map(of.clone().into()),
        15 => Type::Optional(of.clone().into()),
        16 => Type::Never,
        17 => match of {
            Type::Set(inner) | Type::Map(inner) | Type::Optional(inner) => inner.as_ref().clone(),
            other => other.clone(),
        },
        18 => match of {
            Type::Record(record) => Type::Record(fields(record, tape)),
            other => Type::Record(RecordType::new(vec![assize_runtime::types::FieldType {
                name: "x".into(),
                ty: other.clone(),
                optional: tape.once_in(2),
            }])),
        },
        _ => of.clone(),
    }
}

fn tables(program: &mut Program, tape: &mut Tape<'_>) {
    match tape.below(7) {
        0 => list(&mut program.params, tape),
        1 => list(&mut program.functions, tape),
        2 => list(&mut program.policies, tape),
        3 => list(&mut program.like_patterns, tape),
        4 => list(&mut program.regexes, tape),
        5 => {
            if let Some(param) = program.params.first_mut() {
                match tape.below(3) {
                    0 => param.ty = ty(&param.ty, tape),
                    1 => param.default = None,
                    _ => param.default.iter_mut().for_each(|value| change(value, tape)),
                }
            }
        }
        _ => {
            if !program.functions.is_empty() {
                let at = tape.below(program.functions.len());
                list(&mut program.functions[at].params, tape);
            }
        }
    }
}

fn policy(program: &mut Program, tape: &mut Tape<'_>) {
    if program.policies.is_empty() {
        return;
    }
    let other = program.policies[tape.below(program.policies.len())].clone();
    let at = tape.below(program.policies.len());
    let policy = &mut program.policies[at];
    match tape.below(14) {
        0 => policy.effect = if policy.effect == Effect::Allow { Effect::Deny } else { Effect::Allow },
        1 => policy.on_error_skip = !policy.on_error_skip,
        2 => policy.trial = !policy.trial,
        3 => pattern(&mut policy.principal, tape),
        4 => pattern(&mut policy.resource, tape),
        5 => policy.actions.push(ActionId(index(tape))),
        6 => list(&mut policy.actions, tape),
        7 => policy.grant = if policy.grant.is_some() { None } else { Some(GrantId(index(tape))) },
        8 => list(&mut policy.variants, tape),
        9 => policy.variants = other.variants,
        10 => policy.id = other.id,
        11 => {
            for variant in policy.variants.iter_mut().take(1) {
                match tape.below(4) {
                    0 => variant.principals = types(tape),
                    1 => variant.resources = types(tape),
                    2 => list(&mut variant.actions, tape),
                    _ => variant.condition = None,
                }
            }
        }
        12 => {
            for variant in policy.variants.iter_mut().take(1) {
                match variant.obligations.first_mut() {
                    Some(call) if tape.once_in(2) => call.obligation = ObligationId(index(tape)),
                    Some(call) => list(&mut call.args, tape),
                    None => {}
                }
            }
        }
        _ => policy.resource = other.principal,
    }
}

fn pattern(pattern: &mut Pattern, tape: &mut Tape<'_>) {
    let uid = |tape: &mut Tape<'_>| EntityUid { ty: EntityTypeId(index(tape)), id: "a".into() };
    match tape.below(5) {
        0 => pattern.types = None,
        1 => pattern.types = Some(types(tape)),
        2 => pattern.within = Within::In(uid(tape)),
        3 => pattern.within = Within::Is(uid(tape)),
        _ => pattern.within = Within::InGrantParam(tape.below(4)),
    }
}

/// All bodies.
fn bodies(program: &mut Program) -> Vec<&mut Body> {
    let functions = program.functions.iter_mut().map(|function| &mut function.body);
    let variants = program.policies.iter_mut().flat_map(|policy| &mut policy.variants);
    let of_variants = variants.flat_map(|variant| {
        let args = variant.obligations.iter_mut().flat_map(|call| &mut call.args);
        variant.condition.iter_mut().chain(args)
    });
    functions.chain(of_variants).filter(|body| !body.nodes.is_empty()).collect()
}

fn node(program: &mut Program, tape: &mut Tape<'_>) {
    let mut bodies = bodies(program);
    if bodies.is_empty() {
        return;
    }
    let from = tape.below(bodies.len());
    let other: Node = bodies[from].nodes[tape.below(bodies[from].nodes.len())].clone();
    let at = tape.below(bodies.len());
    let body = &mut *bodies[at];
    let at = tape.below(body.nodes.len());
    let last = body.nodes.len();
    let place = &mut body.nodes[at];
    match tape.below(10) {
        0 => list(&mut body.nodes, tape),
        1 => body.locals = index(tape),
        2 => place.ty = ty(&place.ty, tape),
        3 => *place = other,
        4 => place.op = other.op,
        5 => place.ty = other.ty,
        6 => {
            if let Op::Const(value) = &mut place.op {
                change(value, tape);
            }
        }
        7 | 8 => operand(&mut place.op, tape, last),
        _ => number(&mut place.op, tape),
    }
}

fn change(value: &mut Value, tape: &mut Tape<'_>) {
    *value = match (&*value, tape.below(12)) {
        (Value::Int(_), 0..8) => Value::Int(tape.number()),
        (Value::Decimal(_), 0..8) => Value::Decimal(Decimal(tape.number())),
        (Value::Datetime(_), 0..8) => Value::Datetime(tape.number()),
        (Value::Duration(_), 0..8) => Value::Duration(tape.number()),
        (Value::Enum(id, _), 0..8) => Value::Enum(*id, index(tape)),
        (Value::Entity(uid), 0..4) => {
            Value::Entity(EntityUid { ty: EntityTypeId(index(tape)), id: uid.id.clone() })
        }
        (Value::Entity(uid), 4..8) => Value::Entity(EntityUid { ty: uid.ty, id: "a".into() }),
        (Value::Action(_), 0..8) => Value::Action(ActionId(index(tape))),
        (_, 8) => Value::Absent,
        (_, 9) => Value::Set(std::sync::Arc::new([value.clone()].into())),
        (_, 10) => Value::Int(tape.number()),
        _ => Value::Bool(tape.once_in(2)),
    };
}

/// Another operand, most often one that stands before it.
fn operand(op: &mut Op, tape: &mut Tape<'_>, nodes: usize) {
    let other = NodeId(tape.below(nodes + 1) as u32);
    let many = match op {
        Op::Call { args, .. } => Some(args),
        Op::And(args) | Op::Or(args) | Op::SetOf(args) | Op::RecordOf(args) => Some(args),
        Op::Builtin(_, args) | Op::GrantFact(_, args) => Some(args),
        _ => None,
    };
    if let Some(args) = many {
        match tape.below(3) {
            0 => args.push(other),
            1 => list(args, tape),
            _ => args.iter_mut().take(1).for_each(|arg| *arg = other),
        }
        return;
    }
    match op {
        Op::Eq(a, b)
        | Op::Compare(_, a, b)
        | Op::Arithmetic(_, a, b)
        | Op::In(a, b)
        | Op::InAny(a, b)
        | Op::ActionIn(a, b)
        | Op::ActionInAny(a, b)
        | Op::Coalesce(a, b)
        | Op::Index(a, b)
        | Op::Contains(a, b)
        | Op::Let { value: a, body: b, .. }
        | Op::Quantifier { set: a, body: b, .. }
        | Op::If { then: a, otherwise: b, .. } => match tape.below(3) {
            0 => *a = other,
            1 => *b = other,
            _ => std::mem::swap(a, b),
        },
        Op::Not(a)
        | Op::Neg(a)
        | Op::IsType(a, _)
        | Op::Narrow(a)
        | Op::Attribute(a, _)
        | Op::HasAttribute(a, _)
        | Op::Field(a, _)
        | Op::HasField(a, _)
        | Op::Unwrap(a)
        | Op::IsSome(a)
        | Op::Convert(a)
        | Op::Ancestors(a)
        | Op::Like { value: a, .. }
        | Op::Matches { value: a, .. } => *a = other,
        _ => {}
    }
}

/// Another number of what an operation refers to.
fn number(op: &mut Op, tape: &mut Tape<'_>) {
    match op {
        Op::Param(at) | Op::Local(at) => *at = index(tape),
        Op::Let { local, .. } => *local = index(tape),
        Op::Quantifier { all, local, filter, .. } => match tape.below(3) {
            0 => *all = !*all,
            1 => *local = index(tape),
            _ => *filter = if filter.is_some() { None } else { Some(types(tape)) },
        },
        Op::Call { function, .. } => *function = index(tape),
        Op::IsType(_, of) => *of = types(tape),
        Op::Attribute(_, name) | Op::HasAttribute(_, name) | Op::Field(_, name) | Op::HasField(_, name) => {
            *name = "x".into();
        }
        Op::Builtin(id, _) => id.0 = tape.below(300) as u16,
        Op::Like { pattern, .. } => *pattern = index(tape),
        Op::Matches { regex, .. } => *regex = index(tape),
        Op::GrantFact(grant, _) => *grant = GrantId(index(tape)),
        _ => {}
    }
}
