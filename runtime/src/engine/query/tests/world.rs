//! A schema with a hierarchy on both sides, and random data and requests for it.

use std::sync::Arc;

use crate::data::{Data, Entity};
use crate::differential::Dice;
use crate::outcome::Query;
use crate::testing::{entity_value, field, optional, record, uid};
use crate::types::*;
use crate::value::{EntityUid, Value};

pub const USER: EntityTypeId = EntityTypeId(0);
pub const GROUP: EntityTypeId = EntityTypeId(1);
pub const DOCUMENT: EntityTypeId = EntityTypeId(2);
pub const FOLDER: EntityTypeId = EntityTypeId(3);
pub const STAGE: EntityTypeId = EntityTypeId(4);
pub const VIEWER: GrantId = GrantId(0);
pub const TEAM: GrantId = GrantId(1);

pub fn either(types: &[EntityTypeId]) -> Type {
    Type::Entity(EntityTypes::new(types.iter().copied()).unwrap())
}

pub fn people() -> Type {
    either(&[USER, GROUP])
}

pub fn things() -> Type {
    either(&[DOCUMENT, FOLDER])
}

pub fn context() -> RecordType {
    RecordType::new(vec![field("mfa", Type::Bool), optional("on_behalf_of", people())])
}

/// Users in groups in groups, documents in folders in folders, stages that are listed; groups act, too. Names are not in the order of
/// ids.
pub fn schema() -> Schema {
    let entity = |name: &str, parents: Vec<EntityTypeId>, attributes| EntityType {
        name: name.into(),
        parents,
        attributes: RecordType::new(attributes),
        closed: None,
        external: false,
    };
    let action = |index, name: &str, principals: &[EntityTypeId], resources: &[EntityTypeId]| Action {
        name: name.into(),
        applies: Some(Applies {
            principals: EntityTypes::new(principals.iter().copied()).unwrap(),
            resources: EntityTypes::new(resources.iter().copied()).unwrap(),
            context: context(),
        }),
        includes: vec![ActionId(index)],
    };
    Schema {
        entity_types: vec![
            entity(
                "m::User",
                vec![GROUP],
                vec![field("age", Type::Int), optional("manager", Type::entity(USER))],
            ),
            entity("m::Group", vec![GROUP], vec![]),
            entity(
                "m::Document",
                vec![FOLDER],
                vec![field("owner", Type::entity(USER)), optional("viewers", Type::set(people()))],
            ),
            entity("m::Folder", vec![FOLDER], vec![field("owner", Type::entity(USER))]),
            EntityType {
                closed: Some(vec!["prod".into(), "dev".into()]),
                ..entity("m::Stage", vec![FOLDER], vec![optional("viewers", Type::set(people()))])
            },
        ],
        enums: vec![],
        actions: vec![
            action(0, "m::write", &[USER, GROUP], &[DOCUMENT, FOLDER, STAGE]),
            action(1, "m::read", &[USER, GROUP], &[DOCUMENT, FOLDER, STAGE]),
        ],
        grants: vec![
            Grant {
                name: "m::viewer".into(),
                params: vec![field("who", people()), field("what", things())],
                at_most: None,
            },
            Grant {
                name: "m::team".into(),
                params: vec![
                    field("level", Type::Int),
                    field("whos", Type::set(people())),
                    field("what", things()),
                ],
                at_most: None,
            },
        ],
        obligations: vec![Obligation { name: "m::mask".into(), params: vec![field("depth", Type::Int)] }],
    }
}

/// An entity, which now and then nobody knows.
pub fn entity(dice: &mut Dice, ty: EntityTypeId) -> EntityUid {
    let id = match ty {
        STAGE => *dice.pick(&["dev", "prod"]),
        USER => *dice.pick(&["a", "b", "c", "d", "e", "f", "g", "h", "ghost"]),
        GROUP => *dice.pick(&["a", "b", "c", "d", "ghost"]),
        _ => *dice.pick(&["a", "b", "c", "d", "e", "ghost"]),
    };
    uid(ty, id)
}

pub fn one_of(dice: &mut Dice, types: &[EntityTypeId]) -> Value {
    let ty = *dice.pick(types);
    Value::Entity(entity(dice, ty))
}

pub fn some_people(dice: &mut Dice) -> Value {
    let count = dice.roll(4);
    Value::Set(Arc::new((0..count).map(|_| one_of(dice, &[USER, GROUP])).collect()))
}

pub fn data(dice: &mut Dice) -> Data {
    let schema = schema();
    let mut data = Data::new(&schema);
    let types = [
        (GROUP, GROUP, &["a", "b", "c", "d"][..]),
        (USER, GROUP, &["h", "a", "b", "c", "d", "e", "f", "g"]),
        (FOLDER, FOLDER, &["e", "a", "b", "c", "d"]),
        (DOCUMENT, FOLDER, &["a", "e", "b", "c", "d"]),
        (STAGE, FOLDER, &["prod"]),
    ];
    for (ty, parent, ids) in types {
        for id in ids.iter().filter(|_| dice.chance(90)).collect::<Vec<_>>() {
            let parents = (0..dice.roll(3)).map(|_| entity(dice, parent)).collect();
            let mut attributes = std::collections::BTreeMap::new();
            match ty {
                USER => {
                    attributes.insert("age".into(), Value::Int(*dice.pick(&[1, 40, i64::MAX])));
                    if dice.chance(50) {
                        attributes.insert("manager".into(), one_of(dice, &[USER]));
                    }
                }
                DOCUMENT | FOLDER => drop(attributes.insert("owner".into(), one_of(dice, &[USER]))),
                _ => {}
            }
            if (ty == DOCUMENT || ty == STAGE) && dice.chance(60) {
                attributes.insert("viewers".into(), some_people(dice));
            }
            // What would close a circle stays out.
            let _ = data.upsert(&schema, uid(ty, id), Entity { parents, attributes });
        }
    }
    for _ in 0..dice.roll(6) {
        let (who, what) = (one_of(dice, &[USER, GROUP]), one_of(dice, &[DOCUMENT, FOLDER]));
        let until = dice.chance(40).then(|| *dice.pick(&[0, 1, 100]));
        data.grant(&schema, VIEWER, vec![who, what], until, 0).unwrap();
    }
    for _ in 0..dice.roll(4) {
        let level = Value::Int(dice.roll(2) as i64);
        let args = vec![level, some_people(dice), one_of(dice, &[DOCUMENT, FOLDER])];
        let until = dice.chance(40).then(|| *dice.pick(&[0, 1, 100]));
        data.grant(&schema, TEAM, args, until, 0).unwrap();
    }
    data
}

pub fn query(dice: &mut Dice) -> Query {
    let (principal, resource) = (*dice.pick(&[USER, GROUP]), *dice.pick(&[DOCUMENT, FOLDER, STAGE]));
    let mfa = ("mfa", Value::Bool(dice.chance(70)));
    let context = match dice.chance(50) {
        true => record([mfa, ("on_behalf_of", one_of(dice, &[USER, GROUP]))]),
        false => record([mfa]),
    };
    Query {
        principal: entity(dice, principal),
        action: ActionId(dice.roll(2) as u32),
        resource: entity(dice, resource),
        context,
        external: Vec::new(),
        now: *dice.pick(&[0, 1, 50, 100]),
    }
}

/// `Group::"a"`
pub fn group(id: &str) -> Value {
    entity_value(GROUP, id)
}
