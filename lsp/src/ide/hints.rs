//! What the text leaves out and its readers may want to see.

use assize_compiler::db::SourceFile;
use assize_compiler::expr::type_text;
use assize_compiler::walk;
use assize_lang::Span;
use assize_lang::ast::{Actions, Expr, ExprKind, Item, ItemKind, PolicyDecl, TestItem};
use assize_runtime::types::Type;

use super::analysis::Analysis;
use super::names::Types;

/// Actions that are shown before the rest is counted.
const SHOWN_ACTIONS: usize = 6;

/// Elements from which a set is worth counting.
const MANY: usize = 4;

/// What a hint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintKind {
    /// A type.
    Type,
    /// Something that stands for more than it shows.
    Meaning,
}

/// A few words in the text that are not in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it stands: before this byte of the file.
    pub offset: u32,
    /// What it says.
    pub label: String,
    /// What that is.
    pub kind: HintKind,
}

/// The hints of a part of a file, in source order.
pub fn hints(analysis: &Analysis, file: SourceFile, part: Span) -> Vec<Hint> {
    let mut all = Vec::new();
    for item in analysis.items(file) {
        let start = item.start(&analysis.database);
        let end = start + item.text(&analysis.database).len() as u32;
        if end < part.start || start > part.end {
            continue;
        }
        let tree = &analysis.tree(*item).item;
        let types = Types::of(analysis, *item);
        let mut found = Vec::new();
        let mut expression = |expr: &Expr| of_expression(analysis, &types, expr, &mut found);
        match &tree.kind {
            ItemKind::Fn(decl) => expression(&decl.body),
            ItemKind::Param(decl) | ItemKind::Const(decl) => decl.value.iter().for_each(expression),
            ItemKind::Test(decl) => {
                for item in &decl.items {
                    if let TestItem::Let { name, value } = item
                        && let [ty] = types.value(value.span)
                        && !matches!(ty, Type::Record(_))
                    {
                        found.push(Hint {
                            offset: name.span.end,
                            label: format!(": {}", type_text(&analysis.declarations().schema, ty)),
                            kind: HintKind::Type,
                        });
                    }
                }
            }
            _ => of_policies(analysis, *item, tree, &types, &mut found),
        }
        all.extend(found.into_iter().map(|hint| Hint { offset: hint.offset + start, ..hint }));
    }
    all.retain(|hint| part.start <= hint.offset && hint.offset <= part.end);
    all.sort_by_key(|hint| hint.offset);
    all.dedup();
    all
}

fn of_policies(
    analysis: &Analysis,
    item: assize_compiler::db::SourceItem<'_>,
    tree: &Item,
    types: &Types,
    found: &mut Vec<Hint>,
) {
    let policies: Vec<&PolicyDecl> = match &tree.kind {
        ItemKind::Policy(decl) => vec![decl],
        ItemKind::Grant(decl) => decl.body.iter().flatten().map(|it| &it.policy).collect(),
        _ => return,
    };
    let rules = &assize_compiler::db::rules(&analysis.database, item).rules;
    for (nth, decl) in policies.into_iter().enumerate() {
        if let Some(policy) = rules.get(nth).and_then(|rule| rule.policy.as_ref()) {
            // Those that the policy can really meet.
            let met = policy.variants.iter().flat_map(|variant| &variant.actions);
            let mut met: Vec<_> = met.copied().collect();
            met.sort_unstable();
            met.dedup();
            let end = match &decl.actions {
                Actions::All(span) => Some(span.end),
                Actions::List(list) => list.last().filter(|_| met.len() > list.len()).map(|it| it.span.end),
                Actions::Error(_) => None,
            };
            let schema = &analysis.declarations().schema;
            let names: Vec<&str> = met
                .iter()
                .filter_map(|action| schema.actions.get(action.index()))
                .map(|action| action.name.rsplit("::").next().unwrap_or(&action.name))
                .collect();
            if let Some(offset) = end.filter(|_| !names.is_empty()) {
                let more = names.len().saturating_sub(SHOWN_ACTIONS);
                let shown = names.iter().take(SHOWN_ACTIONS).copied().collect::<Vec<_>>().join(", ");
                let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
                found.push(Hint { offset, label: format!(" = {shown}{rest}"), kind: HintKind::Meaning });
            }
        }
        for clause in &decl.clauses {
            use assize_lang::ast::ClauseKind;
            match &clause.kind {
                ClauseKind::When(expr) | ClauseKind::Unless(expr) => {
                    of_expression(analysis, types, expr, found)
                }
                _ => {}
            }
        }
    }
}

fn of_expression(analysis: &Analysis, types: &Types, expr: &Expr, found: &mut Vec<Hint>) {
    let schema = &analysis.declarations().schema;
    walk::visit(expr, &mut |part| match &*part.kind {
        ExprKind::Quantifier { types: written, variable, set, .. } if written.is_empty() => {
            if let [Type::Set(element)] = types.value(set.span) {
                let label = format!(": {}", type_text(schema, element));
                found.push(Hint { offset: variable.span.end, label, kind: HintKind::Type });
            }
        }
        ExprKind::Set(elements) if elements.len() >= MANY => {
            let label = format!(" {} elements", elements.len());
            found.push(Hint { offset: part.span.end, label, kind: HintKind::Meaning });
        }
        ExprKind::Duration(text) => {
            if let Some(label) = in_larger_units(text) {
                found.push(Hint { offset: part.span.end, label, kind: HintKind::Meaning });
            }
        }
        _ => {}
    });
}

/// ` = 90d` for `2160h`: a duration of one unit that is a whole number of larger ones.
fn in_larger_units(text: &str) -> Option<String> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    let (per, larger) = match unit {
        "ms" => (1000, "s"),
        "s" => (60, "m"),
        "m" => (60, "h"),
        "h" => (24, "d"),
        _ => return None,
    };
    if number == 0 || !number.is_multiple_of(per) {
        return None;
    }
    let inner = format!("{}{larger}", number / per);
    Some(in_larger_units(&inner).unwrap_or(format!(" = {inner}")))
}
