// The words of the language by group, from the page that a Rust test keeps the same as the lexer's table of tokens (tests/src/pages/words.rs).

import { readFileSync } from 'node:fs';

const PAGE = new URL('../../docs/reference/words.md', import.meta.url);

/** By heading: the spellings below it. */
export function groups(page = readFileSync(PAGE, 'utf8')) {
  const found = new Map();
  let title = '';
  for (const line of page.split('\n')) {
    if (line.startsWith('## ')) title = line.slice(3);
    else if (title && line.startsWith('`')) found.set(title, line.split(' ').map((word) => word.replace(/^`|`$/g, '')));
  }
  return found;
}

/** The table: words that start declarations, other words, those that are always keywords, marks. */
export function table(of = groups()) {
  const group = (title) => {
    const words = of.get(title);
    if (!words) throw new Error(`docs/reference/words.md has no "${title}"`);
    return words;
  };
  return {
    declarations: group('Words that start a declaration'),
    clauses: group('Words inside declarations'),
    expressions: group('Words of expressions'),
    reserved: group('Words that are always keywords'),
    marks: group('Marks'),
  };
}
