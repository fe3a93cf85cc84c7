//! Types, names and values as text.

use super::expression::Expressions;
use crate::json::{entity_json, value_json};
use crate::types::{ActionId, EntityTypeId, EntityTypes, FieldType, RecordType, Type};
use crate::value::{EntityUid, Value};

impl Expressions<'_> {
    pub(super) fn entity_name(&self, ty: EntityTypeId) -> &str {
        self.program.schema.entity_types.get(ty.index()).map_or("?", |ty| &ty.name)
    }

    pub(super) fn action_name(&self, action: ActionId) -> &str {
        self.program.schema.actions.get(action.index()).map_or("?", |action| &action.name)
    }

    /// Sorted by name: numbers follow the order of files.
    pub(super) fn types(&self, types: &EntityTypes) -> String {
        let mut names: Vec<&str> = types.iter().map(|ty| self.entity_name(ty)).collect();
        names.sort_unstable();
        names.join(" | ")
    }

    pub(super) fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::Enum(id) => self
                .program
                .schema
                .enums
                .get(id.index())
                .map_or_else(|| "?".to_owned(), |ty| ty.name.to_string()),
            Type::Entity(types) => self.types(types),
            Type::Set(of) => format!("Set<{}>", self.ty(of)),
            Type::Map(of) => format!("Map<String, {}>", self.ty(of)),
            Type::Optional(of) => format!("({})?", self.ty(of)),
            Type::Record(record) => self.record(record),
            plain => format!("{plain:?}"),
        }
    }

    pub(super) fn record(&self, record: &RecordType) -> String {
        let fields: Vec<String> = record.fields().iter().map(|field| self.field(field)).collect();
        if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
    }

    pub(super) fn field(&self, field: &FieldType) -> String {
        format!("{}{}: {}", field.name, if field.optional { "?" } else { "" }, self.ty(&field.ty))
    }

    pub(super) fn uid(&self, uid: &EntityUid) -> String {
        entity_json(self.program.names(), uid).to_string()
    }

    pub(super) fn value(&self, value: &Value) -> String {
        let mut json = value_json(&self.program.schema, self.program.names(), value);
        sort(&mut json);
        json.to_string()
    }
}

/// Sets are sorted by numbers, which are others in another Program: by their text here. No other value is an array.
fn sort(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Array(elements) => {
            elements.iter_mut().for_each(sort);
            elements.sort_by_cached_key(ToString::to_string);
        }
        serde_json::Value::Object(members) => members.values_mut().for_each(sort),
        _ => {}
    }
}
