//! The schema as declarations: one file for each namespace.

use crate::names::{Names, plain_text, split, text};
use crate::schema::{Action, ActionName, Field, Schema, Ty};

/// What the attribute is called that holds an entity's tags: `tags`, or a longer name if that is taken. It is the same for all types that a
/// condition may meet, so that it can be read of each of them.
pub fn tags_name(schema: &Schema) -> String {
    let mut name = "tags".to_owned();
    while schema.entities.values().any(|entity| entity.attributes.iter().any(|field| field.name == name)) {
        name.push('_');
    }
    name
}

/// Writes all declarations.
pub fn write(schema: &Schema, names: &Names, files: &mut Vec<(String, String)>) {
    let several = names.modules().count() > 1;
    for (namespace, module) in names.modules() {
        let mut out = String::new();
        if !module.is_empty() {
            out.push_str(&format!("module {module}\n\n"));
        }
        let writer = Writer { schema, names, module };
        let own = |name: &str| split(name).0 == namespace;
        for (name, ty) in schema.commons.iter().filter(|(name, _)| own(name)) {
            out.push_str(&format!("type {} = {}\n\n", writer.own(name), writer.ty(ty)));
        }
        for name in schema.entities.keys().filter(|name| own(name)) {
            writer.entity(name, &mut out);
        }
        writer.actions(namespace, &mut out);
        let path = if several {
            format!("policies/{}.assize", module.replace("::", "_"))
        } else {
            "policies/schema.assize".to_owned()
        };
        files.push((path, out));
    }
}

struct Writer<'a> {
    schema: &'a Schema,
    names: &'a Names,
    module: &'a str,
}

impl Writer<'_> {
    fn own(&self, name: &str) -> String {
        self.names.type_in(self.module, name)
    }

    fn ty(&self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => "Bool".to_owned(),
            Ty::Long => "Int".to_owned(),
            Ty::String => "String".to_owned(),
            // An address in Cedar may always be a range: only this type has all the values.
            Ty::Ipaddr => "Cidr".to_owned(),
            Ty::Decimal => "Decimal".to_owned(),
            Ty::Datetime => "Datetime".to_owned(),
            Ty::Duration => "Duration".to_owned(),
            Ty::Set(element) => format!("Set<{}>", self.ty(element)),
            Ty::Record(fields) => self.record(fields, ", "),
            Ty::Entity(name) | Ty::Common(name) => self.own(name),
        }
    }

    fn record(&self, fields: &[Field], separator: &str) -> String {
        if fields.is_empty() {
            return "{}".to_owned();
        }
        let field = |field: &Field| {
            let mark = if field.required { "" } else { "?" };
            format!("{}{mark}: {}", self.names.field_text(&field.name), self.ty(&field.ty))
        };
        format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(separator))
    }

    fn entity(&self, name: &str, out: &mut String) {
        let Some(entity) = self.schema.entities.get(name) else { return };
        doc(entity.doc.as_deref(), out);
        out.push_str(&format!("entity {}", self.own(name)));
        if let Some(ids) = &entity.variants {
            let ids: Vec<String> = ids.iter().map(|id| text(id)).collect();
            out.push_str(&format!(" = {}\n\n", ids.join(" | ")));
            return;
        }
        if !entity.parents.is_empty() {
            let parents: Vec<String> = entity.parents.iter().map(|parent| self.own(parent)).collect();
            out.push_str(&format!(" in {}", parents.join(" | ")));
        }
        let mut fields = entity.attributes.clone();
        let mut tags = String::new();
        if let Some(ty) = &entity.tags {
            tags = format!("{}: Map<String, {}>", tags_name(self.schema), self.ty(ty));
        }
        if fields.is_empty() && tags.is_empty() {
            out.push_str("\n\n");
            return;
        }
        let mut lines: Vec<String> = fields
            .drain(..)
            .map(|field| {
                let mark = if field.required { "" } else { "?" };
                format!("  {}{mark}: {}", self.names.field_text(&field.name), self.ty(&field.ty))
            })
            .collect();
        if !tags.is_empty() {
            lines.push(format!("  {tags}"));
        }
        out.push_str(&format!(" {{\n{}\n}}\n\n", lines.join("\n")));
    }

    fn actions(&self, namespace: &str, out: &mut String) {
        let own: Vec<(&ActionName, &Action)> =
            self.schema.actions.iter().filter(|((of, _), _)| of == namespace).collect();
        // Actions that are alike share a declaration, as people write them.
        let mut open = own.as_slice();
        while let [(name, action), rest @ ..] = open {
            let included = self.included(name);
            if !self.schema.is_declared(name) {
                // Nobody can ask about it, and nothing is in it.
                open = rest;
                continue;
            }
            let mut alike = vec![*name];
            if included.is_empty() {
                alike.extend(
                    rest.iter()
                        .take_while(|(other, next)| same(action, next) && self.included(other).is_empty())
                        .map(|(other, _)| *other),
                );
            }
            open = rest.get(alike.len() - 1..).unwrap_or_default();
            doc(action.doc.as_deref(), out);
            let list: Vec<String> =
                alike.iter().map(|name| self.names.action_in(self.module, name)).collect();
            out.push_str(&format!("action {}", list.join(", ")));
            if let Some(applies) = &action.applies {
                let union =
                    |types: &[String]| types.iter().map(|ty| self.own(ty)).collect::<Vec<_>>().join(" | ");
                out.push_str(&format!(" on {} by {}", union(&applies.resources), union(&applies.principals)));
                if applies.context != Ty::Record(Vec::new()) {
                    out.push_str(&format!(" with {}", self.ty(&applies.context)));
                }
            }
            if !included.is_empty() {
                let list: Vec<String> =
                    included.iter().map(|name| self.names.action_in(self.module, name)).collect();
                out.push_str(&format!(" includes {}", list.join(", ")));
            }
            out.push_str("\n\n");
        }
    }

    /// The actions directly in this one.
    fn included(&self, name: &ActionName) -> Vec<&ActionName> {
        let members = self.schema.actions.iter().filter(|(_, action)| action.groups.contains(name));
        members.map(|(name, _)| name).filter(|name| self.schema.is_declared(name)).collect()
    }
}

fn same(one: &Action, other: &Action) -> bool {
    other.doc.is_none()
        && match (&one.applies, &other.applies) {
            (Some(one), Some(other)) => {
                one.principals == other.principals
                    && one.resources == other.resources
                    && one.context == other.context
            }
            (None, None) => false,
            _ => false,
        }
}

fn doc(text: Option<&str>, out: &mut String) {
    for line in text.unwrap_or_default().lines() {
        out.push_str(format!("/// {}", plain_text(line)).trim_end());
        out.push('\n');
    }
}
