//! A service with a policy decision point in it: `cargo run -p assize --example embed`, from the top of the repository.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use assize::{Decision, Engine, Request, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder()
        .package("examples/drive")?
        .data_file("examples/drive/data/entities.ndjson")?
        .build()?;

    // A request as it came over the wire, with all reasons of the decision.
    let report = engine.decide_json(
        r#"{"principal": "User::\"bob\"", "action": "read", "resource": "Document::\"launch\"",
            "context": {"mfa": true, "ip": "203.0.113.7", "device": {"managed": true}}}"#,
    )?;
    println!("{}", report.to_json());

    // By names, from what the service already has in its hands.
    let session = session();
    let request = Request::new(("User", "cleo"), "read", ("Document", "ticket-9")).with(session.clone());
    match engine.decide(&request)? {
        Decision::Allow => println!("open it"),
        Decision::AllowWith(obligations) => println!("open it, but honour {} obligations", obligations.len()),
        Decision::Deny => println!("keep it closed"),
    }

    // By handles, looked up once: no string is touched, and a deny or a plain allow allocates nothing.
    let (ann, read, handbook) =
        (engine.entity("User", "ann")?, engine.action("read")?, engine.entity("Document", "handbook")?);
    let session = engine.context(read, session)?;
    println!("{:?}", engine.decide_ids(ann, read, handbook, &session)?);

    // The data changes while others decide; they see all of it or nothing.
    engine.update(|data| -> Result<(), Box<dyn Error>> {
        let (ann, handbook) = (data.uid("User", "ann")?, data.uid("Document", "handbook")?);
        data.grant("blocked", vec![Value::Entity(ann), Value::Entity(handbook)], None)?;
        Ok(())
    })?;
    println!("{:?}", engine.decide_ids(ann, read, handbook, &session)?);
    Ok(())
}

/// `{ mfa: true, device: { managed: true } }`
fn session() -> Value {
    let record = |fields: Vec<(&str, Value)>| {
        Value::Record(Arc::new(
            fields.into_iter().map(|(name, value)| (name.into(), value)).collect::<BTreeMap<_, _>>(),
        ))
    };
    let device = record(vec![("managed", Value::Bool(true))]);
    record(vec![("mfa", Value::Bool(true)), ("device", device)])
}
