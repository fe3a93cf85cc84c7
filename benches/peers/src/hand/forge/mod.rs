//! The forge by hand: what is common to both ways of writing it.

pub mod bits;
pub mod names;
pub mod rows;

use rustc_hash::FxHashMap;

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

/// The name of a branch in a request, as far as decisions look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its number among the names in the data, or their count if it is none of them.
    pub number: u32,
    /// Its first eight bytes, padded with zeros.
    prefix: u64,
}

impl Branch {
    /// Whether its name begins with `prefix`.
    #[inline(always)]
    pub fn begins_with(self, prefix: &[u8; 8]) -> bool {
        self.prefix == u64::from_le_bytes(*prefix)
    }
}

/// The names of branches that the data mentions.
pub struct Branches(FxHashMap<String, u32>);

impl Branches {
    /// The branches that repositories protect or deploy keys push to.
    pub fn new(store: &Store) -> Self {
        let protected = store.of_type("Repository").flat_map(|repository| {
            repository.attributes["protected"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str())
        });
        let deployed = store.rows_of("deploy_key").filter_map(|row| row.args["branch"].as_str());
        let mut numbers = FxHashMap::default();
        for name in protected.chain(deployed) {
            let number = numbers.len() as u32;
            numbers.entry(name.to_string()).or_insert(number);
        }
        assert!(numbers.len() < 64, "branches of the data fit one word");
        Branches(numbers)
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.0.len() as u32
    }

    /// The branch of that name, known or not.
    #[inline]
    pub fn named(&self, name: &str) -> Branch {
        let mut prefix = [0; 8];
        let length = name.len().min(8);
        prefix[..length].copy_from_slice(&name.as_bytes()[..length]);
        let number = self.0.get(name).copied().unwrap_or(self.count());
        Branch { number, prefix: u64::from_le_bytes(prefix) }
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
    pub branch: Branch,
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
            branch: branches.named(name),
            forced: request.context["forced"] == true,
        }
    });
    translated.collect()
}
