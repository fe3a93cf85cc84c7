//! Lines of a table as spreadsheets read them (RFC 4180).

use std::io::{self, Write};

/// One line.
pub fn write_line(out: &mut impl Write, cells: &[&str]) -> io::Result<()> {
    for (nth, cell) in cells.iter().enumerate() {
        if nth > 0 {
            out.write_all(b",")?;
        }
        if cell.contains(['"', ',', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_marks_are_quoted() {
        let mut out = Vec::new();
        write_line(&mut out, &["User", "a \"b\", c", "", "x\ny"]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "User,\"a \"\"b\"\", c\",,\"x\ny\"\r\n");
    }
}
