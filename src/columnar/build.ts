// Makes the pieces of one log that are not there yet: a private copy of the new bytes, hashed on the way, up to the last newline; one strict read of it into Parquet;
// where that fails, our own scan first. A piece gets its name when it is whole, and the manifest names it after that: killed at any moment, what is there is true.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { blankSql, isReadFailure, linesSql, nullLinesSql } from '../catalog/lines.ts';
import { isWhole } from '../catalog/packed.ts';
import { plainName } from '../catalog/plain-name.ts';
import { copySalvaged, type Salvaged } from '../catalog/salvaged-copy.ts';
import { isSameFile, type SourceFile, sameStamp, stampOf } from '../catalog/sources.ts';
import { type Engine, quotePath } from '../engine/engine.ts';
import { LakeobsError, reasonOf } from '../errors.ts';
import { indexDamagedRangesMax } from '../limits.ts';
import type { FamilyName } from '../schema/family.ts';
import { type Barren, type Manifest, type ManifestPiece, readManifest, writeManifest } from './manifest.ts';
import { mergePieces } from './merge.ts';
import { type Part, type PartOptions, partFrom } from './part.ts';
import {
  censusFrom,
  copyStatement,
  draftOf,
  type KeptFile,
  keep,
  pieceName,
  retire,
  rowGroupRows,
} from './piece-file.ts';
import { isFurther, usablePieces } from './usable.ts';

export type BuildOptions = PartOptions;

export interface Built {
  pieces: readonly ManifestPiece[];
  /** Bytes that were made columnar by this call. */
  added: number;
  /** Why bytes at the end stay out of the index; '' when they are only a line under way, or none. */
  reason: string;
}

/** Indexes what of the file, as it was listed, is not indexed yet. `folder` is the log's own; nobody else may be building in it.
 * @throws LakeobsError io when the log cannot be read or the folder not be written; the signal's reason. */
export async function buildPieces(
  engine: Engine,
  file: SourceFile,
  folder: string,
  options: BuildOptions,
): Promise<Built> {
  try {
    return await build(engine, file, plainName(folder, options.scratch), options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof LakeobsError) throw error;
    throw notKept(folder, error);
  }
}

function notKept(folder: string, error: unknown): LakeobsError {
  return new LakeobsError('io', `cannot keep an index in ${folder}: ${reasonOf(error)}`, {
    path: folder,
    hint: 'Free some space, or leave it out: --no-index.',
    cause: error,
  });
}

async function build(engine: Engine, file: SourceFile, folder: string, options: BuildOptions): Promise<Built> {
  const known = readManifest(folder);
  const usable = known === null ? 'incomplete' : usablePieces(known, folder, file);
  let manifest: Manifest = { file: file.path, stamp: file.stamp, pieces: typeof usable === 'string' ? [] : usable };
  const before = manifest.pieces.at(-1)?.to ?? 0;
  options.onBytes?.(before);
  if (known !== null && isFurther(known, file)) return { pieces: manifest.pieces, added: 0, reason: '' };
  if (known?.barren?.from === before && sameStamp(known.stamp, file.stamp))
    return { pieces: manifest.pieces, added: 0, reason: known.barren.reason };
  let reason = '';
  let barren: Barren | undefined;
  while ((manifest.pieces.at(-1)?.to ?? 0) < file.stamp.size) {
    const made = await nextPiece(engine, file, manifest, folder, options);
    if (typeof made === 'string') {
      reason = made;
      break;
    }
    if ('reason' in made) {
      barren = made;
      reason = made.reason;
      break;
    }
    manifest = { ...manifest, pieces: [...manifest.pieces, made] };
    writeManifest(folder, manifest);
  }
  const built = () => ({ pieces: manifest.pieces, added: (manifest.pieces.at(-1)?.to ?? 0) - before, reason });
  // A rotated log keeps what is known of it: nobody looked at it under its new name.
  if (reason === movedWords) return built();
  manifest = await mergePieces(engine, file, manifest, folder, options);
  // A renamed log, or one that only grew by a line under way, is recognised without a look into it from now on; and what can be no piece is not looked at again.
  if (known === null || !sameStamp(known.stamp, manifest.stamp) || known.file !== manifest.file || barren !== undefined)
    writeManifest(folder, { ...manifest, barren });
  retire(
    folder,
    (known?.pieces ?? []).filter(({ name }) => !manifest.pieces.some((piece) => piece.name === name)),
  );
  return built();
}

/** The piece behind the last one; or what it is about these bytes that they can be none; or why there is none now. */
async function nextPiece(
  engine: Engine,
  file: SourceFile,
  { pieces }: Manifest,
  folder: string,
  options: BuildOptions,
): Promise<ManifestPiece | Barren | string> {
  const start = { from: pieces.at(-1)?.to ?? 0, line: 1 + pieces.reduce((sum, { lines }) => sum + lines, 0) };
  const barren = (reason: string): Barren => ({ from: start.from, reason });
  const part = await partFrom(file, start.from, options);
  if (part === null) return '';
  if (part === 'moved') return movedWords;
  try {
    let found: Salvaged = { damaged: [], duplicates: new Map(), gluedLines: 0, tornBytes: 0, proven: true };
    const whole = await isWhole(part.path, file.compression, options.signal);
    let parquet = whole ? await convert(engine, part.path, part, folder) : null;
    if (parquet === null) {
      const salvaged = options.scratch.file('.ndjson');
      try {
        const source = { ...start, path: part.path, to: part.to, copied: part.copied };
        found = await copySalvaged(
          file.compression === '' ? source : { ...source, to: undefined },
          salvaged,
          options.signal,
        );
        if (found.damaged.some(({ reason }) => reason === 'not-ndjson')) return barren('it is not NDJSON');
        if (found.damaged.length > indexDamagedRangesMax)
          return barren(`it has more than ${indexDamagedRangesMax} damaged ranges; lakeobs repair mends it`);
        parquet = await convert(engine, salvaged, part, folder);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!isStill(file, part)) return movedWords;
        // A .zst that this Node cannot unpack.
        if (error instanceof LakeobsError && error.code === 'input') return error.message;
        throw error;
      } finally {
        rmSync(salvaged, { force: true });
      }
      if (parquet === null) return isStill(file, part) ? barren('DuckDB does not take its lines') : movedWords;
    }
    // The first lines decide whether a file is NDJSON at all; while that is open, lines behind them may change what these are.
    if (start.from === 0 && file.compression === '' && (parquet.rows === 0 || !found.proven)) {
      rmSync(join(folder, parquet.name), { force: true });
      return isStill(file, part) ? barren('no record of it stands on a line of its own yet') : movedWords;
    }
    const counted = await part.counted;
    // The stamp was taken before anything was read; a file that did not just grow since then may have been rewritten meanwhile.
    if (counted === null || !isStill(file, part)) {
      rmSync(join(folder, parquet.name), { force: true });
      return movedWords;
    }
    const { from, to, sample } = part;
    const { damaged, gluedLines, tornBytes } = found;
    const duplicates = [...found.duplicates.values()];
    return { ...parquet, ...counted, from, to, sample, damaged, duplicates, gluedLines, tornBytes };
  } finally {
    await part.counted.catch(() => null);
    if (part.path !== file.path) rmSync(part.path, { force: true });
  }
}

/** What was read as it lies must not have been touched; of what was copied it is enough that the log only grew. */
function isStill({ path, stamp }: SourceFile, part: Part): boolean {
  const now = stampOf(path);
  if (!part.copied) return sameStamp(stamp, now);
  return isSameFile(stamp, now) && now!.size >= stamp.size;
}

const movedWords = 'it was rotated or rewritten meanwhile';

type Parquet = KeptFile & Pick<ManifestPiece, 'rows' | 'census'>;

/** Reads lines strictly into a new Parquet file; null when they are not all records. */
async function convert(engine: Engine, path: string, part: Part, folder: string): Promise<Parquet | null> {
  const name = pieceName(part);
  const draft = draftOf(folder, name);
  try {
    await engine.exec(
      copyStatement(linesSql([{ path, file: path, copied: false }]), draft, rowGroupRows(part.lineBytes)),
    );
    const { rows } = await engine.all(
      `SELECT family, known, ${blankSql} AS blank, count(*) FROM read_parquet(${quotePath(draft)}) GROUP BY ALL`,
    );
    const hasBlank = rows.some(([, , blank]) => blank === true);
    if (hasBlank && (await engine.value(nullLinesSql(path))) !== 0) return null;
    const census = censusFrom(
      rows.map(([family, known, , count]) => ({
        family: family as FamilyName | null,
        known: known === true,
        lines: Number(count),
      })),
    );
    return { ...keep(draft, folder, name), census, rows: census.reduce((sum, count) => sum + count.lines, 0) };
  } catch (error) {
    // A full disk is no fault of the lines.
    if (reasonOf(error).includes(draft)) throw notKept(folder, error);
    if (isReadFailure(error)) return null;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
