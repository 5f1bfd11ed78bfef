// The arguments that say which time a call is about, for every tool that has them.
import * as z from 'zod/mini';
import { isTimeZone, parseInstant } from '../query/times.ts';
import { CallFault, word } from './tool.ts';

export const windowInput = {
  since: z.optional(
    word('only rows from this time on: 2026-01-31, 2026-01-31T12:00:00Z, 24h, 7d, today, yesterday; default: all'),
  ),
  until: z.optional(word('only rows before this time')),
  time_zone: z.optional(word('where days begin, e.g. Europe/Berlin; default UTC')),
};

export interface Window {
  since?: Date;
  until?: Date;
  timeZone?: string;
}

/** @throws CallFault for what is no time or no time zone. */
export function windowOf(given: {
  since?: string | undefined;
  until?: string | undefined;
  time_zone?: string | undefined;
}): Window {
  const { time_zone: timeZone } = given;
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new CallFault(
      `unknown time zone ${JSON.stringify(timeZone)}`,
      'Use a name such as Europe/Berlin, or leave time_zone out for UTC.',
    );
  const now = new Date();
  const window: Window = timeZone === undefined ? {} : { timeZone };
  for (const name of ['since', 'until'] as const) {
    const text = given[name];
    if (text === undefined) continue;
    const instant = parseInstant(text, now, timeZone);
    if (instant === null)
      throw new CallFault(
        `${name}: ${JSON.stringify(text)} is no time`,
        'Use 2026-01-31, 2026-01-31T12:00:00Z, 24h, 7d, today or yesterday.',
      );
    window[name] = instant;
  }
  if (window.since !== undefined && window.until !== undefined && window.since >= window.until)
    throw new CallFault('since is not before until', 'until is exclusive.');
  return window;
}
