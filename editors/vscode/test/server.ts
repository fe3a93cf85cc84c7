// The real server for tests, with copies of texts in a folder of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import protocol from 'vscode-languageserver-protocol/node.js';

export class Server {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'vscode-')));
  readonly #process: ChildProcess;
  readonly #connection: protocol.ProtocolConnection;
  readonly #texts: ReadonlyMap<string, string>;

  constructor(texts: Record<string, string>) {
    this.#texts = new Map(Object.entries(texts));
    for (const [name, text] of this.#texts) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
    this.#process = spawn(resolve(process.env['ASSIZE'] ?? '../../target/release/assize'), ['lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { StreamMessageReader, StreamMessageWriter, createProtocolConnection } = protocol;
    this.#connection = createProtocolConnection(new StreamMessageReader(this.#process.stdout!), new StreamMessageWriter(this.#process.stdin!));
    this.#connection.listen();
  }

  uri(name: string): string {
    return pathToFileURL(join(this.folder, name)).href;
  }

  async start(): Promise<void> {
    const workspaceFolders = [{ uri: pathToFileURL(this.folder).href, name: 'test' }];
    const capabilities = { textDocument: { diagnostic: {} } };
    await this.request('initialize', { processId: process.pid, rootUri: null, capabilities, workspaceFolders });
    await this.#connection.sendNotification('initialized', {});
  }

  async request(method: string, params: unknown): Promise<unknown> {
    return this.#connection.sendRequest(method, params);
  }

  text(uri: string): string {
    const found = [...this.#texts].find(([name]) => this.uri(name) === uri);
    if (!found) throw new Error(`there is no ${uri}`);
    return found[1];
  }

  async end(): Promise<void> {
    await this.#connection.sendRequest('shutdown');
    await this.#connection.sendNotification('exit');
    this.#connection.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
