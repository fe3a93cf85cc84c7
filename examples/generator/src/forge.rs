//! Users in teams, repositories of organisations, issues, and roles as rows.

use serde_json::{Value, json};

use crate::Generated;
use crate::forest::{Forest, one_to_three};
use crate::rng::Rng;
use crate::rows::{Uid, references, some_end};

struct Issue {
    repository: usize,
    author: usize,
    assignees: Vec<Uid>,
}

/// What requests need to know to hit something.
pub(crate) struct World {
    scale: usize,
    members: Vec<Vec<usize>>,
    /// The teams of the members and of the owners of each organisation.
    teams_of: Vec<[usize; 2]>,
    organisation_of: Vec<usize>,
    issues: Vec<Issue>,
    /// Who has a role on each repository, and on each organisation.
    repository_roles: Vec<Vec<Uid>>,
    organisation_roles: Vec<Vec<Uid>>,
}

/// Actions on repositories, by how often they are tried.
const ON_REPOSITORY: [(usize, &str); 9] = [
    (25, "pull"),
    (8, "fork"),
    (10, "open_issue"),
    (25, "push"),
    (3, "set_topics"),
    (3, "protect"),
    (2, "add_collaborator"),
    (1, "transfer"),
    (1, "delete"),
];

/// Actions on issues, by how often they are tried.
const ON_ISSUE: [(usize, &str); 7] = [
    (25, "view"),
    (20, "comment"),
    (8, "label"),
    (6, "assign"),
    (8, "close"),
    (6, "edit_issue"),
    (1, "delete_issue"),
];

pub(crate) fn data(scale: usize, rng: &mut Rng, out: &mut Generated) -> World {
    let teams = Forest::grow(scale, 70, rng);
    for team in 0..scale {
        let parent = teams.parent(team).map(|parent| Uid::new("Team", parent));
        out.entity(Uid::new("Team", team), parent.as_slice(), json!({}));
    }
    let direct: Vec<_> = (0..scale).map(|_| one_to_three(scale, rng)).collect();
    for (user, within) in direct.iter().enumerate() {
        let parents: Vec<_> = within.iter().map(|team| Uid::new("Team", *team)).collect();
        out.entity(Uid::new("User", user), &parents, json!({"suspended": rng.chance(3)}));
    }

    let mut teams_of = Vec::with_capacity(scale);
    for number in 0..scale {
        let [members, owners] = [rng.below(scale), rng.below(scale)];
        let attributes = json!({
            "members": Uid::new("Team", members).json(),
            "owners": Uid::new("Team", owners).json(),
            "base": rng.weighted(&[(70, "nothing"), (15, "read"), (5, "triage"), (10, "write")]),
        });
        out.entity(Uid::new("Organisation", number), &[], attributes);
        teams_of.push([members, owners]);
    }

    let organisation_of: Vec<_> = (0..scale).map(|_| rng.below(scale)).collect();
    for (number, organisation) in organisation_of.iter().enumerate() {
        let organisation = Uid::new("Organisation", *organisation);
        let protected: Value = if rng.chance(60) { json!(["main", "stable"]) } else { json!([]) };
        let attributes = json!({
            "organisation": organisation.json(),
            "visibility": rng.weighted(&[(50, "private"), (25, "internal"), (25, "public")]),
            "archived": rng.chance(8),
            "protected": protected,
        });
        out.entity(Uid::new("Repository", number), &[organisation], attributes);
    }
    let issues: Vec<_> = (0..scale).map(|number| issue(number, scale, rng, out)).collect();

    let mut world = World {
        scale,
        members: teams.members(&direct),
        teams_of,
        organisation_of,
        issues,
        repository_roles: vec![Vec::new(); scale],
        organisation_roles: vec![Vec::new(); scale],
    };
    roles(&mut world, rng, out);
    world
}

fn issue(number: usize, scale: usize, rng: &mut Rng, out: &mut Generated) -> Issue {
    let repository = rng.below(scale);
    let author = rng.below(scale);
    let assignees: Vec<_> = (0..rng.below(3)).map(|_| Uid::new("User", rng.below(scale))).collect();
    let attributes = json!({
        "repository": Uid::new("Repository", repository).json(),
        "author": Uid::new("User", author).json(),
        "assignees": references(&assignees),
        "locked": rng.chance(10),
    });
    out.entity(Uid::new("Issue", number), &[Uid::new("Repository", repository)], attributes);
    Issue { repository, author, assignees }
}

fn roles(world: &mut World, rng: &mut Rng, out: &mut Generated) {
    let scale = world.scale;
    let rows = [
        ("reader", scale),
        ("triager", scale.div_ceil(2)),
        ("writer", scale),
        ("maintainer", scale.div_ceil(2)),
        ("administrator", scale.div_ceil(4)),
    ];
    for (role, rows) in rows {
        for _ in 0..rows {
            let who = Uid::new(rng.weighted(&[(1, "User"), (1, "Team")]), rng.below(scale));
            let what = Uid::new(rng.weighted(&[(4, "Repository"), (1, "Organisation")]), rng.below(scale));
            out.grant(role, json!({"who": who.json(), "what": what.json()}), some_end(rng));
            match what.ty {
                "Repository" => world.repository_roles[what.number].push(who),
                _ => world.organisation_roles[what.number].push(who),
            }
        }
    }
    for _ in 0..scale.div_ceil(4) {
        let (who, what) = (Uid::new("User", rng.below(scale)), Uid::new("Repository", rng.below(scale)));
        let branch = rng.weighted(&[(1, "main"), (1, "next")]);
        let args = json!({"who": who.json(), "what": what.json(), "branch": branch});
        out.grant("deploy_key", args, some_end(rng));
        world.repository_roles[what.number].push(who);
    }
}

pub(crate) fn request(world: &World, rng: &mut Rng, out: &mut Generated) {
    let (action, resource, repository) = if rng.chance(60) {
        let repository = rng.below(world.scale);
        (rng.weighted(&ON_REPOSITORY), Uid::new("Repository", repository), repository)
    } else {
        let issue = rng.below(world.scale);
        (rng.weighted(&ON_ISSUE), Uid::new("Issue", issue), world.issues[issue].repository)
    };
    let stranger = rng.below(world.scale);
    let user = match rng.below(100) {
        0..15 if resource.ty == "Issue" => {
            let issue = &world.issues[resource.number];
            rng.pick(&issue.assignees).map_or(issue.author, |uid| uid.number)
        }
        0..75 => related(world, repository, rng).unwrap_or(stranger),
        _ => stranger,
    };
    let mut context = json!({"mfa": rng.chance(80)});
    if action == "push" {
        context["branch"] =
            json!(rng.weighted(&[(3, "main"), (2, "next"), (1, "stable"), (3, "topic/x"), (1, "release/4")]));
        context["forced"] = json!(rng.chance(10));
    }
    out.request(Uid::new("User", user), action, resource, context);
}

/// Somebody with a role on the repository or its organisation, or a member or owner of it.
fn related(world: &World, repository: usize, rng: &mut Rng) -> Option<usize> {
    let organisation = world.organisation_of[repository];
    let [members, owners] = world.teams_of[organisation].map(|team| Uid::new("Team", team));
    let direct = rng.pick(&world.repository_roles[repository]).copied();
    let inherited = rng.pick(&world.organisation_roles[organisation]).copied();
    let who = rng.weighted(&[
        (5, direct.unwrap_or(members)),
        (2, inherited.unwrap_or(owners)),
        (2, members),
        (1, owners),
    ]);
    if who.ty == "User" { Some(who.number) } else { rng.pick(&world.members[who.number]).copied() }
}
