//! `assize query controls`: controls, the policies that serve them, and the tests that show these at work.

use std::collections::BTreeMap;
use std::io::{self, Write};

use assize_compiler::cases::run::{self, Interpreter};
use assize_runtime::Params;
use assize_runtime::program::Policy;
use serde_json::{Value, json};

use super::csv;
use super::policies::{controls, effect};
use crate::args::{AnyFormat, ControlsArgs, Format};
use crate::exit::{Exit, Stop};
use crate::package::{Package, unbound};

/// A control that a policy serves.
struct Row<'a> {
    control: &'a str,
    policy: &'a Policy,
    place: String,
    /// Tests in which the policy determines what is decided, and that pass.
    tests: Vec<&'a str>,
}

/// Runs the tests and prints the matrix.
pub fn run(args: &ControlsArgs, format: AnyFormat, out: &mut impl Write) -> Result<Exit, Stop> {
    if args.html && format != AnyFormat::Human {
        return Err(Stop::usage("`--html` is a format of its own: leave `--format` out"));
    }
    let package = Package::at(&args.package, format.plain().unwrap_or(Format::Human))?;
    let shown = shown_by_tests(&package)?;
    let mut rows = Vec::new();
    for (index, policy) in package.program.policies.iter().enumerate() {
        let place = package.place_of(index as u32).unwrap_or_default();
        let tests = shown.get(policy.id.as_str()).cloned().unwrap_or_default();
        let served = controls(policy);
        rows.extend(served.map(|control| Row {
            control,
            policy,
            place: place.clone(),
            tests: tests.clone(),
        }));
    }
    // In source order below each control.
    rows.sort_by_key(|row| row.control);
    let without: Vec<&Policy> =
        package.program.policies.iter().filter(|policy| controls(policy).next().is_none()).collect();
    match format {
        AnyFormat::Json => write_json(out, &rows, &without)?,
        AnyFormat::Csv => write_csv(out, &rows)?,
        _ if args.html => write_html(out, &package, &rows, &without)?,
        _ => write_markdown(out, &package, &rows, &without)?,
    }
    Ok(Exit::Success)
}

/// By id of a policy: names of passing tests with an expectation whose decision it determines.
fn shown_by_tests(package: &Package) -> Result<BTreeMap<String, Vec<&str>>, Stop> {
    let params = Params::bind(&package.program, package.params.iter().cloned()).map_err(unbound)?;
    let engine = Interpreter { program: &package.program, params: &params };
    let mut shown: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for case in &package.tests {
        let result = run::run(&package.program, &params, case, &engine);
        if !result.passed() {
            continue;
        }
        for policy in result.expectations.iter().flat_map(|expectation| &expectation.policies) {
            let tests = shown.entry(policy.to_string()).or_default();
            if !tests.contains(&case.name.as_str()) {
                tests.push(case.name.as_str());
            }
        }
    }
    Ok(shown)
}

fn write_json(out: &mut impl Write, rows: &[Row<'_>], without: &[&Policy]) -> io::Result<()> {
    let controls = rows.iter().map(|row| {
        json!({
            "control": row.control,
            "policy": row.policy.id.as_str(),
            "effect": effect(row.policy),
            "place": row.place,
            "tests": row.tests,
        })
    });
    let without = without.iter().map(|policy| policy.id.as_str());
    let without = Value::from_iter(without);
    writeln!(out, "{:#}", json!({ "controls": Value::from_iter(controls), "without_control": without }))
}

fn write_csv(out: &mut impl Write, rows: &[Row<'_>]) -> io::Result<()> {
    csv::write_line(out, &["control", "policy", "effect", "place", "tests"])?;
    for row in rows {
        let tests = row.tests.join("; ");
        csv::write_line(out, &[row.control, &row.policy.id, effect(row.policy), &row.place, &tests])?;
    }
    Ok(())
}

fn title(package: &Package) -> String {
    let name = package.manifest.name.as_ref().map_or("the policies", |name| name.value.as_str());
    format!("Controls of {name}")
}

fn write_markdown(
    out: &mut impl Write,
    package: &Package,
    rows: &[Row<'_>],
    without: &[&Policy],
) -> io::Result<()> {
    writeln!(out, "# {}\n", markdown(&title(package)))?;
    writeln!(out, "| control | policy | effect | what it says | where | tests |\n|---|---|---|---|---|---|")?;
    for row in rows {
        let tests = if row.tests.is_empty() { "none".to_owned() } else { row.tests.join("; ") };
        let cells = [row.control, &row.policy.id, effect(row.policy), &says(row.policy), &row.place, &tests];
        writeln!(out, "| {} |", cells.map(markdown).join(" | "))?;
    }
    if !without.is_empty() {
        let ids: Vec<_> = without.iter().map(|policy| markdown(&policy.id)).collect();
        writeln!(out, "\nWithout a control: {}", ids.join(", "))?;
    }
    Ok(())
}

fn write_html(
    out: &mut impl Write,
    package: &Package,
    rows: &[Row<'_>],
    without: &[&Policy],
) -> io::Result<()> {
    let title = html(&title(package));
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>"
    )?;
    writeln!(
        out,
        "<style>body{{font-family:sans-serif;margin:2em}}table{{border-collapse:collapse}}th,td{{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}}.none{{background:#fdd}}</style>"
    )?;
    writeln!(out, "</head>\n<body>\n<h1>{title}</h1>\n<table>")?;
    writeln!(
        out,
        "<tr><th>control</th><th>policy</th><th>effect</th><th>what it says</th><th>where</th><th>tests</th></tr>"
    )?;
    for row in rows {
        let cells = [row.control, &row.policy.id, effect(row.policy), &says(row.policy), &row.place];
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", html(cell))).collect();
        let tests = match row.tests.is_empty() {
            true => "<td class=\"none\">none</td>".to_owned(),
            false => {
                let tests: Vec<_> = row.tests.iter().map(|test| html(test)).collect();
                format!("<td>{}</td>", tests.join("<br>"))
            }
        };
        writeln!(out, "<tr>{cells}{tests}</tr>")?;
    }
    writeln!(out, "</table>")?;
    if !without.is_empty() {
        let ids: Vec<_> = without.iter().map(|policy| html(&policy.id)).collect();
        writeln!(out, "<p>Without a control: {}</p>", ids.join(", "))?;
    }
    writeln!(out, "</body>\n</html>")
}

/// Its documentation, else its reason.
fn says(policy: &Policy) -> String {
    let text = if policy.docs.is_empty() { policy.because.as_deref() } else { Some(policy.docs.as_str()) };
    text.unwrap_or_default().lines().collect::<Vec<_>>().join(" ")
}

/// A text in a cell of a table.
fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => safe.extend(['\\', letter]),
            '\n' | '\r' => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_policies_are_no_markup() {
        assert_eq!(html("<b> & \"x\""), "&lt;b&gt; &amp; &quot;x&quot;");
        assert_eq!(markdown("a|b\n<i>"), "a\\|b \\<i\\>");
    }
}
