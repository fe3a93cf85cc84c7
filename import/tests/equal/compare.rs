//! Both sides asked the same, and what to do about a difference.

use crate::oracle::Oracle;
use crate::ours::{Fault, Ours};
use crate::package::Package;
use crate::random::{self, Choices, Parts};

/// How many requests were compared, and for how many of them some policy had a say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    pub requests: usize,
    pub telling: usize,
}

impl Compared {
    pub fn add(&mut self, other: Compared) {
        self.requests += other.requests;
        self.telling += other.telling;
    }
}

/// Compares all requests.
pub fn compare(package: &Package) -> Result<Compared, Fault> {
    compare_with(package, package)
}

/// The same where Cedar reads another package than we do: so that tests see differences found.
pub fn compare_with(package: &Package, theirs: &Package) -> Result<Compared, Fault> {
    let ours = Ours::new(package)?;
    let oracle = Oracle::new(theirs).map_err(|error| Fault::Broken(format!("Cedar: {error}")))?;
    let mut telling = 0;
    for (line, theirs) in package.requests.iter().zip(oracle.answers(package)) {
        let answer = ours.answer(line)?;
        if answer != theirs {
            let text = &ours.text;
            return Err(Fault::Differs(format!("{line}\nCedar {theirs:?}\nhere  {answer:?}\n{text}")));
        }
        telling +=
            usize::from(theirs.is_some_and(|said| !said.policies.is_empty() || !said.errors.is_empty()));
    }
    Ok(Compared { requests: package.requests.len(), telling })
}

/// The same with a panic as a fault of its own.
pub fn compare_parts(
    parts: &Parts,
    compare: impl Fn(&Package) -> Result<Compared, Fault>,
) -> Result<Compared, Fault> {
    let package = parts.package();
    let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| compare(&package)));
    compared.unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
        Err(Fault::Panics(text.unwrap_or_default()))
    })
}

/// A difference, with the simplest package that was found for it.
#[derive(Debug)]
pub struct Finding {
    pub seed: u64,
    pub fault: Fault,
    pub simplest: Parts,
}

/// Makes the package of a seed, and asks it so many requests.
///
/// # Errors
/// What was found, once the package is as simple as it gets.
pub fn of_seed(
    seed: u64,
    requests: usize,
    compare: impl Fn(&Package) -> Result<Compared, Fault>,
) -> Result<Compared, Box<Finding>> {
    let mut choices = Choices::of_seed(seed);
    let make = |choices: &mut Choices| random::package(choices, requests);
    let Some(parts) = make(&mut choices) else { return Ok(Compared::default()) };
    let fault = match compare_parts(&parts, &compare) {
        Ok(compared) => return Ok(compared),
        Err(fault) => fault,
    };
    let is_alike = |parts: &Parts| compare_parts(parts, &compare).is_err_and(|other| other.is_like(&fault));
    let simplest = random::simplest(&choices.drawn, make, is_alike).unwrap_or(parts);
    let fault = compare_parts(&simplest, &compare).err().unwrap_or(fault);
    Err(Box::new(Finding { seed, fault, simplest }))
}

impl Finding {
    /// For people, with the case to keep.
    pub fn text(&self) -> String {
        let case = self.simplest.package().text();
        format!("== seed {}\n{}\n\nas a case:\n=== seed {}\n{case}", self.seed, shown(&self.fault), self.seed)
    }
}

/// For people.
pub fn shown(fault: &Fault) -> String {
    match fault {
        Fault::Refused(text) => format!("refused: {text}"),
        Fault::Broken(text) => format!("broken: {text}"),
        Fault::Engines(text) => format!("the engines differ: {text}"),
        Fault::Panics(text) => format!("panics: {text}"),
        Fault::Differs(text) => format!("differs: {text}"),
    }
}
