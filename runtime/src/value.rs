//! Values as the reference interpreter, the data store and requests hold them.
//!
//! The order of values (`Ord`) is only a way to store sets canonically; policies never see it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::types::{ActionId, EntityTypeId, EnumId};
use crate::zone::Zone;

/// The name of an entity: its type and its id. Whether the data holds it is another question.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntityUid {
    /// Its type.
    pub ty: EntityTypeId,
    /// Any string.
    pub id: SmolStr,
}

/// Fixed point: the number times 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Decimal(pub i64);

/// A range of addresses: an address with its host bits kept, and how many leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cidr {
    /// As written.
    pub address: IpAddr,
    /// 0 to 32 or 0 to 128.
    pub prefix: u8,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// The value of an optional that holds nothing. Any other value stands for itself in an optional.
    Absent,
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A fixed-point number.
    Decimal(Decimal),
    /// A text.
    String(SmolStr),
    /// An address.
    Ip(IpAddr),
    /// A range of addresses.
    Cidr(Cidr),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Datetime(i64),
    /// Milliseconds.
    Duration(i64),
    /// A time zone.
    Zone(Zone),
    /// A variant, by position.
    Enum(EnumId, u32),
    /// An entity, by name.
    Entity(EntityUid),
    /// An action.
    Action(ActionId),
    /// A set.
    Set(Arc<BTreeSet<Value>>),
    /// A map.
    Map(Arc<BTreeMap<SmolStr, Value>>),
    /// A record; an absent optional field has no entry.
    Record(Arc<BTreeMap<SmolStr, Value>>),
}

/// Why an evaluation has no value. Ordered, because of several errors in one quantifier the smallest is reported:
/// a set has no first element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum EvalError {
    /// An `Int`, `Decimal`, `Datetime` or `Duration` left its range.
    #[error("a number or time left its 64-bit range")]
    Overflow,
    /// An attribute was read of an entity that the data does not hold.
    #[error("an attribute was read of an entity that the data does not hold")]
    MissingEntity,
    /// A quantifier would visit more elements than [`crate::program::QUANTIFIER_BUDGET`].
    #[error("nested quantifiers would visit too many elements")]
    LimitExceeded,
    /// A value that the type checker promised to be present was absent. Only a Program that no compiler of ours wrote
    /// can do this.
    #[error("a value that had to be present was absent")]
    AbsentValue,
}

impl EvalError {
    /// Its name in decisions: `overflow`, `missing_entity`, `limit_exceeded`, `absent_value`.
    pub fn code(self) -> &'static str {
        match self {
            EvalError::Overflow => "overflow",
            EvalError::MissingEntity => "missing_entity",
            EvalError::LimitExceeded => "limit_exceeded",
            EvalError::AbsentValue => "absent_value",
        }
    }
}
