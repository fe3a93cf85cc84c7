//! The forge by hand: what is common to both ways of writing it.

pub mod bits;
pub mod rows;

use std::collections::HashMap;

use crate::store::Store;

/// Roles, each including those before it.
pub const READ: usize = 0;
/// See [`READ`].
pub const TRIAGE: usize = 1;
/// See [`READ`].
pub const WRITE: usize = 2;
/// See [`READ`].
pub const MAINTAIN: usize = 3;
/// See [`READ`].
pub const ADMIN: usize = 4;

/// Grants by the role that they give.
pub const GRANTS: [&str; 5] = ["reader", "triager", "writer", "maintainer", "administrator"];

/// An action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// On repositories.
    Pull,
    /// On repositories.
    Fork,
    /// On repositories.
    OpenIssue,
    /// On repositories.
    Push,
    /// On repositories.
    SetTopics,
    /// On repositories.
    Protect,
    /// On repositories.
    AddCollaborator,
    /// On repositories.
    Transfer,
    /// On repositories.
    Delete,
    /// On issues.
    View,
    /// On issues.
    Comment,
    /// On issues.
    Label,
    /// On issues.
    Assign,
    /// On issues.
    Close,
    /// On issues.
    EditIssue,
    /// On issues.
    DeleteIssue,
}

use Action::*;

/// Every action with its name and the least role that includes it.
pub const ACTIONS: [(Action, &str, usize); 16] = [
    (Pull, "pull", READ),
    (Fork, "fork", READ),
    (OpenIssue, "open_issue", READ),
    (Push, "push", WRITE),
    (SetTopics, "set_topics", MAINTAIN),
    (Protect, "protect", MAINTAIN),
    (AddCollaborator, "add_collaborator", ADMIN),
    (Transfer, "transfer", ADMIN),
    (Delete, "delete", ADMIN),
    (View, "view", READ),
    (Comment, "comment", READ),
    (Label, "label", TRIAGE),
    (Assign, "assign", TRIAGE),
    (Close, "close", TRIAGE),
    (EditIssue, "edit_issue", WRITE),
    (DeleteIssue, "delete_issue", ADMIN),
];

impl Action {
    /// The action of that name.
    pub fn named(name: &str) -> Option<Action> {
        ACTIONS.iter().find(|(_, other, _)| *other == name).map(|(action, ..)| *action)
    }

    /// The least role that includes it.
    #[inline(always)]
    pub fn role(self) -> usize {
        ACTIONS[self as usize].2
    }

    /// Whether it is done to an issue.
    #[inline(always)]
    pub fn on_issue(self) -> bool {
        self as u8 >= View as u8
    }

    /// Whether it leaves a trace inside the repository.
    #[inline(always)]
    pub fn changes(self) -> bool {
        self.one_of(&[
            OpenIssue,
            Push,
            SetTopics,
            Protect,
            AddCollaborator,
            Comment,
            Label,
            Assign,
            Close,
            EditIssue,
            DeleteIssue,
        ])
    }

    /// Whether it is among `actions`; a constant list becomes one mask.
    #[inline(always)]
    pub fn one_of(self, actions: &[Action]) -> bool {
        let mask = actions.iter().fold(0u32, |mask, action| mask | 1 << *action as u32);
        (mask >> self as u32) & 1 != 0
    }
}

/// Names of branches, interned: those in the data first, then those that only requests name.
pub struct Branches {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
    /// The first eight bytes of each name, so that the question for a prefix needs no second load.
    prefixes: Vec<u64>,
    in_data: u32,
}

impl Branches {
    /// The branches that repositories protect or deploy keys push to, and those in requests.
    pub fn new(store: &Store) -> Self {
        let protected = store.of_type("Repository").flat_map(|repository| {
            repository.attributes["protected"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str())
        });
        let deployed = store.rows_of("deploy_key").filter_map(|row| row.args["branch"].as_str());
        let pushed = store.requests.iter().filter_map(|request| request.context["branch"].as_str());
        let mut branches = Branches { numbers: HashMap::new(), names: vec![], prefixes: vec![], in_data: 0 };
        protected.chain(deployed).for_each(|name| branches.intern(name));
        branches.in_data = branches.names.len() as u32;
        assert!(branches.in_data < 64, "branches of the data fit one word");
        pushed.chain([""]).for_each(|name| branches.intern(name));
        branches
    }

    fn intern(&mut self, name: &str) {
        if !self.numbers.contains_key(name) {
            let mut prefix = [0; 8];
            prefix.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
            self.numbers.insert(name.to_string(), self.names.len() as u32);
            self.names.push(name.to_string());
            self.prefixes.push(u64::from_le_bytes(prefix));
        }
    }

    /// The number of a branch that the data or a request names.
    pub fn number(&self, name: &str) -> u32 {
        self.numbers[name]
    }

    /// How many of them the data names; they have the lowest numbers.
    pub fn in_data(&self) -> u32 {
        self.in_data
    }

    /// The name of a branch.
    #[inline(always)]
    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    /// Whether the name of a branch begins with `prefix`.
    #[inline(always)]
    pub fn begins_with(&self, number: u32, prefix: &[u8; 8]) -> bool {
        self.prefixes[number as usize] == u64::from_le_bytes(*prefix)
    }
}

/// A request in ids.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Who.
    pub user: u32,
    /// Does what.
    pub action: Action,
    /// The number of a repository or an issue, as the action says.
    pub resource: u32,
    /// From the context.
    pub mfa: bool,
    /// From the context of a push; the empty name otherwise.
    pub branch: u32,
    /// From the context of a push.
    pub forced: bool,
}

/// All requests in ids.
pub fn requests(store: &Store, branches: &Branches) -> Vec<Request> {
    let translated = store.requests.iter().map(|request| {
        let name = request.context["branch"].as_str().unwrap_or_default();
        Request {
            user: store.number(&request.principal) as u32,
            action: Action::named(&request.action).expect("generated actions exist"),
            resource: store.number(&request.resource) as u32,
            mfa: request.context["mfa"] == true,
            branch: branches.number(name),
            forced: request.context["forced"] == true,
        }
    });
    translated.collect()
}
