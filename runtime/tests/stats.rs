//! What an engine says it holds, beside what the allocator and the kernel say.
#![cfg(feature = "jit")]

mod forge;

use assize_runtime::data::Data;
use assize_runtime::engine::{Engine, EngineKind, EngineOptions, Request, Stats};
use assize_runtime::program::{Policy, Program};
use assize_runtime::{Verified, verify};
use peak_alloc::PeakAlloc;

/// Counts bytes of all threads: code is made by several. There is one test here, so nobody else allocates.
#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What `make` makes, and how many bytes more are allocated afterwards.
fn allocated<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    let made = make();
    (made, ALLOCATOR.current_usage().checked_sub(before).expect("nothing is given back"))
}

fn assert_near(what: &str, told: usize, counted: usize, per_cent: usize) {
    let distance = told.abs_diff(counted);
    assert!(distance * 100 <= counted * per_cent, "{what}: {told} bytes told, {counted} counted");
}

/// Each policy so many times.
fn repeated(program: &Verified, times: usize) -> Vec<Policy> {
    let copies = |policy: &Policy| {
        let policy = policy.clone();
        (0..times)
            .map(move |time| Policy { id: format!("{}-of-many-{time}", policy.id).into(), ..policy.clone() })
    };
    let mut all = Vec::with_capacity(program.policies.len() * times);
    all.extend(program.policies.iter().flat_map(copies));
    all
}

fn engine(program: &Verified, data: &Data, kind: EngineKind) -> Engine {
    let options = EngineOptions { engine: kind, data: Some(data.clone()), ..EngineOptions::default() };
    Engine::new(program.clone(), options).unwrap()
}

/// Bytes of pages that this process may execute and that are of no file.
#[cfg(target_os = "linux")]
fn executable() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let sizes = maps.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (range, permissions) = (words.next()?, words.next()?);
        let of_nothing = words.nth(3).is_none_or(|file| file == "[heap]");
        let (start, end) = range.split_once('-')?;
        let address = |text| usize::from_str_radix(text, 16).unwrap();
        (permissions.contains('x') && of_nothing).then(|| address(end) - address(start))
    });
    sizes.sum()
}

#[test]
fn an_engine_tells_what_it_takes() {
    let few = forge::program(true);

    // Data: names of entities too long to stand in place, so that all there is to count occurs.
    let scale = 5_000;
    let (data, counted) = allocated(|| forge::data(&few, scale));
    let size = data.size();
    assert_eq!(size.entities, 3 * scale);
    assert_near("data", size.entity_bytes + size.grant_bytes, counted, 2);

    // Policies as a Program.
    let (policies, counted) = allocated(|| repeated(&few, 400));
    let program = Program { schema: few.schema.clone(), policies, ..Program::default() };
    let program = verify(program).unwrap();
    let interpreted = engine(&program, &data, EngineKind::Interpreter).stats();
    let pairs: usize = program.environments().iter().map(|it| program.applicable(*it).len() * 8).sum();
    assert_near("policies", interpreted.policy_bytes - pairs, counted, 2);
    assert_eq!(interpreted.native, None);

    // Rows, names and the hierarchy: what more data takes.
    let empty = Data::new(&few.schema);
    let (without, least) = allocated(|| engine(&few, &empty, EngineKind::Jit));
    let (linked, counted) = allocated(|| engine(&few, &data, EngineKind::Jit));
    let bytes = |stats: &Stats| {
        let native = stats.native.unwrap();
        native.row_bytes + native.name_bytes + native.ancestor_bytes + native.cell_bytes + native.grant_bytes
    };
    let stats = linked.stats();
    assert!(stats.native.unwrap().entities >= 3 * scale);
    assert_near("native data", bytes(&stats) - bytes(&without.stats()), counted - least, 2);

    // Indexes of many policies, beyond those of few.
    let (indexed, counted) = allocated(|| engine(&program, &empty, EngineKind::Jit));
    let native = indexed.stats().native.unwrap();
    assert!(native.indexed_policies > program.policies.len());
    // The code generator keeps tables of its own for each of five lookup functions.
    assert_near("indexes", native.index_bytes, counted - least, 20);

    // Machine code is made when it is needed.
    #[cfg(target_os = "linux")]
    {
        let before = executable();
        assert_eq!(linked.stats().native.unwrap().functions, 0);
        for action in forge::ACTIONS {
            let request = Request::new(("User", "u1"), action, ("Repository", "r1")).with(forge::office());
            linked.decide_at(&request, 0).unwrap();
        }
        let native = linked.stats().native.unwrap();
        assert_eq!((native.environments, native.compiled_environments), (5, 5));
        let grown = executable() - before;
        assert!(native.code_bytes <= grown && grown <= native.code_bytes + 5 * 4096, "{native:?}, {grown}");
    }

    // Tables of what is settled beforehand, and what of the Program they are made from: that came with the engine.
    let small = forge::data(&few, 40);
    let with = engine(&few, &small, EngineKind::Jit);
    let native = with.stats().native.unwrap();
    let plan = native.settled_bytes;
    assert!(native.settled_spans == 0 && plan > 0);
    let ((), counted) = allocated(|| with.prepare_at(0));
    let native = with.stats().native.unwrap();
    assert_eq!(native.settled_spans, 1);
    assert_near("tables", native.settled_bytes - plan, counted, 2);
    // A Program has as much to plan, however little data there is; with too much there are no tables.
    assert_eq!(without.stats().native.unwrap().settled_bytes, plan);
    let ((), counted) = allocated(|| linked.prepare_at(0));
    assert_eq!((linked.stats().native.unwrap().settled_spans, counted), (0, 0));

    let told = stats.to_string();
    assert!(told.starts_with("entities        15000 "), "{told}");
    assert!(stats.bytes_per_entity() > 100.0 && stats.bytes_per_grant_row() > 50.0, "{told}");
    assert!(indexed.stats().bytes_per_policy() > interpreted.bytes_per_policy());
}
