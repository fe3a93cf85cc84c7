//! Rules over attributes as a hospital has them: six shapes, allows and denies, that name wards, roles, departments and kinds of record.
//!
//! Disjoint: the more policies, the more wards, so that each ward has as many rules. Overlapping: eight wards, whose rules
//! differ in the grade that they ask for.

use std::fmt::Write;

use assize_bench_common::dice::Dice;
use rustc_hash::FxHashMap;
use serde_json::json;

use crate::case::{Case, Entity, document, requests, user};

const USERS: usize = 1_000;
const DOCUMENTS: usize = 1_000;
const ROLES: [&str; 5] = ["nurse", "doctor", "surgeon", "clerk", "intern"];
const KINDS: [&str; 4] = ["chart", "lab", "billing", "psych"];
const GRADES: usize = 100;

struct Person {
    role: usize,
    ward: usize,
    department: usize,
    grade: u32,
    on_duty: bool,
}

struct Record {
    ward: usize,
    kind: usize,
    sealed: bool,
}

/// For each rule what it names, and the least grade that it asks for.
type Rules<K> = FxHashMap<K, u32>;

#[derive(Default)]
struct Hand {
    duty: Rules<(usize, usize)>,
    department: Rules<(usize, usize)>,
    neighbours: Rules<(usize, usize)>,
    role: Rules<(usize, usize)>,
    sealed: Rules<(usize, usize)>,
    barred: Rules<(usize, usize)>,
}

/// The rule with the least grade wins over others that name the same.
fn add(rules: &mut Rules<(usize, usize)>, key: (usize, usize), grade: u32) {
    rules.entry(key).and_modify(|least| *least = grade.min(*least)).or_insert(grade);
}

/// So many policies.
pub fn case(policies: usize, count: usize, overlapping: bool) -> Case {
    let mut dice = Dice::new(policies as u64 + 7);
    let wards = if overlapping { 8 } else { (policies / 5).max(8) };
    let departments = wards.div_ceil(4);
    let mut source = "module hospital\n\nenum Role { nurse, doctor, surgeon, clerk, intern }\nenum Kind { chart, \
                      lab, billing, psych }\nentity User { role: Role, ward: String, department: String, grade: \
                      Int, on_duty: Bool }\nentity Document { ward: String, kind: Kind, sealed: Bool }\naction \
                      read on Document by User\n"
        .to_owned();
    let mut cedar = String::new();
    let mut hand = Hand::default();
    for at in 0..policies {
        let (ward, other) = (dice.roll(wards), dice.roll(wards));
        let (department, role, kind) =
            (dice.roll(departments), dice.roll(ROLES.len()), dice.roll(KINDS.len()));
        let grade = (1 + dice.roll(GRADES - 1)) as u32;
        let (role_name, kind_name) = (ROLES[role], KINDS[kind]);
        // Denies are rarer, and ask for what few have.
        let (effect, ours, theirs) = match at % 8 {
            0 | 6 => {
                add(&mut hand.duty, (ward, role), grade);
                let ours = format!(
                    "u.role == Role::{role_name} and u.ward == \"w{ward}\" and d.ward == u.ward and u.on_duty"
                );
                let theirs = format!(
                    "principal.role == \"{role_name}\" && principal.ward == \"w{ward}\" && resource.ward == principal.ward && principal.on_duty"
                );
                ("allow", ours, theirs)
            }
            1 | 7 => {
                add(&mut hand.department, (department, kind), grade);
                let ours = format!(
                    "u.department == \"d{department}\" and d.kind == Kind::{kind_name} and not d.sealed"
                );
                let theirs = format!(
                    "principal.department == \"d{department}\" && resource.kind == \"{kind_name}\" && !resource.sealed"
                );
                ("allow", ours, theirs)
            }
            2 => {
                add(&mut hand.neighbours, (ward, other), grade);
                let ours =
                    format!("u.ward == \"w{ward}\" and d.ward == \"w{other}\" and d.kind != Kind::psych");
                let theirs = format!(
                    "principal.ward == \"w{ward}\" && resource.ward == \"w{other}\" && resource.kind != \"psych\""
                );
                ("allow", ours, theirs)
            }
            3 => {
                add(&mut hand.role, (ward, role), grade);
                let ours = format!(
                    "d.ward == \"w{ward}\" and u.role in [Role::{role_name}, Role::surgeon] and d.kind == Kind::lab"
                );
                let theirs = format!(
                    "resource.ward == \"w{ward}\" && [\"{role_name}\", \"surgeon\"].contains(principal.role) && resource.kind == \"lab\""
                );
                ("allow", ours, theirs)
            }
            4 => {
                add(&mut hand.sealed, (department, kind), grade);
                let ours =
                    format!("d.sealed and d.kind == Kind::{kind_name} and u.department == \"d{department}\"");
                let theirs = format!(
                    "resource.sealed && resource.kind == \"{kind_name}\" && principal.department == \"d{department}\""
                );
                ("deny", ours, theirs)
            }
            _ => {
                add(&mut hand.barred, (ward, role), grade);
                let ours = format!("d.ward == \"w{ward}\" and u.role == Role::{role_name} and not u.on_duty");
                let theirs = format!(
                    "resource.ward == \"w{ward}\" && principal.role == \"{role_name}\" && !principal.on_duty"
                );
                ("deny", ours, theirs)
            }
        };
        let verb = if effect == "allow" { "permit" } else { "forbid" };
        writeln!(
            source,
            "\n@id(\"p{at}\")\n{effect} User u to read on Document d when {ours} and u.grade >= {grade}"
        )
        .expect("it is a string");
        writeln!(cedar, "{verb}(principal, action == Action::\"read\", resource) when {{ {theirs} && principal.grade >= {grade} }};")
            .expect("it is a string");
    }

    let mut entities = Vec::new();
    let (mut people, mut records) = (Vec::new(), Vec::new());
    for number in 0..USERS {
        let ward = dice.roll(wards);
        let person = Person {
            role: dice.roll(ROLES.len()),
            ward,
            department: ward % departments,
            grade: dice.roll(GRADES) as u32,
            on_duty: dice.chance(70),
        };
        let attributes = json!({
            "role": ROLES[person.role],
            "ward": format!("w{ward}"),
            "department": format!("d{}", person.department),
            "grade": person.grade,
            "on_duty": person.on_duty,
        });
        entities.push(Entity { ty: "User", id: user(number as u32), parents: vec![], attributes });
        people.push(person);
    }
    for number in 0..DOCUMENTS {
        // Half of what is asked for lies in the ward of some user's number.
        let ward = if dice.chance(50) { people[number % USERS].ward } else { dice.roll(wards) };
        let record = Record { ward, kind: dice.roll(KINDS.len()), sealed: dice.chance(15) };
        let attributes =
            json!({ "ward": format!("w{ward}"), "kind": KINDS[record.kind], "sealed": record.sealed });
        entities.push(Entity { ty: "Document", id: document(number as u32), parents: vec![], attributes });
        records.push(record);
    }
    let requests = requests(&mut dice, count, USERS, DOCUMENTS);
    let hand = Box::new(move |(user, document): (u32, u32)| {
        let (u, d) = (&people[user as usize], &records[document as usize]);
        let has = |rules: &Rules<(usize, usize)>, key| rules.get(&key).is_some_and(|grade| u.grade >= *grade);
        let surgeon = ROLES.iter().position(|role| *role == "surgeon") == Some(u.role);
        let denied = (d.sealed && has(&hand.sealed, (u.department, d.kind)))
            || (!u.on_duty && has(&hand.barred, (d.ward, u.role)));
        !denied
            && ((u.on_duty && d.ward == u.ward && has(&hand.duty, (u.ward, u.role)))
                || (!d.sealed && has(&hand.department, (u.department, d.kind)))
                || (d.kind != 3 && has(&hand.neighbours, (u.ward, d.ward)))
                || (d.kind == 1
                    && (has(&hand.role, (d.ward, u.role))
                        || (surgeon && (0..ROLES.len()).any(|role| has(&hand.role, (d.ward, role)))))))
    });
    let name = if overlapping { "hospital-overlapping" } else { "hospital-disjoint" };
    Case { name, policies, source, entities, cedar, requests, hand }
}
