// One builder a log: the lock stands beside the log's folder, so that removing the folder removes no lock.
import { systemCode } from '../errors.ts';
import { type Release, takeLock } from '../ndjson/lock.ts';
import { diskStorage } from '../ndjson/storage.ts';

/** Null when another process is building there, or nothing can be written there. */
export function lockFolder(folder: string): Release | null {
  try {
    return takeLock(diskStorage, `${folder}.lock`, Date.now());
  } catch (error) {
    if (systemCode(error) !== undefined) return null;
    throw error;
  }
}
