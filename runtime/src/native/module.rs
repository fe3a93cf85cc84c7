//! Machine code: the one place that talks to Cranelift's JIT about memory.

use std::any::Any;
use std::sync::Arc;

use cranelift_codegen::Context;
use cranelift_codegen::ir::{AbiParam, Signature, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, default_libcall_names};

use super::arena::Arena;
use super::code::Decide;
use super::helpers;
use super::names::Unfit;

/// What the code refers to by address; it lives as long as the code.
#[derive(Default)]
pub(super) struct Pins {
    pub(super) arena: Arena,
    objects: Vec<Arc<dyn Any + Send + Sync>>,
}

impl Pins {
    /// Keeps `object` and says where it is.
    pub(super) fn pin<T: Any + Send + Sync>(&mut self, object: Arc<T>) -> u64 {
        let address = Arc::as_ptr(&object) as u64;
        self.objects.push(object);
        address
    }
}

/// A module under construction.
pub(super) struct Building {
    pub(super) module: JITModule,
    pub(super) pins: Pins,
    /// By [`helpers::Id`].
    pub(super) helpers: Vec<FuncId>,
    extent: Extent,
}

/// How much machine code there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// Each with pages of its own.
    pub(super) modules: usize,
    /// Functions, those that others share included.
    pub(super) functions: usize,
    /// Their bytes.
    pub(super) bytes: usize,
}

impl std::ops::AddAssign for Extent {
    fn add_assign(&mut self, other: Extent) {
        self.modules += other.modules;
        self.functions += other.functions;
        self.bytes += other.bytes;
    }
}

/// Finished code.
pub(super) struct Compiled {
    /// `None` only while dropping.
    module: Option<JITModule>,
    extent: Extent,
    _pins: Pins,
}

// SAFETY: after `finish` the module is only read (addresses of functions) until it is dropped; pins are Send and Sync.
unsafe impl Send for Compiled {}
// SAFETY: as above.
unsafe impl Sync for Compiled {}

/// Compiles for this machine. Made once for each Code; looking up the host's features is not free.
pub(super) fn host() -> Result<OwnedTargetIsa, Unfit> {
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", "speed"),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        ("probestack_strategy", "inline"),
        ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
    ] {
        flags.set(name, value).map_err(|_| Unfit)?;
    }
    let isa = cranelift_native::builder()
        .map_err(|_| Unfit)?
        .finish(settings::Flags::new(flags))
        .map_err(|_| Unfit)?;
    if isa.pointer_type() == types::I64 && isa.endianness() == cranelift_codegen::ir::Endianness::Little {
        Ok(isa)
    } else {
        Err(Unfit)
    }
}

impl Building {
    pub(super) fn new(isa: OwnedTargetIsa) -> Result<Self, Unfit> {
        let all = helpers::all();
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        for helper in &all {
            builder.symbol(helper.name, helper.address);
        }
        let mut module = JITModule::new(builder);
        let mut ids = Vec::with_capacity(all.len());
        for helper in &all {
            let signature =
                signature(module.isa().default_call_conv(), helper.params, usize::from(helper.result));
            ids.push(module.declare_function(helper.name, Linkage::Import, &signature).map_err(|_| Unfit)?);
        }
        let extent = Extent { modules: 1, ..Extent::default() };
        Ok(Building { module, pins: Pins::default(), helpers: ids, extent })
    }

    /// Makes machine code of a function.
    pub(super) fn define(&mut self, id: FuncId, unit: &mut Context) -> Result<(), Unfit> {
        self.module.define_function(id, unit).map_err(|_| Unfit)?;
        let bytes = unit.compiled_code().map_or(0, |code| code.code_info().total_size as usize);
        self.extent += Extent { modules: 0, functions: 1, bytes };
        Ok(())
    }

    /// Makes the code executable; from now on it never changes.
    pub(super) fn finish(mut self) -> Result<Compiled, Unfit> {
        let done = self.module.finalize_definitions();
        let compiled = Compiled { module: Some(self.module), extent: self.extent, _pins: self.pins };
        done.map(|()| compiled).map_err(|_| Unfit)
    }

    /// Gives up, and gives the memory back.
    pub(super) fn abandon(self) {
        drop(Compiled { module: Some(self.module), extent: self.extent, _pins: self.pins });
    }
}

impl Compiled {
    /// How much it is.
    pub(super) fn extent(&self) -> Extent {
        self.extent
    }

    /// Where a function that the module defines begins.
    pub(super) fn address(&self, function: FuncId) -> Option<*const u8> {
        Some(self.module.as_ref()?.get_finalized_function(function))
    }

    /// A function from a frame to a number; `None` if it has another signature. Whoever calls it keeps `self` beside it.
    pub(super) fn decide(&self, function: FuncId) -> Option<Decide> {
        let declared = &self.module.as_ref()?.declarations().get_function_decl(function).signature;
        if declared.params.len() != 1 || declared.returns.len() != 1 {
            return None;
        }
        let address = self.address(function)?;
        // SAFETY: functions of one word with one result are made for frames only, in the C calling convention of the host (see `emit`).
        Some(unsafe { std::mem::transmute::<*const u8, Decide>(address) })
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: a function of this module runs only while its caller borrows the Code that owns `self`, so none runs now,
            // and the addresses are in structs that are dropped together with `self`.
            unsafe { module.free_memory() };
        }
    }
}

/// A signature of 64-bit words.
pub(super) fn signature(convention: CallConv, params: usize, results: usize) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params = vec![AbiParam::new(types::I64); params];
    signature.returns = vec![AbiParam::new(types::I64); results];
    signature
}
