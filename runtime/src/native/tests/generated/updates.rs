//! Random edits, batch after batch: an image brought up to date decides as one linked anew, and as the interpreter.

use std::sync::Arc;

use super::super::short;
use super::programs;
use super::tape::Tape;
use super::values::{entity, fields, value};
use super::world::{DOCUMENT, FOLDER, GROUP, STAGE, USER, schema};
use super::{cases, check};
use crate::data::{Changes, Data, DataError, Entity};
use crate::native::{Code, Image, Limits, decide, outcome};
use crate::params::Params;
use crate::types::GrantId;
use crate::value::{EntityUid, Value};

/// Some edit; those that would close a cycle are refused, and change nothing.
fn edit(tape: &mut Tape<'_>, data: &mut Data, changes: &mut Changes) {
    let schema = schema();
    let (ty, parent) =
        *tape.one_of(&[(USER, GROUP), (GROUP, GROUP), (DOCUMENT, FOLDER), (FOLDER, FOLDER), (STAGE, STAGE)]);
    match tape.below(8) {
        0 => {
            let uid = entity(tape, ty);
            if data.remove(&uid) {
                changes.entity(uid);
            }
        }
        1 => {
            let at = tape.below(schema.grants.len());
            let params = &schema.grants[at].params;
            let args: Arc<[Value]> = params.iter().map(|param| value(tape, &param.ty)).collect();
            let until = if tape.below(2) == 1 { Some(tape.below(3) as i64 - 1) } else { None };
            let grant = GrantId(at as u32);
            data.grant(&schema, grant, Arc::clone(&args), until, 0).unwrap();
            changes.row(grant, args);
        }
        2 => {
            let grant = GrantId(tape.below(schema.grants.len()) as u32);
            let rows: Vec<_> = data.grant_rows(grant).unwrap().keys().cloned().collect();
            if !rows.is_empty() {
                let args = tape.one_of(&rows).clone();
                assert!(data.revoke(grant, &args));
                changes.row(grant, args);
            }
        }
        // Other parents with the same attributes.
        3 | 4 if ty != STAGE => {
            let uid = entity(tape, ty);
            if let Some(old) = data.entity(&uid).map(|entity| (**entity).clone()) {
                let parents = (0..tape.below(3)).map(|_| entity(tape, parent)).collect();
                upsert(data, changes, uid, Entity { parents, ..old });
            }
        }
        _ => {
            let uid = entity(tape, ty);
            let parents = if ty == STAGE { 0 } else { tape.below(3) };
            let parents: Vec<EntityUid> = (0..parents).map(|_| entity(tape, parent)).collect();
            let attributes = fields(tape, &schema.entity_types[ty.index()].attributes);
            upsert(data, changes, uid, Entity { parents, attributes });
        }
    }
}

fn upsert(data: &mut Data, changes: &mut Changes, uid: EntityUid, entity: Entity) {
    let before = data.entity(&uid).cloned();
    match data.upsert(&schema(), uid.clone(), entity) {
        Ok(()) => changes.entity(uid),
        Err(DataError::Cycle(_)) => assert_eq!(data.entity(&uid), before.as_ref()),
        Err(error) => panic!("{error}"),
    }
}

fn agree(numbers: &[u16], edits: &[u16]) {
    let program = programs::program(&mut Tape::new(numbers));
    let params = Params::bind(&program, []).unwrap();
    let codes =
        [Limits { most_inlined: usize::MAX, most_plain: usize::MAX, ..Limits::default() }, Limits::paired()]
            .map(|limits| Arc::new(Code::with_limits(&program, limits).unwrap()));
    let mut data = programs::data(&mut Tape::new(edits));
    let link = |code, data: &Data| Image::link(code, params.values(), data, None).unwrap();
    let mut images: [Image; 2] = codes.each_ref().map(|code| link(code, &data));
    let mut numbers = Vec::new();
    let mut tape = Tape::new(edits);
    let mut kept: Option<(Image, Data)> = None;
    for step in 0..8 {
        let mut changes = Changes::default();
        for _ in 0..=tape.below(6) {
            edit(&mut tape, &mut data, &mut changes);
        }
        let before = images;
        images = before.each_ref().map(|image| image.apply(&changes, &data).unwrap());
        let fresh = link(&codes[step % 2], &data);
        for _ in 0..4 {
            let query = programs::query(&mut tape);
            let expected = crate::interpret(&program, &params, &data, &query);
            for image in images.iter().chain([&fresh]) {
                assert_eq!(outcome(image, &query).unwrap(), expected);
                assert_eq!(decide(image, &query).unwrap(), short(&expected));
            }
            if let Some((image, data)) = &kept {
                let expected = crate::interpret(&program, &params, data, &query);
                assert_eq!(outcome(image, &query).unwrap(), expected, "an older snapshot has changed");
            }
            numbers.extend(images[0].find(&query.principal).map(|word| (query.principal.clone(), word)));
        }
        for (uid, word) in &numbers {
            assert_eq!(images[0].find(uid), Some(*word), "an entity keeps its number");
        }
        if step % 3 == 1 {
            let [image, _] = images.each_ref().map(|image| image.apply(&Changes::default(), &data).unwrap());
            kept = Some((image, data.clone()));
        }
    }
}

#[test]
fn an_image_brought_up_to_date_is_as_good_as_a_new_one() {
    check(cases(60), 0..1_200, 400..900, agree);
}
