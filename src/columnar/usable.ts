// Whether what the index holds of a log is still what the log holds. What stat says decides nearly always; where it does not, a few blocks are read.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { IndexedPrefix, Piece } from '../catalog/indexed.ts';
import { type SourceFile, type Stamp, sameStamp } from '../catalog/sources.ts';
import { sampleOf } from './fingerprint.ts';
import type { Manifest, ManifestPiece } from './manifest.ts';

/** Why the index of a log is not used. */
export type Staleness = 'truncated' | 'rewritten' | 'incomplete';

/** The pieces that may be used for the file as it was listed, or why there are none.
 *
 * Nothing touched it: all of them. It grew, or was renamed (only its ctime moved): those whose sampled blocks are the same, up to the first that is not. It was
 * written to without growing, or is compressed and another size: none. */
export function usablePieces(manifest: Manifest, folder: string, file: SourceFile): ManifestPiece[] | Staleness {
  const present = presentPieces(manifest.pieces, folder);
  if (sameStamp(manifest.stamp, file.stamp)) return present.length > 0 ? present : 'incomplete';
  if (file.stamp.size < (present.at(-1)?.to ?? 0)) return 'truncated';
  if (touchedInPlace(manifest.stamp, file.stamp)) return 'rewritten';
  if (file.compression !== '' && manifest.stamp.size !== file.stamp.size) return 'rewritten';
  const held: ManifestPiece[] = [];
  for (const piece of present) {
    if (sampleOf(file.path, piece) !== piece.sample) break;
    held.push(piece);
  }
  if (held.length > 0) return held;
  return present.length === 0 ? 'incomplete' : 'rewritten';
}

function touchedInPlace(before: Stamp, now: Stamp): boolean {
  return before.size === now.size && before.mtimeNs !== now.mtimeNs;
}

/** Pieces up to the first whose Parquet file is missing or has another size: a power cut, or somebody tidied up. */
function presentPieces(pieces: readonly ManifestPiece[], folder: string): ManifestPiece[] {
  const missing = pieces.findIndex(
    ({ name, parquetBytes }) => statSync(join(folder, name), { throwIfNoEntry: false })?.size !== parquetBytes,
  );
  return missing < 0 ? [...pieces] : pieces.slice(0, missing);
}

/** Pieces as the catalogue takes them. */
export function prefixFrom(pieces: readonly ManifestPiece[], folder: string): IndexedPrefix {
  return {
    pieces: pieces.map(
      ({ name, from, to, census, damaged, duplicates, gluedLines }): Piece => ({
        path: join(folder, name),
        from,
        to,
        census,
        damaged,
        duplicates,
        gluedLines,
      }),
    ),
    bytes: pieces.at(-1)!.to,
    lines: pieces.reduce((sum, { lines }) => sum + lines, 0),
  };
}
