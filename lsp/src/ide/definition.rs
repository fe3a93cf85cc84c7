//! From a name to where it is declared, to the type of its value, and to the policies of an action.

use assize_compiler::db::SourceFile;
use assize_compiler::declarations::Def;
use assize_lang::Span;
use assize_lang::ast::ItemKind;
use assize_runtime::types::Type;

use super::analysis::{Analysis, FileRange};
use super::meaning::Meaning;
use super::names::{self, Types};
use super::places;

/// Where something is, for an editor to go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name to go to.
    pub name: FileRange,
    /// The whole declaration.
    pub whole: Span,
}

/// A name and what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// The name that was asked about.
    pub origin: FileRange,
    /// In order of file and place.
    pub targets: Vec<Target>,
}

/// Where the name at an offset is declared.
pub fn definition(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Targets> {
    let at = names::at(analysis, file, offset)?;
    let mut targets = Vec::new();
    for meaning in at.meanings.iter().map(|it| &it.meaning) {
        match meaning {
            Meaning::Def(Def::Module(module)) => targets.extend(headers(analysis, *module)),
            Meaning::Def(def) => targets.extend(of_def(analysis, def)),
            _ => {}
        }
    }
    if targets.is_empty() {
        let found = places::of_meanings(analysis, &at);
        let declaring = found.into_iter().filter(|it| it.occurrence.declares);
        targets.extend(declaring.map(|it| target(analysis, it.range)));
    }
    finished(at.range, targets)
}

/// Where the types of the name's value are declared: entity types, enums and the `type`s that stand for records.
pub fn type_definition(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Targets> {
    let at = names::at(analysis, file, offset)?;
    let types = Types::of(analysis, at.around.item);
    let mut defs: Vec<Def> = Vec::new();
    for occurrence in &at.meanings {
        for ty in value_types(analysis, &types, occurrence.span, &occurrence.meaning) {
            collect(analysis, &ty, &mut defs);
        }
    }
    let targets = defs.iter().filter_map(|def| of_def(analysis, def)).collect();
    finished(at.range, targets)
}

/// The policies that can apply to an action, or those over the rows of a grant.
pub fn implementations(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Targets> {
    let at = names::at(analysis, file, offset)?;
    let mut targets = Vec::new();
    for meaning in at.meanings.iter().map(|it| &it.meaning) {
        match meaning {
            Meaning::Def(Def::Action(action)) => {
                for (index, file) in analysis.files().iter().enumerate() {
                    for item in analysis.items(*file) {
                        let start = item.start(&analysis.database);
                        if !matches!(analysis.tree(*item).item.kind, ItemKind::Policy(_) | ItemKind::Grant(_))
                        {
                            continue;
                        }
                        for rule in &assize_compiler::db::rules(&analysis.database, *item).rules {
                            if rule.policy.as_ref().is_some_and(|policy| policy.actions.contains(action)) {
                                let (from, to) =
                                    (rule.effect_span.start + start, rule.effect_span.end + start);
                                let name = FileRange { file: index as u32, span: Span::new(from, to) };
                                targets.push(target(analysis, name));
                            }
                        }
                    }
                }
            }
            Meaning::Def(def @ Def::Grant(_)) => {
                let Some((range, item)) = places::of_def(analysis, def) else { continue };
                let start = item.start(&analysis.database);
                for rule in &assize_compiler::db::rules(&analysis.database, item).rules {
                    let span = Span::new(rule.effect_span.start + start, rule.effect_span.end + start);
                    targets.push(target(analysis, FileRange { span, ..range }));
                }
            }
            _ => {}
        }
    }
    finished(at.range, targets)
}

/// The types of the value that a name stands for.
pub(super) fn value_types(analysis: &Analysis, types: &Types, span: Span, meaning: &Meaning) -> Vec<Type> {
    let declarations = analysis.declarations();
    let schema = &declarations.schema;
    match meaning {
        Meaning::Attribute(of, name) => {
            let declared = of.iter().filter_map(|id| schema.entity_types.get(id.index()));
            declared.filter_map(|it| Some(it.attributes.field(name)?.1.ty.clone())).collect()
        }
        Meaning::Field(record, name) => {
            record.field(name).map(|(_, field)| field.ty.clone()).into_iter().collect()
        }
        Meaning::Variant(id, _) => vec![Type::Enum(*id)],
        Meaning::Entity(ty, _) => vec![Type::entity(*ty)],
        Meaning::Def(Def::Param(at)) => {
            declarations.params.get(*at as usize).map(|it| it.ty.clone()).into_iter().collect()
        }
        Meaning::Def(Def::Const(at)) => {
            declarations.consts.get(*at as usize).map(|it| it.ty.clone()).into_iter().collect()
        }
        Meaning::Def(Def::Function(at)) => {
            declarations.functions.get(*at as usize).map(|it| it.result.clone()).into_iter().collect()
        }
        Meaning::Local(..) | Meaning::Request(_) => types.value(span).to_vec(),
        _ => Vec::new(),
    }
}

fn collect(analysis: &Analysis, ty: &Type, defs: &mut Vec<Def>) {
    let mut add = |def: Def| {
        if !defs.contains(&def) {
            defs.push(def);
        }
    };
    match ty {
        Type::Enum(id) => add(Def::Enum(*id)),
        Type::Entity(types) => types.iter().for_each(|id| add(Def::EntityType(id))),
        Type::Set(inner) | Type::Map(inner) | Type::Optional(inner) => collect(analysis, inner, defs),
        Type::Record(_) => {
            let aliases = analysis.declarations().aliases.iter().enumerate();
            let mut same = aliases.filter(|(_, (_, known))| known.as_ref() == Some(ty));
            if let Some((at, _)) = same.next() {
                add(Def::Alias(at as u32));
            }
        }
        _ => {}
    }
}

fn of_def(analysis: &Analysis, def: &Def) -> Option<Target> {
    let (name, item) = places::of_def(analysis, def)?;
    let start = item.start(&analysis.database);
    let whole = analysis.tree(item).item.span;
    Some(Target { name, whole: Span::new(whole.start + start, whole.end + start) })
}

/// The `module` headers of a module.
fn headers(analysis: &Analysis, module: u32) -> Vec<Target> {
    let mut targets = Vec::new();
    for (index, file) in analysis.files().iter().enumerate() {
        for item in assize_compiler::db::declaration_items(&analysis.database, *file) {
            if let ItemKind::Module(path) = &analysis.tree(*item).item.kind
                && analysis.module_of(*item) == module
            {
                let (start, span) = (item.start(&analysis.database), path.span());
                let span = Span::new(span.start + start, span.end + start);
                targets.push(target(analysis, FileRange { file: index as u32, span }));
            }
        }
    }
    targets
}

fn target(analysis: &Analysis, name: FileRange) -> Target {
    let item = analysis.file(name.file).and_then(|file| analysis.item_at(file, name.span.start));
    let whole = item.map_or(name.span, |at| {
        let own = analysis.tree(at.item).item.span;
        Span::new(own.start + at.start, own.end + at.start).to(name.span)
    });
    Target { name, whole }
}

fn finished(origin: FileRange, mut targets: Vec<Target>) -> Option<Targets> {
    targets.sort_by_key(|target| target.name);
    targets.dedup();
    (!targets.is_empty()).then_some(Targets { origin, targets })
}
