// The one shape of a result format: columns and rows go in, text comes out in pieces. A format never prints, and never holds rows unless it says so.
import type { ResultColumn, Row } from '../result.ts';

export const formatNames = ['table', 'json', 'jsonl', 'csv', 'md', 'agent'] as const;
export type FormatName = (typeof formatNames)[number];

export interface FormatOptions {
  /** Columns of the terminal; absent: as wide as needed (a file, a pipe). Only `table` looks at it. */
  width?: number | undefined;
  /** Whether escape codes for colour may be used; decided by the command. Only `table` looks at it. */
  color?: boolean | undefined;
  /** `table`: one record per block instead of one per line; absent: only when columns would not fit and it takes no more than a screen. */
  expanded?: boolean | undefined;
  /** The text goes to a terminal: `csv` then shows control characters as symbols instead of keeping them. */
  terminal?: boolean | undefined;
  /** `table`: what to do about rows beyond the limit and columns that do not fit, and in `agent` about cells that are cut and rows there is no room for, in the words of the caller. */
  hints?: { more?: string; hidden?: string; cut?: string; room?: string } | undefined;
  /** `agent`: the name of its fence; absent: a random one. */
  fence?: string | undefined;
}

export interface Writer {
  /** Text for these rows; the first call also opens the document. */
  rows(chunk: readonly Row[]): string;
  /** Closes the document; `rowsMore` counts rows left out because of a limit, `atLeast`: and there may be more. Called once, also after no
   * rows at all. */
  end(info?: { rowsMore?: number | undefined; atLeast?: boolean | undefined }): string;
}

export interface Format {
  name: FormatName;
  /** File names with one of these suffixes ask for this format; the first is the usual one. */
  suffixes: readonly string[];
  /** One line for help texts. */
  doc: string;
  /** Whether memory stays flat however many rows come. */
  streams: boolean;
  start(columns: readonly ResultColumn[], options?: FormatOptions): Writer;
}
