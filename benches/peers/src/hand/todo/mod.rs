//! The to-do lists by hand: what is common to both ways of writing them.

pub mod bits;
pub mod names;
pub mod rows;

use crate::store::{Store, Uid};

/// An action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// On the application.
    CreateList,
    /// On the application.
    ListLists,
    /// On lists.
    GetList,
    /// On lists.
    UpdateList,
    /// On lists.
    DeleteList,
    /// On lists.
    CreateTask,
    /// On lists.
    ShareList,
    /// On tasks.
    GetTask,
    /// On tasks.
    UpdateTask,
    /// On tasks.
    CompleteTask,
    /// On tasks.
    DeleteTask,
}

use Action::*;

/// Every action with its name.
pub const ACTIONS: [(Action, &str); 11] = [
    (CreateList, "create_list"),
    (ListLists, "list_lists"),
    (GetList, "get_list"),
    (UpdateList, "update_list"),
    (DeleteList, "delete_list"),
    (CreateTask, "create_task"),
    (ShareList, "share_list"),
    (GetTask, "get_task"),
    (UpdateTask, "update_task"),
    (CompleteTask, "complete_task"),
    (DeleteTask, "delete_task"),
];

impl Action {
    /// The action of that name.
    pub fn named(name: &str) -> Option<Action> {
        ACTIONS.iter().find(|(_, other)| *other == name).map(|(action, _)| *action)
    }

    /// Whether it is done to the application as a whole.
    #[inline(always)]
    pub fn on_application(self) -> bool {
        self as u8 <= ListLists as u8
    }

    /// Whether it is done to a task.
    #[inline(always)]
    pub fn on_task(self) -> bool {
        self as u8 >= GetTask as u8
    }

    /// Whether readers may do it.
    #[inline(always)]
    pub fn looks(self) -> bool {
        self.one_of(&[GetList, GetTask])
    }

    /// Whether editors may do it and readers may not.
    #[inline(always)]
    pub fn edits(self) -> bool {
        self.one_of(&[UpdateList, CreateTask, UpdateTask, CompleteTask, DeleteTask])
    }

    /// Whether an archived list is closed to it.
    #[inline(always)]
    pub fn modifies(self) -> bool {
        self.edits() | (self as u8 == ShareList as u8)
    }

    /// Whether it is among `actions`; a constant list becomes one mask.
    #[inline(always)]
    pub fn one_of(self, actions: &[Action]) -> bool {
        let mask = actions.iter().fold(0u32, |mask, action| mask | 1 << *action as u32);
        (mask >> self as u32) & 1 != 0
    }
}

/// A request in ids.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Who.
    pub user: u32,
    /// Does what.
    pub action: Action,
    /// The number of a list or a task, as the action says; 0 for the application.
    pub resource: u32,
    /// The user with whom a list is being shared; [`NOBODY`] for teams and other actions.
    pub target: u32,
}

/// No user's number.
pub const NOBODY: u32 = u32::MAX;

/// All requests in ids.
pub fn requests(store: &Store) -> Vec<Request> {
    let translated = store.requests.iter().map(|request| {
        let action = Action::named(&request.action).expect("generated actions exist");
        let target = request.context.get("target").map(Uid::from_json).filter(|target| target.ty == "User");
        Request {
            user: store.number(&request.principal) as u32,
            action,
            resource: if action.on_application() { 0 } else { store.number(&request.resource) as u32 },
            target: target.map_or(NOBODY, |target| store.number(&target) as u32),
        }
    });
    translated.collect()
}
