//! A page of Markdown for reading on a terminal: prose filled to its width, examples set in, what they are said in front.
//!
//! Only what pages of diagnostics use: one title, paragraphs, fenced blocks, `code` and links.

/// How a page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageStyle {
    /// With escape sequences for colours.
    pub colors: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// Wider lines of prose are hard to read.
const WIDEST: usize = 100;

/// The text of a page as a terminal shows it.
pub fn show(page: &str, style: PageStyle) -> String {
    let mut out = String::new();
    let mut prose: Vec<&str> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with("```") || line.starts_with("# ") {
            paragraph(&mut out, &prose, style);
            prose.clear();
        }
        if let Some(title) = line.strip_prefix("# ") {
            out.push_str(&format!("{}\n\n", paint(title, "1", style)));
        } else if let Some(info) = line.strip_prefix("```") {
            out.push_str(&paint(&heading(info), heading_color(info), style));
            out.push_str("\n\n");
            for line in lines.by_ref().take_while(|line| *line != "```") {
                out.push_str(&format!("    {line}").trim_end().replace('\u{1b}', "\u{fffd}"));
                out.push('\n');
            }
            out.push('\n');
        } else if !line.is_empty() {
            prose.push(line);
        }
    }
    paragraph(&mut out, &prose, style);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// What stands above a block: which part of the example it is.
fn heading(info: &str) -> String {
    let mut words: Vec<&str> = info.split(' ').collect();
    let language = words.remove(0);
    let failing = words.first() == Some(&"error");
    words.drain(..usize::from(failing));
    let what = match (language, words.first()) {
        ("text", _) => return "which says".to_owned(),
        (_, Some(file)) => (*file).to_owned(),
        ("sh", None) => "commands".to_owned(),
        ("toml", None) => "assize.toml".to_owned(),
        ("ndjson", None) => "data.ndjson".to_owned(),
        (_, None) => "policies".to_owned(),
    };
    format!("{} {what}", if failing { "wrong:" } else { "right:" })
}

fn heading_color(info: &str) -> &'static str {
    match () {
        () if info.starts_with("text") => "2",
        () if info.split(' ').any(|word| word == "error") => "31",
        () => "32",
    }
}

fn paragraph(out: &mut String, lines: &[&str], style: PageStyle) {
    if lines.is_empty() {
        return;
    }
    let text = without_links(&lines.join(" "));
    let width = style.width.clamp(20, WIDEST);
    let mut column = 0;
    let mut code = false;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        column += length;
        for (nth, part) in word.split('`').enumerate() {
            if nth > 0 {
                code = !code;
                // The backquotes stay: without colours they are all that tells code from prose.
                out.push('`');
            }
            out.push_str(&if code { paint(part, "36", style) } else { part.to_owned() });
        }
    }
    out.push_str("\n\n");
}

/// `[text](address)` as its text.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        rest = after;
        let link = after.split_once("](").and_then(|(shown, tail)| Some((shown, tail.split_once(')')?.1)));
        match link.filter(|(shown, _)| !shown.contains(['[', '`'])) {
            Some((shown, tail)) => {
                out.push_str(shown);
                rest = tail;
            }
            None => out.push('['),
        }
    }
    out.push_str(rest);
    out
}

fn paint(text: &str, color: &str, style: PageStyle) -> String {
    if !style.colors || text.is_empty() { text.to_owned() } else { format!("\u{1b}[{color}m{text}\u{1b}[0m") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# E0009: text that starts no declaration\n\nWrite `allow` or see [the list](x.md), as in `[]` and\n`a b`.\n\n```assize error\nalow any\n\nx\n```\n\n```text\nerror[E0009]\n```\n\nRight.\n\n```toml a/assize.toml\n[package]\n```\n";

    #[test]
    fn prose_is_filled_and_examples_are_set_in() {
        let shown = show(PAGE, PageStyle { colors: false, width: 32 });
        assert_eq!(
            shown,
            "E0009: text that starts no declaration\n\nWrite `allow` or see the list, as\nin `[]` and `a b`.\n\nwrong: policies\n\n    alow any\n\n    x\n\nwhich says\n\n    error[E0009]\n\nRight.\n\nright: a/assize.toml\n\n    [package]\n"
                .replace("list, as\nin", "list,\nas in")
        );
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let style = PageStyle { colors: true, width: 60 };
        let colored = show(PAGE, style);
        let mut plain = String::new();
        let mut rest = colored.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, tail)| tail);
        }
        plain.push_str(rest);
        assert_eq!(plain, show(PAGE, PageStyle { colors: false, ..style }));
        assert!(colored.contains("\u{1b}[1mE0009"), "{colored:?}");
    }
}
