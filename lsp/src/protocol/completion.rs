//! Completion.

use smol_str::SmolStr;
use tower_lsp::lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionTextEdit, Documentation, InsertTextFormat,
    MarkupContent, MarkupKind, Position, TextEdit,
};

use super::at::At;
use super::edits::text_edits;
use crate::ide::completion::{Offer, OfferKind, complete_knowing};
use crate::ide::symbols::SymbolKind;

/// `textDocument/completion`
pub fn completion(at: &At, position: Position, snippets: bool) -> Option<CompletionList> {
    let measured = at.measured();
    let known = |ty: &str| at.view.data_ids().of_type(ty).map(SmolStr::new).collect();
    let found = complete_knowing(&at.view.analysis, at.file, measured.offset(position), &known)?;
    let range = measured.range(found.replaced);
    let item = |(nth, offer): (usize, Offer)| {
        let is_snippet = offer.kind == OfferKind::Snippet;
        if is_snippet && !snippets {
            return None;
        }
        let docs = MarkupContent { kind: MarkupKind::Markdown, value: offer.docs.clone() };
        let edits = text_edits(&measured, offer.edits);
        Some(CompletionItem {
            label: offer.label.clone(),
            kind: Some(kind(offer.kind)),
            detail: (!offer.detail.is_empty()).then_some(offer.detail),
            documentation: (!offer.docs.is_empty()).then_some(Documentation::MarkupContent(docs)),
            // The order is ours: by rank, and then as it was found.
            sort_text: Some(format!("{}{nth:05}", offer.rank)),
            filter_text: Some(offer.label),
            insert_text_format: Some(match is_snippet {
                true => InsertTextFormat::SNIPPET,
                false => InsertTextFormat::PLAIN_TEXT,
            }),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: offer.insert })),
            additional_text_edits: (!edits.is_empty()).then_some(edits),
            ..CompletionItem::default()
        })
    };
    let items = found.offers.into_iter().enumerate().filter_map(item).collect();
    Some(CompletionList { is_incomplete: false, items })
}

fn kind(kind: OfferKind) -> CompletionItemKind {
    match kind {
        OfferKind::Keyword => CompletionItemKind::KEYWORD,
        OfferKind::Snippet => CompletionItemKind::SNIPPET,
        OfferKind::Variable => CompletionItemKind::VARIABLE,
        OfferKind::Method => CompletionItemKind::METHOD,
        OfferKind::Type => CompletionItemKind::STRUCT,
        OfferKind::Text => CompletionItemKind::VALUE,
        OfferKind::Symbol(symbol) => match symbol {
            SymbolKind::Module => CompletionItemKind::MODULE,
            SymbolKind::Entity => CompletionItemKind::CLASS,
            SymbolKind::Field => CompletionItemKind::FIELD,
            SymbolKind::Enum => CompletionItemKind::ENUM,
            SymbolKind::Variant => CompletionItemKind::ENUM_MEMBER,
            SymbolKind::Type => CompletionItemKind::STRUCT,
            SymbolKind::Action => CompletionItemKind::EVENT,
            SymbolKind::Constant => CompletionItemKind::CONSTANT,
            SymbolKind::Function => CompletionItemKind::FUNCTION,
            SymbolKind::Grant => CompletionItemKind::INTERFACE,
            SymbolKind::Obligation => CompletionItemKind::OPERATOR,
            SymbolKind::Policy | SymbolKind::Test => CompletionItemKind::REFERENCE,
        },
    }
}
