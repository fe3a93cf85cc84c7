//! Memory after many updates.

use assize_bench_common::clock::wall_time;
use assize_bench_common::memory::resident;
use assize_bench_common::table::{Picture, Table};

use crate::Limits;
use crate::world::{Change, Served};

pub(crate) fn run(served: &mut Served, limits: Limits) -> Table {
    let picture = Picture::Bars("memory".into());
    let title = "memory of the process after many updates of one change each";
    let mut table = Table::new("update/memory", title, "updates", &[("memory", "MiB")], picture);
    table.row("0", &[resident()]);
    let begin = wall_time();
    let mut made = 0;
    for quarter in 1..=4 {
        let target = 4 * limits.updates * quarter / 4;
        while made < target && wall_time() - begin < limits.seconds * 1e9 * quarter as f64 / 4.0 {
            // As many rows come as go, so that the data stays as large.
            served.make(Change::ALL[made % Change::ALL.len()]);
            made += 1;
        }
        table.row(made.to_string(), &[resident()]);
    }
    served.assert_right();
    table
}
