//! The applications written by hand in Rust, over interned ids: what a patient engineer gets without a policy language.
//!
//! Each is written twice. Row code ("hand-rows") keeps the shape of the data and asks it questions in order, leaving as
//! soon as the answer is known. Bit-set code ("hand-bits") turns everything that does not depend on the request into bits when data
//! is loaded, and computes each decision without a branch that depends on the request; it is the baseline of all ratios. Grant
//! rows end, so the bits hold for the span of time in which no row begins or ends; outside of it the row code answers.

pub mod bits;
pub mod drive;
pub mod forge;
pub mod todo;

use std::collections::HashMap;

use crate::store::{Store, Uid};

/// Those who can be named in a grant: users first, then their groups, numbered together.
pub struct Subjects {
    users: usize,
    group_type: &'static str,
    count: usize,
    /// For each user, the user and every group that the user is in, through any number of steps; sorted.
    pub memberships: Vec<Vec<usize>>,
}

impl Subjects {
    /// Users of type `User` in groups of type `group_type`.
    pub fn new(store: &Store, group_type: &'static str) -> Self {
        let users = store.of_type("User").count();
        let mut above: HashMap<&Uid, Vec<usize>> = HashMap::new();
        let mut groups = 0;
        // Generated groups come after their parents.
        for group in store.of_type(group_type) {
            let mut path = vec![users + store.number(&group.uid)];
            path.extend(group.parents.iter().flat_map(|parent| &above[parent]));
            above.insert(&group.uid, path);
            groups += 1;
        }
        let memberships = store
            .of_type("User")
            .map(|user| {
                let mut within = vec![store.number(&user.uid)];
                within.extend(user.parents.iter().flat_map(|parent| &above[parent]));
                within.sort_unstable();
                within.dedup();
                within
            })
            .collect();
        Subjects { users, group_type, count: users + groups, memberships }
    }

    /// The number of a user or group.
    pub fn number(&self, store: &Store, uid: &Uid) -> usize {
        let base = if uid.ty == self.group_type { self.users } else { 0 };
        base + store.number(uid)
    }

    /// How many 64-bit words a set of them takes.
    pub fn words(&self) -> usize {
        self.count.div_ceil(64)
    }
}

/// A grant row whose subject and end are known; what it is about is where it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// See [`Subjects`].
    pub who: usize,
    /// Exclusive, in milliseconds.
    pub until: i64,
}

/// The span of time around `now` in which no row begins or ends: `from..to`.
pub fn window(store: &Store, now: i64) -> (i64, i64) {
    let ends = || store.rows.iter().map(|row| row.until);
    let from = ends().filter(|until| *until <= now).max().unwrap_or(i64::MIN);
    let to = ends().filter(|until| *until > now).min().unwrap_or(i64::MAX);
    (from, to)
}
