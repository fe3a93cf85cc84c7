// The tests of all packages in VS Code's test explorer. The server finds and runs them; what was not met stands at its `expect`.

import type * as vscode from 'vscode';

import { type Found, type Outcome, lenses, mayHoldTests, outcomes, tests, type Span } from './answers';

/** What of VS Code is needed, so that a test can stand in for it. */
export type Api = Pick<typeof vscode, 'tests' | 'TestMessage' | 'Location' | 'Range' | 'Uri' | 'TestRunRequest'> & {
  readonly TestRunProfileKind: { readonly Run: number };
};

/** What the explorer asks of the rest. */
export interface Source {
  /** All policy files. */
  files(): Promise<vscode.Uri[]>;
  /** The text of a file as the editor has it. */
  text(uri: vscode.Uri): Promise<string>;
  /** The server's lenses of a file. */
  lenses(uri: vscode.Uri): Promise<unknown>;
  /** Runs the server's command. */
  run(command: string, args: readonly unknown[]): Promise<unknown>;
}

export class Explorer {
  readonly #api: Api;
  readonly #source: Source;
  readonly #controller: vscode.TestController;
  /** How the server runs a test. */
  readonly #calls = new WeakMap<vscode.TestItem, Found['call']>();

  constructor(api: Api, source: Source) {
    this.#api = api;
    this.#source = source;
    this.#controller = api.tests.createTestController('assize', 'Assize');
    this.#controller.resolveHandler = (item) => (item ? this.#look(item) : this.refreshAll());
    this.#controller.refreshHandler = () => this.refreshAll();
    this.#controller.createRunProfile('Run', api.TestRunProfileKind.Run, (request, token) => this.#run(request, token), true);
  }

  /** Looks through all files anew. */
  async refreshAll(): Promise<void> {
    const files = await this.#source.files();
    const known = new Set(files.map(String));
    const gone: string[] = [];
    this.#controller.items.forEach((item) => {
      if (!known.has(item.id)) gone.push(item.id);
    });
    gone.forEach((id) => this.#controller.items.delete(id));
    for (const uri of files) await this.refresh(uri);
  }

  /** Looks through a file anew. */
  async refresh(uri: vscode.Uri): Promise<void> {
    const id = uri.toString();
    const text = await this.#source.text(uri).catch(() => '');
    if (!mayHoldTests(text)) {
      this.#controller.items.delete(id);
      return;
    }
    const item = this.#controller.items.get(id) ?? this.#controller.createTestItem(id, id.slice(id.lastIndexOf('/') + 1), uri);
    await this.#look(item);
    if (item.children.size > 0) this.#controller.items.add(item);
    else this.#controller.items.delete(id);
  }

  /** A file is gone. */
  forget(uri: vscode.Uri): void {
    this.#controller.items.delete(uri.toString());
  }

  async #look(file: vscode.TestItem): Promise<void> {
    if (!file.uri || file.parent) return;
    const uri = file.uri;
    const found = tests(lenses(await this.#source.lenses(uri).catch(() => [])));
    file.children.replace(
      found.map((test) => {
        const item = file.children.get(test.name) ?? this.#controller.createTestItem(test.name, test.name, uri);
        item.range = this.#range(test.range);
        this.#calls.set(item, test.call);
        return item;
      }),
    );
  }

  /** Takes over how tests went that were run in another way: by a lens. */
  async record(answer: unknown): Promise<void> {
    const went = outcomes(answer);
    if (went.length === 0) return;
    for (const uri of new Set(went.map((one) => one.uri))) await this.refresh(this.#api.Uri.parse(uri));
    const run = this.#controller.createTestRun(new this.#api.TestRunRequest(), undefined, false);
    this.#tell(run, went);
    run.end();
  }

  async #run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.#controller.createTestRun(request);
    for (const item of this.#chosen(request)) {
      const call = this.#calls.get(item);
      if (!call || token.isCancellationRequested) {
        run.skipped(item);
        continue;
      }
      run.started(item);
      try {
        const went = outcomes(await this.#source.run(call.command, call.arguments));
        const own = went.filter((one) => one.name === item.id);
        if (own.length === 0) run.errored(item, new this.#api.TestMessage('the server said nothing about this test'));
        this.#tell(run, own);
      } catch (error) {
        run.errored(item, new this.#api.TestMessage(error instanceof Error ? error.message : String(error)));
      }
    }
    run.end();
  }

  /** The tests that a request is about. */
  #chosen(request: vscode.TestRunRequest): vscode.TestItem[] {
    const chosen: vscode.TestItem[] = [];
    const excluded = new Set(request.exclude ?? []);
    const add = (item: vscode.TestItem): void => {
      if (excluded.has(item)) return;
      if (this.#calls.has(item)) chosen.push(item);
      item.children.forEach(add);
    };
    if (request.include) request.include.forEach(add);
    else this.#controller.items.forEach(add);
    return chosen;
  }

  #tell(run: vscode.TestRun, went: readonly Outcome[]): void {
    for (const { uri, name, failures } of went) {
      const place = this.#api.Uri.parse(uri);
      const item = this.#controller.items.get(place.toString())?.children.get(name);
      if (!item) continue;
      if (failures.length === 0) {
        run.passed(item);
        continue;
      }
      const messages = failures.map((failure) => {
        const message = new this.#api.TestMessage(failure.message);
        message.location = new this.#api.Location(place, this.#range(failure.range));
        return message;
      });
      run.failed(item, messages);
    }
  }

  #range({ start, end }: Span): vscode.Range {
    return new this.#api.Range(start.line, start.character, end.line, end.character);
  }

  dispose(): void {
    this.#controller.dispose();
  }
}
