//! Shows that a generated package means the same in both languages: a comparison of times is worth nothing otherwise.

use std::collections::BTreeSet;
use std::str::FromStr;

use assize_runtime::engine::{Engine, EngineOptions};
use assize_runtime::json;
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, Request, Schema};

use crate::check;
use crate::generate::sample::{self, Asked};
use crate::generate::{Generated, Random};

/// Decides `requests` requests with both systems, and returns how many are allowed and how many policies decided them.
///
/// # Panics
///
/// With the first request that is not decided alike, by the same policies.
pub fn assert_agreement(package: &Generated, acting: usize, requests: usize, seed: u64) -> (usize, usize) {
    let mut random = Random(seed);
    let entities = serde_json::Value::from(sample::entities(&mut random)).to_string();

    let program = check::assize(check::sources(package)).program.expect("the package compiles");
    let files = [("entities.json", entities.as_bytes())];
    let data = json::load(&program.schema, files, 0).expect("the data fits");
    let options = EngineOptions { data: Some(data), ..EngineOptions::default() };
    let engine = Engine::new(program, options).expect("an engine");

    let (schema, _) = Schema::from_cedarschema_str(&package.cedar_schema).expect("a schema");
    let policies = check::cedar_policies(package);
    let entities = Entities::from_json_str(&entities, Some(&schema)).expect("the data fits Cedar's schema");
    let authorizer = Authorizer::new();

    let (mut allowed, mut deciding) = (0, BTreeSet::new());
    for _ in 0..requests {
        let asked = sample::request(&mut random, acting);
        let report = engine.report_json(&asked.to_json()).expect("the request makes sense");
        assert!(report.outcome().errors.is_empty(), "an error in Assize: {}", report.to_json());
        let mine: BTreeSet<String> = report.policies().map(str::to_owned).collect();
        let response = authorizer.is_authorized(&theirs(&asked, &schema), &policies, &entities);
        assert_eq!(response.diagnostics().errors().count(), 0, "an error in Cedar");
        let named = |id| policies.annotation(id, "id").expect("each policy has an id").to_owned();
        let other: BTreeSet<String> = response.diagnostics().reason().map(named).collect();
        let alike = report.allowed() == (response.decision() == Decision::Allow) && mine == other;
        assert!(alike, "Assize says {}, Cedar {:?} by {other:?}", report.to_json(), response.decision());
        allowed += usize::from(report.allowed());
        deciding.extend(mine);
    }
    (allowed, deciding.len())
}

fn theirs(asked: &Asked, schema: &Schema) -> Request {
    let uid = |ty: &str, id: &str| EntityUid::from_str(&format!("{ty}::{id:?}")).expect("an entity");
    let action = uid(&format!("{}::Action", asked.area), asked.action);
    let context =
        Context::from_json_value(asked.context.clone(), Some((schema, &action))).expect("a context");
    let principal = uid("directory::User", &asked.user);
    let resource = uid(&asked.resource_type, &asked.resource);
    Request::new(principal, action, resource, context, Some(schema)).expect("a request")
}
