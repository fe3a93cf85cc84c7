import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Used, pieces } from '../capabilities.js';
import { plain, tokensShown } from '../shown.js';

test('what is false is no promise, and every value of a list is one', () => {
  const advertised = pieces({
    hoverProvider: true,
    documentLinkProvider: { resolveProvider: false },
    completionProvider: { triggerCharacters: ['.', ':'] },
    semanticTokensProvider: { full: { delta: true } },
    positionEncoding: 'utf-8',
  });
  assert.deepEqual(advertised, [
    'completionProvider',
    'completionProvider.triggerCharacters "."',
    'completionProvider.triggerCharacters ":"',
    'documentLinkProvider',
    'hoverProvider',
    'positionEncoding "utf-8"',
    'semanticTokensProvider',
    'semanticTokensProvider.full.delta',
  ]);
});

test('what is advertised and not used is missing, also where nobody here has heard of it', () => {
  const advertised = pieces({ hoverProvider: true, monikerProvider: true, callHierarchyProvider: true });
  const used = new Used();
  used.message('textDocument/hover');
  used.message('textDocument/prepareCallHierarchy');
  used.message('callHierarchy/incomingCalls');
  assert.deepEqual(used.missing(advertised), ['callHierarchyProvider', 'monikerProvider']);
  used.message('callHierarchy/outgoingCalls');
  assert.deepEqual(used.missing(advertised), ['monikerProvider']);
});

test('what is used and not advertised is told', () => {
  const used = new Used();
  used.message('textDocument/hover');
  used.piece('completionProvider.triggerCharacters', '#');
  assert.deepEqual(used.unpromised(pieces({ hoverProvider: true })), ['completionProvider.triggerCharacters "#"']);
});

test('a transcript is the same on every machine', () => {
  const range = { start: { line: 0, character: 3 }, end: { line: 1, character: 0 } };
  const value = { uri: 'file:///tmp/x1/a.assize', range, resultId: '9', gone: null };
  assert.deepEqual(plain(value, [['root', 'file:///tmp/x1']]), { uri: '<root>/a.assize', range: '1:4-2:1', resultId: '<id>' });
});

test('semantic tokens are counted from one another', () => {
  const legend = { tokenTypes: ['keyword', 'string'], tokenModifiers: ['declaration', 'readonly'] };
  const found = tokensShown([1, 2, 3, 0, 0, 0, 4, 1, 1, 3], legend, (line, character) => `${line}/${character}`);
  assert.deepEqual(found.map((it) => it.text), ['1/2', '1/6']);
  assert.deepEqual(found[1].modifiers, ['declaration', 'readonly']);
});
