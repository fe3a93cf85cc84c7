//! From names to ids.

use rustc_hash::FxHashMap;

use super::{Action, Request, Resource, number};
use crate::store::Store;
use crate::wire::{DriveContext, Named};

/// The ids of everything that a request may name.
pub struct Names {
    users: FxHashMap<String, u32>,
    documents: FxHashMap<String, u32>,
    folders: FxHashMap<String, u32>,
}

impl Names {
    /// Of the data.
    pub fn new(store: &Store) -> Self {
        Names { users: store.ids("User"), documents: store.ids("Document"), folders: store.ids("Folder") }
    }

    /// The request in ids, if it makes sense.
    #[inline]
    pub fn resolve(&self, named: &Named<'_, DriveContext>) -> Option<Request> {
        let action = Action::named(named.action)?;
        let resource = match named.resource.0 {
            "Document" => Resource::Document(*self.documents.get(named.resource.1)?),
            "Folder" if action.looks() => Resource::Folder(*self.folders.get(named.resource.1)?),
            _ => return None,
        };
        if named.principal.0 != "User" {
            return None;
        }
        Some(Request {
            user: *self.users.get(named.principal.1)?,
            action,
            resource,
            mfa: named.context.mfa,
            ip: named.context.ip.map_or(0, number),
            has_ip: named.context.ip.is_some(),
            managed: named.context.device.managed,
        })
    }
}
