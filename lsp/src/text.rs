//! Places in a text as editors count them, and edits of texts.
//!
//! The compiler counts bytes. Editors count lines, and within a line the code units of UTF-8 or UTF-16, whichever client and server
//! have agreed on. A line ends with `\n`, `\r\n` or `\r`.

/// What columns count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Code units of UTF-16: what every client can do.
    #[default]
    Utf16,
}

/// A place as editors count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Counted from 0.
    pub line: u32,
    /// Code units from the start of the line.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// The lines of `text`.
    pub fn new(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let ends_line = |at: usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let after = (0..bytes.len()).filter(|at| ends_line(*at)).map(|at| at as u32 + 1);
        Lines { starts: std::iter::once(0).chain(after).collect() }
    }

    /// How many lines there are; the one behind the last line end counts.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never: the empty text has one line.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The byte offset of a place. What is behind the end of its line or of the text counts as that end; what is inside a character
    /// counts as its start.
    pub fn offset(&self, text: &str, place: Place, encoding: Encoding) -> u32 {
        let Some(start) = self.starts.get(place.line as usize) else { return text.len() as u32 };
        let line = self.content(text, place.line as usize);
        let mut left = place.column as usize;
        for (at, character) in line.char_indices() {
            let width = match encoding {
                Encoding::Utf8 => character.len_utf8(),
                Encoding::Utf16 => character.len_utf16(),
            };
            if left < width {
                return start + at as u32;
            }
            left -= width;
        }
        start + line.len() as u32
    }

    /// The place of a byte offset.
    pub fn place(&self, text: &str, offset: u32, encoding: Encoding) -> Place {
        let mut offset = (offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start as usize <= offset).saturating_sub(1);
        let start = self.starts.get(line).map_or(0, |start| *start as usize);
        let before = text.get(start..offset).unwrap_or_default();
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.encode_utf16().count(),
        };
        Place { line: line as u32, column: column as u32 }
    }

    /// A line without its end.
    pub fn content<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let end = self.starts.get(line + 1).map_or(text.len(), |next| *next as usize);
        let start = self.starts.get(line).map_or(end, |start| *start as usize);
        text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n'])
    }
}

/// `text` with what stands between two places replaced.
pub fn replaced(text: &str, range: (Place, Place), new: &str, encoding: Encoding) -> String {
    let lines = Lines::new(text);
    let start = lines.offset(text, range.0, encoding) as usize;
    let end = (lines.offset(text, range.1, encoding) as usize).max(start);
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    [before, new, after].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "añ\r\n🔒x\rlast\n";

    #[test]
    fn columns_count_what_was_agreed_on() {
        let lines = Lines::new(TEXT);
        assert_eq!(lines.len(), 4);
        for (offset, line, utf8, utf16) in [
            (0, 0, 0, 0),
            (1, 0, 1, 1),
            (3, 0, 3, 2),
            (5, 1, 0, 0),
            (9, 1, 4, 2),
            (11, 2, 0, 0),
            (16, 3, 0, 0),
        ] {
            for (encoding, column) in [(Encoding::Utf8, utf8), (Encoding::Utf16, utf16)] {
                let place = Place { line, column };
                assert_eq!(lines.place(TEXT, offset, encoding), place, "{offset}");
                assert_eq!(lines.offset(TEXT, place, encoding), offset, "{place:?}");
            }
        }
    }

    #[test]
    fn places_outside_of_the_text_count_as_the_nearest_inside() {
        let lines = Lines::new(TEXT);
        let at = |line, column| lines.offset(TEXT, Place { line, column }, Encoding::Utf16);
        assert_eq!(at(0, 99), 3, "behind the line, but before its end");
        assert_eq!(at(1, 1), 5, "inside of `🔒`");
        assert_eq!((at(99, 0), at(3, 7)), (16, 16));
        assert_eq!(lines.place(TEXT, 999, Encoding::Utf8), Place { line: 3, column: 0 });
        assert_eq!(lines.place(TEXT, 7, Encoding::Utf8), Place { line: 1, column: 0 });
    }

    #[test]
    fn an_edit_replaces_what_is_between_two_places() {
        let place = |line, column| Place { line, column };
        let edit = |from, to, new| replaced(TEXT, (from, to), new, Encoding::Utf16);
        assert_eq!(edit(place(1, 0), place(1, 2), "y"), "añ\r\nyx\rlast\n");
        assert_eq!(edit(place(0, 2), place(1, 0), ""), "añ🔒x\rlast\n");
        assert_eq!(edit(place(3, 0), place(3, 0), "z"), "añ\r\n🔒x\rlast\nz");
        assert_eq!(edit(place(1, 2), place(1, 0), "w"), "añ\r\n🔒wx\rlast\n", "an end before its start");
    }
}
