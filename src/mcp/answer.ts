// Answers as text for a model: what stands in logs is fenced (render/fence.ts), everything outside the fence is words of lakeobs and numbers.
import { LakeobsError, reasonOf } from '../errors.ts';
import { agentCellCodePointsMax, mcpErrorCodePointsMax } from '../limits.ts';
import type { ChildAnswer } from '../query/child.ts';
import { agent } from '../render/agent.ts';
import { fenced } from '../render/fence.ts';
import { count, counted, humanBytes } from '../render/figures.ts';
import { shortenedTo } from '../render/finding.ts';
import { jsonOf } from '../render/json-text.ts';
import { timelineTable } from '../render/timeline-data.ts';
import { judgement } from '../render/verdict-agent.ts';
import { visible } from '../render/visible.ts';
import type { ScanSummary, Verdict } from '../result.ts';
import type { Timeline } from '../timeline/entry.ts';
import { adviceOf } from './advice.ts';
import { CallFault, type ToolAnswer } from './tool.ts';

/** The rows of a statement. */
export function rowsText({ columns, rows, more, counted: whole, scanned }: ChildAnswer): string {
  const writer = agent.start(columns, {
    hints: {
      more: whole ? 'a larger limit gives more' : 'there are more, counting ended here; a larger limit gives more',
      cut: sliceHint,
      room: 'select fewer columns or rows',
    },
  });
  return writer.rows(rows) + writer.end({ rowsMore: more }) + restsOn(scanned);
}

const sliceHint = `substr(column, ${agentCellCodePointsMax + 1}, ${agentCellCodePointsMax}) in sql reads on in a text`;

/** A verdict: the judgement first, and the same as figures. */
export function verdictAnswer(verdict: Verdict): ToolAnswer {
  const failing = verdict.checks.filter(({ findings, rows }) => findings > 0 && rows.length > 0);
  const steps = failing.map(
    ({ name, findings }) => `next: run_query ${visible(JSON.stringify({ name }))} (all ${counted(findings, 'row')})\n`,
  );
  const text = `${judgement(verdict, { more: 'run fewer checks at once' })}${restsOn(verdict.scanned)}${steps.join('')}`;
  const { verdict: word, complete, exit_code, scanned } = verdict;
  return {
    text,
    structured: {
      verdict: word,
      exit_code,
      complete,
      checks: verdict.checks.map(({ name, severity, status, complete, findings, accepted, population }) => ({
        name,
        severity,
        status,
        complete,
        findings,
        accepted,
        population,
      })),
      scanned: { ...scanned },
      report: text,
    },
  };
}

/** The entries of a time line, one a row, from the `from`th on. */
export function timelineAnswer(timeline: Timeline, scanned: ScanSummary, from: number): ToolAnswer {
  const { columns, rows } = timelineTable(timeline);
  const shown = rows.slice(from - 1);
  const writer = agent.start(columns, {
    hints: {
      cut: 'sql over the view has them whole',
      room: 'show again with from = the number of the first entry not given',
    },
  });
  const left = Object.entries(timeline.more).filter(([, more]) => more > 0);
  const notes = [
    `entries ${count(Math.min(from, rows.length))} on, of ${counted(rows.length, 'entry', 'entries')}\n`,
    ...left.map(([view]) => `not on this time line: more ${view}; sql has all\n`),
    ...(timeline.whole ? [] : ['not followed to the end: too many ids hang together with this one\n']),
  ];
  return { text: writer.rows(shown) + writer.end() + notes.join('') + restsOn(scanned) };
}

/** What an answer rests on, and what of it could not be read. */
export function restsOn(scanned: ScanSummary): string {
  const { files, bytes, records, quarantined, accepted, torn, unknown_schema, unrecognised, segments_unread } = scanned;
  const what = `rests on ${counted(files, 'file')}, ${humanBytes(bytes)}, ${counted(records, 'record')}`;
  const left = [
    quarantined > 0 ? `${counted(quarantined, 'damaged range')} (sql: FROM quarantine)` : '',
    accepted > 0 ? `${counted(accepted, 'damaged range')} known and accepted` : '',
    torn > 0 ? `${counted(torn, 'torn last line')}` : '',
    unknown_schema > 0 ? `${counted(unknown_schema, 'record')} of a version this lakeobs does not know` : '',
    unrecognised > 0 ? `${counted(unrecognised, 'line')} of no known family` : '',
    segments_unread > 0 ? `${counted(segments_unread, 'segment')} beside a named file` : '',
  ].filter((words) => words !== '');
  return [
    `${what}\n`,
    ...(left.length > 0 ? [`not in any view: ${left.join(', ')}\n`] : []),
    ...(records === 0 ? ['no record was read: an empty answer proves nothing\n'] : []),
  ].join('');
}

/** Why a call failed. What lakeobs and DuckDB say of a failure may repeat values of records, so it is fenced; only a fault of the call itself is not. */
export function failureText(error: unknown): string {
  if (error instanceof CallFault) return `${visible(error.message)}\ntry: ${visible(error.hint)}\n`;
  const known = error instanceof LakeobsError ? error : new LakeobsError('internal', reasonOf(error));
  const { code, message, path, line } = known;
  const hint = adviceOf(known);
  const place = path === undefined ? undefined : `${path}${line === undefined ? '' : `, line ${line}`}`;
  const lines = [
    ['error', message],
    ...(place === undefined || message.includes(place) ? [] : [['at', place]]),
    ...(hint === undefined ? [] : [['try', hint]]),
  ].map((words) => jsonOf(words.map((text) => shortenedTo(text, mcpErrorCodePointsMax))));
  return [
    `lakeobs agent.v1: the call failed (${code}); ${nextOf[code]}\n`,
    fenced(lines, 'what went wrong and what may help, with values that may come from records'),
  ].join('');
}

const nextOf: Readonly<Record<LakeobsError['code'], string>> = {
  usage: 'correct the arguments; describe and list_queries say what there is',
  input: 'the logs cannot be read as they are: tell the person who runs this server',
  schema: 'correct the arguments',
  query: 'correct or narrow it (fewer rows, fewer columns, a shorter time); describe has views and columns',
  io: 'the system said no: tell the person who runs this server',
  internal: 'this is a bug in lakeobs: tell the person who runs this server',
};
