// A client of the language server on the library that VS Code's client is made of. It keeps the texts that it has open, asks, and writes down what it
// was told.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import protocol from 'vscode-languageserver-protocol/node.js';

import { Used, pieces } from './capabilities.js';
import { layout, plain, tokensShown } from './shown.js';

const { createProtocolConnection, StreamMessageReader, StreamMessageWriter } = protocol;

/** How long an answer may take before a session fails rather than hangs, in milliseconds. */
const PATIENCE = 120_000;

export class Client {
  transcript = [];
  failures = [];
  used = new Used();
  advertised = [];
  #texts = new Map();
  #published = [];
  #waiting = [];
  #registered = [];

  /** Starts a server for copies of `folders`. */
  constructor(server, folders) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'drive-')));
    cpSync(folders, this.root, { recursive: true });
    this.roots = [['root', pathToFileURL(this.root).href]];
    this.process = spawn(server, ['lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = new Promise((resolve) => this.process.on('exit', (code) => resolve(code)));
    this.connection = createProtocolConnection(
      new StreamMessageReader(this.process.stdout),
      new StreamMessageWriter(this.process.stdin),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', (params) => {
      this.#published.push(params);
      this.#wake();
    });
    this.connection.onRequest('client/registerCapability', (params) => {
      this.#registered.push(...params.registrations);
      this.#wake();
      return null;
    });
    this.connection.onRequest('workspace/diagnostic/refresh', () => {
      this.refreshes += 1;
      this.#wake();
      return null;
    });
    this.refreshes = 0;
    this.connection.onRequest('workspace/configuration', (params) => params.items.map(() => this.settings ?? null));
    for (const what of ['codeLens', 'inlayHint', 'semanticTokens']) this.connection.onRequest(`workspace/${what}/refresh`, () => null);
    this.connection.listen();
  }

  #wake() {
    this.#waiting.splice(0).forEach((wake) => wake());
  }

  /** Waits until `condition` gives something. */
  async until(what, condition) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const found = condition();
      if (found) return found;
      if (Date.now() > end) throw new Error(`${what}: nothing came`);
      await new Promise((resolve) => {
        this.#waiting.push(resolve);
        setTimeout(resolve, 100).unref();
      });
    }
  }

  uri(name) {
    return pathToFileURL(join(this.root, name)).href;
  }

  path(name) {
    return join(this.root, name);
  }

  say(line) {
    this.transcript.push(line);
  }

  fail(what) {
    this.failures.push(what);
    this.say(`FAILED: ${what}`);
  }

  show(value) {
    this.say(layout(plain(value, this.roots)));
  }

  async initialize(params) {
    const answer = await this.connection.sendRequest('initialize', { processId: process.pid, rootUri: null, ...params });
    this.capabilities = answer.capabilities;
    this.advertised = pieces(answer.capabilities);
    this.bytes = answer.capabilities.positionEncoding === 'utf-8';
    await this.connection.sendNotification('initialized', {});
    return answer;
  }

  // -- texts

  text(name) {
    return this.#texts.get(name)?.text ?? readFileSync(this.path(name), 'utf8');
  }

  version(name) {
    return this.#texts.get(name)?.version ?? null;
  }

  #width(text) {
    return this.bytes ? Buffer.byteLength(text) : text.length;
  }

  /** The place of a text in a file, `inside` characters into it. */
  place(name, needle, inside = 0) {
    const text = this.text(name);
    const at = text.indexOf(needle);
    if (at < 0) throw new Error(`${name} holds no ${needle}`);
    return this.#placeOf(text, at + inside);
  }

  #placeOf(text, at) {
    const before = text.slice(0, at);
    const line = before.split('\n').length - 1;
    return { line, character: this.#width(before.slice(before.lastIndexOf('\n') + 1)) };
  }

  range(name, needle) {
    return { start: this.place(name, needle), end: this.place(name, needle, needle.length) };
  }

  whole(name) {
    return { start: { line: 0, character: 0 }, end: { line: this.text(name).split('\n').length, character: 0 } };
  }

  /** The offset of a place in a text, counted as strings of JavaScript are. */
  offset(text, { line, character }) {
    const lines = text.split('\n');
    const before = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
    if (line >= lines.length) return text.length;
    if (!this.bytes) return before + character;
    return before + Buffer.from(lines[line]).subarray(0, character).toString().length;
  }

  /** A text after edits that do not touch each other. */
  edited(text, edits) {
    const sorted = edits.map((it) => [this.offset(text, it.range.start), this.offset(text, it.range.end), it.newText]);
    sorted.sort((a, b) => b[0] - a[0]);
    return sorted.reduce((whole, [start, end, newText]) => whole.slice(0, start) + newText + whole.slice(end), text);
  }

  document(name) {
    return { uri: this.uri(name) };
  }

  at(name, needle, inside = 0) {
    return { textDocument: this.document(name), position: this.place(name, needle, inside) };
  }

  async open(name) {
    const text = this.text(name);
    this.#texts.set(name, { text, version: 1 });
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: this.uri(name), languageId: 'assize', version: 1, text },
    });
  }

  /** Replaces one text by another, as typing does. What it gives takes that back. */
  async type(name, needle, newText) {
    const at = this.text(name).indexOf(needle);
    if (at < 0) throw new Error(`${name} holds no ${needle}`);
    await this.#replace(name, at, needle.length, newText);
    return () => this.#replace(name, at, newText.length, needle);
  }

  async #replace(name, at, length, newText) {
    const known = this.#texts.get(name);
    const range = { start: this.#placeOf(known.text, at), end: this.#placeOf(known.text, at + length) };
    known.version += 1;
    known.text = known.text.slice(0, at) + newText + known.text.slice(at + length);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: this.uri(name), version: known.version },
      contentChanges: [{ range, text: newText }],
    });
  }

  async close(name) {
    this.#texts.delete(name);
    await this.connection.sendNotification('textDocument/didClose', { textDocument: this.document(name) });
  }

  /** Takes a workspace edit over into open texts; gives the names of the files that it is about. */
  async apply(edit) {
    const parts = edit.documentChanges
      ? edit.documentChanges.map((it) => [it.textDocument.uri, it.edits])
      : Object.entries(edit.changes);
    const names = [];
    for (const [uri, edits] of parts) {
      const name = uri.slice(this.roots[0][1].length + 1);
      names.push(name);
      if (!this.#texts.has(name)) await this.open(name);
      const known = this.#texts.get(name);
      // Edits are told one by one, the last place first, so that the places of the others stay what they are.
      const ordered = [...edits].sort((a, b) => this.offset(known.text, b.range.start) - this.offset(known.text, a.range.start));
      known.version += 1;
      await this.connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: known.version },
        contentChanges: ordered.map((it) => ({ range: it.range, text: it.newText })),
      });
      known.text = this.edited(known.text, edits);
    }
    return names;
  }

  // -- questions

  /** Asks, and takes an answer that is not `due` for a failure. The answer is written down, as `shown` makes it if given. */
  async ask(method, params, due, { title = '', shown = (it) => it } = {}) {
    this.say(`\n== ${method}${title && `: ${title}`}`);
    let timer;
    const late = new Promise((_, refuse) => {
      timer = setTimeout(() => refuse(new Error('no answer came')), PATIENCE);
    });
    try {
      const answer = await Promise.race([this.connection.sendRequest(method, params), late]);
      this.show(answer === null ? null : shown(answer));
      const empty = answer === null || (Array.isArray(answer) && answer.length === 0);
      if (empty) this.fail(`${method}: an empty answer where one is due`);
      else if (!due(answer)) this.fail(`${method}: another answer than is due`);
      else this.#count(method, params, answer);
      return answer;
    } catch (error) {
      this.fail(`${method}: ${error.message}`);
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks for what the server must refuse, and writes down why it does. */
  async refused(method, params, title) {
    this.say(`\n== ${method}: ${title}`);
    try {
      this.show(await this.connection.sendRequest(method, params));
      this.fail(`${method}: answered what it should refuse`);
    } catch (error) {
      this.say(`refused: ${error.message}`);
    }
  }

  /** Says something that has no answer; `seen` tells what came of it, which is written down. Without `params` it says it itself. */
  async tell(method, params, title, seen) {
    this.say(`\n== ${method}: ${title}`);
    try {
      if (params) await this.connection.sendNotification(method, params);
      const found = await seen();
      this.show(found);
      this.#count(method, {}, found);
    } catch (error) {
      this.fail(`${method}: ${error.message}`);
    }
  }

  #count(method, params, answer) {
    const used = this.used;
    used.message(method);
    const trigger = params?.context?.triggerCharacter;
    if (method === 'textDocument/completion' && trigger) used.piece('completionProvider.triggerCharacters', trigger);
    if (method === 'textDocument/signatureHelp' && trigger) {
      const kind = params.context.isRetrigger ? 'retriggerCharacters' : 'triggerCharacters';
      used.piece(`signatureHelpProvider.${kind}`, trigger);
    }
    if (method === 'textDocument/onTypeFormatting') {
      const first = this.capabilities.documentOnTypeFormattingProvider.firstTriggerCharacter === params.ch;
      used.piece(`documentOnTypeFormattingProvider.${first ? 'firstTriggerCharacter' : 'moreTriggerCharacter'}`, params.ch);
    }
    if (method === 'textDocument/codeAction') {
      for (const action of answer) used.piece('codeActionProvider.codeActionKinds', action.kind);
    }
    if (method === 'workspace/executeCommand') used.piece('executeCommandProvider.commands', params.command);
    if (method === 'textDocument/diagnostic') used.piece('diagnosticProvider.identifier', params.identifier);
    if (method.startsWith('textDocument/semanticTokens') && answer.data) {
      for (const { type, modifiers } of this.tokens(answer.data)) {
        used.piece('semanticTokensProvider.legend.tokenTypes', type);
        modifiers.forEach((one) => used.piece('semanticTokensProvider.legend.tokenModifiers', one));
      }
    }
  }

  tokens(data, name) {
    const lines = name && this.text(name).split('\n');
    const textOf = (line, character, length) => {
      if (!lines) return '';
      const own = lines[line];
      return this.bytes
        ? Buffer.from(own).subarray(character, character + length).toString()
        : own.slice(character, character + length);
    };
    return tokensShown(data, this.capabilities.semanticTokensProvider.legend, textOf);
  }

  // -- what the server says by itself

  /** The next findings of a file that are as wanted, with its present version if it is open. */
  async findings(name, wanted) {
    const uri = this.uri(name);
    const found = await this.until(`findings of ${name}`, () => {
      const at = this.#published.findIndex(
        (it) => it.uri === uri && (it.version ?? this.version(name)) === this.version(name) && wanted(it.diagnostics),
      );
      return at < 0 ? null : this.#published.splice(0, at + 1).at(-1);
    });
    return found.diagnostics;
  }

  async registrations(method) {
    return this.until(`a registration of ${method}`, () => {
      const found = this.#registered.filter((it) => it.method === method);
      return found.length ? found : null;
    });
  }

  async end() {
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const code = await this.ended;
    this.connection.dispose();
    rmSync(this.root, { recursive: true, force: true });
    return code;
  }
}
