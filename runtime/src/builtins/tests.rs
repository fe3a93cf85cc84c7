//! The table as a whole, and the meanings that an example cannot show.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::literal::{parse_cidr, parse_ip};
use crate::value::Decimal;

/// The value of the built-in with these parameters.
fn call(name: &str, form: Form, args: &[Value]) -> Result<Value, EvalError> {
    let fits = |builtin: &&Builtin| {
        builtin.name == name
            && builtin.form == form
            && builtin.params.len() == args.len()
            && (builtin.eval)(args) != MISTYPED
    };
    match all().iter().find(fits) {
        Some(builtin) => (builtin.eval)(args),
        None => panic!("no built-in `{name}` takes these arguments"),
    }
}

fn method(name: &str, args: &[Value]) -> Result<Value, EvalError> {
    call(name, Form::Method, args)
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn ip(text: &str) -> Value {
    Value::Ip(parse_ip(text).unwrap())
}

fn cidr(text: &str) -> Value {
    Value::Cidr(parse_cidr(text).unwrap())
}

#[test]
fn every_entry_is_documented_and_no_two_collide() {
    let mut seen = BTreeSet::new();
    for builtin in all() {
        assert!(builtin.docs.ends_with('.') && builtin.example.len() > 5, "{}", builtin.name);
        assert!(
            seen.insert(format!("{} {:?} {:?}", builtin.name, builtin.form, builtin.params)),
            "{}",
            builtin.name
        );
    }
}

#[test]
fn no_argument_panics_and_only_those_err_that_say_so() {
    let values = [
        Value::Absent,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Int(i64::MAX),
        Value::Decimal(Decimal(i64::MIN)),
        Value::Decimal(Decimal(i64::MAX)),
        text("ß\u{0}"),
        ip("::"),
        cidr("::/0"),
        Value::Cidr(crate::value::Cidr { address: parse_ip("1.2.3.4").unwrap(), prefix: 99 }),
        Value::Datetime(i64::MIN),
        Value::Datetime(i64::MAX),
        Value::Duration(i64::MIN),
        Value::Duration(-1),
        Value::Zone(crate::Zone::named("Pacific/Apia").unwrap()),
        Value::Zone(crate::Zone::named("Asia/Manila").unwrap()),
        Value::Set(Arc::new(BTreeSet::from([Value::Int(1)]))),
        Value::Map(Arc::new(BTreeMap::new())),
    ];
    let mut erred = BTreeSet::new();
    for builtin in all() {
        let mut try_with = |args: &[Value]| {
            if matches!((builtin.eval)(args), Err(EvalError::Overflow)) {
                assert!(builtin.errs, "`{}` says that it never errs: {args:?}", builtin.name);
                erred.insert(format!("{} {:?}", builtin.name, builtin.params));
            }
        };
        try_with(&[]);
        for a in &values {
            try_with(std::slice::from_ref(a));
            for b in &values {
                try_with(&[a.clone(), b.clone()]);
                try_with(&[a.clone(), b.clone(), a.clone()]);
            }
        }
    }
    assert_eq!(erred.len(), all().iter().filter(|builtin| builtin.errs).count(), "{erred:?}");
}

#[test]
fn overflow_is_an_error_where_a_result_has_no_place() {
    assert_eq!(method("abs", &[Value::Int(i64::MIN)]), Err(EvalError::Overflow));
    assert_eq!(method("to_decimal", &[Value::Int(i64::MAX)]), Err(EvalError::Overflow));
    assert_eq!(method("date", &[Value::Datetime(i64::MIN)]), Err(EvalError::Overflow));
    assert_eq!(method("since", &[Value::Datetime(i64::MAX), Value::Datetime(-1)]), Err(EvalError::Overflow));
}

#[test]
fn the_two_families_of_addresses_never_meet() {
    let within = |a: Value, b: Value| call("in", Form::Operator("in"), &[a, b]);
    assert_eq!(within(ip("::ffff:10.0.0.1"), cidr("10.0.0.0/8")), Ok(Value::Bool(false)));
    assert_eq!(within(ip("10.0.0.1"), cidr("::/0")), Ok(Value::Bool(false)));
    assert_eq!(within(cidr("10.1.2.3/16"), cidr("10.9.9.9/8")), Ok(Value::Bool(true)));
    assert_eq!(within(cidr("10.0.0.0/8"), cidr("10.0.0.0/16")), Ok(Value::Bool(false)));
    assert_eq!(method("is_loopback", &[ip("::ffff:127.0.0.1")]), Ok(Value::Bool(false)));
    assert_eq!(method("is_private", &[ip("fd00::1")]), Ok(Value::Bool(true)));
}

#[test]
fn rounding_goes_where_the_docs_say() {
    let decimal = |number: i64| Value::Decimal(Decimal(number));
    for (number, floor, ceiling, round) in [
        (-15_000, -2, -1, -2),
        (-14_999, -2, -1, -1),
        (-1, -1, 0, 0),
        (0, 0, 0, 0),
        (4_999, 0, 1, 0),
        (5_000, 0, 1, 1),
    ] {
        assert_eq!(method("floor", &[decimal(number)]), Ok(Value::Int(floor)));
        assert_eq!(method("ceiling", &[decimal(number)]), Ok(Value::Int(ceiling)));
        assert_eq!(method("round", &[decimal(number)]), Ok(Value::Int(round)));
    }
}

#[test]
fn parts_of_times_before_1970_count_forward() {
    let last_second = Value::Datetime(-1_000);
    for (part, value) in
        [("year", 1969), ("month", 12), ("day", 31), ("weekday", 3), ("hour", 23), ("minute", 59)]
    {
        assert_eq!(method(part, std::slice::from_ref(&last_second)), Ok(Value::Int(value)), "{part}");
    }
}

#[test]
fn parsers_answer_nothing_instead_of_an_error() {
    for ty in ["Ip", "Cidr", "Int", "Decimal", "Datetime", "Duration", "Zone"] {
        assert_eq!(call("parse", Form::Static(ty_name(ty)), &[text("?")]), Ok(Value::Absent));
    }
}

fn ty_name(name: &str) -> &'static str {
    all()
        .iter()
        .find_map(|builtin| match builtin.form {
            Form::Static(ty) if ty == name => Some(ty),
            _ => None,
        })
        .unwrap()
}

#[test]
fn what_is_mapped_is_of_both_families_only_when_unmapped() {
    let unmapped = |text: &str| method("unmapped", &[ip(text)]).unwrap();
    assert_eq!(unmapped("::ffff:10.0.0.1"), ip("10.0.0.1"));
    // IPv4-compatible and translated addresses are other things.
    for same in ["::10.0.0.1", "64:ff9b::10.0.0.1", "10.0.0.1", "::1"] {
        assert_eq!(unmapped(same), ip(same));
    }
    assert_eq!(method("is_link_local", &[ip("::ffff:169.254.169.254")]), Ok(Value::Bool(false)));
    assert_eq!(method("is_link_local", &[ip("febf::1")]), Ok(Value::Bool(true)));
    assert_eq!(method("is_link_local", &[ip("fec0::1")]), Ok(Value::Bool(false)));
}

#[test]
fn ranges_have_both_ends_and_one_family() {
    let between = |at: &str, first: &str, last: &str| {
        method("is_between", &[ip(at), ip(first), ip(last)]) == Ok(Value::Bool(true))
    };
    assert!(between("10.0.0.1", "10.0.0.1", "10.0.0.1") && between("10.0.1.0", "10.0.0.255", "10.0.1.0"));
    assert!(!between("10.0.0.2", "10.0.0.3", "10.0.0.1") && !between("10.0.0.2", "10.0.0.1", "::1"));
    assert!(!between("::ffff:10.0.0.2", "10.0.0.1", "10.0.0.3"));
    let range = |text: &str, prefix: i64| method("to_cidr", &[ip(text), Value::Int(prefix)]).unwrap();
    assert_eq!(range("10.1.2.3", 24), cidr("10.1.2.0/24"));
    assert_eq!(range("10.1.2.3", 0), cidr("0.0.0.0/0"));
    assert_eq!(range("2001:db8::1", 128), cidr("2001:db8::1/128"));
    for prefix in [33, -1, 256, i64::MAX] {
        assert_eq!(range("10.1.2.3", prefix), Value::Absent);
    }
}

#[test]
fn texts_are_cut_where_the_docs_say() {
    let parts = |of: &str, at: &str| method("split", &[text(of), text(at)]).unwrap();
    let set = |parts: &[&str]| Value::Set(Arc::new(parts.iter().map(|part| text(part)).collect()));
    assert_eq!(parts(" b a  b ", " "), set(&["a", "b"]));
    assert_eq!(parts("ab", ""), set(&["ab"]));
    assert_eq!(parts("", " "), set(&[]));
    assert_eq!(parts("aXXb", "XX"), set(&["a", "b"]));
    for name in ["before", "after", "before_last", "after_last"] {
        assert_eq!(method(name, &[text("abc"), text("x")]), Ok(Value::Absent), "{name}");
        assert_eq!(method(name, &[text("x"), text("x")]), Ok(text("")), "{name}");
    }
}
