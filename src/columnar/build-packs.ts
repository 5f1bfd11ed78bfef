// Makes packs of pieces that will not be merged any more, when there are enough of them; together with smaller packs made before, so that there are few and each
// row was packed about as often as the number of packs doubled. A pack whose pieces were replaced is left out. Nothing but speed hangs on any of it.
import { accessSync, constants, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { columnNames, textColumnNames } from '../catalog/lines.ts';
import { plainName } from '../catalog/plain-name.ts';
import type { Scratch } from '../catalog/scratch.ts';
import { type Engine, quoteName, quotePath, quoteText } from '../engine/engine.ts';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import {
  indexPackBytesMax,
  indexPackBytesMin,
  indexPackColumnBytesMax,
  indexPackFlush,
  indexPackMemory,
  indexPackPiecesMax,
  indexPackRowGroupRows,
  indexPackRowsMax,
  indexPackValueCharsMax,
  indexPackValuesMax,
} from '../limits.ts';
import type { Release } from '../ndjson/lock.ts';
import { lockFolder } from './lock-folder.ts';
import { livingOn, type PackedPiece, type PackFile, packsName, packsOn, rowsAlive, writePacks } from './packs.ts';
import { draftOf, keep, packFileName, retire } from './piece-file.ts';

export interface PackOptions {
  scratch: Scratch;
  signal?: AbortSignal | undefined;
  /** Default: limits.indexPackBytesMin. */
  packBytesMin?: number | undefined;
  /** DuckDB's memory limit, as the engine was opened with it; limits.indexPackMemory while packing if absent. */
  memory?: string | undefined;
}

/** Packs what is settled on a shelf and in no pack yet. What cannot be packed is read from its pieces; gives what was in the way, null when nothing was.
 * @throws the signal's reason. */
export async function buildPacks(
  engine: Engine,
  shelf: string,
  settled: readonly PackedPiece[],
  options: PackOptions,
): Promise<LakeobsError | null> {
  const least = options.packBytesMin ?? indexPackBytesMin;
  if (bytesOf(unpacked(shelf, settled).fresh) < least) return null;
  const folder = join(shelf, packsName);
  let release: Release | null = null;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
    release = lockFolder(folder);
    if (release === null) return null;
    // Looked at again: another process may have packed them before this one had the lock.
    const { known, held, living, fresh } = unpacked(shelf, settled);
    if (bytesOf(fresh) < least) return null;
    // The smaller ones at the end go into the new one.
    while (held.length > 0 && held.at(-1)!.bytes <= bytesOf(fresh) && fits([held.at(-1)!, ...fresh]))
      fresh.unshift(...held.pop()!.pieces.flatMap((name) => living.get(name) ?? []));
    const made: PackFile[] = [];
    try {
      await spareMemory(engine, options);
      for (const group of groupsOf(fresh)) {
        options.signal?.throwIfAborted();
        made.push(await pack(engine, shelf, group, options));
      }
    } catch (error) {
      // What is made is made: the next run need not do it again, nor a full disk hold it twice.
      if (made.length > 0) writePacks(shelf, [...known, ...made]);
      throw error;
    }
    held.push(...made);
    writePacks(shelf, held);
    retire(
      folder,
      known.filter(({ name }) => !held.some((pack) => pack.name === name)),
    );
    return null;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof LakeobsError) && systemCode(error) === undefined) throw error;
    return notPacked(folder, error);
  } finally {
    release?.();
  }
}

/** An engine that only builds an index keeps what is set here to its end. */
function spareMemory(engine: Engine, { memory }: PackOptions): Promise<void> {
  const limit = memory === undefined ? `; SET memory_limit = ${quoteText(indexPackMemory)}` : '';
  return engine.exec(`SET allocator_flush_threshold = ${quoteText(indexPackFlush)}${limit}`);
}

function notPacked(folder: string, error: unknown): LakeobsError {
  return new LakeobsError('io', `cannot keep packs in ${folder}: ${reasonOf(error)}`, {
    path: folder,
    hint: 'Free some space there, or give it more memory (--memory), and index again. Every answer is the same without packs, only slower.',
    cause: error,
  });
}

/** The packs there are, those worth keeping, and what is settled and in none of these. */
function unpacked(shelf: string, settled: readonly PackedPiece[]) {
  const known = packsOn(shelf);
  const living = livingOn(shelf);
  const held = known.filter((pack) => rowsAlive(pack, living) * 2 > pack.rows);
  const packed = new Set(held.flatMap(({ pieces }) => pieces));
  const fresh = settled.filter(({ name, rows }) => rows > 0 && rows <= indexPackRowsMax && !packed.has(name));
  return { known, held, living, fresh };
}

function bytesOf(pieces: readonly PackedPiece[]): number {
  return pieces.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Whether one pack may hold all of it. */
function fits(parts: readonly Pick<PackedPiece, 'bytes' | 'rows'>[]): boolean {
  const sum = (of: 'bytes' | 'rows') => parts.reduce((total, part) => total + part[of], 0);
  return sum('bytes') <= indexPackBytesMax && sum('rows') <= indexPackRowsMax;
}

/** Neighbours, as many as one pack may hold. */
export function groupsOf(pieces: readonly PackedPiece[]): PackedPiece[][] {
  const groups: PackedPiece[][] = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last === undefined || last.length >= indexPackPiecesMax || !fits([...last, piece])) groups.push([piece]);
    else last.push(piece);
  }
  return groups;
}

async function pack(
  engine: Engine,
  shelf: string,
  group: readonly PackedPiece[],
  { scratch }: PackOptions,
): Promise<PackFile> {
  const folder = join(shelf, packsName);
  const shelfName = plainName(shelf, scratch);
  const paths = group.map(({ name }) => join(shelfName, name));
  const list = `[${paths.map(quotePath).join(', ')}]`;
  const { columns, empty, clustered } = await columnsOf(engine, list);
  const numbers = paths.map((path, at) => `WHEN ${quoteText(path)} THEN ${at}`).join(' ');
  const order = ['family', 'known', ...clustered].map(quoteName).join(', ');
  const name = packFileName();
  const draft = draftOf(plainName(folder, scratch), name);
  try {
    await engine.exec(
      `COPY (SELECT CAST(CASE filename ${numbers} END AS USMALLINT) AS piece, ${['family', 'known', ...columns].map(quoteName).join(', ')} FROM read_parquet(${list}, filename = true, hive_partitioning = false) ORDER BY ${order}) TO ${quoteText(draft)} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE ${indexPackRowGroupRows})`,
    );
    const values = await valuesOf(engine, draft, clustered);
    return {
      ...keep(draft, folder, name),
      bytes: bytesOf(group),
      rows: group.reduce((sum, { rows }) => sum + rows, 0),
      columns,
      empty,
      values,
      pieces: group.map((piece) => piece.name),
    };
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What the pieces' own statistics say of their columns: which are narrow (limits.indexPackColumnBytesMax a row), which hold nothing, and which repeat themselves so
 * much that their dictionary takes less than a byte a row: by those the rows are clustered, the most repetitive first. */
async function columnsOf(
  engine: Engine,
  list: string,
): Promise<{ columns: string[]; empty: string[]; clustered: string[] }> {
  const { rows } = await engine.all(
    `SELECT path_in_schema, sum(num_values)::DOUBLE, sum(num_values - coalesce(stats_null_count, 0))::DOUBLE, sum(total_uncompressed_size)::DOUBLE FROM parquet_metadata(${list}) GROUP BY ALL`,
  );
  const sizes = new Map(
    rows.map(([name, values, filled, bytes]) => [
      String(name),
      { filled: Number(filled), perRow: Number(bytes) / Number(values) },
    ]),
  );
  const holds = (name: string) => (sizes.get(name)?.filled ?? 0) > 0;
  const perRow = (name: string) => sizes.get(name)?.perRow ?? 0;
  const columns = columnNames.filter((name) => holds(name) && perRow(name) <= indexPackColumnBytesMax);
  return {
    columns,
    empty: columnNames.filter((name) => sizes.has(name) && !holds(name)),
    clustered: columns.filter((name) => perRow(name) < 1).sort((a, b) => perRow(a) - perRow(b)),
  };
}

/** All values of the columns that have few. What repeats itself so much that it clusters has few enough to be listed in memory. */
async function valuesOf(engine: Engine, draft: string, columns: readonly string[]): Promise<Record<string, string[]>> {
  const texts = columns.filter((name) => textColumnNames.has(name));
  if (texts.length === 0) return {};
  const lists = texts.map((name) => `to_json(list(DISTINCT ${quoteName(name)}))::VARCHAR`);
  const { rows } = await engine.all(`SELECT ${lists.join(', ')} FROM read_parquet(${quotePath(draft)})`);
  return Object.fromEntries(
    texts.flatMap((name, at) => {
      const values = (JSON.parse(String(rows[0]![at])) as (string | null)[]).filter((value) => value !== null).sort();
      const few = values.length <= indexPackValuesMax && values.every(({ length }) => length <= indexPackValueCharsMax);
      return few ? [[name, values]] : [];
    }),
  );
}
