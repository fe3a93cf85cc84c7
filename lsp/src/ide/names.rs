//! All names of an item, and what they mean; the name at an offset.

use assize_compiler::db::{SourceFile, SourceItem};
use assize_compiler::expr::Seen;
use assize_compiler::see;
use assize_lang::Span;
use assize_runtime::types::Type;
use rustc_hash::FxHashMap;

use super::analysis::{Analysis, FileRange, ItemAt};
use super::meaning::{Meaning, Occurrence};
use super::walk::Walk;

/// What the checker has seen in an item.
#[derive(Debug, Default)]
pub struct Types {
    /// By place of an expression: its types, one for each that some environment gives it.
    values: FxHashMap<Span, Vec<Type>>,
    /// By place of the name of a member: types of what it is read from.
    receivers: FxHashMap<Span, Vec<Type>>,
}

impl Types {
    /// What the checker sees in an item.
    pub fn of(analysis: &Analysis, item: SourceItem<'_>) -> Types {
        let tree = &analysis.tree(item).item;
        let mut types = Types::default();
        for seen in see::see(analysis.declarations(), analysis.module_of(item), tree) {
            let (at, ty) = match seen {
                Seen::Value { span, ty } => (types.values.entry(span).or_default(), ty),
                Seen::Member { name, of } => (types.receivers.entry(name).or_default(), of),
            };
            if !at.contains(&ty) {
                at.push(ty);
            }
        }
        types
    }

    /// The types of the expression at exactly this place.
    pub fn value(&self, span: Span) -> &[Type] {
        self.values.get(&span).map_or(&[], Vec::as_slice)
    }

    /// The types of what the member whose name stands here is read from.
    pub fn receiver(&self, name: Span) -> &[Type] {
        self.receivers.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Expressions with their types, in no order.
    pub fn values(&self) -> impl Iterator<Item = (Span, &[Type])> {
        self.values.iter().map(|(span, types)| (*span, types.as_slice()))
    }
}

/// All names of an item, in source order. A name that means several things stands there several times.
pub fn of_item(analysis: &Analysis, item: SourceItem<'_>) -> Vec<Occurrence> {
    with_types(analysis, item, &Types::of(analysis, item))
}

/// As [`of_item`], with what the checker has seen.
pub fn with_types(analysis: &Analysis, item: SourceItem<'_>, types: &Types) -> Vec<Occurrence> {
    let tree = &analysis.tree(item).item;
    Walk::through(analysis.declarations(), analysis.module_of(item), tree, types)
}

/// A name at an offset.
pub struct NameAt<'db> {
    /// The item that it stands in.
    pub around: ItemAt<'db>,
    /// Where it stands in the file.
    pub range: FileRange,
    /// What it means; several things where a policy meets several types. Never empty.
    pub meanings: Vec<Occurrence>,
}

/// The name that `offset` is in or at the end of.
pub fn at(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<NameAt<'_>> {
    let around = analysis.item_at(file, offset)?;
    let index = analysis.index_of(file)?;
    let all = of_item(analysis, around.item);
    let touches = |it: &&Occurrence| it.span.start <= around.offset && around.offset <= it.span.end;
    // Of `a` and `b` in `a::b` with the cursor between, the one that begins there is not meant.
    let span = all
        .iter()
        .filter(touches)
        .map(|it| it.span)
        .min_by_key(|span| (span.end - span.start, span.start))?;
    let meanings: Vec<Occurrence> = all.into_iter().filter(|it| it.span == span).collect();
    let range =
        FileRange { file: index, span: Span::new(span.start + around.start, span.end + around.start) };
    Some(NameAt { around, range, meanings })
}

/// Whether one of these meanings is this.
pub fn means(occurrences: &[Occurrence], meaning: &Meaning) -> bool {
    occurrences.iter().any(|it| it.meaning.is_same(meaning))
}
