// The door to the index for every run: loads the rest of this folder only for a run that has an index to use, or a damaged file to keep the salvage of.
import { existsSync } from 'node:fs';
import type { Engine } from '../engine/engine.ts';
import type { IndexOptions, RunIndex } from './open-index.ts';
import { shelfBeside, shelfIn } from './shelves.ts';

/** The index of a run that may need none. */
export function lazyIndex(engine: Engine, options: IndexOptions): RunIndex {
  let index: RunIndex | undefined;
  const open = async (): Promise<RunIndex> => {
    const { openIndex } = await import('./open-index.ts');
    index ??= openIndex(engine, options);
    return index;
  };
  const there = new Map<string, boolean>();
  const isThere = (folder: string): boolean => {
    const known = there.get(folder) ?? existsSync(folder);
    there.set(folder, known);
    return known;
  };
  return {
    prefixOf: async (file) =>
      index !== undefined || isThere(shelfBeside(file)) || isThere(shelfIn(options.cacheFolder))
        ? (await open()).prefixOf(file)
        : null,
    extend: async (file) => (await open()).extend(file),
    packsOf: (pieces, columns) => index?.packsOf(pieces, columns) ?? [],
    unsound: async () => index?.unsound() ?? null,
  };
}
