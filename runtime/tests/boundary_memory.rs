//! What the boundaries of text promise about memory: reading a request takes none, but for what it says and nobody knows.
#![cfg(feature = "jit")]

mod forge;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use assize_runtime::engine::Fields;
use assize_runtime::{Decision, Engine, EngineOptions, Request, Value};

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

/// A request in each form, and how many allocations its second decision makes.
fn allocations(engine: &Engine, user: &str, action: &str, repository: &str, device: &str) -> Vec<usize> {
    let text = format!(
        r#"{{"principal":"User::\"{user}\"","action":"{action}","resource":{{"type":"Repository","id":"{repository}"}},
            "context":{{"device":"{device}","mfa":true}}}}"#
    );
    // What is looked at before the action is known is looked at again.
    let backwards = format!(
        r#"{{"context":{{"mfa":true,"device":"{device}"}},"resource":"Repository::\"{repository}\"",
            "action":"{action}","principal":"User::\"{user}\""}}"#
    );
    let context = |fields: &mut Fields<'_>| {
        fields.put("mfa", true).put("device", device);
    };
    let value = Value::Record(std::sync::Arc::new(
        [("device".into(), Value::String(device.into())), ("mfa".into(), Value::Bool(true))].into(),
    ));
    let names = || Request::new(("User", user), action, ("Repository", repository));
    let (by_fields, by_value) = (names().with_fields(&context), names().with(value));
    let forms: [&dyn Fn() -> Decision; 4] = [
        &|| engine.decide_json_at(&text, 0).unwrap(),
        &|| engine.decide_json_at(&backwards, 0).unwrap(),
        &|| engine.decide_at(&by_fields, 0).unwrap(),
        &|| engine.decide_at(&by_value, 0).unwrap(),
    ];
    let expected = engine.report_at(&by_value, 0).unwrap().decision();
    let counts = forms.map(|decide| {
        assert_eq!(decide(), expected, "{text}");
        let before = COUNT.with(Cell::get);
        let decision = decide();
        let count = COUNT.with(Cell::get) - before;
        assert_eq!(decision, expected);
        count
    });
    counts.to_vec()
}

#[test]
fn deciding_by_names_or_json_allocates_nothing() {
    let program = forge::program(true);
    let data = forge::data(&program, 20);
    let engine =
        Engine::new(program, EngineOptions { data: Some(data), ..EngineOptions::default() }).unwrap();
    assert!(engine.is_native());
    // What is settled beforehand is tabulated by the first decisions after a change, a little by some of them.
    let office = Request::new(("User", "u1"), "read", ("Repository", "r1")).with(forge::office());
    (0..5_000).for_each(|_| assert!(engine.decide_at(&office, 0).is_ok()));
    for number in 0..20 {
        let (user, repository) =
            (forge::uid(forge::USER, number), forge::uid(forge::REPOSITORY, 19 - number));
        for action in forge::ACTIONS {
            let known = allocations(&engine, &user.id, action, &repository.id, "laptop");
            assert_eq!(known, [0; 4], "of {user:?} {action} {repository:?}");
        }
    }
    let office =
        Request::new(("User", "user-0"), "read", ("Repository", "repository-0")).with(forge::office());
    assert!(engine.decide_at(&office, 0).is_ok());
    // Names that nobody knows, in any place.
    assert_eq!(allocations(&engine, "a stranger", "read", "elsewhere", "some device"), [0; 4]);
    // A new text of more than 23 bytes is kept outside of its place, once; a value brings its own.
    let long = "a device with a name that is too long for its place";
    assert_eq!(allocations(&engine, "a stranger", "read", "elsewhere", long), [1, 1, 1, 0]);
}
