// Progress for anything over a second: a bar or a counter on a terminal that can move its cursor, a line now and then elsewhere, nothing with --quiet.
import { SingleBar } from 'cli-progress';
import { progressAfterMs, progressLineMs } from '../limits.ts';
import { count } from '../render/figures.ts';
import type { Io } from './io.ts';

export interface Progress {
  /** Work done so far, in `unit`. */
  tick(done: number, total?: number): void;
  stop(): void;
}

/** Starts counting; nothing is shown in the first second after `started`. Of a `%` the total is 100. */
export function startProgress(
  what: string,
  unit: string,
  wanted: boolean,
  io: Io,
  started: number = Date.now(),
): Progress {
  if (!wanted) return { tick: () => {}, stop: () => {} };
  let bar: SingleBar | null = null;
  let nextLine = Math.max(Date.now(), started) + progressLineMs;
  return {
    tick: (done, total) => {
      const now = Date.now();
      if (now - started < progressAfterMs) return;
      if (io.progress) {
        if (bar === null) {
          const known = total !== undefined;
          bar = new SingleBar({
            format:
              unit === '%'
                ? `${what} {bar} {percentage}%`
                : known
                  ? `${what} {bar} {percentage}% · {value}/{total} ${unit}`
                  : `${what} · {value} ${unit}`,
            barCompleteChar: '█',
            barIncompleteChar: '░',
            hideCursor: true,
            clearOnComplete: true,
            stream: process.stderr,
          });
          bar.start(total ?? 0, done);
        }
        if (total !== undefined) bar.setTotal(total);
        bar.update(done);
      } else if (now >= nextLine) {
        nextLine = now + progressLineMs;
        const size = unit === '%' || total === undefined ? count(done) : `${count(done)} of ${count(total)}`;
        io.stderr(`lakeobs: ${what}: ${size} ${unit}\n`);
      }
    },
    stop: () => bar?.stop(),
  };
}
