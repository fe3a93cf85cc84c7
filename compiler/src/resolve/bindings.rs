//! What the parameters of modules stand for: `param type` and `param action`, which whoever uses the module binds.
//!
//! A parameter stands for one thing in all that is compiled together. A type parameter is an alias whose right side stands in
//! another module, that of the `use`; an action parameter is a group whose members stand there.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::ast::{ItemKind, Type, TypeKind, UseBinding, UseDecl};
use assize_lang::{Diagnostic, Span, codes};
use indexmap::IndexMap;

use super::{Declared, ItemKey, Resolver};
use crate::declarations::{Def, Finding, own};
use crate::names::{did_you_mean, path_text, qualified, suggest};

/// What one `use` says that a parameter stands for.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    /// The `use`.
    pub(super) key: ItemKey,
    /// Where it stands.
    pub(super) module: u32,
    pub(super) binding: &'a UseBinding,
}

/// The parameters of all modules, with what they are bound to.
#[derive(Default)]
pub(super) struct Bindings<'a> {
    /// The parameters of each module, in order.
    params: BTreeMap<u32, Vec<Declared<'a>>>,
    /// By parameter; the first binding counts, further ones must say the same.
    pub(super) bound: IndexMap<Def, Vec<Bound<'a>>>,
    /// The first `use` of each module, or of something in it.
    pub(super) first_use: IndexMap<u32, (ItemKey, Span)>,
    /// Modules with a `with` that could not be read: it may have bound what seems to be unbound.
    unread: BTreeSet<u32>,
}

impl<'a> Bindings<'a> {
    /// The binding that counts.
    pub(super) fn of(&self, param: &Def) -> Option<Bound<'a>> {
        self.bound.get(param)?.first().copied()
    }
}

/// Finds the parameters that are declared.
pub(super) fn collect(resolver: &mut Resolver<'_>) {
    let is_parameter = |kind| matches!(kind, &ItemKind::TypeParam { .. } | &ItemKind::ActionParam { .. });
    for declared in resolver.declared.iter().filter(|it| is_parameter(&it.item.kind)) {
        resolver.bindings.params.entry(declared.module).or_default().push(declared.clone());
    }
}

/// Reads what stands behind `with`. `there`: the module that the `use` is of; `None` if it is of a name in one.
pub(super) fn read<'a>(
    resolver: &mut Resolver<'a>,
    key: ItemKey,
    here: u32,
    there: Option<u32>,
    decl: &'a UseDecl,
) {
    let Some(first) = decl.bindings.first() else { return };
    let Some(there) = there else {
        let message = "`with` says what the parameters of a module are, and this is no module";
        let diagnostic = Diagnostic::new(codes::BAD_BINDING, first.span, message);
        let (module, name) = decl.path.segments.split_at(decl.path.segments.len() - 1);
        let module: Vec<&str> = module.iter().map(|name| name.text.as_str()).collect();
        let help = format!("write `use {}::{{{}}} with ..`", module.join("::"), name[0].text);
        return resolver.report(key, if module.is_empty() { diagnostic } else { diagnostic.help(help) });
    };
    let mut seen: IndexMap<&str, Span> = IndexMap::new();
    for binding in &decl.bindings {
        if binding.param.text.is_empty() {
            resolver.bindings.unread.insert(there);
            continue;
        }
        if let Some(first) = seen.insert(&binding.param.text, binding.param.span) {
            let message = format!("`{}` is bound twice", binding.param.text);
            let diagnostic = Diagnostic::new(codes::BAD_BINDING, binding.param.span, message);
            resolver.report(key, diagnostic.also(first, "first bound here"));
            continue;
        }
        match parameter(resolver, there, binding) {
            Ok(param) => {
                let bound = Bound { key, module: here, binding };
                resolver.bindings.bound.entry(param).or_default().push(bound);
            }
            Err(findings) => {
                resolver.bindings.unread.insert(there);
                resolver.report_all(key, findings);
            }
        }
    }
}

/// Notes what stands behind the `with` of a `use` whose module is not known: whatever has such parameters may be meant.
pub(super) fn lost(resolver: &mut Resolver<'_>, decl: &UseDecl) {
    let is_named = |param: &Declared<'_>| decl.bindings.iter().any(|it| it.param.text == param.name.text);
    let params = resolver.bindings.params.iter();
    let meant: Vec<u32> =
        params.filter(|(_, params)| params.iter().any(is_named)).map(|(module, _)| *module).collect();
    resolver.bindings.unread.extend(meant);
}

/// The parameter of the module that a binding is for.
fn parameter(resolver: &Resolver<'_>, there: u32, binding: &UseBinding) -> Result<Def, Vec<Finding>> {
    let name = &binding.param;
    let params = resolver.bindings.params.get(&there).map(Vec::as_slice).unwrap_or_default();
    let found = params.iter().find(|it| it.name.text == name.text);
    if let Some(param) = found {
        return Ok(param.def.clone());
    }
    let path = resolver.module_path(there);
    let message = format!("module `{path}` has no parameter `{}`", name.text);
    let diagnostic = Diagnostic::new(codes::BAD_BINDING, name.span, message);
    if let Some(def) = own(&resolver.declarations, there, &name.text) {
        let help = match def {
            Def::Param(_) => "a `param` with a value is bound by a profile in `assize.toml`",
            _ => "only a `param type` or `param action` can be bound",
        };
        return Err(vec![Finding {
            diagnostic: diagnostic.help(help),
            related: vec![(def, "this is no parameter of the module".to_owned())],
        }]);
    }
    let known = || params.iter().map(|it| it.name.text.as_str());
    let candidate = suggest(&name.text, known());
    if candidate.is_none() {
        let known: Vec<String> = known().map(|name| format!("`{name}`")).collect();
        let help = match known.as_slice() {
            [] => "it has no parameters: leave out `with`".to_owned(),
            known => format!("it has {}", known.join(", ")),
        };
        return Err(vec![diagnostic.help(help).into()]);
    }
    Err(vec![did_you_mean(diagnostic, name.span, candidate).into()])
}

/// Reports parameters that nobody binds, all those of a module at once, and takes them out of scope.
pub(super) fn report_unbound(resolver: &mut Resolver<'_>) {
    let is_open = |it: &&Declared<'_>| {
        let has_default = matches!(&it.item.kind, ItemKind::TypeParam { default: Some(_), .. });
        !has_default && !resolver.bindings.bound.contains_key(&it.def)
    };
    let mut open: Vec<(u32, Vec<Declared<'_>>)> = Vec::new();
    for (module, params) in &resolver.bindings.params {
        let params: Vec<_> = params.iter().filter(is_open).cloned().collect();
        if !params.is_empty() {
            open.push((*module, params));
        }
    }
    for (module, params) in open {
        for param in &params {
            resolver.set_broken(param);
        }
        if resolver.bindings.unread.contains(&module) {
            continue;
        }
        let path = resolver.module_path(module);
        let names: Vec<String> = params.iter().map(|param| format!("`{}`", param.name.text)).collect();
        let values: Vec<String> = params.iter().map(|param| format!("{} = ..", param.name.text)).collect();
        let (last, others) =
            (names.last().cloned().unwrap_or_default(), &names[..names.len().saturating_sub(1)]);
        let message = match others {
            [] => format!("nothing says what {last} of module `{path}` stands for"),
            others => {
                format!("nothing says what {} and {last} of module `{path}` stand for", others.join(", "))
            }
        };
        let help = format!("write `use {path} with {}`", values.join(", "));
        match resolver.bindings.first_use.get(&module).copied() {
            Some((key, span)) => {
                let diagnostic = Diagnostic::new(codes::UNBOUND_PARAMETER, span, message).help(help);
                let related = params.iter().map(|it| (it.def.clone(), "declared here".to_owned())).collect();
                resolver.report(key, Finding { diagnostic, related });
            }
            None => {
                if let Some(first) = params.first() {
                    let diagnostic = Diagnostic::new(codes::UNBOUND_PARAMETER, first.name.span, message)
                        .help(format!("{help} where the module is used"));
                    resolver.report(first.key, diagnostic);
                }
            }
        }
    }
}

/// Bindings beyond the first of a parameter, which must say the same: `same` tells.
pub(super) fn check_further<'a>(
    resolver: &mut Resolver<'a>,
    declared: &Declared<'a>,
    mut same: impl FnMut(&Resolver<'a>, Bound<'a>) -> bool,
) {
    let Some((first, further)) =
        resolver.bindings.bound.get(&declared.def).cloned().and_then(|all| Some((*all.first()?, all)))
    else {
        return;
    };
    for bound in further.into_iter().skip(1).filter(|bound| !same(resolver, *bound)).collect::<Vec<_>>() {
        let name = qualified(&resolver.module_path(declared.module), &declared.name.text);
        let message = format!("`{name}` already stands for something else");
        let help = "a package and all that it depends on bind a parameter once: say the same in both places";
        let place = resolver.place_in_use(first.key, first.binding.span);
        let diagnostic = Diagnostic::new(codes::BOUND_TWICE, bound.binding.span, message).help(help);
        resolver.report_with(bound.key, diagnostic, place, "bound here first");
    }
}

/// What a binding says, as a type. An error: something in it is no name.
pub(super) fn as_type(binding: &UseBinding) -> Result<Option<Type>, Vec<Finding>> {
    let mut parts = Vec::with_capacity(binding.values.len());
    for value in &binding.values {
        if value.quoted {
            let message = format!("`{}` stands for entity types", binding.param.text);
            let diagnostic = Diagnostic::new(codes::BAD_BINDING, value.span, message);
            return Err(vec![diagnostic.help("write the name of a type, without quotes").into()]);
        }
        parts.push(Type { kind: TypeKind::Name(value.path.clone()), span: value.span });
    }
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(None) };
    let span = first.span.to(last.span);
    Ok(match parts.len() {
        1 => parts.pop(),
        _ => Some(Type { kind: TypeKind::Union(parts), span }),
    })
}

/// The module that a `use` is of, if it is of a module.
pub(super) fn module_of_use(resolver: &Resolver<'_>, decl: &UseDecl) -> Option<u32> {
    resolver.declarations.module(&path_text(&decl.path))
}
