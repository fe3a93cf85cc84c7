//! From text to native code, for information: checking, linking with the data, and the first request of each kind, for
//! which its code is made.

use assize_bench_common::table::{Picture, Table};
use assize_compiler::compile::Compilation;
use assize_runtime::engine::{Engine, EngineOptions};
use assize_runtime::json;

use crate::check;
use crate::generate::sample::{self, Asked};
use crate::generate::schema::AREAS;
use crate::generate::{Generated, Random};
use crate::measure::took;

/// The most policies for which native code is made here: most are different, and each has its own.
const MOST: usize = 10_000;

/// A row for each number of policies.
pub fn run(policies: &[usize], seed: u64) -> Table {
    let columns = [
        ("check", "ms"),
        ("link", "ms"),
        ("first calls", "ms"),
        ("in all", "ms"),
        ("environments", "environments"),
    ];
    let picture = Picture::Groups(["check", "link", "first calls"].map(str::to_owned).to_vec());
    let title = "from text to native code, by the wall; first calls: one request for each environment";
    let mut table = Table::new("compile/native", title, "policies", &columns, picture);
    for &count in policies.iter().filter(|count| **count <= MOST) {
        let package = Generated::new(count, AREAS.len(), seed);
        let mut random = Random(seed);
        let entities = serde_json::Value::from(sample::entities(&mut random)).to_string();
        let sources = check::sources(&package);
        let (check, compilation) = took(|| check::assize(sources));
        let Compilation { program, .. } = compilation;
        let program = program.expect("it compiled");
        let data = json::load(&program.schema, [("entities.json", entities.as_bytes())], 0);
        let options = EngineOptions { data: Some(data.expect("the data fits")), ..EngineOptions::default() };
        let (link, engine) = took(|| Engine::new(program, options).expect("an engine"));
        let requests: Vec<String> =
            sample::each_environment(&mut random).iter().map(Asked::to_json).collect();
        let (first, allowed) = took(|| {
            requests.iter().filter(|text| engine.decide_json(text).expect("it makes sense").allowed()).count()
        });
        assert!(allowed <= requests.len());
        let [check, link, first] = [check, link, first].map(|took| took.wall * 1e3);
        let all = check + link + first;
        table.row(
            count.to_string(),
            &[Some(check), Some(link), Some(first), Some(all), Some(requests.len() as f64)],
        );
    }
    table
}
