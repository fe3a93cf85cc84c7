//! `assize fix`: the repairs that diagnostics carry, made in the package's own policy files.

use std::io::Write;

use assize_compiler::package::{SourceText, load};
use assize_compiler::repairs::{Choice, Repair, repair};
use assize_lang::{Severity, locate};
use serde_json::{Value, json};

use super::check::summary;
use crate::args::{FixArgs, Format};
use crate::diagnostics::Report;
use crate::exit::{Exit, Stop};
use crate::replace::{Replacement, unified_diff};

/// Makes the repairs, says which, and prints what is left. Nothing is written before everything can be.
pub fn run(args: &FixArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let sources = match load(&args.paths) {
        Ok(sources) => sources,
        Err(failure) => {
            let report = Report { texts: &failure.files, diagnostics: &failure.diagnostics };
            report.print_to_stderr(format)?;
            return Ok(report.exit().max(Exit::Findings));
        }
    };
    let before = sources.policies.clone();
    let choice = if args.suggested { Choice::Suggested } else { Choice::Safe };
    let repaired = repair(sources, choice);
    let changed: Vec<(&SourceText, &SourceText)> =
        before.iter().zip(&repaired.sources.policies).filter(|(old, new)| old.text != new.text).collect();
    if !args.dry_run {
        let prepared: Vec<Replacement> = changed
            .iter()
            .map(|(old, new)| Replacement::prepare(&old.path, &old.text, &new.text))
            .collect::<Result<_, _>>()?;
        prepared.into_iter().try_for_each(Replacement::make)?;
    }

    let left = Report { texts: &repaired.compilation.files, diagnostics: &repaired.compilation.diagnostics };
    let repairs =
        Repairs { before: &before, made: &repaired.made, refused: &repaired.refused, changed: &changed };
    match format {
        Format::Human => {
            repairs.write_human(args.dry_run, out)?;
            out.flush()?;
            left.print_to_stderr(format)?;
            let (errors, warnings) = (left.count(Severity::Error), left.count(Severity::Warning));
            match (errors, warnings) {
                (0, 0) => {}
                (0, _) => writeln!(out, "{} left", summary(&[(warnings, "warning")]))?,
                _ => writeln!(out, "{} left", summary(&[(errors, "error"), (warnings, "warning")]))?,
            }
        }
        Format::Json => writeln!(out, "{}", repairs.to_json(args.dry_run, &left))?,
    }
    let would_change = if args.dry_run && !changed.is_empty() { Exit::Findings } else { Exit::Success };
    Ok(left.exit().max(would_change))
}

/// What was done.
struct Repairs<'a> {
    before: &'a [SourceText],
    made: &'a [Repair],
    refused: &'a [Repair],
    /// Texts before and after.
    changed: &'a [(&'a SourceText, &'a SourceText)],
}

impl Repairs<'_> {
    fn path(&self, file: u32) -> String {
        self.before.get(file as usize).map(|source| source.path.display().to_string()).unwrap_or_default()
    }

    /// With a dry run the difference, otherwise a line for each repair; then how many there are.
    fn write_human(&self, dry_run: bool, out: &mut impl Write) -> std::io::Result<()> {
        let line = |repair: &Repair| {
            let Repair { file, line, column, code, title } = repair;
            format!("{}:{line}:{column}: {}: {title}", self.path(*file), code.0)
        };
        if dry_run {
            for (old, new) in self.changed {
                write!(
                    out,
                    "{}",
                    unified_diff(&old.path.display().to_string(), "repaired", &old.text, &new.text)
                )?;
            }
        } else {
            for repair in self.made {
                writeln!(out, "{}", line(repair))?;
            }
        }
        for repair in self.refused {
            writeln!(out, "{} (not made: something else would be wrong then)", line(repair))?;
        }
        if self.made.is_empty() {
            return writeln!(out, "nothing to repair");
        }
        let verb = if dry_run { " would be made" } else { "" };
        let repairs = summary(&[(self.made.len(), "repair")]);
        writeln!(out, "{repairs}{verb} in {}", summary(&[(self.changed.len(), "file")]))
    }

    fn to_json(&self, dry_run: bool, left: &Report<'_>) -> Value {
        let one = |repair: &Repair| {
            let Repair { file, line, column, code, title } = repair;
            json!({ "file": self.path(*file), "line": line, "column": column, "code": code.0, "title": title })
        };
        let file = |(old, new): &(&SourceText, &SourceText)| {
            let name = old.path.display().to_string();
            let diff = unified_diff(&name, "repaired", &old.text, &new.text);
            json!({ "file": name, "diff": diff })
        };
        let files = left.files();
        let left = left.diagnostics.iter().map(|located| locate(&files, located.file, &located.diagnostic));
        json!({
            "written": !dry_run,
            "repairs": self.made.iter().map(one).collect::<Vec<_>>(),
            "refused": self.refused.iter().map(one).collect::<Vec<_>>(),
            "files": self.changed.iter().map(file).collect::<Vec<_>>(),
            "left": left.collect::<Vec<_>>(),
        })
    }
}
