//! What shows that a set has an element, so that `all` over it says something.

use assize_runtime::Value;
use assize_runtime::program::{Op, Ordering};

use super::checker::{Checker, Typed};
use super::facts::{Fact, Flow, Place};

/// What is known of a set with an element.
pub(super) fn inhabited() -> Fact {
    Fact { inhabited: true, ..Fact::default() }
}

/// How a size is compared with a number.
#[derive(Clone, Copy, Debug)]
pub(super) enum SizeTest {
    /// `==`
    Equal,
    /// `<` and its like.
    Ordered(Ordering),
}

impl SizeTest {
    /// What the test says of two numbers.
    fn holds(self, left: i64, right: i64) -> bool {
        match self {
            SizeTest::Equal => left == right,
            SizeTest::Ordered(Ordering::Less) => left < right,
            SizeTest::Ordered(Ordering::LessEqual) => left <= right,
            SizeTest::Ordered(Ordering::Greater) => left > right,
            SizeTest::Ordered(Ordering::GreaterEqual) => left >= right,
        }
    }
}

impl Checker<'_> {
    /// `s.size() >= 2`: the outcome that an empty set does not have shows that there is an element.
    pub(super) fn shown_by_size(&self, test: SizeTest, [a, b]: [&Typed; 2], mut flow: Flow) -> Flow {
        for (side, other, swapped) in [(a, b, false), (b, a, true)] {
            let (Some(set), Some(Value::Int(number))) = (&side.size_of, self.code.value(other.node)) else {
                continue;
            };
            let of_empty = if swapped { test.holds(*number, 0) } else { test.holds(0, *number) };
            flow = match of_empty {
                true => flow.when_false(Some(set), inhabited()),
                false => flow.when_true(Some(set), inhabited()),
            };
        }
        flow
    }

    /// `s == []`: what is not equal to the empty set has an element, and so has what is equal to another that has one.
    pub(super) fn shown_by_equal_sets(&self, [a, b]: [&Typed; 2], mut flow: Flow) -> Flow {
        for (side, other) in [(a, b), (b, a)] {
            if self.has_element(other) {
                flow = flow.when_true(side.place.as_ref(), inhabited());
            } else if self.literal_size(other) == Some(0) {
                flow = flow.when_false(side.place.as_ref(), inhabited());
            }
        }
        flow
    }

    /// Whether a set is known to have an element here.
    pub(super) fn has_element(&self, set: &Typed) -> bool {
        let known = |place: &Place| self.facts.get(place).is_some_and(|fact| fact.inhabited);
        set.place.as_ref().is_some_and(known) || self.literal_size(set).is_some_and(|size| size > 0)
    }

    /// How many elements a literal lists; some may be the same.
    fn literal_size(&self, set: &Typed) -> Option<usize> {
        let mut node = self.code.node(set.node);
        while let Op::Convert(inner) = &node.op {
            node = self.code.node(*inner);
        }
        match &node.op {
            Op::Const(Value::Set(elements)) => Some(elements.len()),
            Op::SetOf(elements) => Some(elements.len()),
            _ => None,
        }
    }
}
