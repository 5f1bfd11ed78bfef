// What every drawing of a chart starts from and gives back.
import type { ResultColumn, Value } from '../result.ts';
import { readableText } from './cell.ts';
import { cutTo, measure } from './cut.ts';
import type { Paint } from './paint.ts';
import { visible } from './visible.ts';

/** What is drawn of one row. */
export interface Point {
  x: Value;
  /** Null for NULL and for what is no number. */
  y: number | null;
  /** The line it belongs to; '' when there is only one. */
  series: string;
}

export interface Canvas {
  points: readonly Point[];
  /** Absent: the rows are counted off. */
  x: ResultColumn | undefined;
  /** Whether each value of `series` has a line of its own. */
  split: boolean;
  /** Columns of the drawing. */
  width: number;
  paint: Paint;
}

export interface Drawing {
  lines: string[];
  /** What is left out, a line each. */
  notes: string[];
}

/** The text of a label, as a person reads it; '' for no column. */
export function labelOf(value: Value | undefined): string {
  return value === undefined ? '' : visible(readableText(value));
}

/** The name of a column in a title or a note. */
export function nameOf({ name }: ResultColumn): string {
  const { text, mark } = cutTo(measure(name, nameColumnsMax), nameColumnsMax, true);
  return text + mark;
}

const nameColumnsMax = 40;

/** The smallest and the largest of some numbers, and where a number stands between them, from 0 to 1. Of one number alone: in the middle. */
export function scaleOf(values: Iterable<number>): { low: number; high: number; place(value: number): number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // Divided first: the difference of the largest numbers is no number.
  const size = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const span = high / size - low / size;
  return { low, high, place: (value) => (span === 0 ? 0.5 : (value / size - low / size) / span) };
}
