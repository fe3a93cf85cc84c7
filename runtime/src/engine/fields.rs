//! Fields of a context as a service has them: Rust values, put in one by one, so that nobody has to build a [`Value`] for each request.
//!
//! What a field is given must be what its type takes, as in JSON: a text for a `String`, an `Enum`, an `Ip`, a `Datetime` and whatever
//! else is written in quotes there. The engine asks for the fields once, writing them straight into its own form; only if something
//! does not fit it asks again, to say what.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use smol_str::SmolStr;

use super::request::entity;
use super::row::Row;
use crate::json::{RequestError, RequestErrorKind, read_string, unknown_field};
use crate::types::{RecordType, Type};
use crate::value::{Decimal, Value};
use crate::verify::Verified;

/// Something with fields: a context, or a record in one. Functions that put fields in are such, too.
///
/// ```
/// use assize_runtime::engine::{AsRecord, Fields};
///
/// struct Session {
///     mfa: bool,
///     address: Option<std::net::IpAddr>,
/// }
///
/// impl AsRecord for Session {
///     fn put_fields(&self, fields: &mut Fields<'_>) {
///         fields.put("mfa", self.mfa).put("ip", self.address).put_record("device", &|device: &mut Fields<'_>| {
///             device.put("managed", true);
///         });
///     }
/// }
/// ```
pub trait AsRecord {
    /// Puts all fields in. May be called more than once, and then puts the same in.
    fn put_fields(&self, fields: &mut Fields<'_>);
}

impl<F: Fn(&mut Fields<'_>)> AsRecord for F {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        self(fields);
    }
}

/// Where fields are put in.
pub struct Fields<'f> {
    sink: &'f mut dyn FieldSink,
    row: Row<'f, 'f>,
}

impl<'f> Fields<'f> {
    #[inline]
    pub(crate) fn new(sink: &'f mut dyn FieldSink, row: Row<'f, 'f>) -> Self {
        Fields { sink, row }
    }

    /// What has been put in.
    #[cfg(feature = "jit")]
    #[inline]
    pub(crate) fn into_row(self) -> Row<'f, 'f> {
        self.row
    }

    /// A field with a value; `None` leaves an optional one out.
    #[inline]
    pub fn put<'v>(&mut self, name: &str, value: impl Into<Given<'v>>) -> &mut Self {
        let given = value.into();
        match self.row.expect(name) {
            Some((at, direct)) => {
                if !self.row.put_direct(at, direct, &given) {
                    self.sink.put_expected(&mut self.row, at, given);
                }
            }
            None => self.sink.put(&mut self.row, name, given),
        }
        self
    }

    /// A field that is a record.
    #[inline]
    pub fn put_record(&mut self, name: &str, record: &dyn AsRecord) -> &mut Self {
        match self.row.expect(name) {
            Some((at, _)) => self.sink.put_expected(&mut self.row, at, Given::Record(record)),
            None => self.sink.put(&mut self.row, name, Given::Record(record)),
        }
        self
    }

    /// A field that is a set, by its elements; none of them twice.
    pub fn put_set<'v, T: Into<Given<'v>>>(
        &mut self,
        name: &str,
        elements: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        self.sink.put_set(&mut self.row, name, &mut elements.into_iter().map(Into::into));
        self
    }
}

impl std::fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fields").finish_non_exhaustive()
    }
}

/// What takes fields. After the first that does not fit, it may do as it likes with the others.
pub(crate) trait FieldSink {
    fn put(&mut self, row: &mut Row<'_, '_>, name: &str, given: Given<'_>);
    /// The same for a field by its number, which the row has told.
    fn put_expected(&mut self, row: &mut Row<'_, '_>, at: usize, given: Given<'_>);
    fn put_set(&mut self, row: &mut Row<'_, '_>, name: &str, elements: &mut dyn Iterator<Item = Given<'_>>);
}

/// A value that is given for a field, borrowed.
#[derive(Clone, Copy)]
pub enum Given<'a> {
    /// None: the field is left out.
    Absent,
    /// For a `Bool`.
    Bool(bool),
    /// For an `Int`, or a `Decimal` without fraction.
    Int(i64),
    /// For a `String`, and for every type that JSON writes as a string.
    Text(&'a str),
    /// For an `Ip`.
    Ip(IpAddr),
    /// Type and id, for an entity.
    Entity(&'a str, &'a str),
    /// For any type.
    Value(&'a Value),
    /// For a record.
    Record(&'a dyn AsRecord),
}

macro_rules! given {
    ($($from:ty, $value:ident => $given:expr;)*) => {$(
        impl<'a> From<$from> for Given<'a> {
            #[inline]
            fn from($value: $from) -> Given<'a> {
                $given
            }
        }
    )*};
}

given! {
    bool, value => Given::Bool(value);
    i64, value => Given::Int(value);
    i32, value => Given::Int(value.into());
    i16, value => Given::Int(value.into());
    i8, value => Given::Int(value.into());
    u32, value => Given::Int(value.into());
    u16, value => Given::Int(value.into());
    u8, value => Given::Int(value.into());
    IpAddr, value => Given::Ip(value);
    Ipv4Addr, value => Given::Ip(value.into());
    Ipv6Addr, value => Given::Ip(value.into());
    &'a str, value => Given::Text(value);
    &'a String, value => Given::Text(value);
    &'a SmolStr, value => Given::Text(value);
    &'a Cow<'_, str>, value => Given::Text(value);
    (&'a str, &'a str), value => Given::Entity(value.0, value.1);
    &'a Value, value => Given::Value(value);
}

impl<'a, T: Into<Given<'a>>> From<Option<T>> for Given<'a> {
    #[inline]
    fn from(value: Option<T>) -> Given<'a> {
        value.map_or(Given::Absent, Into::into)
    }
}

/// The record that these fields make, or what is wrong with the first that is wrong. Whether required ones are missing, and whether values
/// have the types of their fields, is left to whoever checks the whole.
pub(super) fn read_fields(
    program: &Verified,
    record: &RecordType,
    path: &str,
    given: &dyn AsRecord,
) -> Result<Value, RequestError> {
    let mut sink = Sink { program, record, path, values: BTreeMap::new(), error: None };
    given.put_fields(&mut Fields::new(&mut sink, Row::none()));
    match sink.error {
        Some(error) => Err(error),
        None => Ok(Value::Record(Arc::new(sink.values))),
    }
}

/// The fields of a record while they come.
struct Sink<'a> {
    program: &'a Verified,
    record: &'a RecordType,
    path: &'a str,
    values: BTreeMap<SmolStr, Value>,
    error: Option<RequestError>,
}

impl FieldSink for Sink<'_> {
    fn put(&mut self, _: &mut Row<'_, '_>, name: &str, given: Given<'_>) {
        self.take(name, |program, path, ty| read(program, path, ty, given));
    }

    /// Rows that go with this expect nothing; should one, it is a field like others.
    fn put_expected(&mut self, _: &mut Row<'_, '_>, at: usize, given: Given<'_>) {
        if let Some(field) = self.record.fields().get(at) {
            self.take(&field.name, |program, path, ty| read(program, path, ty, given));
        }
    }

    fn put_set(&mut self, _: &mut Row<'_, '_>, name: &str, elements: &mut dyn Iterator<Item = Given<'_>>) {
        self.take(name, |program, path, ty| read_set(program, path, ty, elements).map(Some));
    }
}

impl Sink<'_> {
    fn take(
        &mut self,
        name: &str,
        read: impl FnOnce(&Verified, &str, &Type) -> Result<Option<Value>, RequestError>,
    ) {
        if self.error.is_some() {
            return;
        }
        let path = format!("{}.{name}", self.path);
        let read = match self.record.field(name) {
            None => Err(unknown_field(self.path, self.record, name)),
            Some((_, field)) => read(self.program, &path, &field.ty),
        };
        match read {
            Ok(Some(_)) if self.values.contains_key(name) => {
                self.error = Some(bad(&path, "this field is given twice"));
            }
            Ok(Some(value)) => drop(self.values.insert(name.into(), value)),
            Ok(None) => {}
            Err(error) => self.error = Some(error),
        }
    }
}

fn bad(path: &str, message: &str) -> RequestError {
    RequestError::new(RequestErrorKind::BadContext, path, message)
}

/// A value as its type takes it; of a wrong type, as it is.
fn read(program: &Verified, path: &str, ty: &Type, given: Given<'_>) -> Result<Option<Value>, RequestError> {
    Ok(Some(match (ty, given) {
        (_, Given::Absent) => return Ok(None),
        (_, Given::Bool(truth)) => Value::Bool(truth),
        (Type::Decimal, Given::Int(number)) => match number.checked_mul(10_000) {
            Some(scaled) => Value::Decimal(Decimal(scaled)),
            None => return Err(bad(path, "this number is too large for a Decimal")),
        },
        (_, Given::Int(number)) => Value::Int(number),
        (ty, Given::Text(text)) => read_string(program, path, ty, text)?,
        (_, Given::Ip(ip)) => Value::Ip(ip),
        (_, Given::Entity(ty, id)) => {
            let uid = entity(program, path, (ty, id));
            Value::Entity(uid.map_err(|error| RequestError { kind: RequestErrorKind::BadContext, ..error })?)
        }
        (_, Given::Value(value)) => value.clone(),
        (Type::Record(record), Given::Record(given)) => read_fields(program, record, path, given)?,
        (_, Given::Record(_)) => return Err(bad(path, "this field is no record")),
    }))
}

fn read_set(
    program: &Verified,
    path: &str,
    ty: &Type,
    elements: &mut dyn Iterator<Item = Given<'_>>,
) -> Result<Value, RequestError> {
    let Type::Set(element) = ty else { return Err(bad(path, "this field is no set")) };
    let mut values = BTreeSet::new();
    for (index, given) in elements.enumerate() {
        let path = format!("{path}[{index}]");
        let Some(value) = read(program, &path, element, given)? else {
            return Err(bad(&path, "an element is never absent"));
        };
        if !values.insert(value) {
            return Err(bad(&path, "this element is in the set twice"));
        }
    }
    Ok(Value::Set(Arc::new(values)))
}
