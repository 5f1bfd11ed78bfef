import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logNames, parseSegment, segmentPath, segmentsAmong } from '../../src/ndjson/naming.ts';

describe('the names around a log', () => {
  it('puts every side file beside the log, never with the log’s extension', () => {
    expect(logNames('lake/session.jsonl')).toEqual({
      active: 'lake/session.jsonl',
      dir: 'lake',
      stem: 'session',
      ext: '.jsonl',
      chain: 'lake/session.chain',
      head: 'lake/session.head',
      lock: 'lake/session.lock',
    });
  });

  it('numbers segments with at least six digits', () => {
    expect(segmentPath('lake/session.jsonl', 12)).toBe('lake/session.000012.jsonl');
    expect(segmentPath('lake/session.jsonl', 1_234_567, '.gz')).toBe('lake/session.1234567.jsonl.gz');
    expect(segmentPath('app', 1)).toBe('app.000001');
  });

  it('reads back every name it makes, whatever the stem and extension', () => {
    const part = fc.stringMatching(/^[a-z0-9._+ -]{1,12}$/).filter((text) => !text.startsWith('.') && text !== '.');
    fc.assert(
      fc.property(
        part,
        fc.constantFrom('', '.jsonl', '.log'),
        fc.integer({ min: 1, max: 1e12 }),
        fc.constantFrom('' as const, '.gz' as const, '.zst' as const),
        (stem, ext, number, compression) => {
          const path = `/lake/${stem}${ext}`;
          const name = segmentPath(path, number, compression).slice('/lake/'.length);
          expect(parseSegment(path, name)).toEqual({ number, compression });
        },
      ),
    );
  });

  it('takes nothing else for a segment: the active file, side files, other logs, too few digits', () => {
    for (const name of [
      'session.jsonl',
      'session.chain',
      'session.lock',
      'session.00001.jsonl',
      'session.0000x1.jsonl',
      'session.000001.jsonl.bak',
      'session.000001.jsonl.gz.tmp',
      'session.old.000001.jsonl',
      'sessions.000001.jsonl',
      'session000001.jsonl',
      'session.000001.log',
      'session.99999999999999999999.jsonl',
    ])
      expect(parseSegment('lake/session.jsonl', name), name).toBeNull();
  });

  it('does not mix up a log whose own name looks like a segment', () => {
    expect(parseSegment('session.jsonl', 'session.000001.000002.jsonl')).toBeNull();
    expect(parseSegment('session.000001.jsonl', 'session.000001.000002.jsonl')).toEqual({ number: 2, compression: '' });
  });

  it('orders segments by number, not by text', () => {
    const names = ['a.1000000.jsonl', 'a.999999.jsonl', 'a.000002.jsonl.gz', 'a.jsonl', 'a.000002.jsonl'];
    expect(segmentsAmong('a.jsonl', names).map(({ fileName }) => fileName)).toEqual([
      'a.000002.jsonl',
      'a.000002.jsonl.gz',
      'a.999999.jsonl',
      'a.1000000.jsonl',
    ]);
  });
});
