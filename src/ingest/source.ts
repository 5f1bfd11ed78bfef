// The bytes of one source, from any offset, as often as asked: a plain file up to the size it had when it was opened, a compressed one inflated on the way.
// A stream (standard input, a pipe) can be read once, from its start. It does not look into the bytes.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream';
import * as zlib from 'node:zlib';
import { openScratch } from '../catalog/scratch.ts';
import { type Compression, called, type SourceFile } from '../catalog/sources.ts';
import { compressionOfHead, headBytes } from '../catalog/spool.ts';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { ingestChunkBytes, tailRecheckMs } from '../limits.ts';
import { fileChunks } from '../ndjson/file-chunks.ts';
import { writeAll } from '../ndjson/own-file.ts';

export interface Source {
  /** Absolute path; `-` for standard input. */
  path: string;
  /** False for a stream: read once, never recognised again. */
  repeatable: boolean;
  /** Bytes on disk when it was opened; null for a stream. */
  diskBytes: number | null;
  /** Bytes to come from offset 0; null when only reading tells (compressed, stream). */
  size: number | null;
  /** The bytes from `offset` on. A buffer is never used again after it was given out.
   * @throws LakeobsError input when reading fails on the way: what came before is good. */
  read(offset: number): AsyncGenerator<Buffer>;
  /** Whether the file has stopped growing: not written to for limits.tailRecheckMs, waited for if need be. */
  atRest(): Promise<boolean>;
  close(): void;
}

/** Opens a listed file, or `stdin` for `-`. An aborted `signal` ends a stream, which might otherwise never give another byte.
 * @throws LakeobsError input when it cannot be opened. */
export function openSource(file: SourceFile, stdin: AsyncIterable<Uint8Array>, signal?: AbortSignal): Source {
  if (file.stream) return streamSource(file, file.path === '-' ? stdin : createReadStream(file.path), signal);
  let descriptor: number;
  try {
    descriptor = openSync(file.path, 'r');
  } catch (error) {
    throw unreadable(file.path, error);
  }
  const { size } = fstatSync(descriptor);
  const { path } = file;
  const common = { path, repeatable: true, diskBytes: size, close: () => closeSync(descriptor) };
  if (file.compression === '')
    return {
      ...common,
      size,
      read: (offset) => readPlain(path, descriptor, offset, size),
      atRest: () => atRest(descriptor, size),
    };
  return {
    ...common,
    size: null,
    read: (offset) => inflate({ path, name: path, compression: file.compression }, size, offset),
    atRest: async () => true,
  };
}

/** Whether a file of that compression can be read by this Node; the reason when not. */
export function compressionMissing(file: SourceFile): LakeobsError | null {
  if (file.compression !== '.zst' || nodeHasZstd || zstdProgram()) return null;
  return new LakeobsError('input', `cannot read ${called(file.path)}: this Node (${process.version}) has no zstd`, {
    hint: 'Use Node 22.15 or later, install the program zstd, or unpack it first: zstd -d.',
    path: file.path,
  });
}

async function* readPlain(path: string, descriptor: number, offset: number, size: number): AsyncGenerator<Buffer> {
  for (let at = offset; at < size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(ingestChunkBytes, size - at));
    let read: number;
    try {
      read = readSync(descriptor, buffer, 0, buffer.length, at);
    } catch (error) {
      throw unreadable(path, error);
    }
    // Shorter than it was: cut off meanwhile. What was there is what there was.
    if (read === 0) return;
    at += read;
    yield buffer.subarray(0, read);
  }
}

/** Whether the file still has the size it was opened with, and nobody touches it for limits.tailRecheckMs. */
async function atRest(descriptor: number, size: number): Promise<boolean> {
  const before = fstatSync(descriptor);
  if (before.size !== size) return false;
  const wait = Math.min(tailRecheckMs, before.mtimeMs + tailRecheckMs - Date.now());
  if (wait > 0) await new Promise((done) => setTimeout(done, wait));
  const after = fstatSync(descriptor);
  return after.size === size && after.mtimeMs === before.mtimeMs;
}

interface Packed {
  path: string;
  /** What it is called. */
  name: string;
  compression: Compression;
}

async function* inflate({ path, name, compression }: Packed, size: number, offset: number): AsyncGenerator<Buffer> {
  try {
    if (size === 0) throw new Error('it is empty, not even compressed nothing');
    yield* compression === '.zst' && !nodeHasZstd ? behind(throughProgram(path), offset) : unpacked(path, offset);
  } catch (error) {
    throw new LakeobsError('input', `cannot read ${called(name)} to its end: ${reasonOf(error)}`, {
      hint:
        name === path
          ? 'It is cut off or damaged; the lines before that place are kept. Ingest it again when it is whole: only what is missing is added.'
          : 'It is cut off or damaged; the lines before that place are kept.',
      path: name,
      cause: error,
    });
  }
}

/** Gives everything that can be unpacked, then throws what stopped it. */
async function* unpacked(path: string, startOffset: number): AsyncGenerator<Buffer> {
  const chunks = fileChunks(path, { startOffset, endOffset: Number.POSITIVE_INFINITY });
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done !== true) yield next.value;
      else if (next.value === null) return;
      else throw new Error(next.value.message);
    }
  } finally {
    await chunks.return(null);
  }
}

/** What follows the first `offset` bytes. */
async function* behind(chunks: AsyncIterable<Buffer>, offset: number): AsyncGenerator<Buffer> {
  let skip = offset;
  for await (const chunk of chunks) {
    if (skip < chunk.length) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

/** From 22.15 on. Before that the program does it. */
const nodeHasZstd = 'createZstdDecompress' in zlib;

async function* throughProgram(path: string): AsyncGenerator<Buffer> {
  const child = spawn('zstd', ['-dcq'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const ended = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  ended.catch(() => {});
  let readFailure: unknown;
  // When the program stops reading, its exit code says why.
  pipeline(createReadStream(path), child.stdin, (error) => {
    if (error !== null && error !== undefined && systemCode(error) !== 'EPIPE') readFailure = error;
  });
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const code = await ended;
    if (readFailure !== undefined) throw readFailure;
    if (code !== 0) throw new Error(complaint.trim().split('\n', 1)[0] || `zstd ended with ${code}`);
  } finally {
    if (child.exitCode === null) child.kill();
  }
}

function zstdProgram(): boolean {
  return spawnSync('zstd', ['--version'], { stdio: 'ignore' }).status === 0;
}

function streamSource(file: SourceFile, stream: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Source {
  return {
    path: file.path,
    repeatable: false,
    diskBytes: null,
    size: null,
    read: () => readStream(file, stream, signal),
    atRest: async () => true,
    close: () => {},
  };
}

/** The bytes of a stream; what is in it, when its first bytes are those of gzip or zstd. */
async function* readStream(
  file: SourceFile,
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const chunks = streamChunks(file.path, stream, signal);
  let head = Buffer.alloc(0);
  while (head.length < headBytes) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const compression = compressionOfHead(head);
  if (compression === '') {
    if (head.length > 0) yield head;
    yield* chunks;
    return;
  }
  const missing = compressionMissing({ ...file, compression });
  if (missing !== null) throw missing;
  const scratch = openScratch();
  try {
    const path = scratch.file(compression);
    const size = await copyTo(path, head, chunks, file.path);
    if (signal?.aborted !== true) yield* inflate({ path, name: file.path, compression }, size, 0);
  } finally {
    scratch.dispose();
  }
}

/** A private copy: as a file it gives all that can be unpacked, wherever it is broken. Returns its bytes. */
async function copyTo(target: string, head: Buffer, rest: AsyncIterable<Buffer>, name: string): Promise<number> {
  let size = 0;
  const put = (descriptor: number, bytes: Buffer) => {
    try {
      writeAll(descriptor, bytes);
    } catch (error) {
      throw new LakeobsError('io', `cannot copy ${called(name)}: ${reasonOf(error)}`, {
        hint: 'What is packed and can be read only once is copied first: free some space in TMPDIR, or name another folder in it.',
        path: target,
        cause: error,
      });
    }
    size += bytes.length;
  };
  const descriptor = openSync(target, 'wx', 0o600);
  try {
    put(descriptor, head);
    for await (const chunk of rest) put(descriptor, chunk);
  } finally {
    closeSync(descriptor);
  }
  return size;
}

async function* streamChunks(
  path: string,
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const stopped = new Promise<{ done: true }>((done) => {
    signal?.addEventListener('abort', () => done({ done: true }), { once: true });
  });
  const chunks = stream[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array> | { done: true };
    try {
      next = await Promise.race([chunks.next(), stopped]);
    } catch (error) {
      throw unreadable(path, error);
    }
    if (next.done === true) return;
    // A copy: the stream may use its buffer again.
    yield Buffer.from(next.value);
  }
}

function unreadable(path: string, error: unknown): LakeobsError {
  return new LakeobsError('input', `cannot read ${called(path)}: ${reasonOf(error)}`, {
    hint: 'Check the path and its permissions.',
    path,
    cause: error,
  });
}
