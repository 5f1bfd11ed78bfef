// How far a run is that reads: shown after a second, and gone before the first word of the answer. What draws it is loaded only for runs that take so long.
import type { Scan } from '../catalog/evidence.ts';
import { LakeobsError } from '../errors.ts';
import { indexHintBytesMin, progressAfterMs, slowRunMs } from '../limits.ts';
import { counted, humanBytes } from '../render/figures.ts';
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
  const stop = (answer: boolean) => {
    shown?.progress.stop();
    shown = undefined;
    // A note on stderr is no end.
    if (answer) over = true;
    else onceBeforeOutput(stop);
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

/** For RunOptions.onScan: a run over much data that takes longer than limits.slowRunMs says once what it reads, and what the index would change. `where`: the words that name the
 * same logs to `lakeobs index`. `timedOut` adds that to the failure of a run whose time was over. */
export function slowRun(
  wanted: boolean,
  where: string,
  io: Io,
): { onScan: (scan: Scan) => void; timedOut: (error: unknown) => unknown } {
  let known: Scan | undefined;
  let over = false;
  const end = (answer: boolean) => {
    if (answer) over = true;
    else onceBeforeOutput(end);
  };
  onceBeforeOutput(end);
  if (wanted)
    setTimeout(() => {
      if (!over && known !== undefined && known.bytes > indexHintBytesMin)
        io.stderr(`lakeobs: still running: ${sentenceOf(known, where)}\n`);
    }, slowRunMs).unref();
  return {
    onScan: (scan) => {
      known = scan;
    },
    timedOut: (error) =>
      error instanceof LakeobsError && known !== undefined && /time limit/.test(error.message)
        ? new LakeobsError(error.code, `${error.message}: ${sentenceOf(known, where)}`, {
            ...(error.hint === undefined ? {} : { hint: error.hint }),
            cause: error.cause,
          })
        : error,
  };
}

function sentenceOf({ files, bytes, indexedBytes }: Scan, where: string): string {
  const rest = bytes - indexedBytes;
  const what = `it reads ${humanBytes(bytes)} in ${counted(files, 'file')}`;
  return rest > indexHintBytesMin
    ? `${what}, ${indexedBytes === 0 ? 'all' : humanBytes(rest)} of it without an index; lakeobs index${where} makes that quicker`
    : `${what}; what takes long is the statement itself`;
}
