// Evidence into the lake, byte for byte: every line of every source to the log of the family it names itself, every other byte into the quarantine, nothing
// twice and nothing lost, whenever the process is killed (docs/ingest.md). Nothing is filled in, redacted, reordered or rewritten on the way.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LakeobsError, reasonOf } from '../errors.ts';
import { familyNames, familyOf } from '../schema/families.ts';
import type { FamilyName } from '../schema/family.ts';
import { openLedger } from './ledger.ts';
import { takeLock } from './lock.ts';
import type { Mapping } from './map.ts';
import { planFiles } from './plan.ts';
import { Run } from './run.ts';
import { makeStore, storeOf } from './store.ts';
import type { IngestSummary, NoteKind } from './summary.ts';

export interface IngestOptions {
  /** The lake; made when it does not exist. */
  lake: string;
  /** Files, folders, globs; `-` is `stdin`. */
  paths: readonly string[];
  /** Only lines of this family are taken, all others rejected; with `map`, the family its rows are of. */
  family?: FamilyName | undefined;
  /** Path of a mapping: one SELECT over input(line, json). */
  map?: string | undefined;
  /** What paths are relative to. */
  cwd?: string | undefined;
  stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Stops at the next chunk; what was read by then is kept. */
  signal?: AbortSignal | undefined;
  /** One sentence for a person, as it happens. */
  onNote?: ((kind: NoteKind, note: string) => void) | undefined;
  onProgress?: ((progress: IngestProgress) => void) | undefined;
  /** Other bounds than those of limits.ts: a segment's size, a transaction's, a line's length, the wait for another ingest. */
  segmentBytesMax?: number | undefined;
  transactionBytesMax?: number | undefined;
  lineBytesMax?: number | undefined;
  lockWaitMs?: number | undefined;
  /** Called before every operation on the disk that a crash could fall behind. */
  step?: ((name: string) => void) | undefined;
}

export interface IngestProgress {
  /** Of the bytes on disk; a stream has none. */
  doneBytes: number;
  totalBytes: number;
  file: string;
}

/** Takes the sources into the lake. Returns what it did; rejected lines and sources that broke off are in the summary, not thrown.
 * @throws LakeobsError usage for a family or mapping that does not fit · input for a PATH that is missing, unreadable or in the lake, and for a damaged ledger
 * · query for a mapping that cannot run · io when the lake cannot be written or another ingest holds it. What was committed before stays. */
export async function ingest(options: IngestOptions): Promise<IngestSummary> {
  const cwd = options.cwd ?? process.cwd();
  const lake = resolve(cwd, options.lake);
  const family = checkedFamily(options);
  const plan = await planFiles(options.paths, lake, cwd);
  const mapping = options.map === undefined ? null : await loadMapping(resolve(cwd, options.map), options.map, family!);
  for (const note of plan.notes) options.onNote?.('info', note);
  const store = storeOf(lake, options.step);
  makeStore(store);
  const lock = await takeLock(store, {
    waitMs: options.lockWaitMs,
    signal: options.signal,
    onWait: ({ pid }) => options.onNote?.('info', `waiting for another ingest on this lake (process ${pid})`),
  });
  try {
    const ledger = openLedger(store);
    try {
      return await new Run({ options, store, ledger, lock, mapping, files: plan.files }).all();
    } finally {
      ledger.close();
    }
  } finally {
    lock.release();
  }
}

function checkedFamily({ family, map }: IngestOptions): FamilyName | undefined {
  if (family !== undefined && familyOf(family) === undefined)
    throw new LakeobsError('usage', `there is no family ${JSON.stringify(family)}`, {
      hint: `Families: ${familyNames.join(', ')}.`,
    });
  if (map !== undefined && family === undefined)
    throw new LakeobsError('usage', 'a mapping needs the family its rows are of', {
      hint: `Add --family ${familyNames.join(' | ')}.`,
    });
  return family;
}

/** The mapping loads DuckDB; without one ingest does not. */
async function loadMapping(path: string, given: string, family: FamilyName): Promise<Mapping> {
  let sql: string;
  try {
    sql = readFileSync(path, 'utf8');
  } catch (error) {
    throw new LakeobsError('input', `cannot read the mapping ${given}: ${reasonOf(error)}`, {
      hint: 'Give the path of a .sql file.',
      path: given,
      cause: error,
    });
  }
  const [{ openMapping }, { openScratch }] = await Promise.all([import('./map.ts'), import('../catalog/scratch.ts')]);
  const scratch = openScratch();
  try {
    const emptyInput = scratch.file('.ndjson');
    writeFileSync(emptyInput, '');
    return await openMapping(given, sql, familyOf(family)!, { emptyInput });
  } finally {
    scratch.dispose();
  }
}
