//! The parameters of what is being called at a cursor.

use assize_compiler::complete::members_at;
use assize_compiler::db::SourceFile;
use assize_compiler::declarations::Def;
use assize_compiler::names::lookup;
use assize_lang::ast::{ItemKind, Name, Path};
use assize_lang::{Span, TerminalKind, terminals};
use assize_runtime::builtins::{self, Form};

use super::analysis::Analysis;
use super::hover::sig_text;
use super::places;

/// What is called, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `from_office(s: Session) -> Bool`
    pub label: String,
    /// Of each parameter, its place in the label in bytes.
    pub params: Vec<Span>,
    /// The one that the cursor is in.
    pub active: usize,
    /// Markdown.
    pub docs: String,
}

/// The call that `offset` is in, however far it has been typed.
pub fn signature(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Signature> {
    let text = analysis.text(file);
    let at = analysis.item_at(file, offset).or_else(|| {
        // A blank after the last token belongs to no item.
        let before = text.get(..offset as usize)?.trim_end().len() as u32;
        analysis.item_at(file, before)
    })?;
    let own = text.get(at.start as usize..offset as usize)?;
    let tokens = terminals(own);
    let word =
        |nth: usize| tokens.get(nth).and_then(|it| own.get(it.span.start as usize..it.span.end as usize));
    let mut depth = 0_usize;
    let mut active = 0;
    let mut open = None;
    for nth in (0..tokens.len()).rev() {
        match word(nth) {
            Some(")" | "]" | "}") => depth += 1,
            Some("(") if depth == 0 => {
                open = Some(nth);
                break;
            }
            Some("[" | "{") if depth == 0 => active = 0,
            Some("(" | "[" | "{") => depth -= 1,
            Some(",") if depth == 0 => active += 1,
            _ => {}
        }
    }
    let last = open?.checked_sub(1)?;
    let is_name = |nth: usize| tokens.get(nth).is_some_and(|it| it.kind == TerminalKind::Name);
    if !is_name(last) {
        return None;
    }
    let name = word(last)?.trim_matches('`');
    if last > 0 && matches!(word(last - 1), Some("." | "?.")) {
        let (label, params, docs) = of_method(
            analysis,
            file,
            at.start + tokens.get(last)?.span.start,
            name,
            word(last.checked_sub(2)?),
        )?;
        return Some(labelled(label, &params.0, &params.1, active, docs));
    }
    let mut segments = vec![name_of(name)];
    let mut first = last;
    while first >= 2 && word(first - 1) == Some("::") && is_name(first - 2) {
        first -= 2;
        segments.insert(0, name_of(word(first)?.trim_matches('`')));
    }
    let def = lookup(analysis.declarations(), analysis.module_of(at.item), &Path { segments }).ok()?;
    of_def(analysis, &def, name, active)
}

fn name_of(text: &str) -> Name {
    Name { text: text.into(), span: Span::default() }
}

fn of_def(analysis: &Analysis, def: &Def, name: &str, active: usize) -> Option<Signature> {
    let (_, item) = places::of_def(analysis, def)?;
    let tree = &analysis.tree(item).item;
    let text = item.text(&analysis.database);
    let source = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let (params, result) = match &tree.kind {
        ItemKind::Fn(decl) => (&decl.params, format!(" -> {}", source(decl.result.span))),
        ItemKind::Grant(decl) => (&decl.params, " -> Bool".to_owned()),
        ItemKind::Obligation { params, .. } => (params, String::new()),
        _ => return None,
    };
    let params: Vec<String> =
        params.iter().map(|it| source(it.name.span.to(it.ty.span)).to_owned()).collect();
    Some(labelled(name.to_owned(), &params, &result, active, tree.docs.to_string()))
}

type Method = (String, (Vec<String>, String), String);

/// A built-in, or `contains`: found among the members that the value before the dot has.
fn of_method(
    analysis: &Analysis,
    file: SourceFile,
    start: u32,
    name: &str,
    before: Option<&str>,
) -> Option<Method> {
    let fixed = builtins::all()
        .iter()
        .find(|it| it.name == name && before.is_some_and(|ty| it.form == Form::Static(static_name(ty))));
    if let Some(builtin) = fixed {
        let params = builtin.params.iter().map(|sig| sig_text(*sig)).collect();
        let result = format!(" -> {}", sig_text(builtin.result));
        return Some((format!("{}.{name}", before?), (params, result), builtin.docs.to_owned()));
    }
    let members = members_at(&analysis.database, analysis.package, file, start)?;
    let member = members.members.into_iter().find(|member| member.name == name)?;
    let (params, result) = member.signature.strip_prefix('(')?.split_once(") -> ")?;
    let params = if params.is_empty() { Vec::new() } else { split_types(params) };
    Some((name.to_owned(), (params, format!(" -> {result}")), member.docs))
}

fn static_name(word: &str) -> &'static str {
    assize_compiler::names::BUILTIN_TYPES.iter().find(|it| **it == word).copied().unwrap_or("")
}

/// `Map<String, Int>, Bool` in two.
fn split_types(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '<' | '{' => depth += 1,
            '>' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(letter);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

fn labelled(name: String, params: &[String], result: &str, active: usize, docs: String) -> Signature {
    let mut label = format!("{name}(");
    let mut spans = Vec::new();
    for (nth, param) in params.iter().enumerate() {
        if nth > 0 {
            label.push_str(", ");
        }
        let start = label.len() as u32;
        label.push_str(param);
        spans.push(Span::new(start, label.len() as u32));
    }
    label.push(')');
    label.push_str(result);
    Signature { label, params: spans, active, docs }
}
