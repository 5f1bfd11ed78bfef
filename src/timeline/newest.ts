// The newest records of some logs: each log is read from its end, file by file, and only as far back as needed; several are merged by time.
import { closeSync, fstatSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import type { Scratch } from '../catalog/scratch.ts';
import { activeOf, type SourceFile, stampFrom } from '../catalog/sources.ts';
import { compressionInside, copyStream } from '../catalog/spool.ts';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { olderRecordsInARow, whereBatchBytes, whereBatchRecords } from '../limits.ts';
import { fileChunks, type UnpackProblem } from '../ndjson/file-chunks.ts';
import { linesBackward } from './backward.ts';
import { type Item, itemsIn } from './item.ts';

/** Which of some items are wanted, in their order. */
export type Choose = (items: readonly Item[]) => Promise<readonly Item[]>;

export interface NewestOptions {
  records: number;
  scratch: Scratch;
  /** Milliseconds since 1970: older records are not wanted. */
  sinceMs?: number | undefined;
  /** Absent: every item is wanted. */
  choose?: Choose | undefined;
  /** Leave out a last line without newline, and say where it begins: somebody goes on reading there. */
  holdTail?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface Newest {
  /** In the order of time. */
  items: readonly Item[];
  /** By path: how far the file has been seen. */
  seen: ReadonlyMap<string, Seen>;
}

export interface Seen {
  dev: bigint;
  ino: bigint;
  /** Where reading goes on. */
  offset: number;
}

/** Reads the newest items. @throws LakeobsError io when a file cannot be read; the signal's reason. */
export async function newest(files: readonly SourceFile[], options: NewestOptions): Promise<Newest> {
  const seen = new Map<string, Seen>();
  const logs = logsOf(files).map((log) => chosen(itemsBackward(log, options, seen), options));
  try {
    return { items: await merged(logs, options.records), seen };
  } finally {
    for (const log of logs) await log.return(undefined);
  }
}

/** The files of each log, newest first: the active one, then its segments from the highest number down. */
function logsOf(files: readonly SourceFile[]): SourceFile[][] {
  const logs = new Map<string, SourceFile[]>();
  for (const file of files) {
    const active = file.stream ? file.path : activeOf(file.path);
    logs.set(active, [...(logs.get(active) ?? []), file]);
  }
  return [...logs].map(([active, log]) => log.sort((a, b) => rank(b, active) - rank(a, active)));
}

function rank({ path }: SourceFile, active: string): number {
  return path === active ? Number.POSITIVE_INFINITY : Number(/\.(\d+)\.[^.]*(?:\.gz|\.zst)?$/.exec(path)?.[1] ?? 0);
}

async function* itemsBackward(
  log: readonly SourceFile[],
  options: NewestOptions,
  seen: Map<string, Seen>,
): AsyncGenerator<Item, void> {
  const { holdTail = false, signal } = options;
  for (const file of log) {
    const source = await plainSource(file, options);
    if (source === null) continue;
    const { descriptor, problem, discard } = source;
    try {
      const { dev, ino, size } = stampFrom(fstatSync(descriptor, { bigint: true }));
      seen.set(file.path, { dev, ino, offset: size });
      if (problem !== null)
        yield { file: file.path, byteOffset: size, byteLength: 0, tsMs: null, damage: problem, text: '' };
      for (const line of linesBackward(descriptor, size)) {
        signal?.throwIfAborted();
        if (!line.terminated && holdTail) {
          seen.set(file.path, { dev, ino, offset: line.byteOffset });
          continue;
        }
        for (const item of itemsIn(line, file.path).reverse()) yield item;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof LakeobsError ? error : unreadable(file.path, error);
    } finally {
      closeSync(descriptor);
      discard();
    }
  }
}

interface PlainSource {
  descriptor: number;
  /** Why unpacking ended before the file did. */
  problem: UnpackProblem | null;
  discard: () => void;
}

/** The file open for reading from its end; what is packed, or can be read only once, through a private copy. Null: gone since it was listed. */
async function plainSource(file: SourceFile, { scratch, signal }: NewestOptions): Promise<PlainSource | null> {
  const copies: string[] = [];
  const discard = () => {
    for (const copy of copies.splice(0)) unlinkSync(copy);
  };
  const copyOf = async (fill: (target: string) => Promise<unknown>): Promise<string> => {
    const target = scratch.file('.ndjson');
    copies.push(target);
    await fill(target);
    return target;
  };
  let { path } = file;
  let problem: UnpackProblem | null = null;
  try {
    if (file.stream) {
      path = await copyOf((target) => copyStream(file.path, target, signal));
      const compression = compressionInside(path);
      if (compression !== '') {
        renameSync(path, path + compression);
        path += compression;
        copies[0] = path;
      }
    }
    if (/\.(gz|zst)$/.test(path))
      path = await copyOf(async (target) => {
        problem = await unpack(path, target, signal);
      });
    return { descriptor: openSync(path, 'r'), problem, discard };
  } catch (error) {
    discard();
    signal?.throwIfAborted();
    if (systemCode(error instanceof LakeobsError ? error.cause : error) === 'ENOENT') return null;
    throw error instanceof LakeobsError ? error : unreadable(file.path, error);
  }
}

async function unpack(path: string, target: string, signal?: AbortSignal): Promise<UnpackProblem | null> {
  const descriptor = openSync(target, 'wx', 0o600);
  try {
    const chunks = fileChunks(path, { startOffset: 0, endOffset: Number.POSITIVE_INFINITY, signal });
    for (;;) {
      const next = await chunks.next();
      if (next.done) return next.value;
      for (let done = 0; done < next.value.length; ) done += writeSync(descriptor, next.value, done);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The items somebody wants, asked about in batches that grow. */
async function* chosen(items: AsyncGenerator<Item, void>, options: NewestOptions): AsyncGenerator<Item, void> {
  const { choose, sinceMs = Number.NEGATIVE_INFINITY, records } = options;
  let older = 0;
  let batch: Item[] = [];
  let bytes = 0;
  let most = Math.min(whereBatchRecords, Math.max(100, records * 2));
  const wanted = async () => {
    const asked = batch;
    batch = [];
    bytes = 0;
    most = Math.min(whereBatchRecords, most * 2);
    return choose === undefined ? asked : choose(asked);
  };
  try {
    for await (const item of items) {
      // What has no time cannot be too old.
      if (item.tsMs !== null && item.tsMs < sinceMs) {
        if (++older >= olderRecordsInARow) break;
        continue;
      }
      older = 0;
      if (choose === undefined) {
        yield item;
        continue;
      }
      batch.push(item);
      bytes += item.byteLength;
      if (batch.length >= most || bytes >= whereBatchBytes) yield* await wanted();
    }
    yield* await wanted();
  } finally {
    await items.return(undefined);
  }
}

/** The last `count` of several streams that each go back in time, in the order of time. An item without a time goes with the one behind it. */
async function merged(logs: readonly AsyncGenerator<Item, void>[], count: number): Promise<Item[]> {
  const heads: { log: number; item: Item; atMs: number }[] = [];
  const advance = async (log: number, latestMs: number): Promise<void> => {
    const next = await logs[log]!.next();
    if (!next.done) heads.push({ log, item: next.value, atMs: next.value.tsMs ?? latestMs });
  };
  for (const log of logs.keys()) await advance(log, Number.POSITIVE_INFINITY);
  const items: Item[] = [];
  while (items.length < count && heads.length > 0) {
    // Of the same time the first log stands first, as in follow.ts.
    const latest = heads.reduce((a, b) => (b.atMs > a.atMs || (b.atMs === a.atMs && b.log > a.log) ? b : a));
    heads.splice(heads.indexOf(latest), 1);
    items.push(latest.item);
    if (items.length < count) await advance(latest.log, latest.atMs);
  }
  return items.reverse();
}

function unreadable(path: string, cause: unknown): LakeobsError {
  return new LakeobsError('io', `cannot read ${path}: ${reasonOf(cause)}`, {
    path,
    cause,
    hint: 'Check its permissions.',
  });
}
