//! Requests at the names and JSON boundaries, as a service without a policy engine would declare them.

use std::borrow::Cow;
use std::net::IpAddr;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::store::{Store, split_literal};

/// A request in names. The context is a value of the service's own type.
#[derive(Clone, Debug)]
pub struct Named<'a, C> {
    /// Type and id.
    pub principal: (&'a str, &'a str),
    /// Its name.
    pub action: &'a str,
    /// Type and id.
    pub resource: (&'a str, &'a str),
    /// The context.
    pub context: C,
}

/// A request as JSON text says it. Names come with escaped quotes, so they cannot always be borrowed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text<'a, C> {
    #[serde(borrow)]
    principal: Cow<'a, str>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow)]
    resource: Cow<'a, str>,
    context: C,
}

/// The context of the forge.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ForgeContext<'a> {
    /// Whether the session has a second factor.
    pub mfa: bool,
    /// Of a push, else empty.
    #[serde(default, borrow, skip_serializing_if = "str::is_empty")]
    pub branch: Cow<'a, str>,
    /// Of a push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<bool>,
}

/// The context of the drive.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DriveContext {
    /// Whether the session has a second factor.
    pub mfa: bool,
    /// Where from, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// On which device.
    pub device: Device,
}

/// Part of [`DriveContext`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Whether somebody looks after it.
    pub managed: bool,
}

/// The context of the to-do lists: empty, but when a list is shared.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TodoContext<'a> {
    /// With whom.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub target: Option<Reference<'a>>,
}

/// Part of [`TodoContext`]: an entity.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reference<'a> {
    /// Its type.
    #[serde(rename = "type", borrow)]
    pub ty: Cow<'a, str>,
    /// Its id.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
}

/// Reads a request and hands it to `decide`; nothing is allowed by a text that is no request.
#[inline]
pub fn read<'a, C: Deserialize<'a>>(json: &'a str, decide: impl FnOnce(&Named<'_, C>) -> bool) -> bool {
    let Ok(text) = serde_json::from_str::<Text<'a, C>>(json) else { return false };
    let (Some(principal), Some(resource)) = (split_literal(&text.principal), split_literal(&text.resource))
    else {
        return false;
    };
    decide(&Named { principal, action: &text.action, resource, context: text.context })
}

/// All requests in names, each context made by `context`.
pub fn named<'a, C>(store: &'a Store, context: impl Fn(&'a str) -> C) -> Vec<Named<'a, C>> {
    // Callers write types and actions down once, in their source; ids come in with other text.
    let mut constants: FxHashSet<&'a str> = FxHashSet::default();
    let mut constant = |text: &'a str| match constants.get(text) {
        Some(known) => *known,
        None => {
            constants.insert(text);
            text
        }
    };
    let requests = store.requests.iter().zip(&store.context_texts).map(|(request, text)| Named {
        principal: (constant(&request.principal.ty), part(&request.json, &request.principal.id)),
        action: constant(&request.action),
        resource: (constant(&request.resource.ty), part(&request.json, &request.resource.id)),
        context: context(text),
    });
    requests.collect()
}

/// Where `text` stands in the request that it came with.
fn part<'a>(json: &'a str, text: &str) -> &'a str {
    let start = json.find(text).expect("the request contains its ids");
    &json[start..start + text.len()]
}
