//! Calls: of functions of the Program, of built-ins and of the text matchers.

use std::sync::Arc;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, UserFuncName, Value, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{FuncId, Linkage, Module};

use super::{Emitter, Functions, MOST_NODES, Scope, Ssa, inner};
use crate::builtins::{BuiltinId, Form};
use crate::native::code::Code;
use crate::native::helpers::{BuiltinSite, Id};
use crate::native::module::{Building, signature};
use crate::native::names::Unfit;
use crate::native::status;
use crate::program::NodeId;
use crate::types::Type;

/// Functions up to this size are emitted where they are called.
pub(super) const INLINE_NODES: usize = 48;
/// Functions that call functions .. deeper than this are left to the interpreter; the native stack is not ours.
const MOST_CALLS: usize = 64;

impl Emitter<'_, '_> {
    pub(super) fn call_function(
        &mut self,
        scope: &mut Scope<'_>,
        function: u32,
        args: &[NodeId],
    ) -> Result<Ssa, Unfit> {
        let code = self.code;
        let declared = code.program.functions.get(function as usize).ok_or(Unfit)?;
        if declared.params.len() != args.len() {
            return Err(Unfit);
        }
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            let subject = self.subject(scope, *arg);
            values.push((self.value(scope, *arg)?, subject));
        }
        let size = declared.body.nodes.len();
        let has_room = self.nodes + size < MOST_NODES / 2;
        if size <= INLINE_NODES && (has_room || self.gathered.is_some()) {
            let mut inner = Scope::new(&declared.body)?;
            for (local, (value, subject)) in values.into_iter().enumerate() {
                inner.bind(local, value, subject)?;
            }
            let root = Self::root(&inner)?;
            return self.value(&mut inner, root);
        }
        let id = declare(code, self.building, self.functions, function)?;
        let target = self.building.module.declare_func_in_func(id, self.b.func);
        let mut words = vec![self.frame, self.budget];
        for (value, _) in values {
            words.push(self.pack(value.word));
            if let Some(present) = value.present {
                words.push(self.pack(present));
            }
        }
        let call = self.b.ins().call(target, &words);
        let (ended, word) = (self.b.inst_results(call)[0], self.b.inst_results(call)[1]);
        let result = declared.body.nodes.last().map(|node| node.ty.clone()).ok_or(Unfit)?;
        self.outcome(ended, word, &result)
    }

    /// A value from a status and a word.
    fn outcome(&mut self, ended: Value, word: Value, ty: &Type) -> Result<Ssa, Unfit> {
        let next = self.block(&[]);
        let erred = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, ended, status::FAULT as i64);
        let to = self.on_error;
        self.b.ins().brif(erred, to, &[BlockArg::Value(ended)], next, &[]);
        self.switch_to(next);
        let word = self.unpack(inner(ty), word);
        if matches!(ty, Type::Optional(_)) {
            let present = self.is(ended, status::PRESENT);
            return Ok(Ssa { word, present: Some(present) });
        }
        // A built-in that promised a value must not lack it.
        let absent = self.is(ended, status::ABSENT);
        let present = self.not(absent);
        self.fault_if_zero(present);
        Ok(Ssa { word, present: None })
    }

    pub(super) fn builtin(
        &mut self,
        scope: &mut Scope<'_>,
        builtin: BuiltinId,
        args: &[NodeId],
        ty: &Type,
    ) -> Result<Ssa, Unfit> {
        let declared = builtin.get().ok_or(Unfit)?;
        if declared.params.len() != args.len() {
            return Err(Unfit);
        }
        let mut words = Vec::with_capacity(args.len());
        let mut params = Vec::with_capacity(args.len());
        for arg in args {
            params.push(self.node(scope, *arg)?.ty.clone());
            let word = self.plain(scope, *arg)?;
            words.push(self.pack(word));
        }
        // Without a call through values: what conditions ask of every request.
        let in_words = match (declared.form, params.as_slice()) {
            (Form::Operator("in"), [Type::Ip, Type::Cidr]) => Some(Id::in_range),
            (Form::Operator("in"), [Type::Ip, Type::Set(of)]) if **of == Type::Cidr => Some(Id::in_ranges),
            _ => None,
        };
        if let Some(helper) = in_words {
            let truth = self.call(helper, &words);
            let word = self.is_not(truth, 0);
            return Ok(Ssa { word, present: None });
        }
        let site = BuiltinSite { eval: declared.eval, params, result: inner(ty).clone() };
        let site = self.building.pins.pin(Arc::new(site));
        let site = self.word(site);
        let args = self.spill(&words);
        let zero = self.word(0);
        let out = self.spill(&[zero]);
        let ended = self.call(Id::builtin, &[self.frame, site, args, out]);
        let word = self.load(types::I64, super::here(), out, 0);
        self.outcome(ended, word, ty)
    }

    pub(super) fn like(
        &mut self,
        scope: &mut Scope<'_>,
        id: NodeId,
        text: NodeId,
        pattern: u32,
    ) -> Result<Value, Unfit> {
        let text = self.plain(scope, text)?;
        let pattern = match self.open(scope, id) {
            Some(pattern) => pattern,
            None => {
                let pattern = self.code.program.like_patterns.get(pattern as usize).ok_or(Unfit)?.clone();
                let pattern = self.building.pins.pin(Arc::new(pattern));
                self.word(pattern)
            }
        };
        let truth = self.call(Id::like, &[self.frame, pattern, text]);
        Ok(self.b.ins().ireduce(types::I8, truth))
    }

    pub(super) fn matches(
        &mut self,
        scope: &mut Scope<'_>,
        id: NodeId,
        text: NodeId,
        regex: u32,
    ) -> Result<Value, Unfit> {
        let text = self.plain(scope, text)?;
        let regex = match self.open(scope, id) {
            Some(regex) => regex,
            None => {
                let regex = self.code.program.regexes().get(regex as usize).ok_or(Unfit)?.clone();
                let regex = self.building.pins.pin(Arc::new(regex));
                self.word(regex)
            }
        };
        let truth = self.call(Id::matches, &[self.frame, regex, text]);
        Ok(self.b.ins().ireduce(types::I8, truth))
    }
}

/// The native function of a function of the Program, to be defined by [`define_functions`].
fn declare(
    code: &Code,
    building: &mut Building,
    functions: &mut Functions,
    index: u32,
) -> Result<FuncId, Unfit> {
    if let Some(id) = functions.declared.get(&index) {
        return Ok(*id);
    }
    if code.call_depth.get(index as usize).is_none_or(|depth| *depth > MOST_CALLS) {
        return Err(Unfit);
    }
    let declared = code.program.functions.get(index as usize).ok_or(Unfit)?;
    let params = 2 + declared.params.iter().map(words).sum::<usize>();
    let signature = signature(building.module.isa().default_call_conv(), params, 2);
    let name = format!("function_{index}");
    let id = building.module.declare_function(&name, Linkage::Local, &signature).map_err(|_| Unfit)?;
    functions.declared.insert(index, id);
    Ok(id)
}

fn words(ty: &Type) -> usize {
    if matches!(ty, Type::Optional(_)) { 2 } else { 1 }
}

/// Defines every function that has been called, and those that they call.
pub(super) fn define_functions(
    code: &Code,
    building: &mut Building,
    functions: &mut Functions,
    context: &mut FunctionBuilderContext,
) -> Result<(), Unfit> {
    while let Some((index, id)) =
        functions.declared.get_index(functions.defined).map(|(index, id)| (*index, *id))
    {
        functions.defined += 1;
        let declared = code.program.functions.get(index as usize).ok_or(Unfit)?;
        let params = 2 + declared.params.iter().map(words).sum::<usize>();
        let mut unit = building.module.make_context();
        unit.func.signature = signature(building.module.isa().default_call_conv(), params, 2);
        unit.func.name = UserFuncName::user(0, id.as_u32());
        let mut emitter =
            Emitter::new(code, building, functions, FunctionBuilder::new(&mut unit.func, context), None);
        let entry = emitter.b.current_block().ok_or(Unfit)?;
        let words: Vec<Value> = emitter.b.block_params(entry).to_vec();
        emitter.budget = words[1];
        let mut scope = Scope::new(&declared.body)?;
        let mut at = 2;
        for (local, ty) in declared.params.iter().enumerate() {
            let word = emitter.unpack(inner(ty), words[at]);
            at += 1;
            let present = if matches!(ty, Type::Optional(_)) {
                at += 1;
                Some(emitter.b.ins().ireduce(types::I8, words[at - 1]))
            } else {
                None
            };
            scope.bind(local, Ssa { word, present }, None)?;
        }
        let root = Emitter::root(&scope)?;
        let value = emitter.value(&mut scope, root)?;
        let word = emitter.pack(value.word);
        let ended = match value.present {
            Some(present) => {
                let (yes, no) = (emitter.word(status::PRESENT), emitter.word(status::ABSENT));
                emitter.select(present, yes, no)
            }
            None => emitter.word(status::PRESENT),
        };
        emitter.b.ins().return_(&[ended, word]);
        let on_error = emitter.on_error;
        emitter.switch_to(on_error);
        let number = emitter.param(on_error, 0);
        let nothing = emitter.word(0);
        emitter.b.ins().return_(&[number, nothing]);
        emitter.finish();
        building.define(id, &mut unit)?;
    }
    Ok(())
}
