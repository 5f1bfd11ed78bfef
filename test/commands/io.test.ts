import { expect, test } from 'vitest';
import { widthOf } from '../../src/commands/io.ts';

test('the terminal tells the width; COLUMNS does where there is none, or it does not know', () => {
  expect(widthOf({ isTTY: true, columns: 132 }, { COLUMNS: '90' })).toBe(132);
  expect(widthOf({ isTTY: true, columns: 0 }, { COLUMNS: '90' })).toBe(90);
  expect(widthOf({ isTTY: true, columns: 0 }, {})).toBe(80);
  expect(widthOf({}, { COLUMNS: '90' })).toBe(90);
  for (const COLUMNS of [undefined, '', '0', '-5', 'wide', '1e3', ' 80'])
    expect(widthOf({}, { COLUMNS })).toBeUndefined();
});
