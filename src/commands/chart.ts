// Which chart a run draws: what --chart says, else on a terminal what the query's header says.
import { LakeobsError } from '../errors.ts';
import { type ChartSpec, parseChart } from '../query/chart.ts';
import type { FormatName } from '../render/format.ts';
import { type Io, wantsColor } from './io.ts';
import type { Target } from './output.ts';

export interface ChartOptions {
  /** `bar`, `line`, `hist`, with x=, y=, series= behind; or `none`. */
  chart?: string;
}

/** What starts the chart of a result; undefined for no chart. A query's own is left out where nobody looks, and where it cannot be drawn.
 * @throws LakeobsError usage for an option that is no chart, or stands beside a data format. */
export async function chartOf(
  format: FormatName,
  options: ChartOptions & { color: boolean },
  io: Io,
  own: ChartSpec | undefined,
): Promise<Target['chart']> {
  const asked = options.chart === undefined ? undefined : askedFor(options.chart);
  if (asked !== undefined && asked !== 'none' && format !== 'table')
    throw new LakeobsError('usage', `--chart goes below a table, not into ${format}`, {
      hint: 'Leave out --format, or write --format table.',
    });
  const spec = asked ?? (format === 'table' && io.isTTY ? own : undefined);
  if (spec === undefined || spec === 'none') return undefined;
  const { startChart } = await import('../render/chart.ts');
  return (columns) => {
    try {
      return startChart(spec, columns, { width: io.width, color: wantsColor(io, options.color) });
    } catch (error) {
      if (asked === undefined && error instanceof LakeobsError) return null;
      throw error;
    }
  };
}

function askedFor(text: string): ChartSpec | 'none' {
  if (text.trim() === 'none') return 'none';
  const spec = parseChart(text);
  if (typeof spec === 'string')
    throw new LakeobsError('usage', `--chart: ${spec}`, {
      hint: 'Write --chart bar, or --chart "bar x=model y=sessions"; --chart none draws nothing.',
    });
  return spec;
}
