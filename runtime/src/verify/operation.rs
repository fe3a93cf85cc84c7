//! The types of each operation's operands and result, exactly as [`crate::program::Op`] documents them.

use super::Verifier;
use super::body::{Scope, operand_type};
use crate::builtins::{Builtin, Sig};
use crate::fit::{fits, usable_as};
use crate::program::{Arithmetic, Body, Node, NodeId, Op};
use crate::types::{EntityTypes, Type};

type Checked = Result<(), String>;

fn ensure(holds: bool, problem: &str) -> Checked {
    if holds { Ok(()) } else { Err(problem.to_owned()) }
}

impl Verifier<'_> {
    /// Checks one node; its operands exist, and all types are well-formed.
    pub(super) fn operation(
        &self,
        body: &Body,
        node: &Node,
        scope: &Scope<'_>,
        locals: &[Option<Type>],
    ) -> Checked {
        let ty = |operand: &NodeId| operand_type(body, *operand);
        let is = |expected: &Type| ensure(node.ty == *expected, "its type is not that of its operation");
        let is_bool = || is(&Type::Bool);
        let wants = |operand: &NodeId, expected: &Type| {
            ensure(ty(operand) == expected, "an operand does not have the type that the operation takes")
        };
        let same = |a: &NodeId, b: &NodeId| ensure(ty(a) == ty(b), "two operands have different types");
        match &node.op {
            Op::Const(value) => {
                ensure(fits(&self.program.schema, value, &node.ty), "a value does not have its type")
            }
            Op::Param(param) => match self.program.params.get(*param as usize) {
                Some(param) => is(&param.ty),
                None => Err("it names no param".to_owned()),
            },
            Op::Principal => match &scope.request {
                Some(request) => is(&Type::Entity(request.principals.clone())),
                None => Err("a function names the principal".to_owned()),
            },
            Op::Resource => match &scope.request {
                Some(request) => is(&Type::Entity(request.resources.clone())),
                None => Err("a function names the resource".to_owned()),
            },
            Op::Context => match &scope.request {
                Some(request) => is(&Type::Record(request.context.clone())),
                None => Err("a function names the context".to_owned()),
            },
            Op::Action => is(&Type::Action),
            Op::Now => is(&Type::Datetime),
            Op::Local(local) => match locals.get(*local as usize) {
                Some(Some(bound)) => is(bound),
                _ => Err("it names a local that nothing binds".to_owned()),
            },
            Op::Let { body, .. } => is(ty(body)),
            Op::Call { function, args } => self.call(body, node, scope, *function, args),
            Op::And(operands) | Op::Or(operands) => {
                ensure(operands.len() >= 2, "it has less than two operands")?;
                operands.iter().try_for_each(|operand| wants(operand, &Type::Bool))?;
                is_bool()
            }
            Op::Not(operand) => wants(operand, &Type::Bool).and_then(|()| is_bool()),
            Op::If { condition, then, otherwise } => {
                wants(condition, &Type::Bool)?;
                same(then, otherwise)?;
                is(ty(then))
            }
            Op::Eq(a, b) => {
                let comparable = match (ty(a), ty(b)) {
                    (Type::Optional(_), _) => false,
                    (Type::Entity(a), Type::Entity(b)) => a.intersect(b).is_some(),
                    (a, b) => a == b,
                };
                ensure(comparable, "its operands cannot be equal").and_then(|()| is_bool())
            }
            Op::Compare(_, a, b) => {
                same(a, b)?;
                let ordered = match ty(a) {
                    Type::Int | Type::Decimal | Type::Datetime | Type::Duration => true,
                    Type::Enum(id) => self.program.schema.enums.get(id.index()).is_some_and(|ty| ty.ordered),
                    _ => false,
                };
                ensure(ordered, "its operands have no order").and_then(|()| is_bool())
            }
            Op::Arithmetic(operation, a, b) => match arithmetic(*operation, ty(a), ty(b)) {
                Some(result) => is(&result),
                None => Err("there is no such arithmetic".to_owned()),
            },
            Op::Neg(operand) => {
                ensure(
                    matches!(ty(operand), Type::Int | Type::Decimal | Type::Duration),
                    "its operand cannot be negated",
                )?;
                is(ty(operand))
            }
            Op::In(a, b) => {
                entity(ty(a))?;
                entity(ty(b))?;
                is_bool()
            }
            Op::InAny(a, b) => {
                entity(ty(a))?;
                entity(element(ty(b))?)?;
                is_bool()
            }
            Op::ActionIn(a, b) => {
                wants(a, &Type::Action)?;
                wants(b, &Type::Action)?;
                is_bool()
            }
            Op::ActionInAny(a, b) => {
                wants(a, &Type::Action)?;
                wants(b, &Type::set(Type::Action))?;
                is_bool()
            }
            Op::IsType(operand, types) => {
                entity(ty(operand))?;
                self.known(types)?;
                is_bool()
            }
            Op::Narrow(operand) => {
                let from = entity(ty(operand))?;
                ensure(entity(&node.ty)?.is_subset(from), "it narrows to types that its operand has not")
            }
            Op::Attribute(operand, name) => is(&self.attribute(entity(ty(operand))?, name)?),
            Op::HasAttribute(operand, _) => entity(ty(operand)).and_then(|_| is_bool()),
            Op::Field(operand, name) => match field(ty(operand), name)? {
                (of, true) => is(&Type::optional(of.clone())),
                (of, false) => is(of),
            },
            Op::HasField(operand, name) => field(ty(operand), name).and_then(|_| is_bool()),
            Op::Unwrap(operand) => is(inner(ty(operand))?),
            Op::IsSome(operand) => inner(ty(operand)).and_then(|_| is_bool()),
            Op::Coalesce(a, b) => {
                let of = inner(ty(a))?;
                ensure(ty(b) == of || ty(b) == ty(a), "its second operand does not fit its first")?;
                is(ty(b))
            }
            Op::Index(map, key) => {
                let Type::Map(of) = ty(map) else { return Err("it looks a key up in no map".to_owned()) };
                wants(key, &Type::String)?;
                is(&Type::Optional(of.clone()))
            }
            Op::Contains(set, of) => {
                ensure(element(ty(set))? == ty(of), "its operand is not of the set's element type")?;
                is_bool()
            }
            Op::Quantifier { set, body, filter, .. } => {
                element(ty(set))?;
                filter.iter().try_for_each(|types| self.known(types))?;
                wants(body, &Type::Bool)?;
                is_bool()
            }
            Op::SetOf(operands) => {
                let of = element(&node.ty)?;
                operands.iter().try_for_each(|operand| wants(operand, of))
            }
            Op::RecordOf(operands) => {
                let Type::Record(record) = &node.ty else { return Err("its type is no record".to_owned()) };
                ensure(operands.len() == record.fields().len(), "it has not one operand for each field")?;
                operands.iter().zip(record.fields()).try_for_each(|(operand, field)| match field.optional {
                    true => wants(operand, &Type::optional(field.ty.clone())),
                    false => wants(operand, &field.ty),
                })
            }
            Op::MapOf(entries) => {
                let Type::Map(of) = &node.ty else { return Err("its type is no map".to_owned()) };
                let mut keys: Vec<_> = entries.iter().map(|(key, _)| key).collect();
                keys.sort_unstable();
                ensure(keys.windows(2).all(|pair| pair[0] != pair[1]), "a key repeats")?;
                entries.iter().try_for_each(|(_, operand)| wants(operand, of))
            }
            Op::Convert(operand) => {
                ensure(usable_as(ty(operand), &node.ty), "its operand cannot be used as its type")
            }
            Op::Builtin(id, operands) => {
                let builtin = id.get().ok_or("it names no built-in")?;
                let types: Vec<&Type> = operands.iter().map(ty).collect();
                is(&builtin_result(builtin, &types, &node.ty).ok_or("no such arguments of this built-in")?)
            }
            Op::Like { value, pattern } => {
                ensure((*pattern as usize) < self.program.like_patterns.len(), "it names no pattern")?;
                wants(value, &Type::String)?;
                is_bool()
            }
            Op::Matches { value, regex } => {
                ensure((*regex as usize) < self.program.regexes.len(), "it names no regex")?;
                wants(value, &Type::String)?;
                is_bool()
            }
            Op::GrantFact(grant, args) => {
                let grant = self.program.schema.grants.get(grant.index()).ok_or("it names no grant")?;
                ensure(args.len() == grant.params.len(), "it has not one argument for each parameter")?;
                for (arg, param) in args.iter().zip(&grant.params) {
                    let fits = match (&param.ty, ty(arg)) {
                        (Type::Entity(_), arg) => matches!(arg, Type::Entity(_)),
                        (param, arg) if param == arg => true,
                        (Type::Set(element), Type::Entity(_)) if matches!(**element, Type::Entity(_)) => true,
                        (Type::Set(element), arg) => **element == *arg,
                        _ => false,
                    };
                    ensure(fits, "an argument cannot be in its column")?;
                }
                is_bool()
            }
            Op::Ancestors(operand) => {
                let types = entity(ty(operand))?.iter();
                let above = types.filter_map(|ty| self.ancestor_types.get(ty.index())?.as_ref());
                let element = above.cloned().reduce(|a, b| a.union(&b)).map_or(Type::Never, Type::Entity);
                is(&Type::set(element))
            }
        }
    }

    fn call(&self, body: &Body, node: &Node, scope: &Scope<'_>, function: u32, args: &[NodeId]) -> Checked {
        let (Some(function), Some(facts)) =
            (self.program.functions.get(function as usize), scope.functions.get(function as usize))
        else {
            return Err("it calls no function before it".to_owned());
        };
        let given = args.iter().map(|arg| operand_type(body, *arg));
        ensure(given.eq(&function.params), "its arguments are not those of the function")?;
        ensure(node.ty == facts.result, "its type is not that of the function")
    }

    fn known(&self, types: &EntityTypes) -> Checked {
        ensure(
            types.iter().all(|ty| ty.index() < self.program.schema.entity_types.len()),
            "it names an unknown entity type",
        )
    }

    /// The type of an attribute that each of the types has.
    fn attribute(&self, types: &EntityTypes, name: &str) -> Result<Type, String> {
        let mut found: Option<(&Type, bool)> = None;
        for ty in types.iter() {
            let declared =
                self.program.schema.entity_types.get(ty.index()).and_then(|ty| ty.attributes.field(name));
            let Some((_, field)) = declared else {
                return Err(format!("a type of its operand has no attribute `{name}`"));
            };
            match &mut found {
                None => found = Some((&field.ty, field.optional)),
                Some((of, optional)) => {
                    ensure(**of == field.ty, "types of its operand have the attribute with different types")?;
                    *optional |= field.optional;
                }
            }
        }
        match found {
            Some((of, true)) => Ok(Type::optional(of.clone())),
            Some((of, false)) => Ok(of.clone()),
            None => Err("its operand has no type".to_owned()),
        }
    }
}

fn arithmetic(operation: Arithmetic, a: &Type, b: &Type) -> Option<Type> {
    use Type::{Datetime, Decimal, Duration, Int};
    Some(match (operation, a, b) {
        (_, Int, Int) => Int,
        (Arithmetic::Add | Arithmetic::Sub, Decimal, Decimal) => Decimal,
        (Arithmetic::Add | Arithmetic::Sub, Duration, Duration) => Duration,
        (Arithmetic::Add | Arithmetic::Sub, Datetime, Duration) => Datetime,
        (Arithmetic::Sub, Datetime, Datetime) => Duration,
        (Arithmetic::Mul, Duration, Int) | (Arithmetic::Mul, Int, Duration) => Duration,
        (Arithmetic::Mul, Decimal, Int) | (Arithmetic::Mul, Int, Decimal) => Decimal,
        _ => return None,
    })
}

fn entity(ty: &Type) -> Result<&EntityTypes, String> {
    match ty {
        Type::Entity(types) => Ok(types),
        _ => Err("it is about entities, and this is none".to_owned()),
    }
}

fn element(ty: &Type) -> Result<&Type, String> {
    match ty {
        Type::Set(element) => Ok(element),
        _ => Err("it is about sets, and this is none".to_owned()),
    }
}

fn inner(ty: &Type) -> Result<&Type, String> {
    match ty {
        Type::Optional(inner) => Ok(inner),
        _ => Err("its operand is not optional".to_owned()),
    }
}

fn field<'t>(ty: &'t Type, name: &str) -> Result<(&'t Type, bool), String> {
    let Type::Record(record) = ty else { return Err("its operand is no record".to_owned()) };
    record
        .field(name)
        .map(|(_, field)| (&field.ty, field.optional))
        .ok_or_else(|| format!("its operand has no field `{name}`"))
}

/// The result type of a built-in for arguments of these types; a type variable in the result alone is as `node` has it.
fn builtin_result(builtin: &Builtin, args: &[&Type], node: &Type) -> Option<Type> {
    if args.len() != builtin.params.len() {
        return None;
    }
    let mut variable = None;
    for (sig, arg) in builtin.params.iter().zip(args) {
        if !unify(*sig, arg, &mut variable) {
            return None;
        }
    }
    if variable.is_none() {
        unify(builtin.result, node, &mut variable);
    }
    Some(builtin.result.instantiate(variable.as_ref().unwrap_or(&Type::Never)))
}

fn unify(sig: Sig, ty: &Type, variable: &mut Option<Type>) -> bool {
    match (sig, ty) {
        (Sig::T, ty) => match variable {
            Some(bound) => bound == ty,
            None => {
                *variable = Some(ty.clone());
                !matches!(ty, Type::Optional(_))
            }
        },
        (Sig::Set(sig), Type::Set(ty))
        | (Sig::Map(sig), Type::Map(ty))
        | (Sig::Optional(sig), Type::Optional(ty)) => unify(*sig, ty, variable),
        (Sig::Set(_) | Sig::Map(_) | Sig::Optional(_), _) => false,
        (sig, ty) => sig.instantiate(&Type::Never) == *ty,
    }
}
