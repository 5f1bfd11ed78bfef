// Hands a finished file into a log as its next closed segment, whole or not at all. Ingest stages evidence elsewhere and ends here; a repeat after a crash finds
// the segment it made, by inode, instead of making a second one.
import { dirname, join } from 'node:path';
import { LakeobsError, systemCode } from '../errors.ts';
import { logNames, segmentPath, segmentsAmong } from './naming.ts';
import { ioError } from './report.ts';
import { isSameFile, nextSegmentNumber } from './rotation.ts';
import { diskStorage, type FileState, type Storage } from './storage.ts';
import { endsInNewline } from './tail.ts';

export interface PublishOptions {
  /** The log's active file; its folder must exist. */
  path: string;
  /** The file to hand over: whole lines, fsynced, on the same file system, outside the log's own names. It is gone afterwards. */
  staged: string;
  storage?: Storage;
}

/**
 * Returns the path of the new segment; folder and names are synced. If `staged` already is a segment of the log (an earlier call was cut short), returns that
 * one. Throws LakeobsError: input when the staged file is empty or ends inside a line, io with the system's reason otherwise.
 */
export function publishSegment({ path, staged, storage = diskStorage }: PublishOptions): string {
  const names = logNames(path);
  try {
    const state = stagedState(storage, staged);
    const segment = linkedAs(storage, path, state) ?? linkNext(storage, path, staged);
    storage.syncDir(names.dir);
    storage.unlink(staged);
    storage.syncDir(dirname(staged));
    return segment;
  } catch (error) {
    throw error instanceof LakeobsError ? error : ioError('publish', staged, error);
  }
}

function stagedState(storage: Storage, staged: string): FileState {
  const fd = storage.openToRead(staged);
  try {
    const state = storage.stat(fd);
    if (state.size === 0 || !endsInNewline(storage, fd, state.size))
      throw new LakeobsError(
        'input',
        `${staged} is ${state.size === 0 ? 'empty' : 'cut off inside a line'}: it cannot become a segment`,
        {
          path: staged,
          hint: 'Write whole lines, each with its newline, then publish.',
        },
      );
    return state;
  } finally {
    storage.close(fd);
  }
}

function linkedAs(storage: Storage, path: string, state: FileState): string | undefined {
  if (state.links < 2) return undefined;
  const { dir } = logNames(path);
  return segmentsAmong(path, storage.list(dir))
    .map(({ fileName }) => join(dir, fileName))
    .find((segment) => isSameFile(storage.look(segment), state));
}

function linkNext(storage: Storage, path: string, staged: string): string {
  for (let number = nextSegmentNumber(storage, logNames(path)); ; number += 1) {
    const segment = segmentPath(path, number);
    try {
      storage.link(staged, segment);
      return segment;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}
