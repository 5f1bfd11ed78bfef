// Where ingest keeps its own things inside a lake, and the few disk operations whose order decides what a crash leaves behind. Every one of them
// announces itself through `step`, so that a test can stop the process at each.
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDiskFull, LakeobsError, reasonOf, systemCode } from '../errors.ts';

export interface Store {
  /** The lake, absolute. */
  lake: string;
  /** Files on their way into the lake: hidden, so that nobody reads them. */
  staging: string;
  quarantine: string;
  /** What is already in the lake. Not named like a log and not below `.lakeobs`: it is no index, losing it would double lines. */
  ledger: string;
  lock: string;
  /** Called before every operation that a crash could fall behind, with its name. */
  step: (name: string) => void;
}

export function storeOf(lake: string, step: (name: string) => void = () => {}): Store {
  return {
    lake,
    staging: join(lake, '.staging'),
    quarantine: join(lake, 'quarantine'),
    ledger: join(lake, 'ingest.ledger'),
    lock: join(lake, 'ingest.lock'),
    step,
  };
}

/** Makes the lake and its staging folder, durable.
 * @throws LakeobsError io when the lake cannot be written. */
export function makeStore(store: Store): void {
  try {
    const made = mkdirSync(store.lake, { recursive: true });
    mkdirSync(store.staging, { recursive: true, mode: 0o700 });
    syncFolder(store, store.lake);
    if (made !== undefined) syncFolder(store, dirname(made));
  } catch (error) {
    throw diskError(`cannot write to the lake ${store.lake}`, store.lake, error);
  }
}

export function syncFile(store: Store, descriptor: number, name: string): void {
  store.step(`fsync ${name}`);
  fsyncSync(descriptor);
}

/** fsync of a folder: names in it survive a power cut. */
export function syncFolder(store: Store, folder: string): void {
  store.step('fsync folder');
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives a staged file its final name. Repeating it after a crash, whole or halfway, does no harm: the name is never given twice. */
export function moveByLink(store: Store, staged: string, target: string): void {
  store.step('link');
  try {
    linkSync(staged, target);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  syncFolder(store, dirname(target));
  store.step('unlink');
  unlinkSync(staged);
}

/** A failure of the disk, with what was being done. */
export function diskError(message: string, path: string, error: unknown): LakeobsError {
  if (error instanceof LakeobsError) return error;
  return new LakeobsError('io', `${message}: ${reasonOf(error)}`, {
    hint: isDiskFull(error)
      ? 'Make room and run the same command again: it goes on where it stopped.'
      : 'Check the disk and the permissions, then run the same command again: it goes on where it stopped.',
    path,
    cause: error,
  });
}
