//! Running the binary on packages made for one test.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs `assize` with these arguments.
pub fn assize<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    assize_with_input(args, "")
}

/// Runs `assize` with this on standard input.
pub fn assize_with_input<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>, input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_assize"))
        .args(args)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feed = std::thread::spawn(move || {
        // A command that does not read its input closes it.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    let run = Run {
        code: output.status.code().expect("it was not killed by a signal"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(run.code <= 2, "a fault of our own: {run:?}");
    run
}

impl Run {
    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Run {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// Asserts that standard error has each of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Run {
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in:\n{}", self.err);
        }
        self
    }

    /// Asserts that nothing was decided or reported as a result.
    #[track_caller]
    pub fn without_result(self) -> Run {
        assert_eq!(self.out, "", "standard error:\n{}", self.err);
        self
    }

    /// Standard output as one JSON value for each line.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }
}

/// A folder with files that goes away with the test.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// An empty one.
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// With another file.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Folder {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// With a manifest that names `data/entities.ndjson`.
    pub fn package(self) -> Folder {
        self.file(
            "assize.toml",
            "[package]\nname = \"test\"\nversion = \"0.1.0\"\ndata = [\"data.ndjson\"]\n",
        )
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.0.path()
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A path in it as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Itself as an argument.
    pub fn here(&self) -> String {
        self.dir().to_str().unwrap().to_owned()
    }
}

/// A folder of this repository.
pub fn repository(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).to_str().unwrap().to_owned()
}

/// Policies that most tests decide with.
pub const POLICIES: &str = r#"
entity User { suspended: Bool }
entity Doc { owner: User }
external entity Token { scope: String }
action read on Doc by User with { mfa: Bool }
action call on Doc by Token

/// Owners read what they own.
@id("own")
allow User u to read on Doc d
  when d.owner == u

@id("suspended")
deny User u to read on any
  when u.suspended
  because "this account is suspended"

@id("token")
allow Token t to call on any
  when t.scope == "all"
"#;

/// Data that fits [`POLICIES`].
pub const DATA: &str = r#"{"uid": {"type": "User", "id": "ann"}, "attrs": {"suspended": false}}
{"uid": {"type": "User", "id": "eve"}, "attrs": {"suspended": true}}
{"uid": {"type": "Doc", "id": "d"}, "attrs": {"owner": {"type": "User", "id": "ann"}}}
"#;

/// [`POLICIES`] with [`DATA`].
pub fn documents() -> Folder {
    Folder::new().package().file("policies.assize", POLICIES).file("data.ndjson", DATA)
}

/// Arguments that decide whether `principal` may read `Doc::"d"`.
pub fn may_read(folder: &Folder, principal: &str) -> Vec<String> {
    let args =
        ["decide", &folder.here(), "--principal", principal, "--action", "read", "--resource", "Doc::\"d\""];
    args.iter().map(|arg| arg.to_string()).chain(["--context".into(), r#"{"mfa": true}"#.into()]).collect()
}
