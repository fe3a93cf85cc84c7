//! The drive by hand: what is common to both ways of writing it.

pub mod bits;
pub mod names;
pub mod rows;

use std::net::IpAddr;

use crate::store::Store;

/// An action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// On documents and folders.
    Read,
    /// On documents and folders.
    Comment,
    /// On documents.
    Write,
    /// On documents.
    Share,
}

impl Action {
    /// The action of that name.
    pub fn named(name: &str) -> Option<Action> {
        match name {
            "read" => Some(Action::Read),
            "comment" => Some(Action::Comment),
            "write" => Some(Action::Write),
            "share" => Some(Action::Share),
            _ => None,
        }
    }

    /// Whether it leaves a document as it was.
    #[inline(always)]
    pub fn looks(self) -> bool {
        self as u8 <= Action::Comment as u8
    }
}

/// What something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// By number.
    Document(u32),
    /// By number.
    Folder(u32),
}

/// A request in ids.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Who.
    pub user: u32,
    /// Does what.
    pub action: Action,
    /// On what.
    pub resource: Resource,
    /// From the context.
    pub mfa: bool,
    /// From the context, as [`number`] makes it; meaningless without `has_ip`.
    pub ip: u128,
    /// Whether the context has an address.
    pub has_ip: bool,
    /// From the context.
    pub managed: bool,
}

/// Networks of the office, as masks over addresses; IPv4 addresses stand in their place among IPv6 ones.
pub struct Office(Vec<(u128, u128)>);

impl Office {
    /// The value that the policies give `OFFICE`.
    pub fn new() -> Self {
        let network = |address: &str, bits: u32| {
            let mask = u128::MAX << (128 - bits);
            (number(address.parse().expect("an address")) & mask, mask)
        };
        Office(vec![network("10.0.0.0", 96 + 8), network("2001:db8::", 32)])
    }

    /// Whether the address is in one of the networks.
    #[inline(always)]
    pub fn contains(&self, ip: u128) -> bool {
        self.0.iter().fold(false, |found, (network, mask)| found | (ip & mask == *network))
    }
}

/// An address as a number; IPv4 addresses keep their place among IPv6 ones.
#[inline(always)]
pub fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => 0xffff_0000_0000 | u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

/// How long support may read a document, in milliseconds.
pub const SUPPORT_PERIOD: i64 = 90 * 24 * 60 * 60 * 1000;

/// All requests in ids.
pub fn requests(store: &Store) -> Vec<Request> {
    let translated = store.requests.iter().map(|request| {
        let resource = store.number(&request.resource) as u32;
        let ip =
            request.context["ip"].as_str().map(|ip| ip.parse().expect("generated addresses are addresses"));
        Request {
            user: store.number(&request.principal) as u32,
            action: Action::named(&request.action).expect("generated actions exist"),
            resource: match request.resource.ty.as_str() {
                "Folder" => Resource::Folder(resource),
                _ => Resource::Document(resource),
            },
            mfa: request.context["mfa"] == true,
            ip: ip.map_or(0, number),
            has_ip: ip.is_some(),
            managed: request.context["device"]["managed"] == true,
        }
    });
    translated.collect()
}
