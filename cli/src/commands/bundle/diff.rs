//! `assize diff`: what two bundles or packages declare differently.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use assize_runtime::declared::{Kind, declarations};
use serde_json::{Value, json};

use super::open;
use crate::args::{DiffArgs, Format, PackageArgs};
use crate::exit::{Exit, Stop};
use crate::package::Package;
use crate::replace::unified_diff;

type Declared = BTreeMap<(Kind, String), String>;

/// What became of a declaration.
enum Change<'a> {
    Added(&'a str),
    Removed(&'a str),
    Changed(&'a str, &'a str),
}

impl Change<'_> {
    fn word(&self) -> &'static str {
        match self {
            Change::Added(_) => "added",
            Change::Removed(_) => "removed",
            Change::Changed(..) => "changed",
        }
    }
}

/// Prints each declaration that is not the same in both; exit code 1 if there is one.
pub fn run(args: &DiffArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let (old, new) = (declared(&args.old, format)?, declared(&args.new, format)?);
    let changes = changes(&old, &new);
    match format {
        Format::Human if changes.is_empty() => writeln!(out, "both declare the same")?,
        Format::Human => {
            for ((kind, name), change) in &changes {
                let title = format!("{} {}", kind.word(), name.escape_debug());
                writeln!(out, "{} {title}", change.word())?;
                if let Change::Changed(old, new) = change {
                    let shown = unified_diff(&title, "new", &lines(old), &lines(new));
                    // The first two lines name what the line above has named.
                    shown.lines().skip(2).try_for_each(|line| writeln!(out, "  {line}"))?;
                }
            }
        }
        Format::Json => {
            let list: Vec<Value> = changes
                .iter()
                .map(|((kind, name), change)| {
                    let (old, new) = match change {
                        Change::Added(new) => (None, Some(new)),
                        Change::Removed(old) => (Some(old), None),
                        Change::Changed(old, new) => (Some(old), Some(new)),
                    };
                    json!({ "kind": kind.word(), "name": name, "change": change.word(), "old": old, "new": new })
                })
                .collect();
            writeln!(out, "{}", Value::Array(list))?;
        }
    }
    Ok(if changes.is_empty() { Exit::Success } else { Exit::Findings })
}

/// One line ends as every other.
fn lines(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

fn declared(path: &Path, format: Format) -> Result<Declared, Stop> {
    if path.is_dir() {
        let args = PackageArgs { paths: vec![PathBuf::from(path)], profile: None };
        return Ok(declarations(&Package::at(&args, format)?.program));
    }
    Ok(declarations(&open(path)?.program))
}

fn changes<'a>(old: &'a Declared, new: &'a Declared) -> BTreeMap<&'a (Kind, String), Change<'a>> {
    let gone_or_other = old.iter().filter_map(|(key, before)| match new.get(key) {
        None => Some((key, Change::Removed(before.as_str()))),
        Some(after) if after != before => Some((key, Change::Changed(before, after))),
        Some(_) => None,
    });
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    gone_or_other.chain(added.map(|(key, after)| (key, Change::Added(after.as_str())))).collect()
}
