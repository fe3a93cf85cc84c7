//! What is settled, as native numbers and bits: a decision reads the marks of one principal and one row.

use crate::outcome::{Decision, Obligations};

use super::policy::Verdict;
use super::sets::{Set, WORDS};

/// Tables whose sets have `W` words.
pub(super) struct Tables<const W: usize> {
    /// By type and number.
    marks: Vec<[u64; W]>,
    /// By group, number and class.
    rows: Vec<Row<W>>,
    /// By action and types.
    environments: Vec<Environment>,
    /// By group.
    obligations: Vec<Option<Obligations>>,
    types: usize,
}

/// See [`Verdict`].
#[derive(Clone, Copy)]
#[repr(C)]
struct Row<const W: usize> {
    deny: [u64; W],
    undecided: [u64; W],
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
pub(super) enum AnyTables {
    Narrow(Tables<2>),
    Wide(Tables<WORDS>),
}

impl AnyTables {
    /// For marks of so many bits.
    pub fn new(material: Material, bits: usize) -> AnyTables {
        if bits <= 128 {
            AnyTables::Narrow(Tables::new(material))
        } else {
            AnyTables::Wide(Tables::new(material))
        }
    }

    /// The decision about a principal and a resource by their numbers; `None` if tables do not tell.
    #[inline(always)]
    pub fn decide(&self, place: usize, principal: u32, resource: u32, class: u32) -> Option<Decision> {
        match self {
            AnyTables::Narrow(tables) => tables.decide(place, principal, resource, class),
            AnyTables::Wide(tables) => tables.decide(place, principal, resource, class),
        }
    }

    /// How many types of entities there are.
    #[inline(always)]
    pub fn types(&self) -> usize {
        match self {
            AnyTables::Narrow(tables) => tables.types,
            AnyTables::Wide(tables) => tables.types,
        }
    }
}

#[inline(always)]
fn meet<const W: usize>(a: &[u64; W], b: &[u64; W]) -> bool {
    let mut common = 0;
    for at in 0..W {
        common |= a[at] & b[at];
    }
    common != 0
}

impl<const W: usize> Tables<W> {
    fn new(material: Material) -> Tables<W> {
        let narrow = |set: Set| std::array::from_fn(|at| set.0[at]);
        let types = material.marks.len();
        let mut tables =
            Tables { marks: vec![], rows: vec![], environments: vec![], obligations: vec![], types };
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
            tables.rows.extend(part.verdicts.into_iter().map(|verdict| Row {
                deny: narrow(verdict.deny),
                undecided: narrow(verdict.undecided),
                allow: narrow(verdict.allow),
                oblige: narrow(verdict.oblige),
            }));
            tables.obligations.push(part.obligations);
        }
        let group = |place: &u32| (*place as usize).checked_sub(1).and_then(|at| groups.get(at).copied());
        tables.environments = material.places.iter().map(|place| group(place).unwrap_or_default()).collect();
        tables
    }

    #[inline(always)]
    fn decide(&self, place: usize, principal: u32, resource: u32, class: u32) -> Option<Decision> {
        let environment = self.environments.get(place)?;
        if (principal >= environment.principals)
            | (resource >= environment.resources)
            | (class >= environment.classes)
        {
            return None;
        }
        let marks = self.marks.get((environment.marks + principal) as usize)?;
        let row = self.rows.get((environment.rows + resource * environment.classes + class) as usize)?;
        let denied = meet(marks, &row.deny);
        if meet(marks, &row.undecided) & !denied {
            return None;
        }
        if meet(marks, &row.oblige) & !denied {
            let obligations = self.obligations.get(environment.group as usize)?.as_ref()?;
            return Some(Decision::AllowWith(obligations.clone()));
        }
        Some(if meet(marks, &row.allow) & !denied { Decision::Allow } else { Decision::Deny })
    }
}
