// How the active file becomes a closed segment while other processes do the same (docs/format.md, "Rotating"). Needs no lock: the number is taken by creating an
// empty file, and the rename goes onto that file, so no step can overwrite a segment or remove a file that somebody else has just created.
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { type LogNames, segmentPath, segmentsAmong } from './naming.ts';
import type { FileState, Storage } from './storage.ts';

/**
 * Moves the active file aside if it still is the file `held`. Returns the segment's path; null when the path no longer names that file (somebody else rotated,
 * moved or deleted it). Throws the system's error when the folder cannot be changed; the active file is then as it was.
 */
export function moveAside(storage: Storage, names: LogNames, held: Pick<FileState, 'dev' | 'ino'>): string | null {
  const segment = reserveSegment(storage, names);
  try {
    if (!isSameFile(storage.look(names.active), held)) {
      storage.unlink(segment);
      return null;
    }
    storage.rename(names.active, segment);
    return segment;
  } catch (error) {
    giveBack(storage, segment);
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Ends a rotation that another program began with link(2) and did not live to end by unlink(2): one file, two names. Takes the active name away and leaves the
 * segment. Returns the segment's path, null when no segment names this file (a hard link made by a backup, say, which is none of our business).
 */
export function healTwoNames(storage: Storage, names: LogNames, held: Pick<FileState, 'dev' | 'ino'>): string | null {
  const twin = segmentsAmong(names.active, storage.list(names.dir))
    .map(({ fileName }) => join(names.dir, fileName))
    .find((path) => isSameFile(storage.look(path), held));
  if (twin === undefined) return null;
  const moved = moveAside(storage, names, held);
  // The rename may have met a younger file (somebody else healed first): then `moved` is a segment in its own right and stays.
  if (moved !== null && isSameFile(storage.look(moved), held)) storage.unlink(moved);
  return twin;
}

/** The next free segment number: one above the highest. */
export function nextSegmentNumber(storage: Storage, names: LogNames): number {
  return (segmentsAmong(names.active, storage.list(names.dir)).at(-1)?.number ?? 0) + 1;
}

export function isSameFile(found: FileState | null, held: Pick<FileState, 'dev' | 'ino'>): boolean {
  return found !== null && found.ino === held.ino && found.dev === held.dev;
}

function reserveSegment(storage: Storage, names: LogNames): string {
  for (let number = nextSegmentNumber(storage, names); ; number += 1) {
    const path = segmentPath(names.active, number);
    try {
      storage.reserve(path);
      return path;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** Removes a reserved name after a failure, if it is still the empty file it was. */
function giveBack(storage: Storage, segment: string): void {
  try {
    if (storage.look(segment)?.size === 0) storage.unlink(segment);
  } catch {
    // An empty segment is harmless; the failure that led here is the one to report.
  }
}
