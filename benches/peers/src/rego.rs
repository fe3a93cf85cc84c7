//! The applications in Rego, by `regorus`: policies in `rego/`, data made from the same entities and rows.
//!
//! What its API lets one prepare is prepared: policies are compiled to a program of its virtual machine, which keeps the data
//! and is used for one request after the other. That is the quickest of its ways to evaluate; beside it there is an interpreter.

use std::cell::RefCell;
use std::sync::Arc;

use assize_examples::{App, NOW};
use regorus::Value;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use rustc_hash::FxHashMap;
use serde_json::{Map, json};

use crate::app::ByHand;
use crate::engine::{Boundary, Engine, Prepared};
use crate::facts::{Above, literal, live, object};
use crate::hand::forge::GRANTS;
use crate::lineup::{limits, named, texts};
use crate::store::{Store, milliseconds};

/// A policy with its data.
struct Rego {
    machine: RefCell<RegoVM>,
    /// The names of fields, actions and types, made once.
    names: FxHashMap<String, Value>,
}

impl Rego {
    fn new(store: &Store, now: i64) -> Rego {
        let text = match store.app {
            App::Drive => include_str!("../rego/drive.rego"),
            App::Forge => include_str!("../rego/forge.rego"),
            App::Todo => include_str!("../rego/todo.rego"),
            App::Payroll => panic!("payroll is not written in Rego"),
        };
        let data = Value::from(data(store, now));
        let rule = format!("data.{}.allow", store.app);
        let mut engine = regorus::Engine::new();
        engine.add_policy(format!("{}.rego", store.app), text.to_owned()).expect("the policy is Rego");
        engine.add_data(data.clone()).expect("the data is an object");
        let compiled =
            engine.compile_with_entrypoint(&Arc::from(rule.as_str())).expect("the policy compiles");
        let program =
            Compiler::compile_from_policy(&compiled, &[&rule]).expect("the policy becomes a program");
        let mut machine = RegoVM::new_with_policy(compiled);
        machine.load_program(program);
        machine.set_data(data).expect("data and rules have different names");
        machine.set_max_instructions(1_000_000);
        let fields = ["principal", "action", "resource", "context"].map(str::to_owned);
        let names = store.requests.iter().map(|request| request.action.clone()).chain(fields);
        let names = names.map(|name| (name.clone(), Value::from(name))).collect();
        Rego { machine: RefCell::new(machine), names }
    }

    fn decide(&self, input: Value) -> bool {
        let mut machine = self.machine.borrow_mut();
        machine.set_input(input);
        let result = machine.execute_entry_point_by_index(0).expect("the policy can be evaluated");
        result == Value::Bool(true)
    }

    /// A request by its names.
    fn input(&self, principal: (&str, &str), action: &str, resource: (&str, &str), context: Value) -> Value {
        let uid = |(ty, id): (&str, &str)| Value::from([ty, "::\"", id, "\""].concat());
        let mut input = Value::new_object();
        let fields = input.as_object_mut().expect("it is an object");
        fields.insert(self.names["principal"].clone(), uid(principal));
        fields.insert(self.names["action"].clone(), self.names[action].clone());
        fields.insert(self.names["resource"].clone(), uid(resource));
        fields.insert(self.names["context"].clone(), context);
        input
    }
}

/// Type and id.
type Name<'a> = (&'a str, &'a str);

/// The engine.
pub fn engine<'a, A: ByHand + 'a>(store: &'a Store, boundary: Boundary) -> Box<dyn Engine + 'a> {
    let rego = Rego::new(store, NOW);
    let most = limits::TENS_OF_MICROSECONDS;
    let context = |context: &A::Context<'_>| Value::from(json!(context));
    match boundary {
        Boundary::Ids => {
            let requests = named::<A>(store);
            let inputs = requests.iter().map(|named| {
                rego.input(named.principal, named.action, named.resource, context(&named.context))
            });
            let inputs = inputs.collect();
            Box::new(
                Prepared::new("regorus", inputs, move |input: &Value| rego.decide(input.clone()))
                    .at_most(most),
            )
        }
        Boundary::Names => {
            let requests = named::<A>(store)
                .into_iter()
                .map(|named| (named.principal, named.action, named.resource, context(&named.context)));
            let decide = move |(principal, action, resource, context): &(Name<'_>, &str, Name<'_>, Value)| {
                rego.decide(rego.input(*principal, action, *resource, context.clone()))
            };
            Box::new(Prepared::new("regorus", requests.collect(), decide).at_most(most))
        }
        Boundary::Json => {
            let decide =
                move |text: &&'a str| Value::from_json_str(text).is_ok_and(|input| rego.decide(input));
            Box::new(Prepared::new("regorus", texts(store), decide).at_most(most))
        }
    }
}

/// See the heads of the policies.
fn data(store: &Store, now: i64) -> serde_json::Value {
    let above = Above::new(store);
    let mut data = Map::new();
    for entity in &store.entities {
        let mut object = object(entity, &above);
        if let Some(created) = entity.attributes["created"].as_str() {
            object.insert("created".into(), json!(milliseconds(created)));
        }
        let of_type = data.entry(entity.uid.ty.clone()).or_insert_with(|| json!({}));
        of_type[literal(&entity.uid)] = object.into();
    }
    // Policies ask for rows of grants that may have none.
    let grants = ["viewer", "blocked", "guest_link", "role", "deploy_key"];
    let mut rows: Map<_, _> = grants.into_iter().map(|grant| (grant.to_owned(), json!({}))).collect();
    let mut insert = |path: [&str; 3], value: serde_json::Value| {
        rows[path[0]][path[1]][path[2]] = value;
    };
    for grant in ["viewer", "blocked", "guest_link"] {
        for row in live(store, grant, now) {
            insert([grant, &literal(&row.entity("what")), &literal(&row.entity("who"))], json!(true));
        }
    }
    // From the lowest role to the highest one, which stays.
    for (level, grant) in GRANTS.iter().enumerate() {
        for row in live(store, grant, now) {
            insert(["role", &literal(&row.entity("what")), &literal(&row.entity("who"))], json!(level));
        }
    }
    for row in live(store, "deploy_key", now) {
        let branch = row.args["branch"].as_str().expect("a name");
        rows["deploy_key"][literal(&row.entity("what"))][branch][literal(&row.entity("who"))] = json!(true);
    }
    data.extend(rows);
    data.insert("now".into(), json!(now));
    data.into()
}
