//! Imported packages decide as Cedar does: the same decision, the same determining policies, errors of the same policies, and a
//! request that makes no sense there makes none here.

mod case;
mod oracle;
mod ours;
mod package;

use std::path::Path;

use case::Case;
use oracle::Oracle;
use ours::{Fault, Ours};
use package::Package;

/// Compares all requests; answers how many there were, and for how many of them some policy had a say.
fn compare(package: &Package) -> Result<(usize, usize), Fault> {
    let oracle = Oracle::new(package).map_err(|error| Fault::Broken(format!("Cedar: {error}")))?;
    let ours = Ours::new(package)?;
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
    let cases = case::read_all(&folder);
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
    assert!(cases.len() >= 2 && decisions >= 800, "{} cases, {decisions} decisions", cases.len());
}

/// For people.
fn shown(result: &Result<(usize, usize), Fault>) -> String {
    match result {
        Ok(_) => "was to be refused, and was not".to_owned(),
        Err(Fault::Refused(text)) => format!("refused: {text}"),
        Err(Fault::Broken(text)) => format!("broken: {text}"),
        Err(Fault::Engines(text)) => format!("the engines differ: {text}"),
        Err(Fault::Differs(text)) => format!("differs: {text}"),
    }
}
