// One private folder per run (0700) for copies of moving files, salvaged lines and DuckDB's spill; gone when the run ends.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from './temporary.ts';

export interface Scratch {
  /** Path of a new file in the folder; the file itself is not made. */
  file(suffix: string): string;
  /** Folder for DuckDB's spill. */
  readonly spill: string;
  /** Removes the folder and everything in it. */
  dispose(): void;
}

/** Makes the folder. @throws LakeobsError io when the temporary directory cannot be written. */
export function openScratch(): Scratch {
  const { folder, dispose } = makePrivate();
  let count = 0;
  return {
    file: (suffix) => join(folder, `${++count}${suffix}`),
    spill: join(folder, 'spill'),
    dispose,
  };
}

/** Makes a folder below TMPDIR that goes with the process, if not before. @throws LakeobsError io when the temporary directory cannot be written. */
export function makePrivate(): { folder: string; dispose: () => void } {
  const folder = makeTemporaryFolder();
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(folder);
  const dispose = () => {
    folders.delete(folder);
    if (folders.size === 0) process.off('exit', removeAll);
    remove(folder);
  };
  return { folder, dispose };
}

/** Folders in use. A run that ends by process.exit or an uncaught exception leaves nothing behind either; only a kill does. */
const folders = new Set<string>();

function removeAll(): void {
  for (const folder of folders) remove(folder);
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
