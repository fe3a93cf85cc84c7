// Every policy text of the repository in the colours of the server, which has them from the lexer, and in those of both grammars.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Client } from '../../protocol/client.js';
import { byServer, differences, highlightJs, textMate } from '../colours.js';
import { blocks, files } from '../texts.js';

const server = resolve(process.env.ASSIZE ?? fileURLToPath(new URL('../../../target/release/assize', import.meta.url)));
const found = [];
let client;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'colours-'));
  const texts = [...files(), ...blocks()];
  // Each text is a package of its own: what it means does not matter, only what its words are.
  texts.forEach(({ text }, at) => {
    mkdirSync(join(folder, `${at}`));
    writeFileSync(join(folder, `${at}`, 'it.assize'), text);
  });
  client = new Client(server, folder);
  await client.initialize({ capabilities: {} });
  for (const [at, { name, text }] of texts.entries()) {
    const file = `${at}/it.assize`;
    await client.open(file);
    const answer = await client.connection.sendRequest('textDocument/semanticTokens/full', { textDocument: client.document(file) });
    found.push({ name, text, expected: byServer(text, client.tokens(answer.data)) });
    await client.close(file);
  }
});

after(async () => {
  await client?.end();
  rmSync(folder, { recursive: true, force: true });
});

const compared = (colour) => found.flatMap(({ name, text, expected }) => differences(name, text, expected, colour(text)));

test('there is enough to compare', () => {
  const count = (letter) => found.reduce((sum, { expected }) => sum + expected.filter((it) => it === letter).length, 0);
  assert.ok(found.length > 100, `${found.length} texts`);
  for (const letter of 'ksnc') assert.ok(count(letter) > 500, `${count(letter)} characters of ${letter}`);
});

test('VS Code colours every text as the server does', async () => {
  assert.deepEqual(compared(await textMate()), []);
});

test('the book colours every text as the server does', () => {
  assert.deepEqual(compared(highlightJs()), []);
});
