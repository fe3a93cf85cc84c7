//! What a name means where a value is needed, and what to say when it means nothing.

use assize_lang::ast::{Name, Path};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::types::{ActionId, EntityTypeId, EntityTypes, Type};
use smol_str::SmolStr;

use super::checker::Checker;
use super::display::path_text;
use super::facts::Root;
use super::scope::Binding;
use crate::declarations::{Def, Finding};
use crate::names::{did_you_mean, lookup, lookup_action, suggest};
use crate::resolve::types::describe;

/// What a single name means.
pub(super) enum Meaning<'a> {
    /// A place that the request or the item gives.
    Root(Root, Type),
    /// The decision's time.
    Now,
    /// A `let`: index of its binding.
    Let(usize, &'a assize_lang::ast::Expr),
    /// A declaration.
    Def(Def),
    /// Reported here or elsewhere.
    Error,
}

impl<'a> Checker<'a> {
    /// What `name` means as a value.
    pub(super) fn meaning(&mut self, name: &Name) -> Meaning<'a> {
        let text = name.text.as_str();
        if text.is_empty() {
            return Meaning::Error;
        }
        if let Some(variable) = self.variables.iter().rev().find(|variable| variable.name == text) {
            return Meaning::Root(Root::Local(variable.local), variable.ty.clone());
        }
        let scope = self.scope;
        let bound =
            scope.bindings[..self.visible].iter().enumerate().rev().find(|(_, (known, _))| known == text);
        if let Some((index, (_, binding))) = bound {
            return match binding {
                Binding::Principal => self.request_word("principal", name.span),
                Binding::Resource => self.request_word("resource", name.span),
                Binding::Local(local, ty) => Meaning::Root(Root::Local(*local), ty.clone()),
                Binding::Let(value) => Meaning::Let(index, value),
                Binding::Broken => Meaning::Error,
            };
        }
        if matches!(text, "principal" | "action" | "resource" | "context" | "now") {
            return self.request_word(text, name.span);
        }
        match self.look_up(std::slice::from_ref(name)) {
            Ok(def) => Meaning::Def(def),
            Err(findings) => {
                self.report_unknown_value(name, findings);
                Meaning::Error
            }
        }
    }

    /// What a path of declared names means.
    pub(super) fn look_up(&self, segments: &[Name]) -> Result<Def, Vec<Finding>> {
        if segments.is_empty() || segments.iter().any(|name| name.text.is_empty()) {
            return Err(Vec::new());
        }
        lookup(self.declarations(), self.scope.module, &Path { segments: segments.to_vec() })
    }

    pub(super) fn report_all(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            self.report_related(finding.diagnostic, finding.related);
        }
    }

    /// `principal`, `action`, `resource`, `context` or `now`.
    fn request_word(&mut self, word: &str, span: Span) -> Meaning<'a> {
        if word == "now" {
            if self.scope.now {
                return Meaning::Now;
            }
            self.report(
                Diagnostic::new(codes::NO_REQUEST_HERE, span, "`now` has no value here")
                    .label("a value that is fixed before any decision cannot depend on the time"),
            );
            return Meaning::Error;
        }
        if let Some(environment) = &self.scope.environment {
            return match word {
                "principal" => Meaning::Root(Root::Principal, Type::entity(environment.principal)),
                "resource" => Meaning::Root(Root::Resource, Type::entity(environment.resource)),
                "context" => Meaning::Root(Root::Context, Type::Record(environment.context.clone())),
                _ => Meaning::Root(Root::Action, Type::Action),
            };
        }
        self.report(
            Diagnostic::new(codes::NO_REQUEST_HERE, span, format!("there is no `{word}` here"))
                .label("only policies have a request")
                .help(format!("in a function, take it as a parameter and let the policy pass `{word}`")),
        );
        Meaning::Error
    }

    /// Reports a name that no declaration has, and that could also have been meant to be one of the request or the item.
    fn report_unknown_value(&mut self, name: &Name, findings: Vec<Finding>) {
        let text = name.text.as_str();
        let words = self.value_words();
        if let (Some(word), false) = (suggest(text, words.iter().map(SmolStr::as_str)), findings.is_empty()) {
            let message = format!("nothing here is called `{text}`");
            let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, name.span, message);
            return self.report(did_you_mean(diagnostic, name.span, Some(word)));
        }
        let module = self.declarations().modules.get(self.scope.module as usize);
        let is_action = module.is_some_and(|module| module.actions.contains_key(text));
        for mut finding in findings {
            if is_action {
                finding.diagnostic =
                    finding.diagnostic.help(format!("the action is written `Action::{text}`"));
            }
            self.report_related(finding.diagnostic, finding.related);
        }
    }

    /// Names that have a value without being declared in a module.
    fn value_words(&self) -> Vec<SmolStr> {
        let mut words: Vec<_> = self.variables.iter().map(|variable| variable.name.clone()).collect();
        words.extend(self.scope.bindings[..self.visible].iter().map(|(name, _)| name.clone()));
        if self.scope.environment.is_some() {
            words.extend(["principal", "action", "resource", "context"].map(SmolStr::new_static));
        }
        if self.scope.now {
            words.push(SmolStr::new_static("now"));
        }
        words
    }

    /// The entity type that a path names.
    pub(super) fn entity_type(&mut self, path: &Path) -> Option<EntityTypeId> {
        if path.segments.iter().any(|name| name.text.is_empty()) {
            return None;
        }
        let text = path_text(path);
        let builtin = crate::names::BUILTIN_TYPES.contains(&text.as_str());
        match self.look_up(&path.segments) {
            Ok(Def::EntityType(id)) => return Some(id),
            Ok(def) => {
                let message = format!("`{text}` is no entity type");
                let diagnostic = Diagnostic::new(codes::NOT_AN_ENTITY_TYPE, path.span(), message)
                    .label(format!("this is {}", describe(&def)));
                self.report_related(diagnostic, vec![(def, format!("`{text}` is declared here"))]);
            }
            Err(_) if builtin => {
                let message = format!("`{text}` is no entity type");
                let diagnostic = Diagnostic::new(codes::NOT_AN_ENTITY_TYPE, path.span(), message);
                self.report(diagnostic.label("this is a type of plain values"));
            }
            Err(findings) => self.report_all(findings),
        }
        None
    }

    /// The entity types that `A | B` names; `None` if one of them is none.
    pub(super) fn entity_type_list(&mut self, paths: &[Path]) -> Option<EntityTypes> {
        let types: Vec<_> = paths.iter().map(|path| self.entity_types(path)).collect();
        EntityTypes::new(types.into_iter().collect::<Option<Vec<_>>>()?.concat())
    }

    /// The entity types that a path names: one, or those that a `type` or `param type` stands for.
    fn entity_types(&mut self, path: &Path) -> Option<Vec<EntityTypeId>> {
        let alias = match self.look_up(&path.segments) {
            Ok(Def::Alias(at)) => self.declarations().aliases.get(at as usize),
            _ => None,
        };
        match alias {
            Some((_, Some(Type::Entity(types)))) => Some(types.iter().collect()),
            _ => self.entity_type(path).map(|ty| vec![ty]),
        }
    }

    /// The action called `name`, which stands at `span`, in the module that `prefix` names.
    pub(super) fn action(&mut self, prefix: &[Name], name: &str, span: Span) -> Option<ActionId> {
        let mut segments = prefix.to_vec();
        segments.push(Name { text: name.into(), span });
        match lookup_action(self.declarations(), self.scope.module, &Path { segments }) {
            Ok(action) => Some(action),
            Err(findings) => {
                self.report_all(findings);
                None
            }
        }
    }
}
