//! Conditions of policies, each in both languages. In Assize the principal is `u` and the resource `r`.

use super::schema::{AREAS, DEPARTMENTS, GROUPS, NAMED, PLATFORMS, REGIONS, STAGES, TAGS};
use super::{Both, Random};

fn both(assize: impl Into<String>, cedar: impl Into<String>) -> Both {
    Both { assize: assize.into(), cedar: cedar.into() }
}

/// Comparisons are written alike.
fn alike(text: String) -> Both {
    both(format!("r.{text}"), format!("resource.{text}"))
}

/// `["a", "b"]`
pub fn list(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(", "))
}

/// A condition of a policy about a resource of type `on` in an area.
pub fn one(random: &mut Random, area: usize, on: &str) -> Both {
    match random.below(10) {
        0..=4 => about_resource(random, area, on),
        5 | 6 => about_principal(random),
        7 => about_context(random),
        8 => {
            let (a, b) = (about_resource(random, area, on), about_principal(random));
            both(
                format!("({} or {})", operand(&a.assize), operand(&b.assize)),
                format!("({} || {})", operand(&a.cedar), operand(&b.cedar)),
            )
        }
        _ => {
            let inner = if random.percent(50) { about_context(random) } else { about_principal(random) };
            both(format!("not ({})", inner.assize), format!("!({})", inner.cedar))
        }
    }
}

/// A chain inside of another stands in brackets, as reviewers want it.
fn operand(text: &str) -> String {
    if text.contains(" and ") || text.contains(" && ") { format!("({text})") } else { text.to_owned() }
}

fn about_principal(random: &mut Random) -> Both {
    match random.below(7) {
        0 => {
            let level = random.below(9);
            both(format!("u.level >= {level}"), format!("principal.level >= {level}"))
        }
        1 => {
            let department = random.one(&DEPARTMENTS);
            both(format!("u.department == {department:?}"), format!("principal.department == {department:?}"))
        }
        2 => {
            let departments = list(&random.some(&DEPARTMENTS, 3));
            both(
                format!("u.department in {departments}"),
                format!("{departments}.contains(principal.department)"),
            )
        }
        3 => {
            let group = random.below(GROUPS);
            both(format!("u in Group::\"g{group}\""), format!("principal in directory::Group::\"g{group}\""))
        }
        4 => {
            let region = random.one(&REGIONS);
            both(format!("u.regions.contains({region:?})"), format!("principal.regions.contains({region:?})"))
        }
        5 => {
            let department = random.one(&DEPARTMENTS);
            both(
                format!("u has manager and u.manager.department == {department:?}"),
                format!("principal has manager && principal.manager.department == {department:?}"),
            )
        }
        _ => {
            let pattern = format!("*@{}.example.com", random.one(&REGIONS));
            both(format!("u.mail like {pattern:?}"), format!("principal.mail like {pattern:?}"))
        }
    }
}

fn about_context(random: &mut Random) -> Both {
    match random.below(5) {
        0 => both("context.mfa", "context.mfa"),
        1 => both("context.device.managed", "context.device.managed"),
        2 => {
            let platforms = list(&random.some(&PLATFORMS, 3));
            both(
                format!("context.device.platform in {platforms}"),
                format!("{platforms}.contains(context.device.platform)"),
            )
        }
        3 => {
            let minutes = 5 * (1 + random.below(30));
            let text = format!("context.minutes < {minutes}");
            both(text.clone(), text)
        }
        _ => {
            let range = format!("10.{}.0.0/16", random.below(6));
            both(
                format!("context has ip and context.ip in cidr{range:?}"),
                format!("context has ip && context.ip.isInRange(ip({range:?}))"),
            )
        }
    }
}

fn about_resource(random: &mut Random, area: usize, on: &str) -> Both {
    let named = random.below(NAMED);
    let area = AREAS[area];
    match on {
        "Document" => match random.below(9) {
            0 => both("r.owner == u", "resource.owner == principal"),
            1 => both("u in r.viewers", "principal in resource.viewers"),
            2 => both("r.editors.contains(u)", "resource.editors.contains(principal)"),
            3 => alike(format!("level < {}", 1 + random.below(8))),
            4 => {
                let tags = list(&random.some(&TAGS, 3));
                both(format!("r.tags.contains_any({tags})"), format!("resource.tags.containsAny({tags})"))
            }
            5 => both(
                "r has reviewer and r.reviewer == u",
                "resource has reviewer && resource.reviewer == principal",
            ),
            6 => alike(format!("title like \"{}-*\"", random.one(&TAGS))),
            7 => both("r.level <= u.level", "resource.level <= principal.level"),
            _ => both(
                format!("r in Folder::\"f{named}\""),
                format!("resource in {area}::Folder::\"f{named}\""),
            ),
        },
        "Folder" => match random.below(3) {
            0 => both("r.owner == u", "resource.owner == principal"),
            1 => both(
                format!("r in Project::\"p{named}\""),
                format!("resource in {area}::Project::\"p{named}\""),
            ),
            _ => both(
                format!("r in Folder::\"f{named}\""),
                format!("resource in {area}::Folder::\"f{named}\""),
            ),
        },
        // Both documents and folders.
        "" => match random.below(3) {
            0 => both("r.owner == u", "resource.owner == principal"),
            1 => {
                let level = 1 + random.below(8);
                both(
                    format!("r is Document and r.level < {level}"),
                    format!("resource is {area}::Document && resource.level < {level}"),
                )
            }
            _ => both(
                format!("r in Folder::\"f{named}\""),
                format!("resource in {area}::Folder::\"f{named}\""),
            ),
        },
        "Ticket" => match random.below(5) {
            0 => both("r.reporter == u", "resource.reporter == principal"),
            1 => both(
                "r has assignee and r.assignee == u",
                "resource has assignee && resource.assignee == principal",
            ),
            2 => alike(format!("severity > {}", random.below(5))),
            3 => {
                let tags = list(&random.some(&TAGS, 2));
                both(format!("r.tags.contains_all({tags})"), format!("resource.tags.containsAll({tags})"))
            }
            _ => alike("open".to_owned()),
        },
        "Secret" => match random.below(4) {
            0 => both("r.owner == u", "resource.owner == principal"),
            1 => alike(format!("stage == {:?}", random.one(&STAGES))),
            2 => alike(format!("stage != {:?}", random.one(&STAGES))),
            _ => alike(format!("version > {}", random.below(6))),
        },
        "Project" => match random.below(4) {
            0 => both("r.lead == u", "resource.lead == principal"),
            1 => alike(format!("stage == {:?}", random.one(&STAGES))),
            2 => {
                let budget = 1000 * (1 + random.below(50));
                alike(format!("budget <= {budget}"))
            }
            _ => {
                both(format!("r in Space::\"s{named}\""), format!("resource in {area}::Space::\"s{named}\""))
            }
        },
        _ => match random.below(2) {
            0 => both("r.owner == u", "resource.owner == principal"),
            _ => both("u.regions.contains(r.region)", "principal.regions.contains(resource.region)"),
        },
    }
}
