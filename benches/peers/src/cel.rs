//! One condition of each application in the Common Expression Language, by the crate `cel`. It has conditions and no policies,
//! so it is asked whether one of the denies applies; the interpreter of Assize says the same by naming the policies that deny.
//!
//! The expression is parsed before; principals and resources are values of its own, lent to it by a resolver of variables, which is the
//! quickest way that it has.

use std::rc::Rc;
use std::sync::Arc;

use assize_examples::App;
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::objects::TryIntoValue;
use cel::{Context, Env, Program, Value};
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::app::ByHand;
use crate::engine::{Boundary, Engine, Prepared, Question};
use crate::facts::{Above, literal, live, object};
use crate::hand::forge::{GRANTS, MAINTAIN};
use crate::lineup::{limits, named};
use crate::store::{Request, Store};
use crate::wire;

/// A deny as a condition.
struct Condition {
    /// Its policy.
    policy: &'static str,
    /// Requests that the policy's patterns match.
    matches: fn(&Request) -> bool,
    /// What these are, for people.
    part: &'static str,
    text: &'static str,
}

fn condition(app: App) -> Condition {
    match app {
        // There are no addresses in this crate; the texts of those in the two networks begin so.
        App::Drive => Condition {
            policy: "secret-stays-inside",
            matches: |request| request.resource.ty == "Document",
            part: "only the deny `secret-stays-inside`, asked about documents",
            text: r#"resource.level == "secret" && !(has(context.ip) && context.device.managed &&
                (context.ip.startsWith("10.") || context.ip.startsWith("2001:db8:")))"#,
        },
        App::Forge => Condition {
            policy: "protected-branch",
            matches: |request| request.action == "push",
            part: "only the deny `protected-branch`, asked about pushes",
            text: r#"(context.branch in resource.protected || context.branch.startsWith("release/")) &&
                !principal.above.exists(who, who in resource.maintainers)"#,
        },
        App::Todo => Condition {
            policy: "private",
            matches: |request| request.resource.ty == "Task",
            part: "only the deny `private`, asked about tasks",
            text: r#"resource.tags.exists(tag, tag == "private" || tag.startsWith("private/")) &&
                !(resource.list_owner == principal.uid || (has(resource.assignee) && resource.assignee == principal.uid))"#,
        },
        App::Payroll => panic!("payroll has no condition in CEL"),
    }
}

/// Lends variables to an evaluation.
struct Variables<'a> {
    principal: &'a dyn Val,
    resource: &'a dyn Val,
    context: &'a dyn Val,
}

impl VariableResolver for Variables<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let value = match variable {
            "principal" => self.principal,
            "resource" => self.resource,
            "context" => self.context,
            _ => return None,
        };
        Some(CowVal::Borrowed(value))
    }
}

/// Principal, resource and context as values.
type Values = (Rc<dyn Val>, Rc<dyn Val>, Box<dyn Val>);

/// Type and id of principal and resource, and the context as a value.
type NamedValues<'a> = ((&'a str, &'a str), (&'a str, &'a str), Box<dyn Val>);

struct Cel {
    program: Program,
    env: Arc<Env>,
    /// By type and id.
    entities: FxHashMap<String, FxHashMap<String, Rc<dyn Val>>>,
}

impl Cel {
    fn new(store: &Store, condition: &Condition, now: i64) -> Cel {
        let env = Arc::new(Env::stdlib());
        let program = env.compile(condition.text).expect("the condition is CEL");
        Cel { program, env, entities: entities(store, now) }
    }

    fn decide(&self, principal: &dyn Val, resource: &dyn Val, context: &dyn Val) -> bool {
        let variables = Variables { principal, resource, context };
        let mut context = Context::with_env(self.env.clone());
        context.set_variable_resolver(&variables);
        self.program.execute(&context).expect("the condition can be evaluated") == Value::Bool(true)
    }

    fn entity(&self, (ty, id): (&str, &str)) -> Option<&Rc<dyn Val>> {
        self.entities.get(ty)?.get(id)
    }
}

fn value(value: impl Serialize) -> Box<dyn Val> {
    value.try_into_value().expect("it is a value").try_into().expect("it is a value")
}

/// With who may maintain a repository, and who owns the list of a task: this crate follows no references.
fn entities(store: &Store, now: i64) -> FxHashMap<String, FxHashMap<String, Rc<dyn Val>>> {
    let above = Above::new(store);
    let mut entities: FxHashMap<String, FxHashMap<String, Rc<dyn Val>>> = FxHashMap::default();
    for entity in &store.entities {
        let mut object = object(entity, &above);
        match entity.uid.ty.as_str() {
            "Repository" => {
                let organisation = above.of(&entity.uid).iter().filter(|uid| uid.ty == "Organisation");
                let owners = organisation
                    .flat_map(|uid| store.entities.iter().filter(move |other| other.uid == **uid));
                let owners =
                    owners.map(|other| literal(&crate::store::Uid::from_json(&other.attributes["owners"])));
                let rows = GRANTS[MAINTAIN..].iter().flat_map(|grant| live(store, grant, now));
                let rows = rows.filter(|row| above.of(&entity.uid).contains(&&row.entity("what")));
                let rows = rows.map(|row| literal(&row.entity("who")));
                let maintainers = owners.chain(rows).map(|who| (who, true.into()));
                object.insert("maintainers".into(), maintainers.collect::<serde_json::Map<_, _>>().into());
            }
            "Task" => {
                let list = crate::store::Uid::from_json(&entity.attributes["list"]);
                let list = store.entities.iter().find(|other| other.uid == list).expect("tasks are on lists");
                let owner = literal(&crate::store::Uid::from_json(&list.attributes["owner"]));
                object.insert("list_owner".into(), owner.into());
            }
            _ => {}
        }
        let of_type = entities.entry(entity.uid.ty.clone()).or_default();
        of_type.insert(entity.uid.id.clone(), Rc::from(value(object)));
    }
    entities
}

/// The engine.
pub fn engine<'a, A: ByHand + 'a>(store: &'a Store, boundary: Boundary) -> Box<dyn Engine + 'a> {
    let condition = condition(store.app);
    let cel = Cel::new(store, &condition, assize_examples::NOW);
    let asked = |number: &usize| (condition.matches)(&store.requests[*number]);
    let numbers: Vec<usize> = (0..store.requests.len()).filter(asked).take(limits::MICROSECONDS).collect();
    let named = named::<A>(store);
    let all = named.as_slice();
    let some = || numbers.iter().map(move |number| &all[*number]);
    let (part, question) = (Some(condition.part), Question::Applies(condition.policy));
    let places: Vec<u32> = numbers.iter().map(|number| *number as u32).collect();
    match boundary {
        Boundary::Ids => {
            let requests: Vec<Values> = some()
                .map(|named| {
                    let entity = |name| cel.entity(name).expect("it is in the data").clone();
                    (entity(named.principal), entity(named.resource), value(&named.context))
                })
                .collect();
            let decide = move |(principal, resource, context): &Values| {
                cel.decide(principal.as_ref(), resource.as_ref(), context.as_ref())
            };
            Box::new(Prepared { name: "cel", question, part, numbers: places, requests, decide })
        }
        Boundary::Names => {
            let requests: Vec<_> =
                some().map(|named| (named.principal, named.resource, value(&named.context))).collect();
            let decide = move |(principal, resource, context): &NamedValues<'_>| {
                let (Some(principal), Some(resource)) = (cel.entity(*principal), cel.entity(*resource))
                else {
                    return false;
                };
                cel.decide(principal.as_ref(), resource.as_ref(), context.as_ref())
            };
            Box::new(Prepared { name: "cel", question, part, numbers: places, requests, decide })
        }
        Boundary::Json => {
            let requests = numbers.iter().map(|number| store.requests[*number].json.as_str()).collect();
            let decide = move |text: &&'a str| {
                wire::read::<A::Context<'a>>(text, |named| {
                    let (Some(principal), Some(resource)) =
                        (cel.entity(named.principal), cel.entity(named.resource))
                    else {
                        return false;
                    };
                    cel.decide(principal.as_ref(), resource.as_ref(), value(&named.context).as_ref())
                })
            };
            Box::new(Prepared { name: "cel", question, part, numbers: places, requests, decide })
        }
    }
}
