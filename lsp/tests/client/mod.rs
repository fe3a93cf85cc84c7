//! A client that speaks with the server over a pipe in memory, as an editor does over standard input and output.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::{Builder, Runtime};

/// How long an answer may take before a test fails rather than hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// A client with a folder of its own.
pub struct Client {
    runtime: Runtime,
    pipe: DuplexStream,
    read: Vec<u8>,
    next_id: i64,
    /// What came while something else was waited for.
    pending: VecDeque<Value>,
    pub folder: TempDir,
    pub capabilities: Value,
}

/// What a client can do that can do everything.
pub fn everything() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": { "definition": { "linkSupport": true } },
        "workspace": {},
    })
}

impl Client {
    /// Writes a package and opens it with a client that can do this.
    pub fn with(files: &[(&str, &str)], can: Value) -> Client {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (pipe, theirs) = tokio::io::duplex(1 << 20);
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().build().unwrap();
            let (input, output) = tokio::io::split(theirs);
            runtime.block_on(assize_lsp::protocol::framework::serve(input, output, Default::default()));
        });
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let mut client = Client {
            runtime,
            pipe,
            read: Vec::new(),
            next_id: 0,
            pending: VecDeque::new(),
            folder,
            capabilities: Value::Null,
        };
        let root = client.uri("");
        let folders = json!([{ "uri": root, "name": "test" }]);
        let answer = client.request(
            "initialize",
            json!({ "processId": null, "capabilities": can, "workspaceFolders": folders }),
        );
        client.capabilities = answer["capabilities"].clone();
        client.notify("initialized", json!({}));
        client
    }

    /// Likewise with one that can do everything.
    pub fn new(files: &[(&str, &str)]) -> Client {
        Client::with(files, everything())
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// How the client calls a file.
    pub fn uri(&self, name: &str) -> String {
        uri_of(&self.path(name))
    }

    fn write(&mut self, message: &Value) {
        let body = message.to_string();
        let text = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.runtime.block_on(self.pipe.write_all(text.as_bytes())).unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.write(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request, and says what its answer will be called.
    pub fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The answer of a request: its result, or its error under `error`.
    pub fn answer(&mut self, id: i64) -> Value {
        let message = self.wait(|message| message["id"] == json!(id) && message.get("method").is_none());
        match message.get("error") {
            Some(error) => json!({ "error": error }),
            None => message["result"].clone(),
        }
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.answer(id)
    }

    /// A request about a place.
    pub fn at(&mut self, method: &str, name: &str, line: u32, character: u32) -> Value {
        let uri = self.uri(name);
        let place = json!({ "line": line, "character": character });
        self.request(method, json!({ "textDocument": { "uri": uri }, "position": place }))
    }

    pub fn open(&mut self, name: &str, text: &str) {
        let document = json!({ "uri": self.uri(name), "languageId": "assize", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces what stands between two places.
    pub fn edit(&mut self, name: &str, version: i32, range: [(u32, u32); 2], new: &str) {
        let place = |(line, character)| json!({ "line": line, "character": character });
        let range = json!({ "start": place(range[0]), "end": place(range[1]) });
        let document = json!({ "uri": self.uri(name), "version": version });
        let changes = json!([{ "range": range, "text": new }]);
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The findings that are told next for a file, of this version if one is given: `CODE line:column message`.
    pub fn findings(&mut self, name: &str, version: Option<i64>) -> Vec<String> {
        let uri = self.uri(name);
        let message = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == json!(uri)
                && version.is_none_or(|version| message["params"]["version"] == json!(version))
        });
        message["params"]["diagnostics"].as_array().unwrap().iter().map(shown).collect()
    }

    /// The next message that is wanted; others wait until they are.
    pub fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.pending.iter().position(&wanted) {
            return self.pending.remove(at).unwrap();
        }
        loop {
            let message = self.next();
            if message.get("method").is_some()
                && let Some(id) = message.get("id")
            {
                self.write(&json!({ "jsonrpc": "2.0", "id": id, "result": null }));
            }
            if wanted(&message) {
                return message;
            }
            self.pending.push_back(message);
        }
    }

    fn next(&mut self) -> Value {
        loop {
            if let Some(message) = self.whole() {
                return message;
            }
            let mut part = [0; 1 << 16];
            let pipe = &mut self.pipe;
            let read =
                self.runtime.block_on(async { tokio::time::timeout(PATIENCE, pipe.read(&mut part)).await });
            let count = read.expect("the server says something").unwrap();
            assert!(count > 0, "the server is still there");
            self.read.extend(&part[..count]);
        }
    }

    /// Whether the server ends the conversation.
    pub fn is_left(&mut self) -> bool {
        let mut part = [0; 1 << 16];
        loop {
            let pipe = &mut self.pipe;
            let read =
                self.runtime.block_on(async { tokio::time::timeout(PATIENCE, pipe.read(&mut part)).await });
            match read {
                Ok(Ok(0) | Err(_)) => return true,
                Ok(Ok(_)) => {}
                Err(_) => return false,
            }
        }
    }

    fn whole(&mut self) -> Option<Value> {
        let end = self.read.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(self.read[..end].to_vec()).unwrap();
        let length: usize = head.split(':').next_back().unwrap().trim().parse().unwrap();
        let body = self.read.get(end + 4..end + 4 + length)?;
        let message = serde_json::from_slice(body).unwrap();
        self.read.drain(..end + 4 + length);
        Some(message)
    }
}

pub fn uri_of(path: &Path) -> String {
    tower_lsp::lsp_types::Url::from_file_path(path).unwrap().to_string()
}

/// `CODE line:column message`, counted from 1.
pub fn shown(diagnostic: &Value) -> String {
    let start = &diagnostic["range"]["start"];
    let (line, column) = (start["line"].as_u64().unwrap() + 1, start["character"].as_u64().unwrap() + 1);
    let message = diagnostic["message"].as_str().unwrap().lines().next().unwrap();
    format!("{} {line}:{column} {message}", diagnostic["code"].as_str().unwrap())
}
