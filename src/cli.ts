// The wiring of the command line: one parse, one catch, one exit. 0 fine · 1 findings · 2 could not do or judge it · 130 Ctrl-C.
import { type Command, CommanderError } from 'commander';
import { endBySignal } from './commands/end-by-signal.ts';
import { ClosedPipe, processIo, wantsColor } from './commands/io.ts';
import { buildProgram } from './commands/program.ts';
import { handUp, isSupervised } from './commands/supervised.ts';
import { EXIT, inOurWords, LakeobsError, systemCode } from './errors.ts';
import { interruptGraceMs } from './limits.ts';
import { version } from './version.ts';

const interrupted = new AbortController();
let interruptHandler: (() => void) | null = null;
const io = processIo(interrupted.signal, (handler) => {
  interruptHandler = handler;
  return () => {
    interruptHandler = null;
  };
});
const color = () => wantsColor({ ...io, isTTY: process.stderr.isTTY === true }, !process.argv.includes('--no-color'));

process.on('SIGINT', () => {
  if (interruptHandler !== null) return interruptHandler();
  interrupted.abort();
  // Whatever does not listen to that is left as it is.
  setTimeout(() => end(EXIT.interrupted), interruptGraceMs).unref();
});
for (const signal of ['SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // A command that has something to do first listens, too.
    if (process.listenerCount(signal) === 1) endBySignal(signal);
  });
// Whose work is this, when nobody is there any more?
if (isSupervised) process.on('disconnect', () => end(EXIT.failed));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

let complaint: LakeobsError | undefined;

/** Runs the verb and ends the process with its exit code. */
export async function main(): Promise<void> {
  let exitCode: number = EXIT.fine;
  try {
    const program = buildProgram(io, version(), (code) => {
      exitCode = code;
    });
    await strictly(program).parseAsync(commentsAreStatements(process.argv));
  } catch (error) {
    exitCode = await codeOf(error);
  }
  await leave(interrupted.signal.aborted ? EXIT.interrupted : exitCode);
}

/** `lakeobs sql "-- a comment, then SELECT …"`: what begins like an option and has blanks before any `=` is a statement. */
function commentsAreStatements(argv: readonly string[]): string[] {
  return argv.map((word) => (/^--[^=]*?\s/.test(word) ? ` ${word}` : word));
}

/** Commander's own exits become exceptions, so that there is one place that leaves. */
function strictly(command: Command): Command {
  command.exitOverride();
  command.configureOutput({
    writeErr: (text) => io.stderr(text),
    outputError: (text) => {
      complaint = complaintOf(text, command);
    },
    writeOut: (text) => void io.stdout(text).catch(() => {}),
  });
  for (const child of command.commands) strictly(child);
  return command;
}

/** Commander's complaint, `error: unknown command 'chek'` and `(Did you mean check?)` on a line below, as one of ours. */
function complaintOf(text: string, command: Command): LakeobsError {
  const [message = '', near = ''] = text.replace(/^error: /, '').split('\n');
  const words: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name());
  return new LakeobsError('usage', near === '' ? message : `${message}. ${near.replace(/^\((.*)\)$/, '$1')}`, {
    hint: `${words.join(' ')} --help lists ${command.parent === null ? 'the commands' : 'its arguments and options'}.`,
  });
}

async function codeOf(thrown: unknown): Promise<number> {
  const error = inOurWords(thrown);
  if (terminalIsGone(error)) endBySignal('SIGHUP');
  if (error instanceof ClosedPipe) return EXIT.fine;
  if (error instanceof CommanderError) {
    if (complaint !== undefined) io.stderr(await textOf(complaint));
    return error.exitCode === 0 ? EXIT.fine : EXIT.failed;
  }
  if (interrupted.signal.aborted) return EXIT.interrupted;
  io.stderr(await textOf(error));
  if (!(error instanceof LakeobsError)) io.stderr(bugReport(error));
  return EXIT.failed;
}

/** The terminal was closed, and reading or writing was quicker than the signal that says so. */
function terminalIsGone(error: unknown): boolean {
  const cause = error instanceof LakeobsError ? error.cause : error;
  const isTerminal = process.stdin.isTTY === true || process.stdout.isTTY === true;
  return isTerminal && systemCode(cause) === 'EIO' && (cause as NodeJS.ErrnoException).path === undefined;
}

/** A failure must be told also when what would tell it nicely cannot be loaded. */
async function textOf(error: unknown): Promise<string> {
  try {
    return (await import('./render/failure.ts')).failureText(error, { color: color() });
  } catch {
    return `lakeobs: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

function fail(error: unknown): void {
  process.exitCode = EXIT.failed;
  void codeOf(error).then(leave);
}

/** An unexpected failure is a bug of ours: its stack is what the report needs. */
function bugReport(error: unknown): string {
  if (process.env.LAKEOBS_DEBUG === undefined)
    return '  This is a bug in lakeobs. Set LAKEOBS_DEBUG=1 to see where it happened, and report it.\n';
  return `${error instanceof Error ? error.stack : String(error)}\n`;
}

/** Ends the process once what was printed is out: the normal teardown of the native library takes longer than the exit. */
async function leave(code: number): Promise<void> {
  process.exitCode = code;
  await io.flush();
  await end(code);
}

/** At once. A process that may be stuck in a statement cannot end itself. */
async function end(code: number): Promise<never> {
  if (isSupervised) return handUp(code);
  process.exit(code);
}
