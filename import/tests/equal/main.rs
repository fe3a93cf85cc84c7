//! Imported packages decide as Cedar does: the same decision, the same determining policies, errors of the same policies, and a
//! request that makes no sense there makes none here.

mod case;
mod oracle;
mod ours;
mod package;
mod random;

use std::path::Path;

use case::Case;
use oracle::Oracle;
use ours::{Fault, Ours};
use package::Package;
use random::{Choices, Parts};

/// Compares all requests; answers how many there were, and for how many of them some policy had a say.
fn compare(package: &Package) -> Result<(usize, usize), Fault> {
    let ours = Ours::new(package)?;
    let oracle = Oracle::new(package).map_err(|error| Fault::Broken(format!("Cedar: {error}")))?;
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
    Ok((package.requests.len(), telling))
}

#[test]
fn every_case_decides_as_cedar_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/equal/cases");
    let picked = picked();
    let mut cases = case::read_all(&folder);
    cases.retain(|case| case.name.contains(&picked));
    let (mut decisions, mut faults) = (0, Vec::new());
    for Case { name, package, refused } in &cases {
        match (compare(package), refused.is_empty()) {
            (Ok((_, 0)), true) => faults.push(format!("== {name}\nno policy has a say in any request")),
            (Ok((compared, _)), true) => decisions += compared,
            (Err(Fault::Refused(message)), false) if refused.iter().all(|part| message.contains(part)) => {}
            (result, _) => faults.push(format!("== {name}\n{}", shown(&result))),
        }
    }
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n\n"));
    assert!(
        !picked.is_empty() || (cases.len() > 150 && decisions > 8_000),
        "{} cases, {decisions} decisions",
        cases.len()
    );
}

/// What the names of cases must contain: the person who runs the tests picks some.
#[allow(clippy::disallowed_methods, reason = "the person who runs the tests picks cases")]
fn picked() -> String {
    std::env::var("ASSIZE_CASE").unwrap_or_default()
}

/// How many random packages are compared; each has about a hundred requests.
#[allow(clippy::disallowed_methods, reason = "the person who runs the tests asks for more")]
fn asked_for() -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (number("ASSIZE_SEED").unwrap_or(0), number("ASSIZE_CASES").unwrap_or(20))
}

/// The same with a panic as a fault of its own.
fn compare_parts(parts: &Parts) -> Result<(usize, usize), Fault> {
    let package = parts.package();
    std::panic::catch_unwind(|| compare(&package)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
        Err(Fault::Panics(text.unwrap_or_default()))
    })
}

#[test]
fn random_packages_decide_as_cedar_does() {
    let (first, count) = asked_for();
    let (mut decisions, mut telling, mut faults) = (0, 0, Vec::new());
    for seed in first..first + count {
        let mut choices = Choices::of_seed(seed);
        let Some(parts) = random::package(&mut choices) else { continue };
        match compare_parts(&parts) {
            Ok((compared, with_reasons)) => {
                decisions += compared;
                telling += with_reasons;
            }
            Err(fault) => {
                // Shown at once: looking for a simpler package takes its time.
                println!(
                    "seed {seed}: {}",
                    shown(&Err(fault.clone())).lines().take(400).collect::<Vec<_>>().join("\n")
                );
                let is_alike = |parts: &Parts| compare_parts(parts).is_err_and(|other| other.is_like(&fault));
                let simplest = random::simplest(&choices.drawn, random::package, is_alike).unwrap_or(parts);
                let result = compare_parts(&simplest);
                let case = simplest.package().text();
                faults.push(format!("== seed {seed}\n{}\n\nas a case:\n{case}", shown(&result)));
            }
        }
        if faults.len() >= 2 {
            break;
        }
    }
    assert!(faults.is_empty(), "{} packages:\n{}", faults.len(), faults.join("\n\n"));
    println!("{count} packages, {decisions} decisions, {telling} of them with policies or errors");
    assert!(telling * 20 > decisions, "too few policies have a say: {telling} of {decisions}");
}

/// For people.
fn shown(result: &Result<(usize, usize), Fault>) -> String {
    match result {
        Ok(_) => "was to be refused, and was not".to_owned(),
        Err(Fault::Refused(text)) => format!("refused: {text}"),
        Err(Fault::Broken(text)) => format!("broken: {text}"),
        Err(Fault::Engines(text)) => format!("the engines differ: {text}"),
        Err(Fault::Panics(text)) => format!("panics: {text}"),
        Err(Fault::Differs(text)) => format!("differs: {text}"),
    }
}
