//! Frameworks of controls: what `@control("SOC2:CC6.1")` may name.
//!
//! A framework is an enum with `@framework("SOC2")`, its identifiers are the variants. Those that everybody may name are the enums of
//! `std::controls`, read from the library's own text, whether a package uses that module or not; a package declares its own
//! in the same way.

use std::sync::{Arc, LazyLock};

use assize_lang::ast::{Annotation, EnumDecl, Item, ItemKind, StrLit};
use assize_lang::{Diagnostic, Edit, codes};
use indexmap::{IndexMap, IndexSet};
use smol_str::{SmolStr, format_smolstr};

use crate::db::{self, Known, Package};
use crate::declarations::Finding;
use crate::library;
use crate::names::suggest;

/// The module whose frameworks every package knows.
const STANDARD: &str = "std::controls";
/// The second text of a `@framework` whose identifiers may be followed by a number in parentheses, `AC-2(1)`.
const NUMBERED: &str = "x(1)";

/// A framework.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Framework {
    /// The enum that declares it.
    pub name: SmolStr,
    identifiers: IndexSet<SmolStr>,
    /// Whether a number in parentheses may follow an identifier.
    numbered: bool,
}

/// Frameworks by what stands before the colon in `@control`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frameworks(IndexMap<SmolStr, Framework>);

/// The frameworks of the library.
pub fn standard() -> &'static Frameworks {
    static FRAMEWORKS: LazyLock<Frameworks> = LazyLock::new(|| {
        let module = library::MODULES.iter().find(|module| module.path == STANDARD);
        let items = module.map(|module| assize_lang::parse(module.text).items).unwrap_or_default();
        let mut frameworks = Frameworks::default();
        items.iter().for_each(|item| frameworks.declare(&item.item));
        frameworks
    });
    &FRAMEWORKS
}

/// The frameworks that the package and those that it depends on declare.
pub fn frameworks(database: &dyn salsa::Database, package: Package) -> &Arc<Frameworks> {
    match Known::try_get(database) {
        Some(known) => known.frameworks(database),
        None => declared_frameworks(database, package),
    }
}

/// As [`frameworks`], from the texts.
#[salsa::tracked(returns(ref))]
pub fn declared_frameworks(database: &dyn salsa::Database, package: Package) -> Arc<Frameworks> {
    let mut frameworks = Frameworks::default();
    for file in package.files(database) {
        for item in db::declaration_items(database, *file) {
            frameworks.declare(&db::parse(database, *item).item);
        }
    }
    Arc::new(frameworks)
}

impl Frameworks {
    /// Adds the framework that an item declares, if it does; the first of a name counts.
    fn declare(&mut self, item: &Item) {
        let ItemKind::Enum(decl) = &item.kind else { return };
        let Some(annotation) = item.annotations.iter().find(|it| it.name.text == "framework") else { return };
        let Some(prefix) = annotation.args.first() else { return };
        self.0.entry(prefix.value.clone()).or_insert_with(|| Framework::of(annotation, decl));
    }

    /// Those of the library, then those of the package.
    fn all(&self) -> impl Iterator<Item = (&SmolStr, &Framework)> {
        standard().0.iter().chain(&self.0)
    }

    fn get(&self, prefix: &str) -> Option<&Framework> {
        standard().0.get(prefix).or_else(|| self.0.get(prefix))
    }

    /// Every control of a framework, as identifiers.
    pub fn identifiers(&self, prefix: &str) -> impl Iterator<Item = &str> {
        self.get(prefix).into_iter().flat_map(|framework| &framework.identifiers).map(SmolStr::as_str)
    }

    /// What is wrong with a text of `@control`.
    pub fn check(&self, control: &StrLit) -> Option<Finding> {
        let text = control.value.as_str();
        let (prefix, identifier) = match text.split_once(':') {
            Some((prefix, identifier)) => (prefix.trim_end(), identifier.trim_start()),
            None => return Some(self.without_framework(control)),
        };
        let Some(framework) = self.get(prefix) else {
            let message = format!("there is no framework `{prefix}`");
            let has_it =
                |framework: &Framework| framework.identifiers.contains(framework.parts(identifier).0);
            let with_it =
                self.all().filter(|(_, framework)| has_it(framework)).map(|(name, _)| name.as_str());
            let near = suggest(prefix, with_it)
                .or_else(|| suggest(prefix, self.all().map(|(name, _)| name.as_str())));
            let instead = near.map(|near| format_smolstr!("{near}:{identifier}"));
            let diagnostic = Diagnostic::new(codes::UNKNOWN_FRAMEWORK, control.span, message);
            return Some(proposing(diagnostic.help(self.known()), control, instead));
        };
        let (base, number) = framework.parts(identifier);
        if framework.identifiers.contains(base) {
            // Reports group by the text: two spellings of one control would be two controls.
            let plain = format_smolstr!("{prefix}:{identifier}");
            let message = "a control is written without blanks around its colon";
            let diagnostic = || Diagnostic::new(codes::UNKNOWN_CONTROL, control.span, message);
            return (plain != text).then(|| proposing(diagnostic(), control, Some(plain)));
        }
        let names = || framework.identifiers.iter().map(SmolStr::as_str);
        let near = suggest(base, names()).or_else(|| {
            // `5.15` for `A.5.15`
            names().find(|name| name.strip_suffix(base).is_some_and(|start| start.ends_with(['.', '-'])))
        });
        let instead = near.map(|near| format_smolstr!("{prefix}:{near}{number}"));
        let message = format!("`{prefix}` has no control `{identifier}`");
        let diagnostic = Diagnostic::new(codes::UNKNOWN_CONTROL, control.span, message);
        Some(proposing(diagnostic.label(format!("not in enum `{}`", framework.name)), control, instead))
    }

    fn without_framework(&self, control: &StrLit) -> Finding {
        let text = control.value.trim();
        let message = format!("`{text}` does not say of which framework it is");
        let of = self.all().find(|(_, framework)| framework.identifiers.contains(framework.parts(text).0));
        let instead = of.map(|(prefix, _)| format_smolstr!("{prefix}:{text}"));
        let diagnostic = Diagnostic::new(codes::UNKNOWN_FRAMEWORK, control.span, message);
        proposing(diagnostic.help(self.known()), control, instead)
    }

    fn known(&self) -> String {
        let known: Vec<_> = self.all().map(|(prefix, _)| format!("`{prefix}`")).collect();
        format!("known are {}; an enum with `@framework(\"..\")` adds one", known.join(", "))
    }

    /// What is wrong with the `@framework` of an enum.
    pub fn check_declaration(&self, annotation: &Annotation, of: &EnumDecl) -> Option<Finding> {
        let wrong = |message: &str| {
            let diagnostic = Diagnostic::new(codes::ANNOTATION_ARGUMENTS, annotation.span, message);
            let help = "write `@framework(\"ACME\")`, and `@framework(\"ACME\", \"x(1)\")` if a number may follow each identifier";
            Some(diagnostic.help(help).into())
        };
        let (prefix, form) = match annotation.args.as_slice() {
            [prefix] => (prefix, None),
            [prefix, form] => (prefix, Some(form)),
            _ => return wrong("`@framework` takes the name that stands before the colon in `@control`"),
        };
        let plain = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != ':';
        if prefix.value.is_empty() || !prefix.value.chars().all(plain) {
            return wrong("the name of a framework has no blanks and no colon");
        }
        if form.is_some_and(|form| form.value != NUMBERED) {
            return wrong("the second text of `@framework` can only be `x(1)`");
        }
        let own = Framework::of(annotation, of);
        let taken = |framework: &&Framework| **framework != own;
        // The library declares its own in the same way as everybody else.
        let other = match standard().0.get(&prefix.value) {
            Some(standard) => Some(standard).filter(taken).map(|it| format!("`{STANDARD}::{}`", it.name)),
            None => self.0.get(&prefix.value).filter(taken).map(|it| format!("enum `{}`", it.name)),
        };
        let message = format!("`{}` is the framework of {} already", prefix.value, other?);
        let diagnostic = Diagnostic::new(codes::DUPLICATE_FRAMEWORK, prefix.span, message);
        Some(diagnostic.help("choose a name that nobody else uses before the colon of `@control`").into())
    }
}

impl Framework {
    fn of(annotation: &Annotation, decl: &EnumDecl) -> Framework {
        Framework {
            name: decl.name.text.clone(),
            identifiers: decl.variants.iter().map(|variant| variant.text.clone()).collect(),
            numbered: annotation.args.get(1).is_some_and(|form| form.value == NUMBERED),
        }
    }

    /// An identifier without the number that may follow it, and the number in its parentheses.
    fn parts<'a>(&self, identifier: &'a str) -> (&'a str, &'a str) {
        let Some(open) = identifier.rfind('(').filter(|_| self.numbered) else { return (identifier, "") };
        let (base, number) = identifier.split_at(open);
        let digits = number.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
        let is_number = (1..=2).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if is_number { (base, number) } else { (identifier, "") }
    }
}

/// With the proposal to write another text, if there is one.
fn proposing(diagnostic: Diagnostic, control: &StrLit, instead: Option<SmolStr>) -> Finding {
    let Some(instead) = instead else { return diagnostic.into() };
    let edit = Edit { start: control.span.start, end: control.span.end, text: format!("{instead:?}") };
    diagnostic
        .help(format!("did you mean `{instead}`?"))
        .fix(format!("write `{instead}`"), vec![edit], false)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(prefix: &str, start: &str) -> usize {
        standard().identifiers(prefix).filter(|identifier| identifier.starts_with(start)).count()
    }

    /// As the standards count their own.
    #[test]
    fn no_control_is_missing_and_none_too_many() {
        assert_eq!((count("SOC2", ""), count("SOC2", "CC"), count("SOC2", "P")), (61, 33, 18 + 5));
        assert_eq!(count("ISO27001", ""), 93);
        let themes = ["A.5.", "A.6.", "A.7.", "A.8."].map(|theme| count("ISO27001", theme));
        assert_eq!(themes, [37, 8, 14, 34]);
        // 298 of the edition of 2020, then IA-13 and SA-24.
        assert_eq!(count("NIST", ""), 300);
        let families = ["AC-", "AU-", "PM-", "SC-", "SI-", "SR-"].map(|family| count("NIST", family));
        assert_eq!(families, [23, 15, 32, 47, 22, 12]);
        let principal = standard().identifiers("PCI").filter(|id| id.parse::<u8>().is_ok()).count();
        assert_eq!((principal, count("PCI", "8.3."), count("PCI", "A1.")), (12, 12, 9));
        assert_eq!(count("SOX", "ITGC-"), 4);
    }

    /// An enum drops repeated variants with an error, which nobody would see here.
    #[test]
    fn no_identifier_stands_twice() {
        let module = library::MODULES.iter().find(|module| module.path == STANDARD).unwrap();
        for item in assize_lang::parse(module.text).items {
            if let ItemKind::Enum(decl) = &item.item.kind {
                let distinct: IndexSet<_> = decl.variants.iter().map(|variant| &variant.text).collect();
                assert_eq!(distinct.len(), decl.variants.len(), "{}", decl.name.text);
            }
        }
    }
}
