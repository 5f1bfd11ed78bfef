// `lakeobs repair` from outside: what it says, what it changes, what it leaves alone, and that checks can judge again afterwards.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lakeobs } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();

/** A file nobody has written to for an hour. */
function resting(name: string, text: string): string {
  const path = join(folder.path(), name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  const hourAgo = Date.now() / 1000 - 3_600;
  utimesSync(path, hourAgo, hourAgo);
  return path;
}

/** Everything below the folder, with its bytes. */
function snapshot(): Record<string, string> {
  const names = readdirSync(folder.path(), { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names
      .map((name) => join(folder.path(), name))
      .filter((path) => statSync(path).isFile())
      .map((path) => [path, readFileSync(path, 'latin1')]),
  );
}

const alarming = sessionLine({ session_id: 'bad-1', grounded_in_roster: false });
const damaged = `${sessionLine()}\n{"schema":"session.iterate.v1","sess${sessionLine({ session_id: 's2' })}\nnonsense\n`;

describe('lakeobs repair', () => {
  it('a damaged lake: says what is wrong, mends it with --apply, and checks can judge it again once the loss is accepted', async () => {
    resting('lake/session.000001.jsonl', damaged);
    resting('lake/session.jsonl', `${sessionLine({ session_id: 's3' })}\n{"schema":"sess`);
    const at = { cwd: folder.path() };
    expect((await lakeobs(['check', 'alarm'], at)).code).toBe(2);

    const before = snapshot();
    const dry = await lakeobs(['repair'], at);
    expect(dry.stdout).toMatch(/session\.000001\.jsonl: to mend\n {2}2 damaged ranges \(44 bytes\), 2 records kept/);
    expect(dry.stdout).toMatch(/line 2, byte \d+: 36 bytes torn/);
    expect(dry.stdout).toMatch(/nothing was changed.*lakeobs repair --apply/);
    expect(dry.code).toBe(1);
    expect(snapshot()).toEqual(before);

    const applied = await lakeobs(['repair', '--apply'], at);
    expect(applied.stdout).toMatch(/everything is mended/);
    expect(applied.code).toBe(0);
    // What was taken out may have been the alarm: it decides until somebody says that it need not.
    const mended = await lakeobs(['check', 'alarm', '--format', 'json'], at);
    expect(mended.code).toBe(2);
    expect(JSON.parse(mended.stdout).scanned).toMatchObject({ files: 2, records: 3, quarantined: 3, accepted: 0 });
    expect((await lakeobs(['repair', '--accept'], at)).code).toBe(0);
    const { code, stdout } = await lakeobs(['check', 'alarm', '--format', 'json'], at);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).scanned).toMatchObject({ files: 2, records: 3, quarantined: 0, accepted: 3, torn: 0 });

    const after = snapshot();
    const again = await lakeobs(['repair', '--apply'], at);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nothing to mend in 2 files/) });
    expect(snapshot()).toEqual(after);
  });

  it('keeps every byte it takes out, and the files as they were', async () => {
    const path = resting('lake/session.000001.jsonl', damaged);
    const { stdout } = await lakeobs(['repair', '--apply', '--format', 'json', '--lake', join(folder.path(), 'lake')]);
    const { repairs } = JSON.parse(stdout);
    expect(repairs).toMatchObject([
      {
        file: path,
        action: 'mend',
        done: true,
        records: 2,
        damaged: 2,
        glued_lines: 0,
        reasons: { torn: 1, 'not-json': 1 },
      },
    ]);
    const kept = readFileSync(repairs[0].quarantine, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(kept).toMatchObject([
      {
        schema: 'lakeobs.quarantine.v1',
        file: path,
        line: 2,
        byte_offset: sessionLine().length + 1,
        byte_length: 36,
        reason: 'torn',
        raw: '{"schema":"session.iterate.v1","sess',
      },
      { file: path, line: 3, byte_length: 8, reason: 'not-json', raw: 'nonsense' },
    ]);
    expect(readFileSync(repairs[0].original, 'utf8')).toBe(damaged);
  });

  it('an alarm glued behind a torn record is found before and after', async () => {
    resting('lake/session.000001.jsonl', `${sessionLine()}\n{"schema":"sess${alarming}\n`);
    const at = { cwd: folder.path() };
    expect((await lakeobs(['check', 'alarm'], at)).code).toBe(1);
    expect((await lakeobs(['repair', '--apply'], at)).code).toBe(0);
    const { code, stdout } = await lakeobs(['check', 'alarm'], at);
    expect(stdout).toContain('bad-1');
    expect(code).toBe(1);
  });

  it('a torn line written a moment ago is sealed, the rest is left for later, exit 1', async () => {
    mkdirSync(join(folder.path(), 'lake'));
    const path = folder.write('lake/session.jsonl', `${sessionLine()}\n{"schema":"sess`);
    const { code, stdout } = await lakeobs(['repair', '--apply'], { cwd: folder.path() });
    expect(stdout).toMatch(/session\.jsonl: sealed[\s\S]*run this again when nobody has written to it for 60 s/);
    expect(code).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe(`${sessionLine()}\n{"schema":"sess\n`);
    await lakeobs(['append', 'session', sessionLine({ session_id: 'next' })], { cwd: folder.path() });
    expect(readFileSync(path, 'utf8').split('\n')[2]).toContain('next');
  });

  it('a file outside a lake is mended only when a PATH names it; then it keeps its name', async () => {
    const path = resting('logs/app.jsonl', damaged);
    const before = snapshot();
    const walked = await lakeobs(['repair', '--apply', './logs'], { cwd: folder.path() });
    expect(walked.stdout).toContain(`lakeobs repair --apply ${path}`);
    expect(walked.code).toBe(1);
    expect(snapshot()).toEqual(before);
    const named = await lakeobs(['repair', '--apply', './logs/app.jsonl'], { cwd: folder.path() });
    expect(named.code, named.stdout).toBe(0);
    expect(
      readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).session_id),
    ).toEqual(['s1', 's2']);
    expect((await lakeobs(['check', 'alarm', path])).code).toBe(2);
    const home = { env: { XDG_STATE_HOME: join(folder.path(), 'state') } };
    expect((await lakeobs(['repair', '--accept', path], home)).code).toBe(0);
    expect((await lakeobs(['check', 'alarm', path], home)).code).toBe(0);
  });

  it('a log the config names outside the lake is only looked at', async () => {
    const path = resting('logs/app.jsonl', damaged);
    mkdirSync(join(folder.path(), 'lake'));
    folder.write('lakeobs.json', JSON.stringify({ sources: { session: ['./logs/app.jsonl'] } }));
    const { code, stdout } = await lakeobs(['repair', '--apply'], { cwd: folder.path() });
    expect(stdout).toMatch(/the config names it outside the lake/);
    expect(code).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe(damaged);
  });

  it('a clean lake is exit 0 and nothing is made in it', async () => {
    resting('lake/session.jsonl', `${sessionLine()}\n`);
    const { code, stdout } = await lakeobs(['repair', '--apply'], { cwd: folder.path() });
    expect(stdout).toMatch(/^nothing to mend in 1 file/);
    expect(code).toBe(0);
    expect(existsSync(join(folder.path(), 'lake', 'quarantine'))).toBe(false);
  });

  it.each([
    [['repair', '-'], /standard input/],
    [['repair', 'session'], /is no path.*|write \.\/session/s],
    [['repair', './not-there.jsonl'], /no such file/],
    [['repair', '--format', 'xml'], /--format/],
  ])('%j is exit 2', async (args, says) => {
    const { code, stderr } = await lakeobs(args, { cwd: folder.path() });
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  });
});
