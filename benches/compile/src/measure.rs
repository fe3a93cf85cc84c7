//! Time and memory.

use rustix::time::{ClockId, clock_gettime};

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
    let (wall, cpu) = (seconds(ClockId::Monotonic), seconds(ClockId::ProcessCPUTime));
    let result = work();
    let took = Took { wall: seconds(ClockId::Monotonic) - wall, cpu: seconds(ClockId::ProcessCPUTime) - cpu };
    (took, result)
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The median of both clocks.
pub fn typical(times: &[Took]) -> Took {
    Took {
        wall: median(times.iter().map(|took| took.wall).collect()),
        cpu: median(times.iter().map(|took| took.cpu).collect()),
    }
}

/// The middle value, or the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// From here on, [`peak`] counts anew.
pub fn forget_peak() {
    // Where the kernel refuses, the peak is that of the whole process: too much, never too little.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that this process has held, in MiB, if the system tells.
pub fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
