//! Many changes that take effect together.

use assize_bench_common::clock::thread_time;
use assize_bench_common::table::{Picture, Table};
use assize_bench_scale::load::NOW;

use crate::world::{Change, Served};

pub(crate) fn run(served: &mut Served, quick: bool) -> Table {
    let picture = Picture::Lines(vec!["milliseconds".into()]);
    let columns = [("milliseconds", "ms"), ("each", "us")];
    let title = "many changes in one update, a quarter of each kind: time of the thread that makes it";
    let mut table = Table::new("update/batch", title, "changes", &columns, picture);
    let sizes: &[usize] = if quick { &[1_000] } else { &[1_000, 10_000, 100_000] };
    for size in sizes {
        let changes: Vec<_> =
            (0..*size).map(|at| served.change(Change::ALL[at % Change::ALL.len()])).collect();
        let start = thread_time();
        let made = served.engine.update_at(|edit| changes.iter().try_for_each(|change| change(edit)), NOW);
        made.expect("the changes fit");
        let time = thread_time() - start;
        table.row(size.to_string(), &[Some(time / 1e6), Some(time / 1e3 / *size as f64)]);
    }
    served.assert_right();
    table
}
