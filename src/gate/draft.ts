// A file that is replaced whole or not at all: written beside its place, synced, renamed. Two processes at once leave one of two whole files.
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { draftKeptMs } from '../limits.ts';
import { draftName, writeAll } from '../ndjson/own-file.ts';

export interface Draft {
  /** Where it will stand. */
  readonly path: string;
  write(text: string): void;
  /** Gives it its name. */
  publish(): void;
  /** Removes it; nothing after `publish`. */
  discard(): void;
}

/** Opens a draft, which proves that the folder can be written. A link is followed, a file that is there keeps its mode; `mode` is a new file's.
 * @throws LakeobsError io, each of its functions too. */
export function openDraft(named: string, { hint, mode = 0o666 }: { hint: string; mode?: number }): Draft {
  const failed = (error: unknown) =>
    new LakeobsError('io', `cannot write ${named}: ${reasonOf(error)}`, { path: named, hint, cause: error });
  const guarded = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw systemCode(error) === undefined ? error : failed(error);
    }
  };
  const path = targetOf(named);
  const draft = draftName(path);
  sweep(path);
  const file = guarded(() => openSync(draft, 'wx', mode));
  let open = true;
  const close = () => {
    if (open) closeSync(file);
    open = false;
  };
  return {
    path,
    write: (text) => guarded(() => writeAll(file, Buffer.from(text))),
    publish: () =>
      guarded(() => {
        fsyncSync(file);
        close();
        const old = modeOf(path);
        if (old !== null) chmodSync(draft, old);
        renameSync(draft, path);
        syncFolder(dirname(path));
      }),
    discard: () => {
      close();
      rmSync(draft, { force: true });
    },
  };
}

function targetOf(named: string): string {
  try {
    return realpathSync(named);
  } catch {
    return named;
  }
}

function modeOf(path: string): number | null {
  try {
    return statSync(path).mode & 0o777;
  } catch {
    return null;
  }
}

/** What killed processes left; what cannot be removed stays. */
function sweep(path: string): void {
  const prefix = `${basename(path)}.`;
  try {
    for (const name of readdirSync(dirname(path))) {
      if (!name.startsWith(prefix) || !/^[0-9a-f]{12}\.tmp$/.test(name.slice(prefix.length))) continue;
      const draft = join(dirname(path), name);
      if (Date.now() - statSync(draft).mtimeMs > draftKeptMs) rmSync(draft, { force: true });
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** So that the new name survives a power cut; a file system that cannot sync a folder keeps its own promise. */
function syncFolder(folder: string): void {
  let handle: number | null = null;
  try {
    handle = openSync(folder, 'r');
    fsyncSync(handle);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  } finally {
    if (handle !== null) closeSync(handle);
  }
}
