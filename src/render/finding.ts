// One failing row in words, for reports that tell findings one by one. Control characters are symbols, long values are cut with their length.
import { summaryCellCodePointsMax } from '../limits.ts';
import type { ResultColumn, Row, Value } from '../result.ts';
import { lengthOf } from '../width.ts';
import { readableText } from './cell.ts';
import { count } from './figures.ts';
import { visible } from './visible.ts';

/** `session_id: s-1`, one text per column that holds something. */
export function findingFields(columns: readonly ResultColumn[], row: Row): string[] {
  return columns.flatMap(({ name }, index) => {
    const value = row[index];
    return value === null || value === undefined
      ? []
      : [`${visible(name)}: ${visible(cutText(readableText(value), summaryCellCodePointsMax))}`];
  });
}

/** A value short enough for a summary (limits.summaryCellCodePointsMax), still of its type. */
export function shortened(value: Value): Value {
  return shortenedTo(value, summaryCellCodePointsMax);
}

/** A value of at most that many characters, still of its type if it was that short. */
export function shortenedTo(value: Value, codePointsMax: number): Value {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = readableText(value);
  const short = cutText(text, codePointsMax);
  return short === text ? value : short;
}

/** At most that many code points; a cut text ends in `…` and its full length. */
export function cutText(text: string, codePointsMax: number): string {
  const length = lengthOf(text);
  if (length <= codePointsMax) return text;
  const head = [...text.slice(0, codePointsMax * 2)].slice(0, codePointsMax).join('');
  return `${head}…(${count(length)})`;
}
