//! Questions about grants of every form over random rows, hierarchies and times, while rows come, go, end and are prolonged: native
//! code says what the interpreter says, whether tables of bits answer exactly, in part, or not at all.

use std::sync::Arc;

use super::short;
use crate::data::{Changes, Data, Entity};
use crate::native::code::Limits;
use crate::native::{Code, Image, PreparedContext, decide, decide_ids, outcome};
use crate::outcome::Query;
use crate::params::Params;
use crate::program::*;
use crate::testing::{Expression, anything, body, cases, field, policy, record, uid};
use crate::types::*;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

const USER: EntityTypeId = EntityTypeId(0);
const TEAM: EntityTypeId = EntityTypeId(1);
const DOCUMENT: EntityTypeId = EntityTypeId(2);
const FOLDER: EntityTypeId = EntityTypeId(3);
const READ: ActionId = ActionId(0);
const WRITE: ActionId = ActionId(1);
const LIST: ActionId = ActionId(2);
const VIEWER: GrantId = GrantId(0);
const SHARERS: GrantId = GrantId(1);
const KEY: GrantId = GrantId(2);
const ABOUT: GrantId = GrantId(3);
const FEATURE: GrantId = GrantId(4);
const PAIR: GrantId = GrantId(5);
/// The middle of the times that matter.
const NOON: i64 = 1_000;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }

    fn time(&mut self) -> i64 {
        let near = NOON - 3 + self.roll(7) as i64;
        match self.roll(24) {
            0 => i64::MIN,
            1 => i64::MAX,
            2 => i64::MAX - 1,
            _ => near,
        }
    }
}

fn either(types: [EntityTypeId; 2]) -> EntityTypes {
    EntityTypes::new(types).unwrap()
}

fn schema() -> Schema {
    let entity = |name: &str, parents: Vec<EntityTypeId>, attributes| EntityType {
        name: name.into(),
        parents,
        attributes: RecordType::new(attributes),
        closed: None,
        external: false,
    };
    let (people, things) = (either([USER, TEAM]), either([DOCUMENT, FOLDER]));
    let action = |name: &str, id| Action {
        name: name.into(),
        applies: Some(Applies {
            principals: EntityTypes::one(USER),
            resources: things.clone(),
            context: RecordType::new(vec![field("label", Type::String), field("level", Type::Int)]),
        }),
        includes: vec![id],
    };
    let grant = |name: &str, params: Vec<FieldType>| Grant { name: name.into(), params, at_most: None };
    let (who, what) = (Type::Entity(people.clone()), Type::Entity(things.clone()));
    Schema {
        entity_types: vec![
            entity("m::User", vec![TEAM], vec![]),
            entity("m::Team", vec![TEAM], vec![]),
            entity("m::Document", vec![FOLDER], vec![field("owner", Type::entity(USER))]),
            entity("m::Folder", vec![FOLDER], vec![field("owner", Type::entity(USER))]),
        ],
        actions: vec![action("m::read", READ), action("m::write", WRITE), action("m::list", LIST)],
        grants: vec![
            grant("m::viewer", vec![field("who", who.clone()), field("what", what.clone())]),
            grant("m::sharers", vec![field("what", what), field("whos", Type::set(who))]),
            grant(
                "m::key",
                vec![
                    field("label", Type::String),
                    field("who", Type::entity(USER)),
                    field("what", Type::entity(DOCUMENT)),
                ],
            ),
            grant("m::about", vec![field("what", Type::entity(FOLDER))]),
            grant("m::feature", vec![field("name", Type::String), field("level", Type::Int)]),
            grant(
                "m::pair",
                vec![
                    field("whos", Type::set(Type::entity(TEAM))),
                    field("level", Type::Int),
                    field("whats", Type::set(Type::Entity(things))),
                ],
            ),
        ],
        obligations: vec![Obligation { name: "m::log".into(), params: vec![field("level", Type::Int)] }],
        ..Schema::default()
    }
}

fn label(e: &mut Expression) -> NodeId {
    let context = Type::Record(schema().actions[0].applies.clone().unwrap().context);
    let context = e.add(Op::Context, context);
    e.add(Op::Field(context, "label".into()), Type::String)
}

fn level(e: &mut Expression) -> NodeId {
    let context = Type::Record(schema().actions[0].applies.clone().unwrap().context);
    let context = e.add(Op::Context, context);
    e.add(Op::Field(context, "level".into()), Type::Int)
}

fn someone(e: &mut Expression) -> NodeId {
    e.add(Op::Principal, Type::entity(USER))
}

fn something(e: &mut Expression, types: &EntityTypes) -> NodeId {
    e.add(Op::Resource, Type::Entity(types.clone()))
}

/// A policy for these actions and resources; for rows of a grant whose parameters hold principal and resource.
fn rule(
    effect: Effect,
    actions: &[ActionId],
    resources: &EntityTypes,
    rows: Option<(GrantId, Option<usize>, Option<usize>)>,
    condition: Option<Body>,
) -> Policy {
    let within = |param: Option<usize>| param.map_or(Within::Anywhere, Within::InGrantParam);
    let mut rule = policy("", effect, None);
    rule.actions = actions.to_vec();
    rule.resource = Pattern { types: Some(resources.clone()), ..anything() };
    if let Some((grant, who, what)) = rows {
        rule.grant = Some(grant);
        rule.principal.within = within(who);
        rule.resource.within = within(what);
    }
    rule.variants = vec![Variant {
        principals: EntityTypes::one(USER),
        actions: actions.to_vec(),
        resources: resources.clone(),
        condition,
        obligations: Vec::new(),
    }];
    rule
}

fn program() -> Verified {
    let things = either([DOCUMENT, FOLDER]);
    let documents = EntityTypes::one(DOCUMENT);
    let fact = |grant, args: Vec<NodeId>, e: &mut Expression| e.bool(Op::GrantFact(grant, args));
    let allow = Effect::Allow;
    let mut logged = rule(allow, &[WRITE], &things, Some((VIEWER, Some(0), Some(1))), None);
    logged.variants[0]
        .obligations
        .push(ObligationCall { obligation: ObligationId(0), args: vec![body(2, |e| e.int(1))] });
    let mut policies = vec![
        rule(allow, &[READ, LIST], &things, Some((VIEWER, Some(0), Some(1))), None),
        rule(allow, &[READ], &things, Some((SHARERS, Some(1), Some(0))), None),
        logged,
        rule(
            allow,
            &[WRITE, LIST],
            &documents,
            Some((KEY, Some(1), Some(2))),
            Some(body(3, |e| {
                let (own, asked) = (e.add(Op::Local(0), Type::String), label(e));
                e.bool(Op::Eq(own, asked))
            })),
        ),
        rule(
            allow,
            &[LIST],
            &things,
            Some((PAIR, Some(0), Some(2))),
            Some(body(3, |e| {
                let (own, asked) = (e.add(Op::Local(1), Type::Int), level(e));
                e.bool(Op::Compare(Ordering::Less, own, asked))
            })),
        ),
        rule(allow, &[WRITE, LIST], &things, Some((PAIR, Some(0), None)), None),
        rule(allow, &[LIST], &things, Some((ABOUT, None, Some(0))), None),
        rule(allow, &[LIST], &things, Some((SHARERS, None, Some(0))), None),
        rule(allow, &[WRITE], &things, Some((PAIR, None, Some(2))), None),
        rule(
            Effect::Deny,
            &[READ],
            &things,
            None,
            Some(body(0, |e| {
                let args = vec![label(e), level(e)];
                fact(FEATURE, args, e)
            })),
        ),
        rule(
            Effect::Deny,
            &[WRITE],
            &documents,
            None,
            Some(body(0, |e| {
                let args = vec![label(e), someone(e), something(e, &documents)];
                fact(KEY, args, e)
            })),
        ),
        rule(
            allow,
            &[WRITE],
            &things,
            None,
            Some(body(0, |e| {
                let args = vec![something(e, &things), someone(e)];
                let first = fact(SHARERS, args, e);
                let args = vec![someone(e), something(e, &things)];
                let second = fact(VIEWER, args, e);
                e.bool(Op::And(vec![first, second]))
            })),
        ),
        rule(
            allow,
            &[READ],
            &things,
            None,
            Some(body(0, |e| {
                let thing = something(e, &things);
                let owner = e.add(Op::Attribute(thing, "owner".into()), Type::entity(USER));
                let args = vec![owner, something(e, &things)];
                let viewer = fact(VIEWER, args, e);
                e.bool(Op::Not(viewer))
            })),
        ),
    ];
    for (at, policy) in policies.iter_mut().enumerate() {
        policy.id = format!("p{at}").into();
    }
    crate::verify(Program { schema: schema(), policies, ..Program::default() }).unwrap()
}

/// How many there are of everything.
#[derive(Clone, Copy, Debug)]
struct Scale {
    users: usize,
    teams: usize,
    documents: usize,
    folders: usize,
    rows: usize,
}

struct World {
    schema: Schema,
    scale: Scale,
    data: Data,
    /// Since the snapshot was last brought up to date.
    changes: Changes,
    dice: Dice,
}

impl World {
    fn new(scale: Scale, seed: u64) -> World {
        let schema = schema();
        let mut world =
            World { data: Data::new(&schema), schema, scale, changes: Changes::default(), dice: Dice(seed) };
        for (ty, count) in
            [(TEAM, scale.teams), (USER, scale.users), (FOLDER, scale.folders), (DOCUMENT, scale.documents)]
        {
            (0..count).for_each(|number| world.place(ty, number));
        }
        (0..scale.rows).for_each(|_| world.change_row());
        world
    }

    /// Puts an entity somewhere, with teams and folders in those of smaller numbers.
    fn place(&mut self, ty: EntityTypeId, number: usize) {
        let (parent, most) = match ty {
            USER => (TEAM, self.scale.teams),
            TEAM => (TEAM, number),
            FOLDER => (FOLDER, number),
            _ => (FOLDER, self.scale.folders),
        };
        let count = if most == 0 { 0 } else { self.dice.roll(3) };
        let parents = (0..count).map(|_| uid(parent, &self.dice.roll(most).to_string())).collect();
        let mut attributes = std::collections::BTreeMap::new();
        if ty == DOCUMENT || ty == FOLDER {
            attributes.insert("owner".into(), Value::Entity(self.any(USER)));
        }
        let uid = uid(ty, &number.to_string());
        self.data.upsert(&self.schema, uid.clone(), Entity { parents, attributes }).unwrap();
        self.changes.entity(uid);
    }

    /// An entity, rarely one that the data lacks.
    fn any(&mut self, ty: EntityTypeId) -> EntityUid {
        let count = match ty {
            USER => self.scale.users,
            TEAM => self.scale.teams,
            DOCUMENT => self.scale.documents,
            _ => self.scale.folders,
        };
        let number = self.dice.roll(count + 1 + count / 20);
        uid(ty, &number.to_string())
    }

    fn value(&mut self, ty: &Type) -> Value {
        match ty {
            Type::String => Value::String(format!("label {}", self.dice.roll(3)).into()),
            Type::Int => Value::Int(self.dice.roll(3) as i64),
            Type::Entity(types) => {
                let types: Vec<_> = types.iter().collect();
                let ty = types[self.dice.roll(types.len())];
                Value::Entity(self.any(ty))
            }
            Type::Set(element) => {
                let count = if self.dice.roll(9) == 0 { 12 } else { self.dice.roll(4) };
                Value::Set(Arc::new((0..count).map(|_| self.value(element)).collect()))
            }
            _ => unreachable!("no parameter has this type"),
        }
    }

    /// Adds, removes or prolongs a row, mostly the first.
    fn change_row(&mut self) {
        let grant = [VIEWER, VIEWER, SHARERS, KEY, ABOUT, FEATURE, PAIR][self.dice.roll(7)];
        let until = (self.dice.roll(3) == 0).then(|| self.dice.time());
        let rows = self.data.grant_rows(grant).unwrap();
        let args: Option<Arc<[Value]>> = match self.dice.roll(3) {
            0 => rows.at(self.dice.roll(rows.positions())).map(|(args, _)| Arc::clone(args)),
            _ => None,
        };
        let args = match args {
            Some(args) if self.dice.roll(2) == 0 => {
                assert!(self.data.revoke(grant, &args));
                self.changes.row(grant, args);
                return;
            }
            Some(args) => args,
            None => {
                let params = self.schema.grants[grant.index()].params.clone();
                params.iter().map(|param| self.value(&param.ty)).collect()
            }
        };
        self.data.grant(&self.schema, grant, Arc::clone(&args), until, 0).unwrap();
        self.changes.row(grant, args);
    }

    fn query(&mut self) -> Query {
        let resource = [DOCUMENT, FOLDER][self.dice.roll(2)];
        Query {
            principal: self.any(USER),
            action: [READ, WRITE, LIST][self.dice.roll(3)],
            resource: self.any(resource),
            context: record([("label", self.value(&Type::String)), ("level", self.value(&Type::Int))]),
            external: Vec::new(),
            now: self.dice.time(),
        }
    }
}

fn link(code: &Arc<Code>, data: &Data) -> Image {
    Image::link(code, &[], data, None).unwrap()
}

/// Rounds of changes, each followed by requests over the changed snapshot and over one linked from nothing.
fn agree(scale: Scale, seed: u64, rounds: usize, requests: usize) {
    let program = program();
    let params = Params::bind(&program, []).unwrap();
    let mut world = World::new(scale, seed);
    let codes = [Limits::default(), Limits::one_by_one()]
        .map(|limits| Arc::new(Code::with_limits(&program, limits).unwrap()));
    let mut images = codes.each_ref().map(|code| link(code, &world.data));
    world.changes = Changes::default();
    let mut yes = 0;
    for round in 0..rounds {
        let fresh = link(&codes[0], &world.data);
        assert_eq!(images[0].size().grant_rows, fresh.size().grant_rows);
        for _ in 0..requests {
            let query = world.query();
            let expected = crate::interpret(&program, &params, &world.data, &query);
            yes += usize::from(expected.allowed);
            for image in images.iter().chain([&fresh]) {
                assert_eq!(
                    outcome(image, &query).as_ref(),
                    Ok(&expected),
                    "{scale:?} {seed} {round} {query:?}"
                );
                let decision = decide(image, &query);
                assert_eq!(decision, Ok(short(&expected)), "{scale:?} {seed} {round} {query:?}");
                if let (Some(principal), Some(resource)) =
                    (image.find(&query.principal), image.find(&query.resource))
                {
                    let context = PreparedContext::new(image, query.action, &query.context).unwrap();
                    let by_ids = decide_ids(image, principal, query.action, resource, &context, query.now);
                    assert_eq!(by_ids, decision);
                }
            }
        }
        for _ in 0..[1, 3, 200][round % 3] {
            match world.dice.roll(8) {
                0 => {
                    let (ty, count) = [(USER, scale.users), (DOCUMENT, scale.documents), (TEAM, scale.teams)]
                        [world.dice.roll(3)];
                    let number = world.dice.roll(count);
                    world.place(ty, number);
                }
                _ => world.change_row(),
            }
        }
        let changes = std::mem::take(&mut world.changes);
        images = images.map(|image| image.apply(&changes, &world.data).unwrap());
    }
    assert!(yes > 0, "nothing was allowed");
}

const FEW: Scale = Scale { users: 4, teams: 3, documents: 4, folders: 3, rows: 12 };
const SOME: Scale = Scale { users: 40, teams: 20, documents: 25, folders: 10, rows: 150 };
/// More subjects than there are bits.
const MANY: Scale = Scale { users: 500, teams: 60, documents: 120, folders: 30, rows: 1_500 };
/// Too many objects for tables.
const VERY_MANY: Scale = Scale { users: 100, teams: 30, documents: 1_500, folders: 100, rows: 2_000 };

#[test]
fn a_few_rows_are_found_while_they_come_and_go() {
    (0..cases(30)).for_each(|seed| agree(FEW, u64::from(seed), 4, 20));
}

#[test]
fn rows_are_found_by_exact_bits_while_they_come_and_go() {
    (0..cases(3)).for_each(|seed| agree(SOME, u64::from(seed), 5, 60));
}

#[test]
fn rows_of_more_subjects_than_bits_are_found_while_they_come_and_go() {
    (0..cases(1)).for_each(|seed| agree(MANY, u64::from(seed), 4, 60));
}

#[test]
fn rows_of_more_objects_than_tables_are_for_are_found_while_they_come_and_go() {
    (0..cases(1)).for_each(|seed| agree(VERY_MANY, u64::from(seed), 4, 60));
}

#[test]
fn one_who_is_named_by_very_many_rows_is_found_from_either_side() {
    let scale = Scale { users: 3_000, teams: 3, documents: 6, folders: 2, rows: 0 };
    let mut world = World::new(scale, 5);
    let row = |user: usize, document: usize| {
        [(USER, user), (DOCUMENT, document)].map(|(ty, number)| Value::Entity(uid(ty, &number.to_string())))
    };
    for user in 0..3_000 {
        world.data.grant(&world.schema, VIEWER, row(user, 0), None, 0).unwrap();
    }
    for document in 1..6 {
        world.data.grant(&world.schema, VIEWER, row(7, document), Some(NOON), 0).unwrap();
    }
    let program = program();
    let params = Params::bind(&program, []).unwrap();
    let code = Arc::new(Code::compile(&program).unwrap());
    let mut image = Image::link(&code, &[], &world.data, None).unwrap();
    for round in 0..4 {
        for (user, document) in [(7, 0), (8, 0), (7, 3), (8, 3), (2_999, 0), (3_000, 0)] {
            for now in [NOON - 1, NOON, NOON - 1] {
                let query = Query {
                    principal: uid(USER, &user.to_string()),
                    resource: uid(DOCUMENT, &document.to_string()),
                    action: READ,
                    now,
                    ..world.query()
                };
                let expected = crate::interpret(&program, &params, &world.data, &query);
                assert_eq!(outcome(&image, &query), Ok(expected), "{round} {user} {document} {now}");
            }
        }
        // All but a few go, and some come back.
        let mut changes = Changes::default();
        for user in (0..3_000).filter(|user| user % 500 != 8 && round < 3) {
            match round {
                1 => world.data.grant(&world.schema, VIEWER, row(user, 0), None, 0).unwrap(),
                _ => {
                    world.data.revoke(VIEWER, &row(user, 0));
                }
            }
            changes.row(VIEWER, row(user, 0).into());
        }
        image = image.apply(&changes, &world.data).unwrap();
    }
}
