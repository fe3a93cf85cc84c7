//! Thousands of generated expressions, right and wrong: none makes the checker panic, and whatever it accepts the verifier does too.

use super::*;

/// A fixed sequence: the same expressions in each run.
struct Choices(u64);

impl Choices {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % count
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

/// Mostly of the type that its name says, sometimes of any: so both sides of each rule are met.
fn expression(choices: &mut Choices, kind: &str, depth: u8) -> String {
    if depth == 0 || choices.below(6) == 0 {
        let leaves: &[&str] = match kind {
            "bool" => &[
                "true",
                "u.suspended",
                "context.mfa",
                "u has nick",
                "context has ip",
                "d.author is User",
                "u has home.zip",
                "context.trusted",
                "d.author has port",
            ],
            "int" => {
                &["1", "-3", "u.age", "LIMIT", "u.manager?.age", "d.limits[\"a\"]", "9223372036854775807"]
            }
            "decimal" => &["1.5", "2", "d.price", "u.budget"],
            "string" => &[
                "\"x\"",
                "u.department",
                "u.nick",
                "u.manager.nick",
                "d.labels[\"team\"]",
                "u.home?.zip",
                "u.home.city",
            ],
            "entity" => &[
                "u",
                "d.owner",
                "d.author",
                "u.manager",
                "Group::\"g\"",
                "User::\"ann\"",
                "principal",
                "d.secret_of",
                "x",
            ],
            "set" => &[
                "d.viewers",
                "d.reviewers",
                "u.tags",
                "[]",
                "[u, Group::\"g\"]",
                "d.ancestors",
                "u.ancestors",
                "[Level::secret]",
                "[1, 2.5]",
                "OFFICE",
            ],
            "time" => &["now", "d.created", "90d", "now - d.created", "u.joined"],
            _ => &[
                "d.level",
                "Level::public",
                "Field::ssn",
                "context.ip",
                "context",
                "action",
                "MODES",
                "PLACE",
                "{ city: \"x\" }",
                "{}",
            ],
        };
        return choices.pick(leaves).to_owned();
    }
    let any = choices.pick(&["bool", "int", "decimal", "string", "entity", "set", "time", "other"]);
    let kind = if choices.below(12) == 0 { any } else { kind };
    let mut part = |kind: &str| expression(choices, kind, depth - 1);
    let (a, b, c) = match kind {
        "bool" => (part("bool"), part("bool"), part(any)),
        _ => (part(kind), part(kind), part("bool")),
    };
    let same = (part(any), part(any));
    let (entity, set, string) = (part("entity"), part("set"), part("string"));
    let (int, other) = (part("int"), part("int"));
    match (kind, choices.below(16)) {
        ("bool", 0) => format!("({a} and {b} and {c})"),
        ("bool", 1) => format!("({a} or {b})"),
        ("bool", 2) => format!("(not {a})"),
        ("bool", 3 | 4) => format!("(({}) == ({}))", same.0, same.1),
        ("bool", 5) => format!("({entity} in {set})"),
        ("bool", 6) => format!("({entity} in {entity})"),
        ("bool", 7) => format!("any(x in {set}: {a})"),
        ("bool", 8) => format!("all(User x in {set}: {a})"),
        ("bool", 9) => format!("(({}) is some)", same.0),
        ("bool", 10) => format!("({int} < {other})"),
        ("bool", 11) => format!(
            "({entity} is {} and {a})",
            choices.pick(&["User", "Group", "Service", "User | Service", "User in Group::\"g\""])
        ),
        ("bool", 12) => format!(
            "({entity} has {} and {a})",
            choices.pick(&["nick", "manager.nick", "port", "owner", "home.zip"])
        ),
        ("bool", 13) => format!("viewer({entity}, d)"),
        ("bool", 14) => format!("({string} like \"a*\")"),
        ("bool", _) => format!("(if {a} then {b} else {c})"),
        ("int", 0..=3) => format!("({a} {} {b})", choices.pick(&["+", "-", "*"])),
        ("int", 4) => format!("{set}.size()"),
        ("decimal", 0..=3) => format!("({a} {} {b})", choices.pick(&["+", "-", "*"])),
        ("string", 0..=2) => format!("{a}.lower()"),
        ("string", 3..=4) => format!("{a}?.trim()"),
        ("entity", 0..=3) => format!("{a}?.manager"),
        ("entity", 4..=5) => format!("{a}.owner"),
        ("set", 0..=3) => format!("[{entity}, {entity}]"),
        ("set", 4..=5) => format!("{a}.union({b})"),
        ("time", 0..=3) => format!("({a} {} {b})", choices.pick(&["+", "-"])),
        (_, 6..=10) => format!("({a} ?? {b})"),
        _ => format!("(if {c} then {a} else {b})"),
    }
}

#[test]
fn whatever_is_accepted_is_verified() {
    let mut choices = Choices(0x5eed);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..2500 {
        let condition = expression(&mut choices, "bool", 3);
        let text = format!("allow User u to read on Document d when {condition}");
        if assize_lang::parse(&text).items.iter().any(|item| !item.diagnostics.is_empty()) {
            continue;
        }
        match policy(&text) {
            (Some(_), _) => accepted += 1,
            (None, findings) => {
                refused += 1;
                for finding in findings {
                    let primary = &finding.diagnostic.primary;
                    assert!(text.get(primary.start as usize..primary.end as usize).is_some(), "{text}");
                    assert!(!finding.diagnostic.message.is_empty());
                }
            }
        }
    }
    // The generator must keep meeting both.
    assert!(accepted > 300 && refused > 300, "{accepted} accepted, {refused} refused");
}
