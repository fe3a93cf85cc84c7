//! Makes tables bit by bit, so that no decision waits for all of them.

use rustc_hash::FxHashMap;

use super::depends::Place;
use super::plan::{Plan, query};
use super::policy::{Verdict, verdict};
use super::rows::LiveRows;
use super::sets::{Set, Truth};
use super::subjects::{Mark, Marks};
use super::tables::{AnyTables, Material, Part};
use super::truth::{Asked, Walk};
use super::{Span, World};
use crate::interpret::Parts;
use crate::types::{ActionId, EntityTypeId};
use crate::value::{EntityUid, Value};

/// Where the time matters beside the end of rows, a span reaches so many milliseconds to both sides.
const REACH: i64 = 6 * 60 * 60 * 1000;

/// Principals whose marks are found in one step.
const PRINCIPALS: usize = 8;

/// Tables for a span of time, half made.
pub(super) struct Builder {
    from: i64,
    last: i64,
    now: i64,
    rows: LiveRows,
    marks: Marks,
    /// Types of principals and resources with their groups.
    pairs: Vec<(EntityTypeId, EntityTypeId, Vec<usize>)>,
    /// The pair and the resource that come next.
    next: (usize, usize),
    verdicts: Vec<Vec<Verdict>>,
    /// By type.
    subjects: Vec<Vec<Set>>,
    /// The type of principals that comes next.
    subject: usize,
    /// How often another time was asked about since this was last.
    strays: u32,
}

impl Builder {
    /// Begins the tables for the span around a time.
    pub fn new(plan: &Plan, world: &World<'_>, now: i64) -> Builder {
        let (mut from, mut last) = (i64::MIN, i64::MAX);
        if plan.reads_time {
            (from, last) = (now.saturating_sub(REACH), now.saturating_add(REACH));
        }
        for until in world.data.grants.iter().flat_map(|rows| rows.values()).flatten() {
            if *until <= now {
                from = from.max(*until);
            } else {
                last = last.min(*until - 1);
            }
        }
        let mut pairs: Vec<(EntityTypeId, EntityTypeId, Vec<usize>)> = Vec::new();
        for (at, group) in plan.groups.iter().enumerate() {
            let (principal, resource) = (group.environment.principal, group.environment.resource);
            match pairs.iter_mut().find(|(p, r, _)| (*p, *r) == (principal, resource)) {
                Some((.., groups)) => groups.push(at),
                None => pairs.push((principal, resource, vec![at])),
            }
        }
        Builder {
            from,
            last,
            now,
            rows: LiveRows::at(&plan.program.schema, world.data, now),
            marks: Marks::default(),
            pairs,
            next: (0, 0),
            verdicts: vec![Vec::new(); plan.groups.len()],
            subjects: vec![Vec::new(); plan.types],
            subject: 0,
            strays: 0,
        }
    }

    /// Whether the tables will be good for a time.
    pub fn is_for(&self, now: i64) -> bool {
        self.from <= now && now <= self.last
    }

    /// Notes that another time is asked about; how often that was so in succession.
    pub fn strays(&mut self) -> u32 {
        self.strays += 1;
        self.strays
    }

    /// Goes on a little; the tables once they are complete.
    pub fn step(&mut self, plan: &Plan, world: &World<'_>) -> Option<Span> {
        self.strays = 0;
        while let Some((principal, resource, groups)) = self.pairs.get(self.next.0) {
            let number = self.next.1;
            let Some(uid) = world.uid(*resource, number) else {
                self.next = (self.next.0 + 1, 0);
                continue;
            };
            self.next.1 += 1;
            let (principal, groups) = (*principal, groups.clone());
            self.resource(plan, world, principal, &uid, &groups);
            return None;
        }
        while let Some(subjects) = self.subjects.get(self.subject) {
            let ty = EntityTypeId(self.subject as u32);
            let done = subjects.len();
            let is_asked = self.pairs.iter().any(|(principal, ..)| *principal == ty);
            let more: Vec<_> = (done..done + PRINCIPALS)
                .map_while(|number| world.uid(ty, number))
                .filter(|_| is_asked)
                .collect();
            if more.is_empty() {
                self.subject += 1;
                continue;
            }
            for uid in more {
                let marks = self.marks_of(plan, world, &uid);
                if let Some(subjects) = self.subjects.get_mut(self.subject) {
                    subjects.push(marks);
                }
            }
            return None;
        }
        let groups =
            plan.groups.iter().zip(std::mem::take(&mut self.verdicts)).map(|(group, verdicts)| Part {
                principal: group.environment.principal.index(),
                classes: group.classes.len(),
                verdicts,
                obligations: group.obligations.clone(),
            });
        let material = Material {
            groups: groups.collect(),
            marks: std::mem::take(&mut self.subjects),
            places: plan.places.clone(),
        };
        let tables = AnyTables::new(material, self.marks.bits());
        Some(Span { from: self.from, last: self.last, tables })
    }

    /// Settles what can be about one resource.
    fn resource(
        &mut self,
        plan: &Plan,
        world: &World<'_>,
        principal: EntityTypeId,
        uid: &EntityUid,
        groups: &[usize],
    ) {
        let mut known: FxHashMap<(u32, u32), Truth> = FxHashMap::default();
        for at in groups {
            let Some(group) = plan.groups.get(*at) else { continue };
            let action = group.environment.action;
            let queries = [self.now, self.from, self.last]
                .map(|now| query(nobody(principal), action, uid.clone(), now));
            let [parts, first, last] =
                queries.each_ref().map(|query| Parts::new(&plan.program, world.params, world.data, query));
            for atoms in &group.classes {
                let asked =
                    Asked { plan, parts: &parts, ends: [&first, &last], principal, atoms, rows: &self.rows };
                let marks = &mut self.marks;
                let policies = group.policies.iter().map(|(policy, variant)| {
                    let is_the_same = !group.reads_action && !plan.reads_context(*policy, *variant);
                    if let Some(truth) = known.get(&(*policy, *variant)).filter(|_| is_the_same) {
                        return (*policy, *variant, *truth);
                    }
                    let truth = Walk::new(&asked, marks).applies(uid, *policy, *variant);
                    known.insert((*policy, *variant), truth);
                    (*policy, *variant, truth)
                });
                let settled = verdict(group, &plan.program.policies, policies);
                if let Some(verdicts) = self.verdicts.get_mut(*at) {
                    verdicts.push(settled);
                }
            }
        }
    }

    fn marks_of(&self, plan: &Plan, world: &World<'_>, uid: &EntityUid) -> Set {
        let asked = query(uid.clone(), ActionId(0), uid.clone(), self.now);
        let parts = Parts::new(&plan.program, world.params, world.data, &asked);
        let containers = parts.containers(uid);
        let mut set = Set::EVERYBODY;
        for (bit, mark) in self.marks.iter() {
            let holds = match mark {
                Mark::In(group) => Some(containers.contains(group)),
                Mark::Is(only) => Some(only == uid),
                Mark::Holds(ty, ..) if *ty != uid.ty => Some(false),
                Mark::Holds(_, place, node) => holds(plan, &parts, *place, *node, uid),
            };
            match holds {
                Some(true) => set.add(bit),
                Some(false) => {}
                // An error decides more than the one condition: for this principal no other mark means anything.
                None => return Set::UNCLEAR,
            }
        }
        set
    }
}

/// Whether a node is true that depends on the principal alone; its locals are the principal.
fn holds(
    plan: &Plan,
    parts: &Parts<'_>,
    place: Place,
    node: crate::program::NodeId,
    uid: &EntityUid,
) -> Option<bool> {
    let body = place.body(&plan.program)?;
    let locals = vec![Some(Value::Entity(uid.clone())); body.locals as usize];
    match parts.value(body, node, &locals) {
        Ok(Value::Bool(truth)) => Some(truth),
        _ => None,
    }
}

fn nobody(ty: EntityTypeId) -> EntityUid {
    EntityUid { ty, id: smol_str::SmolStr::default() }
}
