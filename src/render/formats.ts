// The registry of result formats: one line each. A new one is a file and a line here, and takes the shared test suite.
import type { Table } from '../result.ts';
import { agent } from './agent.ts';
import { csv } from './csv.ts';
import { type Format, type FormatName, type FormatOptions, formatNames } from './format.ts';
import { json } from './json.ts';
import { jsonl } from './jsonl.ts';
import { md } from './md.ts';
import { table } from './table.ts';

export const formats: Readonly<Record<FormatName, Format>> = { table, json, jsonl, csv, md, agent };

/** The format a file name asks for by its suffix, upper or lower case. */
export function formatOfFile(path: string): FormatName | undefined {
  const lower = path.toLowerCase();
  return formatNames.find((name) => formats[name].suffixes.some((suffix) => lower.endsWith(suffix)));
}

/** A table held in memory, as one text. */
export function renderTable(result: Table, name: FormatName, options: FormatOptions = {}): string {
  const writer = formats[name].start(result.columns, options);
  return writer.rows(result.rows) + writer.end({ rowsMore: result.rowsMore });
}
