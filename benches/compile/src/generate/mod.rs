//! Packages of many policies, written both as Assize and as Cedar.
//!
//! A company: [`schema::AREAS`] each bring six types of entities, a hierarchy and actions; beside them stand users and groups, which
//! makes 200 types. A policy is about one area, and says what policies of such a company say: owners, groups, levels, tags,
//! places, devices. Only what both languages can say alike is said.

mod conditions;
mod policies;
pub mod sample;
pub mod schema;

use std::fmt::Write;
use std::path::Path;

/// Policies of one file, as a team would cut them.
const POLICIES_IN_A_FILE: usize = 250;

/// One package in both languages.
pub struct Generated {
    /// Names and texts of the files in Assize.
    pub assize: Vec<(String, String)>,
    /// The schema in Cedar.
    pub cedar_schema: String,
    /// All policies in Cedar, in the order of those in Assize.
    pub cedar_policies: String,
}

impl Generated {
    /// A package of `count` policies, about the first `acting` areas; the others only declare types. The same for the same
    /// arguments.
    pub fn new(count: usize, acting: usize, seed: u64) -> Generated {
        let mut random = Random(seed);
        let mut cedar_policies = String::new();
        let mut assize = schema::assize(acting);
        // Policies by area, each area in files of a few hundred.
        let mut open: Vec<(usize, String)> = vec![(0, String::new()); schema::AREAS.len()];
        let mut files = vec![0; schema::AREAS.len()];
        for nth in 0..count {
            let area = random.below(acting);
            let policy = policies::one(&mut random, area, nth);
            let (held, text) = &mut open[area];
            if text.is_empty() {
                text.push_str(&schema::header(area));
            }
            let _ = write!(text, "\n{}", policy.assize);
            *held += 1;
            if *held == POLICIES_IN_A_FILE {
                let name = format!("{}/policies-{:03}.assize", schema::AREAS[area], files[area]);
                assize.push((name, std::mem::take(text)));
                files[area] += 1;
                *held = 0;
            }
            let _ = write!(cedar_policies, "\n{}", policy.cedar);
        }
        for (area, (_, text)) in open.into_iter().enumerate().filter(|(_, (held, _))| *held > 0) {
            assize.push((format!("{}/policies-{:03}.assize", schema::AREAS[area], files[area]), text));
        }
        assize.sort();
        Generated { assize, cedar_schema: schema::cedar(acting), cedar_policies }
    }

    /// Writes the files in Assize, and those in Cedar, to a folder.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        let manifest = "[package]\nname = \"company\"\nversion = \"0.1.0\"\n";
        let cedar = [("company.cedar", &self.cedar_policies), ("company.cedarschema", &self.cedar_schema)];
        let files = self.assize.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let others = cedar.map(|(name, text)| (name, text.as_str())).into_iter();
        for (name, text) in files.chain(others).chain([("assize.toml", manifest)]) {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(path, text)?;
        }
        Ok(())
    }

    /// Lines of all files in Assize.
    pub fn lines(&self) -> usize {
        self.assize.iter().map(|(_, text)| text.lines().count()).sum()
    }
}

/// The same text in both languages.
#[derive(Clone)]
pub struct Both {
    /// In Assize.
    pub assize: String,
    /// In Cedar.
    pub cedar: String,
}

/// A generator of numbers (SplitMix64): packages must be the same everywhere.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True that often.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of some.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Some of all, at least one, in their order.
    pub fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        let first = self.below(of.len());
        let count = 1 + self.below(most.min(of.len()));
        let mut chosen: Vec<usize> = (0..count).map(|nth| (first + nth * 2 + 1) % of.len()).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen.into_iter().map(|at| of[at].clone()).collect()
    }
}
