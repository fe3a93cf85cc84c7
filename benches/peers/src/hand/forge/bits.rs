//! The forge as bits: each decision is a few loads and boolean operations, without a branch that depends on the request.

use super::rows::{self, Visibility};
use super::{ADMIN, Action, Branches, MAINTAIN, READ, Request, TRIAGE, WRITE};
use crate::hand::bits::Bits;
use crate::hand::window;
use crate::store::Store;

use Action::{AddCollaborator, Close, Comment, Delete, EditIssue, Label, Push, Transfer};

struct Repository<const W: usize> {
    /// Who holds each role or a higher one, on it or on its organisation.
    holders: [Bits<W>; 5],
    members: u32,
    owners: u32,
    public: bool,
    internal: bool,
    base_read: bool,
    base_write: bool,
    archived: bool,
    /// Numbers of branches.
    protected: u64,
}

/// A repository or an issue.
struct Target<const W: usize> {
    repository: u32,
    author: u32,
    assignees: Bits<W>,
    locked: bool,
}

/// The forge in a span of time.
pub struct Forge<const W: usize> {
    from: i64,
    to: i64,
    suspended: Vec<bool>,
    memberships: Vec<Bits<W>>,
    repositories: Vec<Repository<W>>,
    /// Repositories, then issues.
    targets: Vec<Target<W>>,
    /// For each repository and branch of the data, who holds a deploy key; nobody for the one after these.
    deploy_keys: Vec<Bits<W>>,
    /// How many rows a repository has there.
    stride: usize,
    outside: rows::Forge<W>,
}

impl<const W: usize> Forge<W> {
    /// Builds the bits that hold at `now`.
    pub fn new(store: &Store, branches: &Branches, now: i64) -> Self {
        let (from, to) = window(store, now);
        let forge = rows::Forge::<W>::new(store, branches);
        let stride = branches.count() as usize + 1;
        let mut deploy_keys = vec![Bits::default(); forge.repositories.len() * stride];
        for (number, repository) in forge.repositories.iter().enumerate() {
            for (branch, row) in repository.deploy_keys.iter().filter(|(_, row)| now < row.until) {
                deploy_keys[number * stride + *branch as usize].insert(row.who);
            }
        }
        let nobody = u32::MAX;
        let as_target =
            |repository| Target { repository, author: nobody, assignees: Bits::default(), locked: false };
        let mut targets: Vec<_> = (0..forge.repositories.len() as u32).map(as_target).collect();
        targets.extend(forge.issues.iter().map(|issue| Target {
            repository: issue.repository as u32,
            author: issue.author as u32,
            assignees: issue.assignees.iter().copied().collect(),
            locked: issue.locked,
        }));
        Forge {
            from,
            to,
            suspended: forge.users.iter().map(|user| user.suspended).collect(),
            memberships: forge.users.iter().map(|user| user.memberships).collect(),
            repositories: forge.repositories.iter().map(|each| repository(&forge, each, now)).collect(),
            targets,
            deploy_keys,
            stride,
            outside: forge,
        }
    }

    /// Whether the request is allowed at `now`.
    #[inline]
    pub fn decide(&self, request: &Request, now: i64) -> bool {
        if now < self.from || now >= self.to {
            return self.decide_outside(request, now);
        }
        let (action, user) = (request.action, request.user as usize);
        let branch = request.branch.number as usize;
        let offset = usize::from(action.on_issue()) * self.repositories.len();
        let target = &self.targets[offset + request.resource as usize];
        let repository = &self.repositories[target.repository as usize];
        let within = &self.memberships[user];

        let owner = within.contains(repository.owners as usize);
        let member = within.contains(repository.members as usize);
        let role = action.role();
        let holds = |role: usize| within.meets(&repository.holders[role]);
        let keys = &self.deploy_keys[target.repository as usize * self.stride + branch];
        let protected = (repository.protected >> branch) & 1 != 0;
        let guarded = protected | request.branch.begins_with(b"release/");

        let denied = self.suspended[user]
            | (repository.archived & action.changes())
            | ((action == Comment) & target.locked & !(owner | holds(TRIAGE)))
            | ((action == Push) & guarded & !(owner | holds(MAINTAIN)))
            | ((action == Push) & request.forced & !(owner | holds(ADMIN)))
            | (!request.mfa & action.one_of(&[AddCollaborator, Transfer, Delete]));

        let allowed = owner
            | holds(role)
            | ((role == READ)
                & (repository.public | (member & (repository.internal | repository.base_read))))
            | ((role <= WRITE) & member & repository.base_write)
            | (action.one_of(&[Comment, EditIssue, Close]) & (target.author == request.user))
            | (action.one_of(&[Comment, Label, Close]) & target.assignees.contains(user))
            | ((action == Push) & !request.forced & keys.contains(user));

        allowed & !denied
    }

    #[cold]
    fn decide_outside(&self, request: &Request, now: i64) -> bool {
        self.outside.decide(request, now)
    }
}

fn repository<const W: usize>(
    forge: &rows::Forge<W>,
    repository: &rows::Repository,
    now: i64,
) -> Repository<W> {
    let organisation = &forge.organisations[repository.organisation];
    let mut holders = [Bits::default(); 5];
    for (role, row) in repository.roles.iter().chain(&organisation.roles).filter(|(_, row)| now < row.until) {
        for lower in &mut holders[..=*role] {
            lower.insert(row.who);
        }
    }
    Repository {
        holders,
        members: organisation.members as u32,
        owners: organisation.owners as u32,
        public: repository.visibility == Visibility::Public,
        internal: repository.visibility == Visibility::Internal,
        base_read: organisation.base > READ,
        base_write: organisation.base > WRITE,
        archived: repository.archived,
        protected: repository.protected.iter().fold(0, |mask, branch| mask | 1 << branch),
    }
}
