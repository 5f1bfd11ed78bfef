// Lines over an axis of times, numbers or labels, drawn with the eight dots of a braille character. A NULL breaks a line. Several lines are drawn one below
// the other on the same axes: in one box they could not be told apart without colour.
import { chartSeriesMax } from '../limits.ts';
import type { ResultColumn, Value } from '../result.ts';
import { widthOf } from '../width.ts';
import { isNumeric, isTime, readableText } from './cell.ts';
import { type Canvas, type Drawing, labelOf, nameOf, type Point, scaleOf } from './chart-canvas.ts';
import { cutTo, measure } from './cut.ts';
import { counted, figure } from './figures.ts';

export function drawLines({ points, x, split, width, paint }: Canvas): Drawing {
  const { placed, ends } = placedAlong(points, x);
  const lost = points.length - placed.length;
  const notes = lost > 0 ? [`${counted(lost, 'row')} without ${nameOf(x!)} not drawn`] : [];
  const values = placed.flatMap(({ y }) => (y === null ? [] : [y]));
  if (values.length === 0) return { lines: [], notes };

  const { low, high, place } = scaleOf(values);
  const margin = Math.max(widthOf(figure(low)), widthOf(figure(high)));
  const columns = Math.max(plotColumnsMin, width - margin - 1);
  const height = split ? heightOfSeveral : heightAlone;
  const marks = new Map(
    low === high
      ? [[Math.floor(height / 2), low]]
      : [
          [0, high],
          [height - 1, low],
        ],
  );
  const groups = groupsOf(placed, split);
  const lines: string[] = [];
  for (const [name, own] of [...groups].slice(0, chartSeriesMax)) {
    if (split) {
      const { text, mark } = cutTo(measure(name, width), width);
      lines.push(text + paint.dim(mark));
    }
    const dots = own.map(({ at, y }) => ({ x: at, y: y === null ? null : place(y) }));
    for (const [row, text] of dotLines(dots, columns, height).entries()) {
      const mark = marks.get(row);
      const label = (mark === undefined ? '' : figure(mark)).padStart(margin);
      lines.push(`${label}${paint.dim(mark === undefined ? '│' : '┤')}${paint.cyan(text)}`);
    }
  }
  lines.push(`${' '.repeat(margin)}${paint.dim(`└${'─'.repeat(columns)}`)}`);
  lines.push(' '.repeat(margin + 1) + atBothEnds(ends, columns));
  const more = groups.size - chartSeriesMax;
  return { lines, notes: more > 0 ? [`${counted(more, 'more line')} not drawn`, ...notes] : notes };
}

const heightAlone = 10;
const heightOfSeveral = 4;
const plotColumnsMin = 8;

interface Placed extends Point {
  /** From 0 at the left end to 1 at the right one. */
  at: number;
}

/** The points in their order along the axis: times and numbers at their distances, labels in the order they first come. Those without a place are left out. */
function placedAlong(points: readonly Point[], x: ResultColumn | undefined): { placed: Placed[]; ends: string[] } {
  const positionOf = positions(x);
  const known = points
    .map((point, index) => ({ ...point, at: positionOf(point.x, index) }))
    .filter(({ at }) => Number.isFinite(at))
    .sort((a, b) => a.at - b.at);
  const { place } = scaleOf(known.map(({ at }) => at));
  const ends = [known[0], known.at(-1)].flatMap((point) =>
    point === undefined ? [] : [x === undefined ? figure(point.at + 1) : endLabel(point.x, x)],
  );
  return { placed: known.map((point) => ({ ...point, at: place(point.at) })), ends };
}

function positions(x: ResultColumn | undefined): (value: Value, index: number) => number {
  if (x === undefined) return (_, index) => index;
  if (isNumeric(x.type)) return (value) => (value === null ? Number.NaN : Number(readableText(value)));
  if (isTime(x.type))
    return (value) => {
      const text = readableText(value);
      return Date.parse(/^\d\d:/.test(text) ? `1970-01-01T${text}Z` : text);
    };
  const seen = new Map<string, number>();
  return (value) => {
    const label = labelOf(value);
    if (!seen.has(label)) seen.set(label, seen.size);
    return seen.get(label)!;
  };
}

function groupsOf(placed: readonly Placed[], split: boolean): Map<string, Placed[]> {
  const groups = new Map<string, Placed[]>();
  for (const point of placed) {
    const name = split ? point.series : '';
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [point]);
    else group.push(point);
  }
  return groups;
}

function endLabel(value: Value, x: ResultColumn): string {
  if (isNumeric(x.type)) return figure(Number(readableText(value)));
  return isTime(x.type) ? labelOf(value).slice(0, minuteUnits) : labelOf(value);
}

/** `2026-01-31T12:34` */
const minuteUnits = 16;

function atBothEnds([first = '', last = '']: readonly string[], columns: number): string {
  const one = first === last;
  const room = one ? columns : Math.floor(columns / 2) - 1;
  const [left, right] = [first, last].map((label) => cutTo(measure(label, room), room, true));
  if (one) return left!.text + left!.mark;
  return left!.text + left!.mark + ' '.repeat(columns - left!.width - right!.width) + right!.text + right!.mark;
}

/** Lines of braille: points joined in their order, interrupted by nulls. x and y from 0 to 1. */
function dotLines(points: readonly { x: number; y: number | null }[], columns: number, height: number): string[] {
  const [right, bottom] = [columns * 2 - 1, height * 4 - 1];
  const cells = Array.from({ length: height }, () => new Uint8Array(columns));
  const set = (x: number, y: number): void => {
    cells[y >> 2]![x >> 1]! |= dots[y & 3]![x & 1]!;
  };
  let before: [x: number, y: number] | null = null;
  for (const { x, y } of points) {
    const here: [number, number] | null = y === null ? null : [Math.round(x * right), Math.round((1 - y) * bottom)];
    if (here !== null) join(before ?? here, here, set);
    before = here;
  }
  return cells.map((row) =>
    String.fromCodePoint(...[...row].map((bits) => (bits === 0 ? 0x20 : 0x2800 + bits))).trimEnd(),
  );
}

/** Bits of a braille cell (Unicode, block 2800), by row and column of the dot. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** Every dot between two, both included: as many steps as the longer side has. */
function join([x0, y0]: [number, number], [x1, y1]: [number, number], set: (x: number, y: number) => void): void {
  const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0));
  for (let step = 0; step <= steps; step++) {
    const part = steps === 0 ? 0 : step / steps;
    set(Math.round(x0 + (x1 - x0) * part), Math.round(y0 + (y1 - y0) * part));
  }
}
