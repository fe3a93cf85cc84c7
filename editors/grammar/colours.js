// What a text is coloured as, character by character: by the server, by the TextMate grammar, by highlight.js. Only what all three know is compared: words of
// the language, texts, numbers, comments.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';

const require = createRequire(import.meta.url);
const root = new URL('../../', import.meta.url);

/** A letter for each character: k, s, n, c, or a blank for everything else. */
const blank = (text) => Array.from({ length: text.length }, () => ' ');
const fill = (letters, start, end, letter) => letters.fill(letter, start, end);

const SERVER = { keyword: 'k', string: 's', number: 'n', comment: 'c' };

/** From tokens as editors/protocol/shown.js makes them. */
export function byServer(text, tokens) {
  const letters = blank(text);
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  for (const { line, character, length, type } of tokens) {
    const start = starts[line] + character;
    // The name of an action may be a text; the server knows that it is an action.
    fill(letters, start, start + length, SERVER[type] ?? (text[start] === '"' ? 's' : ' '));
  }
  return letters;
}

const SCOPES = [
  [/^comment\b/, 'c'],
  [/^string\b/, 's'],
  [/^constant\.numeric\b/, 'n'],
  [/^(?:keyword\.(?!operator\.assize)|storage\.|constant\.language\b)/, 'k'],
];

/** The TextMate grammar in the engine of VS Code. */
export async function textMate() {
  const { Registry, INITIAL, parseRawGrammar } = require('vscode-textmate');
  const oniguruma = require('vscode-oniguruma');
  await oniguruma.loadWASM(readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')).buffer);
  const path = new URL('editors/vscode/syntaxes/assize.tmLanguage.json', root).pathname;
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(readFileSync(path, 'utf8'), path),
  });
  const grammar = await registry.loadGrammar('source.assize');
  return (text) => {
    const letters = blank(text);
    let state = INITIAL;
    let start = 0;
    for (const line of text.split('\n')) {
      const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
      state = ruleStack;
      for (const { startIndex, endIndex, scopes } of tokens) {
        const letter = SCOPES.find(([expression]) => expression.test(scopes.at(-1)))?.[1] ?? ' ';
        fill(letters, start + startIndex, Math.min(start + endIndex, text.length), letter);
      }
      start += line.length + 1;
    }
    return letters;
  };
}

const CLASSES = { keyword: 'k', literal: 'k', string: 's', number: 'n', comment: 'c' };
const ENTITIES = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#x27;': "'" };

/** docs/theme/assize.js in the highlight.js that mdBook ships. */
export function highlightJs() {
  const hljs = require('highlight.js');
  vm.runInNewContext(readFileSync(new URL('docs/theme/assize.js', root), 'utf8'), { hljs });
  return (text) => {
    const { value, illegal } = hljs.highlight('assize', text, true);
    if (illegal) throw new Error('highlight.js gives up on a text');
    const letters = blank(text);
    const open = [];
    let at = 0;
    for (const [part] of value.matchAll(/<span class="[^"]*">|<\/span>|&[^;]+;|[^<&]/g)) {
      if (part.startsWith('<span')) open.push(/hljs-(\w+)/.exec(part)[1]);
      else if (part === '</span>') open.pop();
      else {
        const length = (ENTITIES[part] ?? part).length;
        fill(letters, at, at + length, CLASSES[open.at(-1)] ?? ' ');
        at += length;
      }
    }
    if (at !== text.length) throw new Error(`highlight.js made ${at} characters of ${text.length}`);
    return letters;
  };
}

/** The words of a text that are coloured differently: `line: word (server k, here blank)`. */
export function differences(name, text, expected, found) {
  const all = [];
  for (const { 0: word, index } of text.matchAll(/[A-Za-z0-9_]+|[^\sA-Za-z0-9_]/g)) {
    const range = [index, index + word.length];
    const [wanted, has] = [expected, found].map((letters) => letters.slice(...range).join(''));
    if (wanted !== has) {
      const line = text.slice(0, index).split('\n').length;
      all.push(`${name}:${line}: ${JSON.stringify(word)} is [${wanted}] for the server and [${has}] here: ${text.split('\n')[line - 1].trim()}`);
    }
  }
  return all;
}
