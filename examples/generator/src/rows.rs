//! How data and requests are written.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::rng::Rng;
use crate::{Generated, NOW};

/// An entity, by its type and number. Its id is made of the two: `user-7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uid {
    pub ty: &'static str,
    pub number: usize,
}

impl Uid {
    pub fn new(ty: &'static str, number: usize) -> Self {
        Uid { ty, number }
    }

    /// `support` is the one group that policies name; `todo` is the one application.
    fn id(self) -> String {
        match (self.ty, self.number) {
            ("Group", 0) => "support".to_string(),
            ("Application", _) => "todo".to_string(),
            (ty, number) => format!("{}-{number}", ty.to_lowercase()),
        }
    }

    /// As data refers to it.
    pub fn json(self) -> Value {
        json!({"type": self.ty, "id": self.id()})
    }

    /// As requests name it.
    pub fn literal(self) -> String {
        format!("{}::\"{}\"", self.ty, self.id())
    }
}

/// A set of references: repeats are left out.
pub(crate) fn references(uids: &[Uid]) -> Value {
    let repeats = |at: usize| uids[..at].contains(&uids[at]);
    (0..uids.len()).filter(|at| !repeats(*at)).map(|at| uids[at].json()).collect()
}

/// A time so many minutes after [`NOW`], or before it.
pub(crate) fn minutes_from_now(minutes: i64) -> Value {
    let time = Timestamp::from_millisecond(NOW + minutes * 60_000).expect("a few years around 2026");
    json!(time.to_string())
}

/// A time so many days after [`NOW`], or before it.
pub(crate) fn days_from_now(days: i64) -> Value {
    minutes_from_now(days * 24 * 60)
}

/// Most rows have no end, some have ended, some will.
pub(crate) fn some_end(rng: &mut Rng) -> Option<Value> {
    let days = 1 + rng.below(500) as i64;
    rng.weighted(&[(80, None), (8, Some(-days)), (12, Some(days))]).map(days_from_now)
}

impl Generated {
    pub(crate) fn entity(&mut self, uid: Uid, parents: &[Uid], attributes: Value) {
        let mut row = json!({"uid": uid.json()});
        if !parents.is_empty() {
            row["parents"] = references(parents);
        }
        if attributes != json!({}) {
            row["attrs"] = attributes;
        }
        line(&mut self.data, &row);
    }

    pub(crate) fn grant(&mut self, name: &str, args: Value, until: Option<Value>) {
        let mut row = json!({"grant": name, "args": args});
        if let Some(until) = until {
            row["until"] = until;
        }
        line(&mut self.data, &row);
    }

    pub(crate) fn request(&mut self, principal: Uid, action: &str, resource: Uid, context: Value) {
        let request = json!({
            "principal": principal.literal(), "action": action, "resource": resource.literal(), "context": context,
        });
        line(&mut self.requests, &request);
    }
}

fn line(text: &mut String, value: &Value) {
    writeln!(text, "{value}").expect("writing to a string does not fail");
}
