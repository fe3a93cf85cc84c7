//! Data and requests for any Program, with the names and numbers that it mentions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_runtime::data::{Bulk, Data, Entity};
use assize_runtime::program::{Body, Op, Program};
use assize_runtime::types::{EntityTypeId, Environment, FieldType, GrantId, Schema, Type};
use assize_runtime::value::{Cidr, Decimal};
use assize_runtime::{EntityUid, Query, Value, Zone};
use smol_str::SmolStr;

use crate::tape::Tape;

/// So many entities of a type, rows of a grant and elements of a collection there are at most.
const FEW: usize = 4;
/// Deeper than this there are no elements.
const DEEPEST: usize = 4;
/// The time of requests.
pub const NOW: i64 = 1_780_000_000_000;

/// What values are made of.
pub struct World<'p> {
    schema: &'p Schema,
    ids: Vec<SmolStr>,
    texts: Vec<SmolStr>,
    numbers: Vec<i64>,
}

impl<'p> World<'p> {
    pub fn new(program: &'p Program) -> World<'p> {
        let mut found = Constants::default();
        let conditions = program.policies.iter().flat_map(|policy| &policy.variants);
        let conditions = conditions.filter_map(|variant| variant.condition.as_ref());
        conditions
            .chain(program.functions.iter().map(|function| &function.body))
            .for_each(|body| found.body(body));
        let mut world = World {
            schema: &program.schema,
            ids: ["a", "b", "c", "ghost"].map(SmolStr::from).to_vec(),
            texts: ["", "a", "ab", "a*b", "x@y.z", "10.0.0.1"].map(SmolStr::from).to_vec(),
            numbers: found.numbers.into_iter().take(64).collect(),
        };
        world.ids.extend(found.ids.into_iter().take(64));
        world.texts.extend(found.texts.into_iter().take(64));
        world
    }

    fn number(&self, tape: &mut Tape<'_>) -> i64 {
        if self.numbers.is_empty() || tape.once_in(2) {
            tape.number()
        } else {
            tape.pick(&self.numbers).saturating_add(tape.below(3) as i64 - 1)
        }
    }

    fn uid(&self, tape: &mut Tape<'_>, ty: EntityTypeId) -> EntityUid {
        let closed = self.schema.entity_types.get(ty.index()).and_then(|ty| ty.closed.as_ref());
        let ids = closed.filter(|ids| !ids.is_empty()).unwrap_or(&self.ids);
        EntityUid { ty, id: tape.pick(ids).clone() }
    }

    /// A value of a type; nothing if it has none.
    pub fn value(&self, tape: &mut Tape<'_>, ty: &Type, depth: usize) -> Option<Value> {
        let count = |tape: &mut Tape<'_>| if depth >= DEEPEST { 0 } else { tape.below(FEW) };
        Some(match ty {
            Type::Bool => Value::Bool(tape.once_in(2)),
            Type::Int => Value::Int(self.number(tape)),
            Type::Decimal => Value::Decimal(Decimal(self.number(tape))),
            Type::String => Value::String(tape.pick(&self.texts).clone()),
            Type::Ip => {
                Value::Ip(tape.pick(&["10.0.0.1", "::1", "203.0.113.7", "::ffff:10.0.0.1"]).parse().ok()?)
            }
            Type::Cidr => {
                let (address, prefix) =
                    *tape.pick(&[("10.0.0.0", 8), ("::", 0), ("10.1.2.3", 32), ("2001:db8::", 32)]);
                Value::Cidr(Cidr { address: address.parse().ok()?, prefix })
            }
            Type::Datetime => Value::Datetime(self.number(tape)),
            Type::Duration => Value::Duration(self.number(tape)),
            Type::Zone => {
                Value::Zone(Zone::named(tape.pick::<&str>(&["UTC", "Europe/Berlin", "US/Eastern"]))?)
            }
            Type::Enum(id) => {
                let variants = self.schema.enums.get(id.index())?.variants.len();
                if variants == 0 {
                    return None;
                }
                Value::Enum(*id, tape.below(variants) as u32)
            }
            Type::Entity(types) => {
                let types: Vec<EntityTypeId> = types.iter().collect();
                let ty = *tape.pick(&types);
                Value::Entity(self.uid(tape, ty))
            }
            Type::Action => {
                if self.schema.actions.is_empty() {
                    return None;
                }
                Value::Action(assize_runtime::types::ActionId(tape.below(self.schema.actions.len()) as u32))
            }
            Type::Set(element) => {
                let count = count(tape);
                Value::Set(Arc::new(
                    (0..count).filter_map(|_| self.value(tape, element, depth + 1)).collect(),
                ))
            }
            Type::Map(of) => {
                let count = count(tape);
                let entries = (0..count).filter_map(|_| {
                    let key = tape.pick(&self.texts).clone();
                    Some((key, self.value(tape, of, depth + 1)?))
                });
                Value::Map(Arc::new(entries.collect()))
            }
            Type::Record(record) => Value::Record(Arc::new(self.fields(tape, record.fields(), depth + 1)?)),
            Type::Optional(_) | Type::Never => return None,
        })
    }

    fn fields(
        &self,
        tape: &mut Tape<'_>,
        fields: &[FieldType],
        depth: usize,
    ) -> Option<BTreeMap<SmolStr, Value>> {
        let mut map = BTreeMap::new();
        for field in fields {
            if field.optional && !tape.once_in(2) {
                continue;
            }
            match self.value(tape, &field.ty, depth) {
                Some(value) => drop(map.insert(field.name.clone(), value)),
                None if field.optional => {}
                None => return None,
            }
        }
        Some(map)
    }

    fn entity(&self, tape: &mut Tape<'_>, ty: EntityTypeId) -> Option<Entity> {
        let declared = self.schema.entity_types.get(ty.index())?;
        let attributes = self.fields(tape, declared.attributes.fields(), 0)?;
        let mut parents: Vec<EntityUid> = Vec::new();
        for parent in &declared.parents {
            if tape.once_in(2) {
                parents.push(self.uid(tape, *parent));
            }
        }
        parents.sort_unstable();
        parents.dedup();
        Some(Entity { parents, attributes })
    }

    /// A snapshot: some of the entities that requests and values name.
    pub fn data(&self, tape: &mut Tape<'_>) -> Data {
        let mut entities = Vec::new();
        for (at, ty) in self.schema.entity_types.iter().enumerate().take(32) {
            if ty.external || ty.closed.is_some() {
                continue;
            }
            let ty = EntityTypeId(at as u32);
            for id in self.ids.iter().take(3) {
                if let Some(entity) = self.entity(tape, ty) {
                    entities.push((EntityUid { ty, id: id.clone() }, entity));
                }
            }
        }
        let mut rows = Vec::new();
        for (at, grant) in self.schema.grants.iter().enumerate().take(16) {
            for _ in 0..tape.below(FEW) {
                let args: Option<Vec<Value>> =
                    grant.params.iter().map(|param| self.value(tape, &param.ty, 0)).collect();
                let until = match (grant.at_most, tape.below(3)) {
                    (Some(most), choice) => Some(NOW.saturating_add(most.min(choice as i64))),
                    (None, 0) => None,
                    (None, choice) => Some(NOW + choice as i64 - 1),
                };
                rows.extend(args.map(|args| (GrantId(at as u32), args, until)));
            }
        }
        let build = |with_parents: bool| {
            let mut bulk = Bulk::new(self.schema);
            for (uid, entity) in &entities {
                let mut entity = entity.clone();
                if !with_parents {
                    entity.parents.clear();
                }
                let _ = bulk.upsert(uid.clone(), entity);
            }
            for (grant, args, until) in &rows {
                let _ = bulk.grant(*grant, args.clone().into(), *until, NOW);
            }
            bulk.finish()
        };
        // Nobody is in a circle.
        build(true).or_else(|_| build(false)).unwrap_or_else(|_| Data::new(self.schema))
    }

    /// A request that makes sense.
    pub fn query(&self, tape: &mut Tape<'_>, environments: &[Environment]) -> Option<Query> {
        if environments.is_empty() {
            return None;
        }
        let environment = *tape.pick(environments);
        let applies = self.schema.actions.get(environment.action.index())?.applies.as_ref()?;
        let context = self.fields(tape, applies.context.fields(), 0)?;
        let (principal, resource) =
            (self.uid(tape, environment.principal), self.uid(tape, environment.resource));
        let mut external = Vec::new();
        for uid in [&principal, &resource] {
            if self.schema.entity_types.get(uid.ty.index()).is_some_and(|ty| ty.external) {
                external.push((uid.clone(), Arc::new(self.entity(tape, uid.ty)?)));
            }
        }
        external.sort_by(|(a, _), (b, _)| a.cmp(b));
        external.dedup_by(|(a, _), (b, _)| a == b);
        let now = NOW + tape.below(3) as i64 - 1;
        Some(Query {
            principal,
            action: environment.action,
            resource,
            context: Value::Record(Arc::new(context)),
            external,
            now,
        })
    }
}

/// What a Program mentions.
#[derive(Default)]
struct Constants {
    ids: BTreeSet<SmolStr>,
    texts: BTreeSet<SmolStr>,
    numbers: BTreeSet<i64>,
}

impl Constants {
    fn body(&mut self, body: &Body) {
        for node in &body.nodes {
            if let Op::Const(value) = &node.op {
                self.value(value);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Int(number)
            | Value::Decimal(Decimal(number))
            | Value::Datetime(number)
            | Value::Duration(number) => {
                self.numbers.insert(*number);
            }
            Value::String(text) => drop(self.texts.insert(text.clone())),
            Value::Entity(uid) => drop(self.ids.insert(uid.id.clone())),
            Value::Set(elements) => elements.iter().for_each(|element| self.value(element)),
            Value::Map(entries) | Value::Record(entries) => {
                entries.values().for_each(|value| self.value(value))
            }
            _ => {}
        }
    }
}
