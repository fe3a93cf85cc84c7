//! `assize check`: everything that can be said about a package before a request comes.

use std::io::Write;

use assize_lang::Severity;
use assize_runtime::Params;

use crate::args::{AnyFormat, CheckArgs, Format};
use crate::exit::{Exit, Stop};
use crate::package::{Findings, unbound};
use crate::sarif;

/// Prints the diagnostics and a summary. Params and data files of the package are checked once its policies are sound.
pub fn run(args: &CheckArgs, format: AnyFormat, out: &mut impl Write) -> Result<Exit, Stop> {
    if format == AnyFormat::Csv {
        return Err(format.refused());
    }
    let mut findings = Findings::at(&args.package)?;
    // What is wrong with the data is said after what is wrong with the policies.
    let data = match &findings.package {
        Some(package) => {
            let params = Params::bind(&package.program, package.params.iter().cloned()).map_err(unbound);
            params.and_then(|_| package.load_data(&package.data_files, package.now())).map(Some)
        }
        None => Ok(None),
    };
    if let (Some(package), Ok(Some(data))) = (&findings.package, &data) {
        findings.diagnostics.extend(package.absent_entities(data));
    }
    let report = findings.report();
    match format {
        AnyFormat::Human => report.print_to_stderr(Format::Human)?,
        AnyFormat::Json => report.write_json(out)?,
        AnyFormat::Sarif | AnyFormat::Csv => sarif::write(&report, out)?,
    }
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    let exit = report.exit();
    let repairs = match report.repairable() {
        0 => String::new(),
        number => format!("; `assize fix` repairs {number} of them"),
    };
    let Some(package) = findings.package.as_ref().filter(|_| exit == Exit::Success) else {
        if format == AnyFormat::Human && exit == Exit::Findings {
            writeln!(out, "{}{repairs}", summary(&[(errors, "error"), (warnings, "warning")]))?;
        }
        return Ok(exit.max(Exit::Findings));
    };
    data?;
    if format == AnyFormat::Human {
        let policies = summary(&[(package.program.policies.len(), "policy"), (package.tests.len(), "test")]);
        writeln!(out, "{}: {policies} checked{repairs}", summary(&[(warnings, "warning")]))?;
    }
    Ok(if args.deny_warnings && warnings > 0 { Exit::Findings } else { Exit::Success })
}

/// `2 errors, 1 warning`; the first even if there is none.
pub fn summary(counts: &[(usize, &str)]) -> String {
    let shown = counts.iter().enumerate().filter(|(nth, (count, _))| *nth == 0 || *count > 0);
    let parts: Vec<String> = shown
        .map(|(_, (count, what))| match (count, what.strip_suffix('y')) {
            (1, _) => format!("1 {what}"),
            (0, None) => format!("no {what}s"),
            (_, None) => format!("{count} {what}s"),
            (_, Some(stem)) => format!("{count} {stem}ies"),
        })
        .collect();
    parts.join(", ")
}
