// A child process that runs SQL and can be killed: for programs that live longer than one statement (a shell, a server). A statement that does not listen to its time
// limit, takes too much memory or crashes DuckDB costs that child and nothing else; the next statement gets a new one. The child is lakeobs itself,
// started with a word of its own (start.ts), and does what child-main.ts says.
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Ending, interruption, type Params } from '../engine/engine.ts';
import { LakeobsError, reasonOf } from '../errors.ts';
import { killGraceMs, sqlTimeoutMs, timerMsMax } from '../limits.ts';
import type { ResultColumn, Row, ScanSummary, SourceSummary } from '../result.ts';
import { type FromChild, receivedError, receivedRows, type SentOptions, type ToChild } from './child-messages.ts';
import { childWord } from './child-word.ts';
import { makePrivateFolder } from './private-folder.ts';
import { processBytesOf } from './process-memory.ts';

/** The scope and limits of every statement; `run` may change what concerns one. Data only: it is sent to another process. */
export type ChildOptions = SentOptions;

export interface ChildRunOptions {
  params?: Params | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  timeZone?: string | undefined;
  /** Reading included; default: that of the child, else limits.sqlTimeoutMs. */
  timeoutMs?: number | undefined;
  /** Rows to hand over; the rest is counted. Default: all, but without `onRows` no more than limits.heldRowsUnitsMax of text. */
  limit?: number | undefined;
  /** Gets the rows as they come, at least once even if there are none; the next ones are sent when it has returned. `rows` of the answer is then empty.
   * Rows that came before a failure are no answer. */
  onRows?: ((rows: readonly Row[], columns: readonly ResultColumn[]) => void | Promise<void>) | undefined;
  /** As RunOptions.onProgress. */
  onProgress?: ((what: string, done: number, total: number) => void) | undefined;
}

export interface ChildAnswer {
  columns: readonly ResultColumn[];
  rows: readonly Row[];
  /** Rows there are besides those handed over … */
  more: number;
  /** … or at least that many, when false: counting ended at limits.countedRowsMax. */
  counted: boolean;
  /** In the child, reading included. */
  ms: number;
  scanned: ScanSummary;
  sources: readonly SourceSummary[];
}

export interface SqlChild {
  /** Runs one statement. Statements are run one after the other. The files are listed and read anew for each: it sees what was written until then.
   * @throws LakeobsError query when it is refused, fails, is cancelled, runs into its limits, or ends the child; input and io as any run. */
  run(sql: string, options?: ChildRunOptions): Promise<ChildAnswer>;
  /** Ends the statement that runs, if there is one: by an interrupt, at the latest after limits.killGraceMs by killing the child. */
  cancel(): void;
  /** Ends the child; a statement that runs fails as interrupted. */
  close(): Promise<void>;
}

/** Starts a child; it is ready before it is needed, and stays until `close`, its death, or that of this process.
 * @throws LakeobsError internal when lakeobs is not installed as a whole. */
export async function openChild(options: ChildOptions): Promise<SqlChild> {
  const program = programFile();
  let child: Running | null = start(program);
  let current: Call | null = null;
  let closed = false;
  let id = 0;
  let last: Promise<unknown> = Promise.resolve();

  const runNow = async (sql: string, ask: ChildRunOptions): Promise<ChildAnswer> => {
    if (closed) throw interruption('signal');
    // One that died while it had nothing to do costs no statement.
    const running = child === null || child.spent() ? start(program) : child;
    child = running;
    const { params, timeoutMs, limit, onRows, onProgress, ...time } = ask;
    const timeout = timeoutMs ?? options.timeoutMs ?? sqlTimeoutMs;
    const call = callOf(running, ++id, ask);
    current = call;
    const timer = setTimeout(() => call.end('time-out'), Math.min(timeout, timerMsMax));
    call.send({
      type: 'run',
      id,
      sql,
      params: params ?? {},
      options: {
        ...options,
        ...Object.fromEntries(Object.entries(time).filter(([, value]) => value !== undefined)),
        timeoutMs: timeout,
        processBytesMax: options.processBytesMax ?? processBytesOf(options.memory),
      },
      limit: limit ?? Number.POSITIVE_INFINITY,
      held: onRows === undefined,
    });
    try {
      return await call.answer;
    } finally {
      clearTimeout(timer);
      call.over();
      current = null;
      if (running.spent()) child = null;
    }
  };

  return {
    run: (sql, ask = {}) => {
      const answer = last.then(() => runNow(sql, ask));
      last = answer.catch(() => {});
      return answer;
    },
    cancel: () => current?.end('signal'),
    close: async () => {
      closed = true;
      current?.end('signal');
      await child?.kill();
      child = null;
    },
  };
}

interface Running {
  process: ChildProcess;
  /** It has ended, or is being killed. */
  spent(): boolean;
  /** Resolves when it is gone and what it left is removed. */
  kill(): Promise<void>;
}

function start(program: string): Running {
  const folder = makePrivateFolder();
  let spent = false;
  const child = fork(program, [childWord], {
    serialization: 'advanced',
    // Nothing it might print is anybody's answer.
    stdio: ['ignore', 'ignore', process.env.LAKEOBS_DEBUG === undefined ? 'ignore' : 'inherit', 'ipc'],
    env: { ...process.env, ...folder.env },
    execArgv: [],
  });
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      spent = true;
      folder.remove();
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  // An idle child keeps nobody alive: it ends with its parent.
  child.unref();
  child.channel?.unref();
  return {
    process: child,
    spent: () => spent,
    kill: () => {
      spent = true;
      // What it leaves is removed when it is gone: this process stays until then.
      child.ref();
      child.kill('SIGKILL');
      return gone;
    },
  };
}

interface Call {
  answer: Promise<ChildAnswer>;
  send(message: ToChild): void;
  /** Asks for its end, and sees to it. */
  end(cause: Ending): void;
  over(): void;
}

function callOf(running: Running, id: number, { onRows, onProgress }: ChildRunOptions): Call {
  const { process: child } = running;
  let columns: readonly ResultColumn[] = [];
  let taking: Promise<void> = Promise.resolve();
  let delivered = false;
  let killer: NodeJS.Timeout | undefined;
  let ending: Ending | null = null;
  const rows: Row[] = [];
  let onMessage: (message: unknown) => void = () => {};
  let onGone: (...how: unknown[]) => void = () => {};
  const send = (message: ToChild) => {
    // A child that is gone says so by its exit.
    if (child.connected) child.send(message, () => {});
  };
  const answer = new Promise<ChildAnswer>((resolve, reject) => {
    const fail = (error: unknown) => {
      reject(error);
      // Its rows are not wanted any more.
      send({ type: 'cancel', id });
    };
    const deliver = (chunk: readonly Row[]) => {
      delivered = true;
      taking = taking.then(() => onRows?.(chunk, columns));
      taking.then(() => send({ type: 'taken', id }), fail);
    };
    onMessage = (received) => {
      const message = received as FromChild;
      if (message.id !== id) return;
      if (message.type === 'progress') onProgress?.(message.what, message.done, message.total);
      else if (message.type === 'columns') columns = message.columns;
      else if (message.type === 'rows') {
        const chunk = receivedRows(message.rows);
        if (onRows === undefined) for (const row of chunk) rows.push(row);
        else deliver(chunk);
      } else if (message.type === 'failed') {
        // What did not listen to the interrupt runs on in there.
        if (message.error.by !== null) void running.kill();
        reject(receivedError(message.error));
      } else {
        if (onRows !== undefined && !delivered) deliver([]);
        const { more, counted, ms, scanned, sources } = message;
        taking.then(() => resolve({ columns, rows, more, counted, ms, scanned, sources }), fail);
      }
    };
    onGone = (code, signal) => {
      const how = code instanceof Error ? reasonOf(code) : signal === null ? `exit code ${code}` : String(signal);
      reject(
        ending === null
          ? new LakeobsError('query', `the statement ended the process it ran in (${how})`, {
              hint: 'Nothing else is harmed. Ask for less at once: shorter texts, fewer rows.',
            })
          : interruption(ending),
      );
    };
    child.on('message', onMessage);
    child.once('exit', onGone);
    child.once('error', onGone);
    child.ref();
    child.channel?.ref();
    if (running.spent()) onGone(null, 'gone');
  });
  return {
    answer,
    send,
    end: (cause) => {
      if (ending !== null) return;
      ending = cause;
      // At its time limit it interrupts itself.
      if (cause === 'signal') send({ type: 'cancel', id });
      killer = setTimeout(() => void running.kill(), killGraceMs);
    },
    over: () => {
      clearTimeout(killer);
      child.off('message', onMessage);
      child.off('exit', onGone);
      child.off('error', onGone);
      child.unref();
      child.channel?.unref();
    },
  };
}

/** bin/lakeobs.js of this very installation: from dist/query, dist/cli or src/query. */
export function programFile(): string {
  for (let folder = import.meta.dirname, up = 0; up < 3; folder = dirname(folder), up++) {
    const file = join(folder, 'bin', 'lakeobs.js');
    if (existsSync(file)) return file;
  }
  throw new LakeobsError('internal', 'lakeobs cannot find its own program, bin/lakeobs.js', {
    hint: 'Install lakeobs again.',
  });
}
