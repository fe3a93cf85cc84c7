//! `assize test`: the tests beside the policies, by default with both engines.

mod execute;
mod show;

use std::io::Write;

use assize_runtime::EngineKind;

use crate::args::{Format, TestArgs};
use crate::exit::{Exit, Stop};
use crate::package::Package;

/// Runs the tests that the filter leaves and prints how each went.
pub fn run(args: &TestArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let package = Package::at(&args.package, format)?;
    let kinds = match args.engine {
        Some(engine) => vec![engine.into()],
        None => vec![EngineKind::Interpreter, EngineKind::Jit],
    };
    let wanted = |name: &str| args.filter.as_deref().is_none_or(|filter| name.contains(filter));
    let cases: Vec<_> = package.tests.iter().filter(|case| wanted(&case.name)).collect();
    if let Some(filter) = &args.filter
        && cases.is_empty()
    {
        // In CI, a filter with a slip in it must not look like tests that passed.
        return Err(Stop::usage(format!("no test has `{filter}` in its name")));
    }
    let results = execute::run(&package, &cases, &kinds)?;
    match format {
        Format::Human => show::human(&package, &results, package.tests.len(), out)?,
        Format::Json => show::json(&package, &results, out)?,
    }
    let failed = results.iter().any(|result| !result.failures.is_empty());
    Ok(if failed { Exit::Findings } else { Exit::Success })
}
