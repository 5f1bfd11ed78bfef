// Where repair works: a folder `quarantine` beside the log. `.repair/` holds what is under way, `original/` the damaged files as they were, `repair-<id>.jsonl` the
// bytes that were taken out. The order of the steps is such that names alone tell a later run how far a killed one got.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LakeobsError, systemCode } from '../errors.ts';
import { type Release, takeLock } from './lock.ts';
import { ioError } from './report.ts';
import { diskStorage } from './storage.ts';

export interface Desk {
  /** Folder of the log. */
  dir: string;
  quarantine: string;
  originals: string;
  work: string;
  lock: string;
  /** Called before every operation that a crash could fall behind, with its name. */
  step: (name: string) => void;
}

/** What a killed repair had left. */
export interface Recovered {
  /** Files it had replaced: their damaged bytes are in these quarantine files now. */
  finished: string[];
  /** Copies it had begun and not used. */
  undone: number;
}

export function deskOf(dir: string, step: (name: string) => void = () => {}): Desk {
  const quarantine = join(dir, 'quarantine');
  const work = join(quarantine, '.repair');
  return { dir, quarantine, originals: join(quarantine, 'original'), work, lock: join(work, 'lock'), step };
}

/** Makes the folders and takes the lock: one repair at a time. @throws LakeobsError io when that cannot be done, or somebody else repairs. */
export function openDesk(desk: Desk): Release {
  try {
    for (const folder of [desk.quarantine, desk.originals, desk.work]) {
      desk.step('make folder');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    desk.step('take lock');
    const release = takeLock(diskStorage, desk.lock, Date.now());
    if (release !== null) return release;
  } catch (error) {
    throw ioError('repair in', desk.dir, error);
  }
  throw new LakeobsError('io', `another repair works in ${desk.dir}`, {
    path: desk.lock,
    hint: 'Wait for it and run the same command again.',
  });
}

/** Says that the holder of the lock is alive, for those who cannot ask its process. */
export function stillHere({ lock }: Desk): void {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // Taken away by somebody who thought us dead: every step below is safe against that.
  }
}

/** Names of files a killed repair has left; [] when there are none. Reads only. */
export function leftovers({ work }: Desk): string[] {
  if (!existsSync(work)) return [];
  return readdirSync(work)
    .filter((name) => /\.(mended|ranges)$/.test(name))
    .map((name) => join(work, name));
}

/**
 * Ends what a killed repair began. A copy that is still there never took its file's place: it is removed, with the second name of the file. Taken-out bytes
 * whose copy is gone belong to a file that was replaced: they get their place. Repeating it after a crash does no harm.
 */
export function recover(desk: Desk): Recovered {
  const names = leftovers(desk).map((path) => basename(path));
  const recovered: Recovered = { finished: [], undone: 0 };
  try {
    for (const id of new Set(names.map((name) => name.slice(0, name.lastIndexOf('.'))))) {
      if (names.includes(`${id}.mended`)) {
        undo(desk, id);
        recovered.undone += 1;
      } else recovered.finished.push(publishRanges(desk, id));
    }
  } catch (error) {
    throw ioError('end what an earlier repair left in', desk.work, error);
  }
  return recovered;
}

/** Forgets a repair that has not replaced its file. The copy goes last: while it is there, the file was not replaced. */
export function undo(desk: Desk, id: string): void {
  for (const name of readdirSync(desk.originals).filter((found) => found.endsWith(`.${id}`))) {
    const path = join(desk.originals, name);
    // Its only name by now (somebody deleted or moved the file meanwhile): then it stays.
    if (statSync(path).nlink > 1) removed(desk, path);
  }
  removed(desk, join(desk.work, `${id}.ranges`));
  removed(desk, join(desk.work, `${id}.mended`));
  syncFolder(desk, desk.work);
}

/** Gives the bytes that were taken out their place in the quarantine. */
export function publishRanges(desk: Desk, id: string): string {
  const staged = join(desk.work, `${id}.ranges`);
  const target = join(desk.quarantine, `repair-${id}.jsonl`);
  // A file that only had records glued together has nothing to keep.
  if (existsSync(staged) && statSync(staged).size > 0) {
    desk.step('link ranges');
    try {
      diskStorage.link(staged, target);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    syncFolder(desk, desk.quarantine);
  }
  removed(desk, staged);
  return target;
}

export function syncFolder(desk: Desk, folder: string): void {
  desk.step('fsync folder');
  diskStorage.syncDir(folder);
}

export function syncFile(desk: Desk, path: string): void {
  desk.step('fsync file');
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removed(desk: Desk, path: string): void {
  desk.step('unlink');
  try {
    diskStorage.unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
