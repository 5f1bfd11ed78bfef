// describe: which views and columns there are, and what the logs behind them hold: rows, times, damage. The words of views and columns are those of the schema.
import * as z from 'zod/mini';
import { LakeobsError } from '../../errors.ts';
import { sourcesShown } from '../../limits.ts';
import type { ChildAnswer } from '../../query/child.ts';
import { fenced } from '../../render/fence.ts';
import { count } from '../../render/figures.ts';
import { shortened } from '../../render/finding.ts';
import { jsonOf } from '../../render/json-text.ts';
import type { ScanSummary } from '../../result.ts';
import { families } from '../../schema/families.ts';
import type { View } from '../../schema/family.ts';
import { failureText, restsOn } from '../answer.ts';
import { type Context, described, tool } from '../tool.ts';
import { recordsAside } from './records-aside.ts';

const views: readonly View[] = [...families.flatMap((family) => family.views), ...recordsAside];
const viewNames = views.map(({ name }) => name) as [string, ...string[]];

/** What the logs hold. */
interface Figures {
  rows: Map<string, { rows: number; first: string | null; last: string | null }>;
  answer: ChildAnswer;
}

export const describe = tool({
  name: 'describe',
  title: 'Views, columns and what the logs hold',
  description:
    'Without arguments: all views with their rows and times, what was read and what of it is damaged. With a view: its columns with types and meaning. Call it before sql.',
  input: z.strictObject({
    view: z.optional(described(z.enum(viewNames), 'a view: its columns are given')),
  }),
  output: z.object({
    views: z.array(
      z.object({
        name: z.string(),
        doc: z.string(),
        rows: z.nullable(z.number()),
        first: z.nullable(z.string()),
        last: z.nullable(z.string()),
        columns: z.array(z.object({ name: z.string(), type: z.string(), doc: z.string() })),
      }),
    ),
    scanned: z.nullable(z.record(z.string(), z.number())),
    report: z.string(),
  }),
  run: async ({ view: asked }, context) => {
    const chosen = views.filter(({ name }) => (asked ?? name) === name);
    const figures = await figuresOf(chosen, context);
    const known = (name: string) =>
      (figures instanceof LakeobsError ? undefined : figures.rows.get(name)) ?? { rows: null, first: null, last: null };
    const lines = chosen.flatMap((view) => [
      `${view.name}${rowsInWords(known(view.name))}: ${view.doc}`,
      ...(asked === undefined
        ? [`  ${view.columns.map(({ name }) => name).join(', ')}`]
        : view.columns.map(({ name, type, doc }) => `  ${name} ${type}: ${doc}`)),
    ]);
    const next =
      asked === undefined
        ? 'next: describe with a view for types and meanings; list_queries for ready questions; sql for your own\n'
        : `next: sql over ${asked}\n`;
    const text = `${lines.join('\n')}\n${figures instanceof LakeobsError ? failureText(figures) : healthText(figures.answer)}${next}`;
    return {
      text,
      structured: {
        views: chosen.map((view) => ({
          name: view.name,
          doc: view.doc,
          ...known(view.name),
          columns: asked === undefined ? [] : view.columns.map(({ name, type, doc }) => ({ name, type, doc })),
        })),
        scanned: figures instanceof LakeobsError ? null : ({ ...figures.answer.scanned } satisfies ScanSummary),
        report: text,
      },
    };
  },
});

/** The views are worth knowing even if the logs cannot be read now: then the reason is given instead of figures. */
async function figuresOf(chosen: readonly View[], { desk, place, signal }: Context): Promise<Figures | LakeobsError> {
  const readable = chosen.filter(({ name }) => {
    if (name === 'roster') return place.run.scope.roster !== undefined;
    // To count problems every column of every line is read: for who asks.
    return name !== 'problems' || chosen.length === 1;
  });
  const statement = readable.map((view) => {
    const time = view.columns.find(({ name }) => name === 'ts' || name === 'started_at')?.name;
    const times = time === undefined ? 'NULL, NULL' : `min(${time}), max(${time})`;
    return `SELECT '${view.name}', count(*), ${times} FROM ${view.name}`;
  });
  try {
    const answer = await desk.statement(
      statement.length === 0 ? 'SELECT NULL WHERE false' : statement.join(' UNION ALL '),
      {},
      signal,
    );
    const rows = answer.rows.map(
      ([name, rows, first, last]) =>
        [String(name), { rows: Number(rows), first: textOf(first), last: textOf(last) }] as const,
    );
    return { rows: new Map(rows), answer };
  } catch (error) {
    if (signal.aborted || !(error instanceof LakeobsError)) throw error;
    return error;
  }
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function rowsInWords({
  rows,
  first,
  last,
}: {
  rows: number | null;
  first: string | null;
  last: string | null;
}): string {
  if (rows === null) return '';
  const words = `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
  return first === null || last === null ? ` (${words})` : ` (${words}, ${first} to ${last})`;
}

/** What was read, and the files with the most records; damaged ones first. */
function healthText({ scanned, sources }: ChildAnswer): string {
  const bad = (source: (typeof sources)[number]) =>
    source.quarantined + source.torn_bytes + source.unknown_schema + source.unrecognised > 0;
  const sorted = [...sources].sort((a, b) => Number(bad(b)) - Number(bad(a)) || b.records - a.records);
  const columns = [
    'file',
    'family',
    'records',
    'bytes',
    'quarantined',
    'torn_bytes',
    'unknown_schema',
    'unrecognised',
  ] as const;
  const lines = [
    jsonOf([...columns]),
    ...sorted.slice(0, sourcesShown).map((source) => jsonOf(columns.map((column) => shortened(source[column])))),
  ];
  const more =
    sorted.length > sourcesShown
      ? `, the first ${sourcesShown} of ${count(sorted.length)}; sql: FROM sources has all`
      : '';
  return `${restsOn(scanned)}${fenced(lines, `the files, damaged ones first${more}`)}`;
}
