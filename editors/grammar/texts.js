// Every policy text of the repository: files of examples and of the library, and the blocks of the book.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('../../', import.meta.url));

function below(folder, ending) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((it) => it.isFile() && it.name.endsWith(ending)).map((it) => join(it.parentPath ?? it.path, it.name));
  return files.map((path) => path.slice(root.length)).sort();
}

/** Name and text of each file. */
export function files() {
  const all = ['examples', 'stdlib', 'editors/protocol/folders', 'editors/nvim/drive'].flatMap((folder) => below(folder, '.assize'));
  return all.map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));
}

/** Name and text of each block of policies on a page that is meant to be right. */
export function blocks(folder = 'docs') {
  return below(folder, '.md').flatMap((page) => {
    const found = [];
    let block = null;
    readFileSync(join(root, page), 'utf8').split('\n').forEach((line, at) => {
      if (block && line === block.fence) {
        if (!block.broken) found.push({ name: `${page}:${block.line}`, text: `${block.lines.join('\n')}\n` });
        block = null;
      } else if (block) block.lines.push(line);
      else {
        const opened = /^(```+)assize\b(.*)$/.exec(line);
        const other = /^(```+)\w/.exec(line);
        if (opened) block = { fence: opened[1], line: at + 2, lines: [], broken: /\berror\b/.test(opened[2]) };
        else if (other) block = { fence: other[1], lines: [], broken: true };
      }
    });
    return found;
  });
}
