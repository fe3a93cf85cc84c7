//! The fixed schema that everything is generated over: each kind of type, attribute, action, grant and parameter.

use std::sync::Arc;

use crate::testing::{field, optional};
use crate::types::*;

pub const USER: EntityTypeId = EntityTypeId(0);
pub const GROUP: EntityTypeId = EntityTypeId(1);
pub const DOCUMENT: EntityTypeId = EntityTypeId(2);
pub const FOLDER: EntityTypeId = EntityTypeId(3);
pub const STAGE: EntityTypeId = EntityTypeId(4);
pub const LEVEL: EnumId = EnumId(0);

pub fn one(ty: EntityTypeId) -> Type {
    Type::entity(ty)
}

pub fn either(types: &[EntityTypeId]) -> Type {
    Type::Entity(EntityTypes::new(types.iter().copied()).unwrap())
}

pub fn people() -> Type {
    either(&[USER, GROUP])
}

pub fn map(of: Type) -> Type {
    Type::Map(Arc::new(of))
}

/// `{ a: Int, b?: Bool, ip?: Ip }`
pub fn wide() -> Type {
    Type::Record(RecordType::new(vec![
        field("a", Type::Int),
        optional("b", Type::Bool),
        optional("ip", Type::Ip),
    ]))
}

/// `{ a: Int }`: what [`wide`] can be used as.
pub fn narrow() -> Type {
    Type::Record(RecordType::new(vec![field("a", Type::Int)]))
}

/// The types that expressions have.
pub fn types() -> Vec<Type> {
    vec![
        Type::Bool,
        Type::Int,
        Type::String,
        one(USER),
        people(),
        Type::Enum(LEVEL),
        Type::Decimal,
        Type::Datetime,
        Type::Duration,
        Type::Zone,
        Type::Ip,
        Type::Cidr,
        Type::Action,
        one(GROUP),
        one(DOCUMENT),
        either(&[DOCUMENT, FOLDER]),
        one(STAGE),
        Type::set(Type::Int),
        Type::set(Type::String),
        Type::set(people()),
        Type::set(one(GROUP)),
        Type::set(Type::Ip),
        Type::set(Type::Cidr),
        Type::set(wide()),
        Type::set(narrow()),
        Type::set(Type::Action),
        Type::set(Type::Bool),
        map(Type::Int),
        map(Type::set(Type::String)),
        wide(),
        narrow(),
    ]
}

fn entity(name: &str, parents: Vec<EntityTypeId>, attributes: Vec<FieldType>) -> EntityType {
    EntityType {
        name: name.into(),
        parents,
        attributes: RecordType::new(attributes),
        closed: None,
        external: false,
    }
}

pub fn schema() -> Schema {
    let shared =
        || vec![field("name", Type::String), field("active", Type::Bool), field("level", Type::Enum(LEVEL))];
    let with = |more: Vec<FieldType>| shared().into_iter().chain(more).collect::<Vec<_>>();
    let context = |more: Vec<FieldType>| {
        RecordType::new(
            with(vec![
                optional("ip", Type::Ip),
                field("about", wide()),
                field("team", people()),
                optional("tags", Type::set(Type::String)),
            ])
            .into_iter()
            .chain(more)
            .collect(),
        )
    };
    let action = |name: &str, includes: Vec<u32>, applies| Action {
        name: name.into(),
        applies,
        includes: includes.into_iter().map(ActionId).collect(),
    };
    let applies = |principals: &[EntityTypeId], resources: &[EntityTypeId], context| {
        Some(Applies {
            principals: EntityTypes::new(principals.iter().copied()).unwrap(),
            resources: EntityTypes::new(resources.iter().copied()).unwrap(),
            context,
        })
    };
    Schema {
        entity_types: vec![
            entity(
                "m::User",
                vec![GROUP],
                with(vec![
                    field("age", Type::Int),
                    optional("manager", one(USER)),
                    field("friends", Type::set(people())),
                    optional("address", Type::Ip),
                    field("tags", Type::set(Type::String)),
                    field("salary", Type::Decimal),
                    field("joined", Type::Datetime),
                    field("limits", map(Type::Int)),
                    field("profile", wide()),
                    optional("history", Type::set(wide())),
                ]),
            ),
            entity(
                "m::Group",
                vec![GROUP],
                with(vec![
                    optional("age", Type::Int),
                    optional("manager", one(USER)),
                    field("numbers", Type::set(Type::Int)),
                    optional("networks", Type::set(Type::Cidr)),
                ]),
            ),
            entity(
                "m::Document",
                vec![FOLDER],
                with(vec![
                    field("owner", one(USER)),
                    field("viewers", Type::set(people())),
                    field("lifetime", Type::Duration),
                    optional("network", Type::Cidr),
                    optional("label", Type::String),
                    field("labels", map(Type::set(Type::String))),
                    optional("flag", Type::Bool),
                ]),
            ),
            entity(
                "m::Folder",
                vec![FOLDER],
                with(vec![
                    field("owner", one(USER)),
                    optional("label", Type::String),
                    field("stage", one(STAGE)),
                ]),
            ),
            EntityType {
                closed: Some(vec!["0".into(), "1".into(), "prod".into()]),
                ..entity("m::Stage", vec![], vec![optional("label", Type::String), field("rank", Type::Int)])
            },
        ],
        enums: vec![EnumType {
            name: "m::Level".into(),
            variants: vec!["low".into(), "mid".into(), "high".into()],
            ordered: true,
        }],
        actions: vec![
            action("m::read", vec![0], applies(&[USER, GROUP], &[DOCUMENT, FOLDER, STAGE], context(vec![]))),
            action(
                "m::write",
                vec![1],
                applies(&[USER], &[DOCUMENT, FOLDER], context(vec![field("count", Type::Int)])),
            ),
            action("m::list", vec![2], applies(&[USER, GROUP], &[DOCUMENT, FOLDER, STAGE], context(vec![]))),
            action("m::edit", vec![0, 1, 3], None),
        ],
        grants: vec![
            Grant {
                name: "m::viewer".into(),
                params: vec![field("who", people()), field("what", either(&[DOCUMENT, FOLDER]))],
                at_most: None,
            },
            Grant {
                name: "m::team".into(),
                params: vec![
                    field("whos", Type::set(people())),
                    field("actions", Type::set(Type::Action)),
                    field("size", Type::Int),
                ],
                at_most: None,
            },
            Grant {
                name: "m::note".into(),
                params: vec![field("text", Type::String), field("in", wide())],
                at_most: None,
            },
        ],
        obligations: vec![
            Obligation { name: "m::log".into(), params: vec![field("text", Type::String)] },
            Obligation {
                name: "m::mask".into(),
                params: vec![field("levels", Type::set(people())), field("depth", Type::Int)],
            },
        ],
    }
}
