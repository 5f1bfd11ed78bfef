// `npm run bench:start`: how long a person waits for a small answer. `lakeobs query alarm` over 5,000 sessions as a whole process, beside five lines that import
// @duckdb/node-api unbundled and run the same SQL with explicit columns, and beside an empty Node process as the floor. Target: at most 0.8 of the script.
// `check` and `sql` are shown with it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { median, medianRatio, printTable, timeInTurn } from './pairs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rounds = Number(process.argv[2] ?? 25);
const folder = mkdtempSync(join(tmpdir(), 'lakeobs-bench-'));
try {
  const log = join(folder, 'session.jsonl');
  const prompt = 'the same words again '.repeat(75);
  const lines = Array.from({ length: 5_000 }, (_, index) =>
    JSON.stringify({
      schema: 'session.iterate.v1',
      session_id: `s${index}`,
      timestamp: new Date(1.79e12 + index * 1000).toISOString(),
      daemon: 'validatord',
      kind: 'fill',
      model: `model-${index % 5}`,
      provider: 'p',
      prompt,
      iterations: 1,
      max_iterations: 3,
      final_verdict: 'accepted',
      attempts: [{ iteration: 0, verdict_kind: 'accepted' }],
      artifact: { fills: [{ candidate_id: `W-${index % 300}` }] },
      grounded_in_roster: true,
      duration_ms: 812,
    }),
  );
  writeFileSync(log, `${lines.join('\n')}\n`);
  const script = join(folder, 'script.mjs');
  const api = pathToFileURL(createRequire(import.meta.url).resolve('@duckdb/node-api')).href;
  writeFileSync(
    script,
    `import { DuckDBInstance } from '${api}';
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const columns = "{schema:'VARCHAR',session_id:'VARCHAR',timestamp:'VARCHAR',daemon:'VARCHAR',kind:'VARCHAR',model:'VARCHAR',provider:'VARCHAR',iterations:'VARCHAR',final_verdict:'VARCHAR',grounded_in_roster:'VARCHAR'}";
const rows = await connection.runAndReadAll(\`SELECT session_id, timestamp, daemon, model, provider, iterations, grounded_in_roster FROM read_ndjson(['${log}'], columns = \${columns}) WHERE schema = 'session.iterate.v1' AND kind = 'fill' AND final_verdict = 'accepted' AND grounded_in_roster IS NOT NULL AND grounded_in_roster <> 'true' ORDER BY timestamp, session_id\`);
console.log(JSON.stringify(rows.getRowObjectsJson()));
`,
  );
  const node = process.execPath;
  const lakeobs = (...args) => [node, join(root, 'bin', 'lakeobs.js'), ...args, log];
  const sql =
    "SELECT session_id, ts FROM sessions WHERE kind = 'fill' AND final_verdict = 'accepted' AND grounded_in_roster = false";
  const [query, theirs, check, free, floor] = timeInTurn(
    [lakeobs('query', 'alarm'), [node, script], lakeobs('check', 'alarm'), lakeobs('sql', sql), [node, '-e', '0']],
    rounds,
  );
  const row = (name, times) => [
    name,
    median(times).toFixed(0),
    Math.min(...times).toFixed(0),
    medianRatio(times, theirs).toFixed(2),
  ];
  console.log(
    `\nlakeobs query alarm, 5,000 sessions, ${(lines.join('\n').length / 1e6).toFixed(1)} MB, Node ${process.version}, ${rounds} rounds in turn\n`,
  );
  printTable(
    ['process', 'median ms', 'min ms', 'ratio to script'],
    [
      row('lakeobs query alarm', query),
      row('lakeobs check alarm', check),
      row('lakeobs sql, the same question', free),
      row('unbundled script, same SQL', theirs),
      row('node -e 0', floor),
    ],
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
