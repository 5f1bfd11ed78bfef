// A private copy of what can be read only once: standard input, a pipe, a device. What DuckDB then reads is a file like any other.
import { closeSync, constants, createReadStream, createWriteStream, openSync, readSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isDiskFull, LakeobsError, reasonOf } from '../errors.ts';
import { type Compression, called } from './sources.ts';

/** Copies a stream (a pipe, standard input, a device) to its end into `target` (0600); returns its bytes. Waiting for a writer does not stop the process: a time-out
 * or Ctrl-C ends the copy.
 * @throws LakeobsError io when reading or writing fails; the signal's reason when it is aborted. */
export async function copyStream(path: string, target: string, signal?: AbortSignal): Promise<number> {
  signal?.throwIfAborted();
  try {
    const source = path === '-' ? standardInput() : openStream(path);
    const copy = createWriteStream(target, { flags: 'wx', mode: 0o600 });
    await pipeline(source, copy, { signal });
    return copy.bytesWritten;
  } catch (error) {
    signal?.throwIfAborted();
    throw new LakeobsError('io', `cannot copy ${called(path)}: ${reasonOf(error)}`, {
      path,
      hint: isDiskFull(error)
        ? 'What can be read only once is copied first: free some space in TMPDIR, or name another folder in it.'
        : 'Give it again, from its beginning.',
      cause: error,
    });
  }
}

/** Standard input can be read once; whoever asks again gets nothing. */
function standardInput(): Readable {
  return process.stdin.readableEnded || process.stdin.destroyed ? Readable.from([]) : process.stdin;
}

/** A pipe is opened without waiting for its writer and then watched: a read that blocks could be ended by nothing, not even by leaving the process. */
function openStream(path: string): Readable {
  if (!statSync(path).isFIFO()) return createReadStream(path);
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd: descriptor, readable: true, writable: false });
}

/** How a file is compressed, told by its first bytes: a stream has no name that would say so. */
export function compressionInside(path: string): Compression {
  const head = Buffer.alloc(headBytes);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, head, 0, head.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return compressionOfHead(head);
}

/** As many bytes as tell how what follows is compressed … */
export const headBytes = 4;

/** … and how it is: a log begins with neither. */
export function compressionOfHead(head: Buffer): Compression {
  if (head.length < headBytes) return '';
  if (head.readUInt16BE(0) === 0x1f8b) return '.gz';
  return head.readUInt32BE(0) === 0x28b52ffd ? '.zst' : '';
}
