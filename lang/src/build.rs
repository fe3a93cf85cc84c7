//! What the productions of the grammar make: nodes with spans, and the findings that a production already shows.

use std::cell::Cell;

use smol_str::SmolStr;

use crate::ast::*;
use crate::lexer::{DocLine, doc_text};
use crate::literals::{self, BadEscape, Quoted};
use crate::tokens::{Lexeme, Token};
use crate::{Diagnostic, Edit, MAX_DIAGNOSTICS, clauses, codes, mixed};

pub use crate::syntax_errors::{Place, Recovered};

/// More recoveries than this in one item: the parser gives up on it.
pub const MOST_RECOVERIES: u32 = 20;

/// The parser is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

/// Makes the nodes of one item.
#[derive(Debug)]
pub struct Builder<'i> {
    /// The text of the item.
    pub text: &'i str,
    /// What the parser reads.
    pub lexemes: &'i [Lexeme],
    /// Documentation lines of the item.
    pub docs: &'i [DocLine],
    /// Counts recoveries; shared with what feeds the parser.
    pub recoveries: &'i Cell<u32>,
    /// What was found so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Operands of `or` that are an unparenthesised `and`.
    pub mixed: mixed::Mixed,
    /// Whether it was said that something is nested too deeply; once for an item is enough.
    pub too_deep_reported: bool,
    /// What could have stood at the end, if somebody wants to know; see [`crate::expected_after`].
    pub wanted: Option<Vec<String>>,
}

/// The head of a policy, up to its clauses.
#[derive(Debug)]
pub struct Head {
    /// Who.
    pub principal: Pattern,
    /// Does what.
    pub actions: Actions,
    /// On what.
    pub resource: Option<Pattern>,
}

/// A clause of an action declaration, with the span of its keyword.
#[derive(Debug)]
pub enum ActionPart {
    /// `on`
    On(Span, Type),
    /// `by`
    By(Span, Type),
    /// `with`
    With(Span, Type),
    /// `includes`
    Includes(Span, Vec<ActionRef>),
    /// Lost to a syntax error.
    Error,
}

/// A clause of an expectation, with the span of its keyword.
#[derive(Debug)]
pub enum ExpectPart {
    /// `with`
    With(Span, Expr),
    /// `at`
    At(Span, Expr),
    /// `by`
    By(Span, Vec<StrLit>),
}

impl<'i> Builder<'i> {
    /// A builder for the item with this text.
    pub fn new(text: &'i str, lexemes: &'i [Lexeme], docs: &'i [DocLine], recoveries: &'i Cell<u32>) -> Self {
        Builder {
            text,
            lexemes,
            docs,
            recoveries,
            diagnostics: Vec::new(),
            mixed: mixed::Mixed::default(),
            too_deep_reported: false,
            wanted: None,
        }
    }

    /// The source between two offsets.
    pub fn slice(&self, start: u32, end: u32) -> &'i str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The source between two offsets, to keep.
    pub fn text_of(&self, start: u32, end: u32) -> SmolStr {
        SmolStr::new(self.slice(start, end))
    }

    /// The lexeme before `offset`.
    pub fn lexeme_before(&self, offset: u32) -> Option<Lexeme> {
        let index = self.lexemes.partition_point(|lexeme| lexeme.end <= offset);
        self.lexemes[..index].iter().rev().find(|lexeme| lexeme.end > lexeme.start).copied()
    }

    // Names.

    /// The name that stands between two offsets.
    pub fn name(&self, start: u32, end: u32) -> Name {
        Name { text: self.text_of(start, end), span: Span::new(start, end) }
    }

    /// The name in backquotes that stands between two offsets.
    pub fn quoted_name(&self, start: u32, end: u32) -> Name {
        let text = SmolStr::new(self.slice(start, end).trim_matches('`'));
        Name { text, span: Span::new(start, end) }
    }

    /// A name that is missing.
    pub fn no_name(&self, start: u32, end: u32) -> Name {
        Name { text: SmolStr::default(), span: Span::new(start, end) }
    }

    /// A reference to an action by path, the last part perhaps a string.
    pub fn action_ref(&self, mut path: Path, last: Option<Name>) -> ActionRef {
        let quoted = last.is_some();
        path.segments.extend(last);
        let span = path.span();
        ActionRef { path, quoted, span }
    }

    /// A reference to an action by string alone.
    pub fn quoted_action_ref(&self, name: Name) -> ActionRef {
        let span = name.span;
        ActionRef { path: Path { segments: vec![name] }, quoted: true, span }
    }

    // Literals.

    /// A string literal, unescaped; strange escapes are reported.
    pub fn string(&mut self, start: u32, end: u32) -> StrLit {
        let quoted = literals::take_apart(self.slice(start, end));
        let value = if quoted.is_raw() {
            SmolStr::new(quoted.content)
        } else {
            let (value, bad) = literals::unescape(quoted.content);
            self.report_escapes(start, quoted, bad);
            value
        };
        StrLit { value, span: Span::new(start, end) }
    }

    /// Stands for a string that was lost.
    pub fn empty_string(&self, start: u32, end: u32) -> StrLit {
        StrLit { value: SmolStr::default(), span: Span::new(start, end) }
    }

    /// The literal behind `like`, in the form that [`literals::like_parts`] reads.
    pub fn like_pattern(&mut self, start: u32, end: u32) -> StrLit {
        let quoted = literals::take_apart(self.slice(start, end));
        let value = if quoted.is_raw() {
            literals::raw_like_pattern(quoted.content)
        } else {
            self.report_escapes(start, quoted, literals::bad_like_escapes(quoted.content));
            SmolStr::new(quoted.content)
        };
        StrLit { value, span: Span::new(start, end) }
    }

    fn report_escapes(&mut self, start: u32, quoted: Quoted<'_>, bad: Vec<BadEscape>) {
        let content_start = start + quoted.content_start as u32;
        for escape in bad.into_iter().take(3) {
            let span = Span::new(content_start + escape.span.start, content_start + escape.span.end);
            let mut diagnostic =
                Diagnostic::new(codes::BAD_ESCAPE, span, format!("`{}` is not an escape", escape.text));
            diagnostic = match escape.text.as_str() {
                r"\*" => {
                    diagnostic.help("write a plain `*`; it needs a backslash only in a pattern behind `like`")
                }
                text if text.starts_with(r"\u") => diagnostic.help(
                    "write the number of a character in hexadecimal between braces, as in `\\u{1f600}`",
                ),
                _ => diagnostic
                    .help("the escapes are `\\\\`, `\\\"`, `\\n`, `\\r`, `\\t`, `\\0` and `\\u{..}`")
                    .help("a raw string such as `r\"\\d+\"` has no escapes"),
            };
            self.find(diagnostic);
        }
    }

    /// `ip".."` and its like.
    pub fn tagged(&mut self, start: u32, end: u32) -> ExprKind {
        let literal = self.slice(start, end);
        let quote = start + literal.find('"').unwrap_or(0) as u32;
        let tag = self.name(start, quote);
        ExprKind::Tagged { tag, value: self.string(quote, end) }
    }

    /// A duration literal.
    pub fn duration(&mut self, start: u32, end: u32) -> Expr {
        let kind = ExprKind::Duration(self.text_of(start, end));
        self.expr(kind, start, end)
    }

    /// Reports a number without a unit where a duration stands.
    pub fn number_for_duration(&mut self, start: u32, end: u32) -> Expr {
        let number = self.text_of(start, end);
        let message = format!("`{number}` of what? a duration has a unit");
        let help = format!("write `{number}m`, `{number}h` or `{number}d`");
        self.find(Diagnostic::new(codes::UNEXPECTED, Span::new(start, end), message).help(help));
        self.expr(ExprKind::Error, start, end)
    }

    // Items.

    /// An item with the documentation above it.
    pub fn item(&self, annotations: Vec<Annotation>, kind: ItemKind, start: u32, end: u32) -> Item {
        Item { span: Span::new(start, end), docs: self.docs_before(start), annotations, kind }
    }

    /// The documentation of what starts at `start`.
    pub fn docs_before(&self, start: u32) -> SmolStr {
        let first = self.docs.partition_point(|line| line.documents < start);
        let lines = &self.docs[first..];
        let count = lines.iter().take_while(|line| line.documents == start).count();
        doc_text(self.text, &lines[..count])
    }

    /// `@id(owner)`: reported, and taken as it was meant.
    pub fn unquoted_argument(&mut self, start: u32, end: u32) -> StrLit {
        let text = self.text_of(start, end);
        self.find(
            Diagnostic::new(
                codes::UNQUOTED_ARGUMENT,
                Span::new(start, end),
                "arguments of annotations are strings",
            )
            .label("needs quotes")
            .fix(
                format!("write `\"{text}\"`"),
                vec![Edit { start, end, text: format!("\"{text}\"") }],
                true,
            ),
        );
        StrLit { value: text, span: Span::new(start, end) }
    }

    /// A field with the documentation above it.
    pub fn field(
        &self,
        annotations: Vec<Annotation>,
        name: Name,
        optional: bool,
        ty: Type,
        start: u32,
        end: u32,
    ) -> Field {
        Field { docs: self.docs_before(start), annotations, name, optional, ty, span: Span::new(start, end) }
    }

    /// Stands for a field that was lost.
    pub fn lost_field(&self, start: u32, end: u32) -> Field {
        let ty = Type { kind: TypeKind::Error, span: Span::new(start, end) };
        self.field(Vec::new(), self.no_name(start, end), true, ty, start, end)
    }

    /// Stands for a parameter that was lost.
    pub fn lost_param(&self, start: u32, end: u32) -> Param {
        Param {
            name: self.no_name(start, end),
            ty: Type { kind: TypeKind::Error, span: Span::new(start, end) },
        }
    }

    /// Stands for a field of a record that was lost.
    pub fn lost_init(&mut self, start: u32, end: u32) -> Init {
        Init { name: self.no_name(start, end), value: self.lost_expr(start, end) }
    }

    /// An action declaration; clauses that repeat are reported and the first kept.
    pub fn action(&mut self, names: Vec<Name>, parts: Vec<ActionPart>) -> ItemKind {
        let mut action = ActionDecl { names, on: None, by: None, with: None, includes: Vec::new() };
        let mut seen: [Option<Span>; 4] = [None; 4];
        for part in parts {
            let (slot, word, span) = match &part {
                ActionPart::On(span, _) => (0, "on", *span),
                ActionPart::By(span, _) => (1, "by", *span),
                ActionPart::With(span, _) => (2, "with", *span),
                ActionPart::Includes(span, _) => (3, "includes", *span),
                ActionPart::Error => continue,
            };
            if let Some(first) = seen[slot] {
                let help = match &part {
                    ActionPart::Includes(..) => {
                        "list all included actions behind one `includes`, with commas"
                    }
                    ActionPart::With(..) => "write one record type with all fields of the context",
                    _ => "join the types with `|`",
                };
                self.find(
                    Diagnostic::new(
                        codes::ACTION_CLAUSE_REPEATED,
                        span,
                        format!("this action has two `{word}` clauses"),
                    )
                    .label("the second")
                    .also(first, "the first")
                    .help(help),
                );
                continue;
            }
            seen[slot] = Some(span);
            match part {
                ActionPart::On(_, ty) => action.on = Some(ty),
                ActionPart::By(_, ty) => action.by = Some(ty),
                ActionPart::With(_, ty) => action.with = Some(ty),
                ActionPart::Includes(_, list) => action.includes = list,
                ActionPart::Error => {}
            }
        }
        ItemKind::Action(action)
    }

    /// A policy of a grant, with the documentation above it.
    pub fn grant_policy(
        &self,
        annotations: Vec<Annotation>,
        policy: PolicyDecl,
        start: u32,
        end: u32,
    ) -> GrantPolicy {
        GrantPolicy { docs: self.docs_before(start), annotations, policy, span: Span::new(start, end) }
    }

    /// A policy, whose clauses are checked; `trial` is set by what knows of it.
    pub fn policy(
        &mut self,
        effect: Effect,
        effect_span: Span,
        head: Head,
        clauses: Vec<Clause>,
    ) -> PolicyDecl {
        clauses::check(self, effect_span, &clauses);
        let Head { principal, actions, resource } = head;
        PolicyDecl { trial: false, effect, effect_span, principal, actions, resource, clauses }
    }

    /// Stands for a head that was lost. It has a resource pattern: nobody may complain that it is missing.
    pub fn lost_head(&self, start: u32, end: u32) -> Head {
        let span = Span::new(start, end);
        let pattern = Pattern { kind: PatternKind::Error, span };
        Head { principal: pattern.clone(), actions: Actions::Error(span), resource: Some(pattern) }
    }

    /// An expectation; clauses that repeat are reported and the first kept.
    #[allow(clippy::too_many_arguments, reason = "one for each part of the production")]
    pub fn expect(
        &mut self,
        effect: Effect,
        principal: Expr,
        action: ActionRef,
        resource: Expr,
        parts: Vec<ExpectPart>,
        start: u32,
        end: u32,
    ) -> TestItem {
        let span = Span::new(start, end);
        let mut expect =
            Expect { effect, principal, action, resource, context: None, at: None, by: Vec::new(), span };
        let mut seen: [Option<Span>; 3] = [None; 3];
        for part in parts {
            let (slot, word, span) = match &part {
                ExpectPart::With(span, _) => (0, "with", *span),
                ExpectPart::At(span, _) => (1, "at", *span),
                ExpectPart::By(span, _) => (2, "by", *span),
            };
            if let Some(first) = seen[slot] {
                let message = format!("this expectation has two `{word}` clauses");
                self.find(
                    Diagnostic::new(codes::EXPECT_CLAUSE_REPEATED, span, message)
                        .label("the second")
                        .also(first, "the first"),
                );
                continue;
            }
            seen[slot] = Some(span);
            match part {
                ExpectPart::With(_, context) => expect.context = Some(context),
                ExpectPart::At(_, time) => expect.at = Some(time),
                ExpectPart::By(_, ids) => expect.by = ids,
            }
        }
        TestItem::Expect(expect)
    }

    /// One type, or a union of several.
    pub fn union(&self, mut alternatives: Vec<Type>, start: u32, end: u32) -> Type {
        match alternatives.pop() {
            Some(only) if alternatives.is_empty() => only,
            Some(last) => {
                alternatives.push(last);
                Type { kind: TypeKind::Union(alternatives), span: Span::new(start, end) }
            }
            None => Type { kind: TypeKind::Error, span: Span::new(start, end) },
        }
    }

    // Recovery.

    /// Reports an error from which the parser recovered at `place`.
    pub fn recover(&mut self, recovered: Recovered, place: Place) {
        self.recoveries.set(self.recoveries.get() + 1);
        self.report(&recovered.error, place);
    }

    /// Reports a syntax error, unless one at this very place was reported, or right before it: what the parser stumbles over next on
    /// the line is the same mistake.
    pub fn report(&mut self, error: &crate::syntax_errors::SyntaxError, place: Place) {
        crate::expected::note(self, error);
        if let Some(diagnostic) = crate::syntax_errors::explain(self, error, place)
            && !self.diagnostics.iter().any(|other| self.is_one_mistake(other, &diagnostic))
        {
            self.find(diagnostic);
        }
    }

    fn is_one_mistake(&self, first: &Diagnostic, second: &Diagnostic) -> bool {
        let (first_end, second_start) = (first.primary.end, second.primary.start);
        let adjacent = || {
            let unexpected = first.code == codes::UNEXPECTED && second.code == codes::UNEXPECTED;
            let between = self.text.get(first_end as usize..second_start as usize);
            unexpected && between.is_some_and(|text| text.bytes().all(|byte| byte == b' ' || byte == b'\t'))
        };
        first.primary.start == second_start || adjacent()
    }

    /// Keeps a finding, unless there are so many that nobody reads further ones. All that are found here are errors, so
    /// that leaving some out cannot make a broken item look sound.
    pub fn find(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() <= MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether the lexeme at `offset` is text that was reported already.
    pub fn is_reported(&self, lexeme: Lexeme) -> bool {
        lexeme.token == Token::Bad || lexeme.start == lexeme.end
    }
}
