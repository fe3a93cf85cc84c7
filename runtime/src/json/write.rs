//! Values as JSON, in the form that reading takes.

use serde_json::{Map, Value as Json, json};

use crate::literal::{format_datetime, format_duration};
use crate::names::Names;
use crate::types::Schema;
use crate::value::{EntityUid, Value};

/// `{"type": "User", "id": "ann"}`
pub fn entity_json(names: &Names, uid: &EntityUid) -> Json {
    json!({ "type": names.entity_type(uid.ty), "id": uid.id.as_str() })
}

/// A value as [`super::parse_value`] reads it: the absent value is `null`; a Decimal is a string, since JSON's readers round numbers.
pub fn value_json(schema: &Schema, names: &Names, value: &Value) -> Json {
    match value {
        Value::Absent => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => Json::from(*number),
        Value::Decimal(number) => Json::String(number.to_string()),
        Value::String(text) => Json::String(text.to_string()),
        Value::Ip(ip) => Json::String(ip.to_string()),
        Value::Cidr(range) => Json::String(range.to_string()),
        Value::Datetime(time) => Json::String(format_datetime(*time)),
        Value::Duration(duration) => Json::String(format_duration(*duration)),
        Value::Zone(zone) => Json::String(zone.name().to_owned()),
        Value::Enum(id, variant) => {
            let declared = schema.enums.get(id.index()).and_then(|ty| ty.variants.get(*variant as usize));
            Json::String(declared.map_or_else(|| "?".to_owned(), ToString::to_string))
        }
        Value::Entity(uid) => entity_json(names, uid),
        Value::Action(action) => Json::String(names.action(*action).to_owned()),
        Value::Set(set) => Json::Array(set.iter().map(|value| value_json(schema, names, value)).collect()),
        Value::Map(fields) | Value::Record(fields) => {
            let members =
                fields.iter().map(|(key, value)| (key.to_string(), value_json(schema, names, value)));
            Json::Object(members.collect::<Map<_, _>>())
        }
    }
}
