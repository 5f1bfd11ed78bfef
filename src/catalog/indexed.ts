// What the catalogue asks of an index: which first part of a file is already columnar, and what was found in it. Who keeps it, and how (src/columnar), is not
// this folder's business.
import type { QuarantinedRange } from '../result.ts';
import type { FamilyName } from '../schema/family.ts';
import type { SourceFile } from './sources.ts';

/** Lines of one family and version. */
export interface LineCount {
  /** Null: unrecognised. */
  family: FamilyName | null;
  /** False: a version of the family that nobody here knows. */
  known: boolean;
  lines: number;
}

/** Records with a key written twice, by key and family. */
export interface DuplicateKey {
  wire: string;
  family: FamilyName | null;
  count: number;
}

/** A range of bytes of one file, [from, to) on disk, as Parquet: the columns of `lines` without source_file. It begins and ends at a line. */
export interface Piece {
  path: string;
  from: number;
  to: number;
  census: readonly LineCount[];
  /** Ranges of it that are no records; lines and offsets are those of the whole file. */
  damaged: readonly QuarantinedRange[];
  duplicates: readonly DuplicateKey[];
  /** Lines that held more than one whole record. */
  gluedLines: number;
  /** Of a cut compressed file: bytes of the record that the cut tore. */
  tornBytes: number;
}

/** The first part of a file, in pieces without gaps. */
export interface IndexedPrefix {
  pieces: readonly Piece[];
  /** Where it ends. */
  bytes: number;
  /** Newlines in it. */
  lines: number;
}

/** Some columns of the lines of many pieces in one Parquet file, in no order: one to open instead of many. */
export interface Pack {
  path: string;
  /** Names of the columns in it … */
  columns: ReadonlySet<string>;
  /** … and of those of which no line has any. */
  empty: ReadonlySet<string>;
  /** Of columns with few values all of them but NULL. */
  values: ReadonlyMap<string, readonly string[]>;
  /** Paths of the pieces that count, by the number that stands in the column `piece`. */
  pieces: ReadonlyMap<number, string>;
  /** Whether there are rows of other pieces in it. */
  partial: boolean;
}

export interface FileIndex {
  /** What of the file is columnar and certainly still its content; null when nothing is, or when using it costs more than reading the file. */
  prefixOf(file: SourceFile): Promise<IndexedPrefix | null>;
  /** Makes a damaged file columnar as far as its lines are whole, so that its damage is looked for once; null when that cannot be kept anywhere.
   * @throws the signal's reason. */
  extend(file: SourceFile): Promise<IndexedPrefix | null>;
  /** Packs that hold these columns of pieces given before. No two hold the same piece. */
  packsOf(pieces: readonly string[], columns: ReadonlySet<string>): readonly Pack[];
}
