//! The pages of the standard library, from the `///` comments of `stdlib/`.

use std::fmt::Write as _;

use assize_compiler::library::{LibraryModule, MODULES};
use assize_lang::ast::ItemKind;

use super::GENERATED;

/// The index and a page for each module.
pub fn pages() -> Vec<(String, String)> {
    let page = |module: &LibraryModule| (path(module), self::page(module));
    let index = [("docs/std/README.md".to_owned(), index())];
    index.into_iter().chain(MODULES.iter().map(page)).collect()
}

/// The page of a module, from the root.
pub fn path(module: &LibraryModule) -> String {
    let name = module.path.trim_start_matches("std::").replace("::", "-");
    format!("docs/std/{name}.md")
}

fn index() -> String {
    let mut page = format!(
        "{GENERATED}# The standard library\n\nModules written in Assize that every package can use: `use std::net` brings in a module, `use \
         std::net::is_documentation` one name of it. What no `use` names does not exist for the package.\n\n| module | what it is for |\n|---|---|\n"
    );
    for module in MODULES {
        let docs = docs_of_module(module);
        let first = docs.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        let path = path(module);
        let link = path.trim_start_matches("docs/std/");
        writeln!(page, "| [`{}`]({link}) | {} |", module.path, first.trim_end_matches('.')).expect("a text");
    }
    page
}

fn docs_of_module(module: &LibraryModule) -> String {
    let items = assize_lang::parse(module.text).items;
    let header = items.iter().find(|item| matches!(item.item.kind, ItemKind::Module(_)));
    header.map(|item| item.item.docs.to_string()).unwrap_or_default()
}

fn page(module: &LibraryModule) -> String {
    let mut page = format!("{GENERATED}# {}\n\n{}\n", module.path, examples(module, &docs_of_module(module)));
    let items = assize_lang::parse(module.text).items;
    // What is left open must be bound, as the examples do.
    let is_open = |kind: &ItemKind| {
        matches!(kind, ItemKind::TypeParam { default: None, .. } | ItemKind::ActionParam { .. })
    };
    if !items.iter().any(|item| is_open(&item.item.kind)) {
        write!(page, "\n```assize\nuse {}\n```\n", module.path).expect("a text");
    }
    for parsed in items {
        let item = &parsed.item;
        let Some(name) = name(&item.kind) else { continue };
        if name.starts_with('_') {
            continue;
        }
        let from = parsed.start as usize + item.span.start as usize;
        let to = parsed.start as usize + item.span.end as usize;
        let source = module.text.get(from..to).unwrap_or_default();
        let docs = examples(module, &item.docs);
        write!(page, "\n## `{name}`\n\n{docs}\n\n```text\n{source}\n```\n").expect("a text");
    }
    page
}

fn name(kind: &ItemKind) -> Option<String> {
    Some(match kind {
        ItemKind::Entity(decl) => decl.name.text.to_string(),
        ItemKind::Enum(decl) => decl.name.text.to_string(),
        ItemKind::Param(decl) | ItemKind::Const(decl) => decl.name.text.to_string(),
        ItemKind::Fn(decl) => decl.name.text.to_string(),
        ItemKind::Grant(decl) => decl.name.text.to_string(),
        ItemKind::Action(decl) => {
            decl.names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ")
        }
        ItemKind::ClosedEntity { name, .. }
        | ItemKind::TypeAlias { name, .. }
        | ItemKind::Obligation { name, .. }
        | ItemKind::TypeParam { name, .. }
        | ItemKind::ActionParam { name } => name.text.to_string(),
        _ => return None,
    })
}

/// Documentation whose examples are packages as the book runs them: each alone, with the `use` that it needs, in the one true format.
fn examples(module: &LibraryModule, docs: &str) -> String {
    let mut out = String::new();
    let mut block: Option<String> = None;
    for line in docs.lines() {
        match (&mut block, line) {
            (None, "```assize") => block = Some(String::new()),
            (Some(text), "```") => {
                if !text.contains("use std::") {
                    text.insert_str(0, &format!("use {}\n\n", module.path));
                }
                write!(out, "```assize alone\n{}```\n", assize_lang::format(text).text).expect("a text");
                block = None;
            }
            (Some(text), line) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, line) => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out.trim_end().to_owned()
}
