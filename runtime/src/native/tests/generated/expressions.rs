//! Expressions of any type that is asked for.

use smol_str::SmolStr;

use super::tape::Tape;
use super::values::value;
use super::world::{narrow, people, types, wide};
use crate::builtins::{self, BuiltinId, Sig};
use crate::program::*;
use crate::types::*;
use crate::verify::Verified;

/// What an expression can refer to.
pub struct Around<'a> {
    pub schema: &'a Schema,
    pub params: &'a [ParamDecl],
    /// Those that it may call.
    pub functions: &'a [Function],
    /// Types of principal, resource and context; none in functions.
    pub request: Option<(Type, Type, Type)>,
    /// Types of the first locals.
    pub locals: Vec<Type>,
}

/// A body of type `ty`.
pub fn body(tape: &mut Tape<'_>, around: &Around<'_>, ty: &Type) -> Body {
    let mut growing = Growing {
        tape,
        around,
        nodes: Vec::new(),
        locals: around.locals.len() as u32,
        visible: around.locals.iter().cloned().enumerate().map(|(at, ty)| (at as u32, ty)).collect(),
    };
    growing.any(ty, 0);
    Body { nodes: growing.nodes, locals: growing.locals }
}

const DEEPEST: usize = 7;

struct Growing<'g, 't, 'a> {
    tape: &'g mut Tape<'t>,
    around: &'g Around<'a>,
    nodes: Vec<Node>,
    locals: u32,
    visible: Vec<(u32, Type)>,
}

fn entity_types(ty: &Type) -> Vec<EntityTypeId> {
    match ty {
        Type::Entity(types) => types.iter().collect(),
        _ => Vec::new(),
    }
}

impl Growing<'_, '_, '_> {
    fn add(&mut self, op: Op, ty: &Type) -> NodeId {
        self.nodes.push(Node { op, ty: ty.clone(), span: Span::default() });
        NodeId(self.nodes.len() as u32 - 1)
    }

    fn bool(&mut self, op: Op) -> NodeId {
        self.add(op, &Type::Bool)
    }

    /// A node of type `ty`: of the ways to make one, the tape's.
    fn any(&mut self, ty: &Type, depth: usize) -> NodeId {
        if depth >= DEEPEST || self.nodes.len() > 200 || self.tape.is_over() {
            return self.leaf(ty);
        }
        match self.tape.below(10) {
            0..=1 => self.leaf(ty),
            2..=5 => self.operation(ty, depth + 1),
            6 => self.choice(ty, depth + 1),
            7 => self.part(ty, depth + 1),
            8 => self.built_in(ty, depth + 1),
            _ => self.call_or_let(ty, depth + 1),
        }
    }

    /// A literal, a param, a local or something of the request.
    fn leaf(&mut self, ty: &Type) -> NodeId {
        let mut ops = Vec::new();
        ops.extend(self.visible.iter().filter(|(_, of)| of == ty).map(|(local, _)| Op::Local(*local)));
        if let Some((principal, resource, context)) = &self.around.request {
            let given = [(principal, Op::Principal), (resource, Op::Resource), (context, Op::Context)];
            ops.extend(given.into_iter().filter(|(of, _)| *of == ty).map(|(_, op)| op));
        }
        for (at, param) in self.around.params.iter().enumerate() {
            if param.ty == *ty {
                ops.push(Op::Param(at as u32));
            }
        }
        match ty {
            Type::Datetime => ops.push(Op::Now),
            Type::Action => ops.push(Op::Action),
            _ => {}
        }
        if ops.is_empty() || self.tape.below(3) == 0 {
            let value = value(self.tape, ty);
            return self.add(Op::Const(value), ty);
        }
        let op = self.tape.one_of(&ops).clone();
        self.add(op, ty)
    }

    fn choice(&mut self, ty: &Type, depth: usize) -> NodeId {
        let condition = self.any(&Type::Bool, depth);
        let then = self.any(ty, depth);
        let otherwise = self.any(ty, depth);
        self.add(Op::If { condition, then, otherwise }, ty)
    }

    fn call_or_let(&mut self, ty: &Type, depth: usize) -> NodeId {
        let callable: Vec<_> = self
            .around
            .functions
            .iter()
            .enumerate()
            .filter(|(_, function)| function.body.nodes.last().is_some_and(|root| root.ty == *ty))
            .map(|(at, function)| (at as u32, function.params.clone()))
            .collect();
        if !callable.is_empty() && self.tape.below(2) == 1 {
            let (function, params) = self.tape.one_of(&callable).clone();
            let args = params.iter().map(|param| self.any(param, depth)).collect();
            return self.add(Op::Call { function, args }, ty);
        }
        let of = self.some_type();
        let of = if self.tape.once_in(4) { Type::optional(of) } else { of };
        let value = self.any(&of, depth);
        let local = self.fresh();
        self.visible.push((local, of));
        let body = self.any(ty, depth);
        self.visible.pop();
        self.add(Op::Let { local, value, body }, ty)
    }

    fn fresh(&mut self) -> u32 {
        self.locals += 1;
        self.locals - 1
    }

    fn some_type(&mut self) -> Type {
        self.tape.one_of(&types()).clone()
    }

    /// An attribute, a field, an entry of a map or a present value.
    fn part(&mut self, ty: &Type, depth: usize) -> NodeId {
        let (plain, optional) = match ty {
            Type::Optional(inner) => ((**inner).clone(), true),
            _ => (ty.clone(), false),
        };
        match self.tape.below(4) {
            0 => self.attribute(&plain, optional, depth),
            1 => self.field(&plain, optional, depth),
            2 if optional && (plain == Type::Int || plain == Type::set(Type::String)) => {
                let map = self.any(&super::world::map(plain), depth);
                let key = self.any(&Type::String, depth);
                self.add(Op::Index(map, key), ty)
            }
            _ if optional => {
                let value = self.any(&plain, depth);
                self.add(Op::Convert(value), ty)
            }
            _ => {
                let value = self.any(&Type::optional(plain.clone()), depth);
                self.add(Op::Unwrap(value), &plain)
            }
        }
    }

    fn attribute(&mut self, plain: &Type, optional: bool, depth: usize) -> NodeId {
        let declared = |of: EntityTypeId, name: &SmolStr| {
            self.around.schema.entity_types[of.index()].attributes.field(name).map(|(_, field)| field.clone())
        };
        let mut found = Vec::new();
        for ty in types().iter().filter(|ty| matches!(ty, Type::Entity(_))) {
            let of = entity_types(ty);
            for field in self.around.schema.entity_types[of[0].index()].attributes.fields() {
                let fields: Option<Vec<_>> = of.iter().map(|of| declared(*of, &field.name)).collect();
                if let Some(fields) = fields
                    && fields.iter().all(|field| field.ty == *plain)
                    && fields.iter().any(|field| field.optional) == optional
                {
                    found.push((ty.clone(), field.name.clone()));
                }
            }
        }
        let ty = if optional { Type::optional(plain.clone()) } else { plain.clone() };
        if found.is_empty() {
            return self.leaf(&ty);
        }
        let (of, name) = self.tape.one_of(&found).clone();
        let entity = self.any(&of, depth);
        self.add(Op::Attribute(entity, name), &ty)
    }

    fn field(&mut self, plain: &Type, optional: bool, depth: usize) -> NodeId {
        let mut records = vec![wide(), narrow()];
        records.extend(self.around.request.iter().map(|(_, _, context)| context.clone()));
        let mut found = Vec::new();
        for ty in records {
            if let Type::Record(record) = &ty {
                let fits = |field: &&FieldType| field.ty == *plain && field.optional == optional;
                found.extend(
                    record.fields().iter().filter(fits).map(|field| (ty.clone(), field.name.clone())),
                );
            }
        }
        let ty = if optional { Type::optional(plain.clone()) } else { plain.clone() };
        if found.is_empty() {
            return self.leaf(&ty);
        }
        let (of, name) = self.tape.one_of(&found).clone();
        let record = self.any(&of, depth);
        self.add(Op::Field(record, name), &ty)
    }

    fn built_in(&mut self, ty: &Type, depth: usize) -> NodeId {
        let mut found = Vec::new();
        for (at, builtin) in builtins::all().iter().enumerate() {
            for variable in [Type::Int, Type::String, people(), Type::Ip, wide(), Type::Bool] {
                if builtin.result.instantiate(&variable) == *ty {
                    found.push((BuiltinId(at as u16), variable));
                    if !has_variable(builtin.params) {
                        break;
                    }
                }
            }
        }
        if found.is_empty() {
            return self.leaf(ty);
        }
        let (id, variable) = self.tape.one_of(&found).clone();
        let params = id.get().unwrap().params;
        let args = params.iter().map(|param| self.any(&param.instantiate(&variable), depth)).collect();
        self.add(Op::Builtin(id, args), ty)
    }

    /// What only this type has.
    fn operation(&mut self, ty: &Type, depth: usize) -> NodeId {
        match ty {
            Type::Bool => self.condition(depth),
            Type::Int | Type::Decimal | Type::Datetime | Type::Duration => self.number(ty, depth),
            Type::Optional(inner) => {
                let first = self.any(ty, depth);
                let second = if self.tape.below(2) == 0 {
                    self.any(ty, depth)
                } else {
                    let value = self.any(inner, depth);
                    self.add(Op::Convert(value), ty)
                };
                self.add(Op::Coalesce(first, second), ty)
            }
            Type::Set(element) => {
                if *ty == Type::set(one_group()) && self.tape.below(2) == 1 {
                    let entity = self.any(&people(), depth);
                    return self.add(Op::Ancestors(entity), ty);
                }
                if **element == narrow() && self.tape.below(2) == 1 {
                    let set = self.any(&Type::set(wide()), depth);
                    return self.add(Op::Convert(set), ty);
                }
                if self.tape.once_in(6) {
                    let none = self.add(Op::SetOf(Vec::new()), &Type::set(Type::Never));
                    return self.add(Op::Convert(none), ty);
                }
                let size = self.tape.below(4);
                let elements = (0..size).map(|_| self.any(element, depth)).collect();
                self.add(Op::SetOf(elements), ty)
            }
            Type::Map(of) => {
                let keys: [SmolStr; 3] = ["b".into(), "a".into(), "x-y".into()];
                let size = self.tape.below(4);
                let entries = keys.into_iter().take(size).map(|key| (key, self.any(of, depth))).collect();
                self.add(Op::MapOf(entries), ty)
            }
            Type::Record(record) if *ty == wide() => {
                let wanted = |field: &FieldType| {
                    if field.optional { Type::optional(field.ty.clone()) } else { field.ty.clone() }
                };
                let values = record.fields().iter().map(|field| self.any(&wanted(field), depth)).collect();
                self.add(Op::RecordOf(values), ty)
            }
            Type::Record(_) if *ty == narrow() => {
                let record = self.any(&wide(), depth);
                self.add(Op::Convert(record), ty)
            }
            Type::Entity(of) => self.entity(ty, of, depth),
            _ => {
                let first = self.any(&Type::optional(ty.clone()), depth);
                let second = self.any(ty, depth);
                self.add(Op::Coalesce(first, second), ty)
            }
        }
    }

    /// An entity under a narrower or wider type.
    fn entity(&mut self, ty: &Type, of: &EntityTypes, depth: usize) -> NodeId {
        let mut wider: Vec<_> = types();
        wider.extend(
            self.around
                .request
                .iter()
                .flat_map(|(principal, resource, _)| [principal.clone(), resource.clone()]),
        );
        wider.retain(|other| matches!(other, Type::Entity(types) if types != of));
        let narrows: Vec<_> = wider
            .iter()
            .filter(|other| entity_types(ty).iter().all(|ty| entity_types(other).contains(ty)))
            .collect();
        let widens: Vec<_> = wider
            .iter()
            .filter(|other| entity_types(other).iter().all(|other| of.contains(*other)))
            .collect();
        if !narrows.is_empty() && (widens.is_empty() || self.tape.below(2) == 0) {
            let from = (*self.tape.one_of(&narrows)).clone();
            let entity = self.any(&from, depth);
            return self.add(Op::Narrow(entity), ty);
        }
        if widens.is_empty() {
            return self.leaf(ty);
        }
        let from = (*self.tape.one_of(&widens)).clone();
        let entity = self.any(&from, depth);
        self.add(Op::Convert(entity), ty)
    }

    fn number(&mut self, ty: &Type, depth: usize) -> NodeId {
        let operation = *self.tape.one_of(&[Arithmetic::Add, Arithmetic::Sub, Arithmetic::Mul]);
        let (left, operation, right) = match (ty, operation) {
            (Type::Datetime, Arithmetic::Mul) => (Type::Datetime, Arithmetic::Add, Type::Duration),
            (Type::Datetime, operation) => (Type::Datetime, operation, Type::Duration),
            (Type::Decimal | Type::Duration, Arithmetic::Mul) if self.tape.below(2) == 0 => {
                (Type::Int, operation, ty.clone())
            }
            (Type::Decimal | Type::Duration, Arithmetic::Mul) => (ty.clone(), operation, Type::Int),
            (Type::Duration, Arithmetic::Sub) if self.tape.below(2) == 1 => {
                (Type::Datetime, operation, Type::Datetime)
            }
            (_, operation) => (ty.clone(), operation, ty.clone()),
        };
        if *ty != Type::Datetime && self.tape.once_in(4) {
            let operand = self.any(ty, depth);
            return self.add(Op::Neg(operand), ty);
        }
        let (left, right) = (self.any(&left, depth), self.any(&right, depth));
        self.add(Op::Arithmetic(operation, left, right), ty)
    }

    fn condition(&mut self, depth: usize) -> NodeId {
        match self.tape.below(18) {
            0..=1 => {
                let size = 2 + self.tape.below(3);
                let operands = (0..size).map(|_| self.any(&Type::Bool, depth)).collect();
                self.bool(Op::And(operands))
            }
            2 => {
                let size = 2 + self.tape.below(3);
                let operands = (0..size).map(|_| self.any(&Type::Bool, depth)).collect();
                self.bool(Op::Or(operands))
            }
            3 => {
                let operand = self.any(&Type::Bool, depth);
                self.bool(Op::Not(operand))
            }
            4..=5 => {
                let ty = self.some_type();
                let (a, b) = (self.any(&ty, depth), self.any(&ty, depth));
                self.bool(Op::Eq(a, b))
            }
            6 => {
                let ordered = [
                    Type::Int,
                    Type::Decimal,
                    Type::Datetime,
                    Type::Duration,
                    Type::Enum(super::world::LEVEL),
                ];
                let orderings =
                    [Ordering::Less, Ordering::LessEqual, Ordering::Greater, Ordering::GreaterEqual];
                let (ty, ordering) = (self.tape.one_of(&ordered).clone(), *self.tape.one_of(&orderings));
                let (a, b) = (self.any(&ty, depth), self.any(&ty, depth));
                self.bool(Op::Compare(ordering, a, b))
            }
            7 => {
                let (a, b) = (self.some_entity(depth), self.some_entity(depth));
                self.bool(Op::In(a, b))
            }
            8 => {
                let entity = self.some_entity(depth);
                let groups =
                    if self.tape.below(2) == 0 { Type::set(people()) } else { Type::set(one_group()) };
                let groups = self.any(&groups, depth);
                self.bool(Op::InAny(entity, groups))
            }
            9 => {
                let action = self.any(&Type::Action, depth);
                if self.tape.below(2) == 0 {
                    let group = self.any(&Type::Action, depth);
                    return self.bool(Op::ActionIn(action, group));
                }
                let groups = self.any(&Type::set(Type::Action), depth);
                self.bool(Op::ActionInAny(action, groups))
            }
            10 => {
                let entity = self.some_entity(depth);
                let types = self.some_entity_types();
                self.bool(Op::IsType(entity, types))
            }
            11 => {
                let entity = self.some_entity(depth);
                let names = ["manager", "age", "label", "address", "network", "flag", "name", "rank"];
                let name = SmolStr::new(*self.tape.one_of(&names));
                self.bool(Op::HasAttribute(entity, name))
            }
            12 => {
                let record = self.any(&wide(), depth);
                let name = SmolStr::new(*self.tape.one_of(&["b", "ip", "a"]));
                self.bool(Op::HasField(record, name))
            }
            13 => {
                let ty = Type::optional(self.some_type());
                let optional = self.any(&ty, depth);
                self.bool(Op::IsSome(optional))
            }
            14 => {
                let element = self.some_element();
                let set = self.any(&Type::set(element.clone()), depth);
                let element = self.any(&element, depth);
                self.bool(Op::Contains(set, element))
            }
            15 => self.quantifier(depth),
            16 => {
                let value = self.any(&Type::String, depth);
                if self.tape.below(2) == 0 {
                    let pattern = self.tape.below(3) as u32;
                    return self.bool(Op::Like { value, pattern });
                }
                let regex = self.tape.below(2) as u32;
                self.bool(Op::Matches { value, regex })
            }
            _ => self.fact(depth),
        }
    }

    fn quantifier(&mut self, depth: usize) -> NodeId {
        let element = self.some_element();
        let set = self.any(&Type::set(element.clone()), depth);
        let local = self.fresh();
        let (filter, bound) = match &element {
            Type::Entity(types) if self.tape.below(2) == 1 => {
                let filter = self.some_entity_types();
                let bound = types.intersect(&filter).map_or(Type::Never, Type::Entity);
                (Some(filter), bound)
            }
            _ => (None, element),
        };
        self.visible.push((local, bound));
        let body = self.any(&Type::Bool, depth);
        self.visible.pop();
        let all = self.tape.below(2) == 1;
        self.bool(Op::Quantifier { all, local, filter, set, body })
    }

    fn fact(&mut self, depth: usize) -> NodeId {
        let at = self.tape.below(self.around.schema.grants.len());
        let params = self.around.schema.grants[at].params.clone();
        let args = params
            .iter()
            .map(|param| match &param.ty {
                Type::Entity(_) => self.some_entity(depth),
                Type::Set(element) if self.tape.below(2) == 1 => self.any(element, depth),
                ty => self.any(ty, depth),
            })
            .collect();
        self.bool(Op::GrantFact(GrantId(at as u32), args))
    }

    fn some_entity(&mut self, depth: usize) -> NodeId {
        let mut wanted: Vec<_> = types().into_iter().filter(|ty| matches!(ty, Type::Entity(_))).collect();
        wanted.extend(
            self.around
                .request
                .iter()
                .flat_map(|(principal, resource, _)| [principal.clone(), resource.clone()]),
        );
        let ty = self.tape.one_of(&wanted).clone();
        self.any(&ty, depth)
    }

    fn some_entity_types(&mut self) -> EntityTypes {
        let count = self.around.schema.entity_types.len();
        let (first, second) = (self.tape.below(count) as u32, self.tape.below(count) as u32);
        EntityTypes::new([EntityTypeId(first), EntityTypeId(second)]).unwrap()
    }

    fn some_element(&mut self) -> Type {
        let elements = [
            people(),
            Type::Int,
            Type::String,
            one_group(),
            Type::Ip,
            Type::Cidr,
            wide(),
            narrow(),
            Type::Action,
            Type::Bool,
        ];
        self.tape.one_of(&elements).clone()
    }
}

fn one_group() -> Type {
    super::world::one(super::world::GROUP)
}

fn has_variable(params: &[Sig]) -> bool {
    params.iter().any(|param| param.instantiate(&Type::Int) != param.instantiate(&Type::Bool))
}

/// Programs that the generator makes must be admitted.
pub fn admit(program: Program) -> Verified {
    match crate::verify(program) {
        Ok(verified) => verified,
        Err(error) => panic!("the generator made a Program that the verifier refuses: {error}"),
    }
}
