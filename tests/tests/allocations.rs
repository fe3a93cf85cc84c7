//! Deciding by handles allocates nothing: no deny, no allow, and no allow with obligations that say the same in every decision.

use allocation_counter::measure;
use assize::{Compiling, Decision, Decisions, Engine, IdRequest};
use assize_examples::{App, NOW, generate};

/// Rounds of decisions before none allocates any more: what tables do not tell needs machine code.
const WARM: usize = 1;

fn allocations(decide: impl FnOnce()) -> u64 {
    measure(decide).count_total
}

#[test]
fn deciding_by_handles_allocates_nothing() {
    let mut seen = [0; 3];
    for app in App::ALL {
        let generated = generate(app, 12, 300, 5);
        let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(app.name());
        let builder = Engine::builder()
            .package(package)
            .expect("it compiles")
            .data("generated", &*generated.data)
            .compiling(Compiling::InTurn);
        let engine = builder.build().expect("the data fits");
        assert!(engine.is_native());
        let program = engine.program();
        let names = program.names();
        let mut requests = Vec::new();
        for line in generated.requests.lines() {
            let query = engine.report_json_at(line, NOW).expect("sense").query().clone();
            let entity = |uid: &assize::EntityUid| engine.entity(names.entity_type(uid.ty), &uid.id).ok();
            if let (Some(principal), Some(resource)) = (entity(&query.principal), entity(&query.resource)) {
                let action = engine.action(names.action(query.action)).expect("known");
                let context = engine.context(action, query.context).expect("it fits");
                requests.push((principal, action, resource, context));
            }
        }
        let batch: Vec<_> = requests
            .iter()
            .map(|(principal, action, resource, context)| IdRequest {
                principal: *principal,
                action: *action,
                resource: *resource,
                context,
            })
            .collect();
        let reader = engine.reader();
        let mut decisions = Decisions::default();
        // Decisions would make the tables otherwise.
        engine.prepare_at(NOW);
        for round in 0..=WARM {
            for (principal, action, resource, context) in &requests {
                let mut decision = None;
                let by_engine = allocations(|| {
                    decision = engine.decide_ids_at(*principal, *action, *resource, context, NOW).ok();
                });
                let mut again = None;
                let by_reader = allocations(|| {
                    again = reader.decide_ids_at(*principal, *action, *resource, context, NOW).ok();
                });
                assert!(decision.is_some() && decision == again, "{app}");
                if round == WARM {
                    assert_eq!((by_engine, by_reader), (0, 0), "{app}: {decision:?}");
                    seen[match decision {
                        Some(Decision::Deny) => 0,
                        Some(Decision::Allow) => 1,
                        _ => 2,
                    }] += 1;
                }
            }
            let in_batch = allocations(|| reader.decide_batch_at(&batch, &mut decisions, NOW));
            assert!(round < WARM || in_batch == 0, "{app}");
        }
    }
    assert!(seen.iter().all(|count| *count > 20), "each kind of decision was there: {seen:?}");
}
