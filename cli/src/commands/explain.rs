//! `assize explain`: the page of a diagnostic code.

use std::io::Write;

use assize_lang::codes::{self, CodeInfo};
use serde_json::json;

use crate::args::{ExplainArgs, Format};
use crate::exit::{Exit, Stop};
use crate::pages::page;

/// Prints one page, or the list of all codes.
pub fn run(args: &ExplainArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    match &args.code {
        Some(code) => one(code, format, out),
        None => all(format, out),
    }
}

fn one(code: &str, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let info = codes::find(code).ok_or_else(|| {
        Stop::usage(format!("there is no diagnostic `{code}`")).help("list them with `assize explain`")
    })?;
    match (format, page(info.code.0)) {
        (Format::Json, page) => {
            writeln!(out, "{}", json!({ "code": info.code.0, "title": info.title, "page": page }))?;
        }
        (Format::Human, Some(page)) => write!(out, "{page}")?,
        (Format::Human, None) => writeln!(out, "# {}: {}", info.code.0, info.title)?,
    }
    Ok(Exit::Success)
}

fn all(format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    for CodeInfo { code, title } in codes::ALL {
        match format {
            Format::Json => writeln!(out, "{}", json!({ "code": code.0, "title": title }))?,
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
