// A text that may be too long for its place: looked at once, no further than could ever be shown, then cut to the width the layout gives it.
import { headOf, lengthOf } from '../width.ts';
import { count } from './figures.ts';
import { visible } from './visible.ts';

export interface Measured {
  /** The head of the text, control characters visible: as much as any column may show. */
  head: string;
  /** Columns it takes; one more than allowed when the text goes on behind the head. */
  width: number;
  /** Code points of the whole text; counted only when asked, a cell may hold megabytes. */
  length(): number;
}

/** Measures a text up to `columnsMax` terminal columns. */
export function measure(text: string, columnsMax: number): Measured {
  const unitsMax = columnsMax * unitsPerColumn;
  const { text: head, width, whole } = headOf(visible(text.slice(0, unitsMax)), columnsMax);
  const length = (): number => lengthOf(text);
  return { head, width: whole && text.length <= unitsMax ? width : columnsMax + 1, length };
}

/** UTF-16 units that may go into one column: an emoji family or a stack of accents takes many. */
const unitsPerColumn = 16;

export interface Cut {
  text: string;
  /** Empty when nothing was cut; else `…` with the full length where there is room for both: …(1,234). */
  mark: string;
  /** Columns of both. */
  width: number;
}

/** The text in that many columns. `bare`: the mark never tells the length. */
export function cutTo(measured: Measured, columns: number, bare = false): Cut {
  if (measured.width <= columns) return { text: measured.head, mark: '', width: measured.width };
  const long = `…(${count(measured.length())})`;
  const mark = bare || long.length + headColumnsMin > columns ? '…' : long;
  const { text, width } = headOf(measured.head, columns - mark.length);
  return { text, mark, width: width + mark.length };
}

/** A mark that leaves less than this of the text is shortened. */
const headColumnsMin = 3;
