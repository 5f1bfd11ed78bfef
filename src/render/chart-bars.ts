// Horizontal bars, one per row: label, figure, bar. Bars begin at zero; negative ones go to the left of it. A value that is not zero is never drawn as nothing.
import { chartBarsMax } from '../limits.ts';
import { widthOf } from '../width.ts';
import { NULL } from './cell.ts';
import { type Canvas, type Drawing, labelOf, scaleOf } from './chart-canvas.ts';
import { cutTo, measure } from './cut.ts';
import { counted, figure as figureOf } from './figures.ts';
import type { Paint } from './paint.ts';

export function drawBars({ points, width, paint, x }: Canvas): Drawing {
  const shown = points.slice(0, chartBarsMax);
  const bars = shown.map((point, at) => ({
    label: x === undefined ? String(at + 1) : labelOf(point.x),
    value: point.y,
  }));
  const more = points.length - shown.length;
  return {
    lines: barLines(bars, width, paint),
    notes: more > 0 ? [`${counted(more, 'more row')} not drawn: order and LIMIT choose which`] : [],
  };
}

export interface Bar {
  label: string;
  value: number | null;
}

/** A line per bar, none wider than `width` unless that is too narrow for any. */
export function barLines(bars: readonly Bar[], width: number, paint: Paint): string[] {
  const labelMax = Math.max(4, Math.min(labelColumnsMax, Math.floor(width / 3)));
  const labels = bars.map(({ label }) => cutTo(measure(label, labelMax), labelMax));
  const labelWidth = Math.max(...labels.map((label) => label.width));
  const figures = bars.map(({ value }) => (value === null ? NULL : figureOf(value)));
  const figureWidth = Math.max(...figures.map(widthOf));
  const room = Math.max(barColumnsMin, width - labelWidth - figureWidth - 2 * gap.length);
  const { low, place } = scaleOf([0, ...bars.map(({ value }) => value ?? 0)]);
  const zero = place(0);
  const size = (value: number): number => Math.abs(place(value) - zero) * room;
  // Both sides of zero have a column at least, if there is anything on them.
  const below = low === 0 ? 0 : Math.max(1, Math.min(room - 1, Math.round(zero * room)));
  return bars.map(({ value }, at) => {
    const label = labels[at]!;
    const name = label.text + paint.dim(label.mark) + ' '.repeat(labelWidth - label.width);
    const figure = figures[at]!.padStart(figureWidth);
    const head = `${name}${gap}${value === null ? paint.dim(figure) : figure}`;
    if (value === null || value === 0) return head;
    const bar = value < 0 ? leftBar(size(value), below) : ' '.repeat(below) + rightBar(size(value), room - below);
    return `${head}${gap}${paint.cyan(bar)}`;
  });
}

const gap = '  ';
const labelColumnsMax = 40;
const barColumnsMin = 5;

/** In eighths of a column, one at least. */
function rightBar(columns: number, columnsMax: number): string {
  const eighths = Math.min(columnsMax * 8, Math.max(1, Math.round(columns * 8)));
  return '█'.repeat(Math.floor(eighths / 8)) + (eighthBlocks[eighths % 8] ?? '');
}

const eighthBlocks = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** In halves of a column, or one eighth: Unicode has no other blocks that grow to the left. */
function leftBar(columns: number, columnsMax: number): string {
  const halves = Math.min(columnsMax * 2, Math.round(columns * 2));
  const bar = halves === 0 ? '▕' : (halves % 2 === 1 ? '▐' : '') + '█'.repeat(Math.floor(halves / 2));
  return bar.padStart(columnsMax);
}
