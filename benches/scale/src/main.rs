//! `scale`: how long a decision takes as policies grow from 10 to 100,000, in Assize, in hand-written Rust with an index, and in Cedar.
//!
//! Each set of policies ([`folders`], [`hospital`]) is made at each size with its data and 64 K shuffled requests ([`case`]); every engine
//! ([`engines`]) must decide them alike, and then they are timed in interleaved rounds ([`measure`]).

mod case;
mod engines;
mod folders;
mod hospital;
mod measure;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;

use crate::case::Case;
use crate::engines::CEDAR_REQUESTS;

/// Times decisions as policies grow.
#[derive(Parser)]
#[command(name = "scale")]
struct Arguments {
    /// A short run up to 1,000 policies that shows agreement and rough ratios
    #[arg(long)]
    quick: bool,
    /// Only sets whose name begins so: folders, hospital
    #[arg(long)]
    set: Option<String>,
    /// No more policies than this
    #[arg(long)]
    most: Option<usize>,
    /// Leave Cedar out
    #[arg(long)]
    without_cedar: bool,
    /// A file to write NDJSON rows to
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Cedar takes milliseconds for a decision beyond.
const MOST_FOR_CEDAR: usize = 10_000;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let most = arguments.most.unwrap_or(if arguments.quick { 1_000 } else { usize::MAX });
    let count = if arguments.quick { 1 << 12 } else { 1 << 16 };
    let rounds = if arguments.quick { 3 } else { 11 };
    let mut rows = String::new();
    println!(
        "{:<22}{:>9}{:>9}{:>9}{:>12}{:>9}{:>12}{:>10}",
        "set", "policies", "assize", "hand", "cedar", "ratio", "compile ms", "link ms"
    );
    type Make = fn(usize, usize) -> Case;
    let sets: [(&str, &[usize], Make); 3] = [
        ("folders", &[10, 100, 1_000, 10_000, 100_000], folders::case),
        ("hospital-disjoint", &[38, 100, 1_000, 10_000], |n, count| hospital::case(n, count, false)),
        ("hospital-overlapping", &[38, 100, 1_000, 10_000], |n, count| hospital::case(n, count, true)),
    ];
    for (name, sizes, make) in sets {
        if arguments.set.as_ref().is_some_and(|set| !name.starts_with(set.as_str())) {
            continue;
        }
        for size in sizes.iter().filter(|size| **size <= most) {
            let with_cedar = !arguments.without_cedar && *size <= MOST_FOR_CEDAR;
            let row = row(&make(*size, count), with_cedar, rounds);
            rows.push_str(&row.to_string());
            rows.push('\n');
        }
    }
    if let Some(path) = arguments.out
        && let Err(error) = fs::write(&path, rows)
    {
        eprintln!("error: {}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Measures one case and prints its row.
///
/// # Panics
///
/// With the first request on which two engines differ: a time of an engine that decides something else means nothing.
fn row(case: &Case, with_cedar: bool, rounds: usize) -> serde_json::Value {
    let (assize, load) = engines::assize(case);
    let few = &case.requests[..case.requests.len().min(CEDAR_REQUESTS)];
    let cedar = with_cedar.then(|| engines::cedar(case).0);
    let mut allowed = 0;
    for request in &case.requests {
        let expected = (case.hand)(*request);
        assert_eq!(assize(*request), expected, "{} {}: {request:?}", case.name, case.policies);
        allowed += usize::from(expected);
    }
    if let Some(cedar) = &cedar {
        for request in few {
            assert_eq!(
                cedar(*request),
                (case.hand)(*request),
                "cedar, {} {}: {request:?}",
                case.name,
                case.policies
            );
        }
    }
    let times = measure::measure(&[(&assize, &case.requests), (&case.hand, &case.requests)], rounds);
    let cedar_ns = cedar.as_ref().map(|cedar| measure::measure(&[(cedar, few)], rounds.min(3))[0]);
    let cedar_text = cedar_ns.map_or("-".to_owned(), |ns| format!("{ns:.0}"));
    println!(
        "{:<22}{:>9}{:>9.1}{:>9.1}{:>12}{:>9.2}{:>12.0}{:>10.1}",
        case.name,
        case.policies,
        times[0],
        times[1],
        cedar_text,
        times[0] / times[1],
        load.compile_ms,
        load.link_ms
    );
    json!({
        "set": case.name,
        "policies": case.policies,
        "requests": case.requests.len(),
        "allowed": allowed,
        "assize_ns": times[0],
        "hand_ns": times[1],
        "cedar_ns": cedar_ns,
        "compile_ms": load.compile_ms,
        "link_ms": load.link_ms,
    })
}
