// Which columns a chart shows when nobody says: labels are the first column that holds none but labels, numbers the first column of numbers.
import { didYouMean } from '../catalog/names.ts';
import { LakeobsError } from '../errors.ts';
import { type ChartSpec, chartColumns } from '../query/chart.ts';
import type { ResultColumn } from '../result.ts';
import { isNumeric, isTime } from './cell.ts';

export interface ChartColumns {
  /** Absent: the rows are only counted off. */
  x: ResultColumn | undefined;
  y: ResultColumn;
  /** What may give every value a line of its own. */
  series: ResultColumn | undefined;
}

/** The columns named, the others by type: `line` goes along a time if there is one, else along the first of two columns of numbers, else along a text;
 * `bar` has the first column that holds no numbers as labels, else the first of two columns of numbers.
 * @throws LakeobsError usage when a named column is not there, y holds no numbers, or there are no numbers at all. */
export function chooseColumns(spec: ChartSpec, columns: readonly ResultColumn[]): ChartColumns {
  const names = columns.map(({ name }) => name);
  for (const name of chartColumns(spec))
    if (!names.includes(name))
      throw new LakeobsError(
        'usage',
        `--chart: there is no column ${JSON.stringify(name)}. ${didYouMean(name, names)}`,
        {
          hint: `The columns are ${names.join(', ')}.`,
        },
      );
  const named = (name: string | undefined) => columns.find((column) => column.name === name);
  const [y0, series] = [named(spec.y), named(spec.series)];
  if (y0 !== undefined && !isNumeric(y0.type))
    throw new LakeobsError('usage', `--chart: y=${y0.name} is ${y0.type}, which is no number`, {
      hint: 'Name a column of numbers, or CAST it in the statement.',
    });
  const free = columns.filter((column) => column !== y0 && column !== series && column.name !== spec.x);
  const numbers = free.filter(({ type }) => isNumeric(type));
  const enough = numbers.length > (y0 === undefined ? 1 : 0);
  const x = spec.kind === 'hist' ? undefined : (named(spec.x) ?? chooseX(spec, free, enough ? numbers[0] : undefined));
  const y = y0 ?? numbers.find((column) => column !== x);
  if (y === undefined)
    throw new LakeobsError('usage', '--chart: no column holds numbers to draw', {
      hint: 'Select one, or leave the chart out with --chart none.',
    });
  return { x, y, series: series ?? (spec.kind === 'line' ? chooseSeries(free, x) : undefined) };
}

/** Beside a time: days and models make a line for each model. */
function chooseSeries(free: readonly ResultColumn[], x: ResultColumn | undefined): ResultColumn | undefined {
  if (x === undefined || !isTime(x.type)) return undefined;
  return free.find((column) => column !== x && !isNumeric(column.type));
}

function chooseX(
  spec: ChartSpec,
  free: readonly ResultColumn[],
  number: ResultColumn | undefined,
): ResultColumn | undefined {
  const label = free.find(({ type }) => !isNumeric(type));
  if (spec.kind === 'bar') return label ?? number;
  return free.find(({ type }) => isTime(type)) ?? number ?? label;
}
