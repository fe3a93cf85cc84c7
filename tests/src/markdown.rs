//! Markdown as the runner sees it: sections with prose and fenced blocks, everything with its line.

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first word after the backquotes.
    pub language: String,
    /// The other words after the backquotes.
    pub words: Vec<String>,
    /// What stands between the fences.
    pub text: String,
    /// The line of the file (from 1) on which `text` begins.
    pub line: usize,
}

impl Block {
    /// What stands behind the backquotes.
    pub fn info(&self) -> String {
        std::iter::once(&self.language).chain(&self.words).cloned().collect::<Vec<_>>().join(" ")
    }

    /// Whether `word` stands behind its language.
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|one| one == word)
    }

    /// Whether it is here to be compared with, and is not run by the suite.
    pub fn is_comparison(&self) -> bool {
        matches!(self.language.as_str(), "cedar" | "cedarschema" | "rego" | "text" | "ebnf")
            && !self.is_file()
    }

    /// Whether it is a file of a package: policies, data, a manifest, or anything with a file's name.
    pub fn is_file(&self) -> bool {
        let named = |word: Option<&String>| word.is_some_and(|word| word.contains('.'));
        match self.language.as_str() {
            "assize" | "data" => true,
            "toml" => self.words.is_empty() || (self.words.len() == 1 && named(self.words.first())),
            // What is imported from, on the pages that import it.
            "cedar" | "cedarschema" => self.words.len() == 1 && named(self.words.first()),
            "json" | "ndjson" => self.has("data") || (self.words.len() == 1 && named(self.words.first())),
            _ => false,
        }
    }
}

/// A heading with what stands below it, up to the next heading of any level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// How many `#`; 0 for what comes before the first heading.
    pub level: usize,
    /// The text of the heading.
    pub title: String,
    /// The line (from 1) of the heading.
    pub line: usize,
    /// Whether there is any text outside of fences.
    pub prose: bool,
    /// In order.
    pub blocks: Vec<Block>,
}

/// The sections of a file in order, or the line of a fence that is never closed.
pub fn sections(text: &str) -> Result<Vec<Section>, usize> {
    let mut sections = vec![Section::default()];
    let mut open: Option<(usize, Block)> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        let current = sections.last_mut().expect("starts with one");
        match &mut open {
            Some((fence, block)) if ticks >= *fence && line[ticks..].trim().is_empty() => {
                current.blocks.push(std::mem::replace(block, empty_block("", 0)));
                open = None;
            }
            Some((_, block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            None if ticks >= 3 => open = Some((ticks, empty_block(&line[ticks..], number + 1))),
            None => match heading(line) {
                Some((level, title)) => {
                    sections.push(Section {
                        level,
                        title: title.to_owned(),
                        line: number,
                        ..Section::default()
                    });
                }
                None => current.prose |= !line.trim().is_empty(),
            },
        }
    }
    match open {
        Some((_, block)) => Err(block.line - 1),
        None => Ok(sections),
    }
}

fn empty_block(info: &str, line: usize) -> Block {
    let mut words = info.split_whitespace().map(str::to_owned);
    Block { language: words.next().unwrap_or_default(), words: words.collect(), text: String::new(), line }
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line.get(level..)?.strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level, title.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_in_fences_are_text_and_blocks_know_their_line() {
        let found = sections("# A\nwhy\n\n```assize fine\n# not a heading\n```\n## B\n````\n```\n````\n")
            .expect("closed");
        assert_eq!(found.len(), 3);
        assert_eq!((found[1].title.as_str(), found[1].prose), ("A", true));
        assert_eq!(found[1].blocks[0].text, "# not a heading\n");
        assert_eq!((found[1].blocks[0].line, found[1].blocks[0].words.len()), (5, 1));
        assert_eq!((found[2].level, found[2].prose, found[2].blocks[0].text.as_str()), (2, false, "```\n"));
    }

    #[test]
    fn an_open_fence_is_reported_by_its_line() {
        assert_eq!(sections("a\n```assize\nallow\n"), Err(2));
    }
}
