//! Ids of entities in the data files of a package, for whoever types `User::"..`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assize_compiler::package::PackageSources;
use assize_runtime::names::read_entity;
use serde_json::Value;

/// How much of a data file is read, and how many ids of a type are kept: more than anybody looks through.
const MAX_BYTES: u64 = 16 << 20;
const MAX_IDS: usize = 2_000;

/// Ids by the name of their type as the files write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataIds(BTreeMap<String, BTreeSet<String>>);

impl DataIds {
    /// Reads the data files that the manifest names. What cannot be read has no ids; `assize check` says what is wrong with it.
    pub fn of(sources: &PackageSources) -> DataIds {
        let mut ids = DataIds::default();
        for path in sources.data_files() {
            ids.add_file(&path);
        }
        ids
    }

    fn add_file(&mut self, path: &Path) {
        if std::fs::metadata(path).is_ok_and(|known| known.len() <= MAX_BYTES)
            && let Ok(text) = std::fs::read(path)
        {
            self.add(&text);
        }
    }

    /// Adds the entities of a text: JSON values one after the other, arrays of them included.
    fn add(&mut self, text: &[u8]) {
        for row in serde_json::Deserializer::from_slice(text).into_iter::<Value>().map_while(Result::ok) {
            match row {
                Value::Array(rows) => rows.iter().for_each(|row| self.add_row(row)),
                row => self.add_row(&row),
            }
        }
    }

    fn add_row(&mut self, row: &Value) {
        let (ty, id) = match row.get("uid") {
            Some(Value::String(text)) => match read_entity(text) {
                Some((ty, id)) => (ty.to_owned(), id.to_string()),
                None => return,
            },
            Some(uid) => match (uid["type"].as_str(), uid["id"].as_str()) {
                (Some(ty), Some(id)) => (ty.to_owned(), id.to_owned()),
                _ => return,
            },
            None => return,
        };
        let known = self.0.entry(ty).or_default();
        if known.len() < MAX_IDS {
            known.insert(id);
        }
    }

    /// The ids of a type with this full name, which files may write without its module.
    pub fn of_type(&self, full: &str) -> impl Iterator<Item = &str> {
        let bare = full.rsplit("::").next().unwrap_or(full);
        let mut names = vec![full];
        names.extend((bare != full).then_some(bare));
        names.into_iter().filter_map(|name| self.0.get(name)).flatten().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_all_forms_are_read_as_far_as_they_can_be() {
        let mut ids = DataIds::default();
        ids.add(
            br#"{"uid": {"type": "User", "id": "ann"}} {"uid": "a::User::\"bob\""}
                {"grant": "g"} [{"uid": {"type": "User", "id": "cid"}}, 3] {"uid": 1} broken {"uid": "User::\"zoe\""}"#,
        );
        assert_eq!(ids.of_type("a::User").collect::<Vec<_>>(), ["bob", "ann", "cid"]);
        assert_eq!(ids.of_type("User").collect::<Vec<_>>(), ["ann", "cid"]);
        assert_eq!(ids.of_type("Folder").count(), 0);
    }
}
