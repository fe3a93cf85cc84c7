//! Which of some questions about the context are true.

use cranelift_codegen::ir::InstBuilder;
use cranelift_codegen::ir::types;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{FuncId, Linkage, Module};

use super::call::define_functions;
use super::policy::unit;
use super::{Emitter, Functions, Scope};
use crate::native::code::Code;
use crate::native::module::{Building, signature};
use crate::native::names::Unfit;
use crate::program::Body;
use crate::types::Environment;

/// Defines `class(frame)`: a bit for each question that is true, or the number after all such numbers if one errs.
pub(crate) fn define_class(
    code: &Code,
    building: &mut Building,
    functions: &mut Functions,
    context: &mut FunctionBuilderContext,
    environment: Environment,
    questions: &[Body],
) -> Result<FuncId, Unfit> {
    let convention = building.module.isa().default_call_conv();
    let id = building
        .module
        .declare_function("class", Linkage::Export, &signature(convention, 1, 1))
        .map_err(|_| Unfit)?;
    let mut unit = unit(building, id, 1);
    let builder = FunctionBuilder::new(&mut unit.func, context);
    let mut emitter = Emitter::new(code, building, functions, builder, Some(environment));
    let odd = emitter.block(&[]);
    let mut class = emitter.word(0);
    for (at, body) in questions.iter().enumerate() {
        let mut scope = Scope::new(body)?;
        let root = Emitter::root(&scope)?;
        let truth = if emitter.simplicity(&scope, root, true).is_some() {
            let (truth, erred) = emitter.truth_or_error(&mut scope, root)?;
            if let Some(erred) = erred {
                let next = emitter.block(&[]);
                emitter.brif(erred, odd, next);
                emitter.switch_to(next);
            }
            truth
        } else {
            emitter.plain(&mut scope, root)?
        };
        let bit = emitter.b.ins().uextend(types::I64, truth);
        let bit = emitter.b.ins().ishl_imm_u(bit, at as i64);
        class = emitter.b.ins().bor(class, bit);
    }
    emitter.b.ins().return_(&[class]);
    let on_error = emitter.on_error;
    emitter.switch_to(on_error);
    emitter.jump(odd, &[]);
    emitter.switch_to(odd);
    emitter.give(1 << questions.len());
    emitter.finish();
    building.define(id, &mut unit)?;
    define_functions(code, building, functions, context)?;
    Ok(id)
}
