//! `assize explain`: why a request is allowed or denied, or the page of a diagnostic code.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use assize_compiler::explain::page as page_of;
use assize_compiler::names::suggest;
use assize_lang::codes::{self, CodeInfo};
use assize_runtime::Params;
use assize_runtime::interpret::explain::explain;
use assize_runtime::json::{Clock, read_request};
use console::Term;
use serde_json::json;

use crate::args::{ExplainArgs, Format, PackageArgs};
use crate::clock;
use crate::commands::decide::request::{Flags, text_of};
use crate::diagnostics::colors_on_stdout;
use crate::exit::{Exit, Stop};
use crate::package::{Package, unbound};
use crate::pages::page;
use crate::terminal_page::{PageStyle, show};

/// Prints one page, or the list of all codes.
pub fn run(args: &ExplainArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let named = [&args.principal, &args.action, &args.resource];
    let request = text_of(Flags { named, context: &args.context, entities: &args.entities })?;
    match (&args.about[..], request) {
        (_, Some(request)) => decision(args, &request, format, out),
        ([], None) => all(format, out),
        ([code], None) => one(code, format, out),
        (_, None) => Err(Stop::usage("one code is explained at a time")
            .help("say a code, or a package with `--principal`, `--action` and `--resource`")),
    }
}

/// Why a request is allowed or denied, by the reference interpreter: it is the one whose steps can be shown.
fn decision(args: &ExplainArgs, request: &str, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let now = args.now.as_deref().map(clock::read).transpose()?;
    let paths = match args.about.is_empty() {
        true => vec![PathBuf::from(".")],
        false => args.about.iter().map(PathBuf::from).collect(),
    };
    let package = Package::at(&PackageArgs { paths, profile: args.profile.clone() }, format)?;
    let mut files = if args.no_package_data { Vec::new() } else { package.data_files.clone() };
    files.extend(args.data.iter().cloned());
    let now = now.unwrap_or_else(|| package.now());
    let data = package.load_data(&files, now)?;
    let params = Params::bind(&package.program, package.params.clone()).map_err(unbound)?;
    let query = read_request(&package.program, request, Clock::At(now)).map_err(Stop::usage)?;
    let explanation = explain(&package.program, &params, &data, &query);
    let text = page_of(&package.program, &package.files, &query, &explanation);
    match format {
        Format::Json => {
            let ids: Vec<&str> = explanation
                .outcome
                .policies
                .iter()
                .filter_map(|index| package.program.policies.get(*index as usize))
                .map(|policy| policy.id.as_str())
                .collect();
            let decision = if explanation.outcome.allowed { "allow" } else { "deny" };
            writeln!(out, "{}", json!({ "decision": decision, "policies": ids, "text": text }))?;
        }
        Format::Human => print_page(&text, out)?,
    }
    Ok(Exit::Success)
}

/// A program that reads this gets the Markdown that it is.
fn print_page(text: &str, out: &mut impl Write) -> Result<(), Stop> {
    if io::stdout().is_terminal() {
        let width = Term::stdout().size().1.into();
        write!(out, "{}", show(text, PageStyle { colors: colors_on_stdout(), width }))?;
    } else {
        write!(out, "{text}")?;
    }
    Ok(())
}

fn one(code: &str, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let info = codes::find(code).ok_or_else(|| unknown(code))?;
    let text = page(info.code.0);
    match format {
        Format::Json => {
            let page = info.code.page();
            writeln!(
                out,
                "{}",
                json!({ "code": info.code.0, "title": info.title, "page": page, "text": text })
            )?;
        }
        Format::Human => {
            let text = text.map_or_else(|| format!("# {}: {}\n", info.code.0, info.title), str::to_owned);
            print_page(&text, out)?;
        }
    }
    Ok(Exit::Success)
}

/// For a code that there is not: the one that was probably meant.
fn unknown(code: &str) -> Stop {
    let stop = Stop::usage(format!("there is no diagnostic `{code}`"));
    let written = code.to_ascii_uppercase();
    let known = codes::ALL.iter().map(|info| info.code.0);
    match suggest(&written, known).and_then(codes::find) {
        Some(info) => {
            stop.help(format!("did you mean {}, \"{}\"? `assize explain` lists all", info.code.0, info.title))
        }
        None if Path::new(code).exists() => {
            stop.help("to explain a decision, add `--principal`, `--action` and `--resource`")
        }
        None => stop.help("list them with `assize explain`"),
    }
}

fn all(format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    for CodeInfo { code, title } in codes::ALL {
        match format {
            Format::Json => {
                writeln!(out, "{}", json!({ "code": code.0, "title": title, "page": code.page() }))?
            }
            Format::Human => writeln!(out, "{}  {title}", code.0)?,
        }
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use assize_lang::codes;

    use crate::pages::PAGES;

    #[test]
    fn every_page_belongs_to_a_code_and_begins_with_its_title() {
        for (code, page) in PAGES {
            let info = codes::ALL.iter().find(|info| info.code.0 == *code);
            let title = info.unwrap_or_else(|| panic!("no code {code}")).title;
            assert_eq!(page.lines().next(), Some(format!("# {code}: {title}").as_str()));
        }
    }
}
