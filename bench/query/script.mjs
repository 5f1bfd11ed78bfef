// What somebody would write without lakeobs: bare DuckDB, explicit columns, the same question. No look at damage, at unknown versions or at files that move.
//   node bench/query/script.mjs alarm|first-shot FOLDER      node bench/query/script.mjs copy FOLDER TARGET.parquet
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const [question, folder, target] = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => `'${join(folder, name)}'`);
const read = (columns) =>
  `read_ndjson([${files}], columns = {${columns.map((name) => `${name}: 'VARCHAR'`)}}, filename = true)`;
const everything =
  'schema session_id timestamp daemon kind model provider prompt iterations max_iterations final_verdict attempts artifact grounded_in_roster duration_ms';
const statements = {
  alarm: `SELECT session_id, timestamp, daemon, model, iterations, grounded_in_roster, filename
    FROM ${read(['schema', 'session_id', 'timestamp', 'daemon', 'kind', 'model', 'iterations', 'final_verdict', 'grounded_in_roster'])}
    WHERE schema = 'session.iterate.v1' AND kind = 'fill' AND final_verdict = 'accepted' AND grounded_in_roster <> 'true'
    ORDER BY timestamp, session_id`,
  'first-shot': `SELECT model, count(*) AS sessions, count(*) FILTER (final_verdict IS DISTINCT FROM 'infra_error') AS judged,
      count(*) FILTER (final_verdict = 'accepted' AND try_cast(iterations AS BIGINT) = 1) AS first_shot
    FROM ${read(['schema', 'model', 'iterations', 'final_verdict'])}
    WHERE schema = 'session.iterate.v1' GROUP BY model ORDER BY model`,
  copy: `COPY (SELECT * FROM ${read(everything.split(' '))}) TO '${target}' (FORMAT parquet, COMPRESSION zstd)`,
};
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = await connection.runAndReadAll(statements[question]);
for (const row of rows.getRowObjectsJson()) console.log(JSON.stringify(row));
