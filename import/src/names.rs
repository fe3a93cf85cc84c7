//! What Cedar's names are called in Assize, and how names and texts are spelt there.

use indexmap::{IndexMap, IndexSet};

use crate::schema::{ActionName, Schema};

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

/// Types of the language, whose names are taken.
const TYPES: &[&str] = &[
    "Action", "Bool", "Cidr", "Datetime", "Decimal", "Duration", "Int", "Ip", "Map", "Never", "Set",
    "String", "Zone",
];

/// From Cedar's names to ours.
#[derive(Debug)]
pub struct Names {
    /// From namespaces to modules; the empty one has none.
    modules: IndexMap<String, String>,
    /// From full names of types to their last part here.
    types: IndexMap<String, String>,
    /// The module in which policies stand.
    home: String,
}

impl Names {
    /// Names for all that a schema declares.
    pub fn new(schema: &Schema) -> Names {
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
            while !module.is_empty() && !taken.insert(module.clone()) {
                module.push('_');
            }
            modules.insert(namespace.clone(), module);
        }
        let mut names = IndexMap::new();
        for name in types() {
            let (namespace, last) = split(name);
            let mut ours = last.to_owned();
            while TYPES.contains(&ours.as_str())
                || (ours != last && types().any(|other| split(other) == (namespace, ours.as_str())))
            {
                ours.push('_');
            }
            names.insert(name.clone(), ours);
        }
        let home = match namespaces.len() {
            1 => modules.values().next().cloned().unwrap_or_default(),
            _ => String::new(),
        };
        Names { modules, types: names, home }
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
        let last = action_text(id);
        if own == module || own.is_empty() { last } else { format!("{own}::{last}") }
    }

    /// An action as a value in policies: `Action::view`.
    pub fn action_value(&self, (namespace, id): &ActionName) -> String {
        let own = self.module(namespace);
        let last = action_text(id);
        if own == self.home || own.is_empty() {
            format!("Action::{last}")
        } else {
            format!("{own}::Action::{last}")
        }
    }

    /// An action as requests spell it.
    pub fn wire_action(&self, (namespace, id): &ActionName) -> String {
        let module = self.module(namespace);
        if module.is_empty() { id.clone() } else { format!("{module}::{id}") }
    }
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
pub fn field_name(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { format!("`{name}`") }
}

/// Whether a field can be called so at all.
pub fn can_be_field(name: &str) -> bool {
    !name.is_empty() && !name.contains(['`', '\r', '\n'])
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

/// Characters that have no width, turn the direction of text, or end a line.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF)
}
