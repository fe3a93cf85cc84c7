//! One request from flags, as the JSON text that the engine reads: so that a request from flags and one from a file cannot
//! be treated differently.

use std::fs;

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::args::DecideArgs;
use crate::exit::Stop;

/// The flags that name a request.
#[derive(Clone, Copy)]
pub struct Flags<'a> {
    /// Who, what, and on what: there are all or none.
    pub named: [&'a Option<String>; 3],
    /// `--context`
    pub context: &'a Option<String>,
    /// `--entities`
    pub entities: &'a Option<String>,
}

/// The text of the request; `None` if the flags name none.
pub fn from_flags(args: &DecideArgs) -> Result<Option<String>, Stop> {
    let named = [&args.principal, &args.action, &args.resource];
    text_of(Flags { named, context: &args.context, entities: &args.entities })
}

/// As [`from_flags`], of another command with such flags.
pub fn text_of(args: Flags<'_>) -> Result<Option<String>, Stop> {
    let [Some(principal), Some(action), Some(resource)] = args.named else { return Ok(None) };
    let quoted = |text: &str| Value::from(text).to_string();
    let mut request = format!(
        "{{\"principal\": {}, \"action\": {}, \"resource\": {}",
        quoted(principal),
        quoted(action),
        quoted(resource)
    );
    for (flag, given) in [("context", args.context), ("entities", args.entities)] {
        if let Some(given) = given {
            request.push_str(&format!(", \"{flag}\": {}", one_value(flag, given)?));
        }
    }
    request.push('}');
    Ok(Some(request))
}

/// The JSON text of a flag, from the file that it names if it begins with `@`. It is a single value: nothing can be smuggled
/// into the request behind it.
pub fn one_value(flag: &str, given: &str) -> Result<String, Stop> {
    let text = match given.strip_prefix('@') {
        Some(path) => fs::read_to_string(path)
            .map_err(|error| Stop::usage(format!("cannot read `{path}`, which `--{flag}` names: {error}")))?,
        None => given.to_owned(),
    };
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => Ok(text),
        Err(error) => {
            let example = if flag == "context" { "'{\"mfa\": true}'" } else { "'[{\"uid\": ..}]'" };
            Err(Stop::usage(format!("`--{flag}` is no JSON: {error}"))
                .help(format!("write `--{flag} {example}`, or `--{flag} @FILE`")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_holds_one_value_and_nothing_behind_it() {
        assert!(one_value("context", r#"{"mfa": true}"#).is_ok());
        assert!(one_value("context", r#"{}, "now": "2001-01-01T00:00:00Z""#).is_err());
        assert!(one_value("context", "{").is_err());
        assert!(one_value("context", "@no/such/file").is_err());
    }
}
