//! Any bytes are tokens and trees with diagnostics: no panic, no hang, no deep recursion, and all spans within the text.

use assize_lang::{parse, split, terminals};

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = terminals(&text);
    for chunk in split(&text).chunks {
        assert!(
            chunk.start <= chunk.end && text.get(chunk.start as usize..chunk.end as usize).is_some(),
            "{chunk:?}"
        );
    }
    for diagnostic in parse(&text).diagnostics {
        let label = &diagnostic.primary;
        let span = label.start as usize..label.end as usize;
        assert!(label.start <= label.end && text.get(span).is_some(), "{diagnostic:?}");
    }
}
