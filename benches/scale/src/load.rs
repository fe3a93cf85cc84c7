//! Data made in memory rather than read: a million entities and more, without their JSON.

use std::sync::Arc;

use assize::runtime::data::Bulk;
use assize::runtime::engine::{Engine, EngineKind, EngineOptions};
use assize::runtime::types::{EntityTypeId, GrantId};
use assize::{Entity, EntityUid, Value, Verified};
use assize_bench_common::clock::wall_time;
use assize_bench_common::memory::resident;
use assize_bench_common::table::{Picture, Table};

/// When decisions are made.
pub const NOW: i64 = 1_780_272_000_000;

/// A compiled program.
///
/// # Panics
///
/// If it does not compile.
pub fn program(source: &str) -> Verified {
    let builder = assize::Engine::builder().sources([("policies.assize", source)]);
    builder.and_then(|builder| builder.program()).unwrap_or_else(|error| panic!("{error}"))
}

/// The name of an entity of this type.
///
/// # Panics
///
/// If there is no such type.
pub fn uid(program: &Verified, ty: &str, id: &str) -> EntityUid {
    let ty = program.names().entity_types.get(ty).expect("the type is declared");
    EntityUid { ty: EntityTypeId(ty), id: id.into() }
}

/// Data while it is being made.
pub struct Load<'a> {
    program: &'a Verified,
    bulk: Bulk<'a>,
}

impl<'a> Load<'a> {
    /// Nothing yet.
    pub fn new(program: &'a Verified) -> Self {
        Load { program, bulk: Bulk::new(&program.schema) }
    }

    /// The name of an entity.
    pub fn uid(&self, ty: &str, id: &str) -> EntityUid {
        uid(self.program, ty, id)
    }

    /// Adds an entity.
    ///
    /// # Panics
    ///
    /// If it does not fit the schema.
    pub fn entity(&mut self, uid: EntityUid, parents: Vec<EntityUid>, attributes: &[(&'static str, Value)]) {
        let attributes = attributes.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
        self.bulk.upsert(uid, Entity { parents, attributes }).expect("the entity fits");
    }

    /// Adds a grant row.
    ///
    /// # Panics
    ///
    /// If it does not fit the schema.
    pub fn grant(&mut self, grant: &str, args: &[EntityUid], until: Option<i64>) {
        let grant = GrantId(self.program.names().grants.get(grant).expect("the grant is declared"));
        let args: Arc<[Value]> = args.iter().map(|uid| Value::Entity(uid.clone())).collect();
        self.bulk.grant(grant, args, until, NOW).expect("the row fits");
    }
}

/// What it took to get ready.
pub struct Cost {
    /// From nothing to checked data, in seconds.
    pub data: f64,
    /// From data to an engine that decides, in seconds.
    pub link: f64,
    /// Of this process with the engine in it, in MiB; what the benchmark itself holds is in it.
    pub memory: Option<f64>,
    /// Bytes of an entity, as the engine tells.
    pub entity: f64,
    /// Bytes of a grant row, if there are any.
    pub row: Option<f64>,
}

/// Makes data and an engine with native code over it.
///
/// # Panics
///
/// If something does not fit, or there is no native code.
pub fn engine(program: &Verified, fill: impl FnOnce(&mut Load<'_>)) -> (Engine, Cost) {
    let start = wall_time();
    let mut load = Load::new(program);
    fill(&mut load);
    let data = load.bulk.finish().expect("the hierarchy has no cycle");
    let filled = wall_time();
    let options = EngineOptions {
        engine: EngineKind::Jit,
        params: vec![],
        data: Some(data),
        ..EngineOptions::default()
    };
    let engine = Engine::new(program.clone(), options).unwrap_or_else(|error| panic!("{error}"));
    assert!(engine.is_native(), "native code was asked for");
    let link = (wall_time() - filled) / 1e9;
    let (memory, stats) = (resident(), engine.stats());
    let row = (stats.data.grant_rows > 0).then(|| stats.bytes_per_grant_row());
    let cost = Cost { data: (filled - start) / 1e9, link, memory, entity: stats.bytes_per_entity(), row };
    (engine, cost)
}

/// A table of what it took to get ready.
pub fn table(name: &str, title: &str) -> Table {
    let columns = [
        ("data", "s"),
        ("link", "s"),
        ("memory", "MiB"),
        ("bytes an entity", "bytes"),
        ("bytes a row", "bytes"),
    ];
    Table::new(name, title, "what", &columns, Picture::Groups(vec!["data".into(), "link".into()]))
}

impl Cost {
    /// As a row of [`table`].
    pub fn row(&self, table: &mut Table, name: &str) {
        table.row(name, &[Some(self.data), Some(self.link), self.memory, Some(self.entity), self.row]);
    }
}
