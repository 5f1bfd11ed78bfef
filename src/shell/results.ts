// A result on its way to the screen or a file: rows as they come from the child, through the format of the session's mode.

import type { Params } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import { agentRowsDefault, tableRowsDefault } from '../limits.ts';
import type { ChartSpec } from '../query/chart.ts';
import type { ChildAnswer } from '../query/child.ts';
import { type Chart, startChart } from '../render/chart.ts';
import type { FormatName, Writer } from '../render/format.ts';
import { formats } from '../render/formats.ts';
import type { ResultColumn } from '../result.ts';
import type { Mode, Settings, ShellWorld } from './session.ts';

/** Takes text of one result. */
export interface Sink {
  /** @throws SinkClosed when nobody wants more. */
  write(text: string): Promise<void>;
  /** All was written, or nothing more will be. Resolves when the reader is done. */
  end(): Promise<void>;
}

/** The reader left: the pager was quit. */
export class SinkClosed extends Error {
  override readonly name = 'SinkClosed';
}

export interface Asked {
  sql: string;
  params?: Params;
  /** The query's own chart. */
  chart?: ChartSpec | undefined;
}

/** Runs one statement and prints its rows.
 * @throws LakeobsError as SqlChild.run; a file that results go to is then given up. SinkClosed. */
export async function printResult(world: ShellWorld, settings: Settings, asked: Asked): Promise<ChildAnswer> {
  const { output, mode } = settings;
  const sink = output === null ? world.screen() : fileSink(settings);
  const format = output?.format ?? formatOf(mode);
  const limit = settings.limit ?? (output === null ? rowsDefault(format) : Number.POSITIVE_INFINITY);
  const drawn = output === null && format === 'table' ? chartFor(settings, asked, world) : undefined;
  let writer: Writer | null = null;
  let chart: Chart | null = null;
  let shown = 0;
  let total = 0;
  try {
    const answer = await world.child.run(asked.sql, {
      params: asked.params,
      // A chart looks at all rows.
      limit: drawn === undefined ? limit : undefined,
      onProgress: world.progress(),
      async onRows(rows, columns) {
        if (writer === null) {
          const width = output === null ? world.width() : undefined;
          const color = output === null && world.color;
          writer = formats[format].start(columns, {
            width,
            color,
            terminal: output === null && world.terminal,
            ...(mode === 'expanded' ? { expanded: true } : {}),
            hints: {
              more: '.limit N shows more',
              hidden: '.mode expanded shows them',
              cut: '.mode jsonl has them whole',
            },
          });
          chart = drawn === undefined ? null : begun(drawn, columns, { width, color }, settings.chart === 'own');
        }
        total += rows.length;
        const part = rows.length > limit - shown ? rows.slice(0, limit - shown) : rows;
        shown += part.length;
        chart?.rows(rows);
        await sink.write(writer.rows(part));
      },
    });
    const ended = writer as Writer | null;
    await sink.write(ended?.end({ rowsMore: answer.more + total - shown, atLeast: !answer.counted }) ?? '');
    const drawing = chart as Chart | null;
    if (drawing !== null) await sink.write(`\n${drawing.end()}`);
    return answer;
  } catch (error) {
    if (output !== null) {
      settings.output = null;
      output.discard();
      world.complain(`lakeobs: ${output.path} is not written: the result did not come to its end\n`);
    }
    throw error;
  } finally {
    // Whatever shows progress ends with the first word on the screen; here there may be none.
    if (output !== null) await world.print('');
    await sink.end();
  }
}

/** A query's own chart is for a screen that somebody looks at. */
function chartFor({ chart }: Settings, asked: Asked, world: ShellWorld): ChartSpec | undefined {
  if (chart === 'own') return world.terminal ? asked.chart : undefined;
  return chart === 'none' ? undefined : chart;
}

function begun(
  spec: ChartSpec,
  columns: readonly ResultColumn[],
  options: { width?: number | undefined; color: boolean },
  own: boolean,
): Chart | null {
  try {
    return startChart(spec, columns, options);
  } catch (error) {
    // A result that cannot be drawn is no failure where nobody asked for this very drawing.
    if (own && error instanceof LakeobsError) return null;
    throw error;
  }
}

function formatOf(mode: Mode): FormatName {
  return mode === 'expanded' ? 'table' : mode;
}

function rowsDefault(format: FormatName): number {
  if (format === 'table') return tableRowsDefault;
  return format === 'agent' ? agentRowsDefault : Number.POSITIVE_INFINITY;
}

function fileSink({ output }: Settings): Sink {
  return { write: async (text) => output!.write(text), end: async () => {} };
}
