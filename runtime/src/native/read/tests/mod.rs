//! What is read quickly is what is read carefully, and nothing else is read quickly.

mod texts;
pub(super) mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use super::cells::Room;
use super::write::Writer;
use super::{Asked, json, names};
use crate::engine::{Fields, Request};
use crate::json::{Clock, read_request};
use crate::native::frame::Scratch;
use crate::native::image::Image;
use crate::native::names::Resolve;
use crate::native::word::{decode, encode, equal};
use crate::outcome::Query;
use crate::testing::{cases, is_short};
use crate::types::Type;
use crate::value::Value;

use texts::{Random, mutated, request};
use world::{EVERYTHING, image};

const NOW: i64 = 0;

/// What is read quickly, compared with the careful way's query; `None` where it is not.
fn quickly(
    image: &Image,
    query: impl FnOnce() -> Query,
    read: impl FnOnce(&mut Writer<'_, '_>) -> Option<Asked>,
) -> Option<Query> {
    let none = image.no_names();
    let mut scratch = None;
    // Room for some cells, so that others are in the arena.
    let mut few = [0; 8];
    let asked = read(&mut Writer::new(Room::new(image, none, &mut few, &mut scratch)))?;
    let Scratch { names, arena } = scratch.get_or_insert_with(|| Scratch::new(image, none));
    let query = query();
    assert_eq!(asked.action, query.action);
    for ((ty, word), uid) in [(asked.principal, &query.principal), (asked.resource, &query.resource)] {
        assert_eq!(ty, uid.ty);
        assert_eq!(names.uid(word).as_ref(), Some(uid));
    }
    let applies = image.code.program.schema.actions[query.action.index()].applies.as_ref().unwrap();
    let ty = Type::Record(applies.context.clone());
    // SAFETY: the word has just been written for this type, and its cells are in `few` and `arena`.
    assert_eq!(unsafe { decode(&ty, asked.context, names) }, Ok(query.context.clone()));
    let encoded = encode(&ty, &query.context, names, arena).unwrap();
    // SAFETY: as above, and the second was written into `arena` for the same type.
    assert!(unsafe { equal(&ty, asked.context, encoded) }, "the words differ: {:?}", query.context);
    Some(query)
}

/// Whether a text is read quickly, and then as it is carefully.
fn json_is_quick(image: &Image, text: &str) -> bool {
    let careful = || {
        let careful = read_request(&image.code.program, text, Clock::At(NOW));
        careful.unwrap_or_else(|error| panic!("this was read quickly: {text}\nbut {error}"))
    };
    quickly(image, careful, |writer| json::request(writer, text)).is_some()
}

/// The same for a request in names.
fn names_are_quick(image: &Image, request: &Request<'_>) -> bool {
    let careful = || request.query(&image.code.program, NOW).expect("this was read quickly");
    quickly(image, careful, |writer| names(writer, request)).is_some()
}

#[test]
fn whatever_is_read_quickly_is_read_carefully_as_the_same() {
    let image = image();
    let mut random = Random(1);
    let (mut plain, mut odd) = (0, 0);
    let cases = cases(2_000) as usize;
    for _ in 0..cases {
        let text = request(&mut random, 0);
        assert!(json_is_quick(&image, &text), "this should need no care: {text}");
        odd += usize::from(json_is_quick(&image, &mutated(&mut random, &text)));
        let text = request(&mut random, 12);
        plain += usize::from(json_is_quick(&image, &text));
        odd += usize::from(json_is_quick(&image, &mutated(&mut random, &text)));
    }
    let is_mixed = plain > cases / 4 && odd > cases / 20;
    assert!(is_mixed || is_short(2_000), "of {cases}, {plain} and {odd} were read quickly");
}

/// Every value by names, too: as a [`Value`] and as fields.
#[test]
fn names_are_read_quickly_as_they_are_carefully() {
    let image = image();
    let program = &image.code.program;
    let mut random = Random(2);
    let mut odd = 0;
    for _ in 0..cases(2_000) {
        let text = request(&mut random, 0);
        let query = read_request(program, &text, Clock::At(NOW)).unwrap();
        let names = program.names();
        let ask = || {
            Request::new(
                (names.entity_type(query.principal.ty), &query.principal.id),
                names.action(query.action),
                (names.entity_type(query.resource.ty), &query.resource.id),
            )
        };
        assert!(names_are_quick(&image, &ask().with(query.context.clone())), "{text}");
        let context = |fields: &mut Fields<'_>| give(&image, fields, &query.context);
        assert!(names_are_quick(&image, &ask().with_fields(&context)), "{text}");
        assert_eq!(ask().with_fields(&context).query(program, NOW), Ok(query.clone()));
        // A value that does not fit where it stands.
        let Value::Record(fields) = &query.context else { panic!("a context is a record") };
        let mut fields: BTreeMap<SmolStr, Value> = (**fields).clone();
        let taken = fields.values().nth(random.below(fields.len().max(1))).cloned();
        let place = EVERYTHING[random.below(EVERYTHING.len())];
        fields.insert(place.into(), taken.unwrap_or(Value::Absent));
        let wrong = Value::Record(Arc::new(fields));
        odd += usize::from(names_are_quick(&image, &ask().with(wrong)));
    }
    assert!(odd > 0 || is_short(2_000));
}

/// Puts a record in field by field, in the form that a service would have each in.
fn give(image: &Image, fields: &mut Fields<'_>, record: &Value) {
    let names = image.code.program.names();
    let Value::Record(values) = record else { panic!("not a record") };
    for (name, value) in values.iter() {
        match value {
            Value::Bool(truth) => fields.put(name, *truth),
            Value::Int(number) => fields.put(name, *number),
            Value::String(text) => fields.put(name, text),
            Value::Ip(ip) => fields.put(name, Some(*ip)),
            Value::Entity(uid) => fields.put(name, (names.entity_type(uid.ty), uid.id.as_str())),
            Value::Record(_) => {
                fields.put_record(name, &|fields: &mut Fields<'_>| give(image, fields, value))
            }
            Value::Set(elements) => fields.put_set(name, elements.iter()),
            other => fields.put(name, other),
        };
    }
}

#[test]
fn the_text_of_a_request_may_be_spelt_in_any_way() {
    let image = image();
    let quick = |text: &str| json_is_quick(&image, text);
    for text in [
        r#"{"principal":"User::\"ann\"","action":"look","resource":"Doc::\"d\""}"#,
        // A context before its action, in any order, with white space everywhere.
        " { \"context\" : { \"mfa\" : true } ,\n\"resource\":\"Doc::\\\"d\\\"\",\t\"action\" : \"t::enter\",\r\"principal\":{\"id\":\"x\",\"type\":\"User\"} } ",
        // Escapes in keys, names and ids, of JSON and of ours.
        r#"{"princip\u0061l":"User::\"a\\\"b\\u{e9}\"","action":"\u006cook","resource":"t::Doc::\"\ud83d\ude00\u00e9/\/\""}"#,
        r#"{"principal":{"type":"\u0055ser","id":"\"\\\n"},"action":"look","resource":"Doc::\"d\"","context":{}}"#,
    ] {
        assert!(quick(text), "{text}");
    }
}

#[test]
fn what_is_wrong_or_rare_is_left_to_the_careful_way() {
    let image = image();
    let base =
        r#"{"principal":"User::\"ann\"","action":"enter","resource":"Doc::\"d\"","context":{"mfa":true}}"#;
    assert!(json_is_quick(&image, base));
    for (from, to) in [
        ("}}", "}}x"),
        ("}}", "}} {"),
        ("}}", "},}"),
        ("{\"mfa\":true}", "{\"mfa\":true,}"),
        ("{\"mfa\":true}", "{\"mfa\":true,\"mfa\":true}"),
        ("{\"mfa\":true}", "{\"mfa\":null}"),
        ("{\"mfa\":true}", "{}"),
        ("{\"mfa\":true}", "[]"),
        ("{\"mfa\":true}", "{\"mfa\":true,\"x\":1}"),
        ("{\"mfa\":true}", "{\"mfa\":tru}"),
        (",\"context\":{\"mfa\":true}", ""),
        ("\"enter\"", "\"edit\""),
        ("\"enter\"", "\"group\""),
        ("\"enter\"", "1"),
        ("User::", "Usr::"),
        ("User::", "Twin::"),
        ("User::", "Doc::"),
        ("User::\\\"ann\\\"", "User::ann"),
        ("User::\\\"ann\\\"", "User::\\\"ann\\\" "),
        ("User::\\\"ann\\\"", "User::\\\"\\ud800\\\""),
        ("Doc::\\\"d\\\"", "Stage::\\\"nowhere\\\""),
        ("\"context\"", "\"now\":\"2026-01-01\",\"context\""),
        ("\"context\"", "\"entities\":[],\"context\""),
        ("\"context\"", "\"action\":\"enter\",\"context\""),
        ("\"context\"", "\"context\":{\"mfa\":true},\"context\""),
        ("{\"principal\"", "\u{feff}{\"principal\""),
        ("{\"principal\"", "[{\"principal\""),
        ("{\"principal\"", "{\"principle\""),
    ] {
        let text = base.replacen(from, to, 1);
        assert_ne!(text, base);
        assert!(!json_is_quick(&image, &text), "{text}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!json_is_quick(&image, &base.replace("true", &deep)));
    assert!(!json_is_quick(&image, &format!("{{\"context\":{deep}}}")));
}
