//! What stands between the items of a file: comments and blank lines.

use super::source::read_gap;

/// What is on one side of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The start or the end of the file.
    Edge,
    /// A formatted item; a tall one has more than one line, documentation and annotations not counted.
    Item {
        /// Whether it has several lines.
        tall: bool,
    },
    /// An item that was left as it is.
    Left,
}

/// Writes a gap: comments, each on a line, and a blank line where there was one or more, or where an item of several
/// lines begins or ends.
pub fn write(out: &mut String, gap: &str, before: Side, after: Side) {
    let first = before == Side::Edge;
    let last = after == Side::Edge;
    let mut comments = Vec::new();
    let mut blank = read_gap(gap, first, &mut comments);
    if after == Side::Left && comments.is_empty() {
        // Neither it nor its indentation is touched.
        out.push_str(&gap.replace("\r\n", "\n"));
        return;
    }
    let mut own: &[_] = &comments;
    if let [trailing, rest @ ..] = own
        && !trailing.own_line
    {
        out.push_str("   ");
        out.push_str(trailing.text);
        own = rest;
    }
    if !(first || last && own.is_empty()) {
        out.push('\n');
    }
    let tall = |side: Side| side == Side::Item { tall: true };
    let has_blank = blank || own.iter().any(|comment| comment.blank_before);
    let mut forced = !first && !last && !has_blank && (tall(before) || tall(after));
    for (nth, comment) in own.iter().enumerate() {
        if (comment.blank_before || std::mem::take(&mut forced)) && !(first && nth == 0) {
            out.push('\n');
        }
        out.push_str(comment.text);
        out.push('\n');
    }
    blank &= !first || !own.is_empty();
    if last {
        if own.is_empty() && !out.is_empty() {
            out.push('\n');
        }
    } else if blank || forced {
        out.push('\n');
    }
    if after == Side::Left {
        let line = gap.rfind('\n').map_or("", |at| &gap[at + 1..]);
        out.push_str(line);
    }
}
