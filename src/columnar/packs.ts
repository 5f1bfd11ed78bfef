// Packs: what stands beside the pieces for speed alone. A pack holds the narrow columns of many pieces, of many logs, in one Parquet file whose rows are clustered:
// equal values stand together, so that a condition on them skips most of the file. A statement that reads narrow columns opens a few packs instead of hundreds of
// pieces. A pack names its pieces, and a piece never changes: which of its rows count is decided by the manifests alone.
import { basename, join } from 'node:path';
import { columnNames } from '../catalog/lines.ts';
import { readManifest } from './manifest.ts';
import type { KeptFile } from './piece-file.ts';
import { readStored, writeStored } from './stored.ts';
import { isPresent } from './usable.ts';

/** The folder of the packs, on a shelf. */
export const packsName = 'packs';
export const packListName = 'packs.json';

export interface PackFile extends KeptFile {
  /** Bytes of log behind its rows. */
  bytes: number;
  rows: number;
  /** Names of the columns of `lines` it holds … */
  columns: string[];
  /** … and of those that are empty in all of its pieces. What is in neither is wide, and only in the pieces. */
  empty: string[];
  /** All values but NULL of text columns that have at most limits.indexPackValuesMax of them. */
  values: Record<string, string[]>;
  /** What it is made of, by packedName; a row says in the column `piece` which of them it is from. */
  pieces: string[];
}

/** What a piece is called on its shelf. */
export function packedName(logFolder: string, piece: string): string {
  return `${basename(logFolder)}/${piece}`;
}

/** A piece, for packing. */
export interface PackedPiece {
  /** By packedName. */
  name: string;
  /** Of log. */
  bytes: number;
  rows: number;
}

/** The packs on a shelf that are there as they were written; none when there is no list, it cannot be read, or it was made by other rules. */
export function packsOn(shelf: string): PackFile[] {
  try {
    const { version, packs } = readStored(join(shelf, packsName, packListName)) as Stored;
    if (version !== packVersion || !Array.isArray(packs)) return [];
    return packs.filter((pack) => isPack(pack) && isPresent(pack, join(shelf, packsName)));
  } catch {
    return [];
  }
}

/** Those packs that hold these columns of the pieces asked for (by packedName, with their path), and mostly of them: one of which most rows are not asked for costs more than
 * the pieces. No piece is in two: of packs that share one, which can be only after a crash, the first counts. */
export function packsHolding(
  packs: readonly PackFile[],
  asked: ReadonlyMap<string, { path: string; rows: number }>,
  columns: ReadonlySet<string>,
): { file: PackFile; pieces: Map<number, string>; partial: boolean }[] {
  const taken = new Set<string>();
  return packs.flatMap((file) => {
    const held = new Set([...file.columns, ...file.empty]);
    if ([...columns].some((name) => !held.has(name))) return [];
    const mine = [...file.pieces.entries()].filter(([, name]) => asked.has(name) && !taken.has(name));
    if (mine.reduce((sum, [, name]) => sum + asked.get(name)!.rows, 0) * 2 <= file.rows) return [];
    for (const [, name] of mine) taken.add(name);
    return [
      {
        file,
        pieces: new Map(mine.map(([at, name]) => [at, asked.get(name)!.path])),
        partial: mine.length < file.pieces.length,
      },
    ];
  });
}

/** Replaces the list in one step. @throws the system's error. */
export function writePacks(shelf: string, packs: readonly PackFile[]): void {
  writeStored(join(shelf, packsName, packListName), { version: packVersion, packs } satisfies Stored);
}

interface Stored {
  version: number;
  packs: readonly PackFile[];
}

/** Raised when packs are laid out in another way. What their rows say hangs on the pieces, whose own rules see to that. */
const packVersion = 2;

const names = new Set(columnNames);

function isPack({ name, columns, empty, values, pieces, rows, bytes }: PackFile): boolean {
  return (
    typeof name === 'string' &&
    /^[\w.-]+\.parquet$/.test(name) &&
    [columns, empty].every((list) => Array.isArray(list) && list.every((column) => names.has(column))) &&
    typeof values === 'object' &&
    Object.entries(values).every(
      ([column, list]) => names.has(column) && Array.isArray(list) && list.every((value) => typeof value === 'string'),
    ) &&
    Array.isArray(pieces) &&
    pieces.every((piece) => typeof piece === 'string') &&
    [rows, bytes].every(Number.isSafeInteger)
  );
}

/** The pieces on a shelf that are in a manifest. */
export interface Living {
  get(name: string): PackedPiece | undefined;
}

/** Looks into each manifest at most once, and only when asked. */
export function livingOn(shelf: string): Living {
  const logs = new Map<string, Map<string, PackedPiece>>();
  return {
    get: (name) => {
      const log = name.slice(0, name.indexOf('/'));
      let pieces = logs.get(log);
      if (pieces === undefined) {
        const manifest = readManifest(join(shelf, log));
        pieces = new Map(
          manifest?.pieces.map((piece) => [
            packedName(log, piece.name),
            { name: packedName(log, piece.name), bytes: piece.to - piece.from, rows: piece.rows },
          ]),
        );
        logs.set(log, pieces);
      }
      return pieces.get(name);
    },
  };
}

/** Rows of a pack whose pieces are still in their manifests. */
export function rowsAlive(pack: PackFile, living: Living): number {
  return pack.pieces.reduce((sum, name) => sum + (living.get(name)?.rows ?? 0), 0);
}
