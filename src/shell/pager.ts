// Long results through a pager: text is held until it is more than a screen, then $PAGER (else less -R) is started and fed as the text comes.
import { spawn } from 'node:child_process';
import { pagerKeptUnitsMax } from '../limits.ts';
import { type Sink, SinkClosed } from './results.ts';

export interface PagerOptions {
  env: NodeJS.ProcessEnv;
  /** Lines of the terminal. */
  rows: number;
  /** Text that fits goes here, as does everything when there is no pager. */
  print(text: string): Promise<void>;
  /** The terminal is the pager's until the function that comes back is called. */
  handOver(): () => void;
  /** The pager could not be started. */
  failed(command: string): void;
}

export function pagingSink({ env, rows, print, handOver, failed }: PagerOptions): Sink {
  let held = '';
  let lines = 0;
  let pager: Pager | null = null;
  return {
    async write(text) {
      if (pager !== null) return pager.write(text);
      held += text;
      lines += text.split('\n').length - 1;
      // The prompt needs a line too.
      if (lines < rows) return;
      const command = env.PAGER === undefined || env.PAGER.trim() === '' ? 'less -R' : env.PAGER;
      pager = startPager(command, env, handOver, async (text) => {
        failed(command);
        await print(text);
      });
      const first = held;
      held = '';
      await pager.write(first);
    },
    async end() {
      if (pager !== null) await pager.end();
      else await print(held);
    },
  };
}

interface Pager {
  write(text: string): Promise<void>;
  end(): Promise<void>;
}

/** What a shell says of a command it does not know. */
const notFound = 127;

function startPager(
  command: string,
  env: NodeJS.ProcessEnv,
  handOver: () => () => void,
  without: (text: string) => Promise<void>,
): Pager {
  const takeBack = handOver();
  // -F: no waiting where it fits after all; -X: the text stays on the screen.
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', ...env },
  });
  let gone = false;
  // Kept only until it is known that somebody reads: what the pager never saw must not be lost.
  let unread = '';
  const ended = new Promise<number | null>((resolve) => {
    const end = (code: number | null) => {
      gone = true;
      resolve(code);
    };
    child.once('exit', end);
    child.once('error', () => end(notFound));
  });
  child.stdin.on('error', () => {
    gone = true;
  });
  return {
    async write(text) {
      if (gone) throw new SinkClosed();
      if (unread.length < pagerKeptUnitsMax) unread += text;
      if (!child.stdin.write(text))
        await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), ended]);
    },
    async end() {
      child.stdin.end();
      const code = await ended;
      takeBack();
      if (code === notFound) await without(unread);
    },
  };
}
