//! Heads of policies: who, which actions, on what.

use std::collections::BTreeSet;

use cedar_policy_core::pst::{
    ActionConstraint, EntityOrSlot, EntityUID, PrincipalConstraint, ResourceConstraint, Template, Var,
};

use super::clauses::Clauses;
use super::{Holes, Words, mentions};
use crate::correspondence;
use crate::policies::Link;
use crate::schema::ActionName;
use crate::types::{Scope, as_action, type_name};

/// A hole of a template, which is a parameter of a grant.
#[derive(Clone, Debug)]
pub struct Hole {
    /// What the parameter is called.
    pub name: &'static str,
    pub types: BTreeSet<String>,
    pub is_principal: bool,
    /// Whether it is one entity, and not what is in it too.
    pub is_exact: bool,
}

impl Hole {
    /// As the package remembers it.
    pub fn kept(&self) -> correspondence::Hole {
        correspondence::Hole {
            name: self.name.to_owned(),
            is_principal: self.is_principal,
            is_exact: self.is_exact,
        }
    }
}

/// What a side of a head says.
#[derive(Clone, Debug)]
struct Side {
    /// As the condition and the head call it.
    name: String,
    /// Whether the head can give it that name.
    is_bound: bool,
    /// The head's words for types and groups.
    types: Option<BTreeSet<String>>,
    /// One entity, or what it is in.
    exactly: Option<String>,
    within: Option<String>,
    hole: Option<Hole>,
    /// A hole that it must be equal to, which the head cannot say.
    equals: Option<&'static str>,
}

/// A head, and what can be known in the conditions below it.
#[derive(Clone, Debug)]
pub struct Head<'s> {
    pub scope: Scope<'s>,
    principal: Side,
    resource: Side,
    actions: String,
    action_test: Option<String>,
}

/// Either constraint; Cedar has the same five for both.
enum Constraint {
    Any,
    Eq(EntityOrSlot),
    In(EntityOrSlot),
    Is(String),
    IsIn(String, EntityOrSlot),
}

impl Constraint {
    fn principal(constraint: &PrincipalConstraint) -> Constraint {
        match constraint.clone() {
            PrincipalConstraint::Any => Constraint::Any,
            PrincipalConstraint::Eq(one) => Constraint::Eq(one),
            PrincipalConstraint::In(one) => Constraint::In(one),
            PrincipalConstraint::Is(ty) => Constraint::Is(ty.to_string()),
            PrincipalConstraint::IsIn(ty, one) => Constraint::IsIn(ty.to_string(), one),
        }
    }

    fn resource(constraint: &ResourceConstraint) -> Constraint {
        match constraint.clone() {
            ResourceConstraint::Any => Constraint::Any,
            ResourceConstraint::Eq(one) => Constraint::Eq(one),
            ResourceConstraint::In(one) => Constraint::In(one),
            ResourceConstraint::Is(ty) => Constraint::Is(ty.to_string()),
            ResourceConstraint::IsIn(ty, one) => Constraint::IsIn(ty.to_string(), one),
        }
    }
}

impl<'s> Head<'s> {
    /// The head of a template, with its holes filled by a link if there is one.
    pub fn of(words: &Words<'s>, template: &Template, link: Option<&Link>) -> Result<Head<'s>, String> {
        let schema = words.schema;
        let wanted: BTreeSet<ActionName> = words.actions_of(&template.action)?.into_iter().cloned().collect();
        let actions: Vec<&'s ActionName> =
            schema.actions.keys().filter(|action| wanted.contains(*action)).collect();
        let applies = || actions.iter().filter_map(|action| schema.actions.get(*action)?.applies.as_ref());
        let principals: BTreeSet<String> = applies().flat_map(|applies| applies.principals.clone()).collect();
        let resources: BTreeSet<String> = applies().flat_map(|applies| applies.resources.clone()).collect();
        let fill = |one: EntityOrSlot, value: Option<&EntityUID>| match (one, value) {
            (EntityOrSlot::Slot(_), Some(value)) => EntityOrSlot::Entity(value.clone()),
            (one, _) => one,
        };
        let filled = |constraint, value: Option<&EntityUID>| match constraint {
            Constraint::Eq(one) => Constraint::Eq(fill(one, value)),
            Constraint::In(one) => Constraint::In(fill(one, value)),
            Constraint::IsIn(ty, one) => Constraint::IsIn(ty, fill(one, value)),
            other => other,
        };
        let principal =
            filled(Constraint::principal(&template.principal), link.and_then(|link| link.principal.as_ref()));
        let resource =
            filled(Constraint::resource(&template.resource), link.and_then(|link| link.resource.as_ref()));
        let (principal, principals) = words.side(principal, principals, true);
        let (mut resource, resources) = words.side(resource, resources, false);
        if resource.name == principal.name {
            resource.name = words.free_name(&resources, Some(&principal.name), false);
        }
        let mut head = Head {
            scope: Scope { schema, principals, resources, actions },
            principal,
            resource,
            actions: String::new(),
            action_test: None,
        };
        head.name_actions(words, &template.action)?;
        for (side, variable) in [(&mut head.principal, Var::Principal), (&mut head.resource, Var::Resource)] {
            side.settle(mentions(template.clauses(), &variable));
        }
        Ok(head)
    }

    fn name_actions(&mut self, words: &Words<'s>, constraint: &ActionConstraint) -> Result<(), String> {
        let named = |uid: &EntityUID| {
            let name = as_action(uid).ok_or_else(|| format!("`{uid}` is no action"))?;
            Ok::<_, String>((words.names.action_in(words.names.home(), &name), name))
        };
        self.actions = match constraint {
            ActionConstraint::Any => "*".to_owned(),
            ActionConstraint::Eq(uid) => {
                let (text, name) = named(uid)?;
                // The name of a group means all that is in it; the test leaves one.
                if words.schema.actions_in(&name).len() > 1 || name.1.contains('*') {
                    self.action_test = Some(format!("action == {}", words.names.action_value(&name)));
                }
                text
            }
            ActionConstraint::In(uids) if uids.is_empty() => {
                return Err("it is about no action at all: leave it out".to_owned());
            }
            ActionConstraint::In(uids) => {
                let mut list = Vec::new();
                for uid in uids {
                    let (text, name) = named(uid)?;
                    if words.schema.is_declared(&name) && !list.contains(&text) {
                        list.push(text);
                    }
                }
                // In a list, a star is a pattern.
                let values = uids.iter().filter_map(as_action).filter(|name| words.schema.is_declared(name));
                let values: Vec<_> = values.collect();
                if values.iter().any(|(_, id)| id.contains('*')) {
                    let values: Vec<_> = values.iter().map(|name| words.names.action_value(name)).collect();
                    self.action_test = Some(format!("action in [{}]", values.join(", ")));
                }
                list.join(", ")
            }
        };
        Ok(())
    }

    /// Whether no request can match it.
    pub fn is_impossible(&self) -> bool {
        self.scope.principals.is_empty() || self.scope.resources.is_empty()
    }

    /// The parameters of the grant.
    pub fn holes(&self) -> Holes<'_> {
        self.principal.hole.iter().chain(&self.resource.hole).collect()
    }

    /// What conditions call the principal.
    pub fn principal(&self) -> &str {
        if self.principal.is_bound { &self.principal.name } else { "principal" }
    }

    /// What conditions call the resource.
    pub fn resource(&self) -> &str {
        if self.resource.is_bound { &self.resource.name } else { "resource" }
    }

    /// Tests that the head cannot make itself.
    pub fn tests(&self) -> Vec<String> {
        let sides = [&self.principal, &self.resource];
        let equal = sides.into_iter().filter_map(|side| Some(format!("{} == {}", side.name, side.equals?)));
        self.action_test.iter().cloned().chain(equal).collect()
    }

    /// The text, without the effect.
    pub fn text(&self, _: &Clauses) -> String {
        format!("{} to {} on {}", self.principal.text(), self.actions, self.resource.text())
    }
}

impl Side {
    /// Keeps the name only if something uses it.
    fn settle(&mut self, is_used: bool) {
        self.is_bound = (is_used || self.equals.is_some()) && self.exactly.is_none();
    }

    fn text(&self) -> String {
        if let Some(exactly) = &self.exactly {
            return exactly.clone();
        }
        let types = match &self.types {
            Some(types) => types.iter().cloned().collect::<Vec<_>>().join(" | "),
            None => "any".to_owned(),
        };
        let mut text = types;
        if self.is_bound {
            text.push_str(&format!(" {}", self.name));
        }
        if let Some(within) = &self.within {
            text.push_str(&format!(" in {within}"));
        }
        text
    }
}

impl<'s> Words<'s> {
    fn side(
        &self,
        constraint: Constraint,
        all: BTreeSet<String>,
        is_principal: bool,
    ) -> (Side, BTreeSet<String>) {
        let hole_name = if is_principal { "who" } else { "what" };
        let mut side = Side {
            name: String::new(),
            is_bound: false,
            types: None,
            exactly: None,
            within: None,
            hole: None,
            equals: None,
        };
        let mut exact_test = false;
        let possible = match constraint {
            Constraint::Any => all.clone(),
            Constraint::Is(ty) => all.iter().filter(|one| **one == ty).cloned().collect(),
            Constraint::Eq(EntityOrSlot::Entity(uid)) => {
                let ty = type_name(&uid);
                side.exactly = Some(self.names.entity(&ty, &uid.eid));
                all.iter().filter(|one| **one == ty).cloned().collect()
            }
            Constraint::Eq(EntityOrSlot::Slot(_)) => {
                side.hole = Some(Hole { name: hole_name, types: all.clone(), is_principal, is_exact: true });
                // An entity is in itself, and in nothing else of a type that holds none of these.
                exact_test = all.iter().any(|ty| all.iter().any(|above| self.schema.is_below(ty, above)));
                if !exact_test {
                    side.within = Some(hole_name.to_owned());
                }
                all.clone()
            }
            Constraint::In(EntityOrSlot::Entity(uid)) => self.within(&mut side, &uid, &all),
            Constraint::IsIn(ty, EntityOrSlot::Entity(uid)) => {
                let only: BTreeSet<String> = all.iter().filter(|one| **one == ty).cloned().collect();
                self.within(&mut side, &uid, &only)
            }
            Constraint::In(EntityOrSlot::Slot(_)) => {
                side.within = Some(hole_name.to_owned());
                side.hole =
                    Some(Hole { name: hole_name, types: self.above(&all), is_principal, is_exact: false });
                all.clone()
            }
            Constraint::IsIn(ty, EntityOrSlot::Slot(_)) => {
                let only: BTreeSet<String> = all.iter().filter(|one| **one == ty).cloned().collect();
                side.within = Some(hole_name.to_owned());
                side.hole =
                    Some(Hole { name: hole_name, types: self.above(&only), is_principal, is_exact: false });
                only
            }
        };
        let says_types = possible.len() == 1 || possible.len() < all.len() || side.within.is_some();
        if says_types && !possible.is_empty() {
            side.types = Some(possible.iter().map(|ty| self.names.ty(ty)).collect());
        }
        side.name = self.free_name(&possible, None, is_principal);
        if exact_test {
            side.equals = Some(hole_name);
        }
        (side, possible)
    }

    /// Notes what a side is in; answers the types that can be.
    fn within(&self, side: &mut Side, uid: &EntityUID, all: &BTreeSet<String>) -> BTreeSet<String> {
        let ty = type_name(uid);
        side.within = Some(self.names.entity(&ty, &uid.eid));
        all.iter().filter(|one| **one == ty || self.schema.is_below(one, &ty)).cloned().collect()
    }

    /// The types that these can be in, themselves among them.
    fn above(&self, types: &BTreeSet<String>) -> BTreeSet<String> {
        let above = |above: &&String| {
            types.contains(*above) || types.iter().any(|ty| self.schema.is_below(ty, above))
        };
        self.schema.entities.keys().filter(above).cloned().collect()
    }

    /// A short name: the first letter of the only type, or one that says which side it is.
    fn free_name(&self, types: &BTreeSet<String>, taken: Option<&str>, is_principal: bool) -> String {
        let only = match types.first() {
            Some(only) if types.len() == 1 => crate::names::split(only).1.chars().next(),
            _ => None,
        };
        let first =
            only.filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase().to_string());
        let fallback = if is_principal { ["p", "who", "subject"] } else { ["r", "it", "object"] };
        let free = |name: &String| taken != Some(name.as_str()) && !self.is_declared(name);
        let names = first.into_iter().chain(fallback.map(str::to_owned));
        names
            .into_iter()
            .find(free)
            .unwrap_or_else(|| if is_principal { "principal_".to_owned() } else { "resource_".to_owned() })
    }

    fn is_declared(&self, name: &str) -> bool {
        let types = self.schema.entities.keys().chain(self.schema.commons.keys());
        types.map(|ty| crate::names::split(ty).1).any(|last| last == name) || matches!(name, "who" | "what")
    }
}
