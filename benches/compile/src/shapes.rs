//! Native code for very many policies: of ten shapes, where one function serves ten thousand of them, and all of different shapes,
//! where nothing can be shared and the interpreter may decide until code is there.

use std::fmt::Write;

use assize_bench_common::clock::wall_time;
use assize_bench_common::table::{Picture, Table};
use assize_compiler::compile::compile_to_run;
use assize_compiler::package::PackageSources;
use assize_runtime::data::{Bulk, Data, Entity};
use assize_runtime::engine::{Engine, EngineKind, EngineOptions, EntityHandle};
use assize_runtime::types::EntityTypeId;
use assize_runtime::{Decision, EntityUid, Value, Verified};

use crate::generate::Random;
use crate::measure::took;

const SCHEMA: &str = r#"module shapes

entity User in Group {
  department: String
  site: String
  clearance: Int
  grade: Int
  age: Int
  years: Int
  external: Bool
}
entity Group
entity Folder in Folder
entity Document in Folder {
  owner: User
  department: String
  site: String
  level: Int
  size: Int
  version: Int
  weight: Int
  sealed: Bool
}

action read, write on Document by User
"#;

const ENTITIES: usize = 500;
/// Few, because the interpreter looks at each of the policies for each.
const REQUESTS: usize = 256;
/// Groups and folders, and values of each text.
const NAMES: usize = 400;

/// A policy of one of ten shapes: what differs is constants.
fn of_ten(random: &mut Random, nth: usize) -> String {
    let mut name = |kind: &str| format!("\"{kind}{}\"", random.below(NAMES));
    let (group, folder) = (name("g"), name("f"));
    let (department, site) = (name("department"), name("site"));
    let number = random.below(100);
    let head = |effect: &str, action: &str| format!("{effect} User u to {action} on Document d\n  when ");
    match nth % 10 {
        0 => format!(
            "allow User u in Group::{group} to read on Document d in Folder::{folder}\n  when d.level < u.clearance\n"
        ),
        1 => format!(
            "{}u.department == {department} and d.department == {department}\n",
            head("allow", "read")
        ),
        2 => format!(
            "{}u.site == {site} and d.site == {site} and not d.sealed\n",
            head("allow", "read, write")
        ),
        3 => format!(
            "{}d.department == {department} and u.grade >= {number} and u.site == {site}\n",
            head("allow", "read")
        ),
        4 => format!(
            "allow User u in Group::{group} to write on Document d\n  when d.owner == u and d.size < {number}\n"
        ),
        5 => format!(
            "allow User u to read on Document d in Folder::{folder}\n  when u.department == {department}\n"
        ),
        6 => format!(
            "{}u.department == {department} and d.site == {site} and d.version > {number}\n",
            head("allow", "read")
        ),
        7 => format!(
            "deny User u in Group::{group} to write on Document d in Folder::{folder}\n  when u.external\n"
        ),
        8 => format!(
            "{}d.department == {department} and u.site == {site} and d.sealed\n",
            head("deny", "read")
        ),
        _ => format!(
            "{}u.department == {department} and d.site == {site} and u.age < {number}\n",
            head("deny", "write")
        ),
    }
}

/// A policy whose shape no other number has: three comparisons, each of one of four attributes with another, by one of six operators.
/// Every third is behind a group, so that some of them can be passed over.
fn of_its_own(random: &mut Random, nth: usize) -> String {
    const USER: [&str; 4] = ["clearance", "grade", "age", "years"];
    const DOCUMENT: [&str; 4] = ["level", "size", "version", "weight"];
    const OPERATORS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];
    let mut rest = nth;
    let mut digit = |base: usize| {
        let digit = rest % base;
        rest /= base;
        digit
    };
    let mut comparison = || {
        let (user, operator, document) = (USER[digit(4)], OPERATORS[digit(6)], DOCUMENT[digit(4)]);
        format!("u.{user} {operator} d.{document}")
    };
    // 96 * 96 * 96 shapes: more than there are policies.
    let (first, second, third) = (comparison(), comparison(), comparison());
    let group = if nth.is_multiple_of(3) {
        format!(" in Group::\"g{}\"", random.below(NAMES))
    } else {
        String::new()
    };
    let effect = if nth.is_multiple_of(5) { "deny" } else { "allow" };
    let number = 60 + random.below(35);
    format!(
        "{effect} User u{group} to read on Document d\n  when ({first} and {second}) or ({third} and u.grade + d.weight > {number} and d.sealed)\n"
    )
}

fn source(count: usize, policy: fn(&mut Random, usize) -> String) -> PackageSources {
    let mut random = Random(count as u64);
    let mut files = vec![("schema.assize".to_owned(), SCHEMA.to_owned())];
    for first in (0..count).step_by(500) {
        let mut text = "module shapes\n".to_owned();
        for nth in first..count.min(first + 500) {
            let _ = write!(text, "\n@id(\"p{nth}\")\n{}", policy(&mut random, nth));
        }
        files.push((format!("policies-{first:06}.assize"), text));
    }
    PackageSources::from_texts(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

/// Who, the number of an action, and on what.
type Asked = (EntityHandle, usize, EntityHandle);

/// Made once for both engines that are compared.
fn entities(program: &Verified) -> Data {
    let mut random = Random(7);
    let mut bulk = Bulk::new(&program.schema);
    let uid = |ty: &str, id: String| {
        let ty = program.names().entity_types.get(ty).expect("the type is declared");
        EntityUid { ty: EntityTypeId(ty), id: id.into() }
    };
    let mut add = |uid: EntityUid, parents: Vec<EntityUid>, attributes: Vec<(&str, Value)>| {
        let attributes = attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
        bulk.upsert(uid, Entity { parents, attributes }).expect("the entity fits");
    };
    for number in 0..NAMES {
        add(uid("Group", format!("g{number}")), vec![], vec![]);
        let above = (number > 20).then(|| uid("Folder", format!("f{}", random.below(20))));
        add(uid("Folder", format!("f{number}")), above.into_iter().collect(), vec![]);
    }
    for number in 0..ENTITIES {
        let text =
            |random: &mut Random, kind: &str| Value::String(format!("{kind}{}", random.below(NAMES)).into());
        let int = |random: &mut Random| Value::Int(random.below(100) as i64);
        let groups = (0..3).map(|_| uid("Group", format!("g{}", random.below(NAMES)))).collect();
        let user = vec![
            ("department", text(&mut random, "department")),
            ("site", text(&mut random, "site")),
            ("clearance", int(&mut random)),
            ("grade", int(&mut random)),
            ("age", int(&mut random)),
            ("years", int(&mut random)),
            ("external", Value::Bool(random.percent(20))),
        ];
        add(uid("User", format!("u{number}")), groups, user);
        let document = vec![
            ("owner", Value::Entity(uid("User", format!("u{}", random.below(ENTITIES))))),
            ("department", text(&mut random, "department")),
            ("site", text(&mut random, "site")),
            ("level", int(&mut random)),
            ("size", int(&mut random)),
            ("version", int(&mut random)),
            ("weight", int(&mut random)),
            ("sealed", Value::Bool(random.percent(20))),
        ];
        let folder = uid("Folder", format!("f{}", random.below(NAMES)));
        add(uid("Document", format!("d{number}")), vec![folder], document);
    }
    bulk.finish().expect("the hierarchy has no cycle")
}

pub(crate) fn run(quick: bool, ready: &mut impl FnMut(Table)) {
    let columns = [
        ("source to Program", "ms"),
        ("link", "ms"),
        ("first request", "ms"),
        ("usable after load", "ms"),
        ("longest of the first", "ms"),
        ("native after", "ms"),
        ("source to native", "ms"),
        ("ns/decision then", "ns"),
    ];
    let picture = Picture::Groups(
        ["source to Program", "link", "first request", "native after"].map(str::to_owned).to_vec(),
    );
    let title = "very many policies, by the wall, from source to native code";
    let mut table = Table::new("compile/shapes", title, "policies", &columns, picture);
    let (few, many) = if quick { (300, 3_000) } else { (10_000, 100_000) };
    row(&mut table, &format!("{many} of ten shapes"), source(many, of_ten));
    row(&mut table, &format!("{few} of {few} shapes"), source(few, of_its_own));
    table.note("usable after load: link and the first request of each kind; native after: until rounds of requests no longer get quicker");
    ready(table);
}

fn row(table: &mut Table, name: &str, sources: PackageSources) {
    let (source, compilation) = took(|| compile_to_run(sources));
    let errors = compilation.diagnostics.iter().filter(|located| located.is_error());
    let errors: Vec<_> = errors.take(3).map(|located| &located.diagnostic.message).collect();
    let program = compilation.program.unwrap_or_else(|| panic!("{name} does not compile: {errors:?}"));
    let data = entities(&program);
    let begin = wall_time();
    let engine = make(&program, &data, EngineKind::Jit);
    let since = || (wall_time() - begin) / 1e6;
    let link = since();
    let mut random = Random(11);
    let actions = ["read", "write"].map(|action| engine.action(action).expect("it is declared"));
    let contexts =
        actions.map(|action| engine.context(action, Value::Record(Default::default())).expect("it is empty"));
    let asked: Vec<(usize, usize, usize)> = (0..REQUESTS)
        .map(|nth| {
            (random.below(ENTITIES), if nth < 2 { nth } else { random.below(2) }, random.below(ENTITIES))
        })
        .collect();
    let handles = |engine: &Engine| -> Vec<Asked> {
        let entity = |ty: &str, id: String| engine.entity(ty, &id).expect("it is in the data");
        let pairs = asked.iter().map(|(user, action, document)| {
            (entity("User", format!("u{user}")), *action, entity("Document", format!("d{document}")))
        });
        pairs.collect()
    };
    let requests = handles(&engine);
    let looked_up = since();
    let decide = |(principal, action, resource): &Asked| {
        let decision = engine.decide_ids_at(*principal, actions[*action], *resource, &contexts[*action], 0);
        decision.expect("the handles are good") == Decision::Allow
    };
    let (mut longest, mut decisions) = (0.0_f64, Vec::with_capacity(requests.len()));
    let mut first = 0.0;
    for (nth, request) in requests.iter().enumerate() {
        let start = since();
        decisions.push(decide(request));
        longest = longest.max(since() - start);
        // The first two are one of each action, which is one of each environment.
        if nth == 1 {
            first = since() - looked_up;
        }
    }
    // Until three rounds in a row are no quicker than the best one before by more than a tenth, 20 seconds at most.
    let (mut best, mut best_at, mut stale) = (f64::MAX, since(), 0);
    while stale < 3 && since() < 20_000.0 {
        let start = since();
        let same = requests.iter().zip(&decisions).all(|(request, decision)| decide(request) == *decision);
        assert!(same, "{name}: a decision changed with the code that makes it");
        let each = (since() - start) * 1e6 / requests.len() as f64;
        if each < best * 0.9 {
            (best, best_at, stale) = (each, start, 0);
        } else {
            stale += 1;
        }
    }
    assert_interpreted(name, &program, &data, &decisions, handles);
    let native = best_at - (looked_up - link);
    let values =
        [source.wall * 1e3, link, first, link + first, longest, native, source.wall * 1e3 + native, best];
    table.row(name, &values.map(Some));
}

fn make(program: &Verified, data: &Data, kind: EngineKind) -> Engine {
    let options =
        EngineOptions { engine: kind, params: vec![], data: Some(data.clone()), ..EngineOptions::default() };
    let engine = Engine::new(program.clone(), options).expect("an engine");
    assert_eq!(engine.is_native(), kind == EngineKind::Jit, "the engine is the one that was asked for");
    engine
}

/// The interpreter makes the same decisions; some are enough, because it looks at each policy.
fn assert_interpreted(
    name: &str,
    program: &Verified,
    data: &Data,
    decisions: &[bool],
    handles: impl Fn(&Engine) -> Vec<Asked>,
) {
    let engine = make(program, data, EngineKind::Interpreter);
    let actions = ["read", "write"].map(|action| engine.action(action).expect("it is declared"));
    let contexts =
        actions.map(|action| engine.context(action, Value::Record(Default::default())).expect("it is empty"));
    for ((principal, action, resource), expected) in handles(&engine).into_iter().zip(decisions).take(32) {
        let (action, context) = (actions[action], &contexts[action]);
        let decision = engine.decide_ids_at(principal, action, resource, context, 0);
        assert_eq!(
            decision.expect("good handles") == Decision::Allow,
            *expected,
            "{name}: the interpreter differs"
        );
    }
}
