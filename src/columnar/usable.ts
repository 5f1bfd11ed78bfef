// Whether what the index holds of a log is still what the log holds. What stat says decides nearly always; where it does not, a few blocks are read.
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { IndexedPrefix, Piece } from '../catalog/indexed.ts';
import { compressionOf, isSameFile, type SourceFile, type Stamp, sameStamp, stampOf } from '../catalog/sources.ts';
import { sampleOf } from './fingerprint.ts';
import type { Manifest, ManifestPiece } from './manifest.ts';
import type { KeptFile } from './piece-file.ts';

/** Why the index of a log is not used. */
export type Staleness = 'truncated' | 'rewritten' | 'incomplete';

/** The pieces that may be used for the file as it was listed, or why there are none.
 *
 * Nothing touched it: all of them. It grew, was renamed (only its ctime moved), or is shorter than what is indexed by now (it was cut, or listed before the last
 * piece was made): those it can hold whose sampled blocks are the same, up to the first that is not. It was written to without growing, is compressed and
 * another size, or its new name says that it is read in another way (`.gz`): none. @throws the system's error when the log cannot be read. */
export function usablePieces(manifest: Manifest, folder: string, file: SourceFile): ManifestPiece[] | Staleness {
  const present = presentPieces(manifest.pieces, folder);
  if (compressionOf(manifest.file) !== file.compression) return 'rewritten';
  if (sameStamp(manifest.stamp, file.stamp)) return present.length > 0 ? present : 'incomplete';
  if (touchedInPlace(manifest.stamp, file.stamp)) return 'rewritten';
  if (file.compression !== '' && manifest.stamp.size !== file.stamp.size) return 'rewritten';
  const held: ManifestPiece[] = [];
  for (const piece of present) {
    if (piece.to > file.stamp.size) return held.length > 0 ? held : 'truncated';
    if (sampleOf(file.path, piece) !== piece.sample) break;
    held.push(piece);
  }
  if (held.length > 0) return held;
  return present.length === 0 ? 'incomplete' : 'rewritten';
}

/** Whether more of the log is indexed than was listed here: it has grown since, and this listing knows less. */
export function isFurther({ pieces, stamp }: Manifest, file: SourceFile): boolean {
  const end = pieces.at(-1)?.to ?? 0;
  if (end <= file.stamp.size) return false;
  const now = stampOf(file.path);
  return isSameFile(stamp, now) && now!.size >= end;
}

function touchedInPlace(before: Stamp, now: Stamp): boolean {
  return before.size === now.size && before.mtimeNs !== now.mtimeNs;
}

/** Pieces up to the first whose Parquet file is missing, may not be read, or is not as it was written: a power cut, or somebody was at it. */
function presentPieces(pieces: readonly ManifestPiece[], folder: string): ManifestPiece[] {
  const missing = pieces.findIndex((piece) => !isPresent(piece, folder));
  return missing < 0 ? [...pieces] : pieces.slice(0, missing);
}

/** Whether a Parquet file of the index is there, readable and as it was written, as far as stat tells. */
export function isPresent({ name, parquetBytes, parquetMtimeNs }: KeptFile, folder: string): boolean {
  const path = join(folder, name);
  try {
    accessSync(path, constants.R_OK);
    const { size, mtimeNs } = statSync(path, { bigint: true });
    return Number(size) === parquetBytes && String(mtimeNs) === parquetMtimeNs;
  } catch {
    return false;
  }
}

/** Pieces as the catalogue takes them. */
export function prefixFrom(pieces: readonly ManifestPiece[], folder: string): IndexedPrefix {
  return {
    pieces: pieces.map(
      ({ name, from, to, census, damaged, duplicates, gluedLines, tornBytes }): Piece => ({
        path: join(folder, name),
        from,
        to,
        census,
        damaged,
        duplicates,
        gluedLines,
        tornBytes,
      }),
    ),
    bytes: pieces.at(-1)!.to,
    lines: pieces.reduce((sum, { lines }) => sum + lines, 0),
  };
}
