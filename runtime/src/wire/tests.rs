//! Programs come back from their bytes as they were, and bytes that are none are refused.

use std::collections::BTreeSet;

use super::{decode, encode};
use crate::builtins;
use crate::differential::{Dice, generate};
use crate::program::{ParamDecl, Program};
use crate::testing::cases;
use crate::types::{EntityTypeId, EntityTypes, FieldType, RecordType, Type};
use crate::value::{Cidr, Decimal, EntityUid, Value};
use crate::verify::verify;
use crate::zone::Zone;

fn generated(seed: u64) -> Program {
    generate(&mut Dice(seed))
}

/// A Program that is nothing but the default of a param.
fn with_default(ty: Type, default: Value) -> Program {
    let params = vec![ParamDecl { name: "p".into(), ty, default: Some(default) }];
    Program { params, ..Program::default() }
}

#[test]
fn a_program_is_what_its_bytes_say() {
    for seed in 0..u64::from(cases(200)) {
        let program = generated(seed);
        let bytes = encode(&program);
        assert_eq!(decode(&bytes).as_ref(), Ok(&program), "seed {seed}");
        assert_eq!(encode(&decode(&bytes).unwrap()), bytes, "seed {seed}");
    }
}

#[test]
fn every_kind_of_type_and_value_comes_back() {
    let record = RecordType::new(vec![
        FieldType { name: "b".into(), ty: Type::set(Type::Cidr), optional: true },
        FieldType {
            name: "a".into(),
            ty: Type::Map(Type::Record(RecordType::new(vec![])).into()),
            optional: false,
        },
    ]);
    let entities = EntityTypes::new([EntityTypeId(7), EntityTypeId(0)]).unwrap();
    let types = [
        Type::Bool,
        Type::Enum(crate::types::EnumId(3)),
        Type::Entity(entities),
        Type::optional(Type::Record(record)),
        Type::set(Type::set(Type::Never)),
        Type::Zone,
        Type::Action,
    ];
    let entries = |entries: &[(&str, Value)]| {
        let owned = entries.iter().map(|(key, value)| ((*key).into(), value.clone()));
        std::sync::Arc::new(owned.collect())
    };
    let values = [
        Value::Absent,
        Value::Int(i64::MIN),
        Value::Decimal(Decimal(-1)),
        Value::String("a text that is longer than what is kept in place \u{1f511}".into()),
        Value::Ip("2001:db8::1".parse().unwrap()),
        Value::Cidr(Cidr { address: "10.1.2.3".parse().unwrap(), prefix: 8 }),
        Value::Datetime(-1),
        Value::Duration(i64::MAX),
        Value::Zone(Zone::named("Europe/Berlin").unwrap()),
        Value::Enum(crate::types::EnumId(1), 2),
        Value::Entity(EntityUid { ty: EntityTypeId(4), id: "".into() }),
        Value::Action(crate::types::ActionId(9)),
        Value::Set(std::sync::Arc::new(BTreeSet::from([Value::Bool(false), Value::Bool(true)]))),
        Value::Map(entries(&[("", Value::Map(entries(&[]))), ("k", Value::Int(3))])),
        Value::Record(entries(&[("inner", Value::Record(entries(&[("x", Value::Absent)])))])),
    ];
    for ty in &types {
        for value in &values {
            let program = with_default(ty.clone(), value.clone());
            assert_eq!(decode(&encode(&program)), Ok(program));
        }
    }
}

#[test]
fn every_built_in_has_a_name_of_its_own() {
    let names: BTreeSet<String> = builtins::all().iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), builtins::all().len());
}

#[test]
fn bytes_that_end_early_or_go_on_are_refused() {
    let bytes = encode(&generated(1));
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "the first {length} of {}", bytes.len());
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(
        decode(&longer).unwrap_err().to_string(),
        "these bytes are no compiled policies of format 1: 1 bytes are left over"
    );
}

/// Whatever is changed, the reader and the verifier answer.
#[test]
fn changed_bytes_are_refused_or_are_another_program() {
    let mut dice = Dice(11);
    let (mut refused, mut unlike, mut admitted) = (0, 0, 0);
    for _ in 0..cases(4) {
        let bytes = encode(&generated(dice.0));
        for _ in 0..200 {
            let mut changed = bytes.clone();
            for _ in 0..=dice.roll(3) {
                let at = dice.roll(changed.len());
                changed[at] = dice.roll(256) as u8;
            }
            match decode(&changed).map(verify) {
                Err(_) => refused += 1,
                Ok(Err(_)) => unlike += 1,
                Ok(Ok(program)) => {
                    assert_eq!(decode(&encode(&program)).as_ref(), Ok(&*program));
                    admitted += 1;
                }
            }
        }
    }
    assert!(refused > 0 && unlike > 0 && admitted > 0, "{refused} {unlike} {admitted}");
}

/// A stack of sets in sets in sets, a byte each, overflows no stack.
#[test]
fn nesting_is_bounded() {
    let flat = encode(&with_default(Type::Never, Value::Absent));
    // The list of one part, `Never`, which has the number 16.
    let at = flat.windows(2).position(|pair| pair == [1, 16]).expect("the type of the param");
    let deep = |levels: usize| {
        let mut length = Vec::new();
        let mut rest = levels + 1;
        while rest >= 0x80 {
            length.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        length.push(rest as u8);
        let sets = vec![12_u8; levels];
        [&flat[..at], &length, &[16], &sets, &flat[at + 2..]].concat()
    };
    assert!(decode(&deep(32)).is_ok());
    assert!(decode(&deep(33)).is_err());
    assert!(decode(&deep(3_000_000)).is_err());
}

/// What the first build wrote, this one reads and writes the same. Should this fail, bundles that are out there can no longer be read: count
/// [`super::FORMAT`] up, and keep the reader of the old form.
#[test]
fn the_form_is_what_it_was() {
    let written = include_bytes!("program-1.bin");
    let program = decode(written).unwrap();
    assert!(program.policies.len() > 2);
    assert_eq!(encode(&program), written);
    verify(program).unwrap();
}
