//! Random packages over so few values that conditions often contradict, repeat or imply each other: for what lints claim.

use assize_examples::Rng;
use serde_json::{Value, json};

/// What these packages declare.
pub const SCHEMA: &str = r#"
ordered enum Level { low, mid, high }
enum Colour { red, green, blue }
entity Group in Group { size: Int }
entity User in Group {
  n: Int
  m: Int
  level: Level
  name: String
  ip: Ip
  flag: Bool
  boss?: User
  nick?: String
  nums: Set<Int>
  home: { city: String, zip?: Int }
}
entity Folder in Folder { owner: User }
entity Doc in Folder {
  owner: User
  editor: User | Group
  level: Level
  colour: Colour
  size: Int
  due: Datetime
  tags: Set<String>
  note?: String
}
entity Stage = "dev" | "test" | "prod"
action read, write on Doc by User with { mfa: Bool, n: Int, ip?: Ip, level: Level }
action list on Doc | Folder by User | Group with { mfa: Bool, n: Int, ip?: Ip, level: Level }
action push on Stage by User with { mfa: Bool, n: Int, ip?: Ip, level: Level }
grant viewer(who: User | Group, what: Doc | Folder)
grant editor(who: User | Group, what: Doc) {
  @id("editor") allow User u in who to read on Doc d in what when d.size > 1
}
obligation log(text: String)
fn senior(u: User) -> Bool = u.n > 1 and u.level >= Level::mid
fn near(a: Int, b: Int) -> Bool = a - b < 2 and b - a < 2
"#;

const USERS: [&str; 4] = ["u0", "u1", "u2", "u3"];
const GROUPS: [&str; 3] = ["g0", "g1", "g2"];
const DOCS: [&str; 3] = ["d0", "d1", "d2"];
const FOLDERS: [&str; 2] = ["f0", "f1"];
const STAGES: [&str; 3] = ["dev", "test", "prod"];
const LEVELS: [&str; 3] = ["low", "mid", "high"];
const COLOURS: [&str; 3] = ["red", "green", "blue"];
const WORDS: [&str; 5] = ["a", "ab", "abc", "b", ""];
const IPS: [&str; 5] = ["10.1.2.3", "10.200.0.1", "192.168.3.4", "127.0.0.1", "fc00::1"];
const INTS: [i64; 7] = [0, 1, 2, 3, 4, i64::MAX, i64::MIN];
/// Times that data holds and at which is decided.
pub const TIMES: [&str; 4] =
    ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T12:30:00Z", "2026-02-01T00:00:00Z"];

/// Policies with ids `p0`, `p1`, ..
pub fn policies(rng: &mut Rng, count: usize) -> String {
    (0..count).map(|index| Writer { rng, guards: Vec::new() }.policy(index)).collect()
}

struct Writer<'r> {
    rng: &'r mut Rng,
    guards: Vec<&'static str>,
}

impl Writer<'_> {
    fn below(&mut self, n: usize) -> usize {
        self.rng.below(n)
    }

    fn one(&mut self, items: &[&str]) -> String {
        items[self.rng.below(items.len())].to_owned()
    }

    fn policy(&mut self, index: usize) -> String {
        let effect = self.one(&["allow", "allow", "allow", "deny", "deny"]);
        let stage = self.rng.chance(10);
        let who =
            self.one(&["User u", "User u", "User u", "User u in Group::\"g0\"", "User u in Group::\"g1\""]);
        let (actions, what) = if stage {
            ("push".to_owned(), "Stage d".to_owned())
        } else {
            let what = self.one(&["Doc d", "Doc d", "Doc d", "Doc d in Folder::\"f0\""]);
            (self.one(&["read", "read", "read, write", "*", "list"]), what)
        };
        let depth = self.below(4);
        let mut text = format!("@id(\"p{index}\")\n{effect} {who} to {actions} on {what}\n");
        let leaf = |writer: &mut Self, depth| if stage { writer.stage(depth) } else { writer.test(depth) };
        if self.rng.chance(92) {
            let condition = leaf(self, depth);
            text.push_str(&format!("  when {condition}\n"));
        }
        if self.rng.chance(30) {
            let condition = leaf(self, depth / 2);
            text.push_str(&format!("  unless {condition}\n"));
            if self.rng.chance(15) {
                text.push_str("  on error skip\n");
            }
        }
        if self.rng.chance(8) {
            let argument = self.one(&["\"x\"", "u.name"]);
            text.push_str(&format!("  oblige log({argument})\n"));
        }
        text
    }

    fn stage(&mut self, depth: usize) -> String {
        if depth > 0 && self.rng.chance(60) {
            let (a, b) = (self.stage(depth - 1), self.stage(depth - 1));
            let word = self.one(&["and", "or"]);
            return format!("({a} {word} {b})");
        }
        let stage = self.one(&STAGES);
        match self.below(6) {
            0 | 1 => format!("d == Stage::\"{stage}\""),
            2 => format!("d != Stage::\"{stage}\""),
            3 => format!("d in [Stage::\"{stage}\", Stage::\"dev\"]"),
            4 => format!("[Stage::\"{stage}\", Stage::\"dev\"].contains(d)"),
            _ => format!("u.n {} {}", self.comparison(), self.below(4)),
        }
    }

    fn test(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.atom();
        }
        match self.below(12) {
            0..=3 => {
                let parts: Vec<String> = (0..2 + self.below(2)).map(|_| self.test(depth - 1)).collect();
                format!("({})", parts.join(" and "))
            }
            4..=6 => {
                let parts: Vec<String> = (0..2 + self.below(2)).map(|_| self.test(depth - 1)).collect();
                format!("({})", parts.join(" or "))
            }
            7 => format!("not ({})", self.test(depth - 1)),
            8 => {
                let parts: Vec<String> = (0..3).map(|_| self.test(depth - 1)).collect();
                format!("(if {} then {} else {})", parts[0], parts[1], parts[2])
            }
            9 => self.guarded(depth),
            10 => format!("(({}) == ({}))", self.atom(), self.atom()),
            _ => self.atom(),
        }
    }

    fn guarded(&mut self, depth: usize) -> String {
        let guards = [
            ("context has ip", "ip"),
            ("u has boss", "boss"),
            ("u has nick", "nick"),
            ("d has note", "note"),
            ("u.home has zip", "zip"),
        ];
        let (guard, name) = guards[self.below(guards.len())];
        self.guards.push(name);
        let inner = self.test(depth - 1);
        self.guards.pop();
        format!("({guard} and {inner})")
    }

    fn comparison(&mut self) -> String {
        self.one(&["<", "<=", ">", ">=", "==", "!="])
    }

    fn int(&mut self) -> String {
        let plain = ["u.n", "u.m", "d.size", "context.n"];
        match self.below(12) {
            0..=6 => self.one(&plain),
            7 => format!("({} + {})", self.one(&plain), self.below(3)),
            8 => format!("({} - {})", self.one(&plain), self.one(&plain)),
            9 => format!("({} * {})", self.one(&plain), self.one(&["2", "-1", "d.size"])),
            10 => "u.nums.size()".to_owned(),
            _ => format!("(if u.flag then {} else {})", self.one(&plain), self.below(4)),
        }
    }

    fn guarded_atom(&mut self) -> Option<String> {
        let name = *self.guards.last()?;
        Some(match name {
            "ip" => format!(
                "context.ip in cidr\"{}\"",
                self.one(&["10.0.0.0/8", "10.128.0.0/9", "192.168.0.0/16"])
            ),
            "boss" => self.one(&[
                "u.boss == d.owner",
                "u.boss == User::\"u1\"",
                "u.boss in Group::\"g0\"",
                "u.boss == u",
                "u.boss.n > 1",
                "u.boss has boss",
            ]),
            "nick" => format!("u.nick == \"{}\"", self.one(&WORDS)),
            "note" => format!("d.note == \"{}\"", self.one(&WORDS)),
            _ => format!("u.home.zip {} {}", self.comparison(), self.below(4)),
        })
    }

    fn atom(&mut self) -> String {
        if self.rng.chance(50)
            && let Some(atom) = self.guarded_atom()
        {
            return atom;
        }
        let (group, level, colour, word) =
            (self.one(&GROUPS), self.one(&LEVELS), self.one(&COLOURS), self.one(&WORDS));
        let (user, folder) = (self.one(&USERS), self.one(&FOLDERS));
        match self.below(44) {
            0..=3 => format!("{} {} {}", self.int(), self.comparison(), self.below(5)),
            4 => format!("{} {} {}", self.int(), self.comparison(), self.int()),
            5 | 6 => format!("d.level {} Level::{level}", self.comparison()),
            7 => format!("u.level {} Level::{level}", self.comparison()),
            8 => format!("u.level {} d.level", self.comparison()),
            9 => format!("d.colour {} Colour::{colour}", self.one(&["==", "!="])),
            10 => format!("d.colour in [Colour::{colour}, Colour::red]"),
            11 => format!("d.colour not in [Colour::{colour}, Colour::blue]"),
            12 | 13 => format!("u in Group::\"{group}\""),
            14 => format!("u in [Group::\"{group}\", Group::\"g0\"]"),
            15 => format!("u not in Group::\"{group}\""),
            16 => format!("u == User::\"{user}\""),
            17 => format!("d.owner == User::\"{user}\""),
            18 => self.one(&["d.owner == u", "d.owner != u", "d.owner in Group::\"g0\"", "d.editor == u"]),
            19 => format!("d.owner in [User::\"{user}\", User::\"u0\"]"),
            20 => format!("d in Folder::\"{folder}\""),
            21 => self.one(&["context.mfa", "not context.mfa", "u.flag", "context.mfa == u.flag"]),
            22 => format!("context.level {} Level::{level}", self.comparison()),
            23 => format!("u.name {} \"{word}\"", self.one(&["==", "!="])),
            24 => format!("u.name.starts_with(\"{word}\")"),
            25 => format!("u.name like \"{}\"", self.one(&["a*", "ab*", "*b", "*", "a*c", "b"])),
            26 => format!("u.name matches r\"{}\"", self.one(&["a.*", "ab?", "[ab]+"])),
            27 => format!("u.name in [\"{word}\", \"a\"]"),
            28 => format!(
                "u.ip in cidr\"{}\"",
                self.one(&["10.0.0.0/8", "10.0.0.0/9", "192.168.0.0/16", "127.0.0.0/8"])
            ),
            29 => format!(
                "u.ip.{}()",
                self.one(&["is_private", "is_loopback", "is_v4", "is_v6", "is_multicast"])
            ),
            30 => format!("u.ip in [cidr\"10.0.0.0/8\", cidr\"{}\"]", self.one(&["127.0.0.0/8", "fc00::/7"])),
            31 => format!("now {} time\"{}\"", self.one(&["<", "<=", ">", ">="]), self.one(&TIMES)),
            32 => format!("d.due {} now", self.one(&["<", "<=", ">", ">="])),
            33 => format!("now - d.due {} {}", self.one(&["<", ">"]), self.one(&["1d", "2d", "0s"])),
            34 => format!("d.tags.contains(\"{word}\")"),
            35 => format!("d.tags.{}([\"{word}\", \"a\"])", self.one(&["contains_all", "contains_any"])),
            36 => format!("{} in u.nums", self.below(4)),
            37 => self.one(&[
                "u has boss",
                "u has nick",
                "d has note",
                "context has ip",
                "u has boss.boss",
                "u.home has zip",
            ]),
            38 => self.one(&[
                "viewer(u, d)",
                "senior(u)",
                "near(u.n, d.size)",
                "near(u.n, 2)",
                "senior(d.owner)",
            ]),
            39 => self.one(&[
                "d.editor is User",
                "d.editor is Group",
                "(d.editor is User and d.editor.n > 1)",
                "(d.editor is Group and d.editor.size > 1)",
            ]),
            40 => format!("any(x in u.nums: x {} {})", self.comparison(), self.below(4)),
            41 => format!(
                "all(x in u.nums: x {} {} and x {} {})",
                self.comparison(),
                self.below(4),
                self.comparison(),
                self.below(4)
            ),
            42 => format!("(u.nick ?? \"a\") == \"{word}\""),
            _ => format!("(u.boss?.n ?? {}) {} {}", self.below(4), self.comparison(), self.below(4)),
        }
    }
}

fn pick<T: Copy>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.below(items.len())]
}

fn entity(ty: &str, id: &str) -> Value {
    json!({"type": ty, "id": id})
}

fn subset<T: Copy + serde::Serialize>(rng: &mut Rng, items: &[T], percent: usize) -> Value {
    Value::Array(items.iter().filter(|_| rng.chance(percent)).map(|item| json!(item)).collect())
}

fn int(rng: &mut Rng) -> i64 {
    if rng.chance(90) { INTS[rng.below(5)] } else { pick(rng, &INTS) }
}

/// Entities, some left out, and rows of grants.
pub fn rows(rng: &mut Rng) -> String {
    let mut rows = Vec::new();
    for (index, id) in GROUPS.iter().enumerate() {
        let parents: Vec<Value> =
            GROUPS[index + 1..].iter().filter(|_| rng.chance(40)).map(|id| entity("Group", id)).collect();
        rows.push(json!({"uid": entity("Group", id), "parents": parents, "attrs": {"size": int(rng)}}));
    }
    for id in USERS {
        let mut home = json!({"city": pick(rng, &WORDS)});
        if rng.chance(50) {
            home["zip"] = json!(int(rng));
        }
        let mut attrs = json!({
            "n": int(rng), "m": int(rng), "level": pick(rng, &LEVELS), "name": pick(rng, &WORDS), "ip": pick(rng, &IPS),
            "flag": rng.chance(50), "nums": subset(rng, &[0, 1, 2, 3], 35), "home": home,
        });
        if rng.chance(60) {
            attrs["boss"] = entity("User", pick(rng, &USERS));
        }
        if rng.chance(50) {
            attrs["nick"] = json!(pick(rng, &WORDS));
        }
        let parents: Vec<Value> =
            GROUPS.iter().filter(|_| rng.chance(40)).map(|id| entity("Group", id)).collect();
        rows.push(json!({"uid": entity("User", id), "parents": parents, "attrs": attrs}));
    }
    for (index, id) in FOLDERS.iter().enumerate() {
        let parents: Vec<Value> =
            FOLDERS[index + 1..].iter().filter(|_| rng.chance(50)).map(|id| entity("Folder", id)).collect();
        let owner = entity("User", pick(rng, &USERS));
        rows.push(json!({"uid": entity("Folder", id), "parents": parents, "attrs": {"owner": owner}}));
    }
    for id in DOCS {
        let editor = if rng.chance(50) {
            entity("User", pick(rng, &USERS))
        } else {
            entity("Group", pick(rng, &GROUPS))
        };
        let mut attrs = json!({
            "owner": entity("User", pick(rng, &USERS)), "editor": editor, "level": pick(rng, &LEVELS),
            "colour": pick(rng, &COLOURS), "size": int(rng), "due": pick(rng, &TIMES), "tags": subset(rng, &WORDS, 35),
        });
        if rng.chance(50) {
            attrs["note"] = json!(pick(rng, &WORDS));
        }
        let parents: Vec<Value> =
            FOLDERS.iter().filter(|_| rng.chance(50)).map(|id| entity("Folder", id)).collect();
        rows.push(json!({"uid": entity("Doc", id), "parents": parents, "attrs": attrs}));
    }
    rows.retain(|_| !rng.chance(8));
    for _ in 0..rng.below(6) {
        let who = if rng.chance(50) {
            entity("User", pick(rng, &USERS))
        } else {
            entity("Group", pick(rng, &GROUPS))
        };
        let grant = pick(rng, &["viewer", "editor"]);
        rows.push(json!({"grant": grant, "args": {"who": who, "what": entity("Doc", pick(rng, &DOCS))}}));
    }
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Every user with every document and some others, each with a context of its own.
pub fn requests(rng: &mut Rng) -> Vec<String> {
    let mut requests = Vec::new();
    let mut add = |rng: &mut Rng, principal: Value, action: &str, resource: Value| {
        let mut context = json!({"mfa": rng.chance(50), "n": int(rng), "level": pick(rng, &LEVELS)});
        if rng.chance(60) {
            context["ip"] = json!(pick(rng, &IPS));
        }
        let request =
            json!({"principal": principal, "action": action, "resource": resource, "context": context});
        requests.push(request.to_string());
    };
    for user in USERS {
        for doc in DOCS {
            for action in ["read", "write", "list"] {
                add(rng, entity("User", user), action, entity("Doc", doc));
            }
        }
        for stage in STAGES {
            add(rng, entity("User", user), "push", entity("Stage", stage));
        }
    }
    requests
}
