//! Reverse questions over the million users and the million documents of [`crate::entities`]: who can, and what can.
//!
//! Beside the question stands what one would do without it: decide all candidates in batches, and the same loop by hand. The answers
//! must be those of the loop, in the order of their names.

use assize::runtime::engine::Engine;
use assize::runtime::engine::{EntitiesInContext, InContext};
use assize::{IdRequest, Value};
use assize_bench_common::clock::thread_time;
use assize_bench_common::stats::median;
use assize_bench_common::table::{Picture, Table};

use crate::Options;
use crate::entities::{POLICIES, Request, World, document_name, in_batches, user_name};
use crate::load::{self, NOW};

/// Answers on a page.
const PAGE: usize = 100;

/// One question: the candidates of the side that is not given.
#[derive(Clone, Copy)]
struct Question {
    name: &'static str,
    /// Of a document, if users are asked for; else of a user.
    given: u32,
    users_wanted: bool,
    read: bool,
}

impl Question {
    fn request(&self, candidate: u32) -> Request {
        let (user, document) =
            if self.users_wanted { (candidate, self.given) } else { (self.given, candidate) };
        Request { user, document, read: self.read }
    }

    fn action(&self) -> &'static str {
        if self.read { "read" } else { "write" }
    }

    fn ask(&self, engine: &Engine) -> EntitiesInContext {
        let context = InContext::empty().at(NOW);
        let answers = if self.users_wanted {
            engine.who_can(self.action(), ("Document", &document_name(self.given)), &context)
        } else {
            engine.what_can(("User", &user_name(self.given)), self.action(), &context)
        };
        answers.expect("the question makes sense")
    }

    /// Names of those for whom it is allowed, by hand, sorted.
    fn by_hand(&self, world: &World) -> Vec<String> {
        let candidates =
            (0..world.users.len() as u32).filter(|candidate| world.decide(self.request(*candidate)));
        let name = if self.users_wanted { user_name } else { document_name };
        let mut names: Vec<String> = candidates.map(name).collect();
        names.sort_unstable();
        names
    }
}

pub(crate) fn run(options: &Options, ready: &mut impl FnMut(Table)) {
    let size = options.most.unwrap_or(if options.quick { 20_000 } else { 1_000_000 }).min(1_000_000);
    let rounds = if options.quick { 3 } else { 5 };
    let world = World::new(size);
    let program = load::program(POLICIES);
    let (engine, _) = load::engine(&program, |load| world.fill(load));
    let private = world.documents.iter().position(|document| !document.public).expect("one of ten is public");
    let owner = world.documents[private].owner;
    let question = |name, given, users_wanted, read| Question { name, given, users_wanted, read };
    let questions = [
        question("who can write this", private as u32, true, false),
        question("who can read this", private as u32, true, true),
        question("what can they write", owner, false, false),
        question("what can they read", owner, false, true),
    ];
    let columns = [
        ("first answers", "ms"),
        ("all answers", "ms"),
        ("answers", "entities"),
        ("batches over all", "ms"),
        ("hand over all", "ms"),
        ("times batches", "times"),
    ];
    let picture =
        Picture::Groups(["first answers", "all answers", "batches over all"].map(str::to_owned).to_vec());
    let title = format!("reverse questions over {size} candidates");
    let mut table = Table::new("scale/reverse", title, "question", &columns, picture);
    // The first question of a snapshot makes indices, which is told apart.
    let start = thread_time();
    drop(questions[0].ask(&engine).next());
    let first = (thread_time() - start) / 1e6;
    for question in questions {
        row(&mut table, &engine, &world, &question, rounds);
    }
    table.note(format!("the first answers are {PAGE}; the first question of a snapshot took {first:.0} ms"));
    ready(table);
}

fn row(table: &mut Table, engine: &Engine, world: &World, question: &Question, rounds: usize) {
    let expected = question.by_hand(world);
    let answers: Vec<String> = question.ask(engine).map(|answer| answer.subject.id.to_string()).collect();
    assert!(answers == expected, "{}: {} answers, by hand {}", question.name, answers.len(), expected.len());

    let action = engine.action(question.action()).expect("it is declared");
    let context = engine.context(action, Value::Record(Default::default())).expect("it is empty");
    let entity = |ty: &str, id: String| engine.entity(ty, &id).expect("it is in the data");
    let all = 0..world.users.len() as u32;
    let requests: Vec<IdRequest<'_>> = all
        .clone()
        .map(|candidate| {
            let Request { user, document, .. } = question.request(candidate);
            let (principal, resource) =
                (entity("User", user_name(user)), entity("Document", document_name(document)));
            IdRequest { principal, action, resource, context: &context }
        })
        .collect();
    let timed = |work: &dyn Fn() -> usize| {
        let times = (0..rounds).map(|_| {
            let start = thread_time();
            std::hint::black_box(work());
            (thread_time() - start) / 1e6
        });
        median(times.collect())
    };
    let page = timed(&|| question.ask(engine).take(PAGE).count());
    let every = timed(&|| question.ask(engine).count());
    let batches = timed(&|| in_batches(engine, &requests));
    let hand = timed(&|| all.clone().filter(|candidate| world.decide(question.request(*candidate))).count());
    let count = Some(expected.len() as f64);
    table.row(
        question.name,
        &[Some(page), Some(every), count, Some(batches), Some(hand), Some(every / batches)],
    );
}
