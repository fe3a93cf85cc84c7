//! What one decision runs on: the request as words, and where the snapshot is.

use std::cell::UnsafeCell;
use std::mem::offset_of;

use super::arena::Arena;
use super::image::{Image, Table};
use super::locals::Locals;
use super::names::Scope;

/// Read by native code at the offsets below, and by helpers.
#[repr(C)]
pub(super) struct Frame<'f, 's> {
    tables: *const Table,
    params: *const u64,
    principal: u64,
    resource: u64,
    action: u64,
    context: u64,
    now: i64,
    /// Where the arguments of obligations go; as many words as the policy has such arguments.
    out: *mut u64,
    pub(super) image: &'f Image,
    pub(super) scratch: &'f UnsafeCell<Scratch<'s>>,
}

/// What a decision makes on its way; allocates nothing until something is made.
pub(super) struct Scratch<'a> {
    pub(super) names: Scope<'a>,
    pub(super) arena: Arena,
}

impl<'a> Scratch<'a> {
    pub(super) fn new(image: &'a Image, prepared: &'a Locals) -> UnsafeCell<Self> {
        UnsafeCell::new(Scratch {
            names: Scope::new(&image.entities.names, prepared),
            arena: Arena::default(),
        })
    }
}

/// The request's part of a [`Frame`].
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) principal: u64,
    pub(super) resource: u64,
    pub(super) action: u64,
    pub(super) context: u64,
    pub(super) now: i64,
}

impl<'f, 's> Frame<'f, 's> {
    pub(super) const TABLES: i32 = offset_of!(Frame<'static, 'static>, tables) as i32;
    pub(super) const PARAMS: i32 = offset_of!(Frame<'static, 'static>, params) as i32;
    pub(super) const PRINCIPAL: i32 = offset_of!(Frame<'static, 'static>, principal) as i32;
    pub(super) const RESOURCE: i32 = offset_of!(Frame<'static, 'static>, resource) as i32;
    pub(super) const ACTION: i32 = offset_of!(Frame<'static, 'static>, action) as i32;
    pub(super) const CONTEXT: i32 = offset_of!(Frame<'static, 'static>, context) as i32;
    pub(super) const NOW: i32 = offset_of!(Frame<'static, 'static>, now) as i32;
    pub(super) const OUT: i32 = offset_of!(Frame<'static, 'static>, out) as i32;

    pub(super) fn new(
        image: &'f Image,
        words: Words,
        out: *mut u64,
        scratch: &'f UnsafeCell<Scratch<'s>>,
    ) -> Frame<'f, 's> {
        Frame {
            tables: image.tables.as_ptr(),
            params: image.params.as_ptr(),
            principal: words.principal,
            resource: words.resource,
            action: words.action,
            context: words.context,
            now: words.now,
            out,
            image,
            scratch,
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.now
    }
}
