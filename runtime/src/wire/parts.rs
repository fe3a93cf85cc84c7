//! Types and values as lists of parts, operands before users: `Set<{ a: Int }>` is `Int`, `{ a }` of the one before, a set of that.
//!
//! A reader keeps what is not used yet on a stack, so that bytes which nest without end cost no more than their number.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;

use crate::types::{ActionId, EntityTypeId, EntityTypes, EnumId, FieldType, RecordType, Type};
use crate::value::{Cidr, Decimal, EntityUid, Value};
use crate::verify::MAX_TYPE_DEPTH;
use crate::zone::Zone;

/// A type, but for those inside it.
#[derive(Serialize, Deserialize)]
enum TypePart {
    Bool,
    Int,
    Decimal,
    String,
    Ip,
    Cidr,
    Datetime,
    Duration,
    Zone,
    Enum(EnumId),
    Entity(EntityTypes),
    Action,
    /// Of the type before it, as the next two.
    Set,
    Map,
    Optional,
    /// Names of fields, sorted, with whether they are optional; their types are the last ones before it.
    Record(Vec<(SmolStr, bool)>),
    Never,
}

/// A value, but for those inside it.
#[derive(Serialize, Deserialize)]
enum ValuePart {
    Absent,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    String(SmolStr),
    Ip(std::net::IpAddr),
    Cidr(Cidr),
    Datetime(i64),
    Duration(i64),
    Zone(Zone),
    Enum(EnumId, u32),
    Entity(EntityUid),
    Action(ActionId),
    /// So many values before it, in ascending order.
    Set(u32),
    /// Keys, sorted; the values are the last ones before it.
    Map(Vec<SmolStr>),
    /// As a map.
    Record(Vec<SmolStr>),
}

/// What is put together, with how deep it is nested.
struct Stack<T>(Vec<(T, u32)>);

const NESTED: &str = "something is nested too deep";
const ORDER: &str = "something is not in order, or twice";
const OPERANDS: &str = "parts do not fit together";

impl<T> Stack<T> {
    fn leaf(&mut self, made: T) {
        self.0.push((made, 0));
    }

    /// Takes the last `count` and puts what `make` makes of them.
    fn node(
        &mut self,
        count: usize,
        make: impl FnOnce(Vec<T>) -> Result<T, &'static str>,
    ) -> Result<(), &'static str> {
        let at = self.0.len().checked_sub(count).ok_or(OPERANDS)?;
        let operands = self.0.split_off(at);
        let depth = operands.iter().map(|(_, depth)| depth + 1).max().unwrap_or(0);
        if depth > MAX_TYPE_DEPTH {
            return Err(NESTED);
        }
        let made = make(operands.into_iter().map(|(operand, _)| operand).collect())?;
        self.0.push((made, depth));
        Ok(())
    }

    fn only(mut self) -> Result<T, &'static str> {
        match (self.0.pop(), self.0.is_empty()) {
            (Some((made, _)), true) => Ok(made),
            _ => Err(OPERANDS),
        }
    }
}

fn ascending<T: Ord>(items: &[T]) -> Result<(), &'static str> {
    if items.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(ORDER) }
}

impl TypePart {
    /// Adds the parts of a type. Types of a Program are not nested deeper than its verifier admits.
    fn of(ty: &Type, parts: &mut Vec<TypePart>) {
        let part = match ty {
            Type::Bool => TypePart::Bool,
            Type::Int => TypePart::Int,
            Type::Decimal => TypePart::Decimal,
            Type::String => TypePart::String,
            Type::Ip => TypePart::Ip,
            Type::Cidr => TypePart::Cidr,
            Type::Datetime => TypePart::Datetime,
            Type::Duration => TypePart::Duration,
            Type::Zone => TypePart::Zone,
            Type::Enum(id) => TypePart::Enum(*id),
            Type::Entity(types) => TypePart::Entity(types.clone()),
            Type::Action => TypePart::Action,
            Type::Never => TypePart::Never,
            Type::Set(of) | Type::Map(of) | Type::Optional(of) => {
                TypePart::of(of, parts);
                match ty {
                    Type::Set(_) => TypePart::Set,
                    Type::Map(_) => TypePart::Map,
                    _ => TypePart::Optional,
                }
            }
            Type::Record(record) => TypePart::of_record(record, parts),
        };
        parts.push(part);
    }

    fn of_record(record: &RecordType, parts: &mut Vec<TypePart>) -> TypePart {
        let field = |field: &FieldType| {
            TypePart::of(&field.ty, parts);
            (field.name.clone(), field.optional)
        };
        TypePart::Record(record.fields().iter().map(field).collect())
    }

    fn put(self, stack: &mut Stack<Type>) -> Result<(), &'static str> {
        let inside = |mut types: Vec<Type>| types.pop().map(Arc::new).ok_or(OPERANDS);
        match self {
            TypePart::Bool => stack.leaf(Type::Bool),
            TypePart::Int => stack.leaf(Type::Int),
            TypePart::Decimal => stack.leaf(Type::Decimal),
            TypePart::String => stack.leaf(Type::String),
            TypePart::Ip => stack.leaf(Type::Ip),
            TypePart::Cidr => stack.leaf(Type::Cidr),
            TypePart::Datetime => stack.leaf(Type::Datetime),
            TypePart::Duration => stack.leaf(Type::Duration),
            TypePart::Zone => stack.leaf(Type::Zone),
            TypePart::Enum(id) => stack.leaf(Type::Enum(id)),
            TypePart::Entity(types) => stack.leaf(Type::Entity(types)),
            TypePart::Action => stack.leaf(Type::Action),
            TypePart::Never => stack.leaf(Type::Never),
            TypePart::Set => stack.node(1, |types| inside(types).map(Type::Set))?,
            TypePart::Map => stack.node(1, |types| inside(types).map(Type::Map))?,
            TypePart::Optional => stack.node(1, |types| inside(types).map(Type::Optional))?,
            TypePart::Record(names) => stack.node(names.len(), |types| {
                if !names.is_sorted_by(|(a, _), (b, _)| a < b) {
                    return Err(ORDER);
                }
                let fields = names.into_iter().zip(types);
                let field = |((name, optional), ty)| FieldType { name, ty, optional };
                Ok(Type::Record(RecordType::new(fields.map(field).collect())))
            })?,
        }
        Ok(())
    }
}

impl ValuePart {
    /// Adds the parts of a value. Values of a Program fit its types, so they are not nested deeper.
    fn of(value: &Value, parts: &mut Vec<ValuePart>) {
        let entries = |entries: &std::collections::BTreeMap<SmolStr, Value>, parts: &mut Vec<ValuePart>| {
            let entry = |(key, value): (&SmolStr, &Value)| {
                ValuePart::of(value, parts);
                key.clone()
            };
            entries.iter().map(entry).collect()
        };
        let part = match value {
            Value::Absent => ValuePart::Absent,
            Value::Bool(value) => ValuePart::Bool(*value),
            Value::Int(value) => ValuePart::Int(*value),
            Value::Decimal(value) => ValuePart::Decimal(*value),
            Value::String(text) => ValuePart::String(text.clone()),
            Value::Ip(address) => ValuePart::Ip(*address),
            Value::Cidr(range) => ValuePart::Cidr(*range),
            Value::Datetime(value) => ValuePart::Datetime(*value),
            Value::Duration(value) => ValuePart::Duration(*value),
            Value::Zone(zone) => ValuePart::Zone(*zone),
            Value::Enum(id, variant) => ValuePart::Enum(*id, *variant),
            Value::Entity(uid) => ValuePart::Entity(uid.clone()),
            Value::Action(action) => ValuePart::Action(*action),
            Value::Set(elements) => {
                elements.iter().for_each(|element| ValuePart::of(element, parts));
                ValuePart::Set(u32::try_from(elements.len()).unwrap_or(u32::MAX))
            }
            Value::Map(of) => ValuePart::Map(entries(of, parts)),
            Value::Record(of) => ValuePart::Record(entries(of, parts)),
        };
        parts.push(part);
    }

    fn put(self, stack: &mut Stack<Value>) -> Result<(), &'static str> {
        let entries = |keys: Vec<SmolStr>, values: Vec<Value>| {
            ascending(&keys).map(|()| Arc::new(keys.into_iter().zip(values).collect()))
        };
        match self {
            ValuePart::Absent => stack.leaf(Value::Absent),
            ValuePart::Bool(value) => stack.leaf(Value::Bool(value)),
            ValuePart::Int(value) => stack.leaf(Value::Int(value)),
            ValuePart::Decimal(value) => stack.leaf(Value::Decimal(value)),
            ValuePart::String(text) => stack.leaf(Value::String(text)),
            ValuePart::Ip(address) => stack.leaf(Value::Ip(address)),
            ValuePart::Cidr(range) => stack.leaf(Value::Cidr(range)),
            ValuePart::Datetime(value) => stack.leaf(Value::Datetime(value)),
            ValuePart::Duration(value) => stack.leaf(Value::Duration(value)),
            ValuePart::Zone(zone) => stack.leaf(Value::Zone(zone)),
            ValuePart::Enum(id, variant) => stack.leaf(Value::Enum(id, variant)),
            ValuePart::Entity(uid) => stack.leaf(Value::Entity(uid)),
            ValuePart::Action(action) => stack.leaf(Value::Action(action)),
            ValuePart::Set(count) => stack.node(count as usize, |elements| {
                ascending(&elements)?;
                Ok(Value::Set(Arc::new(elements.into_iter().collect())))
            })?,
            ValuePart::Map(keys) => {
                stack.node(keys.len(), |values| entries(keys, values).map(Value::Map))?;
            }
            ValuePart::Record(keys) => {
                stack.node(keys.len(), |values| entries(keys, values).map(Value::Record))?;
            }
        }
        Ok(())
    }
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut parts = Vec::new();
        TypePart::of(self, &mut parts);
        parts.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut stack = Stack(Vec::new());
        let parts = <Vec<TypePart>>::deserialize(from)?;
        parts.into_iter().try_for_each(|part| part.put(&mut stack)).map_err(de::Error::custom)?;
        stack.only().map_err(de::Error::custom)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut parts = Vec::new();
        ValuePart::of(self, &mut parts);
        parts.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut stack = Stack(Vec::new());
        let parts = <Vec<ValuePart>>::deserialize(from)?;
        parts.into_iter().try_for_each(|part| part.put(&mut stack)).map_err(de::Error::custom)?;
        stack.only().map_err(de::Error::custom)
    }
}

impl Serialize for RecordType {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.fields().serialize(to)
    }
}

impl<'de> Deserialize<'de> for RecordType {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let fields = <Vec<FieldType>>::deserialize(from)?;
        if !fields.is_sorted_by(|a, b| a.name < b.name) {
            return Err(de::Error::custom(ORDER));
        }
        Ok(RecordType::new(fields))
    }
}

impl Serialize for EntityTypes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for EntityTypes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let types = <Vec<EntityTypeId>>::deserialize(from)?;
        ascending(&types).map_err(de::Error::custom)?;
        EntityTypes::new(types).ok_or_else(|| de::Error::custom("a set of entity types is empty"))
    }
}
