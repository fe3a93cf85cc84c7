// The whole extension, as it is packaged, with the client library and the real server; only VS Code itself is stood in for.

import assert from 'node:assert/strict';
import Module, { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';

import { Server } from './server';
import { StandIn } from './stand_in';
import { Stub } from './vscode_stub';

const TEXT = 'entity User\nentity Folder\naction read on Folder by User\n\ntest "closed" {\n  expect deny User::"ann" to read on Folder::"plans"\n}\n';

const server = new Server({ 'assize.toml': '[package]\nname = "p"\n', 'policy.assize': TEXT });
const seen = new StandIn();
const stub = new Stub(server, ['policy.assize'], seen.api);
const subscriptions: { dispose(): unknown }[] = [];
let extension: { activate(context: unknown): Promise<void>; deactivate(): Promise<void> };

before(async () => {
  await server.start();
  stub.configuration['assize.server.path'] = resolve(process.env['ASSIZE'] ?? '../../target/release/assize');
  const loader = Module as unknown as { _load: (name: string, ...rest: unknown[]) => unknown };
  const load = loader._load;
  loader._load = (name, ...rest) => (name === 'vscode' ? stub.module : load(name, ...rest));
  extension = createRequire(resolve('package.json'))(resolve('out/extension.js'));
  loader._load = load;
  await extension.activate({ subscriptions });
});

after(async () => {
  await extension.deactivate();
  subscriptions.forEach((one) => one.dispose());
  await server.end();
});

test('it starts the server and offers what that offers', () => {
  assert.deepEqual(stub.errors, []);
  for (const name of ['HoverProvider', 'CompletionItemProvider', 'RenameProvider', 'CodeLensProvider', 'InlayHintsProvider', 'CallHierarchyProvider']) {
    assert.ok(stub.providers.includes(name), `${name}: ${stub.providers.join(' ')}`);
  }
  for (const name of ['assize.restartServer', 'assize.showOutput', 'assize.runTests']) assert.ok(stub.commands.has(name), name);
  assert.equal(typeof stub.contexts.get('assize.canExplain'), 'boolean');
});

test('the tests stand in the explorer, and a lens runs one', async () => {
  const uri = server.uri('policy.assize');
  assert.ok(seen.items.get(uri)?.children.get('closed'));
  const answer = (await stub.commands.get('assize.runTests')?.(uri, 'closed')) as { passed: number };
  assert.equal(answer.passed, 1);
  assert.deepEqual(stub.status, ['Assize: 1 passed, 0 failed']);
  assert.deepEqual(seen.told.splice(0), ['passed closed', 'ended']);
});

test('the explorer runs them too', async () => {
  await seen.run?.(seen.request(), { isCancellationRequested: false });
  assert.deepEqual(seen.told.splice(0), ['started closed', 'passed closed', 'ended']);
});

test('the server can be started again, and other levels need no other server', async () => {
  await stub.commands.get('assize.restartServer')?.();
  assert.deepEqual(stub.errors, []);
  const before = stub.providers.length;
  stub.configuration['assize.lints'] = { W0102: 'deny' };
  await stub.configured.fire({ affectsConfiguration: () => true });
  assert.equal(stub.providers.length, before);
  const answer = (await stub.commands.get('assize.runTests')?.(server.uri('policy.assize'), 'closed')) as { passed: number };
  assert.equal(answer.passed, 1);
});

test('a program that is not there is told of', async () => {
  stub.configuration['assize.server.path'] = '/nowhere/assize';
  await stub.configured.fire({ affectsConfiguration: () => true });
  assert.match(stub.errors.join('\n'), /could not be started as `\/nowhere\/assize`/);
});
