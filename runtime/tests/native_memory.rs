//! What native code promises about memory: deciding by ids takes none, and dropped code is given back.
#![cfg(feature = "jit")]

mod forge;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use allocation_counter::measure;
use assize_runtime::engine::{Engine, EngineOptions, Request};
use assize_runtime::native::{Code, Image, PreparedContext, decide_ids};
use assize_runtime::program::{Effect, Program};
use assize_runtime::types::{ActionId, RecordType};
use assize_runtime::{Decision, Verified};

#[test]
fn deciding_by_ids_allocates_nothing() {
    for grants in [false, true] {
        let program = forge::program(grants);
        let code = Arc::new(Code::compile(&program).unwrap());
        let image = Image::link(&code, &[], &forge::data(&program, 50), None).unwrap();
        let find = |ty, number| image.find(&forge::uid(ty, number)).unwrap();
        let users: Vec<u64> = (0..50).map(|number| find(forge::USER, number)).collect();
        let repositories: Vec<u64> = (0..50).map(|number| find(forge::REPOSITORY, number)).collect();
        let contexts: Vec<_> = (0..5)
            .map(|action| PreparedContext::new(&image, ActionId(action), &forge::office()).unwrap())
            .collect();
        let mut allowed = 0;
        for round in 0..2 {
            let taken = measure(|| {
                for (user, repository) in
                    users.iter().flat_map(|user| repositories.iter().map(move |it| (user, it)))
                {
                    for (action, context) in contexts.iter().enumerate() {
                        let action = ActionId(action as u32);
                        let decision = decide_ids(&image, *user, action, *repository, context, 0).unwrap();
                        allowed += usize::from(decision == Decision::Allow);
                    }
                }
            });
            // In the first round each environment is compiled.
            assert!(round == 0 || taken.count_total == 0, "{taken:?}");
        }
        assert!(allowed > 1_000);
    }
}

/// The program with each policy so many times, so that an environment has too many for one function.
fn repeated(program: &Verified, times: usize) -> Verified {
    let mut program = (**program).clone();
    let policies = std::mem::take(&mut program.policies);
    for time in 0..times {
        program.policies.extend(policies.iter().cloned().map(|policy| {
            let id = format!("{}-{time}", policy.id).into();
            assize_runtime::program::Policy { id, ..policy }
        }));
    }
    assize_runtime::verify(program).unwrap()
}

#[test]
fn deciding_among_many_policies_by_ids_allocates_nothing() {
    let few = forge::program(true);
    let many = repeated(&few, 40);
    let image = |program: &Verified| {
        let code = Arc::new(Code::compile(program).unwrap());
        Image::link(&code, &[], &forge::data(program, 20), None).unwrap()
    };
    let (few, many) = (image(&few), image(&many));
    let decide = |image: &Image, user, action: u32, repository| {
        let find = |ty, number| image.find(&forge::uid(ty, number)).unwrap();
        let (user, repository) = (find(forge::USER, user), find(forge::REPOSITORY, repository));
        let context = PreparedContext::new(image, ActionId(action), &forge::office()).unwrap();
        let mut decision = None;
        let taken = measure(|| {
            decision = decide_ids(image, user, ActionId(action), repository, &context, 0).ok();
        });
        (decision.expect("native code decides"), taken.count_total)
    };
    for round in 0..2 {
        for action in 0..5 {
            for (user, repository) in (0..20).flat_map(|user| (0..20).map(move |other| (user, other))) {
                let (decision, allocations) = decide(&many, user, action, repository);
                assert_eq!(decision, decide(&few, user, action, repository).0);
                // In the first round code is made.
                assert!(round == 0 || allocations == 0);
            }
        }
    }
}

/// Bytes of this process that are in memory.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
#[cfg(target_os = "linux")]
fn dropped_code_gives_its_memory_back() {
    let program = forge::program(true);
    let round = || {
        let code = Code::compile(&program).unwrap();
        code.warm();
    };
    (0..20).for_each(|_| round());
    let before = resident();
    (0..100).for_each(|_| round());
    let grown = resident().saturating_sub(before);
    // Five environments of at least a page of code each: kept, they would be 2 MB.
    assert!(grown < 1 << 20, "{grown} bytes more after a hundred Codes were dropped");
}

#[test]
#[cfg(target_os = "linux")]
fn no_memory_is_both_writable_and_executable() {
    let code = Code::compile(&forge::program(true)).unwrap();
    code.warm();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mappings = maps.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.nth(1)?, words.nth(3).unwrap_or_default()))
    });
    let (mut of_code, mut of_both) = (0, Vec::new());
    for (permissions, file) in mappings {
        if permissions.contains('x') && permissions.contains('w') {
            of_both.push(permissions);
        }
        // Of no file, and not of the kernel: made by this process.
        of_code += usize::from(permissions.contains('x') && (file.is_empty() || file == "[heap]"));
    }
    assert!(of_code > 0, "no machine code found in\n{maps}");
    assert_eq!(of_both, Vec::<&str>::new(), "{maps}");
}

/// How many Programs take over from each other.
#[allow(clippy::disallowed_methods, reason = "how much is tested is no part of a decision")]
fn swaps() -> usize {
    std::env::var("ASSIZE_CASES").map_or(10_000, |cases| cases.parse().expect("ASSIZE_CASES is a number"))
}

/// One policy for everything, of this effect: the least that native code is made for.
fn least(effect: Effect) -> Verified {
    let program = forge::program(false);
    let mut policy = program.policies[0].clone();
    policy.effect = effect;
    policy.variants[0].condition = None;
    let mut schema = program.schema.clone();
    schema.entity_types.iter_mut().for_each(|ty| ty.attributes = RecordType::new(Vec::new()));
    schema.grants.clear();
    assize_runtime::verify(Program { schema, policies: vec![policy], ..Program::default() }).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn programs_that_are_replaced_while_others_decide_leave_no_memory_behind() {
    let (open, closed) = (least(Effect::Allow), least(Effect::Deny));
    let engine = Engine::new(open.clone(), EngineOptions::default()).unwrap();
    let request = Request::new(("User", "u1"), "read", ("Repository", "r1")).with(forge::office());
    let decide = || engine.decide_at(&request, 0).unwrap();

    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = [0; 2];
            while !is_over.load(Ordering::Relaxed) {
                seen[usize::from(decide() == Decision::Allow)] += 1;
            }
            seen
        });
        let swaps = swaps();
        let mut at_first = 0;
        for swap in 0..swaps {
            if swap == swaps / 10 {
                at_first = resident();
            }
            let allows = swap % 2 == 1;
            engine.reload(if allows { open.clone() } else { closed.clone() }).unwrap();
            assert_eq!(decide() == Decision::Allow, allows);
        }
        is_over.store(true, Ordering::Relaxed);
        let seen: [usize; 2] = reader.join().unwrap();
        assert!(seen[0] > 0 && seen[1] > 0, "the reader saw {seen:?}");
        let grown = resident().saturating_sub(at_first);
        // The code of each is a page at least: kept, they would be five times that.
        assert!(grown < 8 << 20, "{grown} bytes more after {swaps} Programs");
    });
}
