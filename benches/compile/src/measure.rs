//! Time by two clocks.

use assize_bench_common::clock::{process_time, wall_time};
use assize_bench_common::stats::median;

/// How long something took, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// By the clock on the wall.
    pub wall: f64,
    /// On processors, all threads together: what is left when other programs take their share of the machine.
    pub cpu: f64,
}

/// Runs `work` and says how long it took; what it returns is dropped after the clock has stopped.
pub fn took<T>(work: impl FnOnce() -> T) -> (Took, T) {
    let (wall, cpu) = (wall_time(), process_time());
    let result = work();
    let took = Took { wall: (wall_time() - wall) / 1e9, cpu: (process_time() - cpu) / 1e9 };
    (took, result)
}

/// The median of both clocks.
pub fn typical(times: &[Took]) -> Took {
    Took {
        wall: median(times.iter().map(|took| took.wall).collect()),
        cpu: median(times.iter().map(|took| took.cpu).collect()),
    }
}
