// What a server says it can do, piece by piece, and what of it a session has used.

/** Requests and notifications, with the capability that promises that something comes of them. */
export const PROMISED_BY = {
  'textDocument/didOpen': 'textDocumentSync.openClose',
  'textDocument/didClose': 'textDocumentSync.openClose',
  'textDocument/didSave': 'textDocumentSync.save',
  'textDocument/hover': 'hoverProvider',
  'textDocument/declaration': 'declarationProvider',
  'textDocument/definition': 'definitionProvider',
  'textDocument/typeDefinition': 'typeDefinitionProvider',
  'textDocument/implementation': 'implementationProvider',
  'textDocument/references': 'referencesProvider',
  'textDocument/documentHighlight': 'documentHighlightProvider',
  'textDocument/documentSymbol': 'documentSymbolProvider',
  'textDocument/documentLink': 'documentLinkProvider',
  'documentLink/resolve': 'documentLinkProvider.resolveProvider',
  'textDocument/documentColor': 'colorProvider',
  'textDocument/foldingRange': 'foldingRangeProvider',
  'textDocument/selectionRange': 'selectionRangeProvider',
  'textDocument/rename': 'renameProvider',
  'textDocument/prepareRename': 'renameProvider.prepareProvider',
  'textDocument/formatting': 'documentFormattingProvider',
  'textDocument/rangeFormatting': 'documentRangeFormattingProvider',
  'textDocument/onTypeFormatting': 'documentOnTypeFormattingProvider',
  'textDocument/codeAction': 'codeActionProvider',
  'codeAction/resolve': 'codeActionProvider.resolveProvider',
  'textDocument/codeLens': 'codeLensProvider',
  'codeLens/resolve': 'codeLensProvider.resolveProvider',
  'textDocument/completion': 'completionProvider',
  'completionItem/resolve': 'completionProvider.resolveProvider',
  'textDocument/signatureHelp': 'signatureHelpProvider',
  'textDocument/inlayHint': 'inlayHintProvider',
  'inlayHint/resolve': 'inlayHintProvider.resolveProvider',
  'textDocument/linkedEditingRange': 'linkedEditingRangeProvider',
  'textDocument/prepareTypeHierarchy': 'typeHierarchyProvider',
  'textDocument/diagnostic': 'diagnosticProvider',
  'workspace/diagnostic': 'diagnosticProvider.workspaceDiagnostics',
  'workspace/symbol': 'workspaceSymbolProvider',
  'workspaceSymbol/resolve': 'workspaceSymbolProvider.resolveProvider',
  'workspace/executeCommand': 'executeCommandProvider',
  'workspace/didChangeWorkspaceFolders': 'workspace.workspaceFolders.changeNotifications',
};

/** A capability that is kept only when all of these messages were. */
export const KEPT_BY_ALL = {
  callHierarchyProvider: ['textDocument/prepareCallHierarchy', 'callHierarchy/incomingCalls', 'callHierarchy/outgoingCalls'],
  'textDocumentSync.openClose': ['textDocument/didOpen', 'textDocument/didClose'],
  'semanticTokensProvider.full.delta': ['textDocument/semanticTokens/full', 'textDocument/semanticTokens/full/delta'],
  semanticTokensProvider: ['textDocument/semanticTokens/full'],
  'semanticTokensProvider.range': ['textDocument/semanticTokens/range'],
};

/**
 * The pieces of what a server advertises: `hoverProvider`, `semanticTokensProvider.full.delta`,
 * `completionProvider.triggerCharacters ":"`. What is false or absent is no promise.
 */
export function pieces(capabilities, path = '') {
  const found = [];
  for (const [key, value] of Object.entries(capabilities)) {
    const here = path ? `${path}.${key}` : key;
    if (value === false || value === null || value === undefined) continue;
    if (Array.isArray(value)) {
      found.push(...value.map((one) => `${here} ${JSON.stringify(one)}`));
    } else if (typeof value === 'object') {
      if (!path && key.endsWith('Provider')) found.push(here);
      found.push(...pieces(value, here));
    } else if (typeof value === 'string' || typeof value === 'number') {
      found.push(`${here} ${JSON.stringify(value)}`);
    } else {
      found.push(here);
    }
  }
  return [...new Set(found)].sort();
}

/** What is used, as a session goes on. */
export class Used {
  #messages = new Set();
  #pieces = new Set();

  /** A message was sent, and what was due came back. */
  message(method) {
    this.#messages.add(method);
    const piece = PROMISED_BY[method];
    if (piece && !KEPT_BY_ALL[piece]) this.#pieces.add(piece);
    for (const [kept, methods] of Object.entries(KEPT_BY_ALL)) {
      if (methods.every((one) => this.#messages.has(one))) this.#pieces.add(kept);
    }
  }

  /** A single piece was. */
  piece(path, value) {
    this.#pieces.add(value === undefined ? path : `${path} ${JSON.stringify(value)}`);
  }

  has(piece) {
    return this.#pieces.has(piece);
  }

  /** What was advertised and not used. */
  missing(advertised) {
    return advertised.filter((piece) => !this.has(piece));
  }

  /** What was used though nobody had advertised it: the tables above know of no other names. */
  unpromised(advertised) {
    return [...this.#pieces].filter((piece) => !advertised.includes(piece)).sort();
  }
}
