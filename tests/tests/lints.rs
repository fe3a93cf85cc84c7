//! No lint may claim what is not so. Random packages over few values, in which conditions contradict, repeat and imply each other
//! all the time: whatever the compiler says about them is held against the interpreter, request by request.
//! `ASSIZE_LINT_PACKAGES=1000` runs that many, `ASSIZE_SEED=7` starts elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use assize_compiler::compile::compile;
use assize_compiler::package::PackageSources;
use assize_examples::Rng;
use assize_lang::Diagnostic;
use assize_runtime::json::{self, Clock};
use assize_runtime::literal::parse_datetime;
use assize_runtime::{Params, Verified, interpret};
use assize_tests::random::small;

#[allow(clippy::disallowed_methods, reason = "the person who runs the tests picks seeds")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// For each request, which policies apply and which err; by id.
type Effects = Vec<(BTreeSet<String>, BTreeSet<String>)>;

/// Data and requests; every package of a seed is asked the same.
struct World {
    data: String,
    requests: Vec<String>,
}

fn compiled(text: &str) -> (Option<Verified>, Vec<Diagnostic>) {
    let compilation = compile(PackageSources::from_texts([("p.assize", text)]));
    let diagnostics = compilation.diagnostics.into_iter().map(|located| located.diagnostic).collect();
    (compilation.program, diagnostics)
}

/// With every policy on trial, a decision says of each whether it applies, whatever the others do.
fn on_trial(text: &str) -> String {
    let policies = text.replace("\nallow ", "\ntrial allow ").replace("\ndeny ", "\ntrial deny ");
    policies.replace(" allow User u in who", " trial allow User u in who")
}

fn effects(text: &str, world: &World) -> Option<Effects> {
    let (program, _) = compiled(text);
    let program = program?;
    let params = Params::bind(&program, []).expect("no param lacks a value");
    let now = parse_datetime(small::TIMES[0]).expect("a time");
    let data = json::load(&program.schema, [("data.ndjson", world.data.as_bytes())], now)
        .unwrap_or_else(|faults| panic!("{:?}\n{}", faults.faults, world.data));
    let id = |index: &u32| program.policies[*index as usize].id.to_string();
    let mut effects = Effects::new();
    for (at, request) in world.requests.iter().enumerate() {
        let now = parse_datetime(small::TIMES[at % small::TIMES.len()]).expect("a time");
        let query =
            json::read_request(&program, request, Clock::At(now)).expect("a request that makes sense");
        let outcome = interpret(&program, &params, &data, &query);
        let erring = outcome.errors.iter().map(|(index, _)| id(index)).collect();
        effects.push((outcome.would_have.iter().map(id).collect(), erring));
    }
    Some(effects)
}

/// The policy that a place is in.
fn policy_at(text: &str, at: u32) -> Option<String> {
    let before = &text[..at as usize];
    let start = before.rfind("@id(\"")? + 5;
    text[start..].split('"').next().map(str::to_owned)
}

/// What a finding says a part of a condition always is.
fn claimed(diagnostic: &Diagnostic) -> Option<bool> {
    let message = &diagnostic.message;
    match diagnostic.code.0 {
        "W0201" | "W0202" | "W0210" | "W0211" => {}
        _ => return None,
    }
    if message.contains("never true") || message.contains("always false") {
        Some(false)
    } else if message.contains("always true") {
        Some(true)
    } else {
        None
    }
}

/// The text between backquotes after `word`.
fn named(message: &str, word: &str) -> Option<String> {
    let rest = &message[message.find(word)? + word.len()..];
    rest.split('`').nth(1).map(str::to_owned)
}

#[derive(Default)]
struct Tally {
    claims: BTreeMap<&'static str, usize>,
    untried: usize,
    policies: usize,
}

/// Holds every claim about a package against what its policies do.
fn check(seed: u64, tally: &mut Tally) {
    let mut rng = Rng::new(seed);
    let text = format!("{}\n{}", small::SCHEMA, small::policies(&mut rng, 8));
    let worlds: Vec<World> =
        (0..3).map(|_| World { data: small::rows(&mut rng), requests: small::requests(&mut rng) }).collect();
    let (program, diagnostics) = compiled(&text);
    if program.is_none() {
        let errors: Vec<_> = diagnostics.iter().filter(|it| it.code.0.starts_with('E')).collect();
        // Comparing what a test has just shown to be of another type, and arithmetic on constants that always overflows.
        assert!(
            errors.iter().all(|it| ["E0202", "E0211", "E0213"].contains(&it.code.0)),
            "seed {seed}: {errors:?}\n{text}"
        );
        return;
    }
    tally.policies += 8;
    let trial = on_trial(&text);
    let before: Vec<Effects> =
        worlds.iter().map(|world| effects(&trial, world).expect("on trial it compiles as well")).collect();
    for diagnostic in &diagnostics {
        let (start, end) = (diagnostic.primary.start, diagnostic.primary.end);
        let policy = policy_at(&text, start);
        let about = |what: &str| {
            format!(
                "seed {seed}: {what}\n{}: {}\n{:?}\n{text}",
                diagnostic.code.0, diagnostic.message, policy
            )
        };
        if let Some(outcome) = claimed(diagnostic) {
            *tally.claims.entry(diagnostic.code.0).or_default() += 1;
            let changed = format!("{}{outcome}{}", &text[..start as usize], &text[end as usize..]);
            let changed = on_trial(&changed);
            for (world, before) in worlds.iter().zip(&before) {
                let Some(after) = effects(&changed, world) else {
                    tally.untried += 1;
                    break;
                };
                for (at, ((did, erred), (does, errs))) in before.iter().zip(&after).enumerate() {
                    for id in did.symmetric_difference(does) {
                        assert!(
                            erred.contains(id) || errs.contains(id),
                            "{}",
                            about(&format!("`{id}` changes for {}\n{}", world.requests[at], world.data))
                        );
                    }
                    // Where it is said without reservation, errors do not change either.
                    let sure = !diagnostic.message.contains("unless it") && diagnostic.code.0 != "W0202";
                    if let Some(id) = policy.as_ref().filter(|_| sure && diagnostic.code.0 == "W0211") {
                        assert_eq!(
                            (did.contains(id), erred.contains(id)),
                            (does.contains(id), errs.contains(id)),
                            "{}",
                            about(&format!("errors change for {}\n{}", world.requests[at], world.data))
                        );
                    }
                }
            }
        }
        let Some(id) = policy.clone() else { continue };
        let other = match diagnostic.code.0 {
            "W0104" => None,
            "W0105" => named(&diagnostic.message, "same as"),
            "W0302" => named(&diagnostic.message, "has an effect:"),
            "W0304" => named(&diagnostic.message, "superfluous:"),
            _ => continue,
        };
        *tally.claims.entry(diagnostic.code.0).or_default() += 1;
        for (world, before) in worlds.iter().zip(&before) {
            for (at, (applying, erring)) in before.iter().enumerate() {
                let holds = match (diagnostic.code.0, &other) {
                    ("W0104", _) => {
                        let reserved = diagnostic.message.contains("unless");
                        !applying.contains(&id) || (reserved && erring.contains(&id))
                    }
                    ("W0105", Some(other)) => applying.contains(&id) == applying.contains(other),
                    (_, Some(other)) => !applying.contains(&id) || applying.contains(other),
                    (_, None) => panic!("{}", about("no policy is named")),
                };
                assert!(holds, "{}", about(&format!("refuted by {}\n{}", world.requests[at], world.data)));
            }
        }
    }
}

#[test]
fn no_claim_of_a_lint_is_refuted() {
    let (first, packages) = (setting("ASSIZE_SEED", 1), setting("ASSIZE_LINT_PACKAGES", 40));
    let mut tally = Tally::default();
    for seed in first..first + packages {
        check(seed, &mut tally);
    }
    println!("{} policies, {:?}, {} not tried", tally.policies, tally.claims, tally.untried);
    for code in ["W0104", "W0210", "W0211"] {
        assert!(
            tally.claims.get(code).is_some_and(|count| *count > 3),
            "{code} is hardly ever said: {:?}",
            tally.claims
        );
    }
    let all: usize = tally.claims.values().sum();
    assert!(tally.untried * 3 < all, "{} of {all} claims cannot be tried", tally.untried);
}
