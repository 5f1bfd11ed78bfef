// Runs checks over a scope in one run (one reading of the files for all of them) and judges them. What a check judges are the families of every view
// its statement and its population name; damage elsewhere does not decide.

import { type Config, noConfig } from '../catalog/config.ts';
import { type Evidence, nothingScanned } from '../catalog/evidence.ts';
import { didYouMean } from '../catalog/names.ts';
import { rosterView } from '../catalog/roster.ts';
import { presenceColumns } from '../catalog/views.ts';
import { InterruptedError } from '../engine/engine.ts';
import { inSentences, LakeobsError } from '../errors.ts';
import { checkRowsMax, reasonUnitsMax } from '../limits.ts';
import type { Query } from '../query/header.ts';
import { type Catalogue, loadChecks, loadQuery } from '../query/load.ts';
import { bindParams } from '../query/params.ts';
import { type Run, type RunOptions, type Statement, withRun } from '../query/run.ts';
import type { AcceptedFinding, RosterSummary, Row, RowStream, Verdict } from '../result.ts';
import { families as allFamilies } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import { recognisedBy } from '../schema/recognise.ts';
import type { Earlier, EarlierOptions, Standing } from './earlier.ts';
import { judgeCheck, judgeRun, type Outcome } from './judge.ts';
import { type Configured, configured, type Flags, mustBeApplicable, overridesOf } from './settings.ts';

export interface CheckOptions extends RunOptions, Flags, EarlierOptions {
  /** Families whose absence is inconclusive. */
  require: readonly FamilyName[];
  /** The checks were named on the command line. */
  named: boolean;
  version: string;
  startedAt: Date;
  /** Gets what was read, once it was, and the run it was read for. */
  onEvidence?: (evidence: Evidence, run: Run) => void;
  /** Gets every row of every check as it comes, besides the judge; rows known from the last run are left out. `isAccepted` is there with a baseline. */
  onRows?: (check: Query, rows: RowStream, isAccepted?: (row: Row) => boolean) => Promise<void>;
}

/** Chooses checks: the named ones, else all; then by tag, then without the excluded.
 * @throws LakeobsError usage for an unknown name, tag or exclusion, or a query that is no check. */
export function chooseChecks(
  catalogue: Catalogue,
  choice: { names: readonly string[]; files?: readonly Query[]; tags: readonly string[]; exclude: readonly string[] },
  config: Config = noConfig,
): Query[] {
  mustBeApplicable(config, catalogue, choice.files);
  const chosen = [...choice.names.map((name) => loadQuery(name, catalogue)), ...(choice.files ?? [])];
  const named = [...new Map(chosen.map((query) => [query.file, query])).values()];
  for (const query of named)
    if (query.kind !== 'check')
      throw new LakeobsError('usage', `${query.name} is a query, not a check`, {
        hint: `lakeobs query runs it; a check says "-- kind: check" in its header (docs/own-queries.md).`,
      });
  for (const [index, query] of named.entries()) {
    const other = named.slice(0, index).find(({ name }) => name === query.name);
    // A baseline, a setting or a report that says the name would mean either.
    if (other !== undefined)
      throw new LakeobsError('usage', `${other.file} and ${query.file} have the same name`, {
        path: query.file,
        hint: 'Rename one of them, or run one after the other.',
      });
  }
  const all = named.length > 0 ? named : loadChecks(catalogue);
  const tags = new Set(all.flatMap((query) => query.tags));
  for (const tag of choice.tags)
    if (!tags.has(tag))
      throw new LakeobsError('usage', `no check has the tag ${JSON.stringify(tag)}. ${didYouMean(tag, [...tags])}`);
  for (const name of choice.exclude)
    if (!catalogue.files.has(name))
      throw new LakeobsError(
        'usage',
        `--exclude: there is no check ${JSON.stringify(name)}. ${didYouMean(
          name,
          all.map((query) => query.name),
        )}`,
      );
  return all.filter(
    (query) =>
      // Which tags a header has that nobody can read, nobody knows.
      (choice.tags.length === 0 || query.fault !== undefined || query.tags.some((tag) => choice.tags.includes(tag))) &&
      !choice.exclude.includes(query.name),
  );
}

/** The words of a choice, for runs that are compared with earlier ones of the same choice. */
export function choiceOf(choice: {
  names: readonly string[];
  files: readonly string[];
  tags: readonly string[];
  exclude: readonly string[];
}): string[] {
  return Object.entries(choice).flatMap(([kind, words]) => words.map((word) => `${kind} ${word}`));
}

/** Runs the checks and gives the verdict; also when the files cannot be read or the time is over, for a gate that only throws is a gate without a record.
 * @throws LakeobsError usage for params nobody has, settings nobody can apply, or a baseline that is not there; input for one that is damaged; query when a
 * signal ended the run. */
export async function runChecks(asked: readonly Query[], options: CheckOptions): Promise<Verdict> {
  const { config } = options.scope;
  const all = asked.map((check) => withFault(configured(check, config, options), options));
  const checks = all.filter(({ enabled, query }) => enabled && query.fault === undefined).map(({ query }) => query);
  const known = new Set(asked.flatMap((check) => check.params.map((param) => param.name)));
  for (const name of Object.keys(options.params))
    if (!known.has(name))
      throw new LakeobsError(
        'usage',
        `no check of this run has a param ${JSON.stringify(name)}. ${didYouMean(name, [...known])}`,
      );
  // Two statements a check: its rows at 2 i, its population at 2 i + 1.
  const statements = checks.flatMap((check, group): Statement[] => {
    const params = bindParams(check, ownOf(check, options.params), options.startedAt);
    return [
      { sql: check.sql, params, group },
      { sql: populationOf(check), params, group },
    ];
  });
  const outcomes: Outcome[] = [];
  let evidence: Evidence | null = null;
  let requiredAbsent: FamilyName[] = [];
  let roster: RosterSummary | null = null;
  const remembers = options.baseline !== undefined || options.sinceLast !== undefined;
  const earlier = remembers ? await (await import('./earlier.ts')).openEarlier(options, options) : null;
  try {
    try {
      await withRun(statements, { ...options, scope: { ...options.scope, lenient: true } }, async (run) => {
        evidence = run.evidence;
        options.onEvidence?.(run.evidence, run);
        roster = run.roster;
        requiredAbsent = options.require.filter((name) => run.evidence.families.get(name)!.records === 0);
        for (const [index, check] of checks.entries())
          outcomes.push(await outcomeOf(check, index, run, options, earlier));
      });
    } catch (error) {
      const why = whyUnjudged(error);
      for (const check of checks.slice(outcomes.length)) outcomes.push({ ...nothingYet(check), error: why });
    }
    const inOrder = all.map(({ query, enabled }) => {
      if (!enabled)
        return { ...nothingYet(query), skipped: `disabled in ${config.file ?? 'the config'}`, leftOut: true };
      return query.fault === undefined ? outcomes.shift()! : { ...nothingYet(query), error: query.fault };
    });
    const judge = (outcome: Outcome) =>
      judgeCheck(outcome, all.find(({ query }) => query === outcome.query) ?? options);
    const { results, baseline, sinceLast, unkept } = earlier?.finish(inOrder, judge) ?? {
      results: inOrder.map(judge),
      baseline: null,
      sinceLast: null,
      unkept: null,
    };
    const { scanned, sources } = (evidence as Evidence | null) ?? { scanned: nothingScanned, sources: [] };
    return {
      schema: 'lakeobs.check.v1',
      lakeobs: options.version,
      started_at: options.startedAt.toISOString(),
      ...judgeRun(results, { ...options, requiredAbsent, scanned, unkept }),
      checks: results,
      scanned,
      sources,
      params: options.params,
      since: options.since?.toISOString() ?? null,
      until: options.until?.toISOString() ?? null,
      config: config.file,
      roster,
      overrides: overridesOf(asked, config, options),
      baseline,
      since_last: sinceLast,
    };
  } finally {
    earlier?.dispose();
  }
}

/** A check nobody named may lack a value nobody gave: that is its own fault, and takes nothing from the others. */
function withFault(check: Configured, { named, params }: CheckOptions): Configured {
  const open = check.query.params.find((param) => param.default === null && !Object.hasOwn(params, param.name));
  if (named || open === undefined) return check;
  const fault = `its param ${open.name} has no value: give it with -p ${open.name}=…, in the config, or a default in its header`;
  return { ...check, query: { ...check.query, fault } };
}

async function outcomeOf(
  query: Query,
  index: number,
  run: Run,
  options: CheckOptions,
  earlier: Earlier | null,
): Promise<Outcome> {
  const outcome = nothingYet(query);
  const statements = [run.statements[2 * index]!, run.statements[2 * index + 1]!];
  if (statements.some((statement) => !statement.ok && statement.rosterless === true))
    return run.rosterError === null
      ? { ...outcome, skipped: 'no roster was given: --roster FILE', leftOut: true }
      : { ...outcome, error: inWords(run.rosterError) };
  const judged = judgedFamilies(query, statements);
  const absent = judged.every((family) => run.evidence.families.get(family)!.files === 0);
  const required = judged.some((family) => options.require.includes(family));
  // A statement that cannot run is a fault whether there is data or not.
  const sound = statements.every(({ ok }) => ok);
  if (absent && sound && !options.named && !required && run.evidence.quarantinedUnknown === 0)
    return { ...outcome, skipped: `no file holds ${judged.join(' or ')} records` };
  // Every worker would be a stranger to it.
  if (
    run.roster?.ids === 0 &&
    statements.some((statement) => statement.ok && statement.guarded.views.includes(rosterView))
  )
    return { ...outcome, unjudged: `the roster ${run.roster.file} holds no id` };
  outcome.damage = damageOf(judged, statements, run.evidence);
  const [unreadable, ...more] = run.evidence.listing.unreadable;
  if (unreadable !== undefined)
    outcome.error = `${whyUnjudged(unreadable)}${more.length === 0 ? '' : ` (and ${more.length} more that cannot be read)`}`;
  try {
    const rows = await run.stream(2 * index);
    const sort = earlier?.sorter(query, rows.columns);
    const { stream, isAccepted } = sort === undefined ? noted(rows, outcome) : sorted(rows, outcome, sort);
    if (options.onRows === undefined) for await (const _ of stream.chunks);
    else await options.onRows(query, stream, options.baseline === undefined ? undefined : isAccepted);
    const broken = brokenPromise(query, outcome.columns);
    if (broken !== null) throw new LakeobsError('query', broken);
    outcome.population = await populationValue(run, 2 * index + 1);
  } catch (error) {
    outcome.error ??= whyUnjudged(error);
  }
  return outcome;
}

function nothingYet(query: Query): Outcome {
  return {
    query,
    skipped: null,
    unjudged: null,
    error: null,
    findings: 0,
    accepted: 0,
    acceptedRows: [],
    expired: 0,
    known: 0,
    resolved: null,
    resolvedFindings: [],
    population: null,
    columns: [],
    rows: [],
    damage: [],
  };
}

/** Notes what passes by: rows that came before a failure are findings all the same. */
function noted({ columns, chunks }: RowStream, outcome: Outcome): Passing {
  outcome.columns = columns;
  const rows: Row[] = [];
  outcome.rows = rows;
  const passing = (async function* () {
    for await (const chunk of chunks) {
      outcome.findings += chunk.length;
      for (const row of chunk.slice(0, checkRowsMax - rows.length)) rows.push(row);
      yield chunk;
    }
  })();
  return { stream: { columns, chunks: passing }, isAccepted: () => false };
}

interface Passing {
  stream: RowStream;
  isAccepted: (row: Row) => boolean;
}

/** The same, told apart by what earlier runs say of each row; known ones end here. */
function sorted({ columns, chunks }: RowStream, outcome: Outcome, standingOf: (row: Row) => Standing): Passing {
  outcome.columns = columns;
  const rows: Row[] = [];
  const acceptedRows: AcceptedFinding[] = [];
  const accepted = new WeakSet<Row>();
  Object.assign(outcome, { rows, acceptedRows });
  const passes = (row: Row): boolean => {
    const standing = standingOf(row);
    outcome.findings++;
    if (standing.state === 'known') {
      outcome.known++;
      return false;
    }
    if (standing.state === 'new') {
      if (standing.expired) outcome.expired++;
      if (rows.length < checkRowsMax) rows.push(row);
      return true;
    }
    outcome.accepted++;
    accepted.add(row);
    const { expires, reason } = standing;
    if (acceptedRows.length < checkRowsMax) acceptedRows.push({ row, expires, reason });
    return true;
  };
  const passing = (async function* () {
    for await (const chunk of chunks) yield chunk.filter(passes);
  })();
  return { stream: { columns, chunks: passing }, isAccepted: (row) => accepted.has(row) };
}

/** A failure as a reason, a missing native binding among them. What is no expected failure, a wrong call, or a person's Ctrl-C, is thrown on. */
function whyUnjudged(error: unknown): string {
  if (!(error instanceof LakeobsError) || !['input', 'io', 'query', 'internal'].includes(error.code)) throw error;
  if (error.cause instanceof InterruptedError && error.cause.by === 'signal') throw error;
  return inWords(error);
}

function inWords(error: LakeobsError): string {
  const message = oneLine(error.message);
  if (message.length <= reasonUnitsMax) return oneLine(inSentences(error));
  // The hint stands behind it and stays.
  const head = message.slice(0, reasonUnitsMax).replace(/[\ud800-\udbff]$/, '');
  const cut = `${head}…(${message.length.toLocaleString('en-US')})`;
  return oneLine(error.hint === undefined ? cut : `${cut}. ${error.hint}`);
}

async function populationValue(run: Run, index: number): Promise<number> {
  const { chunks } = await run.stream(index);
  const rows: Row[] = [];
  for await (const chunk of chunks) rows.push(...chunk);
  const value = rows.length === 1 && rows[0]!.length === 1 ? rows[0]![0] : null;
  // A sum is a HUGEINT, which comes as text.
  const rowsJudged = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof rowsJudged !== 'number' || !Number.isInteger(rowsJudged) || rowsJudged < 0)
    throw new LakeobsError(
      'query',
      'its population must be one SELECT that gives one number, the rows that were judged: a whole one, from 0',
    );
  return rowsJudged;
}

/** What the header says of the columns of the result and is not so; null when it is. */
export function brokenPromise(query: Pick<Query, 'columns' | 'identity'>, columns: Outcome['columns']): string | null {
  const lacks = (names: readonly string[]) =>
    names.filter((name) => !columns.some((column) => column.name === name)).join(', ');
  const promised = lacks(query.columns);
  if (promised !== '') return `its header promises the column ${promised}, and its result has none`;
  // What is left of an identity would take different findings for the same.
  const identity = lacks(query.identity);
  return identity === '' ? null : `its identity names the column ${identity}, and its result has none`;
}

/** The values given for params that a check has. */
function ownOf(check: Query, params: Readonly<Record<string, string>>): Record<string, string> {
  const own = new Set(check.params.map((param) => param.name));
  return Object.fromEntries(Object.entries(params).filter(([name]) => own.has(name)));
}

/** The statement that counts what a check judges. */
export function populationOf(query: Query): string {
  return (
    query.population ?? `SELECT count(*) FROM ${allFamilies.find(({ name }) => name === query.family)!.views[0]!.name}`
  );
}

/** Families of every view a check names; of its header when it names none. */
function judgedFamilies(query: Query, statements: Run['statements']): FamilyName[] {
  const named = new Set(statements.flatMap((statement) => (statement.ok ? statement.guarded.families : [])));
  const judged = allFamilies.map((family) => family.name).filter((name) => named.has(name));
  return judged.length > 0 ? judged : [query.family];
}

/** What could not be read of the judged families, one phrase each. */
function damageOf(judged: readonly FamilyName[], statements: Run['statements'], evidence: Evidence): string[] {
  const phrases: string[] = [];
  const sum = (of: (family: FamilyName) => number) => judged.reduce((total, family) => total + of(family), 0);
  const quarantined = sum((family) => evidence.families.get(family)!.quarantined) + evidence.quarantinedUnknown;
  if (quarantined > 0)
    phrases.push(
      `${quarantined} damaged ${quarantined === 1 ? 'range' : 'ranges'} could not be read${placeOf(judged, evidence)}`,
    );
  const unknown = sum((family) => evidence.families.get(family)!.unknownSchema);
  if (unknown > 0)
    phrases.push(
      `${unknown} ${unknown === 1 ? 'record has' : 'records have'} a schema version this lakeobs does not know`,
    );
  const columns = new Set<string>([
    ...recognisedBy,
    ...statements.flatMap((statement) => (statement.ok ? [...(statement.needs.columns ?? [])] : [])),
  ]);
  for (const { name, wire } of presenceColumns) if (columns.has(name)) columns.add(wire);
  const twice = evidence.duplicates.filter(
    ({ family, wire }) => columns.has(wire) && family !== null && judged.includes(family),
  );
  if (twice.length > 0)
    phrases.push(
      `the key ${JSON.stringify(twice[0]!.wire)} is written twice in ${twice.reduce((total, { count }) => total + count, 0)} record(s) of ${twice[0]!.file}`,
    );
  return phrases;
}

/** The first damaged range that may have been a record of the judged families. */
function placeOf(judged: readonly FamilyName[], evidence: Evidence): string {
  const first = evidence.quarantine.find(
    ({ family, accepted }) => !accepted && (family === null || judged.includes(family)),
  );
  if (first === undefined) return '';
  return ` (${first.file}${first.line === null ? '' : `, line ${first.line}`})`;
}

/** DuckDB explains over several lines; a reason is one. */
function oneLine(message: string): string {
  return message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^\^+$/.test(line))
    .join(' ');
}
