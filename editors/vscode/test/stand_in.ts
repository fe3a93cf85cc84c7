// What of VS Code the test explorer needs, kept in memory. Each object does what the documentation of the API says of it, and no more.

import type * as vscode from 'vscode';

import type { Api } from '../src/explorer';

export interface Item {
  readonly id: string;
  readonly label: string;
  readonly uri: { toString(): string };
  parent?: Item;
  range?: { start: { line: number } };
  readonly children: Items;
}

export class Items {
  readonly #items = new Map<string, Item>();
  readonly #owner: Item | undefined;

  constructor(owner?: Item) {
    this.#owner = owner;
  }

  get size(): number {
    return this.#items.size;
  }

  add(item: Item): void {
    if (this.#owner) item.parent = this.#owner;
    this.#items.set(item.id, item);
  }

  delete(id: string): void {
    this.#items.delete(id);
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  replace(items: readonly Item[]): void {
    this.#items.clear();
    items.forEach((item) => this.add(item));
  }

  forEach(each: (item: Item) => void): void {
    [...this.#items.values()].forEach(each);
  }
}

export class StandIn {
  /** What the explorer told of its runs. */
  readonly told: string[] = [];
  readonly items = new Items();
  run?: (request: unknown, token: unknown) => Promise<void>;

  readonly api = {
    tests: {
      createTestController: () => ({
        items: this.items,
        createTestItem: (id: string, label: string, uri: Item['uri']): Item => {
          const item = { id, label, uri } as Item;
          return Object.assign(item, { children: new Items(item) });
        },
        createRunProfile: (_: string, __: number, run: StandIn['run']) => {
          if (run) this.run = run;
        },
        createTestRun: () => ({
          started: (item: Item) => this.told.push(`started ${item.id}`),
          skipped: (item: Item) => this.told.push(`skipped ${item.id}`),
          passed: (item: Item) => this.told.push(`passed ${item.id}`),
          failed: (item: Item, messages: { message: string; location: { range: { start: { line: number } } } }[]) =>
            this.told.push(...messages.map((it) => `failed ${item.id}: line ${it.location.range.start.line + 1}: ${it.message}`)),
          errored: (item: Item, message: { message: string }) => this.told.push(`errored ${item.id}: ${message.message}`),
          end: () => this.told.push('ended'),
        }),
        dispose: () => undefined,
      }),
    },
    TestMessage: class {
      constructor(readonly message: string) {}
    },
    Location: class {
      constructor(
        readonly uri: unknown,
        readonly range: unknown,
      ) {}
    },
    Range: class {
      readonly start: { line: number; character: number };
      readonly end: { line: number; character: number };
      constructor(startLine: number, startCharacter: number, endLine: number, endCharacter: number) {
        this.start = { line: startLine, character: startCharacter };
        this.end = { line: endLine, character: endCharacter };
      }
    },
    Uri: { parse: (text: string) => ({ toString: () => text }) },
    TestRunRequest: class {},
    TestRunProfileKind: { Run: 1 },
  } as unknown as Api;

  /** A request to run these, or all. */
  request(include?: readonly (Item | undefined)[], exclude?: readonly (Item | undefined)[]): vscode.TestRunRequest {
    return { include, exclude } as unknown as vscode.TestRunRequest;
  }
}
