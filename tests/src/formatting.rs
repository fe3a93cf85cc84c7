//! Every example goes through the formatter twice: the second time changes nothing, and what comes out means what went in.

use assize_lang::{Formatted, format};

use crate::case::{Case, Source};

/// The sources of a case as the formatter lays them out, or what it does that it must not, with the line of the source.
pub fn formatted(case: &Case) -> Result<Vec<Source>, (usize, String)> {
    case.sources.iter().map(|source| one(source, case.formatted)).collect()
}

fn one(source: &Source, must_be: bool) -> Result<Source, (usize, String)> {
    let Formatted { text, refused, errors } = format(&source.text);
    if let Some(span) = refused.first() {
        let line = source.text.get(..span.start as usize).unwrap_or_default().matches('\n').count();
        return Err((source.line + line, "the formatter gives up on this declaration".to_owned()));
    }
    let twice = format(&text);
    if twice.text != text || twice.errors.len() != errors.len() {
        return Err((source.line, format!("formatting twice changes it again:\n{text}---\n{}", twice.text)));
    }
    // A block ends with one line end whatever stands in it.
    if must_be && !source.wrapped && text != source.text {
        let differs = text.lines().zip(source.text.lines()).position(|(new, old)| new != old);
        let line = differs.unwrap_or_else(|| text.lines().count().min(source.text.lines().count()));
        let new = text.lines().nth(line).unwrap_or_default();
        return Err((source.line + line, format!("the formatter would write `{new}` here")));
    }
    Ok(Source { text, expected: Vec::new(), ..source.clone() })
}
