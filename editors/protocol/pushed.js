// A session of an editor that is told findings, knows no snippets and no versions, and counts UTF-16.

const POLICY = 'shop/policy.assize';

export const CAPABILITIES = { textDocument: { publishDiagnostics: {} } };

// Findings come in two steps, and which of them is seen is chance: warnings about all policies come with the second, errors with both.
const shown = (found) => found.filter((one) => one.severity === 1).map(({ range, severity, code, message }) => ({ range, severity, code, message }));

export async function run(client) {
  client.say('\n== findings that are told');
  await client.open(POLICY);
  const first = await client.findings(POLICY, () => true);
  client.show(shown(first));
  await client.type(POLICY, 'u.level >= Level::chief', 'u.levl >= Level::chief');
  const wrong = await client.findings(POLICY, (it) => it.some((one) => one.code === 'E0102'));
  client.show(shown(wrong));
  // Two units for the sign before it.
  const place = client.place(POLICY, 'u.levl', 2);
  if (wrong.find((it) => it.code === 'E0102').range.start.character === place.character) client.used.piece('positionEncoding', client.capabilities.positionEncoding);
  await client.type(POLICY, 'u.levl', 'u.level');
  const mended = await client.findings(POLICY, (it) => it.every((one) => one.severity > 1));
  client.show(shown(mended));
  await client.ask('textDocument/definition', client.at(POLICY, 'owns(u'), (it) => it[0].uri.endsWith('schema.assize'), {
    title: 'without links',
  });
  const position = client.place(POLICY, '@id("lent")');
  await client.ask('textDocument/completion', { textDocument: client.document(POLICY), position }, (it) => it.items.every((one) => one.insertTextFormat !== 2), {
    title: 'without snippets',
    shown: (it) => it.items.map((one) => one.label).join(', '),
  });
  const edit = await client.ask('textDocument/rename', { ...client.at(POLICY, 'GRACE'), newName: 'PATIENCE' }, (it) => Object.keys(it.changes).length === 2, {
    title: 'without versions',
  });
  await client.apply(edit);
}
