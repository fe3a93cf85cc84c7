//! One policy of an area, in both languages.

use std::fmt::Write;

use super::conditions;
use super::schema::{ACTIONS, AREAS, GROUPS, NAMED};
use super::{Both, Random};

/// The `nth` policy of the package, about an area.
pub fn one(random: &mut Random, area: usize, nth: usize) -> Both {
    let name = AREAS[area];
    let set = random.one(&ACTIONS);
    // An empty type stands for all that the actions apply to.
    let on = match set.on {
        ["Document", "Folder"] => *random.one(&["Document", "Document", "Document", "Folder", ""]),
        types => *random.one(types),
    };
    let deny = random.percent(25);
    let (mut assize, mut cedar) = (String::new(), String::new());
    let _ = writeln!(
        assize,
        "/// Rule {nth} of {name}, about {}.",
        if on.is_empty() { "everything" } else { on }
    );
    let _ =
        writeln!(cedar, "// Rule {nth} of {name}, about {}.", if on.is_empty() { "everything" } else { on });
    let _ = writeln!(assize, "@id(\"{name}-{nth}\") @owner(\"team-{}\")", nth % 17);
    let _ = writeln!(cedar, "@id(\"{name}-{nth}\") @owner(\"team-{}\")", nth % 17);

    let principal = in_group(random);
    let actions = actions(random, name, set);
    let resource = resource(random, name, on);
    let _ = writeln!(
        assize,
        "{} User u{} to {} on {}",
        if deny { "deny" } else { "allow" },
        principal.assize,
        actions.assize,
        resource.assize
    );
    let _ = writeln!(
        cedar,
        "{} (principal is directory::User{}, action {}, {})",
        if deny { "forbid" } else { "permit" },
        principal.cedar,
        actions.cedar,
        resource.cedar
    );

    let conditions: Vec<Both> = (0..1 + random.below(3)).map(|_| conditions::one(random, area, on)).collect();
    let (said, meant): (Vec<_>, Vec<_>) = conditions.into_iter().map(|it| (it.assize, it.cedar)).unzip();
    let _ = writeln!(assize, "  when {}", said.join(" and "));
    let _ = write!(cedar, "when {{ {} }}", meant.join(" && "));
    if random.percent(if deny { 50 } else { 20 }) {
        let exception = conditions::one(random, area, on);
        let _ = writeln!(assize, "  unless {}", exception.assize);
        let _ = write!(cedar, "\nunless {{ {} }}", exception.cedar);
    }
    cedar.push_str(";\n");
    Both { assize, cedar }
}

fn in_group(random: &mut Random) -> Both {
    if random.percent(60) {
        return Both { assize: String::new(), cedar: String::new() };
    }
    let group = random.below(GROUPS);
    Both { assize: format!(" in Group::\"g{group}\""), cedar: format!(" in directory::Group::\"g{group}\"") }
}

fn actions(random: &mut Random, area: &str, set: &super::schema::ActionSet) -> Both {
    let cedar = |name: &str| format!("{area}::Action::{name:?}");
    if let Some(group) = set.group.filter(|_| random.percent(50)) {
        return Both { assize: group.to_owned(), cedar: format!("in {}", cedar(group)) };
    }
    let chosen = random.some(set.actions, 2);
    let list: Vec<String> = chosen.iter().map(|name| cedar(name)).collect();
    Both { assize: chosen.join(", "), cedar: format!("in [{}]", list.join(", ")) }
}

fn resource(random: &mut Random, area: &str, on: &str) -> Both {
    if on.is_empty() {
        return Both { assize: "any r".to_owned(), cedar: "resource".to_owned() };
    }
    let mut both = Both { assize: format!("{on} r"), cedar: format!("resource is {area}::{on}") };
    let container = match on {
        "Document" => ("Folder", 'f'),
        "Folder" | "Ticket" | "Secret" => ("Project", 'p'),
        "Project" => ("Space", 's'),
        _ => return both,
    };
    if random.percent(25) {
        let (ty, letter) = container;
        let named = random.below(NAMED);
        let _ = write!(both.assize, " in {ty}::\"{letter}{named}\"");
        let _ = write!(both.cedar, " in {area}::{ty}::\"{letter}{named}\"");
    }
    both
}
