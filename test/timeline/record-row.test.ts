import { expect, test } from 'vitest';
import { JsonText } from '../../src/result.ts';
import { itemsIn, type RecordItem } from '../../src/timeline/item.ts';
import { rowOf } from '../../src/timeline/record-row.ts';
import { wordsOf } from '../../src/timeline/words.ts';
import { sessionLine } from '../whole/records.ts';

function rowOfLine(line: string) {
  const bytes = Buffer.from(line);
  const [item] = itemsIn({ bytes, byteOffset: 0, byteLength: bytes.length, terminated: true }, 'session.jsonl');
  return rowOf(item as RecordItem)!;
}

test('a record is a row with the names of its view', () => {
  const { type, state, row } = rowOfLine(sessionLine({ artifact: { a: [1] }, grounded_in_roster: 'true' }));
  expect([type, state]).toEqual(['session', 'ok']);
  expect(row).toMatchObject({ artifact: new JsonText('{"a":[1]}'), grounded_in_roster: true, grounded_raw: 'true' });
});

test('one that is nested as deeply as a log may hold it is told all the same', () => {
  for (const [open, close, shown] of [
    ['[', ']', '[…]'],
    ['{"a":', '}', '{…}'],
  ] as const) {
    const deep = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    const { type, row } = rowOfLine(sessionLine({ artifact: 0 }).replace('"artifact":0', `"artifact":${deep}`));
    expect(row.artifact).toEqual(new JsonText(shown));
    expect(wordsOf(type, row).details).toContainEqual(expect.objectContaining({ label: 'artifact', text: shown }));
  }
});
