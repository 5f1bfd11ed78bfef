// What a command sees of the world: where its words go, whether somebody is looking, where it stands. Commands take it as an argument, so that a test can stand in.
import { LakeobsError, reasonOf } from '../errors.ts';
import { lineBytesMax, terminalColumnsDefault } from '../limits.ts';
import { isSupervised, supervise } from './supervised.ts';

export interface Io {
  /** Data. Resolves when the reader has taken it; throws ClosedPipe when nobody reads any more. */
  stdout(text: string): Promise<void>;
  /** Notes and progress. */
  stderr(text: string): void;
  /** stdout is a terminal. */
  isTTY: boolean;
  /** stderr is a terminal that can move its cursor: progress bars are possible. */
  progress: boolean;
  /** Columns to print in: of the terminal; without one what COLUMNS says; undefined when nobody says. */
  width: number | undefined;
  env: NodeJS.ProcessEnv;
  cwd: string;
  now(): Date;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Here may run what somebody wrote: the process is supervised (supervised.ts), or its caller takes the blame. Else `again` runs the command where it may. */
  supervision: 'here' | { again(): Promise<number> };
  /** From now on Ctrl-C is that function's affair and ends nothing by itself, until the function that comes back is called. */
  onInterrupt(handler: () => void): () => void;
  /** Reads standard input as lines of bytes, without their newline; the last may lack one. Of a line longer than limits.lineBytesMax one byte more than that is given. */
  stdin(): AsyncIterable<Uint8Array>;
}

/** The reader of stdout went away (`| head`). */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe';
}

/** Called once, before the next word on stdout (`answer`) or stderr: what draws progress must be gone by then. */
export function onceBeforeOutput(call: (answer: boolean) => void): void {
  beforeOutput.push(call);
}

let beforeOutput: ((answer: boolean) => void)[] = [];

function announce(answer: boolean): void {
  const calls = beforeOutput;
  beforeOutput = [];
  for (const call of calls) call(answer);
}

/** Io over the process; `flush` resolves once everything written is out. */
export function processIo(signal: AbortSignal, onInterrupt: Io['onInterrupt']): Io & { flush(): Promise<void> } {
  const { stdout, env } = process;
  let closed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') closed = true;
  });
  // Made when first asked for: each stream takes a millisecond, and most runs that answer need neither.
  let errors: NodeJS.WriteStream | undefined;
  const stderr = () => {
    if (errors === undefined) {
      errors = process.stderr;
      // Nobody to tell.
      errors.on('error', () => {});
    }
    return errors;
  };
  const dumb = env.TERM === 'dumb' || (env.CI !== undefined && env.CI !== '');
  const canDraw = () => stderr().isTTY === true && !dumb;
  return {
    stdout: (text) =>
      new Promise((resolve, reject) => {
        announce(true);
        if (closed) {
          reject(new ClosedPipe());
          return;
        }
        if (text === '') {
          resolve();
          return;
        }
        stdout.write(text, (error) => {
          if (error === null || error === undefined) resolve();
          else if (closed || (error as NodeJS.ErrnoException).code === 'EPIPE') reject(new ClosedPipe());
          else reject(new LakeobsError('io', `cannot write to standard output: ${reasonOf(error)}`, { cause: error }));
        });
      }),
    stderr: (text) => {
      // A bar draws on the terminal itself; where there is none, progress comes this very way.
      if (beforeOutput.length > 0 && canDraw()) announce(false);
      stderr().write(text);
    },
    isTTY: stdout.isTTY === true,
    get progress() {
      return canDraw();
    },
    get width() {
      return widthOf(stdout, env);
    },
    env,
    cwd: process.cwd(),
    now: () => new Date(),
    signal,
    supervision: isSupervised ? 'here' : { again: supervise },
    onInterrupt,
    stdin: () => linesOf(process.stdin),
    flush: async () => {
      for (const stream of [stdout, errors])
        if (stream !== undefined && stream.writableLength > 0)
          await new Promise<void>((resolve) => stream.write('', () => resolve()));
    },
  };
}

/** The terminal knows best, and may be resized; some tell 0 columns. Without one COLUMNS is what its owner prefers (POSIX), for `| less`. */
export function widthOf(stdout: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv): number | undefined {
  if (stdout.isTTY === true && stdout.columns !== undefined && stdout.columns > 0) return stdout.columns;
  const preferred = /^[1-9]\d{0,5}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : undefined;
  return preferred ?? (stdout.isTTY === true ? terminalColumnsDefault : undefined);
}

/** Whether colour is wanted: a terminal, and nobody said no. */
export function wantsColor(io: Io, flag: boolean): boolean {
  const { NO_COLOR, CI, TERM } = io.env;
  return (
    flag &&
    io.isTTY &&
    (NO_COLOR === undefined || NO_COLOR === '') &&
    (CI === undefined || CI === '') &&
    TERM !== 'dumb'
  );
}

/** Lines of a stream. Of a line over the limit only so much is kept that its reader sees that it is: a stream without newlines must not fill the memory. */
export async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const keep = (part: Uint8Array) => {
    const kept = part.subarray(0, lineBytesMax + 1 - bytes);
    bytes += kept.length;
    if (kept.length > 0) parts.push(kept);
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, at));
      yield parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      parts = [];
      bytes = 0;
      from = at + 1;
    }
    keep(chunk.subarray(from));
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
