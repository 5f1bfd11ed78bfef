// `lakeobs index --verify`: every byte of every indexed range hashed and compared, every Parquet file counted. A query trusts stat and a few blocks; this trusts
// nothing. What does not hold is taken out of the index, so that the next build makes it anew.
import { join } from 'node:path';
import type { SourceFile } from '../catalog/sources.ts';
import { type Engine, quotePath } from '../engine/engine.ts';
import { LakeobsError, reasonOf } from '../errors.ts';
import { hashOf } from './fingerprint.ts';
import { lockFolder } from './lock-folder.ts';
import { type ManifestPiece, readManifest, writeManifest } from './manifest.ts';
import { retire } from './piece-file.ts';
import { Shelves } from './shelves.ts';
import { usablePieces } from './usable.ts';

export interface VerifyOptions {
  cacheFolder: string;
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
  { cacheFolder, signal, onProgress }: VerifyOptions,
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
      const candidates = typeof usable === 'string' ? [] : usable;
      if (typeof usable === 'string') result.reason = staleWords[usable];
      const sound: ManifestPiece[] = [];
      for (const piece of candidates) {
        const wrong = await complaint(engine, file, piece, folder, onBytes, signal);
        if (wrong !== '') {
          result.reason = wrong;
          break;
        }
        sound.push(piece);
      }
      const end = sound.at(-1)?.to ?? 0;
      result.verified_bytes = Math.max(result.verified_bytes, end);
      const indexed = manifest.pieces.at(-1)!.to;
      if (end === indexed) continue;
      const release = lockFolder(folder);
      if (release === null) continue;
      try {
        writeManifest(folder, { ...manifest, pieces: sound });
        retire(folder, manifest.pieces.slice(sound.length));
        result.dropped_bytes += indexed - end;
      } finally {
        release();
      }
    }
  }
  return results;
}

export const staleWords = {
  truncated: 'the log is shorter than what was indexed',
  rewritten: 'the log was rewritten since it was indexed',
  incomplete: 'files of its index are missing',
} as const;

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
  try {
    // Every column, so that a broken page shows.
    const rows = await engine.value(
      `SELECT count(hash(piece)) FROM read_parquet(${quotePath(join(folder, piece.name))}) AS piece`,
    );
    return rows === piece.rows ? '' : `${piece.name} holds ${rows} rows instead of ${piece.rows}`;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof LakeobsError)) throw error;
    return `${piece.name} cannot be read: ${reasonOf(error).split('\n')[0]}`;
  }
}
