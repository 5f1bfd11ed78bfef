// One record per block, one column per line: how wide records and long texts are read. A long value goes on below itself, behind a bar that text cannot forge.
import { expandedValueCodePointsMax } from '../limits.ts';
import type { ResultColumn, Row, Value } from '../result.ts';
import { headOf, lengthOf, widthOf } from '../width.ts';
import { readableText } from './cell.ts';
import { cutTo, measure } from './cut.ts';
import { count } from './figures.ts';
import type { FormatOptions } from './format.ts';
import { type Paint, paintOf } from './paint.ts';
import { visible } from './visible.ts';

/** The blocks of all rows; nothing for no rows. */
export function expandedText(columns: readonly ResultColumn[], rows: readonly Row[], options: FormatOptions): string {
  const paint = paintOf(options.color === true);
  const width = options.width ?? Number.POSITIVE_INFINITY;
  const nameMax = Math.max(4, Math.min(nameColumnsMax, Math.floor((width - bar.length) / 2)));
  const names = columns.map((column) => {
    const { text, mark } = cutTo(measure(column.name, nameMax), nameMax, true);
    return text + mark;
  });
  const nameWidth = Math.max(0, ...names.map(widthOf));
  const valueWidth = Math.max(valueColumnsMin, width - nameWidth - bar.length);
  let text = '';
  rows.forEach((row, index) => {
    const title = `── row ${count(index + 1)} `;
    const ruler = '─'.repeat(Math.max(2, Math.min(width, nameWidth + bar.length + 40) - title.length));
    text += `${paint.dim(title + ruler)}\n`;
    columns.forEach((_, column) => {
      const name = names[column]!;
      const label = paint.bold(name) + ' '.repeat(nameWidth - widthOf(name));
      const lines = valueLines(row[column], valueWidth, paint);
      lines.forEach((line, at) => {
        text += `${at === 0 ? label : ' '.repeat(nameWidth)}${paint.dim(bar)}${line}\n`;
      });
    });
  });
  return text;
}

const bar = ' │ ';
const nameColumnsMax = 30;
const valueColumnsMin = 8;

/** A value in lines of at most that width: broken where it breaks lines itself (after its visible ␊) and where it would not fit. */
function valueLines(value: Value | undefined, columns: number, paint: Paint): string[] {
  if (value === null || value === undefined) return [paint.dim(readableText(value))];
  const text = readableText(value);
  const length = lengthOf(text);
  const head =
    length > expandedValueCodePointsMax
      ? [...text.slice(0, expandedValueCodePointsMax * 2)].slice(0, expandedValueCodePointsMax).join('')
      : text;
  const lines = head
    .split(/(?<=\n)/)
    .map(visible)
    .flatMap((line) => folded(line, columns));
  if (head.length < text.length) lines.push(paint.dim(`…(${count(length)})`));
  return lines.length === 0 ? [''] : lines;
}

function folded(line: string, columns: number): string[] {
  if (columns === Number.POSITIVE_INFINITY) return [line];
  const lines: string[] = [];
  let rest = line;
  do {
    const head = headOf(rest, columns);
    // One cluster may be wider than the line (a letter under a pile of spacing marks): it is not split.
    if (head.text === '' && rest !== '') return [...lines, rest];
    lines.push(head.text);
    rest = rest.slice(head.text.length);
  } while (rest !== '');
  return lines;
}
