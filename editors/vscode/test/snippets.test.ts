// Every snippet, as it stands before anything is filled in, is a policy file that the server understands.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Server } from './server';

interface Snippet {
  readonly body: readonly string[];
}

/** A snippet with its proposals. */
function filled(body: readonly string[]): string {
  const known = new Map<string, string>();
  const choice = /\$\{(\d+)\|([^,|}]*)[^}]*\}/g;
  const proposal = /\$\{(\d+):([^}]*)\}/g;
  const text = body.join('\n').replace(choice, (_, at, first) => (known.set(at, first), first));
  const proposed = text.replace(proposal, (_, at, value) => (known.set(at, value), value));
  return proposed.replace(/\$\{(\d+)\}|\$(\d+)/g, (_, a, b) => known.get(a ?? b) ?? '');
}

const SCHEMA = 'entity User\nentity Document\naction read on Document by User\n';

test('snippets compile', async () => {
  const all = Object.entries(JSON.parse(readFileSync('snippets/assize.json', 'utf8')) as Record<string, Snippet>);
  const texts: Record<string, string> = {};
  for (const [name, { body }] of all) {
    texts[`${name}/assize.toml`] = `[package]\nname = "${name}"\n`;
    texts[`${name}/schema.assize`] = SCHEMA;
    texts[`${name}/snippet.assize`] = `${filled(body)}\n`;
  }
  const server = new Server(texts);
  await server.start();
  try {
    for (const [name] of all) {
      const uri = server.uri(`${name}/snippet.assize`);
      const report = (await server.request('textDocument/diagnostic', { textDocument: { uri } })) as { items: { severity: number; message: string }[] };
      const errors = report.items.filter((it) => it.severity === 1).map((it) => it.message);
      assert.deepEqual(errors, [], `${name}:\n${texts[`${name}/snippet.assize`]}`);
    }
  } finally {
    await server.end();
  }
});
