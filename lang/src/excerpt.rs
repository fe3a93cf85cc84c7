//! The few lines of source that one diagnostic shows, cut and cleaned for a terminal.
//!
//! A line may be megabytes long and may hold characters that a terminal takes as commands. What is shown is a copy: lines
//! cut to a window around the marked ranges, control characters replaced, numbers and columns those of the file.

use std::collections::BTreeMap;
use std::ops::Range;

use codespan_reporting::files::{Error, Files};

use crate::sources::{SourceFile, floor_boundary};

/// Longer lines are cut, in bytes.
const LONGEST_LINE: usize = 240;
/// What stays before the first marked byte of a line that is cut.
const BEFORE_MARK: usize = 60;
/// Ranges over more lines are marked on their first line only.
const MOST_LINES: usize = 8;
/// Stands where something was cut off.
const CUT: &str = "...";

/// The shown lines of one file.
pub struct Excerpt<'f, 'a> {
    file: &'f SourceFile<'a>,
    text: String,
    lines: Vec<Line>,
}

/// A line of the excerpt.
struct Line {
    /// Where it starts in the excerpt.
    start: usize,
    /// Its index in the file.
    index: usize,
    /// The part of the file that it shows.
    shown: Range<usize>,
    /// Where that part starts in the excerpt.
    shown_start: usize,
}

impl<'f, 'a> Excerpt<'f, 'a> {
    /// The lines of `file` that hold the marked ranges.
    pub fn new(file: &'f SourceFile<'a>, marks: &[Range<usize>]) -> Self {
        // The first mark of each line decides what is shown of it.
        let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
        for mark in marks {
            let (first, last) = (file.line_index(mark.start as u32), file.line_index(mark.end as u32));
            let last = if last - first < MOST_LINES { last } else { first };
            for line in first..=last {
                let start = mark.start.max(file.line_start(line));
                wanted.entry(line).and_modify(|earliest| *earliest = start.min(*earliest)).or_insert(start);
            }
        }
        let mut excerpt = Excerpt { file, text: String::new(), lines: Vec::new() };
        let mut next = None;
        for (line, mark) in wanted {
            // A gap is kept as a gap, so that the renderer marks it.
            let gap = next.map_or(0, |next: usize| line.saturating_sub(next).min(3));
            for filler in line - gap..line {
                excerpt.push(filler, file.line_start(filler));
            }
            excerpt.push(line, mark);
            next = Some(line + 1);
        }
        excerpt
    }

    fn push(&mut self, index: usize, mark: usize) {
        let line_start = self.file.line_start(index);
        let line = self.file.line(index);
        let (from, to) = if line.len() <= LONGEST_LINE {
            (0, line.len())
        } else {
            let from = floor_boundary(line, (mark - line_start).saturating_sub(BEFORE_MARK));
            (from, floor_boundary(line, from + LONGEST_LINE))
        };
        let start = self.text.len();
        self.text.push_str(if from > 0 { CUT } else { "" });
        let shown_start = self.text.len();
        push_clean(&mut self.text, line.get(from..to).unwrap_or_default());
        self.text.push_str(if to < line.len() { CUT } else { "" });
        self.text.push('\n');
        self.lines.push(Line { start, index, shown: line_start + from..line_start + to, shown_start });
    }

    /// Where a range of the file is in the excerpt.
    pub fn locate(&self, range: Range<usize>) -> Range<usize> {
        let first = self.file.line_index(range.start as u32);
        let last = self.file.line_index(range.end as u32);
        let start = self.locate_on(first, range.start);
        let end = match self.lines.iter().any(|line| line.index == last) && last - first < MOST_LINES {
            true => self.locate_on(last, range.end),
            false => self.locate_on(first, usize::MAX),
        };
        start..end.max(start)
    }

    fn locate_on(&self, index: usize, offset: usize) -> usize {
        match self.lines.iter().find(|line| line.index == index) {
            Some(line) => {
                line.shown_start + offset.clamp(line.shown.start, line.shown.end) - line.shown.start
            }
            None => 0,
        }
    }
}

/// Appends `text` with what a terminal would not just show replaced; every character keeps its length in bytes.
fn push_clean(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\t' => out.push('\t'),
            _ if is_unprintable(character) => match character.len_utf8() {
                3 => out.push('\u{fffd}'),
                length => out.extend(std::iter::repeat_n('?', length)),
            },
            _ => out.push(character),
        }
    }
}

/// `text` with what a terminal would not just show replaced.
pub fn clean(text: &str) -> String {
    text.chars().map(|character| if is_unprintable(character) { '\u{fffd}' } else { character }).collect()
}

fn is_unprintable(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// One excerpt for each file that a diagnostic touches.
pub struct Excerpts<'f, 'a>(pub Vec<Excerpt<'f, 'a>>);

impl<'c> Files<'c> for Excerpts<'_, '_> {
    type FileId = usize;
    type Name = String;
    type Source = &'c str;

    fn name(&'c self, id: usize) -> Result<String, Error> {
        Ok(clean(self.get(id)?.file.name()))
    }

    fn source(&'c self, id: usize) -> Result<&'c str, Error> {
        Ok(&self.get(id)?.text)
    }

    fn line_index(&'c self, id: usize, offset: usize) -> Result<usize, Error> {
        Ok(self.get(id)?.lines.partition_point(|line| line.start <= offset).saturating_sub(1))
    }

    fn line_number(&'c self, id: usize, line: usize) -> Result<usize, Error> {
        Ok(self.line(id, line)?.index + 1)
    }

    fn column_number(&'c self, id: usize, line: usize, offset: usize) -> Result<usize, Error> {
        let excerpt = self.get(id)?;
        let line = self.line(id, line)?;
        let in_file = line.shown.start + offset.saturating_sub(line.shown_start);
        Ok(excerpt.file.line_column(in_file as u32).1 as usize)
    }

    fn line_range(&'c self, id: usize, line: usize) -> Result<Range<usize>, Error> {
        let excerpt = self.get(id)?;
        let start = self.line(id, line)?.start;
        let end = excerpt.lines.get(line + 1).map_or(excerpt.text.len(), |next| next.start);
        Ok(start..end)
    }
}

impl<'f, 'a> Excerpts<'f, 'a> {
    fn get(&self, id: usize) -> Result<&Excerpt<'f, 'a>, Error> {
        self.0.get(id).ok_or(Error::FileMissing)
    }

    fn line(&self, id: usize, line: usize) -> Result<&Line, Error> {
        let lines = &self.get(id)?.lines;
        lines.get(line).ok_or(Error::LineTooLarge { given: line, max: lines.len() })
    }
}
