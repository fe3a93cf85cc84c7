//! What is settled, as native numbers and bits: a decision reads the marks of one principal and one row.

use super::policy::Verdict;
use super::sets::{Set, WORDS};
use crate::engine::handle::IdRequest;
use crate::outcome::{Decision, Obligations};
use crate::types::ActionId;

/// Tables whose sets have `W` words.
pub(in crate::engine) struct Tables<const W: usize> {
    /// By type and number.
    marks: Vec<[u64; W]>,
    /// By group, number and class.
    rows: Vec<Row<W>>,
    /// For each row those who are undecided alone.
    undecided: Vec<[u64; W]>,
    /// At `[action][principal][resource]`, with the types in so many bits each.
    environments: Vec<Environment>,
    bits: u32,
    /// By group.
    obligations: Vec<Option<Obligations>>,
}

/// See [`Verdict`]. Lies in one cache line, or two.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Row<const W: usize> {
    deny: [u64; W],
    /// Those who are undecided, and those who are allowed with obligations.
    ask: [u64; W],
    allow: [u64; W],
    oblige: [u64; W],
}

/// Where the tables of an environment are. One without any has no principals.
#[derive(Clone, Copy, Default)]
struct Environment {
    marks: u32,
    principals: u32,
    rows: u32,
    resources: u32,
    classes: u32,
    group: u32,
}

/// What tables are made of.
pub(super) struct Material {
    /// By type; empty for those that are never principals.
    pub marks: Vec<Vec<Set>>,
    pub groups: Vec<Part>,
    /// See [`super::plan::Plan`].
    pub places: Vec<u32>,
}

/// What is settled for one group, by resource and class.
pub(super) struct Part {
    pub principal: usize,
    pub classes: usize,
    pub verdicts: Vec<Verdict>,
    pub obligations: Option<Obligations>,
}

/// Tables with sets as small as they can be.
pub(in crate::engine) enum AnyTables {
    Narrow(Tables<2>),
    Wide(Tables<WORDS>),
}

impl AnyTables {
    /// For marks of so many bits.
    pub(super) fn new(material: Material, bits: usize) -> AnyTables {
        if bits <= 128 {
            AnyTables::Narrow(Tables::new(material))
        } else {
            AnyTables::Wide(Tables::new(material))
        }
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        match self {
            AnyTables::Narrow(tables) => tables.bytes(),
            AnyTables::Wide(tables) => tables.bytes(),
        }
    }

    /// Whether a request is allowed, by native code's numbers; `None` if tables do not tell, or there are obligations.
    #[inline(always)]
    pub fn allows(&self, principal: u64, action: ActionId, resource: u64, class: u32) -> Option<bool> {
        match self {
            AnyTables::Narrow(tables) => tables.allows(principal, action, resource, class),
            AnyTables::Wide(tables) => tables.allows(principal, action, resource, class),
        }
    }

    /// The same of a request whose handles have native code's numbers.
    #[inline(always)]
    pub fn allows_request(&self, request: &IdRequest<'_>) -> Option<bool> {
        let (principal, resource) = (request.principal.word, request.resource.word);
        self.allows(principal, request.action.action, resource, request.context.class)
    }

    /// The decision; `None` if tables do not tell.
    pub fn decide(&self, principal: u64, action: ActionId, resource: u64, class: u32) -> Option<Decision> {
        match self {
            AnyTables::Narrow(tables) => tables.decide(principal, action, resource, class),
            AnyTables::Wide(tables) => tables.decide(principal, action, resource, class),
        }
    }
}

/// Not 0 if two sets have a bit in common.
#[inline(always)]
fn common<const W: usize>(a: &[u64; W], b: &[u64; W]) -> u64 {
    let mut common = 0;
    for at in 0..W {
        common |= a[at] & b[at];
    }
    common
}

impl<const W: usize> Tables<W> {
    fn new(material: Material) -> Tables<W> {
        let narrow = |set: Set| std::array::from_fn(|at| set.0[at]);
        let types = material.marks.len().max(1);
        let bits = types.next_power_of_two().trailing_zeros();
        let mut tables = Tables {
            marks: vec![],
            rows: vec![],
            undecided: vec![],
            environments: vec![],
            obligations: vec![],
            bits,
        };
        let mut starts = Vec::with_capacity(material.marks.len());
        for marks in material.marks {
            starts.push((tables.marks.len() as u32, marks.len() as u32));
            tables.marks.extend(marks.into_iter().map(narrow));
        }
        let mut groups = Vec::with_capacity(material.groups.len());
        for (group, part) in material.groups.into_iter().enumerate() {
            let (marks, principals) = starts.get(part.principal).copied().unwrap_or_default();
            groups.push(Environment {
                marks,
                principals,
                rows: tables.rows.len() as u32,
                resources: (part.verdicts.len() / part.classes.max(1)) as u32,
                classes: part.classes as u32,
                group: group as u32,
            });
            tables.undecided.extend(part.verdicts.iter().map(|verdict| narrow(verdict.undecided)));
            tables.rows.extend(part.verdicts.into_iter().map(|verdict| Row {
                deny: narrow(verdict.deny),
                ask: narrow(verdict.undecided.join(verdict.oblige)),
                allow: narrow(verdict.allow),
                oblige: narrow(verdict.oblige),
            }));
            tables.obligations.push(part.obligations);
        }
        let size = (material.places.len() / (types * types)) << (2 * bits);
        tables.environments = vec![Environment::default(); size];
        for (at, place) in material.places.iter().enumerate() {
            let (rest, resource) = (at / types, at % types);
            let (action, principal) = (rest / types, rest % types);
            let group = (*place as usize).checked_sub(1).and_then(|group| groups.get(group));
            if let (Some(environment), Some(group)) =
                (tables.environments.get_mut((action << bits | principal) << bits | resource), group)
            {
                *environment = *group;
            }
        }
        tables
    }

    fn bytes(&self) -> usize {
        self.marks.capacity() * size_of::<[u64; W]>()
            + self.rows.capacity() * size_of::<Row<W>>()
            + self.undecided.capacity() * size_of::<[u64; W]>()
            + self.environments.capacity() * size_of::<Environment>()
            + self.obligations.capacity() * size_of::<Option<Obligations>>()
    }

    /// The marks of the principal and the row of the resource.
    #[inline(always)]
    fn find(
        &self,
        principal: u64,
        action: ActionId,
        resource: u64,
        class: u32,
    ) -> Option<(&[u64; W], usize, &Environment)> {
        let (principal_type, resource_type) = ((principal >> 32) as usize, (resource >> 32) as usize);
        if (principal_type | resource_type) >> self.bits != 0 {
            return None;
        }
        let place = (action.index() << self.bits | principal_type) << self.bits | resource_type;
        let environment = self.environments.get(place)?;
        let (principal, resource) = (principal as u32, resource as u32);
        if (principal >= environment.principals)
            | (resource >= environment.resources)
            | (class >= environment.classes)
        {
            return None;
        }
        let marks = self.marks.get((environment.marks + principal) as usize)?;
        let row = environment.rows + resource * environment.classes + class;
        Some((marks, row as usize, environment))
    }

    /// Without a branch that is hard to foresee.
    #[inline(always)]
    fn allows(&self, principal: u64, action: ActionId, resource: u64, class: u32) -> Option<bool> {
        let (marks, row, _) = self.find(principal, action, resource, class)?;
        let row = self.rows.get(row)?;
        if common(marks, &row.ask) != 0 {
            return None;
        }
        Some((common(marks, &row.allow) != 0) & (common(marks, &row.deny) == 0))
    }

    fn decide(&self, principal: u64, action: ActionId, resource: u64, class: u32) -> Option<Decision> {
        let (marks, at, environment) = self.find(principal, action, resource, class)?;
        let row = self.rows.get(at)?;
        if common(marks, &row.deny) != 0 {
            return Some(Decision::Deny);
        }
        if common(marks, self.undecided.get(at)?) != 0 {
            return None;
        }
        if common(marks, &row.oblige) != 0 {
            let obligations = self.obligations.get(environment.group as usize)?.as_ref()?;
            return Some(Decision::AllowWith(obligations.clone()));
        }
        Some(if common(marks, &row.allow) != 0 { Decision::Allow } else { Decision::Deny })
    }
}
