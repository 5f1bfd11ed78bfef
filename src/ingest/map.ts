// Foreign events into a family: one SELECT over `input(line, json)` whose columns are the family's wire names. The statement is the user's; what comes out of it
// is held to the family's rules as strictly as anything a writer appends, and nothing is filled in for it.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { openScratch } from '../catalog/scratch.ts';
import { type Engine, openEngine, quotePath } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import { duckdbObjectBytesMax, lineBytesMax } from '../limits.ts';
import { JsonText, type ResultColumn, type Value } from '../result.ts';
import { type Family, inWireOrder, type JsonObject, type JsonValue } from '../schema/family.ts';
import { describeIssues } from '../schema/validate.ts';
import type { LedgerRow } from './ledger.ts';

/** A column of this name says which input line a row came from; it is not stored. */
const lineColumn = '_line';

/** One row of the mapping: a record's text, or why it is none. */
export type Mapped = { ok: true; text: string } | { ok: false; text: string; line: number | null; reason: string };

export interface Mapping {
  family: Family;
  key: NonNullable<LedgerRow['map']>;
  /** Runs the statement over a file of lines (map-input.ts), rows in the statement's order.
   * @throws LakeobsError query when it fails. */
  run(input: string, onRow: (row: Mapped) => void): Promise<void>;
}

/** Reads a mapping and tries it on no lines at all, so that a wrong one fails before anything is written.
 * @param path of the statement, for messages. @param sql its text.
 * @throws LakeobsError query when it is not one SELECT over `input`, or lacks a column every record of the family needs. */
export async function openMapping(
  path: string,
  sql: string,
  family: Family,
  files: { emptyInput: string },
): Promise<Mapping> {
  const mapping: Mapping = {
    family,
    key: { family: family.name, sha256: createHash('sha256').update(sql).digest('hex') },
    run: (input, onRow) => withInput(path, input, (engine) => stream(engine, statementOf(sql), family, onRow)),
  };
  await withInput(path, files.emptyInput, async (engine) => {
    await refuseOther(engine, statementOf(sql));
    checkColumns((await engine.all(statementOf(sql))).columns, family);
  });
  return mapping;
}

async function withInput(path: string, input: string, use: (engine: Engine) => Promise<void>): Promise<void> {
  const scratch = openScratch();
  try {
    const engine = await openEngine({ tempDirectory: scratch.spill });
    try {
      await engine.exec(
        `CREATE VIEW input AS SELECT line, json::JSON AS json FROM read_ndjson([${quotePath(input)}], columns = {line: 'BIGINT', json: 'VARCHAR'}, records = 'true', hive_partitioning = false, maximum_object_size = ${duckdbObjectBytesMax})`,
      );
      await engine.seal([input]);
      await use(engine);
    } finally {
      engine.close();
    }
  } catch (error) {
    if (!(error instanceof LakeobsError) || error.code !== 'query') throw error;
    throw new LakeobsError('query', `${path}: ${error.message}`, {
      hint: error.hint ?? 'A mapping is one SELECT over input(line BIGINT, json JSON); docs/ingest.md has an example.',
      path,
      cause: error.cause,
    });
  } finally {
    scratch.dispose();
  }
}

/** One statement, a read, over `input` alone. The seal stands behind this: nothing but the input file could be read anyway. */
async function refuseOther(engine: Engine, sql: string): Promise<void> {
  const parsed = await engine.parse(sql);
  if (!parsed.ok) throw new LakeobsError('query', parsed.syntax ? parsed.message : 'a mapping is a SELECT');
  const count = parsed.inspection.statements;
  if (count !== 1)
    throw new LakeobsError(
      'query',
      count === 0 ? 'there is no statement' : `there are ${count} statements; a mapping is one`,
    );
  const { relations, tableFunctions } = parsed.inspection;
  const names = relations.map(({ name, qualifier }) => (qualifier === '' ? name : `${qualifier}.${name}`));
  const other = names.find((name) => name.toLowerCase() !== 'input');
  if (other !== undefined)
    throw new LakeobsError('query', `there is no table ${JSON.stringify(other)}; a mapping reads input`);
  if (!names.some((name) => name.toLowerCase() === 'input')) throw new LakeobsError('query', 'it does not read input');
  const call = tableFunctions.find(({ name }) => !tableFunctionsAllowed.has(name));
  if (call !== undefined)
    throw new LakeobsError('query', `the table function ${call.name}() is refused; a mapping reads input`);
}

const tableFunctionsAllowed = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree']);

function checkColumns(columns: readonly ResultColumn[], family: Family): void {
  const names = new Set(columns.map(({ name }) => name));
  const missing = family.columns.filter(({ wire, required }) => required && !names.has(wire)).map(({ wire }) => wire);
  if (missing.length > 0)
    throw new LakeobsError(
      'query',
      `it gives no ${missing.join(', ')}; every ${family.name} record needs ${missing.length === 1 ? 'it' : 'them'}`,
      {
        hint: `Give each as a column named like the field (… AS ${missing[0]}); lakeobs schema ${family.name} lists the fields.`,
      },
    );
}

async function stream(engine: Engine, sql: string, family: Family, onRow: (row: Mapped) => void): Promise<void> {
  const { columns, chunks } = await engine.stream(sql);
  for await (const rows of chunks) for (const row of rows) onRow(mapRow(family, columns, row));
}

/** One row as a record: NULLs left out, validated, in wire order. */
function mapRow(family: Family, columns: readonly ResultColumn[], row: readonly Value[]): Mapped {
  const record: JsonObject = {};
  const texts: Record<string, string> = {};
  const issues: string[] = [];
  let line: number | null = null;
  for (const [index, { name, type }] of columns.entries()) {
    const value = row[index] ?? null;
    if (name === lineColumn) {
      line = value === null ? null : Number(value);
      continue;
    }
    const text = jsonOf(value, type);
    if (text === null) continue;
    texts[name] = text;
    try {
      record[name] = JSON.parse(text) as JsonValue;
    } catch {
      // DuckDB's JSON may hold NaN; a number that is none is absent, as in a DOUBLE column, but inside a value it cannot be left out.
      if (nonFinite.test(text)) continue;
      texts[name] = JSON.stringify(text);
      record[name] = text;
      issues.push(`${name}: holds NaN or Infinity, which is no JSON`);
    }
  }
  const text = `{${Object.keys(inWireOrder(family, record))
    .map((name) => `${JSON.stringify(name)}:${texts[name]}`)
    .join(',')}}`;
  const bytes = Buffer.byteLength(text);
  if (bytes > lineBytesMax) issues.push(`${bytes} bytes as a line, the limit is ${lineBytesMax}`);
  const parsed = z.safeParse(family.record, record);
  if (!parsed.success) issues.push(...describeIssues(parsed.error));
  return issues.length === 0
    ? { ok: true, text }
    : { ok: false, text, line, reason: `${family.name}: ${issues.join('; ')}` };
}

const nonFinite = /^\s*-?(nan|inf(inity)?)\s*$/i;

/** A value as JSON text, null for NULL and for JSON's null. Numbers keep every digit SQL gave them. */
function jsonOf(value: Value, type: string): string | null {
  if (value === null) return null;
  if (value instanceof JsonText) {
    // Line ends between tokens are white space; inside a string JSON has none.
    const text = value.text.replace(/[\n\r]/g, ' ');
    return text.trim() === 'null' ? null : text;
  }
  return typeof value === 'string' && numeric.test(type) ? value : JSON.stringify(value);
}

const numeric = /^(DECIMAL|HUGEINT|UHUGEINT|BIGINT|UBIGINT)/;

/** Without a byte order mark and closing semicolons. */
function statementOf(sql: string): string {
  return sql
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .replace(/(;\s*)+$/, '');
}
