//! What a file or a package declares, for outlines and searches.

use assize_compiler::db::SourceFile;
use assize_lang::Span;
use assize_lang::ast::{Annotation, Field, Item, ItemKind, Name, PolicyDecl};
use smol_str::{SmolStr, format_smolstr};

use super::analysis::{Analysis, FileRange};

/// Symbols of a search that are listed.
const MAX_FOUND: usize = 500;

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A module header.
    Module,
    /// An entity type.
    Entity,
    /// An attribute or field.
    Field,
    /// An enum.
    Enum,
    /// One of its variants, or an id of a closed entity type.
    Variant,
    /// A `type`.
    Type,
    /// An action.
    Action,
    /// A `param` or `const`.
    Constant,
    /// A function.
    Function,
    /// A policy.
    Policy,
    /// A grant.
    Grant,
    /// An obligation.
    Obligation,
    /// A `test` or `prove` block.
    Test,
}

/// Something declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is called.
    pub name: SmolStr,
    /// A few words more.
    pub detail: SmolStr,
    /// What it is.
    pub kind: SymbolKind,
    /// Its name.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// What it has inside.
    pub children: Vec<Symbol>,
    /// Whether it is advised against.
    pub deprecated: bool,
}

/// What a file declares, in source order.
pub fn document(analysis: &Analysis, file: SourceFile) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for item in analysis.items(file) {
        let start = item.start(&analysis.database);
        let text = item.text(&analysis.database);
        let from = symbols.len();
        of_item(&analysis.tree(*item).item, text, &mut symbols);
        symbols.iter_mut().skip(from).for_each(|symbol| shift(symbol, start));
    }
    symbols
}

/// What the package's own files declare that is called like `query`: its letters in their order, upper case or lower case.
pub fn workspace(analysis: &Analysis, query: &str) -> Vec<(FileRange, Symbol)> {
    let mut found = Vec::new();
    for (index, file) in analysis.files().iter().enumerate() {
        if !analysis.is_own(index as u32) {
            continue;
        }
        for mut symbol in document(analysis, *file) {
            let children = std::mem::take(&mut symbol.children);
            for symbol in std::iter::once(symbol).chain(children) {
                if resembles(&symbol.name, query) {
                    found.push((FileRange { file: index as u32, span: symbol.name_span }, symbol));
                }
                if found.len() >= MAX_FOUND {
                    return found;
                }
            }
        }
    }
    found
}

fn resembles(name: &str, query: &str) -> bool {
    let mut rest = name.chars().flat_map(char::to_lowercase);
    query.chars().flat_map(char::to_lowercase).all(|wanted| rest.any(|letter| letter == wanted))
}

fn shift(symbol: &mut Symbol, by: u32) {
    for span in [&mut symbol.name_span, &mut symbol.span] {
        *span = Span::new(span.start + by, span.end + by);
    }
    symbol.children.iter_mut().for_each(|child| shift(child, by));
}

fn of_item(item: &Item, text: &str, symbols: &mut Vec<Symbol>) {
    let deprecated = item.annotations.iter().any(|it| it.name.text == "deprecated");
    let mut add = |name: SmolStr, detail: &str, kind: SymbolKind, name_span: Span, children: Vec<Symbol>| {
        if !name.is_empty() {
            // A name that was lost may stand anywhere.
            let span = item.span.to(name_span);
            symbols.push(Symbol { name, detail: detail.into(), kind, name_span, span, children, deprecated });
        }
    };
    let source = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or_default();
    match &item.kind {
        ItemKind::Module(path) => {
            let name = assize_compiler::names::path_text(path);
            add(name, "", SymbolKind::Module, path.span(), Vec::new());
        }
        ItemKind::Entity(decl) => {
            let detail = decl.parents.as_ref().map_or(String::new(), |ty| format!("in {}", source(ty.span)));
            let children = fields(&decl.fields, text);
            add(decl.name.text.clone(), &detail, SymbolKind::Entity, decl.name.span, children);
        }
        ItemKind::ClosedEntity { name, ids } => {
            let ids = ids.iter().map(|id| leaf(id.value.clone(), SymbolKind::Variant, id.span)).collect();
            add(name.text.clone(), "", SymbolKind::Entity, name.span, ids);
        }
        ItemKind::Enum(decl) => {
            let variants = decl.variants.iter().map(|it| leaf(it.text.clone(), SymbolKind::Variant, it.span));
            let detail = if decl.ordered { "ordered" } else { "" };
            add(decl.name.text.clone(), detail, SymbolKind::Enum, decl.name.span, variants.collect());
        }
        ItemKind::TypeAlias { name, ty } => {
            let children = match &ty.kind {
                assize_lang::ast::TypeKind::Record(all) => fields(all, text),
                _ => Vec::new(),
            };
            let detail = if children.is_empty() { source(ty.span) } else { "" };
            add(name.text.clone(), detail, SymbolKind::Type, name.span, children);
        }
        ItemKind::TypeParam { name, .. } => {
            add(name.text.clone(), "param", SymbolKind::Type, name.span, Vec::new());
        }
        ItemKind::ActionParam { name } => {
            add(name.text.clone(), "param", SymbolKind::Action, name.span, Vec::new());
        }
        ItemKind::Action(decl) => {
            let detail = decl.on.as_ref().map_or("group".to_owned(), |on| format!("on {}", source(on.span)));
            for Name { text, span } in &decl.names {
                add(text.clone(), &detail, SymbolKind::Action, *span, Vec::new());
            }
        }
        ItemKind::Param(decl) | ItemKind::Const(decl) => {
            add(
                decl.name.text.clone(),
                source(decl.ty.span),
                SymbolKind::Constant,
                decl.name.span,
                Vec::new(),
            );
        }
        ItemKind::Fn(decl) => {
            let detail = format!("-> {}", source(decl.result.span));
            add(decl.name.text.clone(), &detail, SymbolKind::Function, decl.name.span, Vec::new());
        }
        ItemKind::Policy(decl) => {
            let (name, span) = policy_name(&item.annotations, decl);
            add(name, &policy_detail(decl, text), SymbolKind::Policy, span, Vec::new());
        }
        ItemKind::Grant(decl) => {
            let body = decl.body.iter().flatten().map(|policy| {
                let (name, name_span) = policy_name(&policy.annotations, &policy.policy);
                let detail = policy_detail(&policy.policy, text).into();
                let (kind, span) = (SymbolKind::Policy, policy.span.to(name_span));
                Symbol { name, detail, kind, name_span, span, children: Vec::new(), deprecated: false }
            });
            add(decl.name.text.clone(), "", SymbolKind::Grant, decl.name.span, body.collect());
        }
        ItemKind::Obligation { name, .. } => {
            add(name.text.clone(), "", SymbolKind::Obligation, name.span, Vec::new());
        }
        ItemKind::Test(decl) => {
            add(decl.name.value.clone(), "test", SymbolKind::Test, decl.name.span, Vec::new());
        }
        ItemKind::Prove(decl) => {
            add(decl.name.value.clone(), "prove", SymbolKind::Test, decl.name.span, Vec::new());
        }
        ItemKind::Use(_) | ItemKind::Error => {}
    }
}

/// Its id, or what it begins with.
fn policy_name(annotations: &[Annotation], decl: &PolicyDecl) -> (SmolStr, Span) {
    let id = annotations.iter().find(|it| it.name.text == "id").and_then(|it| it.args.first());
    match id {
        Some(id) if !id.value.is_empty() => (id.value.clone(), id.span),
        _ => (effect(decl).into(), decl.effect_span),
    }
}

fn effect(decl: &PolicyDecl) -> &'static str {
    match decl.effect {
        assize_lang::ast::Effect::Allow => "allow",
        assize_lang::ast::Effect::Deny => "deny",
    }
}

/// `allow User to read`
fn policy_detail(decl: &PolicyDecl, text: &str) -> String {
    let source = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let actions = match &decl.actions {
        assize_lang::ast::Actions::All(_) => "*".to_owned(),
        assize_lang::ast::Actions::List(all) => {
            all.iter().map(|it| source(it.span)).collect::<Vec<_>>().join(", ")
        }
        assize_lang::ast::Actions::Error(_) => "..".to_owned(),
    };
    format!("{} {} to {actions}", effect(decl), source(decl.principal.span))
}

fn fields(fields: &[Field], text: &str) -> Vec<Symbol> {
    let field = |field: &Field| Symbol {
        detail: format_smolstr!(
            "{}{}",
            text.get(field.ty.span.start as usize..field.ty.span.end as usize).unwrap_or_default(),
            if field.optional { ", may be absent" } else { "" }
        ),
        span: field.span.to(field.name.span),
        deprecated: field.annotations.iter().any(|it| it.name.text == "deprecated"),
        ..leaf(field.name.text.clone(), SymbolKind::Field, field.name.span)
    };
    fields.iter().filter(|field| !field.name.text.is_empty()).map(field).collect()
}

fn leaf(name: SmolStr, kind: SymbolKind, span: Span) -> Symbol {
    Symbol {
        name,
        detail: SmolStr::default(),
        kind,
        name_span: span,
        span,
        children: Vec::new(),
        deprecated: false,
    }
}
