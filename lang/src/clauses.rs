//! Checks on the clauses of one policy that need no meaning: each at most once, in one order, none cut off.
//!
//! They guard against edits that lose a line. When the first line of a policy disappears, its clauses would otherwise
//! become clauses of the policy above, and a deny would be gone without a word.

use crate::ast::{Clause, ClauseKind, Span};
use crate::build::Builder;
use crate::{Diagnostic, Edit, codes};

/// Reports clauses that repeat, stand in the wrong order, or stand behind a blank line.
pub fn check(builder: &mut Builder<'_>, effect_span: Span, clauses: &[Clause]) {
    let mut seen: Vec<(usize, &'static str, Span)> = Vec::new();
    for clause in clauses {
        let Some((rank, word)) = rank(&clause.kind) else { continue };
        let keyword = Span::new(clause.span.start, clause.span.start + word.len() as u32);
        // `on error skip` may be spread out; what matters is where it starts.
        let keyword = if rank == 2 { clause.span } else { keyword };
        if let Some(diagnostic) = cut_off(builder, effect_span, keyword, word) {
            builder.find(diagnostic);
        } else if let Some(&(_, _, first)) = seen.iter().find(|(other, ..)| *other == rank) {
            builder.find(repeated(rank, word, keyword, first));
        } else if let Some(&(_, later, span)) = seen.iter().find(|(other, ..)| *other > rank) {
            builder.find(
                Diagnostic::new(
                    codes::CLAUSE_ORDER,
                    keyword,
                    format!("`{word}` must stand before `{later}`"),
                )
                .also(span, format!("`{later}` stands here"))
                .help("the order is `when`, `unless`, `on error skip`, `because`, `oblige`"),
            );
        }
        seen.push((rank, word, keyword));
    }
}

fn rank(kind: &ClauseKind) -> Option<(usize, &'static str)> {
    match kind {
        ClauseKind::When(_) => Some((0, "when")),
        ClauseKind::Unless(_) => Some((1, "unless")),
        ClauseKind::OnErrorSkip => Some((2, "on error skip")),
        ClauseKind::Because(_) => Some((3, "because")),
        ClauseKind::Oblige(_) => Some((4, "oblige")),
        ClauseKind::Error => None,
    }
}

fn repeated(rank: usize, word: &str, keyword: Span, first: Span) -> Diagnostic {
    let join = match rank {
        0 => "join the two conditions with `and`",
        1 => "join the two conditions with `or`",
        4 => "list all obligations behind one `oblige`, with commas",
        _ => "remove one of them",
    };
    Diagnostic::new(codes::CLAUSE_REPEATED, keyword, format!("this policy has two `{word}` clauses"))
        .label("the second")
        .also(first, "the first")
        .help(join)
        .help("if this clause belongs to another policy, that policy's first line is missing")
}

/// The report for a clause behind a blank line.
fn cut_off(builder: &Builder<'_>, effect_span: Span, keyword: Span, word: &str) -> Option<Diagnostic> {
    let before = builder.lexeme_before(keyword.start)?;
    let gap = builder.slice(before.end, keyword.start);
    let blank = blank_lines(gap);
    if blank.is_empty() {
        return None;
    }
    let edits = blank
        .into_iter()
        .map(|(start, end)| Edit { start: before.end + start, end: before.end + end, text: String::new() })
        .collect();
    Some(
        Diagnostic::new(
            codes::CLAUSE_CUT_OFF,
            keyword,
            format!("a blank line cuts this `{word}` off from its policy"),
        )
        .also(effect_span, "the policy starts here")
        .help("if it belongs to another policy, that policy's first line is missing")
        .fix("remove the blank line", edits, false),
    )
}

/// The empty lines between two tokens, each with its line end.
fn blank_lines(gap: &str) -> Vec<(u32, u32)> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (nth, line) in gap.split_inclusive('\n').enumerate() {
        let end = start + line.len() as u32;
        // The first piece is the end of a line with text on it, and the last, without line end, the start of one.
        if nth > 0 && line.ends_with('\n') && line.trim().is_empty() {
            lines.push((start, end));
        }
        start = end;
    }
    lines
}
