//! The to-do lists as one would first write them: rows where they belong, questions in order, out as soon as the answer is known.

use super::{Action, NOBODY, Request};
use crate::hand::bits::Bits;
use crate::hand::{Holder, Subjects};
use crate::store::{Store, Uid, uids};

pub(super) struct User<const W: usize> {
    pub intern: bool,
    pub guest: bool,
    pub memberships: Bits<W>,
}

pub(super) struct List {
    pub owner: u32,
    pub readers: Vec<usize>,
    pub editors: Vec<usize>,
    pub links: Vec<Holder>,
    pub open_to_guests: bool,
    pub archived: bool,
}

pub(super) struct Task {
    pub list: usize,
    pub assignee: u32,
    pub private: bool,
}

/// The lists, indexed.
pub struct Todo<const W: usize> {
    pub(super) users: Vec<User<W>>,
    pub(super) lists: Vec<List>,
    pub(super) tasks: Vec<Task>,
}

impl<const W: usize> Todo<W> {
    /// Builds the indices.
    pub fn new(store: &Store) -> Self {
        let subjects = Subjects::new(store, "Team");
        let users = store.of_type("User").zip(&subjects.memberships).map(|(user, within)| User {
            intern: user.attributes["kind"] == "intern",
            guest: user.attributes["kind"] == "guest",
            memberships: within.iter().copied().collect(),
        });
        let lists = store.of_type("List").map(|list| {
            let subjects_of = |name: &str| {
                let named = uids(&list.attributes[name]);
                named.iter().map(|uid| subjects.number(store, uid)).collect()
            };
            let links = store.rows_of("guest_link").filter(|row| row.entity("what") == list.uid);
            let links =
                links.map(|row| Holder { who: subjects.number(store, &row.entity("who")), until: row.until });
            List {
                owner: store.number(&Uid::from_json(&list.attributes["owner"])) as u32,
                readers: subjects_of("readers"),
                editors: subjects_of("editors"),
                links: links.collect(),
                open_to_guests: list.attributes["open_to_guests"] == true,
                archived: list.attributes["archived"] == true,
            }
        });
        let tasks = store.of_type("Task").map(|task| {
            let tags =
                task.attributes["tags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str());
            let assignee = task.attributes.get("assignee").map(Uid::from_json);
            Task {
                list: store.number(&Uid::from_json(&task.attributes["list"])),
                assignee: assignee.map_or(NOBODY, |user| store.number(&user) as u32),
                private: tags.into_iter().any(|tag| tag == "private" || tag.starts_with("private/")),
            }
        });
        Todo { users: users.collect(), lists: lists.collect(), tasks: tasks.collect() }
    }

    /// Whether the request is allowed at `now`.
    pub fn decide(&self, request: &Request, now: i64) -> bool {
        let user = &self.users[request.user as usize];
        let action = request.action;
        if user.intern && matches!(action, Action::CreateList | Action::DeleteList | Action::ShareList) {
            return false;
        }
        if action.on_application() {
            return true;
        }
        let task = action.on_task().then(|| &self.tasks[request.resource as usize]);
        let list = &self.lists[task.map_or(request.resource as usize, |task| task.list)];
        if list.archived && action.modifies() {
            return false;
        }
        if action == Action::ShareList
            && request.target != NOBODY
            && self.users[request.target as usize].guest
            && !list.open_to_guests
        {
            return false;
        }
        if list.owner == request.user {
            return true;
        }
        if let Some(task) = task {
            let assigned = task.assignee == request.user;
            if task.private && !assigned {
                return false;
            }
            if assigned && matches!(action, Action::GetTask | Action::CompleteTask) {
                return true;
            }
        }
        let named = |subjects: &[usize]| subjects.iter().any(|who| user.memberships.contains(*who));
        let linked = || list.links.iter().any(|row| now < row.until && user.memberships.contains(row.who));
        if action.looks() {
            named(&list.readers) || named(&list.editors) || linked()
        } else {
            action.edits() && named(&list.editors)
        }
    }
}
