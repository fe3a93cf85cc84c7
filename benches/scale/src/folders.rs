//! `group may read in folder when level < clearance`: policies of one shape.

use std::fmt::Write;

use assize_bench_common::dice::Dice;
use rustc_hash::FxHashSet;
use serde_json::json;

use crate::case::{Case, Entity, document, requests, user};

const USERS: usize = 1_000;
const DOCUMENTS: usize = 1_000;
/// Groups of a user.
const GROUPS: usize = 3;

/// A user by hand: as many groups as any user has; of those who have fewer, the last one again.
struct User {
    clearance: u32,
    groups: [u32; GROUPS],
}

/// A document by hand: its folder, and the one above it or the same again.
struct Document {
    level: u32,
    folders: [u32; 2],
}

/// So many policies; a quarter of the pairs of a group and a folder have one.
pub fn case(policies: usize, count: usize) -> Case {
    let mut dice = Dice::new(policies as u64);
    let side = ((policies * 4) as f64).sqrt().ceil() as usize;
    let mut pairs = FxHashSet::default();
    let mut source =
        "module folders\n\nentity User in Group { clearance: Int }\nentity Group\nentity Folder in \
                      Folder\nentity Document in Folder { level: Int }\naction read on Document by User\n"
            .to_owned();
    let mut cedar = String::new();
    while pairs.len() < policies {
        let (group, folder) = (dice.roll(side) as u32, dice.roll(side) as u32);
        if !pairs.insert((group, folder)) {
            continue;
        }
        let at = pairs.len();
        writeln!(
            source,
            "\n@id(\"p{at}\")\nallow User u in Group::\"g{group}\" to read on Document d in Folder::\"f{folder}\" \
             when d.level < u.clearance"
        )
        .expect("it is a string");
        writeln!(
            cedar,
            "permit(principal in Group::\"g{group}\", action == Action::\"read\", resource in \
             Folder::\"f{folder}\") when {{ resource.level < principal.clearance }};"
        )
        .expect("it is a string");
    }

    let mut entities = Vec::new();
    let entity = |ty, id, parents, attributes| Entity { ty, id, parents, attributes };
    for number in 0..side {
        entities.push(entity("Group", format!("g{number}"), vec![], json!({})));
        // Folders of the second half lie in one of the first.
        let parents = if number >= side / 2 && side > 1 {
            vec![("Folder", format!("f{}", dice.roll(side / 2)))]
        } else {
            vec![]
        };
        entities.push(entity("Folder", format!("f{number}"), parents, json!({})));
    }
    let above: Vec<[u32; 2]> = (0..side)
        .map(|number| {
            let folder = &entities[number * 2 + 1];
            let parent = folder.parents.first().map(|(_, id)| id[1..].parse().expect("a number"));
            [number as u32, parent.unwrap_or(number as u32)]
        })
        .collect();
    let (mut users, mut documents) = (Vec::new(), Vec::new());
    for number in 0..USERS {
        let mut groups: Vec<u32> = (0..GROUPS).map(|_| dice.roll(side) as u32).collect();
        groups.sort_unstable();
        groups.dedup();
        let clearance = dice.roll(5) as u32;
        let parents = groups.iter().map(|group| ("Group", format!("g{group}"))).collect();
        entities.push(entity("User", user(number as u32), parents, json!({ "clearance": clearance })));
        let last = groups[groups.len() - 1];
        groups.resize(GROUPS, last);
        users.push(User { clearance, groups: std::array::from_fn(|at| groups[at]) });
    }
    for number in 0..DOCUMENTS {
        let (folder, level) = (dice.roll(side), dice.roll(5) as u32);
        let parents = vec![("Folder", format!("f{folder}"))];
        entities.push(entity("Document", document(number as u32), parents, json!({ "level": level })));
        documents.push(Document { level, folders: above[folder] });
    }
    let hand = Box::new(move |(user, document): (u32, u32)| {
        let (user, document) = (&users[user as usize], &documents[document as usize]);
        let named = || {
            document
                .folders
                .iter()
                .any(|folder| user.groups.iter().any(|group| pairs.contains(&(*group, *folder))))
        };
        document.level < user.clearance && named()
    });
    let requests = requests(&mut dice, count, USERS, DOCUMENTS);
    Case { name: "folders", policies, source, entities, cedar, requests, hand }
}
