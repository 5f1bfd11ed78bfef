// A histogram: how often values of a column fall into ranges of one width. Whole numbers that are few keep a range each.
import { chartBinsMax } from '../limits.ts';
import { barLines } from './chart-bars.ts';
import { type Canvas, type Drawing, scaleOf } from './chart-canvas.ts';
import { counted, figure } from './figures.ts';

export function drawHist({ points, width, paint }: Canvas): Drawing {
  const values = points.flatMap(({ y }) => (y === null ? [] : [y]));
  const missing = points.length - values.length;
  const bars = bins(values).map(({ label, count }) => ({ label, value: count }));
  return {
    lines: barLines(bars, width, paint),
    notes: [
      `${counted(values.length, 'value')}${missing > 0 ? `, and ${counted(missing, 'row')} without one not counted` : ''}`,
    ],
  };
}

export interface Bin {
  /** `1.5 … < 2`; a whole number alone. */
  label: string;
  count: number;
}

/** Ranges that cover all values. Their number is Sturges' (H. A. Sturges, 1926: 1 + log2 n), at least 5, at most limits.chartBinsMax; their width is 1, 2 or 5
 * times a power of ten, so that their ends are numbers one can read. */
export function bins(values: readonly number[]): Bin[] {
  const { low, high } = scaleOf(values);
  if (values.every(Number.isInteger) && high - low < chartBinsMax) {
    const counts = countBy(values, high - low + 1, (value) => value - low);
    return counts.map((count, at) => ({ label: figure(low + at), count }));
  }
  const wanted = Math.min(chartBinsMax, Math.max(binsMin, Math.ceil(Math.log2(values.length)) + 1));
  const step = niceStep(high / wanted - low / wanted);
  const first = Math.floor(low / step);
  const places = Math.floor(high / step) - first + 1;
  // All one value, or a spread that double precision cannot divide.
  if (!Number.isFinite(step) || step === 0 || !Number.isSafeInteger(first) || places > 4 * chartBinsMax)
    return [{ label: low === high ? figure(low) : `${figure(low)} … ${figure(high)}`, count: values.length }];
  const counts = countBy(values, places, (value) => Math.floor(value / step) - first);
  return counts.map((count, at) => ({
    label: `${figure((first + at) * step)} … < ${figure((first + at + 1) * step)}`,
    count,
  }));
}

const binsMin = 5;

function countBy(values: readonly number[], places: number, placeOf: (value: number) => number): number[] {
  const counts = new Array<number>(places).fill(0);
  for (const value of values) counts[Math.min(places - 1, Math.max(0, placeOf(value)))]!++;
  return counts;
}

/** The next of 1, 2, 5, 10, 20 … times a power of ten that is not smaller. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}
