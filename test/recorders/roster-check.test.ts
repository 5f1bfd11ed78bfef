import { describe, expect, test } from 'vitest';
import { createRosterCheck } from '../../src/recorders/index.ts';

const fills = (...ids: unknown[]): object => ({ fills: ids.map((candidate_id) => ({ candidate_id })) });

describe('createRosterCheck', () => {
  const check = createRosterCheck(['W-1', ' W-2 ', 7, 12345678901234567890n, '']);

  test('true only when every id is in the roster', () => {
    expect(check(fills('W-1', 'W-2'))).toBe(true);
    expect(check(fills('W-1', 'W-3'))).toBe(false);
    expect(check(fills('W-3'))).toBe(false);
  });

  test('ids are compared as trimmed text, numbers by their decimal text', () => {
    expect(check(fills(' W-1\n'))).toBe(true);
    expect(check(fills('7', 7, 7.0))).toBe(true);
    expect(check(fills('12345678901234567890'))).toBe(true);
    expect(createRosterCheck(['1000000000000000000000'])(fills(1e21))).toBe(true);
    expect(createRosterCheck([1.5])(fills('1.5'))).toBe(true);
    expect(check(fills('w-1'))).toBe(false);
  });

  test('no id at all is no answer', () => {
    for (const artifact of [fills(), fills(null), { fills: [{}] }, {}, { fills: 'W-1' }, null, undefined, 'W-1', []])
      expect(check(artifact)).toBeUndefined();
  });

  test('an empty text, a flag or an object names no worker of the roster', () => {
    for (const id of ['', '  ', true, {}, ['W-1']]) expect(check(fills('W-1', id))).toBe(false);
  });

  test('a fill without an id beside one with it is judged by the id there is', () => {
    expect(check(fills('W-1', null))).toBe(true);
  });

  test('the path is configurable', () => {
    const nested = createRosterCheck(['a'], { path: 'artifact.days[].shifts[].worker.id' });
    expect(nested({ days: [{ shifts: [{ worker: { id: 'a' } }] }, { shifts: [] }] })).toBe(true);
    expect(nested({ days: [{ shifts: [{ worker: { id: 'b' } }] }] })).toBe(false);
    expect(createRosterCheck(['a'], { path: 'ids[]' })({ ids: ['a', 'a'] })).toBe(true);
    expect(createRosterCheck(['a'], { path: 'artifact.worker' })({ worker: 'a' })).toBe(true);
  });

  test('a path that cannot be read is refused at once', () => {
    for (const path of ['', '.', 'a..b', 'a[0].b', '[].a', 'a.'])
      expect(() => createRosterCheck([], { path })).toThrow(/cannot read the path/);
  });

  test('the roster is read once: a set changed later changes nothing', () => {
    const roster = new Set(['a']);
    const once = createRosterCheck(roster);
    roster.add('b');
    expect(once(fills('b'))).toBe(false);
  });
});
