//! Fields as they come from a service's own types: usually in the same order as last time, and often plain.
//!
//! Code that puts fields in names them by constants, so both ends of each name are known when that code is compiled. What came after a field last
//! time is what is expected after it: one comparison of three words says whether it came, and a truth value or a number is
//! then written where it belongs, without a call. What was expected says nothing about what is decided.

use std::sync::atomic::{AtomicU32, Ordering};

use super::fields::Given;
use crate::ends::Ends;

/// How the fields of a type of records come.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// How many words at the beginning of a cell say which fields are there.
    presence: usize,
    fields: Box<[Expected]>,
    /// Which field came last time after each; at 0 the first, at 1 the one after field 0.
    after: Box<[AtomicU32]>,
}

#[derive(Debug)]
struct Expected {
    ends: Ends,
    direct: Direct,
}

/// Whether a field's word is simply its value.
#[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "without native code nothing is expected"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direct {
    Bool,
    Int,
    Not,
}

impl Order {
    /// Of fields by name, after so many words that say which there are.
    #[cfg(feature = "jit")]
    pub fn new<'a>(presence: usize, fields: impl Iterator<Item = (&'a str, Direct)>) -> Order {
        let fields: Box<[_]> = fields
            .map(|(name, direct)| {
                let ends = Ends::of(name.as_bytes());
                // A long name is told by more than its ends, so none is ever expected.
                let ends = if ends.is_whole() { ends } else { Ends { len: usize::MAX, ..ends } };
                Expected { ends, direct }
            })
            .collect();
        let after = (0..=fields.len()).map(|at| AtomicU32::new(at as u32)).collect();
        Order { presence, fields, after }
    }
}

/// A record while its fields are put in: words that say which there are, then a word for each.
pub(crate) struct Row<'p, 'c> {
    order: &'p Order,
    cell: &'c mut [u64],
    /// 1 + the field that came last; 0 before the first.
    last: usize,
}

impl<'p, 'c> Row<'p, 'c> {
    /// In a cell of zeroes.
    #[cfg(feature = "jit")]
    #[inline(always)]
    pub fn new(order: &'p Order, cell: &'c mut [u64]) -> Row<'p, 'c> {
        Row { order, cell, last: 0 }
    }

    /// Nothing is put into it, and nothing is expected.
    pub fn none() -> Row<'static, 'static> {
        static NONE: std::sync::LazyLock<Order> = std::sync::LazyLock::new(Order::default);
        Row { order: &NONE, cell: &mut [], last: 0 }
    }

    #[cfg(feature = "jit")]
    #[inline(always)]
    pub fn into_cell(self) -> &'c mut [u64] {
        self.cell
    }

    /// The number of the field that is expected, and how it is written, if that is its name; it has come then.
    #[inline(always)]
    pub fn expect(&mut self, name: &str) -> Option<(usize, Direct)> {
        let at = self.order.after.get(self.last)?.load(Ordering::Relaxed) as usize;
        let field = self.order.fields.get(at)?;
        if field.ends != Ends::of(name.as_bytes()) {
            return None;
        }
        self.last = at + 1;
        Some((at, field.direct))
    }

    /// Writes a field if its value is its word, or leaves it out; whether that is done.
    #[inline(always)]
    pub fn put_direct(&mut self, at: usize, direct: Direct, given: &Given<'_>) -> bool {
        match (given, direct) {
            (Given::Absent, _) => true,
            (Given::Bool(truth), Direct::Bool) => self.put(at, u64::from(*truth)).is_some(),
            (Given::Int(number), Direct::Int) => self.put(at, *number as u64).is_some(),
            _ => false,
        }
    }

    /// Writes a field, once.
    #[inline(always)]
    pub fn put(&mut self, at: usize, word: u64) -> Option<()> {
        let bit = 1 << (at % 64);
        let place = self.order.presence + at;
        let presence = self.cell.get_mut(at / 64)?;
        if *presence & bit != 0 {
            return None;
        }
        *presence |= bit;
        *self.cell.get_mut(place)? = word;
        Some(())
    }

    /// A field has come that was not expected: next time it will be.
    #[cfg(feature = "jit")]
    pub fn came(&mut self, at: usize) {
        if let Some(after) = self.order.after.get(self.last) {
            after.store(at as u32, Ordering::Relaxed);
        }
        self.last = at + 1;
    }
}

#[cfg(all(test, feature = "jit"))]
mod tests {
    use super::*;
    use Direct::{Bool, Int, Not};

    #[test]
    fn what_came_last_time_is_expected_and_nothing_else_is() {
        let long = "a name of more than sixteen bytes";
        let order = Order::new(1, [("a", Bool), ("b", Int), (long, Bool), ("c", Not)].into_iter());
        let mut cell = [0; 5];
        let mut row = Row::new(&order, &mut cell);
        // At first in the order of the type.
        assert_eq!((row.expect("b"), row.expect("a")), (None, Some((0, Bool))));
        assert!(row.put_direct(0, Bool, &Given::Bool(true)));
        assert_eq!((row.expect("a"), row.expect("b")), (None, Some((1, Int))));
        assert!(!row.put_direct(1, Int, &Given::Bool(true)) && row.put_direct(1, Int, &Given::Int(-7)));
        // A long name is not told by its ends.
        assert_eq!(row.expect(long), None);
        row.came(2);
        assert_eq!(row.expect("c"), Some((3, Not)));
        assert!(!row.put_direct(3, Not, &Given::Int(1)) && row.put_direct(3, Not, &Given::Absent));
        // Nothing comes after the last, and nothing is put in twice.
        assert_eq!(row.expect("a"), None);
        assert!(!row.put_direct(0, Bool, &Given::Bool(false)) && row.put(1, 0).is_none());
        assert_eq!(row.into_cell(), [0b11, 1, -7_i64 as u64, 0, 0]);

        // Another order is remembered.
        for expected in [None, Some((3, Not))] {
            let mut cell = [0; 5];
            let mut row = Row::new(&order, &mut cell);
            assert_eq!(row.expect("c"), expected);
            if expected.is_none() {
                row.came(3);
            }
        }
        let mut none = Row::none();
        assert_eq!((none.expect(""), none.put(0, 1)), (None, None));
    }
}
