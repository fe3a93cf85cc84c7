//! Generated Programs, data and requests: whatever the verifier admits, both engines decide alike; whatever it is shown, it answers.
//!
//! Programs are made type by type, so that they are admitted, out of every operation and built-in; numbers near the ends of
//! their range and entities that the data lacks make errors common. Everything follows from a seed, which a failure names.

use std::sync::Arc;

use crate::builtins::{self, BuiltinId, Sig};
use crate::data::Data;
use crate::outcome::Query;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::{Decimal, EntityUid, Value};

/// Numbers that follow from a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

fn people() -> EntityTypes {
    EntityTypes::new([USER, GROUP]).unwrap()
}

fn principals() -> EntityTypes {
    EntityTypes::new([USER, TOKEN]).unwrap()
}

fn resources() -> EntityTypes {
    EntityTypes::new([DOCUMENT, STAGE]).unwrap()
}

fn context() -> Type {
    Type::Record(schema().actions[0].applies.clone().unwrap().context)
}

/// Types that expressions are made of.
fn types() -> Vec<Type> {
    vec![
        Type::Bool,
        Type::Int,
        Type::Decimal,
        Type::String,
        Type::Ip,
        Type::Cidr,
        Type::Datetime,
        Type::Duration,
        Type::Zone,
        Type::Enum(EnumId(0)),
        Type::entity(USER),
        Type::entity(GROUP),
        Type::entity(DOCUMENT),
        Type::Entity(people()),
        Type::Action,
        Type::set(Type::Int),
        Type::set(Type::Entity(people())),
        Type::set(Type::entity(USER)),
        Type::set(Type::String),
        Type::set(Type::Cidr),
        Type::Map(Arc::new(Type::String)),
        Type::optional(Type::Int),
        Type::optional(Type::String),
        Type::optional(Type::entity(USER)),
        context(),
    ]
}

fn entity_of(dice: &mut Dice, types: &EntityTypes) -> EntityUid {
    let types: Vec<_> = types.iter().collect();
    let ty = *dice.pick(&types);
    let ids: &[&str] = if ty == STAGE { &["dev", "prod"] } else { &["a", "b", "c", "ghost"] };
    let id: &str = ids[dice.roll(ids.len())];
    uid(ty, id)
}

fn value(dice: &mut Dice, ty: &Type) -> Value {
    let number = *dice.pick(&[0, 1, 2, -1, 40, 10_000, 86_400_000, i64::MAX, i64::MIN, i64::MAX - 1]);
    match ty {
        Type::Bool => Value::Bool(dice.chance(50)),
        Type::Int => Value::Int(number),
        Type::Decimal => Value::Decimal(Decimal(number)),
        Type::String => {
            Value::String((*dice.pick(&["", "a", "ab", "aXb", "über", "10.0.0.1", "1d", "42"])).into())
        }
        Type::Ip => {
            Value::Ip(dice.pick(&["10.0.0.1", "::1", "::ffff:10.0.0.1", "127.0.0.1"]).parse().unwrap())
        }
        Type::Cidr => {
            let text = dice.pick(&["10.0.0.0/8", "::/0", "10.0.0.1/32", "0.0.0.0/0", "::ffff:0:0/96"]);
            Value::Cidr(crate::literal::parse_cidr(text).unwrap())
        }
        Type::Datetime => Value::Datetime(number),
        Type::Duration => Value::Duration(number),
        Type::Zone => Value::Zone(
            crate::Zone::named(dice.pick::<&str>(&["UTC", "US/Eastern", "Europe/Berlin"])).unwrap(),
        ),
        Type::Enum(id) => Value::Enum(*id, dice.roll(2) as u32),
        Type::Entity(types) => Value::Entity(entity_of(dice, types)),
        Type::Action => Value::Action(*dice.pick(&[READ, WRITE, EDIT])),
        Type::Set(element) => {
            let size = dice.roll(4);
            Value::Set(Arc::new((0..size).map(|_| value(dice, element)).collect()))
        }
        Type::Map(of) => {
            let size = dice.roll(3);
            let keys = ["a", "b", ""];
            Value::Map(Arc::new((0..size).map(|at| (keys[at].into(), value(dice, of))).collect()))
        }
        Type::Record(record) => {
            let mut present = std::collections::BTreeMap::new();
            for field in record.fields() {
                if !field.optional || dice.chance(50) {
                    present.insert(field.name.clone(), value(dice, &field.ty));
                }
            }
            Value::Record(Arc::new(present))
        }
        Type::Optional(_) if dice.chance(40) => Value::Absent,
        Type::Optional(inner) => value(dice, inner),
        Type::Never => unreachable!("no value has this type"),
    }
}

/// Makes one body.
struct Maker<'d> {
    dice: &'d mut Dice,
    e: Expression,
    /// Those in scope.
    locals: Vec<(u32, Type)>,
    count: u32,
    request: bool,
    functions: Vec<(u32, Vec<Type>, Type)>,
}

impl Maker<'_> {
    fn leaf(&mut self, ty: &Type) -> NodeId {
        let locals: Vec<u32> =
            self.locals.iter().filter(|(_, of)| of == ty).map(|(local, _)| *local).collect();
        if !locals.is_empty() && self.dice.chance(60) {
            let local = *self.dice.pick(&locals);
            return self.e.add(Op::Local(local), ty.clone());
        }
        match ty {
            Type::Datetime if self.dice.chance(50) => self.e.add(Op::Now, Type::Datetime),
            Type::Action if self.dice.chance(60) => self.e.add(Op::Action, Type::Action),
            Type::Int if self.dice.chance(10) => self.e.add(Op::Param(0), Type::Int),
            Type::Record(_) if self.request && *ty == context() => self.e.add(Op::Context, ty.clone()),
            Type::Entity(types) if self.request && types.single() == Some(USER) && self.dice.chance(70) => {
                let principal = self.e.add(Op::Principal, Type::Entity(principals()));
                self.e.add(Op::Narrow(principal), ty.clone())
            }
            Type::Entity(types)
                if self.request && types.single() == Some(DOCUMENT) && self.dice.chance(70) =>
            {
                let resource = self.e.add(Op::Resource, Type::Entity(resources()));
                self.e.add(Op::Narrow(resource), ty.clone())
            }
            _ => {
                let value = value(self.dice, ty);
                self.e.add(Op::Const(value), ty.clone())
            }
        }
    }

    fn of(&mut self, ty: &Type, depth: u32) -> NodeId {
        if depth == 0 {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        match self.dice.roll(12) {
            0 => self.leaf(ty),
            1 => {
                let (condition, then, otherwise) =
                    (self.of(&Type::Bool, depth), self.of(ty, depth), self.of(ty, depth));
                self.e.add(Op::If { condition, then, otherwise }, ty.clone())
            }
            2 => {
                let of = self.any_type();
                let value = self.of(&of, depth);
                let local = self.bind(of);
                let body = self.of(ty, depth);
                self.locals.pop();
                self.e.add(Op::Let { local, value, body }, ty.clone())
            }
            3 if !matches!(ty, Type::Optional(_)) => {
                let optional = self.of(&Type::optional(ty.clone()), depth);
                if self.dice.chance(50) {
                    return self.e.add(Op::Unwrap(optional), ty.clone());
                }
                let other = self.of(ty, depth);
                self.e.add(Op::Coalesce(optional, other), ty.clone())
            }
            4 | 5 => self.builtin(ty, depth).unwrap_or_else(|| self.leaf(ty)),
            6 => match self.functions.iter().find(|(_, _, result)| result == ty).cloned() {
                Some((function, params, _)) => {
                    let args = params.iter().map(|param| self.of(param, depth)).collect();
                    self.e.add(Op::Call { function, args }, ty.clone())
                }
                None => self.special(ty, depth),
            },
            _ => self.special(ty, depth),
        }
    }

    fn any_type(&mut self) -> Type {
        self.dice.pick(&types()).clone()
    }

    fn bind(&mut self, ty: Type) -> u32 {
        let local = self.count;
        self.count += 1;
        self.locals.push((local, ty));
        local
    }

    /// Some built-in that gives this type.
    fn builtin(&mut self, ty: &Type, depth: u32) -> Option<NodeId> {
        let fitting: Vec<(usize, Type)> = builtins::all()
            .iter()
            .enumerate()
            .filter_map(|(at, builtin)| {
                let variable = match (builtin.result, ty) {
                    (Sig::Set(Sig::T), Type::Set(element)) => (**element).clone(),
                    _ => Type::Int,
                };
                (builtin.result.instantiate(&variable) == *ty).then_some((at, variable))
            })
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let (at, variable) = self.dice.pick(&fitting).clone();
        let params = builtins::all()[at].params.iter().map(|param| param.instantiate(&variable));
        let args = params.collect::<Vec<_>>().iter().map(|param| self.of(param, depth)).collect();
        Some(self.e.add(Op::Builtin(BuiltinId(at as u16), args), ty.clone()))
    }

    /// Some operation that is about this type.
    fn special(&mut self, ty: &Type, depth: u32) -> NodeId {
        let user = || Type::entity(USER);
        match ty {
            Type::Bool => self.truth(depth),
            Type::Int | Type::Decimal | Type::Duration | Type::Datetime => self.number(ty, depth),
            Type::Optional(inner) => match &**inner {
                Type::Entity(types) if types.single() == Some(USER) => {
                    let entity = self.of(&user(), depth);
                    self.e.add(Op::Attribute(entity, "manager".into()), ty.clone())
                }
                Type::String => {
                    let (map, key) =
                        (self.of(&Type::Map(inner.clone()), depth), self.of(&Type::String, depth));
                    self.e.add(Op::Index(map, key), ty.clone())
                }
                _ => {
                    let value = self.of(inner, depth);
                    self.e.add(Op::Convert(value), ty.clone())
                }
            },
            Type::Enum(_) => {
                let document = self.of(&Type::entity(DOCUMENT), depth);
                self.e.add(Op::Attribute(document, "level".into()), ty.clone())
            }
            Type::Entity(types) if types.single() == Some(USER) => {
                let document = self.of(&Type::entity(DOCUMENT), depth);
                self.e.add(Op::Attribute(document, "owner".into()), ty.clone())
            }
            Type::Entity(types) if *types == people() => {
                let user = self.of(&user(), depth);
                self.e.add(Op::Convert(user), ty.clone())
            }
            Type::Set(element) if **element == Type::Entity(people()) && self.dice.chance(70) => {
                if self.dice.chance(50) {
                    let users = self.of(&Type::set(user()), depth);
                    return self.e.add(Op::Convert(users), ty.clone());
                }
                let document = self.of(&Type::entity(DOCUMENT), depth);
                let viewers =
                    self.e.add(Op::Attribute(document, "viewers".into()), Type::optional(ty.clone()));
                let none = self.e.add(Op::Const(Value::Set(Arc::default())), ty.clone());
                self.e.add(Op::Coalesce(viewers, none), ty.clone())
            }
            Type::Set(element) => {
                let count = self.dice.roll(3);
                let elements = (0..count).map(|_| self.of(element, depth)).collect();
                self.e.add(Op::SetOf(elements), ty.clone())
            }
            Type::Map(of) => {
                let (a, b) = (self.of(of, depth), self.of(of, depth));
                self.e.add(Op::MapOf(vec![("a".into(), a), ("b".into(), b)]), ty.clone())
            }
            Type::Record(record) => {
                let fields: Vec<NodeId> = record
                    .fields()
                    .iter()
                    .map(|field| match field.optional {
                        true => self.of(&Type::optional(field.ty.clone()), depth),
                        false => self.of(&field.ty, depth),
                    })
                    .collect();
                self.e.add(Op::RecordOf(fields), ty.clone())
            }
            _ => self.leaf(ty),
        }
    }

    fn number(&mut self, ty: &Type, depth: u32) -> NodeId {
        let operation = *self.dice.pick(&[Arithmetic::Add, Arithmetic::Sub, Arithmetic::Mul]);
        let (operation, left, right) = match (ty, operation) {
            (Type::Int, operation) => (operation, Type::Int, Type::Int),
            (Type::Datetime, operation) => {
                let operation = if operation == Arithmetic::Mul { Arithmetic::Add } else { operation };
                (operation, Type::Datetime, Type::Duration)
            }
            (Type::Duration, Arithmetic::Sub) if self.dice.chance(50) => {
                (Arithmetic::Sub, Type::Datetime, Type::Datetime)
            }
            (ty, Arithmetic::Mul) => (Arithmetic::Mul, Type::Int, ty.clone()),
            (ty, operation) => (operation, ty.clone(), ty.clone()),
        };
        if *ty == Type::Int && self.dice.chance(30) {
            let user = self.of(&Type::entity(USER), depth);
            return self.e.add(Op::Attribute(user, "age".into()), Type::Int);
        }
        if *ty != Type::Datetime && self.dice.chance(15) {
            let operand = self.of(ty, depth);
            return self.e.add(Op::Neg(operand), ty.clone());
        }
        let (left, right) = (self.of(&left, depth), self.of(&right, depth));
        self.e.add(Op::Arithmetic(operation, left, right), ty.clone())
    }

    fn truth(&mut self, depth: u32) -> NodeId {
        let people = || Type::Entity(people());
        let op = match self.dice.roll(19) {
            0 | 1 => Op::And((0..2 + self.dice.roll(2)).map(|_| self.of(&Type::Bool, depth)).collect()),
            2 | 3 => Op::Or((0..2 + self.dice.roll(2)).map(|_| self.of(&Type::Bool, depth)).collect()),
            4 => Op::Not(self.of(&Type::Bool, depth)),
            5 | 6 => {
                let mut ty = self.any_type();
                if let Type::Optional(inner) = ty {
                    ty = (*inner).clone();
                }
                Op::Eq(self.of(&ty, depth), self.of(&ty, depth))
            }
            7 => {
                let types = [Type::Int, Type::Decimal, Type::Datetime, Type::Duration, Type::Enum(EnumId(0))];
                let ty = self.dice.pick(&types).clone();
                let orders = [Ordering::Less, Ordering::LessEqual, Ordering::Greater, Ordering::GreaterEqual];
                let order = *self.dice.pick(&orders);
                Op::Compare(order, self.of(&ty, depth), self.of(&ty, depth))
            }
            8 => Op::In(self.of(&people(), depth), self.of(&Type::entity(GROUP), depth)),
            9 => Op::InAny(self.of(&Type::entity(USER), depth), self.of(&Type::set(people()), depth)),
            10 => Op::HasAttribute(self.of(&people(), depth), "manager".into()),
            11 => Op::HasField(self.of(&context(), depth), "ip".into()),
            12 => Op::IsSome(self.of(&Type::optional(Type::Int), depth)),
            13 => Op::Contains(self.of(&Type::set(people()), depth), self.of(&people(), depth)),
            14 | 15 => return self.quantifier(depth),
            16 => match self.dice.chance(50) {
                true => Op::Like { value: self.of(&Type::String, depth), pattern: 0 },
                false => Op::Matches { value: self.of(&Type::String, depth), regex: 0 },
            },
            17 => Op::GrantFact(
                VIEWER,
                vec![self.of(&people(), depth), self.of(&Type::entity(DOCUMENT), depth)],
            ),
            _ => Op::ActionIn(self.of(&Type::Action, depth), self.of(&Type::Action, depth)),
        };
        self.e.bool(op)
    }

    fn quantifier(&mut self, depth: u32) -> NodeId {
        let (element, filter) = match self.dice.roll(4) {
            0 => (Type::Int, None),
            1 => (Type::Entity(people()), None),
            2 => (Type::entity(GROUP), None),
            _ => (Type::Entity(people()), Some(EntityTypes::one(USER))),
        };
        let set = match element == Type::entity(GROUP) {
            true => {
                let user = self.of(&Type::entity(USER), depth);
                self.e.add(Op::Ancestors(user), Type::set(element.clone()))
            }
            false => self.of(&Type::set(element.clone()), depth),
        };
        let local = self.bind(filter.clone().map_or(element, Type::Entity));
        let body = self.of(&Type::Bool, depth);
        self.locals.pop();
        let all = self.dice.chance(50);
        self.e.bool(Op::Quantifier { all, local, filter, set, body })
    }
}

fn make(
    dice: &mut Dice,
    ty: &Type,
    params: &[Type],
    request: bool,
    functions: &[(u32, Vec<Type>, Type)],
) -> Body {
    let locals: Vec<_> = params.iter().enumerate().map(|(at, ty)| (at as u32, ty.clone())).collect();
    let count = locals.len() as u32;
    let depth = 1 + dice.roll(5) as u32;
    let functions = functions.to_vec();
    let mut maker = Maker { dice, e: Expression::default(), locals, count, request, functions };
    maker.of(ty, depth);
    Body { nodes: maker.e.nodes, locals: maker.count }
}

pub(crate) fn generate(dice: &mut Dice) -> Program {
    let mut program = program(vec![]);
    program.params = vec![ParamDecl {
        name: "drive::LIMIT".into(),
        ty: Type::Int,
        default: Some(value(dice, &Type::Int)),
    }];
    program.like_patterns = vec![LikePattern { parts: Arc::new(["a".into(), "b".into()]) }];
    program.regexes = vec!["a.?b?|[0-9]+".into()];
    let mut functions = Vec::new();
    for at in 0..dice.roll(3) as u32 {
        let result = dice.pick(&[Type::Bool, Type::Int, Type::entity(USER)]).clone();
        let params = vec![dice.pick(&types()).clone(), Type::Int];
        let body = make(dice, &result, &params, false, &functions);
        let name = smol_str::format_smolstr!("drive::f{at}");
        program.functions.push(Function { name, params: params.clone(), body, origin: Origin::default() });
        functions.push((at, params, result));
    }
    for at in 0..1 + dice.roll(5) {
        let effect = if dice.chance(30) { Effect::Deny } else { Effect::Allow };
        let grant = effect == Effect::Allow && dice.chance(40);
        let params = if grant { vec![Type::Entity(people()), Type::entity(DOCUMENT)] } else { vec![] };
        let condition = dice.chance(80).then(|| make(dice, &Type::Bool, &params, true, &functions));
        let mut policy = policy(&format!("p{at}"), effect, condition);
        policy.trial = dice.chance(10);
        policy.on_error_skip = dice.chance(10);
        if grant {
            policy.grant = Some(VIEWER);
            policy.principal.within = Within::InGrantParam(0);
            if dice.chance(50) {
                policy.resource.within = Within::InGrantParam(1);
            }
        } else if dice.chance(30) {
            policy.principal.within = Within::In(entity_of(dice, &EntityTypes::one(GROUP)));
        } else if dice.chance(20) {
            policy.resource.within = Within::Is(entity_of(dice, &resources()));
        }
        for _ in 0..dice.roll(3) {
            policy = obliging(policy, make(dice, &Type::Int, &params, true, &functions));
        }
        program.policies.push(policy);
    }
    program
}

pub(crate) fn generate_data(dice: &mut Dice) -> Data {
    let schema = schema();
    let mut data = Data::new(&schema);
    for (ty, declared) in schema.entity_types.iter().enumerate().filter(|(_, ty)| !ty.external) {
        let ty = EntityTypeId(ty as u32);
        let ids: &[&str] = if ty == STAGE { &["prod"] } else { &["a", "b", "c"] };
        for id in ids {
            let Value::Record(attributes) = value(dice, &Type::Record(declared.attributes.clone())) else {
                continue;
            };
            let parents = if declared.parents.is_empty() { 0 } else { dice.roll(3) };
            let parents = (0..parents).map(|_| entity_of(dice, &EntityTypes::one(GROUP))).collect();
            // What would close a circle stays out.
            let _ = data.upsert(
                &schema,
                uid(ty, id),
                crate::data::Entity { parents, attributes: (*attributes).clone() },
            );
        }
    }
    for _ in 0..dice.roll(6) {
        let args = vec![value(dice, &Type::Entity(people())), value(dice, &Type::entity(DOCUMENT))];
        let until = dice.chance(50).then(|| *dice.pick(&[0, 1, 100]));
        data.grant(&schema, VIEWER, args, until, 0).unwrap();
    }
    data
}

pub(crate) fn generate_query(dice: &mut Dice) -> Query {
    let principal = entity_of(dice, &principals());
    let mut external = Vec::new();
    if principal.ty == TOKEN && dice.chance(50) {
        let parents = vec![entity_of(dice, &EntityTypes::one(GROUP))];
        external.push((principal.clone(), Arc::new(crate::data::Entity { parents, ..Default::default() })));
    }
    Query {
        principal,
        action: *dice.pick(&[READ, WRITE]),
        resource: entity_of(dice, &resources()),
        context: value(dice, &context()),
        external,
        now: *dice.pick(&[0, 1, 50, 100, i64::MAX, i64::MIN]),
    }
}

#[test]
fn both_engines_decide_generated_programs_alike() {
    let (mut allowed, mut erred) = (0, 0);
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let program = generate(&mut dice);
        let verified = crate::verify(program).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        for _ in 0..2 {
            let data = generate_data(&mut dice);
            for _ in 0..6 {
                let query = generate_query(&mut dice);
                let decided = std::panic::catch_unwind(|| outcome(&verified, &data, &query));
                let Ok(decided) = decided else { panic!("seed {seed}, {query:?}") };
                allowed += usize::from(decided.allowed);
                erred += usize::from(!decided.errors.is_empty());
            }
        }
    }
    assert!(
        allowed > 30 && erred > 30,
        "{allowed} allowed, {erred} with errors: the generator has become dull"
    );
}

#[test]
fn no_change_to_a_program_makes_the_verifier_or_an_engine_panic() {
    let mut admitted = 0;
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let mut program = generate(&mut dice);
        for _ in 0..1 + dice.roll(3) {
            damage(&mut dice, &mut program);
        }
        if let Ok(verified) = crate::verify(program) {
            admitted += 1;
            let (data, query) = (generate_data(&mut dice), generate_query(&mut dice));
            if data.check(&verified.schema).is_ok() {
                outcome(&verified, &data, &query);
            }
        }
    }
    assert!(admitted > 0);
}

/// Changes something somewhere.
fn damage(dice: &mut Dice, program: &mut Program) {
    let other_type = dice.pick(&types()).clone();
    let bodies = program.policies.iter_mut().flat_map(|policy| &mut policy.variants).flat_map(|variant| {
        let args = variant.obligations.iter_mut().flat_map(|call| &mut call.args);
        variant.condition.iter_mut().chain(args)
    });
    let mut bodies: Vec<&mut Body> =
        bodies.chain(program.functions.iter_mut().map(|function| &mut function.body)).collect();
    if bodies.is_empty() {
        return;
    }
    let at = dice.roll(bodies.len());
    let body = &mut *bodies[at];
    if body.nodes.is_empty() {
        return;
    }
    let (at, other) = (dice.roll(body.nodes.len()), dice.roll(body.nodes.len()));
    match dice.roll(9) {
        0 => body.nodes[at].ty = other_type,
        1 => body.nodes.swap(at, other),
        2 => drop(body.nodes.remove(at)),
        3 => body.locals = dice.roll(4) as u32,
        4 => body.nodes[at].op = Op::Not(NodeId(other as u32)),
        5 => body.nodes[at].op = Op::Local(dice.roll(4) as u32),
        6 => body.nodes[at].op = Op::Const(value(dice, &other_type)),
        7 => body.nodes[at].op = body.nodes[other].op.clone(),
        _ => body.nodes[at].op = Op::Call { function: dice.roll(3) as u32, args: vec![NodeId(other as u32)] },
    }
}
