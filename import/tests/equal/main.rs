//! Imported packages decide as Cedar does: the same decision, the same determining policies, errors of the same policies, and a
//! request that makes no sense there makes none here.

mod case;
mod compare;
mod fifty;
mod inferred;
mod oracle;
mod ours;
mod package;
mod random;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use case::Case;
use compare::{Compared, compare, compare_with, of_seed, shown};
use ours::Fault;

#[test]
fn every_case_decides_as_cedar_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/equal/cases");
    let picked = picked();
    let mut cases = case::read_all(&folder);
    cases.retain(|case| case.name.contains(&picked));
    let (mut decisions, mut faults) = (0, Vec::new());
    for Case { name, package, refused } in &cases {
        match (compare(package), refused.is_empty()) {
            (Ok(Compared { telling: 0, .. }), true) => {
                faults.push(format!("== {name}\nno policy has a say in any request"))
            }
            (Ok(compared), true) => decisions += compared.requests,
            (Err(Fault::Refused(message)), false) if refused.iter().all(|part| message.contains(part)) => {}
            (Ok(_), false) => faults.push(format!("== {name}\nwas to be refused, and was not")),
            (Err(fault), _) => faults.push(format!("== {name}\n{}", shown(&fault))),
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

/// The first seed, and how many random packages are compared.
#[allow(clippy::disallowed_methods, reason = "the person who runs the tests asks for more")]
fn asked_for() -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (number("ASSIZE_SEED").unwrap_or(0), number("ASSIZE_CASES").unwrap_or(PACKAGES))
}

/// So many packages, and requests of each, are 100,000 decisions.
const PACKAGES: u64 = 200;
const REQUESTS: usize = 512;

#[test]
fn random_packages_decide_as_cedar_does() {
    let (first, count) = asked_for();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(first);
    let work = || {
        let (mut all, mut findings) = (Compared::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count || findings.len() >= 2 {
                return (all, findings);
            }
            match of_seed(seed, REQUESTS, compare) {
                Ok(compared) => all.add(compared),
                Err(finding) => findings.push(finding.text()),
            }
        }
    };
    let (mut all, mut findings) = (Compared::default(), Vec::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let (compared, found) = worker.join().expect("a worker");
            all.add(compared);
            findings.extend(found);
        }
    });
    assert!(findings.is_empty(), "{} packages:\n{}", findings.len(), findings.join("\n\n"));
    let Compared { requests, telling } = all;
    println!("{count} packages, {requests} decisions, {telling} of them with policies or errors");
    assert!(telling * 20 > requests, "too few policies have a say: {telling} of {requests}");
    assert!(count < PACKAGES || requests >= 100_000, "{requests} decisions");
}

/// An importer that confuses `forbid` with `permit` is found out, by the smallest package that shows it.
#[test]
fn a_planted_difference_is_found_and_shrunk() {
    let confused = |package: &package::Package| {
        let mut ours = package.clone();
        ours.policies = ours.policies.replace("\nforbid ", "\npermit ");
        compare_with(&ours, package)
    };
    let finding = (0..20).find_map(|seed| of_seed(seed, 12, confused).err()).expect("a difference");
    assert!(matches!(finding.fault, Fault::Differs(_)), "{:?}", finding.fault);
    let found = &finding.simplest;
    let [policy] = found.policies.as_slice() else { panic!("one policy is enough: {}", finding.text()) };
    assert!(policy.contains("forbid") && !policy.contains("when"), "{policy}");
    assert_eq!(
        (found.requests.len(), found.entities.len(), found.links.len()),
        (1, 0, 0),
        "{}",
        finding.text()
    );
    assert!(finding.text().contains("--- requests"), "a case to keep");
}
