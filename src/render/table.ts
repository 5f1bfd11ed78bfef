// Format `table`: a box for people. It fits the terminal, lines up whatever the script, cuts long cells with their length, and says what it leaves out.
// It holds the rows until the end, because widths depend on all of them; the default limit keeps that small.
import { expandedLinesMax, tableCellColumnsMax } from '../limits.ts';
import type { ResultColumn, Row, Value } from '../result.ts';
import { widthOf } from '../width.ts';
import { isFirm, isNumeric, isTime, readableText } from './cell.ts';
import { type Cut, cutTo, type Measured, measure } from './cut.ts';
import { expandedText } from './expanded.ts';
import { count, counted } from './figures.ts';
import type { Format, FormatOptions } from './format.ts';
import { gridLines } from './grid.ts';
import { headerLines, headerWidth, widestWord } from './header.ts';
import { layOut } from './layout.ts';
import { paintOf } from './paint.ts';
import { visible } from './visible.ts';

export const table: Format = {
  name: 'table',
  suffixes: ['.txt'],
  doc: 'a table for people',
  streams: false,
  start(columns, options = {}) {
    const rows: Row[] = [];
    return {
      rows(chunk) {
        for (const row of chunk) rows.push(row);
        return '';
      },
      end: (info = {}) => {
        const more: More = { rows: info.rowsMore ?? 0, plus: info.atLeast === true ? '+' : '' };
        if (options.expanded !== true) {
          const box = boxed(columns, rows, more, options);
          const lines = rows.length * (columns.length + 1);
          if (box.hidden === 0 || options.expanded === false || lines > expandedLinesMax || lines === 0)
            return box.text;
        }
        return expandedText(columns, rows, options) + footer(columns, rows.length, 0, more, options);
      },
    };
  },
};

/** Rows that are not shown; `plus` behind a number that counting stopped at. */
interface More {
  rows: number;
  plus: '' | '+';
}

function boxed(
  columns: readonly ResultColumn[],
  rows: readonly Row[],
  more: More,
  options: FormatOptions,
): { text: string; hidden: number } {
  const paint = paintOf(options.color === true);
  const width = options.width ?? Number.POSITIVE_INFINITY;
  const cellMax = Math.min(width, tableCellColumnsMax);
  const cells = rows.map((row) => columns.map((_, at) => measure(readableText(rounded(row[at])), cellMax)));
  const idAt = columns.findIndex((column) => /^id$|_id$/i.test(column.name));
  const needs = columns.map((column, at) => {
    const widest = Math.min(
      cellMax,
      cells.reduce((most, row) => Math.max(most, row[at]!.width), 0),
    );
    const whole = isFirm(column.type) || (at === idAt && widest <= idColumnsMax);
    const least = whole ? widest : isTime(column.type) ? minuteColumns : undefined;
    return { header: headerWidth(column.name), word: widestWord(column.name), cells: widest, least };
  });
  const { widths, hidden } = layOut(needs, width);

  const placed = (cut: Cut, at: number, stroke: (text: string) => string): string => {
    const space = ' '.repeat(Math.max(0, widths[at]! - cut.width));
    const text = stroke(cut.text) + (cut.mark === '' ? '' : paint.dim(cut.mark));
    return isNumeric(columns[at]!.type) ? space + text : text + space;
  };
  const names = widths.map((wide, at) => headerLines(columns[at]!.name, wide));
  const header = Array.from({ length: Math.max(0, ...names.map((lines) => lines.length)) }, (_, number) =>
    names.map((lines, at) => {
      const text = lines[number] ?? '';
      return placed({ text, mark: '', width: widthOf(text) }, at, paint.bold);
    }),
  );
  const body = cells.map((row, number) =>
    widths.map((wide, at) => {
      const isNull = (rows[number]![at] ?? null) === null;
      return placed(cutTo(row[at]!, ...room(row[at]!, wide, columns[at]!)), at, isNull ? paint.dim : plain);
    }),
  );
  const lines = gridLines({ widths, header, body }, paint);
  return { text: `${lines.join('\n')}\n${footer(columns, rows.length, hidden, more, options)}`, hidden };
}

const plain = (text: string): string => text;

/** The first column of ids is kept whole up to the length of a UUID: a row is there to be followed, and a cut id leads nowhere. */
const idColumnsMax = 36;

/** Where a cell may be cut: a time behind its seconds or its minute, with a bare mark; anything else anywhere. */
function room(cell: Measured, wide: number, column: ResultColumn): [columns: number, bare: boolean] {
  if (!isTime(column.type) || cell.width <= wide) return [wide, false];
  return [wide >= secondColumns ? secondColumns : Math.min(wide, minuteColumns), true];
}

/** `2026-01-31T12:34…` and `2026-01-31T12:34:56…` */
const minuteColumns = 17;
const secondColumns = 20;

/** Fractions to six digits that count (large ones to one decimal): more than a person compares, and half of their width. Data formats have them all. */
function rounded(value: Value | undefined): Value | undefined {
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Number(Math.abs(value) >= 100_000 ? value.toFixed(1) : value.toPrecision(6));
}

function footer(
  columns: readonly ResultColumn[],
  rows: number,
  hidden: number,
  more: More,
  options: FormatOptions,
): string {
  const paint = paintOf(options.color === true);
  const shown = columns.length - hidden;
  const all = rows + more.rows;
  const rowsText =
    more.rows > 0 ? `${count(rows)} of ${count(all)}${more.plus} ${all === 1 ? 'row' : 'rows'}` : counted(rows, 'row');
  const columnsText = hidden > 0 ? `${shown} of ${counted(columns.length, 'column')}` : counted(shown, 'column');
  const lines = [`${rowsText}, ${columnsText}`];
  if (more.rows > 0) {
    const noun = more.rows === 1 && more.plus === '' ? 'row' : 'rows';
    lines.push(`${count(more.rows)}${more.plus} more ${noun}: ${options.hints?.more ?? moreHint}`);
  }
  if (hidden > 0) {
    const names = columns.slice(shown).map((column) => visible(column.name));
    lines.push(`not shown: ${names.join(', ')}: ${options.hints?.hidden ?? hiddenHint}`);
  }
  return lines.map((line) => `${paint.dim(line)}\n`).join('');
}

const moreHint = '--limit N shows more, --format jsonl all';
const hiddenHint = '--format jsonl has them';
