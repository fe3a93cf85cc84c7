//! Snapshots that follow each other: what they share, what they forget, and that they decide as new ones.

use std::sync::Arc;

use crate::data::{Changes, Data, Entity};
use crate::native::{Code, Image, Size, outcome};
use crate::outcome::{Outcome, Query};
use crate::params::Params;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// A snapshot and its data, edited in place.
struct World {
    program: Verified,
    params: Params,
    code: Arc<Code>,
    data: Data,
    image: Image,
}

impl World {
    fn new(policies: Vec<Policy>, data: Data) -> World {
        let program = verified(policies);
        let params = Params::bind(&program, []).unwrap();
        let code = Arc::new(Code::compile(&program).unwrap());
        let image = Image::link(&code, params.values(), &data, None).unwrap();
        World { program, params, code, data, image }
    }

    fn update(&mut self, edit: impl FnOnce(&mut Data, &mut Changes)) {
        let mut changes = Changes::default();
        edit(&mut self.data, &mut changes);
        self.image = self.image.apply(&changes, &self.data).unwrap();
    }

    fn upsert(&mut self, uid: EntityUid, entity: Entity) {
        self.update(|data, changes| {
            data.upsert(&schema(), uid.clone(), entity).unwrap();
            changes.entity(uid);
        });
    }

    fn remove(&mut self, uid: &EntityUid) {
        self.update(|data, changes| {
            assert!(data.remove(uid));
            changes.entity(uid.clone());
        });
    }

    /// What the updated image, a new one and the interpreter say.
    fn outcome(&self, principal: &str, resource: &str) -> Outcome {
        let query = Query { principal: uid(USER, principal), resource: uid(DOCUMENT, resource), ..query() };
        let expected = crate::interpret(&self.program, &self.params, &self.data, &query);
        let fresh = Image::link(&self.code, self.params.values(), &self.data, None).unwrap();
        assert_eq!(outcome(&self.image, &query).unwrap(), expected);
        assert_eq!(outcome(&fresh, &query).unwrap(), expected);
        expected
    }

    fn allowed(&self, principal: &str, resource: &str) -> bool {
        self.outcome(principal, resource).allowed
    }
}

fn user(group: &str) -> Entity {
    entity([uid(GROUP, group)], [("age", Value::Int(1))])
}

fn document(viewers: impl IntoIterator<Item = EntityUid>) -> Entity {
    let viewers = viewers.into_iter().map(Value::Entity).collect();
    entity(
        [],
        [
            ("level", Value::Enum(EnumId(0), 0)),
            ("owner", entity_value(USER, "nobody")),
            ("viewers", Value::Set(Arc::new(viewers))),
        ],
    )
}

/// Everybody in the group, and all that a document's `viewers` has.
fn policies() -> Vec<Policy> {
    let mut members = policy("members", Effect::Allow, None);
    members.principal.within = Within::In(uid(GROUP, "all"));
    let people = Type::Entity(EntityTypes::new([USER, GROUP]).unwrap());
    let viewers = |e: &mut Expression| {
        let resource = e.add(Op::Resource, Type::entity(DOCUMENT));
        let viewers = e.add(Op::Attribute(resource, "viewers".into()), Type::optional(Type::set(people)));
        let none = e.add(Op::SetOf(vec![]), Type::set(Type::Never));
        let people = Type::Entity(EntityTypes::new([USER, GROUP]).unwrap());
        let none = e.add(Op::Convert(none), Type::set(people.clone()));
        let viewers = e.add(Op::Coalesce(viewers, none), Type::set(people));
        let principal = e.add(Op::Principal, Type::entity(USER));
        e.bool(Op::InAny(principal, viewers))
    };
    let mut viewing = policy("viewers", Effect::Allow, Some(body(0, viewers)));
    viewing.principal.types = Some(EntityTypes::one(USER));
    viewing.resource.types = Some(EntityTypes::one(DOCUMENT));
    viewing.variants[0].principals = EntityTypes::one(USER);
    viewing.variants[0].resources = EntityTypes::one(DOCUMENT);
    vec![members, viewing]
}

#[test]
fn those_below_a_group_go_where_it_goes() {
    let mut world = World::new(policies(), Data::new(&schema()));
    world.upsert(uid(DOCUMENT, "d"), document([]));
    // Two thousand in teams in a department, over more pages than one.
    world.update(|data, changes| {
        let mut put = |uid: EntityUid, entity| {
            data.upsert(&schema(), uid.clone(), entity).unwrap();
            changes.entity(uid);
        };
        for number in 0..2_000 {
            put(uid(USER, &format!("u{number}")), user(&format!("team{}", number % 40)));
        }
        for team in 0..40 {
            put(uid(GROUP, &format!("team{team}")), entity([uid(GROUP, "department")], []));
        }
    });
    assert!(!world.allowed("u0", "d"));
    world.upsert(uid(GROUP, "department"), entity([uid(GROUP, "all")], []));
    assert!(["u0", "u39", "u777", "u1999"].iter().all(|user| world.allowed(user, "d")));
    world.upsert(uid(GROUP, "team7"), entity([uid(GROUP, "elsewhere")], []));
    assert!(!world.allowed("u7", "d") && !world.allowed("u1967", "d") && world.allowed("u8", "d"));
    world.remove(&uid(GROUP, "department"));
    assert!(!world.allowed("u8", "d"), "what is gone is in nothing");
    world.upsert(uid(DOCUMENT, "d"), document([uid(GROUP, "department"), uid(GROUP, "elsewhere")]));
    assert!(world.allowed("u8", "d"), "but its name still is what others are in");
    assert!(world.allowed("u7", "d"));
    world.remove(&uid(USER, "u8"));
    assert!(!world.allowed("u8", "d"));
    world.upsert(uid(USER, "u8"), user("all"));
    assert!(world.allowed("u8", "d"));
    world.remove(&uid(DOCUMENT, "d"));
    assert!(world.allowed("u8", "d") && !world.allowed("u7", "d"));
}

#[test]
fn older_snapshots_stay_as_they_were() {
    let mut world = World::new(policies(), Data::new(&schema()));
    world.upsert(uid(DOCUMENT, "d"), document([uid(USER, "u0")]));
    let mut snapshots = Vec::new();
    for number in 0..700 {
        world.upsert(uid(USER, &format!("u{number}")), user(if number % 3 == 0 { "all" } else { "few" }));
        world.upsert(uid(DOCUMENT, "d"), document([uid(USER, &format!("u{number}"))]));
        if number % 50 == 0 {
            let image = world.image.apply(&Changes::default(), &world.data).unwrap();
            snapshots.push((image, world.data.clone()));
        }
    }
    for (image, data) in &snapshots {
        for principal in ["u0", "u1", "u50", "u51", "u300", "u600", "u650"] {
            let query = Query { principal: uid(USER, principal), resource: uid(DOCUMENT, "d"), ..query() };
            let expected = crate::interpret(&world.program, &world.params, data, &query);
            assert_eq!(outcome(image, &query).unwrap(), expected);
        }
    }
}

#[test]
fn memory_does_not_grow_with_the_number_of_updates() {
    let mut world = World::new(policies(), Data::new(&schema()));
    for number in 0..300 {
        world.upsert(uid(USER, &format!("u{number}")), user("all"));
        world.upsert(uid(DOCUMENT, &format!("d{number}")), document([]));
    }
    let round = |world: &mut World, round: usize| {
        for number in 0..300 {
            let viewers = (0..(number + round) % 40).map(|viewer| uid(USER, &format!("u{viewer}")));
            world.upsert(uid(DOCUMENT, &format!("d{number}")), document(viewers));
            world
                .upsert(uid(USER, &format!("u{number}")), user(["all", "some", "few"][(number + round) % 3]));
            if number % 10 == 0 {
                world.remove(&uid(USER, &format!("u{number}")));
            }
        }
    };
    (0..3).for_each(|at| round(&mut world, at));
    let Size { entities, row_bytes, name_bytes, ancestor_bytes, cell_bytes, .. } = world.image.size();
    (3..30).for_each(|at| round(&mut world, at));
    let after = world.image.size();
    assert_eq!(
        (after.entities, after.row_bytes, after.name_bytes, after.ancestor_bytes),
        (entities, row_bytes, name_bytes, ancestor_bytes)
    );
    assert!(after.cell_bytes < cell_bytes * 2, "{cell_bytes} bytes of cells became {}", after.cell_bytes);
    let fresh = Image::link(&world.code, &[], &world.data, None).unwrap().size().cell_bytes;
    assert!(after.cell_bytes < fresh * 5, "{} bytes of cells would be {fresh}", after.cell_bytes);
}
