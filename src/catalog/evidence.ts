// Loads what an answer rests on: every line of every listed file, read strictly, once, with its family; and beside it what could not be read.
// Lines that the index holds stay there, in Parquet that nobody changes. The others go into one table that holds only the columns and
// lines the statements use (DuckDB's own plan says which), equal ones once with their number, so that the count, the verdict and the rows come from the same bytes.
// Nothing is ever read with ignore_errors: it can swallow a valid neighbour of a damaged line.
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Engine, InterruptedError, type Params, quoteName, quoteText } from '../engine/engine.ts';
import { assert, LakeobsError } from '../errors.ts';
import {
  groupedScanBytesMin,
  movingRetriesMax,
  oneThreadBytesMax,
  oneThreadMeanBytesMax,
  salvageKeptBytesMin,
  wideScanBytesMax,
} from '../limits.ts';
import type { ScanSummary, SourceSummary } from '../result.ts';
import { familyNames } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import { recognisedBy } from '../schema/recognise.ts';
import type { DuplicateKey, FileIndex, LineCount, Pack } from './indexed.ts';
import {
  blankSql,
  columnNames,
  isReadFailure,
  linesSql,
  linesView,
  nullLinesSql,
  piecesSql,
  planSql,
  readSql,
  restsOf,
  tableSql,
} from './lines.ts';
import { needsOfPlan } from './needs.ts';
import { acceptedLedger, foundIn, type Quarantined } from './quarantine.ts';
import { hasRest, prepareReads, type Read, type ReadMemory, type ReadOptions, salvage } from './reads.ts';
import type { Scratch } from './scratch.ts';
import { type Listing, listSources, type Scope, sameStamp, stampOf } from './sources.ts';
import { distinctWires, orderedViews, presenceColumns, unionColumns, viewStatements } from './views.ts';

/** The figures of a run that has read nothing. */
export const nothingScanned: ScanSummary = {
  files: 0,
  bytes: 0,
  records: 0,
  quarantined: 0,
  accepted: 0,
  torn: 0,
  unknown_schema: 0,
  unrecognised: 0,
  segments_unread: 0,
};

export interface EvidenceRequest {
  /** Statements about to run (what an EXPLAIN explains); only what they use is loaded. `columns`: the wire names they read, where that is known already;
   * `where`: which lines (needs.ts), where that can be trusted. */
  statements: readonly {
    sql: string;
    params: Params;
    columns?: readonly string[] | undefined;
    where?: string | null | undefined;
    /** Views it names; no others are made. */
    views: readonly string[];
  }[];
  since?: Date | undefined;
  until?: Date | undefined;
  /** Ends the reading; its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Default: limits.wideScanBytesMax. */
  wideScanBytesMax?: number | undefined;
  /** What is columnar already; everything is read from the files when absent. */
  index?: FileIndex | undefined;
  /** Told what is about to be read. */
  onScan?: ((scan: Scan) => void) | undefined;
  /** Told how far the search for damage in a file is, in bytes. */
  onProgress?: ((what: string, done: number, total: number) => void) | undefined;
  /** Where acceptances for files outside a lake are kept; those of lakes lie in the lakes. */
  stateFolder?: string | undefined;
  /** Default: limits.groupedScanBytesMin. */
  groupedScanBytesMin?: number | undefined;
}

/** What a run reads, before it does. Bytes on disk. */
export interface Scan {
  files: number;
  bytes: number;
  /** Of these, what the index holds. */
  indexedBytes: number;
}

/** What a statement asks of the lines. */
export interface Needs {
  /** Wire names of the columns it reads, beside those that tell a family; null when its plan could not be made (`error` says why). */
  columns: ReadonlySet<string> | null;
  /** What its plan says of the lines it can use (needs.ts); null: every line. */
  where: string | null;
  error: LakeobsError | null;
}

/** Health of one family, over all files. */
export interface FamilyHealth {
  files: number;
  records: number;
  unknownSchema: number;
  /** Damaged ranges that nobody has accepted, in files of this family by name. */
  quarantined: number;
}

export interface Evidence {
  listing: Listing;
  sources: readonly SourceSummary[];
  scanned: ScanSummary;
  needs: readonly Needs[];
  /** For each statement, the statement that makes `lines` what it reads: several may read one index in several ways. The first is in force. */
  lines: readonly string[];
  families: ReadonlyMap<FamilyName, FamilyHealth>;
  /** Every damaged range, accepted ones too. */
  quarantine: readonly Quarantined[];
  /** Damaged ranges whose family nobody can tell: they count against every judged family. */
  quarantinedUnknown: number;
  /** Keys written twice in one record of a family (null: of none). Looked for only where a statement reads the key, or the file was salvaged. */
  duplicates: readonly (DuplicateKey & { file: string })[];
  /** Files the lines may still be read from while statements run: pieces and packs of the index, and log files when the lines are not in memory. */
  openFiles: readonly string[];
  /** Paths that changed since they were listed: an answer streamed from them is not exact. */
  moved(): string[];
}

/** Lists the scope, reads it, and leaves in the engine: the views of every family, `sources`, `quarantine`, `problems`.
 * @throws LakeobsError input when a file cannot be read, or moves faster than it can be read. */
export async function loadEvidence(
  engine: Engine,
  scope: Scope,
  scratch: Scratch,
  request: EvidenceRequest,
): Promise<Evidence> {
  const memory: ReadMemory = { moving: new Set(), spooled: new Map() };
  const lost = new Map<string, LakeobsError>();
  for (let attempt = 0; attempt <= movingRetriesMax + lost.size; attempt++) {
    const listing = withoutLost(await listSources(scope), lost);
    try {
      const evidence = await readOnce(engine, listing, scratch, memory, request);
      if (evidence !== null) return evidence;
    } catch (error) {
      if (scope.lenient !== true || !isOfOneFile(error, listing)) throw error;
      lost.set(error.path, error);
    }
  }
  throw new LakeobsError('input', 'the files are rotated or rewritten faster than they can be read', {
    hint: 'Name files that are at rest, or raise the rotation size of their writers.',
  });
}

/** Null when a file moved under the reading. */
async function readOnce(
  engine: Engine,
  listing: Listing,
  scratch: Scratch,
  memory: ReadMemory,
  request: EvidenceRequest,
): Promise<Evidence | null> {
  const options = { scratch, signal: request.signal, index: request.index, onProgress: request.onProgress };
  const reads = await prepareReads(listing.files, memory, options);
  if (reads === null) return null;
  request.onScan?.({
    files: reads.length,
    bytes: reads.reduce((sum, { bytes }) => sum + bytes, 0),
    indexedBytes: reads.reduce((sum, { from }) => sum + from, 0),
  });
  const loaded = await load(engine, reads, memory, options, request).catch((error: unknown) => {
    // Not the fault of files that are there no more.
    if (error instanceof LakeobsError && (error.code === 'io' || error.code === 'input') && reads.some(hasMoved))
      return null;
    throw error;
  });
  const moved = reads.filter(hasMoved);
  for (const read of moved) memory.moving.add(read.file.path);
  return loaded === null || moved.length > 0 ? null : summarise(engine, listing, reads, loaded, request);
}

/** Whether a failure is that of one file among others, without which there is still something to read. */
function isOfOneFile(error: unknown, { files }: Listing): error is LakeobsError & { path: string } {
  return (
    error instanceof LakeobsError &&
    (error.code === 'io' || error.code === 'input') &&
    files.length > 1 &&
    files.some(({ path }) => path === error.path)
  );
}

/** The listing with files that turned out to be unreadable among those that were so from the start. */
function withoutLost(listing: Listing, lost: ReadonlyMap<string, LakeobsError>): Listing {
  if (lost.size === 0) return listing;
  return {
    ...listing,
    files: listing.files.filter(({ path }) => !lost.has(path)),
    unreadable: [...listing.unreadable, ...lost.values()],
  };
}

/** Views the statements name. */
function viewsOf({ statements }: EvidenceRequest): ReadonlySet<string> {
  return new Set(statements.flatMap(({ views }) => views));
}

/** What the statements together ask of the lines. */
interface Wanted {
  /** Fields read: those behind the kept columns, and those that tell the family. */
  columns: ReadonlySet<string>;
  kept: ReadonlySet<string>;
  /** SQL: the lines any of them can use; null: all. */
  where: string | null;
  /** Whether equal lines are kept once, with their number. */
  grouped: boolean;
}

function wantedOf(request: EvidenceRequest, needs: readonly Needs[], bytes: number): Wanted {
  const { statements } = request;
  const kept = new Set(needs.flatMap((need) => [...(need.columns ?? [])]));
  const conditions = new Set(statements.map(({ where }) => where ?? null));
  return {
    columns: new Set<string>([...recognisedBy, ...[...kept].map(wireOf)]),
    kept,
    where: conditions.has(null) ? null : [...conditions].map((sql) => `(${sql})`).join(' OR ') || null,
    // Large texts are nearly never equal, nor are lines of which the id or the time is kept, unless only a few are wanted: to compare them would cost more than to
    // keep them. And some views ask which line comes first.
    grouped:
      !orderedViews.some((view) => viewsOf(request).has(view)) &&
      bytes >= (request.groupedScanBytesMin ?? groupedScanBytesMin) &&
      !unionColumns.some(({ wire, wide }) => wide && kept.has(wire)) &&
      !(conditions.has(null) && distinctWires.some((wire) => kept.has(wire))),
  };
}

/** The field behind a column of lines. */
function wireOf(name: string): string {
  return presenceColumns.find((presence) => presence.name === name)?.wire ?? name;
}

interface Loaded {
  needs: Needs[];
  lazy: boolean;
  census: readonly Census[];
  lines: readonly string[];
  /** Pieces and packs that any statement reads. */
  parquet: readonly string[];
}

/** Null when a file moved under the reading. */
async function load(
  engine: Engine,
  reads: Read[],
  memory: ReadMemory,
  options: ReadOptions,
  request: EvidenceRequest,
): Promise<Loaded | null> {
  const { since, until } = request;
  const named = viewsOf(request);
  const views = viewStatements({
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }).filter((sql) => named.has(createdView(sql)));
  const tables = Object.entries(systemTables).filter(
    ([name]) => named.has(name) || (name === 'lines_problems' && named.has('problems')),
  );
  const mend = (at: number) => mendRead(reads, at, memory, options);
  for (const [at, read] of reads.entries())
    if (read.file.compression !== '' && hasRest(read) && !(await isWholePacked(read, options))) await mend(at);
  const making = tables.map(([name, columns]) => `CREATE OR REPLACE TABLE ${name} (${columns})`);
  // Views over a file are made first only to ask for plans: a plan over a file, and no other, says which of its columns are read.
  const asked = request.statements.some((statement) => statement.columns === undefined);
  if (asked) making.push(linesView([planSql(anyFile(options.scratch))]), ...views);
  if (making.length > 0) await engine.exec(making.join(';\n'));
  const needs: Needs[] = [];
  for (const statement of request.statements)
    needs.push(
      statement.columns === undefined
        ? await needsOf(engine, statement)
        : { columns: new Set(statement.columns), where: statement.where ?? null, error: null },
    );
  // One statement that cannot run: nothing would come of reading.
  if (needs.length === 1 && needs[0]!.error !== null) throw needs[0]!.error;
  const bytes = reads.reduce((sum, read) => sum + read.bytes, 0);
  if (isForThreads(reads, bytes)) await engine.spread();
  const restBytes = reads.reduce((sum, { from, bytes }) => sum + bytes - from, 0);
  const wanted = wantedOf(request, needs, restBytes);
  const { columns, kept } = wanted;
  const lazy =
    restBytes > (request.wideScanBytesMax ?? wideScanBytesMax) &&
    unionColumns.some((column) => column.wide && kept.has(column.wire));
  // Each turn that does not end it mends at least one file.
  for (;;) {
    const census = reads.some(hasRest) ? await readLines(engine, reads, wanted, lazy) : [];
    if (reads.some(hasMoved)) return null;
    const broken =
      census instanceof LakeobsError
        ? await brokenReads(engine, reads, columns)
        : await readsWithNullLines(engine, reads, census);
    for (const at of broken) await mend(at);
    if (broken.length > 0) continue;
    if (reads.some(hasMoved)) return null;
    if (census instanceof LakeobsError) throw census;
    const rests = reads.some(hasRest) ? (lazy ? linesSql(restsOf(reads)) : tableSql(wanted)) : null;
    const packs = request.statements.map((statement, at) => packsFor(statement, needs[at]!, reads, request));
    const lines = packs.map((usable, at) =>
      linesView([piecesSql(reads, usable, request.statements[at]!.where), rests]),
    );
    await engine.exec([lines[0] ?? linesView([piecesSql(reads), rests]), ...(asked ? [] : views)].join(';\n'));
    return { needs, lazy, census, lines, parquet: parquetOf(reads, packs) };
  }
}

/** Whether all threads of the machine are quicker than the one a run begins with. */
function isForThreads(reads: readonly Read[], bytes: number): boolean {
  const isPacked = reads.some(({ file }) => file.compression !== '');
  return isPacked || (bytes > oneThreadBytesMax && bytes > reads.length * oneThreadMeanBytesMax);
}

/** For each statement its packs, and the pieces that are in none of them. */
function parquetOf(reads: readonly Read[], packs: readonly (readonly Pack[])[]): string[] {
  const pieces = reads.flatMap((read) => read.pieces.map(({ path }) => path));
  const opened = packs.flatMap((usable) => {
    const packed = new Set(usable.flatMap((pack) => [...pack.pieces.values()]));
    return [...usable.map(({ path }) => path), ...pieces.filter((path) => !packed.has(path))];
  });
  return [...new Set(opened)];
}

/** What of the pieces one statement can read from packs: nothing where it asks which line comes first. */
function packsFor(
  { views }: EvidenceRequest['statements'][number],
  { columns }: Needs,
  reads: readonly Read[],
  { index }: EvidenceRequest,
): readonly Pack[] {
  if (index === undefined || columns === null || orderedViews.some((view) => views.includes(view))) return [];
  const pieces = reads.flatMap((read) => read.pieces.map(({ path }) => path));
  return pieces.length === 0 ? [] : index.packsOf(pieces, columns);
}

/** Reads a damaged file in another way: through the index, so that its damage is looked for once, else through a private copy. */
async function mendRead(reads: Read[], at: number, memory: ReadMemory, options: ReadOptions): Promise<void> {
  const read = reads[at]!;
  const { file } = read;
  if (options.index !== undefined && !file.stream && file.stamp.size >= salvageKeptBytesMin) {
    const prefix = await options.index.extend(file);
    const again = prefix === null ? null : await prepareReads([file], memory, options);
    // What is left to read must have become less, or this would go on for ever.
    if (again !== null && again[0]!.from > read.from) {
      reads[at] = again[0]!;
      return;
    }
  }
  await salvage(read, options);
}

/** A file for a plan to be made over. */
function anyFile(scratch: Scratch): string {
  const path = scratch.file('.ndjson');
  writeFileSync(path, '{}\n', { mode: 0o600 });
  return path;
}

/** One strict read of everything that is not in pieces; the failure when the bytes are not what they should be. */
async function readLines(
  engine: Engine,
  reads: readonly Read[],
  wanted: Wanted,
  lazy: boolean,
): Promise<Census[] | LakeobsError> {
  try {
    await engine.exec(lazy ? censusTable(reads, wanted) : linesTable(reads, wanted));
  } catch (error) {
    if (error instanceof LakeobsError && isReadFailure(error)) return error;
    throw error;
  }
  const census = await takeCensus(engine);
  const known = new Set(reads.map((read) => read.file.path));
  for (const { file } of census) assert(known.has(file), `lines of ${file}, which was not listed`);
  return census;
}

/** Reads each file strictly by itself; which fail? */
async function brokenReads(engine: Engine, reads: readonly Read[], columns: ReadonlySet<string>): Promise<number[]> {
  const counts = [...columns].map((column) => `count(${quoteName(column)})`).join(', ');
  const broken: number[] = [];
  for (const [at, read] of reads.entries()) {
    if (read.how === 'salvaged' || !hasRest(read)) continue;
    try {
      await engine.all(`SELECT ${counts} FROM (${readSql(restsOf([read]))})`);
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      if (!hasMoved(read)) broken.push(at);
    }
  }
  return broken;
}

interface Census extends LineCount {
  file: string;
  /** None of the fields that tell a family is there: an object of no family, or a line that is no object at all. */
  blank: boolean;
}

async function takeCensus(engine: Engine): Promise<Census[]> {
  const table = await engine.all(
    'SELECT source_file, family, known, blank, sum(lines)::BIGINT FROM lines_data GROUP BY ALL',
  );
  return table.rows.map(([file, family, known, blank, lines]) => ({
    file: String(file),
    family: family as FamilyName | null,
    known: known === true,
    blank: blank === true,
    lines: Number(lines),
  }));
}

/** A line `null` comes back as a row without any value, even from a strict read. Files with such rows are looked at as JSON; which have a null line? */
async function readsWithNullLines(
  engine: Engine,
  reads: readonly Read[],
  census: readonly Census[],
): Promise<number[]> {
  const suspects = new Set(census.filter(({ blank }) => blank).map(({ file }) => file));
  const broken: number[] = [];
  for (const [at, read] of reads.entries()) {
    if (!suspects.has(read.file.path) || read.how === 'salvaged') continue;
    // A failure here is a file that has moved since it was read; the caller looks.
    const nulls = await engine
      .value(nullLinesSql(read.path))
      .catch((error: unknown) => (isReadFailure(error) ? 0 : Promise.reject(error)));
    if (nulls !== 0) broken.push(at);
  }
  return broken;
}

/** A cut .gz or .zst can end between two lines, or before the first: DuckDB reads what there is and says nothing. */
async function isWholePacked({ path, file }: Read, { signal }: ReadOptions): Promise<boolean> {
  const { isWhole } = await import('./packed.ts');
  return isWhole(path, file.compression, signal);
}

/** Tables that hold what is known of the files; made only for statements that read them. */
const systemTables = {
  lines_problems: 'source_file VARCHAR, column_name VARCHAR, reason VARCHAR, count BIGINT',
  sources:
    'source_file VARCHAR, family VARCHAR, form VARCHAR, bytes BIGINT, records BIGINT, indexed_bytes BIGINT, quarantined BIGINT, torn_bytes BIGINT, unknown_schema BIGINT',
  quarantine:
    'source_file VARCHAR, family VARCHAR, line BIGINT, byte_offset BIGINT, byte_length BIGINT, reason VARCHAR, raw VARCHAR, accepted BOOLEAN',
} as const;

function createdView(statement: string): string {
  const name = /^CREATE OR REPLACE VIEW "?(\w+)/.exec(statement)?.[1];
  assert(name !== undefined, `no view is made by ${statement}`);
  return name;
}

/** One strict read of everything that is not in pieces, into lines_data. Of much data, lines that say the same in the wanted columns stand there once, with their number; a line that no statement
 * can use has only its census. That is what makes a read of everything cost little more than the scan (docs/performance.md). */
function linesTable(reads: readonly Read[], { columns, kept, where, grouped }: Wanted): string {
  const wires = unionColumns.filter(({ wire }) => columns.has(wire));
  const values = columnNames
    .filter((name) => kept.has(name))
    .map((name) =>
      where === null ? quoteName(name) : `CASE WHEN wanted THEN ${quoteName(name)} END AS ${quoteName(name)}`,
    );
  return `CREATE OR REPLACE TABLE lines_data AS SELECT ${['source_file', 'family', 'known', 'blank', 'wanted', ...values].join(', ')}, ${grouped ? 'count(*)' : '1'} AS lines FROM (SELECT *, ${blankSql} AS blank, ${where === null ? 'true' : `CASE WHEN ${where} THEN true ELSE false END`} AS wanted FROM (${linesSql(restsOf(reads), wires)}))${grouped ? ' GROUP BY ALL' : ''}`;
}

/** Wide columns over much data: only the census, every needed column touched. */
function censusTable(reads: readonly Read[], { columns }: Wanted): string {
  const wires = unionColumns.filter(({ wire }) => columns.has(wire));
  const touched = wires.map(({ wire }, index) => `count(${quoteName(wire)}) AS touched_${index}`);
  return `CREATE OR REPLACE TABLE lines_data AS SELECT source_file, family, known, ${blankSql} AS blank, count(*) AS lines, ${touched.join(', ')} FROM (${linesSql(restsOf(reads), wires)}) GROUP BY ALL`;
}

/** The columns of the lines that a statement's plan reads. */
async function needsOf(engine: Engine, statement: { sql: string; params: Params }): Promise<Needs> {
  try {
    const plan = await engine.all(`EXPLAIN (FORMAT json) ${statement.sql}`, statement.params);
    return { ...needsOfPlan(String(plan.rows[0]?.[1] ?? '[]')), error: null };
  } catch (error) {
    if (!(error instanceof LakeobsError) || error.code !== 'query' || error.cause instanceof InterruptedError)
      throw error;
    // The same complaint about the statement itself, so that its caret is under the right place.
    const own = await engine.bind(statement.sql).then(
      () => error,
      (bound: unknown) => bound,
    );
    return { columns: null, where: null, error: own instanceof LakeobsError ? own : error };
  }
}

function hasMoved(read: Read): boolean {
  return read.fromOriginal && !sameStamp(read.file.stamp, stampOf(read.file.path));
}

async function summarise(
  engine: Engine,
  listing: Listing,
  reads: readonly Read[],
  { needs, lazy, census, lines, parquet }: Loaded,
  request: EvidenceRequest,
): Promise<Evidence> {
  const found = new Map(reads.map((read) => [read, damageIn(read)]));
  const quarantine = [...[...found.values()].flat(), ...(await takenOutOf(engine, listing))];
  await markAcceptedIn(
    [...listing.lakes, ...(request.stateFolder === undefined ? [] : [request.stateFolder])],
    quarantine,
  );
  const families = new Map<FamilyName, FamilyHealth>(
    familyNames.map((name) => [name, { files: 0, records: 0, unknownSchema: 0, quarantined: 0 }]),
  );
  const counts = new Map<
    string,
    { found: Map<FamilyName, number>; unknown: Map<FamilyName, number>; unrecognised: number }
  >();
  const inPieces = reads.flatMap(({ file, pieces }) =>
    pieces.flatMap((piece) => piece.census.map((lineCount) => ({ file: file.path, ...lineCount }))),
  );
  for (const { file, family, known, lines } of [...inPieces, ...census]) {
    const count = counts.get(file) ?? { found: new Map(), unknown: new Map(), unrecognised: 0 };
    counts.set(file, count);
    if (family === null) count.unrecognised += lines;
    else {
      const map = known ? count.found : count.unknown;
      map.set(family, (map.get(family) ?? 0) + lines);
    }
  }
  const sources: SourceSummary[] = [];
  let quarantinedUnknown = 0;
  const scanned: ScanSummary = { ...nothingScanned, segments_unread: listing.segmentsUnread.length };
  for (const read of reads) {
    const { file } = read;
    const count = counts.get(file.path) ?? {
      found: new Map<FamilyName, number>(),
      unknown: new Map<FamilyName, number>(),
      unrecognised: 0,
    };
    // In a lake or config file an object of no family counts as an unknown version of the family the file is named for.
    if (file.family !== null && count.unrecognised > 0) {
      count.unknown.set(file.family, (count.unknown.get(file.family) ?? 0) + count.unrecognised);
      count.unrecognised = 0;
    }
    const present = new Set<FamilyName>([
      ...count.found.keys(),
      ...count.unknown.keys(),
      ...(file.family === null ? [] : [file.family]),
    ]);
    for (const family of present) {
      const health = families.get(family)!;
      health.files++;
      health.records += count.found.get(family) ?? 0;
      health.unknownSchema += count.unknown.get(family) ?? 0;
    }
    const damaged = found.get(read)!.filter(({ accepted }) => !accepted).length;
    const total = (map: Map<FamilyName, number>) => [...map.values()].reduce((sum, lines) => sum + lines, 0);
    sources.push({
      file: file.path,
      family: file.family ?? (present.size === 0 ? null : familyNames.filter((name) => present.has(name)).join(',')),
      form: file.stream ? 'stdin' : file.compression === '' ? 'ndjson' : (file.compression.slice(1) as 'gz' | 'zst'),
      bytes: read.bytes,
      records: total(count.found),
      indexed_bytes: read.from,
      quarantined: damaged,
      torn_bytes: read.tornBytes,
      unknown_schema: total(count.unknown),
      unrecognised: count.unrecognised,
    });
    scanned.files++;
    scanned.bytes += read.bytes;
    scanned.records += total(count.found);
    scanned.torn += read.tornBytes > 0 ? 1 : 0;
    scanned.unknown_schema += total(count.unknown);
    scanned.unrecognised += count.unrecognised;
  }
  for (const { family, accepted } of quarantine) {
    if (accepted) scanned.accepted++;
    else {
      scanned.quarantined++;
      if (family === null) quarantinedUnknown++;
      else families.get(family)!.quarantined++;
    }
  }
  await fillTables(engine, reads, sources, quarantine, viewsOf(request));
  return {
    listing,
    sources,
    scanned,
    needs,
    lines,
    families,
    quarantine,
    quarantinedUnknown,
    duplicates: reads.flatMap((read) =>
      duplicatesIn(read).map((duplicate) => ({ file: read.file.path, ...duplicate })),
    ),
    openFiles: [...parquet, ...(lazy ? reads.filter(hasRest).map(({ path }) => path) : [])],
    moved: () =>
      lazy ? reads.filter((read) => read.how === 'as-it-lies' && hasMoved(read)).map((read) => read.file.path) : [],
  };
}

/** What was taken out of these logs before; most have no such folder, and then nothing is loaded for it. */
async function takenOutOf(engine: Engine, listing: Listing): Promise<Quarantined[]> {
  const folders = new Set([...listing.lakes, ...listing.files.map(({ path }) => dirname(path))]);
  if (![...folders].some((folder) => existsSync(join(folder, 'quarantine')))) return [];
  const { takenOut } = await import('./taken-out.ts');
  return takenOut(engine, listing);
}

/** Marks what somebody has accepted, in one of these folders. */
async function markAcceptedIn(folders: readonly string[], quarantine: readonly Quarantined[]): Promise<void> {
  const ledgers =
    quarantine.length === 0 ? [] : folders.map((folder) => join(folder, acceptedLedger)).filter(existsSync);
  if (ledgers.length === 0) return;
  const { markAccepted } = await import('./accepted.ts');
  await markAccepted(quarantine, ledgers);
}

/** Every damaged range of a file, in its order. */
function damageIn({ file, pieces, damaged }: Read): Quarantined[] {
  return [...pieces.flatMap((piece) => piece.damaged), ...damaged].map((range) => foundIn(file, range));
}

function duplicatesIn({ pieces, duplicates }: Read): DuplicateKey[] {
  return [...pieces.flatMap((piece) => piece.duplicates), ...duplicates.values()];
}

function gluedLinesIn({ pieces, gluedLines }: Read): number {
  return pieces.reduce((sum, piece) => sum + piece.gluedLines, gluedLines);
}

async function fillTables(
  engine: Engine,
  reads: readonly Read[],
  sources: readonly SourceSummary[],
  quarantine: readonly Quarantined[],
  views: ReadonlySet<string>,
): Promise<void> {
  const nullable = (text: string | null) => (text === null ? 'NULL' : quoteText(text));
  if (views.has('sources'))
    await insert(
      engine,
      'sources',
      sources.map(
        (source) =>
          `${quoteText(source.file)}, ${nullable(source.family)}, '${source.form}', ${source.bytes}, ${source.records}, ${source.indexed_bytes}, ${source.quarantined}, ${source.torn_bytes}, ${source.unknown_schema}`,
      ),
    );
  if (views.has('quarantine'))
    await insert(
      engine,
      'quarantine',
      quarantine.map(
        ({ file, family, line, byteOffset, byteLength, reason, raw, accepted }) =>
          `${quoteText(file)}, ${nullable(family)}, ${line}, ${byteOffset}, ${byteLength}, ${quoteText(reason)}, ${quoteText(raw.replaceAll('\0', '␀'))}, ${accepted}`,
      ),
    );
  if (views.has('problems'))
    await insert(
      engine,
      'lines_problems',
      reads.flatMap((read) => [
        ...duplicatesIn(read).map(
          ({ wire, count }) =>
            `${quoteText(read.file.path)}, ${quoteText(nameOf(wire))}, 'written twice in one record: the first is kept', ${count}`,
        ),
        ...(gluedLinesIn(read) > 0
          ? [`${quoteText(read.file.path)}, NULL, 'several records on one line: each is kept', ${gluedLinesIn(read)}`]
          : []),
      ]),
    );
}

const sqlNames = new Map(
  unionColumns.map(({ wire }) => [wire, wire.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
);

function nameOf(wire: string): string {
  return sqlNames.get(wire) ?? wire;
}

const rowsPerInsert = 1_000;

async function insert(engine: Engine, table: string, rows: readonly string[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsPerInsert)
    await engine.exec(
      `INSERT INTO ${table} VALUES ${rows
        .slice(from, from + rowsPerInsert)
        .map((row) => `(${row})`)
        .join(', ')}`,
    );
}
