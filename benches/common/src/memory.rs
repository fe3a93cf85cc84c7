//! How much memory this process holds.

/// The most memory that this process has held, in MiB, if the system tells.
pub fn peak() -> Option<f64> {
    status("VmHWM:")
}

/// The memory that this process holds now, in MiB, if the system tells.
pub fn resident() -> Option<f64> {
    status("VmRSS:")
}

/// From here on, [`peak`] counts anew.
pub fn forget_peak() {
    // Where the kernel refuses, the peak is that of the whole process: too much, never too little.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn status(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
