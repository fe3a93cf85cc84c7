//! A package of Cedar with requests, and what an engine says of them.

use std::collections::BTreeSet;

/// What Cedar's command line is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    pub schema: String,
    /// Empty: there is no file, and neither is there for links.
    pub policies: String,
    pub entities: String,
    pub links: String,
    /// JSON objects, each in a line.
    pub requests: Vec<String>,
}

/// What one side says of a request; `None` if it makes no sense.
pub type Answer = Option<Said>;

/// A decision with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub allow: bool,
    pub policies: BTreeSet<String>,
    pub errors: BTreeSet<String>,
}

impl Package {
    /// As a case is kept: see `case.rs`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let requests = self.requests.join("\n");
        let parts = [
            ("schema", &self.schema),
            ("policies", &self.policies),
            ("entities", &self.entities),
            ("links", &self.links),
            ("requests", &requests),
        ];
        for (name, part) in parts {
            if !part.is_empty() {
                text.push_str(&format!("--- {name}\n{}\n\n", part.trim_end()));
            }
        }
        text
    }
}
