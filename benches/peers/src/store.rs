//! Generated data and requests, read once into plain tables that every engine builds itself from.

use std::collections::HashMap;

use assize_examples::{App, generate};
use indexmap::IndexMap;
use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::Value;

/// An entity by type and id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Uid {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its id.
    pub id: String,
}

impl Uid {
    /// From how data refers to an entity.
    pub fn from_json(value: &Value) -> Uid {
        Uid::deserialize(value).expect("generated references are entities")
    }

    /// From `Type::"id"`; generated ids need no escapes.
    pub fn from_literal(text: &str) -> Uid {
        let (ty, id) = split_literal(text).expect("generated requests name entities");
        Uid { ty: ty.to_string(), id: id.to_string() }
    }
}

/// `User::"ann"` as `("User", "ann")`.
pub fn split_literal(text: &str) -> Option<(&str, &str)> {
    let (ty, id) = text.split_once("::\"")?;
    Some((ty, id.strip_suffix('"')?))
}

/// An entity of the data.
pub struct Entity {
    /// Which.
    pub uid: Uid,
    /// Its direct parents.
    pub parents: Vec<Uid>,
    /// Its attributes; an object.
    pub attributes: Value,
}

/// A grant row.
pub struct Row {
    /// Of which grant.
    pub grant: String,
    /// Its arguments; an object.
    pub args: Value,
    /// When it ends, exclusive, in milliseconds since 1970-01-01T00:00:00Z; `i64::MAX` for never.
    pub until: i64,
}

impl Row {
    /// An argument that is an entity.
    pub fn entity(&self, name: &str) -> Uid {
        Uid::from_json(&self.args[name])
    }
}

/// A request.
pub struct Request {
    /// Who.
    pub principal: Uid,
    /// Does what.
    pub action: String,
    /// On what.
    pub resource: Uid,
    /// An object.
    pub context: Value,
    /// The line of JSON that it was read from.
    pub json: String,
}

/// Everything that an engine needs.
pub struct Store {
    /// The application.
    pub app: App,
    /// How many entities of each type there are.
    pub scale: usize,
    /// The data as NDJSON text.
    pub data: String,
    /// Entities in order.
    pub entities: Vec<Entity>,
    /// Grant rows; of those with the same arguments, the last.
    pub rows: Vec<Row>,
    /// Requests in random order.
    pub requests: Vec<Request>,
    /// The context of each request as JSON text.
    pub context_texts: Vec<String>,
    numbers: HashMap<Uid, usize>,
}

impl Store {
    /// Generates data and requests and reads them.
    pub fn generate(app: App, scale: usize, requests: usize, seed: u64) -> Store {
        let generated = generate(app, scale, requests, seed);
        let mut entities = Vec::new();
        let mut rows = IndexMap::new();
        let mut numbers = HashMap::new();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for value in lines(&generated.data) {
            if let Some(grant) = value["grant"].as_str() {
                let until = value["until"].as_str().map_or(i64::MAX, milliseconds);
                let key = (grant.to_string(), value["args"].to_string());
                rows.insert(key, Row { grant: grant.to_string(), args: value["args"].clone(), until });
            } else {
                let uid = Uid::from_json(&value["uid"]);
                let parents = uids(&value["parents"]);
                let count = counts.entry(uid.ty.clone()).or_default();
                numbers.insert(uid.clone(), *count);
                *count += 1;
                entities.push(Entity { uid, parents, attributes: value["attrs"].clone() });
            }
        }
        let requests: Vec<_> = generated.requests.lines().map(request).collect();
        let context_texts = requests.iter().map(|request: &Request| request.context.to_string()).collect();
        let rows = rows.into_values().collect();
        Store { app, scale, data: generated.data, entities, rows, requests, context_texts, numbers }
    }

    /// The number of an entity among those of its type, counted from 0 in order of the data.
    pub fn number(&self, uid: &Uid) -> usize {
        self.numbers[uid]
    }

    /// The numbers of the entities of a type by id.
    pub fn ids(&self, ty: &str) -> FxHashMap<String, u32> {
        self.of_type(ty).map(|entity| (entity.uid.id.clone(), self.number(&entity.uid) as u32)).collect()
    }

    /// The entities of a type, in order.
    pub fn of_type<'a>(&'a self, ty: &'a str) -> impl Iterator<Item = &'a Entity> {
        self.entities.iter().filter(move |entity| entity.uid.ty == ty)
    }

    /// The rows of a grant, in order.
    pub fn rows_of<'a>(&'a self, grant: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.grant == grant)
    }
}

/// References in a set or in `parents`; none if there are none.
pub fn uids(value: &Value) -> Vec<Uid> {
    value.as_array().map(|uids| uids.iter().map(Uid::from_json).collect()).unwrap_or_default()
}

/// A time as data writes it, in milliseconds since 1970-01-01T00:00:00Z.
pub fn milliseconds(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("generated times are times").as_millisecond()
}

fn lines(text: &str) -> impl Iterator<Item = Value> + '_ {
    text.lines().map(|line| serde_json::from_str(line).expect("generated lines are JSON"))
}

fn request(json: &str) -> Request {
    let value: Value = serde_json::from_str(json).expect("generated lines are JSON");
    let text = |name: &str| value[name].as_str().expect("generated requests are complete");
    Request {
        principal: Uid::from_literal(text("principal")),
        action: text("action").to_string(),
        resource: Uid::from_literal(text("resource")),
        context: value["context"].clone(),
        json: json.to_string(),
    }
}
