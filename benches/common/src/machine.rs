//! What a figure was measured on.

use std::process::Command;

/// The processor and how many of them there are, as far as the system tells.
pub fn description() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, name)| name.trim());
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    format!("{model}, {count} processors, load {load}")
}

/// The commit of the working tree, with a mark if it has changes, or `unknown`.
pub fn commit() -> String {
    let output = Command::new("git").args(["describe", "--always", "--dirty", "--exclude", "*"]).output();
    let output = output.ok().filter(|output| output.status.success());
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or("unknown".to_owned(), |text| text.trim().to_owned())
}
