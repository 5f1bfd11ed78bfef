// The box itself, drawn by cli-table3. It measures text with an older table of widths than terminals use today (emoji, Thai, Devanagari come out crooked), so it is handed
// stand-ins of exactly the right width, and the padded cells take their places afterwards.
import Table from 'cli-table3';
import type { Paint } from './paint.ts';

export interface Grid {
  /** Columns of content, by column. */
  widths: readonly number[];
  /** Physical lines of the header, each a cell per column, padded to the widths. */
  header: readonly (readonly string[])[];
  /** Physical lines of the body, likewise. */
  body: readonly (readonly string[])[];
}

/** The lines of the box, borders dimmed. */
export function gridLines({ widths, header, body }: Grid, paint: Paint): string[] {
  if (widths.length === 0) return ['┌┐', '├┤', '└┘'].map(paint.dim);
  const standIns = widths.map((width) => standIn.repeat(width));
  const drawn = new Table({
    head: standIns.map((text) => header.map(() => text).join('\n')),
    colWidths: widths.map((width) => width + 2),
    style: { head: [], border: [], compact: true },
  });
  // Without any row it leaves out the rule under the header: draw one, take it away.
  for (const _ of body.length > 0 ? body : [standIns]) drawn.push(standIns);
  const cells = [...header, ...body].flat().values();
  const lines = drawn.toString().split('\n');
  if (body.length === 0) lines.splice(-2, 1);
  return lines.map((line) =>
    line.startsWith('│')
      ? line.replaceAll('│', paint.dim('│')).replace(runs, () => cells.next().value ?? '')
      : paint.dim(line),
  );
}

const standIn = 'x';
const runs = /x+/g;
