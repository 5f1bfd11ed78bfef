// The one shape of a verdict format: the whole document in, one text out.
import type { Verdict } from '../result.ts';

export const verdictFormatNames = ['table', 'json', 'jsonl', 'md'] as const;
export type VerdictFormatName = (typeof verdictFormatNames)[number];

export interface VerdictOptions {
  /** Columns of the terminal; absent: as wide as needed. */
  width?: number | undefined;
  /** Whether escape codes for colour may be used; decided by the command. */
  color?: boolean | undefined;
  /** The words that made this run look where it looked (PATHs, --lake DIR, --since …), repeated in the commands it suggests. */
  scope?: readonly string[] | undefined;
}

export interface VerdictFormat {
  name: VerdictFormatName;
  /** File names with one of these suffixes ask for this format. */
  suffixes: readonly string[];
  /** One line for help texts. */
  doc: string;
  render(verdict: Verdict, options: VerdictOptions): string;
}
