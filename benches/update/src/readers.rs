//! Single decisions on another thread, while nothing changes and while updates follow one another.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use assize::IdRequest;
use assize_bench_common::clock::{Stopwatch, wall_time};
use assize_bench_common::stats::{percentile, sorted};
use assize_bench_common::table::{Picture, Table};
use assize_bench_scale::load::NOW;

use crate::Limits;
use crate::world::{Change, Served};

/// Measures; `name` is the table's.
pub(crate) fn run(served: &mut Served, limits: Limits, name: &str) -> Table {
    let columns =
        [("p50", "ns"), ("p99", "ns"), ("p99.9", "ns"), ("longest", "ns"), ("decisions", "decisions")];
    let picture = Picture::Groups(["p50", "p99", "p99.9"].map(str::to_owned).to_vec());
    let size = served.size();
    let title = format!(
        "single decisions of a reader on another thread, over {size} users and as many documents and rows"
    );
    let mut table = Table::new(name, title, "meanwhile", &columns, picture);
    let watch = Stopwatch::new();
    let seconds = limits.seconds / 3.0;
    for (meanwhile, updating) in [("nothing", false), ("updates", true)] {
        // Chosen before, so that the writer does nothing but update.
        let changes: Vec<_> =
            (0..limits.updates).map(|at| served.change(Change::ALL[at % Change::ALL.len()])).collect();
        let (engine, handles) = (&served.engine, &served.handles);
        let end = AtomicBool::new(false);
        let (times, made) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let (requests, mut reader) = (handles.batch(), engine.reader());
                let mut times = Vec::with_capacity(1 << 22);
                while !end.load(Ordering::Relaxed) && times.len() < 1 << 24 {
                    for IdRequest { principal, action, resource, context } in &requests {
                        let decide = || {
                            reader.refresh();
                            reader.decide_ids_at(*principal, *action, *resource, context, NOW)
                        };
                        let (decision, time) = watch.time(decide);
                        black_box(decision.is_ok());
                        times.push((time - watch.overhead).max(0.0));
                    }
                }
                times
            });
            let begin = wall_time();
            let mut made = 0;
            // All of them must be made for the comparison afterwards; those that come too late are made without being measured.
            while wall_time() - begin < seconds * 1e9 {
                match changes.get(made) {
                    Some(change) if updating => {
                        engine.update_at(change, NOW).expect("the change fits");
                        made += 1;
                    }
                    _ => std::thread::sleep(std::time::Duration::from_millis(5)),
                }
            }
            end.store(true, Ordering::Relaxed);
            (reader.join().expect("it ends"), made)
        });
        let rest =
            served.engine.update_at(|edit| changes[made..].iter().try_for_each(|change| change(edit)), NOW);
        rest.expect("the changes fit");
        let (decisions, times) = (times.len() as f64, sorted(times));
        let at = |percent| Some(percentile(&times, percent));
        table.row(meanwhile, &[at(50.0), at(99.0), at(99.9), at(100.0), Some(decisions)]);
        if updating {
            table.note(format!("{made} updates in {seconds:.1} s"));
        }
    }
    table.note(format!("reading the clock costs {:.0} ns, which are taken off", watch.overhead));
    served.assert_right();
    table
}
