// The library's front over reading: what the commands do, with the same names, for programs.
import { resolve } from 'node:path';
import { type Config, noConfig } from './catalog/config.ts';
import { readConfig } from './catalog/config-file.ts';
import type { RosterSource } from './catalog/roster.ts';
import type { Scope } from './catalog/sources.ts';
import { cacheFolderOf, stateFolderOf } from './catalog/user-folders.ts';
import { LakeobsError } from './errors.ts';
import { parseExpiry } from './gate/baseline.ts';
import { choiceOf, chooseChecks, runChecks } from './gate/check.ts';
import type { BaselineOptions } from './gate/earlier.ts';
import { listQueries, loadQuery } from './query/load.ts';
import { bindParams } from './query/params.ts';
import { type RunOptions, withRun } from './query/run.ts';
import type { RosterSummary, Row, ScanSummary, SourceSummary, Table, Verdict } from './result.ts';
import type { FamilyName } from './schema/family.ts';
import type { Timeline } from './timeline/entry.ts';
import { gather } from './timeline/gather.ts';
import { timelineOf } from './timeline/tree.ts';
import { version } from './version.ts';

export interface LakeOptions {
  /** The lake; relative paths start at `cwd`. Default: `$LAKEOBS_LAKE`, else the config's, else `./lake`. */
  lake?: string;
  /** Files and folders to read instead of the lake and the config's sources. */
  paths?: readonly string[];
  /** The config file; null: none. Default: the nearest lakeobs.json. */
  config?: string | null;
  /** The file behind the view `roster`; null: none. Default: `$LAKEOBS_ROSTER`, else the config's. */
  roster?: string | { file: string; column?: string } | null;
  cwd?: string;
  /** DuckDB's memory limit, e.g. `2GiB`. */
  memory?: string;
  threads?: number;
  /** False: read every byte of the logs, as if there were no index. */
  index?: boolean;
}

export interface AskOptions {
  since?: Date;
  /** Exclusive. */
  until?: Date;
  /** Where days begin; default UTC. */
  timeZone?: string;
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface Answer extends Table {
  scanned: ScanSummary;
  sources: readonly SourceSummary[];
  /** The roster the statement read; null when it names none. */
  roster: RosterSummary | null;
}

export interface LakeCheckOptions extends AskOptions {
  /** Names of checks; all when empty. */
  names?: readonly string[];
  tags?: readonly string[];
  exclude?: readonly string[];
  params?: Readonly<Record<string, string>>;
  failOn?: 'error' | 'warn';
  allowEmpty?: boolean;
  allowDamage?: boolean;
  require?: readonly FamilyName[];
  /** The file of accepted findings; false: none. Default: the config's. */
  baseline?: string | false;
  /** Write the baseline anew; `expires` as --baseline-expires takes it. */
  updateBaseline?: boolean | { expires?: string; reason?: string };
  /** Only findings the last run of the same choice did not have decide. */
  sinceLast?: boolean;
}

export interface Lake {
  /** Runs a bundled or own query. @throws LakeobsError as the command would report it. */
  query(name: string, options?: AskOptions & { params?: Readonly<Record<string, string>> }): Promise<Answer>;
  /** Runs one statement that reads the views, in this process: openChild (query/child.ts) is for those that may have to be killed. */
  sql(statement: string, options?: AskOptions): Promise<Answer>;
  /** Runs checks and gives the verdict; `exit_code` is what the command would return. */
  check(options?: LakeCheckOptions): Promise<Verdict>;
  /** Everything that hangs together with an id, on one time line. @throws LakeobsError usage for an unknown id, with the nearest. */
  show(id: string, options?: Pick<AskOptions, 'timeoutMs' | 'signal'>): Promise<Timeline & { scanned: ScanSummary }>;
}

/** Opens a lake, or a set of files, for reading. Nothing is held open between calls: every answer rests on the files as they are then. */
export function openLake(options: LakeOptions = {}): Lake {
  const cwd = options.cwd ?? process.cwd();
  const config = options.config === null ? noConfig : readConfig(options.config, cwd, process.env);
  const named = options.lake ?? (process.env.LAKEOBS_LAKE || undefined);
  const scope: Scope = {
    paths: options.paths ?? [],
    lake: resolve(cwd, named ?? config.lake ?? 'lake'),
    lakeNamed: named !== undefined,
    config,
    cwd,
    roster: rosterOf(options.roster, config, cwd),
  };
  const catalogue = listQueries(config.queries);
  const runOptions = (ask: AskOptions): RunOptions => ({
    scope,
    since: ask.since,
    until: ask.until,
    timeZone: ask.timeZone,
    timeoutMs: ask.timeoutMs,
    signal: ask.signal,
    memory: options.memory,
    threads: options.threads,
    cacheFolder: options.index === false ? undefined : cacheFolderOf(process.env),
    stateFolder: stateFolderOf(process.env),
  });
  const answer = (sql: string, params: ReturnType<typeof bindParams>, ask: AskOptions) =>
    withRun([{ sql, params }], runOptions(ask), async (run): Promise<Answer> => {
      const { columns, chunks } = await run.stream(0);
      const rows: Row[] = [];
      for await (const chunk of chunks) for (const row of chunk) rows.push(row);
      return { columns, rows, scanned: run.evidence.scanned, sources: run.evidence.sources, roster: run.roster };
    });
  return {
    query: async (name, ask = {}) => {
      const query = loadQuery(name, catalogue);
      return answer(query.sql, bindParams(query, ask.params ?? {}), ask);
    },
    sql: (statement, ask = {}) => answer(statement, {}, ask),
    show: async (id, ask = {}) => {
      const gathered = await gather(id, runOptions(ask));
      return { ...timelineOf(id, gathered), scanned: gathered.evidence.scanned };
    },
    check: async (ask = {}) => {
      const { names = [], tags = [], exclude = [] } = ask;
      const startedAt = new Date();
      const baseline = baselineOf(ask, { config, cwd, checks: [...catalogue.files.keys()], now: startedAt });
      return runChecks(chooseChecks(catalogue, { names, tags, exclude }, config), {
        ...runOptions(ask),
        ...(baseline === null ? {} : { baseline }),
        ...(ask.sinceLast === true ? { sinceLast: { choice: choiceOf({ names, files: [], tags, exclude }) } } : {}),
        failOn: ask.failOn ?? 'error',
        allowEmpty: ask.allowEmpty ?? false,
        allowDamage: ask.allowDamage ?? false,
        require: ask.require ?? [],
        params: ask.params ?? {},
        tags,
        exclude,
        noBaseline: ask.baseline === false && config.baseline !== null,
        named: names.length > 0,
        version: version(),
        startedAt,
      });
    },
  };
}

function rosterOf(roster: LakeOptions['roster'], config: Config, cwd: string): RosterSource | undefined {
  if (roster === null) return undefined;
  const given = roster ?? (process.env.LAKEOBS_ROSTER || undefined);
  if (given === undefined) return config.roster ?? undefined;
  const { file, column } = typeof given === 'string' ? { file: given, column: undefined } : given;
  return { file: resolve(cwd, file), column: column ?? null };
}

function baselineOf(
  { baseline, updateBaseline = false, sinceLast }: LakeCheckOptions,
  { config, cwd, checks, now }: { config: Config; cwd: string; checks: readonly string[]; now: Date },
): BaselineOptions | null {
  const file = baseline === false ? null : baseline === undefined ? config.baseline : resolve(cwd, baseline);
  if (updateBaseline === false) return file === null ? null : { file, checks };
  if (file === null || sinceLast === true)
    throw new LakeobsError('usage', 'updateBaseline needs a baseline, and does not go with sinceLast', {
      hint: 'Name a file in `baseline`.',
    });
  const { expires, reason = null } = updateBaseline === true ? {} : updateBaseline;
  return { file, checks, update: { expires: expires === undefined ? null : parseExpiry(expires, now), reason } };
}
