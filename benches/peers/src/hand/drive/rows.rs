//! The drive as one would first write it: rows where they belong, questions in order, out as soon as the answer is known.

use super::{Action, Office, Request, Resource, SUPPORT_PERIOD};
use crate::hand::bits::Bits;
use crate::hand::{Holder, Subjects};
use crate::store::{Row, Store, Uid, milliseconds, uids};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Public,
    Internal,
    Secret,
}

pub(super) struct User<const W: usize> {
    pub suspended: bool,
    pub memberships: Bits<W>,
}

pub(super) struct Folder {
    pub owner: usize,
    /// The folder above, if any.
    pub parent: Option<usize>,
    pub viewers: Vec<Holder>,
    pub blocked: Vec<Holder>,
}

pub(super) struct Document {
    pub owner: usize,
    pub folder: Option<usize>,
    pub named: Vec<usize>,
    pub level: Level,
    pub created: i64,
    pub viewers: Vec<Holder>,
    pub blocked: Vec<Holder>,
}

/// The drive, indexed.
pub struct Drive<const W: usize> {
    pub(super) users: Vec<User<W>>,
    pub(super) folders: Vec<Folder>,
    pub(super) documents: Vec<Document>,
    pub(super) support: usize,
    pub(super) office: Office,
}

impl<const W: usize> Drive<W> {
    /// Builds the indices.
    pub fn new(store: &Store) -> Self {
        let subjects = Subjects::new(store, "Group");
        let holders = |grant: &str, what: &Uid| -> Vec<Holder> {
            let about = store.rows_of(grant).filter(|row| row.entity("what") == *what);
            let holder =
                |row: &Row| Holder { who: subjects.number(store, &row.entity("who")), until: row.until };
            about.map(holder).collect()
        };
        let owner = |attributes: &serde_json::Value| store.number(&Uid::from_json(&attributes["owner"]));
        let parent = |parents: &[Uid]| parents.first().map(|parent| store.number(parent));

        let users = store.of_type("User").zip(&subjects.memberships).map(|(user, within)| User {
            suspended: user.attributes["suspended"] == true,
            memberships: within.iter().copied().collect(),
        });
        let folders = store.of_type("Folder").map(|folder| Folder {
            owner: owner(&folder.attributes),
            parent: parent(&folder.parents),
            viewers: holders("viewer", &folder.uid),
            blocked: holders("blocked", &folder.uid),
        });
        let documents = store.of_type("Document").map(|document| Document {
            owner: owner(&document.attributes),
            folder: parent(&document.parents),
            named: uids(&document.attributes["viewers"])
                .iter()
                .map(|uid| subjects.number(store, uid))
                .collect(),
            level: match document.attributes["level"].as_str() {
                Some("public") => Level::Public,
                Some("internal") => Level::Internal,
                Some("secret") => Level::Secret,
                other => panic!("no level: {other:?}"),
            },
            created: milliseconds(document.attributes["created"].as_str().unwrap_or_default()),
            viewers: holders("viewer", &document.uid),
            blocked: holders("blocked", &document.uid),
        });
        let support = Uid { ty: "Group".to_string(), id: "support".to_string() };
        Drive {
            users: users.collect(),
            folders: folders.collect(),
            documents: documents.collect(),
            support: subjects.number(store, &support),
            office: Office::new(),
        }
    }

    /// The folder and those above it.
    pub(super) fn path(&self, folder: Option<usize>) -> impl Iterator<Item = &Folder> {
        let first = folder.map(|folder| &self.folders[folder]);
        std::iter::successors(first, |folder| folder.parent.map(|parent| &self.folders[parent]))
    }

    /// Whether the request is allowed at `now`.
    pub fn decide(&self, request: &Request, now: i64) -> bool {
        let user = &self.users[request.user as usize];
        if user.suspended {
            return false;
        }
        let holds =
            |rows: &[Holder]| rows.iter().any(|row| now < row.until && user.memberships.contains(row.who));
        let document = match request.resource {
            Resource::Folder(folder) => {
                let folder = folder as usize;
                return !self.path(Some(folder)).any(|folder| holds(&folder.blocked))
                    && request.action.looks()
                    && self.path(Some(folder)).any(|folder| holds(&folder.viewers));
            }
            Resource::Document(document) => &self.documents[document as usize],
        };
        let inside = || request.managed && request.has_ip && self.office.contains(request.ip);
        if document.level == Level::Secret && !inside() {
            return false;
        }
        if holds(&document.blocked) || self.path(document.folder).any(|folder| holds(&folder.blocked)) {
            return false;
        }
        if document.owner == request.user as usize {
            return true;
        }
        if !request.action.looks() {
            return false;
        }
        document.level == Level::Public
            || document.named.iter().any(|viewer| user.memberships.contains(*viewer))
            || holds(&document.viewers)
            || self
                .path(document.folder)
                .any(|folder| folder.owner == request.user as usize || holds(&folder.viewers))
            || request.action == Action::Read
                && request.mfa
                && now - document.created < SUPPORT_PERIOD
                && user.memberships.contains(self.support)
    }
}
