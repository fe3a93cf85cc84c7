//! The to-do lists as bits: each decision is a few loads and boolean operations, without a branch that depends on the request.

use super::{Action, NOBODY, Request, rows};
use crate::hand::bits::Bits;
use crate::hand::window;
use crate::store::Store;

use Action::{CompleteTask, CreateList, DeleteList, GetTask, ListLists, ShareList};

/// The application, a list or a task.
struct Target<const W: usize> {
    owner: u32,
    assignee: u32,
    /// Who may look, for whatever reason that is the list's.
    readers: Bits<W>,
    editors: Bits<W>,
    open_to_guests: bool,
    archived: bool,
    private: bool,
}

struct User<const W: usize> {
    memberships: Bits<W>,
    intern: bool,
}

/// The lists in a span of time.
pub struct Todo<const W: usize> {
    from: i64,
    to: i64,
    users: Vec<User<W>>,
    /// By a target's number plus one, so that [`NOBODY`] is the first.
    guests: Vec<bool>,
    /// The application, then lists, then tasks.
    targets: Vec<Target<W>>,
    /// Where the targets of each action begin.
    offsets: [u32; 11],
    outside: rows::Todo<W>,
}

impl<const W: usize> Todo<W> {
    /// Builds the bits that hold at `now`.
    pub fn new(store: &Store, now: i64) -> Self {
        let (from, to) = window(store, now);
        let todo = rows::Todo::<W>::new(store);
        let lists = || {
            todo.lists.iter().map(move |list| {
                let editors: Bits<W> = list.editors.iter().copied().collect();
                let live = list.links.iter().filter(|row| now < row.until).map(|row| row.who);
                Target {
                    owner: list.owner,
                    assignee: NOBODY,
                    readers: list.readers.iter().chain(&list.editors).copied().chain(live).collect(),
                    editors,
                    open_to_guests: list.open_to_guests,
                    archived: list.archived,
                    private: false,
                }
            })
        };
        let mut targets = vec![Target {
            owner: NOBODY,
            assignee: NOBODY,
            readers: Bits::default(),
            editors: Bits::default(),
            open_to_guests: false,
            archived: false,
            private: false,
        }];
        targets.extend(lists());
        for task in &todo.tasks {
            let list = lists().nth(task.list).expect("tasks are on lists");
            targets.push(Target { assignee: task.assignee, private: task.private, ..list });
        }
        let offsets = super::ACTIONS.map(|(action, _)| match action {
            _ if action.on_application() => 0,
            _ if action.on_task() => 1 + todo.lists.len() as u32,
            _ => 1,
        });
        let guests = std::iter::once(false).chain(todo.users.iter().map(|user| user.guest)).collect();
        let users = todo.users.iter().map(|user| User { memberships: user.memberships, intern: user.intern });
        Todo { from, to, users: users.collect(), guests, targets, offsets, outside: todo }
    }

    /// Whether the request is allowed at `now`.
    #[inline]
    pub fn decide(&self, request: &Request, now: i64) -> bool {
        if now < self.from || now >= self.to {
            return self.decide_outside(request, now);
        }
        let action = request.action;
        let user = &self.users[request.user as usize];
        let target = &self.targets[(self.offsets[action as usize] + request.resource) as usize];
        let owner = target.owner == request.user;
        let assigned = target.assignee == request.user;
        let guest = self.guests[request.target.wrapping_add(1) as usize];

        let denied = (user.intern & action.one_of(&[CreateList, DeleteList, ShareList]))
            | ((action == ShareList) & guest & !target.open_to_guests)
            | (target.archived & action.modifies())
            | (target.private & !(owner | assigned));

        let allowed = action.one_of(&[CreateList, ListLists])
            | owner
            | (action.looks() & user.memberships.meets(&target.readers))
            | (action.edits() & user.memberships.meets(&target.editors))
            | (assigned & action.one_of(&[GetTask, CompleteTask]));

        allowed & !denied
    }

    #[cold]
    fn decide_outside(&self, request: &Request, now: i64) -> bool {
        self.outside.decide(request, now)
    }
}
