// What the server's lenses and commands say, read without trust in their shape.

/** As the protocol counts: from 0, columns in UTF-16. */
export interface Place {
  readonly line: number;
  readonly character: number;
}

export interface Span {
  readonly start: Place;
  readonly end: Place;
}

/** A command with its arguments. */
export interface Call {
  readonly command: string;
  readonly arguments: readonly unknown[];
}

export interface Lens {
  readonly range: Span;
  readonly call: Call;
}

/** A test of a file. */
export interface Found {
  readonly name: string;
  readonly range: Span;
  readonly call: Call;
}

/** How a test went. */
export interface Outcome {
  readonly uri: string;
  readonly name: string;
  readonly failures: readonly { readonly range: Span; readonly message: string }[];
}

/** The server's commands that this client knows. */
export const COMMANDS = { runTests: 'assize.runTests', explain: 'assize.explain', whoIsAllowed: 'assize.whoIsAllowed' } as const;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function place(value: unknown): Place | undefined {
  if (!isFields(value)) return undefined;
  const { line, character } = value as { line?: unknown; character?: unknown };
  return typeof line === 'number' && typeof character === 'number' ? { line, character } : undefined;
}

function span(value: unknown): Span | undefined {
  if (!isFields(value)) return undefined;
  const start = place(value['start']);
  const end = place(value['end']);
  return start && end ? { start, end } : undefined;
}

/** The lenses of a file. */
export function lenses(answer: unknown): Lens[] {
  return list(answer).flatMap((lens) => {
    if (!isFields(lens) || !isFields(lens['command'])) return [];
    const range = span(lens['range']);
    const command = lens['command']['command'];
    return range && typeof command === 'string' ? [{ range, call: { command, arguments: list(lens['command']['arguments']) } }] : [];
  });
}

/** The tests of a file: those lenses that run a single one. */
export function tests(of: readonly Lens[]): Found[] {
  return of.flatMap(({ range, call }) => {
    const name = call.arguments[1];
    return call.command === COMMANDS.runTests && typeof name === 'string' ? [{ name, range, call }] : [];
  });
}

/** The lens of a command that belongs to a line: the last one that does not begin below it. */
export function lensAt(of: readonly Lens[], command: string, line: number): Lens | undefined {
  const above = of.filter((lens) => lens.call.command === command && lens.range.start.line <= line);
  return above.reduce<Lens | undefined>((best, lens) => (best && best.range.start.line > lens.range.start.line ? best : lens), undefined);
}

/** How the tests of a run went. */
export function outcomes(answer: unknown): Outcome[] {
  if (!isFields(answer)) return [];
  return list(answer['tests']).flatMap((test) => {
    if (!isFields(test) || typeof test['name'] !== 'string' || typeof test['uri'] !== 'string') return [];
    const failures = list(test['failures']).flatMap((failure) => {
      const range = isFields(failure) ? span(failure['range']) : undefined;
      return isFields(failure) && range ? [{ range, message: String(failure['message']) }] : [];
    });
    // A failure that cannot be placed is still one.
    if (test['passed'] !== true && failures.length === 0) {
      const range = span(test['range']) ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
      failures.push({ range, message: 'the test failed' });
    }
    return [{ uri: test['uri'], name: test['name'], failures }];
  });
}

/** The Markdown that a command answers with, if it does. */
export function markdown(answer: unknown): string | undefined {
  if (typeof answer === 'string') return answer;
  if (!isFields(answer)) return undefined;
  const text = answer['markdown'] ?? answer['value'];
  return typeof text === 'string' ? text : undefined;
}

/** Whether a text may hold tests, so that the server is worth asking. */
export function mayHoldTests(text: string): boolean {
  return /(^|[\s}])test\s*"/.test(text);
}
