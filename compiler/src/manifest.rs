//! What `assize.toml` says.
//!
//! ```toml
//! [package]
//! name = "forge"
//! version = "0.1.0"
//! sources = ["policies"]            # files or folders; without it every .assize file of the package
//! data = ["data/entities.ndjson"]
//!
//! [dependencies]
//! baseline = { path = "../baseline" }
//!
//! [lints]
//! W0101 = "allow"                   # or "warn", "deny"
//! unused = "deny"                   # a group: "all", "unused", "conditions", "effects", "style"
//!
//! [params.production]               # a profile: values of params
//! OFFICE = ["10.0.0.0/8"]
//!
//! [decide]                          # the command line only: embedded engines read their clock
//! now = "2026-06-01T00:00:00Z"
//! ```

use std::collections::BTreeMap;

use assize_lang::{Code, Diagnostic, Severity, Span, codes};
use assize_runtime::literal::parse_datetime;
use indexmap::IndexMap;
use smol_str::SmolStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::names::{did_you_mean, suggest};

/// What becomes of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LintLevel {
    /// It is not shown.
    Allow,
    /// It is a warning.
    Warn,
    /// It is an error.
    Deny,
}

/// Something of the manifest with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// What it is.
    pub value: T,
    /// Where it stands in `assize.toml`.
    pub span: Span,
}

/// The values that one profile gives to params, as JSON, by the param's name.
pub type Profile = IndexMap<SmolStr, Placed<serde_json::Value>>;

/// What `assize.toml` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    /// The package's name; none for loose files.
    pub name: Option<Placed<SmolStr>>,
    /// The package's version.
    pub version: Option<SmolStr>,
    /// Files and folders of policies, relative to the package; `None`: all below it.
    pub sources: Option<Vec<Placed<SmolStr>>>,
    /// Data files, relative to the package.
    pub data: Vec<Placed<SmolStr>>,
    /// Folders of other packages by name, relative to the package.
    pub dependencies: IndexMap<SmolStr, Placed<SmolStr>>,
    /// Levels of warnings by code.
    pub lints: BTreeMap<Code, LintLevel>,
    /// Values of params by profile.
    pub profiles: IndexMap<SmolStr, Profile>,
    /// The time at which the command line checks data and decides when nobody names another, in milliseconds since
    /// 1970-01-01T00:00:00Z. It keeps examples and fixtures from ageing; engines never see it.
    pub now: Option<i64>,
}

/// Reads a manifest. What is wrong is left out of the result and reported; spans count from the start of `text`.
pub fn read(text: &str) -> (Manifest, Vec<Diagnostic>) {
    let mut reader = Reader { manifest: Manifest::default(), diagnostics: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().map_or(Span::new(0, 0), |range| to_span(&range));
        reader.report(
            codes::MANIFEST_SYNTAX,
            span,
            format!("this is not TOML: {}", error.message().to_lowercase()),
        );
    }
    if reader.diagnostics.is_empty() {
        reader.root(table.get_ref());
    }
    (reader.manifest, reader.diagnostics)
}

struct Reader {
    manifest: Manifest,
    diagnostics: Vec<Diagnostic>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Reader {
    fn report(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(code, span, message));
    }

    fn root(&mut self, table: &DeTable<'_>) {
        let known = ["package", "dependencies", "lints", "params", "decide"];
        let mut named = false;
        for (key, value) in in_order(table) {
            let Some(section) = self.table(value, key) else { continue };
            match key.get_ref().as_ref() {
                "package" => {
                    named = true;
                    self.package(section, to_span(&value.span()));
                }
                "dependencies" => self.dependencies(section),
                "lints" => self.lints(section),
                "params" => self.params(section),
                "decide" => self.decide(section),
                _ => self.unknown_key(key, &known, "a manifest has the sections"),
            }
        }
        if !named {
            let message = "`assize.toml` has no section `[package]`";
            let diagnostic = Diagnostic::new(codes::MANIFEST_KEY, Span::new(0, 0), message);
            self.diagnostics.push(diagnostic.help("begin it with `[package]` and `name = \"..\"`"));
        }
    }

    fn package(&mut self, section: &DeTable<'_>, span: Span) {
        let known = ["name", "version", "sources", "data"];
        for (key, value) in in_order(section) {
            match key.get_ref().as_ref() {
                "name" => {
                    if let Some(name) = self.string(value, key) {
                        if is_package_name(&name.value) {
                            self.manifest.name = Some(name);
                        } else {
                            let message = format!("`{}` is no name for a package", name.value);
                            let diagnostic = Diagnostic::new(codes::MANIFEST_VALUE, name.span, message);
                            let help = "use letters, digits, `_` and `-`, and begin with a letter";
                            self.diagnostics.push(diagnostic.help(help));
                            self.manifest.name = Some(name);
                        }
                    }
                }
                "version" => self.manifest.version = self.string(value, key).map(|version| version.value),
                "sources" => self.manifest.sources = self.strings(value, key),
                "data" => self.manifest.data = self.strings(value, key).unwrap_or_default(),
                _ => self.unknown_key(key, &known, "`[package]` has the keys"),
            }
        }
        if !section.keys().any(|key| key.get_ref() == "name") {
            let message = "the package has no name";
            let diagnostic = Diagnostic::new(codes::MANIFEST_KEY, span, message);
            self.diagnostics.push(diagnostic.help("add `name = \"..\"` to `[package]`"));
        }
    }

    fn dependencies(&mut self, section: &DeTable<'_>) {
        for (key, value) in in_order(section) {
            let Some(dependency) = self.table(value, key) else { continue };
            let mut path = None;
            for (inner, value) in in_order(dependency) {
                match inner.get_ref().as_ref() {
                    "path" => path = self.string(value, inner),
                    _ => self.unknown_key(inner, &["path"], "a dependency has the key"),
                }
            }
            match path {
                Some(path) => drop(self.manifest.dependencies.insert(text_of(key), path)),
                None if dependency.keys().any(|key| key.get_ref() == "path") => {}
                None => {
                    let message = format!("dependency `{}` does not say where it is", key.get_ref());
                    let diagnostic = Diagnostic::new(codes::MANIFEST_KEY, to_span(&key.span()), message);
                    let help = format!("write `{} = {{ path = \"../{0}\" }}`", key.get_ref());
                    self.diagnostics.push(diagnostic.help(help));
                }
            }
        }
    }

    /// What is said of one warning counts over what is said of its group, and that over what is said of all.
    fn lints(&mut self, section: &DeTable<'_>) {
        let mut levels = Vec::new();
        for (key, value) in in_order(section) {
            let span = to_span(&key.span());
            let level = self.string(value, key);
            let named = match (warning(key.get_ref()), group(key.get_ref())) {
                (Some(code), _) => (2, vec![code]),
                (None, Some(codes)) => (usize::from(key.get_ref() != "all"), codes),
                (None, None) => {
                    self.diagnostics.push(unknown_level(key.get_ref(), span));
                    continue;
                }
            };
            let Some(level) = level else { continue };
            let level = match level.value.as_str() {
                "allow" => LintLevel::Allow,
                "warn" => LintLevel::Warn,
                "deny" => LintLevel::Deny,
                other => {
                    let message = format!("`{other}` is no level of a warning");
                    let diagnostic = Diagnostic::new(codes::MANIFEST_VALUE, level.span, message);
                    self.diagnostics.push(diagnostic.help("write \"allow\", \"warn\" or \"deny\""));
                    continue;
                }
            };
            levels.push((named, level));
        }
        levels.sort_by_key(|((closeness, _), _)| *closeness);
        for ((_, codes), level) in levels {
            self.manifest.lints.extend(codes.into_iter().map(|code| (code, level)));
        }
    }

    fn params(&mut self, section: &DeTable<'_>) {
        for (key, value) in in_order(section) {
            let Some(profile) = value.get_ref().as_table() else {
                let message = format!("`{}` is a profile and has values of params below it", key.get_ref());
                let diagnostic = Diagnostic::new(codes::MANIFEST_VALUE, to_span(&value.span()), message);
                let help = format!("write `[params.default]` and below it `{} = ..`", key.get_ref());
                self.diagnostics.push(diagnostic.help(help));
                continue;
            };
            let mut values = Profile::new();
            for (name, value) in in_order(profile) {
                let span = to_span(&value.span());
                match json(value.get_ref()) {
                    Ok(value) => drop(values.insert(text_of(name), Placed { value, span })),
                    Err(message) => self.report(codes::MANIFEST_VALUE, span, message),
                }
            }
            self.manifest.profiles.insert(text_of(key), values);
        }
    }

    fn decide(&mut self, section: &DeTable<'_>) {
        for (key, value) in in_order(section) {
            if key.get_ref() != "now" {
                self.unknown_key(key, &["now"], "`[decide]` has the key");
                continue;
            }
            let Some(now) = self.string(value, key) else { continue };
            match parse_datetime(&now.value) {
                Ok(time) => self.manifest.now = Some(time),
                Err(error) => {
                    let message = format!("`{}` is no time: {error}", now.value);
                    let diagnostic = Diagnostic::new(codes::MANIFEST_VALUE, now.span, message);
                    self.diagnostics.push(diagnostic.help("write it like `\"2026-06-01T00:00:00Z\"`"));
                }
            }
        }
    }

    fn unknown_key(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&str], what: &str) {
        let span = to_span(&key.span());
        let message = format!("unknown key `{}`", key.get_ref());
        let list = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let diagnostic = Diagnostic::new(codes::MANIFEST_KEY, span, message).help(format!("{what} {list}"));
        let candidate = suggest(key.get_ref(), known.iter().copied());
        self.diagnostics.push(did_you_mean(diagnostic, span, candidate));
    }

    fn table<'v, 'a>(
        &mut self,
        value: &'v Value<'a>,
        key: &Spanned<std::borrow::Cow<'_, str>>,
    ) -> Option<&'v DeTable<'a>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let message = format!("`{}` is a table, not {}", key.get_ref(), kind(value.get_ref()));
            self.report(codes::MANIFEST_VALUE, to_span(&value.span()), message);
        }
        table
    }

    fn string(
        &mut self,
        value: &Value<'_>,
        key: &Spanned<std::borrow::Cow<'_, str>>,
    ) -> Option<Placed<SmolStr>> {
        let span = to_span(&value.span());
        match value.get_ref().as_str() {
            Some(text) => Some(Placed { value: text.into(), span }),
            None => {
                let message = format!("`{}` is a string, not {}", key.get_ref(), kind(value.get_ref()));
                let diagnostic = Diagnostic::new(codes::MANIFEST_VALUE, span, message);
                self.diagnostics.push(diagnostic.help(format!("write `{} = \"..\"`", key.get_ref())));
                None
            }
        }
    }

    fn strings(
        &mut self,
        value: &Value<'_>,
        key: &Spanned<std::borrow::Cow<'_, str>>,
    ) -> Option<Vec<Placed<SmolStr>>> {
        let Some(array) = value.get_ref().as_array() else {
            let message = format!("`{}` is a list of strings, not {}", key.get_ref(), kind(value.get_ref()));
            let diagnostic = Diagnostic::new(codes::MANIFEST_VALUE, to_span(&value.span()), message);
            self.diagnostics.push(diagnostic.help(format!("write `{} = [\"..\"]`", key.get_ref())));
            return None;
        };
        Some(array.iter().filter_map(|value| self.string(value, key)).collect())
    }
}

/// The warning with this code.
pub fn warning(code: &str) -> Option<Code> {
    let info = codes::find(code)?;
    (info.code.severity() == Severity::Warning).then_some(info.code)
}

/// Groups of warnings, each with the beginning of its codes.
const GROUPS: [(&str, &str); 5] =
    [("all", "W"), ("unused", "W01"), ("conditions", "W02"), ("effects", "W03"), ("style", "W04")];

/// The warnings of a group.
fn group(name: &str) -> Option<Vec<Code>> {
    let (_, beginning) = GROUPS.iter().find(|(group, _)| *group == name)?;
    let codes = codes::ALL.iter().map(|info| info.code);
    Some(codes.filter(|code| code.0.starts_with(beginning)).collect())
}

/// The finding for a key of `[lints]` that is neither a warning nor a group.
fn unknown_level(name: &str, span: Span) -> Diagnostic {
    if codes::find(name).is_some() || name.starts_with(['W', 'w']) {
        return unknown_lint(name, span);
    }
    let groups = GROUPS.iter().map(|(group, _)| *group);
    let list = groups.clone().map(|group| format!("`{group}`")).collect::<Vec<_>>().join(", ");
    let message = format!("there is no warning or group of warnings `{name}`");
    let diagnostic = Diagnostic::new(codes::MANIFEST_KEY, span, message)
        .help(format!("name a warning, as in `W0101`, or one of the groups {list}"));
    did_you_mean(diagnostic, span, suggest(name, groups))
}

/// The finding for a code that is no warning.
pub fn unknown_lint(code: &str, span: Span) -> Diagnostic {
    if codes::find(code).is_some() {
        let message = format!("`{code}` is an error: it cannot be switched off");
        return Diagnostic::new(codes::MANIFEST_KEY, span, message);
    }
    let warnings =
        codes::ALL.iter().map(|info| info.code).filter(|code| code.severity() == Severity::Warning);
    let candidate = suggest(code, warnings.map(|code| code.0));
    let diagnostic = Diagnostic::new(codes::MANIFEST_KEY, span, format!("there is no warning `{code}`"));
    did_you_mean(diagnostic, span, candidate)
}

fn is_package_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Entries in the order in which they stand in the file.
fn in_order<'t, 'a>(table: &'t DeTable<'a>) -> Vec<(&'t Spanned<std::borrow::Cow<'a, str>>, &'t Value<'a>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn text_of(key: &Spanned<std::borrow::Cow<'_, str>>) -> SmolStr {
    key.get_ref().as_ref().into()
}

fn to_span(range: &std::ops::Range<usize>) -> Span {
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(clamp(range.start), clamp(range.end))
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The value as data files would say it.
fn json(value: &DeValue<'_>) -> Result<serde_json::Value, String> {
    Ok(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            let digits = digits.strip_prefix('+').unwrap_or(&digits);
            match i64::from_str_radix(digits, number.radix()) {
                Ok(number) => number.into(),
                Err(_) => return Err(format!("`{}` does not fit into 64 bits", number.as_str())),
            }
        }
        // As text, so that nothing is rounded on the way to a `Decimal`.
        DeValue::Float(number) => match number.as_str().replace('_', "").parse::<serde_json::Number>() {
            Ok(number) => serde_json::Value::Number(number),
            Err(_) => return Err(format!("`{}` is no number that a policy can hold", number.as_str())),
        },
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(array) => {
            array.iter().map(|value| json(value.get_ref())).collect::<Result<Vec<_>, _>>()?.into()
        }
        DeValue::Table(table) => {
            let mut object = serde_json::Map::new();
            for (key, value) in in_order(table) {
                object.insert(key.get_ref().as_ref().to_owned(), json(value.get_ref())?);
            }
            object.into()
        }
    })
}
