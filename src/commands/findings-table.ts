// Every failing row of every check as one table, in a file: the columns `check` and `severity`, then the columns of all checks by name; a column that a check
// does not have is NULL there. CSV is written by us, Parquet by DuckDB, both from the rows on disk (findings-spool.ts).
import { renameSync, rmSync } from 'node:fs';
import { openEngine, quoteName, quotePath, quoteText } from '../engine/engine.ts';
import { LakeobsError, reasonOf } from '../errors.ts';
import { batchBytes } from '../limits.ts';
import { draftName } from '../ndjson/own-file.ts';
import { csv } from '../render/csv.ts';
import type { ResultColumn } from '../result.ts';
import { type FindingsSpool, type SpooledCheck, spooledRows } from './findings-spool.ts';
import { openFile } from './output.ts';

/** Writes the table as CSV (docs/output.md). @throws LakeobsError io. */
export async function writeFindingsCsv(path: string, { checks }: FindingsSpool): Promise<void> {
  const table = tableOf(checks);
  const file = openFile(path);
  try {
    const writer = csv.start([...leading, ...table.columns]);
    for (const [index, spooled] of checks.entries()) {
      const places = table.places[index]!;
      const { name, severity } = spooled.check;
      let text = '';
      for await (const fields of spooledRows(spooled)) {
        const row: (string | null)[] = [name, severity, ...table.columns.map(() => null)];
        for (const [at, field] of fields.entries()) row[leading.length + places[at]!] = field;
        text += writer.rows([row]);
        if (text.length < batchBytes) continue;
        file.write(text);
        text = '';
      }
      file.write(text);
    }
    file.write(writer.end());
    file.finish();
  } catch (error) {
    file.discard();
    throw error;
  }
}

/** Writes the table as Parquet: numbers, booleans and times as such, everything else as text. @throws LakeobsError io. */
export async function writeFindingsParquet(path: string, { checks, lineBytes }: FindingsSpool): Promise<void> {
  const table = tableOf(checks);
  const draft = draftName(path);
  const engine = await openEngine();
  try {
    const selects = checks.map((spooled, index) => selectOf(spooled, table, index, lineBytes));
    const all = selects.length > 0 ? selects.join('\nUNION ALL\n') : `SELECT ${list(table, [], '', '')} WHERE false`;
    await engine.exec(`COPY (${all}) TO ${quoteText(draft)} (FORMAT parquet)`);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new LakeobsError('io', `cannot write ${path}: ${reasonOf(error).split('\n')[0]}`, {
      path,
      hint: 'Check the folder and its permissions.',
      cause: error,
    });
  } finally {
    engine.close();
  }
}

const leading: readonly ResultColumn[] = [
  { name: 'check', type: 'VARCHAR' },
  { name: 'severity', type: 'VARCHAR' },
];

interface FindingsTable {
  /** Behind `check` and `severity`. */
  columns: readonly ResultColumn[];
  /** For each check, where its columns stand. */
  places: readonly (readonly number[])[];
}

/** Columns are one when their names are, whatever the case; a second one of a check gets a number. Of two types it is text. */
function tableOf(checks: readonly SpooledCheck[]): FindingsTable {
  const columns: ResultColumn[] = [];
  const known = new Map<string, number>();
  const places = checks.map((spooled) => {
    const own = new Set(leading.map(({ name }) => name));
    return spooled.columns.map(({ name, type }) => {
      let unique = name;
      for (let copy = 2; own.has(unique.toLowerCase()); copy++) unique = `${name}_${copy}`;
      own.add(unique.toLowerCase());
      const at = known.get(unique.toLowerCase());
      if (at === undefined) {
        known.set(unique.toLowerCase(), columns.length);
        return columns.push({ name: unique, type: keptType(type) }) - 1;
      }
      if (columns[at]!.type !== keptType(type)) columns[at] = { name: columns[at]!.name, type: 'VARCHAR' };
      return at;
    });
  });
  return { columns, places };
}

/** Types whose text DuckDB reads back as the same value; of all others the text is kept. Parquet has no integer of 128 bits: DuckDB would write a DOUBLE. */
function keptType(type: string): string {
  if (type === 'HUGEINT' || type === 'UHUGEINT') return 'DECIMAL(38,0)';
  return keptTypes.test(type) ? type : 'VARCHAR';
}

const keptTypes =
  /^(BOOLEAN|U?(TINY|SMALL|BIG)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\s*\d+\)|DATE|TIMESTAMP( WITH TIME ZONE|_NS|_MS|_S)?|UUID)$/;

function selectOf(
  { check, columns, path }: SpooledCheck,
  table: FindingsTable,
  index: number,
  lineBytes: number,
): string {
  const read = columns.map((_, at) => `${quoteText(`c${at}`)}: 'VARCHAR'`).join(', ');
  const from = `read_json(${quotePath(path)}, format = 'newline_delimited', columns = {${read}}, maximum_object_size = ${lineBytes + 1})`;
  return `SELECT ${list(table, table.places[index]!, check.name, check.severity)} FROM ${from}`;
}

function list(table: FindingsTable, places: readonly number[], check: string, severity: string): string {
  const fields = table.columns.map(({ name, type }, at) => {
    const own = places.indexOf(at);
    return `CAST(${own === -1 ? 'NULL' : `c${own}`} AS ${type}) AS ${quoteName(name)}`;
  });
  return [`${quoteText(check)} AS "check"`, `${quoteText(severity)} AS "severity"`, ...fields].join(', ');
}
