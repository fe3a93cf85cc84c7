//! One set of policies at one size, for every engine: everything follows from a seed.

use assize_bench_common::dice::Dice;
use serde_json::Value;

/// Who and what, by number.
pub type Request = (u32, u32);

/// Decides a request: `true` allows.
pub type Decide = Box<dyn Fn(Request) -> bool>;

/// See the module.
pub struct Case {
    /// Of the set.
    pub name: &'static str,
    pub policies: usize,
    /// One policy file.
    pub source: String,
    /// In the forms of Assize (types of the package without a module) and of Cedar: the same entities.
    pub entities: Vec<Entity>,
    pub cedar: String,
    /// Principals are `User`s, resources are `Document`s, the action is `read`.
    pub requests: Vec<Request>,
    /// As one would write it by hand, with an index of what policies name.
    pub hand: Decide,
}

/// An entity with its attributes as both engines have them.
pub struct Entity {
    pub ty: &'static str,
    pub id: String,
    pub parents: Vec<(&'static str, String)>,
    pub attributes: Value,
}

/// Names of numbered entities.
pub fn user(number: u32) -> String {
    format!("u{number}")
}

/// Names of numbered entities.
pub fn document(number: u32) -> String {
    format!("d{number}")
}

/// Pairs of a user and a document, in random order.
pub fn requests(dice: &mut Dice, count: usize, users: usize, documents: usize) -> Vec<Request> {
    (0..count).map(|_| (dice.roll(users) as u32, dice.roll(documents) as u32)).collect()
}
