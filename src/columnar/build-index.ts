// `lakeobs index`: every listed file in turn, only what is new; then the packs. One file's trouble does not end the others.
import { dirname } from 'node:path';
import type { Scratch } from '../catalog/scratch.ts';
import type { SourceFile } from '../catalog/sources.ts';
import type { Engine } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import { indexPieceBytesMax, indexSettledMs } from '../limits.ts';
import { buildPieces } from './build.ts';
import { buildPacks } from './build-packs.ts';
import { lockFolder } from './lock-folder.ts';
import type { ManifestPiece } from './manifest.ts';
import { type PackedPiece, packedName } from './packs.ts';
import { Shelves } from './shelves.ts';

export interface IndexOptions {
  scratch: Scratch;
  signal?: AbortSignal | undefined;
  /** `$XDG_CACHE_HOME/lakeobs`, or what stands for it. */
  cacheFolder: string;
  /** It is a folder of this process alone (shelves.ts). */
  ownFolder?: boolean | undefined;
  /** Default: limits.indexPackBytesMin. */
  packBytesMin?: number | undefined;
  /** The memory limit the engine was opened with, if somebody chose one. */
  memory?: string | undefined;
  /** Bytes of log done so far, those that were indexed before included. */
  onProgress?: ((doneBytes: number) => void) | undefined;
  /** Told what kept packs from being made: nothing but speed hangs on them. */
  onPacksFailed?: ((failure: LakeobsError) => void) | undefined;
}

/** What became of one file. */
export interface IndexedFile {
  file: string;
  bytes: number;
  /** Of them columnar, now; made columnar in this run. */
  indexed_bytes: number;
  added_bytes: number;
  pieces: number;
  parquet_bytes: number;
  /** Why the rest is not in the index; '' when all of it is, or only a line under way is left. */
  reason: string;
  /** The index cannot be kept at all, which somebody should do something about. */
  failed: boolean;
}

/** Indexes the files. @throws the signal's reason. */
export async function buildIndex(
  engine: Engine,
  files: readonly SourceFile[],
  options: IndexOptions,
): Promise<IndexedFile[]> {
  const shelves = new Shelves(options.cacheFolder, options.ownFolder);
  const results: IndexedFile[] = [];
  const settled = new Map<string, PackedPiece[]>();
  const onPieces = (folder: string, pieces: readonly PackedPiece[]) => {
    const shelf = dirname(folder);
    const held = settled.get(shelf);
    if (held === undefined) settled.set(shelf, [...pieces]);
    else held.push(...pieces);
  };
  let before = 0;
  for (const file of files) {
    let done = before;
    const onBytes = (bytes: number) => {
      done += bytes;
      options.onProgress?.(done);
    };
    results.push(await buildOne(engine, file, shelves, { ...options, onBytes, onPieces }));
    before += file.stamp.size;
    options.onProgress?.(before);
  }
  for (const [shelf, pieces] of settled) {
    const failure = await buildPacks(engine, shelf, pieces, options);
    if (failure !== null) options.onPacksFailed?.(failure);
  }
  return results;
}

async function buildOne(
  engine: Engine,
  file: SourceFile,
  shelves: Shelves,
  options: IndexOptions & {
    onBytes: (bytes: number) => void;
    onPieces: (folder: string, pieces: readonly PackedPiece[]) => void;
  },
): Promise<IndexedFile> {
  const result: IndexedFile = {
    file: file.path,
    bytes: file.stamp.size,
    indexed_bytes: 0,
    added_bytes: 0,
    pieces: 0,
    parquet_bytes: 0,
    reason: '',
    failed: false,
  };
  if (file.stream) return { ...result, reason: 'a stream can be read only once' };
  if (file.stamp.size === 0) return result;
  const folder = shelves.folderFor(file);
  if (folder === null)
    return { ...result, failed: true, reason: 'neither its lake nor the cache folder can be written' };
  const release = lockFolder(folder);
  if (release === null) return { ...result, reason: 'another lakeobs is indexing it right now' };
  try {
    const { pieces, added, reason } = await buildPieces(engine, file, folder, options);
    options.onPieces(folder, settledOf(file, folder, pieces));
    return {
      ...result,
      indexed_bytes: pieces.at(-1)?.to ?? 0,
      added_bytes: added,
      pieces: pieces.length,
      parquet_bytes: pieces.reduce((sum, { parquetBytes }) => sum + parquetBytes, 0),
      reason,
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof LakeobsError)) throw error;
    return { ...result, failed: true, reason: error.message };
  } finally {
    release();
  }
}

/** The pieces that stay as they are: they cannot be merged with any more, or nobody has written to the log for a while. */
function settledOf({ closed, stamp }: SourceFile, folder: string, pieces: readonly ManifestPiece[]): PackedPiece[] {
  const end = pieces.at(-1)?.to ?? 0;
  const rests = closed || Date.now() - Number(stamp.mtimeNs / 1_000_000n) > indexSettledMs;
  return pieces
    .filter(({ from }) => rests || end - from > indexPieceBytesMax)
    .map(({ name, from, to, rows }) => ({ name: packedName(folder, name), bytes: to - from, rows }));
}
