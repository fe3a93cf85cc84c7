//! Which questions about grants the tables of [`super::signature`] answer: found out once for each Program.
//!
//! Of the parameters of a grant that name entities, one is its subject (whom a policy's principal is in, say) and one its object. A
//! question gives an entity for one or both. A column is for one grant, or for several whose policies lead to the same answer
//! and so are asked about together.

use rustc_hash::FxHashMap;

use crate::native::layout::{bodies, param_entities};
use crate::program::{Effect, Op, Policy, Program, Variant, Within};
use crate::types::{EntityTypes, Grant, GrantId, Type};
use crate::verify::Verified;

/// Tables have at most so many columns; other questions are answered by a search.
const MOST_COLUMNS: usize = 48;

/// The parameters of a grant that tables are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::native) struct Sides {
    pub(in crate::native) subject: usize,
    pub(in crate::native) object: Option<usize>,
}

/// See the module.
#[derive(Debug, Default)]
pub(in crate::native) struct Columns {
    /// By grant.
    sides: Vec<Option<Sides>>,
    /// Grants, ascending; first one column for each grant alone.
    columns: Vec<Vec<usize>>,
    places: FxHashMap<Vec<usize>, usize>,
    /// By entity type: whether it is asked about as a subject, and as an object.
    asked: Vec<[bool; 2]>,
}

/// The parameters that a policy's principal and resource must be in, if that is all it asks: it applies if there is a row for both.
pub(in crate::native) fn plain_search(policy: &Policy, variant: &Variant) -> Option<[Option<usize>; 2]> {
    let within = |within: &Within| match within {
        Within::Anywhere => Some(None),
        Within::InGrantParam(param) => Some(Some(*param)),
        Within::In(_) | Within::Is(_) => None,
    };
    let params = [within(&policy.principal.within)?, within(&policy.resource.within)?];
    let asks = params[0].is_some() || params[1].is_some();
    (policy.grant.is_some() && variant.condition.is_none() && asks && params[0] != params[1])
        .then_some(params)
}

impl Columns {
    /// The questions of a Program. Environments of more than `most` policies ask one policy at a time.
    pub(in crate::native) fn of(program: &Verified, most: usize) -> Columns {
        let schema = &program.schema;
        let mut columns = Columns {
            sides: schema.grants.iter().enumerate().map(|(at, grant)| sides(program, at, grant)).collect(),
            asked: vec![[false; 2]; schema.entity_types.len()],
            ..Columns::default()
        };
        if schema.grants.is_empty() {
            return columns;
        }
        for grant in 0..schema.grants.len() {
            if columns.sides[grant].is_some() {
                columns.add(vec![grant]);
            }
        }
        columns.note_patterns(program);
        columns.note_facts(program);
        for environment in program.environments() {
            let applicable = program.applicable(environment);
            if applicable.len() > most {
                continue;
            }
            let mut together: Vec<(usize, [Option<usize>; 2])> = Vec::new();
            for (policy, variant) in applicable {
                let Some(policy) = program.policies.get(*policy as usize) else { continue };
                let Some(variant) = policy.variants.get(*variant as usize) else { continue };
                let alone = policy.trial || policy.effect != Effect::Allow || !variant.obligations.is_empty();
                if let (Some(params), Some(grant), false) =
                    (plain_search(policy, variant), policy.grant, alone)
                {
                    together.push((grant.index(), params));
                }
            }
            if let Some(grants) = columns.group(&together) {
                columns.add(grants);
            }
        }
        columns
    }

    fn add(&mut self, grants: Vec<usize>) {
        if self.columns.len() < MOST_COLUMNS && !self.places.contains_key(&grants) {
            self.places.insert(grants.clone(), self.columns.len());
            self.columns.push(grants);
        }
    }

    /// The grants of these searches, if each asks for a subject and an object in the same way.
    fn group(&self, searches: &[(usize, [Option<usize>; 2])]) -> Option<Vec<usize>> {
        let mut order = None;
        let mut grants = Vec::with_capacity(searches.len());
        for (grant, params) in searches {
            let sides = self.sides(*grant)?;
            let object = sides.object?;
            let straight = *params == [Some(sides.subject), Some(object)];
            if !straight && *params != [Some(object), Some(sides.subject)] {
                return None;
            }
            if *order.get_or_insert(straight) != straight {
                return None;
            }
            grants.push(*grant);
        }
        grants.sort_unstable();
        grants.dedup();
        (grants.len() > 1).then_some(grants)
    }

    /// The one column for all of these searches.
    pub(in crate::native) fn shared(&self, searches: &[(usize, [Option<usize>; 2])]) -> Option<usize> {
        self.places.get(&self.group(searches)?).copied()
    }

    /// The column of one grant.
    pub(in crate::native) fn alone(&self, grant: usize) -> Option<usize> {
        self.places.get(&vec![grant]).copied()
    }

    pub(in crate::native) fn sides(&self, grant: usize) -> Option<Sides> {
        *self.sides.get(grant)?
    }

    /// How many there are.
    pub(in crate::native) fn len(&self) -> usize {
        self.columns.len()
    }

    /// The columns that a grant counts for.
    pub(super) fn with(&self, grant: usize) -> impl Iterator<Item = usize> + '_ {
        self.columns.iter().enumerate().filter(move |(_, grants)| grants.contains(&grant)).map(|(at, _)| at)
    }

    /// Whether entities of a type are asked about as subjects.
    pub(in crate::native) fn has_subjects(&self, ty: usize) -> bool {
        self.asked.get(ty).is_some_and(|asked| asked[0])
    }

    /// Whether entities of a type are asked about as objects.
    pub(in crate::native) fn has_objects(&self, ty: usize) -> bool {
        self.asked.get(ty).is_some_and(|asked| asked[1])
    }

    fn note(&mut self, grant: GrantId, param: usize, types: &EntityTypes) {
        let Some(sides) = self.sides(grant.index()) else { return };
        let side = match param {
            param if param == sides.subject => 0,
            param if Some(param) == sides.object => 1,
            _ => return,
        };
        for ty in types.iter() {
            if let Some(asked) = self.asked.get_mut(ty.index()) {
                asked[side] = true;
            }
        }
    }

    fn note_patterns(&mut self, program: &Program) {
        for policy in &program.policies {
            let Some(grant) = policy.grant else { continue };
            for variant in &policy.variants {
                for (pattern, types) in
                    [(&policy.principal, &variant.principals), (&policy.resource, &variant.resources)]
                {
                    if let Within::InGrantParam(param) = pattern.within {
                        self.note(grant, param, types);
                    }
                }
            }
        }
    }

    fn note_facts(&mut self, program: &Program) {
        for body in bodies(program) {
            for node in &body.nodes {
                let Op::GrantFact(grant, args) = &node.op else { continue };
                for (param, arg) in args.iter().enumerate() {
                    if let Some(Type::Entity(types)) = body.nodes.get(arg.0 as usize).map(|node| &node.ty) {
                        self.note(*grant, param, types);
                    }
                }
            }
        }
    }
}

/// Those that some policy's patterns name, principal first; else the first that name entities.
fn sides(program: &Program, index: usize, grant: &Grant) -> Option<Sides> {
    let of_entities =
        || (0..grant.params.len()).filter(|param| param_entities(&grant.params[*param].ty).is_some());
    let named = program.policies.iter().filter(|policy| policy.grant.is_some_and(|of| of.index() == index));
    let mut best = [None; 2];
    for policy in named {
        for (place, pattern) in best.iter_mut().zip([&policy.principal, &policy.resource]) {
            if let (None, Within::InGrantParam(param)) = (*place, &pattern.within)
                && of_entities().any(|one| one == *param)
            {
                *place = Some(*param);
            }
        }
    }
    let subject = best[0].or_else(|| of_entities().find(|param| Some(*param) != best[1])).or(best[1])?;
    let object =
        best[1].filter(|param| *param != subject).or_else(|| of_entities().find(|param| *param != subject));
    Some(Sides { subject, object })
}
