//! Semantic tokens: whole, in part, and as a difference.

use assize_lang::Span;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use tower_lsp::lsp_types::{
    Range, SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensDelta,
    SemanticTokensEdit, SemanticTokensFullDeltaResult, SemanticTokensLegend,
};

use super::at::At;
use crate::ide::tokens::{self, TokenKind};

/// How the kinds of token are called, in their order.
pub fn legend() -> SemanticTokensLegend {
    let types = [
        SemanticTokenType::KEYWORD,
        SemanticTokenType::OPERATOR,
        SemanticTokenType::STRING,
        SemanticTokenType::NUMBER,
        SemanticTokenType::COMMENT,
        SemanticTokenType::NAMESPACE,
        SemanticTokenType::CLASS,
        SemanticTokenType::ENUM,
        SemanticTokenType::ENUM_MEMBER,
        SemanticTokenType::TYPE,
        SemanticTokenType::EVENT,
        SemanticTokenType::VARIABLE,
        SemanticTokenType::FUNCTION,
        SemanticTokenType::METHOD,
        SemanticTokenType::PROPERTY,
        SemanticTokenType::PARAMETER,
        SemanticTokenType::new("request"),
        SemanticTokenType::DECORATOR,
    ];
    let modifiers = [
        SemanticTokenModifier::DECLARATION,
        SemanticTokenModifier::DEFAULT_LIBRARY,
        SemanticTokenModifier::DOCUMENTATION,
        SemanticTokenModifier::READONLY,
    ];
    SemanticTokensLegend { token_types: types.to_vec(), token_modifiers: modifiers.to_vec() }
}

/// The tokens of a file, or of a range of it.
pub fn tokens(at: &At, range: Option<Range>) -> SemanticTokens {
    let measured = at.measured();
    let part = range.map_or(Span::new(0, at.text.len() as u32), |range| measured.span(range));
    let mut data = Vec::new();
    let (mut line, mut column) = (0, 0);
    for token in tokens::tokens(&at.view.analysis, at.file, part) {
        let Range { start, end } = measured.range(token.span);
        if end.line != start.line || end.character <= start.character {
            continue;
        }
        let delta_line = start.line - line;
        let delta_start =
            if delta_line == 0 { start.character.saturating_sub(column) } else { start.character };
        let traits = token.traits;
        let constant = token.kind == TokenKind::Constant;
        data.push(SemanticToken {
            delta_line,
            delta_start,
            length: end.character - start.character,
            token_type: token.kind as u32,
            token_modifiers_bitset: u32::from(traits.declares)
                | u32::from(traits.built_in) << 1
                | u32::from(traits.documents) << 2
                | u32::from(constant) << 3,
        });
        (line, column) = (start.line, start.character);
    }
    SemanticTokens { result_id: range.is_none().then(|| id_of(&data)), data }
}

/// What has changed since the tokens that `before` were; all of them if that is not what the client thinks it is.
pub fn difference(
    before: Option<SemanticTokens>,
    known: &str,
    now: SemanticTokens,
) -> SemanticTokensFullDeltaResult {
    let Some(before) = before.filter(|before| before.result_id.as_deref() == Some(known)) else {
        return SemanticTokensFullDeltaResult::Tokens(now);
    };
    let same_start = before.data.iter().zip(&now.data).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before.data[same_start..], &now.data[same_start..]);
    let same_end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - same_end], &new[..new.len() - same_end]);
    let mut edits = Vec::new();
    if !old.is_empty() || !new.is_empty() {
        edits.push(SemanticTokensEdit {
            start: same_start as u32 * 5,
            delete_count: old.len() as u32 * 5,
            data: Some(new.to_vec()),
        });
    }
    SemanticTokensFullDeltaResult::TokensDelta(SemanticTokensDelta { result_id: now.result_id, edits })
}

fn id_of(data: &[SemanticToken]) -> String {
    let mut hasher = FxHasher::default();
    for token in data {
        (token.delta_line, token.delta_start, token.length).hash(&mut hasher);
        (token.token_type, token.token_modifiers_bitset).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_makes_the_new_tokens_of_the_old() {
        let token = |length| SemanticToken { length, ..SemanticToken::default() };
        let tokens = |lengths: &[u32]| {
            let data: Vec<SemanticToken> = lengths.iter().map(|length| token(*length)).collect();
            SemanticTokens { result_id: Some(id_of(&data)), data }
        };
        let flat = |tokens: &[SemanticToken]| tokens.iter().map(|it| it.length).collect::<Vec<_>>();
        for (old, new) in [
            (&[1, 2, 3][..], &[1, 4, 5, 3][..]),
            (&[], &[1]),
            (&[1, 1], &[1]),
            (&[1, 2], &[1, 2]),
            (&[9], &[]),
        ] {
            let (before, now) = (tokens(old), tokens(new));
            let known = before.result_id.clone().unwrap();
            let SemanticTokensFullDeltaResult::TokensDelta(delta) =
                difference(Some(before.clone()), &known, now)
            else {
                panic!("the client knew the last tokens")
            };
            let mut made = before.data;
            for edit in delta.edits {
                let (start, count) = (edit.start as usize / 5, edit.delete_count as usize / 5);
                made.splice(start..start + count, edit.data.unwrap_or_default());
            }
            assert_eq!(flat(&made), new);
        }
        let now = tokens(&[1]);
        assert!(matches!(difference(None, "x", now), SemanticTokensFullDeltaResult::Tokens(_)));
    }
}
