// Options that several verbs share, parsed once: where the lake is, times, limits, which argument is a path. Every complaint is a usage error with what to write instead.
import { isAbsolute, join, resolve } from 'node:path';
import { type Config, findConfig, noConfig } from '../catalog/config.ts';
import type { RosterSource } from '../catalog/roster.ts';
import type { Scope } from '../catalog/sources.ts';
import { cacheFolderOf, stateFolderOf } from '../catalog/user-folders.ts';
import { LakeobsError } from '../errors.ts';
import type { RunOptions } from '../query/run.ts';
import { isTimeZone, parseDuration, parseInstant } from '../query/times.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';
import { commandWords } from './notes.ts';
import { readingProgress, slowRun } from './reading-progress.ts';

export interface ReadOptions extends GlobalOptions {
  since?: string;
  until?: string;
  tz?: string;
  timeout?: string;
  roster?: string;
  rosterColumn?: string;
  memory?: string;
  threads?: string;
  /** False after --no-index. */
  index?: boolean;
}

export interface Place {
  config: Config;
  /** Absolute. */
  lake: string;
  /** By --lake or $LAKEOBS_LAKE. */
  lakeNamed: boolean;
}

/** Where the lake is: --lake, else $LAKEOBS_LAKE, else the config, else ./lake. */
export async function placeOf(options: GlobalOptions, io: Io): Promise<Place> {
  const config = await configOf(options.config, io);
  const named = options.lake ?? (io.env.LAKEOBS_LAKE || undefined);
  if (named === '')
    throw new LakeobsError('usage', '--lake is empty', { hint: 'Name a folder; is the shell variable behind it set?' });
  const lake =
    named === undefined ? (config.lake ?? join(io.cwd, 'lake')) : isAbsolute(named) ? named : join(io.cwd, named);
  return { config, lake, lakeNamed: named !== undefined };
}

/** What reads a config is loaded when there is one. */
async function configOf(explicit: string | undefined, { cwd, env }: Io): Promise<Config> {
  if (findConfig(explicit, cwd, env) === null) return noConfig;
  return (await import('../catalog/config-file.ts')).readConfig(explicit, cwd, env);
}

/** Everything a run needs from the shared options. */
export async function runOptionsOf(
  options: ReadOptions,
  paths: readonly string[],
  io: Io,
): Promise<RunOptions & { scope: Scope; timedOut: (error: unknown) => unknown }> {
  const { config, lake, lakeNamed } = await placeOf(options, io);
  const timeZone = options.tz;
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new LakeobsError('usage', `--tz: unknown time zone ${JSON.stringify(timeZone)}`, {
      hint: 'Use a name such as Europe/Berlin or UTC.',
    });
  const time = (name: 'since' | 'until') => {
    const text = options[name];
    if (text === undefined) return undefined;
    const instant = parseInstant(text, io.now(), timeZone);
    if (instant === null)
      throw new LakeobsError('usage', `--${name}: ${JSON.stringify(text)} is no time`, {
        hint: 'Use 2026-01-31, 2026-01-31T12:00:00Z, 24h, 7d, today or yesterday.',
      });
    return instant;
  };
  const since = time('since');
  const until = time('until');
  if (since !== undefined && until !== undefined && since >= until)
    throw new LakeobsError('usage', '--since is not before --until', { hint: '--until is exclusive.' });
  return {
    scope: { paths, lake, lakeNamed, config, cwd: io.cwd, roster: rosterOf(options, config, io) },
    since,
    until,
    timeZone,
    memory: memoryOf(options.memory),
    threads: options.threads === undefined ? undefined : wholeNumber('--threads', options.threads, 1),
    timeoutMs: options.timeout === undefined ? undefined : timeoutOf(options.timeout),
    cacheFolder: options.index === false ? undefined : cacheFolderOf(io.env),
    stateFolder: stateFolderOf(io.env),
    ...slowRun(options.quiet !== true, commandWords(scopeWords(indexPlaceOf(options), paths)), io),
    onProgress: readingProgress(options.quiet !== true, io),
    signal: io.signal,
    // An index that is built afterwards wants the memory.
    leaving: !config.indexAuto,
  };
}

/** Who may be handed out: --roster, else $LAKEOBS_ROSTER, else the config. A column in the config is one of the config's file. */
function rosterOf({ roster, rosterColumn }: ReadOptions, config: Config, { cwd, env }: Io): RosterSource | undefined {
  for (const [name, value] of [
    ['--roster', roster],
    ['--roster-column', rosterColumn],
  ])
    if (value === '')
      throw new LakeobsError('usage', `${name} is empty`, { hint: 'Is the shell variable behind it set?' });
  if (roster === '-')
    throw new LakeobsError('usage', '--roster takes a file, not standard input', { hint: 'Write it to a file first.' });
  const named = roster ?? (env.LAKEOBS_ROSTER || undefined);
  if (named !== undefined) return { file: resolve(cwd, named), column: rosterColumn ?? null };
  if (config.roster !== null) return { ...config.roster, column: rosterColumn ?? config.roster.column };
  if (rosterColumn !== undefined)
    throw new LakeobsError('usage', '--roster-column is given without a roster', {
      hint: 'Name the file: --roster FILE.',
    });
  return undefined;
}

/** An argument is a path when it has a slash, a dot or a glob character, or is `-`. */
export function isPathArgument(argument: string): boolean {
  return argument === '-' || /[/\\.*?[{]/.test(argument);
}

/** @throws LakeobsError usage for an argument that is a name where only paths can stand. */
export function mustBePath(argument: string): void {
  if (!isPathArgument(argument))
    throw new LakeobsError('usage', `${JSON.stringify(argument)} is no path`, {
      hint: `To read a file or folder of that name write ./${argument}.`,
    });
}

/** A whole number of at least `least`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < least)
    throw new LakeobsError('usage', `${option} takes a whole number from ${least}, not ${JSON.stringify(text)}`);
  return number;
}

/** One of some words. */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  if (!(words as readonly string[]).includes(text))
    throw new LakeobsError(
      'usage',
      `${option} takes ${words.slice(0, -1).join(', ')} or ${words.at(-1)}, not ${JSON.stringify(text)}`,
    );
  return text as T;
}

/** The words of this run that say where it looks, for commands it suggests. */
export function scopeWords(options: ReadOptions, paths: readonly string[]): string[] {
  const words = [...paths];
  for (const name of ['lake', 'config', 'since', 'until', 'tz', 'roster'] as const) {
    const value = options[name];
    if (value !== undefined) words.push(`--${name}`, value);
  }
  if (options.rosterColumn !== undefined) words.push('--roster-column', options.rosterColumn);
  return words;
}

/** The words of this run that say what it may use, and whether the index. */
export function limitWords(options: ReadOptions): string[] {
  const words = options.index === false ? ['--no-index'] : [];
  for (const name of ['timeout', 'memory', 'threads'] as const) {
    const value = options[name];
    if (value !== undefined) words.push(`--${name}`, value);
  }
  return words;
}

/** The same logs, without times and roster: an index knows none. */
export function indexPlaceOf({
  since: _since,
  until: _until,
  tz: _tz,
  roster: _roster,
  rosterColumn: _column,
  ...place
}: ReadOptions): ReadOptions {
  return place;
}

function timeoutOf(text: string): number {
  const ms = parseDuration(text) ?? (/^\d+$/.test(text) ? Number(text) * 1000 : null);
  if (ms === null || ms <= 0)
    throw new LakeobsError('usage', `--timeout takes a duration such as 30s or 5m, not ${JSON.stringify(text)}`);
  return ms;
}

function memoryOf(text: string | undefined): string | undefined {
  if (text !== undefined && !/^\d+(\.\d+)?\s*([KMGT]i?B|B)$/i.test(text))
    throw new LakeobsError('usage', `--memory takes a size such as 512MiB or 2GB, not ${JSON.stringify(text)}`);
  return text;
}
