//! What there is to say about the name at an offset, in Markdown.

use std::fmt::Write;

use assize_compiler::annotations;
use assize_compiler::db::{self, SourceFile};
use assize_compiler::declarations::Def;
use assize_compiler::expr::{entity_name, enum_name, type_text};
use assize_lang::Span;
use assize_lang::ast::{self, Field, Item, ItemKind};
use assize_runtime::builtins::{self, Builtin, Form, Sig};
use assize_runtime::types::{ActionId, Type};

use super::analysis::{Analysis, FileRange};
use super::definition::value_types;
use super::meaning::{Meaning, Occurrence};
use super::names::{self, NameAt, Types};
use super::places;

/// Lines of a declaration that are shown before the rest becomes `..`.
const SHOWN_LINES: usize = 14;

/// Policies that are named before the rest is counted.
const SHOWN_POLICIES: usize = 8;

/// What is shown, and for which part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The name that it is about.
    pub range: FileRange,
    /// Markdown.
    pub markdown: String,
}

/// About the name at an offset; about the literal there if there is no name.
pub fn hover(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Hover> {
    match names::at(analysis, file, offset) {
        Some(at) => {
            let types = Types::of(analysis, at.around.item);
            let mut parts: Vec<String> = Vec::new();
            for occurrence in &at.meanings {
                let part = about(analysis, &types, &at, occurrence);
                if !part.is_empty() && !parts.contains(&part) {
                    parts.push(part);
                }
            }
            let markdown = parts.join("\n\n---\n\n");
            (!markdown.is_empty()).then_some(Hover { range: at.range, markdown })
        }
        None => of_literal(analysis, file, offset),
    }
}

/// The type of the smallest expression at an offset.
fn of_literal(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Hover> {
    let around = analysis.item_at(file, offset)?;
    let types = Types::of(analysis, around.item);
    let touching = types.values().filter(|(span, _)| span.start <= around.offset && around.offset < span.end);
    let (span, found) = touching.min_by_key(|(span, _)| span.end - span.start)?;
    let text = around.item.text(&analysis.database).get(span.start as usize..span.end as usize)?;
    // A name without a meaning has an error of its own, and a blank between two operands is about neither.
    let is_literal = |c: char| c.is_ascii_digit() || c == '"';
    if !text.contains(is_literal) || text.contains(' ') && !text.contains('"') {
        return None;
    }
    let shown: Vec<String> = found.iter().map(|ty| type_text(&analysis.declarations().schema, ty)).collect();
    let span = Span::new(span.start + around.start, span.end + around.start);
    let range = FileRange { file: analysis.index_of(file)?, span };
    Some(Hover { range, markdown: code(&shown.join(" | ")) })
}

fn about(analysis: &Analysis, types: &Types, at: &NameAt<'_>, occurrence: &Occurrence) -> String {
    let declarations = analysis.declarations();
    let schema = &declarations.schema;
    match &occurrence.meaning {
        Meaning::Def(def) => of_def(analysis, def),
        Meaning::Attribute(of, name) => {
            let part = |id: &assize_runtime::types::EntityTypeId| {
                let field = schema.entity_types.get(id.index())?.attributes.field(name)?.1;
                let mark = if field.optional { "?" } else { "" };
                let line =
                    format!("{}.{name}{mark}: {}", entity_name(schema, *id), type_text(schema, &field.ty));
                let item =
                    places::of_def(analysis, &Def::EntityType(*id)).map(|(_, item)| analysis.tree(item));
                let docs = item.map(|parsed| field_docs(&parsed.item, name)).unwrap_or_default();
                Some(with_docs(&code(&line), &docs))
            };
            let mut parts: Vec<String> = of.iter().filter_map(part).collect();
            let here = narrowed(analysis, types, at, occurrence);
            parts.extend(here);
            parts.join("\n\n")
        }
        Meaning::Field(record, name) => {
            let Some((_, field)) = record.field(name) else { return String::new() };
            let mark = if field.optional { "?" } else { "" };
            let line = code(&format!("{name}{mark}: {}", type_text(schema, &field.ty)));
            let found = places::of_meanings(analysis, at);
            let declared = found.iter().find(|it| it.occurrence.declares);
            let docs = declared.and_then(|it| {
                let item = analysis.item_at(analysis.file(it.range.file)?, it.range.span.start)?;
                Some(field_docs(&analysis.tree(item.item).item, name))
            });
            with_docs(&line, &docs.unwrap_or_default())
        }
        Meaning::Variant(id, name) => {
            let Some(declared) = schema.enums.get(id.index()) else { return String::new() };
            let position = declared.variants.iter().position(|variant| variant == name).unwrap_or(0) + 1;
            let line = code(&format!("{}::{name}", enum_name(schema, *id)));
            let order = if declared.ordered { "ordered " } else { "" };
            format!("{line}\n\nVariant {position} of {} of the {order}enum.", declared.variants.len())
        }
        Meaning::Local(name, declared) => {
            let all = names::with_types(analysis, at.around.item, types);
            let uses = all.iter().filter(|it| it.meaning == Meaning::Local(name.clone(), *declared));
            let mut shown: Vec<String> = Vec::new();
            let here = types.value(occurrence.span);
            let seen: Vec<&Type> = match here {
                [] => uses.flat_map(|it| types.value(it.span)).collect(),
                _ => here.iter().collect(),
            };
            for ty in seen {
                let text = type_text(schema, ty);
                if !shown.contains(&text) {
                    shown.push(text);
                }
            }
            match shown[..] {
                [] => code(name),
                _ => code(&format!("{name}: {}", shown.join(" | "))),
            }
        }
        Meaning::Request(word) => {
            let shown: Vec<String> =
                types.value(occurrence.span).iter().map(|ty| type_text(schema, ty)).collect();
            let docs = match *word {
                "principal" => "Who asks.",
                "action" => "What they want to do.",
                "resource" => "On what.",
                "context" => "What the request says about its circumstances.",
                _ => "The time of the decision, which the engine's clock gives.",
            };
            with_docs(&code(&format!("{word}: {}", shown.join(" | "))), docs)
        }
        Meaning::Builtin(at) => builtins::all().get(*at).map(of_builtin).unwrap_or_default(),
        Meaning::Inherent("ancestors") => {
            "All entities that this one is in, through any number of steps.".to_owned()
        }
        Meaning::Inherent(_) => "Whether this very value is an element: plain membership.".to_owned(),
        Meaning::BuiltinType(word) => with_docs(&code(word), type_docs(word)),
        Meaning::Policy(id) => of_policy(analysis, id),
        Meaning::Entity(ty, id) => code(&format!("{}::{:?}", entity_name(schema, *ty), id.as_str())),
        Meaning::Annotation(name) => {
            let known = annotations::KNOWN.iter().find(|(known, _, _)| known == name);
            known.map(|(_, form, docs)| with_docs(&code(form), docs)).unwrap_or_default()
        }
    }
}

/// The type at this place, where tests have made it narrower than what is declared.
fn narrowed(analysis: &Analysis, types: &Types, at: &NameAt<'_>, occurrence: &Occurrence) -> Option<String> {
    let schema = &analysis.declarations().schema;
    let whole = types
        .values()
        .find(|(span, _)| span.end == occurrence.span.end && span.start < occurrence.span.start)?;
    let declared = value_types(analysis, types, occurrence.span, &occurrence.meaning);
    let text = at.around.item.text(&analysis.database).get(whole.0.start as usize..whole.0.end as usize)?;
    let strange =
        whole.1.iter().find(|ty| !declared.contains(ty) && !matches!(ty, Type::Optional(_) | Type::Bool))?;
    Some(format!("Here `{text}` is `{}`.", type_text(schema, strange)))
}

fn of_def(analysis: &Analysis, def: &Def) -> String {
    let declarations = analysis.declarations();
    if let Def::Module(at) = def {
        let path =
            declarations.modules.get(*at as usize).map(|module| module.path.as_str()).unwrap_or_default();
        let docs = module_docs(analysis, *at);
        return with_docs(&code(&format!("module {path}")), &docs);
    }
    let Some((_, item)) = places::of_def(analysis, def) else { return String::new() };
    let parsed = analysis.tree(item);
    let mut text = with_docs(&code(&shown(item.text(&analysis.database), &parsed.item)), &parsed.item.docs);
    if let Some(module) = declarations.modules.get(analysis.module_of(item) as usize)
        && !module.path.is_empty()
    {
        let _ = write!(text, "\n\nIn module `{}`.", module.path);
    }
    if let Def::Action(action) = def {
        text.push_str(&of_action(analysis, *action));
    }
    text
}

/// What an action includes, and the policies that can apply to it.
fn of_action(analysis: &Analysis, action: ActionId) -> String {
    let schema = &analysis.declarations().schema;
    let mut text = String::new();
    let Some(declared) = schema.actions.get(action.index()) else { return text };
    let others = declared.includes.iter().filter(|other| **other != action);
    let names: Vec<String> = others
        .filter_map(|other| schema.actions.get(other.index()))
        .map(|other| format!("`{}`", other.name.rsplit("::").next().unwrap_or(&other.name)))
        .collect();
    if !names.is_empty() {
        let _ = write!(text, "\n\nIncludes {}.", names.join(", "));
    }
    let mut policies: Vec<String> = Vec::new();
    for file in analysis.files() {
        for item in analysis.items(*file) {
            if matches!(analysis.tree(*item).item.kind, ItemKind::Policy(_) | ItemKind::Grant(_)) {
                for rule in &db::rules(&analysis.database, *item).rules {
                    if rule.policy.as_ref().is_some_and(|policy| policy.actions.contains(&action)) {
                        policies.push(
                            rule.id
                                .as_ref()
                                .map_or("one without `@id`".to_owned(), |(id, _)| format!("`{id}`")),
                        );
                    }
                }
            }
        }
    }
    let count = policies.len();
    let listed = policies.iter().take(SHOWN_POLICIES).cloned().collect::<Vec<_>>().join(", ");
    let more = count.saturating_sub(SHOWN_POLICIES);
    let _ = match (count, more) {
        (0, _) => write!(text, "\n\nNo policy is about it: it is always denied."),
        (_, 0) => write!(text, "\n\nPolicies that can apply: {listed}."),
        _ => write!(text, "\n\nPolicies that can apply: {listed} and {more} more."),
    };
    text
}

fn of_policy(analysis: &Analysis, id: &str) -> String {
    for file in analysis.files() {
        if !analysis.text(*file).contains(id) {
            continue;
        }
        for item in analysis.items(*file) {
            let tree = &analysis.tree(*item).item;
            if !matches!(tree.kind, ItemKind::Policy(_) | ItemKind::Grant(_)) {
                continue;
            }
            let rules = &db::rules(&analysis.database, *item).rules;
            if rules.iter().any(|rule| rule.id.as_ref().is_some_and(|(known, _)| known == id)) {
                return with_docs(&code(&shown(item.text(&analysis.database), tree)), &tree.docs);
            }
        }
    }
    String::new()
}

/// The documentation of the file that begins a module.
fn module_docs(analysis: &Analysis, module: u32) -> String {
    for file in analysis.files() {
        for item in db::declaration_items(&analysis.database, *file) {
            let tree = &analysis.tree(*item).item;
            if matches!(tree.kind, ItemKind::Module(_))
                && analysis.module_of(*item) == module
                && !tree.docs.is_empty()
            {
                return tree.docs.to_string();
            }
        }
    }
    String::new()
}

/// A built-in with its documentation and example.
pub(super) fn of_builtin(builtin: &Builtin) -> String {
    with_docs(&code(&signature(builtin)), &format!("{}\n\n{}", builtin.docs, code(builtin.example)))
}

/// `String.starts_with(String) -> Bool`
pub(super) fn signature(builtin: &Builtin) -> String {
    let params = builtin.params;
    let (receiver, params) = match (builtin.form, params.split_first()) {
        (Form::Method, Some((receiver, rest))) => (sig_text(*receiver), rest),
        (Form::Static(ty), _) => (ty.to_owned(), params),
        (Form::Operator(word), _) => (word.to_owned(), params),
        (Form::Method, None) => (String::new(), params),
    };
    let params: Vec<String> = params.iter().map(|sig| sig_text(*sig)).collect();
    format!("{receiver}.{}({}) -> {}", builtin.name, params.join(", "), sig_text(builtin.result))
}

/// A type in a signature.
pub(super) fn sig_text(sig: Sig) -> String {
    match sig {
        Sig::T => "T".to_owned(),
        Sig::Set(of) => format!("Set<{}>", sig_text(*of)),
        Sig::Map(of) => format!("Map<String, {}>", sig_text(*of)),
        Sig::Optional(of) => format!("{}?", sig_text(*of)),
        plain => format!("{plain:?}"),
    }
}

fn type_docs(word: &str) -> &'static str {
    match word {
        "Bool" => "`true` or `false`.",
        "Int" => "A whole number of 64 bits.",
        "Decimal" => "A number with four digits after the point.",
        "String" => "Text.",
        "Ip" => "An IPv4 or IPv6 address: `ip\"10.0.0.1\"`.",
        "Cidr" => "A range of addresses: `cidr\"10.0.0.0/8\"`.",
        "Datetime" => "A moment, in milliseconds: `time\"2026-01-01T00:00:00Z\"`.",
        "Duration" => "A length of time, in milliseconds: `8h30m`.",
        "Zone" => "A time zone: `zone\"Europe/Berlin\"`.",
        "Set" => "Values of one type, without order or repeats: `[1, 2]`.",
        "Map" => "Values of one type by name: `Map<String, T>`.",
        _ => "An action: `Action::read`.",
    }
}

/// The text of a declaration as it is shown: without documentation and annotations, functions without their bodies.
fn shown(text: &str, item: &Item) -> String {
    let start = item.annotations.last().map_or(item.span.start, |last| last.span.end);
    let end = match &item.kind {
        ItemKind::Fn(decl) => decl.result.span.end,
        ItemKind::Grant(ast::GrantDecl { params, at_most, .. }) => {
            let params = params.last().map_or(item.span.start, |param| param.ty.span.end);
            let written = at_most.as_ref().map_or(params, |limit| limit.span.end);
            let close =
                text.get(written as usize..).and_then(|rest| rest.find(')')).filter(|_| at_most.is_none());
            close.map_or(written, |at| written + at as u32 + 1)
        }
        _ => item.span.end,
    };
    let body = text.get(start as usize..end as usize).unwrap_or_default().trim();
    let mut lines: Vec<&str> = body.lines().take(SHOWN_LINES).collect();
    if body.lines().count() > SHOWN_LINES {
        lines.push("  ..");
    }
    lines.join("\n")
}

fn field_docs(item: &Item, name: &str) -> String {
    let of = |fields: &[Field]| fields.iter().find(|it| it.name.text == name).map(|it| it.docs.to_string());
    let found = match &item.kind {
        ItemKind::Entity(decl) => of(&decl.fields),
        ItemKind::TypeAlias { ty: ast::Type { kind: ast::TypeKind::Record(fields), .. }, .. } => of(fields),
        _ => None,
    };
    found.unwrap_or_default()
}

fn code(text: &str) -> String {
    format!("```assize\n{text}\n```")
}

fn with_docs(code: &str, docs: &str) -> String {
    if docs.is_empty() { code.to_owned() } else { format!("{code}\n\n{docs}") }
}
