// The registry of verdict formats: one line each.
import type { Verdict } from '../result.ts';
import {
  type VerdictFormat,
  type VerdictFormatName,
  type VerdictOptions,
  verdictFormatNames,
} from './verdict-format.ts';
import { verdictJson, verdictJsonl } from './verdict-json.ts';
import { verdictMd } from './verdict-md.ts';
import { verdictText } from './verdict-text.ts';

export const verdictFormats: Readonly<Record<VerdictFormatName, VerdictFormat>> = {
  table: { name: 'table', suffixes: ['.txt'], doc: 'a page for people', render: verdictText },
  json: { name: 'json', suffixes: ['.json'], doc: 'the document lakeobs.check.v1', render: verdictJson },
  jsonl: { name: 'jsonl', suffixes: ['.jsonl', '.ndjson'], doc: 'a line per check, then one', render: verdictJsonl },
  md: { name: 'md', suffixes: ['.md'], doc: 'Markdown for a job summary', render: verdictMd },
};

/** The text of a verdict. */
export function renderVerdict(verdict: Verdict, format: VerdictFormatName, options: VerdictOptions = {}): string {
  return verdictFormats[format].render(verdict, options);
}

/** The verdict format a file name asks for by its suffix, upper or lower case. */
export function verdictFormatOfFile(path: string): VerdictFormatName | undefined {
  const lower = path.toLowerCase();
  return verdictFormatNames.find((name) => verdictFormats[name].suffixes.some((suffix) => lower.endsWith(suffix)));
}
