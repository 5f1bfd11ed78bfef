// Values for `$name`: text from the command line or a header → a typed value that is bound, never pasted into the statement.
import { didYouMean } from '../catalog/names.ts';
import type { Param, Params, ParamType } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import { durationMsMax } from '../limits.ts';
import type { ParamSpec, Query } from './header.ts';
import { parseDuration, parseInstant } from './times.ts';

export const paramTypes: readonly ParamType[] = ['text', 'int', 'float', 'bool', 'timestamp', 'duration'];

/** Parses one value; a complaint when it does not fit its type. */
export function parseParam(
  spec: Pick<ParamSpec, 'name' | 'type'>,
  text: string,
  now: Date = new Date(),
): Param | string {
  const { name, type } = spec;
  const bad = (what: string) => `param ${name} is ${what}, not ${JSON.stringify(text)}`;
  switch (type) {
    case 'text':
      return { type, value: text };
    case 'int':
      return /^[+-]?\d{1,15}$/.test(text) ? { type, value: Number(text) } : bad('a whole number');
    case 'float': {
      const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
      return Number.isFinite(value) ? { type, value } : bad('a number');
    }
    case 'bool':
      return text === 'true' || text === 'false' ? { type, value: text === 'true' } : bad('true or false');
    case 'timestamp': {
      const value = parseInstant(text, now);
      return value === null ? bad('a time such as 2026-01-31, 2026-01-31T12:00:00Z or 24h') : { type, value };
    }
    case 'duration': {
      const value = parseDuration(text);
      return value === null || value > durationMsMax ? bad('a duration such as 90s, 5m, 24h or 7d') : { type, value };
    }
  }
}

/** The values a query runs with: the caller's, else the header's defaults.
 * @throws LakeobsError usage for an unknown name, a value of the wrong type, or one that is missing. */
export function bindParams(
  query: Pick<Query, 'name' | 'params'>,
  given: Readonly<Record<string, string>>,
  now: Date = new Date(),
): Params {
  const known = query.params.map((spec) => spec.name);
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new LakeobsError(
        'usage',
        `${query.name} has no param ${JSON.stringify(name)}. ${known.length === 0 ? 'It has none.' : didYouMean(name, known)}`,
        {
          hint:
            known.length === 0
              ? 'Leave -p out.'
              : `Its params: ${query.params.map((spec) => `${spec.name} (${spec.type})`).join(', ')}.`,
        },
      );
  const params: Record<string, Param> = {};
  for (const spec of query.params) {
    const text = Object.hasOwn(given, spec.name) ? given[spec.name]! : spec.default;
    if (text === null)
      throw new LakeobsError('usage', `${query.name} needs param ${spec.name} (${spec.type})`, {
        hint: `Give it with -p ${spec.name}=VALUE.`,
      });
    const param = parseParam(spec, text, now);
    if (typeof param === 'string') throw new LakeobsError('usage', param);
    params[spec.name] = param;
  }
  return params;
}

/** `-p key=value` options → a record. @throws LakeobsError usage without a `=`. */
export function parseParamOptions(options: readonly string[]): Record<string, string> {
  const given = options.map((option) => {
    const at = option.indexOf('=');
    if (at <= 0) throw new LakeobsError('usage', `-p takes name=value, not ${JSON.stringify(option)}`);
    return [option.slice(0, at), option.slice(at + 1)] as const;
  });
  return Object.fromEntries(given);
}
