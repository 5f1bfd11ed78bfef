// Gathers the rows of a time line. Reading is query/run.ts's, with all its rules; here is only the order of questions: over much data first the ids alone, of
// everything; then whole rows, of the files that hold them. What is small, or can be read only once, is asked both in one run.

import type { Evidence } from '../catalog/evidence.ts';
import { nearNames } from '../catalog/names.ts';
import { isSameFile, type Listing, listSources } from '../catalog/sources.ts';
import { LakeobsError } from '../errors.ts';
import { idPrefixCharactersMin, movingRetriesMax, oneThreadBytesMax, timelineRowsMax } from '../limits.ts';
import { type Run, type RunOptions, withRun } from '../query/run.ts';
import type { Row, Value } from '../result.ts';
import { type IdKind, idColumns } from './ids.ts';
import { reachFrom } from './reach.ts';
import {
  examplesSql,
  linksSql,
  matchesSql,
  nearSql,
  placesSql,
  type Reach,
  type RowView,
  reachParams,
  rowStatements,
  startsSql,
} from './statements.ts';

/** A row of a view: columns by name. */
export type ViewRow = Readonly<Record<string, Value>>;

export interface Gathered {
  /** The whole id. */
  id: string;
  kinds: readonly IdKind[];
  rows: Readonly<Record<RowView, readonly ViewRow[]>>;
  /** Rows that exist and are not in `rows` (limits.timelineRowsMax). */
  more: Readonly<Record<RowView, number>>;
  /** Spans that are only there because the others happened in them. */
  around: ReadonlySet<string>;
  /** False when more ids hang together than a time line is made of (limits.timelineIdsMax). */
  whole: boolean;
  /** What the search rested on: every file of the scope. */
  evidence: Evidence;
}

/** @throws LakeobsError usage for an id nobody carries, with the nearest; and as any run. */
export async function gather(asked: string, options: RunOptions): Promise<Gathered> {
  if (asked.trim() === '')
    throw new LakeobsError('usage', 'the id is empty', {
      hint: 'Write: lakeobs show ID; is the shell variable behind it set?',
    });
  const listing = await listSources(options.scope);
  const bytes = listing.files.reduce((sum, file) => sum + file.stamp.size, 0);
  if (bytes <= oneThreadBytesMax || listing.files.some(({ stream }) => stream))
    return withRun(statementsOf(['find', 'rows']), options, async (run) => {
      const found = await find(asked, run);
      return { ...found, ...(await rowsOf(found, run, findSql.length)), evidence: run.evidence };
    });
  // A log may be rotated between the two runs: then its rows lie in another file than those that were named.
  for (let attempt = 0; attempt <= movingRetriesMax; attempt++) {
    const found = await withRun(
      statementsOf(['find']),
      { ...options, leaving: false, groupedScanBytesMin: neverEqual },
      async (run) => ({
        ...(await find(asked, run)),
        evidence: run.evidence,
      }),
    );
    const files = [...new Set(found.places.map(({ file }) => file))];
    // No path at all would mean the lake.
    if (files.length === 0) return { ...found, rows: ofViews([]), more: ofViews(0) };
    const scope = { ...options.scope, paths: files };
    const read = await withRun(statementsOf(['rows']), { ...options, scope }, async (run) => ({
      ...(await rowsOf(found, run, 0)),
      listing: run.evidence.listing,
    })).catch((error: unknown) => {
      if (error instanceof LakeobsError && error.code === 'input' && attempt < movingRetriesMax) return null;
      throw error;
    });
    if (read !== null && sameFiles(found.evidence.listing, read.listing)) return { ...found, ...read };
  }
  throw new LakeobsError('input', 'the files are rotated faster than they can be read', {
    hint: 'Name files that are at rest, or raise the rotation size of their writers.',
  });
}

/** Lines that say the same in all their ids are few: to look for them takes as long as all the rest. */
const neverEqual = Number.POSITIVE_INFINITY;

const findSql = [matchesSql, nearSql, examplesSql, startsSql, linksSql, placesSql] as const;
const rowViews = Object.keys(rowStatements) as RowView[];

/** The statements of a time line, with values that only stand for those they will be run with: none that a plan could do without reading for. */
export function statementsOf(parts: readonly ('find' | 'rows')[]) {
  const params = { id: { value: 'x', type: 'text' as const }, ...reachParams(something) };
  return [
    ...(parts.includes('find') ? findSql : []),
    ...(parts.includes('rows') ? rowViews.map((view) => rowStatements[view]) : []),
  ].map((sql) => ({ sql, params }));
}

const someId = ['x'];
const something: Reach = { trace: someId, span: someId, around: someId, conversation: someId, extension: someId };

interface Found {
  id: string;
  kinds: readonly IdKind[];
  reach: Reach;
  around: ReadonlySet<string>;
  whole: boolean;
  places: readonly { view: RowView; file: string; lines: number }[];
}

async function find(asked: string, run: Run): Promise<Found> {
  const ask = async (sql: (typeof findSql)[number], params: Parameters<Run['stream']>[1]) =>
    all(await run.stream(findSql.indexOf(sql), params));
  const idParam = (id: string) => ({ id: { value: id, type: 'text' as const } });
  const matches = await ask(matchesSql, idParam(asked));
  const id = String(matches[0]?.[1] ?? '');
  const others = new Set(matches.map((row) => String(row[1])));
  if (id !== asked && (matches.length === 0 || others.size > 1 || asked.length < idPrefixCharactersMin))
    throw unknownId(
      asked,
      [...others],
      (await ask(nearSql, idParam(asked))).map(([near]) => String(near)),
      (await ask(examplesSql, {})).map(([example]) => String(example)),
      run,
    );
  const kinds = idColumns
    .map(({ kind }) => kind)
    .filter((kind) => matches.some(([of, other]) => of === kind && other === id));
  const starts = kinds.some((kind) => kind === 'conversation' || kind === 'task')
    ? await ask(startsSql, idParam(id))
    : [];
  const from = (node: string, own: boolean) => [
    ...new Set([...(own ? [id] : []), ...starts.flatMap(([name, one]) => (name === node ? [String(one)] : []))]),
  ];
  const start: Reach = {
    trace: from('trace', kinds.includes('session') || kinds.includes('turn')),
    span: from('span', kinds.includes('span')),
    around: [],
    conversation: kinds.includes('conversation') ? [id] : [],
    extension: kinds.includes('extension') ? [id] : [],
  };
  const { reach, whole } = await reachFrom(start, async (ids) =>
    (await ask(linksSql, reachParams(ids))).map(([span, parent, trace]) => ({
      span: String(span),
      parent: parent === null ? null : String(parent),
      trace: trace === null ? null : String(trace),
    })),
  );
  const places = (await ask(placesSql, reachParams(reach))).map(([view, file, lines]) => ({
    view: view as RowView,
    file: String(file),
    lines: Number(lines),
  }));
  return {
    id,
    kinds: [...new Set(kinds)],
    reach,
    around: new Set(reach.around),
    whole,
    places,
  };
}

async function rowsOf({ reach, places }: Found, run: Run, first: number): Promise<Pick<Gathered, 'rows' | 'more'>> {
  const rows = ofViews<readonly ViewRow[]>([]);
  const more = ofViews(0);
  for (const [at, view] of rowViews.entries()) {
    const lines = places.reduce((sum, place) => sum + (place.view === linesOf(view) ? place.lines : 0), 0);
    if (lines === 0) continue;
    const stream = await run.stream(first + at, reachParams(reach));
    const names = stream.columns.map(({ name }) => name);
    const found = (await all(stream)).map(
      (row): ViewRow => Object.fromEntries(names.map((name, column) => [name, row[column]!])),
    );
    rows[view] = found.slice(0, timelineRowsMax);
    // Of spans and attempts the lines are not the rows: that there are more is known, how many at least.
    const exact = view === 'sessions' || view === 'ops' || view === 'logs' || view === 'replays';
    more[view] = found.length > timelineRowsMax ? Math.max(1, exact ? lines - timelineRowsMax : 1) : 0;
  }
  return { rows, more };
}

function ofViews<T>(value: T): Record<RowView, T> {
  return Object.fromEntries(rowViews.map((view) => [view, value])) as Record<RowView, T>;
}

/** The view whose lines the rows of a view come from. */
function linesOf(view: RowView): RowView {
  return view === 'attempts' ? 'sessions' : view;
}

async function all(stream: { chunks: AsyncIterable<readonly Row[]> }): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const chunk of stream.chunks) for (const row of chunk) rows.push(row);
  return rows;
}

/** Whether every file of the second run is the one that the first read under that name. */
function sameFiles(first: Listing, second: Listing): boolean {
  const byPath = new Map(first.files.map((file) => [file.path, file.stamp]));
  return second.files.every(({ path, stamp }) => isSameFile(stamp, byPath.get(path) ?? null));
}

function unknownId(
  asked: string,
  beginning: readonly string[],
  near: readonly string[],
  examples: readonly string[],
  run: Run,
): LakeobsError {
  const name = JSON.stringify(asked);
  if (beginning.length > 0) {
    const listed = beginning.slice(0, 5).join(', ');
    return beginning.length === 1
      ? new LakeobsError('usage', `no record carries the id ${name}, and it is too short to stand for a longer one`, {
          hint: `Did you mean ${listed}? From ${idPrefixCharactersMin} characters on the beginning of an id is enough.`,
        })
      : new LakeobsError('usage', `more than one id begins with ${name}`, {
          hint: `Write more of it: ${listed}${beginning.length > 5 ? ', …' : ''}.`,
        });
  }
  const { files, records } = run.evidence.scanned;
  const nearest = nearNames(asked, near);
  return new LakeobsError(
    'usage',
    `no record carries the id ${name} (${records} records in ${files} files were searched)`,
    {
      hint:
        nearest.length > 0
          ? `Did you mean ${nearest.join(', ')}?`
          : examples.length > 0
            ? `The newest ids are ${examples.join(', ')}. Ids of sessions, turns, spans, conversations, extensions and replay tasks are known.`
            : 'Nothing that was read has an id: is this the lake you meant? lakeobs sources lists what is read.',
    },
  );
}
