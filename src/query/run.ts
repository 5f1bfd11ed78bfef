// Runs statements over a scope: a private engine and scratch folder, the evidence loaded for exactly these statements, the seal, then the rows.
// Everything is released when the consumer is done, however it ends.
import { type Evidence, loadEvidence, type Needs, type Scan } from '../catalog/evidence.ts';
import { noRosterGiven, noRosterSql, type RosterSource, rosterView } from '../catalog/roster.ts';
import { openScratch, type Scratch } from '../catalog/scratch.ts';
import type { Scope } from '../catalog/sources.ts';
import { lazyIndex } from '../columnar/lazy-index.ts';
import type { RunIndex } from '../columnar/open-index.ts';
import { type Engine, InterruptedError, openEngine, type Params } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import { progressPollMs } from '../limits.ts';
import type { RosterSummary, RowStream } from '../result.ts';
import { type Guarded, guard } from './guard.ts';
import { planOf } from './plans.ts';
import { watchRun } from './watch-run.ts';

export interface RunOptions {
  scope: Scope;
  since?: Date | undefined;
  /** Exclusive. */
  until?: Date | undefined;
  /** Where days begin; UTC when absent. */
  timeZone?: string | undefined;
  memory?: string | undefined;
  threads?: number | undefined;
  /** The whole run, reading included. */
  timeoutMs?: number | undefined;
  /** The run ends when the process takes more than this, which DuckDB's own limit does not see (a string function in the middle of its work). For
   * processes that do nothing else. */
  processBytesMax?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The process ends right after: the engine is left to the system, which is quicker than closing it. */
  leaving?: boolean | undefined;
  /** Where the index of files outside a lake lies (`$XDG_CACHE_HOME/lakeobs`); no index is used when absent. */
  cacheFolder?: string | undefined;
  /** The cache folder is one of this process alone, which indexes more than any other. */
  ownFolder?: boolean | undefined;
  /** `$XDG_STATE_HOME/lakeobs`: which damage outside a lake was accepted. */
  stateFolder?: string | undefined;
  /** Told every limits.progressPollMs how far the run is: of a statement in percent, of a damaged file in bytes. */
  onProgress?: ((what: string, done: number, total: number) => void) | undefined;
  /** Told what is about to be read. */
  onScan?: ((scan: Scan) => void) | undefined;
  /** Data from this size on whose wide columns are read stays in the files. Default: limits.wideScanBytesMax. */
  wideScanBytesMax?: number | undefined;
  /** Folders whose CSV, Parquet and JSON files statements may read besides the views; relative ones start at the scope's cwd. */
  allowFiles?: readonly string[] | undefined;
  /** Bytes of log from which on equal lines are counted instead of kept. Default: limits.groupedScanBytesMin. */
  groupedScanBytesMin?: number | undefined;
  /** Find out what each statement reads, also of bundled ones (that is how their plans are made). */
  unplanned?: boolean | undefined;
}

/** One statement to run: refused ones carry their error and are not run. */
export type Prepared =
  | { ok: true; guarded: Guarded; params: Params; needs: Needs }
  | {
      ok: false;
      error: LakeobsError;
      /** It, or another of its group, reads a roster, and there is none to read. */
      rosterless?: boolean;
    };

export interface Statement {
  sql: string;
  params: Params;
  /** Statements of one group are of use only together: without the roster that one of them reads, nothing is read for the others either. */
  group?: number;
}

/** An open run: what was read, and the statements that may be run over it. */
export interface Run {
  evidence: Evidence;
  statements: readonly Prepared[];
  /** The roster; null when none was given, no statement names it, or it could not be read (`rosterError` says why). */
  roster: RosterSummary | null;
  rosterError: LakeobsError | null;
  /** `params`: other values than the statement was prepared with, of the same names and types. */
  stream(index: number, params?: Params): Promise<RowStream>;
}

/** Loads the evidence for some statements and hands the open run to `use`. A refused or broken statement does not stop the others.
 * @throws LakeobsError input or io when the files cannot be read, query on a time-out. */
export async function withRun<T>(
  statements: readonly Statement[],
  options: RunOptions,
  use: (run: Run) => Promise<T>,
): Promise<T> {
  return withEngine(options, async (engine, scratch, signal) => {
    const { allowFiles = [] } = options;
    // With a time range the views read a column more: then no plan fits.
    const planned = options.unplanned !== true && options.since === undefined && options.until === undefined;
    const plans = statements.map(({ sql }) => (planned ? planOf(sql) : undefined));
    const allowed = allowFiles.length === 0 ? [] : await realFolders(allowFiles, options.scope.cwd);
    const guardedStatements: (Guarded | LakeobsError)[] = [];
    for (const [index, { sql }] of statements.entries()) {
      const plan = plans[index];
      guardedStatements.push(
        plan === undefined
          ? await guard(engine, sql, allowed).catch(queryErrorOf)
          : { ...plan, files: [], sql, planned: sql },
      );
    }
    if (guardedStatements.length === 1 && guardedStatements[0] instanceof LakeobsError) throw guardedStatements[0];
    const roster = await rosterFor(guardedStatements, engine, scratch, signal, options.scope);
    const rosterless =
      roster.summary === null && options.scope.nothing !== true
        ? rosterReaders(guardedStatements, statements)
        : new Set<number>();
    const runnable = guardedStatements.flatMap((guarded, index) =>
      guarded instanceof LakeobsError || rosterless.has(index)
        ? []
        : [{ guarded, params: statements[index]!.params, columns: plans[index]?.columns, where: plans[index]?.where }],
    );
    const columnar =
      options.cacheFolder === undefined
        ? undefined
        : lazyIndex(engine, {
            scratch,
            signal,
            cacheFolder: options.cacheFolder,
            ownFolder: options.ownFolder,
            onProgress: options.onProgress,
          });
    /** A failure of a statement as a person can use it. */
    const understood = async (error: unknown, guarded: Guarded | undefined): Promise<unknown> => {
      const known = await blamed(error, columnar);
      return known instanceof LakeobsError ? withHint(known, engine, guarded) : known;
    };
    const evidence = await loadEvidence(engine, options.scope, scratch, {
      statements: runnable.map(({ guarded, params, columns, where }) => ({
        sql: guarded.planned,
        params,
        columns,
        where,
        views: guarded.views,
      })),
      since: options.since,
      until: options.until,
      signal,
      stateFolder: options.stateFolder,
      onScan: options.onScan,
      onProgress: options.onProgress,
      wideScanBytesMax: options.wideScanBytesMax,
      groupedScanBytesMin: options.groupedScanBytesMin,
      index: columnar,
    }).catch(async (error: unknown) =>
      Promise.reject(await understood(error, runnable.length === 1 ? runnable[0]!.guarded : undefined)),
    );
    if (options.timeZone !== undefined) await engine.exec(`SET TimeZone = '${options.timeZone.replaceAll("'", "''")}'`);
    await engine.seal([...evidence.openFiles, ...runnable.flatMap(({ guarded }) => guarded.files)]);
    let next = 0;
    const lines: string[] = [];
    const prepared: Prepared[] = [];
    for (const [index, guarded] of guardedStatements.entries()) {
      if (guarded instanceof LakeobsError) prepared.push({ ok: false, error: guarded });
      else if (rosterless.has(index))
        prepared.push({ ok: false, error: roster.error ?? noRosterGiven(), rosterless: true });
      else {
        const needs = evidence.needs[next]!;
        lines[index] = evidence.lines[next]!;
        next++;
        prepared.push(
          needs.error === null
            ? { ok: true, guarded, params: statements[index]!.params, needs }
            : { ok: false, error: await withHint(needs.error, engine, guarded) },
        );
      }
    }
    let inForce = evidence.lines[0];
    return use({
      evidence,
      statements: prepared,
      roster: roster.summary,
      rosterError: roster.error,
      stream: async (index, params) => {
        const statement = prepared[index]!;
        if (!statement.ok) throw statement.error;
        try {
          if (lines[index] !== inForce) await engine.exec(lines[index]!);
          inForce = lines[index];
          return checked(await engine.stream(statement.guarded.sql, params ?? statement.params), evidence, (error) =>
            understood(error, statement.guarded),
          );
        } catch (error) {
          throw await understood(error, statement.guarded);
        }
      },
    });
  });
}

interface ReadRoster {
  summary: RosterSummary | null;
  error: LakeobsError | null;
}

/** Reads the roster if a statement names it; without one the view is there and empty, so that every statement can be planned. */
async function rosterFor(
  statements: readonly (Guarded | LakeobsError)[],
  engine: Engine,
  scratch: Scratch,
  signal: AbortSignal,
  { roster, nothing, lenient }: Scope,
): Promise<ReadRoster> {
  const none: ReadRoster = { summary: null, error: null };
  if (!statements.some(namesRoster)) return none;
  // Before anything is read: nothing would come of it.
  if (roster === undefined && nothing !== true && statements.length === 1) throw noRosterGiven();
  if (roster === undefined || nothing === true) {
    await engine.exec(noRosterSql);
    return none;
  }
  const { readRoster } = await import('../catalog/roster/read.ts');
  try {
    return { summary: await readRoster(engine, roster, scratch, signal), error: null };
  } catch (error) {
    if (lenient !== true || !(error instanceof LakeobsError) || error.cause instanceof InterruptedError) throw error;
    await engine.exec(noRosterSql);
    return { summary: null, error };
  }
}

/** Reads a roster only to say what is in it. @throws LakeobsError as readRoster. */
export async function rosterSummary(roster: RosterSource, options: Omit<RunOptions, 'scope'>): Promise<RosterSummary> {
  const { readRoster } = await import('../catalog/roster/read.ts');
  return withEngine(options, (engine, scratch, signal) => readRoster(engine, roster, scratch, signal));
}

function namesRoster(guarded: Guarded | LakeobsError): boolean {
  return !(guarded instanceof LakeobsError) && guarded.views.includes(rosterView);
}

/** Places of the statements that read the roster, and of all others in their groups. */
function rosterReaders(guarded: readonly (Guarded | LakeobsError)[], statements: readonly Statement[]): Set<number> {
  const groups = new Set(guarded.flatMap((one, index) => (namesRoster(one) ? [groupOf(statements, index)] : [])));
  return new Set(guarded.flatMap((_, index) => (groups.has(groupOf(statements, index)) ? [index] : [])));
}

/** A statement without a group is one of its own. */
function groupOf(statements: readonly Statement[], index: number): number | string {
  return statements[index]!.group ?? `alone ${index}`;
}

/** Opens engine and scratch, closes both; a time-out, a signal or too much memory interrupts what runs, and aborts the signal that `use` gets. Work that
 * does not listen is left to itself: the call fails all the same, and engine and scratch are closed when that work ends. */
export async function withEngine<T>(
  options: Omit<RunOptions, 'scope'>,
  use: (engine: Engine, scratch: Scratch, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const scratch = openScratch();
  let engine: Engine | undefined;
  let poll: NodeJS.Timeout | undefined;
  const watch = watchRun(options, (cause) => engine?.interrupt(cause));
  let working: Promise<unknown> = Promise.resolve();
  let atWork = false;
  try {
    engine = await openEngine({
      memory: options.memory,
      threads: options.threads,
      oneThread: true,
      tempDirectory: scratch.spill,
    });
    watch.begin();
    const { onProgress } = options;
    if (onProgress !== undefined)
      poll = setInterval(() => {
        const percent = engine?.progress() ?? -1;
        if (percent > 0 && percent < 100) onProgress('reading', Math.floor(percent), 100);
      }, progressPollMs).unref();
    atWork = true;
    const work = use(engine, scratch, watch.signal).finally(() => {
      atWork = false;
    });
    working = work;
    return await Promise.race([work, watch.over]);
  } finally {
    watch.stop();
    clearInterval(poll);
    const release = () => {
      if (options.leaving !== true) engine?.close();
      scratch.dispose();
    };
    if (atWork) void working.then(release, release);
    else release();
  }
}

/** What a statement failed with, or the file of the index that made it fail: DuckDB's words about that would help nobody. */
async function blamed(error: unknown, index: RunIndex | undefined): Promise<unknown> {
  if (!(error instanceof LakeobsError) || error.code !== 'query' || error.cause instanceof InterruptedError)
    return error;
  const path = await index?.unsound();
  if (path === null || path === undefined) return error;
  return new LakeobsError('io', `the index cannot be read: ${path} is gone, or not as it was written`, {
    path,
    hint: 'lakeobs index --verify takes out what is broken; --no-index answers without the index.',
    cause: error,
  });
}

/** Rows streamed from files that changed meanwhile are not an answer. */
function checked(stream: RowStream, evidence: Evidence, understood: (error: unknown) => Promise<unknown>): RowStream {
  return {
    columns: stream.columns,
    chunks: (async function* () {
      try {
        yield* stream.chunks;
      } catch (error) {
        throw await understood(error);
      }
      const moved = evidence.moved();
      if (moved.length > 0)
        throw new LakeobsError('input', `${moved[0]} changed while its rows were printed: the answer is not exact`, {
          path: moved[0]!,
          hint: 'Run it again, or name files that are at rest.',
        });
    })(),
  };
}

/** Most statements do not fail: what explains failures is loaded for those that do. */
async function withHint(error: LakeobsError, engine: Engine, guarded: Guarded | undefined): Promise<LakeobsError> {
  if (error.code !== 'query' || error.hint !== undefined || guarded === undefined) return error;
  return (await import('./teach.ts')).taught(error, engine, guarded.views);
}

async function realFolders(folders: readonly string[], cwd: string): Promise<string[]> {
  return (await import('./allowed-files.ts')).allowedFolders(folders, cwd);
}

function queryErrorOf(error: unknown): LakeobsError {
  if (error instanceof LakeobsError && error.code === 'query' && !(error.cause instanceof InterruptedError))
    return error;
  throw error;
}
