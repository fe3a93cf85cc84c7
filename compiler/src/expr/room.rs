//! Stack for deep trees.
//!
//! The parser lets trees be [`assize_lang::MAX_DEPTH`] high. Checking one goes down it with a few kilobytes a level, which is more
//! than a small thread may have left. Such trees are rare: they get a thread of their own.

use assize_lang::ast::Expr;

use super::scope::{Binding, Scope};

/// Trees up to this height are checked where the caller stands.
const SHALLOW: u32 = 40;

/// Bytes of stack for a tree of any height.
const DEEP_STACK: usize = 32 << 20;

/// The height that a check can reach: the tree with every `let` that it may stand for.
pub(super) fn height<'e>(scope: &Scope<'_>, exprs: impl IntoIterator<Item = &'e Expr>) -> u32 {
    let tallest = exprs.into_iter().map(|expr| u32::from(expr.depth)).max().unwrap_or_default();
    let lets = scope.bindings.iter().map(|(_, binding)| match binding {
        Binding::Let(value) => u32::from(value.depth),
        _ => 0,
    });
    lets.fold(tallest, u32::saturating_add)
}

/// Runs `check` with room for a tree of this height.
pub(super) fn with_room<R: Send>(height: u32, check: impl FnOnce() -> R + Send) -> R {
    if height <= SHALLOW {
        return check();
    }
    let mut check = Some(check);
    let mut result = None;
    std::thread::scope(|scope| {
        let run = || result = check.take().map(|check| check());
        // Where there are no threads the caller's stack has to do.
        if let Ok(thread) = std::thread::Builder::new().stack_size(DEEP_STACK).spawn_scoped(scope, run)
            && let Err(panic) = thread.join()
        {
            std::panic::resume_unwind(panic);
        }
    });
    match (result, check) {
        (Some(result), _) => result,
        (None, Some(check)) => check(),
        (None, None) => unreachable!("a check that was taken has run or has panicked"),
    }
}
