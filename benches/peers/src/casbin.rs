//! The applications as rules of `casbin`: subject, action, object, effect; groups of users, of actions and of resources; a deny
//! overrides. What is known from the data becomes rules. What depends on the context, or is a deny with exceptions, cannot be said so,
//! and requests that it bears upon are left out.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use assize_examples::{App, NOW};
use casbin::rhai::ImmutableString;
use casbin::{CoreApi, DefaultModel, Enforcer, MgmtApi, NullAdapter};
use rustc_hash::FxHashSet;
use serde_json::Value;

use crate::app::ByHand;
use crate::engine::{Boundary, Engine, Prepared, Question};
use crate::facts::{Above, literal, live};
use crate::hand::forge::{ACTIONS, GRANTS};
use crate::lineup::{limits, named};
use crate::store::{Request, Store, Uid, uids};
use crate::wire;

/// The cheapest test first. One graph holds all three kinds of groups; names tell them apart.
const MODEL: &str = "
[request_definition]
r = sub, act, obj
[policy_definition]
p = sub, act, obj, eft
[role_definition]
g = _, _
g2 = _, _
g3 = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g3(r.act, p.act) && g2(r.obj, p.obj) && g(r.sub, p.sub)
";

/// Groups that everything of a kind is in.
const EVERYBODY: &str = "everybody";
const EVERYTHING: &str = "everything";
const ANY: &str = "*";

/// Rules and groups while they are being collected.
#[derive(Default)]
struct Rules {
    rules: Vec<Vec<String>>,
    users: FxHashSet<Vec<String>>,
    resources: FxHashSet<Vec<String>>,
    actions: FxHashSet<Vec<String>>,
}

impl Rules {
    fn rule(&mut self, who: &str, action: &str, what: &str, effect: &str) {
        let rule = [who, action, what, effect].map(str::to_owned).to_vec();
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
    }

    fn allow(&mut self, who: &str, action: &str, what: &Uid) {
        self.rule(who, action, &literal(what), "allow");
    }

    /// Each of the actions is in the group.
    fn group(&mut self, group: &str, actions: &[&str]) {
        self.actions.extend(actions.iter().map(|action| vec![(*action).to_owned(), group.to_owned()]));
    }

    fn enforcer(self) -> Enforcer {
        now(async {
            let model = DefaultModel::from_str(MODEL).await.expect("the model is one");
            let mut enforcer = Enforcer::new(model, NullAdapter).await.expect("an enforcer");
            let named = [("g", self.users), ("g2", self.resources), ("g3", self.actions)];
            for (kind, groups) in named {
                let mut groups: Vec<_> = groups.into_iter().collect();
                groups.sort();
                enforcer.add_named_grouping_policies(kind, groups).await.expect("groups");
            }
            enforcer.add_policies(self.rules).await.expect("rules");
            enforcer
        })
    }
}

/// Everything here is in memory, so nothing ever waits.
fn now<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("there is nothing to wait for"),
    }
}

/// What it cannot say, and whether a request is about something else.
struct Reach<'a> {
    part: &'static str,
    says: Box<dyn Fn(&Request) -> bool + 'a>,
}

/// The action as the rules name it: what is allowed on a folder need not be allowed on the documents in it.
fn action(app: App, ty: &str, action: &str) -> String {
    if app == App::Drive { format!("{ty}/{action}") } else { action.to_owned() }
}

fn rules(store: &Store) -> (Rules, Reach<'_>) {
    let mut rules = Rules::default();
    let above = Above::new(store);
    let mut actions: FxHashSet<String> = FxHashSet::default();
    for request in &store.requests {
        actions.insert(action(store.app, &request.resource.ty, &request.action));
    }
    let all: Vec<&str> = actions.iter().map(String::as_str).collect();
    rules.group(ANY, &all);
    for entity in &store.entities {
        let name = literal(&entity.uid);
        // Closed beforehand: it looks groups up through any number of steps, and one is the quickest.
        let groups = above.of(&entity.uid)[1..].iter().map(|uid| literal(uid));
        let (kind, whole) = match entity.uid.ty.as_str() {
            "User" | "Group" | "Team" => (&mut rules.users, EVERYBODY),
            _ => (&mut rules.resources, EVERYTHING),
        };
        kind.extend(groups.chain([whole.to_owned()]).map(|group| vec![name.clone(), group]));
    }
    rules.resources.insert(vec![APPLICATION.to_owned(), EVERYTHING.to_owned()]);
    let reach = match store.app {
        App::Drive => drive(store, &above, &mut rules),
        App::Forge => forge(store, &mut rules),
        App::Todo => todo(store, &mut rules),
        App::Payroll => panic!("payroll is not written for casbin"),
    };
    (rules, reach)
}

fn named_in(value: &Value) -> String {
    literal(&Uid::from_json(value))
}

fn drive<'a>(store: &'a Store, above: &Above<'a>, rules: &mut Rules) -> Reach<'a> {
    rules.group("look", &["Document/read", "Document/comment", "Folder/read", "Folder/comment"]);
    rules.group("look-at-document", &["Document/read", "Document/comment"]);
    for user in store.of_type("User").filter(|user| user.attributes["suspended"] == true) {
        rules.rule(&literal(&user.uid), ANY, EVERYTHING, "deny");
    }
    for folder in store.of_type("Folder") {
        rules.allow(&named_in(&folder.attributes["owner"]), "look-at-document", &folder.uid);
    }
    let mut secret = FxHashSet::default();
    for document in store.of_type("Document") {
        rules.allow(&named_in(&document.attributes["owner"]), ANY, &document.uid);
        for viewer in uids(&document.attributes["viewers"]) {
            rules.allow(&literal(&viewer), "look", &document.uid);
        }
        if document.attributes["level"] == "public" {
            rules.allow(EVERYBODY, "look", &document.uid);
        }
        if document.attributes["level"] == "secret" {
            secret.insert(&document.uid);
        }
    }
    for row in live(store, "viewer", NOW) {
        rules.allow(&literal(&row.entity("who")), "look", &row.entity("what"));
    }
    for row in live(store, "blocked", NOW) {
        rules.rule(&literal(&row.entity("who")), ANY, &literal(&row.entity("what")), "deny");
    }
    let supporters = store.of_type("User").map(|user| &user.uid);
    let supporters: FxHashSet<&Uid> =
        supporters.filter(|user| above.of(user).iter().any(|group| group.id == "support")).collect();
    Reach {
        part: "without `secret-stays-inside` and `support-read`, whose conditions are on the context: neither secret documents nor \
               reading by support",
        says: Box::new(move |request| {
            let supported = request.action == "read" && supporters.contains(&request.principal);
            request.resource.ty == "Folder" || !(secret.contains(&request.resource) || supported)
        }),
    }
}

fn forge<'a>(store: &'a Store, rules: &mut Rules) -> Reach<'a> {
    for (level, role) in GRANTS.iter().enumerate() {
        let included = ACTIONS.iter().filter(|(.., least)| *least <= level).map(|(_, name, _)| *name);
        rules.group(role, &included.collect::<Vec<_>>());
        for row in live(store, role, NOW) {
            rules.allow(&literal(&row.entity("who")), role, &row.entity("what"));
        }
    }
    let changes = ACTIONS.iter().filter(|(action, ..)| action.changes()).map(|(_, name, _)| *name);
    rules.group("change", &changes.collect::<Vec<_>>());
    rules.group("author", &["comment", "edit_issue", "close"]);
    rules.group("assignee", &["comment", "label", "close"]);
    for user in store.of_type("User").filter(|user| user.attributes["suspended"] == true) {
        rules.rule(&literal(&user.uid), ANY, EVERYTHING, "deny");
    }
    for organisation in store.of_type("Organisation") {
        let members = named_in(&organisation.attributes["members"]);
        rules.allow(&named_in(&organisation.attributes["owners"]), ANY, &organisation.uid);
        let bases = ["nothing", "read", "triage", "write", "maintain", "admin"];
        let base = bases.iter().position(|base| organisation.attributes["base"] == *base).expect("a role");
        if base >= 1 {
            rules.allow(&members, "reader", &organisation.uid);
        }
        if base >= 3 {
            rules.allow(&members, "writer", &organisation.uid);
        }
    }
    for repository in store.of_type("Repository") {
        let organisation = Uid::from_json(&repository.attributes["organisation"]);
        let organisation =
            &store.of_type("Organisation").nth(store.number(&organisation)).expect("it exists");
        match repository.attributes["visibility"].as_str() {
            Some("public") => rules.allow(EVERYBODY, "reader", &repository.uid),
            Some("internal") => {
                rules.allow(&named_in(&organisation.attributes["members"]), "reader", &repository.uid);
            }
            _ => {}
        }
        if repository.attributes["archived"] == true {
            rules.rule(EVERYBODY, "change", &literal(&repository.uid), "deny");
        }
    }
    let mut locked = FxHashSet::default();
    for issue in store.of_type("Issue") {
        rules.allow(&named_in(&issue.attributes["author"]), "author", &issue.uid);
        for assignee in uids(&issue.attributes["assignees"]) {
            rules.allow(&literal(&assignee), "assignee", &issue.uid);
        }
        if issue.attributes["locked"] == true {
            locked.insert(&issue.uid);
        }
    }
    Reach {
        part: "without what looks at the context (pushes, the second factor) and `locked`, a deny with exceptions: neither `push`, \
               `add_collaborator`, `transfer`, `delete` nor comments on locked issues",
        says: Box::new(move |request| match request.action.as_str() {
            "push" | "add_collaborator" | "transfer" | "delete" => false,
            "comment" => !locked.contains(&request.resource),
            _ => true,
        }),
    }
}

const APPLICATION: &str = "Application::\"todo\"";

fn todo<'a>(store: &'a Store, rules: &mut Rules) -> Reach<'a> {
    rules.group("look", &["get_list", "get_task"]);
    let modify = ["update_list", "create_task", "update_task", "complete_task", "delete_task"];
    rules.group("edit", &modify);
    rules.group("edit", &["get_list", "get_task"]);
    rules.group("modify", &modify);
    rules.group("found", &["create_list", "delete_list", "share_list"]);
    rules.group("assignee", &["get_task", "complete_task"]);
    rules.group("application", &["create_list", "list_lists"]);
    rules.rule(EVERYBODY, "application", APPLICATION, "allow");
    for user in store.of_type("User").filter(|user| user.attributes["kind"] == "intern") {
        rules.rule(&literal(&user.uid), "found", EVERYTHING, "deny");
    }
    for list in store.of_type("List") {
        rules.allow(&named_in(&list.attributes["owner"]), ANY, &list.uid);
        for (attribute, action) in [("readers", "look"), ("editors", "edit")] {
            for who in uids(&list.attributes[attribute]) {
                rules.allow(&literal(&who), action, &list.uid);
            }
        }
        if list.attributes["archived"] == true {
            rules.rule(EVERYBODY, "modify", &literal(&list.uid), "deny");
        }
    }
    for row in live(store, "guest_link", NOW) {
        rules.allow(&literal(&row.entity("who")), "look", &row.entity("what"));
    }
    let mut private = FxHashSet::default();
    for task in store.of_type("Task") {
        if let Some(assignee) = task.attributes.get("assignee") {
            rules.allow(&named_in(assignee), "assignee", &task.uid);
        }
        let mut tags = task.attributes["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if tags.any(|tag| tag == "private" || tag.starts_with("private/")) {
            private.insert(&task.uid);
        }
    }
    Reach {
        part: "without `guests`, whose condition is on the context, and `private`, a deny with exceptions: neither `share_list` nor \
               private tasks",
        says: Box::new(move |request| request.action != "share_list" && !private.contains(&request.resource)),
    }
}

/// The engine.
pub fn engine<'a, A: ByHand + 'a>(store: &'a Store, boundary: Boundary) -> Box<dyn Engine + 'a> {
    let app = store.app;
    let (rules, reach) = rules(store);
    let enforcer = rules.enforcer();
    let said = |number: &u32| (reach.says)(&store.requests[*number as usize]);
    let numbers: Vec<u32> =
        (0..store.requests.len() as u32).filter(said).take(limits::HUNDREDS_OF_MICROSECONDS).collect();
    let (part, question) = (Some(reach.part), Question::Decision);
    let enforcer = Rc::new(enforcer);
    let shared = enforcer.clone();
    let decide = move |parts: [ImmutableString; 3]| {
        enforcer.enforce(Vec::from(parts)).expect("the rules can be evaluated")
    };
    let by_name = move |principal: (&str, &str), name: &str, resource: (&str, &str)| {
        let uid = |(ty, id): (&str, &str)| ImmutableString::from([ty, "::\"", id, "\""].concat());
        let parts = vec![uid(principal), action(app, resource.0, name).into(), uid(resource)];
        shared.enforce(parts).expect("the rules can be evaluated")
    };
    match boundary {
        Boundary::Ids => {
            let requests = numbers.iter().map(|number| {
                let request = &store.requests[*number as usize];
                let action = action(app, &request.resource.ty, &request.action);
                [literal(&request.principal), action, literal(&request.resource)].map(ImmutableString::from)
            });
            let requests = requests.collect();
            let decide = move |parts: &[ImmutableString; 3]| decide(parts.clone());
            Box::new(Prepared { name: "casbin", question, part, numbers, requests, decide })
        }
        Boundary::Names => {
            let all = named::<A>(store);
            let requests = numbers.iter().map(|number| {
                let named = &all[*number as usize];
                (named.principal, named.action, named.resource)
            });
            let requests = requests.collect();
            let decide = move |(principal, action, resource): &((&str, &str), &str, (&str, &str))| {
                by_name(*principal, action, *resource)
            };
            Box::new(Prepared { name: "casbin", question, part, numbers, requests, decide })
        }
        Boundary::Json => {
            let requests =
                numbers.iter().map(|number| store.requests[*number as usize].json.as_str()).collect();
            let decide = move |text: &&'a str| {
                wire::read::<A::Context<'a>>(text, |named| {
                    by_name(named.principal, named.action, named.resource)
                })
            };
            Box::new(Prepared { name: "casbin", question, part, numbers, requests, decide })
        }
    }
}
