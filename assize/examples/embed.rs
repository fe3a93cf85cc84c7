//! A service with a policy decision point in it: `cargo run -p assize --example embed`, from the top of the repository.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;

use assize::{AsRecord, Decision, Engine, Fields, Request, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder()
        .package("examples/drive")?
        .data_file("examples/drive/data/entities.ndjson")?
        .build()?;

    // A request as it came over the wire, with all reasons of the decision.
    let report = engine.report_json(
        r#"{"principal": "User::\"bob\"", "action": "read", "resource": "Document::\"launch\"",
            "context": {"mfa": true, "ip": "203.0.113.7", "device": {"managed": true}}}"#,
    )?;
    println!("{}", report.to_json());

    // By names, from what the service already has in its hands.
    let session = Session { mfa: true, ip: None, managed: true };
    let request = Request::new(("User", "cleo"), "read", ("Document", "ticket-9")).with_fields(&session);
    match engine.decide(&request)? {
        Decision::Allow => println!("open it"),
        Decision::AllowWith(obligations) => println!("open it, but honour {} obligations", obligations.len()),
        Decision::Deny => println!("keep it closed"),
    }

    // By handles, looked up once: no string is touched, and a deny or a plain allow allocates nothing.
    let (ann, read, handbook) =
        (engine.entity("User", "ann")?, engine.action("read")?, engine.entity("Document", "handbook")?);
    let session = engine.context(read, values())?;
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

/// What the service knows of a session, in its own terms.
struct Session {
    mfa: bool,
    ip: Option<IpAddr>,
    managed: bool,
}

impl AsRecord for Session {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("mfa", self.mfa).put("ip", self.ip).put_record("device", &|device: &mut Fields<'_>| {
            device.put("managed", self.managed);
        });
    }
}

/// The same as a value: `{ mfa: true, device: { managed: true } }`.
fn values() -> Value {
    let record = |fields: Vec<(&str, Value)>| {
        Value::Record(Arc::new(
            fields.into_iter().map(|(name, value)| (name.into(), value)).collect::<BTreeMap<_, _>>(),
        ))
    };
    let device = record(vec![("managed", Value::Bool(true))]);
    record(vec![("mfa", Value::Bool(true)), ("device", device)])
}
