// How a range of bytes is recognised again: by SHA-256 of all of it, which costs as much as reading it, or of a few blocks, which costs nothing and misses a
// change between them (docs/index.md says so).
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { ByteRange } from '../catalog/snapshot.ts';
import { systemCode } from '../errors.ts';
import { fingerprintBlockBytes, fingerprintBlocks, scanChunkBytes } from '../limits.ts';

/** SHA-256, hex, of the first and the last block of a range and of blocks evenly spread between; of all of it when it is small.
 * Null when the file does not hold the range, or is gone. @throws the system's error when it cannot be read. */
export function sampleOf(path: string, { from, to }: ByteRange): string | null {
  const descriptor = openedOrGone(path);
  if (descriptor === null) return null;
  try {
    const hash = createHash('sha256');
    for (const block of blocksOf(from, to)) {
      const bytes = Buffer.alloc(block.to - block.from);
      let held = 0;
      while (held < bytes.length) {
        const read = readSync(descriptor, bytes, held, bytes.length - held, block.from + held);
        if (read === 0) return null;
        held += read;
      }
      hash.update(bytes);
    }
    return hash.digest('hex');
  } finally {
    closeSync(descriptor);
  }
}

/** Null when there is no such file. */
function openedOrGone(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function* blocksOf(from: number, to: number): Generator<ByteRange> {
  const size = fingerprintBlockBytes;
  const blocks = fingerprintBlocks + 2;
  if (to - from <= blocks * size) {
    yield { from, to };
    return;
  }
  for (let block = 0; block < blocks; block++) {
    const start = from + Math.floor(((to - from - size) * block) / (blocks - 1));
    yield { from: start, to: start + size };
  }
}

/** SHA-256, hex, of a whole range; null when the file does not hold it, or is gone. @throws the signal's reason, or the system's error. */
export async function hashOf(
  path: string,
  { from, to }: ByteRange,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<string | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(scanChunkBytes);
    for (let at = from; at < to; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) return null;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
      onBytes(bytesRead);
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

/** CRC-32 of a file, null when it is gone. @throws the system's error when it cannot be read. */
export function crcIn(path: string): number | null {
  const descriptor = openedOrGone(path);
  if (descriptor === null) return null;
  try {
    return crcOf(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** CRC-32 of an open file: enough for what a disk does to one of ours, and four times as quick as a hash. */
export function crcOf(descriptor: number): number {
  const buffer = Buffer.allocUnsafe(scanChunkBytes);
  let crc = 0;
  for (let at = 0; ; ) {
    const read = readSync(descriptor, buffer, 0, buffer.length, at);
    if (read === 0) return crc;
    crc = crc32(buffer.subarray(0, read), crc);
    at += read;
  }
}
