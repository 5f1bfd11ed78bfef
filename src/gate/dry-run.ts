// `check --dry-run`: headers, statements and populations held against the views and against each other, over no data at all. What it complains about would
// be an error, or a check that does not look, on the day it runs. Says nothing about rows: there are none.
import { LakeobsError } from '../errors.ts';
import type { Query } from '../query/header.ts';
import { type Catalogue, loadQuery } from '../query/load.ts';
import { bindParams } from '../query/params.ts';
import { type Run, type RunOptions, type Statement, withRun } from '../query/run.ts';
import type { ResultColumn, Row } from '../result.ts';
import { brokenPromise, populationOf } from './check.ts';
import { configured } from './settings.ts';

export interface DryRun {
  name: string;
  /** What is wrong, one line; null: nothing. */
  error: string | null;
}

/** Own queries whose header cannot be read: they cannot be chosen at all. Name → complaint. */
export function unreadableQueries(catalogue: Catalogue): Map<string, string> {
  const broken = new Map<string, string>();
  for (const name of catalogue.files.keys())
    try {
      loadQuery(name, catalogue);
    } catch (error) {
      if (!(error instanceof LakeobsError)) throw error;
      broken.set(name, error.message);
    }
  return broken;
}

/** Every statement, with the params of the config, guarded, planned and run over empty views; complaints by name. A param without a value is NULL.
 * @throws LakeobsError usage for a value that does not fit its param. */
export async function dryRunChecks(
  asked: readonly Query[],
  options: RunOptions & { params: Readonly<Record<string, string>> },
): Promise<DryRun[]> {
  const flags = { allowEmpty: false, allowDamage: false };
  const checks = asked.map((check) => configured(check, options.scope.config, flags).query);
  const statements = checks.flatMap((check): Statement[] => {
    const given = check.params.filter((param) => param.default !== null || Object.hasOwn(options.params, param.name));
    const own = Object.entries(options.params).filter(([name]) => given.some((param) => param.name === name));
    const params = {
      ...Object.fromEntries(check.params.map(({ name, type }) => [name, { type, value: null }])),
      ...bindParams({ ...check, params: given }, Object.fromEntries(own)),
    };
    return [
      { sql: check.sql, params },
      { sql: populationOf(check), params },
    ];
  });
  return withRun(statements, options, async (run) => {
    const results: DryRun[] = [];
    for (const [index, check] of checks.entries())
      results.push({
        name: check.name,
        error: (await statementFault(check, run, 2 * index)) ?? (await populationFault(check, run, 2 * index + 1)),
      });
    return results;
  });
}

async function statementFault(check: Query, run: Run, index: number): Promise<string | null> {
  const { columns, error } = await answerOf(run, index);
  if (error !== null) return error;
  const unused = check.params.find(({ name }) => !uses(check.sql, name) && !uses(check.population ?? '', name));
  if (unused !== undefined)
    return `its header declares the param ${unused.name}, and no statement uses $${unused.name}`;
  return brokenPromise(check, columns);
}

async function populationFault(check: Query, run: Run, index: number): Promise<string | null> {
  const { columns, rows, error } = await answerOf(run, index);
  if (error !== null) return `population: ${error}`;
  return columns.length === 1 && rows.length === 1 && /INT|DECIMAL|DOUBLE|FLOAT/.test(columns[0]!.type)
    ? null
    : `population: it must be one SELECT that gives one number, such as ${populationOf({ ...check, population: null })}`;
}

/** What a statement gives over no data. */
async function answerOf(
  run: Run,
  index: number,
): Promise<{ columns: readonly ResultColumn[]; rows: readonly Row[]; error: string | null }> {
  const rows: Row[] = [];
  try {
    const { columns, chunks } = await run.stream(index);
    for await (const chunk of chunks) rows.push(...chunk);
    return { columns, rows, error: null };
  } catch (error) {
    if (!(error instanceof LakeobsError) || error.code !== 'query') throw error;
    return { columns: [], rows, error: error.message.split('\n')[0]! };
  }
}

/** Whether a statement says `$name`. To DuckDB $n and $N are one name. */
function uses(sql: string, name: string): boolean {
  return new RegExp(`\\$${name}(?![A-Za-z0-9_])`, 'i').test(sql);
}
