// Answers as a transcript shows them: short, and the same on every machine.

const isPlace = (it) => it && typeof it === 'object' && 'line' in it && 'character' in it && Object.keys(it).length === 2;
const isRange = (it) => it && typeof it === 'object' && isPlace(it.start) && isPlace(it.end) && Object.keys(it).length === 2;

/** A place counted from 1, as editors show it. */
export const placeText = ({ line, character }) => `${line + 1}:${character + 1}`;

/** The same value with places and ranges as texts, and URIs below the roots by their names. */
export function plain(value, roots) {
  if (typeof value === 'string') {
    let text = value;
    for (const [name, uri] of roots) text = text.replaceAll(uri, `<${name}>`);
    // Where the server puts texts that are no files: in a folder of its own.
    return text.replace(/file:\/\/\/\S*?assize-[^/\s]*\//g, '<shelf>/');
  }
  if (isPlace(value)) return placeText(value);
  if (isRange(value)) return `${placeText(value.start)}-${placeText(value.end)}`;
  if (Array.isArray(value)) return value.map((one) => plain(one, roots));
  if (value && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, own]) => own !== null && own !== undefined);
    // Edits by file are in no order.
    if (entries.every(([key]) => key.startsWith('file:'))) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      entries.map(([key, own]) => [plain(key, roots), key === 'resultId' ? '<id>' : plain(own, roots)]),
    );
  }
  return value;
}

/** A value over as many lines as it needs, none of them much longer than `width`. */
export function layout(value, indent = '', width = 140) {
  const flat = JSON.stringify(value);
  if (flat === undefined || indent.length + flat.length <= width || typeof value !== 'object' || value === null) return flat ?? 'null';
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((one) => inner + layout(one, inner, width)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).map(([key, own]) => `${inner}${JSON.stringify(key)}: ${layout(own, inner, width)}`);
  return `{\n${entries.join(',\n')}\n${indent}}`;
}

/** Semantic tokens with their texts: `deny keyword`, `User class+declaration`. */
export function tokensShown(data, legend, textOf) {
  const found = [];
  let line = 0;
  let character = 0;
  for (let at = 0; at < data.length; at += 5) {
    const [down, along, length, type, bits] = data.slice(at, at + 5);
    character = down ? along : character + along;
    line += down;
    const modifiers = legend.tokenModifiers.filter((_, bit) => (bits >> bit) & 1);
    found.push({ line, character, length, type: legend.tokenTypes[type], modifiers, text: textOf(line, character, length) });
  }
  return found;
}
