// `lakeobs query`: a bundled or own query over the lake or the named files; without a name, the list of queries.

import type { Evidence } from '../catalog/evidence.ts';
import { EXIT, LakeobsError } from '../errors.ts';
import { runChecks } from '../gate/check.ts';
import type { EarlierOptions } from '../gate/earlier.ts';
import { mustBeApplicable } from '../gate/settings.ts';
import { agentRowsDefault, tableRowsDefault } from '../limits.ts';
import type { ChartSpec } from '../query/chart.ts';
import type { Query } from '../query/header.ts';
import { type Catalogue, isSqlFile, listQueries, loadQueries, loadQuery, loadQueryFile } from '../query/load.ts';
import { bindParams, parseParamOptions } from '../query/params.ts';
import { processBytesOf } from '../query/process-memory.ts';
import { type RunOptions, withRun } from '../query/run.ts';
import { type FormatName, formatNames } from '../render/format.ts';
import { overridesInWords } from '../render/verdict-words.ts';
import { visible } from '../render/visible.ts';
import { families } from '../schema/facts.ts';
import { version } from '../version.ts';
import { afterAnswer } from './after-answer.ts';
import { formatAsked, hintForAgents } from './agent.ts';
import { type ChartOptions, chartOf } from './chart.ts';
import { earlierOptionsOf } from './earlier-options.ts';
import { type Io, wantsColor } from './io.ts';
import { notesOf, rosterNotes } from './notes.ts';
import {
  isPathArgument,
  mustBePath,
  oneOf,
  placeOf,
  type ReadOptions,
  runOptionsOf,
  scopeWords,
  wholeNumber,
} from './options.ts';
import { formatOf, refuseInputs, sendRows, type Target } from './output.ts';

export interface QueryOptions extends ReadOptions, ChartOptions {
  param?: string[];
  format?: string;
  output?: string[];
  limit?: string;
  failOnRows?: boolean;
  expanded?: boolean;
  allowFiles?: string[];
  /** Print the SQL instead of running it. */
  sql?: boolean;
}

export async function runQuery(args: readonly string[], options: QueryOptions, io: Io): Promise<number> {
  const { config } = await placeOf(options, io);
  const catalogue = listQueries(config.queries);
  if (args.length === 0) return printCatalogue(catalogue, options, io);
  const [first, ...paths] = args as [string, ...string[]];
  const query = chooseQuery(first, catalogue, io);
  for (const path of paths) mustBePath(path);
  if (options.sql === true) {
    // A file of somebody else's may hold what a terminal would obey.
    await io.stdout(`${io.isTTY ? query.sql.replace(/[^\n\t]+/g, visible) : query.sql}\n`);
    return EXIT.fine;
  }
  if (!query.bundled && io.supervision !== 'here') return io.supervision.again();
  const { timedOut, ...reading } = await runOptionsOf(options, paths, io);
  const run: RunOptions = {
    ...reading,
    ...(query.bundled ? {} : { processBytesMax: processBytesOf(options.memory), allowFiles: options.allowFiles }),
  };
  const judges = options.failOnRows === true && query.kind === 'check';
  if (judges) mustBeApplicable(config, catalogue, [query]);
  const params = judges ? {} : bindParams(query, parseParamOptions(options.param ?? []), io.now());
  if (query.bundled && options.allowFiles !== undefined)
    throw new LakeobsError('usage', '--allow-files is for own queries; a bundled one reads the views only', {
      hint: 'Write the statement into a file of your own: lakeobs query ./own.sql --allow-files DIR.',
    });
  const target = await targetOf(options, io, query.chart);
  const files = options.output ?? [];
  for (const file of files) await formatOf(file);
  await refuseInputs(files, run.scope);
  if (judges) {
    const checks = [...catalogue.files.keys(), query.name];
    const earlier = await earlierOptionsOf({}, { config, scope: run.scope, checks, choice: [] }, io);
    return judged(query, { ...run, ...earlier }, target, options, paths, io);
  }
  let evidence: Evidence | undefined;
  const code = await withRun([{ sql: query.sql, params }], run, async (open) => {
    evidence = open.evidence;
    const rows = await sendRows(await open.stream(0), target, files, io, options.failOnRows === true);
    printNotes(open.evidence, options, paths, io);
    if (options.quiet !== true) for (const note of rosterNotes(open, options.roster)) io.stderr(`lakeobs: ${note}\n`);
    hintForAgents(options, io);
    if (options.failOnRows !== true) return EXIT.fine;
    if (rows > 0) return EXIT.findings;
    if (open.evidence.scanned.records > 0) return EXIT.fine;
    io.stderr('lakeobs: nothing was scanned: no record was found, so no row proves nothing. Check the paths.\n');
    return EXIT.failed;
  }).catch((error: unknown) => Promise.reject(timedOut(error)));
  if (evidence !== undefined) await afterAnswer(evidence, options, paths, io);
  return code;
}

/** Rows as always, but the exit code is the gate's, with all its rules; both from one reading. */
async function judged(
  query: Query,
  run: RunOptions & EarlierOptions,
  target: Target | null,
  options: QueryOptions,
  paths: readonly string[],
  io: Io,
): Promise<number> {
  let evidence: Evidence | undefined;
  const verdict = await runChecks([query], {
    ...run,
    failOn: 'error',
    allowEmpty: false,
    allowDamage: false,
    require: [],
    params: parseParamOptions(options.param ?? []),
    named: true,
    version: version(),
    startedAt: io.now(),
    onEvidence: (read, open) => {
      evidence = read;
      if (options.quiet !== true) for (const note of rosterNotes(open, options.roster)) io.stderr(`lakeobs: ${note}\n`);
    },
    onRows: async (_check, rows) => void (await sendRows(rows, target, options.output ?? [], io, true)),
  });
  if (evidence !== undefined) printNotes(evidence, options, paths, io);
  hintForAgents(options, io);
  if (verdict.exit_code !== EXIT.fine || options.quiet !== true)
    io.stderr(`lakeobs: ${verdict.verdict}: ${visible(verdict.reason)}\n`);
  if (options.quiet !== true && verdict.overrides.length > 0)
    io.stderr(`lakeobs: overrides in force: ${visible(overridesInWords(verdict).join(', '))}\n`);
  if (evidence !== undefined) await afterAnswer(evidence, options, paths, io);
  return verdict.exit_code;
}

function printNotes(evidence: Evidence, options: QueryOptions, paths: readonly string[], io: Io): void {
  if (options.quiet !== true)
    for (const note of notesOf(evidence, scopeWords(options, paths))) io.stderr(`lakeobs: ${note}\n`);
}

/** Where rows are printed; null when they only go to files. */
export async function targetOf(options: QueryOptions, io: Io, ownChart?: ChartSpec): Promise<Target | null> {
  if (options.format === undefined && (options.output ?? []).length > 0) {
    if (options.limit !== undefined)
      throw new LakeobsError('usage', '--limit is for what is printed; a file gets every row', {
        hint: 'Put LIMIT into the statement, or print with --format.',
      });
    if (options.chart !== undefined && options.chart !== 'none')
      throw new LakeobsError('usage', '--chart is for what is printed; a file gets the rows', {
        hint: 'Add --format table to print beside the file.',
      });
    return null;
  }
  const charted = options.chart !== undefined && options.chart !== 'none';
  const asked = charted ? options.format : formatAsked(options.format, io);
  const format: FormatName =
    asked === undefined ? (io.isTTY || charted ? 'table' : 'jsonl') : oneOf('--format', asked, formatNames);
  const limit = options.limit === undefined ? rowsDefault(format) : wholeNumber('--limit', options.limit, 0);
  return {
    format,
    limit,
    chart: await chartOf(format, options, io, ownChart),
    options: {
      width: io.width,
      color: wantsColor(io, options.color),
      expanded: options.expanded,
      terminal: io.isTTY,
      hints: { more: '--limit N shows more', hidden: '--expanded shows them' },
    },
  };
}

function rowsDefault(format: FormatName): number {
  if (format === 'table') return tableRowsDefault;
  return format === 'agent' ? agentRowsDefault : Number.POSITIVE_INFINITY;
}

/** The query an argument names: bundled or own, or a .sql file. @throws LakeobsError usage. */
export function chooseQuery(argument: string, catalogue: Catalogue, io: Io): Query {
  if (!isPathArgument(argument)) return loadQuery(argument, catalogue);
  if (isSqlFile(argument)) return loadQueryFile(argument, io.cwd, catalogue);
  throw new LakeobsError('usage', `${JSON.stringify(argument)} stands where a query is named`, {
    hint: `Write: lakeobs query alarm ${argument}`,
  });
}

async function printCatalogue(catalogue: Catalogue, options: QueryOptions, io: Io): Promise<number> {
  const queries = loadQueries(catalogue);
  const listed = families.flatMap((family) =>
    queries
      .filter((query) => query.family === family.name)
      .map((query) => ({
        family: family.name,
        name: query.name,
        kind: query.kind === 'check' ? `check (${query.severity})` : 'query',
        title: query.title,
        params: query.params
          .map((param) => `${param.name}${param.default === null ? '' : `=${param.default}`}`)
          .join(' '),
      })),
  );
  const color = wantsColor(io, options.color);
  const asked = formatAsked(options.format, io);
  if (asked === undefined && io.isTTY && io.width !== undefined) {
    const { queryList } = await import('../render/query-list.ts');
    await io.stdout(queryList(listed, { width: io.width, color }));
  } else {
    const format = asked === undefined ? 'table' : oneOf('--format', asked, formatNames);
    const names = ['family', 'name', 'kind', 'title', 'params'] as const;
    const columns = names.map((name) => ({ name, type: 'VARCHAR' }));
    const rows = listed.map((query) => names.map((name) => query[name]));
    const { renderTable } = await import('../render/formats.ts');
    await io.stdout(renderTable({ columns, rows }, format, { width: io.width, color }));
  }
  if (options.quiet !== true && io.isTTY)
    io.stderr('Run one: lakeobs query NAME [PATH…] · its SQL: lakeobs query NAME --sql\n');
  return EXIT.fine;
}
