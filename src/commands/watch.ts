// `lakeobs watch`: a query, run again when its files change. On a terminal the answer stays in place and only its figures move; elsewhere each answer that differs
// from the last one is printed.
import { dirname } from 'node:path';
import type { Evidence } from '../catalog/evidence.ts';
import { type Listing, listSources } from '../catalog/sources.ts';
import { InterruptedError } from '../engine/engine.ts';
import { EXIT, LakeobsError } from '../errors.ts';
import { tableRowsDefault, timerMsMax, watchIndexBytesMin, watchIntervalMs, watchRowsMax } from '../limits.ts';
import { listQueries } from '../query/load.ts';
import { bindParams, parseParamOptions } from '../query/params.ts';
import { processBytesOf } from '../query/process-memory.ts';
import { withRun } from '../query/run.ts';
import { parseDuration } from '../query/times.ts';
import { elapsed } from '../render/elapsed.ts';
import { count, counted, humanBytes } from '../render/figures.ts';
import { objectOf } from '../render/json-text.ts';
import { paintOf } from '../render/paint.ts';
import { pieceLine } from '../render/pieces.ts';
import { visible } from '../render/visible.ts';
import type { Row, Table } from '../result.ts';
import { Changes } from '../timeline/changes.ts';
import { type Io, wantsColor } from './io.ts';
import { commandWords, notesOf } from './notes.ts';
import {
  indexPlaceOf,
  mustBePath,
  oneOf,
  placeOf,
  type ReadOptions,
  runOptionsOf,
  scopeWords,
  wholeNumber,
} from './options.ts';
import { openPrivateIndex, type PrivateIndex } from './private-index.ts';
import { chooseQuery } from './query.ts';
import { openScreen, type Screen } from './screen.ts';

export interface WatchOptions extends ReadOptions {
  param?: string[];
  interval?: string;
  untilRows?: boolean;
  format?: string;
  limit?: string;
}

/** One run of the query. */
interface Look extends Table {
  evidence: Evidence;
  at: Date;
  tookMs: number;
  rowsMore: number;
}

export async function runWatch(args: readonly string[], options: WatchOptions, io: Io): Promise<number> {
  const [name, ...paths] = args as [string, ...string[]];
  const { config } = await placeOf(options, io);
  const query = chooseQuery(name, listQueries(config.queries), io);
  for (const path of paths) mustBePath(path);
  if (!query.bundled && io.supervision !== 'here') return io.supervision.again();
  if (paths.includes('-'))
    throw new LakeobsError('usage', 'standard input cannot be watched: it can be read only once', {
      hint: 'Name a file.',
    });
  const drawn = io.isTTY && io.env.TERM !== 'dumb' && (io.env.CI ?? '') === '';
  const format = oneOf('--format', options.format ?? (io.isTTY ? 'table' : 'jsonl'), ['table', 'jsonl'] as const);
  const limit =
    options.limit === undefined
      ? format === 'table'
        ? tableRowsDefault
        : watchRowsMax
      : wholeNumber('--limit', options.limit, 0);
  const intervalMs = options.interval === undefined ? watchIntervalMs : intervalOf(options.interval);
  const params = parseParamOptions(options.param ?? []);
  let index: PrivateIndex | undefined;
  const ended = new AbortController();
  const onAbort = () => ended.abort();
  io.signal.addEventListener('abort', onAbort);
  const look = async (): Promise<Look> => {
    // Times such as 24h are back from now, at each look.
    const run = await runOptionsOf(options, paths, io);
    const at = io.now();
    const started = performance.now();
    const own = index === undefined ? {} : { cacheFolder: index.folder, ownFolder: true };
    const statement = { sql: query.sql, params: bindParams(query, params, at) };
    return withRun(
      [statement],
      {
        ...run,
        ...own,
        ...(query.bundled ? {} : { processBytesMax: processBytesOf(run.memory) }),
        signal: ended.signal,
        leaving: false,
        onProgress: undefined,
      },
      async (open) => {
        const { columns, chunks } = await open.stream(0);
        const rows: Row[] = [];
        let total = 0;
        for await (const chunk of chunks) {
          rows.push(...chunk.slice(0, Math.max(0, limit - rows.length)));
          total += chunk.length;
        }
        return {
          columns,
          rows,
          rowsMore: total - rows.length,
          evidence: open.evidence,
          at,
          tookMs: performance.now() - started,
        };
      },
    );
  };
  /** What no index holds is read once, not at every look. */
  const keep = async ({ evidence }: Look): Promise<void> => {
    const rest = evidence.sources.reduce((sum, source) => sum + source.bytes - source.indexed_bytes, 0);
    if (options.index === false || rest < watchIndexBytesMin) return;
    const run = await runOptionsOf(options, paths, io);
    if (index === undefined) {
      index = openPrivateIndex(run.scope, { memory: run.memory, threads: run.threads, signal: ended.signal });
      const command = `lakeobs index${commandWords(scopeWords(indexPlaceOf(options), paths))}`;
      say(`${humanBytes(rest)} are in no index: watch makes a copy for itself; ${command} keeps one for every run`);
    }
    await index.extend();
  };
  const color = wantsColor(io, options.color);
  const { renderTable } = await import('../render/formats.ts');
  let screen: Screen | undefined;
  let last: Look | undefined;
  let trouble = '';
  let said = '';
  const say = (text: string) => {
    if (screen !== undefined) said = text;
    else if (options.quiet !== true) io.stderr(`lakeobs: ${visible(text)}\n`);
  };
  const draw = () => {
    if (screen === undefined || last === undefined) return;
    const width = screen.columns();
    const table = renderTable(last, 'table', {
      width,
      color,
      expanded: false,
      hints: { more: '--limit N shows more' },
    });
    const notes = [trouble, ...notesOf(last.evidence, scopeWords(options, paths)), said].filter((note) => note !== '');
    screen.draw(pageOf(query.name, last, table, notes, width, color, intervalMs));
  };
  const changes = new Changes();
  let printed = '';
  try {
    for (let run = 1; !ended.signal.aborted; run++) {
      const started = Date.now();
      const files = await fingerprint(options, paths, io);
      try {
        last = await look();
        trouble = '';
      } catch (error) {
        if (ended.signal.aborted) break;
        // What went well before may go well again: files may be on the move. A statement of one's own at its limits may still be at work.
        const atItsLimits = error instanceof LakeobsError && error.cause instanceof InterruptedError;
        if (last === undefined || !(error instanceof LakeobsError) || (!query.bundled && atItsLimits)) throw error;
        trouble = `run ${run} failed: ${error.message.split('\n')[0]}`;
        if (screen === undefined) say(trouble);
      }
      if (drawn && format === 'table') {
        screen ??= openScreen({ onResize: draw, onQuit: onAbort });
        draw();
      } else printed = await printIfNew(last, format, run, printed, color, io, renderTable);
      if (options.untilRows === true && last.rows.length + last.rowsMore > 0) {
        // The page goes with its screen, and somebody waited for these rows.
        if (screen !== undefined) {
          screen.close();
          await printIfNew(last, format, run, '', color, io, renderTable);
        }
        return EXIT.findings;
      }
      if (trouble === '') await keep(last);
      await changed(files, changes, last.evidence.listing, started + intervalMs, ended.signal, options, paths, io);
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    screen?.close();
    changes.close();
    io.signal.removeEventListener('abort', onAbort);
    index?.dispose();
  }
  return io.signal.aborted ? EXIT.interrupted : EXIT.fine;
}

/** Waits until the files are not what they were, and not before `notBefore`. */
async function changed(
  before: string,
  changes: Changes,
  { files, lakes }: Listing,
  notBefore: number,
  signal: AbortSignal,
  options: WatchOptions,
  paths: readonly string[],
  io: Io,
): Promise<void> {
  changes.watch(new Set([...lakes, ...files.map(({ path }) => dirname(path))]));
  while (!signal.aborted) {
    if ((await fingerprint(options, paths, io)) !== before) break;
    await changes.next(signal);
  }
  const rest = notBefore - Date.now();
  if (rest > 0 && !signal.aborted)
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(rest, timerMsMax));
      signal.addEventListener('abort', end);
    });
}

/** Everything a look at the files tells without reading them. '' while they cannot be listed. */
async function fingerprint(options: WatchOptions, paths: readonly string[], io: Io): Promise<string> {
  const { scope } = await runOptionsOf(options, paths, io);
  try {
    const { files } = await listSources(scope);
    return files
      .map(({ path, stamp }) => `${path} ${stamp.dev}:${stamp.ino} ${stamp.size} ${stamp.mtimeNs}`)
      .join('\n');
  } catch (error) {
    if (error instanceof LakeobsError && error.code === 'input') return '';
    throw error;
  }
}

async function printIfNew(
  look: Look,
  format: 'table' | 'jsonl',
  run: number,
  printed: string,
  color: boolean,
  io: Io,
  renderTable: typeof import('../render/formats.ts').renderTable,
): Promise<string> {
  const object = objectOf(look.columns);
  const rows = `[${look.rows.map(object).join(',')}]`;
  const answer = `"rows":${rows},"rows_more":${look.rowsMore}`;
  if (answer === printed) return printed;
  if (format === 'jsonl') await io.stdout(`{"run":${run},"at":"${look.at.toISOString()}",${answer}}\n`);
  else {
    const title = `${look.at.toISOString()} run ${count(run)}`;
    await io.stdout(`${title}\n${renderTable(look, 'table', { width: io.width, color })}\n`);
  }
  return answer;
}

/** The page as lines that fit the terminal: a title, the answer, notes at the end of what there is room for. */
function pageOf(
  name: string,
  look: Look,
  table: string,
  notes: readonly string[],
  width: number,
  color: boolean,
  intervalMs: number,
): string[] {
  const paint = paintOf(color);
  const { scanned } = look.evidence;
  const title = pieceLine(
    [
      { text: name, tone: 'bold' },
      { text: look.at.toISOString().slice(11, 19), tone: 'plain' },
      { text: `UTC · ${counted(scanned.records, 'record')} · ${elapsed(look.tookMs)}`, tone: 'dim' },
      { text: `· at most every ${elapsed(intervalMs)} · q leaves`, tone: 'dim', spare: true },
    ],
    width,
    paint,
  );
  const rows = process.stdout.rows ?? Number.POSITIVE_INFINITY;
  const below = notes.map((note) => pieceLine([{ text: note, tone: 'warn' }], width, paint));
  const lines = table.trimEnd().split('\n');
  const room = Math.max(1, rows - 2 - below.length);
  const shown =
    lines.length <= room
      ? lines
      : [
          ...lines.slice(0, room - 1),
          paint.dim(`… ${counted(lines.length - room + 1, 'more line')}; a taller terminal shows them`),
        ];
  return [title, '', ...shown, ...below].slice(0, rows);
}

function intervalOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0)
    throw new LakeobsError('usage', `--interval takes a duration such as 500ms or 10s, not ${JSON.stringify(text)}`);
  return ms;
}
