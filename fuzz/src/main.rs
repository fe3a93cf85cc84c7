//! Attacks on Assize: everything that reads what a stranger wrote, under libFuzzer. `fuzz/run` builds and runs it; `docs/trust.md` says what
//! each target promises.
//!
//! ```text
//! targets/   one file for each thing that is attacked
//! seeds.rs   what attacks begin with: the examples of the language's reference, and what the compiler makes of them
//! tape.rs    bytes as choices
//! world.rs   data and requests for any Program
//! engines.rs one Program in all ways in which it is decided, which must be one
//! mutate.rs  Programs with a part that is wrong
//! source.rs  packages as text, well typed
//! ```
#![no_main]

mod engines;
mod mutate;
mod seeds;
mod source;
mod tape;
mod targets;
mod world;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

/// What is attacked: `ASSIZE_FUZZ` says it.
fn chosen() -> targets::Target {
    static CHOSEN: OnceLock<targets::Target> = OnceLock::new();
    *CHOSEN.get_or_init(|| {
        let name = std::env::var("ASSIZE_FUZZ").unwrap_or_default();
        let found = targets::ALL.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("ASSIZE_FUZZ names no target: {name}")).1
    })
}

fuzz_target!(
    init: {
        if let Ok(folder) = std::env::var("ASSIZE_FUZZ_SEEDS") {
            seeds::write(std::path::Path::new(&folder));
            std::process::exit(0);
        }
    },
    |data: &[u8]| chosen()(data)
);
