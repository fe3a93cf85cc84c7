//! Numbers by which native code says how an evaluation ended.

use crate::value::EvalError;

/// It has a value.
pub(super) const PRESENT: u64 = 0;
/// It has the absent value.
pub(super) const ABSENT: u64 = 1;
/// Something that cannot be did happen; the interpreter must decide. Less than every error, so that it wins over them.
pub(super) const FAULT: u64 = 2;
/// More than every error.
pub(super) const NO_ERROR: u64 = 15;

/// A policy does not apply.
pub(super) const NOT: u64 = 0;
/// A policy applies.
pub(super) const APPLIES: u64 = 1;

/// What an environment's function returns.
pub(super) mod verdict {
    pub(crate) const DENY: u64 = 0;
    pub(crate) const ALLOW: u64 = 1;
    /// Allowed, perhaps with obligations: evaluate all policies to know.
    pub(crate) const ALL: u64 = 2;
    /// The data does not hold the principal or the resource: ask the function that assumes nothing.
    pub(crate) const NOT_HELD: u64 = 3;
    /// No deny applies, and the condition of an allow with obligations holds: evaluate those allows, unless bits from
    /// [`WHICH`] on say which apply.
    pub(crate) const OBLIGED: u64 = 4;
    /// Above the verdict: a bit for each allow whose obligations are known (see `obligations`).
    pub(crate) const WHICH: u32 = 8;
    /// There is no function yet: make it.
    pub(crate) const COLD: u64 = 5;
    /// The action does not apply to these types.
    pub(crate) const NOT_APPLICABLE: u64 = 6;
    /// There are too many policies for one function.
    pub(crate) const ONE_BY_ONE: u64 = 7;
}

const ERRORS: [EvalError; 4] =
    [EvalError::Overflow, EvalError::MissingEntity, EvalError::LimitExceeded, EvalError::AbsentValue];

/// In the order of [`EvalError`].
pub(super) const fn of_error(error: EvalError) -> u64 {
    match error {
        EvalError::Overflow => 3,
        EvalError::MissingEntity => 4,
        EvalError::LimitExceeded => 5,
        EvalError::AbsentValue => 6,
    }
}

/// The error of a status, if it is one.
pub(super) fn error(status: u64) -> Option<EvalError> {
    ERRORS.into_iter().find(|error| of_error(*error) == status)
}
