//! Lines of a stream, in bounded memory.

use std::io::{self, BufRead};

/// The longest line that is read.
pub const MAX_LINE: usize = 16 << 20;

/// One line, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes; a carriage return before the line break is gone as well.
    Bytes(&'a [u8]),
    /// It was longer than [`MAX_LINE`]; what it said is lost.
    TooLong,
}

/// Reads lines into one buffer, again and again.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    limit: usize,
    consumed: u64,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `reader`.
    pub fn new(reader: R) -> Self {
        Lines { reader, buffer: Vec::new(), limit: MAX_LINE, consumed: 0 }
    }

    /// How many bytes have been read.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The next line; the last one need not end in a line break.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let mut too_long = false;
        let mut read_any = false;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                break;
            }
            read_any = true;
            let end = memchr(chunk);
            let content = &chunk[..end.unwrap_or(chunk.len())];
            if self.buffer.len() + content.len() > self.limit {
                too_long = true;
                self.buffer.clear();
            } else if !too_long {
                self.buffer.extend_from_slice(content);
            }
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.reader.consume(used);
            self.consumed += used as u64;
            if end.is_some() {
                break;
            }
        }
        if !read_any {
            return Ok(None);
        }
        if too_long {
            return Ok(Some(Line::TooLong));
        }
        Ok(Some(Line::Bytes(self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer))))
    }
}

fn memchr(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, limit: usize) -> Vec<String> {
        // A tiny reader buffer, so that lines span several reads.
        let mut lines = Lines::new(io::BufReader::with_capacity(3, text.as_bytes()));
        lines.limit = limit;
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            all.push(match line {
                Line::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                Line::TooLong => "<too long>".to_owned(),
            });
        }
        assert_eq!(lines.consumed(), text.len() as u64);
        all
    }

    #[test]
    fn lines_end_with_a_line_break_or_the_file() {
        assert_eq!(lines("one\r\ntwo\n\nthree", 100), ["one", "two", "", "three"]);
        assert!(lines("", 100).is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_takes_no_memory_and_hides_no_other() {
        assert_eq!(lines("short\n0123456789abcdef\nnext\n", 10), ["short", "<too long>", "next"]);
    }
}
