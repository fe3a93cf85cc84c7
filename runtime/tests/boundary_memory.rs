//! What the boundaries of text promise about memory: reading a request takes none, but for what it says and nobody knows.
#![cfg(feature = "jit")]

mod forge;

use allocation_counter::measure;
use assize_runtime::engine::Fields;
use assize_runtime::{Decision, Engine, EngineOptions, Request, Value};

/// A request in each form, and how many allocations its second decision makes.
fn allocations(engine: &Engine, user: &str, action: &str, repository: &str, device: &str) -> Vec<u64> {
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
        let mut decision = None;
        let count = measure(|| decision = Some(decide())).count_total;
        assert_eq!(decision.as_ref(), Some(&expected));
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
    // What is settled beforehand is tabulated by the first decisions after a change otherwise, a little by some of them.
    engine.prepare_at(0);
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
