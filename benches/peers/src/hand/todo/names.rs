//! From names to ids.

use rustc_hash::FxHashMap;

use super::{ACTIONS, Action, NOBODY, Request};
use crate::store::Store;
use crate::wire::{Named, TodoContext};

/// The ids of everything that a request may name.
pub struct Names {
    actions: FxHashMap<&'static str, Action>,
    users: FxHashMap<String, u32>,
    teams: FxHashMap<String, u32>,
    lists: FxHashMap<String, u32>,
    tasks: FxHashMap<String, u32>,
}

impl Names {
    /// Of the data.
    pub fn new(store: &Store) -> Self {
        Names {
            actions: ACTIONS.iter().map(|(action, name)| (*name, *action)).collect(),
            users: store.ids("User"),
            teams: store.ids("Team"),
            lists: store.ids("List"),
            tasks: store.ids("Task"),
        }
    }

    /// The request in ids, if it makes sense.
    #[inline]
    pub fn resolve(&self, named: &Named<'_, TodoContext<'_>>) -> Option<Request> {
        let action = *self.actions.get(named.action)?;
        let resource = match named.resource.0 {
            "Task" if action.on_task() => *self.tasks.get(named.resource.1)?,
            "List" if !action.on_task() && !action.on_application() => *self.lists.get(named.resource.1)?,
            "Application" if action.on_application() && named.resource.1 == "todo" => 0,
            _ => return None,
        };
        let target = match &named.context.target {
            Some(target) if action == Action::ShareList => match target.ty.as_ref() {
                "User" => *self.users.get(target.id.as_ref())?,
                "Team" => self.teams.get(target.id.as_ref()).map(|_| NOBODY)?,
                _ => return None,
            },
            None if action != Action::ShareList => NOBODY,
            _ => return None,
        };
        if named.principal.0 != "User" {
            return None;
        }
        Some(Request { user: *self.users.get(named.principal.1)?, action, resource, target })
    }
}
