import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChartSpec } from '../../src/query/chart.ts';
import { startChart } from '../../src/render/chart.ts';
import type { ResultColumn, Row } from '../../src/result.ts';
import { widthOf } from '../../src/width.ts';
import { anyTable, column, hiddenRaw } from './samples.ts';

const draw = (
  spec: ChartSpec | ChartSpec['kind'],
  columns: ResultColumn[],
  rows: Row[],
  options: { width?: number; color?: boolean } = {},
): string => {
  const chart = startChart(typeof spec === 'string' ? { kind: spec } : spec, columns, options);
  chart.rows(rows);
  return chart.end();
};
const model = column('model');
const n = column('n', 'BIGINT');
const rate = column('rate', 'DOUBLE');
const day = column('day', 'DATE');

describe('bars', () => {
  test('stand behind label and figure, the longest to the end of the line', () => {
    const text = draw(
      'bar',
      [model, n],
      [
        ['finch', 1200],
        ['漢字', 600],
        ['none', 0],
        ['tiny', 1],
        ['lost', null],
      ],
      { width: 32 },
    );
    expect(text).toBe(
      [
        'n by model',
        `finch  1,200  ${'█'.repeat(18)}`,
        `漢字     600  ${'█'.repeat(9)}`,
        'none       0',
        'tiny       1  ▏',
        'lost    NULL',
        '',
      ].join('\n'),
    );
  });

  test('of negative values grow to the left of zero', () => {
    const text = draw(
      'bar',
      [model, n],
      [
        ['a', -10],
        ['b', 10],
        ['c', -1],
        ['d', 0.001],
      ],
      { width: 30 },
    );
    const [, a, b, c, d] = text.split('\n');
    expect(a).toBe(`a    -10  ${'█'.repeat(10)}`);
    expect(b).toBe(`b     10  ${' '.repeat(10)}${'█'.repeat(10)}`);
    expect(c).toBe(`c     -1  ${' '.repeat(9)}█`);
    expect(d).toBe(`d  0.001  ${' '.repeat(10)}▏`);
    expect(
      draw(
        'bar',
        [model, n],
        [
          ['a', -10],
          ['b', -5],
        ],
        { width: 29 },
      ),
    ).toContain('█');
  });

  test('of one row, of nothing but zeros and of the largest numbers are drawn', () => {
    expect(draw('bar', [model, n], [['a', 5]], { width: 20 })).toBe(`n by model\na  5  ${'█'.repeat(14)}\n`);
    expect(
      draw(
        'bar',
        [model, n],
        [
          ['a', 0],
          ['b', 0],
        ],
      ),
    ).toBe('n by model\na  0\nb  0\n');
    const huge = draw(
      'bar',
      [model, rate],
      [
        ['a', 1.7e308],
        ['b', -1.7e308],
        ['c', 5e-324],
      ],
      { width: 40 },
    );
    expect(huge).toMatch(/a {3}1\.70e308 {2} +█+\nb {2}-1\.70e308 {2}█+\nc {2}4\.94e-324 {2} +▏\n/);
  });

  test('of more rows than a screen are the first, and the rest is counted', () => {
    const rows = Array.from({ length: 10_000 }, (_, at): Row => [`m${at}`, at]);
    const text = draw('bar', [model, n], rows);
    expect(text.split('\n')).toHaveLength(1 + 40 + 1 + 1);
    expect(text).toMatch(/\n9,960 more rows not drawn: order and LIMIT choose which\n$/);
  });

  test('have numbers that came as text, and a column of numbers as labels', () => {
    const text = draw(
      'bar',
      [column('iterations', 'BIGINT'), column('sum', 'HUGEINT')],
      [
        [1, '9007199254740993'],
        [2, '4503599627370496'],
      ],
      { width: 40 },
    );
    expect(text).toMatch(/^sum by iterations\n1 {2}9\.01e15 {2}█+\n2 {2}4\.50e15 {2}█+\n$/);
  });
});

describe('lines', () => {
  const days: Row[] = [
    ['2026-01-01', 0],
    ['2026-01-02', 1],
    ['2026-01-05', 2],
  ];

  test('go along times at their distances, the ends of both axes named', () => {
    const text = draw('line', [day, n], days, { width: 42 });
    const lines = text.split('\n');
    expect(lines[0]).toBe('n by day');
    expect(lines[1]).toMatch(/^2┤ {30,}[⠀-⣿]+$/);
    expect(lines[10]).toMatch(/^0┤[⠀-⣿]/);
    expect(lines[11]).toBe(` └${'─'.repeat(40)}`);
    expect(lines[12]).toBe(`  2026-01-01${' '.repeat(20)}2026-01-05`);
    // A quarter of the way stands the second day, half as high.
    const middle = lines.findIndex((line, at) => at > 0 && /[⠀-⣿]/.test(line[12] ?? ''));
    expect(middle).toBeGreaterThan(4);
    expect(middle).toBeLessThan(8);
  });

  test('name the one end of an axis as wide as it fits', () => {
    const lines = draw('line', [column('x', 'VARCHAR'), n], [['y'.repeat(99), 1]], { width: 42 }).split('\n');
    expect(lines[12]).toMatch(/^ {2}y+…/);
    expect(widthOf(lines[12]!)).toBe(42);
  });

  test('are broken by a NULL and count the rows without a place', () => {
    const rows: Row[] = [
      [1, 5],
      [2, 5],
      [3, null],
      [4, 5],
      [null, 7],
    ];
    const text = draw('line', [column('x', 'INTEGER'), n], rows, { width: 33 });
    const drawn = text.split('\n').find((line) => /[⠀-⣿]/.test(line))!;
    expect(drawn).toMatch(/^5┤[⠀-⣿]{10,11} {18,}[⠀-⣿]$/);
    expect(text).toMatch(/\n1 row without x not drawn\n$/);
  });

  test('of several series stand one below the other on the same axes', () => {
    const rows = days.flatMap(([at, value]): Row[] => [
      [at!, 'a', value!],
      [at!, 'b', 1],
    ]);
    const text = draw('line', [day, model, n], rows, { width: 40 });
    expect(text).toMatch(/^n by day, for each model\na\n2┤/);
    expect(text).toMatch(/\nb\n2┤\n/);
    expect(draw({ kind: 'line', series: 'model' }, [day, model, n], rows, { width: 40 })).toBe(text);
    const once: Row[] = [
      ['2026-01-01', 'a', 1],
      ['2026-01-02', 'b', 2],
    ];
    expect(draw('line', [day, model, n], once)).toMatch(/^n by day\n/);
    const many = Array.from({ length: 11 }, (_, at): Row => ['2026-01-01', `m${at}`, at]);
    expect(draw({ kind: 'line', series: 'model' }, [day, model, n], many)).toMatch(/\n3 more lines not drawn\n$/);
  });

  test('of one value stand in the middle, and rows come in any order', () => {
    const flat = draw(
      'line',
      [day, n],
      days.map(([at]) => [at!, 3]),
      { width: 30 },
    ).split('\n');
    expect(flat[6]).toMatch(/^3┤[⠀-⣿]{28}$/);
    expect(draw('line', [day, n], [...days].reverse(), { width: 42 })).toBe(
      draw('line', [day, n], days, { width: 42 }),
    );
  });

  test('over labels keep the order in which they first come', () => {
    const text = draw(
      'line',
      [model, n],
      [
        ['z', 1],
        ['a', 2],
      ],
      { width: 20 },
    );
    expect(text.split('\n')[12]).toBe(`  z${' '.repeat(16)}a`);
  });
});

describe('a histogram', () => {
  const of = (values: (number | null)[], type = 'DOUBLE') =>
    draw(
      'hist',
      [model, column('v', type)],
      values.map((value) => ['m', value]),
      { width: 60 },
    ).split('\n');

  test('keeps a bar for each of a few whole numbers, also for those that do not occur', () => {
    expect(of([1, 1, 3, null]).slice(0, 5)).toEqual([
      'v',
      expect.stringMatching(/^1 {2}2 {2}█+$/),
      '2  0',
      expect.stringMatching(/^3 {2}1 {2}█+$/),
      '3 values, and 1 row without one not counted',
    ]);
  });

  test('has ranges with round ends that cover every value once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 200 }),
        (values) => {
          const lines = of(values).slice(1, -2);
          const counts = lines.map((line) => Number(/ {2}([\d,]+)(?: {2}|$)/.exec(line)![1]));
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
          expect(lines.length).toBeLessThanOrEqual(80);
        },
      ),
      { numRuns: 200 },
    );
    expect(of([0.5, 19.9, 3, 7, 12, 13, 14, 15])[1]).toMatch(/^0 … < 5 +2 /);
  });
});

describe('columns', () => {
  test('are chosen by type', () => {
    const title = (kind: ChartSpec['kind'], columns: ResultColumn[]) => {
      const row = columns.map(({ type }) => (type === 'DATE' ? '2026-01-01' : type === 'VARCHAR' ? 't' : 1));
      return draw(kind, columns, [row]).split('\n')[0];
    };
    expect(title('bar', [n, model, rate])).toBe('n by model');
    expect(title('bar', [n, rate])).toBe('rate by n');
    expect(title('bar', [n])).toBe('n');
    expect(title('line', [model, n, day])).toBe('n by day');
    expect(title('line', [model, n, rate])).toBe('rate by n');
    expect(title('line', [model, n])).toBe('n by model');
    expect(title('hist', [model, n, rate])).toBe('n');
  });

  test('that are not there, or hold no numbers, are named with what to do', () => {
    expect(() => startChart({ kind: 'bar', x: 'modle' }, [model, n])).toThrow(/no column "modle".*model/);
    expect(() => startChart({ kind: 'bar', y: 'model' }, [model, n])).toThrow(/y=model is VARCHAR/);
    expect(() => startChart({ kind: 'bar' }, [model])).toThrow(/no column holds numbers/);
  });
});

test('without rows, or without a number in them, a line says so', () => {
  expect(draw('bar', [model, n], [])).toBe('no rows: no chart\n');
  expect(draw('line', [day, n], [['2026-01-01', null]])).toBe('no chart: n holds no number\n');
});

test('more rows than are looked at are counted', () => {
  const rows = Array.from({ length: 100_003 }, (): Row => [1]);
  expect(draw('hist', [n], rows)).toMatch(/100,000 values\n3 more rows not looked at\n$/);
});

test('no line is wider than the terminal, whatever the values; nothing raw, and colour changes nothing but colour', () => {
  fc.assert(
    fc.property(
      anyTable.filter(({ columns }) => columns.some(({ type }) => /BIGINT|DOUBLE/.test(type))),
      fc.constantFrom('bar', 'line', 'hist') as fc.Arbitrary<ChartSpec['kind']>,
      fc.integer({ min: 40, max: 200 }),
      ({ columns, rows }, kind, width) => {
        const text = draw(kind, columns, rows, { width });
        const drawn = text
          .split('\n')
          .filter((line) => !/ not (?:drawn|counted)| no (?:number|chart)|^\d+ values?$| by /.test(line));
        for (const line of drawn) expect(widthOf(line)).toBeLessThanOrEqual(Math.min(width, 120));
        expect(text).not.toMatch(hiddenRaw);
        expect(stripVTControlCharacters(draw(kind, columns, rows, { width, color: true }))).toBe(text);
      },
    ),
    { numRuns: 200 },
  );
});
