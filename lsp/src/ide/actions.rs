//! What can be done to the text at a place: refactorings. Repairs come with findings.

use assize_compiler::db::SourceFile;
use assize_compiler::declarations::Def;
use assize_compiler::expr::type_text;
use assize_compiler::names::{lookup, path_text, written};
use assize_compiler::walk;
use assize_lang::ast::{ClauseKind, DataRow, Expr, ExprKind, Item, ItemKind, PolicyDecl, TestItem};
use assize_lang::{Edit, Span};
use assize_runtime::types::{Schema, Type};
use smol_str::SmolStr;

use super::analysis::{Analysis, ItemAt};
use super::guard::add_guard;
use super::meaning::Meaning;
use super::names::{self, Types};
use super::places;

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// Something becomes a declaration of its own.
    Extract,
    /// A declaration is put where it is used.
    Inline,
    /// The same said in another way, or something filled in.
    Rewrite,
    /// The `use`s of the file.
    SortUses,
}

/// A change that can be made, to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it does.
    pub title: String,
    /// What kind of change it is.
    pub kind: ActionKind,
    /// In order, without overlaps.
    pub edits: Vec<Edit>,
}

/// The changes that can be made to what is selected; an empty selection is a cursor.
pub fn actions(analysis: &Analysis, file: SourceFile, selected: Span) -> Vec<Action> {
    let mut found = Vec::new();
    if let Some(at) = analysis.item_at(file, selected.start) {
        let own = Span::new(at.offset, selected.end.saturating_sub(at.start).max(at.offset));
        let types = Types::of(analysis, at.item);
        found.extend(extract_function(analysis, &at, &types, own));
        found.extend(inline_constant(analysis, &at, &types));
        found.extend(negated_to_unless(analysis, &at));
        found.extend(fill_attributes(analysis, &at));
        found.extend(add_guard(analysis, &at, &types));
        found.iter_mut().flat_map(|action| &mut action.edits).for_each(|edit| {
            edit.start += at.start;
            edit.end += at.start;
        });
    }
    found.extend(sort_uses(analysis, file));
    found
}

/// Expressions of an item, outermost first.
pub(super) fn expressions(item: &Item) -> Vec<&Expr> {
    fn of_policy(decl: &PolicyDecl) -> impl Iterator<Item = &Expr> {
        decl.clauses.iter().flat_map(|clause| match &clause.kind {
            ClauseKind::When(expr) | ClauseKind::Unless(expr) => vec![expr],
            ClauseKind::Oblige(calls) => calls.iter().flat_map(|call| &call.args).collect(),
            _ => Vec::new(),
        })
    }
    match &item.kind {
        ItemKind::Fn(decl) => vec![&decl.body],
        ItemKind::Param(decl) | ItemKind::Const(decl) => decl.value.iter().collect(),
        ItemKind::Policy(decl) => of_policy(decl).collect(),
        ItemKind::Grant(decl) => decl.body.iter().flatten().flat_map(|it| of_policy(&it.policy)).collect(),
        _ => Vec::new(),
    }
}

/// An expression of a policy or function becomes a function.
fn extract_function(analysis: &Analysis, at: &ItemAt<'_>, types: &Types, selected: Span) -> Option<Action> {
    if selected.start == selected.end {
        return None;
    }
    let text = at.item.text(&analysis.database);
    let wanted = text.get(selected.start as usize..selected.end as usize)?;
    let (start, end) = (wanted.len() - wanted.trim_start().len(), wanted.len() - wanted.trim_end().len());
    let wanted = Span::new(selected.start + start as u32, selected.end.checked_sub(end as u32)?);
    let tree = &analysis.tree(at.item).item;
    let mut chosen = None;
    for expr in expressions(tree) {
        walk::visit(expr, &mut |part| {
            if part.span == wanted && !matches!(&*part.kind, ExprKind::Path(_) | ExprKind::Error) {
                chosen = Some(part);
            }
        });
    }
    let expr: &Expr = chosen?;
    let result = only(analysis, types.value(expr.span))?;
    let mut params: Vec<(SmolStr, String)> = Vec::new();
    for name in names::with_types(analysis, at.item, types) {
        let inside = expr.span.start <= name.span.start && name.span.end <= expr.span.end;
        let free = match &name.meaning {
            // A variable of a quantifier that is inside comes along.
            Meaning::Local(word, place) => {
                (!(expr.span.start <= place.start && place.end <= expr.span.end)).then(|| word.clone())
            }
            Meaning::Request("now") => None,
            Meaning::Request(word) => Some(SmolStr::new(word)),
            _ => None,
        };
        let Some(word) = free.filter(|_| inside) else { continue };
        if params.iter().all(|(known, _)| *known != word) {
            // Of several types, no one function could be made; of a narrowed one, the widest is needed.
            params.push((word, only(analysis, types.value(name.span))?));
        }
    }
    let new_name = free_name(analysis, at, "extracted");
    let source = text.get(expr.span.start as usize..expr.span.end as usize)?;
    let declared: Vec<String> =
        params.iter().map(|(name, ty)| format!("{}: {ty}", written(&renamed(name)))).collect();
    let mut body = source.to_owned();
    // The words of a request are no names of parameters.
    for (name, _) in params.iter().filter(|(name, _)| renamed(name) != *name) {
        body = replaced_words(&body, name, &renamed(name));
    }
    let function = format!("fn {new_name}({}) -> {result} = {body}\n\n", declared.join(", "));
    let args: Vec<String> = params.iter().map(|(name, _)| written(name)).collect();
    let call = format!("{new_name}({})", args.join(", "));
    Some(Action {
        title: "extract into a function".to_owned(),
        kind: ActionKind::Extract,
        edits: vec![
            Edit { start: 0, end: 0, text: function },
            Edit { start: expr.span.start, end: expr.span.end, text: call },
        ],
    })
}

/// What a parameter is called that stands for a word of the request.
fn renamed(name: &SmolStr) -> SmolStr {
    match name.as_str() {
        "principal" => "who".into(),
        "resource" => "what".into(),
        "context" => "session".into(),
        "action" => "doing".into(),
        _ => name.clone(),
    }
}

fn replaced_words(text: &str, word: &str, new: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut last = 0;
    for terminal in assize_lang::terminals(text) {
        let (start, end) = (terminal.span.start as usize, terminal.span.end as usize);
        let before = text.get(..start).unwrap_or_default().trim_end();
        if text.get(start..end) == Some(word) && !before.ends_with('.') && start >= last {
            result.push_str(text.get(last..start).unwrap_or_default());
            result.push_str(new);
            last = end;
        }
    }
    result.push_str(text.get(last..).unwrap_or_default());
    result
}

/// The type as it can be written, if there is only one.
fn only(analysis: &Analysis, types: &[Type]) -> Option<String> {
    let [ty] = types else { return None };
    let declarations = analysis.declarations();
    if let Type::Record(_) = ty {
        let (name, _) = declarations.aliases.iter().find(|(_, known)| known.as_ref() == Some(ty))?;
        return Some(name.rsplit("::").next().unwrap_or(name).to_owned());
    }
    // Of records inside of others, a text leaves out what is too long.
    let text = type_text(&declarations.schema, ty);
    (!text.contains("..")).then_some(text)
}

fn free_name(analysis: &Analysis, at: &ItemAt<'_>, wanted: &str) -> String {
    let module = analysis.declarations().modules.get(analysis.module_of(at.item) as usize);
    let taken = |name: &str| module.is_some_and(|module| module.names.contains_key(name));
    let mut name = wanted.to_owned();
    let mut number = 2;
    while taken(&name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// A `const` is written out where it is named.
fn inline_constant(analysis: &Analysis, at: &ItemAt<'_>, types: &Types) -> Option<Action> {
    let touches = |span: Span| span.start <= at.offset && at.offset <= span.end;
    let all = names::with_types(analysis, at.item, types);
    let name = all
        .iter()
        .find(|it| touches(it.span) && !it.declares && matches!(it.meaning, Meaning::Def(Def::Const(_))))?;
    let Meaning::Def(def) = &name.meaning else { return None };
    let (_, item) = places::of_def(analysis, def)?;
    // What it names may mean something else in another module.
    if analysis.module_of(item) != analysis.module_of(at.item) {
        return None;
    }
    let tree = &analysis.tree(item).item;
    let ItemKind::Const(decl) = &tree.kind else { return None };
    let value = decl.value.as_ref()?;
    let source = item.text(&analysis.database).get(value.span.start as usize..value.span.end as usize)?;
    let plain = matches!(
        &*value.kind,
        ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Duration(_)
            | ExprKind::Str(_)
            | ExprKind::Tagged { .. }
            | ExprKind::Entity { .. }
            | ExprKind::Path(_)
            | ExprKind::Set(_)
            | ExprKind::Record(_)
            | ExprKind::Paren(_)
    );
    let text = if plain { source.to_owned() } else { format!("({source})") };
    // `limits::LIMIT` goes as a whole.
    let before = at.item.text(&analysis.database).get(..name.span.start as usize)?;
    let path = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).map_or(0, |at| at + 1);
    let start = if before.ends_with("::") { path as u32 } else { name.span.start };
    Some(Action {
        title: format!("write out the value of `{}`", decl.name.text),
        kind: ActionKind::Inline,
        edits: vec![Edit { start, end: name.span.end, text }],
    })
}

/// `when a and not b` becomes `when a unless b`.
fn negated_to_unless(analysis: &Analysis, at: &ItemAt<'_>) -> Option<Action> {
    let text = at.item.text(&analysis.database);
    let decl = match &analysis.tree(at.item).item.kind {
        ItemKind::Policy(decl) => decl,
        ItemKind::Grant(decl) => {
            let inside = |span: Span| span.start <= at.offset && at.offset <= span.end;
            &decl.body.iter().flatten().find(|policy| inside(policy.span))?.policy
        }
        _ => return None,
    };
    let has_unless = decl.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Unless(_)));
    let (clause, when) = decl.clauses.iter().find_map(|clause| match &clause.kind {
        ClauseKind::When(expr) => Some((clause, expr)),
        _ => None,
    })?;
    if has_unless || at.offset < clause.span.start || at.offset > clause.span.end {
        return None;
    }
    // Its meaning depends on what stands before it, so only the last part may go behind.
    let (rest, last) = match &*when.kind {
        ExprKind::And(parts) => (parts.get(parts.len().checked_sub(2)?).map(|it| it.span.end), parts.last()?),
        _ => (None, when),
    };
    let ExprKind::Not(inner) = &*last.kind else { return None };
    let mut inner = inner;
    while let ExprKind::Paren(deeper) = &*inner.kind {
        inner = deeper;
    }
    let condition = text.get(inner.span.start as usize..inner.span.end as usize)?;
    let edit = match rest {
        Some(end) => Edit { start: end, end: last.span.end, text: format!("\n  unless {condition}") },
        None => Edit { start: clause.span.start, end: last.span.end, text: format!("unless {condition}") },
    };
    Some(Action { title: "say it with `unless`".to_owned(), kind: ActionKind::Rewrite, edits: vec![edit] })
}

/// Required attributes that a row of a test's data lacks.
fn fill_attributes(analysis: &Analysis, at: &ItemAt<'_>) -> Option<Action> {
    let ItemKind::Test(decl) = &analysis.tree(at.item).item.kind else { return None };
    let rows = decl.items.iter().filter_map(|item| match item {
        TestItem::Data(rows) => Some(rows),
        _ => None,
    });
    let (uid, attrs, span) = rows.flatten().find_map(|row| match row {
        DataRow::Entity { uid, attrs, span, .. } if span.start <= at.offset && at.offset <= span.end => {
            Some((uid, attrs, *span))
        }
        _ => None,
    })?;
    let ExprKind::Entity { ty, .. } = &*uid.kind else { return None };
    let declarations = analysis.declarations();
    let Ok(Def::EntityType(id)) = lookup(declarations, analysis.module_of(at.item), ty) else { return None };
    let declared = declarations.schema.entity_types.get(id.index())?;
    let given = |name: &str| attrs.iter().flatten().any(|init| init.name.text == name);
    let missing: Vec<String> = declared
        .attributes
        .fields()
        .iter()
        .filter(|field| !field.optional && !given(&field.name))
        .map(|field| format!("{}: {}", written(&field.name), example(&declarations.schema, &field.ty)))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let filled = missing.join(", ");
    let edit = match attrs.as_ref().map(|attrs| attrs.last()) {
        None => Edit { start: span.end, end: span.end, text: format!(" {{ {filled} }}") },
        Some(Some(last)) => {
            let end = last.value.span.end;
            Edit { start: end, end, text: format!(", {filled}") }
        }
        Some(None) => {
            let inside = span.end.saturating_sub(1);
            Edit { start: inside, end: inside, text: format!(" {filled} ") }
        }
    };
    let title = format!("fill in the attributes that a `{}` needs", path_text(ty));
    Some(Action { title, kind: ActionKind::Rewrite, edits: vec![edit] })
}

/// Some value of a type, to be replaced by whoever asked for it.
pub(super) fn example(schema: &Schema, ty: &Type) -> String {
    match ty {
        Type::Bool => "false".to_owned(),
        Type::Int => "0".to_owned(),
        Type::Decimal => "0.0".to_owned(),
        Type::Ip => "ip\"192.0.2.1\"".to_owned(),
        Type::Cidr => "cidr\"192.0.2.0/24\"".to_owned(),
        Type::Datetime => "time\"2026-01-01T00:00:00Z\"".to_owned(),
        Type::Duration => "1h".to_owned(),
        Type::Zone => "zone\"UTC\"".to_owned(),
        Type::Enum(id) => {
            let variant = schema.enums.get(id.index()).and_then(|it| it.variants.first());
            let variant = variant.map(|name| written(name)).unwrap_or_default();
            format!("{}::{variant}", assize_compiler::expr::enum_name(schema, *id))
        }
        Type::Entity(types) => match types.iter().next() {
            Some(ty) => {
                let closed = schema.entity_types.get(ty.index()).and_then(|it| it.closed.as_ref()?.first());
                let id = closed.map_or("a", |id| id.as_str());
                format!("{}::{id:?}", assize_compiler::expr::entity_name(schema, ty))
            }
            None => String::new(),
        },
        Type::Action => match schema.actions.first() {
            Some(action) => format!("Action::{:?}", action.name.as_str()),
            None => String::new(),
        },
        Type::Set(_) => "[]".to_owned(),
        Type::Map(_) => "{}".to_owned(),
        Type::Record(record) => {
            let needed = record.fields().iter().filter(|field| !field.optional);
            let fields: Vec<String> = needed
                .map(|field| format!("{}: {}", written(&field.name), example(schema, &field.ty)))
                .collect();
            if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
        }
        Type::Optional(inner) => example(schema, inner),
        Type::String | Type::Never => "\"\"".to_owned(),
    }
}

/// The `use`s that stand one below the other in the order of their paths, each once.
fn sort_uses(analysis: &Analysis, file: SourceFile) -> Option<Action> {
    let text = analysis.text(file);
    let mut runs: Vec<Vec<(Span, String)>> = Vec::new();
    let mut open = false;
    for item in analysis.items(file) {
        let start = item.start(&analysis.database);
        let own = item.text(&analysis.database);
        let parsed = analysis.tree(*item);
        if !matches!(parsed.item.kind, ItemKind::Use(_)) || !parsed.diagnostics.is_empty() {
            open = false;
            continue;
        }
        let span = Span::new(start, start + own.len() as u32);
        let joined = runs.last().and_then(|run| run.last()).is_some_and(|(last, _)| {
            // A comment between two belongs to one of them, and who knows to which.
            let gap = text.get(last.end as usize..start as usize).unwrap_or_default();
            gap.trim().is_empty()
        });
        match runs.last_mut().filter(|_| open && joined) {
            Some(run) => run.push((span, own.to_string())),
            None => runs.push(vec![(span, own.to_string())]),
        }
        open = true;
    }
    let mut edits = Vec::new();
    for run in runs {
        let mut sorted: Vec<&String> = run.iter().map(|(_, text)| text).collect();
        sorted.sort();
        sorted.dedup();
        let (Some((first, _)), Some((last, _))) = (run.first(), run.last()) else { continue };
        let new = sorted.iter().map(|text| text.as_str()).collect::<Vec<_>>().join("\n");
        let whole = first.to(*last);
        if text.get(whole.start as usize..whole.end as usize) != Some(new.as_str()) {
            edits.push(Edit { start: whole.start, end: whole.end, text: new });
        }
    }
    (!edits.is_empty()).then(|| Action {
        title: "sort the `use`s".to_owned(),
        kind: ActionKind::SortUses,
        edits,
    })
}
