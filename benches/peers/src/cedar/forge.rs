//! Entities and contexts of the forge.

use cedar_policy::{Context, Entity, EntityUid, RestrictedExpression};

use super::{Building, Cedar, ToCedar, boolean, cedar_uid, reference, text, uid};
use crate::store::{Row, Store, Uid, uids};
use crate::wire::ForgeContext;

/// The attributes that hold roles, lowest first, each with the grant that gives it.
const ROLES: [(&str, &str); 5] = [
    ("readers", "reader"),
    ("triagers", "triager"),
    ("writers", "writer"),
    ("maintainers", "maintainer"),
    ("administrators", "administrator"),
];

pub(super) fn entities(store: &Store, now: i64) -> Vec<Entity> {
    let mut building = Building::default();
    let live = |row: &&Row| now < row.until;
    for entity in &store.entities {
        let uid = cedar_uid(&entity.uid);
        for parent in &entity.parents {
            building.parent(&uid, cedar_uid(parent));
        }
        let json = &entity.attributes;
        let one = |name: &str| reference(cedar_uid(&Uid::from_json(&json[name])));
        let attributes = match entity.uid.ty.as_str() {
            "User" => vec![("suspended", boolean(&json["suspended"]))],
            "Organisation" => {
                roles(&mut building, &entity.uid, None);
                let bases = ["nothing", "read", "triage", "write", "maintain", "admin"];
                let base = bases.iter().position(|base| json["base"] == *base).expect("a role");
                let base = RestrictedExpression::new_long(base as i64);
                vec![("members", one("members")), ("owners", one("owners")), ("base", base)]
            }
            "Repository" => {
                let organisation = Uid::from_json(&json["organisation"]);
                let mut attributes = roles(&mut building, &entity.uid, Some(&organisation));
                let protected = json["protected"].as_array().into_iter().flatten().map(text);
                let keys = store.rows_of("deploy_key").filter(live);
                let keys = keys.filter(|row| row.entity("what") == entity.uid).map(|row| {
                    let who = reference(cedar_uid(&row.entity("who")));
                    let fields =
                        [("who".to_string(), who), ("branch".to_string(), text(&row.args["branch"]))];
                    RestrictedExpression::new_record(fields).expect("two different fields")
                });
                attributes.extend([
                    ("organisation", one("organisation")),
                    ("visibility", text(&json["visibility"])),
                    ("archived", boolean(&json["archived"])),
                    ("protected", RestrictedExpression::new_set(protected)),
                    ("deploy_keys", RestrictedExpression::new_set(keys)),
                ]);
                attributes
            }
            "Issue" => {
                let assignees = uids(&json["assignees"]).into_iter().map(|uid| reference(cedar_uid(&uid)));
                vec![
                    ("repository", one("repository")),
                    ("author", one("author")),
                    ("assignees", RestrictedExpression::new_set(assignees)),
                    ("locked", boolean(&json["locked"])),
                ]
            }
            _ => vec![],
        };
        building.entity(uid, attributes);
    }
    for (attribute, grant) in ROLES {
        for row in store.rows_of(grant).filter(live) {
            building.parent(&cedar_uid(&row.entity("who")), role(&row.entity("what"), attribute));
        }
    }
    building.finish()
}

/// Makes the five roles of a repository or organisation, each in the one below, and those of an organisation in those of
/// each of its repositories. Returns them as attributes.
fn roles(
    building: &mut Building,
    what: &Uid,
    organisation: Option<&Uid>,
) -> Vec<(&'static str, RestrictedExpression)> {
    for (at, (attribute, _)) in ROLES.iter().enumerate() {
        let this = role(what, attribute);
        if let Some((below, _)) = at.checked_sub(1).map(|below| ROLES[below]) {
            building.parent(&this, role(what, below));
        }
        if let Some(organisation) = organisation {
            building.parent(&role(organisation, attribute), this.clone());
        }
        building.entity(this, vec![]);
    }
    ROLES.iter().map(|(attribute, _)| (*attribute, reference(role(what, attribute)))).collect()
}

fn role(what: &Uid, attribute: &str) -> EntityUid {
    uid("Role", &format!("{}/{attribute}", what.id))
}

impl ToCedar for ForgeContext<'_> {
    #[inline]
    fn to_cedar(&self, _: &Cedar) -> Context {
        let mut pairs = vec![("mfa".to_string(), RestrictedExpression::new_bool(self.mfa))];
        if let Some(forced) = self.forced {
            pairs.push(("branch".to_string(), RestrictedExpression::new_string(self.branch.to_string())));
            pairs.push(("forced".to_string(), RestrictedExpression::new_bool(forced)));
        }
        Context::from_pairs(pairs).expect("contexts have no repeated fields")
    }
}
