// Assize in VS Code: starts the language server, and brings what the protocol has no words for: tests, and pages that explain.

import { homedir } from 'node:os';

import * as vscode from 'vscode';
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from 'vscode-languageclient/node';

import { COMMANDS, lensAt, lenses, markdown, outcomes } from './answers';
import { Explorer } from './explorer';
import { Pages, SCHEME } from './pages';
import { type Settings, changed, initializationOptions, needsRestart, settings } from './settings';

let client: LanguageClient | undefined;

function current(): Settings {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return settings(vscode.workspace.getConfiguration('assize'), homedir(), folder);
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('Assize');
  const pages = new Pages();
  const explorer = new Explorer(vscode, {
    files: async () => vscode.workspace.findFiles('**/*.assize', '**/{node_modules,target}/**'),
    text: async (uri) => (await vscode.workspace.openTextDocument(uri)).getText(),
    lenses: async (uri) => client?.sendRequest('textDocument/codeLens', { textDocument: { uri: uri.toString() } }) ?? [],
    run: async (command, args) => client?.sendRequest('workspace/executeCommand', { command, arguments: args }),
  });
  let known = current();

  const start = async (): Promise<void> => {
    known = current();
    client = connected(known, output, pages, explorer);
    try {
      await client.start();
    } catch (error) {
      await offerSettings(known, error);
      return;
    }
    const offered = client.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
    await vscode.commands.executeCommand('setContext', 'assize.canExplain', offered.includes(COMMANDS.explain));
    await vscode.commands.executeCommand('setContext', 'assize.canAskWho', offered.includes(COMMANDS.whoIsAllowed));
    await explorer.refreshAll();
  };
  const restart = async (): Promise<void> => {
    const old = client;
    client = undefined;
    // One that did not start cannot be stopped, and says so.
    await old?.dispose().catch(() => undefined);
    await start();
  };

  const isPolicy = (document: vscode.TextDocument): boolean => document.languageId === 'assize' && document.uri.scheme === 'file';
  const files = vscode.workspace.createFileSystemWatcher('**/*.assize');
  context.subscriptions.push(
    output,
    explorer,
    files,
    files.onDidCreate((uri) => explorer.refresh(uri)),
    files.onDidDelete((uri) => explorer.forget(uri)),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, pages),
    vscode.workspace.onDidSaveTextDocument((document) => (isPolicy(document) ? explorer.refresh(document.uri) : undefined)),
    vscode.workspace.onDidOpenTextDocument((document) => (isPolicy(document) ? explorer.refresh(document.uri) : undefined)),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration('assize')) return;
      const now = current();
      if (needsRestart(known, now)) return restart();
      known = now;
      await client?.sendNotification('workspace/didChangeConfiguration', changed(now));
    }),
    vscode.commands.registerCommand('assize.restartServer', restart),
    vscode.commands.registerCommand('assize.showOutput', () => output.show()),
    vscode.commands.registerCommand('assize.explainHere', () => here(COMMANDS.explain)),
    vscode.commands.registerCommand('assize.explainRequest', explainRequest),
    vscode.commands.registerCommand('assize.whoIsAllowedHere', () => here(COMMANDS.whoIsAllowed)),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.dispose().catch(() => undefined);
}

function connected(of: Settings, output: vscode.OutputChannel, pages: Pages, explorer: Explorer): LanguageClient {
  // Standard input and output are what is used if nothing is said; if it were said, the library would add an argument of its own.
  const program = { command: of.path, args: [...of.arguments] };
  const server: ServerOptions = { run: program, debug: program };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: 'file', language: 'assize' }],
    initializationOptions: initializationOptions(of),
    outputChannel: output,
    middleware: {
      workspace: {
        configuration: (params) => params.items.map((item) => (item.section === 'assize' ? { lints: current().lints } : null)),
      },
      executeCommand: async (command, args, next) => {
        const answer: unknown = await next(command, args);
        await told(command, answer, pages, explorer);
        return answer;
      },
    },
  };
  // The identifier is also the section of `assize.trace.server`.
  return new LanguageClient('assize', 'Assize', server, options);
}

/** Shows what a command of the server has found. */
async function told(command: string, answer: unknown, pages: Pages, explorer: Explorer): Promise<void> {
  if (command === COMMANDS.runTests) {
    const went = outcomes(answer);
    const failed = went.filter((one) => one.failures.length > 0).length;
    await explorer.record(answer);
    vscode.window.setStatusBarMessage(`Assize: ${went.length - failed} passed, ${failed} failed`, 5000);
    return;
  }
  const text = markdown(answer);
  if (text !== undefined) await pages.show(command === COMMANDS.explain ? 'Explanation' : 'Who is allowed', text);
}

/** Starts the lens of a command that belongs to the cursor's line. */
async function here(command: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor || !client) return;
  const answer: unknown = await client.sendRequest('textDocument/codeLens', { textDocument: { uri: editor.document.uri.toString() } });
  const lens = lensAt(lenses(answer), command, editor.selection.active.line);
  if (lens) await vscode.commands.executeCommand(lens.call.command, ...lens.call.arguments);
  else await vscode.window.showInformationMessage('There is nothing of the kind at the cursor.');
}

/** Explains what would be decided for a request that is typed, over the data of the package that the open file belongs to. */
async function explainRequest(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return;
  const request = await vscode.window.showInputBox({ prompt: 'The request, as JSON', value: EXAMPLE, ignoreFocusOut: true });
  if (request) await vscode.commands.executeCommand(COMMANDS.explain, editor.document.uri.toString(), request);
}

/** A request with its parts. */
const EXAMPLE = '{ "principal": { "type": "User", "id": "ann" }, "action": "read", "resource": { "type": "Folder", "id": "plans" }, "context": {} }';

async function offerSettings(of: Settings, error: unknown): Promise<void> {
  const why = error instanceof Error ? error.message : String(error);
  const choice = await vscode.window.showErrorMessage(`The language server could not be started as \`${of.path}\`: ${why}`, 'Open settings');
  if (choice) await vscode.commands.executeCommand('workbench.action.openSettings', 'assize.server');
}
