//! Access given by rows of a grant, up to ten million of them.
//!
//! | shape | rows | a request |
//! |---|---|---|
//! | `people` | of one user on one document | a user in four groups, a document below three folders |
//! | `teams` | of one group on one folder | the same |
//! | `popular` | half of them on sixteen folders, half of them of sixteen groups | users in such a group, documents in such a folder |
//!
//! By hand, each folder and document has its rows sorted by subject, and a decision looks for each of the user's subjects in each list on
//! the way up from the document.

use assize::Value;
use assize::runtime::engine::Engine;
use assize::{Decision, EntityUid, IdRequest};
use assize_bench_common::dice::Dice;
use assize_bench_common::rounds::{Contender, Times};
use assize_bench_common::table::{Picture, Table};
use rustc_hash::FxHashSet;

use crate::Options;
use crate::load::{self, Load, NOW};

const POLICIES: &str = r#"module shares

entity User in Group
entity Group in Group
entity Folder in Folder
entity Document in Folder

action read on Document by User

grant viewer(who: User | Group, what: Folder | Document) {
  allow User in who to read on Document in what
}
"#;

const GROUPS_OF_A_USER: usize = 4;
const POPULAR: usize = 16;
const DAY: i64 = 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    People,
    Teams,
    Popular,
}

impl Shape {
    const ALL: [Shape; 3] = [Shape::People, Shape::Teams, Shape::Popular];

    fn name(self) -> &'static str {
        match self {
            Shape::People => "people",
            Shape::Teams => "teams",
            Shape::Popular => "popular",
        }
    }
}

/// Subjects are users, then groups; objects are documents, then folders.
struct World {
    users: u32,
    documents: u32,
    /// The group above each group, if any.
    group_above: Vec<Option<u32>>,
    folder_above: Vec<Option<u32>>,
    /// Direct groups.
    memberships: Vec<[u32; GROUPS_OF_A_USER]>,
    folder_of: Vec<u32>,
    rows: Vec<Row>,
}

#[derive(Clone, Copy)]
struct Row {
    subject: u32,
    object: u32,
    until: Option<i64>,
}

impl World {
    fn new(shape: Shape, rows: usize) -> World {
        let mut dice = Dice::new(rows as u64 + shape as u64);
        let people = (rows / 10).clamp(1_000, 1_000_000);
        let groups = people / 10;
        let above =
            |dice: &mut Dice, number: usize| (number >= groups / 5).then(|| dice.roll(groups / 5) as u32);
        let group_above = (0..groups).map(|number| above(&mut dice, number)).collect();
        let folder_above = (0..groups).map(|number| above(&mut dice, number)).collect();
        let memberships = (0..people).map(|_| std::array::from_fn(|_| dice.roll(groups) as u32)).collect();
        let folder_of = (0..people).map(|_| dice.roll(groups) as u32).collect();
        let mut world = World {
            users: people as u32,
            documents: people as u32,
            group_above,
            folder_above,
            memberships,
            folder_of,
            rows: Vec::with_capacity(rows),
        };
        let mut taken = FxHashSet::default();
        let mut tries = 0;
        while world.rows.len() < rows && tries < rows * 4 {
            tries += 1;
            let (group, folder) = (dice.roll(groups), dice.roll(groups));
            let popular = dice.roll(POPULAR);
            let (subject, object) = match shape {
                Shape::People => (dice.roll(people), dice.roll(people)),
                Shape::Teams => (people + group, people + folder),
                Shape::Popular if world.rows.len().is_multiple_of(2) => (dice.roll(people), people + popular),
                Shape::Popular => (people + popular, dice.roll(people)),
            };
            let until = match dice.roll(10) {
                0 => Some(NOW - DAY),
                1..=3 => Some(NOW + DAY * (1 + dice.roll(300) as i64)),
                _ => None,
            };
            let (subject, object) = (subject as u32, object as u32);
            if taken.insert((subject, object)) {
                world.rows.push(Row { subject, object, until });
            }
        }
        world
    }

    fn fill(&self, load: &mut Load<'_>) {
        let (users, documents) = (self.users, self.documents);
        let above = |above: Option<u32>, base: u32| above.map(|number| base + number);
        for (number, parent) in self.group_above.iter().enumerate() {
            let parent = above(*parent, users).map(|subject| self.subject(load, subject));
            load.entity(self.subject(load, users + number as u32), parent.into_iter().collect(), &[]);
        }
        for (number, parent) in self.folder_above.iter().enumerate() {
            let parent = above(*parent, documents).map(|object| self.object(load, object));
            load.entity(self.object(load, documents + number as u32), parent.into_iter().collect(), &[]);
        }
        for (number, groups) in self.memberships.iter().enumerate() {
            let parents = groups.iter().map(|group| self.subject(load, users + group)).collect();
            load.entity(self.subject(load, number as u32), parents, &[]);
        }
        for (number, folder) in self.folder_of.iter().enumerate() {
            let parent = self.object(load, documents + folder);
            load.entity(self.object(load, number as u32), vec![parent], &[]);
        }
        for row in &self.rows {
            let args = [self.subject(load, row.subject), self.object(load, row.object)];
            load.grant("viewer", &args, row.until);
        }
    }

    fn subject(&self, load: &Load<'_>, subject: u32) -> EntityUid {
        match subject.checked_sub(self.users) {
            Some(group) => load.uid("Group", &format!("g{group}")),
            None => load.uid("User", &format!("u{subject}")),
        }
    }

    fn object(&self, load: &Load<'_>, object: u32) -> EntityUid {
        match object.checked_sub(self.documents) {
            Some(folder) => load.uid("Folder", &format!("f{folder}")),
            None => load.uid("Document", &format!("d{object}")),
        }
    }

    /// Half of the documents are on the way of a row that the user has.
    fn requests(&self, shape: Shape, count: usize) -> Vec<(u32, u32)> {
        let mut dice = Dice::new(count as u64 + 3);
        let mut members = vec![Vec::new(); self.group_above.len()];
        for (user, groups) in self.memberships.iter().enumerate() {
            groups.iter().for_each(|group| members[*group as usize].push(user as u32));
        }
        let mut inside = vec![Vec::new(); self.folder_above.len()];
        for (document, folder) in self.folder_of.iter().enumerate() {
            inside[*folder as usize].push(document as u32);
        }
        let some = |dice: &mut Dice, from: &[u32], all: u32| match from.len() {
            0 => dice.roll(all as usize) as u32,
            length => from[dice.roll(length)],
        };
        let request = |_| {
            let row = self.rows[dice.roll(self.rows.len())];
            let user = match row.subject.checked_sub(self.users) {
                Some(group) => some(&mut dice, &members[group as usize], self.users),
                None => row.subject,
            };
            let document = match row.object.checked_sub(self.documents) {
                Some(folder) => some(&mut dice, &inside[folder as usize], self.documents),
                None => row.object,
            };
            // Of the other half, the popular ones ask about something popular all the same.
            match (dice.chance(50), shape) {
                (true, _) => (user, document),
                (false, Shape::Popular) => {
                    (user, some(&mut dice, &inside[document as usize % POPULAR], self.documents))
                }
                (false, _) => (user, dice.roll(self.documents as usize) as u32),
            }
        };
        (0..count).map(request).collect()
    }
}

/// No folder.
const NONE: u32 = u32::MAX;

/// Rows by object and subject, and who is in what.
struct Hand {
    documents: u32,
    /// Of each user: itself and its groups, through any number of steps; and where those of each user begin.
    subjects: Vec<u32>,
    subjects_begin: Vec<u32>,
    /// Of each document, and above each folder or [`NONE`]; numbers of objects.
    folder_of: Vec<u32>,
    folder_above: Vec<u32>,
    /// Where the rows of each object begin.
    begins: Vec<u32>,
    who: Vec<u32>,
    until: Vec<i64>,
}

impl Hand {
    fn new(world: &World) -> Hand {
        let mut rows: Vec<&Row> = world.rows.iter().collect();
        rows.sort_unstable_by_key(|row| (row.object, row.subject));
        let objects = world.documents as usize + world.folder_above.len();
        let mut begins = vec![0; objects + 1];
        rows.iter().for_each(|row| begins[row.object as usize + 1] += 1);
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let (mut subjects, mut subjects_begin) = (Vec::new(), vec![0]);
        for (user, groups) in world.memberships.iter().enumerate() {
            let mut found: Vec<u32> = groups.to_vec();
            let mut next = 0;
            while let Some(group) = found.get(next) {
                found.extend(world.group_above[*group as usize]);
                next += 1;
            }
            found.sort_unstable();
            found.dedup();
            subjects.push(user as u32);
            subjects.extend(found.into_iter().map(|group| world.users + group));
            subjects_begin.push(subjects.len() as u32);
        }
        let object = |folder: u32| world.documents + folder;
        Hand {
            documents: world.documents,
            subjects,
            subjects_begin,
            folder_of: world.folder_of.iter().map(|folder| object(*folder)).collect(),
            folder_above: world.folder_above.iter().map(|folder| folder.map_or(NONE, object)).collect(),
            begins,
            who: rows.iter().map(|row| row.subject).collect(),
            until: rows.iter().map(|row| row.until.unwrap_or(i64::MAX)).collect(),
        }
    }

    fn decide(&self, (user, document): (u32, u32)) -> bool {
        let user = user as usize;
        let subjects =
            &self.subjects[self.subjects_begin[user] as usize..self.subjects_begin[user + 1] as usize];
        if self.holds(subjects, document) {
            return true;
        }
        let mut folder = self.folder_of[document as usize];
        while folder != NONE {
            if self.holds(subjects, folder) {
                return true;
            }
            folder = self.folder_above[(folder - self.documents) as usize];
        }
        false
    }

    fn holds(&self, subjects: &[u32], object: u32) -> bool {
        let (from, to) = (self.begins[object as usize] as usize, self.begins[object as usize + 1] as usize);
        let who = &self.who[from..to];
        subjects.iter().any(|subject| match who.binary_search(subject) {
            Ok(at) => NOW < self.until[from + at],
            Err(_) => false,
        })
    }
}

pub(crate) fn run(options: &Options, ready: &mut impl FnMut(Table)) {
    let most = options.most.unwrap_or(if options.quick { 30_000 } else { 10_000_000 });
    let count = 1 << 16;
    let rounds = if options.quick { 3 } else { 9 };
    let columns = [
        ("one by one", "ns"),
        ("batches", "ns"),
        ("hand", "ns"),
        ("times hand", "times"),
        ("batches times hand", "times"),
    ];
    let picture = Picture::Groups(["one by one", "batches", "hand"].map(str::to_owned).to_vec());
    let title = "rows of a grant: one decision by ids";
    let mut table = Table::new("scale/grants", title, "shape and rows", &columns, picture);
    let mut costs = load::table("scale/grants-load", "rows of a grant: getting ready");
    // Large ones first: what they leave behind in the allocator is taken up by the small ones.
    let sizes: Vec<usize> =
        [10_000_000, 1_000_000, 30_000].into_iter().filter(|size| *size <= most).collect();
    for size in sizes {
        // The largest in one shape only: all three would take a quarter of an hour to get ready.
        let shapes = if size > 1_000_000 { &Shape::ALL[1..2] } else { &Shape::ALL[..] };
        for shape in shapes {
            let (world, name) = (World::new(*shape, size), format!("{} {size}", shape.name()));
            let requests = world.requests(*shape, count);
            let hand = Hand::new(&world);
            let program = load::program(POLICIES);
            let (engine, cost) = load::engine(&program, |load| world.fill(load));
            drop(world);
            cost.row(&mut costs, &name);
            row(&mut table, &name, &engine, &hand, &requests, rounds);
        }
    }
    table.note(format!("{count} requests at random; a tenth of the rows have ended"));
    ready(table);
    ready(costs);
}

fn row(table: &mut Table, name: &str, engine: &Engine, hand: &Hand, requests: &[(u32, u32)], rounds: usize) {
    let read = engine.action("read").expect("it is declared");
    let context = engine.context(read, Value::Record(Default::default())).expect("it is empty");
    let entity = |ty: &str, id: String| engine.entity(ty, &id).expect("it is in the data");
    let batch: Vec<IdRequest<'_>> = requests
        .iter()
        .map(|(user, document)| IdRequest {
            principal: entity("User", format!("u{user}")),
            action: read,
            resource: entity("Document", format!("d{document}")),
            context: &context,
        })
        .collect();
    for (request, by_handle) in requests.iter().zip(&batch) {
        let IdRequest { principal, action, resource, context } = *by_handle;
        let decision = engine.decide_ids_at(principal, action, resource, context, NOW).expect("good handles");
        assert_eq!(decision == Decision::Allow, hand.decide(*request), "{name}: {request:?}");
    }
    let count = requests.len();
    let contenders = [
        Contender::new("one by one", count, || crate::entities::one_by_one(engine, &batch)),
        Contender::new("batches", count, || crate::entities::in_batches(engine, &batch)),
        Contender::new("hand", count, || requests.iter().filter(|request| hand.decide(**request)).count()),
    ];
    let allowed = (contenders[2].run)();
    assert_eq!((contenders[1].run)(), allowed, "{name}: a batch decides as single requests do");
    let times = Times::measure(&contenders, rounds);
    let share = 100.0 * allowed as f64 / count as f64;
    table.row(
        name,
        &[
            Some(times.of(0)),
            Some(times.of(1)),
            Some(times.of(2)),
            Some(times.ratio(0, 2)),
            Some(times.ratio(1, 2)),
        ],
    );
    table.note(format!("{name}: {share:.0}% allowed"));
}
