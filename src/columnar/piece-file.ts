// The Parquet file of one piece: how it is written, when it gets its name, how it goes.
import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fstatSync, fsyncSync, openSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { LineCount } from '../catalog/indexed.ts';
import { columnNames } from '../catalog/lines.ts';
import type { ByteRange } from '../catalog/snapshot.ts';
import { quoteName, quoteText } from '../engine/engine.ts';
import { indexRowGroupBytes, indexRowGroupRowsMax, indexRowGroupRowsMin } from '../limits.ts';
import { crcOf } from './fingerprint.ts';
import type { ManifestPiece } from './manifest.ts';

/** A name nobody has; the range is for people. */
export function pieceName({ from, to }: ByteRange): string {
  return `${from}-${to}.${randomBytes(6).toString('hex')}.parquet`;
}

/** A name for a pack that nobody has. */
export function packFileName(): string {
  return `${randomBytes(6).toString('hex')}.parquet`;
}

/** What a file is called until it is whole. */
export function draftOf(folder: string, name: string): string {
  return join(folder, `${name}.tmp`);
}

/** The statement that writes `lines` as a piece, in their order: the views tell the first of two by it. lz4 is read two to three times
 * as fast as zstd, for a third more disk (docs/performance.md). */
export function copyStatement(lines: string, target: string, rows: number): string {
  const columns = ['family', 'known', ...columnNames].map(quoteName).join(', ');
  return `COPY (SELECT ${columns} FROM (${lines})) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE ${rows})`;
}

export type KeptFile = Pick<ManifestPiece, 'name' | 'parquetBytes' | 'parquetCrc32' | 'parquetMtimeNs'>;

/** Gives a finished Parquet file its name; from then on a manifest may refer to it. */
export function keep(draft: string, folder: string, name: string): KeptFile {
  const descriptor = openSync(draft, 'r');
  try {
    fchmodSync(descriptor, 0o600);
    fsyncSync(descriptor);
    const { size, mtimeNs } = fstatSync(descriptor, { bigint: true });
    const kept = { name, parquetBytes: Number(size), parquetCrc32: crcOf(descriptor), parquetMtimeNs: String(mtimeNs) };
    renameSync(draft, join(folder, name));
    return kept;
  } finally {
    closeSync(descriptor);
  }
}

/** Rows of about limits.indexRowGroupBytes of log. Compressed lines tell nothing of their size: as if they were large. */
export function rowGroupRows(lineBytes: number | null): number {
  const rows = lineBytes === null ? 0 : indexRowGroupBytes / lineBytes;
  const vectors = Math.round(rows / indexRowGroupRowsMin);
  return Math.min(indexRowGroupRowsMax, Math.max(indexRowGroupRowsMin, vectors * indexRowGroupRowsMin));
}

/** One count per family and version. */
export function censusFrom(counts: readonly LineCount[]): LineCount[] {
  const united = new Map<string, LineCount>();
  for (const { family, known, lines } of counts) {
    const key = `${family} ${known}`;
    united.set(key, { family, known, lines: lines + (united.get(key)?.lines ?? 0) });
  }
  return [...united.values()];
}

/** Pieces nobody refers to any more: their grace (limits.indexGraceMs) begins now. */
export function retire(folder: string, pieces: readonly { name: string }[]): void {
  const now = new Date();
  for (const { name } of pieces)
    try {
      utimesSync(join(folder, name), now, now);
    } catch {
      // Gone already.
    }
}
