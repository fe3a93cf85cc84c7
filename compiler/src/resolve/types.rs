//! From a type as written to a [`Type`].

use std::sync::Arc;

use assize_lang::ast::{Field, Name, Path, Type as Written, TypeKind};
use assize_lang::{Diagnostic, Edit, Span, codes};
use assize_runtime::types::{EntityTypes, FieldType, RecordType, Type};

use crate::declarations::{Declarations, Def, Finding};
use crate::foreign::types_for;
use crate::names::{did_you_mean, lookup, path_text, suggest};

/// How many types one type may be made of, and how high they may be stacked: aliases can double a type with each line.
const MAX_SIZE: usize = 4000;
const MAX_HEIGHT: usize = 30;

/// Resolves types for one item.
pub struct TypeResolver<'a> {
    declarations: &'a Declarations,
    module: u32,
    /// What was wrong so far.
    pub findings: Vec<Finding>,
}

impl<'a> TypeResolver<'a> {
    /// For an item of `module`.
    pub fn new(declarations: &'a Declarations, module: u32) -> Self {
        TypeResolver { declarations, module, findings: Vec::new() }
    }

    /// A type whose values are always present. `None`: it has an error, which was reported.
    pub fn resolve(&mut self, ty: &Written) -> Option<Type> {
        let resolved = self.present(ty)?;
        self.check_size(resolved, ty.span)
    }

    /// A type that may be `T?`.
    pub fn resolve_optional(&mut self, ty: &Written) -> Option<Type> {
        match &ty.kind {
            TypeKind::Optional(inner) => self.resolve(inner).map(Type::optional),
            _ => self.resolve(ty),
        }
    }

    /// One entity type, a union of some, or a name for that.
    pub fn resolve_entities(&mut self, ty: &Written, what: &str) -> Option<EntityTypes> {
        match self.resolve(ty)? {
            Type::Entity(types) => Some(types),
            _ => {
                let message = format!("{what} are entity types");
                let diagnostic = Diagnostic::new(codes::NOT_ENTITY_TYPES, ty.span, message);
                self.findings
                    .push(diagnostic.help("write an entity type, or several: `User | Group`").into());
                None
            }
        }
    }

    /// The fields of a record or the attributes of an entity type, without those that have an error; `whole` is false if
    /// there is one.
    pub fn resolve_fields(&mut self, fields: &[Field]) -> ResolvedFields {
        let mut resolved: Vec<FieldType> = Vec::with_capacity(fields.len());
        let mut broken = Vec::new();
        let mut seen: std::collections::BTreeMap<&str, Span> = std::collections::BTreeMap::new();
        for field in fields {
            if field.name.text.is_empty() {
                broken.push(field.name.text.clone());
                continue;
            }
            if let Some(first) = seen.insert(&field.name.text, field.name.span) {
                let message = format!("`{}` is declared twice", field.name.text);
                let diagnostic = Diagnostic::new(codes::DUPLICATE_NAME, field.name.span, message);
                self.findings.push(diagnostic.also(first, "first declared here").into());
                seen.insert(&field.name.text, first);
                continue;
            }
            let ty = match &field.ty.kind {
                TypeKind::Optional(inner) => {
                    self.report_optional_field(field, inner);
                    None
                }
                _ => self.present(&field.ty),
            };
            match ty {
                Some(ty) => {
                    resolved.push(FieldType { name: field.name.text.clone(), ty, optional: field.optional });
                }
                None => broken.push(field.name.text.clone()),
            }
        }
        ResolvedFields { fields: RecordType::new(resolved), broken }
    }

    fn present(&mut self, ty: &Written) -> Option<Type> {
        match &ty.kind {
            TypeKind::Name(path) => self.named(path),
            TypeKind::Apply { name, args } => self.applied(name, args, ty.span),
            TypeKind::Union(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.union_part(part)).collect();
                let types: Option<Vec<EntityTypes>> = parts.into_iter().collect();
                EntityTypes::new(types?.iter().flat_map(EntityTypes::iter)).map(Type::Entity)
            }
            TypeKind::Optional(inner) => {
                let message = "`?` is for parameters and results of functions";
                let mut diagnostic = Diagnostic::new(codes::OPTIONAL_NOT_ALLOWED, ty.span, message);
                diagnostic = diagnostic
                    .help("a value here is always present; an optional field is written `name?: Type`");
                self.findings.push(diagnostic.into());
                self.present(inner);
                None
            }
            TypeKind::Record(fields) => {
                let resolved = self.resolve_fields(fields);
                resolved.broken.is_empty().then_some(Type::Record(resolved.fields))
            }
            TypeKind::Error => None,
        }
    }

    fn union_part(&mut self, part: &Written) -> Option<EntityTypes> {
        match self.present(part)? {
            Type::Entity(types) => Some(types),
            _ => {
                let message = "only entity types can be alternatives";
                self.findings.push(Diagnostic::new(codes::NOT_ENTITY_TYPES, part.span, message).into());
                None
            }
        }
    }

    fn named(&mut self, path: &Path) -> Option<Type> {
        if let [name] = path.segments.as_slice()
            && let Some(ty) = self.builtin(name)
        {
            return ty;
        }
        match lookup(self.declarations, self.module, path) {
            Ok(Def::EntityType(id)) => Some(Type::entity(id)),
            Ok(Def::Enum(id)) => Some(Type::Enum(id)),
            Ok(Def::Alias(at)) => self.declarations.aliases.get(at as usize)?.1.clone(),
            Ok(other) => {
                let message = format!("`{}` is {}, not a type", path_text(path), describe(&other));
                let diagnostic = Diagnostic::new(codes::WRONG_KIND, path.span(), message);
                let related = vec![(other, "declared here".to_owned())];
                self.findings.push(Finding { diagnostic, related });
                None
            }
            Err(findings) => {
                match foreign_type(path) {
                    Some(diagnostic) if is_unknown(&findings) => self.findings.push(diagnostic.into()),
                    _ => self.findings.extend(findings),
                }
                None
            }
        }
    }

    /// The outer option tells whether `name` is one of the language.
    fn builtin(&mut self, name: &Name) -> Option<Option<Type>> {
        Some(Some(match name.text.as_str() {
            "Bool" => Type::Bool,
            "Int" => Type::Int,
            "Decimal" => Type::Decimal,
            "String" => Type::String,
            "Ip" => Type::Ip,
            "Cidr" => Type::Cidr,
            "Datetime" => Type::Datetime,
            "Duration" => Type::Duration,
            "Zone" => Type::Zone,
            "Action" => Type::Action,
            "Set" | "Map" => {
                let form = if name.text == "Set" { "Set<T>" } else { "Map<String, T>" };
                let message = format!("`{}` of what? it is written `{form}`", name.text);
                self.findings.push(Diagnostic::new(codes::TYPE_ARGUMENTS, name.span, message).into());
                return Some(None);
            }
            _ => return None,
        }))
    }

    fn applied(&mut self, name: &Name, args: &[Written], span: Span) -> Option<Type> {
        match (name.text.as_str(), args) {
            ("Set", [element]) => self.present(element).map(Type::set),
            ("Map", [key, value]) => {
                let key_type = self.present(key);
                let value = self.present(value).map(|value| Type::Map(Arc::new(value)));
                if key_type? != Type::String {
                    let message = "the keys of a map are strings";
                    let diagnostic = Diagnostic::new(codes::TYPE_ARGUMENTS, key.span, message);
                    self.findings.push(diagnostic.help("write `Map<String, T>`").into());
                    return None;
                }
                value
            }
            ("Set" | "Map", _) => {
                let form = if name.text == "Set" { "Set<T>" } else { "Map<String, T>" };
                let message = format!("`{}` is written `{form}`", name.text);
                self.findings.push(Diagnostic::new(codes::TYPE_ARGUMENTS, span, message).into());
                None
            }
            _ => {
                let message = format!("`{}` takes no arguments: only `Set` and `Map` do", name.text);
                let diagnostic = Diagnostic::new(codes::TYPE_ARGUMENTS, name.span, message);
                let foreign = types_for(&name.text).and_then(|types| types.first());
                let known = foreign.copied().filter(|known| ["Set", "Map"].contains(known));
                let candidate = known.or_else(|| suggest(&name.text, ["Set", "Map"]));
                self.findings.push(did_you_mean(diagnostic, name.span, candidate).into());
                None
            }
        }
    }

    fn report_optional_field(&mut self, field: &Field, inner: &Written) {
        let name = &field.name;
        let message = format!("a field that may be absent is written `{}?: ..`", name.text);
        let mut diagnostic = Diagnostic::new(codes::OPTIONAL_NOT_ALLOWED, field.ty.span, message);
        let mut edits = vec![Edit { start: inner.span.end, end: field.ty.span.end, text: String::new() }];
        if !field.optional {
            edits.insert(0, Edit { start: name.span.end, end: name.span.end, text: "?".to_owned() });
        }
        diagnostic = diagnostic.fix(format!("write `{}?: ..`", name.text), edits, false);
        self.findings.push(diagnostic.into());
        self.present(inner);
    }

    /// Reports a type that is too large; gives it back otherwise.
    pub fn check_size(&mut self, ty: Type, span: Span) -> Option<Type> {
        let mut left = MAX_SIZE;
        if fits(&ty, MAX_HEIGHT, &mut left) {
            return Some(ty);
        }
        let message =
            format!("this type is made of more than {MAX_SIZE} types, or more than {MAX_HEIGHT} deep");
        self.findings.push(Diagnostic::new(codes::TYPE_TOO_LARGE, span, message).into());
        None
    }
}

/// Result of [`TypeResolver::resolve_fields`].
pub struct ResolvedFields {
    /// Those without an error.
    pub fields: RecordType,
    /// Names of the others.
    pub broken: Vec<smol_str::SmolStr>,
}

/// Whether a name means nothing, and nothing in another module either.
fn is_unknown(findings: &[Finding]) -> bool {
    let elsewhere = |help: &String| help.starts_with("module `");
    !findings.is_empty() && !findings.iter().any(|finding| finding.diagnostic.help.iter().any(elsewhere))
}

/// The finding for a type of another language.
fn foreign_type(path: &Path) -> Option<Diagnostic> {
    let [name] = path.segments.as_slice() else { return None };
    let types = types_for(&name.text)?;
    let message = format!("there is no type `{}`", name.text);
    let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, name.span, message);
    Some(match types {
        ["Set"] => diagnostic.help("write `Set<T>`"),
        ["Map"] => diagnostic.help("write `Map<String, T>`, or a record: `{ name: T }`"),
        [only] => {
            let edit = Edit { start: name.span.start, end: name.span.end, text: (*only).to_owned() };
            diagnostic.fix(format!("write `{only}`"), vec![edit], false)
        }
        _ => diagnostic.help("write `Ip` for one address, `Cidr` for a range"),
    })
}

/// Calls `visit` with each name that a type mentions.
pub fn names_in(ty: &Written, visit: &mut dyn FnMut(&Path)) {
    match &ty.kind {
        TypeKind::Name(path) => visit(path),
        TypeKind::Apply { args: parts, .. } | TypeKind::Union(parts) => {
            parts.iter().for_each(|part| names_in(part, visit));
        }
        TypeKind::Optional(inner) => names_in(inner, visit),
        TypeKind::Record(fields) => fields.iter().for_each(|field| names_in(&field.ty, visit)),
        TypeKind::Error => {}
    }
}

/// What a definition is, with its article.
pub fn describe(def: &Def) -> &'static str {
    match def {
        Def::EntityType(_) => "an entity type",
        Def::Enum(_) => "an enum",
        Def::Alias(_) => "a type",
        Def::Action(_) => "an action",
        Def::Param(_) => "a param",
        Def::Const(_) => "a const",
        Def::Function(_) => "a function",
        Def::Grant(_) => "a grant",
        Def::Obligation(_) => "an obligation",
        Def::Module(_) => "a module",
        Def::Use(_) => "a `use`",
    }
}

fn fits(ty: &Type, height: usize, left: &mut usize) -> bool {
    if height == 0 || *left == 0 {
        return false;
    }
    *left -= 1;
    match ty {
        Type::Set(inner) | Type::Map(inner) | Type::Optional(inner) => fits(inner, height - 1, left),
        Type::Record(record) => record.fields().iter().all(|field| fits(&field.ty, height - 1, left)),
        _ => true,
    }
}
