// The one shape of a verdict format: the whole document in, one text out.
import type { Places } from '../gate/locate.ts';
import type { Query } from '../query/header.ts';
import type { ResultColumn, Row, Verdict } from '../result.ts';

export const verdictFormatNames = ['table', 'json', 'jsonl', 'md', 'junit', 'sarif', 'github', 'agent'] as const;
export type VerdictFormatName = (typeof verdictFormatNames)[number];

export interface VerdictOptions {
  /** Columns of the terminal; absent: as wide as needed. */
  width?: number | undefined;
  /** Whether escape codes for colour may be used; decided by the command. */
  color?: boolean | undefined;
  /** The words that made this run look where it looked (PATHs, --lake DIR, --since …), repeated in the commands it suggests. */
  scope?: readonly string[] | undefined;
  /** What decided in this run; absent: error. Reports that know only red and green show as red what decided. */
  failOn?: 'error' | 'warn' | undefined;
  /** The checks as written: what they are about, tags, what makes a finding the same. */
  queries?: readonly Query[] | undefined;
  /** Where the records of the rows are (gate/locate.ts); absent: nobody looked. */
  places?: Places | undefined;
  /** Absolute folder: files in it are named relative to it, as a repository knows them. */
  root?: string | undefined;
  /** The rows were written as they came (`findings`): the document goes on behind them. */
  streamed?: boolean | undefined;
  /** `agent`: the name of its fence; absent: a random one. */
  fence?: string | undefined;
}

export interface VerdictFormat {
  name: VerdictFormatName;
  /** File names with one of these suffixes ask for this format; of several the longest. */
  suffixes: readonly string[];
  /** One line for help texts. */
  doc: string;
  render(verdict: Verdict, options: VerdictOptions): string;
  /** How many rows of a check want a place; absent: none. */
  places?: number;
  /** Formats that keep every failing row: the text of rows of one check, written as they come and before `render` (with `streamed`). */
  findings?(
    check: Pick<Query, 'name' | 'severity'>,
    columns: readonly ResultColumn[],
    isAccepted?: (row: Row) => boolean,
  ): (rows: readonly Row[]) => string;
}
