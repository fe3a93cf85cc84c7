//! The forge as one would first write it: rows where they belong, questions in order, out as soon as the answer is known.

use super::{ADMIN, Action, Branches, GRANTS, MAINTAIN, READ, Request, TRIAGE, WRITE};
use crate::hand::bits::Bits;
use crate::hand::{Holder, Subjects};
use crate::store::{Store, uids};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Visibility {
    Private,
    Internal,
    Public,
}

pub(super) struct User<const W: usize> {
    pub suspended: bool,
    pub memberships: Bits<W>,
}

pub(super) struct Organisation {
    pub members: usize,
    pub owners: usize,
    /// 0 for nothing, else one more than the role.
    pub base: usize,
    pub roles: Vec<(usize, Holder)>,
}

pub(super) struct Repository {
    pub organisation: usize,
    pub visibility: Visibility,
    pub archived: bool,
    pub protected: Vec<u32>,
    pub roles: Vec<(usize, Holder)>,
    /// Branch and holder.
    pub deploy_keys: Vec<(u32, Holder)>,
}

pub(super) struct Issue {
    pub repository: usize,
    pub author: usize,
    pub assignees: Vec<usize>,
    pub locked: bool,
}

/// The forge, indexed.
pub struct Forge<const W: usize> {
    pub(super) users: Vec<User<W>>,
    pub(super) organisations: Vec<Organisation>,
    pub(super) repositories: Vec<Repository>,
    pub(super) issues: Vec<Issue>,
}

impl<const W: usize> Forge<W> {
    /// Builds the indices.
    pub fn new(store: &Store, branches: &Branches) -> Self {
        let subjects = Subjects::new(store, "Team");
        let flag = |attributes: &serde_json::Value, name: &str| attributes[name] == true;
        let one =
            |attributes: &serde_json::Value, name: &str| crate::store::Uid::from_json(&attributes[name]);
        let roles_on = |ty: &str, number: usize| {
            let mut roles = Vec::new();
            for (role, grant) in GRANTS.iter().enumerate() {
                for row in store.rows_of(grant) {
                    let what = row.entity("what");
                    if what.ty == ty && store.number(&what) == number {
                        let who = subjects.number(store, &row.entity("who"));
                        roles.push((role, Holder { who, until: row.until }));
                    }
                }
            }
            roles
        };

        let users = store.of_type("User").zip(&subjects.memberships).map(|(user, within)| User {
            suspended: flag(&user.attributes, "suspended"),
            memberships: within.iter().copied().collect(),
        });
        let organisations = store.of_type("Organisation").enumerate().map(|(number, organisation)| {
            let team = |name| subjects.number(store, &one(&organisation.attributes, name));
            let bases = ["nothing", "read", "triage", "write", "maintain", "admin"];
            let base = organisation.attributes["base"].as_str().unwrap_or_default();
            Organisation {
                members: team("members"),
                owners: team("owners"),
                base: bases.iter().position(|name| *name == base).expect("a role"),
                roles: roles_on("Organisation", number),
            }
        });
        let repositories = store.of_type("Repository").enumerate().map(|(number, repository)| {
            let attributes = &repository.attributes;
            let protected = attributes["protected"].as_array().into_iter().flatten();
            let deploy_keys = store.rows_of("deploy_key").filter(|row| row.entity("what") == repository.uid);
            Repository {
                organisation: store.number(&one(attributes, "organisation")),
                visibility: match attributes["visibility"].as_str() {
                    Some("private") => Visibility::Private,
                    Some("internal") => Visibility::Internal,
                    Some("public") => Visibility::Public,
                    other => panic!("no visibility: {other:?}"),
                },
                archived: flag(attributes, "archived"),
                protected: protected
                    .map(|name| branches.named(name.as_str().unwrap_or_default()).number)
                    .collect(),
                roles: roles_on("Repository", number),
                deploy_keys: deploy_keys
                    .map(|row| {
                        let branch = branches.named(row.args["branch"].as_str().unwrap_or_default()).number;
                        let who = subjects.number(store, &row.entity("who"));
                        (branch, Holder { who, until: row.until })
                    })
                    .collect(),
            }
        });
        let issues = store.of_type("Issue").map(|issue| Issue {
            repository: store.number(&one(&issue.attributes, "repository")),
            author: store.number(&one(&issue.attributes, "author")),
            assignees: uids(&issue.attributes["assignees"]).iter().map(|uid| store.number(uid)).collect(),
            locked: flag(&issue.attributes, "locked"),
        });
        Forge {
            users: users.collect(),
            organisations: organisations.collect(),
            repositories: repositories.collect(),
            issues: issues.collect(),
        }
    }

    /// Whether the request is allowed at `now`.
    pub fn decide(&self, request: &Request, now: i64) -> bool {
        let user = &self.users[request.user as usize];
        let resource = request.resource as usize;
        if user.suspended {
            return false;
        }
        let issue = request.action.on_issue().then(|| &self.issues[resource]);
        let repository = &self.repositories[issue.map_or(resource, |issue| issue.repository)];
        let organisation = &self.organisations[repository.organisation];
        if repository.archived && request.action.changes() {
            return false;
        }
        let owner = user.memberships.contains(organisation.owners);
        let holds = |least: usize| {
            let mut roles = repository.roles.iter().chain(&organisation.roles);
            roles.any(|(role, row)| *role >= least && now < row.until && user.memberships.contains(row.who))
        };

        match request.action {
            Action::Comment if issue.is_some_and(|issue| issue.locked) && !owner && !holds(TRIAGE) => {
                return false;
            }
            Action::Push => {
                let guarded = repository.protected.contains(&request.branch.number)
                    || request.branch.begins_with(b"release/");
                if guarded && !owner && !holds(MAINTAIN) || request.forced && !owner && !holds(ADMIN) {
                    return false;
                }
                let has_key = |(branch, row): &(u32, Holder)| {
                    *branch == request.branch.number && row.who == request.user as usize && now < row.until
                };
                if !request.forced && repository.deploy_keys.iter().any(has_key) {
                    return true;
                }
            }
            Action::AddCollaborator | Action::Transfer | Action::Delete if !request.mfa => return false,
            _ => {}
        }

        let role = request.action.role();
        if owner || role == READ && repository.visibility == Visibility::Public {
            return true;
        }
        if user.memberships.contains(organisation.members)
            && (role == READ && (repository.visibility == Visibility::Internal || organisation.base > READ)
                || role <= WRITE && organisation.base > WRITE)
        {
            return true;
        }
        if let Some(issue) = issue {
            use Action::{Close, Comment, EditIssue, Label};
            if request.action.one_of(&[Comment, EditIssue, Close]) && issue.author == request.user as usize
                || request.action.one_of(&[Comment, Label, Close])
                    && issue.assignees.contains(&(request.user as usize))
            {
                return true;
            }
        }
        holds(role)
    }
}
