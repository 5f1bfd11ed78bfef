// What the index keeps that is of no use: indexes of logs that are gone, pieces and packs nobody refers to, what builders left that were killed. Looking removes nothing.
import { lstatSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Stamp, stampOf } from '../catalog/sources.ts';
import { LakeobsError, systemCode } from '../errors.ts';
import { indexGraceMs } from '../limits.ts';
import { lockFolder } from './lock-folder.ts';
import { manifestName, readManifest } from './manifest.ts';
import { livingOn, packListName, packsName, packsOn, rowsAlive } from './packs.ts';
import { folderName, namesIn, type Shelf } from './shelves.ts';

/** Something that can go. */
export interface Leftover {
  path: string;
  bytes: number;
  kind: 'log-gone' | 'other-rules' | 'replaced' | 'draft';
  /** The folder it belongs to, or is: a log's, or that of the packs. */
  folder: string;
}

/** Finds it. `now` in milliseconds: files touched less than limits.indexGraceMs before are left alone. */
export function leftoversOn(shelf: Shelf, now: number): Leftover[] {
  return [...shelf.names].sort().flatMap((name) => leftoversOf(shelf, name, now));
}

/** Removes it, but nothing of a log that is being indexed right now, and nothing that has come into use since it was found; returns what went. */
export function removeLeftovers(shelf: Shelf, leftovers: readonly Leftover[], now: number): Leftover[] {
  return leftovers.filter(({ path, folder }) => {
    const release = lockFolder(folder);
    if (release === null) return false;
    try {
      const name = path.slice(shelf.folder.length + 1).split('/')[0]!;
      if (!path.endsWith('.lock') && !leftoversOf(shelf, name, now).some((still) => still.path === path)) return false;
      rmSync(path, { recursive: true, force: true });
      return true;
    } catch {
      // No right to remove it.
      return false;
    } finally {
      release();
    }
  });
}

/** Of one name on a shelf. */
function leftoversOf({ folder: shelf, names }: Shelf, name: string, now: number): Leftover[] {
  const path = join(shelf, name);
  const lock = /^(\d+-\d+|packs)\.lock(\.[0-9a-f]+)?$/.exec(name);
  if (lock !== null)
    return hasRested(path, now) ? [{ path, bytes: sizeOf(path), kind: 'draft', folder: join(shelf, lock[1]!) }] : [];
  if (name === packsName) return packLeftovers(shelf, now);
  if (!/^\d+-\d+$/.test(name) || !lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
  const all = (kind: Leftover['kind']): Leftover[] => [{ path, bytes: bytesIn(path), kind, folder: path }];
  const manifest = readManifest(path);
  if (manifest === null) return hasRested(path, now) ? all('other-rules') : [];
  const log = logFolderName(manifest.file, name);
  if (log === null) return all('log-gone');
  // Its device was numbered anew, and it has been indexed since.
  if (log !== name && names.has(log)) return all('replaced');
  const used = new Set([manifestName, ...manifest.pieces.map((piece) => piece.name)]);
  return namesIn(path).flatMap((entry): Leftover[] => {
    const file = join(path, entry);
    if (used.has(entry) || !hasRested(file, now)) return [];
    return [{ path: file, bytes: sizeOf(file), kind: entry.endsWith('.tmp') ? 'draft' : 'replaced', folder: path }];
  });
}

/** Packs that are not in the list, or hold nothing that is still a piece. */
function packLeftovers(shelf: string, now: number): Leftover[] {
  const folder = join(shelf, packsName);
  const living = livingOn(shelf);
  const used = new Set(packsOn(shelf).flatMap((pack) => (rowsAlive(pack, living) > 0 ? [pack.name] : [])));
  return namesIn(folder).flatMap((entry): Leftover[] => {
    const path = join(folder, entry);
    if (entry === packListName || used.has(entry) || !hasRested(path, now)) return [];
    return [{ path, bytes: sizeOf(path), kind: entry.endsWith('.tmp') ? 'draft' : 'replaced', folder }];
  });
}

/** What the folder of a log would be called today, found under its name or, renamed, under another beside it; null when it is gone. */
function logFolderName(file: string, name: string): string | null {
  const ino = name.split('-')[1]!;
  // Twice: a log that is renamed between reading the names and looking at them is under neither.
  for (let look = 0; look < 2; look++)
    for (const path of [file, ...namesIn(dirname(file)).map((entry) => join(dirname(file), entry))]) {
      const stamp = lookAt(path);
      // What cannot be looked at may be it.
      if (stamp === 'unknown') return name;
      if (String(stamp?.ino) === ino) return folderName(stamp!);
    }
  return null;
}

function lookAt(path: string): Stamp | null | 'unknown' {
  try {
    return stampOf(path);
  } catch (error) {
    if (!(error instanceof LakeobsError)) throw error;
    return ['ENOTDIR', 'ELOOP'].includes(systemCode(error.cause) ?? '') ? null : 'unknown';
  }
}

function hasRested(path: string, now: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && now - stat.mtimeMs > indexGraceMs;
}

function bytesIn(folder: string): number {
  return namesIn(folder).reduce((sum, entry) => sum + sizeOf(join(folder, entry)), 0);
}

function sizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
