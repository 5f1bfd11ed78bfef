import { describe, expect, it } from 'vitest';
import { families } from '../../src/schema/facts.ts';
import { idColumns, otherIdColumns } from '../../src/timeline/ids.ts';

describe('the table of id columns', () => {
  const declared = families.flatMap(({ views }) =>
    views.flatMap(({ name, columns }) =>
      columns.filter((column) => column.name.endsWith('_id')).map((column) => `${name}.${column.name}`),
    ),
  );
  const known = [...idColumns.map(({ view, column }) => `${view}.${column}`), ...otherIdColumns];

  it('says of every id column of every view what it is, once', () => {
    expect(declared.filter((column) => !known.includes(column))).toEqual([]);
    expect(new Set(known).size).toBe(known.length);
  });

  it('names no column that is not there', () => {
    expect(known.filter((column) => !declared.includes(column))).toEqual([]);
  });
});
