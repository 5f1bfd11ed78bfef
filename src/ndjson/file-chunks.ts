// The uncompressed bytes of a file in chunks, in flat memory: plain, gzip (.gz) and zstd (.zst). A compressed file that ends too early or is broken gives all that
// could be unpacked, and then says so; it never throws away what came before the break.
import { type FileHandle, open } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { LakeobsError, reasonOf } from '../errors.ts';
import { scanChunkBytes, scanCompressedChunkBytes, scanUnpackedChunkBytes } from '../limits.ts';

/** Why unpacking stopped before the file's end. */
export interface UnpackProblem {
  reason: 'cut-compressed' | 'corrupt-compressed';
  message: string;
}

export interface ChunkOptions {
  /** Uncompressed bytes to leave out at the start. */
  startOffset: number;
  /** Uncompressed offset to stop at. */
  endOffset: number;
  /** Told after each read how many bytes of the file on disk are done. */
  onProgress?: ((bytesOnDisk: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Chunks, each in memory of its own. Returns why unpacking stopped early, or null.
 * Throws LakeobsError: io when the file cannot be read, input for .zst where this Node has no zstd; the signal's reason when aborted.
 */
export async function* fileChunks(path: string, options: ChunkOptions): AsyncGenerator<Buffer, UnpackProblem | null> {
  const handle = await opened(path);
  try {
    const file = { path, handle };
    if (!/\.(gz|zst)$/.test(path)) return yield* plainChunks(file, options);
    // Compressed nothing has some bytes; and the unpackers take none at all for it.
    if ((await handle.stat()).size === 0) return cutShort;
    return yield* unpackedChunks(file, unpackerOf(path), options);
  } finally {
    await handle.close();
  }
}

function unpackerOf(path: string): () => Unpacker {
  if (path.endsWith('.gz')) return () => zlib.createGunzip({ chunkSize: scanUnpackedChunkBytes });
  // Node 22.15 and newer.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: { chunkSize: number }) => Unpacker };
  if (createZstdDecompress !== undefined) return () => createZstdDecompress({ chunkSize: scanUnpackedChunkBytes });
  throw new LakeobsError('input', `cannot unpack ${path}: Node ${process.versions.node} has no zstd`, {
    path,
    hint: 'Use Node 22.15 or newer, or unpack the file first: zstd -d.',
  });
}

async function* plainChunks(
  file: OpenFile,
  { startOffset, endOffset, onProgress, signal }: ChunkOptions,
): AsyncGenerator<Buffer, null> {
  for (let offset = startOffset; offset < endOffset; ) {
    signal?.throwIfAborted();
    const chunk = await read(file, offset, Math.min(scanChunkBytes, endOffset - offset));
    if (chunk.length === 0) return null;
    offset += chunk.length;
    onProgress?.(offset);
    yield chunk;
  }
  return null;
}

/** Unpacks the file. When the data is broken, the stream forgets what it had unpacked of the piece it broke in: then once more, byte by byte from that piece on. */
async function* unpackedChunks(
  file: OpenFile,
  unpacker: () => Unpacker,
  options: ChunkOptions,
): AsyncGenerator<Buffer, UnpackProblem | null> {
  const pass = yield* unpackPass(file, unpacker(), options, Number.POSITIVE_INFINITY);
  if (pass.problem?.reason !== 'corrupt-compressed') return pass.problem;
  const again = { ...options, startOffset: Math.max(options.startOffset, pass.unpackedBytes), onProgress: undefined };
  return (yield* unpackPass(file, unpacker(), again, pass.pieceStart)).problem;
}

interface UnpackPass {
  problem: UnpackProblem | null;
  /** Offset of the last piece fed, and the bytes that came out of all pieces. */
  pieceStart: number;
  unpackedBytes: number;
}

/**
 * Feeds one small piece at a time, and the next only when what the last one unpacked to was taken: so memory stays flat and the stream is never paused with
 * something buffered. From `finelyFrom` on a piece is one byte.
 */
async function* unpackPass(
  file: OpenFile,
  unpacker: Unpacker,
  { startOffset, endOffset, onProgress, signal }: ChunkOptions,
  finelyFrom: number,
): AsyncGenerator<Buffer, UnpackPass> {
  let unpacked: Buffer[] = [];
  let unpackedBytes = 0;
  unpacker.on('data', (chunk: Buffer) => unpacked.push(chunk));
  // An error is met where the piece was fed (step); one that comes when nobody waits is of no interest, but must not end the process.
  unpacker.on('error', ignore);
  const taken = (): Buffer[] => {
    const chunks: Buffer[] = [];
    for (const chunk of unpacked) {
      const from = Math.max(0, startOffset - unpackedBytes);
      const to = Math.min(chunk.length, endOffset - unpackedBytes);
      if (from < to) chunks.push(chunk.subarray(from, to));
      unpackedBytes += chunk.length;
    }
    unpacked = [];
    return chunks;
  };
  let block: Buffer = Buffer.alloc(0);
  let blockStart = 0;
  let pieceStart = 0;
  try {
    for (let at = 0; ; ) {
      if (at === blockStart + block.length) {
        signal?.throwIfAborted();
        onProgress?.(at);
        blockStart = at;
        block = await read(file, at, scanChunkBytes);
      }
      pieceStart = at;
      const size = at >= finelyFrom ? 1 : Math.min(scanCompressedChunkBytes, finelyFrom - at);
      const piece = block.subarray(at - blockStart, at - blockStart + size);
      const outcome = await step(unpacker, piece.length === 0 ? null : piece);
      yield* taken();
      if (unpackedBytes >= endOffset) return { problem: null, pieceStart, unpackedBytes };
      if (outcome === 'ended')
        return { problem: await trailing(file, unpacker.bytesWritten), pieceStart, unpackedBytes };
      if (outcome !== 'more') return { problem: problemOf(outcome), pieceStart, unpackedBytes };
      at += piece.length;
    }
  } finally {
    unpacker.destroy();
  }
}

/** Feeds one piece, or the end, and waits until everything it unpacks to was given out, the stream failed, or it wants no more. */
function step(unpacker: Unpacker, piece: Buffer | null): Promise<'more' | 'ended' | NodeJS.ErrnoException> {
  return new Promise((done) => {
    const finish = (outcome: 'more' | 'ended' | NodeJS.ErrnoException): void => {
      unpacker.off('error', finish);
      unpacker.off('end', ended);
      done(outcome);
    };
    const ended = (): void => finish('ended');
    unpacker.on('error', finish);
    unpacker.on('end', ended);
    if (piece === null) unpacker.end();
    else unpacker.write(piece, (error) => finish(error ?? 'more'));
  });
}

function ignore(): void {}

/** What stands behind the end of the compressed data: zero padding is fine, anything else is named. */
async function trailing(file: OpenFile, from: number): Promise<UnpackProblem | null> {
  for (let at = from; ; ) {
    const block = await read(file, at, scanChunkBytes);
    if (block.length === 0) return null;
    if (block.some((byte) => byte !== 0))
      return {
        reason: 'corrupt-compressed',
        message: `what follows byte ${from} of the compressed file is not compressed data`,
      };
    at += block.length;
  }
}

const cutShort: UnpackProblem = {
  reason: 'cut-compressed',
  message: 'the compressed file ends too early; what follows is lost',
};

function problemOf(failure: NodeJS.ErrnoException): UnpackProblem {
  return failure.code === 'Z_BUF_ERROR' || failure.code === 'ZSTD_error_srcSize_wrong'
    ? cutShort
    : {
        reason: 'corrupt-compressed',
        message: `the compressed data is broken here (${failure.message}); what follows cannot be read`,
      };
}

interface OpenFile {
  path: string;
  handle: FileHandle;
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function read({ path, handle }: OpenFile, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  try {
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): LakeobsError {
  return new LakeobsError('io', `cannot read ${path}: ${reasonOf(cause)}`, {
    path,
    cause,
    hint: 'Check that the path exists and that you may read it.',
  });
}

type Unpacker = zlib.Gunzip;
