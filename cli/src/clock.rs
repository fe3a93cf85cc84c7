//! The time that commands work at.

use std::time::{SystemTime, UNIX_EPOCH};

use assize_runtime::literal::parse_datetime;

use crate::exit::Stop;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[allow(
    clippy::disallowed_methods,
    reason = "the clock that a command stands in for when nobody names a time"
)]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The time that `--now` names.
pub fn read(text: &str) -> Result<i64, Stop> {
    read_named("--now", text)
}

/// The time that this option names.
pub fn read_named(option: &str, text: &str) -> Result<i64, Stop> {
    parse_datetime(text).map_err(|error| {
        Stop::usage(format!("`{option} {text}` is no time: {error}"))
            .help("write it like `2026-06-01T00:00:00Z`")
    })
}
