//! Well-typed policies over [`super::SCHEMA`], from the outside in: each function writes an expression of one type.

use assize_examples::Rng;

/// What an expression may refer to, and how deep it may still go.
#[derive(Clone)]
struct Gen<'r> {
    rng: &'r std::cell::RefCell<Rng>,
    depth: usize,
    /// Variables of quantifiers and their kind.
    users: Vec<String>,
    ints: Vec<String>,
}

/// Texts of `count` policies.
pub fn policies(rng: &mut Rng, count: usize) -> String {
    let shared = std::cell::RefCell::new(rng.clone());
    let mut text = String::new();
    for index in 0..count {
        let start = Gen {
            rng: &shared,
            depth: 1 + shared.borrow_mut().below(4),
            users: vec!["u".to_owned(), "d.owner".to_owned(), "u".to_owned(), "principal".to_owned()],
            ints: Vec::new(),
        };
        text.push_str(&start.policy(index));
    }
    *rng = shared.into_inner();
    text
}

impl Gen<'_> {
    fn below(&self, n: usize) -> usize {
        self.rng.borrow_mut().below(n)
    }

    fn chance(&self, percent: usize) -> bool {
        self.rng.borrow_mut().chance(percent)
    }

    fn one(&self, items: &[&str]) -> String {
        items[self.below(items.len())].to_owned()
    }

    /// One level deeper.
    fn deeper(&self) -> Self {
        Gen { depth: self.depth.saturating_sub(1), ..self.clone() }
    }

    fn with_user(&self, name: &str) -> Self {
        let mut inner = self.deeper();
        inner.users.extend([name.to_owned(), name.to_owned()]);
        inner
    }

    fn policy(&self, index: usize) -> String {
        if self.chance(25) {
            return self.policy_over_types(index);
        }
        let trial = if self.chance(8) { "trial " } else { "" };
        let effect = self.one(&["allow", "allow", "deny"]);
        let principal =
            self.one(&["User u", "User u", "User u", "User u in Group::\"g1\"", "User u in User::\"u1\""]);
        let actions = self.one(&["*", "read", "write", "edit", "read, write"]);
        let resource = self.one(&["Doc d", "Doc d", "Doc d in Folder::\"f2\"", "Doc d in Doc::\"d1\""]);
        let mut text = format!("@id(\"p{index}\")\n{trial}{effect} {principal} to {actions} on {resource}\n");
        if self.chance(90) {
            text.push_str(&format!("  when {}\n", self.bool()));
        }
        if self.chance(30) {
            text.push_str(&format!("  unless {}\n", self.bool()));
            if self.chance(30) {
                text.push_str("  on error skip\n");
            }
        }
        if self.chance(25) {
            let call = match self.below(3) {
                0 => format!("log({})", self.string()),
                1 => format!("mask([d.level, {}], {})", self.level(), self.int()),
                _ => format!("mask([], {}), log(\"x\")", self.int()),
            };
            text.push_str(&format!("  oblige {call}\n"));
        }
        text
    }

    /// A policy over several types of principals and resources, with conditions that make sense for each combination.
    fn policy_over_types(&self, index: usize) -> String {
        let effect = self.one(&["allow", "allow", "deny"]);
        let (head, conditions) = if self.chance(70) {
            let principal = self.one(&["any p", "User | Group p", "any p in Group::\"g1\"", "Group p"]);
            let resource = self.one(&["any r", "Doc | Folder r", "any r in Folder::\"f1\"", "Stage r"]);
            let nested = Gen { users: vec!["p".to_owned()], ..self.deeper() };
            let conditions = vec![
                "p in Group::\"g2\"".to_owned(),
                "p in User::\"u1\"".to_owned(),
                format!("p is User and p.age > {}", self.below(50)),
                format!("p is Group and p.size > {}", self.below(50)),
                format!("p is User and p has boss and p.boss in {}.friends", nested.users[0]),
                "r is Doc and r.editor == p".to_owned(),
                "r is Doc and p in r.readers".to_owned(),
                "r is Folder and p is User and r.owner == p".to_owned(),
                "r is Stage and r == Stage::\"prod\"".to_owned(),
                "r is Doc and p is User and viewer(p, r)".to_owned(),
                "any(Group g in p.ancestors: g.size > 0)".to_owned(),
                "all(Group g in p.ancestors: g.lead in Group::\"g0\")".to_owned(),
                format!("context.n + {} > 0", self.below(3)),
                "context.place.city == \"a\" and context.mfa".to_owned(),
            ];
            (format!("{effect} {principal} to list on {resource}"), conditions)
        } else {
            let resource = self.one(&["any", "Doc", "Stage"]);
            let conditions = vec![
                "t.level > Level::low".to_owned(),
                "t.n + context.n > 0".to_owned(),
                "t in Group::\"g3\"".to_owned(),
                "t.user.age > 3 or t.user in Group::\"g1\"".to_owned(),
                "any(Group g in t.ancestors: g.lead == t.user)".to_owned(),
                "t has user and t.user has boss".to_owned(),
                "resource is Doc and resource.owner == t.user".to_owned(),
            ];
            (format!("{effect} Token t to call on {resource}"), conditions)
        };
        let one = || conditions[self.below(conditions.len())].clone();
        let when = format!("({}) {} ({})", one(), self.one(&["and", "or"]), one());
        format!("@id(\"p{index}\")\n{head}\n  when {when}\n")
    }

    fn bool(&self) -> String {
        let inner = self.deeper();
        if self.depth == 0 {
            return self.leaf();
        }
        match self.below(17) {
            0 | 1 => format!("({} and {})", inner.bool(), inner.bool()),
            2 | 3 => format!("({} or {})", inner.bool(), inner.bool()),
            4 => format!("not ({})", inner.bool()),
            5 => format!("(if {} then {} else {})", inner.bool(), inner.bool(), inner.bool()),
            6 => format!("(({}) == ({}))", inner.bool(), inner.bool()),
            7 => self.quantifier(),
            8 => self.guarded(),
            9 => format!("{} {} {}", inner.int(), self.comparison(), inner.int()),
            10 => format!("{} {} {}", inner.decimal(), self.comparison(), inner.decimal()),
            11 => format!("{} {} {}", inner.datetime(), self.comparison(), inner.datetime()),
            12 => format!("{} {} {}", inner.duration(), self.comparison(), inner.duration()),
            13 => format!("{} == {}", inner.string(), inner.string()),
            14 => format!("senior({}, {})", inner.user(), inner.int()),
            15 => format!("close({}.friends, {})", inner.user(), inner.user()),
            _ => self.leaf(),
        }
    }

    fn comparison(&self) -> String {
        self.one(&["<", "<=", ">", ">=", "==", "!="])
    }

    /// Conditions without conditions inside.
    fn leaf(&self) -> String {
        let user = self.user();
        match self.below(31) {
            0 => format!("{user} == {}", self.user()),
            1 => format!("{user} in Group::\"g{}\"", self.below(5)),
            2 => format!("{user} in d.readers"),
            3 => format!("d.readers.contains({user})"),
            4 => format!("{user} in {}.friends", self.user()),
            5 => format!("d in Folder::\"f{}\"", self.below(4)),
            6 => format!("{} {} {}", self.level(), self.comparison(), self.level()),
            7 => "d.colour == Colour::red".to_owned(),
            8 => "d.colour in [Colour::green, Colour::blue]".to_owned(),
            9 => "context.mfa".to_owned(),
            10 => format!("{user}.name like \"{}\"", self.one(&["a*", "*b", "*", "b\\*", "a*b*"])),
            11 => format!("{user}.name matches r\"{}\"", self.one(&["a?b*", ".*", "[ab]+", "b\\*"])),
            12 => format!("{user}.ip in NETS"),
            13 => format!("{user}.ip in cidr\"192.0.2.0/24\""),
            14 => format!("blocked({user}, d)"),
            15 => format!("viewer({user}, d)"),
            16 => format!("tagged(d, {})", self.string()),
            17 => format!("action in {user}.can"),
            18 => self.one(&[
                "action == Action::read",
                "action in Action::edit",
                "action in [Action::read, Action::write]",
            ]),
            19 => format!("leads({user}, d.editor)"),
            20 => format!("{user}.home == context.place"),
            21 => "d.tags.contains_any(context.tags)".to_owned(),
            22 => format!("{} in {user}.nums", self.int_leaf()),
            23 => format!(
                "{user} has {}",
                self.one(&["boss", "nick", "limit", "home.zip", "boss.nick", "boss.boss"])
            ),
            24 => {
                self.one(&["d has reviewer", "d.editor is Group", "context has ip", "context has place.zip"])
            }
            25 => format!(
                "d.editor in {}",
                self.one(&["[User::\"u1\", Group::\"g2\"]", "d.readers", "Group::\"g3\""])
            ),
            26 => format!("({user}.labels[{}] ?? {}) > 0", self.string(), self.int_leaf()),
            27 => format!("d.editor == {user}"),
            28 => format!("{user}.zone == {}", self.zone()),
            29 => format!("tier({user}, {}, [Level::low])", self.int_leaf()),
            _ => self.one(&[
                "d.tags == context.tags",
                "d.level > Level::low",
                "now < d.due",
                "d.size == context.n",
            ]),
        }
    }

    /// A test that narrows, and what it allows to read.
    fn guarded(&self) -> String {
        let inner = self.deeper();
        let user = self.user();
        let plain = user.chars().all(|c| c.is_alphanumeric());
        match self.below(if plain { 9 } else { 5 }) {
            0 => format!(
                "(d.editor is User and {})",
                Gen { users: vec!["d.editor".to_owned()], ..inner }.bool()
            ),
            1 => format!("(d.editor is Group and d.editor.size > {})", inner.int()),
            2 => format!("(d has reviewer and d.reviewer is User and d.reviewer.age < {})", inner.int()),
            3 => "(context has ip and context.ip in NETS)".to_owned(),
            4 => format!("(not (context has place.zip) or context.place.zip == {})", inner.int()),
            5 => format!("({user} has boss and {})", inner.with_user(&format!("{user}.boss")).bool()),
            6 => format!("({user} has nick and {user}.nick == {})", inner.string()),
            7 => format!("(if {user} has limit then {user}.limit > {} else {})", inner.int(), inner.bool()),
            _ => format!("(({user}.boss?.age ?? {}) > {})", inner.int(), inner.int()),
        }
    }

    fn quantifier(&self) -> String {
        let word = self.one(&["any", "all"]);
        let name = format!("x{}{}", self.depth, self.below(1000));
        match self.below(6) {
            0 | 1 => format!("{word}({name} in {}.friends: {})", self.user(), self.with_user(&name).bool()),
            2 => format!("{word}(User {name} in d.readers: {})", self.with_user(&name).bool()),
            3 => format!(
                "{word}(Group {name} in {}.ancestors: {name}.size > {})",
                self.user(),
                self.deeper().int()
            ),
            4 => {
                let mut inner = self.deeper();
                inner.ints.extend([name.clone(), name.clone(), name.clone()]);
                format!(
                    "{word}({name} in {}.nums: {} {} {})",
                    self.user(),
                    inner.int(),
                    self.comparison(),
                    inner.int()
                )
            }
            _ => format!("{word}(Folder {name} in d.ancestors: {name}.owner == {})", self.user()),
        }
    }

    fn user(&self) -> String {
        if self.chance(8) {
            return format!("User::\"u{}\"", self.below(7));
        }
        self.users[self.below(self.users.len())].clone()
    }

    fn int_leaf(&self) -> String {
        if !self.ints.is_empty() && self.chance(60) {
            return self.ints[self.below(self.ints.len())].clone();
        }
        match self.below(6) {
            0 => format!("{}.age", self.user()),
            1 => "d.size".to_owned(),
            2 => "context.n".to_owned(),
            3 => "LIMIT".to_owned(),
            _ => self.one(&["0", "1", "-1", "8", "41", "9223372036854775807"]),
        }
    }

    fn int(&self) -> String {
        let inner = self.deeper();
        if self.depth == 0 {
            return self.int_leaf();
        }
        match self.below(10) {
            0 => format!("({} + {})", inner.int(), inner.int()),
            1 => format!("({} - {})", inner.int(), inner.int()),
            2 => format!("({} * {})", inner.int(), inner.int()),
            3 => format!("-({})", inner.int()),
            4 => format!("sum({}, {})", inner.int(), inner.int()),
            5 => format!("({}.limit ?? {})", self.users[0], inner.int()),
            6 => format!("({}.labels[\"a\"] ?? {})", self.user(), inner.int()),
            7 => format!("{}.friends.size()", self.user()),
            8 => format!("(if {} then {} else {})", inner.bool(), inner.int(), inner.int()),
            _ => self.int_leaf(),
        }
    }

    fn decimal(&self) -> String {
        let inner = self.deeper();
        match self.below(if self.depth == 0 { 3 } else { 7 }) {
            0 => format!("{}.score", self.user()),
            1 => "d.price".to_owned(),
            2 => self.one(&["0.0", "1.5", "-0.0001"]),
            3 => format!("({} + {})", inner.decimal(), inner.decimal()),
            4 => format!("({} - {})", inner.decimal(), inner.decimal()),
            5 => format!("({} * {})", inner.decimal(), inner.int()),
            _ => format!("-({})", inner.decimal()),
        }
    }

    fn datetime(&self) -> String {
        let inner = self.deeper();
        match self.below(if self.depth == 0 { 4 } else { 7 }) {
            0 => format!("{}.born", self.user()),
            1 => "d.due".to_owned(),
            2 => "now".to_owned(),
            3 => "time\"2026-01-01T00:00:00Z\"".to_owned(),
            4 => format!("({} + {})", inner.datetime(), inner.duration()),
            5 => format!("{}.start_of_day({})", inner.datetime(), self.zone()),
            _ => format!("({} - {})", inner.datetime(), inner.duration()),
        }
    }

    fn duration(&self) -> String {
        let inner = self.deeper();
        match self.below(if self.depth == 0 { 2 } else { 7 }) {
            0 => format!("{}.shift", self.user()),
            1 => self.one(&["0s", "90d", "8h30m", "1ms"]),
            2 => format!("({} - {})", inner.datetime(), inner.datetime()),
            3 => format!("({} + {})", inner.duration(), inner.duration()),
            4 => format!("{}.time_of_day({})", inner.datetime(), self.zone()),
            5 => format!("{}.utc_offset({})", inner.datetime(), self.zone()),
            _ => format!("({} * {})", inner.duration(), inner.int()),
        }
    }

    fn zone(&self) -> String {
        match self.below(2) {
            0 => format!("{}.zone", self.user()),
            _ => self.one(&["zone\"UTC\"", "zone\"America/New_York\"", "zone\"Asia/Kolkata\""]),
        }
    }

    fn string(&self) -> String {
        match self.below(5) {
            0 => format!("{}.name", self.user()),
            1 => format!("{}.home.city", self.user()),
            2 => "context.place.city".to_owned(),
            3 => format!("({}.nick ?? \"a\")", self.users[0]),
            _ => self.one(&["\"a\"", "\"ab\"", "\"\""]),
        }
    }

    fn level(&self) -> String {
        match self.below(3) {
            0 => format!("{}.level", self.user()),
            1 => "d.level".to_owned(),
            _ => self.one(&["Level::low", "Level::mid", "Level::high"]),
        }
    }
}
