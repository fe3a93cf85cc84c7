//! From JSON to values of a declared type, with every fault and its path.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use smol_str::SmolStr;

use super::tree::{Json, Kind, Member, read};
use crate::literal::{self, LiteralError};
use crate::names::{Names, Unresolved, closest, read_entity, spell_entity};
use crate::types::{ActionId, EntityTypeId, EntityTypes, RecordType, Schema, Type};
use crate::value::{EntityUid, Value};

/// Why a JSON text is no value of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .path.is_empty() { String::new() } else { format!("`{}`: ", .path) })]
pub struct ValueFault {
    /// Byte offset.
    pub at: usize,
    /// `attrs.level`, `viewers[2]`; empty for the whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// The value that a JSON text spells, of this type; `null` is the absent value of an optional type. Answers the first fault.
pub fn parse_value(schema: &Schema, names: &Names, ty: &Type, text: &str) -> Result<Value, ValueFault> {
    let json = read(text).map_err(|fault| ValueFault {
        at: fault.at,
        path: String::new(),
        message: fault.message,
    })?;
    let mut typing = Typing::new(schema, names);
    let value = typing.value(&json, ty);
    match (value, typing.faults.into_iter().next()) {
        (Some(value), None) => Ok(value),
        (_, Some(fault)) => Err(fault),
        (None, None) => {
            Err(ValueFault { at: 0, path: String::new(), message: "this is no value".to_owned() })
        }
    }
}

/// One step from a value to a part of it.
pub(super) enum Step {
    Field(SmolStr),
    Element(usize),
    Key(SmolStr),
}

/// Types JSON by the schema. A method that answers `None` has left a fault.
pub(super) struct Typing<'a> {
    pub schema: &'a Schema,
    pub names: &'a Names,
    pub faults: Vec<ValueFault>,
    path: Vec<Step>,
}

impl<'a> Typing<'a> {
    pub fn new(schema: &'a Schema, names: &'a Names) -> Self {
        Typing { schema, names, faults: Vec::new(), path: Vec::new() }
    }

    /// Leaves a fault at the place that is being read.
    pub fn fault<T>(&mut self, at: usize, message: impl Into<String>) -> Option<T> {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => path.extend([".", name]),
                Step::Element(index) => drop(write!(path, "[{index}]")),
                Step::Key(key) => drop(write!(path, "[{key:?}]")),
            }
        }
        self.faults.push(ValueFault { at, path, message: message.into() });
        None
    }

    /// Does something one step further down.
    pub fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    pub fn expected<T>(&mut self, json: &Json<'_>, what: &str) -> Option<T> {
        self.fault(json.at, format!("expected {what}, found {}", json.describe()))
    }

    pub fn value(&mut self, json: &Json<'_>, ty: &Type) -> Option<Value> {
        match (ty, &json.kind) {
            (Type::Optional(_), Kind::Null) => Some(Value::Absent),
            (Type::Optional(inner), _) => self.value(json, inner),
            (Type::Bool, Kind::Bool(truth)) => Some(Value::Bool(*truth)),
            (Type::Bool, _) => self.expected(json, "`true` or `false`"),
            (Type::Int, Kind::Number(text)) => match literal::parse_int(text) {
                Ok(number) => Some(Value::Int(number)),
                Err(error) => self.fault(json.at, format!("`{}` is no Int: {error}", shortened(text))),
            },
            (Type::Int, _) => self.expected(json, "a whole number"),
            (Type::Decimal, Kind::Number(text)) => {
                self.literal(json, text, literal::parse_decimal, Value::Decimal)
            }
            (Type::Decimal, Kind::String(text)) => {
                self.literal(json, text, literal::parse_decimal, Value::Decimal)
            }
            (Type::Decimal, _) => self.expected(json, "a Decimal such as `1.5`"),
            (Type::String, Kind::String(text)) => Some(Value::String(text.clone())),
            (Type::String, _) => self.expected(json, "a string"),
            (Type::Ip, Kind::String(text)) => self.literal(json, text, literal::parse_ip, Value::Ip),
            (Type::Ip, _) => self.expected(json, "an Ip as a string"),
            (Type::Cidr, Kind::String(text)) => self.literal(json, text, literal::parse_cidr, Value::Cidr),
            (Type::Cidr, _) => self.expected(json, "a Cidr as a string"),
            (Type::Datetime, Kind::String(text)) => {
                self.literal(json, text, literal::parse_datetime, Value::Datetime)
            }
            (Type::Datetime, _) => self.expected(json, "a Datetime as a string"),
            (Type::Duration, Kind::String(text)) => {
                self.literal(json, text, literal::parse_duration, Value::Duration)
            }
            (Type::Duration, _) => self.expected(json, "a Duration as a string"),
            (Type::Zone, Kind::String(text)) => self.literal(json, text, literal::parse_zone, Value::Zone),
            (Type::Zone, _) => self.expected(json, "a Zone as a string"),
            (Type::Enum(id), Kind::String(text)) => self.variant(json, *id, text),
            (Type::Enum(_), _) => self.expected(json, "the name of a variant as a string"),
            (Type::Entity(types), _) => self.entity_of(json, types).map(Value::Entity),
            (Type::Action, Kind::String(text)) => self.action(json.at, text).map(Value::Action),
            (Type::Action, _) => self.expected(json, "the name of an action as a string"),
            (Type::Set(element), Kind::Array(elements)) => self.set(elements, element),
            (Type::Set(_), _) => self.expected(json, "an array"),
            (Type::Map(of), Kind::Object(members)) => self.map(members, of),
            (Type::Map(_), _) => self.expected(json, "an object"),
            (Type::Record(record), _) => Some(Value::Record(Arc::new(self.record(json, record)?))),
            (Type::Never, _) => self.fault(json.at, "no value can stand here"),
        }
    }

    fn literal<T>(
        &mut self,
        json: &Json<'_>,
        text: &str,
        parse: fn(&str) -> Result<T, LiteralError>,
        value: fn(T) -> Value,
    ) -> Option<Value> {
        match parse(text) {
            Ok(parsed) => Some(value(parsed)),
            Err(error) => {
                let hint = did_you_mean(error.instead.as_deref());
                self.fault(json.at, format!("`{}`: {error}{hint}", shortened(text)))
            }
        }
    }

    fn variant(&mut self, json: &Json<'_>, id: crate::types::EnumId, text: &str) -> Option<Value> {
        let declared = self.schema.enums.get(id.index())?;
        let name = match text.rsplit_once("::") {
            Some((of, name)) if self.names.enums.get(of) == Ok(id.0) => name,
            _ => text,
        };
        match declared.variants.iter().position(|variant| variant == name) {
            Some(at) => Some(Value::Enum(id, at as u32)),
            None => {
                let hint = did_you_mean(closest(name, declared.variants.iter().map(SmolStr::as_str)));
                let message = format!("enum `{}` has no variant `{}`{hint}", declared.name, shortened(name));
                self.fault(json.at, message)
            }
        }
    }

    fn set(&mut self, elements: &[Json<'_>], ty: &Type) -> Option<Value> {
        let mut set = BTreeSet::new();
        let mut whole = true;
        for (index, element) in elements.iter().enumerate() {
            match self.within(Step::Element(index), |typing| typing.value(element, ty)) {
                Some(value) => {
                    if !set.insert(value) {
                        whole = false;
                        self.within(Step::Element(index), |typing| {
                            typing.fault::<()>(element.at, "this element is in the set twice")
                        });
                    }
                }
                None => whole = false,
            }
        }
        whole.then(|| Value::Set(Arc::new(set)))
    }

    fn map(&mut self, members: &[Member<'_>], ty: &Type) -> Option<Value> {
        let mut map = BTreeMap::new();
        let mut whole = true;
        for Member { key, value, .. } in members {
            match self.within(Step::Key(key.clone()), |typing| typing.value(value, ty)) {
                Some(value) => drop(map.insert(key.clone(), value)),
                None => whole = false,
            }
        }
        whole.then(|| Value::Map(Arc::new(map)))
    }

    /// The fields of a record; what is absent is left out.
    pub fn record(&mut self, json: &Json<'_>, record: &RecordType) -> Option<BTreeMap<SmolStr, Value>> {
        let Kind::Object(members) = &json.kind else { return self.expected(json, "an object") };
        let mut fields = BTreeMap::new();
        let faults = self.faults.len();
        for Member { key, key_at, value } in members {
            let Some((_, field)) = record.field(key) else {
                let hint =
                    did_you_mean(closest(key, record.fields().iter().map(|field| field.name.as_str())));
                let _: Option<()> =
                    self.fault(*key_at, format!("there is no field `{}`{hint}", shortened(key)));
                continue;
            };
            if field.optional && value.kind == Kind::Null {
                self.within(Step::Field(key.clone()), |typing| {
                    typing.fault::<()>(value.at, "`null` is never a value: leave an absent field out")
                });
                continue;
            }
            if let Some(value) =
                self.within(Step::Field(key.clone()), |typing| typing.value(value, &field.ty))
            {
                fields.insert(key.clone(), value);
            }
        }
        for field in record.fields() {
            let given = || members.iter().any(|member| member.key == field.name);
            if !field.optional && !given() {
                let _: Option<()> = self.fault(json.at, format!("the field `{}` is missing", field.name));
            }
        }
        (self.faults.len() == faults).then_some(fields)
    }

    /// An entity of one of these types.
    pub fn entity_of(&mut self, json: &Json<'_>, types: &EntityTypes) -> Option<EntityUid> {
        let uid = self.entity(json)?;
        if types.contains(uid.ty) {
            return Some(uid);
        }
        let expected: Vec<_> = types.iter().map(|ty| format!("`{}`", self.names.entity_type(ty))).collect();
        let found = self.names.entity_type(uid.ty);
        self.fault(
            json.at,
            format!("expected an entity of type {}, found a `{found}`", expected.join(" or ")),
        )
    }

    /// An entity of any type: `User::"ann"` or `{"type": "User", "id": "ann"}`.
    pub fn entity(&mut self, json: &Json<'_>) -> Option<EntityUid> {
        let (ty, id) = match &json.kind {
            Kind::String(text) => {
                let Some((ty, id)) = read_entity(text) else {
                    return self.fault(
                        json.at,
                        format!("`{}` is no entity: write it as `User::\"ann\"` or as an object with `type` and `id`", shortened(text)),
                    );
                };
                (self.entity_type(json.at, ty)?, id)
            }
            Kind::Object(members) => self.entity_object(json, members)?,
            _ => {
                return self
                    .expected(json, "an entity, as `User::\"ann\"` or as an object with `type` and `id`");
            }
        };
        let closed = self.schema.entity_types.get(ty.index()).and_then(|ty| ty.closed.as_ref());
        if let Some(ids) = closed.filter(|ids| !ids.contains(&id)) {
            let hint = did_you_mean(closest(&id, ids.iter().map(SmolStr::as_str)));
            let spelt = spell_entity(self.names.entity_type(ty), &shortened(&id));
            return self.fault(json.at, format!("there is no `{spelt}`: its type lists all its ids{hint}"));
        }
        Some(EntityUid { ty, id })
    }

    fn entity_object(&mut self, json: &Json<'_>, members: &[Member<'_>]) -> Option<(EntityTypeId, SmolStr)> {
        let (mut ty, mut id) = (None, None);
        for Member { key, key_at, value } in members {
            let slot = match key.as_str() {
                "type" => &mut ty,
                "id" => &mut id,
                _ => {
                    return self
                        .fault(*key_at, format!("an entity has `type` and `id`, not `{}`", shortened(key)));
                }
            };
            let Kind::String(text) = &value.kind else {
                return self.within(Step::Field(key.clone()), |typing| typing.expected(value, "a string"));
            };
            *slot = Some((text.clone(), value.at));
        }
        match (ty, id) {
            (Some((ty, at)), Some((id, _))) => Some((self.entity_type(at, &ty)?, id)),
            (None, _) => self.fault(json.at, "an entity needs `type`"),
            (_, None) => self.fault(json.at, "an entity needs `id`"),
        }
    }

    /// An entity type by name.
    pub fn entity_type(&mut self, at: usize, name: &str) -> Option<EntityTypeId> {
        let names = self.names;
        match names.entity_types.get(name) {
            Ok(id) => Some(EntityTypeId(id)),
            Err(why) => self.fault(at, unresolved("entity type", name, why)),
        }
    }

    /// An action by name.
    pub fn action(&mut self, at: usize, name: &str) -> Option<ActionId> {
        let names = self.names;
        match names.actions.get(name) {
            Ok(id) => Some(ActionId(id)),
            Err(why) => self.fault(at, unresolved("action", name, why)),
        }
    }
}

/// `there is no entity type `Usr`; did you mean `User`?`
pub(crate) fn unresolved(kind: &str, name: &str, why: Unresolved<'_>) -> String {
    match why {
        Unresolved::Unknown(hint) => {
            format!("there is no {kind} `{}`{}", shortened(name), did_you_mean(hint))
        }
        Unresolved::Ambiguous => format!("there is more than one {kind} `{name}`: write its module too"),
    }
}

pub(super) fn did_you_mean(hint: Option<&str>) -> String {
    hint.map_or(String::new(), |hint| format!("; did you mean `{hint}`?"))
}

/// A text from outside, cut to a length that a message can bear.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(80) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
