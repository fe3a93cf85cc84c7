//! Entities and contexts of the drive.

use cedar_policy::{Context, Entity, EntityUid, RestrictedExpression};

use super::{Building, Cedar, ToCedar, boolean, cedar_uid, datetime, reference, uid};
use crate::store::{Store, Uid, milliseconds, uids};
use crate::wire::DriveContext;

pub(super) fn entities(store: &Store, now: i64) -> Vec<Entity> {
    let mut building = Building::default();
    for entity in &store.entities {
        let uid = cedar_uid(&entity.uid);
        for parent in &entity.parents {
            building.parent(&uid, cedar_uid(parent));
        }
        let json = &entity.attributes;
        let attributes = match entity.uid.ty.as_str() {
            "User" => {
                let owned = store.of_type("Folder");
                let owned = owned.filter(|folder| Uid::from_json(&folder.attributes["owner"]) == entity.uid);
                let owned = owned.map(|folder| reference(cedar_uid(&folder.uid)));
                vec![
                    ("suspended", boolean(&json["suspended"])),
                    ("owned_folders", RestrictedExpression::new_set(owned)),
                ]
            }
            "Folder" => access(&mut building, entity),
            "Document" => {
                let mut attributes = access(&mut building, entity);
                let viewers = uids(&json["viewers"]);
                let of_type = |ty: &'static str| {
                    let viewers = viewers.iter().filter(move |viewer| viewer.ty == ty);
                    RestrictedExpression::new_set(viewers.map(|viewer| reference(cedar_uid(viewer))))
                };
                let levels = ["public", "internal", "secret"];
                let level = levels.iter().position(|level| json["level"] == *level).expect("a level");
                attributes.extend([
                    ("owner", reference(cedar_uid(&Uid::from_json(&json["owner"])))),
                    ("viewer_users", of_type("User")),
                    ("viewer_groups", of_type("Group")),
                    ("level", RestrictedExpression::new_long(level as i64)),
                    ("created", datetime(milliseconds(json["created"].as_str().expect("a time")))),
                ]);
                attributes
            }
            _ => vec![],
        };
        building.entity(uid, attributes);
    }
    for (grant, attribute) in [("viewer", "viewers"), ("blocked", "blocked")] {
        for row in store.rows_of(grant).filter(|row| now < row.until) {
            building.parent(&cedar_uid(&row.entity("who")), of(&row.entity("what"), attribute));
        }
    }
    building.finish()
}

/// Makes the entities for those with whom a folder or document is shared and from whom it is closed; whoever is in those of a
/// folder is in those of what it holds. Returns them as attributes.
fn access(building: &mut Building, what: &crate::store::Entity) -> Vec<(&'static str, RestrictedExpression)> {
    let attributes = ["viewers", "blocked"].map(|attribute| {
        let this = of(&what.uid, attribute);
        for parent in &what.parents {
            building.parent(&of(parent, attribute), this.clone());
        }
        building.entity(this.clone(), vec![]);
        (attribute, reference(this))
    });
    attributes.into()
}

fn of(what: &Uid, attribute: &str) -> EntityUid {
    uid("Access", &format!("{}/{attribute}", what.id))
}

impl ToCedar for DriveContext {
    #[inline]
    fn to_cedar(&self, cedar: &Cedar) -> Context {
        let managed = [("managed".to_string(), RestrictedExpression::new_bool(self.device.managed))];
        let mut pairs = vec![
            ("mfa".to_string(), RestrictedExpression::new_bool(self.mfa)),
            ("device".to_string(), RestrictedExpression::new_record(managed).expect("one field")),
            ("now".to_string(), cedar.now.clone()),
        ];
        if let Some(ip) = self.ip {
            pairs.push(("ip".to_string(), RestrictedExpression::new_ip(ip.to_string())));
        }
        Context::from_pairs(pairs).expect("contexts have no repeated fields")
    }
}
