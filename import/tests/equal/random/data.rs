//! Random values, entities and requests.

use serde_json::{Map, Value, json};

use super::choices::Choices;
use super::schema::{Field, Schema, Ty};

/// Ids of entities; the last two are nobody's.
pub const IDS: &[&str] = &["a", "b", "c", "odd \"id\"", "", "ghost", "*"];
/// How many of them are somebody's.
const HELD: usize = 5;

pub const LONGS: &[i64] =
    &[0, 1, 2, -1, 3, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1, 3_037_000_500, 1_000_000];
pub const STRINGS: &[&str] =
    &["", "a", "b", "ab", "a*b", "A", "odd \"text\"", "\\", "é\u{202E}x", "\n\t", "😀"];
pub const IPS: &[&str] = &[
    "10.0.0.1",
    "10.0.0.0/8",
    "10.1.2.3/8",
    "127.0.0.1",
    "127.0.0.0/7",
    "::1",
    "::/0",
    "0.0.0.0/0",
    "2001:db8::/32",
    "ff02::1",
    "224.0.0.1/4",
    "255.255.255.255",
    "::ffff:a00:1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/1",
    "10.0.0.1/32",
    "1::/128",
];
pub const DECIMALS: &[&str] = &[
    "0.0",
    "1.5",
    "1.50",
    "-1.5",
    "0.0001",
    "-0.0001",
    "922337203685477.5807",
    "-922337203685477.5808",
    "12.3456",
    "-0.0",
];
pub const DATETIMES: &[&str] = &[
    "1970-01-01",
    "2024-02-29",
    "2024-02-29T23:59:59.999Z",
    "1969-12-31T23:59:59.999Z",
    "0000-01-01",
    "9999-12-31T23:59:59.999Z",
    "2024-03-01T00:00:00+0100",
    "2024-01-01T12:30:00-2359",
    "1970-01-01T00:00:00.001Z",
];
pub const DURATIONS: &[&str] = &[
    "0ms",
    "1d",
    "24h",
    "-1ms",
    "1d2h3m4s5ms",
    "-1d1h",
    "106751991167d7h12m55s807ms",
    "-106751991167d7h12m55s808ms",
    "999ms",
    "90m",
    "-1h30m",
];
pub const KEYS: &[&str] = &["k", "l", "odd \"key\"", "", "n"];

pub fn uid(schema: &Schema, ty: usize, id: &str) -> Value {
    json!({"type": schema.entities[ty].name, "id": id})
}

/// An id for an entity of a type.
pub fn id(choices: &mut Choices, schema: &Schema, ty: usize) -> String {
    match &schema.entities[ty].ids {
        Some(ids) => choices.pick(ids).clone(),
        None => (*choices.pick(IDS)).to_owned(),
    }
}

pub fn value(choices: &mut Choices, schema: &Schema, ty: &Ty) -> Value {
    // Cedar reads values of extension types in more than one form.
    let call = |choices: &mut Choices, function: &str, argument: &str| match choices.below(3) {
        0 => json!({"__extn": {"fn": function, "arg": argument}}),
        1 => json!(argument),
        _ => json!({"fn": function, "arg": argument}),
    };
    match ty {
        Ty::Bool => json!(choices.once_in(2)),
        Ty::Long => json!(choices.pick(LONGS)),
        Ty::String => json!(choices.pick(STRINGS)),
        Ty::Ip => {
            let text = *choices.pick(IPS);
            call(choices, "ip", text)
        }
        Ty::Decimal => {
            let text = *choices.pick(DECIMALS);
            call(choices, "decimal", text)
        }
        Ty::Datetime => {
            let text = *choices.pick(DATETIMES);
            call(choices, "datetime", text)
        }
        Ty::Duration => {
            let text = *choices.pick(DURATIONS);
            call(choices, "duration", text)
        }
        Ty::Set(element) => {
            let count = choices.below(4);
            (0..count).map(|_| value(choices, schema, element)).collect()
        }
        Ty::Record(fields) => Value::Object(record(choices, schema, fields)),
        Ty::Entity(ty) => {
            let id = id(choices, schema, *ty);
            let uid = uid(schema, *ty, &id);
            if choices.once_in(2) { uid } else { json!({"__entity": uid}) }
        }
    }
}

pub fn record(choices: &mut Choices, schema: &Schema, fields: &[Field]) -> Map<String, Value> {
    let mut map = Map::new();
    for field in fields {
        if field.required || choices.once_in(2) {
            map.insert(field.name.clone(), value(choices, schema, &field.ty));
        }
    }
    map
}

/// Entities, of which some are there; nobody is below itself.
pub fn entities(choices: &mut Choices, schema: &Schema) -> Vec<Value> {
    let mut places = Vec::new();
    for (ty, entity) in schema.entities.iter().enumerate() {
        if entity.ids.is_none() {
            let count = choices.below(HELD + 1);
            places.extend(IDS[..count].iter().map(|id| (ty, (*id).to_owned())));
        }
    }
    // Above are only later places, each with a number of its own, so that there is no circle.
    let mut order: Vec<usize> = (0..places.len()).collect();
    for at in 0..order.len() {
        let other = at + choices.below(order.len() - at);
        order.swap(at, other);
    }
    let mut found = Vec::new();
    for (at, place) in order.iter().enumerate() {
        let (ty, id_) = &places[*place];
        let entity = &schema.entities[*ty];
        let mut parents = Vec::new();
        for above in &order[at + 1..] {
            let (above_ty, above_id) = &places[*above];
            if entity.parents.contains(above_ty) && choices.once_in(3) {
                parents.push(uid(schema, *above_ty, above_id));
            }
        }
        if let Some(above) = entity.parents.first()
            && choices.once_in(4)
        {
            parents.push(uid(schema, *above, "ghost"));
        }
        let mut json = json!({
            "uid": uid(schema, *ty, id_),
            "parents": parents,
            "attrs": record(choices, schema, &entity.attributes),
        });
        if let Some(tags) = &entity.tags {
            let mut map = Map::new();
            for key in choices.some(KEYS) {
                map.insert(key.to_owned(), value(choices, schema, tags));
            }
            json["tags"] = Value::Object(map);
        }
        found.push(json);
    }
    found
}

/// Requests for every action.
pub fn requests(choices: &mut Choices, schema: &Schema, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    let open: Vec<&super::schema::Action> =
        schema.actions.iter().filter(|action| !action.principals.is_empty()).collect();
    for nth in 0..most {
        let action = open[nth % open.len()];
        let (principal, resource) = (*choices.pick(&action.principals), *choices.pick(&action.resources));
        let (principal_id, resource_id) = (id(choices, schema, principal), id(choices, schema, resource));
        let context = record(choices, schema, &action.context);
        let request = json!({
            "principal": uid(schema, principal, &principal_id),
            "action": {"type": action.ty(), "id": action.id},
            "resource": uid(schema, resource, &resource_id),
            "context": context,
        });
        found.push(request.to_string());
    }
    found
}
