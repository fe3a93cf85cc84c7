//! Names of declared things as people write them: in full (`drive::User`), or bare (`User`) where only one module has it.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::types::{ActionId, EntityTypeId, EnumId, GrantId, ObligationId, Schema};
use crate::value::EntityUid;

/// Both ways between names and ids, for one kind of thing.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// `None` for a bare name that several modules have.
    ids: FxHashMap<SmolStr, Option<u32>>,
    shortest: Vec<SmolStr>,
}

/// Why a name means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unresolved<'a> {
    /// Nothing is called that; this name comes closest, if any is close.
    Unknown(Option<&'a str>),
    /// Several modules have it.
    Ambiguous,
}

impl Table {
    fn new<'a>(names: impl Iterator<Item = &'a SmolStr> + Clone) -> Table {
        let mut ids = FxHashMap::default();
        for (id, name) in names.clone().enumerate() {
            let bare = SmolStr::new(bare(name));
            ids.entry(bare).and_modify(|id| *id = None).or_insert(Some(id as u32));
        }
        // A full name always means its owner, even where it is also somebody's bare name.
        for (id, name) in names.clone().enumerate() {
            ids.insert(name.clone(), Some(id as u32));
        }
        let shortest = names.enumerate().map(|(id, name)| match ids.get(bare(name)) {
            Some(Some(of)) if *of == id as u32 => SmolStr::new(bare(name)),
            _ => name.clone(),
        });
        let shortest = shortest.collect();
        Table { ids, shortest }
    }

    /// The id of a full or bare name.
    pub fn get(&self, name: &str) -> Result<u32, Unresolved<'_>> {
        match self.ids.get(name) {
            Some(Some(id)) => Ok(*id),
            Some(None) => Err(Unresolved::Ambiguous),
            None => Err(Unresolved::Unknown(closest(name, self.shortest.iter().map(SmolStr::as_str)))),
        }
    }

    /// Every name that means something, full and bare, with its id; in no order.
    #[cfg(feature = "jit")]
    pub(crate) fn meanings(&self) -> impl Iterator<Item = (&SmolStr, u32)> {
        self.ids.iter().filter_map(|(name, id)| Some((name, (*id)?)))
    }

    /// The bare name where it is unique, else the full one; `?` for an id that is not of this schema.
    pub fn shortest(&self, id: u32) -> &str {
        self.shortest.get(id as usize).map_or("?", SmolStr::as_str)
    }
}

/// All tables of a schema.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Of entity types.
    pub entity_types: Table,
    /// Of enums.
    pub enums: Table,
    /// Of actions.
    pub actions: Table,
    /// Of grants.
    pub grants: Table,
    /// Of obligations.
    pub obligations: Table,
}

impl Names {
    /// The names of `schema`.
    pub fn new(schema: &Schema) -> Names {
        Names {
            entity_types: Table::new(schema.entity_types.iter().map(|ty| &ty.name)),
            enums: Table::new(schema.enums.iter().map(|ty| &ty.name)),
            actions: Table::new(schema.actions.iter().map(|action| &action.name)),
            grants: Table::new(schema.grants.iter().map(|grant| &grant.name)),
            obligations: Table::new(schema.obligations.iter().map(|obligation| &obligation.name)),
        }
    }

    /// The shortest name of an entity type.
    pub fn entity_type(&self, id: EntityTypeId) -> &str {
        self.entity_types.shortest(id.0)
    }

    /// The shortest name of an enum.
    pub fn enumeration(&self, id: EnumId) -> &str {
        self.enums.shortest(id.0)
    }

    /// The shortest name of an action.
    pub fn action(&self, id: ActionId) -> &str {
        self.actions.shortest(id.0)
    }

    /// The shortest name of a grant.
    pub fn grant(&self, id: GrantId) -> &str {
        self.grants.shortest(id.0)
    }

    /// The shortest name of an obligation.
    pub fn obligation(&self, id: ObligationId) -> &str {
        self.obligations.shortest(id.0)
    }

    /// `User::"ann"`
    pub fn entity(&self, uid: &EntityUid) -> String {
        spell_entity(self.entity_type(uid.ty), &uid.id)
    }
}

/// `User::"ann"`, with the id's quotes, backslashes and control characters escaped.
pub fn spell_entity(ty: &str, id: &str) -> String {
    let mut text = format!("{ty}::\"");
    for letter in id.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            letter if letter.is_control() => text.push_str(&format!("\\u{{{:x}}}", u32::from(letter))),
            letter => text.push(letter),
        }
    }
    text.push('"');
    text
}

/// Type and id of `User::"ann"`; `None` if the text is not of this form.
pub fn read_entity(text: &str) -> Option<(&str, SmolStr)> {
    let (ty, quoted) = text.split_once("::\"")?;
    let quoted = quoted.strip_suffix('"')?;
    if !quoted.contains(['"', '\\']) {
        return Some((ty, SmolStr::new(quoted)));
    }
    Some((ty, unescaped(quoted)?.into()))
}

/// The same for a text without escapes, of which nothing is copied. `None` for any other.
#[cfg(feature = "jit")]
pub(crate) fn split_entity(text: &str) -> Option<(&str, &str)> {
    let odd = |byte: &u8| matches!(byte, b'"' | b'\\');
    let bytes = text.as_bytes();
    let opening = bytes.iter().position(odd)?;
    let ty = text.get(..opening)?.strip_suffix("::")?;
    let rest = text.get(opening..)?.strip_prefix('"')?;
    let closing = rest.bytes().position(|byte| odd(&byte))?;
    if closing + 1 != rest.len() {
        return None;
    }
    Some((ty, rest.strip_suffix('"')?))
}

/// What stands between the quotes of an entity's id; `None` if it could not stand there.
fn unescaped(quoted: &str) -> Option<String> {
    let mut id = String::with_capacity(quoted.len());
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            '\\' => match letters.next()? {
                'n' => id.push('\n'),
                'r' => id.push('\r'),
                't' => id.push('\t'),
                'u' => {
                    let (digits, rest) = letters.as_str().strip_prefix('{')?.split_once('}')?;
                    if digits.len() > 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                        return None;
                    }
                    id.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                    letters = rest.chars();
                }
                escaped @ ('"' | '\\' | '\'') => id.push(escaped),
                _ => return None,
            },
            letter => id.push(letter),
        }
    }
    Some(id)
}

fn bare(name: &str) -> &str {
    name.rsplit_once("::").map_or(name, |(_, bare)| bare)
}

/// The candidate that is a slip of the finger away from `name`, if there is one.
pub fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = 1 + name.chars().count() / 4;
    // Names in requests come from anywhere: no work for those that nobody could have meant.
    if name.len() > 64 {
        return None;
    }
    candidates
        .take(2_000)
        .filter(|candidate| candidate.len() <= 64)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters to insert, remove, change or swap with the next, ignoring case.
fn distance(a: &str, b: &str) -> usize {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (a, b) = (lower(a), lower(b));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let change = row[j] + usize::from(a[i] != b[j]);
            let mut least = change.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}
