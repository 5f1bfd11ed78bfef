import { describe, expect, test } from 'vitest';
import { queryList } from '../../src/render/query-list.ts';
import { widthOf } from '../../src/width.ts';

const queries = [
  { family: 'session', name: 'alarm', kind: 'check (error)', title: 'Accepted fills not in the roster', params: '' },
  { family: 'session', name: 'repeated', kind: 'query', title: 'Sessions rejected several times', params: 'n=3' },
  { family: 'journal', name: 'log-errors', kind: 'query', title: 'Errors in the logs', params: '' },
];

describe('the list of queries', () => {
  test('has each on one line by family where there is room', () => {
    expect(queryList(queries, { width: 100, color: false })).toBe(
      [
        'session',
        '  alarm       check (error)  Accepted fills not in the roster',
        '  repeated    query          Sessions rejected several times (n=3)',
        '',
        'journal',
        '  log-errors  query          Errors in the logs',
        '',
      ].join('\n'),
    );
  });

  test('wraps titles between words, below themselves', () => {
    expect(queryList(queries.slice(0, 1), { width: 50, color: false })).toBe(
      ['session', '  alarm  check (error)  Accepted fills not in the', '                        roster', ''].join('\n'),
    );
  });

  test.each([20, 30, 40, 60, 80, 200])('on %i columns cuts nothing and is no wider', (width) => {
    const text = queryList(queries, { width, color: false });
    for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(Math.max(width, 27));
    const words = text.replace(/\s+/g, ' ');
    for (const { name, kind, title } of queries) {
      expect(words).toContain(`${name} ${kind} ${title}`);
    }
  });

  test('lets no control character of a title reach the terminal, and paints nothing unless asked', () => {
    const evil = [{ ...queries[0]!, title: 'a\u001b[31mb' }];
    expect(queryList(evil, { width: 80, color: false })).not.toContain('\u001b');
    expect(queryList(queries, { width: 80, color: true })).toContain('\u001b[1m');
  });
});
