// Times people type: ISO dates and instants, spans back from now (24h, 7d), today, yesterday; and durations. Days begin in UTC unless a time zone is given.

/** Parses a point in time; null when it is none. A bare date is its first instant in `timeZone`; a span such as 24h is that long before `now`. */
export function parseInstant(text: string, now: Date, timeZone = 'UTC'): Date | null {
  const trimmed = text.trim();
  if (trimmed === 'now') return now;
  if (trimmed === 'today' || trimmed === 'yesterday') {
    const { year, month, day } = partsIn(now, timeZone);
    const date = new Date(Date.UTC(year!, month! - 1, day! - (trimmed === 'yesterday' ? 1 : 0)));
    return local(date.toISOString(), timeZone);
  }
  const back = parseDuration(trimmed);
  if (back !== null) return valid(new Date(now.getTime() - back));
  if (/^\d{4}-\d{2}-\d{2}$/.test(trimmed)) return isDate(trimmed) ? local(`${trimmed}T00:00:00Z`, timeZone) : null;
  const instant = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?$/i.exec(trimmed);
  if (instant === null) return null;
  const [, day, time, zone] = instant as unknown as [string, string, string, string?];
  if (!isDate(day)) return null;
  return zone === undefined
    ? local(`${day}T${time}Z`, timeZone)
    : valid(new Date(`${day}T${time}${zone.toUpperCase()}`));
}

/** Milliseconds of 500ms, 90s, 5m, 24h, 7d, 2w; null when it is no duration. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/.exec(text.trim());
  if (match === null) return null;
  return Number(match[1]) * unitMs[match[2]!]!;
}

/** Whether the runtime knows the zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function valid(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Whether the calendar has the day: Date takes February 30 for March 2. */
function isDate(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** What the clocks of a zone call this, `iso` being written as if they were in UTC. A time they skip is the one behind the gap; one they show twice is either. */
function local(iso: string, timeZone: string): Date | null {
  const utc = valid(new Date(iso));
  if (utc === null) return null;
  const guess = new Date(utc.getTime() - offsetMs(utc, timeZone));
  // Once more with the offset in force at the guess: it may lie on the other side of a clock change.
  return new Date(utc.getTime() - offsetMs(guess, timeZone));
}

/** How far the zone's clock is ahead of UTC at that instant. */
function offsetMs(instant: Date, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const { year, month, day, hour, minute, second } = partsIn(instant, timeZone);
  return Date.UTC(year!, month! - 1, day!, hour! % 24, minute!, second!) - Math.floor(instant.getTime() / 1000) * 1000;
}

function partsIn(instant: Date, timeZone: string): Record<string, number> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
}
