//! `assize explain`: the page of a diagnostic code.

use std::io::{self, IsTerminal, Write};

use assize_compiler::names::suggest;
use assize_lang::codes::{self, CodeInfo};
use console::Term;
use serde_json::json;

use crate::args::{ExplainArgs, Format};
use crate::diagnostics::colors_on_stdout;
use crate::exit::{Exit, Stop};
use crate::pages::page;
use crate::terminal_page::{PageStyle, show};

/// Prints one page, or the list of all codes.
pub fn run(args: &ExplainArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    match &args.code {
        Some(code) => one(code, format, out),
        None => all(format, out),
    }
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
            // A program that reads this gets the Markdown that it is.
            if io::stdout().is_terminal() {
                let width = Term::stdout().size().1.into();
                write!(out, "{}", show(&text, PageStyle { colors: colors_on_stdout(), width }))?;
            } else {
                write!(out, "{text}")?;
            }
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
