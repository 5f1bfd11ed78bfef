// Format `agent`: a result for a language model. Short (JSON arrays, cells and the whole bounded), sure about what is left out, and with a fence around
// what strangers wrote (fence.ts). Holds the rows it shows, because the line about them stands first.
import { agentCellCodePointsMax, agentOutputUnitsMax } from '../limits.ts';
import type { Row, Value } from '../result.ts';
import { fenced } from './fence.ts';
import { count, counted, humanBytes } from './figures.ts';
import { shortenedTo } from './finding.ts';
import type { Format } from './format.ts';
import { jsonOf } from './json-text.ts';

export const agent: Format = {
  name: 'agent',
  suffixes: ['.agent'],
  doc: 'short and fenced, for language models',
  streams: false,
  start(columns, options = {}) {
    const lines = agentLines();
    lines.add(columns.map(({ name }) => name));
    return {
      rows(chunk) {
        for (const row of chunk) lines.add(columns.map((_, at) => row[at] ?? null));
        return '';
      },
      end({ rowsMore = 0, atLeast = false } = {}) {
        const shown = Math.max(0, lines.texts.length - 1);
        const rows = shown + lines.left + rowsMore;
        const of =
          shown < rows
            ? `${count(shown)} of ${atLeast ? 'at least ' : ''}${counted(rows, 'row')}`
            : counted(rows, 'row');
        const says = [`${of}, ${counted(columns.length, 'column')}`];
        if (rowsMore > 0)
          says.push(
            `${atLeast ? 'at least ' : ''}${counted(rowsMore, 'row')} over the row limit: ${options.hints?.more ?? moreHint}`,
          );
        if (lines.left > 0)
          says.push(
            `${counted(lines.left, 'row')} over the ${humanBytes(agentOutputUnitsMax)} of this format: ${options.hints?.room ?? roomHint}`,
          );
        if (lines.cut > 0) says.push(`${cutWords(lines.cut)}: ${options.hints?.cut ?? cutHint}`);
        return `lakeobs agent.v1: ${says.join('; ')}\n${fenced(lines.texts, 'the column names, then a JSON array for each row', options.fence)}`;
      },
    };
  },
};

const moreHint = '--limit N shows more';
const roomHint = 'select fewer columns or rows';
const cutHint = '--format jsonl has them whole';

/** "2 values cut to 300 characters and marked …(length)" */
export function cutWords(cut: number): string {
  return `${counted(cut, 'value')} cut to ${count(agentCellCodePointsMax)} characters and marked …(length)`;
}

/** Rows as lines of JSON, up to limits.agentOutputUnitsMax in all; after the first that does not fit none is taken. */
export function agentLines(): AgentLines {
  let units = 0;
  const lines: AgentLines = {
    texts: [],
    cut: 0,
    left: 0,
    add(values) {
      if (lines.left > 0) {
        lines.left++;
        return false;
      }
      const short = values.map((value) => shortenedTo(value, agentCellCodePointsMax));
      const text = jsonOf(short);
      units += text.length + 1;
      if (units > agentOutputUnitsMax) {
        lines.left++;
        return false;
      }
      lines.cut += short.filter((value, at) => value !== values[at]).length;
      lines.texts.push(text);
      return true;
    },
  };
  return lines;
}

export interface AgentLines {
  texts: string[];
  /** Values cut. */
  cut: number;
  /** Rows for which there was no room. */
  left: number;
  /** Whether there was room. */
  add(values: Row | readonly Value[]): boolean;
}
