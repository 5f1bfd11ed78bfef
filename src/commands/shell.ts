// `lakeobs shell`: the same as sql, interactive; or a script from standard input.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Scope } from '../catalog/sources.ts';
import { configFolderOf, stateFolderOf } from '../catalog/user-folders.ts';
import { EXIT, LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { sqlTimeoutMs } from '../limits.ts';
import { openChild, programFile } from '../query/child.ts';
import { listQueries, loadQueries } from '../query/load.ts';
import { openCompleter } from '../shell/completion.ts';
import { openHistory } from '../shell/history.ts';
import { pagingSink } from '../shell/pager.ts';
import { runScript } from '../shell/script.ts';
import { modes, type OutputFile, openSession, type Session, type ShellWorld } from '../shell/session.ts';
import { openTerminal } from '../shell/terminal.ts';
import { version } from '../version.ts';
import { formatAsked } from './agent.ts';
import { type Io, wantsColor } from './io.ts';
import { limitWords, mustBePath, oneOf, placeOf, type ReadOptions, runOptionsOf, scopeWords } from './options.ts';
import { formatOf, openFile, refuseInputs } from './output.ts';
import { readingProgress } from './reading-progress.ts';

export interface ShellOptions extends ReadOptions {
  format?: string;
  keepGoing?: boolean;
  allowFiles?: string[];
}

export async function runShell(paths: readonly string[], options: ShellOptions, io: Io): Promise<number> {
  for (const path of paths) mustBePath(path);
  if (paths.includes('-'))
    throw new LakeobsError('usage', 'standard input cannot be the log: the shell reads its statements there', {
      hint: 'Put the log into a file, or ask with lakeobs sql "…" -.',
    });
  const { config, lake } = await placeOf(options, io);
  // What is left is data, and can be sent to the child.
  const {
    signal: _signal,
    onProgress: _onProgress,
    onScan: _onScan,
    timedOut: _timedOut,
    leaving: _leaving,
    ...run
  } = await runOptionsOf(options, paths, io);
  const asked = formatAsked(options.format, io);
  const interactive = io.isTTY && process.stdin.isTTY === true;
  const mode = asked === undefined ? (io.isTTY ? 'table' : 'jsonl') : oneOf('--format', asked, modes);
  const catalogue = listQueries(config.queries);
  const terminal = interactive ? openTerminal(process.stdin, process.stdout) : null;
  const print = (text: string) => io.stdout(text);
  let pagerMissing = false;
  const world: ShellWorld = {
    child: await openChild({ ...run, timeoutMs: run.timeoutMs ?? sqlTimeoutMs, allowFiles: options.allowFiles }),
    catalogue,
    print,
    complain: io.stderr,
    screen: () =>
      terminal === null || !session.settings.pager || pagerMissing
        ? { write: print, end: async () => {} }
        : pagingSink({
            env: io.env,
            rows: process.stdout.rows ?? 24,
            print,
            handOver: terminal.handOver,
            failed: (command) => {
              pagerMissing = true;
              io.stderr(`lakeobs: there is no pager ${JSON.stringify(command)}: set PAGER\n`);
            },
          }),
    openFile: (path) => openOutput(path, run.scope),
    check: (names) => runChecks([...names, ...scopeWords(options, paths), ...limitWords(options)], io),
    progress: () => readingProgress(options.quiet !== true, io),
    now: io.now,
    width: () => io.width,
    terminal: io.isTTY,
    color: wantsColor(io, options.color),
    quiet: options.quiet === true,
  };
  const session = openSession(world, {
    mode,
    limit: null,
    timer: false,
    pager: true,
    chart: 'own',
    output: null,
  });
  const free = io.onInterrupt(() => session.cancel());
  try {
    if (terminal === null) {
      const { failed } = await runScript(session, textLines(io), 'standard input', options.keepGoing === true);
      return failed ? EXIT.failed : EXIT.fine;
    }
    if (options.quiet !== true)
      await print(
        `lakeobs ${version()} over ${paths.length === 0 ? lake : paths.join(' ')} · .help lists commands, Ctrl-D leaves\n`,
      );
    if (await startUp(session, io)) return EXIT.fine;
    const history = openHistory(stateFolderOf(io.env), (message) => io.stderr(`lakeobs: ${message}\n`));
    const queries = loadQueries(catalogue);
    const completer = openCompleter({
      queries: queries.map(({ name }) => name),
      checks: queries.filter(({ kind }) => kind === 'check').map(({ name }) => name),
      modes,
    });
    await terminal.serve(session, history, completer);
    completer.close();
    return EXIT.fine;
  } finally {
    free();
    await session.close();
  }
}

/** Runs the user's `shellrc`, if there is one; a failure in it is told with its line and ends nothing. Returns whether it says to leave. */
async function startUp(session: Session, io: Io): Promise<boolean> {
  const file = join(configFolderOf(io.env), 'shellrc');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR')
      io.stderr(`lakeobs: cannot read ${file}: ${reasonOf(error)}\n`);
    return false;
  }
  return (await runScript(session, text.split(/\r?\n/), file, true)).quit;
}

async function* textLines(io: Io): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const line of io.stdin()) yield decoder.decode(line).replace(/\r$/, '');
}

async function openOutput(path: string, scope: Scope): Promise<OutputFile> {
  const { name } = await formatOf(path);
  await refuseInputs([path], scope);
  return { path, format: name, ...openFile(resolve(scope.cwd, path)) };
}

/** `lakeobs check` as a process of its own: it prints where the shell prints, and can be ended. */
function runChecks(words: readonly string[], io: Io): { done: Promise<void>; cancel(): void } {
  const child = spawn(process.execPath, [programFile(), 'check', ...words], {
    cwd: io.cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new LakeobsError('io', `cannot run lakeobs check: ${reasonOf(error)}`)));
    child.once('exit', () => resolve());
  });
  return { done, cancel: () => void child.kill('SIGINT') };
}
