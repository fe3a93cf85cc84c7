//! The server as the framework wants it: each message becomes an event or a question, before anything is waited for.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::lsp_types::request::{
    GotoDeclarationParams, GotoDeclarationResponse, GotoImplementationParams, GotoImplementationResponse,
    GotoTypeDefinitionParams, GotoTypeDefinitionResponse,
};
use tower_lsp::lsp_types::*;
use tower_lsp::{Client, LanguageServer, LspService, Server};

use super::at::At;
use super::capabilities::{self, folders, of_server};
use super::convert::place;
use super::ordered::Ordered;
use super::{actions, answers, completion, edits, explaining, hints, pull, settings, shape, testing, tokens};
use crate::Options;
use crate::server::files::path_of;
use crate::server::owner::{Start, uninterrupted};
use crate::server::view::Document;
use crate::server::{Event, Out, Queue, View};

/// The protocol's code for what is understood and cannot be done.
const REQUEST_FAILED: i64 = -32803;

/// Requests that are worked on at once; more wait.
const AT_ONCE: usize = 64;

/// Speaks with a client until it goes.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite + Unpin, options: Options) {
    let (service, socket) = LspService::build(|client| Handlers::new(client, options)).finish();
    let output = Patient { output, broken: false };
    let (service, exit) = Ordered::new(service);
    let served = Server::new(input, output, socket).concurrency_level(AT_ONCE).serve(service);
    tokio::select! {
        () = served => {}
        () = exit.notified() => {}
    }
}

/// An output whose reader may go away: what is written then is lost. The framework takes an error for a fault of its own; that the
/// client is gone shows at the input.
struct Patient<W> {
    output: W,
    broken: bool,
}

impl<W: AsyncWrite + Unpin> Patient<W> {
    fn settled<T>(&mut self, poll: Poll<io::Result<T>>, otherwise: T) -> Poll<io::Result<T>> {
        match poll {
            Poll::Ready(Err(_)) => {
                self.broken = true;
                Poll::Ready(Ok(otherwise))
            }
            other => other,
        }
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Patient<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.broken {
            return Poll::Ready(Ok(bytes.len()));
        }
        let poll = Pin::new(&mut self.output).poll_write(context, bytes);
        self.settled(poll, bytes.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.output).poll_flush(context);
        self.settled(poll, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.output).poll_shutdown(context);
        self.settled(poll, ())
    }
}

struct Handlers {
    client: Client,
    options: Options,
    /// Since the client has said who it is.
    session: OnceLock<Session>,
    /// The tokens that the client has of each file.
    coloured: Mutex<BTreeMap<Url, SemanticTokens>>,
}

/// What will be known of a question.
type Answer<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

struct Session {
    queue: Queue,
    can: capabilities::Client,
}

impl Drop for Handlers {
    fn drop(&mut self) {
        if let Some(session) = self.session.get() {
            session.queue.send(Event::Stop);
        }
    }
}

impl Handlers {
    fn new(client: Client, options: Options) -> Handlers {
        Handlers { client, options, session: OnceLock::new(), coloured: Mutex::default() }
    }

    fn send(&self, event: Event) {
        if let Some(session) = self.session.get() {
            session.queue.send(event);
        }
    }

    /// Asks about a file. The question is on the queue when this returns, and its answer comes with the future.
    fn ask<T: Send + 'static>(
        &self,
        uri: &Url,
        question: impl FnOnce(&At) -> Option<T> + Send + 'static,
    ) -> Answer<Option<T>> {
        let path = path_of(uri);
        let (reply, answer) = oneshot::channel();
        self.send(Event::Ask(
            path.clone(),
            Box::new(move |view| {
                let found = uninterrupted(|| At::new(view?, &path).and_then(|at| question(&at)));
                drop(reply.send(found));
            }),
        ));
        Box::pin(async move { answered(answer.await) })
    }

    /// Likewise about all packages.
    fn ask_all<T: Send + 'static>(&self, question: impl FnOnce(&[View]) -> T + Send + 'static) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        self.send(Event::AskAll(Box::new(move |views| {
            let found = uninterrupted(|| question(&views));
            drop(views);
            drop(reply.send(found));
        })));
        Box::pin(async move { answered(answer.await) })
    }

    async fn watch_files(&self) {
        let watcher = |pattern: &str| FileSystemWatcher {
            glob_pattern: GlobPattern::String(pattern.to_owned()),
            kind: None,
        };
        let watchers = ["**/*.assize", "**/assize.toml", "**/*.json", "**/*.ndjson"].map(watcher).to_vec();
        let options = DidChangeWatchedFilesRegistrationOptions { watchers };
        let registration = Registration {
            id: "files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        // A client that refuses tells of what it saves, and that is all then.
        drop(self.client.register_capability(vec![registration]).await);
    }
}

/// What has become of a question: an answer, an edit that came between, or a fault.
fn answered<T>(
    answer: std::result::Result<
        std::result::Result<T, crate::server::owner::Modified>,
        oneshot::error::RecvError,
    >,
) -> Result<T> {
    match answer {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(_)) => Err(Error {
            code: ErrorCode::ServerError(error_codes::CONTENT_MODIFIED),
            message: "the text has changed meanwhile".into(),
            data: None,
        }),
        Err(_) => Err(Error::internal_error()),
    }
}

/// Tells the client what the server says by itself.
async fn tell(client: Client, mut out: UnboundedReceiver<Out>, refreshes: bool) {
    while let Some(message) = out.recv().await {
        match message {
            Out::Publish(uri, found, version) => client.publish_diagnostics(uri, found, version).await,
            Out::Refresh if refreshes => {
                // The answer says nothing, and a client may take its time.
                let client = client.clone();
                tokio::spawn(async move { drop(client.workspace_diagnostic_refresh().await) });
            }
            Out::Refresh => {}
        }
    }
}

fn as_links(links: Option<Vec<LocationLink>>, can: bool) -> Option<GotoDefinitionResponse> {
    let links = links?;
    if can {
        return Some(GotoDefinitionResponse::Link(links));
    }
    let place = |link: LocationLink| Location { uri: link.target_uri, range: link.target_selection_range };
    Some(GotoDefinitionResponse::Array(links.into_iter().map(place).collect()))
}

#[tower_lsp::async_trait]
impl LanguageServer for Handlers {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let can = capabilities::Client::of(&params.capabilities);
        let (out, messages): (UnboundedSender<Out>, _) = unbounded_channel();
        let pages = self.options.pages;
        let levels = params.initialization_options.as_ref().map(settings::levels).unwrap_or_default();
        let folders = folders(&params);
        let start = Start { encoding: can.encoding, folders, pulls: can.pulls, pages, levels };
        self.session.get_or_init(|| Session { queue: Queue::start(start, out), can });
        tokio::spawn(tell(self.client.clone(), messages, can.refreshes));
        Ok(InitializeResult {
            capabilities: of_server(can),
            server_info: Some(ServerInfo {
                name: "assize".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        if self.session.get().is_some_and(|session| session.can.watches) {
            self.watch_files().await;
        }
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let TextDocumentItem { uri, version, text, .. } = params.text_document;
        self.send(Event::Open(path_of(&uri), Document { uri, version, text: text.into() }));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let change = |change: TextDocumentContentChangeEvent| {
            (change.range.map(|range| (place(range.start), place(range.end))), change.text)
        };
        let changes = params.content_changes.into_iter().map(change).collect();
        let document = params.text_document;
        self.send(Event::Edit(path_of(&document.uri), document.version, changes));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.send(Event::Disk(vec![path_of(&params.text_document.uri)]));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.coloured().remove(&params.text_document.uri);
        self.send(Event::Close(path_of(&params.text_document.uri)));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.send(Event::Levels(settings::levels(&params.settings)));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.send(Event::Disk(params.changes.iter().map(|change| path_of(&change.uri)).collect()));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let paths =
            |folders: &[WorkspaceFolder]| folders.iter().map(|it| path_of(&it.uri)).collect::<Vec<PathBuf>>();
        let event = params.event;
        self.send(Event::Folders { added: paths(&event.added), removed: paths(&event.removed) });
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let known = params.previous_result_id;
        let found = self.ask(&params.text_document.uri, move |at| Some(pull::of_file(at, known))).await?;
        Ok(DocumentDiagnosticReportResult::Report(found.unwrap_or_else(pull::nothing)))
    }

    async fn workspace_diagnostic(
        &self,
        params: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        let known = params.previous_result_ids;
        let items = self.ask_all(move |views| pull::of_all(views, &known)).await?;
        Ok(WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items }))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        self.ask(&text_document.uri, move |at| answers::hover(at, position)).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let links = self.ask(&text_document.uri, move |at| answers::definition(at, position)).await?;
        Ok(as_links(links, self.links()))
    }

    async fn goto_declaration(
        &self,
        params: GotoDeclarationParams,
    ) -> Result<Option<GotoDeclarationResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let links = self.ask(&text_document.uri, move |at| answers::definition(at, position)).await?;
        Ok(as_links(links, self.links()))
    }

    async fn goto_type_definition(
        &self,
        params: GotoTypeDefinitionParams,
    ) -> Result<Option<GotoTypeDefinitionResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let links = self.ask(&text_document.uri, move |at| answers::type_definition(at, position)).await?;
        Ok(as_links(links, self.links()))
    }

    async fn goto_implementation(
        &self,
        params: GotoImplementationParams,
    ) -> Result<Option<GotoImplementationResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let links = self.ask(&text_document.uri, move |at| answers::implementation(at, position)).await?;
        Ok(as_links(links, self.links()))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let declarations = params.context.include_declaration;
        self.ask(&text_document.uri, move |at| answers::references(at, position, declarations)).await
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        self.ask(&text_document.uri, move |at| answers::highlight(at, position)).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let (range, context) = (params.range, params.context);
        let versioned = self.versioned_edits();
        self.ask(&params.text_document.uri, move |at| Some(actions::actions(at, range, &context, versioned)))
            .await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let snippets = self.session.get().is_some_and(|session| session.can.snippets);
        let found =
            self.ask(&text_document.uri, move |at| completion::completion(at, position, snippets)).await?;
        Ok(found.map(CompletionResponse::List))
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        self.ask(&text_document.uri, move |at| hints::signature(at, position)).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let range = params.range;
        self.ask(&params.text_document.uri, move |at| Some(hints::hints(at, range))).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.ask(&params.text_document.uri, |at| Some(hints::lenses(at))).await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        self.ask(&text_document.uri, move |at| hints::prepare_calls(at, position)).await
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        let item = params.item;
        self.ask(&item.uri.clone(), move |at| Some(hints::incoming(at, &item))).await
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        let item = params.item;
        self.ask(&item.uri.clone(), move |at| Some(hints::outgoing(at, &item))).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let command = params.command.as_str();
        if ![hints::RUN_TESTS, explaining::EXPLAIN, explaining::WHO].contains(&command) {
            return Err(refused(format!("there is no command `{command}`")));
        }
        let mut arguments = params.arguments.into_iter();
        let uri = arguments.next().and_then(|it| serde_json::from_value::<Url>(it).ok());
        if command != hints::RUN_TESTS {
            let uri = uri.ok_or_else(|| refused("the file is missing".to_owned()))?;
            let asked = explaining::Asked::read(arguments.next().unwrap_or_default()).map_err(refused)?;
            let answer = if command == explaining::WHO { explaining::who } else { explaining::explained };
            let found = self.ask(&uri, move |at| Some(answer(at, asked))).await?;
            let unknown = || refused("this file belongs to no package".to_owned());
            return found.ok_or_else(unknown)?.map(Some).map_err(refused);
        }
        let name = arguments.next().and_then(|it| it.as_str().map(str::to_owned));
        let uri = uri.ok_or_else(|| refused("the file of the tests is missing".to_owned()))?;
        let found = self.ask(&uri, move |at| Some(testing::run_tests(at, name.as_deref()))).await?;
        let unknown = || refused("this file belongs to no package".to_owned());
        let tested = found.ok_or_else(unknown)?.map_err(refused)?;
        self.send(Event::Tested(path_of(&uri), tested.findings));
        Ok(Some(tested.answer))
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let TextDocumentPositionParams { text_document, position } = params;
        let found = self.ask(&text_document.uri, move |at| Some(edits::prepare_rename(at, position))).await?;
        found.transpose().map_err(refused)
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let versioned = self.versioned_edits();
        let new = params.new_name;
        let found = self
            .ask(&text_document.uri, move |at| Some(edits::rename(at, position, &new, versioned)))
            .await?;
        Ok(found.transpose().map_err(refused)?.flatten())
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.ask(&params.text_document.uri, |at| Some(edits::format(at, None))).await
    }

    async fn range_formatting(&self, params: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let range = params.range;
        self.ask(&params.text_document.uri, move |at| Some(edits::format(at, Some(range)))).await
    }

    async fn on_type_formatting(
        &self,
        params: DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        self.ask(&text_document.uri, move |at| Some(edits::format_typed(at, position))).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let found = self.ask(&params.text_document.uri, |at| Some(shape::symbols(at))).await?;
        Ok(found.map(DocumentSymbolResponse::Nested))
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<Vec<SymbolInformation>>> {
        self.ask_all(move |views| Some(shape::search(views, &params.query))).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.ask(&params.text_document.uri, |at| Some(shape::folds(at))).await
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        let positions = params.positions;
        self.ask(&params.text_document.uri, move |at| Some(shape::selections(at, &positions))).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.ask(&params.text_document.uri, |at| Some(shape::links(at))).await
    }

    async fn semantic_tokens_full(
        &self,
        params: SemanticTokensParams,
    ) -> Result<Option<SemanticTokensResult>> {
        let uri = params.text_document.uri;
        let Some(found) = self.ask(&uri, |at| Some(tokens::tokens(at, None))).await? else { return Ok(None) };
        self.coloured().insert(uri, found.clone());
        Ok(Some(SemanticTokensResult::Tokens(found)))
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        let uri = params.text_document.uri;
        let Some(found) = self.ask(&uri, |at| Some(tokens::tokens(at, None))).await? else { return Ok(None) };
        let before = self.coloured().insert(uri, found.clone());
        Ok(Some(tokens::difference(before, &params.previous_result_id, found)))
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let range = params.range;
        let found =
            self.ask(&params.text_document.uri, move |at| Some(tokens::tokens(at, Some(range)))).await?;
        Ok(found.map(SemanticTokensRangeResult::Tokens))
    }
}

/// Why something cannot be done, in words that an editor shows.
fn refused(why: String) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: why.into(), data: None }
}

impl Handlers {
    fn coloured(&self) -> std::sync::MutexGuard<'_, BTreeMap<Url, SemanticTokens>> {
        self.coloured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn versioned_edits(&self) -> bool {
        self.session.get().is_some_and(|session| session.can.versioned_edits)
    }

    fn links(&self) -> bool {
        self.session.get().is_some_and(|session| session.can.links)
    }
}
