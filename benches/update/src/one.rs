//! One change at a time.

use assize_bench_common::clock::{thread_time, wall_time};
use assize_bench_common::stats::{percentile, sorted};
use assize_bench_common::table::{Picture, Table};
use assize_bench_scale::load::NOW;

use crate::Limits;
use crate::world::{Change, Served};

pub(crate) fn run(served: &mut Served, limits: Limits) -> Table {
    let columns = [
        ("median", "us"),
        ("p99", "us"),
        ("longest", "us"),
        ("median by the wall", "us"),
        ("updates", "updates"),
    ];
    let picture = Picture::Groups(vec!["median".into(), "p99".into()]);
    let title = "one change of the data, a snapshot each: time of the thread that makes it";
    let mut table = Table::new("update/one", title, "change", &columns, picture);
    for change in Change::ALL {
        let (mut times, mut walls) = (Vec::new(), Vec::new());
        let begin = wall_time();
        while times.len() < limits.updates && (times.is_empty() || wall_time() - begin < limits.seconds * 1e9)
        {
            let edit = served.change(change);
            let (wall, start) = (wall_time(), thread_time());
            served.engine.update_at(edit, NOW).expect("the change fits");
            times.push((thread_time() - start) / 1e3);
            walls.push((wall_time() - wall) / 1e3);
        }
        let (times, walls) = (sorted(times), sorted(walls));
        let at = |percent| Some(percentile(&times, percent));
        let count = Some(times.len() as f64);
        table.row(change.name(), &[at(50.0), at(99.0), at(100.0), Some(percentile(&walls, 50.0)), count]);
    }
    served.assert_right();
    table
}
