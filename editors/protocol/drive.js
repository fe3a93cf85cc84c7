// Two sessions with the language server: node drive.js PATH/TO/assize [--bless]
//
// Uses whatever the server advertises and compares what came of it with transcript.txt. Ends with 1 if an answer is empty, an error or another than is due,
// if something is advertised and not used, or if the transcript is another.

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client } from './client.js';
import * as pulling from './pulling.js';
import * as pushed from './pushed.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const [server, mode] = process.argv.slice(2);
if (!server) {
  console.error('usage: node drive.js PATH/TO/assize [--bless]');
  process.exit(2);
}

const transcript = [];
const failures = [];
let kept = [];
for (const [title, session] of [['An editor that can do everything', pulling], ['An editor that can do little', pushed]]) {
  const client = new Client(resolve(server), here('folders'));
  client.say(`# ${title}`);
  try {
    const workspaceFolders = [{ uri: client.uri('shop'), name: 'shop' }];
    const { capabilities } = await client.initialize({ capabilities: session.CAPABILITIES, workspaceFolders });
    client.say('\n== initialize');
    client.show(capabilities);
    await session.run(client);
  } catch (error) {
    client.fail(error.stack);
  }
  const missing = client.used.missing(client.advertised);
  if (session === pulling) {
    kept = client.advertised.filter((piece) => client.used.has(piece));
    missing.forEach((piece) => client.fail(`advertised and not used: ${piece}`));
  } else {
    missing.filter((piece) => !kept.includes(piece)).forEach((piece) => client.fail(`advertised and not used: ${piece}`));
  }
  client.used.unpromised(client.advertised).forEach((piece) => client.fail(`used and not advertised: ${piece}`));
  const used = client.advertised.length - missing.length;
  client.say(`\n${used} of ${client.advertised.length} advertised pieces were used in this session`);
  try {
    client.say(`the server ended with ${await client.end()}`);
  } catch (error) {
    client.fail(`the end: ${error.message}`);
    client.process.kill();
  }
  transcript.push(...client.transcript, '');
  failures.push(...client.failures);
}

const text = transcript.join('\n');
if (mode === '--bless') writeFileSync(here('transcript.txt'), text);
let committed = '';
try {
  committed = readFileSync(here('transcript.txt'), 'utf8');
} catch {
  // There is none yet.
}
if (committed !== text) {
  const [old, now] = [committed.split('\n'), text.split('\n')];
  const line = now.findIndex((one, at) => one !== old[at]);
  failures.push(`transcript.txt is another from line ${line + 1} on (--bless writes it):\n- ${old[line] ?? '(the end)'}\n+ ${now[line] ?? '(the end)'}`);
}
for (const failure of failures) console.error(`FAILED: ${failure}`);
console.log(`${kept.length} advertised pieces used, ${text.split('\n').length} lines of transcript, ${failures.length} failures`);
process.exit(failures.length ? 1 : 0);
