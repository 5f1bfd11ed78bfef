// The next range of a log, ready to be read: whole lines, hashed and counted. As it lies when all of the file can be one piece and nobody touches it, and then
// hashed while DuckDB reads it; else as a private copy of the bytes, hashed on the way.
import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { plainName } from '../catalog/plain-name.ts';
import type { Scratch } from '../catalog/scratch.ts';
import type { ByteRange } from '../catalog/snapshot.ts';
import { isSameFile, type SourceFile, stampFrom, stampOf } from '../catalog/sources.ts';
import { isDiskFull, LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { hotMs, indexPieceBytesMax, scanChunkBytes } from '../limits.ts';
import { sampleOf } from './fingerprint.ts';

/** What is known of a range once all of it was read. */
export interface Counted {
  /** Newlines; 0 in a compressed file, behind which nothing is ever read. */
  lines: number;
  /** Hex. */
  sha256: string;
}

export interface Part extends ByteRange {
  /** A private copy, or the log itself, perhaps by another name. */
  path: string;
  copied: boolean;
  /** Mean bytes of a line, by the first of them; null when they are compressed. */
  lineBytes: number | null;
  sample: string;
  /** Null when the file has become shorter, or is gone. */
  counted: Promise<Counted | null>;
}

export interface PartOptions {
  scratch: Scratch;
  signal?: AbortSignal | undefined;
  /** Gets bytes of the log as they are done. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** Whole lines from `from` on: at most limits.indexPieceBytesMax, unless the file is compressed or one line is longer. Null when there is no whole line; `moved`
 * when the path no longer names the file that was listed. @throws the system's error, or the signal's reason. */
export async function partFrom(file: SourceFile, from: number, options: PartOptions): Promise<Part | null | 'moved'> {
  const { size, mtimeNs } = file.stamp;
  const rested = Date.now() - Number(mtimeNs / 1_000_000n) > hotMs;
  try {
    const isWhole = () => from === 0 && size <= indexPieceBytesMax && rested && lastByteOf(file) === newline;
    if (file.compression !== '' || isWhole()) return asItLies(file, options);
    return await copyOf(file, from, options);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && stampOf(file.path) === null) return 'moved';
    throw error;
  }
}

function asItLies(file: SourceFile, { scratch, onBytes, signal }: PartOptions): Part | 'moved' {
  const { path, compression, stamp } = file;
  const range = { from: 0, to: stamp.size };
  const sample = sampleOf(path, range);
  if (sample === null) return 'moved';
  const plain = compression === '';
  const counted = count(path, range, plain, onBytes, signal);
  // Who made the part waits for it later; until then a failure must not end the process.
  counted.catch(() => {});
  const lineBytes = plain ? lineBytesOf(firstBytes(path)) : null;
  return {
    ...range,
    path: plainName(path, scratch, `.ndjson${compression}`),
    copied: false,
    lineBytes,
    sample,
    counted,
  };
}

async function count(
  path: string,
  { from, to }: ByteRange,
  plain: boolean,
  onBytes?: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<Counted | null> {
  let source: FileHandle;
  try {
    source = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const hash = createHash('sha256');
    let lines = 0;
    for await (const bytes of chunks(source, { from, to }, signal)) {
      hash.update(bytes);
      if (plain) lines += newlinesIn(bytes);
      from += bytes.length;
      onBytes?.(bytes.length);
    }
    return from < to ? null : { lines, sha256: hash.digest('hex') };
  } finally {
    await source.close();
  }
}

async function copyOf(
  file: SourceFile,
  from: number,
  { scratch, signal, onBytes }: PartOptions,
): Promise<Part | null | 'moved'> {
  const path = scratch.file('.ndjson');
  const source = await open(file.path, 'r');
  let target: FileHandle | undefined;
  const hash = new WholeLineHash();
  let lineBytes: number | null = null;
  try {
    if (!isSameFile(file.stamp, stampFrom(await source.stat({ bigint: true })))) return 'moved';
    target = await open(path, 'wx', 0o600);
    let at = from;
    for await (const bytes of chunks(source, { from, to: file.stamp.size }, signal)) {
      await target.write(bytes, 0, bytes.length, at - from);
      at += bytes.length;
      lineBytes ??= lineBytesOf(bytes);
      const before = hash.bytes;
      hash.update(bytes);
      onBytes?.(hash.bytes - before);
      // One line without an end is no reason to hold the whole rest of the file.
      if (hash.bytes >= indexPieceBytesMax || at - from - hash.bytes > indexPieceBytesMax) break;
    }
    await target.truncate(hash.bytes);
  } catch (error) {
    rmSync(path, { force: true });
    if (!isDiskFull(error)) throw error;
    throw new LakeobsError('io', `cannot copy ${file.path} to ${dirname(path)}: ${reasonOf(error)}`, {
      path: file.path,
      hint: 'What is new of a log is indexed through a private copy: free some space there, or name another folder in TMPDIR.',
      cause: error,
    });
  } finally {
    await source.close();
    await target?.close();
  }
  const sample = hash.bytes === 0 ? null : sampleOf(path, { from: 0, to: hash.bytes });
  if (sample === null) {
    rmSync(path, { force: true });
    return null;
  }
  return {
    path,
    copied: true,
    from,
    to: from + hash.bytes,
    lineBytes,
    sample,
    counted: Promise.resolve(hash.digest()),
  };
}

/** Hashes and counts whole lines; bytes behind the last newline wait for theirs. */
class WholeLineHash {
  readonly #hash: Hash = createHash('sha256');
  #waiting: Buffer[] = [];
  #lines = 0;
  /** Of whole lines. */
  bytes = 0;

  update(bytes: Buffer): void {
    const end = bytes.lastIndexOf(newline) + 1;
    if (end > 0) {
      for (const part of [...this.#waiting, bytes.subarray(0, end)]) {
        this.#hash.update(part);
        this.bytes += part.length;
      }
      this.#waiting = [];
      this.#lines += newlinesIn(bytes.subarray(0, end));
    }
    // The caller's buffer is used again.
    if (end < bytes.length) this.#waiting.push(Buffer.from(bytes.subarray(end)));
  }

  digest(): Counted {
    return { lines: this.#lines, sha256: this.#hash.digest('hex') };
  }
}

/** The bytes of a range, in one buffer that is used again; fewer when the file ends before. */
async function* chunks(source: FileHandle, { from, to }: ByteRange, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(scanChunkBytes);
  for (let at = from; at < to; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, to - at), at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}

function lineBytesOf(bytes: Buffer): number {
  return bytes.length / Math.max(1, newlinesIn(bytes));
}

function lastByteOf({ path, stamp }: SourceFile): number | undefined {
  return readAt(path, stamp.size - 1, 1)[0];
}

function firstBytes(path: string): Buffer {
  return readAt(path, 0, scanChunkBytes);
}

function readAt(path: string, position: number, length: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
  } finally {
    closeSync(descriptor);
  }
}

const newline = 10;
