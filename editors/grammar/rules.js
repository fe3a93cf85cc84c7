// How text is coloured: rules in the order in which they are tried, in regular expressions that both VS Code's engine and JavaScript understand.
//
// A word of the language is a keyword only where it can be one (docs/reference/words.md). The lexer decides by the tokens around a word; a rule can look at
// its own line only, so what it sees there stands for them. `test/` counts where the two differ.

import { table } from './words.js';

const NAME = '[A-Za-z_][A-Za-z0-9_]*';
const either = (words) => `(?:${words.join('|')})`;
const without = (words, ...others) => words.filter((word) => !others.flat().includes(word));

/** Words with conditions of their own, which a test compares with the table: whoever adds a word must say where it is a keyword. */
export const PLACED = {
  // Behind something that can end.
  connecting: ['on', 'by', 'with', 'includes', 'as', 'at', 'until', 'for', 'is', 'has', 'like', 'matches'],
  modifying: ['external', 'ordered', 'trial'],
  alone: ['error', 'skip', 'most', 'data', 'let', 'expect', 'never', 'always', 'some', 'all'],
};

/** Name, what it is called in TextMate scopes and in highlight.js, and the expression. */
export function rules(words = table()) {
  const starting = without(words.declarations, words.reserved, PLACED.modifying);
  const operators = ['and', 'or', 'not', 'in', 'any', 'if', 'then', 'else'];
  const policies = without(words.reserved, operators, ['true', 'false']);
  // Where an item can begin: a line, or behind the annotations or the end of another on the same line.
  const begins = '(?:^[ \\t]*|(?<=[)}][ \\t])|(?<=\\/ ))';
  const noOperator = '(?![ \\t]+(?:in|is|has|like|matches|and|or|on|by|to|with)\\b)';
  // What can end an operand stands before the blank, or another line does.
  const behind = '(?<!\\b(?:and|not|then|else|when|unless)[ \\t])(?<!\\b(?:or|if|in|to)[ \\t])(?:(?<=[A-Za-z0-9_"`)\\]}?*][ \\t])|(?<=[ \\t]{2})|(?<=^)|(?<=[)\\]}"]))';
  const name = `(?:${NAME}|\`)`;
  return [
    ['documentation', 'comment.line.documentation', 'comment', '///(?:[^/\\r\\n][^\\r\\n]*)?(?=\\r?$)'],
    ['comment', 'comment.line.double-slash', 'comment', '//[^\\r\\n]*'],
    ['raw', 'string.quoted.other.raw', 'string', '\\br(#*)"[^\\r\\n]*?"\\1'],
    ['tagged', 'string.quoted.other.tagged', 'string', '\\b(?:ip|cidr|time|zone)"(?:[^"\\\\\\r\\n]|\\\\.)*"'],
    ['text', 'string.quoted.double', 'string', '"(?:[^"\\\\\\r\\n]|\\\\.)*"?'],
    ['quoted', 'variable.other.quoted', null, '`[^`\\r\\n]+`'],
    ['annotation', 'entity.name.function.decorator', 'meta', `@${NAME}`],
    // Names whatever they are spelled like: behind a mark or `has`, and before a colon.
    ['member', 'variable.other.member', null, `(?<=\\.|::)${NAME}`],
    ['tested', 'variable.other.member', null, `(?<=\\bhas[ \\t])${NAME}`],
    ['field', 'variable.other.property', null, `\\b${NAME}(?=[ \\t]*\\??[ \\t]*:(?!:))`],
    ['duration', 'constant.numeric.duration', 'number', '\\b(?:[0-9]+(?:ms|[dhms]))+\\b'],
    ['number', 'constant.numeric', 'number', '\\b[0-9]+(?:\\.[0-9]+)?\\b'],
    ['clause', 'keyword.control.clause', 'keyword', '\\bon[ \\t]+error[ \\t]+skip\\b'],
    ['limit', 'keyword.other', 'keyword', '\\bfor[ \\t]+at[ \\t]+most\\b'],
    ['kind', 'storage.type', 'keyword', `(?<=\\bparam[ \\t])(?:type|action)\\b(?=[ \\t]+${name})`],
    ['item', 'storage.type', 'keyword', `${begins}\\b${either(starting)}\\b(?=[ \\t]+(?:${name}|"|$))${noOperator}`],
    ['modifier', 'storage.modifier', 'keyword', `\\b(?:external|ordered)\\b(?=[ \\t]+${either(starting)}\\b)`],
    ['inner', 'storage.type', 'keyword', `(?<=\\bexternal[ \\t]|\\bordered[ \\t])${either(starting)}\\b(?=[ \\t]+${name})`],
    ['trial', 'storage.modifier', 'keyword', '\\btrial\\b(?=[ \\t]+(?:allow|deny)\\b)'],
    ['expectation', 'keyword.control.expectation', 'keyword', '\\bexpect\\b(?=[ \\t]+(?:allow|deny)\\b)'],
    ['property', 'keyword.control.property', 'keyword', '\\b(?:never|always)\\b(?=[ \\t]+(?:trial|allow|deny)\\b)'],
    ['rows', 'keyword.other', 'keyword', '\\bdata\\b(?=[ \\t]*(?:\\{|"|r#*"))'],
    ['binding', 'keyword.other', 'keyword', `\\blet\\b(?=[ \\t]+${name}[A-Za-z0-9_ \\t\`]*=)`],
    ['every', 'keyword.operator.word', 'keyword', '\\ball\\b(?=[ \\t]*\\()'],
    ['present', 'keyword.operator.word', 'keyword', '(?<=\\bis[ \\t])some\\b'],
    ['constant', 'constant.language', 'literal', '\\b(?:true|false)\\b'],
    ['policy', 'keyword.control', 'keyword', `\\b${either(policies)}\\b`],
    ['operator', 'keyword.operator.word', 'keyword', `\\b${either(operators)}\\b`],
    ['connective', 'keyword.other', 'keyword', `${behind}\\b${either(PLACED.connecting)}\\b(?![ \\t]*(?:[,.;=<>+)\\]}]|!=|$))`],
    ['trailing', 'keyword.other', 'keyword', `${behind}\\b${either(PLACED.connecting)}$`],
    ['request', 'variable.language', 'built_in', '\\b(?:principal|resource|context|now|action)\\b'],
    ['type', 'entity.name.type', 'type', '\\b[A-Z][A-Za-z0-9_]*\\b'],
    ['call', 'entity.name.function', null, `\\b${NAME}(?=\\()`],
    ['name', 'variable.other', null, `\\b${NAME}\\b`],
    ['mark', 'keyword.operator', null, either(marks(words.marks))],
  ];
}

/** Marks that mean something between operands, the longest first. */
function marks(all) {
  const structure = ['.', '?.', ':', '::', ',', '@', '(', ')', '[', ']', '{', '}'];
  const escaped = (mark) => mark.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return without(all, structure).sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).map(escaped);
}
