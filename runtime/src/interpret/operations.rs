//! Comparison and arithmetic of values.

use crate::program::{Arithmetic, Ordering};
use crate::value::{Decimal, EvalError, Value};

/// `left < right` and its like: by size, an ordered enum by the position of its variants.
pub(super) fn compare(ordering: Ordering, left: &Value, right: &Value) -> Result<bool, EvalError> {
    let by_size = match (left, right) {
        (Value::Int(left), Value::Int(right))
        | (Value::Decimal(Decimal(left)), Value::Decimal(Decimal(right)))
        | (Value::Datetime(left), Value::Datetime(right))
        | (Value::Duration(left), Value::Duration(right)) => left.cmp(right),
        (Value::Enum(of, left), Value::Enum(also, right)) if of == also => left.cmp(right),
        _ => return Err(EvalError::AbsentValue),
    };
    Ok(match ordering {
        Ordering::Less => by_size.is_lt(),
        Ordering::LessEqual => by_size.is_le(),
        Ordering::Greater => by_size.is_gt(),
        Ordering::GreaterEqual => by_size.is_ge(),
    })
}

/// Rule 2: outside 64 bits is an error, never another number.
pub(super) fn arithmetic(operation: Arithmetic, left: &Value, right: &Value) -> Result<Value, EvalError> {
    use Value::{Datetime, Duration, Int};
    let (result, wrap): (Option<i64>, fn(i64) -> Value) = match (operation, left, right) {
        (_, Int(left), Int(right)) => (raw(operation, *left, *right), Int),
        (Arithmetic::Add | Arithmetic::Sub, Value::Decimal(left), Value::Decimal(right)) => {
            (raw(operation, left.0, right.0), decimal)
        }
        (Arithmetic::Add | Arithmetic::Sub, Duration(left), Duration(right)) => {
            (raw(operation, *left, *right), Duration)
        }
        (Arithmetic::Add | Arithmetic::Sub, Datetime(left), Duration(right)) => {
            (raw(operation, *left, *right), Datetime)
        }
        (Arithmetic::Sub, Datetime(left), Datetime(right)) => (raw(operation, *left, *right), Duration),
        (Arithmetic::Mul, Duration(left), Int(right)) | (Arithmetic::Mul, Int(left), Duration(right)) => {
            (left.checked_mul(*right), Duration)
        }
        (Arithmetic::Mul, Value::Decimal(Decimal(left)), Int(right))
        | (Arithmetic::Mul, Int(left), Value::Decimal(Decimal(right))) => (left.checked_mul(*right), decimal),
        _ => return Err(EvalError::AbsentValue),
    };
    result.map(wrap).ok_or(EvalError::Overflow)
}

/// `-operand`
pub(super) fn negate(operand: &Value) -> Result<Value, EvalError> {
    let (result, wrap): (Option<i64>, fn(i64) -> Value) = match operand {
        Value::Int(number) => (number.checked_neg(), Value::Int),
        Value::Decimal(number) => (number.0.checked_neg(), decimal),
        Value::Duration(number) => (number.checked_neg(), Value::Duration),
        _ => return Err(EvalError::AbsentValue),
    };
    result.map(wrap).ok_or(EvalError::Overflow)
}

fn decimal(number: i64) -> Value {
    Value::Decimal(Decimal(number))
}

fn raw(operation: Arithmetic, left: i64, right: i64) -> Option<i64> {
    match operation {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Sub => left.checked_sub(right),
        Arithmetic::Mul => left.checked_mul(right),
    }
}
