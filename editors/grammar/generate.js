// Writes the grammars: node generate.js [--check]
//
// editors/vscode/syntaxes/assize.tmLanguage.json, docs/theme/assize.js for the book, and the words in editors/nvim/syntax/assize.vim.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { rules } from './rules.js';
import { table } from './words.js';

const root = new URL('../../', import.meta.url);
const ENUM = '[A-Za-z_][A-Za-z0-9_]*|`[^`\\r\\n]+`';

/** For VS Code, and whatever else reads TextMate's grammars. */
export function textMate() {
  const all = rules();
  const repository = Object.fromEntries(
    all.map(([name, scope, , match]) => [name, { name: `${scope}.assize`, match }]),
  );
  // Inside an enum every word is a variant.
  repository.enum = {
    begin: `\\b(enum)[ \\t]+(${ENUM})[ \\t]*(\\{)`,
    beginCaptures: { 1: { name: 'storage.type.assize' }, 2: { name: 'entity.name.type.assize' } },
    end: '\\}',
    patterns: [
      ...['documentation', 'comment', 'text', 'annotation'].map((name) => ({ include: `#${name}` })),
      { name: 'variable.other.enummember.assize', match: ENUM },
    ],
  };
  const order = all.map(([name]) => name);
  order.splice(order.indexOf('item'), 0, 'enum');
  const grammar = {
    $comment: 'Generated: see editors/grammar.',
    name: 'Assize',
    scopeName: 'source.assize',
    fileTypes: ['assize'],
    patterns: order.map((name) => ({ include: `#${name}` })),
    repository,
  };
  return `${JSON.stringify(grammar, null, 2)}\n`;
}

/** For highlight.js, which colours the book. */
export function highlight() {
  const mode = ([, , name, match]) => `        { ${name ? `className: '${name}', ` : ''}begin: /${match.replaceAll('/', '\\/').replaceAll('\\\\/', '\\/')}/ },`;
  const all = rules();
  const at = all.findIndex(([name]) => name === 'item');
  const before = all.slice(0, at).map(mode);
  const after = all.slice(at).map(mode);
  const region = `        {
          begin: /\\benum(?=[ \\t]+(?:${ENUM})[ \\t]*\\{)/, className: 'keyword', starts: {
            end: /\\}/, contains: [hljs.COMMENT('//', '$'), { className: 'type', begin: /\\b[A-Z][A-Za-z0-9_]*(?=[ \\t]*\\{)/ }],
          },
        },`;
  return `// Generated: see editors/grammar.
// Colours for \`assize\` blocks. The page is highlighted before this runs, so the blocks are done again.
(function () {
  if (typeof hljs === 'undefined') return;
  hljs.registerLanguage('assize', function (hljs) {
    return {
      contains: [
${[...before, region, ...after].join('\n')}
      ],
    };
  });
  if (typeof document === 'undefined') return;
  document.querySelectorAll('code.language-assize').forEach(function (block) {
    block.textContent = block.textContent;
    (hljs.highlightElement || hljs.highlightBlock)(block);
  });
})();
`;
}

const BEGIN = '" Words from the table of tokens: see editors/grammar.';
const END = '" End of the words.';

/** Vim's file with its words. */
export function vim(text = readFileSync(new URL('editors/nvim/syntax/assize.vim', root), 'utf8')) {
  const { declarations, clauses, expressions } = table();
  const effects = ['allow', 'deny', 'trial'];
  const constants = ['true', 'false'];
  const without = (words, others) => words.filter((word) => !others.includes(word)).join(' ');
  const words = [
    BEGIN,
    `syntax keyword assizeDeclaration ${without(declarations, effects)}`,
    `syntax keyword assizeEffect ${effects.join(' ')}`,
    `syntax keyword assizeClause ${clauses.join(' ')}`,
    `syntax keyword assizeOperator ${without(expressions, constants)}`,
    `syntax keyword assizeConstant ${constants.join(' ')}`,
    END,
  ];
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (start < 0 || end < start) throw new Error('editors/nvim/syntax/assize.vim has no place for words');
  return text.slice(0, start) + words.join('\n') + text.slice(end + END.length);
}

/** All files that are generated, with their texts. */
export const files = () => [
  ['editors/vscode/syntaxes/assize.tmLanguage.json', textMate()],
  ['docs/theme/assize.js', highlight()],
  ['editors/nvim/syntax/assize.vim', vim()],
];

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').pop())) {
  const check = process.argv.includes('--check');
  for (const [path, text] of files()) {
    const file = new URL(path, root);
    const same = existsSync(file) && readFileSync(file, 'utf8') === text;
    if (!check) writeFileSync(file, text);
    else if (!same) {
      console.error(`${path} is generated and no longer true: run \`node editors/grammar/generate.js\``);
      process.exitCode = 1;
    }
  }
}
