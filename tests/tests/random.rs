//! Rule 9 on packages that nobody would write: random well-typed policies over random data, through both engines.
//! `ASSIZE_PACKAGES=1000` runs that many, `ASSIZE_SEED=7` starts elsewhere.

use assize_tests::package::Package;
use assize_tests::random;

const TIMES: [&str; 2] = ["2026-01-01T00:00:00Z", "2025-06-01T12:30:00.001Z"];

/// Findings that a random policy may deserve: arithmetic on constants that always overflows, and comparing what a test has
/// just shown to be of another type.
const DESERVED: [&str; 2] = ["E0213", "E0202"];

#[allow(clippy::disallowed_methods, reason = "the person who runs the tests picks seeds")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn the_engines_agree_on_random_packages() {
    let (first, packages) = (setting("ASSIZE_SEED", 1), setting("ASSIZE_PACKAGES", 60));
    let (mut decided, mut allowed, mut erring, mut refused) = (0, 0, 0, 0);
    for seed in first..first + packages {
        let random = random::package(seed, 12, 40);
        let compiled = Package::compile(&[("random.assize", &random.text)]);
        let Some(package) = compiled.package else {
            let errors: Vec<_> =
                compiled.findings.iter().filter(|found| found.code.starts_with('E')).collect();
            for error in &errors {
                let line = random.text.lines().nth(error.line).unwrap_or_default();
                assert!(DESERVED.contains(&error.code.as_str()), "seed {seed}: {error:?}\n{line}");
            }
            refused += 1;
            continue;
        };
        let deployed = package
            .deploy(&[("data.ndjson", &random.data)], TIMES[0])
            .unwrap_or_else(|faults| panic!("seed {seed}: {faults:#?}\n{}", random.data));
        assert!(deployed.is_native(), "seed {seed} falls back to the interpreter");
        for now in TIMES {
            for request in random.requests.lines() {
                let query = deployed
                    .query(request, now)
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{request}"));
                let lines = deployed.decide(&query).unwrap_or_else(|difference| {
                    panic!(
                        "seed {seed} at {now}: {request}\n  {difference}\n{}\n{}",
                        random.text, random.data
                    )
                });
                decided += 1;
                allowed += usize::from(lines[0].starts_with("allow"));
                erring += usize::from(lines.iter().any(|line| line.starts_with("error ")));
            }
        }
    }
    println!(
        "{decided} requests decided, {allowed} allowed, {erring} with errors; {refused} of {packages} packages refused"
    );
    assert!(refused * 2 < packages, "{refused} of {packages} packages do not compile");
    assert!(
        allowed > 0 && erring > 0 && decided > allowed,
        "{decided} requests, {allowed} allowed, {erring} with errors"
    );
}
