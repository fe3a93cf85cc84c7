import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changed, initializationOptions, needsRestart, settings } from '../src/settings';

const reader = (values: Record<string, unknown>) => ({ get: <T>(key: string) => values[key] as T | undefined });
const of = (values: Record<string, unknown>) => settings(reader(values), '/home/ann', '/work');

test('without settings the program on the search path is started as a server', () => {
  assert.deepEqual(of({}), { path: 'assize', arguments: ['lsp'], lints: {} });
  assert.equal(of({ 'server.path': '  ' }).path, 'assize');
});

test('a path may begin at home or in the folder that is open', () => {
  assert.equal(of({ 'server.path': '~/bin/assize' }).path, '/home/ann/bin/assize');
  assert.equal(of({ 'server.path': '${workspaceFolder}/target/release/assize' }).path, '/work/target/release/assize');
  assert.equal(of({ 'server.path': '~ann/assize' }).path, '~ann/assize');
});

test('levels that are none are left out, and the server is told the others', () => {
  const found = of({ lints: { W0102: 'allow', unused: 'deny', W0101: 'loud', W0103: 1 } });
  assert.deepEqual(initializationOptions(found), { lints: { W0102: 'allow', unused: 'deny' } });
  assert.deepEqual(changed(found), { settings: { assize: { lints: { W0102: 'allow', unused: 'deny' } } } });
});

test('another program is another server, and another level is not', () => {
  assert.ok(needsRestart(of({}), of({ 'server.path': '/x' })));
  assert.ok(needsRestart(of({}), of({ 'server.arguments': ['lsp', '--x'] })));
  assert.ok(!needsRestart(of({}), of({ lints: { W0102: 'deny' } })));
});
