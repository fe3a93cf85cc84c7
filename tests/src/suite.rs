//! All cases of a folder, each isolated from the others: a panic or a hang of one is a failure of that one.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use crate::case::{Case, Failure, Style, cases};
use crate::run::run;

/// The environment variable that picks cases by a part of their file's name or their own.
pub const FILTER: &str = "ASSIZE_CASE";

/// How long one case may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a folder's cases.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Names of the cases that ran.
    pub names: Vec<String>,
    /// Requests that were decided and command lines that were run in them.
    pub requests: usize,
    /// By file and line.
    pub failures: Vec<Failure>,
}

impl Report {
    /// Panics with all failures, if there are any; prints how much was run otherwise.
    pub fn assert(&self) {
        let failures: Vec<_> = self.failures.iter().map(ToString::to_string).collect();
        let (cases, requests) = (self.names.len(), self.requests);
        assert!(
            failures.is_empty(),
            "{}\n\n{} failures in {cases} cases",
            failures.join("\n\n"),
            failures.len()
        );
        println!("{cases} cases hold, with {requests} requests");
    }
}

/// Runs the cases of every Markdown file below `folder`, `README.md` excepted, that `filter` picks.
pub fn folder(folder: &Path, filter: Option<&str>) -> Report {
    let files: Vec<_> =
        markdown_files(folder).into_iter().filter(|file| !file.ends_with("README.md")).collect();
    run_files(&files, filter, Style::Suite, Path::new("."))
}

/// Runs the cases of these Markdown files that `filter` picks, command lines with what lies in `binaries`.
pub fn run_files(files: &[PathBuf], filter: Option<&str>, style: Style, binaries: &Path) -> Report {
    let mut report = Report::default();
    let mut picked = Vec::new();
    for file in files {
        let text =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        match cases(file, &text, style) {
            Ok(cases) => picked.extend(cases.into_iter().filter(|case| is_picked(case, filter))),
            Err(failures) => report.failures.extend(failures),
        }
    }
    report.names = picked.iter().map(|case| case.name.clone()).collect();
    report.requests =
        picked.iter().map(|case| case.requests.len() + case.answers.len() + case.commands.len()).sum();
    report.failures.extend(all(picked, binaries));
    report.failures.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    report
}

/// Every Markdown file below `folder`, sorted.
pub fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        if path.is_dir() {
            files.extend(markdown_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "md") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn is_picked(case: &Case, filter: Option<&str>) -> bool {
    filter.is_none_or(|filter| case.name.contains(filter) || case.file.to_string_lossy().contains(filter))
}

/// Runs cases on all processors.
fn all(cases: Vec<Case>, binaries: &Path) -> Vec<Failure> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = Mutex::new(cases.into_iter());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().expect("no worker panics").next() else { break };
                    let found = isolated(case, binaries);
                    failures.lock().expect("no worker panics").extend(found);
                }
            });
        }
    });
    failures.into_inner().expect("no worker panics")
}

/// Runs a case on a thread of its own.
pub fn isolated(case: Case, binaries: &Path) -> Vec<Failure> {
    let failure = |message: String| vec![Failure { file: case.file.clone(), line: case.line, message }];
    let (sender, receiver) = mpsc::channel();
    let (running, binaries) = (case.clone(), binaries.to_owned());
    let thread = std::thread::Builder::new().name(case.name.clone()).spawn(move || {
        // Nobody listens any more if this took too long.
        let _ = sender.send(run(&running, &binaries));
    });
    let thread = match thread {
        Ok(thread) => thread,
        Err(error) => return failure(format!("no thread to run it on: {error}")),
    };
    match receiver.recv_timeout(PATIENCE) {
        Ok(failures) => failures,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            failure(format!("not done after {} seconds", PATIENCE.as_secs()))
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let panic = thread.join().err();
            let text = panic.as_ref().and_then(|panic| {
                panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied())
            });
            failure(format!("panicked: {}", text.unwrap_or("without a message")))
        }
    }
}
