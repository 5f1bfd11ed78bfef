// `lakeobs index --verify`: every byte of every indexed range and of every Parquet file compared by checksum, every row read. A query trusts stat and a few blocks; this trusts
// nothing. What does not hold is taken out of the index, so that the next build makes it anew.
import { basename, join } from 'node:path';
import { plainName } from '../catalog/plain-name.ts';
import type { Scratch } from '../catalog/scratch.ts';
import { isSameFile, type SourceFile, stampOf } from '../catalog/sources.ts';
import { type Engine, quotePath } from '../engine/engine.ts';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { crcIn, hashOf } from './fingerprint.ts';
import { lockFolder } from './lock-folder.ts';
import { type Manifest, type ManifestPiece, readManifest, writeManifest } from './manifest.ts';
import { type PackFile, packsName, packsOn, writePacks } from './packs.ts';
import { retire } from './piece-file.ts';
import { folderName, Shelves } from './shelves.ts';
import { isFurther, isPresent, type Staleness, usablePieces } from './usable.ts';

export interface VerifyOptions {
  cacheFolder: string;
  scratch: Scratch;
  signal?: AbortSignal | undefined;
  onProgress?: ((doneBytes: number) => void) | undefined;
}

export interface VerifiedFile {
  file: string;
  bytes: number;
  /** Bytes whose index holds. */
  verified_bytes: number;
  /** Bytes that were taken out of the index, and why. */
  dropped_bytes: number;
  reason: string;
}

/** Compares; drops what differs. @throws the signal's reason. */
export async function verifyIndex(
  engine: Engine,
  files: readonly SourceFile[],
  { cacheFolder, scratch, signal, onProgress }: VerifyOptions,
): Promise<VerifiedFile[]> {
  const shelves = new Shelves(cacheFolder);
  const results: VerifiedFile[] = [];
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    onProgress?.(done);
  };
  for (const file of files) {
    const result: VerifiedFile = {
      file: file.path,
      bytes: file.stamp.size,
      verified_bytes: 0,
      dropped_bytes: 0,
      reason: '',
    };
    results.push(result);
    for (const folder of shelves.foldersOf(file)) {
      const manifest = readManifest(folder);
      if (manifest === null || manifest.pieces.length === 0) continue;
      const usable = usablePieces(manifest, folder, file);
      // An inode number is one's own only on its device: this may be the index of another log.
      if (typeof usable === 'string' && basename(folder) !== folderName(file.stamp)) continue;
      const { sound, reason } = await soundPieces(
        engine,
        file,
        manifest,
        usable,
        plainName(folder, scratch),
        onBytes,
        signal,
      );
      // Rotated since it was listed: what was looked into was another file.
      if (!isSameFile(file.stamp, stampOf(file.path))) continue;
      const end = sound.at(-1)?.to ?? 0;
      result.verified_bytes = Math.max(result.verified_bytes, end);
      if (reason === '') continue;
      result.reason = reason;
      if (drop(folder, manifest, sound)) result.dropped_bytes += manifest.pieces.at(-1)!.to - end;
      else result.reason += '; it stays in the index: another lakeobs is at it, or it may not be written';
    }
  }
  for (const { folder } of shelves.shelvesOf(files, [])) results.push(...brokenPacks(folder));
  return results;
}

/** Packs that are not as they were written, taken out of their list. Their rows are those of pieces: to compare bytes is enough. */
function brokenPacks(shelf: string): VerifiedFile[] {
  const folder = join(shelf, packsName);
  const packs = packsOn(shelf);
  const broken = packs.filter(({ name, parquetCrc32 }) => crcIn(join(folder, name)) !== parquetCrc32);
  if (broken.length === 0) return [];
  const dropped = dropPacks(shelf, broken);
  return broken.map(({ name, parquetBytes }) => ({
    file: join(folder, name),
    bytes: parquetBytes,
    verified_bytes: 0,
    dropped_bytes: dropped ? parquetBytes : 0,
    reason: `it is not as it was written${dropped ? '' : '; it stays in the index: another lakeobs is at it, or it may not be written'}`,
  }));
}

/** Why the index of a log is not used. */
export const staleWords = {
  truncated: 'the log is shorter than what was indexed',
  rewritten: 'the log was rewritten since it was indexed',
  incomplete: 'files of its index are missing, or not as they were written',
} as const;

/** Pieces up to the first that does not hold, and what is wrong with that one; '' when all hold. */
async function soundPieces(
  engine: Engine,
  file: SourceFile,
  manifest: Manifest,
  usable: readonly ManifestPiece[] | Staleness,
  folder: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<{ sound: ManifestPiece[]; reason: string }> {
  if (typeof usable === 'string') return { sound: [], reason: staleWords[usable] };
  const sound: ManifestPiece[] = [];
  for (const piece of usable) {
    const reason = await complaint(engine, file, piece, folder, onBytes, signal);
    if (reason !== '') return { sound, reason };
    sound.push(piece);
  }
  const next = manifest.pieces[sound.length];
  if (next === undefined || isFurther(manifest, file)) return { sound, reason: '' };
  const why = next.to > file.stamp.size ? 'truncated' : isPresent(next, folder) ? 'rewritten' : 'incomplete';
  return { sound, reason: staleWords[why] };
}

/** Takes what is not sound out of an index; false when it could not be, or somebody has changed it meanwhile. */
function drop(folder: string, manifest: Manifest, sound: ManifestPiece[]): boolean {
  const release = lockFolder(folder);
  if (release === null) return false;
  try {
    const now = readManifest(folder);
    if (JSON.stringify(now?.pieces) !== JSON.stringify(manifest.pieces)) return false;
    writeManifest(folder, { ...manifest, pieces: sound });
    retire(folder, manifest.pieces.slice(sound.length));
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  } finally {
    release();
  }
}

/** False when the list could not be written, or somebody is at it. */
function dropPacks(shelf: string, broken: readonly PackFile[]): boolean {
  const folder = join(shelf, packsName);
  const release = lockFolder(folder);
  if (release === null) return false;
  try {
    writePacks(
      shelf,
      packsOn(shelf).filter(({ name }) => !broken.some((pack) => pack.name === name)),
    );
    retire(folder, broken);
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  } finally {
    release();
  }
}

/** What is wrong with a piece; '' when it holds. */
async function complaint(
  engine: Engine,
  file: SourceFile,
  piece: ManifestPiece,
  folder: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  if ((await hashOf(file.path, piece, onBytes, signal)) !== piece.sha256)
    return `bytes ${piece.from} to ${piece.to} of the log are not those that were indexed`;
  const path = join(folder, piece.name);
  try {
    if (crcIn(path) !== piece.parquetCrc32) return `${piece.name} is not as it was written`;
    // Every column, so that all of it is read.
    const rows = await engine.value(`SELECT count(hash(piece)) FROM read_parquet(${quotePath(path)}) AS piece`);
    return rows === piece.rows ? '' : `${piece.name} holds ${rows} rows instead of ${piece.rows}`;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof LakeobsError) && systemCode(error) === undefined) throw error;
    return `${piece.name} cannot be read: ${reasonOf(error).split('\n')[0]}`;
  }
}
