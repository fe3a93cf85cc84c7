//! A million principals and a million resources, asked about at random: each decision touches memory that nothing has touched lately.
//!
//! By hand a user is two bytes and a document eight, which is all that the policies read of them. One loop takes requests as they
//! come; the other asks for the rows of requests further on while it decides.

use assize::runtime::engine::Engine;
use assize::{ActionHandle, ContextHandle, Decision, EntityHandle, EntityUid, IdRequest, Value};
use assize_bench_common::dice::Dice;
use assize_bench_common::rounds::{Contender, Times};
use assize_bench_common::table::{Picture, Table};

use crate::Options;
use crate::load::{self, Cost, Load, NOW};
use crate::threads;

/// Policies over attributes of both sides and a group that they name.
pub const POLICIES: &str = r#"module million

entity User in Group { clearance: Int, department: String, suspended: Bool }
entity Group
entity Document { owner: User, level: Int, department: String, public: Bool }

action read, write on Document by User

@id("owner")
allow User u to * on Document d
  when d.owner == u

@id("public")
allow User to read on Document d
  when d.public

@id("cleared")
allow User u in Group::"staff" to read on Document d
  when d.level < u.clearance and d.department == u.department

@id("suspended")
deny User u to * on any
  when u.suspended
"#;

const DEPARTMENTS: usize = 20;
const GROUPS: usize = 1_000;
/// How many requests are given to a batch at a time.
const BATCH: usize = 4_096;
/// How many requests ahead the loop by hand asks for rows.
const AHEAD: usize = 16;

/// A user by hand: clearance (three bits), department (five), in the group that policies name, suspended.
#[derive(Clone, Copy, Debug)]
pub struct User(u16);

const CLEARANCE: u16 = 0x7;
const DEPARTMENT: u16 = 0xf8;
const STAFF: u16 = 0x100;
const SUSPENDED: u16 = 0x200;

/// A document by hand.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Document {
    pub(crate) owner: u32,
    level: u8,
    department: u8,
    pub(crate) public: bool,
}

/// A request by numbers.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Who.
    pub user: u32,
    /// On what.
    pub document: u32,
    /// Whether it is read and not written.
    pub read: bool,
}

/// Users and documents, from a seed.
pub struct World {
    /// By number.
    pub users: Vec<User>,
    /// By number.
    pub documents: Vec<Document>,
}

impl World {
    /// So many of each.
    pub fn new(size: usize) -> World {
        let mut dice = Dice::new(size as u64);
        let users = (0..size).map(|_| {
            let user = User(dice.roll(8) as u16 | (dice.roll(DEPARTMENTS) as u16) << 3);
            let user = user.with_staff(dice.chance(50));
            if dice.chance(4) { User(user.0 | SUSPENDED) } else { user }
        });
        let users = users.collect();
        let documents = (0..size).map(|_| Document {
            owner: dice.roll(size) as u32,
            level: dice.roll(8) as u8,
            department: dice.roll(DEPARTMENTS) as u8,
            public: dice.chance(10),
        });
        World { users, documents: documents.collect() }
    }

    /// All of it.
    pub fn fill(&self, load: &mut Load<'_>) {
        load.entity(load.uid("Group", "staff"), vec![], &[]);
        for group in 0..GROUPS {
            load.entity(load.uid("Group", &format!("g{group}")), vec![], &[]);
        }
        for number in 0..self.users.len() {
            self.user(load, number as u32);
        }
        for (number, document) in self.documents.iter().enumerate() {
            let owner = Value::Entity(load.uid("User", &user_name(document.owner)));
            let attributes = [
                ("owner", owner),
                ("level", Value::Int(document.level.into())),
                ("department", department(document.department)),
                ("public", Value::Bool(document.public)),
            ];
            load.entity(load.uid("Document", &document_name(number as u32)), vec![], &attributes);
        }
    }

    fn user(&self, load: &mut Load<'_>, number: u32) {
        let user = &self.users[number as usize];
        let parents = groups(number, user.staff(), |name| load.uid("Group", name));
        load.entity(load.uid("User", &user_name(number)), parents, &attributes(user));
    }

    /// Whether the policies allow it: no branch depends on the request.
    #[inline(always)]
    pub fn decide(&self, request: Request) -> bool {
        let user = self.users[request.user as usize];
        let document = self.documents[request.document as usize];
        let cleared =
            user.staff() & (document.level < user.clearance()) & (document.department == user.department());
        let allowed = (document.owner == request.user) | (request.read & (document.public | cleared));
        allowed & !user.suspended()
    }

    /// Asks for the rows that a request will need.
    #[inline(always)]
    fn prefetch(&self, request: Request) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let user = self.users.as_ptr().wrapping_add(request.user as usize);
            let document = self.documents.as_ptr().wrapping_add(request.document as usize);
            // SAFETY: a prefetch reads nothing that the program can see, whatever the address.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(user.cast());
                _mm_prefetch::<_MM_HINT_T0>(document.cast());
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = request;
    }

    /// Pairs at random; a fifth of the writes are by the owner.
    pub fn requests(&self, count: usize) -> Vec<Request> {
        let mut dice = Dice::new(count as u64 + 1);
        let request = |_| {
            let document = dice.roll(self.documents.len()) as u32;
            let read = dice.chance(70);
            let user = if dice.chance(20) {
                self.documents[document as usize].owner
            } else {
                dice.roll(self.users.len()) as u32
            };
            Request { user, document, read }
        };
        (0..count).map(request).collect()
    }
}

/// The id of a user.
pub fn user_name(number: u32) -> String {
    format!("u{number}")
}

/// The id of a document.
pub fn document_name(number: u32) -> String {
    format!("d{number}")
}

fn department(number: u8) -> Value {
    Value::String(format!("department-{number}").into())
}

/// The groups of a user: one or two of the thousand that no policy names, and those of the staff in that too.
pub fn groups(number: u32, staff: bool, uid: impl Fn(&str) -> EntityUid) -> Vec<EntityUid> {
    let mut groups = vec![uid(&format!("g{}", number as usize % GROUPS))];
    if number.is_multiple_of(3) {
        groups.push(uid(&format!("g{}", (number as usize * 7 + 1) % GROUPS)));
    }
    if staff {
        groups.push(uid("staff"));
    }
    groups
}

/// The attributes of a user.
pub fn attributes(user: &User) -> [(&'static str, Value); 3] {
    [
        ("clearance", Value::Int(user.clearance().into())),
        ("department", department(user.department())),
        ("suspended", Value::Bool(user.suspended())),
    ]
}

impl User {
    /// What is open to them: documents below this level.
    #[inline(always)]
    pub fn clearance(self) -> u8 {
        (self.0 & CLEARANCE) as u8
    }

    /// Where they work.
    #[inline(always)]
    pub fn department(self) -> u8 {
        ((self.0 & DEPARTMENT) >> 3) as u8
    }

    /// In the group that policies name.
    #[inline(always)]
    pub fn staff(self) -> bool {
        self.0 & STAFF != 0
    }

    /// Suspended users are denied everything.
    #[inline(always)]
    pub fn suspended(self) -> bool {
        self.0 & SUSPENDED != 0
    }

    /// The same with another clearance.
    pub fn cleared(self, clearance: u8) -> User {
        User(self.0 & !CLEARANCE | u16::from(clearance) & CLEARANCE)
    }

    /// The same in the group that policies name, or not.
    pub fn with_staff(self, staff: bool) -> User {
        User(if staff { self.0 | STAFF } else { self.0 & !STAFF })
    }
}

/// Requests by handles.
pub struct Handles {
    /// One for each request.
    pub requests: Vec<(EntityHandle, ActionHandle, EntityHandle, bool)>,
    /// Empty; of reading and of writing.
    pub contexts: [ContextHandle; 2],
}

impl Handles {
    /// Looks everything up.
    ///
    /// # Panics
    ///
    /// If something is not there.
    pub fn new(engine: &Engine, requests: &[Request]) -> Handles {
        let actions = ["read", "write"].map(|name| engine.action(name).expect("it is declared"));
        let contexts = actions.map(|action| {
            engine.context(action, Value::Record(Default::default())).expect("the context is empty")
        });
        let entity = |ty: &str, id: &str| engine.entity(ty, id).expect("it is in the data");
        let handles = requests.iter().map(|request| {
            let (user, document) = (user_name(request.user), document_name(request.document));
            let action = actions[usize::from(!request.read)];
            (entity("User", &user), action, entity("Document", &document), request.read)
        });
        Handles { requests: handles.collect(), contexts }
    }

    /// Requests as a batch takes them.
    pub fn batch(&self) -> Vec<IdRequest<'_>> {
        let requests = self.requests.iter().map(|(principal, action, resource, read)| IdRequest {
            principal: *principal,
            action: *action,
            resource: *resource,
            context: &self.contexts[usize::from(!read)],
        });
        requests.collect()
    }
}

/// Decides one after the other, each over the newest snapshot, and counts.
pub fn one_by_one(engine: &Engine, requests: &[IdRequest<'_>]) -> usize {
    let mut reader = engine.reader();
    let allowed = requests.iter().filter(|request| {
        let IdRequest { principal, action, resource, context } = **request;
        reader.refresh();
        let decision = reader.decide_ids_at(principal, action, resource, context, NOW);
        decision.expect("the handles are good") == Decision::Allow
    });
    allowed.count()
}

/// Decides in batches and counts.
pub fn in_batches(engine: &Engine, requests: &[IdRequest<'_>]) -> usize {
    let mut decisions = Default::default();
    let mut allowed = 0;
    for chunk in requests.chunks(BATCH) {
        engine.decide_batch_at(chunk, &mut decisions, NOW);
        allowed += decisions.iter().filter(|decision| matches!(decision, Ok(Decision::Allow))).count();
    }
    allowed
}

pub(crate) fn run(options: &Options, ready: &mut impl FnMut(Table)) {
    let size = options.most.unwrap_or(if options.quick { 50_000 } else { 1_000_000 }).min(1_000_000);
    let count = if options.quick { 1 << 16 } else { 1 << 20 };
    let rounds = if options.quick { 3 } else { 9 };
    let world = World::new(size);
    let requests = world.requests(count);
    let program = load::program(POLICIES);
    let (engine, cost) = load::engine(&program, |load| world.fill(load));
    let handles = Handles::new(&engine, &requests);
    let batch = handles.batch();
    for (request, by_handle) in requests.iter().zip(&batch) {
        let IdRequest { principal, action, resource, context } = *by_handle;
        let decision = engine.decide_ids_at(principal, action, resource, context, NOW).expect("good handles");
        assert_eq!(decision == Decision::Allow, world.decide(*request), "{request:?}");
    }
    let allowed = in_batches(&engine, &batch);
    assert_eq!(allowed, one_by_one(&engine, &batch), "a batch decides as single requests do");

    let contenders = [
        Contender::new("hand", count, || requests.iter().filter(|request| world.decide(**request)).count()),
        Contender::new("hand, prefetching", count, || {
            let (most, last) = requests.split_at(count - AHEAD);
            let most = most.iter().zip(&requests[AHEAD..]).filter(|(request, ahead)| {
                world.prefetch(**ahead);
                world.decide(**request)
            });
            most.count() + last.iter().filter(|request| world.decide(**request)).count()
        }),
        Contender::new("assize, one by one", count, || one_by_one(&engine, &batch)),
        Contender::new("assize, batches", count, || in_batches(&engine, &batch)),
    ];
    let times = Times::measure(&contenders, rounds);
    let columns = [("ns/decision", "ns"), ("times hand", "times"), ("times hand, prefetching", "times")];
    let title = format!("{size} principals x {size} resources at random, by ids");
    let mut table = Table::new("scale/entities", title, "who", &columns, Picture::Bars("ns/decision".into()));
    for (at, contender) in contenders.iter().enumerate() {
        table.row(&contender.name, &[Some(times.of(at)), Some(times.ratio(at, 0)), Some(times.ratio(at, 1))]);
    }
    let share = 100.0 * allowed as f64 / count as f64;
    table.note(format!("{count} requests, {share:.0}% allowed; batches of {BATCH}"));
    ready(table);

    let columns = [("one by one", "ns"), ("batches", "ns")];
    let picture = Picture::Groups(vec!["one by one".into(), "batches".into()]);
    let title = "the same on threads at the same time: nanoseconds of a thread for a decision";
    let mut table = Table::new("scale/threads", title, "threads", &columns, picture);
    for threads in [1, 2] {
        let part = |thread: usize| &batch[thread * count / 2..(thread + 1) * count / 2];
        let single = threads::measure(threads, rounds, count / 2, |thread| one_by_one(&engine, part(thread)));
        let many = threads::measure(threads, rounds, count / 2, |thread| in_batches(&engine, part(thread)));
        table.row(threads.to_string(), &[Some(single), Some(many)]);
    }
    ready(table);

    ready(cost_table(
        "scale/entities-load",
        &format!("{size} users and {size} documents: getting ready"),
        &cost,
    ));
}

fn cost_table(name: &str, title: &str, cost: &Cost) -> Table {
    let mut table = load::table(name, title);
    cost.row(&mut table, "entities");
    table
}
