// A stand-in for the module `vscode`, as much of it as an extension and the client library need to start, to register what they offer, and to be asked. What is
// registered is kept under its name; what is shown is kept too.

import { Server } from './server';

type Handler = (...args: unknown[]) => unknown;

class Disposable {
  constructor(private readonly end: () => unknown = () => undefined) {}
  static from(...all: Disposable[]): Disposable {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
  dispose(): unknown {
    return this.end();
  }
}

class EventEmitter {
  readonly #listeners = new Set<Handler>();
  readonly event = (listener: Handler, self?: unknown, bag?: Disposable[]): Disposable => {
    const bound = self ? listener.bind(self) : listener;
    this.#listeners.add(bound);
    const disposable = new Disposable(() => this.#listeners.delete(bound));
    bag?.push(disposable);
    return disposable;
  };
  async fire(value?: unknown): Promise<void> {
    for (const listener of [...this.#listeners]) await listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

class Uri {
  private constructor(private readonly text: string) {}
  static parse(text: string): Uri {
    return new Uri(text);
  }
  static file(path: string): Uri {
    return new Uri(`file://${path}`);
  }
  static from({ scheme, path }: { scheme: string; path: string }): Uri {
    return new Uri(`${scheme}:${path}`);
  }
  get scheme(): string {
    return this.text.slice(0, this.text.indexOf(':'));
  }
  get path(): string {
    return this.text.replace(/^\w[\w-]*:(\/\/)?/, '');
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return this.text;
  }
}

class Range {
  readonly start: { line: number; character: number };
  readonly end: { line: number; character: number };
  constructor(...numbers: number[]) {
    const [startLine = 0, startCharacter = 0, endLine = 0, endCharacter = 0] = numbers;
    this.start = { line: startLine, character: startCharacter };
    this.end = { line: endLine, character: endCharacter };
  }
}

class CodeActionKind {
  static readonly Empty = new CodeActionKind('');
  constructor(readonly value: string) {}
  append(part: string): CodeActionKind {
    return new CodeActionKind(this.value ? `${this.value}.${part}` : part);
  }
}

class CancellationTokenSource {
  readonly #cancelled = new EventEmitter();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.#cancelled.event };
  cancel(): void {
    this.token.isCancellationRequested = true;
    void this.#cancelled.fire();
  }
  dispose(): void {
    this.#cancelled.dispose();
  }
}

/** A class or enumeration that nobody looks at: any member of it is another. */
const anything = (): unknown =>
  new Proxy(class {}, {
    get: (target, key) => (key in target || typeof key === 'symbol' ? Reflect.get(target, key) : 0),
  });

export class Stub {
  readonly commands = new Map<string, Handler>();
  readonly contexts = new Map<string, unknown>();
  readonly providers: string[] = [];
  readonly errors: string[] = [];
  readonly status: string[] = [];
  readonly configuration: Record<string, unknown> = {};
  readonly configured = new EventEmitter();
  readonly told: string[] = [];
  readonly found = new Map<string, string[]>();
  readonly module: Record<string, unknown>;

  constructor(server: Server, files: readonly string[], api: object) {
    const nothing = (): Disposable => new Disposable();
    const register =
      (name: string) =>
      (..._: unknown[]): Disposable => {
        this.providers.push(name);
        return new Disposable();
      };
    const languages = new Proxy(
      {
        match: () => 10,
        createDiagnosticCollection: () => ({ set: nothing, delete: nothing, clear: nothing, has: () => false, forEach: nothing, dispose: nothing }),
      } as Record<string, unknown>,
      { get: (target, key) => target[String(key)] ?? register(String(key).replace(/^register/, '')) },
    );
    const workspace = {
      workspaceFolders: [{ uri: Uri.file(server.folder), name: 'test', index: 0 }],
      textDocuments: [],
      notebookDocuments: [],
      getConfiguration: (section?: string) => ({
        get: (key: string, otherwise?: unknown) => this.configuration[section ? `${section}.${key}` : key] ?? otherwise,
        has: () => false,
        inspect: () => undefined,
      }),
      findFiles: async () => files.map((name) => Uri.parse(server.uri(name))),
      openTextDocument: async (uri: Uri) => ({ getText: () => server.text(uri.toString()) }),
      createFileSystemWatcher: () => ({ onDidCreate: nothing, onDidChange: nothing, onDidDelete: nothing, dispose: nothing }),
      registerTextDocumentContentProvider: register('TextDocumentContentProvider'),
      onDidChangeConfiguration: this.configured.event,
    };
    const events = (own: object): unknown => new Proxy(own, { get: (target, key) => Reflect.get(target, key) ?? nothing });
    const channel = { append: nothing, appendLine: nothing, clear: nothing, show: nothing, dispose: nothing, replace: nothing, hide: nothing };
    const own: Record<string, unknown> = {
      ...api,
      CancellationTokenSource,
      CodeActionKind,
      Disposable,
      EventEmitter,
      Uri,
      Range,
      languages,
      version: '1.91.0',
      env: { appName: 'stand-in', language: 'en' },
      extensions: { getExtension: () => undefined, all: [] },
      workspace: events(workspace),
      window: events({
        activeTextEditor: undefined,
        visibleTextEditors: [],
        tabGroups: { all: [], onDidChangeTabs: nothing, onDidChangeTabGroups: nothing },
        createOutputChannel: () => channel,
        showErrorMessage: async (text: string) => void this.errors.push(text),
        showInformationMessage: async (text: string) => void this.errors.push(text),
        setStatusBarMessage: (text: string) => void this.status.push(text),
      }),
      commands: {
        registerCommand: (name: string, run: Handler) => {
          // As VS Code has it.
          if (this.commands.has(name)) throw new Error(`command '${name}' already exists`);
          this.commands.set(name, run);
          return new Disposable(() => this.commands.delete(name));
        },
        executeCommand: async (name: string, ...args: unknown[]) => {
          if (name === 'setContext') return void this.contexts.set(String(args[0]), args[1]);
          const run = this.commands.get(name);
          if (!run) throw new Error(`there is no command ${name}`);
          return run(...args);
        },
      },
    };
    // Bundlers copy what a module has, and keep its prototype: what is not named above comes from there.
    const others: Record<string, unknown> = {};
    const rest = new Proxy(others, { get: (_, key) => (typeof key === 'symbol' || key === 'then' ? undefined : (others[key] ??= anything())) });
    this.module = Object.assign(Object.create(rest), own);
  }
}
