// The one door to DuckDB: open an in-memory instance, run or stream a statement, interrupt it, seal it against everything outside, close it.
// It knows nothing of families or files; what a statement may read is decided by its callers before the seal.
import type { DuckDBConnection, DuckDBInstance, DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { inOurWords, LakeobsError } from '../errors.ts';
import type { Row, RowStream, Table } from '../result.ts';
import { type Parsed, readParseTree } from './inspect.ts';
import { openSettings, takeOpening } from './opening.ts';
import { type Converter, converterOf } from './values.ts';

export type ParamType = 'text' | 'int' | 'float' | 'bool' | 'timestamp' | 'duration';

/** A value for `$name`. Durations are milliseconds, timestamps instants. */
export interface Param {
  type: ParamType;
  value: string | number | boolean | Date | null;
}

export type Params = Readonly<Record<string, Param>>;

export interface EngineOptions {
  /** DuckDB's memory limit, e.g. `1GiB`; its own default (80 % of the machine) when absent. */
  memory?: string | undefined;
  threads?: number | undefined;
  /** Begin with one thread; `spread` gives the rest. Ignored beside `threads`. */
  oneThread?: boolean | undefined;
  /** A private folder for data that does not fit in memory; without it DuckDB fails instead of spilling. */
  tempDirectory?: string | undefined;
}

/** Opens an in-memory DuckDB: UTC, no extension loading, no progress bar of its own.
 * @throws LakeobsError internal when the native binding is missing for this platform, usage when DuckDB refuses a setting. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const preloaded = takeOpening();
  const api = await loadDuckdb();
  const instance =
    preloaded === undefined
      ? await api.DuckDBInstance.create(':memory:', openSettings)
      : new api.DuckDBInstance(await preloaded);
  const connection = await instance.connect();
  const engine = new Engine(api, instance, connection, options.threads === undefined && options.oneThread === true);
  // The bar itself is never printed: without it DuckDB does not count.
  const settings = [
    `SET enable_progress_bar = true`,
    `SET enable_progress_bar_print = false`,
    `SET TimeZone = 'UTC'`,
    `SET temp_directory = ${quoteText(options.tempDirectory ?? '')}`,
  ];
  if (options.memory !== undefined) settings.push(`SET memory_limit = ${quoteText(options.memory)}`);
  if (options.threads !== undefined) settings.push(`SET threads = ${options.threads}`);
  else if (options.oneThread !== true) settings.push('RESET threads');
  try {
    await engine.exec(settings.join('; '));
  } catch (error) {
    engine.close();
    throw new LakeobsError('usage', `DuckDB refused to start: ${messageOf(error)}`, {
      hint: 'Check --memory and --threads.',
      cause: error,
    });
  }
  return engine;
}

type Api = typeof import('@duckdb/node-api');

async function loadDuckdb(): Promise<Api> {
  try {
    const module = (await import('@duckdb/node-api')) as Api & { default?: Api };
    // A CommonJS package: bundled, only its default export is there.
    return module.default ?? module;
  } catch (error) {
    throw new LakeobsError(
      'internal',
      `DuckDB's native binding cannot be loaded on ${process.platform}-${process.arch}: ${messageOf(error)}`,
      {
        hint: 'Install lakeobs again on this machine with optional dependencies (npm install --include=optional).',
        cause: error,
      },
    );
  }
}

export class Engine {
  readonly #api: Api;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #oneThread: boolean;
  /** A transaction is open around a stream. */
  #streaming = false;
  #interruptedBy: Ending | null = null;

  constructor(api: Api, instance: DuckDBInstance, connection: DuckDBConnection, oneThread: boolean) {
    this.#api = api;
    this.#instance = instance;
    this.#connection = connection;
    this.#oneThread = oneThread;
  }

  /** Gives statements all the threads of the machine, should they have begun with one. Before the seal. */
  async spread(): Promise<void> {
    if (!this.#oneThread) return;
    this.#oneThread = false;
    await this.exec('RESET threads');
  }

  /** Runs statements whose result nobody reads. Several may be separated by `;`. */
  async exec(sql: string): Promise<void> {
    await this.#try(sql, () => this.#connection.run(sql));
  }

  /** Runs one statement and returns all its rows. */
  async all(sql: string, params: Params = {}): Promise<Table> {
    return this.#try(sql, async () => {
      const result = await this.#run(sql, params, false);
      const { columns, converters } = describe(result);
      const rows: Row[] = [];
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return { columns, rows };
        for (const row of convertChunk(chunk, converters)) rows.push(row);
      }
    });
  }

  /** Runs one statement and returns its rows chunk by chunk; memory stays flat. One stream at a time: the next one ends it.
   *
   * DuckDB's C interface ends a stream that failed like one that is exhausted. A transaction around it tells them apart: a failure aborts it. */
  async stream(sql: string, params: Params = {}): Promise<RowStream> {
    // Each step by itself: an interrupt that comes between two must not be lost.
    if (this.#streaming) await this.#try(sql, () => this.#connection.run('ROLLBACK'));
    await this.#try(sql, () => this.#connection.run('BEGIN TRANSACTION'));
    this.#streaming = true;
    try {
      const result = await this.#try(sql, () => this.#run(sql, params, true));
      const { columns, converters } = describe(result);
      return { columns, chunks: this.#chunks(sql, params, result, converters) };
    } catch (error) {
      await this.#endTransaction();
      throw error;
    }
  }

  /** The first column of the first row. */
  async value(sql: string, params: Params = {}): Promise<Row[number]> {
    const table = await this.all(sql, params);
    return table.rows[0]?.[0] ?? null;
  }

  /** Parses without running. */
  async parse(sql: string): Promise<Parsed> {
    return readParseTree(String(await this.value(`SELECT json_serialize_sql(${quoteText(sql)})`)));
  }

  /** Binds without running. @throws LakeobsError query with DuckDB's words, its caret under the place in this very text. */
  async bind(sql: string): Promise<void> {
    await this.#try(sql, async () => (await this.#connection.prepare(sql)).destroySync());
  }

  /** From here on nothing outside the listed files can be read or written, and no setting can be changed. One way. */
  async seal(files: readonly string[]): Promise<void> {
    const list = files.map((file) => quoteText(file)).join(', ');
    await this.exec(
      `${files.length > 0 ? `SET allowed_paths = [${list}]; ` : ''}SET enable_external_access = false; SET lock_configuration = true`,
    );
  }

  /** Ends the work of this engine: the running statement, and every one begun after, fails with a LakeobsError that names the cause. A call that comes
   * while no statement runs (files are being copied or salvaged) is not lost. */
  interrupt(cause: Ending): void {
    this.#interruptedBy = cause;
    this.#connection.interrupt();
  }

  /** Percentage of the running statement that is done, −1 when DuckDB cannot tell. */
  progress(): number {
    return this.#connection.progress.percentage;
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #run(sql: string, params: Params, streaming: boolean): Promise<DuckDBResult> {
    const names = Object.keys(params);
    if (names.length === 0 && !sql.includes('$'))
      return streaming ? this.#connection.stream(sql) : this.#connection.run(sql);
    const statement = await this.#connection.prepare(sql);
    // Only what the statement uses: DuckDB refuses values nobody asked for.
    for (let index = 1; index <= statement.parameterCount; index++) {
      const name = statement.parameterName(index);
      // To DuckDB $n and $N are one name.
      const key = names.find((known) => known.toLowerCase() === name.toLowerCase());
      const param = key === undefined ? undefined : params[key];
      if (param === undefined)
        throw new LakeobsError('query', `the statement uses $${name}, which has no value`, {
          hint: `Write the value itself, or declare it in the header of a query file, such as -- param: ${name} int = 3; -p ${name}=VALUE changes it.`,
        });
      const [value, type] = bound(this.#api, param);
      statement.bindValue(index, value, type);
    }
    return streaming ? statement.stream() : statement.run();
  }

  async *#chunks(
    sql: string,
    params: Params,
    result: DuckDBResult,
    converters: readonly Converter[],
  ): AsyncGenerator<readonly Row[]> {
    let whole = false;
    try {
      while (!whole) {
        const chunk = await this.#try(sql, () => result.fetchChunk());
        whole = chunk === null || chunk.rowCount === 0;
        if (!whole) yield await this.#try(sql, async () => convertChunk(chunk!, converters));
      }
    } finally {
      if (!whole) await this.#endTransaction();
    }
    const sound = await this.#endTransaction();
    if (this.#interruptedBy !== null) throw interruption(this.#interruptedBy);
    if (!sound) await this.#failAgain(sql, params);
  }

  /** Whether nothing failed in it. Only a statement tells: COMMIT and ROLLBACK end an aborted transaction as any other. */
  async #endTransaction(): Promise<boolean> {
    this.#streaming = false;
    const sound = await this.#connection.run('SELECT 1').then(
      () => true,
      () => false,
    );
    await this.#connection.run('ROLLBACK').catch(() => {});
    return sound;
  }

  /** Throws what a stream failed with: its statement is run again, keeping no row, to hear DuckDB's words. */
  async #failAgain(sql: string, params: Params): Promise<never> {
    await this.#try(sql, () => this.#run(`SELECT bit_xor(hash(answer)) FROM (${sql}\n) AS answer`, params, false));
    throw new LakeobsError('query', 'the statement failed before its last row', { hint: 'Run it again.' });
  }

  async #try<T>(sql: string, run: () => Promise<T>): Promise<T> {
    if (this.#interruptedBy !== null) throw interruption(this.#interruptedBy);
    try {
      return await run();
    } catch (thrown) {
      const error = inOurWords(thrown);
      if (error instanceof LakeobsError) throw error;
      // An INTERNAL error brings the addresses of its own code along, a full memory settings that no statement may change.
      const message = messageOf(error).replace(/\n+(Stack Trace|Possible solutions):[\s\S]*$/, '');
      if (this.#interruptedBy !== null && /interrupt/i.test(message)) throw interruption(this.#interruptedBy);
      throw new LakeobsError('query', message, {
        ...(/^Out of Memory/i.test(message) ? { hint: outOfMemoryHint } : {}),
        cause: new StatementError(sql, message),
      });
    }
  }
}

/** Why a run was stopped: its time was over, somebody asked, or the process had taken more memory than it may. */
export type Ending = 'time-out' | 'signal' | 'memory';

/** What a statement fails with that was stopped. */
export function interruption(cause: Ending): LakeobsError {
  return new LakeobsError('query', endings[cause].message, {
    ...(endings[cause].hint === null ? {} : { hint: endings[cause].hint }),
    cause: new InterruptedError(cause),
  });
}

const endings = {
  'time-out': {
    message: 'the statement ran into its time limit',
    hint: 'Raise it with --timeout, or narrow the question with --since.',
  },
  signal: { message: 'interrupted', hint: null },
  memory: {
    message: 'the statement took more memory than it may',
    hint: 'Raise it with --memory, or ask for fewer rows and columns, or shorter texts.',
  },
} as const;

const outOfMemoryHint = 'Raise it with --memory, or ask for fewer rows and columns at once.';

/** Cause of a LakeobsError whose statement was stopped. */
export class InterruptedError extends Error {
  readonly by: Ending;
  constructor(by: Ending) {
    super(by);
    this.by = by;
  }
}

/** Cause of a LakeobsError whose statement DuckDB refused. */
class StatementError extends Error {
  readonly sql: string;
  constructor(sql: string, message: string) {
    super(message);
    this.sql = sql;
  }
}

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An exact path as DuckDB's file functions take it: glob characters lose their meaning. */
export function quotePath(path: string): string {
  return quoteText(path.replace(/[[*?]/g, '[$&]'));
}

function describe(result: DuckDBResult): { columns: { name: string; type: string }[]; converters: Converter[] } {
  const names = uniqueNames(result.columnNames());
  const types = names.map((name, index) => typeAt(result, index, name));
  return {
    columns: names.map((name, index) => ({ name, type: typeName(types[index]!) })),
    converters: types.map(converterOf),
  };
}

/** @throws LakeobsError query for a type the Node package has no name for: types as values, states of aggregates. */
function typeAt(result: DuckDBResult, index: number, name: string): DuckDBType {
  try {
    return result.columnType(index);
  } catch (error) {
    throw new LakeobsError(
      'query',
      `the column ${JSON.stringify(name)} is of a type whose values cannot be given out`,
      {
        hint: 'Leave it out, or cast it: x::VARCHAR.',
        cause: error,
      },
    );
  }
}

/** The second `a` becomes `a_2`, unless somebody is called that already. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let copy = 2;
    while (taken.has(`${name}_${copy}`)) copy++;
    const unique = `${name}_${copy}`;
    taken.add(unique);
    seen.add(unique);
    return unique;
  });
}

function typeName(type: DuckDBType): string {
  return type.alias ?? type.toString();
}

function convertChunk(
  chunk: { columnCount: number; rowCount: number; getColumnValues(index: number): DuckDBValue[] },
  converters: readonly Converter[],
): Row[] {
  const columns = converters.map((convert, index) => chunk.getColumnValues(index).map(convert));
  return Array.from({ length: chunk.rowCount }, (_, row) => columns.map((column) => column[row]!));
}

function bound(api: Api, param: Param): [DuckDBValue, DuckDBType] {
  const { value, type } = param;
  switch (type) {
    case 'int':
      return [value === null ? null : BigInt(value as number), api.BIGINT];
    case 'float':
      return [value as number | null, api.DOUBLE];
    case 'bool':
      return [value as boolean | null, api.BOOLEAN];
    case 'timestamp':
      return [
        value === null ? null : new api.DuckDBTimestampTZValue(BigInt((value as Date).getTime()) * 1000n),
        api.TIMESTAMPTZ,
      ];
    case 'duration':
      return [
        value === null ? null : new api.DuckDBIntervalValue(0, 0, BigInt(Math.round((value as number) * 1000))),
        api.INTERVAL,
      ];
    case 'text':
      return [value as string | null, api.VARCHAR];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
