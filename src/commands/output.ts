// Where rows go: the terminal or pipe, and files named with --output. A file is written beside its place and renamed when whole; nothing half-written is left.
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isSameFile, listSources, reachableStampOf, type Scope, stampOf } from '../catalog/sources.ts';
import { LakeobsError, reasonOf } from '../errors.ts';
import { heldOutputUnitsMax } from '../limits.ts';
import { draftName } from '../ndjson/own-file.ts';
import type { Chart } from '../render/chart.ts';
import type { Format, FormatName, FormatOptions, Writer } from '../render/format.ts';
import { jsonl } from '../render/jsonl.ts';
import type { ResultColumn, Row, RowStream } from '../result.ts';
import { ClosedPipe, type Io } from './io.ts';

export interface Target {
  format: FormatName;
  options: FormatOptions;
  /** Rows to print; the rest is counted. Infinity for all. */
  limit: number;
  /** What is drawn below the rows, over all of them. */
  chart?: ((columns: readonly ResultColumn[]) => Chart | null) | undefined;
}

/** Sends a stream to stdout and to files in one pass. Returns how many rows there were.
 *
 * A statement that fails leaves stdout empty, unless more than limits.heldOutputUnitsMax had been printed by then.
 * When nobody reads stdout any more, files still get every row; `toTheEnd` goes on without files too, because the number of rows decides something.
 * @throws LakeobsError io when a file cannot be written; then none of them is left half-written. ClosedPipe at the end when stdout was closed, unless `toTheEnd`. */
export async function sendRows(
  stream: RowStream,
  target: Target | null,
  files: readonly string[],
  io: Io,
  toTheEnd = false,
): Promise<number> {
  const outputs: Output[] = [];
  let total = 0;
  let shown = 0;
  let closed: ClosedPipe | null = null;
  let held: string[] | null = [];
  let heldUnits = 0;
  const print = async (text: string, last: boolean): Promise<void> => {
    if (closed !== null) return;
    heldUnits += text.length;
    held?.push(text);
    if (held !== null && heldUnits < heldOutputUnitsMax && !last) return;
    const ready = held === null ? text : held.join('');
    held = null;
    try {
      await io.stdout(ready);
    } catch (error) {
      if (!(error instanceof ClosedPipe) || (outputs.length === 0 && !toTheEnd)) throw error;
      closed = error;
    }
  };
  try {
    for (const path of new Set(files.map((file) => resolve(io.cwd, file))))
      outputs.push(openOutput(path, await formatOf(path), stream));
    const writer = target === null ? null : (await loadFormat(target.format)).start(stream.columns, target.options);
    const chart = target?.chart?.(stream.columns) ?? null;
    for await (const chunk of stream.chunks) {
      total += chunk.length;
      for (const output of outputs) output.rows(chunk);
      chart?.rows(chunk);
      if (writer === null || target === null || shown >= target.limit) continue;
      const part = shown + chunk.length > target.limit ? chunk.slice(0, target.limit - shown) : chunk;
      shown += part.length;
      await print(writer.rows(part), false);
    }
    if (writer !== null) {
      const drawn = chart === null ? '' : `\n${chart.end()}`;
      await print(writer.end({ rowsMore: total - shown }) + drawn, true);
    }
    for (const output of outputs) output.finish();
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  }
  if (closed !== null && !toTheEnd) throw closed;
  return total;
}

/** An output must not be a file that is read: it would be replaced by the answer.
 * @throws LakeobsError usage naming it. */
export async function refuseInputs(outputs: readonly string[], scope: Scope, option = '--output'): Promise<void> {
  if (outputs.length === 0) return;
  const listing = await listSources({ ...scope, lenient: true }).catch((error: unknown) => {
    // What cannot be listed is told by the run itself.
    if (error instanceof LakeobsError) return null;
    throw error;
  });
  const rosterStamp = scope.roster === undefined ? null : reachableStampOf(scope.roster.file);
  for (const output of outputs) {
    const path = resolve(scope.cwd, output);
    const stamp = stampOf(path);
    if (stamp !== null && isSameFile(stamp, rosterStamp))
      throw new LakeobsError('usage', `${option} ${output} is the roster: it would be replaced`, {
        path,
        hint: 'Write to another file.',
      });
    const config = scope.config.file;
    if (config !== null && (path === config || (stamp !== null && isSameFile(stamp, reachableStampOf(config)))))
      throw new LakeobsError('usage', `${option} ${output} is the config: it would be replaced`, {
        path,
        hint: 'Write to another file.',
      });
    const isInput = listing?.files.some(
      (file) => file.path === path || (stamp !== null && file.stamp.dev === stamp.dev && file.stamp.ino === stamp.ino),
    );
    const isLog = dirname(path) === scope.lake && /\.jsonl(\.gz|\.zst)?$/.test(path);
    const unread = [...(listing?.segmentsUnread ?? []), ...(listing?.copiesUnread ?? []).map((copy) => copy.path)];
    if (isInput === true || isLog || unread.includes(path))
      throw new LakeobsError('usage', `${option} ${output} is a log: it would be replaced`, {
        path,
        hint: 'Write to another file.',
      });
  }
}

interface Output {
  rows(chunk: readonly Row[]): void;
  finish(): void;
  discard(): void;
}

/** Writes a whole text to a file, beside its place and renamed. */
export function writeWhole(path: string, text: string): void {
  const output = openFile(path);
  try {
    output.write(text);
    output.finish();
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** The format a file's suffix asks for. @throws LakeobsError usage for one nobody knows. */
export async function formatOf(path: string): Promise<Format> {
  const { formatOfFile, formats } = await import('../render/formats.ts');
  const format = formatOfFile(path);
  if (format === undefined)
    throw new LakeobsError('usage', `--output ${path}: the suffix does not tell the format`, {
      hint: `Use one of ${Object.values(formats)
        .flatMap(({ suffixes }) => suffixes)
        .join(' ')}.`,
    });
  return formats[format];
}

/** jsonl, the format of pipes, is at hand; the others are loaded when one is wanted. */
async function loadFormat(name: FormatName): Promise<Format> {
  return name === 'jsonl' ? jsonl : (await import('../render/formats.ts')).formats[name];
}

function openOutput(
  path: string,
  format: Format,
  { columns }: RowStream,
): { rows(chunk: readonly Row[]): void; finish(): void; discard(): void } {
  const file = openFile(path);
  const writer: Writer = format.start(columns);
  return {
    rows: (chunk) => file.write(writer.rows(chunk)),
    finish: () => {
      file.write(writer.end());
      file.finish();
    },
    discard: file.discard,
  };
}

/** A file that gets its name when it is whole. @throws LakeobsError io, each of its functions too. */
export function openFile(path: string): { write(text: string): void; finish(): void; discard(): void } {
  const draft = draftName(path);
  const failed = (error: unknown) =>
    new LakeobsError('io', `cannot write ${path}: ${reasonOf(error)}`, {
      path,
      hint: 'Check the folder and its permissions.',
      cause: error,
    });
  let descriptor: number | null;
  try {
    descriptor = openSync(draft, 'wx');
  } catch (error) {
    throw failed(error);
  }
  const held = descriptor;
  return {
    write: (text) => {
      const bytes = Buffer.from(text);
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(held, bytes, done);
      } catch (error) {
        throw failed(error);
      }
    },
    finish: () => {
      try {
        closeSync(held);
        descriptor = null;
        renameSync(draft, path);
      } catch (error) {
        throw failed(error);
      }
    },
    discard: () => {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
      rmSync(draft, { force: true });
    },
  };
}
