// What the index knows of one log file: which byte ranges are columnar, in which Parquet file, and what was found in each. One small JSON file beside the pieces,
// replaced as a whole; a reader takes it only if it was written by this version's rules.
import { createHash } from 'node:crypto';
import type { DuplicateKey, LineCount } from '../catalog/indexed.ts';
import type { Stamp } from '../catalog/sources.ts';
import { presenceColumns, unionColumns } from '../catalog/views.ts';
import { lineBytesMax } from '../limits.ts';
import type { QuarantinedRange } from '../result.ts';
import { familySql, knownSql } from '../schema/recognise.ts';
import { readStored, writeStored } from './stored.ts';

export const manifestName = 'manifest.json';

export interface Manifest {
  /** The log as it was called when the manifest was written. */
  file: string;
  /** What stat said before the last piece was made: as long as it says the same, nobody has touched the file. */
  stamp: Stamp;
  /** Ascending, without gaps, from byte 0. */
  pieces: ManifestPiece[];
  /** What stands behind `from` was looked at and can be no piece, and why: as long as `stamp` says the same, nobody looks again. */
  barren?: Barren | undefined;
}

export interface Barren {
  from: number;
  reason: string;
}

export interface ManifestPiece {
  /** Of the Parquet file, in the manifest's folder. */
  name: string;
  parquetBytes: number;
  /** CRC-32 of the Parquet file, for `index --verify`. */
  parquetCrc32: number;
  /** When it was written: a query does not use one that somebody wrote to since. */
  parquetMtimeNs: string;
  /** Bytes of the log on disk, half-open. */
  from: number;
  to: number;
  /** Newlines in the range; rows in the Parquet file. */
  lines: number;
  rows: number;
  /** SHA-256 of the range, hex. */
  sha256: string;
  /** SHA-256 of a few of its blocks (fingerprint.ts). */
  sample: string;
  census: LineCount[];
  damaged: QuarantinedRange[];
  duplicates: DuplicateKey[];
  gluedLines: number;
  tornBytes: number;
}

/** Reads the manifest of a folder; null when there is none, it cannot be read, or it was made by other rules: then the log is indexed anew. */
export function readManifest(folder: string): Manifest | null {
  try {
    const { rules, stamp, file, pieces, barren } = readStored(`${folder}/${manifestName}`) as Stored;
    if (rules !== rulesOfToday() || typeof file !== 'string' || !Array.isArray(pieces) || !pieces.every(isPiece))
      return null;
    return {
      file,
      stamp: {
        dev: BigInt(stamp.dev),
        ino: BigInt(stamp.ino),
        size: stamp.size,
        mtimeNs: BigInt(stamp.mtimeNs),
        ctimeNs: BigInt(stamp.ctimeNs),
      },
      pieces,
      barren,
    };
  } catch {
    return null;
  }
}

/** Replaces the manifest of a folder in one step. @throws the system's error. */
export function writeManifest(folder: string, { file, stamp, pieces, barren }: Manifest): void {
  const stored: Stored = {
    rules: rulesOfToday(),
    file,
    stamp: {
      dev: String(stamp.dev),
      ino: String(stamp.ino),
      size: stamp.size,
      mtimeNs: String(stamp.mtimeNs),
      ctimeNs: String(stamp.ctimeNs),
    },
    pieces,
    ...(barren === undefined ? {} : { barren }),
  };
  writeStored(`${folder}/${manifestName}`, stored);
}

interface Stored {
  rules: string;
  file: string;
  stamp: { dev: string; ino: string; size: number; mtimeNs: string; ctimeNs: string };
  pieces: ManifestPiece[];
  barren?: Barren;
}

/** Everything that decides what a line becomes in a piece. When any of it changes, pieces made before say something else than the log. */
function rulesOfToday(): string {
  rules ??= createHash('sha256')
    .update(JSON.stringify([formatVersion, unionColumns, presenceColumns, familySql, knownSql, lineBytesMax]))
    .digest('hex')
    .slice(0, 16);
  return rules;
}

let rules: string | undefined;

/** Raised when the salvage scan finds other records than before, or the pieces are laid out in another way. */
const formatVersion = 1;

function isPiece(piece: ManifestPiece, at: number, all: readonly ManifestPiece[]): boolean {
  return (
    typeof piece.name === 'string' &&
    /^[\w.-]+\.parquet$/.test(piece.name) &&
    Number.isSafeInteger(piece.to) &&
    piece.from === (at === 0 ? 0 : all[at - 1]!.to) &&
    piece.to > piece.from &&
    [piece.lines, piece.rows, piece.parquetBytes, piece.gluedLines, piece.tornBytes].every(Number.isSafeInteger) &&
    Array.isArray(piece.census) &&
    Array.isArray(piece.damaged) &&
    Array.isArray(piece.duplicates)
  );
}
