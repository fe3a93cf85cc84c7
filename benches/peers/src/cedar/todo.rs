//! Entities and contexts of the to-do lists.

use cedar_policy::{Context, Entity, EntityId, EntityUid, RestrictedExpression};

use super::{Building, Cedar, ToCedar, boolean, cedar_uid, reference, text, uid};
use crate::store::{Store, Uid, uids};
use crate::wire::TodoContext;

pub(super) fn entities(store: &Store, now: i64) -> Vec<Entity> {
    let mut building = Building::default();
    for entity in &store.entities {
        let uid = cedar_uid(&entity.uid);
        for parent in &entity.parents {
            building.parent(&uid, cedar_uid(parent));
        }
        let json = &entity.attributes;
        let one = |name: &str| reference(cedar_uid(&Uid::from_json(&json[name])));
        let of_type = |name: &str, ty: &str| {
            let named = uids(&json[name]).into_iter().filter(|uid| uid.ty == ty);
            RestrictedExpression::new_set(named.map(|uid| reference(cedar_uid(&uid))))
        };
        let attributes = match entity.uid.ty.as_str() {
            "User" => vec![("kind", text(&json["kind"]))],
            "List" => {
                building.entity(link(&entity.uid), vec![]);
                vec![
                    ("owner", one("owner")),
                    ("reader_users", of_type("readers", "User")),
                    ("reader_teams", of_type("readers", "Team")),
                    ("editor_users", of_type("editors", "User")),
                    ("editor_teams", of_type("editors", "Team")),
                    ("link", reference(link(&entity.uid))),
                    ("open_to_guests", boolean(&json["open_to_guests"])),
                    ("archived", boolean(&json["archived"])),
                ]
            }
            "Task" => {
                let tags = json["tags"].as_array().into_iter().flatten().map(text);
                let mut attributes =
                    vec![("list", one("list")), ("tags", RestrictedExpression::new_set(tags))];
                if json.get("assignee").is_some() {
                    attributes.push(("assignee", one("assignee")));
                }
                attributes
            }
            _ => vec![],
        };
        building.entity(uid, attributes);
    }
    building.entity(uid("Application", "todo"), vec![]);
    for row in store.rows_of("guest_link").filter(|row| now < row.until) {
        building.parent(&cedar_uid(&row.entity("who")), link(&row.entity("what")));
    }
    building.finish()
}

fn link(list: &Uid) -> EntityUid {
    uid("Link", &list.id)
}

impl ToCedar for TodoContext<'_> {
    #[inline]
    fn to_cedar(&self, cedar: &Cedar) -> Context {
        let Some(target) = &self.target else { return Context::empty() };
        let ty = cedar.types.get(target.ty.as_ref()).expect("targets are users and teams");
        let uid = EntityUid::from_type_name_and_id(ty.clone(), EntityId::new(&target.id));
        let name = if target.ty == "User" { "target_user" } else { "target_team" };
        let pairs = [(name.to_string(), RestrictedExpression::new_entity_uid(uid))];
        Context::from_pairs(pairs).expect("contexts have no repeated fields")
    }
}
