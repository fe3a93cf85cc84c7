// What package.json promises, and what the code does.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const sources = readdirSync('src').map((name) => readFileSync(`src/${name}`, 'utf8')).join('\n');

test('every setting is read', () => {
  for (const name of Object.keys(manifest.contributes.configuration.properties)) {
    // The client library reads `<identifier>.trace.server` by itself.
    if (name === 'assize.trace.server') assert.match(sources, /new LanguageClient\('assize'/);
    else assert.ok(sources.includes(`('${name.slice('assize.'.length)}')`), `${name} is never read`);
  }
});

test('every command is there, and no other', () => {
  const declared = manifest.contributes.commands.map((it: { command: string }) => it.command).sort();
  const registered = [...sources.matchAll(/registerCommand\('([^']+)'/g)].map((it) => it[1]).sort();
  assert.deepEqual(registered, declared);
});

test('every file that is named exists', () => {
  const { languages, grammars, snippets } = manifest.contributes;
  const paths = [languages[0].configuration, ...grammars.map((it: { path: string }) => it.path), ...snippets.map((it: { path: string }) => it.path)];
  for (const path of paths) {
    assert.ok(existsSync(path), path);
    JSON.parse(readFileSync(path, 'utf8'));
  }
  assert.ok(manifest.license && existsSync('LICENSE') && existsSync('README.md') && existsSync('CHANGELOG.md'));
});

test('the expressions of the language configuration do what they are for', () => {
  const { wordPattern, onEnterRules, indentationRules } = JSON.parse(readFileSync('language-configuration.json', 'utf8'));
  assert.deepEqual('u.level >= 10'.match(new RegExp(wordPattern, 'g')), ['u', 'level', '10']);
  const [documentation, policy] = onEnterRules.map((rule: { beforeText: string }) => new RegExp(rule.beforeText));
  assert.ok(documentation.test('  /// why') && !documentation.test('  // why'));
  assert.ok(policy.test('allow User u to read on Folder f') && !policy.test('  allow User in who to read on Folder {'));
  assert.ok(new RegExp(indentationRules.increaseIndentPattern).test('entity User {'));
  assert.ok(!new RegExp(indentationRules.increaseIndentPattern).test('entity User { name: String }'));
  assert.ok(new RegExp(indentationRules.decreaseIndentPattern).test('  }'));
});
