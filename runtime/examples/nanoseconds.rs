//! Prints how long native decisions by ids take on a forge of 50 of each kind, and on a large one.
//!
//! `cargo run --release -p assize-runtime --example nanoseconds`

#[path = "../tests/forge/mod.rs"]
mod forge;

use std::sync::Arc;
use std::time::Instant;

use assize_runtime::engine::IdRequest;
use assize_runtime::native::{Code, Image, PreparedContext, decide_ids};
use assize_runtime::types::ActionId;
use assize_runtime::{Decision, Engine, EngineOptions};

const REQUESTS: usize = 1 << 16;
const ROUNDS: usize = 15;
const STRETCH: usize = 1 << 10;

/// The median time of a request over many short stretches, so that what else the machine does falls out; and how many were
/// allowed.
#[allow(clippy::disallowed_methods, reason = "it measures")]
fn median(mut stretch: impl FnMut(std::ops::Range<usize>) -> usize) -> (f64, usize) {
    let mut times = Vec::new();
    let mut allowed = 0;
    for _ in 0..ROUNDS {
        allowed = 0;
        for start in (0..REQUESTS).step_by(STRETCH) {
            let clock = Instant::now();
            allowed += stretch(start..start + STRETCH);
            times.push(clock.elapsed().as_nanos() as f64 / STRETCH as f64);
        }
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], allowed)
}

fn main() {
    for (name, grants, scale) in
        [("forge", false, 50), ("forge and grants", true, 50), ("forge", false, 20_000)]
    {
        let program = forge::program(grants);
        let data = forge::data(&program, scale);
        let code = Arc::new(Code::compile(&program).expect("native code is made for this machine"));
        let image = Image::link(&code, &[], &data, None).expect("the data fits");
        let contexts: Vec<_> = (0..5)
            .map(|action| PreparedContext::new(&image, ActionId(action), &forge::office()).expect("it fits"))
            .collect();
        let mut numbers = forge::Numbers(7);
        let picks: Vec<(usize, usize, usize)> =
            (0..REQUESTS).map(|_| (numbers.below(scale), numbers.below(5), numbers.below(scale))).collect();
        let find = |ty, number| image.find(&forge::uid(ty, number)).expect("it is stored");
        let requests: Vec<_> = picks
            .iter()
            .map(|(user, action, repository)| {
                (find(forge::USER, *user), *action, find(forge::REPOSITORY, *repository))
            })
            .collect();
        let (native, allowed) = median(|range| {
            requests[range]
                .iter()
                .filter(|(user, action, repository)| {
                    let context = &contexts[*action];
                    let decision =
                        decide_ids(&image, *user, ActionId(*action as u32), *repository, context, 0);
                    matches!(decision, Ok(Decision::Allow))
                })
                .count()
        });

        let options = EngineOptions { data: Some(data), ..EngineOptions::default() };
        let engine = Engine::new(program, options).expect("it fits");
        let actions = forge::ACTIONS.map(|action| engine.action(action).expect("it is declared"));
        let contexts = actions.map(|action| engine.context(action, forge::office()).expect("it fits"));
        let entity =
            |ty: &str, uid: assize_runtime::EntityUid| engine.entity(ty, &uid.id).expect("it is stored");
        let requests: Vec<_> = picks
            .iter()
            .map(|(user, action, repository)| IdRequest {
                principal: entity("User", forge::uid(forge::USER, *user)),
                action: actions[*action],
                resource: entity("Repository", forge::uid(forge::REPOSITORY, *repository)),
                context: &contexts[*action],
            })
            .collect();
        let (by_engine, also_allowed) = median(|range| {
            let allowed = |request: &&IdRequest<'_>| {
                let IdRequest { principal, action, resource, context } = **request;
                engine.decide_ids_at(principal, action, resource, context, 0) == Ok(Decision::Allow)
            };
            requests[range].iter().filter(allowed).count()
        });
        assert_eq!(allowed, also_allowed);
        let size = image.size();
        println!(
            "{name}, scale {scale}: {native:.1} ns in native::decide_ids, {by_engine:.1} ns in Engine::decide_ids_at, \
             {:.0} % allowed, {:.0} bytes an entity, {:.0} bytes a grant row",
            allowed as f64 * 100.0 / REQUESTS as f64,
            (size.row_bytes + size.ancestor_bytes) as f64 / size.entities as f64,
            size.grant_bytes as f64 / size.grant_rows.max(1) as f64,
        );
    }
}
