//! Edits leave data fitting its schema, or unchanged.

use std::sync::Arc;

use super::*;
use crate::testing::*;
use crate::value::Value;

fn refused(uid: EntityUid, entity: Entity) -> DataError {
    let mut edited = data();
    let error = edited.upsert(&schema(), uid, entity).unwrap_err();
    assert_eq!(edited, data(), "a refused edit changes nothing");
    error
}

#[test]
fn an_entity_fits_its_type() {
    let age = || ("age", Value::Int(1));
    assert!(matches!(refused(uid(USER, "x"), entity([], [])), DataError::MissingAttribute { .. }));
    let other = entity([], [age(), ("nose", Value::Int(1))]);
    assert!(matches!(refused(uid(USER, "x"), other), DataError::UnknownAttribute { .. }));
    let mistyped = entity([], [("age", Value::Bool(true))]);
    assert!(matches!(refused(uid(USER, "x"), mistyped), DataError::AttributeType { .. }));
    let parent = entity([uid(DOCUMENT, "d1")], [age()]);
    assert!(matches!(refused(uid(USER, "x"), parent), DataError::ParentType { .. }));
    assert!(matches!(refused(uid(TOKEN, "t"), entity([], [])), DataError::External(_)));
    assert!(matches!(refused(uid(STAGE, "moon"), entity([], [])), DataError::NoSuchEntity(_)));
    let nowhere = EntityUid { ty: crate::types::EntityTypeId(99), id: "x".into() };
    assert!(matches!(refused(nowhere, entity([], [])), DataError::NoSuchEntity(_)));
}

#[test]
fn no_edit_closes_a_circle() {
    let itself = refused(uid(GROUP, "g"), entity([uid(GROUP, "g")], []));
    assert_eq!(
        itself.to_string(),
        "the hierarchy would have a cycle: `drive::Group::\"g\"` in `drive::Group::\"g\"`"
    );
    let around = refused(uid(GROUP, "all"), entity([uid(GROUP, "other"), uid(GROUP, "eng")], []));
    let DataError::Cycle(cycle) = around else { panic!("{around}") };
    assert_eq!(cycle, ["drive::Group::\"all\"", "drive::Group::\"eng\""]);
}

#[test]
fn many_at_once_are_checked_as_one_at_a_time() {
    let schema = schema();
    let mut bulk = Bulk::new(&schema);
    let group = |at: u32| uid(GROUP, &format!("g{at}"));
    // A chain far longer than any stack.
    for at in 0..100_000 {
        assert_eq!(bulk.upsert(group(at), entity([group(at + 1)], [])), Ok(false));
    }
    assert_eq!(bulk.upsert(group(0), entity([group(1)], [])), Ok(true));
    assert!(bulk.upsert(uid(USER, "x"), entity([], [])).is_err());
    let data = bulk.finish().unwrap();
    assert_eq!(data.entities(GROUP).len(), 100_000);
    assert_eq!(data.dangling(&schema), 1);

    let mut bulk = Bulk::new(&schema);
    for at in 0..1_000 {
        bulk.upsert(group(at), entity([group((at + 1) % 1_000)], [])).unwrap();
    }
    let Err(DataError::Cycle(cycle)) = bulk.finish() else { panic!("a circle was admitted") };
    assert_eq!(cycle.len(), 1_000);
}

#[test]
fn a_row_is_known_by_its_arguments() {
    let schema = schema();
    let mut data = data();
    let args: Arc<[Value]> = Arc::new([entity_value(USER, "ann"), entity_value(DOCUMENT, "d1")]);
    data.grant(&schema, VIEWER, Arc::clone(&args), None, 0).unwrap();
    data.grant(&schema, VIEWER, Arc::clone(&args), Some(5), 0).unwrap();
    assert_eq!(data.grant_rows(VIEWER).unwrap().get(&*args), Some(&Some(5)), "a later row replaces");
    assert_eq!(data.grant_rows(VIEWER).unwrap().len(), 1);
    assert!(data.revoke(VIEWER, &args));
    assert!(!data.revoke(VIEWER, &args));
    let short = data.grant(&schema, VIEWER, vec![entity_value(USER, "ann")], None, 0);
    assert!(matches!(short, Err(DataError::GrantArity { .. })));
    let swapped: Vec<_> = args.iter().rev().cloned().collect();
    assert!(matches!(data.grant(&schema, VIEWER, swapped, None, 0), Err(DataError::GrantArgument { .. })));
    let nowhere = data.grant(&schema, crate::types::GrantId(9), vec![], None, 0);
    assert_eq!(nowhere, Err(DataError::NoSuchGrant));
}

#[test]
fn a_grant_for_at_most_a_time_ends_within_it() {
    let mut schema = schema();
    schema.grants[0].at_most = Some(1_000);
    let mut data = Data::new(&schema);
    let mut until = |until| {
        data.grant(&schema, VIEWER, vec![entity_value(USER, "a"), entity_value(DOCUMENT, "d")], until, 5_000)
    };
    assert_eq!(until(Some(6_000)), Ok(()));
    assert_eq!(
        until(Some(6_001)).unwrap_err().to_string(),
        "grant `drive::viewer` is for at most 1s: give an `until` within that time from now"
    );
    assert!(until(None).is_err());
}
