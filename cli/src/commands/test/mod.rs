//! `assize test`: the tests beside the policies, by default with both engines.

mod execute;
mod show;

use std::io::Write;

use assize_runtime::EngineKind;

use crate::args::{AnyFormat, TestArgs};
use crate::diagnostics::Report;
use crate::exit::{Exit, Stop};
use crate::package::Findings;
use crate::sarif;

/// Runs the tests that the filter leaves and prints how each went.
pub fn run(args: &TestArgs, format: AnyFormat, out: &mut impl Write) -> Result<Exit, Stop> {
    if format == AnyFormat::Csv {
        return Err(format.refused());
    }
    let findings = Findings::at(&args.package)?;
    let report = findings.report();
    match format.plain() {
        Some(plain) => report.print_to_stderr(plain)?,
        None if findings.package.is_none() => sarif::write(&report, out)?,
        None => {}
    }
    let exit = report.exit().max(Exit::Findings);
    let Findings { mut diagnostics, package, .. } = findings;
    let Some(package) = package else { return Ok(exit) };
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
        AnyFormat::Human => show::human(&package, &results, package.tests.len(), out)?,
        AnyFormat::Json => show::json(&package, &results, out)?,
        AnyFormat::Sarif | AnyFormat::Csv => {
            diagnostics.extend(results.iter().flat_map(show::failures));
            sarif::write(&Report { texts: &package.files, diagnostics: &diagnostics }, out)?;
        }
    }
    let failed = results.iter().any(|result| !result.failures.is_empty());
    Ok(if failed { Exit::Findings } else { Exit::Success })
}
