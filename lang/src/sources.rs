//! The texts that diagnostics point into, by file number, with their lines.

/// The files of a package, in the order that [`crate::Label::file`] counts.
#[derive(Debug, Default)]
pub struct SourceFiles<'a> {
    files: Vec<SourceFile<'a>>,
}

/// One text.
#[derive(Debug)]
pub struct SourceFile<'a> {
    name: String,
    text: &'a str,
    line_starts: Vec<u32>,
}

impl<'a> SourceFiles<'a> {
    /// No files yet.
    pub fn new() -> Self {
        SourceFiles::default()
    }

    /// Adds a file with the name that people know it by; returns its number.
    pub fn add(&mut self, name: impl Into<String>, text: &'a str) -> u32 {
        self.files.push(SourceFile::new(name, text));
        self.files.len() as u32 - 1
    }

    /// The file with this number.
    pub fn get(&self, file: u32) -> Option<&SourceFile<'a>> {
        self.files.get(file as usize)
    }
}

impl<'a> SourceFile<'a> {
    /// A file with the name that people know it by.
    pub fn new(name: impl Into<String>, text: &'a str) -> Self {
        let after_line_ends =
            text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at as u32 + 1);
        let line_starts = std::iter::once(0).chain(after_line_ends).collect();
        SourceFile { name: name.into(), text, line_starts }
    }

    /// The name that people know it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The line of an offset, counted from 0. An offset behind the end counts as the end.
    pub fn line_index(&self, offset: u32) -> usize {
        self.line_starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// Offset of the first byte of a line counted from 0, or of the end of the text.
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts.get(line).map_or(self.text.len(), |&start| start as usize)
    }

    /// A line counted from 0, without its line end.
    pub fn line(&self, line: usize) -> &'a str {
        let whole = self.text.get(self.line_start(line)..self.line_start(line + 1)).unwrap_or_default();
        let whole = whole.strip_suffix('\n').unwrap_or(whole);
        whole.strip_suffix('\r').unwrap_or(whole)
    }

    /// Line and column of an offset; see [`line_column`].
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let (line, before) = self.before(offset);
        (line, before.chars().count() as u32 + 1)
    }

    /// Line and column of an offset, both counted from 1, columns in UTF-16 code units as some formats want them.
    pub fn line_column_utf16(&self, offset: u32) -> (u32, u32) {
        let (line, before) = self.before(offset);
        (line, before.encode_utf16().count() as u32 + 1)
    }

    /// The line of an offset, counted from 1, and what stands on it before the offset.
    fn before(&self, offset: u32) -> (u32, &'a str) {
        let line = self.line_index(offset);
        let start = self.line_start(line);
        let before = self.text.get(start..floor_boundary(self.text, offset as usize)).unwrap_or_default();
        (line as u32 + 1, before)
    }
}

/// The last character boundary at or before `offset`.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Line and column of a byte offset, both counted from 1, columns in characters. An offset behind the end counts as the
/// end.
pub fn line_column(text: &str, offset: u32) -> (u32, u32) {
    let before = &text[..floor_boundary(text, offset as usize)];
    let line = before.bytes().filter(|&byte| byte == b'\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_from_one() {
        let text = "añb\r\n🔒x\n";
        let file = SourceFile::new("a", text);
        for (offset, place) in [
            (0, (1, 1)),
            (1, (1, 2)),
            (2, (1, 2)),
            (3, (1, 3)),
            (6, (2, 1)),
            (10, (2, 2)),
            (12, (3, 1)),
            (99, (3, 1)),
        ] {
            assert_eq!(line_column(text, offset), place, "offset {offset}");
            assert_eq!(file.line_column(offset), place, "offset {offset}");
        }
        assert_eq!(file.line_column_utf16(10), (2, 3), "`🔒` has two code units");
        assert_eq!(file.line_column_utf16(3), (1, 3));
        assert_eq!(file.line(0), "añb");
        assert_eq!(file.line(2), "");
    }
}
