//! From nodes to Cranelift's intermediate form.
//!
//! Native functions are of four kinds, all over one [`Frame`]:
//!
//! ```text
//! decide(frame)                   -> verdict           a whole environment; stops as soon as the answer is sure
//! lookup(frame)                   -> verdict           the same of many policies, by what they ask of a request
//! policy(frame, row, constants)   -> status            all policies of one shape in one environment, each with its constants
//! function(frame, budget, args..) -> status, word      a `fn` that was not inlined
//! ```
//! A value is a word in a register, truth values in 8 bits; an optional has a second register that says whether it is present. An
//! error is a jump to the block that stands in [`Emitter::on_error`], with the error's number; evaluation order is the order of
//! emission. Rows can always be loaded from (there is a row of zeroes), so such loads may move; cells may not exist where a
//! field is absent, so loads from them stay where they are.

mod bits;
mod call;
mod class;
mod collection;
mod entity;
mod grant;
mod key;
mod lookup;
mod operator;
mod policy;
mod residue;
mod shared;
mod signature;
mod simple;
mod value;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Block, BlockArg, FuncRef, InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind,
    Type as IrType, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use cranelift_module::{FuncId, Module};
use indexmap::IndexMap;

use super::code::Code;
use super::frame::Frame;
use super::helpers::Id;
use super::module::Building;
use super::names::Unfit;
use super::status;
use crate::program::Body;
use crate::types::{Environment, Type};
use crate::value::EvalError;

use bits::Gathered;
pub(super) use class::define_class;
pub(super) use grant::pattern_plan;
pub(super) use lookup::{Inline, define_lookup};
pub(super) use policy::{Assumed, Covered, define_decision, define_policy};
pub(super) use shared::Shared;

/// Nodes that one native function may hold, inlined ones included. Compile time is more than linear in them.
pub(super) const MOST_NODES: usize = 8_000;
/// Nesting of nodes that the emitter follows, calls included.
const MOST_DEPTH: usize = 200;

/// A value in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ssa {
    /// 8 bits for a truth value, else 64.
    word: Value,
    /// 8 bits; only of an optional.
    present: Option<Value>,
}

/// A body being emitted.
struct Scope<'p> {
    body: &'p Body,
    locals: Vec<Option<Bound>>,
}

/// A local.
#[derive(Clone, Copy)]
struct Bound {
    value: Ssa,
    /// It is the request's principal or resource.
    subject: Option<Role>,
}

/// Which entity of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::native) enum Role {
    Principal,
    Resource,
}

impl<'p> Scope<'p> {
    fn new(body: &'p Body) -> Result<Self, Unfit> {
        // Each local is bound by a node or is a parameter, so honest bodies have few.
        if body.locals as usize > MOST_NODES {
            Err(Unfit)
        } else {
            Ok(Scope { body, locals: vec![None; body.locals as usize] })
        }
    }

    fn bind(&mut self, local: usize, value: Ssa, subject: Option<Role>) -> Result<(), Unfit> {
        *self.locals.get_mut(local).ok_or(Unfit)? = Some(Bound { value, subject });
        Ok(())
    }
}

/// Native functions for the functions of the Program, in one module.
#[derive(Default)]
pub(super) struct Functions {
    declared: IndexMap<u32, FuncId>,
    /// How many of these are defined.
    defined: usize,
}

/// An entity of the request: its word and its row.
#[derive(Clone, Copy)]
struct Subject {
    word: Value,
    row: Value,
    /// The data surely holds it: reading its attributes cannot err.
    held: bool,
}

/// Emits one native function.
pub(super) struct Emitter<'a, 'f> {
    code: &'a Code,
    building: &'a mut Building,
    functions: &'a mut Functions,
    b: FunctionBuilder<'f>,
    /// `None` in functions of the Program.
    environment: Option<Environment>,
    frame: Value,
    tables: Value,
    /// In an environment.
    principal: Option<Subject>,
    /// In an environment.
    resource: Option<Subject>,
    /// What is left for quantifiers.
    budget: Value,
    /// Takes the number of an error.
    on_error: Block,
    /// Where errors do not lead there, but are a bit that is computed like others; see `bits`.
    gathered: Option<Gathered>,
    helpers: Vec<Option<FuncRef>>,
    nodes: usize,
    depth: usize,
    /// In a function for all policies of a shape: what it leaves open, and its table.
    shared: Option<(&'a Shared, Value)>,
}

/// Memory that is always there and never changes while the code runs.
fn anywhere() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly().with_can_move()
}

/// Memory that is there at this point of the evaluation.
fn here() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// The register type of a value; of an optional, of what it holds.
fn register(ty: &Type) -> IrType {
    match ty {
        Type::Bool => types::I8,
        Type::Optional(inner) => register(inner),
        _ => types::I64,
    }
}

/// The type of what an optional holds; other types themselves.
fn inner(ty: &Type) -> &Type {
    match ty {
        Type::Optional(inner) => inner,
        _ => ty,
    }
}

impl<'a, 'f> Emitter<'a, 'f> {
    /// Begins a function whose first parameter is the frame. The entry block is current.
    pub(super) fn new(
        code: &'a Code,
        building: &'a mut Building,
        functions: &'a mut Functions,
        mut b: FunctionBuilder<'f>,
        environment: Option<Environment>,
    ) -> Self {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let frame = b.block_params(entry)[0];
        let tables = b.ins().load(types::I64, anywhere(), frame, Frame::TABLES);
        let budget = b.ins().iconst(types::I64, crate::program::QUANTIFIER_BUDGET as i64);
        let on_error = b.create_block();
        b.append_block_param(on_error, types::I64);
        let helpers = vec![None; building.helpers.len()];
        let mut emitter = Emitter {
            code,
            building,
            functions,
            b,
            environment,
            frame,
            tables,
            principal: None,
            resource: None,
            budget,
            on_error,
            gathered: None,
            helpers,
            nodes: 0,
            depth: 0,
            shared: None,
        };
        if let Some(environment) = environment {
            let principal = emitter.load(types::I64, anywhere(), frame, Frame::PRINCIPAL);
            let resource = emitter.load(types::I64, anywhere(), frame, Frame::RESOURCE);
            let row = emitter.row_of_type(environment.principal, principal);
            emitter.principal = Some(Subject { word: principal, row, held: false });
            let row = emitter.row_of_type(environment.resource, resource);
            emitter.resource = Some(Subject { word: resource, row, held: false });
        }
        emitter
    }

    fn load(&mut self, ty: IrType, flags: MemFlagsData, at: Value, offset: i32) -> Value {
        self.b.ins().load(ty, flags, at, offset)
    }

    fn word(&mut self, word: u64) -> Value {
        self.b.ins().iconst(types::I64, word as i64)
    }

    fn bool(&mut self, truth: bool) -> Value {
        self.b.ins().iconst(types::I8, i64::from(truth))
    }

    fn equal(&mut self, a: Value, b: Value) -> Value {
        self.b.ins().icmp(IntCC::Equal, a, b)
    }

    fn is(&mut self, a: Value, word: u64) -> Value {
        self.b.ins().icmp_imm_s(IntCC::Equal, a, word as i64)
    }

    fn is_not(&mut self, a: Value, word: u64) -> Value {
        self.b.ins().icmp_imm_s(IntCC::NotEqual, a, word as i64)
    }

    fn not(&mut self, truth: Value) -> Value {
        self.b.ins().bxor_imm_s(truth, 1)
    }

    /// A block that takes values of these types.
    fn block(&mut self, params: &[IrType]) -> Block {
        let block = self.b.create_block();
        for ty in params {
            self.b.append_block_param(block, *ty);
        }
        block
    }

    fn jump(&mut self, to: Block, args: &[Value]) {
        let args: Vec<_> = args.iter().map(|value| BlockArg::Value(*value)).collect();
        self.b.ins().jump(to, &args);
    }

    fn brif(&mut self, truth: Value, yes: Block, no: Block) {
        self.b.ins().brif(truth, yes, &[], no, &[]);
    }

    fn switch_to(&mut self, block: Block) {
        self.b.switch_to_block(block);
    }

    fn param(&self, block: Block, at: usize) -> Value {
        self.b.block_params(block)[at]
    }

    /// Ends in `error` if `truth`.
    fn fail_if(&mut self, truth: Value, error: EvalError) {
        if self.gather(truth) {
            return;
        }
        let next = self.b.create_block();
        let number = self.word(status::of_error(error));
        let to = self.on_error;
        self.b.ins().brif(truth, to, &[BlockArg::Value(number)], next, &[]);
        self.switch_to(next);
    }

    /// Ends in a fault if `word` is zero.
    fn fault_if_zero(&mut self, word: Value) {
        let next = self.b.create_block();
        let number = self.word(status::FAULT);
        let to = self.on_error;
        self.b.ins().brif(word, next, &[], to, &[BlockArg::Value(number)]);
        self.switch_to(next);
    }

    /// Calls a helper.
    fn call(&mut self, helper: Id, args: &[Value]) -> Value {
        let at = helper as usize;
        let func = match self.helpers[at] {
            Some(func) => func,
            None => {
                let func = self.building.module.declare_func_in_func(self.building.helpers[at], self.b.func);
                self.helpers[at] = Some(func);
                func
            }
        };
        let call = self.b.ins().call(func, args);
        self.b.inst_results(call)[0]
    }

    /// A slot of so many words in the stack frame. Few: what may be many goes to the arena.
    fn slot(&mut self, words: u32) -> StackSlot {
        self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, words.max(1) * 8, 3))
    }

    /// Stores words in a slot and gives its address.
    fn spill(&mut self, words: &[Value]) -> Value {
        let slot = self.slot(words.len() as u32);
        for (at, word) in words.iter().enumerate() {
            self.b.ins().stack_store(types::I64, *word, slot, at as i32 * 8);
        }
        self.b.ins().stack_addr(types::I64, slot, 0)
    }

    /// A register as a word in memory.
    fn pack(&mut self, value: Value) -> Value {
        if self.b.func.dfg.value_type(value) == types::I8 {
            self.b.ins().uextend(types::I64, value)
        } else {
            value
        }
    }

    /// A word from memory as a register of a value of `ty`.
    fn unpack(&mut self, ty: &Type, word: Value) -> Value {
        if register(ty) == types::I8 { self.b.ins().ireduce(types::I8, word) } else { word }
    }

    /// Chooses between two values of one register type.
    fn select(&mut self, truth: Value, yes: Value, no: Value) -> Value {
        self.b.ins().select(truth, yes, no)
    }

    fn present(&mut self, word: Value) -> Ssa {
        let present = self.bool(true);
        Ssa { word, present: Some(present) }
    }

    /// As many registers as a value of `ty` has.
    fn registers(ty: &Type) -> Vec<IrType> {
        match ty {
            Type::Optional(_) => vec![register(ty), types::I8],
            _ => vec![register(ty)],
        }
    }

    /// Jumps with a value to a block made with [`Emitter::registers`] of its type.
    fn join(&mut self, to: Block, value: Ssa) {
        match value.present {
            Some(present) => self.jump(to, &[value.word, present]),
            None => self.jump(to, &[value.word]),
        }
    }

    /// The value that such a block takes.
    fn joined(&self, block: Block) -> Ssa {
        let params = self.b.block_params(block);
        Ssa { word: params[0], present: params.get(1).copied() }
    }

    /// Finishes the function.
    fn finish(mut self) {
        self.b.seal_all_blocks();
        let config = self.building.module.target_config();
        self.b.finalize(config);
    }
}
