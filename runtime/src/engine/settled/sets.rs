//! Sets of principals as bits, and what is known of a condition as two such sets.

/// Words of a set.
pub(super) const WORDS: usize = 4;
/// Bits that there are.
pub(super) const BITS: usize = WORDS * 64;

/// A set of principals: those whose marks (see `subjects`) have a bit in common with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set(pub [u64; WORDS]);

impl Set {
    pub const NOBODY: Set = Set([0; WORDS]);
    /// Every principal has the first bit but those that are unclear.
    pub const EVERYBODY: Set = Set([1, 0, 0, 0]);
    /// Principals of which not everything could be found out have the second bit and no other: then nothing is settled about them but
    /// that they are not allowed what nobody is.
    pub const UNCLEAR: Set = Set([2, 0, 0, 0]);
    /// Bits that have these meanings.
    pub const RESERVED: usize = 2;

    /// Of those with one bit.
    pub fn of(bit: usize) -> Set {
        let mut set = Set::NOBODY;
        set.add(bit);
        set
    }

    pub fn all_if(truth: bool) -> Set {
        if truth { Set::EVERYBODY } else { Set::NOBODY }
    }

    pub fn add(&mut self, bit: usize) {
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    pub fn is_nobody(self) -> bool {
        self == Set::NOBODY
    }

    pub fn is_everybody(self) -> bool {
        self.0[0] & 1 != 0
    }

    /// Those in either.
    pub fn or(self, other: Set) -> Set {
        if self.is_everybody() || other.is_everybody() {
            return Set::EVERYBODY;
        }
        self.join(other)
    }

    /// The same, bit by bit.
    pub fn join(self, other: Set) -> Set {
        let mut joined = self;
        joined.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
        joined
    }

    /// Those in both, if bits can say it.
    fn both(self, other: Set) -> Option<Set> {
        match (self, other) {
            (a, b) if a.is_everybody() || b.is_nobody() || a == b => Some(b),
            (a, b) if b.is_everybody() || a.is_nobody() => Some(a),
            _ => None,
        }
    }

    fn len(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

/// What is known of a condition, whoever the principal is. Between the two sets it can be true or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truth {
    /// For them it is true, and does not err.
    pub sure: Set,
    /// For nobody else can it be true.
    pub maybe: Set,
    /// It might err for somebody.
    pub may_err: bool,
}

impl Truth {
    pub fn known(truth: bool) -> Truth {
        Truth { sure: Set::all_if(truth), maybe: Set::all_if(truth), may_err: false }
    }

    pub fn exactly(set: Set) -> Truth {
        Truth { sure: set, maybe: set, may_err: false }
    }

    pub fn unknown(may_err: bool) -> Truth {
        Truth { sure: Set::NOBODY, maybe: Set::EVERYBODY, may_err }
    }

    /// It is true for nobody, and errs for nobody.
    pub fn is_false(self) -> bool {
        self.maybe.is_nobody() && !self.may_err
    }

    /// It is true for everybody.
    pub fn is_true(self) -> bool {
        self.sure.is_everybody()
    }

    /// `self and next`: what comes second is evaluated where the first is true.
    pub fn and(self, next: Truth) -> Truth {
        let sure = self.sure.both(next.sure).unwrap_or(Set::NOBODY);
        let fewer = if self.maybe.len() <= next.maybe.len() { self.maybe } else { next.maybe };
        Truth {
            sure,
            maybe: self.maybe.both(next.maybe).unwrap_or(fewer),
            may_err: self.may_err || next.may_err && !self.maybe.is_nobody(),
        }
    }

    /// `self or next`: what comes second is evaluated where the first is false.
    pub fn or(self, next: Truth) -> Truth {
        let sure = if self.may_err { self.sure } else { self.sure.or(next.sure) };
        Truth {
            sure,
            maybe: self.maybe.or(next.maybe),
            may_err: self.may_err || next.may_err && !self.is_true(),
        }
    }

    /// True if one of the two is, whatever the other does.
    pub fn either(self, other: Truth) -> Truth {
        Truth {
            sure: self.sure.or(other.sure),
            maybe: self.maybe.or(other.maybe),
            may_err: self.may_err || other.may_err,
        }
    }

    pub fn not(self) -> Truth {
        Truth {
            sure: Set::all_if(self.is_false()),
            maybe: Set::all_if(!self.is_true()),
            may_err: self.may_err,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All truths over two bits, with what they allow a condition to be for a principal with these marks.
    fn truths() -> Vec<Truth> {
        let sets = [Set::NOBODY, Set::of(2), Set::of(3), Set::of(2).or(Set::of(3)), Set::EVERYBODY];
        let mut truths = Vec::new();
        for sure in sets {
            for maybe in sets.into_iter().filter(|maybe| sure.or(*maybe) == *maybe) {
                truths.extend([false, true].map(|may_err| Truth { sure, maybe, may_err }));
            }
        }
        truths
    }

    /// What a condition comes to: `None` is an error.
    fn allows(truth: Truth, marks: Set, value: Option<bool>) -> bool {
        let meets = |set: Set| set.0.iter().zip(marks.0).any(|(a, b)| a & b != 0);
        match value {
            Some(true) => meets(truth.maybe),
            Some(false) => !meets(truth.sure),
            None => truth.may_err && !meets(truth.sure),
        }
    }

    #[test]
    fn every_operation_allows_what_its_operands_allow() {
        let values = [Some(true), Some(false), None];
        let marks = [1, 1 | 4, 1 | 8, 1 | 4 | 8].map(|word| Set([word, 0, 0, 0]));
        for (a, b) in truths().into_iter().flat_map(|a| truths().into_iter().map(move |b| (a, b))) {
            for marks in marks {
                for first in values.into_iter().filter(|value| allows(a, marks, *value)) {
                    assert!(allows(a.not(), marks, first.map(|truth| !truth)), "not {a:?}");
                    for second in values.into_iter().filter(|value| allows(b, marks, *value)) {
                        let and = first.and_then(|first| if first { second } else { Some(false) });
                        assert!(allows(a.and(b), marks, and), "{a:?} and {b:?}");
                        let or = first.and_then(|first| if first { Some(true) } else { second });
                        assert!(allows(a.or(b), marks, or), "{a:?} or {b:?}");
                        let either = match (first, second) {
                            (Some(true), _) | (_, Some(true)) => Some(true),
                            (Some(false), Some(false)) => Some(false),
                            _ => None,
                        };
                        assert!(allows(a.either(b), marks, either), "either {a:?} or {b:?}");
                    }
                }
            }
        }
    }
}
