// The alarm, from outside: files written by hand, the exit code, the line that says why. Every way to be wrong in one table.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { lakeobs } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const clean = sessionLine();
const alarming = sessionLine({ session_id: 'bad-1', grounded_in_roster: false });

interface Case {
  name: string;
  file: string;
  code: 0 | 1 | 2;
  says: RegExp;
  args?: string[];
}

const cases: Case[] = [
  { name: 'a clean file', file: `${clean}\n`, code: 0, says: /PASS/ },
  { name: 'an alarm', file: `${clean}\n${alarming}\n`, code: 1, says: /bad-1/ },
  { name: 'an empty file', file: '', code: 2, says: /nothing to judge.*--allow-empty/s },
  { name: 'a file of blank lines', file: '\n\r\n\n', code: 2, says: /nothing to judge/ },
  { name: 'an empty file that may be empty', file: '', code: 0, says: /PASS/, args: ['--allow-empty'] },
  {
    name: 'sessions, but no accepted fill',
    file: `${sessionLine({ kind: 'email', grounded_in_roster: undefined })}\n`,
    code: 2,
    says: /population 0/,
  },
  {
    name: 'a damaged line beside clean ones',
    file: `${clean}\n{"schema":"session.iterate.v1","session_id":\n${clean}\n`,
    code: 2,
    says: /damaged range/,
  },
  {
    name: 'a damaged line that is allowed',
    file: `${clean}\n{"schema":"sess\n`,
    code: 0,
    says: /PASS/,
    args: ['--allow-damage'],
  },
  { name: 'an alarm beside a damaged line', file: `${alarming}\n{"schema":"sess\n`, code: 1, says: /bad-1/ },
  {
    name: 'an alarm right behind a line cut at a colon',
    file: `${clean}\n{"a":2,"s":\n${alarming}\n`,
    code: 1,
    says: /bad-1/,
  },
  {
    name: 'a file cut in its last line at rest',
    file: `${clean}\n${clean.slice(0, 60)}`,
    code: 2,
    says: /damaged range/,
  },
  { name: 'a whole last line without a newline', file: `${clean}\n${alarming}`, code: 1, says: /bad-1/ },
  {
    name: 'an unknown version',
    file: `${clean}\n${sessionLine({ schema: 'session.iterate.v9' })}\n`,
    code: 2,
    says: /schema version/,
  },
  {
    name: 'rows of an unknown version only',
    file: `${sessionLine({ schema: 'session.iterate.v2' })}\n`,
    code: 2,
    says: /schema version/,
  },
  {
    name: 'a line of no family beside clean ones',
    file: `${clean}\n{"hello":1}\n`,
    code: 0,
    says: /1 line of no known family/,
  },
  { name: 'a line null', file: `${clean}\nnull\n`, code: 2, says: /damaged range/ },
  {
    name: 'a flag that is the text "false"',
    file: `${sessionLine({ session_id: 'bad-1', grounded_in_roster: 'false' })}\n`,
    code: 1,
    says: /bad-1/,
  },
  {
    name: 'a flag that is 0',
    file: `${sessionLine({ session_id: 'bad-1', grounded_in_roster: 0 })}\n`,
    code: 1,
    says: /bad-1/,
  },
  {
    name: 'a flag that is "maybe"',
    file: `${sessionLine({ session_id: 'bad-1', grounded_in_roster: 'maybe' })}\n`,
    code: 1,
    says: /bad-1/,
  },
  {
    name: 'a flag that is the text "true"',
    file: `${sessionLine({ grounded_in_roster: 'true' })}\n`,
    code: 0,
    says: /PASS/,
  },
  {
    name: 'a flag that is null beside a clean one',
    file: `${clean}\n${sessionLine({ grounded_in_roster: null })}\n`,
    code: 0,
    says: /PASS/,
  },
  {
    name: 'an alarm whose time cannot be read, under --since',
    file: `${sessionLine({ session_id: 'bad-1', grounded_in_roster: false, timestamp: 'yesterday-ish' })}\n`,
    code: 1,
    says: /bad-1/,
    args: ['--since', '2026-06-01'],
  },
  {
    name: 'an alarm before --since',
    file: `${alarming}\n${sessionLine({ timestamp: '2026-07-01T00:00:00+02:00' })}\n`,
    code: 0,
    says: /PASS/,
    args: ['--since', '2026-06-01'],
  },
  {
    name: 'CRLF, blank lines, a missing list, extra fields',
    file: `\r\n${sessionLine({ attempts: null, extra: { x: 1 } })}\r\n\r\n${alarming}\r\n`,
    code: 1,
    says: /bad-1/,
  },
  { name: 'a BOM in front', file: `\uFEFF${alarming}\n`, code: 1, says: /bad-1/ },
  {
    name: 'the flag written twice',
    file: `${clean}\n${clean.replace('"grounded_in_roster":true', '"grounded_in_roster":true,"grounded_in_roster":false')}\n`,
    code: 2,
    says: /written twice/,
  },
  {
    name: 'a key written twice that the alarm does not read',
    file: `${clean.replace('"provider":"p"', '"x":1,"x":2')}\n`,
    code: 0,
    says: /PASS/,
  },
  { name: 'two records on one line', file: `${clean}${alarming}\n`, code: 1, says: /bad-1/ },
];

describe('check alarm FILE', () => {
  const folder = testFolder();

  it.each(cases)('$name: exit $code', async ({ file, code, says, args = [] }) => {
    const path = folder.write('session.jsonl', file);
    const ran = await lakeobs(['check', 'alarm', path, ...args]);
    expect(ran.stdout + ran.stderr).toMatch(says);
    expect(ran.code, ran.stdout + ran.stderr).toBe(code);
  });

  it('prints the document also on exit 2, as JSON when asked', async () => {
    const path = folder.write('session.jsonl', '');
    const { code, stdout } = await lakeobs(['check', 'alarm', path, '--format', 'json']);
    const verdict = JSON.parse(stdout);
    expect(code).toBe(2);
    expect(verdict).toMatchObject({
      schema: 'lakeobs.check.v1',
      verdict: 'inconclusive',
      exit_code: 2,
      checks: [{ name: 'alarm', status: 'inconclusive', population: 0 }],
    });
  });

  it('a missing file is exit 2 with a line that names it', async () => {
    const { code, stderr } = await lakeobs(['check', 'alarm', './not-there.jsonl'], { cwd: folder.path() });
    expect(stderr).toMatch(/no such file.*not-there\.jsonl/);
    expect(code).toBe(2);
  });

  it('names a rotated sibling that was not read', async () => {
    folder.write('session.000001.jsonl', `${alarming}\n`);
    const path = folder.write('session.jsonl', `${clean}\n`);
    const { code, stderr, stdout } = await lakeobs(['check', 'alarm', path, '--format', 'json']);
    expect(stderr).toMatch(/session\.000001\.jsonl/);
    expect(JSON.parse(stdout).scanned.segments_unread).toBe(1);
    expect(code).toBe(0);
  });

  it('reads a log from standard input', async () => {
    expect((await lakeobs(['check', 'alarm', '-'], { input: `${alarming}\n` })).code).toBe(1);
  });

  it('a packed log on standard input is unpacked, told by its first bytes; a cut one is damage', async () => {
    const packed = gzipSync(`${clean}\n${alarming}\n`);
    const { code, stdout } = await lakeobs(['query', 'alarm', '-'], { input: packed });
    expect(stdout).toMatch(/"session_id":"bad-1"/);
    expect(code).toBe(0);
    expect((await lakeobs(['check', 'alarm', '-'], { input: gzipSync(`${clean}\n`) })).code).toBe(0);
    const cut = await lakeobs(['check', 'alarm', '-'], { input: gzipSync(`${clean}\n`).subarray(0, -9) });
    expect(cut.stdout).toMatch(/damaged range/);
    expect(cut.code).toBe(2);
  });

  it('a segment beside its packed copy counts once, and the one that is not read is named', async () => {
    const plain = folder.write('session.000001.jsonl', `${alarming}\n`);
    const packed = folder.write('session.000001.jsonl.gz', gzipSync(`${alarming}\n`));
    const { code, stdout, stderr } = await lakeobs(['check', 'alarm', '--lake', folder.path(), '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ checks: [{ findings: 1, population: 1 }], scanned: { files: 1 } });
    expect(stderr).toBe(`lakeobs: not read: ${packed}, a packed copy of a segment; ${plain} is read\n`);
    expect(code).toBe(1);
  });

  it('keeps its verdict when nobody reads stdout', async () => {
    const path = folder.write('session.jsonl', `${alarming}\n`);
    const { code } = await lakeobs(['check', 'alarm', path], { closeStdout: true });
    expect(code).toBe(1);
  });
});

describe('what is missing', () => {
  const folder = testFolder();

  it('does not take back a finding', async () => {
    const path = folder.write('session.jsonl', `${alarming}\n`);
    const { code, stdout } = await lakeobs(['check', 'alarm', path, './not-there.jsonl'], { cwd: folder.path() });
    expect(stdout).toMatch(/bad-1/);
    expect(stdout).toMatch(/not-there\.jsonl/);
    expect(code).toBe(1);
  });

  it('is never a pass', async () => {
    const path = folder.write('session.jsonl', `${clean}\n`);
    const { code, stdout } = await lakeobs(['check', 'alarm', path, './not-there.jsonl'], { cwd: folder.path() });
    expect(stdout).toMatch(/no such file.*not-there\.jsonl/);
    expect(code).toBe(2);
  });
});

describe('query alarm FILE', () => {
  const folder = testFolder();

  it('prints the rows and exits 0', async () => {
    const path = folder.write('session.jsonl', `${clean}\n${alarming}\n`);
    const { code, stdout } = await lakeobs(['query', 'alarm', path]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).session_id),
    ).toEqual(['bad-1']);
    expect(code).toBe(0);
  });

  it.each([
    ['clean', `${clean}\n`, 0],
    ['alarm', `${alarming}\n`, 1],
    ['empty', '', 2],
    ['damaged', `${clean}\n{"a":\n`, 2],
  ] as const)('--fail-on-rows is judged like check: %s', async (_name, text, code) => {
    const path = folder.write('session.jsonl', text);
    expect((await lakeobs(['query', 'alarm', path, '--fail-on-rows'])).code).toBe(code);
  });

  it('--fail-on-rows on a plain query: 1 on a row, 2 when nothing was scanned', async () => {
    const full = folder.write('session.jsonl', `${clean}\n`);
    const empty = folder.write('empty.jsonl', '');
    expect((await lakeobs(['query', 'verdicts', full, '--fail-on-rows'])).code).toBe(1);
    expect((await lakeobs(['query', 'infra-errors', full, '--fail-on-rows'])).code).toBe(0);
    expect((await lakeobs(['query', 'infra-errors', empty, '--fail-on-rows'])).code).toBe(2);
  });
});

describe('a bare check', () => {
  const folder = testFolder();

  it('skips checks of absent families, says so, and judges the rest', async () => {
    folder.write('session.jsonl', `${clean}\n`);
    const { code, stdout } = await lakeobs(['check', '--lake', folder.path(), '--format', 'json']);
    const verdict = JSON.parse(stdout);
    const skipped = verdict.checks.filter((check: { status: string }) => check.status === 'skipped');
    expect(skipped.map((check: { name: string; reason: string }) => [check.name, check.reason])).toEqual([
      ['phantom-workers', 'no roster was given: --roster FILE'],
      ['stamp-mismatch', 'no roster was given: --roster FILE'],
      ['stuck-spans', 'no file holds journal records'],
      ['unnamed-workers', 'no roster was given: --roster FILE'],
    ]);
    expect(verdict.checks.filter((check: { status: string }) => check.status === 'pass')).toHaveLength(
      verdict.checks.length - 4,
    );
    expect(verdict.complete).toBe(true);
    expect(code).toBe(0);
  });

  it('is exit 2 on a lake where every check that decides is skipped, whatever warnings pass', async () => {
    folder.write('observer.jsonl', '{"endpoint":"x","success":true,"timestamp":"2026-01-01T00:00:00Z"}\n');
    const { code, stdout } = await lakeobs(['check', '--lake', folder.path()]);
    expect(stdout).toMatch(/nothing was checked/);
    expect(code).toBe(2);
  });

  it('--require makes an absent family inconclusive', async () => {
    folder.write('session.jsonl', `${clean}\n`);
    const { code, stdout } = await lakeobs(['check', 'alarm', '--lake', folder.path(), '--require', 'journal']);
    expect(stdout).toMatch(/--require journal/);
    expect(code).toBe(2);
  });

  it('damage in a family that is not judged does not decide', async () => {
    folder.write('session.jsonl', `${clean}\n`);
    folder.write('observer.jsonl', '{"endpoint":\n');
    expect((await lakeobs(['check', 'alarm', '--lake', folder.path()])).code).toBe(0);
  });

  it('a broken check of one’s own does not hide the others', async () => {
    folder.write('session.jsonl', `${alarming}\n`);
    const own = folder.write(
      'own.sql',
      '-- title: Own\n-- family: session\n-- kind: check\nSELECT no_such_column FROM sessions\n',
    );
    const { code, stdout } = await lakeobs([
      'check',
      'alarm',
      own,
      `${folder.path()}/session.jsonl`,
      '--format',
      'json',
    ]);
    const verdict = JSON.parse(stdout);
    expect(verdict.checks.map((check: { name: string; status: string }) => [check.name, check.status])).toEqual([
      ['alarm', 'fail'],
      ['own', 'error'],
    ]);
    expect(code).toBe(1);
  });
});
