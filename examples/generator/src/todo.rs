//! Lists and tasks, shared with people and teams.

use serde_json::{Value, json};

use crate::Generated;
use crate::forest::{Forest, one_to_three};
use crate::rng::Rng;
use crate::rows::{Uid, references, some_end};

struct List {
    owner: usize,
    shared_with: Vec<Uid>,
}

struct Task {
    list: usize,
    assignee: Option<usize>,
}

/// What requests need to know to hit something.
pub(crate) struct World {
    scale: usize,
    members: Vec<Vec<usize>>,
    lists: Vec<List>,
    tasks: Vec<Task>,
}

/// Actions on lists, by how often they are tried.
const ON_LIST: [(usize, &str); 5] =
    [(10, "get_list"), (4, "update_list"), (5, "create_task"), (1, "delete_list"), (2, "share_list")];

/// Actions on tasks, by how often they are tried.
const ON_TASK: [(usize, &str); 4] =
    [(10, "get_task"), (5, "update_task"), (5, "complete_task"), (1, "delete_task")];

pub(crate) fn data(scale: usize, rng: &mut Rng, out: &mut Generated) -> World {
    let teams = Forest::grow(scale, 70, rng);
    for team in 0..scale {
        let parent = teams.parent(team).map(|parent| Uid::new("Team", parent));
        out.entity(Uid::new("Team", team), parent.as_slice(), json!({}));
    }
    let direct: Vec<_> = (0..scale).map(|_| one_to_three(scale, rng)).collect();
    for (user, within) in direct.iter().enumerate() {
        let parents: Vec<_> = within.iter().map(|team| Uid::new("Team", *team)).collect();
        let kind = rng.weighted(&[(8, "staff"), (1, "intern"), (1, "guest")]);
        out.entity(Uid::new("User", user), &parents, json!({"kind": kind}));
    }
    let mut lists: Vec<_> = (0..scale).map(|number| list(number, scale, rng, out)).collect();
    let tasks: Vec<_> = (0..scale).map(|number| task(number, scale, rng, out)).collect();
    for _ in 0..scale.div_ceil(5) {
        let (who, what) = (person_or_team(scale, rng), rng.below(scale));
        let args = json!({"who": who.json(), "what": Uid::new("List", what).json()});
        out.grant("guest_link", args, some_end(rng));
        lists[what].shared_with.push(who);
    }
    World { scale, members: teams.members(&direct), lists, tasks }
}

fn list(number: usize, scale: usize, rng: &mut Rng, out: &mut Generated) -> List {
    let owner = rng.below(scale);
    let readers: Vec<_> = (0..rng.below(4)).map(|_| person_or_team(scale, rng)).collect();
    let editors: Vec<_> = (0..rng.below(3)).map(|_| person_or_team(scale, rng)).collect();
    let attributes = json!({
        "owner": Uid::new("User", owner).json(),
        "readers": references(&readers),
        "editors": references(&editors),
        "open_to_guests": rng.chance(40),
        "archived": rng.chance(8),
    });
    out.entity(Uid::new("List", number), &[], attributes);
    List { owner, shared_with: [readers, editors].concat() }
}

fn task(number: usize, scale: usize, rng: &mut Rng, out: &mut Generated) -> Task {
    let list = rng.below(scale);
    let assignee = rng.chance(60).then(|| rng.below(scale));
    let mut attributes = json!({"list": Uid::new("List", list).json()});
    if let Some(assignee) = assignee {
        attributes["assignee"] = Uid::new("User", assignee).json();
    }
    let tags: Vec<&str> = ["urgent", "home", "private", "private/gift"]
        .into_iter()
        .filter(|tag| rng.chance(if tag.starts_with("private") { 4 } else { 25 }))
        .collect();
    attributes["tags"] = json!(tags);
    attributes["done"] = json!(rng.chance(30));
    out.entity(Uid::new("Task", number), &[Uid::new("List", list)], attributes);
    Task { list, assignee }
}

fn person_or_team(scale: usize, rng: &mut Rng) -> Uid {
    Uid::new(rng.weighted(&[(1, "User"), (1, "Team")]), rng.below(scale))
}

pub(crate) fn request(world: &World, rng: &mut Rng, out: &mut Generated) {
    let stranger = rng.below(world.scale);
    let (action, resource, user) = match rng.below(100) {
        0..5 => {
            let action = rng.weighted(&[(1, "create_list"), (1, "list_lists")]);
            (action, Uid::new("Application", 0), stranger)
        }
        5..50 => {
            let list = rng.below(world.scale);
            let action = rng.weighted(&ON_LIST);
            let user = if rng.chance(80) { related(world, list, rng).unwrap_or(stranger) } else { stranger };
            (action, Uid::new("List", list), user)
        }
        _ => {
            let number = rng.below(world.scale);
            let task = &world.tasks[number];
            let user = match rng.below(100) {
                0..25 => task.assignee,
                25..80 => related(world, task.list, rng),
                _ => None,
            };
            (rng.weighted(&ON_TASK), Uid::new("Task", number), user.unwrap_or(stranger))
        }
    };
    let context = match action {
        "share_list" => json!({"target": person_or_team(world.scale, rng).json()}),
        _ => Value::Object(serde_json::Map::new()),
    };
    out.request(Uid::new("User", user), action, resource, context);
}

/// The owner of the list, or somebody with whom it was shared.
fn related(world: &World, list: usize, rng: &mut Rng) -> Option<usize> {
    let list = &world.lists[list];
    match rng.pick(&list.shared_with) {
        Some(who) if rng.chance(65) => match who.ty {
            "User" => Some(who.number),
            _ => rng.pick(&world.members[who.number]).copied(),
        },
        _ => Some(list.owner),
    }
}
