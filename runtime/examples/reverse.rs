//! Prints how long reverse questions take over a forge of a million users, teams and repositories.
//!
//! `cargo run --release -p assize-runtime --example reverse [SCALE]`

#[allow(dead_code, reason = "the same forge serves several programs")]
#[path = "../tests/forge/mod.rs"]
mod forge;

use std::time::{Duration, Instant};

use assize_runtime::engine::{Engine, EngineKind, EngineOptions, InContext};

const QUESTIONS: usize = 1_000;
const PAGE: usize = 100;

#[allow(clippy::disallowed_methods, reason = "it measures")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let clock = Instant::now();
    let result = work();
    (result, clock.elapsed())
}

fn main() {
    let scale: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let program = forge::program(true);
    let data = forge::data(&program, scale);
    let given = InContext::value(forge::office()).at(0);
    for kind in [EngineKind::Jit, EngineKind::Interpreter] {
        let options = EngineOptions { engine: kind, data: Some(data.clone()), ..EngineOptions::default() };
        let (engine, linking) = timed(|| Engine::new(program.clone(), options).expect("the data fits"));
        println!("{kind:?}, {scale} of each kind, linked in {linking:.1?}");
        selective(&engine, &given, scale);
        unselective(&engine, &given);
    }
}

/// Who can write: members of a few teams, and the owner.
fn selective(engine: &Engine, given: &InContext, scale: usize) {
    let ask = |number: usize| {
        let repository = format!("r{number}");
        let mut answers =
            engine.who_can("write", ("Repository", &repository), given).expect("it makes sense");
        let found = answers.by_ref().count();
        (found, answers.decided())
    };
    let (_, first) = timed(|| ask(0));
    let mut numbers = forge::Numbers(11);
    let mut times: Vec<(Duration, usize, usize)> = (0..QUESTIONS)
        .map(|_| {
            let number = numbers.below(scale);
            let ((found, decided), time) = timed(|| ask(number));
            (time, found, decided)
        })
        .collect();
    times.sort();
    let (median, found, decided) = times[QUESTIONS / 2];
    let (slow, many, looked) = times[QUESTIONS * 99 / 100];
    println!("  who can write: the first question {first:.1?}");
    println!(
        "    median {median:.1?} ({found} of {decided} candidates), p99 {slow:.1?} ({many} of {looked})"
    );
}

/// What can a user read: public repositories, among others.
fn unselective(engine: &Engine, given: &InContext) {
    let ask = || engine.what_can(("User", "u1"), "read", given).expect("it makes sense");
    let (page, first) = timed(|| ask().page(PAGE));
    println!("  what can u1 read: {} answers on the first page, in {first:.1?}", page.items.len());
    for _ in 0..3 {
        let mut answers = ask();
        let (found, all) = timed(|| answers.by_ref().count());
        let each = all.as_nanos() as f64 / answers.decided().max(1) as f64;
        println!(
            "    all {found} answers in {all:.1?}, {each:.0} ns for each of {} candidates",
            answers.decided()
        );
    }
}
