// How wide each column of a table becomes: pure arithmetic over widths. Short columns keep their width, long ones share what is left, and columns that
// would become unreadable are left out from the right and named, never squeezed to nothing.
import { tableColumnColumnsMin } from '../limits.ts';

export interface ColumnNeed {
  /** Columns the widest cell takes. */
  cells: number;
  /** Columns the name takes on one line. */
  header: number;
  /** Columns its widest word takes: the name may be broken. */
  word: number;
  /** The columns below which a cut cell would be worthless; absent: limits.tableColumnColumnsMin. */
  least?: number | undefined;
}

export interface Layout {
  /** Widths of the columns shown, which are the first ones. */
  widths: readonly number[];
  /** How many at the right end are left out. */
  hidden: number;
}

/** Columns of terminal that a border and two spaces take beside the content of n columns. */
export const frame = (columns: number): number => 3 * columns + 1;

/** Widths for a terminal of `width` columns; Infinity: everything as wide as it needs. */
export function layOut(needs: readonly ColumnNeed[], width: number): Layout {
  const least = needs.map(leastOf);
  let shown = needs.length;
  while (shown > 1 && sum(least.slice(0, shown)) + frame(shown) > width) shown--;
  const room = Math.max(shown, width - frame(shown));
  const visible = needs.slice(0, shown);
  // Cells come first; names are put on one line with what is left.
  const content = share(visible.map(contentOf), least.slice(0, shown), room);
  return { widths: share(visible.map(naturalOf), content, room), hidden: needs.length - shown };
}

const contentOf = (need: ColumnNeed): number => Math.max(need.cells, need.word, 1);
const naturalOf = (need: ColumnNeed): number => Math.max(need.cells, need.header, 1);

function leastOf(need: ColumnNeed): number {
  const header = Math.min(need.word, tableColumnColumnsMin);
  return Math.max(1, header, Math.min(need.cells, need.least ?? tableColumnColumnsMin));
}

/** One cap for all: a column narrower than the cap keeps its width, every other gets the cap, and the last odd columns go to the first ones cut. */
function share(natural: readonly number[], least: readonly number[], room: number): number[] {
  if (sum(natural) <= room) return [...natural];
  const widthsAt = (cap: number): number[] =>
    natural.map((want, index) => Math.min(want, Math.max(least[index]!, cap)));
  let low = 1;
  let high = room;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sum(widthsAt(middle)) <= room) low = middle;
    else high = middle - 1;
  }
  const widths = widthsAt(low);
  let left = room - sum(widths);
  for (let index = 0; index < widths.length && left > 0; index++)
    if (widths[index]! < natural[index]!) {
      widths[index]!++;
      left--;
    }
  // A single column whose least width is wider than the terminal: cut it all the same.
  return left < 0 && widths.length === 1 ? [room] : widths;
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
