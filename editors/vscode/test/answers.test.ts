import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lensAt, lenses, markdown, mayHoldTests, outcomes, tests } from '../src/answers';

const range = (line: number) => ({ start: { line, character: 0 }, end: { line, character: 4 } });
const lens = (line: number, command: string, ...args: unknown[]) => ({ range: range(line), command: { title: '', command, arguments: args } });

test('a lens for a whole file is no test, and one with a name is', () => {
  const found = lenses([lens(0, 'assize.runTests', 'file:///a'), lens(0, 'assize.runTests', 'file:///a', 'it holds'), lens(4, 'assize.explain', 'file:///a')]);
  assert.equal(found.length, 3);
  assert.deepEqual(tests(found).map((it) => it.name), ['it holds']);
});

test('what is no lens is passed over', () => {
  assert.deepEqual(lenses(null), []);
  assert.deepEqual(lenses([null, {}, { range: range(0) }, { range: {}, command: { command: 'x' } }]), []);
});

test('the lens of a line is the last that does not begin below it', () => {
  const all = lenses([lens(2, 'assize.explain', 1), lens(8, 'assize.explain', 2), lens(9, 'assize.runTests', 3)]);
  assert.deepEqual(lensAt(all, 'assize.explain', 10)?.call.arguments, [2]);
  assert.deepEqual(lensAt(all, 'assize.explain', 7)?.call.arguments, [1]);
  assert.equal(lensAt(all, 'assize.explain', 1), undefined);
});

test('a test passes only if the server says so', () => {
  const went = outcomes({
    tests: [
      { name: 'a', uri: 'file:///a', passed: true, failures: [] },
      { name: 'b', uri: 'file:///a', passed: false, failures: [{ range: range(3), message: 'denied' }] },
      { name: 'c', uri: 'file:///a', range: range(7), passed: false },
      { name: 'd' },
    ],
  });
  assert.deepEqual(went.map((it) => [it.name, it.failures.length]), [['a', 0], ['b', 1], ['c', 1]]);
  assert.equal(went[2]?.failures[0]?.range.start.line, 7);
  assert.deepEqual(outcomes(null), []);
});

test('a page is a text, or has one', () => {
  assert.equal(markdown('# a'), '# a');
  assert.equal(markdown({ markdown: 'b' }), 'b');
  assert.equal(markdown({ kind: 'markdown', value: 'c' }), 'c');
  assert.equal(markdown({ passed: 1 }), undefined);
});

test('files without tests are not asked about', () => {
  assert.ok(mayHoldTests('entity User\ntest "a" {\n}'));
  assert.ok(mayHoldTests('test"a"{}'));
  assert.ok(!mayHoldTests('entity Latest { test: Bool }'));
});
