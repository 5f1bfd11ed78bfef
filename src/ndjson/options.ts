// The options of openLog, checked before anything happens: a misspelt option must not silently mean the default.
import { extname } from 'node:path';
import { LakeobsError } from '../errors.ts';
import { lineBytesMax, timerMsMax } from '../limits.ts';
import { familyNames } from '../schema/index.ts';
import { sideExtensions } from './naming.ts';
import type { LogOptions } from './writer.ts';

/** Throws LakeobsError('usage') naming the option that makes no sense. */
export function checkOptions(options: LogOptions): void {
  if (typeof options !== 'object' || options === null)
    throw usage('openLog takes an options object', 'Call openLog({ path }).');
  for (const key of Object.keys(options))
    if (!(key in rules)) throw usage(`unknown option "${key}"`, `Known options: ${Object.keys(rules).join(', ')}.`);
  for (const [key, rule] of Object.entries(rules)) {
    const value = options[key as keyof LogOptions];
    if (value === undefined && key !== 'path') continue;
    const complaint = rule(value);
    if (complaint !== null) throw usage(`option "${key}" ${complaint}`, 'See docs/writing-records.md for the options.');
  }
}

type Rule = (value: unknown) => string | null;

const rules: Record<keyof LogOptions, Rule> = {
  path: (value) =>
    typeof value !== 'string' || value === ''
      ? 'must name a file'
      : sideExtensions.includes(extname(value))
        ? `must not end in ${extname(value)}: that is a side file's name`
        : null,
  family: oneOf(familyNames),
  sync: oneOf(['always', 'interval', 'never']),
  syncIntervalMs: (value) =>
    positive(value) ?? ((value as number) > timerMsMax ? `must be at most ${timerMsMax}` : null),
  maxBytes: positive,
  keep: (value) => {
    if (typeof value !== 'object' || value === null) return 'must be an object { segments?, bytes?, ageMs? }';
    for (const [key, limit] of Object.entries(value)) {
      if (!['segments', 'bytes', 'ageMs'].includes(key))
        return `has an unknown limit "${key}"; known: segments, bytes, ageMs`;
      if (limit !== undefined && !(typeof limit === 'number' && limit >= 0))
        return `has a limit "${key}" that is not a number of at least 0`;
    }
    return null;
  },
  lineBytesMax: (value) =>
    positive(value) ??
    ((value as number) > lineBytesMax ? `must be at most ${lineBytesMax}: readers stop there` : null),
  mode: oneOf(['direct', 'buffered']),
  strict: boolean,
  chain: boolean,
  redact: (value) =>
    value === true
      ? 'is true, but this log was opened without a redactor: give a function, or open it through lakeobs/writer'
      : value === false || typeof value === 'function'
        ? null
        : 'must be a function or false',
  onDrop: callable,
  onWarn: callable,
  onEvent: callable,
  storage: object,
  clock: object,
};

function oneOf(names: readonly string[]): Rule {
  return (value) => (names.includes(value as string) ? null : `must be one of ${names.join(', ')}`);
}

function positive(value: unknown): string | null {
  return typeof value === 'number' && value > 0 ? null : 'must be a number above 0';
}

function boolean(value: unknown): string | null {
  return typeof value === 'boolean' ? null : 'must be true or false';
}

function callable(value: unknown): string | null {
  return typeof value === 'function' ? null : 'must be a function';
}

function object(value: unknown): string | null {
  return typeof value === 'object' && value !== null ? null : 'must be an object';
}

function usage(message: string, hint: string): LakeobsError {
  return new LakeobsError('usage', message, { hint });
}
