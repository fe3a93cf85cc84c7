//! What a client configures: levels of warnings, where the manifest says nothing of them.

use assize_compiler::manifest::LintLevel;
use assize_lang::Code;
use assize_lang::codes;
use serde_json::Value;

/// Levels of warnings, by code.
pub type Levels = Vec<(Code, LintLevel)>;

/// Reads `{"lints": {"W0102": "allow"}}`, which may stand under `assize`. What is no warning or no level is passed over: a client
/// may be newer than the server.
pub fn levels(settings: &Value) -> Levels {
    let own = settings.get("assize").unwrap_or(settings);
    let Some(lints) = own.get("lints").and_then(Value::as_object) else { return Levels::new() };
    let mut levels = Levels::new();
    for (name, level) in lints {
        let level = match level.as_str() {
            Some("allow") => LintLevel::Allow,
            Some("warn") => LintLevel::Warn,
            Some("deny") => LintLevel::Deny,
            _ => continue,
        };
        let Some(info) = codes::find(name).filter(|info| info.code.0.starts_with('W')) else { continue };
        levels.push((info.code, level));
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_wherever_clients_put_them() {
        let plain = serde_json::json!({ "lints": { "W0102": "allow", "W0101": "loud", "E0101": "allow", "W9": "deny" } });
        let found = levels(&plain);
        assert_eq!(found, [(codes::UNUSED, LintLevel::Allow)]);
        assert_eq!(levels(&serde_json::json!({ "assize": plain })), found);
        assert_eq!(levels(&Value::Null), []);
    }
}
