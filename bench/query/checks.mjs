// What somebody would write without lakeobs to run its checks over the Parquet copies: one bare DuckDB connection, the same views over the packs of the index, every
// statement and every population in turn. No look at whether the copies still fit the logs, no verdict.
//   node bench/query/checks.mjs LAKE NAME...
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { columnNames } from '../../dist/catalog/lines.js';
import { unionColumns, viewStatements } from '../../dist/catalog/views.js';
import { openEngine, quoteName, quotePath } from '../../dist/engine/engine.js';
import { populationOf } from '../../dist/gate/check.js';
import { listQueries, loadQuery } from '../../dist/query/load.js';
import { bindParams } from '../../dist/query/params.js';

const [lake, ...names] = process.argv.slice(2);
const catalogue = listQueries([]);
const folder = join(lake, '.lakeobs', 'columnar', 'packs');
const packs = readdirSync(folder)
  .filter((name) => name.endsWith('.parquet'))
  .map((name) => quotePath(join(folder, name)));
const engine = await openEngine({ threads: 2 });
const read = `read_parquet([${packs}], union_by_name = true)`;
const there = new Set((await engine.all(`DESCRIBE FROM ${read}`)).rows.map(([name]) => name));
const types = new Map(unionColumns.map(({ wire, sqlType }) => [wire, sqlType]));
const columns = columnNames.map((name) =>
  there.has(name) ? quoteName(name) : `NULL::${types.get(name) ?? 'BOOLEAN'} AS ${quoteName(name)}`,
);
await engine.exec(
  [
    `CREATE VIEW lines AS SELECT CAST(piece AS VARCHAR) AS source_file, family, known, ${columns} FROM ${read}`,
    'CREATE TABLE lines_problems (source_file VARCHAR, column_name VARCHAR, reason VARCHAR, count BIGINT)',
    "CREATE TABLE sources AS SELECT source_file, family, 'ndjson' AS form, count(*) FILTER (WHERE known) AS records, count(*) FILTER (WHERE NOT known) AS unknown_schema FROM lines GROUP BY ALL",
    ...viewStatements(),
  ].join(';\n'),
);
for (const name of names) {
  const query = loadQuery(name, catalogue);
  const params = bindParams(query, {});
  const { rows } = await engine.all(query.sql, params);
  const population = await engine.all(populationOf(query), params);
  console.log(JSON.stringify({ name, findings: rows.length, population: Number(population.rows[0][0]) }));
}
engine.close();
