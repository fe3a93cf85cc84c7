//! What Cedar's names are called in Assize, and how names and texts are spelt there.

use indexmap::{IndexMap, IndexSet};

use crate::schema::{ActionName, Field, Schema, Ty};

/// Words that mean something somewhere; in backquotes they are names everywhere.
const WORDS: &[&str] = &[
    "action",
    "all",
    "allow",
    "and",
    "any",
    "as",
    "at",
    "because",
    "by",
    "const",
    "data",
    "deny",
    "else",
    "entity",
    "enum",
    "error",
    "expect",
    "external",
    "false",
    "fn",
    "for",
    "grant",
    "has",
    "if",
    "in",
    "includes",
    "is",
    "let",
    "like",
    "matches",
    "module",
    "most",
    "never",
    "none",
    "not",
    "now",
    "obligation",
    "oblige",
    "on",
    "or",
    "ordered",
    "param",
    "prove",
    "skip",
    "some",
    "std",
    "test",
    "then",
    "to",
    "trial",
    "true",
    "type",
    "unless",
    "until",
    "use",
    "when",
    "with",
];

/// Names of the language that cannot be declared: types, and what every policy calls a part of the request.
const TAKEN: &[&str] = &[
    "Action",
    "Bool",
    "Cidr",
    "Datetime",
    "Decimal",
    "Duration",
    "Int",
    "Ip",
    "Map",
    "Never",
    "Set",
    "String",
    "Zone",
    "principal",
    "action",
    "resource",
    "context",
    "now",
];

/// From Cedar's names to ours.
#[derive(Debug)]
pub struct Names {
    /// From namespaces to modules; the empty one has none.
    modules: IndexMap<String, String>,
    /// From full names of types to their last part here.
    types: IndexMap<String, String>,
    /// From actions to their ids here, where those differ.
    actions: IndexMap<ActionName, String>,
    /// From attributes and fields to what they are called here, where that differs.
    fields: IndexMap<String, String>,
    /// From ids of templates to grants.
    grants: IndexMap<String, String>,
    /// Functions, if they are needed: what `write/constant.rs` says of numbers and times.
    delays: [String; 2],
    /// The module in which policies stand.
    home: String,
}

/// The name, or one like it that is not taken yet; it is taken from then on.
fn free(name: &str, taken: &mut IndexSet<String>) -> String {
    let mut free = name.to_owned();
    while TAKEN.contains(&free.as_str()) || taken.contains(&free) {
        free.push('_');
    }
    taken.insert(free.clone());
    free
}

impl Names {
    /// Names for all that a schema declares, and for grants of templates with these ids.
    pub fn new<'t>(schema: &Schema, templates: impl IntoIterator<Item = &'t str>) -> Names {
        let mut namespaces: IndexSet<String> = IndexSet::new();
        let types = || schema.commons.keys().chain(schema.entities.keys());
        for name in types() {
            namespaces.insert(split(name).0.to_owned());
        }
        namespaces.extend(schema.actions.keys().map(|(namespace, _)| namespace.clone()));
        let mut modules = IndexMap::new();
        let mut taken = IndexSet::new();
        for namespace in &namespaces {
            let mut module = module_name(namespace);
            if module.is_empty() && namespaces.len() > 1 {
                // What stands in no module cannot be named in any.
                module = "main".to_owned();
            }
            while !module.is_empty() && !taken.insert(module.clone()) {
                module.push('_');
            }
            modules.insert(namespace.clone(), module);
        }
        let several = namespaces.len() > 1;
        let home = match namespaces.len() {
            1 => modules.values().next().cloned().unwrap_or_default(),
            _ => modules.get("").cloned().unwrap_or_default(),
        };
        // Names that may stay have the first choice.
        let mut by_namespace: IndexMap<&str, IndexSet<String>> = IndexMap::new();
        let mut names = IndexMap::new();
        for name in types() {
            let (namespace, last) = split(name);
            // What begins so is for its own module only.
            let last = if several { public(last) } else { last };
            names.insert(name.clone(), free(last, by_namespace.entry(namespace).or_default()));
        }
        let home_of =
            modules.iter().find(|(_, module)| **module == home).map_or("", |(namespace, _)| namespace);
        let in_home = by_namespace.entry(home_of).or_default();
        let templates = templates.into_iter();
        let grants = templates.map(|id| (id.to_owned(), free(&nameable(id), in_home))).collect();
        let delays = ["at_run_time", "time_at_run_time"].map(|name| free(name, in_home));
        Names {
            actions: actions(schema, &modules),
            fields: fields(schema),
            modules,
            types: names,
            grants,
            delays,
            home,
        }
    }

    /// What an attribute or field is called.
    pub fn field<'a>(&'a self, name: &'a str) -> &'a str {
        self.fields.get(name).map_or(name, String::as_str)
    }

    /// The same where it is written.
    pub fn field_text(&self, name: &str) -> String {
        field_name(self.field(name))
    }

    /// Attributes and fields that are called something else here.
    pub fn renamed_fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(cedar, ours)| (cedar.as_str(), ours.as_str()))
    }

    /// The grant of a template.
    pub fn grant<'a>(&'a self, template: &'a str) -> &'a str {
        self.grants.get(template).map_or(template, String::as_str)
    }

    /// The function through which a number goes that is only looked at when deciding.
    pub fn delay_of_int(&self) -> &str {
        &self.delays[0]
    }

    /// The same for a time.
    pub fn delay_of_datetime(&self) -> &str {
        &self.delays[1]
    }

    /// The same as data spells it.
    pub fn wire_grant(&self, template: &str) -> String {
        let grant = self.grant(template);
        if self.home.is_empty() { grant.to_owned() } else { format!("{}::{grant}", self.home) }
    }

    /// The module of a namespace; empty for none.
    pub fn module(&self, namespace: &str) -> &str {
        self.modules.get(namespace).map_or("", String::as_str)
    }

    /// Namespaces with their modules.
    pub fn modules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.iter().map(|(namespace, module)| (namespace.as_str(), module.as_str()))
    }

    /// The module in which policies stand.
    pub fn home(&self) -> &str {
        &self.home
    }

    fn last<'a>(&'a self, name: &'a str) -> &'a str {
        self.types.get(name).map_or(split(name).1, String::as_str)
    }

    /// A type as it is spelt in a module.
    pub fn type_in(&self, module: &str, name: &str) -> String {
        let own = self.module(split(name).0);
        let last = quoted_name(self.last(name));
        if own == module || own.is_empty() { last } else { format!("{own}::{last}") }
    }

    /// A type as it is spelt in policies.
    pub fn ty(&self, name: &str) -> String {
        self.type_in(&self.home, name)
    }

    /// A type as data and requests spell it.
    pub fn wire_type(&self, name: &str) -> String {
        let module = self.module(split(name).0);
        if module.is_empty() { self.last(name).to_owned() } else { format!("{module}::{}", self.last(name)) }
    }

    /// An entity as it is spelt in policies.
    pub fn entity(&self, ty: &str, id: &str) -> String {
        format!("{}::{}", self.ty(ty), text(id))
    }

    /// An action where actions are listed: `view`, `photos::"view it"`.
    pub fn action_in(&self, module: &str, (namespace, id): &ActionName) -> String {
        let own = self.module(namespace);
        let last = action_text(self.action_id(namespace, id));
        if own == module || own.is_empty() { last } else { format!("{own}::{last}") }
    }

    /// An action as a value in policies: `Action::view`.
    pub fn action_value(&self, (namespace, id): &ActionName) -> String {
        let own = self.module(namespace);
        let last = action_text(self.action_id(namespace, id));
        if own == self.home || own.is_empty() {
            format!("Action::{last}")
        } else {
            format!("{own}::Action::{last}")
        }
    }

    /// An action as requests spell it.
    pub fn wire_action(&self, (namespace, id): &ActionName) -> String {
        let module = self.module(namespace);
        let id = self.action_id(namespace, id);
        if module.is_empty() { id.to_owned() } else { format!("{module}::{id}") }
    }

    fn action_id<'a>(&'a self, namespace: &str, id: &'a str) -> &'a str {
        self.actions.get(&(namespace.to_owned(), id.to_owned())).map_or(id, String::as_str)
    }
}

/// Actions that need another name: one without a name, and one whose full name is that of another.
fn actions(schema: &Schema, modules: &IndexMap<String, String>) -> IndexMap<ActionName, String> {
    let full = |namespace: &str, id: &str| match modules.get(namespace).map(String::as_str) {
        None | Some("") => id.to_owned(),
        Some(module) => format!("{module}::{id}"),
    };
    let mut taken: IndexSet<String> = IndexSet::new();
    let mut renamed = IndexMap::new();
    for (namespace, id) in schema.actions.keys() {
        let is_member = schema
            .actions
            .get(&(namespace.clone(), id.clone()))
            .is_some_and(|action| !action.groups.is_empty());
        let mut ours = match id.as_str() {
            "" => "nameless".to_owned(),
            // In the list of what a group includes it would be a pattern.
            id if is_member && id.contains('*') => id.replace('*', "_"),
            id if modules.len() > 1 => public(id).to_owned(),
            id => id.to_owned(),
        };
        while taken.contains(&full(namespace, &ours))
            || (ours != *id && schema.actions.contains_key(&(namespace.clone(), ours.clone())))
        {
            ours.push('_');
        }
        taken.insert(full(namespace, &ours));
        if ours != *id {
            renamed.insert((namespace.clone(), id.clone()), ours);
        }
    }
    renamed
}

/// A name without what makes it a private one.
fn public(name: &str) -> &str {
    let public = name.trim_start_matches('_');
    if public.is_empty() { "nameless" } else { public }
}

/// Fields whose names cannot be written here.
fn fields(schema: &Schema) -> IndexMap<String, String> {
    let mut all = IndexSet::new();
    for entity in schema.entities.values() {
        field_names(&entity.attributes, &mut all);
        entity.tags.iter().for_each(|ty| field_names_of(ty, &mut all));
    }
    schema.commons.values().for_each(|ty| field_names_of(ty, &mut all));
    let contexts = schema.actions.values().filter_map(|action| action.applies.as_ref());
    contexts.for_each(|applies| field_names_of(&applies.context, &mut all));
    let mut taken: IndexSet<String> = all.iter().filter(|name| nameable(name) == **name).cloned().collect();
    let mut renamed = IndexMap::new();
    for name in all.iter().filter(|name| nameable(name) != **name) {
        let mut ours = nameable(name);
        while !taken.insert(ours.clone()) {
            ours.push('_');
        }
        renamed.insert(name.clone(), ours);
    }
    renamed
}

fn field_names(fields: &[Field], names: &mut IndexSet<String>) {
    for field in fields {
        names.insert(field.name.clone());
        field_names_of(&field.ty, names);
    }
}

fn field_names_of(ty: &Ty, names: &mut IndexSet<String>) {
    match ty {
        Ty::Set(element) => field_names_of(element, names),
        Ty::Record(fields) => field_names(fields, names),
        _ => {}
    }
}

/// A name as it can stand in backquotes, if need be a little different.
fn nameable(name: &str) -> String {
    let visible = |character: char| match character {
        '`' => '\'',
        _ if character.is_control() || is_invisible(character) => ' ',
        _ => character,
    };
    let name: String = name.chars().map(visible).collect();
    if name.trim().is_empty() { "_".to_owned() } else { name }
}

/// Namespace and last part of a full name.
pub fn split(name: &str) -> (&str, &str) {
    name.rsplit_once("::").unwrap_or(("", name))
}

/// `PhotoBox::Web` is the module `photo_box::web`.
fn module_name(namespace: &str) -> String {
    let part = |part: &str| {
        let mut out = String::new();
        let mut before = None::<char>;
        for character in part.chars() {
            if character.is_uppercase()
                && before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
            {
                out.push('_');
            }
            out.extend(character.to_lowercase());
            before = Some(character);
        }
        if WORDS.contains(&out.as_str()) {
            out.push('_');
        }
        out
    };
    namespace.split("::").filter(|part| !part.is_empty()).map(part).collect::<Vec<_>>().join("::")
}

fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        && name != "_"
}

/// A name where any word of the language could stand.
pub fn quoted_name(name: &str) -> String {
    if is_plain(name) && !WORDS.contains(&name) { name.to_owned() } else { format!("`{name}`") }
}

/// The name of a field, before `:` or after `.` or `has`, where every word is a name.
fn field_name(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { format!("`{name}`") }
}

/// An action, which may be called anything.
fn action_text(id: &str) -> String {
    if is_plain(id) && !WORDS.contains(&id) { id.to_owned() } else { text(id) }
}

/// A text as a literal.
pub fn text(value: &str) -> String {
    let mut out = String::from("\"");
    for character in value.chars() {
        push_escaped(character, &mut out);
    }
    out.push('"');
    out
}

/// A character inside of a literal. What looks like something else, or like nothing, is spelt by its number.
pub fn push_escaped(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        _ if character.is_control() || is_invisible(character) => {
            out.push_str(&format!("\\u{{{:X}}}", u32::from(character)));
        }
        _ => out.push(character),
    }
}

/// A comment's or documentation's text without what a reader cannot see.
pub fn plain_text(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if character == '\t' {
            out.push(' ');
        } else if character.is_control() || is_invisible(character) {
            out.push_str(&format!("\\u{{{:X}}}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out
}

/// Characters that have no width, turn the direction of text, or end a line.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF)
}
