// One session of the shell: its settings, and what a statement or a dot-command does. It knows no terminal: text goes to the screen it is given. SQL runs in a child process
// (query/child.ts), so that nothing a statement does can end or block the shell.
import { didYouMean } from '../catalog/names.ts';
import { InterruptedError } from '../engine/engine.ts';
import { inOurWords, LakeobsError } from '../errors.ts';
import { tableRowsDefault } from '../limits.ts';
import { type ChartSpec, parseChart } from '../query/chart.ts';
import type { SqlChild } from '../query/child.ts';
import { type Catalogue, loadQueries, loadQuery } from '../query/load.ts';
import { bindParams, parseParamOptions } from '../query/params.ts';
import { failureText } from '../render/failure.ts';
import { type FormatName, formatNames } from '../render/format.ts';
import { queryList } from '../render/query-list.ts';
import type { ScanSummary } from '../result.ts';
import { families } from '../schema/facts.ts';
import { type DotName, helpText, isDotCommand, parseDotCommand } from './dot-commands.ts';
import type { Outcome } from './reader.ts';
import { type Asked, printResult, type Sink, SinkClosed } from './results.ts';
import { knownViews, schemaText, tablesText } from './views.ts';

/** What a session sees of the world. */
export interface ShellWorld {
  child: SqlChild;
  catalogue: Catalogue;
  /** Short texts. */
  print(text: string): Promise<void>;
  /** Failures and notes, on stderr: what is printed may be data. */
  complain(text: string): void;
  /** Where a result is printed. */
  screen(): Sink;
  /** A file for results; its kind by its suffix. */
  openFile(path: string): Promise<OutputFile>;
  /** Runs `lakeobs check` with these names over the scope of the session. */
  check(names: readonly string[]): { done: Promise<void>; cancel(): void };
  progress(): ((what: string, done: number, total: number) => void) | undefined;
  now(): Date;
  width(): number | undefined;
  /** Results are printed on a terminal. */
  terminal: boolean;
  color: boolean;
  quiet: boolean;
}

export interface OutputFile {
  path: string;
  format: FormatName;
  write(text: string): void;
  /** Gives the file its name. */
  finish(): void;
  discard(): void;
}

export interface Settings {
  mode: Mode;
  /** Null: as the mode is used to. */
  limit: number | null;
  timer: boolean;
  pager: boolean;
  chart: ChartSpec | 'none' | 'own';
  output: OutputFile | null;
}

export const modes = [...formatNames, 'expanded'] as const;
export type Mode = (typeof modes)[number];

export interface Session {
  settings: Settings;
  /** Runs one statement or command and prints what comes of it, failures too, those with `at` in front. */
  run(input: string, at?: string): Promise<Outcome>;
  /** Ends what runs. */
  cancel(): void;
  /** Closes the output file and the child. */
  close(): Promise<void>;
}

export function openSession(world: ShellWorld, settings: Settings): Session {
  let cancel = () => world.child.cancel();
  let damageSaid = '';

  const complain = (thrown: unknown, at?: string): Outcome => {
    const error = inOurWords(thrown);
    if (!(error instanceof LakeobsError)) throw error;
    const { code, message, hint } = error;
    const said =
      at === undefined
        ? error
        : new LakeobsError(code, `${at}: ${message}`, { ...(hint === undefined ? {} : { hint }), cause: error });
    world.complain(failureText(said, { color: world.color }));
    return 'failed';
  };

  const print = async (result: Asked) => {
    const answer = await printResult(world, settings, result);
    if (settings.timer) world.complain(`${(answer.ms / 1000).toFixed(3)} s\n`);
    const damage = damageNote(answer.scanned);
    if (!world.quiet && damage !== '' && damage !== damageSaid) world.complain(`lakeobs: ${damage}\n`);
    damageSaid = damage;
  };

  const closeOutput = async () => {
    const { output } = settings;
    settings.output = null;
    output?.finish();
    if (output !== null && !world.quiet) world.complain(`${output.path} is written\n`);
  };

  const commands: Record<Exclude<DotName, 'quit'>, (words: string[]) => Promise<void>> = {
    help: () => world.print(helpText()),
    tables: () => world.print(tablesText()),
    async schema([view]) {
      if (view !== undefined && !knownViews.has(view.toLowerCase()))
        throw new LakeobsError(
          'usage',
          `there is no view ${JSON.stringify(view)}. ${didYouMean(view.toLowerCase(), [...knownViews.keys()])}`,
          { hint: '.tables lists them.' },
        );
      await world.print(schemaText(view?.toLowerCase()));
    },
    async query([name, ...params]) {
      if (name === undefined) return world.print(listOf(world));
      const query = loadQuery(name, world.catalogue);
      const given = bindParams(query, parseParamOptions(params), world.now());
      await print({ sql: query.sql, params: given, chart: query.chart });
    },
    async checks(names) {
      for (const name of names)
        if (loadQuery(name, world.catalogue).kind !== 'check')
          throw new LakeobsError('usage', `${name} is a query, not a check`, { hint: `Write: .query ${name}` });
      const running = world.check(names);
      cancel = running.cancel;
      try {
        await running.done;
      } finally {
        cancel = () => world.child.cancel();
      }
    },
    async mode([word]) {
      if (word !== undefined) settings.mode = oneOf('.mode', word, modes);
      else
        await world.print(
          `mode ${settings.mode}; others: ${modes.filter((mode) => mode !== settings.mode).join(', ')}\n`,
        );
    },
    async chart(words) {
      const [word] = words;
      if (word === undefined)
        await world.print(`chart ${typeof settings.chart === 'string' ? settings.chart : settings.chart.kind}\n`);
      else if (word === 'none' || word === 'own') settings.chart = word;
      else {
        const spec = parseChart(words.join(' '));
        if (typeof spec === 'string')
          throw new LakeobsError('usage', `.chart: ${spec}`, { hint: 'Write .chart bar, .chart own or .chart none.' });
        settings.chart = spec;
      }
    },
    async limit([word]) {
      if (word === undefined)
        await world.print(`limit ${settings.limit ?? `${tableRowsDefault} in table, expanded and agent, else all`}\n`);
      else if (word === 'all') settings.limit = Number.POSITIVE_INFINITY;
      else if (/^\d{1,9}$/.test(word)) settings.limit = Number(word);
      else throw new LakeobsError('usage', `.limit takes a whole number or all, not ${JSON.stringify(word)}`);
    },
    async timer([word]) {
      if (word === undefined) await world.print(`timer ${settings.timer ? 'on' : 'off'}\n`);
      else settings.timer = oneOf('.timer', word, ['on', 'off']) === 'on';
    },
    async pager([word]) {
      if (word === undefined) await world.print(`pager ${settings.pager ? 'on' : 'off'}\n`);
      else settings.pager = oneOf('.pager', word, ['on', 'off']) === 'on';
    },
    async output([path]) {
      await closeOutput();
      if (path !== undefined && path !== '-') settings.output = await world.openFile(path);
    },
  };

  return {
    settings,
    async run(input, at) {
      try {
        if (isDotCommand(input)) {
          const { name, words } = parseDotCommand(input);
          if (name === 'quit') return 'quit';
          await commands[name](words);
        } else await print({ sql: input });
        return 'done';
      } catch (error) {
        if (error instanceof SinkClosed) return 'done';
        if (error instanceof LakeobsError && error.cause instanceof InterruptedError && error.cause.by === 'signal') {
          world.complain('lakeobs: cancelled\n');
          return 'failed';
        }
        return complain(error, at);
      }
    },
    cancel: () => cancel(),
    async close() {
      try {
        await closeOutput();
      } catch (error) {
        complain(error);
      }
      await world.child.close();
    },
  };
}

function listOf({ catalogue, width }: ShellWorld): string {
  const queries = loadQueries(catalogue);
  const listed = families.flatMap(({ name: family }) =>
    queries
      .filter((query) => query.family === family)
      .map(({ name, kind, severity, title, params }) => ({
        family,
        name,
        kind: kind === 'check' ? `check (${severity})` : kind,
        title,
        params: params.map((param) => `${param.name}${param.default === null ? '' : `=${param.default}`}`).join(' '),
      })),
  );
  return queryList(listed, { width: width() ?? 80, color: false });
}

function damageNote({ quarantined, unknown_schema, unrecognised }: ScanSummary): string {
  const parts = [
    [quarantined, 'damaged (FROM quarantine;)'],
    [unknown_schema, 'of an unknown version (FROM sources;)'],
    [unrecognised, 'of no known family (FROM sources;)'],
  ] as const;
  const found = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return found.length === 0 ? '' : `not in the views: ${found.join(', ')}`;
}

function oneOf<T extends string>(command: string, word: string, words: readonly T[]): T {
  if ((words as readonly string[]).includes(word)) return word as T;
  throw new LakeobsError(
    'usage',
    `${command} takes ${words.join(', ')}, not ${JSON.stringify(word)}. ${didYouMean(word, words)}`,
  );
}
