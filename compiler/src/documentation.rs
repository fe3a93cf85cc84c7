//! What stands above declarations, for those who get them without their texts.

use assize_lang::ast::{ItemKind, Path};
use assize_lang::parse;
use smol_str::{SmolStr, format_smolstr};

use crate::package::SourceText;

/// Kind, name in full and text of each documented declaration, by file and place. Policies carry theirs in the Program.
pub fn documentation(texts: &[SourceText]) -> Vec<(SmolStr, SmolStr, String)> {
    texts.iter().filter(|text| text.name.ends_with(".assize")).flat_map(of_file).collect()
}

fn of_file(text: &SourceText) -> Vec<(SmolStr, SmolStr, String)> {
    let mut module = None;
    let mut found = Vec::new();
    for parsed in parse(&text.text).items {
        let item = parsed.item;
        if let ItemKind::Module(path) = &item.kind {
            module = Some(path_text(path));
        }
        if item.docs.is_empty() {
            continue;
        }
        for (kind, name) in declared(&item.kind) {
            let name = match &module {
                Some(module) => format_smolstr!("{module}::{name}"),
                None => name,
            };
            found.push((SmolStr::new_static(kind), name, item.docs.to_string()));
        }
    }
    found
}

fn declared(item: &ItemKind) -> Vec<(&'static str, SmolStr)> {
    let one = |kind, name: &assize_lang::ast::Name| vec![(kind, name.text.clone())];
    match item {
        ItemKind::Entity(decl) => one("entity", &decl.name),
        ItemKind::ClosedEntity { name, .. } => one("entity", name),
        ItemKind::Enum(decl) => one("enum", &decl.name),
        ItemKind::TypeAlias { name, .. } => one("type", name),
        ItemKind::Action(decl) => decl.names.iter().map(|name| ("action", name.text.clone())).collect(),
        ItemKind::Param(decl) => one("param", &decl.name),
        ItemKind::Const(decl) => one("const", &decl.name),
        ItemKind::Fn(decl) => one("fn", &decl.name),
        ItemKind::Grant(decl) => one("grant", &decl.name),
        ItemKind::Obligation { name, .. } => one("obligation", name),
        _ => Vec::new(),
    }
}

fn path_text(path: &Path) -> String {
    path.segments.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join("::")
}
