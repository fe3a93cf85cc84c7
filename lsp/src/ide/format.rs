//! The one true format, as edits.

use assize_lang::{Edit, Span, split};

/// The edits that give a text the one true format, in order; those alone that touch `part`, if one is given. Declarations that are
/// alike already are left alone, so that an editor's marks in them stay.
pub fn format(text: &str, part: Option<Span>) -> Vec<Edit> {
    let formatted = assize_lang::format(text);
    if formatted.text == text {
        return Vec::new();
    }
    let (old, new) = (pieces(text), pieces(&formatted.text));
    // The formatter never changes how many declarations there are; if it did, all of it would be one edit.
    if old.len() != new.len() {
        let whole = Span::new(0, text.len() as u32);
        return if part.is_none() { vec![edit(whole, &formatted.text)] } else { Vec::new() };
    }
    let mut edits = Vec::new();
    for (old, new) in old.into_iter().zip(new) {
        let touches = part.is_none_or(|part| part.start < old.span.end && old.span.start < part.end);
        if touches && old.text != new.text {
            edits.push(trimmed(old, new.text));
        }
    }
    edits
}

/// The edits for what somebody has just ended with `}` or with a new line, at `offset`: of the declaration around it alone.
pub fn on_type(text: &str, offset: u32) -> Vec<Edit> {
    let before = text.get(..offset as usize).unwrap_or_default().trim_end();
    let end = before.len() as u32;
    let chunk = split(text).chunks.into_iter().find(|chunk| chunk.start < end && end <= chunk.end);
    // In the middle of a declaration, somebody is still at it.
    match chunk {
        Some(chunk) if chunk.end == end => {
            let inside = |edit: &Edit| edit.start >= chunk.start && edit.end <= chunk.end;
            format(text, Some(Span::new(chunk.start, chunk.end))).into_iter().filter(inside).collect()
        }
        _ => Vec::new(),
    }
}

/// A declaration, or what stands between two.
struct Piece<'t> {
    span: Span,
    text: &'t str,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut end = 0;
    let mut add = |start: u32, end: u32| {
        let own = text.get(start as usize..end as usize).unwrap_or_default();
        pieces.push(Piece { span: Span::new(start, end), text: own });
    };
    for chunk in split(text).chunks {
        add(end, chunk.start);
        add(chunk.start, chunk.end);
        end = chunk.end;
    }
    add(end, text.len() as u32);
    pieces
}

/// The edit of a piece, without what is alike at its ends.
fn trimmed(old: Piece<'_>, new: &str) -> Edit {
    let common = |pairs: &mut dyn Iterator<Item = (char, char)>| {
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>()
    };
    let start = common(&mut old.text.chars().zip(new.chars()));
    let (old_rest, new_rest) = (&old.text[start..], &new[start..]);
    let end = common(&mut old_rest.chars().rev().zip(new_rest.chars().rev()));
    let span = Span::new(old.span.start + start as u32, old.span.end - end as u32);
    edit(span, &new_rest[..new_rest.len() - end])
}

fn edit(span: Span, text: &str) -> Edit {
    Edit { start: span.start, end: span.end, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{format, on_type};
    use crate::ide::rename::applied;
    use assize_lang::Span;

    const TEXT: &str = "entity  User\n\n\n\nentity Doc{owner:User}\n\nallow   User  to read on Doc";

    #[test]
    fn a_document_gets_the_one_true_format() {
        let edits = format(TEXT, None);
        assert_eq!(applied(TEXT, &edits), assize_lang::format(TEXT).text);
        assert_eq!(format(&assize_lang::format(TEXT).text, None), []);
    }

    #[test]
    fn a_range_changes_nothing_outside_of_it() {
        let at = TEXT.find("entity Doc").unwrap() as u32;
        let edits = format(TEXT, Some(Span::new(at, at + 3)));
        assert_eq!(
            applied(TEXT, &edits),
            "entity  User\n\n\n\nentity Doc { owner: User }\n\nallow   User  to read on Doc"
        );
    }

    #[test]
    fn a_brace_that_ends_a_declaration_formats_it() {
        let at = TEXT.find('}').unwrap() as u32 + 1;
        let edits = on_type(TEXT, at);
        assert_eq!(
            applied(TEXT, &edits),
            "entity  User\n\n\n\nentity Doc { owner: User }\n\nallow   User  to read on Doc"
        );
        assert_eq!(on_type(TEXT, at - 4), [], "somebody is still at it");
    }

    #[test]
    fn what_is_broken_stays_as_it_is() {
        let text = "entity  User\nallow   User to\n";
        assert_eq!(applied(text, &format(text, None)), "entity User\nallow   User to\n");
    }
}
