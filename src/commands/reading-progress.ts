// How far a run is that reads: shown after a second, and gone before the first word of the answer. What draws it is loaded only for runs that take so long.
import { progressAfterMs } from '../limits.ts';
import { type Io, onceBeforeOutput } from './io.ts';
import type { Progress } from './progress.ts';

/** For RunOptions.onProgress; undefined when nobody wants to see it. */
export function readingProgress(
  wanted: boolean,
  io: Io,
): ((what: string, done: number, total: number) => void) | undefined {
  if (!wanted) return undefined;
  const started = Date.now();
  let shown: { what: string; progress: Progress } | undefined;
  let over = false;
  let damageAt = 0;
  const stop = () => {
    over = true;
    shown?.progress.stop();
  };
  const show = async (what: string, done: number, total: number) => {
    const { startProgress } = await import('./progress.ts');
    if (over) return;
    if (shown?.what !== what) {
      shown?.progress.stop();
      shown = { what, progress: startProgress(what, total === 100 ? '%' : 'bytes', true, io, started) };
    }
    shown.progress.tick(done, total);
  };
  onceBeforeOutput(stop);
  return (what, done, total) => {
    const now = Date.now();
    // A damaged file is searched in steps, each with small statements between: their percentages would only flicker.
    if (total !== 100) damageAt = now;
    else if (now - damageAt < progressAfterMs) return;
    if (!over && now - started > progressAfterMs) void show(what, done, total);
  };
}
