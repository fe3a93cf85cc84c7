//! Where lines end: a stream of printing commands, and the printer that gives it a width.
//!
//! The commands are those of the usual algebra of groups and indentation, as a flat list: printing and measuring are
//! loops, so that no nesting can exhaust the stack, and measuring looks no further than one line.

/// A command of the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command<'a> {
    /// Text without line ends.
    Text(&'a str),
    /// A blank between two texts of one line.
    Space,
    /// Ends the line if the group around is broken; otherwise a blank, or nothing.
    Line { blank: bool },
    /// Ends the line only if what follows, up to the next place where it may end, does not fit.
    Fill,
    /// Ends the line.
    Hard,
    /// An empty line, behind a [`Command::Hard`].
    Blank,
    /// Text that stands there only if the group around is broken.
    IfBroken(&'a str),
    /// A comment, on its own line or behind what the line holds. What follows it starts a line.
    Comment { text: &'a str, own_line: bool },
    /// Begins a group; `broken` if it holds something that ends a line anyway.
    Open { broken: bool },
    /// Ends a group.
    Close,
    /// One level further in.
    In,
    /// One level back.
    Out,
}

/// A stream of commands. `open` and `close`, `indent` and `dedent` come in pairs.
#[derive(Debug, Default)]
pub struct Layout<'a> {
    commands: Vec<Command<'a>>,
    /// The groups that are open, by place of their command.
    open: Vec<usize>,
}

impl<'a> Layout<'a> {
    /// Text without line ends.
    pub fn text(&mut self, text: &'a str) {
        self.commands.push(Command::Text(text));
    }

    /// A blank.
    pub fn space(&mut self) {
        self.commands.push(Command::Space);
    }

    /// A line end if the group around is broken, else a blank.
    pub fn line(&mut self) {
        self.commands.push(Command::Line { blank: true });
    }

    /// A line end if the group around is broken, else nothing.
    pub fn soft_line(&mut self) {
        self.commands.push(Command::Line { blank: false });
    }

    /// A line end if what follows it does not fit, else a blank.
    pub fn fill(&mut self) {
        self.commands.push(Command::Fill);
    }

    /// A line end.
    pub fn hard_line(&mut self) {
        self.break_open_groups();
        self.commands.push(Command::Hard);
    }

    /// An empty line, behind a line end.
    pub fn blank(&mut self) {
        self.commands.push(Command::Blank);
    }

    /// Text for broken groups only.
    pub fn if_broken(&mut self, text: &'a str) {
        self.commands.push(Command::IfBroken(text));
    }

    /// A comment.
    pub fn comment(&mut self, text: &'a str, own_line: bool) {
        self.break_open_groups();
        self.commands.push(Command::Comment { text, own_line });
    }

    /// Begins a group, whose lines end all or none.
    pub fn open(&mut self) {
        self.open.push(self.commands.len());
        self.commands.push(Command::Open { broken: false });
    }

    /// Ends the innermost group.
    pub fn close(&mut self) {
        self.open.pop();
        self.commands.push(Command::Close);
    }

    /// One level further in.
    pub fn indent(&mut self) {
        self.commands.push(Command::In);
    }

    /// One level back.
    pub fn dedent(&mut self) {
        self.commands.push(Command::Out);
    }

    fn break_open_groups(&mut self) {
        for &at in self.open.iter().rev() {
            match &mut self.commands[at] {
                Command::Open { broken } if !*broken => *broken = true,
                _ => break,
            }
        }
    }

    /// The text, with at most `width` columns behind the indentation where that can be done.
    pub fn print(&self, width: usize) -> String {
        let mut page = Page::default();
        // Whether the groups around are broken; outside of all groups, lines end.
        let mut broken = vec![true];
        for (at, command) in self.commands.iter().enumerate() {
            let in_broken = broken.last().copied().unwrap_or(true);
            match *command {
                Command::Text(text) => page.text(text),
                Command::Space => page.space = true,
                Command::Line { .. } if in_broken => page.end_line(),
                Command::Line { blank } => page.space |= blank,
                Command::Fill => {
                    if in_broken && !self.fits(at + 1, width, page.next_column() + 1, false) {
                        page.end_line();
                    } else {
                        page.space = true;
                    }
                }
                Command::Hard => page.end_line(),
                Command::Blank => page.blank_line(),
                Command::IfBroken(text) if in_broken => page.text(text),
                Command::IfBroken(_) => {}
                Command::Comment { text, own_line } => page.comment(text, own_line),
                Command::Open { broken: always } => {
                    broken.push(in_broken && (always || !self.fits(at, width, page.next_column(), true)));
                }
                Command::Close => {
                    broken.pop();
                }
                Command::In => page.level += 1,
                Command::Out => page.level = page.level.saturating_sub(1),
            }
        }
        page.out
    }

    /// Whether the commands from `at` fit behind `column`, up to the next place where the line may end. With `flat`,
    /// they start with a group, and the lines in it do not end.
    fn fits(&self, at: usize, width: usize, mut column: usize, mut flat: bool) -> bool {
        let mut depth = 0usize;
        for command in &self.commands[at..] {
            match *command {
                Command::Text(text) => column += columns(text),
                Command::Space => column += 1,
                Command::Line { .. } | Command::Fill if !flat => return true,
                Command::Line { blank } => column += usize::from(blank),
                Command::Fill => column += 1,
                Command::Hard | Command::Blank | Command::Comment { .. } => return true,
                Command::Open { .. } => depth += 1,
                Command::Close => {
                    depth = depth.saturating_sub(1);
                    flat &= depth > 0;
                }
                // Behind the group, which stands in a broken one.
                Command::IfBroken(text) if !flat => column += columns(text),
                Command::IfBroken(_) | Command::In | Command::Out => {}
            }
            if column > width {
                return false;
            }
        }
        true
    }
}

/// How wide a text is. Characters are counted, not bytes; scripts whose characters take two columns come out narrower.
fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// What is printed already.
#[derive(Debug, Default)]
struct Page {
    out: String,
    /// Columns behind the indentation.
    column: usize,
    level: usize,
    /// A blank is due before the next text.
    space: bool,
    /// The line holds text.
    in_line: bool,
    /// The line ends with a comment.
    commented: bool,
}

impl Page {
    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.commented {
            self.end_line();
        }
        if !self.in_line {
            for _ in 0..self.level {
                self.out.push_str("  ");
            }
            self.in_line = true;
        } else if self.space {
            self.out.push(' ');
            self.column += 1;
        }
        self.space = false;
        self.out.push_str(text);
        self.column += columns(text);
    }

    /// Where the next text starts, its indentation not counted.
    fn next_column(&self) -> usize {
        if self.commented { 0 } else { self.column + usize::from(self.space) }
    }

    fn comment(&mut self, text: &str, own_line: bool) {
        if self.in_line && !self.commented && !own_line {
            self.out.push_str("   ");
            self.out.push_str(text);
        } else {
            if self.in_line {
                self.end_line();
            }
            self.text(text);
        }
        self.commented = true;
    }

    fn end_line(&mut self) {
        if self.in_line {
            self.out.push('\n');
        }
        self.in_line = false;
        self.commented = false;
        self.space = false;
        self.column = 0;
    }

    fn blank_line(&mut self) {
        self.end_line();
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }
}
