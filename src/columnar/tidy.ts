// What the index keeps that is of no use: indexes of logs that are gone, pieces nobody refers to, drafts of builders that were killed. Looking removes nothing.
import { existsSync, lstatSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexGraceMs } from '../limits.ts';
import { lockFolder } from './lock-folder.ts';
import { manifestName, readManifest } from './manifest.ts';
import type { Shelf } from './shelves.ts';

/** Something that can go. */
export interface Leftover {
  path: string;
  bytes: number;
  kind: 'log-gone' | 'other-rules' | 'replaced' | 'draft';
}

/** Finds it. `now` in milliseconds: files touched less than limits.indexGraceMs before are left alone. */
export function leftoversOn({ folder, names }: Shelf, now: number): Leftover[] {
  return [...names].sort().flatMap((name): Leftover[] => {
    const path = join(folder, name);
    if (!/^\d+-\d+$/.test(name) || !lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
    const manifest = readManifest(path);
    if (manifest === null) return hasRested(path, now) ? [{ path, bytes: bytesIn(path), kind: 'other-rules' }] : [];
    if (!isThere(manifest.file, name)) return [{ path, bytes: bytesIn(path), kind: 'log-gone' }];
    const used = new Set([manifestName, ...manifest.pieces.map((piece) => piece.name)]);
    return readdirSync(path).flatMap((entry): Leftover[] => {
      const file = join(path, entry);
      if (used.has(entry) || !hasRested(file, now)) return [];
      return [{ path: file, bytes: sizeOf(file), kind: entry.endsWith('.tmp') ? 'draft' : 'replaced' }];
    });
  });
}

/** Removes it, but nothing of a log that is being indexed right now; returns what went. */
export function removeLeftovers(leftovers: readonly Leftover[]): Leftover[] {
  return leftovers.filter(({ path, kind }) => {
    const folder = kind === 'log-gone' || kind === 'other-rules' ? path : dirname(path);
    const release = lockFolder(folder);
    if (release === null) return false;
    try {
      rmSync(path, { recursive: true, force: true });
      return !existsSync(path);
    } finally {
      release();
    }
  });
}

/** Whether the log is still there, under its name or, renamed, under another in its folder. */
function isThere(file: string, name: string): boolean {
  const ino = name.split('-')[1]!;
  const isIt = (path: string) => String(statSync(path, { bigint: true, throwIfNoEntry: false })?.ino) === ino;
  if (isIt(file)) return true;
  const folder = dirname(file);
  return existsSync(folder) && readdirSync(folder).some((entry) => isIt(join(folder, entry)));
}

function hasRested(path: string, now: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && now - stat.mtimeMs > indexGraceMs;
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, entry) => sum + sizeOf(join(folder, entry)), 0);
}

function sizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
