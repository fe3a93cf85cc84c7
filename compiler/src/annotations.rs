//! What annotations say: `@id`, `@owner`, `@control`, `@deprecated`, `@review_by`, `@allow`, `@framework`. They never change a decision.

use assize_lang::ast::{Annotation, EnumDecl, Field, Item, ItemKind, StrLit, Type, TypeKind};
use assize_lang::{Code, Diagnostic, Edit, codes};
use smol_str::SmolStr;

use crate::controls::Frameworks;
use crate::declarations::Finding;
use crate::manifest::warning;
use crate::names::suggest;

/// Those that are known: how each is written, and what it says.
pub const KNOWN: &[(&str, &str, &str)] = &[
    ("id", "@id(\"owner\")", "The name of a policy in every decision and report; unique in its package."),
    ("owner", "@owner(\"team-drive\")", "Who answers for this declaration."),
    (
        "control",
        "@control(\"SOC2:CC6.1\", \"NIST:AC-3\")",
        "Controls of a framework that this policy implements.",
    ),
    (
        "deprecated",
        "@deprecated(\"use `write`\")",
        "Advises against this declaration; its uses are warned of.",
    ),
    ("review_by", "@review_by(\"2027-01-01\")", "The day by which somebody has to look at this again."),
    ("allow", "@allow(\"W0102\")", "Warnings that are not given here."),
    (
        "framework",
        "@framework(\"ACME\")",
        "Makes an enum a framework of controls, which `@control` may name.",
    ),
];

/// What `@id` says of a policy with these annotations.
pub fn id_of(annotations: &[Annotation]) -> Option<SmolStr> {
    let read = read(annotations, Place::Policy, &Frameworks::default(), &mut Vec::new());
    read.id.map(|id| id.value)
}

/// The annotations of one declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// `@id`, for policies.
    pub id: Option<StrLit>,
    /// Warnings that `@allow` switches off here.
    pub allowed: Vec<Code>,
    /// All others, in source order.
    pub others: Vec<(SmolStr, Vec<SmolStr>)>,
}

/// What annotations stand on.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A policy, which may have an `@id`.
    Policy,
    /// An enum, which may be a framework of controls.
    Enum(&'a EnumDecl),
    /// Any other declaration, or a field.
    Other,
}

/// Reads annotations.
pub fn read(
    annotations: &[Annotation],
    place: Place<'_>,
    frameworks: &Frameworks,
    findings: &mut Vec<Finding>,
) -> Annotations {
    let mut read = Annotations::default();
    for (at, annotation) in annotations.iter().enumerate() {
        let name = annotation.name.text.as_str();
        if name.is_empty() {
            continue;
        }
        if let Some(first) = annotations[..at].iter().find(|first| first.name.text == name)
            && matches!(name, "id" | "deprecated" | "review_by" | "framework")
        {
            let message = format!("`@{name}` stands here twice");
            let diagnostic = Diagnostic::new(codes::ANNOTATION_ARGUMENTS, annotation.span, message);
            findings.push(diagnostic.also(first.span, "the first one").into());
            continue;
        }
        match name {
            "id" if !matches!(place, Place::Policy) => {
                let message = "`@id` is for policies: other declarations have names";
                findings.push(Diagnostic::new(codes::UNKNOWN_ANNOTATION, annotation.span, message).into());
            }
            "id" => read.id = one(annotation, "`@id(\"a-name\")`", findings).cloned(),
            "allow" => allow(annotation, &mut read.allowed, findings),
            "framework" => match place {
                Place::Enum(decl) => findings.extend(frameworks.check_declaration(annotation, decl)),
                _ => {
                    let message = "`@framework` is for enums: their variants are the controls";
                    let diagnostic = Diagnostic::new(codes::UNKNOWN_ANNOTATION, annotation.span, message);
                    findings.push(diagnostic.into());
                }
            },
            "owner" | "control" | "deprecated" | "review_by" => {
                check_arguments(annotation, findings);
                if name == "control" {
                    findings.extend(annotation.args.iter().filter_map(|control| frameworks.check(control)));
                }
                let args = annotation.args.iter().map(|arg| arg.value.clone()).collect();
                read.others.push((annotation.name.text.clone(), args));
            }
            _ => {
                let span = annotation.name.span;
                let message = format!("the annotation `@{name}` means nothing");
                let diagnostic = Diagnostic::new(codes::UNKNOWN_ANNOTATION, span, message);
                let list =
                    KNOWN.iter().map(|(name, _, _)| format!("`@{name}`")).collect::<Vec<_>>().join(", ");
                let diagnostic = diagnostic.help(format!("known are {list}"));
                let diagnostic = match suggest(name, KNOWN.iter().map(|(name, _, _)| *name)) {
                    None => diagnostic,
                    Some(candidate) => {
                        let edit = Edit { start: span.start, end: span.end, text: candidate.to_owned() };
                        diagnostic.help(format!("did you mean `@{candidate}`?")).fix(
                            format!("write `@{candidate}`"),
                            vec![edit],
                            false,
                        )
                    }
                };
                findings.push(diagnostic.into());
                let args = annotation.args.iter().map(|arg| arg.value.clone()).collect();
                read.others.push((annotation.name.text.clone(), args));
            }
        }
    }
    read
}

/// The annotations of an item, and what is wrong with those of its fields. Those of policies are read where policies are
/// checked.
pub fn of_item(item: &Item, frameworks: &Frameworks) -> (Annotations, Vec<Finding>) {
    let mut findings = Vec::new();
    if matches!(item.kind, ItemKind::Policy(_)) {
        return (Annotations::default(), findings);
    }
    let place = match &item.kind {
        ItemKind::Enum(decl) => Place::Enum(decl),
        _ => Place::Other,
    };
    let own = read(&item.annotations, place, frameworks, &mut findings);
    let mut fields: Vec<&Field> = Vec::new();
    match &item.kind {
        ItemKind::Entity(decl) => fields.extend(&decl.fields),
        ItemKind::TypeAlias { ty, .. } => fields_of(ty, &mut fields),
        _ => {}
    }
    for field in fields {
        read(&field.annotations, Place::Other, frameworks, &mut findings);
    }
    findings.retain(|finding| !own.allowed.contains(&finding.diagnostic.code));
    (own, findings)
}

fn fields_of<'a>(ty: &'a Type, found: &mut Vec<&'a Field>) {
    if let TypeKind::Record(fields) = &ty.kind {
        for field in fields {
            found.push(field);
            fields_of(&field.ty, found);
        }
    }
}

fn one<'a>(annotation: &'a Annotation, form: &str, findings: &mut Vec<Finding>) -> Option<&'a StrLit> {
    match annotation.args.as_slice() {
        [only] if !only.value.trim().is_empty() => Some(only),
        _ => {
            let message = format!("`@{}` takes one text that is not empty", annotation.name.text);
            let diagnostic = Diagnostic::new(codes::ANNOTATION_ARGUMENTS, annotation.span, message);
            findings.push(diagnostic.help(format!("write {form}")).into());
            None
        }
    }
}

fn check_arguments(annotation: &Annotation, findings: &mut Vec<Finding>) {
    match annotation.name.text.as_str() {
        "deprecated" if annotation.args.len() > 1 => {
            let message = "`@deprecated` takes at most one text";
            let diagnostic = Diagnostic::new(codes::ANNOTATION_ARGUMENTS, annotation.span, message);
            findings.push(diagnostic.help("write `@deprecated(\"use ...\")`").into());
        }
        "review_by" => {
            let Some(date) = one(annotation, "`@review_by(\"2027-01-01\")`", findings) else { return };
            let as_time = format!("{}T00:00:00Z", date.value);
            if date.value.len() != 10 || assize_runtime::literal::parse_datetime(&as_time).is_err() {
                let message = format!("`{}` is no date", date.value);
                let diagnostic = Diagnostic::new(codes::ANNOTATION_ARGUMENTS, date.span, message);
                findings.push(diagnostic.help("write year, month and day: `\"2027-01-01\"`").into());
            }
        }
        "owner" | "control" if annotation.args.is_empty() => {
            let name = &annotation.name.text;
            let message = format!("`@{name}` says nothing without a text");
            let diagnostic = Diagnostic::new(codes::ANNOTATION_ARGUMENTS, annotation.span, message);
            findings.push(diagnostic.help(format!("write `@{name}(\"...\")`")).into());
        }
        _ => {}
    }
}

fn allow(annotation: &Annotation, allowed: &mut Vec<Code>, findings: &mut Vec<Finding>) {
    if annotation.args.is_empty() {
        let message = "`@allow` names the warnings that it switches off";
        let diagnostic = Diagnostic::new(codes::ANNOTATION_ARGUMENTS, annotation.span, message);
        findings.push(diagnostic.help("write `@allow(\"W0203\")`").into());
    }
    for arg in &annotation.args {
        match warning(&arg.value) {
            Some(code) => allowed.push(code),
            None => {
                let diagnostic = crate::manifest::unknown_lint(&arg.value, arg.span);
                let unknown = Diagnostic { code: codes::UNKNOWN_LINT, ..diagnostic };
                let severity = unknown.code.severity();
                findings.push(Diagnostic { severity, ..unknown }.into());
            }
        }
    }
}
