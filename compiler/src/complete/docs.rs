//! What declarations say about attributes and fields, in the comments above them.

use assize_lang::ast::{Field, Item, ItemKind, Type as Written, TypeKind};
use assize_runtime::types::{EntityTypeId, RecordType, Type};
use salsa::Database;

use crate::db::{self, Package};
use crate::declarations::Def;
use crate::library;
use crate::resolve::Resolved;

/// Where to look for documentation.
pub(super) struct Docs<'a> {
    pub(super) database: &'a dyn Database,
    pub(super) package: Package,
    pub(super) resolved: &'a Resolved,
}

impl Docs<'_> {
    /// Of an attribute of an entity type.
    pub(super) fn of_attribute(&self, ty: EntityTypeId, name: &str) -> String {
        match self.item(&Def::EntityType(ty)).map(|item| &item.kind) {
            Some(ItemKind::Entity(decl)) => in_fields(&decl.fields, name),
            _ => String::new(),
        }
    }

    /// Of a field of a record, if some `type` stands for this record.
    pub(super) fn of_field(&self, record: &RecordType, name: &str) -> String {
        let is_this = |ty: &Option<Type>| matches!(ty, Some(Type::Record(known)) if known == record);
        let aliases = self.resolved.declarations.aliases.iter().enumerate();
        let mut matching = aliases.filter(|(_, (_, ty))| is_this(ty));
        let docs = matching.find_map(|(at, _)| match &self.item(&Def::Alias(at as u32))?.kind {
            ItemKind::TypeAlias { ty: Written { kind: TypeKind::Record(fields), .. }, .. } => {
                Some(in_fields(fields, name)).filter(|docs| !docs.is_empty())
            }
            _ => None,
        });
        docs.unwrap_or_default()
    }

    fn item(&self, def: &Def) -> Option<&Item> {
        let (key, _) = self.resolved.places.get(def)?;
        let file = library::files(self.database, self.package).get(key.file as usize)?;
        let item = db::declaration_items(self.database, *file).get(key.item as usize)?;
        Some(&db::parse(self.database, *item).item)
    }
}

fn in_fields(fields: &[Field], name: &str) -> String {
    let named = fields.iter().find(|field| field.name.text == name);
    named.map_or_else(String::new, |field| field.docs.to_string())
}
