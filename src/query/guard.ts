// What a statement may be: one, and one that only reads the views. Judged on DuckDB's own parse tree before anything runs; the engine's seal
// stands behind it. An escape found later is mended here.
import { didYouMean, nearNames } from '../catalog/names.ts';
import { rosterView } from '../catalog/roster.ts';
import type { Engine } from '../engine/engine.ts';
import type { Inspection } from '../engine/inspect.ts';
import { LakeobsError } from '../errors.ts';
import { caretColumnsMax, statementBytesMax } from '../limits.ts';
import { families } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import { headOf, widthOf } from '../width.ts';

/** Views every statement may read, besides those of the families. */
const systemViews = ['sources', 'quarantine', 'problems', rosterView] as const;

/** view → family; the system views belong to none. */
export const viewFamilies: ReadonlyMap<string, FamilyName | null> = new Map<string, FamilyName | null>([
  ...families.flatMap((family) => family.views.map((view) => [view.name, family.name] as const)),
  ...systemViews.map((name) => [name, null] as const),
]);

/** Table functions that read nothing but their arguments. */
export const tableFunctionsAllowed: ReadonlySet<string> = new Set([
  'unnest',
  'range',
  'generate_series',
  'json_each',
  'json_tree',
  'repeat_row',
]);

export interface Guarded {
  /** Views the statement names. */
  views: readonly string[];
  /** Families of those views. */
  families: readonly FamilyName[];
  /** What to run: the statement without its last semicolon. */
  sql: string;
  /** Files it reads besides, as DuckDB is to be allowed them (allowed-files.ts). */
  files: readonly string[];
  /** What EXPLAIN explains; the statement itself otherwise. Its plan tells which columns are read. */
  planned: string;
}

/** Checks one statement. `allowFiles`: folders whose files it may read as well.
 * @throws LakeobsError query when it is not one read-only statement over the views; the message says which part, the hint what to use instead. */
export async function guard(engine: Engine, sql: string, allowFiles: readonly string[] = []): Promise<Guarded> {
  const whole = stripSemicolon(sql);
  refuseText(whole);
  if (whole.trim() === '')
    throw new LakeobsError('query', 'there is no statement', {
      hint: 'lakeobs sql "SELECT count(*) FROM sessions"',
    });
  if (/^((show|describe)(\s+(all\s+)?tables)?)$/i.test(withoutComments(whole)))
    return { views: [], families: [], files: [], sql: showViews, planned: showViews };
  const { explain, planned } = splitExplain(whole);
  const parsed = await engine.parse(planned);
  if (!parsed.ok && parsed.syntax) throw syntaxError(parsed.message, planned, parsed.location);
  if (!parsed.ok && /^pivot\b/i.test(withoutComments(planned)))
    throw new LakeobsError('query', 'PIVOT without IN is refused: its columns depend on the rows', {
      hint: 'Name the values: PIVOT sessions ON kind IN (fill, email) USING count(*).',
    });
  if (!parsed.ok) throw refusedStatement(planned);
  const { statements } = parsed.inspection;
  if (statements === 0)
    throw new LakeobsError('query', 'there is no statement', {
      hint: 'lakeobs sql "SELECT count(*) FROM sessions"',
    });
  if (statements !== 1)
    throw new LakeobsError('query', `there are ${statements} statements; one at a time`, {
      hint: 'Run them one after the other.',
    });
  return { ...(await judge(engine, parsed.inspection, planned, allowFiles)), sql: explain + planned, planned };
}

/** What has no parse tree here: it does not only read. DuckDB is not asked more about it: to split IMPORT into statements it would open the files. */
function refusedStatement(sql: string): LakeobsError {
  const word = firstWord(sql);
  const reads = /^(SELECT|FROM|WITH|VALUES|DESCRIBE|SUMMARIZE|SHOW|PIVOT|UNPIVOT|TABLE|THIS STATEMENT)$/i.test(word);
  return new LakeobsError(
    'query',
    reads
      ? 'it is several statements, or one that writes: only one that reads is run'
      : `${word} is refused: only statements that read are run`,
    {
      hint: 'Use SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, SHOW TABLES or EXPLAIN; to write a result use --output FILE.',
    },
  );
}

/** What no parse tree would show: DuckDB takes a statement as text that ends at a NUL, and reading a huge one takes time that cannot be interrupted. */
function refuseText(sql: string): void {
  if (sql.includes('\0'))
    throw new LakeobsError(
      'query',
      `the statement has a NUL character${caret(sql, Buffer.byteLength(sql.slice(0, sql.indexOf('\0'))))}`,
      {
        hint: 'Write it as chr(0).',
      },
    );
  if (Buffer.byteLength(sql) > statementBytesMax)
    throw new LakeobsError(
      'query',
      `the statement has ${Buffer.byteLength(sql)} bytes; ${statementBytesMax} are the most that is read`,
      { hint: 'Put long lists of values into a file and join it (--allow-files DIR).' },
    );
}

function syntaxError(message: string, sql: string, location: number | null): LakeobsError {
  const deep = /memory exhausted|max_expression_depth|expression depth/i.test(message);
  return new LakeobsError('query', deep ? 'the statement is nested too deeply' : `${message}${caret(sql, location)}`, {
    hint: deep
      ? 'Write it with fewer levels: WITH for subqueries, IN (…) for many conditions.'
      : 'lakeobs speaks DuckDB SQL over its views; docs/reference/views.md lists them.',
  });
}

async function judge(
  engine: Engine,
  inspection: Inspection,
  sql: string,
  allowFiles: readonly string[],
): Promise<Omit<Guarded, 'sql' | 'planned'>> {
  const views = new Set<string>();
  const files = new Set<string>();
  const allow = async (paths: readonly string[], location: number | null) => {
    const { allowedFiles } = await import('./allowed-files.ts');
    for (const file of await allowedFiles(engine, paths, allowFiles, caret(sql, location))) files.add(file);
  };
  for (const { name, qualifier, location } of inspection.relations) {
    const lower = name.toLowerCase();
    if (qualifier === '' && viewFamilies.has(lower)) views.add(lower);
    else if (qualifier === '' && allowFiles.length > 0 && /[./]/.test(name)) await allow([name], location);
    else
      throw new LakeobsError(
        'query',
        `there is no view ${JSON.stringify(qualifier === '' ? name : `${qualifier}.${name}`)}${caret(sql, location)}`,
        {
          hint: /[./\\]/.test(name)
            ? 'A statement reads the views, not files: name logs behind it (lakeobs sql "SELECT …" ./session.jsonl), or open a folder of your own files with --allow-files DIR.'
            : viewsHint(lower),
        },
      );
  }
  for (const { name, location, texts } of inspection.tableFunctions) {
    if (tableFunctionsAllowed.has(name)) continue;
    const reader = isReader(name);
    if (!reader || allowFiles.length === 0)
      throw new LakeobsError('query', `the table function ${name}() is refused${caret(sql, location)}`, {
        hint: `A statement reads the views only. Allowed: ${[...tableFunctionsAllowed].join(', ')}${reader ? '; --allow-files DIR opens a folder of your own files' : ''}.`,
      });
    if (texts === null)
      throw new LakeobsError('query', `${name}() is refused: its file is not written out${caret(sql, location)}`, {
        hint: `Write the path, or a list of paths, as text: ${name}('file').`,
      });
    await allow(texts, location);
  }
  if (inspection.functions.size > 0) {
    const { functionsAllowed, unknown, whyRefused } = await import('./functions.ts');
    for (const [name, location] of inspection.functions) {
      const reason = whyRefused(name);
      if (reason !== null)
        throw new LakeobsError(
          'query',
          `${reason === unknown ? `there is no function ${name}()` : `the function ${name}() is refused: ${reason}`}${caret(sql, location)}`,
          {
            hint: didYouMean(name, [...functionsAllowed]) || 'A statement computes from the columns of the views.',
          },
        );
    }
  }
  const named = [...views];
  const judged = new Set(
    named.map((view) => viewFamilies.get(view)).filter((family) => family !== null && family !== undefined),
  );
  return { views: named, families: [...judged], files: [...files] };
}

function viewsHint(name: string): string {
  const views = [...viewFamilies.keys()];
  const meant = nearNames(name, views).length === 0 ? '' : `${didYouMean(name, views)} `;
  return `${meant}Views: ${views.join(', ')}.`;
}

/** Table functions that read CSV, Parquet or JSON files. */
function isReader(name: string): boolean {
  return /^(read_(csv|csv_auto|parquet|json|json_auto|json_objects|ndjson|ndjson_auto|ndjson_objects)|parquet_scan)$/.test(
    name,
  );
}

/** The line of a statement with a caret under the place, to stand behind a message; of a long one what is around it. `byteOffset` counts bytes of UTF-8. */
export function caret(sql: string, byteOffset: number | null): string {
  const bytes = Buffer.from(sql);
  if (byteOffset === null || byteOffset > bytes.length) return '';
  const before = bytes.subarray(0, byteOffset).toString().split('\n').at(-1)!;
  const [behind = ''] = bytes.subarray(byteOffset).toString().split('\n');
  const seen = tailOf(before, caretColumnsMax / 2);
  const width = shownWidth(seen);
  return `\n  ${seen}${headOf(behind, caretColumnsMax - width).text}\n  ${' '.repeat(width)}^`;
}

/** The longest end of a text that takes at most that many columns. */
function tailOf(text: string, columns: number): string {
  // No more than can be seen: the statement may have a megabyte on one line.
  const characters = [...text.slice(-2 * columns)];
  while (shownWidth(characters.join('')) > columns) characters.shift();
  return characters.join('');
}

/** Columns of a text whose control characters will be shown as symbols of one column. */
function shownWidth(text: string): number {
  return widthOf(text.replace(/\p{Cc}/gu, ' '));
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

/** EXPLAIN itself is not in the parse tree's grammar; what it explains is. Its own words are written anew from those known here: an option that holds a text could
 * make DuckDB end it elsewhere than we do, and run what we took for a comment. */
function splitExplain(sql: string): { explain: string; planned: string } {
  const rest = withoutComments(sql);
  if (!/^explain\b/i.test(rest)) return { explain: '', planned: sql };
  const match =
    /^explain(?:\s+(analyze)\b)?(?:\s*\(\s*(analyze\b\s*,?\s*)?(?:format\s+(json|text|yaml|html|graphviz|mermaid|default)\s*)?\)|(?=[\s(]|$))/i.exec(
      rest,
    );
  const planned = match === null ? '' : rest.slice(match[0].length).trimStart();
  if (match === null || /^(analyze\b|\(\s*(analyze|format|verbose|statistics|costs|buffers)\b)/i.test(planned))
    throw new LakeobsError('query', 'EXPLAIN with these options is refused', {
      hint: 'Write EXPLAIN, EXPLAIN ANALYZE or EXPLAIN (FORMAT json), then the statement.',
    });
  const [, analyze, inside, format] = match;
  const options = [...(inside === undefined ? [] : ['ANALYZE']), ...(format === undefined ? [] : [`FORMAT ${format}`])];
  return {
    explain: `EXPLAIN ${analyze === undefined ? '' : 'ANALYZE '}${options.length === 0 ? '' : `(${options.join(', ')}) `}`,
    planned,
  };
}

function withoutComments(sql: string): string {
  return sql.replace(/^(\s+|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)*/, '');
}

function firstWord(sql: string): string {
  return /^\w+/.exec(withoutComments(sql))?.[0].toUpperCase() ?? 'this statement';
}
