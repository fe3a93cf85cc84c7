//! Bundles that earlier builds wrote are read by this one: `tests/bundles` has one of each format that ever was, made of
//! `examples/drive` of its day, with the key that signed it. None of them is ever made anew.

use std::fs;
use std::path::Path;

use assize::{Engine, EngineKind, Trust, VerifyingKey};

const REQUEST: &str = r#"{"principal": "User::\"bob\"", "action": "read", "resource": "Document::\"d\"",
    "context": {"mfa": true, "ip": "203.0.113.7", "device": {"managed": true}}}"#;

const DATA: &str = r#"[
    {"uid": "User::\"bob\"", "attrs": {"department": "eng", "clearance": "internal", "suspended": false}},
    {"uid": "Document::\"d\"", "attrs": {"owner": "User::\"bob\"", "viewers": [], "labels": {}, "level": "LEVEL", "created": "2026-01-01T00:00:00Z"}}
]"#;

#[test]
fn bundles_of_every_format_decide_as_they_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundles");
    let mut read = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "bundle") {
            continue;
        }
        let key = fs::read_to_string(path.with_extension("pub")).unwrap();
        let trust = Trust::keys([VerifyingKey::from_pem(&key).unwrap()]).minimum_revision(1).package("drive");
        for (level, allowed) in [("internal", true), ("secret", false)] {
            for kind in [EngineKind::Interpreter, EngineKind::Jit] {
                let builder = Engine::builder().bundle(&path, &trust).unwrap();
                let engine = builder.data("data", DATA.replace("LEVEL", level)).engine(kind).build().unwrap();
                let report = engine.report_json(REQUEST).unwrap();
                assert_eq!(report.allowed(), allowed, "{}, {level}: {}", path.display(), report.to_json());
            }
        }
        read += 1;
    }
    assert!(read > 0, "no bundle in {}", folder.display());
}
