//! The data as engines want it that have no notion of entities: references as text, and for each entity everything that it is in.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::store::{Entity, Row, Store, Uid};

/// `User::"ann"`, as requests have it.
pub fn literal(uid: &Uid) -> String {
    format!("{}::\"{}\"", uid.ty, uid.id)
}

/// For each entity itself and all that it is in, nearest first, without repeats.
pub struct Above<'a>(HashMap<&'a Uid, Vec<&'a Uid>>);

impl<'a> Above<'a> {
    /// Of the data.
    pub fn new(store: &'a Store) -> Self {
        let entities: HashMap<&Uid, &Entity> =
            store.entities.iter().map(|entity| (&entity.uid, entity)).collect();
        let above = store.entities.iter().map(|entity| {
            let mut found = vec![&entity.uid];
            let mut next = 0;
            while let Some(uid) = found.get(next) {
                let parents = entities.get(*uid).map_or(&[][..], |entity| &entity.parents[..]);
                for parent in parents {
                    if !found.contains(&parent) {
                        found.push(parent);
                    }
                }
                next += 1;
            }
            (&entity.uid, found)
        });
        Above(above.collect())
    }

    /// Of one entity.
    pub fn of(&self, uid: &Uid) -> &[&'a Uid] {
        &self.0[uid]
    }
}

/// An entity as an object: its attributes with references as text, `above` (what [`Above`] says), `within` (the same as the
/// names of an object's fields), and its own name as `uid`.
pub fn object(entity: &Entity, above: &Above<'_>) -> Map<String, Value> {
    let mut object = match flat(&entity.attributes) {
        Value::Object(attributes) => attributes,
        _ => Map::new(),
    };
    let names: Vec<String> = above.of(&entity.uid).iter().map(|uid| literal(uid)).collect();
    object.insert(
        "within".into(),
        names.iter().map(|name| (name.clone(), json!(true))).collect::<Map<_, _>>().into(),
    );
    object.insert("above".into(), json!(names));
    object.insert("uid".into(), json!(literal(&entity.uid)));
    object
}

/// References as text.
fn flat(value: &Value) -> Value {
    match value {
        Value::Object(fields) => match (fields.get("type"), fields.get("id")) {
            (Some(_), Some(_)) => json!(literal(&Uid::from_json(value))),
            _ => fields.iter().map(|(name, value)| (name.clone(), flat(value))).collect::<Map<_, _>>().into(),
        },
        Value::Array(values) => values.iter().map(flat).collect(),
        other => other.clone(),
    }
}

/// Rows of a grant that are alive at `now`.
pub fn live<'a>(store: &'a Store, grant: &'a str, now: i64) -> impl Iterator<Item = &'a Row> {
    store.rows_of(grant).filter(move |row| now < row.until)
}
