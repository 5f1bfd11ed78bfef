import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTimeZone, parseDuration, parseInstant } from '../../src/query/times.ts';

const now = new Date('2026-03-10T12:34:56.789Z');
const at = (text: string, zone?: string) => parseInstant(text, now, zone)?.toISOString() ?? null;

describe('a point in time', () => {
  test.each([
    ['now', '2026-03-10T12:34:56.789Z'],
    ['today', '2026-03-10T00:00:00.000Z'],
    ['yesterday', '2026-03-09T00:00:00.000Z'],
    ['24h', '2026-03-09T12:34:56.789Z'],
    ['7d', '2026-03-03T12:34:56.789Z'],
    [' 90s ', '2026-03-10T12:33:26.789Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0099-01-01', '0099-01-01T00:00:00.000Z'],
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T10:00Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01 10:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01t10:00:00z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T10:00:00.123456789Z', '2026-03-01T10:00:00.123Z'],
    ['2026-03-01T10:00:00+02:00', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01T10:00:00-0530', '2026-03-01T15:30:00.000Z'],
  ])('%j', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  test.each([
    '',
    'soon',
    '24',
    '-24h',
    '24 hours',
    '2026',
    '2026-03',
    '2026-13-01',
    '2026-02-29',
    '2026-02-30T10:00:00Z',
    '2026-02-30T10:00:00',
    '2026-03-01T25:00:00Z',
    '2026-03-01T10:60:00Z',
    '2026-03-01T10:00:00+99:99',
    '2026-03-01T10:00:00Q',
    '01/03/2026',
    '99999999999999w',
  ])('%j is none', (text) => {
    expect(at(text)).toBeNull();
  });
});

describe('in a zone', () => {
  test.each([
    ['2026-03-01', 'Europe/Berlin', '2026-02-28T23:00:00.000Z'],
    ['2026-03-01', 'America/New_York', '2026-03-01T05:00:00.000Z'],
    ['2026-03-01', 'Asia/Kolkata', '2026-02-28T18:30:00.000Z'],
    // Days on which the clocks change: each begins at its own midnight.
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00.000Z'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    // Midnight does not exist: the day begins at one o'clock.
    ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z'],
    // A time without a zone, before and after the change of that day.
    ['2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
    ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T01:30', 'Europe/Berlin', '2026-10-24T23:30:00.000Z'],
    ['2026-10-25T03:30', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
    ['2026-03-08T01:30', 'America/New_York', '2026-03-08T06:30:00.000Z'],
    ['2026-03-08T03:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
    // A written offset wins.
    ['2026-03-01T10:00:00Z', 'Asia/Kolkata', '2026-03-01T10:00:00.000Z'],
    ['today', 'Pacific/Auckland', '2026-03-10T11:00:00.000Z'],
    ['yesterday', 'Pacific/Auckland', '2026-03-09T11:00:00.000Z'],
    ['today', 'America/Los_Angeles', '2026-03-10T07:00:00.000Z'],
  ])('%s in %s', (text, zone, expected) => {
    expect(at(text, zone)).toBe(expected);
  });

  test('what the clocks show at an instant is read back as that instant, but for the hour they show twice', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: 1_400_000_000, max: 1_900_000_000 }),
        fc.constantFrom(...zones),
        (seconds, zone) => {
          const shown = (ms: number) => new Date(ms).toLocaleString('sv-SE', { timeZone: zone });
          const ms = seconds * 1000;
          const read = parseInstant(shown(ms), now, zone)!.getTime();
          expect(shown(read)).toBe(shown(ms));
          expect(Math.abs(read - ms)).toBeLessThanOrEqual(3_600_000);
        },
      ),
    );
  });

  test('names are known whatever their case', () => {
    for (const name of ['UTC', 'Europe/Berlin', 'europe/berlin']) expect(isTimeZone(name), name).toBe(true);
    for (const name of ['', 'Berlin', 'Europe/Nowhere']) expect(isTimeZone(name), name).toBe(false);
  });
});

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
  ['1.5h', 5_400_000],
  ['0s', 0],
  ['5 m', 300_000],
  ['5', null],
  ['m', null],
  ['-5m', null],
  ['5M', null],
  ['1e3s', null],
])('a duration of %j', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
