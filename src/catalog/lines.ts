// The SQL of `lines`: the one relation under all views, read from log files and their copies, from Parquet pieces, or from a table of lines already read.
// It names files and columns; what they mean is views.ts's business.
import { quoteName, quotePath, quoteText } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import { duckdbObjectBytesMax } from '../limits.ts';
import { familySql, knownSql, recognisedBy } from '../schema/recognise.ts';
import type { Pack } from './indexed.ts';
import { followsFrom } from './known-values.ts';
import { hasRest, type Read } from './reads.ts';
import { presenceColumns, type UnionColumn, unionColumns } from './views.ts';

/** What `lines` has besides source_file, family and known. */
const typedColumns = [
  ...unionColumns.map(({ wire, sqlType }) => ({ name: wire, sqlType })),
  ...presenceColumns.map(({ name }) => ({ name, sqlType: 'BOOLEAN' })),
];

/** Their names: the columns of a piece, besides family and known. */
export const columnNames: readonly string[] = typedColumns.map(({ name }) => name);

/** Those that hold text as it was written. */
export const textColumnNames: ReadonlySet<string> = new Set(
  typedColumns.flatMap(({ name, sqlType }) => (sqlType === 'VARCHAR' ? [name] : [])),
);

/** `lines` straight from the files, without what is in pieces. `wires`: the columns to declare; each one declared costs, also unread ones. */
export function linesSql(reads: readonly FileRead[], wires: readonly UnionColumn[] = unionColumns): string {
  const straight = reads.filter(({ copied }) => !copied);
  const copies = reads.filter(({ copied }) => copied);
  const parts = [straight, copies].filter((group) => group.length > 0).map((group) => readSql(group, wires));
  if (parts.length === 0) return noLines;
  return `SELECT source_file, ${familySql} AS family, ${knownSql} AS known, * EXCLUDE (source_file)${presenceSql(wires)} FROM (${parts.join('\nUNION ALL\n')})`;
}

/** The presence columns of these fields, to stand behind them in a select list. */
export function presenceSql(wires: readonly UnionColumn[] = unionColumns): string {
  return presenceColumns
    .filter(({ wire }) => wires.some((column) => column.wire === wire))
    .map(({ name, wire }) => `, ${quoteName(wire)} IS NOT NULL AS ${quoteName(name)}`)
    .join('');
}

/** What one read of a file needs to know. */
export interface FileRead {
  /** What DuckDB opens. */
  path: string;
  /** What it is called. */
  file: string;
  copied: boolean;
}

/** The files and copies behind the rests of some reads. */
export function restsOf(reads: readonly Read[]): FileRead[] {
  return reads.filter(hasRest).map(({ path, file, how }) => ({ path, file: file.path, copied: how !== 'as-it-lies' }));
}

/** Some files in one read; copies go by the name of what they are copies of. One read for all: a UNION of a thousand is planned for seconds. */
export function readSql(reads: readonly FileRead[], wires: readonly UnionColumn[] = unionColumns): string {
  const renamed = reads.some(({ path, file }) => path !== file);
  const names = `(VALUES ${reads.map(({ path, file }) => `(${quoteText(path)}, ${quoteText(file)})`).join(', ')}) AS names(path, file) ON names.path = lines_of.filename`;
  return `SELECT ${renamed ? 'names.file' : 'filename'} AS source_file, ${wires.map(({ wire }) => quoteName(wire)).join(', ')} FROM read_ndjson([${reads.map(({ path }) => quotePath(path)).join(', ')}], columns = {${wires.map(({ wire, sqlType }) => `${quoteName(wire)}: '${sqlType}'`).join(', ')}}, records = 'true', filename = true, hive_partitioning = false, maximum_object_size = ${duckdbObjectBytesMax}) AS lines_of${renamed ? ` LEFT JOIN ${names}` : ''}`;
}

/** `lines` from the pieces, those in packs from there; null when there are none. `where`: which lines a statement can use (needs.ts). The names go by a CASE: DuckDB works it out once per block of rows, a join once per row. */
export function piecesSql(reads: readonly Read[], packs: readonly Pack[] = [], where?: string | null): string | null {
  const names = new Map(reads.flatMap((read) => read.pieces.map(({ path }) => [path, read.file.path] as const)));
  const parts = alike(packs).map((group) => packsSql(group, names, where));
  for (const { pieces } of packs) for (const path of pieces.values()) names.delete(path);
  if (names.size > 0) {
    const cases = [...names].map(([path, file]) => `WHEN ${quoteText(path)} THEN ${quoteText(file)}`);
    parts.push(
      `SELECT CASE filename ${cases.join(' ')} END AS source_file, family, known, ${columnNames.map(quoteName).join(', ')} FROM read_parquet([${[...names.keys()].map(quotePath).join(', ')}], filename = true, hive_partitioning = false)`,
    );
  }
  return parts.length === 0 ? null : parts.join('\nUNION ALL\n');
}

/** Packs in groups that one read can take: a plan with a branch for each pack costs more than the rows. One with rows to leave out is alone. */
function alike(packs: readonly Pack[]): Pack[][] {
  const groups = new Map<string, Pack[]>();
  for (const pack of packs) {
    const { path, columns, empty, partial } = pack;
    const key = partial ? path : [...columns, '', ...empty].join();
    groups.set(key, [...(groups.get(key) ?? []), pack]);
  }
  return [...groups.values()];
}

/** `lines` from packs of the same columns. Their rows are in no order, so the name is looked up for each that is asked for it. */
function packsSql(
  packs: readonly Pack[],
  names: ReadonlyMap<string, string>,
  where: string | null | undefined,
): string {
  const { columns, empty, pieces, partial } = packs[0]!;
  const values = typedColumns.map(({ name, sqlType }) =>
    columns.has(name)
      ? quoteName(name)
      : empty.has(name)
        ? `NULL::${sqlType} AS ${quoteName(name)}`
        : notLoaded(name, sqlType),
  );
  const several = packs.length > 1;
  const file = several
    ? `CASE filename ${packs.map((pack) => `WHEN ${quoteText(pack.path)} THEN ${nameInPack(pack, names)}`).join(' ')} END`
    : nameInPack(packs[0]!, names);
  const conditions = [
    ...(partial ? [`piece IN (${[...pieces.keys()].join(', ')})`] : []),
    ...followsFrom(where, (column) => allValues(packs, column)),
  ];
  return `SELECT ${file} AS source_file, family, known, ${values.join(', ')} FROM read_parquet([${packs.map(({ path }) => quotePath(path)).join(', ')}], filename = ${several}, hive_partitioning = false)${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}`;
}

/** Undefined when one of the packs does not say. */
function allValues(packs: readonly Pack[], column: string): string[] | undefined {
  const each = packs.map(({ values }) => values.get(column));
  return each.some((values) => values === undefined) ? undefined : [...new Set(each.flatMap((values) => values!))];
}

function nameInPack({ pieces }: Pack, names: ReadonlyMap<string, string>): string {
  const list = Array.from({ length: Math.max(...pieces.keys()) + 1 }, (_, at) =>
    quoteText(names.get(pieces.get(at) ?? '') ?? ''),
  );
  return `([${list.join(', ')}])[piece + 1]`;
}

/** A column nobody asked for is an error, not a NULL, should it be read after all. */
function notLoaded(name: string, sqlType: string): string {
  return `CAST(error(${quoteText(`lakeobs did not load the column ${name}; please report this statement`)}) AS ${sqlType}) AS ${quoteName(name)}`;
}

/** `lines` from the table lines_data, in their order, unless equal ones stand there once with their number (grouped). */
export function tableSql({ kept, grouped }: { kept: ReadonlySet<string>; grouped: boolean }): string {
  const list = typedColumns.map(({ name, sqlType }) => (kept.has(name) ? quoteName(name) : notLoaded(name, sqlType)));
  return `SELECT source_file, family, known, ${list.join(', ')} FROM ${grouped ? '(SELECT *, unnest(range(lines)) FROM lines_data WHERE wanted)' : 'lines_data WHERE wanted'}`;
}

/** `lines` only to ask for plans: family and known are columns of the scan, so that a plan names the fields a statement reads, not those that tell a family. */
export function planSql(path: string): string {
  const columns = typedColumns.map(({ name, sqlType }) => `${quoteName(name)}: '${sqlType}'`);
  return `SELECT filename AS source_file, * EXCLUDE (filename) FROM read_ndjson([${quotePath(path)}], columns = {family: 'VARCHAR', known: 'BOOLEAN', ${columns.join(', ')}}, records = 'true', filename = true, hive_partitioning = false, maximum_object_size = ${duckdbObjectBytesMax})`;
}

/** The view itself. */
export function linesView(parts: readonly (string | null)[]): string {
  const present = parts.filter((part) => part !== null);
  return `CREATE OR REPLACE VIEW lines AS ${present.length === 0 ? noLines : present.join('\nUNION ALL\n')}`;
}

const noLines = `SELECT NULL::VARCHAR AS source_file, NULL::VARCHAR AS family, NULL::BOOLEAN AS known, ${typedColumns.map(({ name, sqlType }) => `NULL::${sqlType} AS ${quoteName(name)}`).join(', ')} WHERE false`;

/** SQL for a line that has none of the fields that tell a family: an object of no family, or, with `null`, no object at all.
 * A CASE, not an AND: the first field decides nearly every line. */
export const blankSql = `CASE ${recognisedBy.map((wire) => `WHEN ${quoteName(wire)} IS NOT NULL THEN false`).join(' ')} ELSE true END`;

/** How many lines of a file are the word null: a strict read gives a row without any value for one. */
export function nullLinesSql(path: string): string {
  return `SELECT count(*) FROM read_ndjson_objects([${quotePath(path)}], maximum_object_size = ${duckdbObjectBytesMax}) WHERE trim(json::VARCHAR) = 'null'`;
}

/** Whether DuckDB failed at the data (not at the statement or the machine). */
export function isReadFailure(error: unknown): boolean {
  return (
    error instanceof LakeobsError &&
    /Malformed JSON|JSON transform error|Invalid Input Error|maximum_object_size|IO Error|unicode|UTF-?8/i.test(
      error.message,
    )
  );
}
