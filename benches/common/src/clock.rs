//! Clocks: how long this thread has run, for rounds of many decisions; and one with a fine grain, for single ones.

use rustix::time::{ClockId, clock_gettime};

/// How long this thread has run, in nanoseconds. Waiting for a processor is left out: on a machine that others use, it would hit
/// long rounds and spare short ones.
pub fn thread_time() -> f64 {
    nanoseconds(ClockId::ThreadCPUTime)
}

/// How long all threads of this process have run, in nanoseconds.
pub fn process_time() -> f64 {
    nanoseconds(ClockId::ProcessCPUTime)
}

/// The clock on the wall, in nanoseconds from some start.
pub fn wall_time() -> f64 {
    nanoseconds(ClockId::Monotonic)
}

fn nanoseconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Times single calls by the processor's own counter of cycles, where it counts evenly; else by the system's clock.
pub struct Stopwatch {
    clock: quanta::Clock,
    /// What one reading after another shows with nothing between them, in nanoseconds: the median of many.
    pub overhead: f64,
}

impl Stopwatch {
    /// Calibrates the clock and measures what reading it costs.
    pub fn new() -> Self {
        let mut watch = Stopwatch { clock: quanta::Clock::new(), overhead: 0.0 };
        let empty = (0..100_001).map(|_| watch.time(|| ()).1).collect();
        watch.overhead = crate::stats::median(empty);
        watch
    }

    /// How long `work` took in nanoseconds, reading the clock included.
    #[inline]
    pub fn time<T>(&self, work: impl FnOnce() -> T) -> (T, f64) {
        let start = self.clock.raw();
        let result = work();
        let end = self.clock.raw();
        (result, self.clock.delta_as_nanos(start, end) as f64)
    }
}

impl Default for Stopwatch {
    fn default() -> Self {
        Stopwatch::new()
    }
}
