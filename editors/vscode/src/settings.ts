// What a person has set, and what becomes of it.

/** Where settings come from: VS Code's configuration, or a table in a test. */
export interface Reader {
  get<T>(key: string): T | undefined;
}

/** Levels of lints, as `assize.toml` has them. */
export type Level = 'allow' | 'warn' | 'deny';

export interface Settings {
  /** The program to start. */
  readonly path: string;
  readonly arguments: readonly string[];
  readonly lints: Readonly<Record<string, Level>>;
}

const LEVELS: readonly string[] = ['allow', 'warn', 'deny'] satisfies Level[];

/** The settings below `assize`. `folder` is what `${workspaceFolder}` stands for. */
export function settings(read: Reader, home: string, folder?: string): Settings {
  const path = read.get<string>('server.path')?.trim() ?? '';
  const given = read.get<unknown>('server.arguments');
  const lints = read.get<Record<string, unknown>>('lints') ?? {};
  return {
    path: path === '' ? 'assize' : placed(path, home, folder),
    arguments: Array.isArray(given) ? given.map(String) : ['lsp'],
    lints: Object.fromEntries(Object.entries(lints).filter(isLevel)),
  };
}

function isLevel(entry: [string, unknown]): entry is [string, Level] {
  return typeof entry[1] === 'string' && LEVELS.includes(entry[1]);
}

function placed(path: string, home: string, folder: string | undefined): string {
  const expanded = folder === undefined ? path : path.replaceAll('${workspaceFolder}', folder);
  return expanded === '~' || expanded.startsWith('~/') ? home + expanded.slice(1) : expanded;
}

/** What the server is told when it starts. */
export function initializationOptions(of: Settings): { lints: Settings['lints'] } {
  return { lints: of.lints };
}

/** What it is told when settings change. */
export function changed(of: Settings): { settings: { assize: { lints: Settings['lints'] } } } {
  return { settings: { assize: { lints: of.lints } } };
}

/** Whether a server that runs must be started again because of a change. */
export function needsRestart(before: Settings, now: Settings): boolean {
  return before.path !== now.path || JSON.stringify(before.arguments) !== JSON.stringify(now.arguments);
}
