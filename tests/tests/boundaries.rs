//! Requests as text, decided by an engine that reads them quickly where it can, and by one that never does: whatever is asked, in
//! whatever words, both answer alike, be it with a decision or with an error.

use std::fs;
use std::path::Path;

use assize::{AsRecord, Compiling, Decision, Engine, EngineKind, Fields, Request};
use assize_examples::{App, NOW, Rng, generate};
use serde_json::Value;

/// How many cases a test tries of each kind: more of them if the variable says so.
#[allow(clippy::disallowed_methods, reason = "no decision depends on how long a test runs")]
fn cases(few: usize) -> usize {
    std::env::var("ASSIZE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few)
}

/// The same policies and data in both engines.
fn engines(package: &Path, data: Option<&str>) -> [Engine; 2] {
    [EngineKind::Jit, EngineKind::Interpreter].map(|kind| {
        let builder = Engine::builder()
            .package(package)
            .expect("it compiles")
            .engine(kind)
            .compiling(Compiling::InTurn);
        let builder = match data {
            Some(data) => builder.data("generated", data),
            None => builder.package_data().expect("it is there"),
        };
        builder.build().expect("the data fits")
    })
}

/// Whether it has a decision, which is the same one.
fn agree([native, reference]: &[Engine; 2], text: &str) -> bool {
    let decision = native.decide_json_at(text, NOW);
    assert_eq!(decision, reference.decide_json_at(text, NOW), "{text}");
    decision.is_ok()
}

#[test]
fn requests_of_every_example_are_decided_alike_however_they_are_written() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut rng = Rng::new(7);
    for name in ["drive", "forge", "payroll", "releases", "todo"] {
        let package = examples.join(name);
        let app = App::ALL.into_iter().find(|app| app.name() == name);
        let generated = app.map(|app| generate(app, 8, 60, 3));
        let sets = [
            (
                engines(&package, None),
                fs::read_to_string(package.join("requests.ndjson")).expect("it is there"),
            ),
            (engines(&package, None), fs::read_to_string(package.join("refused.ndjson")).unwrap_or_default()),
        ];
        let generated = generated.map(|texts| (engines(&package, Some(&texts.data)), texts.requests));
        for (engines, requests) in sets.iter().chain(&generated) {
            let (mut sense, mut mutants) = (0, 0);
            for line in requests.lines() {
                agree(engines, line);
                // One of those that are refused is no JSON.
                let value: Option<Value> = serde_json::from_str(line).ok();
                for _ in 0..cases(20).div_ceil(10) {
                    let respelt = value.as_ref().map(|value| respelt(&mut rng, value));
                    if let Some(respelt) = &respelt {
                        assert_eq!(agree(engines, respelt), agree(engines, line), "{respelt}");
                    }
                    for text in [Some(line), respelt.as_deref()].into_iter().flatten() {
                        for _ in 0..5 {
                            sense += usize::from(agree(engines, &mutated(&mut rng, text)));
                            mutants += 1;
                        }
                    }
                }
            }
            assert!(sense < mutants || mutants == 0, "{name}: some mutants make no sense");
        }
    }
}

/// The same JSON in other words: members in another order, white space, escapes.
fn respelt(rng: &mut Rng, value: &Value) -> String {
    let space = |rng: &mut Rng| rng.weighted(&[(6, ""), (1, " "), (1, "\n\t")]);
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            for at in (1..members.len()).rev() {
                members.swap(at, rng.below(at + 1));
            }
            let members: Vec<_> = members
                .into_iter()
                .map(|(key, value)| {
                    let (key, between) = (respelt(rng, &Value::from(key.as_str())), space(rng));
                    format!("{between}{key}{between}:{}{between}", respelt(rng, value))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(|element| respelt(rng, element)).collect();
            format!("[{}{}]", space(rng), elements.join(","))
        }
        Value::String(text) => {
            let often = rng.chance(30);
            let mut literal = String::from("\"");
            for letter in text.chars() {
                match letter {
                    letter if often && rng.chance(30) => {
                        for unit in letter.encode_utf16(&mut [0; 2]) {
                            literal.push_str(&format!("\\u{unit:04X}"));
                        }
                    }
                    '"' | '\\' => literal.extend(['\\', letter]),
                    letter => literal.push(letter),
                }
            }
            literal + "\""
        }
        other => other.to_string(),
    }
}

/// The text with a piece replaced, added, removed or repeated.
fn mutated(rng: &mut Rng, text: &str) -> String {
    const PIECES: [(usize, &str); 24] = [
        (1, "{"),
        (1, "}"),
        (1, "["),
        (1, "]"),
        (2, "\""),
        (2, ","),
        (1, ":"),
        (2, "\\"),
        (1, "\\ud800"),
        (1, "\\u0041"),
        (1, " "),
        (1, "\n"),
        (2, "0"),
        (1, "-"),
        (1, ".5"),
        (1, "e9"),
        (1, "1e400"),
        (1, "null"),
        (1, "true"),
        (1, "\u{1}"),
        (1, "é"),
        (1, "\"now\":\"2026-01-01\","),
        (1, "\"entities\":[],"),
        (1, "\"mfa\":true,"),
    ];
    let mut bytes = text.as_bytes().to_vec();
    let at = rng.below(bytes.len());
    let until = (at + rng.below(4)).min(bytes.len());
    match rng.below(5) {
        0 => drop(bytes.drain(at..until)),
        1 => drop(bytes.splice(at..until, rng.weighted(&PIECES).bytes())),
        2 => drop(bytes.splice(at..at, rng.weighted(&PIECES).bytes())),
        3 => {
            let piece = bytes[at..(at + rng.below(40)).min(bytes.len())].to_vec();
            drop(bytes.splice(at..at, piece));
        }
        _ => {
            let other = rng.below(bytes.len());
            bytes.swap(at, other);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A context as a service declares it.
struct Session<'a> {
    mfa: bool,
    ip: Option<&'a str>,
    device: Device,
}

struct Device {
    managed: bool,
}

impl AsRecord for Session<'_> {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("mfa", self.mfa).put("ip", self.ip).put_record("device", &self.device);
    }
}

impl AsRecord for Device {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("managed", self.managed);
    }
}

#[test]
fn a_service_gives_its_own_values_and_is_told_what_does_not_fit() {
    let drive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/drive");
    let engines = engines(&drive, None);
    let [native, reference] = &engines;
    let request = || Request::new(("User", "bob"), "read", ("Document", "launch"));
    let session = |ip, managed| Session { mfa: true, ip, device: Device { managed } };
    let both = |request: &Request<'_>| {
        let decision = native.decide_at(request, NOW);
        assert_eq!(decision, reference.decide_at(request, NOW));
        decision
    };
    let inside = session(Some("10.1.2.3"), true);
    assert!(both(&request().with_fields(&inside)).expect("sense").allowed());
    for outside in [session(Some("203.0.113.7"), true), session(Some("10.1.2.3"), false), session(None, true)]
    {
        assert_eq!(both(&request().with_fields(&outside)), Ok(Decision::Deny));
    }
    let refused = |context: &(dyn AsRecord + Sync)| {
        let error = both(&request().with_fields(context)).expect_err("it does not fit");
        error.to_string()
    };
    assert_eq!(
        refused(&session(Some("10.1.2"), true)),
        "`context.ip`: `10.1.2`: an Ip is an IPv4 address such as `10.0.0.1`, without leading zeros, or an IPv6 address"
    );
    let device = Device { managed: true };
    let told = refused(&|fields: &mut Fields<'_>| {
        fields.put("mfa", true);
    });
    assert_eq!(told, "`context`: the field `device` is missing");
    let told = refused(&|fields: &mut Fields<'_>| {
        fields.put("mfa", 1).put_record("device", &device);
    });
    assert_eq!(told, "`context.mfa`: the value does not have the field's type");
    let told = refused(&|fields: &mut Fields<'_>| {
        fields.put("mfa", true).put("mfa", true);
    });
    assert_eq!(told, "`context.mfa`: this field is given twice");
    let told = refused(&|fields: &mut Fields<'_>| {
        fields.put("maf", true);
    });
    assert_eq!(told, "`context`: there is no field `maf`; did you mean `mfa`?");
    let told = refused(&|fields: &mut Fields<'_>| {
        fields.put_record("mfa", &device);
    });
    assert_eq!(told, "`context.mfa`: this field is no record");
}
