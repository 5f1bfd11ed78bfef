// A result drawn with characters, below its table: bars, lines or a histogram. It looks at every row, keeps a label and a number of each, and says what it could
// not draw. Colour only repeats what the characters say.
//
// Drawn by our own code because no library fitted: those that are maintained cannot hold an axis at given ends, throw on negative numbers, or count
// characters instead of terminal columns; text from logs must go through visible() and width.ts anyway.
import { chartColumnsMax, chartRowsMax, terminalColumnsDefault } from '../limits.ts';
import type { ChartSpec } from '../query/chart.ts';
import type { ResultColumn, Row, Value } from '../result.ts';
import { drawBars } from './chart-bars.ts';
import { type Drawing, labelOf, nameOf, type Point } from './chart-canvas.ts';
import { chooseColumns } from './chart-columns.ts';
import { drawHist } from './chart-hist.ts';
import { drawLines } from './chart-line.ts';
import { counted } from './figures.ts';
import { paintOf } from './paint.ts';

export interface Chart {
  rows(chunk: readonly Row[]): void;
  /** The drawing, its lines ended by newlines; a line that says why not when there is nothing to draw. Called once. */
  end(): string;
}

/** A chart over a result with these columns.
 * @throws LakeobsError usage when a column is not there, or none holds numbers. */
export function startChart(
  spec: ChartSpec,
  columns: readonly ResultColumn[],
  options: { width?: number | undefined; color?: boolean | undefined } = {},
): Chart {
  const { x, y, series } = chooseColumns(spec, columns);
  const [xAt, yAt, seriesAt] = [x, y, series].map((column) =>
    column === undefined ? -1 : columns.indexOf(column),
  ) as [number, number, number];
  const points: Point[] = [];
  let left = 0;
  return {
    rows(chunk) {
      const taken = chunk.slice(0, chartRowsMax - points.length);
      left += chunk.length - taken.length;
      for (const row of taken)
        points.push({ x: row[xAt] ?? null, y: numberOf(row[yAt]), series: labelOf(row[seriesAt]) });
    },
    end() {
      const paint = paintOf(options.color === true);
      const width = Math.min(options.width ?? terminalColumnsDefault, chartColumnsMax);
      const draw = (): Drawing => {
        if (points.length === 0) return { lines: [], notes: ['no rows: no chart'] };
        if (points.every((point) => point.y === null))
          return { lines: [], notes: [`no chart: ${nameOf(y)} holds no number`] };
        const split = series !== undefined && (spec.series !== undefined || repeats(points));
        const { lines, notes } = drawings[spec.kind]({ points, x, split, width, paint });
        const along = spec.kind === 'hist' || x === undefined ? '' : ` by ${nameOf(x)}`;
        const title = `${nameOf(y)}${along}${split ? `, for each ${nameOf(series)}` : ''}`;
        return { lines: [paint.bold(title), ...lines], notes };
      };
      const { lines, notes } = draw();
      if (left > 0) notes.push(`${counted(left, 'more row')} not looked at`);
      return [...lines, ...notes.map((note) => paint.dim(note))].map((line) => `${line}\n`).join('');
    },
  };
}

const drawings = { bar: drawBars, line: drawLines, hist: drawHist };

/** Large numbers and decimals come as text. */
function numberOf(value: Value | undefined): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** Whether some place has several points: then one line through all would run back and forth. */
function repeats(points: readonly Point[]): boolean {
  return new Set(points.map(({ x }) => labelOf(x))).size < points.length;
}
