//! Random packages with data and requests: well-typed policies that nobody would write, over one schema that has something of
//! everything. What the two engines make of them must be the same.

mod data;
mod policies;
pub mod small;

use assize_examples::Rng;

pub use data::{requests, rows};
pub use policies::policies;

/// What all random packages declare.
pub const SCHEMA: &str = r#"
ordered enum Level { low, mid, high }
enum Colour { red, green, blue }
entity Group in Group { lead: User, size: Int }
entity User in Group {
  age: Int
  score: Decimal
  name: String
  level: Level
  boss?: User
  nick?: String
  limit?: Int
  friends: Set<User>
  nums: Set<Int>
  ip: Ip
  born: Datetime
  shift: Duration
  zone: Zone
  home: { city: String, zip?: Int }
  labels: Map<String, Int>
  can: Set<Action>
}
entity Folder in Folder { owner: User }
entity Doc in Folder {
  owner: User
  editor: User | Group
  reviewer?: User | Group
  level: Level
  colour: Colour
  price: Decimal
  tags: Set<String>
  readers: Set<User | Group>
  due: Datetime
  size: Int
}
action read, write on Doc by User with { mfa: Bool, n: Int, ip?: Ip, tags: Set<String>, place: { city: String, zip?: Int } }
action edit on Doc by User with { mfa: Bool, n: Int, ip?: Ip, tags: Set<String>, place: { city: String, zip?: Int } } includes write
action list on Doc | Folder | Stage by User | Group with { mfa: Bool, n: Int, ip?: Ip, tags: Set<String>, place: { city: String, zip?: Int } }
entity Stage = "dev" | "prod"
external entity Token in Group { user: User, level: Level, n: Int }
action call on Doc | Stage by Token with { n: Int }
param NETS: Set<Cidr> = [cidr"10.0.0.0/8", cidr"2001:db8::/32"]
const LIMIT: Int = 7
obligation log(text: String)
obligation mask(levels: Set<Level>, n: Int)
grant viewer(who: User | Group, what: Doc | Folder) {
  @id("viewer") allow User in who to read on Doc in what
}
grant tier(who: User, bonus: Int, levels: Set<Level>) {
  @id("tier") allow User u in who to edit on Doc d when u.age + bonus > d.size and d.level in levels oblige mask(levels, bonus + 1)
}
grant crowd(who: Set<User | Group>, can: Set<Action>, what: Doc) {
  @id("crowd") allow User in who to * on Doc in what when action in can
}
grant blocked(who: User | Group, what: Doc | Folder)
grant tagged(what: Doc | Folder, tag: String)
fn senior(u: User, n: Int) -> Bool = u.age > n or (u has boss and u.boss.age > n + 1)
fn leads(u: User, g: User | Group) -> Bool = if g is Group then g.lead == u else g == u
fn sum(a: Int, b: Int) -> Int = a + b
fn close(s: Set<User>, u: User) -> Bool = any(f in s: f == u or any(g in f.friends: g == u))
"#;

/// A package with everything needed to decide.
#[derive(Clone, Debug)]
pub struct RandomPackage {
    /// Policy text, [`SCHEMA`] included.
    pub text: String,
    /// NDJSON.
    pub data: String,
    /// One request for each line.
    pub requests: String,
}

/// The package of a seed, always the same.
pub fn package(seed: u64, policies: usize, requests: usize) -> RandomPackage {
    let mut rng = Rng::new(seed);
    let text = format!("{SCHEMA}\n{}", self::policies(&mut rng, policies));
    let data = rows(&mut rng);
    let requests = self::requests(&mut rng, requests);
    RandomPackage { text, data, requests }
}
