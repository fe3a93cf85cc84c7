//! The functions that native code calls: what has no machine code of its own.
//!
//! None of them unwinds through machine code: each is total for words of the types it was compiled for, the one that runs foreign code (a
//! built-in) catches a panic, and any other panic ends the process at the border of `extern "C"`. Each is `unsafe` because it believes its
//! pointers; the emitter, which only passes pointers to [`super::module::Pins`] of its own module, cells of live arenas and slots of its own
//! stack frame, is the keeper of that.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::frame::{Frame, Scratch};
use super::grants::{Cursor, Plan, intersects};
use super::names::{Resolve, Unfit};
use super::status;
use super::word::{cell, decode, elements, encode, entries, equal};
use crate::program::LikePattern;
use crate::types::Type;
use crate::value::{EvalError, Value};

/// A helper's symbol, address, number of parameters and whether it has a result; all are 64-bit words.
pub(super) struct Helper {
    pub(super) name: &'static str,
    pub(super) address: *const u8,
    pub(super) params: usize,
    pub(super) result: bool,
}

macro_rules! helpers {
    ($($name:ident($($param:ident),*) $(-> $result:ident)?;)*) => {
        /// Which helper; index into [`all`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types)]
        pub(super) enum Id { $($name),* }

        /// By [`Id`].
        pub(super) fn all() -> Vec<Helper> {
            vec![$(Helper {
                name: concat!("assize_", stringify!($name)),
                address: $name as *const u8,
                params: [$(stringify!($param)),*].len(),
                result: [$(stringify!($result),)? ""].len() > 1,
            }),*]
        }
    };
}

helpers! {
    alloc(frame, words) -> cell;
    make_set(frame, element, cell, len) -> word;
    equal_words(ty, a, b) -> truth;
    contains_word(element, set, word) -> truth;
    find_word(set, word) -> truth;
    intersect(a, b) -> truth;
    in_range(ip, range) -> truth;
    in_ranges(ip, ranges) -> truth;
    lookup(map, key) -> place;
    convert(frame, site, word) -> cell;
    builtin(frame, site, args, out) -> status;
    like(frame, pattern, text) -> truth;
    matches(frame, regex, text) -> truth;
    grant_any(frame, plan, args) -> truth;
    grant_next(frame, plan, args, cursor) -> row;
}

/// A call of a built-in.
#[derive(Debug)]
pub(super) struct BuiltinSite {
    pub(super) eval: fn(&[Value]) -> Result<Value, EvalError>,
    pub(super) params: Vec<Type>,
    /// Not optional; whether it is is seen at run time.
    pub(super) result: Type,
}

/// A conversion that changes words.
#[derive(Debug)]
pub(super) struct ConvertSite {
    pub(super) from: Type,
    pub(super) to: Type,
}

/// # Safety
/// Nothing else refers to the scratch memory: no helper calls another while it holds it.
#[expect(
    clippy::mut_from_ref,
    reason = "the frame holds it in a cell; the caller keeps the rule that it states"
)]
unsafe fn scratch<'f, 'p>(frame: &'f Frame<'_, 'p>) -> &'f mut Scratch<'p> {
    // SAFETY: passed on from the caller.
    unsafe { frame.scratch() }
}

unsafe extern "C" fn alloc(frame: &Frame<'_, '_>, words: u64) -> *mut u64 {
    // SAFETY: a helper that holds nothing else.
    unsafe { scratch(frame) }.arena.alloc(words as usize)
}

/// Makes a set of the `len` words after the first of `made`, in place if it can.
unsafe extern "C" fn make_set(frame: &Frame<'_, '_>, element: &Type, made: *mut u64, len: u64) -> u64 {
    // SAFETY: the emitter allocated 1 + len words; nothing else refers to them.
    let words = unsafe { std::slice::from_raw_parts_mut(made, 1 + len as usize) };
    if super::word::is_direct(element) {
        words[1..].sort_unstable();
        let mut kept = 1;
        for at in 1..words.len() {
            if kept == 1 || words[at] != words[kept - 1] {
                words[kept] = words[at];
                kept += 1;
            }
        }
        words[0] = kept as u64 - 1;
        return made as u64;
    }
    // SAFETY: a helper that holds nothing else.
    let scratch = unsafe { scratch(frame) };
    let mut set = std::collections::BTreeSet::new();
    for word in &words[1..] {
        // SAFETY: the words have the element type.
        match unsafe { decode(element, *word, &scratch.names) } {
            Ok(value) => set.insert(value),
            Err(Unfit) => return 0,
        };
    }
    let set = Value::Set(std::sync::Arc::new(set));
    encode(&Type::set(element.clone()), &set, &mut scratch.names, &mut scratch.arena).unwrap_or(0)
}

unsafe extern "C" fn equal_words(ty: &Type, a: u64, b: u64) -> u64 {
    // SAFETY: both words have this type.
    u64::from(unsafe { equal(ty, a, b) })
}

unsafe extern "C" fn contains_word(element: &Type, set: u64, word: u64) -> u64 {
    // SAFETY: a set of this type and a word of it.
    u64::from(unsafe { elements(set).iter().any(|one| equal(element, *one, word)) })
}

unsafe extern "C" fn find_word(set: u64, word: u64) -> u64 {
    // SAFETY: a set of direct words.
    u64::from(unsafe { elements(set) }.binary_search(&word).is_ok())
}

unsafe extern "C" fn intersect(a: u64, b: u64) -> u64 {
    // SAFETY: two sets of direct words.
    u64::from(unsafe { intersects(elements(a), elements(b)) })
}

/// `Ip in Cidr`
unsafe extern "C" fn in_range(ip: u64, range: u64) -> u64 {
    // SAFETY: an address's word and a range's.
    u64::from(unsafe { is_in_range(cell(ip, 3), cell(range, 4)) })
}

/// `Ip in Set<Cidr>`
unsafe extern "C" fn in_ranges(ip: u64, ranges: u64) -> u64 {
    // SAFETY: an address's word, and a set's of words of ranges.
    u64::from(unsafe { elements(ranges).iter().any(|range| is_in_range(cell(ip, 3), cell(*range, 4))) })
}

/// On the cells of an address and a range: the same family, and the same leading bits.
fn is_in_range(ip: &[u64], range: &[u64]) -> bool {
    let (&[family, high, low], &[of, first, rest, prefix]) = (ip, range) else { return false };
    let width = if family == 4 { 32 } else { 128 };
    let differ = u128::from(high ^ first) << 64 | u128::from(low ^ rest);
    family == of && prefix <= width && (prefix == 0 || differ >> (width - prefix) == 0)
}

/// Where the value of a key is, or null.
unsafe extern "C" fn lookup(map: u64, key: u64) -> *const u64 {
    // SAFETY: a map's word.
    let (pairs, _) = unsafe { entries(map) }.as_chunks::<2>();
    match pairs.binary_search_by_key(&key, |pair| pair[0]) {
        Ok(at) => &raw const pairs[at][1],
        Err(_) => std::ptr::null(),
    }
}

/// The cell of the converted value; null if it does not fit.
unsafe extern "C" fn convert(frame: &Frame<'_, '_>, site: &ConvertSite, word: u64) -> u64 {
    // SAFETY: a helper that holds nothing else.
    let scratch = unsafe { scratch(frame) };
    // SAFETY: the word has the type `from`.
    let Ok(value) = (unsafe { decode(&site.from, word, &scratch.names) }) else { return 0 };
    let value = crate::fit::convert(&value, &site.to);
    encode(&site.to, &value, &mut scratch.names, &mut scratch.arena).unwrap_or(0)
}

unsafe extern "C" fn builtin(
    frame: &Frame<'_, '_>,
    site: &BuiltinSite,
    args: *const u64,
    out: *mut u64,
) -> u64 {
    // SAFETY: a helper that holds nothing else.
    let scratch = unsafe { scratch(frame) };
    // SAFETY: the emitter stored one word for each parameter.
    let words = unsafe { cell(args as u64, site.params.len()) };
    let mut values = Vec::with_capacity(words.len());
    for (ty, word) in site.params.iter().zip(words) {
        // SAFETY: each word has its parameter's type.
        match unsafe { decode(ty, *word, &scratch.names) } {
            Ok(value) => values.push(value),
            Err(Unfit) => return status::FAULT,
        }
    }
    match catch_unwind(AssertUnwindSafe(|| (site.eval)(&values))) {
        Ok(Ok(Value::Absent)) => status::ABSENT,
        Ok(Ok(value)) => match encode(&site.result, &value, &mut scratch.names, &mut scratch.arena) {
            Ok(word) => {
                // SAFETY: `out` is a slot of the caller's frame.
                unsafe { out.write(word) };
                status::PRESENT
            }
            Err(Unfit) => status::FAULT,
        },
        Ok(Err(error)) => status::of_error(error),
        Err(_) => status::FAULT,
    }
}

unsafe extern "C" fn like(frame: &Frame<'_, '_>, pattern: &LikePattern, text: u64) -> u64 {
    // SAFETY: a helper that holds nothing else.
    let names = unsafe { &scratch(frame).names };
    u64::from(names.text(text).is_some_and(|text| pattern.matches(text)))
}

unsafe extern "C" fn matches(frame: &Frame<'_, '_>, regex: &regex::Regex, text: u64) -> u64 {
    // SAFETY: a helper that holds nothing else.
    let names = unsafe { &scratch(frame).names };
    u64::from(names.text(text).is_some_and(|text| regex.is_match(text)))
}

unsafe extern "C" fn grant_any(frame: &Frame<'_, '_>, plan: &Plan, args: *const u64) -> u64 {
    // SAFETY: the emitter stored one word for each test.
    let args = unsafe { cell(args as u64, plan.tests.len()) };
    // SAFETY: a fresh cursor; the words have the types of the tests.
    u64::from(unsafe { plan.next(frame.image, args, frame.now(), &mut Cursor::default()) }.is_some())
}

unsafe extern "C" fn grant_next(
    frame: &Frame<'_, '_>,
    plan: &Plan,
    args: *const u64,
    cursor: &mut Cursor,
) -> *const u64 {
    // SAFETY: the emitter stored one word for each test.
    let args = unsafe { cell(args as u64, plan.tests.len()) };
    // SAFETY: the emitter uses a cursor for one search; the words have the types of the tests.
    match unsafe { plan.next(frame.image, args, frame.now(), cursor) } {
        Some(row) => row.words.as_ptr(),
        None => std::ptr::null(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::word::address_words;
    use super::is_in_range;
    use crate::builtins::{Form, all};
    use crate::literal::{parse_cidr, parse_ip};
    use crate::types::Type;
    use crate::value::Value;

    #[test]
    fn ranges_hold_the_addresses_that_the_built_in_says() {
        let addresses = [
            "0.0.0.0",
            "10.0.0.1",
            "10.255.255.255",
            "11.0.0.0",
            "127.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "2001:db8:8000::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ];
        let ranges = [
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.1.2.3/8",
            "10.0.0.1/32",
            "10.0.0.0/31",
            "128.0.0.0/1",
            "255.255.255.255/32",
            "::/0",
            "::1/128",
            "::/127",
            "2001:db8::/32",
            "2001:db8::/33",
            "8000::/1",
            "::ffff:0:0/96",
            "2001:db8:8000::/65",
        ];
        let is_in = |declared: &&crate::builtins::Builtin| {
            declared.form == Form::Operator("in") && declared.params.len() == 2 && {
                let params: Vec<_> = declared.params.iter().map(|sig| format!("{sig:?}")).collect();
                params == ["Ip", "Cidr"]
            }
        };
        let declared = all().iter().find(is_in).expect("it is declared");
        let mut inside = 0;
        for ip in addresses {
            for range in ranges {
                let (ip, range) = (parse_ip(ip).unwrap(), parse_cidr(range).unwrap());
                let wanted = (declared.eval)(&[Value::Ip(ip), Value::Cidr(range)]) == Ok(Value::Bool(true));
                let [family, high, low] = address_words(range.address);
                let found = is_in_range(&address_words(ip), &[family, high, low, u64::from(range.prefix)]);
                assert_eq!(found, wanted, "{ip} in {range:?}, of type {:?}", Type::Cidr);
                inside += usize::from(found);
            }
        }
        assert_eq!(inside, 29, "pairs of which the first is in the second");
    }
}
