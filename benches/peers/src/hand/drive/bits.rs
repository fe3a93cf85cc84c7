//! The drive as bits: each decision is a few loads and boolean operations, without a branch that depends on the request.

use super::rows::{self, Level};
use super::{Action, Office, Request, Resource, SUPPORT_PERIOD};
use crate::hand::bits::Bits;
use crate::hand::{Holder, window};
use crate::store::Store;

/// A document or a folder.
struct Target<const W: usize> {
    /// Nobody, for a folder: owning one allows nothing on itself.
    owner: u32,
    /// Who may read and comment, for whatever reason.
    readers: Bits<W>,
    blocked: Bits<W>,
    public: bool,
    secret: bool,
    /// Far in the past for a folder.
    created: i64,
}

/// The drive in a span of time.
pub struct Drive<const W: usize> {
    from: i64,
    to: i64,
    suspended: Vec<bool>,
    memberships: Vec<Bits<W>>,
    /// Documents, then folders.
    targets: Vec<Target<W>>,
    documents: u32,
    support: usize,
    office: Office,
    outside: rows::Drive<W>,
}

impl<const W: usize> Drive<W> {
    /// Builds the bits that hold at `now`.
    pub fn new(store: &Store, now: i64) -> Self {
        let (from, to) = window(store, now);
        let drive = rows::Drive::<W>::new(store);
        let live = |rows: &[Holder], set: &mut Bits<W>| {
            rows.iter().filter(|row| now < row.until).for_each(|row| set.insert(row.who));
        };
        let documents = drive.documents.iter().map(|document| {
            let [mut readers, mut blocked] = [Bits::default(); 2];
            document.named.iter().for_each(|viewer| readers.insert(*viewer));
            live(&document.viewers, &mut readers);
            live(&document.blocked, &mut blocked);
            for folder in drive.path(document.folder) {
                readers.insert(folder.owner);
                live(&folder.viewers, &mut readers);
                live(&folder.blocked, &mut blocked);
            }
            Target {
                owner: document.owner as u32,
                readers,
                blocked,
                public: document.level == Level::Public,
                secret: document.level == Level::Secret,
                created: document.created,
            }
        });
        let folders = (0..drive.folders.len()).map(|number| {
            let [mut readers, mut blocked] = [Bits::default(); 2];
            for folder in drive.path(Some(number)) {
                live(&folder.viewers, &mut readers);
                live(&folder.blocked, &mut blocked);
            }
            let (public, secret) = (false, false);
            Target { owner: u32::MAX, readers, blocked, public, secret, created: i64::MIN / 2 }
        });
        Drive {
            from,
            to,
            suspended: drive.users.iter().map(|user| user.suspended).collect(),
            memberships: drive.users.iter().map(|user| user.memberships).collect(),
            targets: documents.chain(folders).collect(),
            documents: drive.documents.len() as u32,
            support: drive.support,
            office: Office::new(),
            outside: drive,
        }
    }

    /// Whether the request is allowed at `now`.
    #[inline]
    pub fn decide(&self, request: &Request, now: i64) -> bool {
        if now < self.from || now >= self.to {
            return self.decide_outside(request, now);
        }
        let target = match request.resource {
            Resource::Document(number) => number,
            Resource::Folder(number) => self.documents + number,
        };
        let (target, user) = (&self.targets[target as usize], request.user as usize);
        let within = &self.memberships[user];
        let inside = request.managed & request.has_ip & self.office.contains(request.ip);

        let denied = self.suspended[user] | within.meets(&target.blocked) | (target.secret & !inside);
        let supported = (request.action == Action::Read)
            & request.mfa
            & (now - target.created < SUPPORT_PERIOD)
            & within.contains(self.support);
        let allowed = (target.owner == request.user)
            | (request.action.looks() & (target.public | within.meets(&target.readers)))
            | supported;

        allowed & !denied
    }

    #[cold]
    fn decide_outside(&self, request: &Request, now: i64) -> bool {
        self.outside.decide(request, now)
    }
}
