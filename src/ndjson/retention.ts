// Which closed segments may go. Off unless asked for; oldest first; never one that grew within the last minute, because a writer may still hold it; never the
// active file, never a side file, never a segment of another log.
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { closedAfterMs } from '../limits.ts';
import { type LogNames, segmentsAmong } from './naming.ts';
import type { Storage } from './storage.ts';

/** What to keep of the closed segments; the active file counts for nothing here. Whatever is over any of the limits goes. */
export interface Keep {
  /** At most so many segments. */
  segments?: number;
  /** At most so many bytes in segments, as they lie on the disk. */
  bytes?: number;
  /** None whose last byte is older. */
  ageMs?: number;
}

export interface ClosedSegment {
  path: string;
  bytes: number;
  modifiedMs: number;
}

export interface RetentionPlan {
  /** To delete now, oldest first. */
  remove: ClosedSegment[];
  /** True when a segment is over a limit but not closed yet: look again after limits.closedAfterMs. */
  waiting: boolean;
}

/** Decides; touches nothing. `segments` oldest first. */
export function planRetention(segments: readonly ClosedSegment[], keep: Keep, nowMs: number): RetentionPlan {
  let count = segments.length;
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const remove: ClosedSegment[] = [];
  for (const segment of segments) {
    const over =
      count > (keep.segments ?? Number.POSITIVE_INFINITY) ||
      bytes > (keep.bytes ?? Number.POSITIVE_INFINITY) ||
      nowMs - segment.modifiedMs > (keep.ageMs ?? Number.POSITIVE_INFINITY);
    if (!over) break;
    if (nowMs - segment.modifiedMs < closedAfterMs) return { remove, waiting: true };
    remove.push(segment);
    count -= 1;
    bytes -= segment.bytes;
  }
  return { remove, waiting: false };
}

/** The log's segments with their sizes, oldest first. Empty ones are left out: each is the reserved name of a rotation, and its number must stay taken. */
export function closedSegments(storage: Storage, names: LogNames): ClosedSegment[] {
  return segmentsAmong(names.active, storage.list(names.dir)).flatMap(({ fileName }) => {
    const path = join(names.dir, fileName);
    const found = storage.look(path);
    return found === null || !found.isFile || found.size === 0
      ? []
      : [{ path, bytes: found.size, modifiedMs: found.modifiedMs }];
  });
}

/** Deletes one segment; false when somebody else was faster. */
export function removeSegment(storage: Storage, segment: ClosedSegment): boolean {
  try {
    storage.unlink(segment.path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
