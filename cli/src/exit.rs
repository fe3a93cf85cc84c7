//! How a command ends.

use std::fmt;
use std::io;

/// The outcome of a command that could do its work, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: done, nothing to complain about. A denied request is an answer, not a complaint.
    Success = 0,
    /// 1: errors in a package, or failed tests.
    Findings = 1,
    /// 2: bad usage or unreadable input.
    Usage = 2,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Stop {
    /// Exit code 2, with what to tell the user and what they can do about it.
    Usage {
        /// One line, lower case.
        message: String,
        /// What it consists of, one line for each fault.
        faults: Vec<String>,
        /// What to try.
        help: Option<String>,
    },
    /// With this exit code: the diagnostics have been printed.
    Reported(Exit),
    /// Whoever read our output has had enough: end quietly.
    ClosedPipe,
}

impl Stop {
    /// Exit code 2 with this message.
    pub fn usage(message: impl fmt::Display) -> Self {
        Stop::Usage { message: message.to_string(), faults: Vec::new(), help: None }
    }

    /// With a way out.
    pub fn help(self, text: impl Into<String>) -> Self {
        match self {
            Stop::Usage { message, faults, .. } => Stop::Usage { message, faults, help: Some(text.into()) },
            other => other,
        }
    }

    /// With what it consists of, one line for each fault.
    pub fn faults(self, text: impl fmt::Display) -> Self {
        match self {
            Stop::Usage { message, help, .. } => {
                Stop::Usage { message, faults: text.to_string().lines().map(str::to_owned).collect(), help }
            }
            other => other,
        }
    }
}

/// Of writing results. Reading input has messages of its own that name the input.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::ClosedPipe,
            _ => Stop::usage(format!("cannot write the result: {error}")),
        }
    }
}
