// A columnar copy for one process: what it has read once and no index holds, in a private folder that goes with the process. Each look costs only the new bytes then.
import { makePrivate } from '../catalog/scratch.ts';
import { listSources, type Scope } from '../catalog/sources.ts';
import { buildIndex } from '../columnar/build-index.ts';
import { namesIn, shelfIn } from '../columnar/shelves.ts';
import { leftoversOn, removeLeftovers } from '../columnar/tidy.ts';
import { indexGraceMs, indexThreads } from '../limits.ts';
import { type RunOptions, withEngine } from '../query/run.ts';

export interface PrivateIndex {
  /** For RunOptions.cacheFolder, with ownFolder. */
  folder: string;
  /** Takes in what is new. */
  extend(): Promise<void>;
  dispose(): void;
}

/** Makes the folder; the index is empty. @throws LakeobsError io when the temporary directory cannot be written. */
export function openPrivateIndex(scope: Scope, options: Omit<RunOptions, 'scope'>): PrivateIndex {
  const { folder, dispose } = makePrivate();
  return {
    folder,
    extend: async () => {
      const { files } = await listSources(scope);
      await withEngine(
        { ...options, threads: options.threads ?? indexThreads, leaving: false },
        (engine, scratch, signal) =>
          buildIndex(engine, files, { scratch, signal, cacheFolder: folder, ownFolder: true, memory: options.memory }),
      );
      // Nobody else reads what was replaced: it goes at once, or a long run would fill the disk.
      const shelf = { folder: shelfIn(folder), names: new Set(namesIn(shelfIn(folder))) };
      const later = Date.now() + 2 * indexGraceMs;
      removeLeftovers(shelf, leftoversOn(shelf, later), later);
    },
    dispose,
  };
}
