//! What is prepared once for each Program: which environments there are, and what about contexts is told apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::depends::{Dependences, Depends, Place};
use crate::data::Data;
use crate::interpret::{Library, Parts, evaluate};
use crate::outcome::{Obligation, Obligations, Query};
use crate::params::Params;
use crate::program::{Body, Effect, NodeId, Op, Program, Variant};
use crate::types::{ActionId, EntityTypeId, Environment, Type};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// Combinations of an action and two types.
const MOST_ENVIRONMENTS: usize = 1 << 12;
/// Policies in one environment.
const MOST_POLICIES: usize = 64;
/// Questions about the context of one action.
const MOST_ATOMS: usize = 3;
/// Nesting in which they are looked for.
const MOST_DEPTH: u32 = 48;

/// See the module.
pub(super) struct Plan {
    pub program: Verified,
    pub dependences: Dependences,
    /// Environments that have the same answers share one.
    pub groups: Vec<Group>,
    /// 1 + the group at `[action][principal][resource]`, 0 for none.
    pub places: Vec<u32>,
    pub types: usize,
    pub reads_time: bool,
    /// By action.
    atoms: Vec<Vec<Atom>>,
}

/// Environments of the same types with the same policies.
pub(super) struct Group {
    pub environment: Environment,
    /// With their variants; without those on trial.
    pub policies: Vec<(u32, u32)>,
    /// For each class of contexts what is known of atoms.
    pub classes: Vec<Vec<(Place, NodeId, bool)>>,
    /// What the one policy obliges to that obliges to something, if that is always the same.
    pub obligations: Option<Obligations>,
    /// Conditions may look at the action.
    pub reads_action: bool,
}

/// A question about the context alone: where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Atom(Vec<(Place, NodeId)>);

impl Plan {
    /// `None` if there would be too much of it.
    pub fn new(program: &Verified, params: &Params) -> Option<Plan> {
        let types = program.schema.entity_types.len();
        let actions = program.schema.actions.len();
        if types.checked_mul(types)?.checked_mul(actions)? > MOST_ENVIRONMENTS {
            return None;
        }
        let environments: Vec<_> = program
            .environments()
            .into_iter()
            .filter(|environment| {
                let is_external = |ty: EntityTypeId| {
                    program.schema.entity_types.get(ty.index()).is_none_or(|ty| ty.external)
                };
                program.applicable(*environment).len() <= MOST_POLICIES
                    && !is_external(environment.principal)
                    && !is_external(environment.resource)
            })
            .collect();
        let all =
            environments.iter().flat_map(|environment| program.applicable(*environment).iter().copied());
        let mut plan = Plan {
            dependences: Dependences::of(program, all),
            program: program.clone(),
            groups: Vec::new(),
            places: vec![0; types * types * actions],
            types,
            reads_time: reads_time(program),
            atoms: Vec::new(),
        };
        plan.atoms = plan.find_atoms(&environments);
        let mut known = FxHashMap::default();
        for environment in environments {
            let policies = program.applicable(environment).iter().copied();
            let policies: Vec<_> = policies.filter(|(policy, _)| !is_trial(program, *policy)).collect();
            let reads_action = policies.iter().any(|(policy, variant)| plan.reads_action(*policy, *variant));
            let atoms = plan.atoms.get(environment.action.index())?.clone();
            let key = (
                (environment.principal, environment.resource, reads_action.then_some(environment.action)),
                (policies.clone(), atoms.clone()),
            );
            let group = *known.entry(key).or_insert_with(|| {
                let obligations = obligations(program, params, &policies);
                let classes = classes(&atoms);
                plan.groups.push(Group { environment, policies, classes, obligations, reads_action });
                plan.groups.len() as u32
            });
            *plan.places.get_mut(place(types, environment))? = group;
        }
        Some(plan)
    }

    /// Bytes that it takes; what obligations hold is not among them.
    pub fn bytes(&self) -> usize {
        let group = |group: &Group| {
            let classes: usize =
                group.classes.iter().map(|told| told.capacity() * size_of::<(Place, NodeId, bool)>()).sum();
            group.policies.capacity() * size_of::<(u32, u32)>()
                + group.classes.capacity() * size_of::<Vec<(Place, NodeId, bool)>>()
                + classes
        };
        let atoms = self.atoms.iter().flatten().map(|atom| atom.0.capacity() * size_of::<(Place, NodeId)>());
        let lists = self.atoms.iter().map(|atoms| atoms.capacity() * size_of::<Atom>());
        self.dependences.bytes()
            + self.groups.capacity() * size_of::<Group>()
            + self.groups.iter().map(group).sum::<usize>()
            + self.places.capacity() * size_of::<u32>()
            + self.atoms.capacity() * size_of::<Vec<Atom>>()
            + atoms.chain(lists).sum::<usize>()
            + size_of::<Plan>()
            + crate::weight::SHARED
    }

    fn reads_action(&self, policy: u32, variant: u32) -> bool {
        self.reads(policy, variant, |depends| depends.action)
    }

    /// Whether a condition looks at the context.
    pub fn reads_context(&self, policy: u32, variant: u32) -> bool {
        self.reads(policy, variant, |depends| depends.context)
    }

    fn reads(&self, policy: u32, variant: u32, what: fn(&Depends) -> bool) -> bool {
        let place = Place::Condition(policy, variant);
        place
            .body(&self.program)
            .is_some_and(|body| self.dependences.body(place, body).is_none_or(|nodes| nodes.iter().any(what)))
    }

    fn find_atoms(&self, environments: &[Environment]) -> Vec<Vec<Atom>> {
        let mut atoms = vec![Vec::new(); self.program.schema.actions.len()];
        for environment in environments {
            for (policy, variant) in self.program.applicable(*environment) {
                let place = Place::Condition(*policy, *variant);
                let Some(body) = place.body(&self.program) else { continue };
                let Some(root) = body.nodes.len().checked_sub(1) else { continue };
                if let (Some(atoms), false) =
                    (atoms.get_mut(environment.action.index()), is_trial(&self.program, *policy))
                {
                    self.collect(place, body, NodeId(root as u32), atoms, 0);
                }
            }
        }
        atoms
    }

    fn collect(&self, place: Place, body: &Body, id: NodeId, atoms: &mut Vec<Atom>, depth: u32) {
        let Some(depends) = self.dependences.body(place, body).and_then(|nodes| nodes.get(id.0 as usize))
        else {
            return;
        };
        let Some(node) = body.nodes.get(id.0 as usize).filter(|node| node.ty == Type::Bool) else { return };
        if !depends.context || depth > MOST_DEPTH {
            return;
        }
        let depth = depth + 1;
        match &node.op {
            Op::Not(operand) => self.collect(place, body, *operand, atoms, depth),
            _ if depends.is_of_context() => {
                let equal = |(other, at): &(Place, NodeId)| {
                    *other == place && *at == id
                        || other.body(&self.program).is_some_and(|other| same(other, *at, body, id))
                };
                let known = atoms.iter().position(|atom| atom.0.iter().any(equal));
                match known.and_then(|at| atoms.get_mut(at)) {
                    Some(atom) if atom.0.contains(&(place, id)) => {}
                    Some(atom) => atom.0.push((place, id)),
                    None => atoms.push(Atom(vec![(place, id)])),
                }
                atoms.truncate(MOST_ATOMS);
            }
            Op::And(operands) | Op::Or(operands) => {
                operands.iter().for_each(|operand| self.collect(place, body, *operand, atoms, depth));
            }
            Op::If { condition, then, otherwise } => {
                [condition, then, otherwise]
                    .into_iter()
                    .for_each(|id| self.collect(place, body, *id, atoms, depth));
            }
            _ => {}
        }
    }

    /// By action: what is asked about its contexts, each as a body of its own; `None` if it cannot be told so.
    pub fn questions(&self) -> Vec<Option<Vec<Body>>> {
        let question = |atom: &Atom| {
            let (place, node) = atom.0.first()?;
            let body = place.body(&self.program)?;
            // Operands come before what they are operands of.
            let nodes = body.nodes.get(..=node.0 as usize)?.to_vec();
            Some(Body { nodes, locals: body.locals })
        };
        let questions = |atoms: &Vec<Atom>| atoms.iter().map(question).collect::<Option<_>>();
        self.atoms.iter().map(questions).collect()
    }

    /// The class of contexts of an action of which nothing is known.
    pub fn any_class(&self, action: ActionId) -> u32 {
        let atoms = self.atoms.get(action.index()).map_or(0, Vec::len);
        if atoms == 0 { 0 } else { 1 << atoms }
    }

    /// The class of a context of an action: which atoms are true, or that something about them is odd.
    pub fn class(&self, params: &Params, action: ActionId, context: &Value) -> u32 {
        let any = self.any_class(action);
        let Some(atoms) = self.atoms.get(action.index()).filter(|atoms| !atoms.is_empty()) else {
            return any;
        };
        let nobody = EntityUid { ty: EntityTypeId(0), id: SmolStr::default() };
        let query = Query { context: context.clone(), ..query(nobody.clone(), action, nobody, 0) };
        let data = Data::new(&self.program.schema);
        let parts = Parts::new(&self.program, params, &data, &query);
        let mut class = 0;
        for (at, atom) in atoms.iter().enumerate() {
            let Some((place, node)) = atom.0.first() else { return any };
            match place.body(&self.program).map(|body| parts.value(body, *node, &[])) {
                Some(Ok(Value::Bool(truth))) => class |= u32::from(truth) << at,
                _ => return any,
            }
        }
        class
    }
}

/// Of an empty context.
pub(super) fn query(principal: EntityUid, action: ActionId, resource: EntityUid, now: i64) -> Query {
    let context = Value::Record(Arc::new(BTreeMap::new()));
    Query { principal, action, resource, context, external: Vec::new(), now }
}

pub(super) fn place(types: usize, environment: Environment) -> usize {
    (environment.action.index() * types + environment.principal.index()) * types
        + environment.resource.index()
}

fn is_trial(program: &Program, policy: u32) -> bool {
    program.policies.get(policy as usize).is_none_or(|policy| policy.trial)
}

/// For each class what it says about atoms; the last says nothing.
fn classes(atoms: &[Atom]) -> Vec<Vec<(Place, NodeId, bool)>> {
    if atoms.is_empty() {
        return vec![Vec::new()];
    }
    let mut classes = Vec::with_capacity((1 << atoms.len()) + 1);
    for class in 0..1usize << atoms.len() {
        let mut told = Vec::new();
        for (at, atom) in atoms.iter().enumerate() {
            let truth = class >> at & 1 == 1;
            told.extend(atom.0.iter().map(|(place, node)| (*place, *node, truth)));
        }
        classes.push(told);
    }
    classes.push(Vec::new());
    classes
}

/// Whether two nodes are alike, as far as is easily seen.
fn same(a_body: &Body, a: NodeId, b_body: &Body, b: NodeId) -> bool {
    let (Some(a), Some(b)) = (a_body.nodes.get(a.0 as usize), b_body.nodes.get(b.0 as usize)) else {
        return false;
    };
    a.ty == b.ty
        && match (&a.op, &b.op) {
            (Op::Context, Op::Context) => true,
            (Op::Field(a, name), Op::Field(b, other)) | (Op::HasField(a, name), Op::HasField(b, other)) => {
                name == other && same(a_body, *a, b_body, *b)
            }
            (Op::Like { value: a, pattern }, Op::Like { value: b, pattern: other }) => {
                pattern == other && same(a_body, *a, b_body, *b)
            }
            _ => false,
        }
}

fn reads_time(program: &Program) -> bool {
    let conditions = program
        .policies
        .iter()
        .flat_map(|policy| &policy.variants)
        .filter_map(|variant| variant.condition.as_ref());
    let bodies = program.functions.iter().map(|function| &function.body).chain(conditions);
    bodies.flat_map(|body| &body.nodes).any(|node| matches!(node.op, Op::Now))
}

/// What the one obliging policy among these obliges to.
fn obligations(program: &Program, params: &Params, policies: &[(u32, u32)]) -> Option<Obligations> {
    let mut obliging = policies.iter().filter_map(|(policy, variant)| {
        let policy = program.policies.get(*policy as usize)?;
        let variant = policy.variants.get(*variant as usize)?;
        (policy.effect == Effect::Allow && !variant.obligations.is_empty()).then_some(variant)
    });
    let (Some(only), None) = (obliging.next(), obliging.next()) else { return None };
    constant(program, params, only)
}

fn constant(program: &Program, params: &Params, variant: &Variant) -> Option<Obligations> {
    let mut all: Vec<Obligation> = Vec::new();
    for call in &variant.obligations {
        let args = call.args.iter().map(|body| {
            let is_constant =
                |op: &Op| matches!(op, Op::Const(_) | Op::Param(_) | Op::SetOf(_) | Op::Convert(_));
            let is_constant = body.nodes.iter().all(|node| is_constant(&node.op));
            is_constant.then(|| evaluate(Library::of(program, params.values()), body, None).ok())?
        });
        let obligation = Obligation { obligation: call.obligation, args: args.collect::<Option<_>>()? };
        if !all.contains(&obligation) {
            all.push(obligation);
        }
    }
    Obligations::new(all)
}
