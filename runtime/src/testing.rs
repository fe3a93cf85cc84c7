//! A small way to write Programs by hand, for this crate's tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::data::{Data, Entity};
use crate::outcome::{Outcome, Query};
use crate::params::Params;
use crate::program::*;
use crate::types::*;
use crate::value::{EntityUid, Value};
use crate::verify::{Verified, verify};

/// How many cases a test tries: `ASSIZE_CASES`, or so many.
#[allow(clippy::disallowed_methods, reason = "how long a test runs is for its environment to say")]
pub fn cases(few: u32) -> u32 {
    std::env::var("ASSIZE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few)
}

/// Whether so many cases are fewer than usual: too few to ask whether everything has occurred.
pub fn is_short(few: u32) -> bool {
    cases(few) < few
}

/// Builds one body; each method answers the node that it added.
#[derive(Default)]
pub struct Expression {
    pub nodes: Vec<Node>,
}

impl Expression {
    pub fn add(&mut self, op: Op, ty: Type) -> NodeId {
        self.nodes.push(Node { op, ty, span: Span::default() });
        NodeId(self.nodes.len() as u32 - 1)
    }

    pub fn bool(&mut self, op: Op) -> NodeId {
        self.add(op, Type::Bool)
    }

    pub fn int(&mut self, value: i64) -> NodeId {
        self.add(Op::Const(Value::Int(value)), Type::Int)
    }

    pub fn truth(&mut self, value: bool) -> NodeId {
        self.bool(Op::Const(Value::Bool(value)))
    }

    /// `9223372036854775807 + 1 == 0`
    pub fn overflow(&mut self) -> NodeId {
        let (max, one) = (self.int(i64::MAX), self.int(1));
        let sum = self.add(Op::Arithmetic(Arithmetic::Add, max, one), Type::Int);
        let zero = self.int(0);
        self.bool(Op::Eq(sum, zero))
    }
}

/// The body that `build` makes, with this many locals.
pub fn body(locals: u32, build: impl FnOnce(&mut Expression) -> NodeId) -> Body {
    let mut expression = Expression::default();
    let root = build(&mut expression);
    assert_eq!(root.0 as usize + 1, expression.nodes.len(), "the root comes last");
    Body { nodes: expression.nodes, locals }
}

pub const USER: EntityTypeId = EntityTypeId(0);
pub const GROUP: EntityTypeId = EntityTypeId(1);
pub const DOCUMENT: EntityTypeId = EntityTypeId(2);
pub const TOKEN: EntityTypeId = EntityTypeId(3);
pub const STAGE: EntityTypeId = EntityTypeId(4);
pub const READ: ActionId = ActionId(0);
pub const WRITE: ActionId = ActionId(1);
pub const EDIT: ActionId = ActionId(2);
pub const VIEWER: GrantId = GrantId(0);
pub const MASK: ObligationId = ObligationId(0);

pub fn field(name: &str, ty: Type) -> FieldType {
    FieldType { name: name.into(), ty, optional: false }
}

pub fn optional(name: &str, ty: Type) -> FieldType {
    FieldType { name: name.into(), ty, optional: true }
}

/// Users in groups in groups, documents, read and write with a context, one grant, one obligation.
pub fn schema() -> Schema {
    let entity = |name: &str, parents: Vec<EntityTypeId>, attributes| EntityType {
        name: name.into(),
        parents,
        attributes: RecordType::new(attributes),
        closed: None,
        external: false,
    };
    let people = EntityTypes::new([USER, GROUP]).unwrap();
    let applies = || Applies {
        principals: EntityTypes::new([USER, TOKEN]).unwrap(),
        resources: EntityTypes::new([DOCUMENT, STAGE]).unwrap(),
        context: RecordType::new(vec![field("mfa", Type::Bool), optional("ip", Type::Ip)]),
    };
    Schema {
        entity_types: vec![
            entity(
                "drive::User",
                vec![GROUP],
                vec![field("age", Type::Int), optional("manager", Type::entity(USER))],
            ),
            entity("drive::Group", vec![GROUP], vec![]),
            entity(
                "drive::Document",
                vec![],
                vec![
                    field("level", Type::Enum(EnumId(0))),
                    field("owner", Type::entity(USER)),
                    optional("viewers", Type::set(Type::Entity(people.clone()))),
                    optional("labels", Type::Map(Arc::new(Type::String))),
                ],
            ),
            EntityType {
                external: true,
                ..entity("drive::Token", vec![GROUP], vec![optional("scope", Type::String)])
            },
            EntityType {
                closed: Some(vec!["dev".into(), "prod".into()]),
                ..entity(
                    "drive::Stage",
                    vec![],
                    vec![optional("note", Type::String), field("rank", Type::Int)],
                )
            },
        ],
        enums: vec![EnumType {
            name: "drive::Level".into(),
            variants: vec!["public".into(), "secret".into()],
            ordered: true,
        }],
        actions: vec![
            Action { name: "drive::read".into(), applies: Some(applies()), includes: vec![READ] },
            Action { name: "drive::write".into(), applies: Some(applies()), includes: vec![WRITE] },
            Action { name: "drive::edit".into(), applies: None, includes: vec![READ, WRITE, EDIT] },
        ],
        grants: vec![Grant {
            name: "drive::viewer".into(),
            params: vec![field("who", Type::Entity(people)), field("what", Type::entity(DOCUMENT))],
            at_most: None,
        }],
        obligations: vec![Obligation { name: "drive::mask".into(), params: vec![field("depth", Type::Int)] }],
    }
}

pub fn anything() -> Pattern {
    Pattern { types: None, within: Within::Anywhere }
}

/// A policy for everything, with this condition in each environment.
pub fn policy(id: &str, effect: Effect, condition: Option<Body>) -> Policy {
    Policy {
        id: id.into(),
        effect,
        trial: false,
        on_error_skip: false,
        principal: anything(),
        actions: vec![READ, WRITE],
        resource: anything(),
        grant: None,
        because: None,
        variants: vec![Variant {
            principals: EntityTypes::new([USER, TOKEN]).unwrap(),
            actions: vec![READ, WRITE],
            resources: EntityTypes::new([DOCUMENT, STAGE]).unwrap(),
            condition,
            obligations: Vec::new(),
        }],
        annotations: Vec::new(),
        docs: SmolStr::default(),
        origin: Origin::default(),
        span: Span::default(),
    }
}

/// The policy with a call of `mask` whose argument is this body.
pub fn obliging(mut policy: Policy, argument: Body) -> Policy {
    policy.variants[0].obligations.push(ObligationCall { obligation: MASK, args: vec![argument] });
    policy
}

pub fn program(policies: Vec<Policy>) -> Program {
    Program { schema: schema(), policies, ..Program::default() }
}

pub fn verified(policies: Vec<Policy>) -> Verified {
    verify(program(policies)).unwrap()
}

pub fn uid(ty: EntityTypeId, id: &str) -> EntityUid {
    EntityUid { ty, id: id.into() }
}

pub fn entity_value(ty: EntityTypeId, id: &str) -> Value {
    Value::Entity(uid(ty, id))
}

pub fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Record(Arc::new(fields.map(|(name, value)| (SmolStr::new(name), value)).into()))
}

pub fn entity<const P: usize, const A: usize>(
    parents: [EntityUid; P],
    attributes: [(&str, Value); A],
) -> Entity {
    Entity {
        parents: parents.into(),
        attributes: attributes
            .map(|(name, value)| (SmolStr::new(name), value))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
    }
}

/// Ann in eng in all; document d1, hers.
pub fn data() -> Data {
    let schema = schema();
    let mut data = Data::new(&schema);
    data.upsert(&schema, uid(USER, "ann"), entity([uid(GROUP, "eng")], [("age", Value::Int(40))])).unwrap();
    data.upsert(&schema, uid(GROUP, "eng"), entity([uid(GROUP, "all")], [])).unwrap();
    let document = [("level", Value::Enum(EnumId(0), 1)), ("owner", entity_value(USER, "ann"))];
    data.upsert(&schema, uid(DOCUMENT, "d1"), entity([], document)).unwrap();
    data
}

/// For the principals of one type on documents, and only those.
pub fn for_users(mut policy: Policy) -> Policy {
    policy.actions = vec![READ];
    policy.principal.types = Some(EntityTypes::one(USER));
    policy.resource.types = Some(EntityTypes::one(DOCUMENT));
    policy.variants[0].principals = EntityTypes::one(USER);
    policy.variants[0].resources = EntityTypes::one(DOCUMENT);
    policy.variants[0].actions = vec![READ];
    policy
}

/// Allows with as many different shapes, none of which has a key: `not (not ... (age < 5))` and so on.
pub fn of_many_shapes(count: usize) -> Verified {
    let policies = (0..count).map(|at| {
        let condition = body(0, |e| {
            let operands = (0..8)
                .map(|bit| {
                    let user = e.add(Op::Principal, Type::entity(USER));
                    let age = e.add(Op::Attribute(user, "age".into()), Type::Int);
                    let bound = e.int(5);
                    let ordering = if at >> bit & 1 == 0 { Ordering::Less } else { Ordering::LessEqual };
                    e.bool(Op::Compare(ordering, age, bound))
                })
                .collect();
            e.bool(Op::Or(operands))
        });
        for_users(policy(&format!("p{at}"), Effect::Allow, Some(condition)))
    });
    verified(policies.collect())
}

/// Ann reads d1 at time 0.
pub fn query() -> Query {
    Query {
        principal: uid(USER, "ann"),
        action: READ,
        resource: uid(DOCUMENT, "d1"),
        context: record([("mfa", Value::Bool(true))]),
        external: Vec::new(),
        now: 0,
    }
}

/// The outcome of [`query`] over [`data`].
pub fn decide(policies: Vec<Policy>) -> Outcome {
    outcome(&verified(policies), &data(), &query())
}

/// What both engines say.
pub fn outcome(program: &Verified, data: &Data, query: &Query) -> Outcome {
    let params = Params::bind(program, []).unwrap();
    let outcome = crate::interpret(program, &params, data, query);
    #[cfg(feature = "jit")]
    {
        use crate::native::{Code, Image, Limits};
        let link = |limits| {
            let code = Arc::new(Code::with_limits(program, limits).unwrap());
            Image::link(&code, params.values(), data, None).unwrap()
        };
        // In one function, and one by one with an index.
        let (few, many) = (link(Limits::default()), link(Limits::paired()));
        if let Ok(native) = crate::native::outcome(&many, query) {
            assert_eq!(native, outcome, "the engines differ");
            for image in [few, many] {
                let decision = crate::native::decide(&image, query);
                assert_eq!(decision, Ok(outcome.clone().into_decision()), "the fast path differs");
            }
        }
    }
    outcome
}

/// Whether a condition holds, in both engines: through an allow, and with a deny that must agree.
pub fn holds(condition: Body) -> Result<bool, crate::EvalError> {
    let allowed = decide(vec![policy("p", Effect::Allow, Some(condition.clone()))]);
    let denied = decide(vec![policy("p", Effect::Deny, Some(condition))]);
    assert_eq!(allowed.errors, denied.errors);
    match allowed.errors.first() {
        None => {
            assert_eq!(allowed.policies, denied.policies);
            Ok(allowed.allowed)
        }
        Some((_, error)) => {
            assert!(!allowed.allowed && allowed.policies.is_empty() && denied.policies == [0]);
            Err(*error)
        }
    }
}
