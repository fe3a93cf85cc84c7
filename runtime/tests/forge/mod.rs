//! A code forge by hand: repositories, nested teams, five roles, public and archived repositories, suspended users, grants.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_runtime::data::{Data, Entity};
use assize_runtime::program::*;
use assize_runtime::types::*;
use assize_runtime::{EntityUid, Value, Verified};

pub const USER: EntityTypeId = EntityTypeId(0);
pub const TEAM: EntityTypeId = EntityTypeId(1);
pub const REPOSITORY: EntityTypeId = EntityTypeId(2);
pub const ROLES: [&str; 5] = ["readers", "triagers", "writers", "maintainers", "admins"];
pub const ACTIONS: [&str; 5] = ["read", "triage", "write", "maintain", "admin"];

fn field(name: &str, ty: Type) -> FieldType {
    FieldType { name: name.into(), ty, optional: false }
}

fn context() -> RecordType {
    RecordType::new(vec![field("device", Type::String), field("mfa", Type::Bool)])
}

fn schema() -> Schema {
    let entity = |name: &str, parents: Vec<EntityTypeId>, attributes| EntityType {
        name: name.into(),
        parents,
        attributes: RecordType::new(attributes),
        closed: None,
        external: false,
    };
    let mut repository =
        vec![field("owner", Type::entity(USER)), field("public", Type::Bool), field("archived", Type::Bool)];
    repository.extend(ROLES.map(|role| field(role, Type::entity(TEAM))));
    Schema {
        entity_types: vec![
            entity(
                "forge::User",
                vec![TEAM],
                vec![field("suspended", Type::Bool), field("name", Type::String)],
            ),
            entity("forge::Team", vec![TEAM], vec![]),
            entity("forge::Repository", vec![], repository),
        ],
        actions: ACTIONS
            .iter()
            .enumerate()
            .map(|(index, name)| Action {
                name: format!("forge::{name}").into(),
                applies: Some(Applies {
                    principals: EntityTypes::one(USER),
                    resources: EntityTypes::one(REPOSITORY),
                    context: context(),
                }),
                includes: vec![ActionId(index as u32)],
            })
            .collect(),
        grants: vec![Grant {
            name: "forge::reader".into(),
            params: vec![
                field("who", Type::Entity(EntityTypes::new([USER, TEAM]).unwrap())),
                field("what", Type::entity(REPOSITORY)),
            ],
            at_most: None,
        }],
        ..Schema::default()
    }
}

#[derive(Default)]
struct Expression(Vec<Node>);

impl Expression {
    fn add(&mut self, op: Op, ty: Type) -> NodeId {
        self.0.push(Node { op, ty, span: Span::default() });
        NodeId(self.0.len() as u32 - 1)
    }

    fn principal(&mut self) -> NodeId {
        self.add(Op::Principal, Type::entity(USER))
    }

    fn resource(&mut self, attribute: &str, ty: Type) -> NodeId {
        let resource = self.add(Op::Resource, Type::entity(REPOSITORY));
        self.add(Op::Attribute(resource, attribute.into()), ty)
    }
}

fn policy(
    id: &str,
    effect: Effect,
    actions: std::ops::Range<u32>,
    condition: Option<fn(&mut Expression, usize)>,
    role: usize,
) -> Policy {
    let anything = || Pattern { types: None, within: Within::Anywhere };
    let actions: Vec<_> = actions.map(ActionId).collect();
    let condition = condition.map(|build| {
        let mut expression = Expression::default();
        build(&mut expression, role);
        Body { nodes: expression.0, locals: 0 }
    });
    Policy {
        id: format!("{id}-{role}").into(),
        effect,
        trial: false,
        on_error_skip: false,
        principal: anything(),
        actions: actions.clone(),
        resource: anything(),
        grant: None,
        because: None,
        variants: vec![Variant {
            principals: EntityTypes::one(USER),
            actions,
            resources: EntityTypes::one(REPOSITORY),
            condition,
            obligations: Vec::new(),
        }],
        annotations: Vec::new(),
        docs: Default::default(),
        origin: Origin::default(),
        span: Span::default(),
    }
}

/// Its policies. With `grants`, reading can be granted by rows of data.
pub fn program(grants: bool) -> Verified {
    let mut policies = Vec::new();
    for role in 0..5 {
        // A role may do what the lesser ones may.
        policies.push(policy(
            "role",
            Effect::Allow,
            0..role as u32 + 1,
            Some(|e, role| {
                let user = e.principal();
                let team = e.resource(ROLES[role], Type::entity(TEAM));
                e.add(Op::In(user, team), Type::Bool);
            }),
            role,
        ));
    }
    policies.push(policy(
        "owner",
        Effect::Allow,
        0..5,
        Some(|e, _| {
            let owner = e.resource("owner", Type::entity(USER));
            let user = e.principal();
            e.add(Op::Eq(owner, user), Type::Bool);
        }),
        0,
    ));
    policies.push(policy(
        "public",
        Effect::Allow,
        0..1,
        Some(|e, _| {
            e.resource("public", Type::Bool);
        }),
        0,
    ));
    policies.push(policy(
        "suspended",
        Effect::Deny,
        0..5,
        Some(|e, _| {
            let user = e.principal();
            e.add(Op::Attribute(user, "suspended".into()), Type::Bool);
        }),
        0,
    ));
    policies.push(policy(
        "archived",
        Effect::Deny,
        1..5,
        Some(|e, _| {
            e.resource("archived", Type::Bool);
        }),
        0,
    ));
    if grants {
        let mut granted = policy("granted", Effect::Allow, 0..1, None, 0);
        granted.grant = Some(GrantId(0));
        granted.principal.within = Within::InGrantParam(0);
        granted.resource.within = Within::InGrantParam(1);
        policies.push(granted);
    }
    assize_runtime::verify(Program { schema: schema(), policies, ..Program::default() }).unwrap()
}

pub fn uid(ty: EntityTypeId, number: usize) -> EntityUid {
    EntityUid { ty, id: format!("{}{number}", ["u", "t", "r"][ty.index()]).into() }
}

/// A plain generator of numbers: the same everywhere.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % count
    }
}

/// `scale` of each kind.
pub fn data(program: &Verified, scale: usize) -> Data {
    let schema = &program.schema;
    let mut numbers = Numbers(42);
    let mut data = Data::new(schema);
    let value = |ty, number| Value::Entity(uid(ty, number));
    for team in 0..scale {
        let parents = if team > 2 { vec![uid(TEAM, numbers.below(team))] } else { vec![] };
        data.upsert(schema, uid(TEAM, team), Entity { parents, attributes: BTreeMap::new() }).unwrap();
    }
    for user in 0..scale {
        let parents = (0..2).map(|_| uid(TEAM, numbers.below(scale))).collect();
        let attributes = [
            ("suspended".into(), Value::Bool(numbers.below(20) == 0)),
            ("name".into(), Value::String(format!("User {user}").into())),
        ];
        data.upsert(schema, uid(USER, user), Entity { parents, attributes: attributes.into() }).unwrap();
    }
    for repository in 0..scale {
        let mut attributes = BTreeMap::from([
            ("owner".into(), value(USER, numbers.below(scale))),
            ("public".into(), Value::Bool(numbers.below(4) == 0)),
            ("archived".into(), Value::Bool(numbers.below(10) == 0)),
        ]);
        attributes.extend(ROLES.map(|role| (role.into(), value(TEAM, numbers.below(scale)))));
        data.upsert(schema, uid(REPOSITORY, repository), Entity { parents: vec![], attributes }).unwrap();
    }
    for _ in 0..scale {
        let who = if numbers.below(2) == 0 { USER } else { TEAM };
        let row = [value(who, numbers.below(scale)), value(REPOSITORY, numbers.below(scale))];
        data.grant(schema, GrantId(0), row, None, 0).unwrap();
    }
    data
}

/// A context of every action.
pub fn office() -> Value {
    let fields = [("device".into(), Value::String("a laptop".into())), ("mfa".into(), Value::Bool(true))];
    Value::Record(Arc::new(fields.into()))
}
