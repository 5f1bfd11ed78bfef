// Private folders (0700) below the system's temporary one. Each is named after the process that made it, so that what a killed one left behind can be told from
// what is in use.
import { type Dirent, lstatSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LakeobsError, reasonOf } from '../errors.ts';
import { temporaryGraceMs } from '../limits.ts';
import { isRunning } from '../ndjson/process-life.ts';

/** Makes one. @throws LakeobsError io when the temporary directory cannot be written. */
export function makeTemporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), `lakeobs-${process.pid}-`));
  } catch (error) {
    throw new LakeobsError('io', `cannot make a private folder in ${tmpdir()}: ${reasonOf(error)}`, {
      hint: 'Set TMPDIR to a folder that can be written.',
      path: tmpdir(),
      cause: error,
    });
  }
}

/** Whether a path can only be one of these folders. */
export function isTemporaryFolder(path: string): boolean {
  return /[/\\]lakeobs-\d+-\w{6}$/.test(path);
}

export interface LeftBehind {
  path: string;
  /** Of everything in it. */
  bytes: number;
}

/** Folders of this user whose process is gone, and in which nothing was written for limits.temporaryGraceMs. A number means a process only where it was given: one of
 * another container that shares the folder looks gone too, which is why these are told and not removed. */
export function foldersLeftBehind(now: number): LeftBehind[] {
  return entriesOf(tmpdir()).flatMap((entry): LeftBehind[] => {
    const path = join(tmpdir(), entry.name);
    const pid = /^lakeobs-(\d+)-\w{6}$/.exec(entry.name)?.[1];
    if (pid === undefined || !entry.isDirectory() || isRunning(Number(pid))) return [];
    const folder = lstatSync(path, { throwIfNoEntry: false });
    if (folder === undefined || folder.uid !== (process.getuid?.() ?? folder.uid)) return [];
    const stats = [folder, ...entriesOf(path, true).flatMap((one) => statOf(join(one.parentPath, one.name)))];
    if (stats.some(({ mtimeMs }) => now - mtimeMs < temporaryGraceMs)) return [];
    return [{ path, bytes: stats.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0) }];
  });
}

/** What cannot be listed holds nothing of ours. */
function entriesOf(folder: string, recursive = false): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive });
  } catch {
    return [];
  }
}

function statOf(path: string) {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined ? [] : [stat];
}
