// The registry of verdict formats: one line each.
import { checkRowsMax, checkRowsShown } from '../limits.ts';
import type { Verdict } from '../result.ts';
import { verdictAgent } from './verdict-agent.ts';
import {
  type VerdictFormat,
  type VerdictFormatName,
  type VerdictOptions,
  verdictFormatNames,
} from './verdict-format.ts';
import { verdictGithub } from './verdict-github.ts';
import { findingLines, verdictJson, verdictJsonl } from './verdict-json.ts';
import { verdictJunit } from './verdict-junit.ts';
import { verdictMd } from './verdict-md.ts';
import { verdictSarif } from './verdict-sarif.ts';
import { verdictText } from './verdict-text.ts';

export const verdictFormats: Readonly<Record<VerdictFormatName, VerdictFormat>> = {
  table: { name: 'table', suffixes: ['.txt'], doc: 'a page for people', render: verdictText },
  json: { name: 'json', suffixes: ['.json'], doc: 'the document lakeobs.check.v1', render: verdictJson },
  jsonl: {
    name: 'jsonl',
    suffixes: ['.jsonl', '.ndjson'],
    doc: 'a line per failing row, per check, then one',
    render: verdictJsonl,
    findings: findingLines,
  },
  md: { name: 'md', suffixes: ['.md'], doc: 'Markdown for a job summary', render: verdictMd },
  junit: { name: 'junit', suffixes: ['.xml'], doc: 'a JUnit report', render: verdictJunit },
  sarif: {
    name: 'sarif',
    suffixes: ['.sarif', '.sarif.json'],
    doc: 'SARIF 2.1.0 for code scanning',
    render: verdictSarif,
    places: checkRowsMax,
  },
  github: {
    name: 'github',
    suffixes: ['.github'],
    doc: 'annotations of a GitHub workflow',
    render: verdictGithub,
    places: checkRowsShown,
  },
  agent: { name: 'agent', suffixes: ['.agent'], doc: 'short and fenced, for language models', render: verdictAgent },
};

/** The text of a verdict. */
export function renderVerdict(verdict: Verdict, format: VerdictFormatName, options: VerdictOptions = {}): string {
  return verdictFormats[format].render(verdict, options);
}

/** The verdict format a file name asks for by its suffix, upper or lower case. */
export function verdictFormatOfFile(path: string): VerdictFormatName | undefined {
  const lower = path.toLowerCase();
  const matches = verdictFormatNames.flatMap((name) =>
    verdictFormats[name].suffixes.filter((suffix) => lower.endsWith(suffix)).map((suffix) => ({ name, suffix })),
  );
  return matches.sort((a, b) => b.suffix.length - a.suffix.length)[0]?.name;
}
