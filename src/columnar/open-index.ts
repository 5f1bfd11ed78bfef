// The index as a run sees it: which part of a file is columnar, and, for a damaged file, making it so. A run never builds the index of a sound file.
import { basename, dirname, join } from 'node:path';
import type { FileIndex, IndexedPrefix } from '../catalog/indexed.ts';
import { plainName } from '../catalog/plain-name.ts';
import type { Scratch } from '../catalog/scratch.ts';
import { isSameFile, type SourceFile, type Stamp } from '../catalog/sources.ts';
import type { Engine } from '../engine/engine.ts';
import { LakeobsError, systemCode } from '../errors.ts';
import { indexRestBytesMax } from '../limits.ts';
import { buildPieces } from './build.ts';
import { crcIn } from './fingerprint.ts';
import { lockFolder } from './lock-folder.ts';
import { type Manifest, type ManifestPiece, readManifest } from './manifest.ts';
import { type PackFile, packedName, packsHolding, packsName, packsOn } from './packs.ts';
import { Shelves } from './shelves.ts';
import { prefixFrom, type Staleness, usablePieces } from './usable.ts';

export interface IndexOptions {
  scratch: Scratch;
  signal?: AbortSignal | undefined;
  /** `$XDG_CACHE_HOME/lakeobs`, or what stands for it. */
  cacheFolder: string;
  /** It is a folder of this process alone (shelves.ts). */
  ownFolder?: boolean | undefined;
  /** Told how far making a damaged file columnar is, in bytes. */
  onProgress?: ((what: string, done: number, total: number) => void) | undefined;
}

/** The index as a run holds it. */
export interface RunIndex extends FileIndex {
  /** After a statement failed: the first Parquet file this run was given that is not as it was written, or is gone. */
  unsound(): Promise<string | null>;
}

/** What is known of a piece that was given to a run. */
interface Given {
  shelf: string;
  /** On its shelf. */
  name: string;
  rows: number;
  crc: number;
  /** Of the log it was given for. */
  stamp: Stamp;
}

/** Opens the index for one run. Nothing is read before somebody asks for a file. */
export function openIndex(engine: Engine, options: IndexOptions): RunIndex {
  const shelves = new Shelves(options.cacheFolder, options.ownFolder);
  const given = new Map<string, Given>();
  const packed = new Map<string, number>();
  const shelved = new Map<string, { folder: string; packs: PackFile[] }>();
  const packsAt = (shelf: string) => {
    const known = shelved.get(shelf) ?? {
      folder: plainName(join(shelf, packsName), options.scratch),
      packs: packsOn(shelf),
    };
    shelved.set(shelf, known);
    return known;
  };
  const prefixOf = async (file: SourceFile): Promise<IndexedPrefix | null> => {
    for (const folder of shelves.foldersOf(file)) {
      const manifest = readManifest(folder);
      const pieces = manifest === null ? 'incomplete' : piecesFor(manifest, folder, file);
      if (typeof pieces === 'string') continue;
      const prefix = prefixFrom(pieces, plainName(folder, options.scratch));
      if (file.stamp.size - prefix.bytes > indexRestBytesMax) continue;
      // A snapshot or a copy on another device can have the inode number and the bytes of a log that is read beside it: their lines are not the same ones.
      const others = prefix.pieces.flatMap(({ path }) => given.get(path) ?? []);
      if (others.some(({ stamp }) => !isSameFile(stamp, file.stamp))) continue;
      for (const [at, { path }] of prefix.pieces.entries()) {
        const { name, rows, parquetCrc32 } = pieces[at]!;
        const shelf = dirname(folder);
        given.set(path, { shelf, name: packedName(folder, name), rows, crc: parquetCrc32, stamp: file.stamp });
      }
      return prefix;
    }
    return null;
  };
  return {
    prefixOf,
    packsOf: (pieces, columns) => {
      const asked = new Map<string, Map<string, { path: string; rows: number }>>();
      for (const path of pieces) {
        const { shelf, name, rows } = given.get(path)!;
        asked.set(shelf, (asked.get(shelf) ?? new Map()).set(name, { path, rows }));
      }
      return [...asked].flatMap(([shelf, named]) => {
        const { folder, packs } = packsAt(shelf);
        return packsHolding(packs, named, columns).map(({ file, ...used }) => {
          const path = join(folder, file.name);
          packed.set(path, file.parquetCrc32);
          return {
            path,
            columns: new Set(file.columns),
            empty: new Set(file.empty),
            values: new Map(Object.entries(file.values)),
            ...used,
          };
        });
      });
    },
    unsound: async () =>
      [...[...given].map(([path, { crc }]) => [path, crc] as const), ...packed].find(
        ([path, crc]) => crcIn(path) !== crc,
      )?.[0] ?? null,
    extend: async (file) => {
      const folder = shelves.folderFor(file);
      if (folder === null) return null;
      const release = lockFolder(folder);
      // Somebody else is at it: this run goes its own way.
      if (release === null) return null;
      try {
        let done = 0;
        const onBytes = (bytes: number) => {
          done += bytes;
          options.onProgress?.(`salvaging ${basename(file.path)}`, done, file.stamp.size);
        };
        await buildPieces(engine, file, folder, { ...options, onBytes });
      } catch (error) {
        // What cannot be kept is worked out again the next time.
        options.signal?.throwIfAborted();
        if (!(error instanceof LakeobsError)) throw error;
        return null;
      } finally {
        release();
      }
      return prefixOf(file);
    },
  };
}

/** What may be used for a file. That it cannot be read is for those to say who read it next. */
function piecesFor(manifest: Manifest, folder: string, file: SourceFile): ManifestPiece[] | Staleness {
  try {
    return usablePieces(manifest, folder, file);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return 'incomplete';
  }
}
