// Every way to be wrong, one row each: what is wrong, what is typed, and what must come of it. The verdict, the exit code, the status of every check, and words
// that say where, why and what next. Every row is a process of its own; every document it leaves is held against the same rules.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as zlib from 'node:zlib';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { lakeobs, lakeobsBin } from '../cli.ts';
import { mustAgree, mustBeReadable } from './documents.ts';
import { sessionLine } from './records.ts';

vi.setConfig({ maxConcurrency: 4 });

type Status = 'pass' | 'fail' | 'warn' | 'inconclusive' | 'error' | 'skipped';
type Files = Record<string, string | Uint8Array>;

interface Way {
  wrong: string;
  /** What lies in the working directory, at rest for an hour. */
  files?: Files;
  /** What else has to happen there before. */
  before?: (folder: string) => Promise<unknown> | unknown;
  /** Typed by somebody whom permissions stop. */
  asNobody?: true;
  /** What goes on there meanwhile. */
  meanwhile?: (folder: string) => ChildProcess;
  env?: Record<string, string>;
  args: string[];
  code: 0 | 1 | 2;
  /** The status of every check of the run; none: a wrong call, which has no document. */
  checks?: Record<string, Status>;
  /** The exit code in the document, where a document that could not be written makes another one. */
  documented?: 0;
  says: RegExp[];
}

const clean = sessionLine();
const alarming = sessionLine({ session_id: 'bad-1', grounded_in_roster: false });
const nameless = (timestamp: string) => sessionLine({ session_id: undefined, timestamp, grounded_in_roster: false });
const torn = '{"schema":"session.iterate.v1","session_id":';
const op = '{"endpoint":"/x","success":true,"timestamp":"2026-03-01T10:00:00Z"}';
const logged =
  '{"kind":"log","extensionId":"e","timestamp":1772359200000,"level":"info","msg":"hello","conversationId":"c"}';
const replayed =
  '{"schema":"replay.run.v1","session_id":"s1","timestamp":"2026-03-01T10:00:00Z","model":"m","score":1,"duration_ms":3}';
const flagged = (grounded_in_roster: unknown) => `${sessionLine({ session_id: 'bad-1', grounded_in_roster })}\n`;
const lines = (...all: string[]) => `${all.join('\n')}\n`;
const own = (sql: string, header = '') =>
  `-- title: Own\n-- family: session\n-- kind: check\n${header === '' ? '' : `${header}\n`}${sql}\n`;

const alarm = ['check', 'alarm', './s.jsonl'];
const log = (text: string | Uint8Array): Files => ({ 's.jsonl': text });
const rest = (path: string) => {
  const hourAgo = Date.now() / 1000 - 3_600;
  utimesSync(path, hourAgo, hourAgo);
};

/** Older ones read a whole .zst through DuckDB, and cannot look into a broken one. */
const unpacksZstd = 'zstdDecompressSync' in zlib;

/** What a bare check says where only these are something else than skipped. */
const bare = (others: Record<string, Status>): Record<string, Status> => ({
  alarm: 'skipped',
  'clock-skew': 'skipped',
  'duplicate-sessions': 'skipped',
  'exhausted-rate': 'skipped',
  'first-shot-drop': 'skipped',
  'phantom-workers': 'skipped',
  'rejection-spike': 'skipped',
  'silent-daemon': 'skipped',
  'stamp-mismatch': 'skipped',
  'stuck-spans': 'skipped',
  unanswered: 'skipped',
  'ungrounded-unknown': 'skipped',
  'unknown-schema': 'skipped',
  'unnamed-workers': 'skipped',
  ...others,
});

/** What it says of a lake with sound sessions and nothing else. */
const sessionsOnly: Record<string, Status> = {
  ...Object.fromEntries(Object.keys(bare({})).map((name) => [name, 'pass'])),
  'phantom-workers': 'skipped',
  'stamp-mismatch': 'skipped',
  'stuck-spans': 'skipped',
  'unnamed-workers': 'skipped',
};

const nothingThere: Way[] = [
  {
    wrong: 'no lake',
    args: ['check', 'alarm'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/there is no lake at .*\/lake/, /lakeobs init/],
  },
  {
    wrong: 'no lake, all checks',
    args: ['check'],
    code: 2,
    checks: Object.fromEntries(Object.keys(bare({})).map((name) => [name, 'error'])),
    says: [/there is no lake at .* \(and 13 more\)/],
  },
  {
    wrong: 'a lake that is named and not there, beside a clean source in the config',
    files: { 'lakeobs.json': '{"sources":{"session":"s.jsonl"}}', ...log(lines(clean)) },
    args: ['check', 'alarm', '--lake', 'gone'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/there is no lake at .*\/gone/],
  },
  {
    wrong: 'a lake that is named in the environment and not there, beside an alarm',
    files: { 'lakeobs.json': '{"sources":{"session":"s.jsonl"}}', ...log(lines(alarming)) },
    env: { LAKEOBS_LAKE: 'gone' },
    args: ['check', 'alarm'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: there is no lake at .*\/gone/],
  },
  {
    wrong: 'no lake, which nobody named, beside a source in the config',
    files: { 'lakeobs.json': '{"lake":"later","sources":{"session":"s.jsonl"}}', ...log(lines(clean)) },
    args: ['check', 'alarm'],
    code: 0,
    checks: { alarm: 'pass' },
    says: [/1 judged/],
  },
  {
    wrong: 'a lake without a file',
    files: { 'lake/.lakeobs/x': '' },
    args: ['check', 'alarm'],
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/nothing to judge: population 0/, /--allow-empty/],
  },
  {
    wrong: 'a lake without a file, all checks',
    files: { 'lake/.lakeobs/x': '' },
    args: ['check'],
    code: 2,
    checks: bare({}),
    says: [/nothing was checked/, /no file holds session records/],
  },
  {
    wrong: 'a path that is not there',
    args: alarm,
    code: 2,
    checks: { alarm: 'error' },
    says: [/no such file or folder: \.\/s\.jsonl/, /Check the path/],
  },
  {
    wrong: 'a glob that matches nothing',
    args: ['check', 'alarm', './*.jsonl'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/no file matches \.\/\*\.jsonl/, /Check the pattern/],
  },
  {
    wrong: 'an empty folder',
    files: { 'logs/readme.txt': 'x' },
    args: ['check', 'alarm', './logs'],
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/nothing to judge/],
  },
  {
    wrong: 'nothing on standard input',
    args: ['check', 'alarm', '-'],
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/nothing to judge/, /--allow-empty/],
  },
  {
    wrong: 'an empty file',
    files: log(''),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/nothing to judge/, /--allow-empty/],
  },
  {
    wrong: 'a file of blank lines',
    files: log('\n\n  \r\n\n'),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/nothing to judge/],
  },
  {
    wrong: 'an empty family in a lake with others',
    files: { 'lake/session.jsonl': '', 'lake/observer.jsonl': lines(op) },
    args: ['check'],
    code: 2,
    checks: bare({
      alarm: 'inconclusive',
      'clock-skew': 'pass',
      'duplicate-sessions': 'inconclusive',
      'exhausted-rate': 'inconclusive',
      'first-shot-drop': 'inconclusive',
      'rejection-spike': 'inconclusive',
      'silent-daemon': 'inconclusive',
      unanswered: 'inconclusive',
      'ungrounded-unknown': 'inconclusive',
      'unknown-schema': 'pass',
    }),
    says: [/alarm: nothing to judge/],
  },
  {
    wrong: 'sessions, but none of them judged: population 0',
    files: log(lines(sessionLine({ kind: 'email', grounded_in_roster: undefined }))),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/population 0/, /--since/, /--allow-empty/],
  },
  {
    wrong: 'population 0, allowed',
    files: log(lines(sessionLine({ kind: 'email', grounded_in_roster: undefined }))),
    args: [...alarm, '--allow-empty'],
    code: 0,
    checks: { alarm: 'pass' },
    says: [/allow_empty: true \(--allow-empty\)/],
  },
  {
    wrong: '--since behind everything',
    files: log(lines(alarming)),
    args: [...alarm, '--since', '2027-01-01'],
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/population 0/, /from 2027-01-01/],
  },
  {
    wrong: '--require of an absent family',
    files: { 'lake/session.jsonl': lines(clean) },
    args: ['check', 'alarm', '--require', 'journal'],
    code: 2,
    checks: { alarm: 'pass' },
    says: [/--require journal: no record of it was found/],
  },
  {
    wrong: '--require of an absent family beside an alarm',
    files: { 'lake/session.jsonl': lines(alarming) },
    args: ['check', 'alarm', '--require', 'journal'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /not everything could be judged/],
  },
];

const oneFamily: Way[] = [
  {
    wrong: 'a bare check of a lake with sessions only',
    files: { 'lake/session.jsonl': lines(clean) },
    args: ['check'],
    code: 0,
    checks: sessionsOnly,
    says: [/no roster was given: --roster FILE/, /no file holds journal records/],
  },
  {
    wrong: 'a bare check of a lake with operations only',
    files: { 'lake/observer.jsonl': lines(op) },
    args: ['check'],
    code: 2,
    checks: bare({ 'clock-skew': 'pass', 'silent-daemon': 'inconclusive', 'unknown-schema': 'pass' }),
    says: [/nothing was checked: alarm: no file holds session records/],
  },
  {
    wrong: 'a bare check of a lake with a journal only',
    files: { 'lake/journal.jsonl': lines(logged) },
    args: ['check'],
    code: 2,
    checks: bare({
      'clock-skew': 'pass',
      'silent-daemon': 'inconclusive',
      'stuck-spans': 'inconclusive',
      'unknown-schema': 'pass',
    }),
    says: [/nothing was checked/, /no file holds session records/],
  },
  {
    wrong: 'a bare check of a lake with replays only',
    files: { 'lake/replay.jsonl': lines(replayed) },
    args: ['check'],
    code: 2,
    checks: bare({ 'clock-skew': 'pass', 'silent-daemon': 'inconclusive', 'unknown-schema': 'pass' }),
    says: [/nothing was checked/],
  },
];

const unreadable: Way[] = [
  {
    wrong: 'a folder where a log should be',
    files: { 'lake/session.jsonl/x.txt': '' },
    args: ['check', 'alarm'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/session\.jsonl: is a directory/, /move the folder/],
  },
  {
    wrong: 'a folder where a log should be, beside an alarm',
    files: { 'lake/journal.jsonl/x.txt': '', 'lake/session.jsonl': lines(alarming) },
    args: ['check', 'alarm'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: .*journal\.jsonl: is a directory/],
  },
  {
    wrong: 'a lake that is a file',
    files: log(lines(alarming)),
    args: ['check', 'alarm', '--lake', 's.jsonl'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/s\.jsonl/, /file where a folder should be/],
  },
  {
    wrong: 'a log without the right to read it',
    files: log(lines(alarming)),
    before: (folder) => chmodSync(join(folder, 's.jsonl'), 0o000),
    asNobody: true,
    args: alarm,
    code: 2,
    checks: { alarm: 'error' },
    says: [/cannot read .*s\.jsonl: permission denied/, /Check its permissions/],
  },
  {
    wrong: 'a log without the right to read it, in front of an alarm',
    files: { 'logs/a.jsonl': lines(clean), 'logs/b.jsonl': lines(alarming) },
    before: (folder) => chmodSync(join(folder, 'logs/a.jsonl'), 0o000),
    asNobody: true,
    args: ['check', 'alarm', './logs'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: cannot read .*a\.jsonl: permission denied/],
  },
  {
    wrong: 'a log in a lake without the right to read it, in front of an alarm',
    files: { 'lake/observer.jsonl': lines(op), 'lake/session.jsonl': lines(alarming) },
    before: (folder) => chmodSync(join(folder, 'lake/observer.jsonl'), 0o000),
    asNobody: true,
    args: ['check', 'alarm'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: cannot read .*observer\.jsonl: permission denied/],
  },
  {
    wrong: 'a folder without the right to enter it, in front of an alarm',
    files: { 'logs/a/a.jsonl': lines(clean), 'logs/b.jsonl': lines(alarming) },
    before: (folder) => chmodSync(join(folder, 'logs/a'), 0o000),
    asNobody: true,
    args: ['check', 'alarm', './logs'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: cannot read .*logs\/a: permission denied/],
  },
  {
    wrong: 'a folder that may be listed and not entered, in front of an alarm',
    files: { 'logs/a/a.jsonl': lines(clean), 'logs/b.jsonl': lines(alarming) },
    before: (folder) => chmodSync(join(folder, 'logs/a'), 0o444),
    asNobody: true,
    args: ['check', 'alarm', './logs'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: cannot read .*logs\/a\/a\.jsonl: permission denied/],
  },
  {
    wrong: 'a segment beside it that is a link to itself',
    files: { 'session.jsonl': lines(alarming) },
    before: (folder) => symlinkSync('session.000001.jsonl', join(folder, 'session.000001.jsonl')),
    args: ['check', 'alarm', './session.jsonl'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /not read: .*session\.000001\.jsonl/],
  },
  {
    wrong: 'a lake with a roster, and a link to itself that is no log',
    files: { 'lake/session.jsonl': lines(alarming), 'r.csv': 'worker_id\nW-1\n' },
    before: (folder) => symlinkSync('x.jsonl', join(folder, 'lake/x.jsonl')),
    args: ['check', 'alarm', 'phantom-workers', '--roster', 'r.csv'],
    code: 1,
    checks: { alarm: 'fail', 'phantom-workers': 'pass' },
    says: [/bad-1/, /not read: .*x\.jsonl/],
  },
  {
    wrong: 'a path behind a folder without the right to enter it',
    files: { 'logs/a.jsonl': lines(alarming) },
    before: (folder) => chmodSync(join(folder, 'logs'), 0o000),
    asNobody: true,
    args: ['check', 'alarm', './logs/a.jsonl'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/cannot read .*\/logs: permission denied/, /Check its permissions/],
  },
  {
    wrong: 'a lake behind a folder without the right to enter it',
    files: { 'home/lake/session.jsonl': lines(alarming) },
    before: (folder) => chmodSync(join(folder, 'home'), 0o000),
    asNobody: true,
    args: ['check', 'alarm', '--lake', 'home/lake'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/home\/lake: permission denied/],
  },
  {
    wrong: 'a lake behind a folder without the right to enter it, beside a clean source in the config',
    files: {
      'home/lake/session.jsonl': lines(alarming),
      'lakeobs.json': '{"lake":"home/lake","sources":{"session":"s.jsonl"}}',
      ...log(lines(clean)),
    },
    before: (folder) => chmodSync(join(folder, 'home'), 0o000),
    asNobody: true,
    args: ['check', 'alarm'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/home\/lake: permission denied/],
  },
  {
    wrong: 'a link that leads to itself',
    before: (folder) => symlinkSync('s.jsonl', join(folder, 's.jsonl')),
    args: alarm,
    code: 2,
    checks: { alarm: 'error' },
    says: [/cannot read \.\/s\.jsonl: too many symbolic links/, /Check where the link leads/],
  },
  {
    wrong: 'a link that leads to itself in a folder, in front of an alarm',
    files: { 'logs/b.jsonl': lines(alarming) },
    before: (folder) => symlinkSync('a.jsonl', join(folder, 'logs/a.jsonl')),
    args: ['check', 'alarm', './logs'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: cannot read .*a\.jsonl: too many symbolic links/],
  },
  {
    wrong: 'a source in the config that is a link to itself',
    files: { 'lakeobs.json': '{"sources":{"session":"s.jsonl"}}' },
    before: (folder) => symlinkSync('s.jsonl', join(folder, 's.jsonl')),
    args: ['check', 'alarm'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/cannot read .*s\.jsonl: too many symbolic links/],
  },
  {
    wrong: 'a link to nothing in a folder beside an alarm',
    files: { 'logs/a.jsonl': lines(alarming) },
    before: (folder) => symlinkSync('gone.jsonl', join(folder, 'logs/b.jsonl')),
    args: ['check', 'alarm', './logs'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /b\.jsonl/],
  },
  {
    wrong: 'a link to nothing in a folder in front of an alarm',
    files: { 'logs/b.jsonl': lines(alarming) },
    before: (folder) => symlinkSync('gone.jsonl', join(folder, 'logs/a.jsonl')),
    args: ['check', 'alarm', './logs'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: .*a\.jsonl/],
  },
  {
    wrong: 'a path that is not there beside a clean one',
    files: log(lines(clean)),
    args: [...alarm, './gone.jsonl'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/no such file or folder: \.\/gone\.jsonl/],
  },
  {
    wrong: 'a path that is not there beside an alarm',
    files: log(lines(alarming)),
    args: [...alarm, './gone.jsonl'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: .*gone\.jsonl/],
  },
  {
    wrong: 'a path that is not there beside a warning',
    files: log(lines(sessionLine({ artifact: undefined }))),
    args: ['check', 'unanswered', './s.jsonl', './gone.jsonl'],
    code: 2,
    checks: { unanswered: 'warn' },
    says: [/unanswered: 1 finding.*beside it: .*gone\.jsonl/],
  },
  {
    wrong: 'a path that is not there beside a warning that counts',
    files: log(lines(sessionLine({ artifact: undefined }))),
    args: ['check', 'unanswered', './s.jsonl', './gone.jsonl', '--fail-on', 'warn'],
    code: 1,
    checks: { unanswered: 'warn' },
    says: [/unanswered: 1 finding; not everything could be judged/, /beside it: .*gone\.jsonl/],
  },
  {
    wrong: 'several paths that are not there',
    files: log(lines(clean)),
    args: [...alarm, './gone.jsonl', './lost.jsonl', './nowhere/'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/no such file or folder: \.\/gone\.jsonl.*\(and 2 more that cannot be read\)/],
  },
  {
    wrong: 'a path given twice, and by two names',
    files: log(lines(clean, alarming)),
    before: (folder) => symlinkSync('s.jsonl', join(folder, 'again.jsonl')),
    args: [...alarm, './s.jsonl', './again.jsonl'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/1 finding in a population of 2/, /scanned +1 file/],
  },
];

const damaged: Way[] = [
  {
    wrong: 'a line that is no record',
    files: log(lines(clean, torn, clean)),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/1 damaged range could not be read \(.*s\.jsonl, line 2\)/, /--allow-damage/, /repair --accept/],
  },
  {
    wrong: 'an alarm beside a line that is no record',
    files: log(lines(alarming, torn)),
    args: alarm,
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: 1 damaged range/, /not everything could be judged/],
  },
  {
    wrong: 'a line that is no record, allowed',
    files: log(lines(clean, torn)),
    args: [...alarm, '--allow-damage'],
    code: 0,
    checks: { alarm: 'pass' },
    says: [/allowed: 1 damaged range/, /not everything could be judged/],
  },
  {
    wrong: 'a line that is no record, accepted',
    files: { 'lake/session.000001.jsonl': lines(clean, torn) },
    before: (folder) => lakeobs(['repair', '--accept', '--reason', 'seen'], { cwd: folder }),
    args: ['check', 'alarm'],
    code: 0,
    checks: { alarm: 'pass' },
    says: [/1 damaged range accepted as known/],
  },
  {
    wrong: 'a file cut in its last line, at rest',
    files: log(`${clean}\n${clean.slice(0, 70)}`),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/1 damaged range .*line 2/],
  },
  {
    wrong: 'a last line that is being written',
    files: log(`${clean}\n`),
    meanwhile: (folder) => writing(join(folder, 's.jsonl')),
    args: alarm,
    code: 0,
    checks: { alarm: 'pass' },
    says: [/1 torn tail/],
  },
  {
    wrong: 'a last line that is being written, behind an alarm',
    files: log(`${alarming}\n`),
    meanwhile: (folder) => writing(join(folder, 's.jsonl')),
    args: alarm,
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /1 torn tail/],
  },
  {
    wrong: 'a .gz that is cut',
    files: { 's.jsonl.gz': zlib.gzipSync(lines(clean, clean)).subarray(0, -30) },
    args: ['check', 'alarm', './s.jsonl.gz'],
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/damaged range.*s\.jsonl\.gz/],
  },
  {
    wrong: 'a .gz that is cut behind an alarm',
    files: {
      's.jsonl.gz': zlib
        .gzipSync(
          lines(alarming, ...Array.from({ length: 400 }, (_, at) => sessionLine({ prompt: `p${Math.sin(at)}` }))),
        )
        .subarray(0, -200),
    },
    args: ['check', 'alarm', './s.jsonl.gz'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /damaged range/],
  },
  {
    wrong: 'a .gz that is none',
    files: { 's.jsonl.gz': lines(clean) },
    args: ['check', 'alarm', './s.jsonl.gz'],
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/s\.jsonl\.gz/],
  },
  {
    wrong: 'a .zst that is cut',
    files: { 's.jsonl.zst': zstd(lines(clean, clean)).subarray(0, -30) },
    args: ['check', 'alarm', './s.jsonl.zst'],
    code: 2,
    ...(unpacksZstd
      ? { checks: { alarm: 'inconclusive' }, says: [/damaged range.*s\.jsonl\.zst/] }
      : { checks: { alarm: 'error' }, says: [/cannot unpack .*s\.jsonl\.zst: Node .* has no zstd/, /zstd -d/] }),
  },
  {
    wrong: 'a .zst that is cut, in front of an alarm',
    files: { 'logs/a.jsonl.zst': zstd(lines(clean, clean)).subarray(0, -30), 'logs/b.jsonl': lines(alarming) },
    args: ['check', 'alarm', './logs'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: .*a\.jsonl\.zst/],
  },
  {
    wrong: 'a .zst that is whole',
    files: { 's.jsonl.zst': zstd(lines(clean, alarming)) },
    args: ['check', 'alarm', './s.jsonl.zst'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/1 finding in a population of 2/],
  },
  {
    wrong: 'pretty-printed JSON',
    files: log(JSON.stringify(JSON.parse(alarming), null, 2)),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/1 damaged range/],
  },
  {
    wrong: 'CSV',
    files: log(`session_id,flag\n${Array.from({ length: 1_200 }, (_, at) => `s${at},true`).join('\n')}\n`),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/1 damaged range/],
  },
  {
    wrong: 'bytes that are no text',
    files: log(Uint8Array.from({ length: 4_096 }, (_, at) => (at * 167 + 13) % 256)),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/damaged range/],
  },
  {
    wrong: 'a key written twice in a column it reads',
    files: log(lines(clean, clean.replace('"grounded_in_roster":true', '$&,"grounded_in_roster":false'))),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/"grounded_in_roster" is written twice in 1 record\(s\) of .*s\.jsonl/, /--allow-damage/],
  },
  {
    wrong: 'a key written twice in a column it does not read',
    files: log(lines(clean, clean.replace('"provider":"p"', '$&,"provider":"q"'))),
    args: alarm,
    code: 0,
    checks: { alarm: 'pass' },
    says: [/PASS/],
  },
  {
    wrong: 'a damaged line of a family it does not judge',
    files: { 'lake/session.jsonl': lines(clean), 'lake/observer.jsonl': lines('{"endpoint":"/x","succ') },
    args: ['check', 'alarm'],
    code: 0,
    checks: { alarm: 'pass' },
    says: [/PASS/, /1 damaged range in quarantine/],
  },
  {
    wrong: 'records of an unknown version beside known ones',
    files: log(lines(clean, sessionLine({ schema: 'session.iterate.v9' }))),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/1 record has a schema version this lakeobs does not know/, /--allow-damage/],
  },
  {
    wrong: 'records of an unknown version only',
    files: log(lines(sessionLine({ schema: 'session.iterate.v9' }), sessionLine({ schema: 'session.iterate.v2' }))),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/2 records have a schema version/],
  },
  {
    wrong: 'records of an unknown version beside an alarm',
    files: log(lines(alarming, sessionLine({ schema: 'session.iterate.v9' }))),
    args: alarm,
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /beside it: 1 record has a schema version/],
  },
  {
    wrong: 'an index whose Parquet was overwritten',
    files: { 'lake/session.jsonl': lines(clean, alarming) },
    before: async (folder) => {
      await lakeobs(['index'], { cwd: folder });
      const shelf = join(folder, 'lake/.lakeobs/columnar');
      const pieces = readdirSync(shelf, { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.parquet'),
      );
      expect(pieces).not.toEqual([]);
      for (const name of pieces) writeFileSync(join(shelf, name), 'PAR1 no more PAR1');
    },
    args: ['check', 'alarm'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/],
  },
];

const values: Way[] = [
  {
    wrong: 'a flag that is null, alone',
    files: log(flagged(null)),
    args: alarm,
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/population 0/],
  },
  {
    wrong: 'a flag that is null, beside a clean one',
    files: log(`${flagged(null)}${clean}\n`),
    args: [...alarm, 'ungrounded-unknown'],
    code: 0,
    checks: { alarm: 'pass', 'ungrounded-unknown': 'warn' },
    says: [/1 judged/],
  },
  ...['false', 0, 'maybe', 1, 'TRUE', 'yes', '', [], {}].map(
    (flag): Way => ({
      wrong: `a flag that is ${JSON.stringify(flag)}`,
      files: log(flagged(flag)),
      args: alarm,
      code: 1,
      checks: { alarm: 'fail' },
      says: [/bad-1/, /1 finding in a population of 1/],
    }),
  ),
  {
    wrong: 'a flag that is the text "true"',
    files: log(flagged('true')),
    args: alarm,
    code: 0,
    checks: { alarm: 'pass' },
    says: [/1 judged/],
  },
  {
    wrong: 'a time nobody can read, under --since',
    files: log(lines(sessionLine({ session_id: 'bad-1', grounded_in_roster: false, timestamp: 'soonish' }))),
    args: [...alarm, '--since', '2027-01-01'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/],
  },
];

const hostile = '\u001b[31m::error::x%0A##[group]]]>&<b>"\u0007\u0000|`![](x)';

values.push({
  wrong: 'an id made to break whatever prints it',
  files: log(lines(clean, sessionLine({ session_id: hostile, daemon: hostile, grounded_in_roster: false }))),
  args: alarm,
  code: 1,
  checks: { alarm: 'fail' },
  says: [/^[^\u0000-\u0009\u000b-\u001f]*$/],
});

const calls: Way[] = [
  {
    wrong: 'an option there is none of',
    files: log(lines(alarming)),
    args: [...alarm, '--alow-empty'],
    code: 2,
    says: [/unknown option '--alow-empty'\. Did you mean --allow-empty\?/, /lakeobs check --help/],
  },
  {
    wrong: 'a check there is none of',
    files: log(lines(alarming)),
    args: ['check', 'alram', './s.jsonl'],
    code: 2,
    says: [/"alram"/, /alarm/],
  },
  {
    wrong: 'a query where a check belongs',
    files: log(lines(clean)),
    args: ['check', 'first-shot', './s.jsonl'],
    code: 2,
    says: [/first-shot is a query, not a check/, /lakeobs query/],
  },
  {
    wrong: 'a time that is none',
    files: log(lines(clean)),
    args: [...alarm, '--since', 'soonish'],
    code: 2,
    says: [/--since: "soonish" is no time/, /24h/],
  },
  {
    wrong: 'a param no check has',
    files: log(lines(clean)),
    args: [...alarm, '-p', 'n=3'],
    code: 2,
    says: [/no check of this run has a param "n"/],
  },
  {
    wrong: 'a tag nobody has',
    files: log(lines(clean)),
    args: ['check', './s.jsonl', '--tag', 'alram'],
    code: 2,
    says: [/no check has the tag "alram"/, /alarm/],
  },
  {
    wrong: 'every check excluded',
    files: log(lines(alarming)),
    args: [...alarm, '--exclude', 'alarm'],
    code: 2,
    checks: {},
    says: [/there is no check to run/, /--exclude/],
  },
  {
    wrong: 'an exclusion there is none of',
    files: log(lines(alarming)),
    args: ['check', './s.jsonl', '--exclude', 'alram'],
    code: 2,
    says: [/--exclude: there is no check "alram"/, /alarm/],
  },
  {
    wrong: 'a family there is none of',
    files: log(lines(clean)),
    args: [...alarm, '--require', 'sesion'],
    code: 2,
    says: [/sesion/, /session/],
  },
  {
    wrong: 'an output of no known kind',
    files: log(lines(clean)),
    args: [...alarm, '-o', 'out.xyz'],
    code: 2,
    says: [/the suffix does not tell the format/, /\.sarif/],
  },
  {
    wrong: 'an output in a folder that is not there, beside a clean log',
    files: log(lines(clean)),
    args: [...alarm, '-o', 'no/out.md'],
    code: 2,
    documented: 0,
    checks: { alarm: 'pass' },
    says: [/no\/out\.md/],
  },
  {
    wrong: 'an output in a folder that is not there, beside an alarm',
    files: log(lines(alarming)),
    args: [...alarm, '-o', 'no/out.md'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /no\/out\.md/],
  },
  {
    wrong: 'a config with a key there is none of',
    files: { 'lakeobs.json': '{"lakes":"x"}', ...log(lines(alarming)) },
    args: alarm,
    code: 2,
    says: [/lakeobs\.json/, /unknown key "lakes".*lake/],
  },
  {
    wrong: 'a config that is no JSON',
    files: { 'lakeobs.json': '{"lake":', ...log(lines(alarming)) },
    args: alarm,
    code: 2,
    says: [/lakeobs\.json/],
  },
  {
    wrong: 'a config that is not there',
    files: log(lines(alarming)),
    args: [...alarm, '--config', './gone.json'],
    code: 2,
    says: [/cannot read the config.*gone\.json/],
  },
  {
    wrong: 'a config with a check there is none of',
    files: { 'lakeobs.json': '{"checks":{"alram":{"severity":"warn"}}}', ...log(lines(alarming)) },
    args: alarm,
    code: 2,
    says: [/lakeobs\.json: checks: there is no check "alram"\. Did you mean alarm\?/],
  },
  {
    wrong: 'a source in the config that is not there',
    files: { 'lakeobs.json': '{"sources":{"session":"logs/session.jsonl"}}' },
    args: ['check', 'alarm'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/the config names .*logs\/session\.jsonl for session, and it does not exist/, /Correct sources\.session/],
  },
  {
    wrong: 'a time-out',
    files: log(lines(alarming)),
    args: [...alarm, '--timeout', '1ms'],
    code: 2,
    checks: { alarm: 'error' },
    says: [/1 ?ms|time/i, /--timeout/],
  },
];

const manyChecks = (stem: string, count: number, sql: string, header = '-- severity: error'): Files =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `queries/${stem}-${at}.sql`,
      own(sql, `-- tags: many\n-- identity: session_id\n${header}`),
    ]),
  );

const ownChecks: Way[] = [
  {
    wrong: 'an own query with the name of a bundled one',
    files: {
      'lakeobs.json': '{"queries":["queries"]}',
      'queries/alarm.sql': own('SELECT 1 AS x WHERE false'),
      ...log(lines(alarming)),
    },
    args: ['check', './s.jsonl'],
    code: 2,
    says: [/queries\/alarm\.sql/, /bundled query cannot be replaced/],
  },
  {
    wrong: 'a header that cannot be read',
    files: { 'own.sql': own('SELECT 1 AS x', '-- severty: warn'), ...log(lines(alarming)) },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    says: [/own\.sql:4: unknown header key "severty"/, /severity/],
  },
  {
    wrong: 'a header that cannot be read, in a folder of own checks, beside an alarm',
    files: {
      'lakeobs.json': '{"queries":["queries"],"checks":{"own":{"severity":"warn"}}}',
      'queries/own.sql': own('SELECT 1 AS x', '-- severty: warn'),
      'lake/session.jsonl': lines(alarming),
    },
    args: ['check'],
    code: 1,
    checks: { ...sessionsOnly, alarm: 'fail', own: 'error' },
    says: [/bad-1/, /own\.sql:4: unknown header key "severty"/],
  },
  {
    wrong: 'a header that cannot be read, in a folder of own checks, and one tag asked for',
    files: {
      'lakeobs.json': '{"queries":["queries"]}',
      'queries/own.sql': own('SELECT 1 AS x', '-- severty: warn'),
      'lake/session.jsonl': lines(clean),
    },
    args: ['check', '--tag', 'grounding', '--exclude', 'phantom-workers', '--exclude', 'stamp-mismatch'],
    code: 2,
    checks: { alarm: 'pass', own: 'error', 'ungrounded-unknown': 'pass', 'unnamed-workers': 'skipped' },
    says: [/own: .*own\.sql:4: unknown header key "severty"/],
  },
  {
    wrong: 'a header that cannot be read, of a check that is disabled',
    files: {
      'lakeobs.json': '{"queries":["queries"],"checks":{"own":{"enabled":false}}}',
      'queries/own.sql': own('SELECT 1 AS x', '-- severty: warn'),
      'lake/session.jsonl': lines(clean),
    },
    args: ['check'],
    code: 0,
    checks: { ...sessionsOnly, own: 'skipped' },
    says: [/disabled in .*lakeobs\.json/],
  },
  {
    wrong: 'a param without a value, in a folder of own checks, beside an alarm',
    files: {
      'lakeobs.json': '{"queries":["queries"]}',
      'queries/own.sql': own('SELECT session_id FROM sessions WHERE iterations > $most', '-- param: most int'),
      'lake/session.jsonl': lines(alarming),
    },
    args: ['check'],
    code: 1,
    checks: { ...sessionsOnly, alarm: 'fail', own: 'error' },
    says: [/bad-1/, /its param most has no value: give it with -p most=/],
  },
  {
    wrong: 'SQL that cannot run',
    files: { 'own.sql': own('SELECT sesion_id FROM sessions'), ...log(lines(clean)) },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/sesion_id/, /session_id/],
  },
  {
    wrong: 'SQL that is refused',
    files: { 'own.sql': own("SELECT * FROM read_text('/etc/passwd')"), ...log(lines(clean)) },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/read_text/],
  },
  {
    wrong: 'SQL that breaks off at a row',
    files: {
      'own.sql': own(
        "SELECT session_id, CASE WHEN session_id = 's1' THEN error('stop') END AS x FROM sessions ORDER BY ts",
      ),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/stop/],
  },
  {
    wrong: 'a population that is no number',
    files: {
      'own.sql': own('SELECT session_id FROM sessions WHERE false', '-- population: SELECT max(model) FROM sessions'),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/population must be one SELECT that gives one number/],
  },
  {
    wrong: 'a population that is NULL',
    files: {
      'own.sql': own(
        'SELECT session_id FROM sessions WHERE false',
        '-- population: SELECT max(iterations) FROM sessions WHERE false',
      ),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/population must be one SELECT that gives one number/],
  },
  {
    wrong: 'a population below nothing',
    files: {
      'own.sql': own('SELECT session_id FROM sessions WHERE false', '-- population: SELECT -1'),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/population/],
  },
  {
    wrong: 'a promised column the result has not',
    files: {
      'own.sql': own('SELECT session_id FROM sessions WHERE false', '-- columns: session_id, model'),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/promises the column model/],
  },
  {
    wrong: 'a population that is no whole number',
    files: {
      'own.sql': own('SELECT session_id FROM sessions WHERE false', '-- population: SELECT 0.5'),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/population must be one SELECT that gives one number/],
  },
  {
    wrong: 'a population of two rows',
    files: {
      'own.sql': own('SELECT session_id FROM sessions WHERE false', '-- population: SELECT 1 FROM sessions'),
      ...log(lines(clean, clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/population must be one SELECT that gives one number/],
  },
  {
    wrong: 'an identity by a column the result has not',
    files: {
      'own.sql': own('SELECT session_id, model FROM sessions WHERE false', '-- identity: session_id, daemon'),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'error' },
    says: [/its identity names the column daemon, and its result has none/],
  },
  {
    wrong: 'an identity by a column the result has not, beside findings',
    files: {
      'own.sql': own('SELECT session_id, model FROM sessions ORDER BY session_id', '-- identity: session_id, daemon'),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 1,
    checks: { own: 'fail' },
    says: [/1 finding; beside it: its identity names the column daemon/],
  },
  {
    wrong: 'two checks of one name',
    files: { 'a/own.sql': own('SELECT 1 AS x'), 'b/own.sql': own('SELECT 1 AS x'), ...log(lines(clean)) },
    args: ['check', './a/own.sql', './b/own.sql', './s.jsonl'],
    code: 2,
    says: [/a\/own\.sql and .*b\/own\.sql have the same name/, /Rename one/],
  },
  {
    wrong: 'a param without a value',
    files: {
      'own.sql': own('SELECT session_id FROM sessions WHERE iterations > $most', '-- param: most int'),
      ...log(lines(clean)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    says: [/most/, /-p most=/],
  },
  {
    wrong: 'SQL that never ends, and a time-out, beside an alarm',
    files: {
      'own.sql': own(
        'SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 7 HAVING count(*) > 0',
      ),
      ...log(lines(alarming)),
    },
    args: ['check', 'alarm', './own.sql', './s.jsonl', '--timeout', '4s'],
    code: 1,
    checks: { alarm: 'fail', own: 'error' },
    says: [/bad-1/, /4s|4,?000|time/],
  },
  {
    wrong: 'two failing checks and a broken one',
    files: {
      'own.sql': own('SELECT session_id FROM sessions ORDER BY session_id'),
      'broken.sql': own('SELECT sesion_id FROM sessions'),
      ...log(lines(clean, alarming)),
    },
    args: ['check', 'alarm', './own.sql', './broken.sql', './s.jsonl'],
    code: 1,
    checks: { alarm: 'fail', own: 'fail', broken: 'error' },
    says: [/alarm, own: 3 findings; not everything could be judged/, /bad-1/, /sesion_id/],
  },
  {
    wrong: 'a broken check that would only warn',
    files: { 'own.sql': own('SELECT x FROM sessions', '-- severity: warn'), ...log(lines(clean)) },
    args: ['check', 'alarm', './own.sql', './s.jsonl'],
    code: 2,
    checks: { alarm: 'pass', own: 'error' },
    says: [/own: .*x/],
  },
  {
    wrong: 'more checks that find something, and that are broken, than a report has room for',
    files: {
      'lakeobs.json': '{"queries":["queries"]}',
      ...manyChecks('fails', 15, 'SELECT session_id, i FROM sessions, range(200) t(i) ORDER BY ALL'),
      ...manyChecks(
        'warns',
        15,
        'SELECT session_id, i FROM sessions, range(200) t(i) ORDER BY ALL',
        '-- severity: warn',
      ),
      ...manyChecks('broken', 15, 'SELECT sesion_id FROM sessions'),
      ...log(lines(clean)),
    },
    args: ['check', '--tag', 'many', './s.jsonl'],
    code: 1,
    checks: Object.fromEntries(
      (
        [
          ['broken', 'error'],
          ['fails', 'fail'],
          ['warns', 'warn'],
        ] as const
      ).flatMap(([stem, status]) => Array.from({ length: 15 }, (_, at) => [`${stem}-${at}`, status])),
    ),
    says: [/45 checks: 15 failed, 15 could not run, 15 warned/, /tag: many \(--tag\)/],
  },
  {
    wrong: 'rows over warn_if and within error_if: a warning, and no report shows more than that',
    files: {
      'own.sql': own('SELECT session_id FROM sessions ORDER BY session_id', '-- error_if: > 3\n-- warn_if: > 0'),
      's.jsonl': lines(clean),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 0,
    checks: { own: 'warn' },
    says: [/1 finding in a population of 1, fails from > 3/],
  },
  {
    wrong: 'a folder of checks, named where logs are',
    files: { 'queries/own.sql': own('SELECT nosuch FROM sessions'), 's.jsonl': lines(clean) },
    args: ['check', './queries/', './s.jsonl'],
    code: 2,
    says: [/\.\/queries\/ is a folder of \.sql files without a log/, /queries\/own\.sql.*"queries" in lakeobs\.json/],
  },
  {
    wrong: 'the alarm in a file that another program rotated',
    files: { 'logs/s.jsonl': lines(clean), 'logs/s.jsonl.1': lines(alarming) },
    args: ['check', 'alarm', './logs'],
    code: 0,
    checks: { alarm: 'pass' },
    says: [/not read: .*logs\/s\.jsonl\.1; in a folder a log ends in/],
  },
  {
    wrong: 'a threshold that is not reached',
    files: {
      'own.sql': own('SELECT session_id FROM sessions ORDER BY session_id', '-- error_if: > 3'),
      ...log(lines(clean, alarming)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 0,
    checks: { own: 'pass' },
    says: [/2 findings in a population of 2, fails from > 3/],
  },
  {
    wrong: 'a threshold that is not reached beside a damaged line',
    files: {
      'own.sql': own('SELECT session_id FROM sessions ORDER BY session_id', '-- error_if: > 3'),
      ...log(lines(clean, alarming, torn)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'inconclusive' },
    says: [/2 findings in a population of 2, fails from > 3/, /1 damaged range/],
  },
  {
    wrong: 'a threshold below a number, beside a damaged line',
    files: {
      'own.sql': own('SELECT session_id FROM sessions ORDER BY session_id', '-- error_if: < 5'),
      ...log(lines(clean, torn)),
    },
    args: ['check', './own.sql', './s.jsonl'],
    code: 2,
    checks: { own: 'inconclusive' },
    says: [/1 damaged range/],
  },
  {
    wrong: 'a check that is disabled, named all the same',
    files: { 'lakeobs.json': '{"checks":{"alarm":{"enabled":false}}}', ...log(lines(alarming)) },
    args: alarm,
    code: 2,
    checks: { alarm: 'skipped' },
    says: [/disabled in .*lakeobs\.json/, /alarm\.enabled: false/],
  },
  {
    wrong: 'an alarm that only warns, because somebody said so',
    files: { 'lakeobs.json': '{"checks":{"alarm":{"severity":"warn"}}}', 'lake/session.jsonl': lines(alarming) },
    args: ['check'],
    code: 0,
    checks: { ...sessionsOnly, alarm: 'warn' },
    says: [/1 warning/, /alarm\.severity: warn/, /no roster was given/],
  },
  {
    wrong: 'an alarm that fails from a number on which is not reached',
    files: {
      'lakeobs.json': '{"checks":{"alarm":{"severity":"warn","error_if":"> 3"}}}',
      'lake/session.jsonl': lines(alarming),
    },
    args: ['check'],
    code: 0,
    checks: { ...sessionsOnly, alarm: 'warn' },
    says: [/1 finding in a population of 1, fails from > 3/],
  },
  {
    wrong: 'an alarm that fails from a number on, beside a damaged line',
    files: {
      'lakeobs.json': '{"checks":{"alarm":{"severity":"warn","error_if":"> 3"}}}',
      ...log(lines(alarming, torn)),
    },
    args: ['check', 'alarm', 'clock-skew', './s.jsonl', '--allow-empty'],
    code: 2,
    checks: { alarm: 'inconclusive', 'clock-skew': 'inconclusive' },
    says: [/alarm: 1 damaged range/, /1 finding in a population of 1, warns from|fails from > 3/],
  },
  {
    wrong: 'a warning, and --fail-on warn',
    files: log(lines(sessionLine({ artifact: undefined }))),
    args: ['check', 'unanswered', './s.jsonl', '--fail-on', 'warn'],
    code: 1,
    checks: { unanswered: 'warn' },
    says: [/unanswered: 1 finding/, /fail_on: warn \(--fail-on\)/],
  },
  {
    wrong: 'a warning without --fail-on warn',
    files: log(lines(sessionLine({ artifact: undefined }))),
    args: ['check', 'unanswered', './s.jsonl'],
    code: 0,
    checks: { unanswered: 'warn' },
    says: [/1 warning/],
  },
  {
    wrong: 'a warning that cannot be judged, alone',
    files: log(lines(clean, torn)),
    args: ['check', 'unanswered', './s.jsonl'],
    code: 2,
    checks: { unanswered: 'inconclusive' },
    says: [/nothing was judged: unanswered: 1 damaged range/],
  },
];

const rosterChecks = { 'phantom-workers': 'pass', 'stamp-mismatch': 'pass' } as const;
const roster = (...more: string[]) => ['check', 'phantom-workers', 'stamp-mismatch', './s.jsonl', ...more];

const rosters: Way[] = [
  {
    wrong: 'no roster, and a check named that needs one',
    files: log(lines(clean)),
    args: ['check', 'alarm', 'phantom-workers', './s.jsonl'],
    code: 2,
    checks: { alarm: 'pass', 'phantom-workers': 'skipped' },
    says: [/not checked: phantom-workers: no roster was given: --roster FILE/],
  },
  {
    wrong: 'a roster that is not there',
    files: log(lines(clean)),
    args: roster('--roster', 'gone.csv'),
    code: 2,
    checks: { 'phantom-workers': 'error', 'stamp-mismatch': 'error' },
    says: [/there is no roster at .*gone\.csv/, /Check the path/],
  },
  {
    wrong: 'a roster that is not there, beside an alarm',
    files: log(lines(alarming)),
    args: ['check', 'alarm', 'phantom-workers', './s.jsonl', '--roster', 'gone.csv'],
    code: 1,
    checks: { alarm: 'fail', 'phantom-workers': 'error' },
    says: [/bad-1/, /gone\.csv/],
  },
  {
    wrong: 'a roster that is a link to itself, beside an alarm',
    files: log(lines(alarming)),
    before: (folder) => symlinkSync('r.csv', join(folder, 'r.csv')),
    args: ['check', 'alarm', 'phantom-workers', './s.jsonl', '--roster', 'r.csv'],
    code: 1,
    checks: { alarm: 'fail', 'phantom-workers': 'error' },
    says: [/bad-1/, /r\.csv/, /too many symbolic links/],
  },
  {
    wrong: 'a roster without the right to read it, beside an alarm',
    files: { 'r.csv': 'worker_id\nW-1\n', ...log(lines(alarming)) },
    before: (folder) => chmodSync(join(folder, 'r.csv'), 0o000),
    asNobody: true,
    args: ['check', 'alarm', 'phantom-workers', './s.jsonl', '--roster', 'r.csv'],
    code: 1,
    checks: { alarm: 'fail', 'phantom-workers': 'error' },
    says: [/bad-1/, /r\.csv/, /permission denied/],
  },
  {
    wrong: 'a roster that is a folder',
    files: { 'r.csv/x': '', ...log(lines(clean)) },
    args: roster('--roster', 'r.csv'),
    code: 2,
    checks: { 'phantom-workers': 'error', 'stamp-mismatch': 'error' },
    says: [/the roster .*r\.csv is a folder/],
  },
  {
    wrong: 'an empty roster',
    files: { 'r.csv': 'worker_id\n', ...log(lines(clean)) },
    args: roster('--roster', 'r.csv'),
    code: 2,
    checks: { 'phantom-workers': 'inconclusive', 'stamp-mismatch': 'inconclusive' },
    says: [/the roster .*r\.csv holds no id/],
  },
  {
    wrong: 'an empty roster, whatever is allowed',
    files: { 'r.csv': '', ...log(lines(clean)) },
    args: roster('--roster', 'r.csv', '--allow-empty', '--allow-damage'),
    code: 2,
    checks: { 'phantom-workers': 'inconclusive', 'stamp-mismatch': 'inconclusive' },
    says: [/holds no id/],
  },
  {
    wrong: 'a roster with ids twice and blanks around them',
    files: { 'r.csv': 'worker_id\nW-1\n W-1 \n', ...log(lines(clean)) },
    args: roster('--roster', 'r.csv'),
    code: 0,
    checks: rosterChecks,
    says: [/1 id.*1 .*(twice|duplicate|already)/],
  },
  {
    wrong: 'a roster that does not say which column holds the ids',
    files: { 'r.csv': 'name,town\nAda,Bonn\n', ...log(lines(clean)) },
    args: roster('--roster', 'r.csv'),
    code: 2,
    checks: { 'phantom-workers': 'error', 'stamp-mismatch': 'error' },
    says: [/has no column known to hold ids: it has "name", "town"/, /--roster-column/],
  },
  {
    wrong: 'a roster without the column that is named',
    files: { 'r.csv': 'worker_id,town\nW-1,Bonn\n', ...log(lines(clean)) },
    args: roster('--roster', 'r.csv', '--roster-column', 'worker_di'),
    code: 2,
    checks: { 'phantom-workers': 'error', 'stamp-mismatch': 'error' },
    says: [/has no column "worker_di"/, /worker_id/],
  },
  {
    wrong: 'a roster cut in a quote',
    files: { 'r.csv': 'worker_id,town\nW-1,"Bonn\n', ...log(lines(clean)) },
    args: roster('--roster', 'r.csv'),
    code: 2,
    checks: { 'phantom-workers': 'error', 'stamp-mismatch': 'error' },
    says: [/r\.csv/, /quote/],
  },
  {
    wrong: 'a roster of no known kind',
    files: { 'r.xlsx': 'PK', ...log(lines(clean)) },
    args: roster('--roster', 'r.xlsx'),
    code: 2,
    checks: { 'phantom-workers': 'error', 'stamp-mismatch': 'error' },
    says: [/r\.xlsx/, /csv/],
  },
  {
    wrong: 'a worker the roster does not hold, stamped as if',
    files: {
      'r.csv': 'worker_id\n007\n',
      ...log(lines(sessionLine({ artifact: { fills: [{ candidate_id: '7' }] } }))),
    },
    args: roster('--roster', 'r.csv'),
    code: 1,
    checks: { 'phantom-workers': 'fail', 'stamp-mismatch': 'fail' },
    says: [/roster +.*r\.csv/],
  },
];

const baselined = (entry: object) =>
  `{\n  "schema": "lakeobs.baseline.v1",\n  "entries": [\n    ${JSON.stringify(entry)}\n  ]\n}\n`;
const accept = async (folder: string) =>
  expect(
    await lakeobs(['check', 'alarm', './s.jsonl', '--baseline', 'b.json', '--update-baseline', '--reason', 'seen'], {
      cwd: folder,
    }),
  ).toMatchObject({ code: 0 });

const earlierRuns: Way[] = [
  {
    wrong: 'a baseline that is not there',
    files: log(lines(alarming)),
    args: [...alarm, '--baseline', 'b.json'],
    code: 2,
    says: [/there is no baseline .*b\.json/, /--update-baseline/],
  },
  {
    wrong: 'a baseline that is damaged',
    files: { 'b.json': baselined({ check: 'alarm', fingerprint: 'x' }), ...log(lines(alarming)) },
    args: [...alarm, '--baseline', 'b.json'],
    code: 2,
    says: [/b\.json:4: .*fingerprint/],
  },
  {
    wrong: 'a baseline that accepts what is found',
    files: log(lines(clean, alarming)),
    before: accept,
    args: [...alarm, '--baseline', 'b.json'],
    code: 0,
    checks: { alarm: 'pass' },
    says: [/1 accepted by baseline/, /accepted, seen/],
  },
  {
    wrong: 'a baseline whose acceptance is over',
    files: log(lines(clean, alarming)),
    before: async (folder) => {
      await accept(folder);
      const file = join(folder, 'b.json');
      writeFileSync(file, readFileSync(file, 'utf8').replace('"expires":null', '"expires":"2020-01-01"'));
    },
    args: [...alarm, '--baseline', 'b.json'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/bad-1/, /the acceptance of 1 finding is over/],
  },
  {
    wrong: 'a baseline that accepts a session without an id, and another such session',
    files: log(lines(clean, nameless('2026-03-01T10:00:00Z'))),
    before: async (folder) => {
      await accept(folder);
      appendFileSync(join(folder, 's.jsonl'), lines(nameless('2026-03-02T10:00:00Z')));
      rest(join(folder, 's.jsonl'));
    },
    args: [...alarm, '--baseline', 'b.json'],
    code: 1,
    checks: { alarm: 'fail' },
    says: [/2026-03-02/, /1 finding in a population of 3; 1 accepted by baseline/],
  },
  {
    wrong: 'a baseline beside a damaged line that came later',
    files: log(lines(clean, alarming)),
    before: async (folder) => {
      await accept(folder);
      appendFileSync(join(folder, 's.jsonl'), `${torn}\n`);
      rest(join(folder, 's.jsonl'));
    },
    args: [...alarm, '--baseline', 'b.json'],
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/1 damaged range/, /1 accepted by baseline/],
  },
  {
    wrong: '--update-baseline where nothing can be judged',
    files: log(''),
    args: [...alarm, '--baseline', 'b.json', '--update-baseline'],
    code: 2,
    checks: { alarm: 'inconclusive' },
    says: [/nothing to judge/],
  },
  {
    wrong: '--since-last where nothing is new and something is gone',
    files: { 'lake/session.jsonl': lines(alarming, sessionLine({ session_id: 'bad-2', grounded_in_roster: false })) },
    before: async (folder) => {
      await lakeobs(['check', 'alarm', '--since-last'], { cwd: folder });
      writeFileSync(join(folder, 'lake/session.jsonl'), lines(alarming));
      rest(join(folder, 'lake/session.jsonl'));
    },
    args: ['check', 'alarm', '--since-last'],
    code: 0,
    checks: { alarm: 'pass' },
    says: [/1 known from the last run/, /0 new, 1 known, 1 resolved/, /session_id: bad-2/],
  },
  {
    wrong: '--since-last, and nowhere to remember',
    files: { 'lake/session.jsonl': lines(clean) },
    before: (folder) => chmodSync(join(folder, 'lake'), 0o555),
    asNobody: true,
    env: { XDG_STATE_HOME: '/dev/null/none' },
    args: ['check', 'alarm', '--since-last'],
    code: 2,
    says: [/since-last/],
  },
  {
    wrong: 'a baseline without the right to read it',
    files: { 'b.json': baselined({}), ...log(lines(alarming)) },
    before: (folder) => chmodSync(join(folder, 'b.json'), 0o000),
    asNobody: true,
    args: [...alarm, '--baseline', 'b.json'],
    code: 2,
    says: [/b\.json/, /permission denied/],
  },
  {
    wrong: '--since-last with a state that is damaged',
    files: { 'lake/session.jsonl': lines(alarming) },
    before: async (folder) => {
      await lakeobs(['check', 'alarm', '--since-last'], { cwd: folder });
      const states = join(folder, 'lake/since-last');
      for (const name of readdirSync(states)) writeFileSync(join(states, name), 'nonsense');
    },
    args: ['check', 'alarm', '--since-last'],
    code: 2,
    says: [/since-last/],
  },
];

/** A process that writes a line, byte for byte, and never ends it. */
function writing(path: string): ChildProcess {
  appendFileSync(path, torn);
  return spawn(process.execPath, [
    '-e',
    `setInterval(() => require('node:fs').appendFileSync(${JSON.stringify(path)}, ' '), 10)`,
  ]);
}

/** A zstd frame of one block that is not compressed (RFC 8878, 3.1.1). */
function zstd(text: string): Uint8Array {
  const content = Buffer.from(text);
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(content.length, 5);
  head.writeUIntLE((content.length << 3) | 1, 9, 3);
  return Buffer.concat([head, content]);
}

const root = mkdtempSync(join(tmpdir(), 'lakeobs-wrong-'));
chmodSync(root, 0o755);
afterAll(() => {
  giveRights(root);
  rmSync(root, { recursive: true, force: true });
});
let folders = 0;

/** Only then may everybody remove what is in it. */
function giveRights(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) giveRights(join(folder, entry.name));
}

async function stage({ files = {}, before }: Pick<Way, 'files' | 'before'>): Promise<string> {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  // Whoever types, may write his outputs.
  chmodSync(folder, 0o777);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    rest(path);
  }
  await before?.(folder);
  return folder;
}

const outputs = ['out.json', 'out.jsonl', 'out.xml', 'out.sarif', 'out.github'];

describe.concurrent.each([
  ['nothing there', nothingThere],
  ['one family', oneFamily],
  ['unreadable', unreadable],
  ['damaged', damaged],
  ['values', values],
  ['the call', calls],
  ['own checks and thresholds', ownChecks],
  ['rosters', rosters],
  ['earlier runs', earlierRuns],
])('%s', (_, ways) => {
  test.for(ways)('$wrong: exit $code', async (way) => {
    const folder = await stage(way);
    const other = way.meanwhile?.(folder);
    try {
      const ran = await lakeobs([...way.args, ...outputs.flatMap((output) => ['-o', output])], {
        cwd: folder,
        env: { XDG_STATE_HOME: join(folder, 'state'), ...way.env },
        ...(way.asNobody === true ? { asNobody: true } : {}),
      });
      const said = ran.stdout + ran.stderr;
      for (const words of way.says) expect(said).toMatch(words);
      expect(said).not.toMatch(/\n\s+at .*:\d+:\d+|bug in lakeobs|undefined|\[object/);
      expect(ran.code, said).toBe(way.code);
      if (way.checks === undefined) {
        expect(ran.stdout).toBe('');
        for (const output of outputs) expect(existsSync(join(folder, output))).toBe(false);
        return;
      }
      const text = (name: string) => readFileSync(join(folder, name), 'utf8');
      const verdict = JSON.parse(text('out.json'));
      expect(
        Object.fromEntries(verdict.checks.map((check: { name: string; status: Status }) => [check.name, check.status])),
      ).toEqual(way.checks);
      mustAgree(verdict, way.documented ?? ran.code);
      mustBeReadable(verdict, {
        junit: text('out.xml'),
        sarif: text('out.sarif'),
        github: text('out.github'),
        jsonl: text('out.jsonl'),
      });
    } finally {
      other?.kill();
    }
  });
});

describe.concurrent('whatever becomes of stdout, the verdict is the exit code', () => {
  const many = Array.from({ length: 4_000 }, (_, at) =>
    sessionLine({ session_id: `bad-${at}`, grounded_in_roster: false }),
  );
  const sh = async (line: string, ...all: string[]) => {
    const folder = await stage({ files: log(lines(...all)) });
    const shell = spawn('sh', ['-c', line], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', LAKEOBS: `${process.execPath} ${lakeobsBin}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    shell.stdout.on('data', (text) => {
      said += text;
    });
    shell.stderr.on('data', (text) => {
      said += text;
    });
    const code = await new Promise((resolve) => shell.on('close', resolve));
    return { code, said };
  };

  test.for([
    ['a pipe closed early', '{ $LAKEOBS check alarm ./s.jsonl --format jsonl; echo "code $?" >&2; } | head -1', 1],
    ['a pipe nobody reads', '{ $LAKEOBS check alarm ./s.jsonl --format jsonl; echo "code $?" >&2; } | true', 1],
    ['no stdout at all', '$LAKEOBS check alarm ./s.jsonl >&-; echo "code $?"', 1],
    ['no stdout and no stderr', '$LAKEOBS check alarm ./s.jsonl >&- 2>&-; echo "code $?"', 1],
    ['a full disk', '$LAKEOBS check alarm ./s.jsonl > /dev/full; echo "code $?"', 1],
  ] as const)('%s: an alarm', async ([, line, code]) => {
    const { said } = await sh(line, ...many);
    expect(said).toMatch(new RegExp(`^code ${code}$`, 'm'));
    expect(said).not.toMatch(/bug in lakeobs|\n\s+at /);
  });

  test.for([
    ['a pipe closed early', '{ $LAKEOBS check alarm ./s.jsonl; echo "code $?" >&2; } | true', 0],
    ['no stdout at all', '$LAKEOBS check alarm ./s.jsonl >&-; echo "code $?"', 0],
  ] as const)('%s: a clean log', async ([, line, code]) => {
    expect((await sh(line, clean)).said).toMatch(new RegExp(`^code ${code}$`, 'm'));
  });
});
