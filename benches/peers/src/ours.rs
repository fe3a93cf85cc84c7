//! Assize: the packages in `examples/` as a service would embed them, with the same data.

use std::hint::black_box;
use std::path::Path;
use std::rc::Rc;

use assize::Reader;
use assize::runtime::json::{Clock, read_request};
use assize::{
    ActionHandle, AsRecord, ContextHandle, Decisions, EngineKind, EntityHandle, Fields, Given, IdRequest,
    Request,
};
use assize_bench_common::clock::Stopwatch;
use assize_examples::NOW;

use rustc_hash::FxHashMap;

use crate::app::ByHand;
use crate::engine::{Boundary, Engine, Prepared, WARM};
use crate::lineup::{limits, named, texts};
use crate::store::Store;
use crate::wire::{Device, DriveContext, ForgeContext, Named, TodoContext};

/// The machine code and the interpreter.
pub fn engines<'a, A: ByHand + 'a>(store: &'a Store, boundary: Boundary) -> Vec<Box<dyn Engine + 'a>> {
    let mut engines = vec![
        engine::<A>(store, boundary, "assize-jit", EngineKind::Jit, true),
        engine::<A>(store, boundary, "assize-engine", EngineKind::Jit, false),
    ];
    if boundary == Boundary::Ids {
        engines.push(Box::new(Batch::new(store)));
    }
    engines.push(engine::<A>(store, boundary, "assize-interpreter", EngineKind::Interpreter, false));
    engines
}

/// Requests of a batch.
const BATCH: usize = 4_096;

/// Machine code, many requests in one call.
struct Batch {
    engine: assize::Engine,
    requests: Vec<IdTuple>,
    numbers: Vec<u32>,
}

/// A request by handles.
type IdTuple = (EntityHandle, ActionHandle, EntityHandle, Rc<ContextHandle>);

impl Batch {
    fn new(store: &Store) -> Batch {
        let engine = build(store, EngineKind::Jit);
        let requests = by_ids(store, &engine);
        Batch { engine, numbers: (0..requests.len() as u32).collect(), requests }
    }

    /// In batches of [`BATCH`] requests, as a batch takes them, made anew: a service would fill such a list.
    fn decide(&self, mut each: impl FnMut(&Decisions)) {
        let mut requests: Vec<IdRequest<'_>> = Vec::with_capacity(BATCH);
        let mut decisions = Decisions::default();
        for batch in self.requests.chunks(BATCH) {
            requests.clear();
            requests.extend(batch.iter().map(by_id));
            self.engine.decide_batch_at(&requests, &mut decisions, NOW);
            each(&decisions);
        }
    }
}

fn by_id((principal, action, resource, context): &IdTuple) -> IdRequest<'_> {
    IdRequest { principal: *principal, action: *action, resource: *resource, context }
}

impl Engine for Batch {
    fn name(&self) -> &str {
        "assize-batch"
    }

    fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// All of them: a batch is decided as a whole.
    fn warm(&self) {
        self.decide(|decisions| {
            black_box(decisions.len());
        });
    }

    fn round(&self) -> usize {
        let mut count = 0;
        self.decide(|decisions| count += (0..decisions.len()).filter(|at| decisions.is_allowed(*at)).count());
        count
    }

    fn decisions(&self) -> Vec<bool> {
        let mut all = Vec::with_capacity(self.requests.len());
        self.decide(|decisions| {
            let errors = decisions.errors();
            assert!(errors.is_empty(), "the handles are good: {errors:?}");
            all.extend((0..decisions.len()).map(|at| decisions.is_allowed(at)));
        });
        all
    }

    /// A batch has no single decisions.
    fn each(&self, _: &Stopwatch, _: &mut Vec<f64>) {}
}

/// Machine code in a loop: a reader that looks for a newer snapshot before each decision.
struct InLoop<R, F> {
    reader: Reader,
    requests: Vec<R>,
    numbers: Vec<u32>,
    decide: F,
}

impl<R, F: Fn(&Reader, &R) -> bool> InLoop<R, F> {
    fn new(engine: &assize::Engine, requests: Vec<R>, decide: F) -> Self {
        InLoop { reader: engine.reader(), numbers: (0..requests.len() as u32).collect(), requests, decide }
    }

    #[inline]
    fn allowed(&self, reader: &mut Reader, request: &R) -> bool {
        reader.refresh();
        (self.decide)(reader, request)
    }

    /// Hands the answer to each request over.
    #[inline]
    fn decide(&self, mut each: impl FnMut(bool)) {
        let mut reader = self.reader.clone();
        for request in &self.requests {
            each(self.allowed(&mut reader, black_box(request)));
        }
    }
}

impl<R, F: Fn(&Reader, &R) -> bool> Engine for InLoop<R, F> {
    fn name(&self) -> &str {
        "assize-jit"
    }

    fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    fn warm(&self) {
        let mut reader = self.reader.clone();
        for request in self.requests.iter().take(WARM) {
            black_box(self.allowed(&mut reader, black_box(request)));
        }
    }

    fn round(&self) -> usize {
        let mut count = 0;
        self.decide(|allowed| count += usize::from(black_box(allowed)));
        count
    }

    fn decisions(&self) -> Vec<bool> {
        let mut decisions = Vec::with_capacity(self.requests.len());
        self.decide(|allowed| decisions.push(allowed));
        decisions
    }

    fn each(&self, watch: &Stopwatch, times: &mut Vec<f64>) {
        let mut reader = self.reader.clone();
        times.extend(self.requests.iter().map(|request| {
            let (answer, time) = watch.time(|| self.allowed(&mut reader, black_box(request)));
            black_box(answer);
            time
        }));
    }
}

/// All requests by handles.
fn by_ids(store: &Store, engine: &assize::Engine) -> Vec<IdTuple> {
    let program = engine.program();
    // A handle is made to be used many times: requests with equal contexts share one.
    let mut contexts = FxHashMap::default();
    let prepared = store.requests.iter().zip(&store.context_texts).map(|(request, text)| {
        let action = engine.action(&request.action).expect("the action exists");
        let context = contexts.entry((&request.action, text)).or_insert_with(|| {
            let query =
                read_request(&program, &request.json, Clock::At(NOW)).expect("generated requests make sense");
            Rc::new(engine.context(action, query.context).expect("the context fits"))
        });
        let context = context.clone();
        let principal = engine.entity(&request.principal.ty, &request.principal.id);
        let resource = engine.entity(&request.resource.ty, &request.resource.id);
        (principal.expect("it exists"), action, resource.expect("it exists"), context)
    });
    prepared.collect()
}

/// What the interpreter says to each request: whether it is allowed, and the ids of the determining policies.
pub fn reports(store: &Store) -> Vec<(bool, Vec<String>)> {
    let engine = build(store, EngineKind::Interpreter);
    let reports = store.requests.iter().map(|request| {
        let report = engine.report_json_at(&request.json, NOW).expect("generated requests make sense");
        (report.allowed(), report.policies().map(str::to_owned).collect())
    });
    reports.collect()
}

fn build(store: &Store, kind: EngineKind) -> assize::Engine {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(store.app.name());
    let builder = assize::Engine::builder()
        .engine(kind)
        .compiling(assize::Compiling::InTurn)
        .data("entities.ndjson", store.data.as_bytes());
    let engine = builder.package(package).and_then(|builder| builder.build());
    let engine = engine.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(engine.is_native(), kind == EngineKind::Jit, "the engine is the one that was asked for");
    engine
}

/// Ids, names or JSON in; with a reader in a loop where that is what is measured.
fn engine<'a, A: ByHand + 'a>(
    store: &'a Store,
    boundary: Boundary,
    name: &'static str,
    kind: EngineKind,
    is_in_loop: bool,
) -> Box<dyn Engine + 'a> {
    let engine = build(store, kind);
    let most = if kind == EngineKind::Jit { usize::MAX } else { limits::MICROSECONDS };
    macro_rules! of {
        ($requests:expr, $by:ident, $request:pat, $ty:ty => $decision:expr) => {
            if is_in_loop {
                Box::new(InLoop::new(&engine, $requests, |$by: &Reader, $request: &$ty| {
                    $decision.expect("generated requests make sense").allowed()
                }))
            } else {
                let requests = $requests;
                let $by = engine;
                let decide =
                    move |$request: &$ty| $decision.expect("generated requests make sense").allowed();
                Box::new(Prepared::new(name, requests, decide).at_most(most))
            }
        };
    }
    match boundary {
        Boundary::Ids => of!(by_ids(store, &engine), by, (principal, action, resource, context), IdTuple => {
            by.decide_ids_at(*principal, *action, *resource, context, NOW)
        }),
        // With the very names and contexts that the service written by hand takes.
        Boundary::Names => of!(named::<A>(store), by, named, Named<'_, A::Context<'a>> => {
            let request = Request::new(named.principal, named.action, named.resource);
            by.decide_at(&request.with_fields(&named.context), NOW)
        }),
        Boundary::Json => of!(texts(store), by, text, &str => by.decide_json_at(text, NOW)),
    }
}

impl AsRecord for ForgeContext<'_> {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("mfa", self.mfa);
        if let Some(forced) = self.forced {
            fields.put("branch", &self.branch).put("forced", forced);
        }
    }
}

impl AsRecord for DriveContext {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("mfa", self.mfa).put("ip", self.ip).put_record("device", &self.device);
    }
}

impl AsRecord for Device {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("managed", self.managed);
    }
}

impl AsRecord for TodoContext<'_> {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        if let Some(target) = &self.target {
            fields.put("target", Given::Entity(&target.ty, &target.id));
        }
    }
}
