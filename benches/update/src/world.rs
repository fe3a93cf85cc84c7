//! The entities of `scale` with rows of a grant, served by an engine; and beside it what the data should be by now.

use assize::runtime::data::DataError;
use assize::runtime::engine::{Edit, Engine};
use assize::{Decision, Entity, IdRequest, Value};
use assize_bench_common::dice::Dice;
use assize_bench_common::table::Table;
use assize_bench_scale::entities::{
    Handles, POLICIES, Request, World, attributes, document_name, groups, user_name,
};
use assize_bench_scale::load::{self, Cost, NOW};
use rustc_hash::FxHashSet;

const GRANT: &str = r#"
grant viewer(who: User | Group, what: Document) {
  @id("viewer")
  allow User in who to read on Document in what
}
"#;

/// One change of the data.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Another clearance of a user.
    Attribute,
    /// A user enters the group that policies name, or leaves it.
    Membership,
    /// A row more.
    Grant,
    /// A row less.
    Revoke,
}

impl Change {
    /// All of them.
    pub const ALL: [Change; 4] = [Change::Attribute, Change::Membership, Change::Grant, Change::Revoke];

    /// What results call it.
    pub fn name(self) -> &'static str {
        match self {
            Change::Attribute => "attribute",
            Change::Membership => "membership",
            Change::Grant => "grant",
            Change::Revoke => "revoke",
        }
    }
}

/// See the module.
pub struct Served {
    /// What decides.
    pub engine: Engine,
    world: World,
    rows: Rows,
    cost: Cost,
    dice: Dice,
    /// Requests to ask.
    pub requests: Vec<Request>,
    /// The same by handles.
    pub handles: Handles,
}

/// Pairs of a user and a document, each once.
#[derive(Default)]
struct Rows {
    list: Vec<(u32, u32)>,
    set: FxHashSet<(u32, u32)>,
}

impl Rows {
    fn insert(&mut self, row: (u32, u32)) -> bool {
        let new = self.set.insert(row);
        if new {
            self.list.push(row);
        }
        new
    }
}

impl Served {
    /// So many users, documents and rows.
    pub fn new(size: usize) -> Served {
        let world = World::new(size);
        let mut dice = Dice::new(size as u64 + 5);
        let mut rows = Rows::default();
        while rows.list.len() < size {
            rows.insert((dice.roll(size) as u32, dice.roll(size) as u32));
        }
        let program = load::program(&format!("{POLICIES}{GRANT}"));
        let (engine, cost) = load::engine(&program, |load| {
            world.fill(load);
            for (user, document) in &rows.list {
                let args =
                    [load.uid("User", &user_name(*user)), load.uid("Document", &document_name(*document))];
                load.grant("viewer", &args, None);
            }
        });
        let mut requests = world.requests(1 << 16);
        // A tenth of them is about a row.
        for request in requests.iter_mut().step_by(10) {
            let (user, document) = rows.list[dice.roll(rows.list.len())];
            *request = Request { user, document, read: true };
        }
        let handles = Handles::new(&engine, &requests);
        let served = Served { engine, world, rows, cost, dice, requests, handles };
        served.assert_right();
        served
    }

    /// How many users, documents and rows there were at first.
    pub fn size(&self) -> usize {
        self.world.users.len()
    }

    /// What it took to get ready.
    pub fn cost_table(&self) -> Table {
        let size = self.size();
        let title = format!("{size} users, {size} documents and {size} rows of a grant: getting ready");
        let mut table = load::table("update/load", &title);
        self.cost.row(&mut table, "entities and rows");
        table
    }

    /// The engine decides as the world by hand does.
    ///
    /// # Panics
    ///
    /// With the first request that it decides otherwise.
    pub fn assert_right(&self) {
        for (request, by_handle) in self.requests.iter().zip(self.handles.batch()) {
            let IdRequest { principal, action, resource, context } = by_handle;
            let decision = self.engine.decide_ids_at(principal, action, resource, context, NOW);
            let allowed = decision.expect("the handles are good") == Decision::Allow;
            assert_eq!(allowed, self.expected(request), "{request:?}");
        }
    }

    fn expected(&self, request: &Request) -> bool {
        let user = self.world.users[request.user as usize];
        let viewer = request.read && self.rows.set.contains(&(request.user, request.document));
        self.world.decide(*request) || (viewer && !user.suspended())
    }

    /// Chooses a change of this kind, notes it, and returns what makes it.
    pub fn change(&mut self, change: Change) -> impl Fn(&mut Edit<'_>) -> Result<(), DataError> + use<> {
        // Every second change is about something that requests ask for, so that comparing decisions afterwards means something.
        let asked = self.requests[self.dice.roll(self.requests.len())];
        let size = self.world.users.len();
        let number = if self.dice.chance(50) { asked.user } else { self.dice.roll(size) as u32 };
        let mut row = (number, self.dice.roll(size) as u32);
        match change {
            Change::Attribute => {
                let clearance = self.dice.roll(8) as u8;
                self.world.users[number as usize] = self.world.users[number as usize].cleared(clearance);
            }
            Change::Membership => {
                let user = self.world.users[number as usize];
                self.world.users[number as usize] = user.with_staff(!user.staff());
            }
            Change::Grant => {
                if self.dice.chance(50) {
                    row = (asked.user, asked.document);
                }
                self.rows.insert(row);
            }
            Change::Revoke => {
                let at = self.dice.roll(self.rows.list.len());
                row = self.rows.list.swap_remove(at);
                self.rows.set.remove(&row);
            }
        }
        let user = self.world.users[number as usize];
        move |edit| match change {
            Change::Attribute | Change::Membership => {
                let uid = |ty: &str, id: &str| edit.uid(ty, id).expect("the types are declared");
                let parents = groups(number, user.staff(), |name| uid("Group", name));
                let attributes =
                    attributes(&user).into_iter().map(|(name, value)| (name.into(), value)).collect();
                let uid = uid("User", &user_name(number));
                edit.upsert(uid, Entity { parents, attributes })
            }
            Change::Grant | Change::Revoke => {
                let args = [("User", user_name(row.0)), ("Document", document_name(row.1))];
                let args =
                    args.map(|(ty, id)| Value::Entity(edit.uid(ty, &id).expect("the types are declared")));
                match change {
                    Change::Grant => edit.grant("viewer", args.to_vec(), None),
                    _ => edit.revoke("viewer", &args).map(|found| assert!(found, "the row was there")),
                }
            }
        }
    }

    /// Makes one change.
    pub fn make(&mut self, change: Change) {
        let change = self.change(change);
        self.engine.update_at(change, NOW).expect("the change fits");
    }
}
