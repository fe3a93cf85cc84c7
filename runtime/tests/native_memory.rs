//! What native code promises about memory: deciding by ids takes none, and dropped code is given back.
#![cfg(feature = "jit")]

mod forge;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use assize_runtime::native::{Code, Image, PreparedContext, decide_ids};
use assize_runtime::types::ActionId;
use assize_runtime::{Decision, Verified};

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: passed on from the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: passed on from the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
            let before = COUNT.with(Cell::get);
            for user in &users {
                for repository in &repositories {
                    for (action, context) in contexts.iter().enumerate() {
                        let action = ActionId(action as u32);
                        let decision = decide_ids(&image, *user, action, *repository, context, 0).unwrap();
                        allowed += usize::from(decision == Decision::Allow);
                    }
                }
            }
            // In the first round each environment is compiled.
            if round == 1 {
                assert_eq!(COUNT.with(Cell::get) - before, 0);
            }
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
        let before = COUNT.with(Cell::get);
        let decision = decide_ids(image, user, ActionId(action), repository, &context, 0).unwrap();
        (decision, COUNT.with(Cell::get) - before)
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

#[test]
#[cfg(target_os = "linux")]
fn dropped_code_gives_its_memory_back() {
    let resident = || {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
    };
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
