//! The shape of a file: what can be folded, what encloses what, and what is a link.

use assize_compiler::db::SourceFile;
use assize_lang::Span;
use assize_lang::ast::{DataRow, Expr, ExprKind, Item, ItemKind, PolicyDecl, TestItem, TypeKind};

use super::analysis::Analysis;

/// What is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// Lines of comment.
    Comment,
    /// Several `use`.
    Uses,
    /// A declaration or a part of one.
    Region,
}

/// Lines that can be folded into their first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From the first character to the last.
    pub span: Span,
    /// What it is.
    pub kind: FoldKind,
}

/// What can be folded in a file: whatever goes over several lines.
pub fn folds(analysis: &Analysis, file: SourceFile) -> Vec<Fold> {
    let text = analysis.text(file).clone();
    let mut folds = Vec::new();
    let mut uses: Option<Span> = None;
    let mut end = 0;
    for item in analysis.items(file) {
        let start = item.start(&analysis.database);
        comment_folds(&text, end, start, &mut folds);
        let tree = &analysis.tree(*item).item;
        end = start + item.text(&analysis.database).len() as u32;
        let documented = Span::new(start, start + tree.span.start);
        comment_folds(&text, documented.start, documented.end, &mut folds);
        let whole = Span::new(tree.span.start + start, end.max(tree.span.start + start));
        if matches!(tree.kind, ItemKind::Use(_)) {
            uses = Some(uses.map_or(whole, |known| known.to(whole)));
            continue;
        }
        folds.extend(uses.take().map(|span| Fold { span, kind: FoldKind::Uses }));
        // Annotations stay visible.
        let body = tree.annotations.last().map_or(tree.span.start, |last| last.span.end);
        let rest = item.text(&analysis.database).get(body as usize..).unwrap_or_default();
        let blank = (rest.len() - rest.trim_start().len()) as u32;
        folds.push(Fold { span: Span::new(start + body + blank, end), kind: FoldKind::Region });
        parts(tree).into_iter().for_each(|span| {
            folds
                .push(Fold { span: Span::new(span.start + start, span.end + start), kind: FoldKind::Region });
        });
    }
    folds.extend(uses.map(|span| Fold { span, kind: FoldKind::Uses }));
    comment_folds(&text, end, text.len() as u32, &mut folds);
    folds.retain(|fold| {
        text.get(fold.span.start as usize..fold.span.end as usize).is_some_and(|text| text.contains('\n'))
    });
    folds
}

/// Parts of an item that are worth folding on their own.
fn parts(item: &Item) -> Vec<Span> {
    let mut parts = Vec::new();
    match &item.kind {
        ItemKind::Grant(decl) => parts.extend(decl.body.iter().flatten().map(|policy| policy.span)),
        ItemKind::Test(decl) => {
            for item in &decl.items {
                match item {
                    TestItem::Data(rows) => {
                        let spans = rows.iter().map(row_span);
                        parts.extend(spans.clone());
                        parts.extend(spans.reduce(Span::to));
                    }
                    TestItem::Let { name, value } => parts.push(name.span.to(value.span)),
                    TestItem::Expect(expect) => parts.push(expect.span),
                    TestItem::DataFile(_) | TestItem::Error(_) => {}
                }
            }
        }
        _ => {}
    }
    parts
}

fn row_span(row: &DataRow) -> Span {
    match row {
        DataRow::Entity { span, .. } | DataRow::Grant { span, .. } | DataRow::Error(span) => *span,
    }
}

/// Comments that stand on several lines one below the other.
fn comment_folds(text: &str, from: u32, to: u32, folds: &mut Vec<Fold>) {
    let gap = text.get(from as usize..to.max(from) as usize).unwrap_or_default();
    let mut current: Option<Span> = None;
    let mut line_start = from as usize;
    for line in gap.split('\n') {
        let trimmed = line.trim();
        if trimmed.starts_with("//") {
            let start = line_start + line.find("//").unwrap_or(0);
            let span = Span::new(start as u32, (start + trimmed.len()) as u32);
            current = Some(current.map_or(span, |known| known.to(span)));
        } else {
            folds.extend(current.take().map(|span| Fold { span, kind: FoldKind::Comment }));
        }
        line_start += line.len() + 1;
    }
    folds.extend(current.map(|span| Fold { span, kind: FoldKind::Comment }));
}

/// What encloses an offset, from the smallest part to the whole file.
pub fn selections(analysis: &Analysis, file: SourceFile, offset: u32) -> Vec<Span> {
    let whole = Span::new(0, analysis.text(file).len() as u32);
    let mut spans = vec![whole];
    if let Some(at) = analysis.item_at(file, offset) {
        let text = at.item.text(&analysis.database);
        let tree = &analysis.tree(at.item).item;
        let mut inside = vec![Span::new(0, text.len() as u32), tree.span];
        collect(tree, &mut inside);
        let touches = |span: &Span| span.start <= at.offset && at.offset <= span.end && span.start < span.end;
        // Between a mark and a word, the word is meant.
        let is_word = |span: &Span| {
            let word = text.get(span.start as usize..span.end as usize).unwrap_or_default();
            word.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '`'))
        };
        let touching = assize_lang::terminals(text).into_iter().map(|terminal| terminal.span).filter(touches);
        let (words, marks): (Vec<Span>, Vec<Span>) = touching.partition(is_word);
        inside.extend(if words.is_empty() { marks } else { words });
        let around = inside.into_iter().filter(touches);
        spans.extend(around.map(|span| Span::new(span.start + at.start, span.end + at.start)));
    }
    spans.sort_by_key(|span| (span.end - span.start, span.start));
    spans.dedup();
    // Each encloses the one before; where two touch at the offset, the first wins.
    let mut nested: Vec<Span> = Vec::new();
    for span in spans {
        if nested.last().is_none_or(|inner| span.start <= inner.start && inner.end <= span.end) {
            nested.push(span);
        }
    }
    nested
}

/// Spans of the parts of an item.
fn collect(item: &Item, spans: &mut Vec<Span>) {
    spans.extend(item.annotations.iter().map(|it| it.span));
    match &item.kind {
        ItemKind::Entity(decl) => fields(&decl.fields, spans),
        ItemKind::TypeAlias { ty, .. } => written(ty, spans),
        ItemKind::Param(decl) | ItemKind::Const(decl) => {
            written(&decl.ty, spans);
            decl.value.iter().for_each(|value| expression(value, spans));
        }
        ItemKind::Fn(decl) => {
            spans.extend(decl.params.iter().map(|param| param.name.span.to(param.ty.span)));
            expression(&decl.body, spans);
        }
        ItemKind::Policy(decl) => policy(decl, spans),
        ItemKind::Grant(decl) => {
            for own in decl.body.iter().flatten() {
                spans.push(own.span);
                policy(&own.policy, spans);
            }
        }
        ItemKind::Test(decl) => {
            spans.extend(parts(item));
            for part in &decl.items {
                match part {
                    TestItem::Let { value, .. } => expression(value, spans),
                    TestItem::Expect(expect) => {
                        [&expect.principal, &expect.resource]
                            .into_iter()
                            .for_each(|it| expression(it, spans));
                        expect.context.iter().chain(&expect.at).for_each(|it| expression(it, spans));
                    }
                    TestItem::Data(rows) => {
                        for row in rows {
                            if let DataRow::Entity { attrs, .. } = row {
                                for init in attrs.iter().flatten() {
                                    spans.push(init.name.span.to(init.value.span));
                                    expression(&init.value, spans);
                                }
                            }
                        }
                    }
                    TestItem::DataFile(_) | TestItem::Error(_) => {}
                }
            }
        }
        ItemKind::Prove(decl) => {
            for claim in &decl.claims {
                spans.push(claim.span);
                policy(&claim.policy, spans);
            }
        }
        _ => {}
    }
}

fn policy(decl: &PolicyDecl, spans: &mut Vec<Span>) {
    use assize_lang::ast::ClauseKind;
    spans.push(decl.principal.span);
    spans.extend(decl.resource.iter().map(|pattern| pattern.span));
    for clause in &decl.clauses {
        spans.push(clause.span);
        match &clause.kind {
            ClauseKind::When(expr) | ClauseKind::Unless(expr) => expression(expr, spans),
            ClauseKind::Oblige(calls) => {
                for call in calls {
                    spans.push(call.span);
                    call.args.iter().for_each(|arg| expression(arg, spans));
                }
            }
            ClauseKind::OnErrorSkip | ClauseKind::Because(_) | ClauseKind::Error => {}
        }
    }
}

fn fields(fields: &[assize_lang::ast::Field], spans: &mut Vec<Span>) {
    for field in fields {
        spans.push(field.span);
        written(&field.ty, spans);
    }
}

fn written(ty: &assize_lang::ast::Type, spans: &mut Vec<Span>) {
    spans.push(ty.span);
    match &ty.kind {
        TypeKind::Apply { args, .. } | TypeKind::Union(args) => {
            args.iter().for_each(|arg| written(arg, spans))
        }
        TypeKind::Optional(inner) => written(inner, spans),
        TypeKind::Record(all) => fields(all, spans),
        TypeKind::Name(_) | TypeKind::Error => {}
    }
}

fn expression(expr: &Expr, spans: &mut Vec<Span>) {
    assize_compiler::walk::visit(expr, &mut |part| {
        spans.push(part.span);
        // Inside of quotes and brackets.
        if let ExprKind::Str(_) | ExprKind::Set(_) | ExprKind::Record(_) | ExprKind::Paren(_) = &*part.kind
            && part.span.end >= part.span.start + 2
        {
            spans.push(Span::new(part.span.start + 1, part.span.end - 1));
        }
    });
}

/// A data file that a test names: where its name stands, without quotes, and the name.
pub fn data_files(analysis: &Analysis, file: SourceFile) -> Vec<(Span, String)> {
    let mut links = Vec::new();
    for item in analysis.items(file) {
        let start = item.start(&analysis.database);
        let ItemKind::Test(decl) = &analysis.tree(*item).item.kind else { continue };
        for part in &decl.items {
            if let TestItem::DataFile(name) = part
                && name.span.end >= name.span.start + 2
            {
                let span = Span::new(name.span.start + start + 1, name.span.end + start - 1);
                links.push((span, name.value.to_string()));
            }
        }
    }
    links
}
