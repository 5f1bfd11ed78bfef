// What a statement may be: one, and one that only reads the views. Judged on DuckDB's own parse tree before anything runs; the engine's seal
// stands behind it. An escape found later is mended here.
import { didYouMean } from '../catalog/names.ts';
import { rosterView } from '../catalog/roster.ts';
import type { Engine } from '../engine/engine.ts';
import type { Inspection } from '../engine/inspect.ts';
import { LakeobsError } from '../errors.ts';
import { families } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';

/** Views every statement may read, besides those of the families. */
const systemViews = ['sources', 'quarantine', 'problems', rosterView] as const;

/** view → family; the system views belong to none. */
export const viewFamilies: ReadonlyMap<string, FamilyName | null> = new Map<string, FamilyName | null>([
  ...families.flatMap((family) => family.views.map((view) => [view.name, family.name] as const)),
  ...systemViews.map((name) => [name, null] as const),
]);

const tableFunctionsAllowed = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree', 'repeat_row']);

/** Scalar functions that reach outside the rows: the environment, the log, sequences, other statements. */
const functionsRefused = new Set([
  'getenv',
  'write_log',
  'nextval',
  'currval',
  'setseed',
  'query',
  'query_table',
  'read_blob',
  'read_text',
]);

export interface Guarded {
  /** Views the statement names. */
  views: readonly string[];
  /** Families of those views. */
  families: readonly FamilyName[];
  /** What to run: the statement without its last semicolon. */
  sql: string;
  /** What EXPLAIN explains; the statement itself otherwise. Its plan tells which columns are read. */
  planned: string;
}

/** Checks one statement.
 * @throws LakeobsError query when it is not one read-only statement over the views; the message says which part, the hint what to use instead. */
export async function guard(engine: Engine, sql: string): Promise<Guarded> {
  const statement = stripSemicolon(sql);
  if (statement.trim() === '')
    throw new LakeobsError('query', 'there is no statement', {
      hint: 'Try: lakeobs sql "SELECT count(*) FROM sessions"',
    });
  if (/^show\s+(all\s+)?tables$/i.test(withoutComments(statement)))
    return { views: [], families: [], sql: showViews, planned: showViews };
  const planned = withoutExplain(statement);
  const parsed = await engine.parse(planned);
  if (!parsed.ok && parsed.syntax)
    throw new LakeobsError('query', `${parsed.message}${caret(planned, parsed.location)}`, {
      hint: 'lakeobs speaks DuckDB SQL over its views; docs/reference/views.md lists them.',
    });
  if (!parsed.ok && /^pivot\b/i.test(withoutComments(planned)))
    throw new LakeobsError('query', 'PIVOT without IN is refused: its columns depend on the rows', {
      hint: 'Name the values: PIVOT sessions ON kind IN (fill, email) USING count(*).',
    });
  const count = await engine.countStatements(planned);
  if (count !== 1)
    throw new LakeobsError(
      'query',
      count === 0 ? 'there is no statement' : `there are ${count} statements; one at a time`,
      { hint: count === 0 ? 'Try: lakeobs sql "SELECT count(*) FROM sessions"' : 'Run them one after the other.' },
    );
  if (!parsed.ok)
    throw new LakeobsError('query', `${firstWord(statement)} is refused: only statements that read are run`, {
      hint: 'Use SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, SHOW TABLES or EXPLAIN; to write a result use --output FILE.',
    });
  return { ...judge(parsed.inspection, planned), sql: statement, planned };
}

function judge(inspection: Inspection, sql: string): Omit<Guarded, 'sql' | 'planned'> {
  const views = new Set<string>();
  for (const { name, qualifier, location } of inspection.relations) {
    const lower = name.toLowerCase();
    if (qualifier === '' && viewFamilies.has(lower)) views.add(lower);
    else
      throw new LakeobsError(
        'query',
        `there is no view ${JSON.stringify(qualifier === '' ? name : `${qualifier}.${name}`)}${caret(sql, location)}`,
        {
          hint: /[./\\]/.test(name)
            ? 'A statement reads the views, not files: name files behind it (lakeobs sql "SELECT …" ./session.jsonl).'
            : `${didYouMean(lower, [...viewFamilies.keys()])} Views: ${[...viewFamilies.keys()].join(', ')}.`,
        },
      );
  }
  for (const { name, location } of inspection.tableFunctions)
    if (!tableFunctionsAllowed.has(name))
      throw new LakeobsError('query', `the table function ${name}() is refused${caret(sql, location)}`, {
        hint: `A statement reads the views only. Allowed: ${[...tableFunctionsAllowed].join(', ')}.`,
      });
  for (const name of inspection.functions)
    if (functionsRefused.has(name))
      throw new LakeobsError('query', `the function ${name}() is refused`, {
        hint: 'A statement reads the views only.',
      });
  const named = [...views];
  const judged = new Set(
    named.map((view) => viewFamilies.get(view)).filter((family) => family !== null && family !== undefined),
  );
  return { views: named, families: [...judged] };
}

/** The line of a statement with a caret under the place, to stand behind a message. `byteOffset` counts bytes of UTF-8. */
export function caret(sql: string, byteOffset: number | null): string {
  const bytes = Buffer.from(sql);
  if (byteOffset === null || byteOffset > bytes.length) return '';
  const location = bytes.subarray(0, byteOffset).toString().length;
  const start = sql.lastIndexOf('\n', location - 1) + 1;
  const end = sql.indexOf('\n', location);
  const line = sql.slice(start, end < 0 ? undefined : end);
  const from = Math.max(0, location - start - 60);
  return `\n  ${line.slice(from, from + 120)}\n  ${' '.repeat(location - start - from)}^`;
}

/** SHOW TABLES shows the views, not what lies behind them. */
const showViews = `SELECT name FROM (VALUES ${[...viewFamilies.keys()]
  .sort()
  .map((name) => `('${name}')`)
  .join(', ')}) AS views(name) ORDER BY name`;

function stripSemicolon(sql: string): string {
  return sql
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/(;\s*)+$/, '');
}

/** EXPLAIN itself is not in the parse tree's grammar; what it explains is. */
function withoutExplain(sql: string): string {
  const rest = withoutComments(sql);
  const match = /^explain(\s+analyze)?(\s*\([^)]*\))?\s+/i.exec(rest);
  return match === null ? sql : rest.slice(match[0].length);
}

function withoutComments(sql: string): string {
  return sql.replace(/^(\s+|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)*/, '');
}

function firstWord(sql: string): string {
  return /^\w+/.exec(withoutComments(sql))?.[0].toUpperCase() ?? 'this statement';
}
