//! What a Program declares, each thing as text with names where the Program has numbers, so that two Programs can be compared.
//!
//! The text is for comparing and reading, not the language: conditions are written as the tree of their operations. Two
//! declarations have the same text if and only if they mean the same and stand in the same words, wherever they stand in their files.

mod expression;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::program::{Effect, Function, Pattern, Policy, Variant, Within};
use crate::types::{Action, ActionId, EntityType, EnumType, FieldType};
use crate::verify::Verified;
use expression::Expressions;

/// What is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `entity`
    Entity,
    /// `enum`
    Enum,
    /// `action`
    Action,
    /// `grant`
    Grant,
    /// `obligation`
    Obligation,
    /// `param`
    Param,
    /// `fn`
    Function,
    /// `allow` or `deny`, by its id
    Policy,
}

impl Kind {
    /// Its word in the language; `policy` for both of their words.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Entity => "entity",
            Kind::Enum => "enum",
            Kind::Action => "action",
            Kind::Grant => "grant",
            Kind::Obligation => "obligation",
            Kind::Param => "param",
            Kind::Function => "fn",
            Kind::Policy => "policy",
        }
    }
}

/// Each declaration's text, by kind and name.
pub fn declarations(program: &Verified) -> BTreeMap<(Kind, String), String> {
    let texts = Expressions { program };
    let schema = &program.schema;
    let mut declared = BTreeMap::new();
    let mut add = |kind, name: &str, text| declared.insert((kind, name.to_owned()), text);
    for ty in &schema.entity_types {
        add(Kind::Entity, &ty.name, texts.entity(ty));
    }
    for ty in &schema.enums {
        add(Kind::Enum, &ty.name, enumeration(ty));
    }
    for action in &schema.actions {
        add(Kind::Action, &action.name, texts.action(action));
    }
    for grant in &schema.grants {
        let most = grant.at_most.map(|most| format!(" for at most {most} ms")).unwrap_or_default();
        add(Kind::Grant, &grant.name, format!("({}){most}", texts.fields(&grant.params)));
    }
    for obligation in &schema.obligations {
        add(Kind::Obligation, &obligation.name, format!("({})", texts.fields(&obligation.params)));
    }
    for param in &program.params {
        let default = param.default.as_ref().map(|value| format!(" = {}", texts.value(value)));
        add(Kind::Param, &param.name, texts.ty(&param.ty) + &default.unwrap_or_default());
    }
    for function in &program.functions {
        add(Kind::Function, &function.name, texts.function(function));
    }
    for policy in &program.policies {
        add(Kind::Policy, &policy.id, texts.policy(policy));
    }
    declared
}

fn enumeration(ty: &EnumType) -> String {
    format!("{}{{ {} }}", if ty.ordered { "ordered " } else { "" }, ty.variants.join(", "))
}

/// Lines of a declaration that has some.
impl Expressions<'_> {
    fn entity(&self, ty: &EntityType) -> String {
        let mut text = String::new();
        if ty.external {
            text += "external ";
        }
        if !ty.parents.is_empty() {
            let mut parents: Vec<&str> = ty.parents.iter().map(|parent| self.entity_name(*parent)).collect();
            parents.sort_unstable();
            let _ = write!(text, "in {} ", parents.join(" | "));
        }
        if let Some(ids) = &ty.closed {
            let _ = write!(text, "of {ids:?} ");
        }
        text + &self.record(&ty.attributes)
    }

    fn action(&self, action: &Action) -> String {
        let applies = action.applies.as_ref().map_or_else(String::new, |applies| {
            let (principals, resources) = (self.types(&applies.principals), self.types(&applies.resources));
            format!("on {resources} by {principals} with {}", self.record(&applies.context))
        });
        let others =
            action.includes.iter().map(|id| self.action_name(*id)).filter(|name| *name != action.name);
        let mut others: Vec<&str> = others.collect();
        others.sort_unstable();
        if others.is_empty() { applies } else { format!("{applies} includes {}", others.join(", ")) }
    }

    fn fields(&self, fields: &[FieldType]) -> String {
        fields.iter().map(|field| self.field(field)).collect::<Vec<_>>().join(", ")
    }

    fn function(&self, function: &Function) -> String {
        let params: Vec<String> = function.params.iter().map(|ty| self.ty(ty)).collect();
        format!("({}) =\n  {}", params.join(", "), self.body(&function.body))
    }

    fn policy(&self, policy: &Policy) -> String {
        let mut text = String::new();
        let mut line = |words: String| {
            let _ = writeln!(text, "{words}");
        };
        for comment in policy.docs.lines() {
            line(format!("/// {comment}"));
        }
        for (name, values) in &policy.annotations {
            line(format!("@{name}{values:?}"));
        }
        let effect = match policy.effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        let trial = if policy.trial { "trial " } else { "" };
        line(format!("{trial}{effect} {}", self.pattern(&policy.principal)));
        line(format!("to {}", self.actions(&policy.actions)));
        line(format!("on {}", self.pattern(&policy.resource)));
        if let Some(grant) = policy.grant {
            let name = self.program.schema.grants.get(grant.index()).map_or("?", |grant| &grant.name);
            line(format!("for each {name}"));
        }
        let mut variants: Vec<String> = policy.variants.iter().map(|variant| self.variant(variant)).collect();
        variants.sort_unstable();
        variants.into_iter().for_each(&mut line);
        if let Some(because) = &policy.because {
            line(format!("because {because:?}"));
        }
        if policy.on_error_skip {
            line("on error skip".to_owned());
        }
        text
    }

    fn variant(&self, variant: &Variant) -> String {
        let mut text = format!(
            "{} to {} on {}:",
            self.types(&variant.principals),
            self.actions(&variant.actions),
            self.types(&variant.resources)
        );
        if let Some(condition) = &variant.condition {
            let _ = write!(text, "\n  when {}", self.body(condition));
        }
        for call in &variant.obligations {
            let name =
                self.program.schema.obligations.get(call.obligation.index()).map_or("?", |it| &it.name);
            let args: Vec<String> = call.args.iter().map(|body| self.body(body)).collect();
            let _ = write!(text, "\n  oblige {name}({})", args.join(", "));
        }
        text
    }

    fn actions(&self, actions: &[ActionId]) -> String {
        let mut names: Vec<&str> = actions.iter().map(|id| self.action_name(*id)).collect();
        names.sort_unstable();
        names.join(", ")
    }

    fn pattern(&self, pattern: &Pattern) -> String {
        let types = pattern.types.as_ref().map_or_else(|| "anyone".to_owned(), |types| self.types(types));
        match &pattern.within {
            Within::Anywhere => types,
            Within::In(uid) => format!("{types} in {}", self.uid(uid)),
            Within::Is(uid) => format!("{types} is {}", self.uid(uid)),
            Within::InGrantParam(param) => format!("{types} in the row's value {param}"),
        }
    }
}
