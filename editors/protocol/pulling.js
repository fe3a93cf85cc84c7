// A session of an editor that can do everything, asks for findings itself, and counts columns in bytes. It uses every capability.

import { writeFileSync } from 'node:fs';

const POLICY = 'shop/policy.assize';
const SCHEMA = 'shop/schema.assize';
const OPTIONS = { tabSize: 2, insertSpaces: true };

/** What this editor says of itself. */
export const CAPABILITIES = {
  general: { positionEncodings: ['utf-8', 'utf-16'] },
  textDocument: {
    diagnostic: { dynamicRegistration: false, relatedDocumentSupport: false },
    definition: { linkSupport: true },
    completion: { completionItem: { snippetSupport: true } },
    publishDiagnostics: { relatedInformation: true },
  },
  workspace: {
    workspaceFolders: true,
    configuration: true,
    didChangeConfiguration: { dynamicRegistration: true },
    diagnostics: { refreshSupport: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true },
  },
};

const labels = (list) => list.items.map((it) => it.label);
const has = (list, ...wanted) => wanted.every((one) => labels(list).includes(one));
const findingsShown = (report) =>
  report.items?.map((it) => ({ range: it.range, code: it.code, message: it.message, tags: it.tags, related: it.relatedInformation }));

export async function run(client) {
  await names(client);
  await shape(client);
  await colours(client);
  await margin(client);
  await typing(client);
  await tests(client);
  await findings(client);
  await actions(client);
  await formatting(client);
  await renaming(client);
  await folders(client);
}

/** What a name is, and where else it stands. */
async function names(client) {
  const at = (needle, inside = 0) => client.at(POLICY, needle, inside);
  await client.tell('textDocument/didOpen', null, 'a file', async () => {
    await client.open(POLICY);
    const answer = await client.connection.sendRequest('textDocument/documentSymbol', at('@id'));
    return answer.map((it) => it.name);
  });
  const hover = await client.ask('textDocument/hover', at('owns(u'), (it) => it.contents.value.includes('Whether somebody is the owner'), {
    title: 'a function',
  });
  // Behind the sign on the same line columns differ by encoding, so this range is right in one of them only.
  const marked = await client.ask('textDocument/hover', at('u.name =='.slice(0, 6)), (it) => it.contents.value.includes('User'), {
    title: 'a name behind a sign of four bytes',
  });
  const place = client.place(POLICY, 'u.name');
  if (hover && marked?.range.start.character === place.character) client.used.piece('positionEncoding', client.capabilities.positionEncoding);
  await client.ask('textDocument/hover', at('look on', 1), (it) => it.contents.value.includes('`idle`'), { title: 'an action' });
  await client.ask('textDocument/definition', at('owns(u'), (it) => it[0].targetUri === client.uri(SCHEMA));
  await client.ask('textDocument/definition', at('PRIVATE', 2), (it) => it[0].targetUri.endsWith('std/net.assize'), {
    title: 'into the library',
    shown: (it) => it.map(({ targetUri }) => targetUri),
  });
  await client.ask('textDocument/declaration', at('GRACE'), (it) => it[0].targetUri === client.uri(SCHEMA));
  await client.ask('textDocument/typeDefinition', at('owns(u, f', 8), (it) => it[0].targetUri === client.uri(SCHEMA));
  await client.ask('textDocument/implementation', client.at(SCHEMA, 'write on'), (it) => it.length === 2, { title: 'the policies of an action' });
  const context = { includeDeclaration: true };
  await client.ask('textDocument/references', { ...at('owns(u'), context }, (it) => it.length === 2);
  await client.ask('textDocument/documentHighlight', at('u.level'), (it) => it.length === 3);
  await client.ask('workspace/symbol', { query: 'fldr' }, (it) => it[0].name === 'Folder');
}

/** Outlines, folds, selections, links. */
async function shape(client) {
  const document = { textDocument: client.document(POLICY) };
  await client.ask('textDocument/documentSymbol', document, (it) => it.length === 6, {
    shown: (it) => it.map(({ name, detail, kind, range }) => ({ name, detail, kind, range })),
  });
  await client.ask('textDocument/foldingRange', document, (it) => it.some((fold) => fold.kind === 'imports'));
  const positions = [client.place(POLICY, 'mentor.name', 8)];
  await client.ask('textDocument/selectionRange', { ...document, positions }, (it) => Boolean(it[0].parent?.parent), {
    shown: (it) => {
      const ranges = [];
      for (let one = it[0]; one; one = one.parent) ranges.push(one.range);
      return ranges;
    },
  });
  await client.ask('textDocument/documentLink', document, (it) => it[0].target === client.uri('shop/rows.ndjson'));
}

/** Semantic tokens: whole, in part, as a difference. */
async function colours(client) {
  const shown = (name) => (it) => client.tokens(it.data, name).map(({ text, type, modifiers }) => [text, type, ...modifiers].join(' '));
  const of = (name) => ({ textDocument: client.document(name) });
  await client.open(SCHEMA);
  await client.ask('textDocument/semanticTokens/full', of(SCHEMA), (it) => it.data.length > 100, { title: 'a schema', shown: shown(SCHEMA) });
  const whole = await client.ask('textDocument/semanticTokens/full', of(POLICY), (it) => it.data.length > 100, {
    title: 'policies',
    shown: shown(POLICY),
  });
  const range = client.range(POLICY, 'deny User to look on Folder');
  await client.ask('textDocument/semanticTokens/range', { ...of(POLICY), range }, (it) => it.data.length === 30, {
    shown: shown(POLICY),
  });
  await client.type(POLICY, '  when owns', '    when owns');
  const previousResultId = whole?.resultId;
  const delta = await client.ask('textDocument/semanticTokens/full/delta', { ...of(POLICY), previousResultId }, (it) => it.edits.length === 1, {
    title: 'after two blanks more',
  });
  const { data } = await client.connection.sendRequest('textDocument/semanticTokens/full', of(POLICY));
  const made = [...(whole?.data ?? [])];
  for (const edit of [...(delta?.edits ?? [])].reverse()) made.splice(edit.start, edit.deleteCount, ...(edit.data ?? []));
  if (JSON.stringify(made) !== JSON.stringify(data)) client.fail('the difference does not lead to the new tokens');
  await client.type(POLICY, '    when owns', '  when owns');
}

/** Hints, signatures, calls. */
async function margin(client) {
  const document = { textDocument: client.document(POLICY) };
  await client.ask('textDocument/inlayHint', { ...document, range: client.whole(POLICY) }, (it) => it.some((hint) => hint.label.includes('read')));
  const first = client.place(POLICY, 'owns(u', 5);
  const signature = (position, context) => ({ ...document, position, context });
  const open = { triggerKind: 2, triggerCharacter: '(', isRetrigger: false };
  const help = await client.ask('textDocument/signatureHelp', signature(first, open), (it) => it.activeParameter === 0, {
    title: 'behind the bracket',
  });
  const second = client.place(POLICY, 'owns(u,', 7);
  const comma = { triggerKind: 2, triggerCharacter: ',', isRetrigger: true, activeSignatureHelp: help };
  await client.ask('textDocument/signatureHelp', signature(second, { ...comma, isRetrigger: false }), (it) => it.activeParameter === 1, {
    title: 'behind the comma',
  });
  // A bracket that closes an inner call shows the outer one again.
  const untype = await client.type(POLICY, 'owns(u, f)', 'owns(u, owner(f), f)');
  const inner = client.place(POLICY, 'owner(f)', 8);
  const close = { triggerKind: 2, triggerCharacter: ')', isRetrigger: true, activeSignatureHelp: help };
  await client.ask('textDocument/signatureHelp', signature(inner, close), (it) => it.signatures[0].label.startsWith('owns('), {
    title: 'behind an inner call',
  });
  await untype();
  const items = await client.ask('textDocument/prepareCallHierarchy', client.at(SCHEMA, 'owns'), (it) => it[0].name === 'owns');
  const calls = await client.ask('callHierarchy/incomingCalls', { item: items?.[0] }, (it) => it[0].from.name === 'owner');
  await client.ask('callHierarchy/outgoingCalls', { item: calls?.[0].from }, (it) => it.some((call) => call.to.name === 'owns'));
}

/** Completion, for each character that asks for it. */
async function typing(client) {
  const list = { shown: (it) => labels(it).slice(0, 24).join(', ') };
  const cases = [
    ['.', 'u.mentor.name.starts_with("A")', 'u.mentor.', (it) => has(it, 'name', 'level')],
    [':', 'Level::chief', 'Level::', (it) => has(it, 'guest', 'member', 'chief')],
    ['"', 'User::"ann" to write', 'User::"" to write', (it) => has(it, 'bob'), 7],
    ['@', '@id("idle")', '@\n', (it) => has(it, 'id'), 1],
  ];
  for (const [trigger, whole, typed, due, inside = typed.length] of cases) {
    const untype = await client.type(POLICY, whole, typed);
    const position = client.place(POLICY, typed, inside);
    const params = { textDocument: client.document(POLICY), position, context: { triggerKind: 2, triggerCharacter: trigger } };
    await client.ask('textDocument/completion', params, due, { title: `behind ${trigger}`, ...list });
    await untype();
  }
  const invoked = { context: { triggerKind: 1 } };
  await client.ask('textDocument/completion', { ...client.at(POLICY, 'write on', 2), ...invoked }, (it) => has(it, 'write'), {
    title: 'actions',
    ...list,
  });
  await client.ask('textDocument/completion', { ...client.at(POLICY, '@id("lent")'), ...invoked }, (it) => has(it, 'test ..'), {
    title: 'at the start of a line',
    ...list,
  });
}

/** Lenses, and what they start. */
async function tests(client) {
  const document = { textDocument: client.document(POLICY) };
  const lenses = await client.ask('textDocument/codeLens', document, (it) => it.length >= 3);
  for (const { command } of lenses ?? []) {
    // What runs tests says how they went; what explains writes a page.
    const due = (it) => it.tests?.length > 0 || it.markdown?.length > 0;
    const shown = (it) => (it.markdown ? { ...it, markdown: it.markdown.split('\n') } : it);
    const answer = await client.ask('workspace/executeCommand', command, due, { title: command.title, shown });
    if (command.title.startsWith('run all') && (answer?.passed !== 1 || answer?.failed !== 1)) client.fail('one test passes and one fails');
  }
  const offered = client.capabilities.executeCommandProvider.commands;
  const request = JSON.stringify({ principal: 'User::"ann"', action: 'write', resource: 'Folder::"plans"', context: { mfa: true, idle: '1m' } });
  for (const name of ['assize.explain', 'assize.whoIsAllowed'].filter((it) => offered.includes(it))) {
    const command = { command: name, arguments: [client.uri(POLICY), request] };
    await client.ask('workspace/executeCommand', command, (it) => it.markdown?.length > 0, {
      title: `${name} of a request that was typed`,
      shown: (it) => ({ ...it, markdown: it.markdown.split('\n') }),
    });
  }
  await client.refused('workspace/executeCommand', { command: 'assize.nothing', arguments: [client.uri(POLICY)] }, 'an unknown command');
  client.say('\nfindings of the failed test');
  const found = await client.findings(POLICY, (it) => it.some((one) => one.code === 'test'));
  client.show(found.map(({ range, code, message }) => ({ range, code, message })));
}

/** Findings that are asked for: of one file, of all, and in another file after an edit. */
async function findings(client) {
  const identifier = client.capabilities.diagnosticProvider.identifier;
  const report = (previousResultId) => ({ textDocument: client.document(POLICY), identifier, previousResultId });
  const clean = (it) => it.kind === 'full' && it.items.every((one) => one.severity > 1);
  const first = await client.ask('textDocument/diagnostic', report(), clean, { title: 'as it is', shown: findingsShown });
  await client.ask('textDocument/diagnostic', report(first?.resultId), (it) => it.kind === 'unchanged', { title: 'nothing new' });
  const before = client.refreshes;
  await client.type(SCHEMA, 'mentor?: User', 'tutor?: User');
  await client.until('a word to ask again', () => client.refreshes > before);
  const other = await client.ask('textDocument/diagnostic', report(first?.resultId), (it) => it.items.some((one) => one.code === 'E0102'), {
    title: 'after an edit of the schema',
    shown: findingsShown,
  });
  if (other) client.used.piece('diagnosticProvider.interFileDependencies');
  const files = (it) => it.items.map((one) => `${one.uri} ${one.kind} ${one.items?.map((it) => it.code).join(' ') ?? ''}`.trim());
  await client.ask(
    'workspace/diagnostic',
    { identifier, previousResultIds: [{ uri: client.uri(POLICY), value: other?.resultId }] },
    (it) => it.items.some((one) => one.uri === client.uri(POLICY) && one.kind === 'unchanged'),
    { shown: files },
  );
  await client.type(SCHEMA, 'tutor?: User', 'mentor?: User');
}

/** Repairs and refactorings: one of every kind that is advertised. */
async function actions(client) {
  const identifier = client.capabilities.diagnosticProvider.identifier;
  const titles = { shown: (it) => it.map(({ title, kind, edit, isPreferred }) => ({ title, kind, isPreferred, edit })) };
  const ask = (title, needle, only, inside = [0, needle.length], diagnostics = []) =>
    client.ask(
      'textDocument/codeAction',
      {
        textDocument: client.document(POLICY),
        range: { start: client.place(POLICY, needle, inside[0]), end: client.place(POLICY, needle, inside[1]) },
        context: { diagnostics, only },
      },
      (it) => it.every((one) => one.edit || one.command) && it.some((one) => !only || only.some((kind) => one.kind.startsWith(kind))),
      { title, ...titles },
    );
  await ask('an expression becomes a function', 'u.level >= Level::chief', ['refactor.extract']);
  await ask('a constant is written out', 'GRACE and', ['refactor.inline'], [1, 1]);
  await ask('a negation becomes `unless`', 'context.idle > GRACE', ['refactor.rewrite'], [0, 0]);
  await ask('`use`s are sorted', 'use std::time', ['source.organizeImports']);
  await client.type(POLICY, 'u.level >= Level::chief', 'u.levl >= Level::chief');
  await client.type(POLICY, '@id("lent")\n', '');
  const report = await client.connection.sendRequest('textDocument/diagnostic', { textDocument: client.document(POLICY), identifier });
  const fixes = await ask('repairs', 'u.levl', ['quickfix'], [0, 6], report.items);
  if (!fixes?.some((one) => one.diagnostics?.length)) client.fail('a repair does not say what it solves');
  const all = await ask('all safe repairs', '// What', ['source.fixAll'], [0, 0]);
  if (all?.length) await client.apply(all[0].edit);
  if (fixes?.length) {
    // The first edit has not moved what the second is about: it stands below.
    const again = await ask('the other repair', 'u.levl', ['quickfix'], [0, 6]);
    await client.apply(again.find((one) => one.title.includes('level')).edit);
  }
  const after = await client.connection.sendRequest('textDocument/diagnostic', { textDocument: client.document(POLICY), identifier });
  client.say('\nfindings when they are made');
  client.show(findingsShown(after));
  if (after.items.some((it) => it.severity === 1)) client.fail('the repairs leave errors');
}

/** Documents, parts of them, and what was just typed. */
async function formatting(client) {
  await client.type(SCHEMA, 'entity User {', 'entity   User{');
  await client.type(SCHEMA, 'obligation log(category: String)', 'obligation   log(category:String)');
  await client.type(SCHEMA, 'const GRACE: Duration = 5400s', 'const   GRACE:Duration=5400s');
  const document = { textDocument: client.document(SCHEMA), options: OPTIONS };
  const good = (needle) => (it) => client.edited(client.text(SCHEMA), it).includes(needle);
  await client.ask('textDocument/rangeFormatting', { ...document, range: client.range(SCHEMA, 'obligation   log') }, (it) => {
    const text = client.edited(client.text(SCHEMA), it);
    return text.includes('obligation log(category: String)') && text.includes('entity   User{');
  });
  const brace = client.place(SCHEMA, 'mentor?: User\n}', 15);
  await client.ask('textDocument/onTypeFormatting', { ...document, position: brace, ch: '}' }, good('entity User {'), { title: 'behind }' });
  const next = { line: client.place(SCHEMA, 'const   GRACE').line + 1, character: 0 };
  await client.ask('textDocument/onTypeFormatting', { ...document, position: next, ch: '\n' }, good('const GRACE: Duration = 5400s'), {
    title: 'behind a new line',
  });
  const edits = await client.ask('textDocument/formatting', document, good('entity User {'));
  if (edits) await client.apply({ changes: { [client.uri(SCHEMA)]: edits } });
  await client.tell('textDocument/didSave', null, 'what is written is what was open', async () => {
    writeFileSync(client.path(SCHEMA), client.text(SCHEMA));
    await client.connection.sendNotification('textDocument/didSave', { textDocument: client.document(SCHEMA) });
    const answer = await client.connection.sendRequest('textDocument/formatting', document);
    if (answer.length) throw new Error('a formatted text is formatted again');
    return 'a formatted text stays as it is';
  });
}

/** Renaming across files. */
async function renaming(client) {
  const place = client.at(SCHEMA, 'owner: User');
  await client.ask('textDocument/prepareRename', place, (it) => it.placeholder === 'owner');
  const edit = await client.ask('textDocument/rename', { ...client.at(SCHEMA, 'owns'), newName: 'holds' }, (it) => it.documentChanges.length === 2, {
    title: 'in two files',
  });
  await client.refused('textDocument/rename', { ...client.at(SCHEMA, 'owns'), newName: 'viewer' }, 'a name that is taken');
  if (edit) await client.apply(edit);
  const identifier = client.capabilities.diagnosticProvider.identifier;
  const report = await client.connection.sendRequest('textDocument/diagnostic', { textDocument: client.document(POLICY), identifier });
  if (report.items.some((it) => it.severity === 1)) client.fail('the new name does not compile');
}

/** Several folders, files that change on disk, and settings. */
async function folders(client) {
  const search = async (query) => (await client.connection.sendRequest('workspace/symbol', { query })).map((it) => `${it.name} in ${it.location.uri}`);
  const becomes = async (query, wanted) => {
    for (let round = 0; round < 100; round += 1) {
      const found = await search(query);
      if (found.length === wanted) return found;
    }
    throw new Error(`${query} is not found ${wanted} times`);
  };
  const other = { uri: client.uri('other'), name: 'other' };
  await client.tell('workspace/didChangeWorkspaceFolders', { event: { added: [other], removed: [] } }, 'one more', () => becomes('Machine', 1));
  client.used.piece('workspace.workspaceFolders.supported');
  await client.tell('workspace/didChangeWorkspaceFolders', { event: { added: [], removed: [other] } }, 'one less', () => becomes('Machine', 0));

  const [{ registerOptions }] = await client.registrations('workspace/didChangeWatchedFiles');
  client.say('\nwatched files');
  client.show(registerOptions);
  writeFileSync(client.path('shop/extra.assize'), 'entity Extra\n');
  const changes = [{ uri: client.uri('shop/extra.assize'), type: 1 }];
  await client.tell('workspace/didChangeWatchedFiles', { changes }, 'a new file', () => becomes('Extra', 1));
  await client.tell('textDocument/didClose', null, 'what is on disk counts again', async () => {
    await client.type(SCHEMA, 'entity Folder', 'entity Shelf\n\nentity Folder');
    const typed = await becomes('Shelf', 1);
    await client.close(SCHEMA);
    return [typed, await becomes('Shelf', 0)];
  });
  const sync = client.capabilities.textDocumentSync.change;
  // Every edit above was a part of a text, and what came of it was right.
  if (client.failures.length === 0) client.used.piece('textDocumentSync.change', sync);
}
