import assert from 'node:assert/strict';
import { test } from 'node:test';

import { files } from '../generate.js';
import { PLACED, rules } from '../rules.js';
import { groups, table } from '../words.js';

test('every word of the table has a rule, and every rule a word of the table', () => {
  const { declarations, clauses, expressions, reserved } = table();
  const all = [...declarations, ...clauses, ...expressions];
  const placed = [...PLACED.connecting, ...PLACED.modifying, ...PLACED.alone];
  const covered = new Set([...declarations, ...reserved, ...placed]);
  assert.deepEqual(all.filter((word) => !covered.has(word)), []);
  assert.deepEqual([...covered].filter((word) => !all.includes(word)), []);
});

test('a word that the table gains appears in the grammars', () => {
  const page = groups().get('Words that start a declaration');
  const more = rules({ ...table(), declarations: [...page, 'verdict'] });
  assert.ok(more.find(([name]) => name === 'item')[3].includes('verdict'));
  assert.throws(() => table(new Map()), /has no/);
});

test('the files are what is generated', async () => {
  const { readFileSync } = await import('node:fs');
  for (const [path, text] of files()) {
    assert.equal(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'), text, `${path}: run \`node editors/grammar/generate.js\``);
  }
});
