//! Data files: one entity or grant row for each line, or an array of them. All faults of all files are found in one go, and
//! nothing is half-loaded.

use std::fmt;
use std::sync::Arc;

use super::tree::{Json, Kind, Member, Reader, SyntaxFault};
use super::value::{Step, Typing, ValueFault, did_you_mean, shortened, unresolved};
use crate::data::{Bulk, Data, Entity, find_cycle, spell_cycle};
use crate::literal::{format_duration, parse_datetime};
use crate::names::{Names, closest};
use crate::types::{EntityTypeId, GrantId, Schema};
use crate::value::{EntityUid, Value};

/// How many faults are described; the others are counted.
pub const MAX_FAULTS: usize = 100;

/// Something in a data file that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFault {
    /// The file's name, as given.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// `attrs.level`; empty for the row as a whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for DataFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Why data was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFaults {
    /// The first [`MAX_FAULTS`], in order of files and lines. Never empty.
    pub faults: Vec<DataFault>,
    /// How many there are in all.
    pub total: usize,
}

impl fmt::Display for DataFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        match self.total.saturating_sub(self.faults.len()) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for DataFaults {}

/// Loads the contents of named files; `now` is the clock, for grants `for at most`. Either all of it fits, or none is taken.
pub fn load<'f>(
    schema: &Schema,
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    now: i64,
) -> Result<Data, DataFaults> {
    let names = Names::new(schema);
    let mut loader = Loader {
        schema,
        names: &names,
        now,
        bulk: Bulk::new(schema),
        files: Vec::new(),
        places: vec![Vec::new(); schema.entity_types.len()],
        faults: DataFaults { faults: Vec::new(), total: 0 },
    };
    for (name, bytes) in files {
        loader.files.push(name.to_owned());
        loader.file(bytes);
    }
    loader.finish()
}

/// Line and column of offsets that mostly ascend.
struct Lines<'a> {
    text: &'a [u8],
    /// Up to here lines are counted.
    seen: usize,
    line: usize,
    line_start: usize,
}

impl Lines<'_> {
    fn line_at(&mut self, at: usize) -> usize {
        let at = at.min(self.text.len());
        if at < self.seen {
            (self.seen, self.line, self.line_start) = (0, 1, 0);
        }
        for (index, byte) in self.text[self.seen..at].iter().enumerate() {
            if *byte == b'\n' {
                self.line += 1;
                self.line_start = self.seen + index + 1;
            }
        }
        self.seen = at;
        self.line
    }

    fn place(&mut self, at: usize) -> (usize, usize) {
        let line = self.line_at(at);
        // Characters are counted by their first bytes.
        let before = &self.text[self.line_start..at.min(self.text.len())];
        (line, 1 + before.iter().filter(|byte| (**byte & 0xC0) != 0x80).count())
    }
}

struct Loader<'a> {
    schema: &'a Schema,
    names: &'a Names,
    now: i64,
    bulk: Bulk<'a>,
    files: Vec<String>,
    /// File and line of each entity, by type and position among those of its type.
    places: Vec<Vec<(u32, u32)>>,
    faults: DataFaults,
}

impl Loader<'_> {
    fn fault(&mut self, lines: &mut Lines<'_>, fault: ValueFault) {
        self.faults.total += 1;
        if self.faults.faults.len() < MAX_FAULTS {
            let (line, column) = lines.place(fault.at);
            let file = self.files.last().cloned().unwrap_or_default();
            self.faults.faults.push(DataFault {
                file,
                line,
                column,
                path: fault.path,
                message: fault.message,
            });
        }
    }

    fn file(&mut self, bytes: &[u8]) {
        let mut lines = Lines { text: bytes, seen: 0, line: 1, line_start: 0 };
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let message = "the file is not UTF-8 from here on".to_owned();
                return self
                    .fault(&mut lines, ValueFault { at: error.valid_up_to(), path: String::new(), message });
            }
        };
        // Some editors begin a file with a byte order mark.
        let mut from = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        while let Err(SyntaxFault { at, message }) = self.rows(text, from, &mut lines) {
            self.fault(&mut lines, ValueFault { at, path: String::new(), message });
            // Rows begin their line: go on there, so that one slip does not hide the faults of other rows.
            match text.get(at..).and_then(|rest| rest.find("\n{")) {
                Some(next) => from = at + next + 1,
                None => break,
            }
        }
    }

    fn rows(&mut self, text: &str, from: usize, lines: &mut Lines<'_>) -> Result<(), SyntaxFault> {
        let mut reader = Reader::new(text, from);
        let mut first = true;
        while let Some((byte, at)) = reader.next_byte() {
            match byte {
                b'[' if first => {
                    let mut next = reader.enter_array()?;
                    while let Some(peek) = next {
                        let (row, after) = reader.element(peek)?;
                        self.row(&row, lines);
                        next = after;
                    }
                    if let Some((_, at)) = reader.next_byte() {
                        return Err(SyntaxFault {
                            at,
                            message: "something follows after the array of rows".to_owned(),
                        });
                    }
                }
                b'{' => {
                    let row = reader.value()?;
                    self.row(&row, lines);
                }
                _ => return Err(SyntaxFault { at, message: "expected a row: an object".to_owned() }),
            }
            first = false;
        }
        Ok(())
    }

    fn row(&mut self, row: &Json<'_>, lines: &mut Lines<'_>) {
        let mut typing = Typing::new(self.schema, self.names);
        let read = read_row(&mut typing, row, self.now);
        let faults = std::mem::take(&mut typing.faults);
        match read {
            Some(Row::Entity(uid, entity)) if faults.is_empty() => self.entity(row.at, uid, entity, lines),
            Some(Row::Grant(grant, args, until)) if faults.is_empty() => {
                self.bulk.insert_row(grant, args, until)
            }
            _ => {}
        }
        for fault in faults {
            self.fault(lines, fault);
        }
    }

    fn entity(&mut self, at: usize, uid: EntityUid, entity: Entity, lines: &mut Lines<'_>) {
        let ty = uid.ty.index();
        match self.bulk.insert_new(uid.clone(), entity) {
            Ok(()) => {
                let file = self.files.len().saturating_sub(1) as u32;
                let line = lines.line_at(at) as u32;
                if let Some(places) = self.places.get_mut(ty) {
                    places.push((file, line));
                }
            }
            Err(first) => {
                let (file, line) =
                    self.places.get(ty).and_then(|places| places.get(first)).copied().unwrap_or_default();
                let file = self.files.get(file as usize).map_or("", String::as_str);
                let name = self.names.entity(&uid);
                let message = format!("`{name}` is here twice; it was first in {file}:{line}");
                self.fault(lines, ValueFault { at, path: "uid".to_owned(), message });
            }
        }
    }

    fn finish(mut self) -> Result<Data, DataFaults> {
        let data = self.bulk.into_data();
        if let Some(cycle) = find_cycle(&data) {
            let spelt: Vec<_> = cycle.iter().map(|uid| self.names.entity(uid)).collect();
            let place = cycle.first().and_then(|uid| {
                let at = data.entities.get(uid.ty.index())?.position(&uid.id)?;
                self.places.get(uid.ty.index())?.get(at).copied()
            });
            let (file, line) = place.unwrap_or_default();
            self.faults.total += 1;
            if self.faults.faults.len() < MAX_FAULTS {
                self.faults.faults.push(DataFault {
                    file: self.files.get(file as usize).cloned().unwrap_or_default(),
                    line: line as usize,
                    column: 1,
                    path: "parents".to_owned(),
                    message: format!("the hierarchy has a cycle: {}", spell_cycle(&spelt)),
                });
            }
        }
        if self.faults.total == 0 { Ok(data) } else { Err(self.faults) }
    }
}

enum Row {
    Entity(EntityUid, Entity),
    Grant(GrantId, Arc<[Value]>, Option<i64>),
}

fn read_row(typing: &mut Typing<'_>, row: &Json<'_>, now: i64) -> Option<Row> {
    let Kind::Object(members) = &row.kind else { return typing.expected(row, "a row: an object") };
    let has = |key: &str| members.iter().any(|member| member.key == key);
    if has("grant") && !has("uid") {
        return grant_row(typing, row, members, now);
    }
    let (uid, entity) = entity_row(typing, row)?;
    if typing.schema.entity_types.get(uid.ty.index()).is_some_and(|ty| ty.external) {
        let name = typing.names.entity(&uid);
        return typing.fault(
            row.at,
            format!("`{name}` is of an external type: it comes with each request and is not stored"),
        );
    }
    Some(Row::Entity(uid, entity))
}

/// `{"uid": .., "parents": [..], "attrs": {..}}`
pub(super) fn entity_row(typing: &mut Typing<'_>, row: &Json<'_>) -> Option<(EntityUid, Entity)> {
    const KEYS: [&str; 3] = ["uid", "parents", "attrs"];
    let Kind::Object(members) = &row.kind else {
        return typing.expected(row, "an entity: an object with `uid`");
    };
    let faults = typing.faults.len();
    known_keys(typing, members, &KEYS, "an entity");
    let get = |key: &str| members.iter().find(|member| member.key == key).map(|member| &member.value);
    let Some(uid) = get("uid") else {
        return typing.fault(row.at, "a row has a `uid` (an entity) or a `grant`");
    };
    let uid = typing.within(Step::Field("uid".into()), |typing| typing.entity(uid))?;
    let parents = match get("parents") {
        None => Vec::new(),
        Some(json) => typing.within(Step::Field("parents".into()), |typing| parents(typing, uid.ty, json))?,
    };
    let declared = &typing.schema.entity_types.get(uid.ty.index())?.attributes;
    let empty = Json { at: row.at, kind: Kind::Object(Vec::new()) };
    let attributes = get("attrs").unwrap_or(&empty);
    let attributes =
        typing.within(Step::Field("attrs".into()), |typing| typing.record(attributes, declared))?;
    (typing.faults.len() == faults).then_some((uid, Entity { parents, attributes }))
}

fn parents(typing: &mut Typing<'_>, ty: EntityTypeId, json: &Json<'_>) -> Option<Vec<EntityUid>> {
    let Kind::Array(elements) = &json.kind else { return typing.expected(json, "an array of entities") };
    let allowed = &typing.schema.entity_types.get(ty.index())?.parents;
    let mut parents = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        typing.within(Step::Element(index), |typing| {
            let parent = typing.entity(element)?;
            if !allowed.contains(&parent.ty) {
                let (child, parent) = (typing.names.entity_type(ty), typing.names.entity_type(parent.ty));
                return typing.fault::<()>(element.at, format!("a `{child}` cannot be in a `{parent}`"));
            }
            parents.push(parent);
            Some(())
        });
    }
    parents.sort_unstable();
    parents.dedup();
    Some(parents)
}

/// `{"grant": "viewer", "args": {..}, "until": ".."}`
fn grant_row(typing: &mut Typing<'_>, row: &Json<'_>, members: &[Member<'_>], now: i64) -> Option<Row> {
    const KEYS: [&str; 3] = ["grant", "args", "until"];
    let faults = typing.faults.len();
    known_keys(typing, members, &KEYS, "a grant row");
    let get = |key: &str| members.iter().find(|member| member.key == key).map(|member| &member.value);
    let name = get("grant")?;
    let (schema, names) = (typing.schema, typing.names);
    let grant = typing.within(Step::Field("grant".into()), |typing| match &name.kind {
        Kind::String(text) => match names.grants.get(text) {
            Ok(id) => Some(GrantId(id)),
            Err(why) => typing.fault(name.at, unresolved("grant", text, why)),
        },
        _ => typing.expected(name, "the name of a grant as a string"),
    })?;
    let declared = schema.grants.get(grant.index())?;
    let args = match get("args") {
        Some(json) => {
            typing.within(Step::Field("args".into()), |typing| grant_args(typing, json, &declared.params))
        }
        None => typing.fault(row.at, "a grant row needs `args`"),
    };
    let until = match get("until") {
        None => None,
        Some(json) => {
            Some((json.at, typing.within(Step::Field("until".into()), |typing| until(typing, json))?))
        }
    };
    if let Some(at_most) = declared.at_most {
        let most = now.saturating_add(at_most);
        let long = format_duration(at_most);
        match until {
            None => typing.fault(
                row.at,
                format!("grant `{}` is for at most {long}: it needs an `until`", declared.name),
            ),
            Some((at, until)) if until > most => {
                typing.fault(at, format!("grant `{}` is for at most {long} from now", declared.name))
            }
            Some(_) => Some(()),
        };
    }
    let args = args?;
    (typing.faults.len() == faults).then_some(Row::Grant(grant, args, until.map(|(_, until)| until)))
}

fn grant_args(
    typing: &mut Typing<'_>,
    json: &Json<'_>,
    params: &[crate::types::FieldType],
) -> Option<Arc<[Value]>> {
    let Kind::Object(members) = &json.kind else { return typing.expected(json, "an object") };
    for member in members.iter().filter(|member| params.iter().all(|param| param.name != member.key)) {
        let hint = did_you_mean(closest(&member.key, params.iter().map(|param| param.name.as_str())));
        let message = format!("the grant has no parameter `{}`{hint}", shortened(&member.key));
        let _: Option<()> = typing.fault(member.key_at, message);
    }
    let args: Vec<Option<Value>> = params
        .iter()
        .map(|param| match members.iter().find(|member| member.key == param.name) {
            Some(member) => typing
                .within(Step::Field(param.name.clone()), |typing| typing.value(&member.value, &param.ty)),
            None => typing.fault(json.at, format!("the argument `{}` is missing", param.name)),
        })
        .collect();
    Some(args.into_iter().collect::<Option<Vec<_>>>()?.into())
}

fn until(typing: &mut Typing<'_>, json: &Json<'_>) -> Option<i64> {
    match &json.kind {
        Kind::String(text) => match parse_datetime(text) {
            Ok(until) => Some(until),
            Err(error) => typing.fault(json.at, format!("`{}`: {error}", shortened(text))),
        },
        _ => typing.expected(json, "a Datetime as a string"),
    }
}

/// Leaves a fault for each key that is not one of `keys`.
fn known_keys(typing: &mut Typing<'_>, members: &[Member<'_>], keys: &[&str], what: &str) {
    for Member { key, key_at, .. } in members.iter().filter(|member| !keys.contains(&member.key.as_str())) {
        let hint = did_you_mean(closest(key, keys.iter().copied()));
        let _: Option<()> = typing.fault(*key_at, format!("{what} has no key `{}`{hint}", shortened(key)));
    }
}
