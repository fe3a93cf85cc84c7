//! Any text is a request or an error. The quick reader and the careful one are of one mind, and both engines decide alike.

use std::sync::LazyLock;

use assize_runtime::json::{self, Clock};
use assize_runtime::{Engine, EngineKind, EngineOptions};

use super::compiled;
use super::data::SCHEMA;
use crate::world::NOW;

const DATA: &str = r#"
{"uid":"User::\"a\"","parents":["Group::\"g\""],"attrs":{"age":1,"born":"2026-01-01T00:00:00Z","homes":{},"nets":[],"rest":"1d","zone":"UTC","pals":[],"may":["write"]}}
{"uid":"Group::\"g\"","parents":[],"attrs":{"level":"low"}}
{"uid":"Doc::\"d\"","parents":[],"attrs":{"owner":"User::\"a\"","tags":{"a":"x"},"rate":"1.5","open":true,"stage":"Stage::\"dev\""}}
{"grant":"viewer","args":{"who":"Group::\"g\"","what":["Doc::\"d\""],"from":"10.0.0.0/8"}}
"#;

static ENGINES: LazyLock<[Engine; 2]> = LazyLock::new(|| {
    let program = compiled(SCHEMA).program.expect("it compiles");
    let data = json::load(&program.schema, [("data", DATA.trim().as_bytes())], NOW).expect("it fits");
    [EngineKind::Interpreter, EngineKind::Jit].map(|engine| {
        let options = EngineOptions { engine, data: Some(data.clone()), ..EngineOptions::default() };
        Engine::new(program.clone(), options).expect("it fits")
    })
});

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let [reference, native] = &*ENGINES;
    let expected = reference.report_json_at(text, NOW).map(|report| report.outcome().clone());
    let found = native.report_json_at(text, NOW).map(|report| report.outcome().clone());
    assert_eq!(expected, found);
    assert_eq!(reference.decide_json_at(text, NOW), native.decide_json_at(text, NOW));
    let read = json::read_request(&native.program(), text, Clock::At(NOW));
    assert_eq!(read.is_ok(), expected.is_ok(), "{read:?} {expected:?}");
}
