//! A panic in a helper never unwinds through machine code, which has no way to say how: what runs a built-in catches it, and the decision
//! is left to the interpreter; anywhere else it would be our own mistake, and ends the process.

use std::process::Command;
use std::sync::Arc;

use cranelift_codegen::Context;
use cranelift_codegen::ir::{Function, InstBuilder, UserFuncName, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{Linkage, Module};

use crate::native::code::Decide;
use crate::native::frame::{Frame, Words};
use crate::native::helpers::{BuiltinSite, Id};
use crate::native::locals::Locals;
use crate::native::module::{Building, host, signature};
use crate::native::{Code, Image, status};
use crate::program::Effect;
use crate::testing::*;
use crate::types::Type;

/// What machine code returns that calls a helper with the frame and these words.
fn call(helper: Id, words: &[u64]) -> u64 {
    let program = verified(vec![policy("p", Effect::Allow, None)]);
    let code = Arc::new(Code::compile(&program).unwrap());
    let image = Image::link(&code, &[], &data(), None).unwrap();

    let mut building = Building::new(host().unwrap()).unwrap();
    let signature = signature(building.module.isa().default_call_conv(), 1, 1);
    let id = building.module.declare_function("caller", Linkage::Export, &signature).unwrap();
    let mut unit = Context::for_function(Function::with_name_signature(UserFuncName::user(0, 0), signature));
    let mut context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut unit.func, &mut context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let mut args = vec![builder.block_params(block)[0]];
    args.extend(words.iter().map(|word| builder.ins().iconst(types::I64, *word as i64)));
    let helper = building.module.declare_func_in_func(building.helpers[helper as usize], builder.func);
    let called = builder.ins().call(helper, &args);
    let result = builder.inst_results(called)[0];
    builder.ins().return_(&[result]);
    builder.seal_all_blocks();
    builder.finalize(building.module.isa().frontend_config());
    building.define(id, &mut unit).unwrap();
    let compiled = building.finish().unwrap();
    // SAFETY: the function was made with this signature and lives as long as `compiled`.
    let caller = unsafe { std::mem::transmute::<*const u8, Decide>(compiled.address(id).unwrap()) };

    let words = Words { principal: 0, resource: 0, action: 0, context: 0, now: 0 };
    caller(&Frame::new(&image, &Locals::default(), words))
}

#[test]
fn a_panic_in_a_built_in_is_a_fault_to_machine_code() {
    let (args, out) = ([0_u64; 1], std::cell::Cell::new(0_u64));
    let run = |eval| {
        let site = BuiltinSite { eval, params: Vec::new(), result: Type::Int };
        call(Id::builtin, &[&raw const site as u64, args.as_ptr() as u64, out.as_ptr() as u64])
    };
    assert_eq!(run(|_| panic!("as asked for by a test")), status::FAULT);
    assert_eq!(run(|_| Ok(crate::Value::Int(7))), status::PRESENT);
    assert_eq!(out.get(), 7);
}

/// Tells the test below that it is the child.
const CHILD: &str = "ASSIZE_TEST_OF_PANICS";

#[test]
#[allow(clippy::disallowed_methods, reason = "a test tells itself in another process what to do")]
fn a_panic_in_another_helper_ends_the_process() {
    if std::env::var_os(CHILD).is_some() {
        // More memory than there can be: the helper panics, and nothing may arrive here.
        let caught = std::panic::catch_unwind(|| call(Id::alloc, &[u64::MAX]));
        println!("came back: {}", caught.is_err());
        return;
    }
    let own = std::env::current_exe().unwrap();
    let name = "native::tests::panics::a_panic_in_another_helper_ends_the_process";
    let ended = Command::new(own).args([name, "--exact", "--nocapture"]).env(CHILD, "").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(!ended.status.success() && !out.contains("came back"), "{out}\n{err}");
    assert!(out.contains("running 1 test") && err.contains("panicked"), "{out}\n{err}");
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const SIGABRT: i32 = 6;
        assert_eq!(ended.status.signal(), Some(SIGABRT), "{err}");
    }
}
