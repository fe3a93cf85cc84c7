//! A package in memory and everything that can be done with it: the one place where cases meet the product's interfaces.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use assize_compiler::cases::TestCase;
use assize_compiler::cases::run::{Decide, Engine, run};
use assize_compiler::compile::{Compilation, compile, compile_to_run};
use assize_compiler::package::{Located, PackageSources, SourceText, load};
use assize_runtime::data::Data;
use assize_runtime::json::{self, Clock};
use assize_runtime::literal::parse_datetime;
use assize_runtime::native::{self, Code, Image, PreparedContext};
use assize_runtime::{Decision, Outcome, Params, Query, Verified, interpret, verify, wire};

use crate::render;

/// After so many decisions every shape of the largest package here has native code.
const MOST_COLD: usize = 1_000;

/// Something that was found in a source or data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Index into the files that were given.
    pub file: usize,
    /// From 0.
    pub line: usize,
    /// A diagnostic's code, or what else it is.
    pub code: String,
    /// Message, labels, help and titles of fixes, one after the other.
    pub text: String,
}

/// What came of compiling.
#[derive(Debug)]
pub struct Compiled {
    /// In order of file and place.
    pub findings: Vec<Finding>,
    /// What was compiled.
    pub files: Vec<SourceText>,
    /// Files beside the package that it does not have.
    pub left_out: Vec<String>,
    /// `None` if some finding is an error.
    pub package: Option<Package>,
}

/// A package that compiles and that the verifier admits.
#[derive(Debug)]
pub struct Package {
    program: Verified,
    params: Params,
    tests: Vec<TestCase>,
    files: Vec<SourceText>,
    /// For each file, what findings call it.
    places: Vec<usize>,
}

/// A package with data, in both engines.
pub struct Deployed {
    program: Verified,
    params: Params,
    data: Data,
    /// `None` if the package or its data is beyond what native code does; then everything is interpreted.
    image: Option<Image>,
}

impl Package {
    /// Compiles named texts.
    pub fn compile(texts: &[(&str, &str)]) -> Compiled {
        Package::of(PackageSources::from_texts(texts.iter().copied()))
    }

    /// Compiles the package in `package`, a folder in `folder`. Findings count the policy files of `folder` in the order of `names`;
    /// those in other files come after.
    pub fn compile_folder(folder: &Path, package: &Path, names: &[&str]) -> Compiled {
        let mut compiled = match load(&[folder.join(package)]) {
            Ok(sources) => Package::of(sources),
            Err(failure) => {
                let finding = |located: &Located| finding(&failure.files, located);
                let findings = failure.diagnostics.iter().map(finding).collect();
                let files = failure.files;
                Compiled { findings, files, left_out: Vec::new(), package: None }
            }
        };
        let files = &compiled.files;
        let names_policies = names.iter().filter(|name| name.ends_with(".assize"));
        let is_in = |name: &&&str| files.iter().any(|file| plain(&file.path) == folder.join(name));
        compiled.left_out =
            names_policies.filter(|name| !is_in(name)).map(|name| (*name).to_owned()).collect();
        let index = |file: usize| {
            let path = files.get(file).map(|file| plain(&file.path));
            names.iter().position(|name| path == Some(folder.join(name))).unwrap_or(usize::MAX)
        };
        for finding in &mut compiled.findings {
            if index(finding.file) == usize::MAX {
                let name = files.get(finding.file).map_or("?", |file| file.name.as_str());
                finding.text = format!("{} (line {} of {name})", finding.text, finding.line + 1);
            }
            finding.file = index(finding.file);
            finding.text = finding.text.replace(&format!("{}", folder.display()), ".");
        }
        if let Some(package) = &mut compiled.package {
            package.places = (0..compiled.files.len()).map(index).collect();
        }
        compiled
    }

    fn of(sources: PackageSources) -> Compiled {
        let quick = compile_to_run(sources.clone());
        let compilation = compile(sources);
        assert_same_errors(&compilation, &quick);
        if let Some(program) = &compilation.program {
            assert_survives_its_bytes(program);
        }
        let finding = |located: &Located| finding(&compilation.files, located);
        let findings = compilation.diagnostics.iter().map(finding).collect();
        let bound = compilation.bound_params(None).unwrap_or_default();
        let package = compilation.program.map(|program| Package {
            params: Params::bind(&program, bound).expect("params of cases have defaults"),
            program,
            tests: compilation.tests,
            files: compilation.files.clone(),
            places: (0..compilation.files.len()).collect(),
        });
        Compiled { findings, files: compilation.files, left_out: Vec::new(), package }
    }

    /// How many tests it has.
    pub fn tests(&self) -> usize {
        self.tests.len()
    }

    /// Expectations of the package's own tests that do not hold.
    pub fn run_tests(&self) -> Vec<Finding> {
        let results = self.tests.iter().map(|test| run(&self.program, &self.params, test, self));
        let mut failed = Vec::new();
        for result in results {
            for expectation in &result.expectations {
                let Some(text) = expectation.message() else { continue };
                let line = line_of(&self.files, result.file, expectation.span.start);
                failed.push(Finding {
                    file: self.places.get(result.file as usize).copied().unwrap_or(usize::MAX),
                    line,
                    code: "failed expectation".to_owned(),
                    text,
                });
            }
        }
        failed
    }

    fn with(&self, data: Data) -> Deployed {
        let code = Code::compile(&self.program).ok().map(Arc::new);
        let image = code.and_then(|code| Image::link(&code, self.params.values(), &data, None).ok());
        Deployed { program: self.program.clone(), params: self.params.clone(), data, image }
    }

    /// Loads named NDJSON texts, as if the clock said `now`. With params as declared.
    pub fn deploy(&self, data: &[(&str, &str)], now: &str) -> Result<Deployed, Vec<Finding>> {
        let now = parse_datetime(now).expect("cases spell times right");
        let files = data.iter().map(|(name, text)| (*name, text.as_bytes()));
        let data = json::load(&self.program.schema, files, now).map_err(|faults| {
            let index = |file: &str| data.iter().position(|(name, _)| *name == file).unwrap_or(usize::MAX);
            let finding = |fault: &json::DataFault| Finding {
                file: index(&fault.file),
                line: fault.line - 1,
                code: "fault".to_owned(),
                text: format!("{}: {}", fault.path, fault.message),
            };
            faults.faults.iter().map(finding).collect::<Vec<_>>()
        })?;
        Ok(self.with(data))
    }
}

impl Engine for Package {
    fn link<'a>(&'a self, data: &'a Data) -> Result<Box<dyn Decide + 'a>, String> {
        Ok(Box::new(self.with(data.clone())))
    }
}

impl Decide for Deployed {
    fn outcome(&self, query: &Query) -> Result<Outcome, String> {
        Deployed::outcome(self, query)
    }
}

impl Deployed {
    /// The query that a request on the wire means, at a time that the engine's clock says.
    pub fn query(&self, request: &str, at: &str) -> Result<Query, String> {
        let at = parse_datetime(at).map_err(|error| error.to_string())?;
        json::read_request(&self.program, request, Clock::At(at)).map_err(|error| error.to_string())
    }

    /// What the product answers to a request on the wire: a decision or a refusal, as JSON.
    pub fn answer(&self, request: &str, at: &str) -> Result<serde_json::Value, String> {
        let time = parse_datetime(at).map_err(|error| error.to_string())?;
        match json::read_request(&self.program, request, Clock::At(time)) {
            Ok(query) => Ok(json::decision_value(&self.program, &self.outcome(&query)?, time)),
            Err(error) => {
                serde_json::from_str(&json::refusal_text(&error)).map_err(|error| error.to_string())
            }
        }
    }

    /// Whether native code decides here.
    pub fn is_native(&self) -> bool {
        self.image.is_some()
    }

    /// The decision in the notation of cases, or how the ways to make it differ.
    pub fn decide(&self, query: &Query) -> Result<Vec<String>, String> {
        let outcome = self.outcome(query)?;
        Ok(render::decision(&self.program, self.program.names(), &outcome))
    }

    /// The decision that interpreter, native code and both fast paths make, or how they differ.
    pub fn outcome(&self, query: &Query) -> Result<Outcome, String> {
        let reference = interpret(&self.program, &self.params, &self.data, query);
        let Some(image) = &self.image else { return Ok(reference) };
        let lines =
            |outcome: &Outcome| render::decision(&self.program, self.program.names(), outcome).join("\n    ");
        // Of many policies of many shapes, each decision compiles some until all have native code.
        let mut native = native::outcome(image, query);
        for _ in 0..MOST_COLD {
            if native.is_err() && query.external.is_empty() {
                native = native::outcome(image, query);
            }
        }
        match native {
            Ok(native) if native != reference => {
                return Err(format!(
                    "interpreter:\n    {}\n  native:\n    {}",
                    lines(&reference),
                    lines(&native)
                ));
            }
            // What comes with a request is interpreted.
            Err(_) if query.external.is_empty() => return Err("native code does not decide this".to_owned()),
            _ => {}
        }
        let expected = short(&reference);
        let differs = |way: &str, found: &Decision| {
            Err(format!("{way} says {found:?}, the interpreter {expected:?}:\n    {}", lines(&reference)))
        };
        if let Ok(found) = native::decide(image, query)
            && found != expected
        {
            return differs("the fast path", &found);
        }
        let ids = (image.find(&query.principal), image.find(&query.resource));
        if let (Some(principal), Some(resource)) = ids
            && query.external.is_empty()
            && let Ok(context) = PreparedContext::new(image, query.action, &query.context)
            && let Ok(found) =
                native::decide_ids(image, principal, query.action, resource, &context, query.now)
            && found != expected
        {
            return differs("the fast path with ids", &found);
        }
        Ok(reference)
    }
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

fn finding(files: &[SourceText], located: &Located) -> Finding {
    let diagnostic = &located.diagnostic;
    let labels =
        std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary).map(|label| &label.message);
    let titles = diagnostic.fixes.iter().map(|fix| &fix.title);
    let texts = std::iter::once(&diagnostic.message).chain(labels).chain(&diagnostic.help).chain(titles);
    let texts: Vec<&str> = texts.map(String::as_str).filter(|text| !text.is_empty()).collect();
    Finding {
        file: located.file as usize,
        line: line_of(files, located.file, diagnostic.primary.start),
        code: diagnostic.code.0.to_owned(),
        text: texts.join(" | "),
    }
}

/// From 0.
fn line_of(files: &[SourceText], file: u32, offset: u32) -> usize {
    let before = files.get(file as usize).and_then(|file| file.text.get(..offset as usize));
    before.unwrap_or_default().matches('\n').count()
}

/// Without lints a package has the errors and the meaning that it has with them.
fn assert_same_errors(everything: &Compilation, errors: &Compilation) {
    let expected: Vec<_> = everything.diagnostics.iter().filter(|located| located.is_error()).collect();
    let found: Vec<_> = errors.diagnostics.iter().collect();
    assert_eq!(found, expected, "without lints other errors are found");
    assert_eq!(errors.program.as_deref(), everything.program.as_deref());
    assert_eq!(errors.profiles, everything.profiles);
    assert_eq!(errors.named, everything.named);
    assert_eq!(errors.tests.len(), everything.tests.len());
}

/// What a service gets that loads what others compiled is what was compiled.
fn assert_survives_its_bytes(program: &Verified) {
    let read = wire::decode(&wire::encode(program)).expect("what was written can be read");
    assert_eq!(&read, &**program, "a Program is another one when it has been written and read");
    verify(read).expect("it was verified before");
}

/// What the fast path must say.
fn short(outcome: &Outcome) -> Decision {
    outcome.clone().into_decision()
}
