//! Decisions as policies grow.

use assize_bench_common::rounds::{Contender, Times};
use assize_bench_common::table::{Picture, Table};

use crate::Options;
use crate::case::Case;
use crate::engines::{self, CEDAR_REQUESTS};
use crate::{folders, hospital};

/// Cedar takes milliseconds for a decision beyond.
const MOST_FOR_CEDAR: usize = 10_000;

type Make = fn(usize, usize) -> Case;

const SETS: [(&str, &[usize], Make); 3] = [
    ("folders", &[10, 100, 1_000, 10_000, 100_000], folders::case),
    ("hospital-disjoint", &[38, 100, 1_000, 10_000], |n, count| hospital::case(n, count, false)),
    ("hospital-overlapping", &[38, 100, 1_000, 10_000], |n, count| hospital::case(n, count, true)),
];

pub(crate) fn run(options: &Options, ready: &mut impl FnMut(Table)) -> Result<(), String> {
    let most = options.most.unwrap_or(if options.quick { 1_000 } else { usize::MAX });
    let count = if options.quick { 1 << 12 } else { 1 << 16 };
    let rounds = if options.quick { 3 } else { 11 };
    let chosen = |name: &str| options.set.as_ref().is_none_or(|set| name.starts_with(set.as_str()));
    if !SETS.iter().any(|(name, ..)| chosen(name)) {
        return Err("there are the sets folders, hospital-disjoint and hospital-overlapping".to_owned());
    }
    for (name, sizes, make) in SETS.into_iter().filter(|(name, ..)| chosen(name)) {
        let columns = [
            ("assize", "ns"),
            ("hand", "ns"),
            ("cedar", "ns"),
            ("times hand", "times"),
            ("compile", "ms"),
            ("link", "ms"),
            ("bytes a policy", "bytes"),
        ];
        let title = format!("policies, set {name}: one decision by ids");
        let lines = Picture::Lines(["assize", "hand", "cedar"].map(str::to_owned).to_vec());
        let mut table = Table::new(format!("scale/{name}"), title, "policies", &columns, lines);
        for size in sizes.iter().filter(|size| **size <= most) {
            let with_cedar = !options.without_cedar && *size <= MOST_FOR_CEDAR;
            row(&mut table, &make(*size, count), with_cedar, rounds);
        }
        table.note(format!("{count} shuffled requests; {CEDAR_REQUESTS} of them for Cedar"));
        ready(table);
    }
    Ok(())
}

/// Measures one case.
///
/// # Panics
///
/// With the first request on which two engines differ: a time of an engine that decides something else means nothing.
fn row(table: &mut Table, case: &Case, with_cedar: bool, rounds: usize) {
    let ours = engines::assize(case);
    let assize = &ours.decide;
    let few = &case.requests[..case.requests.len().min(CEDAR_REQUESTS)];
    let cedar = with_cedar.then(|| engines::cedar(case));
    for request in &case.requests {
        let expected = (case.hand)(*request);
        assert_eq!(assize(*request), expected, "{} {}: {request:?}", case.name, case.policies);
    }
    for request in few {
        if let Some(cedar) = &cedar {
            assert_eq!(
                cedar(*request),
                (case.hand)(*request),
                "cedar, {} {}: {request:?}",
                case.name,
                case.policies
            );
        }
    }
    let all = case.requests.len();
    let contenders = [
        Contender::new("assize", all, || case.requests.iter().filter(|request| assize(**request)).count()),
        Contender::new("hand", all, || case.requests.iter().filter(|request| (case.hand)(**request)).count()),
    ];
    let times = Times::measure(&contenders, rounds);
    let cedar = cedar.map(|cedar| {
        let run = || few.iter().filter(|request| cedar(**request)).count();
        Times::measure(&[Contender::new("cedar", few.len(), run)], rounds.min(3)).of(0)
    });
    table.row(
        case.policies.to_string(),
        &[
            Some(times.of(0)),
            Some(times.of(1)),
            cedar,
            Some(times.ratio(0, 1)),
            Some(ours.load.compile_ms),
            Some(ours.load.link_ms),
            Some(ours.bytes_per_policy()),
        ],
    );
}
