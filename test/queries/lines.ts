// Test help: the relation `lines` filled from real files with a strict read, and the views over it, without the catalog's reader.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { noRosterSql } from '../../src/catalog/roster.ts';
import { presenceColumns, unionColumns, type ViewOptions, viewStatements } from '../../src/catalog/views.ts';
import { type Engine, openEngine, quoteName, quotePath } from '../../src/engine/engine.ts';
import type { Value } from '../../src/result.ts';
import { familySql, knownSql } from '../../src/schema/recognise.ts';

export const fixturesFolder = fileURLToPath(new URL('../../fixtures', import.meta.url));

/** The .jsonl files of fixture leaves, named `family/leaf`. */
export function fixtureFiles(...leaves: string[]): string[] {
  return leaves.flatMap((leaf) =>
    readdirSync(join(fixturesFolder, leaf))
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => join(fixturesFolder, leaf, name)),
  );
}

/** Reads the files into `lines` and makes the views. */
export async function fillLines(engine: Engine, files: readonly string[], options: ViewOptions = {}): Promise<void> {
  const columns = unionColumns.map(({ wire, sqlType }) => `${quoteName(wire)}: '${sqlType}'`).join(', ');
  const read =
    files.length === 0
      ? `(SELECT NULL::VARCHAR AS filename, ${unionColumns.map(({ wire, sqlType }) => `NULL::${sqlType} AS ${quoteName(wire)}`).join(', ')} WHERE false)`
      : `read_ndjson([${files.map(quotePath).join(', ')}], columns = {${columns}}, records = 'true', filename = true, hive_partitioning = false, maximum_object_size = 16777216)`;
  await engine.exec(
    `CREATE OR REPLACE TABLE lines AS SELECT filename AS source_file, ${familySql} AS family, ${knownSql} AS known, * EXCLUDE (filename)${presenceColumns.map(({ name, wire }) => `, ${quoteName(wire)} IS NOT NULL AS ${quoteName(name)}`).join('')} FROM ${read};
     CREATE OR REPLACE VIEW sources AS SELECT source_file, min(family) AS family, 'ndjson' AS form, count(*) FILTER (WHERE known) AS records, count(*) FILTER (WHERE NOT known) AS unknown_schema FROM lines GROUP BY source_file;
     CREATE OR REPLACE TABLE lines_problems (source_file VARCHAR, column_name VARCHAR, reason VARCHAR, count BIGINT);
     ${viewStatements(options).join(';\n')};
     ${rosterOf(files)}`,
  );
}

/** The view `roster`: the roster.csv beside the files, empty where there is none. */
function rosterOf(files: readonly string[]): string {
  const rosters = [...new Set(files.map((file) => join(dirname(file), 'roster.csv')))].filter(existsSync);
  return rosters.length === 0
    ? noRosterSql
    : `CREATE OR REPLACE TABLE roster AS SELECT DISTINCT worker_id FROM read_csv([${rosters.map(quotePath).join(', ')}], header = true, all_varchar = true, union_by_name = true)`;
}

/** Runs `use` over lines written to one temporary file each (text as it is, objects as JSON), in a fresh DuckDB. */
export async function withLines<T>(
  files: Readonly<Record<string, readonly (string | object)[]>>,
  use: (rows: (sql: string) => Promise<Record<string, Value>[]>, engine: Engine, folder: string) => Promise<T>,
  options: ViewOptions = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lakeobs-lines-'));
  const engine = await openEngine({ threads: 2 });
  try {
    const paths = Object.entries(files).map(([name, lines]) => {
      const path = join(folder, name);
      writeFileSync(path, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
      return path;
    });
    await fillLines(engine, paths, options);
    return await use((sql) => objects(engine, sql), engine, folder);
  } finally {
    engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rows of a statement as objects. */
export async function objects(
  engine: Engine,
  sql: string,
  params?: Parameters<Engine['all']>[1],
): Promise<Record<string, Value>[]> {
  const { columns, rows } = await engine.all(sql, params);
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
}
