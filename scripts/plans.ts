// Finds out what every bundled query reads, for dist/plans.json (src/query/plans.ts).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noConfig } from '../src/catalog/config.ts';
import { populationOf } from '../src/gate/check.ts';
import { listQueries, loadQueries } from '../src/query/load.ts';
import { bindParams } from '../src/query/params.ts';
import type { Plan } from '../src/query/plans.ts';
import { withRun } from '../src/query/run.ts';
import { statementsOf } from '../src/timeline/gather.ts';

/** SQL of each bundled statement and population, and of each statement of a time line → its plan, by the code that judges any other statement. */
export async function bundledPlans(): Promise<Record<string, Plan>> {
  const queries = loadQueries(listQueries([]));
  const bundled = queries.flatMap((query) => {
    const params = bindParams(query, {});
    return [query.sql, ...(query.kind === 'check' ? [populationOf(query)] : [])].map((sql) => ({ sql, params }));
  });
  const statements = [...bundled, ...statementsOf(['find', 'rows'])];
  // Only a plan over a file says which of its columns are read.
  const folder = mkdtempSync(join(tmpdir(), 'lakeobs-plans-'));
  const file = join(folder, 'one.jsonl');
  writeFileSync(file, '{}\n');
  const roster = { file: join(folder, 'roster.csv'), column: null };
  writeFileSync(roster.file, 'worker_id\nx\n');
  try {
    const scope = { paths: [file], lake: folder, config: noConfig, cwd: folder, roster };
    return await withRun(statements, { scope, unplanned: true }, async (run) =>
      Object.fromEntries(
        run.statements.map((statement, index) => {
          if (!statement.ok) throw statement.error;
          const { views, families } = statement.guarded;
          const { columns, where } = statement.needs;
          // The lines of a time line hang on ids that no plan knows.
          const lines = index < bundled.length ? where : null;
          return [statements[index]!.sql, { views, families, columns: [...(columns ?? [])].sort(), where: lines }];
        }),
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
