//! Packages as text: policies, functions and grant bodies with conditions of all kinds, over declarations with all kinds of types.

use crate::tape::Tape;

/// What is always declared.
const DECLARATIONS: &str = r#"
ordered enum Level { low, mid, high }
enum Colour { red, green, blue }

entity Group in Group { level: Level, lead: User }
entity User in Group {
  age: Int
  boss?: User
  born: Datetime
  rest: Duration
  rate: Decimal
  name: String
  level: Level
  colour?: Colour
  score?: Int
  numbers: Set<Int>
  names: Set<String>
  nets: Set<Cidr>
  pals: Set<User | Group>
  notes: Map<String, String>
  counts: Map<String, Int>
  home: { city: String, zip?: Int }
}
entity Doc in Doc { owner: User, by: User | Group, readers: Set<User | Group>, size: Int, due?: Datetime, text: String, level: Level }
entity Stage = "dev" | "prod"
external entity Token { scopes: Set<String>, user: User }

action read, write on Doc | Stage by User with { n: Int, s: String, ip?: Ip, on: Datetime, who?: User | Group, deep?: { ok: Bool, n?: Int } }
action edit includes write
action use_token on Doc by Token with { n: Int }

obligation note(text: String, count: Int)
obligation colours(all: Set<Colour>)

param LIMIT: Int = 40
param OFFICE: Set<Cidr> = [cidr"10.0.0.0/8", cidr"2001:db8::/32"]
grant blocked(who: User | Group, what: Doc)
grant limit(who: User, most: Int)
"#;

/// Types that conditions are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Bool,
    Int,
    Decimal,
    Text,
    Time,
    Span,
    Level,
    User,
    Group,
    Either,
    Doc,
    Ints,
    Texts,
    People,
}

/// What can be named, each surely there.
#[derive(Clone, Debug)]
struct Scope {
    known: Vec<(String, Ty)>,
    /// Functions of two numbers, by how many there are.
    functions: usize,
    fresh: usize,
    /// Whether a request is there to be asked about.
    request: bool,
}

/// A package.
pub fn package(tape: &mut Tape<'_>) -> String {
    let mut text = DECLARATIONS.to_owned();
    let functions = tape.below(3);
    for at in 0..functions {
        let mut scope = Scope { known: Vec::new(), functions: at, fresh: 0, request: false };
        for (name, ty) in [("a", Ty::Int), ("b", Ty::Text), ("u", Ty::User)] {
            scope.know(name, ty);
        }
        let body = expr(tape, &mut scope, Ty::Bool, 3);
        text.push_str(&format!("\nfn f{at}(a: Int, b: String, u: User) -> Bool = {body}\n"));
    }
    for at in 0..1 + tape.below(6) {
        text.push_str(&policy(tape, at, functions));
    }
    text
}

fn policy(tape: &mut Tape<'_>, at: usize, functions: usize) -> String {
    let mut scope = Scope { known: Vec::new(), functions, fresh: 0, request: true };
    scope.know("u", Ty::User);
    for (name, ty) in [
        ("context.n", Ty::Int),
        ("context.s", Ty::Text),
        ("context.on", Ty::Time),
        ("now", Ty::Time),
        ("LIMIT", Ty::Int),
    ] {
        scope.know(name, ty);
    }
    let deny = tape.once_in(3);
    let in_grant = !deny && tape.once_in(4);
    let mut principal = (*tape.pick(&["User u", "User u", "User u in Group::\"a\""])).to_owned();
    if in_grant {
        principal = "User u in who".to_owned();
        scope.know("most", Ty::Int);
    }
    let actions = *tape.pick(&["read", "write", "*", "edit", "read, write"]);
    let resource = *tape.pick(&["Doc d", "Doc d", "Doc d in Doc::\"b\""]);
    scope.know("d", Ty::Doc);
    let actions = if actions == "*" { "read, write" } else { actions };
    let trial = if tape.once_in(10) { "trial " } else { "" };
    let effect = if deny { "deny" } else { "allow" };
    let mut text = format!("@id(\"p{at}\")\n{trial}{effect} {principal} to {actions} on {resource}\n");
    let mut inner = scope.clone();
    if in_grant || tape.below(4) > 0 {
        let mut condition = expr(tape, &mut inner, Ty::Bool, 4);
        if in_grant {
            condition = format!("({condition}) and (most > u.age or size < d.size)");
        }
        text.push_str(&format!("  when {condition}\n"));
    }
    if tape.once_in(3) {
        let condition = expr(tape, &mut scope.clone(), Ty::Bool, 3);
        text.push_str(&format!("  unless {condition}\n"));
    }
    if deny && tape.once_in(3) {
        text.push_str("  on error skip\n");
    }
    if tape.once_in(4) {
        text.push_str(&format!("  because \"reason {at}\"\n"));
    }
    if tape.once_in(4) && trial.is_empty() {
        let (a, b) =
            (expr(tape, &mut scope.clone(), Ty::Text, 2), expr(tape, &mut scope.clone(), Ty::Int, 2));
        let more = if tape.once_in(2) { ", colours([Colour::red, Colour::blue])" } else { "" };
        text.push_str(&format!("  oblige note({a}, {b}){more}\n"));
    }
    if in_grant {
        return format!("\ngrant g{at}(who: User | Group, most: Int, size: Int) {{\n{text}}}\n");
    }
    format!("\n{text}")
}

impl Scope {
    fn know(&mut self, name: &str, ty: Ty) {
        self.known.push((name.to_owned(), ty));
    }

    fn name(&mut self) -> String {
        self.fresh += 1;
        format!("x{}", self.fresh)
    }

    fn some(&self, tape: &mut Tape<'_>, ty: Ty) -> Option<String> {
        let of: Vec<&String> =
            self.known.iter().filter(|(_, known)| *known == ty).map(|(name, _)| name).collect();
        if of.is_empty() { None } else { Some((*tape.pick(&of)).clone()) }
    }
}

/// An expression of a type; those that bind loosely are in parentheses.
fn expr(tape: &mut Tape<'_>, scope: &mut Scope, ty: Ty, depth: usize) -> String {
    if tape.is_empty() || depth == 0 {
        return leaf(tape, scope, ty);
    }
    if ty != Ty::Bool {
        match tape.below(8) {
            0..=3 => return leaf(tape, scope, ty),
            4 => {
                let condition = expr(tape, &mut scope.clone(), Ty::Bool, depth - 1);
                let (a, b) = (expr(tape, scope, ty, depth - 1), expr(tape, scope, ty, depth - 1));
                return format!("(if {condition} then {a} else {b})");
            }
            _ => {}
        }
    }
    let down = |tape: &mut Tape<'_>, scope: &mut Scope, ty: Ty| expr(tape, scope, ty, depth - 1);
    match ty {
        Ty::Bool => boolean(tape, scope, depth - 1),
        Ty::Int => match tape.below(6) {
            0 => format!("({} + {})", down(tape, scope, ty), down(tape, scope, ty)),
            1 => format!("({} - {})", down(tape, scope, ty), down(tape, scope, ty)),
            2 => format!("({} * {})", down(tape, scope, ty), down(tape, scope, ty)),
            3 => format!(
                "({}.counts[{}] ?? {})",
                down(tape, scope, Ty::User),
                down(tape, scope, Ty::Text),
                down(tape, scope, ty)
            ),
            4 => format!("({}.score ?? {})", down(tape, scope, Ty::User), down(tape, scope, ty)),
            _ => format!("{}.{}", down(tape, scope, Ty::User), "age"),
        },
        Ty::Decimal => match tape.below(3) {
            0 => format!("({} + {})", down(tape, scope, ty), down(tape, scope, ty)),
            1 => format!("({} * {})", down(tape, scope, ty), down(tape, scope, Ty::Int)),
            _ => format!("{}.rate", down(tape, scope, Ty::User)),
        },
        Ty::Text => match tape.below(3) {
            0 => format!(
                "({}.notes[{}] ?? {})",
                down(tape, scope, Ty::User),
                down(tape, scope, ty),
                down(tape, scope, ty)
            ),
            1 => format!("{}.text", down(tape, scope, Ty::Doc)),
            _ => format!("{}.home.city", down(tape, scope, Ty::User)),
        },
        Ty::Time => match tape.below(4) {
            0 => format!("({} + {})", down(tape, scope, ty), down(tape, scope, Ty::Span)),
            1 => format!("({} - {})", down(tape, scope, ty), down(tape, scope, Ty::Span)),
            2 => format!("({}.due ?? {})", down(tape, scope, Ty::Doc), down(tape, scope, ty)),
            _ => format!("{}.born", down(tape, scope, Ty::User)),
        },
        Ty::Span => match tape.below(3) {
            0 => format!("({} - {})", down(tape, scope, Ty::Time), down(tape, scope, Ty::Time)),
            1 => format!("({} * {})", down(tape, scope, ty), down(tape, scope, Ty::Int)),
            _ => format!("{}.rest", down(tape, scope, Ty::User)),
        },
        Ty::Level => format!("{}.level", down(tape, scope, Ty::User)),
        Ty::User => match tape.below(3) {
            0 => format!("{}.owner", down(tape, scope, Ty::Doc)),
            1 => format!("({}.boss ?? {})", down(tape, scope, ty), down(tape, scope, ty)),
            _ => format!("{}.lead", down(tape, scope, Ty::Group)),
        },
        Ty::Either => format!("{}.by", down(tape, scope, Ty::Doc)),
        Ty::Ints => match tape.below(2) {
            0 => format!("[{}, {}]", down(tape, scope, Ty::Int), down(tape, scope, Ty::Int)),
            _ => format!("{}.numbers", down(tape, scope, Ty::User)),
        },
        Ty::Texts => match tape.below(2) {
            0 => format!("[{}, {}]", down(tape, scope, Ty::Text), down(tape, scope, Ty::Text)),
            _ => format!("{}.names", down(tape, scope, Ty::User)),
        },
        Ty::People => match tape.below(2) {
            0 => format!("{}.pals", down(tape, scope, Ty::User)),
            _ => format!("{}.readers", down(tape, scope, Ty::Doc)),
        },
        Ty::Group | Ty::Doc => leaf(tape, scope, ty),
    }
}

fn leaf(tape: &mut Tape<'_>, scope: &mut Scope, ty: Ty) -> String {
    if tape.below(4) < 3
        && let Some(known) = scope.some(tape, ty)
    {
        return known;
    }
    let user =
        || scope.known.iter().find(|(_, known)| *known == Ty::User).map_or("User::\"a\"", |(name, _)| name);
    let id = *tape.pick(&["a", "b", "c", "ghost"]);
    match ty {
        Ty::Bool => (*tape.pick(&["true", "false"])).to_owned(),
        Ty::Int => (*tape.pick(&["0", "1", "2", "-1", "40", "9223372036854775807", "3037000500"])).to_owned(),
        Ty::Decimal => (*tape.pick(&["0.0", "1.5", "-0.0001", "922337203685477.5807"])).to_owned(),
        Ty::Text => (*tape.pick(&["\"\"", "\"a\"", "\"ab\"", "\"a*b\"", "\"10.0.0.1\""])).to_owned(),
        Ty::Time => {
            (*tape.pick(&["time\"1970-01-01T00:00:00Z\"", "time\"2026-05-28T20:26:40Z\""])).to_owned()
        }
        Ty::Span => (*tape.pick(&["0s", "1d", "8h30m", "90d"])).to_owned(),
        Ty::Level => (*tape.pick(&["Level::low", "Level::mid", "Level::high"])).to_owned(),
        Ty::User => format!("User::\"{id}\""),
        Ty::Group => format!("Group::\"{id}\""),
        Ty::Doc => format!("Doc::\"{id}\""),
        Ty::Either => format!("{}.by", scope.some(tape, Ty::Doc).unwrap_or_else(|| format!("Doc::\"{id}\""))),
        Ty::Ints => (*tape.pick(&["[1]", "[0, 1, 2]", "[40, -1]"])).to_owned(),
        Ty::Texts => (*tape.pick(&["[\"a\"]", "[\"\", \"ab\"]"])).to_owned(),
        Ty::People => format!("{}.pals", user()),
    }
}

fn boolean(tape: &mut Tape<'_>, scope: &mut Scope, depth: usize) -> String {
    let down = |tape: &mut Tape<'_>, scope: &mut Scope, ty: Ty| expr(tape, scope, ty, depth);
    match tape.below(22) {
        0 => format!("({} and {})", down(tape, scope, Ty::Bool), down(tape, scope, Ty::Bool)),
        1 => format!("({} or {})", down(tape, scope, Ty::Bool), down(tape, scope, Ty::Bool)),
        2 => format!("(not {})", down(tape, scope, Ty::Bool)),
        3 | 4 => {
            let ty = *tape.pick(&[Ty::Int, Ty::Time, Ty::Span, Ty::Decimal, Ty::Level]);
            let op = *tape.pick(&["<", "<=", ">", ">="]);
            format!("({} {op} {})", down(tape, scope, ty), down(tape, scope, ty))
        }
        5 | 6 => {
            let ty = *tape.pick(&[
                Ty::Int,
                Ty::Text,
                Ty::User,
                Ty::Doc,
                Ty::Either,
                Ty::Level,
                Ty::Ints,
                Ty::People,
                Ty::Time,
            ]);
            let op = *tape.pick(&["==", "!="]);
            format!("({} {op} {})", down(tape, scope, ty), down(tape, scope, ty))
        }
        7 => format!("({} in {})", down(tape, scope, Ty::User), down(tape, scope, Ty::Group)),
        8 => format!("({} in {})", down(tape, scope, Ty::User), down(tape, scope, Ty::People)),
        9 => format!("({} in {})", down(tape, scope, Ty::Doc), down(tape, scope, Ty::Doc)),
        10 => format!("{}.contains({})", down(tape, scope, Ty::Ints), down(tape, scope, Ty::Int)),
        11 => {
            let method = *tape.pick(&["contains_all", "contains_any"]);
            format!("{}.{method}({})", down(tape, scope, Ty::Texts), down(tape, scope, Ty::Texts))
        }
        12 | 13 => {
            let name = scope.name();
            let word = *tape.pick(&["any", "all"]);
            let (set, ty) = *tape.pick(&[
                (Ty::Ints, Ty::Int),
                (Ty::Texts, Ty::Text),
                (Ty::People, Ty::User),
                (Ty::People, Ty::Group),
            ]);
            let filter = match (set, ty) {
                (Ty::People, Ty::User) => "User ",
                (Ty::People, _) => "Group ",
                _ => "",
            };
            let over = down(tape, scope, set);
            let mut inner = scope.clone();
            inner.know(&name, ty);
            let body = down(tape, &mut inner, Ty::Bool);
            scope.fresh = inner.fresh;
            format!("{word}({filter}{name} in {over}: ({name} == {name}) and {body})")
        }
        // Only what has a name is narrowed.
        14 => {
            let Some(user) = scope.some(tape, Ty::User) else { return "true".to_owned() };
            format!("({user} has boss and {user}.boss.age > {})", down(tape, scope, Ty::Int))
        }
        15 => {
            let Some(doc) = scope.some(tape, Ty::Doc) else { return "true".to_owned() };
            format!("({doc}.by is User and {doc}.by.age < {})", down(tape, scope, Ty::Int))
        }
        16 => format!("({} like \"{}\")", down(tape, scope, Ty::Text), tape.pick(&["a*", "*b", "*", "a*b*"])),
        17 => {
            format!("({} matches \"{}\")", down(tape, scope, Ty::Text), tape.pick(&["a+b?", "[0-9.]+", ".*"]))
        }
        18 => format!("blocked({}, {})", down(tape, scope, Ty::User), down(tape, scope, Ty::Doc)),
        19 if scope.request => (*tape.pick(&[
            "(context has ip and context.ip in OFFICE)",
            "(context has deep and context.deep.ok)",
            "(context has who and context.who in d)",
            "(context has deep.n and context.deep.n > 0)",
            "action in [Action::edit]",
            "(context has who and context.who is User and context.who == u)",
        ]))
        .replace("context.who in d)", "context.who in u.pals)"),
        20 if scope.functions > 0 => {
            let at = tape.below(scope.functions);
            format!(
                "f{at}({}, {}, {})",
                down(tape, scope, Ty::Int),
                down(tape, scope, Ty::Text),
                down(tape, scope, Ty::User)
            )
        }
        21 => format!("limit({}, {})", down(tape, scope, Ty::User), down(tape, scope, Ty::Int)),
        _ => format!("({}.notes[{}] is some)", down(tape, scope, Ty::User), down(tape, scope, Ty::Text)),
    }
}
