//! From a package that fails to a simple one that fails alike.

use serde_json::Value;

use super::choices::Choices;
use crate::package::Package;

/// A package in pieces, each of which can be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    pub schema: String,
    pub policies: Vec<String>,
    pub links: Vec<Value>,
    pub entities: Vec<Value>,
    pub requests: Vec<String>,
}

impl Parts {
    pub fn package(&self) -> Package {
        let lines = |values: &[Value]| {
            if values.is_empty() {
                return String::new();
            }
            let lines: Vec<String> = values.iter().map(Value::to_string).collect();
            format!("[{}]", lines.join(",\n "))
        };
        Package {
            schema: self.schema.clone(),
            policies: self.policies.concat(),
            entities: if self.entities.is_empty() { "[]".to_owned() } else { lines(&self.entities) },
            links: lines(&self.links),
            requests: self.requests.clone(),
        }
    }
}

/// So many packages are tried on the way.
const TRIES: usize = 600;

/// The simplest package found that still fails, by smaller choices first and then by leaving out parts.
pub fn simplest(
    drawn: &[u32],
    make: impl Fn(&mut Choices) -> Option<Parts>,
    fails: impl Fn(&Parts) -> bool,
) -> Option<Parts> {
    let attempt = |drawn: &[u32]| make(&mut Choices::again(drawn)).filter(&fails);
    let mut best = drawn.to_vec();
    let mut parts = attempt(&best)?;
    let mut tries = 0;
    let mut width = best.len().next_power_of_two();
    while width > 0 && tries < TRIES {
        let mut at = 0;
        while at < best.len() && tries < TRIES {
            let end = (at + width).min(best.len());
            let mut without = best.clone();
            without.drain(at..end);
            let mut zeroed = best.clone();
            zeroed[at..end].fill(0);
            let mut candidates = vec![without];
            if best[at..end].iter().any(|number| *number != 0) {
                candidates.push(zeroed);
            }
            if width == 1 && best[at] > 1 {
                let mut smaller = best.clone();
                smaller[at] -= 1;
                candidates.push(smaller);
            }
            let mut is_better = false;
            for candidate in candidates {
                tries += 1;
                if let Some(found) = attempt(&candidate) {
                    (best, parts) = (candidate, found);
                    is_better = true;
                    break;
                }
            }
            if !is_better {
                at += width;
            }
        }
        width /= 2;
    }
    without_parts(&mut parts, |parts| &mut parts.requests, &fails);
    without_parts(&mut parts, |parts| &mut parts.policies, &fails);
    without_parts(&mut parts, |parts| &mut parts.links, &fails);
    without_parts(&mut parts, |parts| &mut parts.entities, &fails);
    Some(parts)
}

/// Leaves out each part of a list that it fails without; many at once first.
fn without_parts<T: Clone>(
    parts: &mut Parts,
    list: fn(&mut Parts) -> &mut Vec<T>,
    fails: &impl Fn(&Parts) -> bool,
) {
    let mut width = list(parts).len().next_power_of_two();
    while width > 0 {
        let mut at = 0;
        while at < list(parts).len() {
            let mut fewer = parts.clone();
            let end = (at + width).min(list(parts).len());
            list(&mut fewer).drain(at..end);
            if fails(&fewer) {
                *parts = fewer;
            } else {
                at += width;
            }
        }
        width /= 2;
    }
}
