// How each listed file is read: what the index holds of it from there; the rest as it lies, through a private copy of its bytes up to N (it moves, its tail is
// torn, or it begins in the middle of the file), or through a salvaged copy (its bytes are damaged). The original is never changed. What is left out of the copy is named, byte by byte.
import { closeSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { hotCopyBytesMax, hotMs, lineBytesMax, tailRecheckMs } from '../limits.ts';
import type { SalvagedRecord } from '../ndjson/salvage.ts';
import type { QuarantinedRange } from '../result.ts';
import type { FileIndex, Piece } from './indexed.ts';
import { plainName } from './plain-name.ts';
import type { DuplicateKeys } from './salvaged-copy.ts';
import type { Scratch } from './scratch.ts';
import { type ByteRange, copyRange } from './snapshot.ts';
import { type Compression, called, type SourceFile, stampOf } from './sources.ts';

export interface Read {
  file: SourceFile;
  /** What the index holds of it; the rest begins behind. */
  pieces: readonly Piece[];
  /** Offset and number of the first line of the rest. */
  from: number;
  line: number;
  /** What DuckDB opens for the rest. */
  path: string;
  how: 'as-it-lies' | 'copy' | 'salvaged';
  /** Whether what is read came from the file itself, not from a copy of its bytes: then it is only sound if the file stays as it was listed. */
  fromOriginal: boolean;
  /** Bytes of the file this reading covers, pieces included. */
  bytes: number;
  /** Damage in the rest. */
  damaged: QuarantinedRange[];
  /** Bytes of an unterminated last line that is not a record. */
  tornBytes: number;
  /** The torn tail was seen growing: not damage, a record on its way. */
  tornLive: boolean;
  /** Top-level keys written twice in one record of the rest. */
  duplicates: DuplicateKeys;
  /** Lines of the rest that held more than one whole record. */
  gluedLines: number;
}

/** Whether anything is to be read besides the pieces. */
export function hasRest({ from, bytes }: Read): boolean {
  return from < bytes;
}

/** What is remembered from one try to the next while files move. */
export interface ReadMemory {
  /** Paths seen changing: read through a copy. */
  moving: Set<string>;
  /** Streams can be read only once: path → copy. */
  spooled: Map<string, { path: string; bytes: number; compression: Compression }>;
}

export interface ReadOptions {
  scratch: Scratch;
  /** Told how far the search for damage in a file is, in bytes. */
  onProgress?: ((what: string, done: number, total: number) => void) | undefined;
  /** None: every file is read from its first byte. */
  index?: FileIndex | undefined;
  /** Ends the reading; its reason is thrown. */
  signal?: AbortSignal | undefined;
}

/** Decides how each file is read and makes the copies. Null when a file was rotated or cut meanwhile: list again. */
export async function prepareReads(
  files: readonly SourceFile[],
  memory: ReadMemory,
  options: ReadOptions,
): Promise<Read[] | null> {
  const { scratch, signal } = options;
  const reads = new Map<SourceFile, Read>();
  const torn: TornTail[] = [];
  for (const file of [...files].sort(mostUrgentFirst)) {
    signal?.throwIfAborted();
    const prefix = file.stream || options.index === undefined ? null : await options.index.prefixOf(file);
    const read: Read = {
      file,
      pieces: prefix?.pieces ?? [],
      from: prefix?.bytes ?? 0,
      line: (prefix?.lines ?? 0) + 1,
      path: file.path,
      how: 'as-it-lies',
      fromOriginal: true,
      bytes: file.stamp.size,
      damaged: [],
      tornBytes: prefix?.pieces.reduce((sum, piece) => sum + piece.tornBytes, 0) ?? 0,
      tornLive: false,
      duplicates: new Map(),
      gluedLines: 0,
    };
    reads.set(file, read);
    if (file.stream) await spool(read, memory, options);
    else read.path = plainName(file.path, scratch, `.ndjson${file.compression}`);
    // Compressed nothing has some bytes: a file without any was cut before the first.
    if (read.file.compression !== '' && read.bytes === 0) read.damaged.push({ ...cutAtOnce });
    // Where nothing is left to read, nothing hangs on what becomes of the file.
    if (!hasRest(read)) read.fromOriginal = false;
    if (read.file.compression !== '' || !hasRest(read)) continue;
    const tail = tailOf(read.path, read.bytes);
    if (tail === 'gone') return null;
    const found = tail === null ? null : await scanTail(tail);
    if (found === null && read.from === 0 && !memory.moving.has(file.path) && !isHot(file)) continue;
    if (!takeCopy(read, { from: read.from, to: found === null ? read.bytes : tail!.offset }, scratch)) return null;
    if (found !== null) torn.push({ read, tail: tail!, ...found });
  }
  if (torn.length > 0) await settle(torn, memory, signal);
  for (const one of torn) await cutTail(one);
  return files.map((file) => reads.get(file)!);
}

const cutAtOnce: QuarantinedRange = { line: 1, byteOffset: 0, byteLength: 0, reason: 'cut-compressed', raw: '' };

/** Streams first, because they take their time; then what was touched last, because it is the next to be rotated away. */
function mostUrgentFirst(a: SourceFile, b: SourceFile): number {
  return Number(b.stream) - Number(a.stream) || Number(b.stamp.mtimeNs - a.stamp.mtimeNs);
}

/** Reads the rest of a damaged file with our own scan: every valid record into a private copy, every other byte named, besides what is known of a tail that was
 * cut off. */
export async function salvage(read: Read, { scratch, signal, onProgress }: ReadOptions): Promise<void> {
  const { addDuplicate, copySalvaged } = await import('./salvaged-copy.ts');
  const target = scratch.file('.ndjson');
  const { damaged, duplicates, gluedLines, tornBytes } = await copySalvaged(
    {
      path: read.path,
      from: read.from,
      line: read.line,
      // Of a copy all bytes, of the file itself those that were listed.
      to: read.how === 'as-it-lies' && read.file.compression === '' ? read.bytes : undefined,
      copied: read.how !== 'as-it-lies',
    },
    target,
    signal,
    (done) => onProgress?.(`salvaging ${basename(read.file.path)}`, done, Math.max(done, read.bytes - read.from)),
  ).catch((error: unknown) => {
    throw underItsName(error, read);
  });
  for (const duplicate of duplicates.values()) addDuplicate(read.duplicates, duplicate);
  read.gluedLines += gluedLines;
  read.tornBytes += tornBytes;
  // A torn tail was cut off before, so that the scan saw only what lies in front of it. Of a file that is no NDJSON at all it is the last part.
  const last = damaged.at(-1);
  if (last?.reason === 'not-ndjson')
    for (const range of read.damaged.splice(0)) last.byteLength = range.byteOffset + range.byteLength - last.byteOffset;
  read.damaged.unshift(...damaged);
  read.path = target;
  read.how = 'salvaged';
}

/** A failure that names a private copy, or a private name, as one of the file behind it. */
function underItsName(error: unknown, { path, file }: Read): unknown {
  if (!(error instanceof LakeobsError) || error.path !== path) return error;
  const { code, message, hint, cause } = error;
  return new LakeobsError(code, message.replaceAll(path, called(file.path)), {
    path: file.path,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

interface Tail {
  offset: number;
  bytes: Uint8Array;
}

interface TornTail {
  read: Read;
  tail: Tail;
  records: SalvagedRecord[];
  damaged: QuarantinedRange[];
}

/** The unterminated last line of a file, null when it ends in a newline. `gone`: the file is no longer there. */
function tailOf(path: string, size: number): Tail | null | 'gone' {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'gone';
    throw unreadable(path, error);
  }
  try {
    const last = Buffer.alloc(1);
    if (readSync(descriptor, last, 0, 1, size - 1) === 0 || last[0] === 10) return null;
    let offset = size;
    let bytes = Buffer.alloc(0);
    const step = 64 * 1024;
    // Longer than any line: damage in the middle of something that is not lines; the strict read or the salvage will say what.
    while (offset > 0 && bytes.length <= lineBytesMax + step) {
      const length = Math.min(step, offset);
      const block = Buffer.alloc(length);
      readSync(descriptor, block, 0, length, offset - length);
      const newlineAt = block.lastIndexOf(10);
      if (newlineAt >= 0)
        return {
          offset: offset - length + newlineAt + 1,
          bytes: Buffer.concat([block.subarray(newlineAt + 1), bytes]),
        };
      bytes = Buffer.concat([block, bytes]);
      offset -= length;
    }
    return offset === 0 ? { offset: 0, bytes } : null;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    closeSync(descriptor);
  }
}

/** What an unterminated last line holds; null when it is one whole record or blank: nothing is torn. */
async function scanTail(tail: Tail): Promise<{ records: SalvagedRecord[]; damaged: QuarantinedRange[] } | null> {
  const [{ SalvageScanner }, { rangeOf }] = await Promise.all([
    import('../ndjson/salvage.ts'),
    import('./salvaged-copy.ts'),
  ]);
  const scanner = new SalvageScanner({ lineBytesMax, startLine: 1, startOffset: tail.offset });
  const found = [...scanner.push(tail.bytes), ...scanner.end()];
  const records = found.filter((one) => one.kind === 'record');
  const damaged = found.filter((one) => one.kind === 'damaged').map(rangeOf);
  return damaged.length === 0 && records.length <= 1 ? null : { records, damaged };
}

/** A torn tail is live only if its file grows or its line completes within limits.tailRecheckMs; all tails wait together. */
async function settle(torn: readonly TornTail[], memory: ReadMemory, signal?: AbortSignal): Promise<void> {
  const open = torn.filter(({ read, damaged }) => damaged.length > 0 && !read.file.closed && !read.file.stream);
  const deadline = Date.now() + tailRecheckMs;
  while (open.some(({ read }) => !read.tornLive)) {
    for (const { read } of open) {
      if (read.tornLive) continue;
      const now = stampOf(read.file.path);
      if (now === null || now.ino !== read.file.stamp.ino || now.size !== read.file.stamp.size) {
        read.tornLive = true;
        memory.moving.add(read.file.path);
      }
    }
    if (Date.now() >= deadline) return;
    signal?.throwIfAborted();
    await new Promise((done) => setTimeout(done, Math.min(50, Math.max(1, deadline - Date.now()))));
  }
}

/** Accounts for a torn tail that its file's copy ends before; whole records found in the tail go into the copy. */
async function cutTail({ read, records, damaged }: TornTail): Promise<void> {
  const { noteDuplicates } = await import('./salvaged-copy.ts');
  const line = read.line + countNewlines(read.path);
  if (records.length > 0) appendTo(read.path, records);
  if (records.length > 1) read.gluedLines++;
  for (const record of records) noteDuplicates(read.duplicates, record);
  read.tornBytes = damaged.reduce((sum, range) => sum + range.byteLength, 0);
  if (!read.tornLive) read.damaged.push(...damaged.map((range) => ({ ...range, line })));
}

function takeCopy(read: Read, range: ByteRange, scratch: Scratch): boolean {
  const target = scratch.file('.ndjson');
  const stamp = read.file.stream ? stampOf(read.path) : read.file.stamp;
  if (stamp === null || !copyRange(read.path, stamp, range, target)) return false;
  read.path = target;
  read.how = 'copy';
  read.fromOriginal = false;
  return true;
}

async function spool(read: Read, { spooled }: ReadMemory, { scratch, signal }: ReadOptions): Promise<void> {
  const { path: source } = read.file;
  let held = spooled.get(source);
  if (held === undefined) {
    const { compressionInside, copyStream } = await import('./spool.ts');
    const copy = scratch.file('.ndjson');
    const bytes = await copyStream(source, copy, signal);
    // The suffix tells DuckDB how to unpack it.
    const compression = compressionInside(copy);
    const path = copy + compression;
    renameSync(copy, path);
    held = { path, bytes, compression };
    spooled.set(source, held);
  }
  read.file = { ...read.file, compression: held.compression };
  read.path = held.path;
  read.bytes = held.bytes;
  read.how = 'copy';
  read.fromOriginal = false;
}

function isHot(file: SourceFile): boolean {
  return (
    !file.closed && file.stamp.size <= hotCopyBytesMax && Date.now() - Number(file.stamp.mtimeNs / 1_000_000n) < hotMs
  );
}

function countNewlines(path: string): number {
  const descriptor = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  let count = 0;
  try {
    for (;;) {
      const read = readSync(descriptor, buffer, 0, buffer.length, null);
      if (read === 0) return count;
      for (let at = buffer.indexOf(10); at >= 0 && at < read; at = buffer.indexOf(10, at + 1)) count++;
    }
  } finally {
    closeSync(descriptor);
  }
}

function appendTo(path: string, records: readonly SalvagedRecord[]): void {
  const descriptor = openSync(path, 'a');
  try {
    for (const { bytes } of records) writeSync(descriptor, Buffer.concat([bytes, Uint8Array.of(10)]));
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(path: string, error: unknown): LakeobsError {
  return new LakeobsError('io', `cannot read ${path}: ${reasonOf(error)}`, { path, cause: error });
}
