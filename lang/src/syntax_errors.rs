//! From the parser's errors, which are sets of tokens, to sentences.

use lalrpop_util::{ErrorRecovery, ParseError};

use crate::build::{Builder, Stop};
use crate::lexer::{at_line_start, line_ends_between};
use crate::near_words::{close_declaration, declaration_for, effect_for};
use crate::tokens::{Lexeme, Token};
use crate::words::can_be_name;
use crate::{Diagnostic, Edit, Span, codes};

/// What the generated parser reports.
pub type SyntaxError = ParseError<u32, Token, Stop>;
/// What the generated parser recovered from.
pub type Recovered = ErrorRecovery<u32, Token, Stop>;

/// What was lost to an error: where the parser recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A whole item.
    Item,
    /// The name of an annotation.
    Annotation,
    /// An argument of an annotation.
    AnnotationArg,
    /// An attribute of an entity or a field of a record type.
    Field,
    /// A variant of an enum.
    Variant,
    /// A parameter.
    Param,
    /// One of several names of a `use`.
    UseName,
    /// What a `use` gives to a parameter.
    UseBinding,
    /// A clause of an action declaration.
    ActionPart,
    /// What stands before the first policy or claim of a grant or proof.
    Body,
    /// The head of a policy.
    Head,
    /// The actions of a policy.
    Actions,
    /// A principal or resource pattern.
    Pattern,
    /// A clause of a policy.
    Clause,
    /// A part of a test.
    TestItem,
    /// A row of test data.
    Row,
    /// A field of a record or row.
    Init,
    /// A type.
    Type,
    /// The name of an attribute.
    Attribute,
    /// What stands between the parentheses of `any(..)` or `all(..)`.
    Quantifier,
    /// An expression.
    Expression,
}

/// The sentence for an error, or nothing when its cause was reported already.
pub fn explain(builder: &Builder<'_>, error: &SyntaxError, place: Place) -> Option<Diagnostic> {
    let (found, expected) = match error {
        ParseError::UnrecognizedToken { token: (start, token, end), expected } => {
            (Some(Lexeme { token: *token, start: *start, end: *end }), expected.as_slice())
        }
        ParseError::ExtraToken { token: (start, token, end) } => {
            (Some(Lexeme { token: *token, start: *start, end: *end }), [].as_slice())
        }
        ParseError::UnrecognizedEof { expected, .. } => (None, expected.as_slice()),
        ParseError::InvalidToken { .. } | ParseError::User { .. } => return None,
    };
    if found.is_some_and(|found| builder.is_reported(found)) {
        return None;
    }
    let report = Report { builder, found, expected: Expected(expected), place };
    Some(report.special().unwrap_or_else(|| report.general()))
}

/// The tokens that would have fitted, as the grammar calls them.
struct Expected<'a>(&'a [String]);

impl Expected<'_> {
    /// `terminal` is a word or mark of the language.
    fn has(&self, terminal: &str) -> bool {
        self.0
            .iter()
            .any(|name| name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) == Some(terminal))
    }

    /// `class` is a name or literal.
    fn has_class(&self, class: &str) -> bool {
        self.0.iter().any(|name| name == class)
    }

    fn expression(&self) -> bool {
        self.has_class("int")
    }
}

struct Report<'a> {
    builder: &'a Builder<'a>,
    found: Option<Lexeme>,
    expected: Expected<'a>,
    place: Place,
}

impl Report<'_> {
    fn source(&self, lexeme: Lexeme) -> &str {
        self.builder.slice(lexeme.start, lexeme.end)
    }

    /// The lexeme before the error.
    fn before(&self) -> Option<Lexeme> {
        let offset = self.found.map_or(u32::MAX, |found| found.start);
        self.builder.lexeme_before(offset)
    }

    /// The lexeme behind `lexeme`.
    fn after(&self, lexeme: Lexeme) -> Option<Lexeme> {
        let index = self.builder.lexemes.partition_point(|other| other.start < lexeme.end);
        self.builder.lexemes.get(index).copied()
    }

    /// Slips that have a better explanation than "expected this, found that".
    fn special(&self) -> Option<Diagnostic> {
        let found = self.found?;
        let source = self.source(found);
        let span = Span::new(found.start, found.end);
        let replace = |text: &str| vec![Edit { start: found.start, end: found.end, text: text.into() }];
        let foreign = |message: &str| Diagnostic::new(codes::FOREIGN_WORD, span, message);
        let expected = &self.expected;
        let is_misspelt = |lexeme: Lexeme| {
            let word = self.source(lexeme);
            lexeme.token == Token::Name
                && at_line_start(self.builder.text, lexeme.start)
                && (effect_for(word).or(declaration_for(word)).or(close_declaration(word)).is_some())
        };
        let declares = expected.has("module") && expected.has("entity");
        let between = matches!(
            self.place,
            Place::Item | Place::ActionPart | Place::Clause | Place::Head | Place::Pattern | Place::Actions
        );
        let misspelt = between && is_misspelt(found);
        let strays = found.token.starts_clause() && matches!(self.place, Place::Item | Place::ActionPart);
        if declares || misspelt || strays {
            return Some(self.no_declaration(found));
        }
        // A misspelt `deny` right behind a pattern was read as the name that the pattern binds.
        if let Some(before) = self.before()
            && before.start > 0
            && between
            && is_misspelt(before)
        {
            return Some(self.no_declaration(before));
        }
        let joins = self.before().is_some_and(|before| before.end == found.start)
            && self.after(found).is_some_and(|next| next.start == found.end);
        if found.token == Token::Colon && joins && (expected.has("::") || self.place == Place::Expression) {
            // Behind a type or a module one colon can be nothing else; in `if a:b` it is a slip of another kind.
            let behind_type = self.before().is_some_and(|before| {
                self.source(before).starts_with(|first: char| first.is_ascii_uppercase())
            });
            return Some(self.unexpected(span, "these are joined by `::`").fix(
                "write `::`",
                replace("::"),
                behind_type,
            ));
        }
        if found.token == Token::Dot && expected.has("as") && expected.has("with") {
            return Some(self.unexpected(span, "the parts of a path are joined by `::`").fix(
                "write `::`",
                replace("::"),
                true,
            ));
        }
        if found.token == Token::Question {
            return Some(
                self.unexpected(span, "there is no operator `?`")
                    .help("a choice is written `if condition then value else other`")
                    .help(
                        "an attribute that may be absent is read with `?.`, and `??` says what counts then",
                    ),
            );
        }
        if found.token == Token::Colon && matches!(self.place, Place::Head | Place::Pattern) {
            return Some(
                self.unexpected(span, "in a pattern the type stands before the name")
                    .help("write it as in `User u`"),
            );
        }
        if found.token == Token::Bang
            && let Some(next) = self.after(found)
            && next.token == Token::In
        {
            let edit = Edit { start: found.start, end: next.end, text: "not in".into() };
            return Some(
                self.unexpected(Span::new(found.start, next.end), "the opposite of `in` is `not in`").fix(
                    "write `not in`",
                    vec![edit],
                    true,
                ),
            );
        }
        if found.token == Token::OpenBrace && expected.has("=") && !expected.has("==") && !expected.has("{") {
            return Some(
                self.unexpected(span, "expected `=` and the value, found `{`")
                    .help("a function is one expression: `fn f(x: Int) -> Bool = x > 1`"),
            );
        }
        if self.place == Place::ActionPart
            && let Some(before) = self.before()
            && matches!(self.source(before), "on" | "by" | "with" | "includes")
            && before.token == Token::Name
        {
            let message = format!("the name of the action is missing before `{}`", self.source(before));
            return Some(
                self.unexpected(Span::new(before.start, before.end), &message)
                    .help("an action reads `action read, write on Document by User`"),
            );
        }
        if self.place == Place::Clause && expected.has(",") && expected.has("on") && can_be_name(found.token)
        {
            let before = self.before().map_or("", |before| self.source(before));
            return Some(
                self.unexpected(span, &format!("expected `,` or `on`, found `{source}`"))
                    .help(format!("actions have commas between them: `{before}, {source}`")),
            );
        }
        if expected.has("then") && found.token == Token::OpenBrace {
            return Some(
                foreign("an `if` has no braces")
                    .help("write `if condition then value else value`: it is an expression"),
            );
        }
        if self.place == Place::Clause {
            let clause = match source {
                "if" | "where" | "while" | "given" | "requires" | "provided" => Some("when"),
                "except" | "excluding" | "but" => Some("unless"),
                "message" | "reason" => Some("because"),
                "advice" | "obligation" | "obligations" | "then" => Some("oblige"),
                _ => None,
            };
            if let Some(clause) = clause {
                let message = format!("a policy has no clause `{source}`");
                return Some(foreign(&message).fix(format!("write `{clause}`"), replace(clause), false));
            }
        }
        if matches!(self.place, Place::TestItem | Place::Body | Place::Clause)
            && let Some(word) = effect_for(source)
        {
            let message = format!("`{source}` is a word of another language");
            return Some(foreign(&message).fix(format!("write `{word}`"), replace(word), false));
        }
        if expected.has("->") && found.token == Token::Colon {
            let edit = replace("->");
            return Some(self.unexpected(span, "the result type follows `->`").fix("write `->`", edit, true));
        }
        if expected.has("->") && found.token == Token::Equal {
            return Some(
                self.unexpected(span, "this function has no result type")
                    .help("write it between the parameters and the `=`: `-> Bool`"),
            );
        }
        if expected.has(":") && found.token == Token::Equal && self.place == Place::Item {
            return Some(
                self.unexpected(span, "the type is missing")
                    .help("write it behind the name: `: Int`, `: Set<String>`"),
            );
        }
        if found.token == Token::GreaterEqual && expected.has(">") && !expected.has(">=") {
            return Some(
                Diagnostic::new(codes::GLUED_EQUALS, span, "`>=` is one operator: it does not end the type")
                    .fix("write `> =`", replace("> ="), true),
            );
        }
        if found.token.is_reserved()
            && self.wants_name()
            && !expected.has(source)
            && !found.token.starts_clause()
        {
            let message = format!("`{source}` is a word of the language, not a name");
            let quoted = format!("`{source}`");
            return Some(self.unexpected(span, &message).fix(
                "write it in backquotes to use it as a name",
                replace(&quoted),
                false,
            ));
        }
        None
    }

    /// Whether a name, and neither an expression nor a type, should stand here.
    fn wants_name(&self) -> bool {
        self.expected.has_class("name") && !self.expected.expression() && !self.expected.has("any")
    }

    fn unexpected(&self, span: Span, message: &str) -> Diagnostic {
        Diagnostic::new(codes::UNEXPECTED, span, message)
    }

    /// "expected X, found Y", at the token that does not fit or, when the line ends before it, at the one before.
    fn general(&self) -> Diagnostic {
        let expected = self.expectation();
        let before = self.before();
        // What is complete lacks nothing: then what follows is the thing to point at.
        let lacks = |before: Lexeme| !before.token.ends_operand() || self.expected.has(":");
        let ends_line = |before: Lexeme| {
            let Some(found) = self.found else { return true };
            let opens = before.token == Token::OpenBrace;
            line_ends_between(self.builder.text, before.end, found.start) && lacks(before) && !opens
        };
        let mut diagnostic = match (before, self.found) {
            (Some(before), _) if ends_line(before) => {
                let span = Span::new(before.start, before.end);
                let message = format!("expected {expected} after {}", self.describe(before));
                let diagnostic = self.unexpected(span, &message).label("something is missing after this");
                match self.found {
                    Some(found) => {
                        let label = format!("{} cannot follow", self.describe(found));
                        diagnostic.also(Span::new(found.start, found.end), label)
                    }
                    None => diagnostic,
                }
            }
            (_, Some(found)) => {
                let message = format!("expected {expected}, found {}", self.describe(found));
                self.unexpected(Span::new(found.start, found.end), &message)
                    .label(format!("expected {expected}"))
            }
            (_, None) => self.unexpected(Span::new(0, 0), &format!("expected {expected}")),
        };
        if let Some(help) = self.help() {
            diagnostic = diagnostic.help(help);
        }
        diagnostic
    }

    fn describe(&self, lexeme: Lexeme) -> String {
        let source = self.source(lexeme);
        let kind = match lexeme.token {
            Token::Str | Token::RawStr => "the string ",
            _ => "",
        };
        if source.chars().count() > 30 {
            let start: String = source.chars().take(27).collect();
            format!("{kind}`{start}...`")
        } else {
            format!("{kind}`{source}`")
        }
    }

    /// What should stand here, in words.
    fn expectation(&self) -> String {
        let expected = &self.expected;
        let before = self.before().map(|before| before.token);
        let has_name = expected.has_class("name");
        let words: &str = if self.place == Place::UseBinding {
            match before {
                Some(Token::Equal | Token::Bar) => "entity types or actions",
                _ if expected.has("=") => "`=` and what the parameter stands for",
                _ if expected.has(",") => "`,` or the next declaration",
                _ => "a parameter and what it stands for, such as `Subject = User`",
            }
        } else if expected.has("then") {
            "`then` and the value if the condition holds"
        } else if expected.has("else") {
            "`else` and the value otherwise"
        } else if before == Some(Token::Most) {
            "a duration such as `4h`"
        } else if expected.expression() {
            "an expression"
        } else if expected.has("to") && !matches!(before, Some(Token::Allow | Token::Deny)) {
            "`to` and the actions"
        } else if expected.has("any") && has_name {
            match before {
                Some(Token::On) => "a resource such as `Document d` or `any`",
                _ => "a principal such as `User u` or `any`",
            }
        } else if expected.has("*") && has_name {
            "the actions: names with commas between, or `*`"
        } else if expected.has("=") && !expected.has("==") && !expected.has("{") && self.place == Place::Item
        {
            "`=` and the value"
        } else if expected.has("allow") && !expected.has("@") {
            "`allow` or `deny`"
        } else if has_name && (before == Some(Token::Is) || expected.has("{") && expected.has("(")) {
            "a type"
        } else if self.place == Place::Quantifier && expected.has("in") && !has_name {
            "`in` and the set"
        } else if has_name && !expected.has("}") && !expected.has(")") {
            "a name"
        } else if expected.has_class("string") && !expected.has("}") && !expected.has(")") {
            match before {
                Some(Token::Test | Token::Prove) => "a title in quotes",
                Some(Token::Because) => "a message in quotes",
                Some(Token::Like | Token::Matches) => "a pattern, in quotes and not computed",
                _ => "a string",
            }
        } else {
            return self.by_place();
        };
        words.into()
    }

    /// Where many things could follow, the place says best what is wanted.
    fn by_place(&self) -> String {
        let expected = &self.expected;
        let words = match self.place {
            Place::TestItem => {
                if expected.has("on") {
                    "`on` and the resource"
                } else {
                    "`data`, `let`, `expect` or the end of the test"
                }
            }
            Place::Row => "a row such as `User::\"ann\" { .. }` or `viewer(..)`",
            Place::Field if expected.has(":") => "`:` and the type",
            Place::Field => "a field such as `name: String`",
            Place::Init if expected.has(":") => "`:` and the value",
            Place::Init => "a field such as `name: value`",
            Place::Quantifier => "`:` and the condition",
            Place::Param if expected.has(":") => "`:` and the type",
            Place::Param => "a parameter such as `who: User`",
            Place::Variant => "a variant",
            Place::UseName => "a name, or `}`",
            Place::Body if expected.has("never") => "a claim such as `never allow ..`, or `}`",
            Place::Body => "a policy that starts with `allow` or `deny`, or `}`",
            Place::ActionPart => "`on`, `by`, `with`, `includes` or the next declaration",
            Place::AnnotationArg => "a string in quotes",
            Place::Clause if expected.has("when") && !expected.has("and") => {
                "a clause such as `when`, or the next declaration"
            }
            _ => return self.listed(),
        };
        words.into()
    }

    /// The few marks and words that would fit, or what they have in common.
    fn listed(&self) -> String {
        let operators = [
            "and", "or", "&&", "||", "==", "!=", "=", "<", "<=", ">", ">=", "+", "-", "*", "??", "?", ".",
            "?.", "::", "|", "is", "has", "like", "matches", "in", "not", "(", "[",
        ];
        let mut listed: Vec<&str> = Vec::new();
        let mut left_out = false;
        for name in self.expected.0 {
            match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
                Some(word) if !operators.contains(&word) => listed.push(word),
                Some(_) => left_out = true,
                None => {}
            }
        }
        let clauses = ["when", "unless", "on error skip", "because", "oblige"];
        if clauses.iter().all(|clause| listed.contains(clause)) {
            return if listed.contains(&"on") {
                "`on` and the resource, a clause such as `when`, or the next declaration".into()
            } else {
                "an operator, a clause such as `when`, or the next declaration".into()
            };
        }
        match listed.as_slice() {
            [] if left_out && self.expected.has("(") && !self.expected.has("and") => "`(`".into(),
            [] if left_out => "an operator or the next declaration".into(),
            [] => "the end of this declaration".into(),
            [only] => format!("`{only}`"),
            [first @ .., last] if listed.len() <= 4 => {
                let first: Vec<String> = first.iter().map(|word| format!("`{word}`")).collect();
                format!("{} or `{last}`", first.join(", "))
            }
            _ => "something else".into(),
        }
    }

    fn help(&self) -> Option<&'static str> {
        let before = self.before().map(|before| before.token);
        let first = self.builder.lexemes.first().map(|lexeme| lexeme.token);
        let before_name = self.builder.lexemes.get(1).map(|lexeme| lexeme.token);
        match self.place {
            Place::Expression if self.found.is_some_and(|found| found.token == Token::OpenBrace) => None,
            Place::Head | Place::Pattern | Place::Actions
                if !matches!(before, Some(Token::When | Token::Unless)) =>
            {
                Some("a policy reads `allow User u to read, write on Document d when ..`")
            }
            Place::TestItem => Some(
                "an expectation reads `expect allow User::\"ann\" to read on Document::\"d1\" with context`",
            ),
            Place::Item | Place::UseName if first == Some(Token::Use) => match self.found?.token {
                Token::Star => {
                    Some("use the module itself and write `module::name`, or list: `use a::{b, c}`")
                }
                Token::Comma | Token::ColonColon => {
                    Some("`use a::{b, c}` brings names of one module; write a `use` for each module")
                }
                _ => None,
            },
            Place::Item if first == Some(Token::Param) && self.found?.token == Token::Comma => {
                Some("write a `param` for each")
            }
            Place::Item if first == Some(Token::Param) && before_name == Some(Token::Type) => Some(
                "it stands for entity types: `param type Subject`, or `param type Subject = User | Group`",
            ),
            Place::UseBinding => Some("write `use a::module with Parameter = User | Group`"),
            Place::Attribute => {
                Some("an attribute is a name; a name with other characters is written in backquotes")
            }
            _ => None,
        }
    }

    /// The item starts with something that starts no declaration.
    fn no_declaration(&self, found: Lexeme) -> Diagnostic {
        let source = self.source(found);
        let span = Span::new(found.start, found.end);
        let replace = |text: &str| vec![Edit { start: found.start, end: found.end, text: text.into() }];
        if found.token.starts_clause() {
            return Diagnostic::new(
                codes::NOT_A_DECLARATION,
                span,
                format!("this `{source}` belongs to no policy"),
            )
            .help("the line with `allow` or `deny` above it is missing");
        }
        if let Some(word) = effect_for(source).or_else(|| declaration_for(source)) {
            let message = format!("no declaration starts with `{source}`");
            return Diagnostic::new(codes::FOREIGN_WORD, span, message).fix(
                format!("write `{word}`"),
                replace(word),
                false,
            );
        }
        let diagnostic = Diagnostic::new(
            codes::NOT_A_DECLARATION,
            span,
            format!("no declaration starts with {}", self.describe(found)),
        );
        match close_declaration(source) {
            Some(word) => diagnostic.fix(format!("write `{word}`"), replace(word), false),
            None => diagnostic
                .help("declarations start with `allow`, `deny`, `action`, `entity`, `enum`, `type`, `fn`, `grant`, `test`, ..."),
        }
    }
}
