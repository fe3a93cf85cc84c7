// The test explorer over the real server.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Explorer } from '../src/explorer';
import { Server } from './server';
import { StandIn } from './stand_in';

const SCHEMA = 'entity User\nentity Folder { owner: User }\naction read on Folder by User\n';
const POLICY = `@id("owner")
allow User u to read on Folder f
  when f.owner == u

test "owners read" {
  data {
    Folder::"plans" { owner: User::"ann" }
  }
  expect allow User::"ann" to read on Folder::"plans" by "owner"
}

test "all read" {
  data {
    Folder::"plans" { owner: User::"ann" }
  }
  expect allow User::"ann" to read on Folder::"plans"
  expect allow User::"bob" to read on Folder::"plans"
}
`;

const server = new Server({ 'assize.toml': '[package]\nname = "p"\n', 'schema.assize': SCHEMA, 'policy.assize': POLICY });
const token = { isCancellationRequested: false };

function explorer(): { seen: StandIn; explorer: Explorer } {
  const seen = new StandIn();
  const files = ['schema.assize', 'policy.assize'].map((name) => seen.api.Uri.parse(server.uri(name)));
  return {
    seen,
    explorer: new Explorer(seen.api, {
      files: async () => files,
      text: async (uri) => server.text(uri.toString()),
      lenses: (uri) => server.request('textDocument/codeLens', { textDocument: { uri: uri.toString() } }),
      run: (command, args) => server.request('workspace/executeCommand', { command, arguments: args }),
    }),
  };
}

before(() => server.start());
after(() => server.end());

test('the tests of a package are found, at their names', async () => {
  const { seen, explorer: own } = explorer();
  await own.refreshAll();
  assert.equal(seen.items.get(server.uri('schema.assize')), undefined);
  const file = seen.items.get(server.uri('policy.assize'));
  const found: [string, number | undefined][] = [];
  file?.children.forEach((item) => found.push([item.label, item.range?.start.line]));
  assert.deepEqual(found, [['owners read', 4], ['all read', 11]]);
});

test('a run says what passed, and where something else was expected', async () => {
  const { seen, explorer: own } = explorer();
  await own.refreshAll();
  await seen.run?.(seen.request(), token);
  assert.deepEqual(seen.told, [
    'started owners read',
    'passed owners read',
    'started all read',
    'failed all read: line 17: this is denied, not allowed: by no policy',
    'ended',
  ]);
});

test('one test can be run alone, and one can be left out', async () => {
  const { seen, explorer: own } = explorer();
  await own.refreshAll();
  const file = seen.items.get(server.uri('policy.assize'));
  await seen.run?.(seen.request([file?.children.get('owners read')]), token);
  assert.deepEqual(seen.told.splice(0), ['started owners read', 'passed owners read', 'ended']);
  await seen.run?.(seen.request([file], [file?.children.get('all read')]), token);
  assert.deepEqual(seen.told.splice(0), ['started owners read', 'passed owners read', 'ended']);
  await seen.run?.(seen.request([file?.children.get('all read')]), { isCancellationRequested: true });
  assert.deepEqual(seen.told, ['skipped all read', 'ended']);
});

test('what a lens ran stands in the explorer too', async () => {
  const { seen, explorer: own } = explorer();
  const answer = await server.request('workspace/executeCommand', { command: 'assize.runTests', arguments: [server.uri('policy.assize'), 'owners read'] });
  await own.record(answer);
  assert.deepEqual(seen.told, ['passed owners read', 'ended']);
});

test('a server that refuses is an error, and no failure', async () => {
  const seen = new StandIn();
  const uri = seen.api.Uri.parse('file:///a.assize');
  const own = new Explorer(seen.api, {
    files: async () => [uri],
    text: async () => 'test "a" {}',
    lenses: async () => [
      { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } }, command: { command: 'assize.runTests', arguments: ['file:///a.assize', 'a'] } },
    ],
    run: async () => {
      throw new Error('the package has errors');
    },
  });
  await own.refreshAll();
  await seen.run?.(seen.request(), token);
  assert.deepEqual(seen.told, ['started a', 'errored a: the package has errors', 'ended']);
});
