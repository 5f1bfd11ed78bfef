// A verdict for a job summary: GitHub's Markdown, within its limit (limits.summaryBytesMax) however many checks there are; what there is no room for is said.
// Text from logs stays text (md.ts).
import { countedFindings } from '../gate/judge.ts';
import {
  annotationCodePointsMax,
  checkRowsShown,
  reasonNamesMax,
  summaryBytesMax,
  summaryCellCodePointsMax,
} from '../limits.ts';
import type { CheckResult, CheckStatus, Row, Verdict } from '../result.ts';
import { count, counted, humanBytes } from './figures.ts';
import { cutText, shortened } from './finding.ts';
import { md, mdRow, mdText } from './md.ts';
import { nextSteps } from './next-steps.ts';
import { rosterInWords } from './roster-words.ts';
import type { VerdictOptions } from './verdict-format.ts';
import {
  acceptanceInWords,
  baselineInWords,
  checksInWords,
  damageInWords,
  findingsInWords,
  identityInWords,
  overridesInWords,
  paramsInWords,
  populationInWords,
  scannedInWords,
  sinceLastInWords,
  sourcesToShow,
  windowInWords,
} from './verdict-words.ts';
import { visible } from './visible.ts';

export function verdictMd(verdict: Verdict, options: VerdictOptions): string {
  const head = `## ${marks[verdict.verdict]} lakeobs check: ${verdict.verdict}\n\n${mdText(cutText(verdict.reason, factCodePointsMax))}\n\n${checksInWords(verdict)}, exit code ${verdict.exit_code}${verdict.complete ? '' : '; not everything could be judged'}.\n`;
  const foot = ground(verdict);
  // What there is one of stays; what grows with the checks shares the rest: no more than half for their table, a quarter for the commands.
  const left = summaryBytesMax - noticeBytesMax - bytesOf(head) - bytesOf(foot);
  const table = checkTable(verdict.checks, left / 2);
  const next = steps(verdict, options, left / 4);
  const fits = roomOf(left - bytesOf(table.text) - bytesOf(next));
  const sections = [
    ...verdict.checks.filter((check) => check.rows.length > 0).map(failingRows),
    ...verdict.checks.filter((check) => check.accepted > 0).map(acceptedRows),
    ...verdict.checks.filter((check) => check.resolvedFindings.length > 0).map(resolvedLines),
  ];
  const shown = new Set([...sections].sort((a, b) => a.rank - b.rank).filter(({ text }) => fits(text)));
  const notice = leftOut(
    table.left,
    sections.filter((section) => !shown.has(section)).map(({ name }) => name),
  );
  const parts = [
    head,
    notice,
    table.text,
    ...sections.flatMap((one) => (shown.has(one) ? [one.text] : [])),
    foot,
    next,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const marks = { pass: '✅', fail: '❌', inconclusive: '⚠️' } as const;

/** A reason, or one fact about the run: as much as an annotation may say. */
const factCodePointsMax = annotationCodePointsMax;
/** Names of checks and the words around them; a character has at most 15 bytes as Markdown (`&lt;U+E0041&gt;`). */
const noticeBytesMax = 16 * (reasonNamesMax + 1) * summaryCellCodePointsMax;

/** The rows of a check, of some kind. The lower its rank, the earlier it gets room. */
interface Section {
  name: string;
  rank: number;
  text: string;
}

/** Tells of one text after the other whether there is still room for it. */
function roomOf(bytes: number): (text: string) => boolean {
  let left = bytes;
  return (text) => {
    const needed = bytesOf(text);
    if (needed > left) return false;
    left -= needed;
    return true;
  };
}

/** With the line break that parts it from the next. */
function bytesOf(text: string): number {
  return Buffer.byteLength(text) + 1;
}

/** What there was no room for. */
function leftOut(checks: number, rowsOf: readonly string[]): string {
  if (checks === 0 && rowsOf.length === 0) return '';
  const names = rowsOf.slice(0, reasonNamesMax).map((name) => cutText(name, summaryCellCodePointsMax));
  const more = rowsOf.length - names.length;
  const what = [
    ...(checks > 0 ? [counted(checks, 'check')] : []),
    ...(names.length > 0 ? [`rows of ${names.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`] : []),
  ];
  return `**Left out**, because a job summary holds 1 MiB: ${mdText(what.join('; '))}. A file of another kind has them: -o verdict.jsonl.\n`;
}

/** What failed first, as far as there is room; in the order of the checks. */
function checkTable(checks: readonly CheckResult[], bytes: number): { text: string; left: number } {
  if (checks.length === 0) return { text: '', left: 0 };
  const cells = (check: CheckResult) => [
    check.status.toUpperCase(),
    cutText(check.name, summaryCellCodePointsMax),
    check.severity,
    findingsInWords(check),
    populationInWords(check),
    cutText(check.reason, factCodePointsMax),
  ];
  const names = ['status', 'check', 'severity', 'findings', 'population', 'reason'];
  const fits = roomOf(bytes - bytesOf(tableOf(names, [])));
  const worstFirst = [...checks].sort((a, b) => rankOf(a) - rankOf(b));
  const shown = new Set(worstFirst.filter((check) => fits(mdRow(cells(check)))));
  const text = tableOf(names, checks.filter((check) => shown.has(check)).map(cells));
  return { text, left: checks.length - shown.size };
}

/** What failed first. */
function rankOf({ status }: CheckResult): number {
  return statuses.indexOf(status);
}

const statuses: readonly CheckStatus[] = ['fail', 'error', 'inconclusive', 'warn', 'pass', 'skipped'];
/** Rows that do not count get room last. */
const lastRank = statuses.length;

function failingRows(check: CheckResult): Section {
  const rows = check.rows.slice(0, checkRowsShown).map((row): Row => row.map(shortened));
  const writer = md.start(check.columns);
  const more = Math.max(0, countedFindings(check) - rows.length);
  const body = writer.rows(rows) + writer.end({ rowsMore: more });
  return {
    name: check.name,
    rank: rankOf(check),
    text: `### ${mdText(check.name)}: ${mdText(check.title)}\n\n${body}`,
  };
}

function acceptedRows(check: CheckResult): Section {
  const rows = check.acceptedRows
    .slice(0, checkRowsShown)
    .map((one): Row => [...one.row.map(shortened), shortened(acceptanceInWords(one))]);
  const writer = md.start([...check.columns, { name: 'baseline', type: 'VARCHAR' }]);
  const body = writer.rows(rows) + writer.end({ rowsMore: check.accepted - rows.length });
  const title = `${mdText(check.name)}: ${counted(check.accepted, 'finding')} accepted by baseline`;
  return { name: check.name, rank: lastRank, text: `<details><summary>${title}</summary>\n\n${body}\n</details>\n` };
}

function resolvedLines(check: CheckResult): Section {
  const shown = check.resolvedFindings.slice(0, checkRowsShown);
  const more = (check.resolved ?? 0) - shown.length;
  const lines = [...shown.map(identityInWords), ...(more > 0 ? [counted(more, 'more finding')] : [])];
  const head = `### ${mdText(check.name)}: ${counted(check.resolved ?? 0, 'finding')} of the last run resolved`;
  return {
    name: check.name,
    rank: lastRank,
    text: `${head}\n\n${lines.map((line) => `- ${mdText(line)}\n`).join('')}`,
  };
}

function ground(verdict: Verdict): string {
  const damage = damageInWords(verdict);
  const { sources, more } = sourcesToShow(verdict);
  const facts: [string, string][] = [
    ['damage', damage.length === 0 ? 'none' : damage.join(', ')],
    ['window', windowInWords(verdict)],
    ['params', paramsInWords(verdict)],
    ['config', verdict.config ?? 'none'],
    ['roster', rosterInWords(verdict.roster)],
    ['overrides', verdict.overrides.length === 0 ? 'none' : overridesInWords(verdict).join(', ')],
    ...(verdict.baseline === null ? [] : [['baseline', baselineInWords(verdict).join('; ')] as [string, string]]),
    ...(verdict.since_last === null ? [] : [['since last', sinceLastInWords(verdict).join('; ')] as [string, string]]),
    ['lakeobs', verdict.lakeobs],
  ];
  const list = facts.map(([name, text]) => `- ${name}: ${mdText(cutText(text, factCodePointsMax))}\n`).join('');
  const files = tableOf(
    ['file', 'family', 'size', 'records'],
    sources.map((source) => [source.file, source.family ?? '–', humanBytes(source.bytes), count(source.records)]),
  );
  const rest = more > 0 ? `\n${counted(more, 'more file')}\n` : '';
  return `<details><summary>Scanned: ${scannedInWords(verdict)}</summary>\n\n${list}\n${sources.length === 0 ? '' : files}${rest}\n</details>\n`;
}

function tableOf(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const writer = md.start(names.map((name) => ({ name, type: 'VARCHAR' })));
  return writer.rows(rows) + writer.end();
}

function steps(verdict: Verdict, options: VerdictOptions, bytes: number): string {
  const all = nextSteps(verdict, options.scope).map((step) => `# ${visible(step.shows)}\n${visible(step.command)}\n`);
  // Each of the two fences may be as long as the longest run of backticks in them.
  const fits = roomOf(bytes / 4);
  const lines = all.filter(fits);
  if (lines.length === 0) return '';
  const fence = '`'.repeat(Math.max(3, ...(lines.join('').match(/`+/g) ?? []).map((run) => run.length + 1)));
  const more = all.length - lines.length;
  return `Where to look next:\n\n${fence}sh\n${lines.join('')}${more > 0 ? `# ${counted(more, 'more command')}\n` : ''}${fence}\n`;
}
