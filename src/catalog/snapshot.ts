// A private copy of a range of bytes of a file that moves: the bytes an answer rests on, whatever happens to the file meanwhile.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { LakeobsError, reasonOf } from '../errors.ts';
import { writeAll } from '../ndjson/own-file.ts';
import type { Stamp } from './sources.ts';

const copyBytes = 1024 * 1024;

/** Half-open, in bytes of the file on disk. */
export interface ByteRange {
  from: number;
  to: number;
}

/** Copies bytes [from, to) of `path` to `target` (0600).
 * @returns false when the path no longer names the file of `stamp`, or is shorter: the listing is out of date.
 * @throws LakeobsError io when reading or writing fails. */
export function copyRange(path: string, stamp: Stamp, { from, to }: ByteRange, target: string): boolean {
  let source: number | undefined;
  let copy: number | undefined;
  try {
    source = openSync(path, constants.O_RDONLY);
    const stat = fstatSync(source, { bigint: true });
    if (stat.ino !== stamp.ino || stat.dev !== stamp.dev || Number(stat.size) < to) return false;
    copy = openSync(target, 'wx', 0o600);
    const buffer = Buffer.allocUnsafe(Math.min(copyBytes, Math.max(1, to - from)));
    for (let done = from; done < to; ) {
      const read = readSync(source, buffer, 0, Math.min(buffer.length, to - done), done);
      if (read === 0) return false;
      writeAll(copy, buffer.subarray(0, read));
      done += read;
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new LakeobsError('io', `cannot copy ${path}: ${reasonOf(error)}`, {
      path,
      hint: 'A moving file is read through a private copy: free some space in TMPDIR, or name another folder in it.',
      cause: error,
    });
  } finally {
    if (copy !== undefined) closeSync(copy);
    if (source !== undefined) closeSync(source);
  }
}
