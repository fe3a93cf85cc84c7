//! Any bytes are data that fits the schema, or faults with places; what was taken is decided over.

use std::sync::LazyLock;

use assize_runtime::{Engine, EngineKind, EngineOptions, Verified, json};

use super::compiled;
use crate::world::NOW;

/// With every type that data can have.
pub const SCHEMA: &str = include_str!("every_type.assize");

static PROGRAM: LazyLock<Verified> = LazyLock::new(|| compiled(SCHEMA).program.expect("it compiles"));

pub fn run(bytes: &[u8]) {
    let program = &*PROGRAM;
    let data = match json::load(&program.schema, [("data.ndjson", bytes)], NOW) {
        Ok(data) => data,
        Err(faults) => {
            assert!(!faults.faults.is_empty() && faults.total >= faults.faults.len(), "{faults:?}");
            return;
        }
    };
    let request = r#"{"principal":"User::\"a\"","action":"read","resource":"Doc::\"d\"","context":{"n":1}}"#;
    let decide = |engine| {
        let options = EngineOptions { engine, data: Some(data.clone()), ..EngineOptions::default() };
        let engine = Engine::new(program.clone(), options).expect("data that was taken");
        engine.report_json_at(request, NOW).map(|report| report.outcome().clone())
    };
    assert_eq!(decide(EngineKind::Interpreter), decide(EngineKind::Jit));
}
