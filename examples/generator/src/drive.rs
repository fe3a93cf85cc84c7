//! Users in groups, documents in folders, shares and blocks.

use serde_json::{Map, Value, json};

use crate::Generated;
use crate::forest::{Forest, one_to_three};
use crate::rng::Rng;
use crate::rows::{Uid, days_from_now, references, some_end};

struct Document {
    owner: usize,
    viewers: Vec<Uid>,
    folder: Option<usize>,
}

/// What requests need to know to hit something.
pub(crate) struct World {
    scale: usize,
    members: Vec<Vec<usize>>,
    folders: Forest,
    folder_owners: Vec<usize>,
    documents: Vec<Document>,
    folder_shares: Vec<Vec<Uid>>,
    document_shares: Vec<Vec<Uid>>,
}

pub(crate) fn data(scale: usize, rng: &mut Rng, out: &mut Generated) -> World {
    let groups = Forest::grow(scale, 75, rng).without_root_zero();
    for group in 0..scale {
        let parent = groups.parent(group).map(|parent| Uid::new("Group", parent));
        out.entity(Uid::new("Group", group), parent.as_slice(), json!({}));
    }

    let mut direct = Vec::with_capacity(scale);
    for user in 0..scale {
        let mut within = one_to_three(scale, rng);
        if rng.chance(12) && !within.contains(&0) {
            within.push(0);
        }
        let mut attributes = json!({
            "department": rng.weighted(&[(4, "eng"), (2, "sales"), (1, "legal"), (2, "support")]),
            "clearance": rng.weighted(&[(1, "public"), (3, "internal"), (1, "secret")]),
            "suspended": rng.chance(4),
        });
        if rng.chance(60) {
            attributes["manager"] = Uid::new("User", rng.below(scale)).json();
        }
        let parents: Vec<_> = within.iter().map(|group| Uid::new("Group", *group)).collect();
        out.entity(Uid::new("User", user), &parents, attributes);
        direct.push(within);
    }

    let folders = Forest::grow(scale, 75, rng);
    let folder_owners: Vec<_> = (0..scale).map(|_| rng.below(scale)).collect();
    for (folder, owner) in folder_owners.iter().enumerate() {
        let parent = folders.parent(folder).map(|parent| Uid::new("Folder", parent));
        let owner = Uid::new("User", *owner).json();
        out.entity(Uid::new("Folder", folder), parent.as_slice(), json!({"owner": owner}));
    }

    let documents: Vec<_> = (0..scale).map(|number| document(number, scale, rng, out)).collect();

    let mut folder_shares = vec![Vec::new(); scale];
    let mut document_shares = vec![Vec::new(); scale];
    for _ in 0..scale {
        let who = some_viewer(scale, rng);
        let what = Uid::new(rng.weighted(&[(1, "Folder"), (1, "Document")]), rng.below(scale));
        out.grant("viewer", json!({"who": who.json(), "what": what.json()}), some_end(rng));
        let shares = if what.ty == "Folder" { &mut folder_shares } else { &mut document_shares };
        shares[what.number].push(who);
    }
    for _ in 0..scale.div_ceil(10) {
        let who = some_viewer(scale, rng);
        let what = Uid::new(rng.weighted(&[(1, "Folder"), (3, "Document")]), rng.below(scale));
        out.grant("blocked", json!({"who": who.json(), "what": what.json()}), some_end(rng));
    }

    World {
        scale,
        members: groups.members(&direct),
        folders,
        folder_owners,
        documents,
        folder_shares,
        document_shares,
    }
}

fn document(number: usize, scale: usize, rng: &mut Rng, out: &mut Generated) -> Document {
    let folder = rng.chance(90).then(|| rng.below(scale));
    let owner = rng.below(scale);
    let viewers: Vec<_> = (0..rng.below(4)).map(|_| some_viewer(scale, rng)).collect();
    let labels: Map<String, Value> = (0..rng.below(3))
        .map(|label| (format!("label-{label}"), json!(rng.weighted(&[(1, "red"), (1, "green")]))))
        .collect();
    let attributes = json!({
        "owner": Uid::new("User", owner).json(),
        "viewers": references(&viewers),
        "level": rng.weighted(&[(2, "public"), (6, "internal"), (2, "secret")]),
        "labels": labels,
        "created": days_from_now(-(rng.below(200) as i64)),
    });
    let parent = folder.map(|folder| Uid::new("Folder", folder));
    out.entity(Uid::new("Document", number), parent.as_slice(), attributes);
    Document { owner, viewers, folder }
}

fn some_viewer(scale: usize, rng: &mut Rng) -> Uid {
    Uid::new(rng.weighted(&[(1, "User"), (1, "Group")]), rng.below(scale))
}

pub(crate) fn request(world: &World, rng: &mut Rng, out: &mut Generated) {
    let action = rng.weighted(&[(55, "read"), (15, "comment"), (20, "write"), (10, "share")]);
    let looks = matches!(action, "read" | "comment");
    let ty = if looks && rng.chance(15) { "Folder" } else { "Document" };
    let resource = Uid::new(ty, rng.below(world.scale));
    let stranger = rng.below(world.scale);
    let user =
        if rng.chance(75) { related(world, resource, looks, rng).unwrap_or(stranger) } else { stranger };
    let mut context = json!({"mfa": rng.chance(80)});
    match rng.below(10) {
        0..6 => context["ip"] = json!(office_address(user)),
        6..9 => context["ip"] = json!(format!("203.0.{}.{}", user / 256 % 256, user % 256)),
        _ => {}
    }
    context["device"] = json!({"managed": rng.chance(80)});
    out.request(Uid::new("User", user), action, resource, context);
}

/// Everybody has an address in the office, and one at home.
fn office_address(user: usize) -> String {
    let [high, middle, low] = [user / 65_536 % 256, user / 256 % 256, user % 256];
    if user.is_multiple_of(5) {
        format!("2001:db8::{high:x}:{:x}", user % 65_536)
    } else {
        format!("10.{high}.{middle}.{low}")
    }
}

/// Somebody who owns the resource, or with whom it was shared, if anybody.
fn related(world: &World, resource: Uid, looks: bool, rng: &mut Rng) -> Option<usize> {
    let (folder, shares) = match resource.ty {
        "Folder" => (Some(resource.number), &[][..]),
        _ => {
            let document = &world.documents[resource.number];
            if !looks || rng.chance(25) {
                return Some(document.owner);
            }
            if let Some(viewer) = rng.pick(&document.viewers).filter(|_| rng.chance(50)) {
                return person(world, *viewer, rng);
            }
            (document.folder, &world.document_shares[resource.number][..])
        }
    };
    let above: Vec<usize> = folder.into_iter().flat_map(|folder| world.folders.path(folder)).collect();
    let shares: Vec<Uid> =
        shares.iter().chain(above.iter().flat_map(|folder| &world.folder_shares[*folder])).copied().collect();
    match rng.pick(&shares) {
        Some(who) => person(world, *who, rng),
        None => rng.pick(&above).map(|folder| world.folder_owners[*folder]),
    }
}

/// A user, or somebody in a group.
fn person(world: &World, who: Uid, rng: &mut Rng) -> Option<usize> {
    if who.ty == "User" { Some(who.number) } else { rng.pick(&world.members[who.number]).copied() }
}
