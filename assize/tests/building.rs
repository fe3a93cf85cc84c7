//! What a service meets when it builds an engine: what fits, and readable words about what does not.

use assize::{BuildError, Engine, EngineKind, Value};

const DOORS: &str = r#"
param OPEN: Bool
entity User { badge: Bool }
entity Door
action enter on Door by User

@id("badge")
allow User u to enter on Door
  when u.badge and OPEN
"#;

const ANN: &str = r#"{"uid": "User::\"ann\"", "attrs": {"badge": true}}"#;

const ENTER: &str = r#"{"principal": "User::\"ann\"", "action": "enter", "resource": "Door::\"front\""}"#;

fn doors() -> assize::Builder {
    Engine::builder().sources([("doors.assize", DOORS)]).expect("it compiles")
}

#[test]
fn both_engines_decide_from_texts_in_memory() {
    for kind in [EngineKind::Interpreter, EngineKind::Jit] {
        let engine =
            doors().param("OPEN", Value::Bool(true)).data("people", ANN).engine(kind).build().unwrap();
        assert!(engine.decide_json(ENTER).unwrap().allowed());
        let engine =
            doors().param("OPEN", Value::Bool(false)).data("people", ANN).engine(kind).build().unwrap();
        assert!(!engine.decide_json(ENTER).unwrap().allowed());
    }
}

#[test]
fn policies_that_do_not_compile_are_shown_with_their_places() {
    let broken = DOORS.replace("u.badge", "u.bagde");
    let error = Engine::builder().sources([("doors.assize", broken.as_str())]).unwrap_err();
    let text = error.to_string();
    for part in ["doors.assize:9:", "bagde", "badge", "E0102"] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    assert!(matches!(error, BuildError::Policies { diagnostics, .. } if diagnostics.len() == 1));
}

#[test]
fn data_is_taken_whole_or_not_at_all() {
    let faulty =
        format!("{ANN}\n{}\n{}\n", r#"{"uid": "Usr::\"bob\""}"#, r#"{"uid": "User::\"bob\"", "attrs": {}}"#);
    let text =
        doors().param("OPEN", Value::Bool(true)).data("people", faulty).build().unwrap_err().to_string();
    for part in ["people:2:", "Usr", "people:3:", "badge"] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn what_is_missing_is_named() {
    assert!(matches!(Engine::builder().build(), Err(BuildError::NoPackage)));
    assert!(doors().build().unwrap_err().to_string().contains("OPEN"));
    assert!(doors().profile("paris").build().unwrap_err().to_string().contains("paris"));
    assert!(
        Engine::builder().data_file("no/such.ndjson").unwrap_err().to_string().contains("no/such.ndjson")
    );
    assert!(
        Engine::builder().package("no/such/package").unwrap_err().to_string().contains("no/such/package")
    );
}

#[test]
fn policies_are_exchanged_while_the_service_runs() {
    let engine = doors().param("OPEN", Value::Bool(true)).data("people", ANN).build().unwrap();
    assert!(engine.decide_json(ENTER).unwrap().allowed());
    let closed = format!("{DOORS}\n@id(\"night\")\ndeny User to enter on Door\n");
    let program = Engine::builder().sources([("doors.assize", closed.as_str())]).unwrap().program().unwrap();
    engine.reload(program).unwrap();
    let report = engine.report_json(ENTER).unwrap();
    assert_eq!(report.policies().collect::<Vec<_>>(), ["night"]);
}

#[test]
fn a_bundle_is_loaded_by_those_who_trust_it() {
    use assize::Trust;
    use assize::bundle::{self, Draft, SigningKey};

    let key = SigningKey::from_seed([1; 32]);
    let program = doors().program().unwrap();
    let profiles = [("open".into(), vec![("OPEN".into(), Value::Bool(true))])];
    let draft = Draft::new(&program).package("doors", None).revision(2).profiles(&profiles);
    let bytes = bundle::sign(&draft.to_bytes(), &key).unwrap();

    let trust = Trust::keys([key.verifying_key()]);
    let loaded = || Engine::builder().bundle_bytes(&bytes, &trust).unwrap().data("people", ANN);
    let engine = loaded().profile("open").build().unwrap();
    assert!(engine.decide_json(ENTER).unwrap().allowed());
    assert!(matches!(loaded().build(), Err(BuildError::Engine(_))), "OPEN has no value without the profile");
    assert!(
        loaded().profile("closed").build().unwrap_err().to_string().contains("there is no profile `closed`")
    );

    let stranger = Trust::keys([SigningKey::from_seed([2; 32]).verifying_key()]);
    let refused = Engine::builder().bundle_bytes(&bytes, &stranger).unwrap_err();
    assert!(matches!(refused, BuildError::Bundle(_)), "{refused}");
    assert!(Engine::builder().bundle_bytes(&bytes, &trust.clone().minimum_revision(3)).is_err());

    // A new release for an engine that runs: what is not trusted leaves it as it is.
    let next = doors().sources([("doors.assize", &*DOORS.replace("u.badge and OPEN", "not OPEN"))]).unwrap();
    let next = Draft::new(&next.program().unwrap()).revision(3).profiles(&profiles);
    let next = bundle::sign(&next.to_bytes(), &key).unwrap();
    let read = bundle::read(&next, &trust).unwrap();
    engine.reload(read.program).unwrap();
    assert!(!engine.decide_json(ENTER).unwrap().allowed());
}
