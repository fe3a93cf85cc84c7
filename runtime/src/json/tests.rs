//! What JSON means here, and that every fault is told with its place.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::program::Effect;
use crate::testing::*;
use crate::types::{EnumId, Type};
use crate::value::{Cidr, Decimal, EvalError, Value};

fn load_text(text: &str) -> Result<crate::data::Data, DataFaults> {
    load(&schema(), [("d.ndjson", text.as_bytes())], 0)
}

/// The faults of one file, without its name.
fn faults(text: &str) -> Vec<String> {
    let faults = load_text(text).unwrap_err();
    assert_eq!(faults.total, faults.faults.len());
    faults.faults.iter().map(|fault| fault.to_string().trim_start_matches("d.ndjson:").to_owned()).collect()
}

const ANN: &str = r#"{"uid":{"type":"User","id":"ann"},"parents":["Group::\"eng\""],"attrs":{"age":40}}"#;

#[test]
fn the_three_forms_of_a_file_load_the_same() {
    let document = r#"{"uid": "drive::Document::\"d1\"", "attrs": {"level": "secret", "owner": "User::\"ann\"", "labels": {"a": "b"}}}"#;
    let viewer = r#"{"grant":"viewer","args":{"who":"Group::\"eng\"","what":{"type":"Document","id":"d1"}},"until":"2026-01-01"}"#;
    let lines = load_text(&format!("{ANN}\n{document}\n\n{viewer}\n")).unwrap();
    let array = load_text(&format!("[{ANN},\n {document},{viewer}]")).unwrap();
    assert_eq!(lines, array);
    assert_eq!(lines.entity(&uid(USER, "ann")).unwrap().parents, [uid(GROUP, "eng")]);
    let d1 = lines.entity(&uid(DOCUMENT, "d1")).unwrap();
    assert_eq!(d1.attributes["level"], Value::Enum(EnumId(0), 1));
    let rows = lines.grant_rows(VIEWER).unwrap();
    assert_eq!(rows.at(0).unwrap().1, &Some(1_767_225_600_000));
    assert_eq!(lines.dangling(&schema()), 2, "Group eng, as a parent and in the grant");
    let single = load_text(ANN).unwrap();
    assert_eq!(single.entities(USER).len(), 1);
    assert_eq!(load_text(" \n").unwrap(), crate::data::Data::new(&schema()));
}

#[test]
fn every_fault_of_every_row_is_told_with_its_line_and_path() {
    let told = faults(concat!(
        "{\"uid\":\"User::\\\"a\\\"\",\"attrs\":{\"age\":1.5}}\n",
        "{\"uid\":\"User::\\\"b\\\"\",\"attrs\":{\"aeg\":1}}\n",
        "{\"uid\":\"Usr::\\\"c\\\"\"}\n",
        "{\"uid\":\"User::\\\"d\\\"\",\"parents\":[\"User::\\\"a\\\"\"],\"attrs\":{\"age\":9223372036854775808}}\n",
        "{\"uid\":\"User::\\\"e\\\"\",\"attrs\":{\"age\":null}}\n",
        "{\"uid\":\"Document::\\\"x\\\"\",\"attrs\":{\"level\":\"secrt\",\"owner\":\"User\"}}\n",
        "{\"grant\":\"viwer\",\"args\":{}}\n",
        "{\"grant\":\"viewer\",\"args\":{\"who\":\"User::\\\"a\\\"\",\"whta\":1}}\n",
        "{\"uid\":\"Token::\\\"t\\\"\"}\n",
        "{\"uid\":\"Stage::\\\"prd\\\"\"}\n",
        "[]\n",
    ));
    assert_eq!(
        told,
        [
            "1:37: `attrs.age`: `1.5` is no Int: an Int is written with digits only, as in `42` or `-7`",
            "2:31: `attrs`: there is no field `aeg`; did you mean `age`?",
            "2:30: `attrs`: the field `age` is missing",
            "3:8: `uid`: there is no entity type `Usr`; did you mean `User`?",
            "4:33: `parents[0]`: a `User` cannot be in a `User`",
            "4:63: `attrs.age`: `9223372036854775808` is no Int: an Int lies between -9223372036854775808 and 9223372036854775807",
            "5:37: `attrs.age`: expected a whole number, found null",
            "6:43: `attrs.level`: enum `drive::Level` has no variant `secrt`; did you mean `secret`?",
            "6:59: `attrs.owner`: `User` is no entity: write it as `User::\"ann\"` or as an object with `type` and `id`",
            "7:10: `grant`: there is no grant `viwer`; did you mean `viewer`?",
            "8:47: `args`: the grant has no parameter `whta`; did you mean `what`?",
            "8:26: `args`: the argument `what` is missing",
            "9:1: `Token::\"t\"` is of an external type: it comes with each request and is not stored",
            "10:8: `uid`: there is no `Stage::\"prd\"`: its type lists all its ids; did you mean `prod`?",
            "11:1: expected a row: an object",
        ]
    );
}

#[test]
fn absent_is_left_out_and_a_set_has_no_repeats() {
    let told = faults(concat!(
        "{\"uid\":\"User::\\\"a\\\"\",\"attrs\":{\"age\":1,\"manager\":null}}\n",
        "{\"uid\":\"Document::\\\"d\\\"\",\"attrs\":{\"level\":\"secret\",\"owner\":\"User::\\\"a\\\"\",",
        "\"viewers\":[\"User::\\\"a\\\"\",{\"type\":\"User\",\"id\":\"a\"}]}}\n",
    ));
    assert_eq!(
        told,
        [
            "1:49: `attrs.manager`: `null` is never a value: leave an absent field out",
            "2:99: `attrs.viewers[1]`: this element is in the set twice",
        ]
    );
}

#[test]
fn a_slip_in_one_line_does_not_hide_the_next() {
    let told = faults(&format!(
        "{{\"uid\": }}\n{ANN}\n{{\"uid\":\"User::\\\"b\\\"\",\"uid\":1}}\n{{\"uid\":\"X::\\\"\\\"\"}}"
    ));
    assert_eq!(
        told,
        [
            "1:9: expected a value",
            "3:22: key `uid` appears twice in one object",
            "4:8: `uid`: there is no entity type `X`",
        ]
    );
}

#[test]
fn an_entity_is_there_once_and_no_hierarchy_is_a_circle() {
    let twice = faults(&format!("\n{ANN}\n{ANN}"));
    assert_eq!(twice, ["3:1: `uid`: `User::\"ann\"` is here twice; it was first in d.ndjson:2"]);
    let circle = faults(concat!(
        "{\"uid\":\"User::\\\"u\\\"\",\"parents\":[\"Group::\\\"a\\\"\"],\"attrs\":{\"age\":1}}\n",
        "{\"uid\":\"Group::\\\"a\\\"\",\"parents\":[\"Group::\\\"b\\\"\"]}\n",
        "{\"uid\":\"Group::\\\"b\\\"\",\"parents\":[\"Group::\\\"a\\\"\"]}\n",
    ));
    assert_eq!(
        circle,
        ["2:1: `parents`: the hierarchy has a cycle: `Group::\"a\"` in `Group::\"b\"` in `Group::\"a\"`"]
    );
}

#[test]
fn a_long_circle_is_told_briefly() {
    let row = |at: usize| {
        format!(
            "{{\"uid\":\"Group::\\\"g{at}\\\"\",\"parents\":[\"Group::\\\"g{}\\\"\"]}}\n",
            (at + 1) % 5_000
        )
    };
    let told = faults(&(0..5_000).map(row).collect::<String>());
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("`Group::\"g7\"` in .. (4992 more) .. in `Group::\"g0\"`"), "{}", told[0]);
}

#[test]
fn half_a_character_is_called_what_it_is() {
    let told = faults("{\"uid\":{\"type\":\"Group\",\"id\":\"\\ud800\"}}");
    assert!(told[0].ends_with("this escape is no Unicode character"), "{}", told[0]);
}

#[test]
fn broken_bytes_and_endless_nesting_are_faults() {
    let broken = load(&schema(), [("x", &b"{\"uid\": \"\xff\"}"[..])], 0).unwrap_err();
    assert_eq!(broken.to_string(), "x:1:10: the file is not UTF-8 from here on");
    let nested = "[".repeat(100_000);
    assert!(load_text(&nested).is_err());
    assert!(
        load_text(&format!("{{\"uid\":{nested}")).unwrap_err().to_string().contains("nested deeper than 64")
    );
    let told = load_text(&"{\n".repeat(1_000)).unwrap_err();
    assert!(told.faults.len() <= MAX_FAULTS);
    let many = load_text(&"{}\n".repeat(1_000)).unwrap_err();
    assert_eq!((many.faults.len(), many.total), (MAX_FAULTS, 1_000));
    assert!(load_text("NaN").is_err() && load_text("{\"uid\": NaN}").is_err());
}

#[test]
fn a_grant_for_at_most_a_time_needs_an_end_within_it() {
    let mut schema = schema();
    schema.grants[0].at_most = Some(1_000);
    let row = |until: &str| {
        let row =
            format!(r#"{{"grant":"viewer","args":{{"who":"User::\"a\"","what":"Document::\"d\""}}{until}}}"#);
        load(&schema, [("g", row.as_bytes())], 0).map_err(|faults| faults.faults[0].message.clone())
    };
    assert!(row(r#","until":"1970-01-01T00:00:01Z""#).is_ok());
    assert_eq!(
        row(r#","until":"1970-01-01T00:00:01.001Z""#).unwrap_err(),
        "grant `drive::viewer` is for at most 1s from now"
    );
    assert_eq!(row("").unwrap_err(), "grant `drive::viewer` is for at most 1s: it needs an `until`");
}

fn request(text: &str, clock: Clock) -> Result<crate::Query, RequestError> {
    read_request(&verified(vec![]), text, clock)
}

fn refused(text: &str) -> (&'static str, String, String) {
    let error = request(text, Clock::At(0)).unwrap_err();
    (error.kind.code(), error.path, error.message)
}

#[test]
fn a_request_names_who_what_and_where() {
    let text = r#"{"principal":"User::\"ann\"","action":"read","resource":{"type":"drive::Document","id":"d1"},"context":{"mfa":true}}"#;
    assert_eq!(request(text, Clock::At(0)).unwrap(), query());
}

#[test]
fn a_request_that_makes_no_sense_is_an_error_not_a_deny() {
    let with = |principal: &str, action: &str, resource: &str, rest: &str| {
        refused(&format!(r#"{{"principal":{principal},"action":{action},"resource":{resource}{rest}}}"#))
    };
    let (user, read, document) = (r#""User::\"a\"""#, r#""read""#, r#""Document::\"d\"""#);
    let kind = |refusal: (&'static str, String, String)| (refusal.0, refusal.1);
    let path = |path: &str| path.to_owned();
    assert_eq!(kind(with(user, r#""raed""#, document, "")), ("unknown_action", path("action")));
    assert_eq!(kind(with(user, r#""edit""#, document, "")), ("action_group", path("action")));
    assert_eq!(kind(with(user, read, user, "")), ("not_applicable", path("resource")));
    assert_eq!(kind(with(document, read, document, "")), ("not_applicable", path("principal")));
    assert_eq!(kind(with(r#""Robot::\"a\"""#, read, document, "")), ("bad_entity", path("principal")));
    assert_eq!(kind(with(user, read, r#""Stage::\"moon\"""#, "")), ("bad_entity", path("resource")));
    assert_eq!(kind(with(user, read, document, "")), ("bad_context", path("context")));
    assert_eq!(
        kind(with(user, read, document, r#","context":{"mfa":1}"#)),
        ("bad_context", path("context.mfa"))
    );
    assert_eq!(
        kind(with(user, read, document, r#","context":{"mfa":true,"x":1}"#)),
        ("bad_context", path("context"))
    );
    assert_eq!(kind(with(user, read, document, r#","ctx":{}"#)), ("unknown_key", path("")));
    assert_eq!(kind(refused("{}")), ("missing_key", path("")));
    assert_eq!(kind(refused("[]")), ("bad_json", path("")));
    assert_eq!(kind(refused("")), ("bad_json", path("")));
    assert_eq!(kind(refused(&"[".repeat(100_000))), ("bad_json", path("")));
    let stored = r#","context":{"mfa":true},"entities":[{"uid":"Group::\"g\""}]"#;
    assert_eq!(kind(with(user, read, document, stored)), ("bad_entities", path("entities")));
    let twice = r#","context":{"mfa":true},"entities":[{"uid":"Token::\"t\""},{"uid":"Token::\"t\""}]"#;
    assert_eq!(kind(with(user, read, document, twice)), ("bad_entities", path("entities")));
    let now = r#","context":{"mfa":true},"now":"2026-01-01""#;
    assert_eq!(kind(with(user, read, document, now)), ("now_refused", path("now")));
}

#[test]
fn only_a_trusted_request_brings_its_time() {
    let text = |now: &str| {
        format!(
            r#"{{"principal":"User::\"a\"","action":"read","resource":"Document::\"d\"","context":{{"mfa":true}}{now}}}"#
        )
    };
    let now = |text: &str| request(text, Clock::TrustRequest(7)).map(|query| query.now);
    assert_eq!(now(&text(r#","now":"1970-01-01T00:00:01Z""#)), Ok(1_000));
    assert_eq!(now(&text("")), Ok(7));
    assert_eq!(now(&text(r#","now":5"#)).unwrap_err().kind, RequestErrorKind::BadNow);
}

#[test]
fn a_decision_is_written_with_all_its_reasons() {
    let mut allow = policy("a", Effect::Allow, None);
    allow.because = Some("you may".into());
    let program = verified(vec![allow]);
    let outcome = crate::Outcome {
        allowed: true,
        policies: vec![0],
        grants: vec![crate::GrantReason {
            grant: VIEWER,
            args: Arc::new([entity_value(USER, "ann"), entity_value(DOCUMENT, "d\"1")]),
            until: Some(1_000),
        }],
        obligations: vec![crate::Obligation { obligation: MASK, args: vec![Value::Int(3)] }],
        errors: vec![(0, EvalError::Overflow)],
        would_have: vec![0],
    };
    assert_eq!(
        decision_text(&program, &outcome, 1_500),
        concat!(
            r#"{"decision":"allow","policies":["a"],"#,
            r#""grants":[{"grant":"viewer","args":{"who":{"type":"User","id":"ann"},"what":{"type":"Document","id":"d\"1"}},"until":"1970-01-01T00:00:01Z"}],"#,
            r#""because":["you may"],"obligations":[{"obligation":"mask","args":{"depth":3}}],"#,
            r#""errors":[{"policy":"a","error":"overflow","message":"a number or time left its 64-bit range"}],"#,
            r#""would_have":["a"],"now":"1970-01-01T00:00:01.500Z"}"#
        )
    );
    let refusal = request("{}", Clock::At(0)).unwrap_err();
    assert_eq!(
        refusal_text(&refusal),
        r#"{"error":{"kind":"missing_key","message":"a request needs `principal`","path":""}}"#
    );
}

/// A type and a value of it.
fn typed() -> impl Strategy<Value = (Type, Value)> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(|truth| (Type::Bool, Value::Bool(truth))),
        any::<i64>().prop_map(|number| (Type::Int, Value::Int(number))),
        any::<i64>().prop_map(|number| (Type::Decimal, Value::Decimal(Decimal(number)))),
        any::<String>().prop_map(|text| (Type::String, Value::String(text.into()))),
        any::<std::net::IpAddr>().prop_map(|ip| (Type::Ip, Value::Ip(ip))),
        (any::<std::net::IpAddr>(), 0_u8..=32)
            .prop_map(|(address, prefix)| (Type::Cidr, Value::Cidr(Cidr { address, prefix }))),
        any::<i64>().prop_map(|time| (Type::Datetime, Value::Datetime(time))),
        any::<i64>().prop_map(|time| (Type::Duration, Value::Duration(time))),
        proptest::sample::select(crate::Zone::names().collect::<Vec<_>>())
            .prop_map(|name| (Type::Zone, Value::Zone(crate::Zone::named(name).unwrap()))),
        (0_u32..2).prop_map(|at| (Type::Enum(EnumId(0)), Value::Enum(EnumId(0), at))),
        any::<String>().prop_map(|id| (Type::entity(USER), entity_value(USER, &id))),
        (0_u32..3).prop_map(|action| (Type::Action, Value::Action(crate::types::ActionId(action)))),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|(ty, value)| (Type::set(ty), Value::Set(Arc::new([value].into())))),
            (any::<String>(), inner.clone()).prop_map(|(key, (ty, value))| (
                Type::Map(Arc::new(ty)),
                Value::Map(Arc::new([(key.into(), value)].into()))
            )),
            (inner, any::<bool>()).prop_map(|((ty, value), present)| {
                let record = crate::types::RecordType::new(vec![optional("f", ty.clone()), field("g", ty)]);
                let fields = if present {
                    record_value(&[("f", &value), ("g", &value)])
                } else {
                    record_value(&[("g", &value)])
                };
                (Type::Record(record), fields)
            }),
        ]
    })
}

fn record_value(fields: &[(&str, &Value)]) -> Value {
    Value::Record(Arc::new(fields.iter().map(|(name, value)| ((*name).into(), (*value).clone())).collect()))
}

proptest! {
    #[test]
    fn what_is_written_reads_back((ty, value) in typed()) {
        let schema = schema();
        let names = crate::names::Names::new(&schema);
        let text = value_json(&schema, &names, &value).to_string();
        prop_assert_eq!(parse_value(&schema, &names, &ty, &text), Ok(value));
    }

    #[test]
    fn entities_in_text_form_read_back(id: String) {
        let schema = schema();
        let names = crate::names::Names::new(&schema);
        let entity = uid(USER, &id);
        let spelt = names.entity(&entity);
        prop_assert_eq!(crate::names::read_entity(&spelt), Some(("User", id.into())));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), text in "[\\[\\]{}:,\"uidatrsgn0-9.e\\\\ \n]{0,60}") {
        let _ = load(&schema(), [("f", &bytes[..]), ("g", text.as_bytes())], 0);
        let _ = request(&text, Clock::TrustRequest(0));
        let _ = request(&String::from_utf8_lossy(&bytes), Clock::At(0));
    }

    #[test]
    fn no_damage_to_a_good_row_panics(at in 0_usize..90, byte: u8) {
        let mut row = ANN.as_bytes().to_vec();
        if let Some(slot) = row.get_mut(at) {
            *slot = byte;
        }
        let _ = load(&schema(), [("f", &row[..])], 0);
    }
}
