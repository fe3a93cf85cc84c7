//! A schema with a context field of every type.

use std::sync::Arc;

use crate::data::{Data, Entity};
use crate::native::{Code, Image};
use crate::program::Program;
use crate::testing::{field, optional};
use crate::types::*;
use crate::value::EntityUid;
use crate::verify::verify;

/// The fields of the context of `try`, in the order of their types below.
pub const EVERYTHING: [&str; 19] = [
    "yes",
    "count",
    "price",
    "branch",
    "ip",
    "net",
    "at",
    "span",
    "zone",
    "level",
    "who",
    "stage",
    "what",
    "tags",
    "people",
    "labels",
    "limits",
    "device",
    "addresses",
];

/// Types that both sides of the tests look at.
pub fn types() -> Vec<Type> {
    let users = EntityTypes::new([EntityTypeId(0), EntityTypeId(1)]).unwrap();
    let device = RecordType::new(vec![
        field("managed", Type::Bool),
        optional("owner", Type::entity(EntityTypeId(0))),
        optional("a name of more than sixteen bytes", Type::Int),
        optional("a name of MORE than sixteen bytes", Type::String),
    ]);
    vec![
        Type::Bool,
        Type::Int,
        Type::Decimal,
        Type::String,
        Type::Ip,
        Type::Cidr,
        Type::Datetime,
        Type::Duration,
        Type::Zone,
        Type::Enum(EnumId(0)),
        Type::Entity(users.clone()),
        Type::entity(EntityTypeId(3)),
        Type::Action,
        Type::set(Type::String),
        Type::set(Type::Entity(users)),
        Type::Map(Arc::new(Type::String)),
        Type::Map(Arc::new(Type::Record(RecordType::new(vec![field("most", Type::Decimal)])))),
        Type::Record(device),
        Type::set(Type::Ip),
    ]
}

/// A Program without policies over a little data.
pub fn image() -> Image {
    let entity = |name: &str, closed: Option<Vec<_>>| EntityType {
        name: name.into(),
        parents: Vec::new(),
        attributes: RecordType::new(Vec::new()),
        closed,
        external: false,
    };
    let action = |name: &str, context: Option<Vec<FieldType>>, at: u32| Action {
        name: name.into(),
        applies: context.map(|context| Applies {
            principals: EntityTypes::new([EntityTypeId(0), EntityTypeId(1)]).unwrap(),
            resources: EntityTypes::new([EntityTypeId(2), EntityTypeId(3)]).unwrap(),
            context: RecordType::new(context),
        }),
        includes: vec![ActionId(at)],
    };
    let everything = EVERYTHING.iter().zip(types()).map(|(name, ty)| optional(name, ty)).collect();
    // More fields than one word has bits.
    let wide = (0..150).map(|at| match at % 50 {
        0 => field(&format!("needed{at}"), Type::Int),
        _ => optional(&format!("field{at}"), Type::Int),
    });
    let schema = Schema {
        entity_types: vec![
            entity("t::User", None),
            entity("t::Group", None),
            entity("t::Doc", None),
            entity("t::Stage", Some(vec!["dev".into(), "prod".into()])),
            entity("t::Twin", None),
            entity("u::Twin", None),
        ],
        enums: vec![EnumType {
            name: "t::Level".into(),
            variants: vec!["public".into(), "secret".into()],
            ordered: true,
        }],
        actions: vec![
            action("t::look", Some(Vec::new()), 0),
            action("t::enter", Some(vec![field("mfa", Type::Bool)]), 1),
            action("t::try", Some(everything), 2),
            action("t::wide", Some(wide.collect()), 3),
            action("t::group", None, 4),
        ],
        ..Schema::default()
    };
    let program = verify(Program { schema, ..Program::default() }).unwrap();
    let mut data = Data::new(&program.schema);
    for (ty, id) in [(0, "ann"), (0, "bob"), (1, "eng"), (2, "d")] {
        let uid = EntityUid { ty: EntityTypeId(ty), id: id.into() };
        data.upsert(&program.schema, uid, Entity::default()).unwrap();
    }
    let code = Arc::new(Code::compile(&program).unwrap());
    Image::link(&code, &[], &data, None).unwrap()
}
