//! What one decision runs on: the request as words, and where the snapshot is.

use std::cell::UnsafeCell;
use std::mem::offset_of;

use super::arena::Arena;
use super::image::{Image, Table};
use super::locals::Locals;
use super::names::Scope;

/// Read by native code at the offsets below, and by helpers. `'i` is the snapshot's life, `'p` that of the names that a prepared
/// context brought.
#[repr(C)]
pub(super) struct Frame<'i: 'p, 'p> {
    tables: *const Table,
    params: *const u64,
    /// For the time of the request: see `grants::head`.
    signatures: *const u64,
    words: Words,
    /// Where the arguments of obligations go; as many words as the policy has such arguments.
    pub(super) out: *mut u64,
    pub(super) image: &'i Image,
    prepared: &'p Locals,
    scratch: UnsafeCell<Option<Scratch<'p>>>,
}

/// What a decision makes on its way.
pub(super) struct Scratch<'a> {
    pub(super) names: Scope<'a>,
    pub(super) arena: Arena,
}

impl<'a> Scratch<'a> {
    pub(super) fn new(image: &'a Image, prepared: &'a Locals) -> Self {
        Scratch { names: Scope::new(&image.entities.names, prepared), arena: Arena::default() }
    }
}

/// The request.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Words {
    pub(super) principal: u64,
    pub(super) resource: u64,
    pub(super) action: u64,
    pub(super) context: u64,
    pub(super) now: i64,
}

impl<'i: 'p, 'p> Frame<'i, 'p> {
    pub(super) const TABLES: i32 = offset_of!(Frame<'static, 'static>, tables) as i32;
    pub(super) const PARAMS: i32 = offset_of!(Frame<'static, 'static>, params) as i32;
    pub(super) const SIGNATURES: i32 = offset_of!(Frame<'static, 'static>, signatures) as i32;
    pub(super) const PRINCIPAL: i32 = offset_of!(Frame<'static, 'static>, words.principal) as i32;
    pub(super) const RESOURCE: i32 = offset_of!(Frame<'static, 'static>, words.resource) as i32;
    pub(super) const ACTION: i32 = offset_of!(Frame<'static, 'static>, words.action) as i32;
    pub(super) const CONTEXT: i32 = offset_of!(Frame<'static, 'static>, words.context) as i32;
    pub(super) const NOW: i32 = offset_of!(Frame<'static, 'static>, words.now) as i32;
    pub(super) const OUT: i32 = offset_of!(Frame<'static, 'static>, out) as i32;

    /// Nothing is made until a helper needs it.
    #[inline(always)]
    pub(super) fn new(image: &'i Image, prepared: &'p Locals, words: Words) -> Frame<'i, 'p> {
        let mut frame = Frame::unasked(image, prepared);
        frame.ask(words);
        frame
    }

    /// What `run` makes of a frame for a request, which stays where it is made: to move one costs as much as a small decision.
    #[inline(always)]
    pub(super) fn with<T>(
        image: &'i Image,
        prepared: &'p Locals,
        words: Words,
        run: impl FnOnce(&mut Frame<'i, 'p>) -> T,
    ) -> T {
        let mut frame = Frame {
            tables: image.tables.as_ptr(),
            params: image.params.as_ptr(),
            signatures: image.signatures(words.now),
            words,
            out: std::ptr::null_mut(),
            image,
            prepared,
            scratch: UnsafeCell::new(None),
        };
        run(&mut frame)
    }

    /// For a request whose words are still to be made, in the scratch memory; then [`Frame::ask`] is told.
    #[inline(always)]
    pub(super) fn unasked(image: &'i Image, prepared: &'p Locals) -> Frame<'i, 'p> {
        Frame {
            tables: image.tables.as_ptr(),
            params: image.params.as_ptr(),
            signatures: std::ptr::null(),
            words: Words { principal: 0, resource: 0, action: 0, context: 0, now: 0 },
            out: std::ptr::null_mut(),
            image,
            prepared,
            scratch: UnsafeCell::new(None),
        }
    }

    /// The request, before native code runs. What is true of rows that end is true for its time.
    #[inline(always)]
    pub(super) fn ask(&mut self, words: Words) {
        self.words = words;
        self.signatures = self.image.signatures(words.now);
    }

    /// The request, for a function that asks nothing about grants.
    #[inline(always)]
    pub(super) fn ask_about_context(&mut self, words: Words) {
        self.words = words;
    }

    /// The next request of several that differ in these entities; nothing is left of the one before.
    #[inline(always)]
    pub(super) fn ask_next(&mut self, principal: u64, resource: u64) {
        (self.words.principal, self.words.resource) = (principal, resource);
        self.out = std::ptr::null_mut();
        let scratch = self.scratch.get_mut();
        if scratch.is_some() {
            *scratch = None;
        }
    }

    pub(super) fn words(&self) -> Words {
        self.words
    }

    pub(super) fn now(&self) -> i64 {
        self.words.now
    }

    /// # Safety
    /// Nothing else refers to it: a helper is the only one that runs, and calls this once.
    #[expect(clippy::mut_from_ref, reason = "the caller keeps the rule that is stated")]
    pub(super) unsafe fn scratch(&self) -> &mut Scratch<'p> {
        // SAFETY: passed on from the caller.
        let scratch = unsafe { &mut *self.scratch.get() };
        scratch.get_or_insert_with(|| Scratch::new(self.image, self.prepared))
    }

    /// The same before anything is in it; it is made for this image, and then stays.
    #[inline(always)]
    pub(super) fn unmade_scratch(&mut self) -> &mut Option<Scratch<'p>> {
        self.scratch.get_mut()
    }

    /// While no native code runs.
    pub(super) fn scratch_mut(&mut self) -> &mut Scratch<'p> {
        let (image, prepared) = (self.image, self.prepared);
        self.scratch.get_mut().get_or_insert_with(|| Scratch::new(image, prepared))
    }

    /// Names for the words that native code has left.
    pub(super) fn names(&mut self) -> &Scope<'p> {
        &self.scratch_mut().names
    }
}
