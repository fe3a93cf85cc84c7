//! From names to ids.

use rustc_hash::FxHashMap;

use super::{ACTIONS, Action, Branches, Request};
use crate::store::Store;
use crate::wire::{ForgeContext, Named};

/// The ids of everything that a request may name.
pub struct Names {
    actions: FxHashMap<&'static str, Action>,
    users: FxHashMap<String, u32>,
    repositories: FxHashMap<String, u32>,
    issues: FxHashMap<String, u32>,
    branches: Branches,
}

impl Names {
    /// Of the data.
    pub fn new(store: &Store) -> Self {
        Names {
            actions: ACTIONS.iter().map(|(action, name, _)| (*name, *action)).collect(),
            users: store.ids("User"),
            repositories: store.ids("Repository"),
            issues: store.ids("Issue"),
            branches: Branches::new(store),
        }
    }

    /// The request in ids, if it makes sense.
    #[inline]
    pub fn resolve(&self, named: &Named<'_, ForgeContext<'_>>) -> Option<Request> {
        let action = *self.actions.get(named.action)?;
        let resources = match named.resource.0 {
            "Repository" if !action.on_issue() => &self.repositories,
            "Issue" if action.on_issue() => &self.issues,
            _ => return None,
        };
        if named.principal.0 != "User" {
            return None;
        }
        Some(Request {
            user: *self.users.get(named.principal.1)?,
            action,
            resource: *resources.get(named.resource.1)?,
            mfa: named.context.mfa,
            branch: self.branches.named(&named.context.branch),
            forced: named.context.forced.unwrap_or_default(),
        })
    }
}
