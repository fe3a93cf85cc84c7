//! Words that people write for words of the language: misspelt, or from another language.

/// The words that start declarations.
const DECLARATIONS: [&str; 18] = [
    "module",
    "use",
    "entity",
    "external",
    "enum",
    "ordered",
    "type",
    "action",
    "param",
    "const",
    "fn",
    "allow",
    "deny",
    "trial",
    "grant",
    "obligation",
    "test",
    "prove",
];

/// The word that starts declarations and is nearly spelled like this one.
pub fn close_declaration(word: &str) -> Option<&'static str> {
    DECLARATIONS.into_iter().find(|declaration| is_close(word, declaration))
}

/// The effect that a word of another language stands for.
pub fn effect_for(word: &str) -> Option<&'static str> {
    match word {
        "permit" | "Permit" | "Allow" | "ALLOW" | "grant_access" => Some("allow"),
        "forbid" | "Forbid" | "Deny" | "DENY" | "block" | "reject" => Some("deny"),
        _ => None,
    }
}

/// The declaration that a word of another language stands for.
pub fn declaration_for(word: &str) -> Option<&'static str> {
    match word {
        "policy" | "rule" => Some("allow"),
        "import" | "include" => Some("use"),
        "package" | "namespace" => Some("module"),
        "function" | "func" | "def" => Some("fn"),
        "class" | "struct" | "resource" => Some("entity"),
        "let" | "var" | "val" => Some("const"),
        "record" | "shape" => Some("type"),
        "relation" | "role" => Some("grant"),
        _ => None,
    }
}

/// Whether two words differ by one letter, or by two neighbours that changed places.
fn is_close(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() < 3 || left.len().abs_diff(right.len()) > 1 {
        return false;
    }
    let prefix = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[prefix..], &right[prefix..]);
    match (left, right) {
        ([a, b, left @ ..], [c, d, right @ ..]) if a == d && b == c && left == right => true,
        ([_, left @ ..], [_, other @ ..]) if left == other => true,
        (left, [_, other @ ..]) if left == other => true,
        ([_, left @ ..], other) if left == other => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_close_and_two_are_not() {
        assert_eq!(close_declaration("alow"), Some("allow"));
        assert_eq!(close_declaration("alllow"), Some("allow"));
        assert_eq!(close_declaration("dney"), Some("deny"));
        assert_eq!(close_declaration("demy"), Some("deny"));
        assert_eq!(close_declaration("dema"), None);
        assert_eq!(close_declaration("ab"), None);
    }
}
