//! Data and requests for random packages: few ids, so that things meet; some entities missing, so that reads err.

use assize_examples::Rng;
use serde_json::{Value, json};

const USERS: [&str; 6] = ["u0", "u1", "u2", "u3", "u4", "u5"];
const GROUPS: [&str; 4] = ["g0", "g1", "g2", "g3"];
const DOCS: [&str; 5] = ["d0", "d1", "d2", "d3", "d4"];
const FOLDERS: [&str; 3] = ["f0", "f1", "f2"];
const LEVELS: [&str; 3] = ["low", "mid", "high"];
const WORDS: [&str; 4] = ["a", "ab", "b*", ""];
const ACTIONS: [&str; 3] = ["read", "write", "edit"];
/// At the ends of the range and around zero, where arithmetic errs and comparisons turn.
const INTS: [i64; 9] = [0, 1, -1, 7, 8, 40, i64::MAX, i64::MIN, i64::MAX - 1];
const IPS: [&str; 4] = ["10.1.2.3", "192.0.2.1", "2001:db8::1", "::1"];
const TIMES: [&str; 4] =
    ["2026-01-01T00:00:00Z", "2025-06-01T12:30:00.001Z", "1969-12-31T23:59:59.999Z", "2030-01-01T00:00:00Z"];

fn pick<T: Copy>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.below(items.len())]
}

fn entity(ty: &str, id: &str) -> Value {
    json!({"type": ty, "id": id})
}

fn some<T>(rng: &mut Rng, at_most: usize, mut each: impl FnMut(&mut Rng) -> T) -> Vec<T> {
    (0..rng.below(at_most + 1)).map(|_| each(rng)).collect()
}

/// A set as JSON: without repeats.
fn set(values: Vec<Value>) -> Value {
    let mut unique: Vec<Value> = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    Value::Array(unique)
}

fn user(rng: &mut Rng) -> Value {
    entity("User", pick(rng, &USERS))
}

fn doc(rng: &mut Rng) -> Value {
    entity("Doc", pick(rng, &DOCS))
}

fn user_or_group(rng: &mut Rng) -> Value {
    if rng.chance(50) { user(rng) } else { entity("Group", pick(rng, &GROUPS)) }
}

fn doc_or_folder(rng: &mut Rng) -> Value {
    if rng.chance(50) { doc(rng) } else { entity("Folder", pick(rng, &FOLDERS)) }
}

fn decimal(rng: &mut Rng) -> Value {
    json!(pick(rng, &["0", "1.5", "-0.0001", "7", "922337203685477.5807", "-922337203685477.5808"]))
}

fn place(rng: &mut Rng) -> Value {
    let mut place = json!({"city": pick(rng, &WORDS)});
    if rng.chance(50) {
        place["zip"] = json!(pick(rng, &INTS));
    }
    place
}

/// Entities of all types, some left out, and rows of all grants.
pub fn rows(rng: &mut Rng) -> String {
    let mut rows = Vec::new();
    for (index, id) in GROUPS.iter().enumerate() {
        // Parents come later in the list, so that there is no cycle.
        let parents: Vec<Value> =
            GROUPS[index + 1..].iter().filter(|_| rng.chance(40)).map(|id| entity("Group", id)).collect();
        let attrs = json!({"lead": user(rng), "size": pick(rng, &INTS)});
        rows.push(json!({"uid": entity("Group", id), "parents": parents, "attrs": attrs}));
    }
    for id in USERS {
        let mut attrs = json!({
            "age": pick(rng, &INTS), "score": decimal(rng), "name": pick(rng, &WORDS), "level": pick(rng, &LEVELS),
            "friends": set(some(rng, 3, user)), "nums": set(some(rng, 3, |rng| json!(pick(rng, &INTS)))), "ip": pick(rng, &IPS),
            "born": pick(rng, &TIMES), "shift": pick(rng, &["0s", "8h30m", "-1ms", "400d"]),
            "zone": pick(rng, &["UTC", "Europe/Berlin", "US/Eastern", "Pacific/Apia"]), "home": place(rng),
            "labels": if rng.chance(50) { json!({"a": pick(rng, &INTS)}) } else { json!({}) },
            "can": set(some(rng, 2, |rng| json!(pick(rng, &ACTIONS)))),
        });
        if rng.chance(60) {
            attrs["boss"] = user(rng);
        }
        if rng.chance(50) {
            attrs["nick"] = json!(pick(rng, &WORDS));
        }
        if rng.chance(50) {
            attrs["limit"] = json!(pick(rng, &INTS));
        }
        let parents = set(some(rng, 2, |rng| entity("Group", pick(rng, &GROUPS))));
        rows.push(json!({"uid": entity("User", id), "parents": parents, "attrs": attrs}));
    }
    for (index, id) in FOLDERS.iter().enumerate() {
        let parents: Vec<Value> =
            FOLDERS[index + 1..].iter().filter(|_| rng.chance(50)).map(|id| entity("Folder", id)).collect();
        rows.push(json!({"uid": entity("Folder", id), "parents": parents, "attrs": {"owner": user(rng)}}));
    }
    for id in DOCS {
        let mut attrs = json!({
            "owner": user(rng), "editor": user_or_group(rng), "level": pick(rng, &LEVELS), "colour": pick(rng, &["red", "green", "blue"]),
            "price": decimal(rng), "tags": set(some(rng, 2, |rng| json!(pick(rng, &WORDS)))),
            "readers": set(some(rng, 3, user_or_group)), "due": pick(rng, &TIMES), "size": pick(rng, &INTS),
        });
        if rng.chance(50) {
            attrs["reviewer"] = user_or_group(rng);
        }
        let parents = set(some(rng, 2, |rng| entity("Folder", pick(rng, &FOLDERS))));
        rows.push(json!({"uid": entity("Doc", id), "parents": parents, "attrs": attrs}));
    }
    // Some are never told, and are named by the others all the same.
    rows.retain(|_| !rng.chance(12));
    for _ in 0..rng.below(16) {
        let (grant, args) = match rng.below(5) {
            0 => ("viewer", json!({"who": user_or_group(rng), "what": doc_or_folder(rng)})),
            1 => {
                let levels = set(some(rng, 2, |rng| json!(pick(rng, &LEVELS))));
                ("tier", json!({"who": user(rng), "bonus": pick(rng, &INTS), "levels": levels}))
            }
            2 => {
                let who = set(some(rng, 3, user_or_group));
                let can = set(some(rng, 2, |rng| json!(pick(rng, &ACTIONS))));
                ("crowd", json!({"who": who, "can": can, "what": doc(rng)}))
            }
            3 => ("blocked", json!({"who": user_or_group(rng), "what": doc_or_folder(rng)})),
            _ => ("tagged", json!({"what": doc_or_folder(rng), "tag": pick(rng, &WORDS)})),
        };
        let mut row = json!({"grant": grant, "args": args});
        if rng.chance(50) {
            row["until"] = json!(pick(rng, &TIMES));
        }
        rows.push(row);
    }
    rng.shuffle(&mut rows);
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Requests among the same ids, and now and then among ids that nobody has.
pub fn requests(rng: &mut Rng, count: usize) -> String {
    let mut requests = String::new();
    for _ in 0..count {
        let principal = if rng.chance(5) { entity("User", "nobody") } else { user(rng) };
        let resource = if rng.chance(5) { entity("Doc", "nothing") } else { doc(rng) };
        let mut context = json!({
            "mfa": rng.chance(50), "n": pick(rng, &INTS), "tags": set(some(rng, 2, |rng| json!(pick(rng, &WORDS)))), "place": place(rng),
        });
        if rng.chance(50) {
            context["ip"] = json!(pick(rng, &IPS));
        }
        let request = match rng.below(6) {
            0 => {
                let principal = if rng.chance(50) { principal } else { entity("Group", pick(rng, &GROUPS)) };
                let resource = match rng.below(3) {
                    0 => resource,
                    1 => entity("Folder", pick(rng, &FOLDERS)),
                    _ => entity("Stage", pick(rng, &["dev", "prod"])),
                };
                json!({"principal": principal, "action": "list", "resource": resource, "context": context})
            }
            1 => call(rng, &resource),
            _ => {
                let action = pick(rng, &ACTIONS);
                json!({"principal": principal, "action": action, "resource": resource, "context": context})
            }
        };
        requests.push_str(&format!("{request}\n"));
    }
    requests
}

/// A request by a token, which mostly comes along.
fn call(rng: &mut Rng, resource: &Value) -> Value {
    let token = entity("Token", pick(rng, &["t0", "t1"]));
    let resource = if rng.chance(70) { resource.clone() } else { entity("Stage", "prod") };
    let context = json!({"n": pick(rng, &INTS)});
    let mut request = json!({"principal": token, "action": "call", "resource": resource, "context": context});
    if rng.chance(80) {
        let parents = set(some(rng, 2, |rng| entity("Group", pick(rng, &GROUPS))));
        let attrs = json!({"user": user(rng), "level": pick(rng, &LEVELS), "n": pick(rng, &INTS)});
        request["entities"] = json!([{"uid": token, "parents": parents, "attrs": attrs}]);
    }
    request
}
