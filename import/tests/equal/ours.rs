//! What the imported package says, with either engine.

use std::fmt::Write as _;

use assize_compiler::compile::compile;
use assize_compiler::package::load;
use assize_import::{Cedar, CedarRequests, Correspondence, FILE, Imported, Text, import};
use assize_runtime::Verified;
use assize_runtime::data::Data;
use assize_runtime::engine::{Engine, EngineKind, EngineOptions};
use assize_runtime::json;
use serde_json::Value;

use crate::package::{Answer, Package, Said};

/// What went wrong on our side, or between the sides. The kinds are kept apart by those who look for a smaller case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The importer has no equal for something.
    Refused(String),
    /// It made something that is no package.
    Broken(String),
    /// The two engines differ.
    Engines(String),
    /// We and Cedar differ.
    Differs(String),
    /// Something panics.
    Panics(String),
}

impl Fault {
    /// Whether another is probably for the same reason.
    pub fn is_like(&self, other: &Fault) -> bool {
        // Names and numbers change on the way to a simpler package; words mostly do not.
        let words = |text: &str| -> String {
            text.lines().next().unwrap_or_default().split('`').step_by(2).collect::<Vec<_>>().join("_")
        };
        let code = |text: &str| text.find("Code(").and_then(|at| text.get(at..at + 40).map(str::to_owned));
        match (self, other) {
            (Fault::Refused(one), Fault::Refused(other)) => {
                let behind = |text: &str| words(text).split_once(": ").map(|(_, rest)| rest.to_owned());
                behind(one) == behind(other)
            }
            (Fault::Broken(one), Fault::Broken(other)) => {
                one.split(':').next() == other.split(':').next() && code(one) == code(other)
            }
            (Fault::Engines(_), Fault::Engines(_))
            | (Fault::Differs(_), Fault::Differs(_))
            | (Fault::Panics(_), Fault::Panics(_)) => true,
            _ => false,
        }
    }
}

/// A package after its import.
#[derive(Debug)]
pub struct Ours {
    /// All files.
    pub text: String,
    /// What the compiler says of a package that it takes.
    #[allow(dead_code, reason = "the long form does not ask")]
    pub warnings: Vec<String>,
    program: Verified,
    data: Data,
    correspondence: Correspondence,
    reference: Engine,
    native: Engine,
}

/// Imports without compiling.
pub fn imported(package: &Package) -> Result<Imported, Fault> {
    fn file<'a>(name: &'a str, text: &'a str) -> Option<Text<'a>> {
        (!text.is_empty()).then_some(Text { name, text })
    }
    let cedar = Cedar {
        policies: Text { name: "policies.cedar", text: &package.policies },
        schema: file("schema.cedarschema", &package.schema),
        entities: file("entities.json", &package.entities),
        links: file("links.json", &package.links),
        package: "imported",
    };
    import(&cedar).map_err(|refusal| {
        let problems = refusal.problems.iter().map(|note| format!("{}: {}", note.place, note.message));
        Fault::Refused(problems.collect::<Vec<_>>().join("\n"))
    })
}

impl Ours {
    pub fn new(package: &Package) -> Result<Ours, Fault> {
        let imported = imported(package)?;
        let folder = tempfile::tempdir().expect("a folder");
        let mut shown = String::new();
        for (path, text) in &imported.files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(&path, text).expect("a file");
            let _ = writeln!(shown, "{text}");
        }
        let broken =
            |what: &str, error: &dyn std::fmt::Debug| Fault::Broken(format!("{what}: {error:#?}\n{shown}"));
        let loaded = load(&[folder.path().to_path_buf()]).map_err(|error| broken("package", &error))?;
        let compilation = compile(loaded);
        let warnings = compilation.diagnostics.iter().map(|located| {
            let diagnostic = &located.diagnostic;
            format!("{} {}", diagnostic.code.0, diagnostic.message)
        });
        let warnings = warnings.collect();
        let Some(program) = compilation.program else {
            return Err(broken("it does not compile", &compilation.diagnostics));
        };
        let files = imported.files.iter().filter(|(path, _)| path.starts_with("data/"));
        let data = json::load(&program.schema, files.map(|(path, text)| (path.as_str(), text.as_bytes())), 0)
            .map_err(|faults| broken("data", &faults))?;
        let kept = imported.files.iter().find(|(path, _)| path == FILE).map_or("", |(_, text)| text);
        let correspondence = Correspondence::read(kept).map_err(|error| broken(FILE, &error))?;
        let engine = |engine| {
            let options = EngineOptions {
                engine,
                params: Vec::new(),
                data: Some(data.clone()),
                ..EngineOptions::default()
            };
            Engine::new(program.clone(), options).map_err(|error| broken("engine", &error))
        };
        let (reference, native) = (engine(EngineKind::Interpreter)?, engine(EngineKind::Jit)?);
        Ok(Ours { text: shown, warnings, program, data, correspondence, reference, native })
    }

    /// The answer of both engines, which must be one.
    pub fn answer(&self, line: &str) -> Result<Answer, Fault> {
        let cedar =
            CedarRequests { correspondence: &self.correspondence, program: &self.program, data: &self.data };
        let Ok(request) = cedar.request(line) else { return Ok(None) };
        let said = |engine: &Engine| -> Answer {
            let report = engine.report_json(&request).ok()?;
            let answer = cedar.answer(&report);
            let ids = |list: &Value, key: Option<&str>| {
                let id = |one: &Value| key.map_or(one, |key| &one[key]).as_str().expect("an id").to_owned();
                list.as_array().expect("a list").iter().map(id).collect()
            };
            let said = Said {
                allow: answer["decision"] == "allow",
                policies: ids(&answer["policies"], None),
                errors: ids(&answer["errors"], Some("policy")),
            };
            let plain = engine.decide_json(&request).ok()?;
            assert_eq!(said.allow, plain.allowed(), "the quick way differs from the report on {request}");
            Some(said)
        };
        let (interpreted, native) = (said(&self.reference), said(&self.native));
        if interpreted == native {
            return Ok(native);
        }
        Err(Fault::Engines(format!(
            "{request}\ninterpreter {interpreted:?}\nnative {native:?}\n{}",
            self.text
        )))
    }
}
