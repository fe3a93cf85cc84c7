//! Data and requests of the company, to show that both forms of a package decide alike.

use serde_json::{Value, json};

use super::Random;
use super::schema::{ACTIONS, AREAS, DEPARTMENTS, GROUPS, NAMED, PLATFORMS, REGIONS, STAGES, TAGS};

const USERS: usize = 150;

/// Entities as JSON, which both systems read alike with their schemas at hand.
pub fn entities(random: &mut Random) -> Vec<Value> {
    let mut all = Vec::new();
    for group in 0..GROUPS {
        // Teams of teams of teams.
        let parents = if group < 8 { vec![] } else { vec![uid("directory::Group", 'g', group / 4)] };
        all.push(json!({"uid": uid("directory::Group", 'g', group), "attrs": {}, "parents": parents}));
    }
    for user in 0..USERS {
        let mut attrs = json!({
            "department": random.one(&DEPARTMENTS),
            "level": random.below(10),
            "suspended": random.percent(3),
            "regions": random.some(&REGIONS, 3),
            "mail": format!("u{user}@{}.example.com", random.one(&REGIONS)),
        });
        if random.percent(70) {
            attrs["manager"] = some_user(random);
        }
        let groups: Vec<Value> = (0..4).map(|_| uid("directory::Group", 'g', random.below(GROUPS))).collect();
        all.push(
            json!({"uid": uid("directory::User", 'u', user), "attrs": attrs, "parents": unique(groups)}),
        );
    }
    for area in AREAS {
        of_area(random, area, &mut all);
    }
    all
}

fn of_area(random: &mut Random, area: &str, all: &mut Vec<Value>) {
    let ty = |name: &str| format!("{area}::{name}");
    for at in 0..NAMED {
        let attrs = json!({"owner": some_user(random), "region": random.one(&REGIONS)});
        all.push(json!({"uid": uid(&ty("Space"), 's', at), "attrs": attrs, "parents": []}));
        let attrs = json!({
            "lead": some_user(random),
            "stage": random.one(&STAGES),
            "budget": 1000 * random.below(60),
        });
        let parents = [uid(&ty("Space"), 's', random.below(NAMED))];
        all.push(json!({"uid": uid(&ty("Project"), 'p', at), "attrs": attrs, "parents": parents}));
        let mut parents = vec![uid(&ty("Project"), 'p', random.below(NAMED))];
        if at > 0 {
            parents.push(uid(&ty("Folder"), 'f', random.below(at)));
        }
        let attrs = json!({"owner": some_user(random)});
        all.push(json!({"uid": uid(&ty("Folder"), 'f', at), "attrs": attrs, "parents": parents}));
        let viewers = (0..2).map(|_| uid("directory::Group", 'g', random.below(GROUPS))).collect();
        let mut attrs = json!({
            "owner": some_user(random),
            "viewers": unique(viewers),
            "editors": unique((0..3).map(|_| some_user(random)).collect()),
            "level": random.below(10),
            "tags": random.some(&TAGS, 4),
            "title": format!("{}-{at}", random.one(&TAGS)),
            "size": random.below(1 << 20),
        });
        if random.percent(50) {
            attrs["reviewer"] = some_user(random);
        }
        let parents = [uid(&ty("Folder"), 'f', random.below(NAMED))];
        all.push(json!({"uid": uid(&ty("Document"), 'd', at), "attrs": attrs, "parents": parents}));
        let mut attrs = json!({
            "reporter": some_user(random),
            "severity": random.below(6),
            "tags": random.some(&TAGS, 4),
            "open": random.percent(60),
        });
        if random.percent(50) {
            attrs["assignee"] = some_user(random);
        }
        let parents = [uid(&ty("Project"), 'p', random.below(NAMED))];
        all.push(json!({"uid": uid(&ty("Ticket"), 't', at), "attrs": attrs, "parents": parents}));
        let attrs = json!({
            "owner": some_user(random),
            "stage": random.one(&STAGES),
            "version": random.below(9),
        });
        let parents = [uid(&ty("Project"), 'p', random.below(NAMED))];
        all.push(json!({"uid": uid(&ty("Secret"), 'x', at), "attrs": attrs, "parents": parents}));
    }
}

/// What is asked, in the terms that both systems share.
pub struct Asked {
    /// Id of the user.
    pub user: String,
    /// Module or namespace.
    pub area: &'static str,
    /// Bare name of the action.
    pub action: &'static str,
    /// Type of the resource with its area.
    pub resource_type: String,
    /// Id of the resource.
    pub resource: String,
    /// The context as JSON; the address is a string.
    pub context: Value,
}

impl Asked {
    /// The request as Assize reads it.
    pub fn to_json(&self) -> String {
        json!({
            "principal": {"type": "directory::User", "id": self.user},
            "action": format!("{}::{}", self.area, self.action),
            "resource": {"type": self.resource_type, "id": self.resource},
            "context": self.context,
        })
        .to_string()
    }
}

/// A request that makes sense, about one of the first `acting` areas.
pub fn request(random: &mut Random, acting: usize) -> Asked {
    let area = *random.one(&AREAS[..acting]);
    let set = random.one(&ACTIONS);
    let (action, ty) = (*random.one(set.actions), *random.one(set.on));
    ask(random, area, action, ty)
}

/// A request for each action of each area and each type of resource.
pub fn each_environment(random: &mut Random) -> Vec<Asked> {
    let mut all = Vec::new();
    for area in AREAS {
        for set in &ACTIONS {
            for action in set.actions {
                all.extend(set.on.iter().map(|ty| ask(random, area, action, ty)));
            }
        }
    }
    all
}

fn ask(random: &mut Random, area: &'static str, action: &'static str, ty: &str) -> Asked {
    let letter = match ty {
        "Space" => 's',
        "Project" => 'p',
        "Folder" => 'f',
        "Document" => 'd',
        "Ticket" => 't',
        _ => 'x',
    };
    let mut context = json!({
        "mfa": random.percent(50),
        "device": {"managed": random.percent(50), "platform": random.one(&PLATFORMS)},
        "minutes": random.below(200),
    });
    if random.percent(70) {
        context["ip"] = json!(format!("10.{}.3.4", random.below(8)));
    }
    Asked {
        user: format!("u{}", random.below(USERS)),
        area,
        action,
        resource_type: format!("{area}::{ty}"),
        resource: format!("{letter}{}", random.below(NAMED)),
        context,
    }
}

fn some_user(random: &mut Random) -> Value {
    uid("directory::User", 'u', random.below(USERS))
}

fn uid(ty: &str, letter: char, at: usize) -> Value {
    json!({"type": ty, "id": format!("{letter}{at}")})
}

fn unique(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(ToString::to_string);
    values.dedup();
    values
}
