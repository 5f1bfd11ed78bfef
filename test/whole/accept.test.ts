// `lakeobs repair --accept` from outside: what was looked at decides no more, and nothing else is let through with it.
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { lakeobs, type Ran } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();

/** A file nobody has written to for an hour. */
function resting(name: string, text: string | Uint8Array): string {
  const path = join(folder.path(), name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  rest(path);
  return path;
}

function rest(path: string): void {
  const hourAgo = Date.now() / 1000 - 3_600;
  utimesSync(path, hourAgo, hourAgo);
}

const run = (...args: string[]): Promise<Ran> =>
  lakeobs(args, { cwd: folder.path(), env: { XDG_STATE_HOME: join(folder.path(), 'state') } });

const check = async (...paths: string[]) => {
  const { code, stdout } = await run('check', 'alarm', '--format', 'json', ...paths);
  return { code, document: JSON.parse(stdout) };
};

const torn = '{"schema":"sess';

describe('lakeobs repair --accept', () => {
  it('accepts what is damaged now: the check passes and says so, the view shows it as accepted', async () => {
    resting('lake/session.000001.jsonl', `${sessionLine()}\n${torn}\nnonsense\n`);
    expect((await check()).code).toBe(2);
    const { code, stdout } = await run('repair', '--accept', '--reason', 'power cut of March');
    expect(stdout).toMatch(/^accepted: .*session\.000001\.jsonl, line 2, byte \d+: 15 bytes torn$/m);
    expect(stdout).toContain('2 damaged ranges accepted');
    expect(code).toBe(0);
    const after = await check();
    expect(after.code).toBe(0);
    expect(after.document).toMatchObject({ verdict: 'pass', complete: true });
    expect(after.document.scanned).toMatchObject({ quarantined: 0, accepted: 2 });
    const rows = await run('sql', 'SELECT line, accepted FROM quarantine ORDER BY line', '--format', 'jsonl');
    expect(rows.stdout).toBe('{"line":2,"accepted":true}\n{"line":3,"accepted":true}\n');
    const ledger = readFileSync(join(folder.path(), 'lake/accepted.ledger'), 'utf8').trim().split('\n');
    expect(ledger.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ schema: 'lakeobs.accepted.v1', line: 2, damage: 'torn', reason: 'power cut of March' }),
      expect.objectContaining({ line: 3, damage: 'not-json' }),
    ]);
    expect((await run('repair', '--accept')).stdout).toBe('nothing to accept; 2 ranges accepted before\n');
  });

  it('stays accepted when the log is rotated and grows; damage that comes later is not accepted with it', async () => {
    const active = resting('lake/session.jsonl', `${sessionLine()}\n${torn}\n`);
    expect((await run('repair', '--accept')).code).toBe(0);
    appendFileSync(active, `${sessionLine({ session_id: 's2' })}\n`);
    const segment = join(folder.path(), 'lake/session.000001.jsonl');
    renameSync(active, segment);
    rest(segment);
    expect((await check()).code).toBe(0);
    appendFileSync(segment, `${torn}\n`);
    rest(segment);
    const { code, document } = await check();
    expect(code).toBe(2);
    expect(document.scanned).toMatchObject({ quarantined: 1, accepted: 1 });
  });

  it('another damage at the same place of another log, or other bytes there, is not accepted', async () => {
    const path = resting('logs/a.jsonl', `${sessionLine()}\n${torn}\n`);
    expect((await run('repair', '--accept', path)).code).toBe(0);
    expect((await check(path)).code).toBe(0);
    const other = resting('logs/b.jsonl', `${sessionLine({ session_id: 'x1' })}\n${torn}\n`);
    expect((await check(other)).code).toBe(2);
    resting('logs/a.jsonl', `${sessionLine()}\n${torn.replace('s', 'x')}\n`);
    expect((await check(path)).code).toBe(2);
  });

  it('for a file outside a lake it is remembered in the state folder, and the evidence is not touched', async () => {
    const path = resting('logs/a.jsonl.gz', gzipSync(`${sessionLine()}\n${torn}\n`));
    const before = readFileSync(path);
    expect((await check(path)).code).toBe(2);
    expect((await run('repair', '--accept', path)).code).toBe(0);
    expect((await check(path)).code).toBe(0);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(join(folder.path(), 'state/lakeobs/accepted.ledger'))).toBe(true);
    expect(existsSync(join(folder.path(), 'logs/accepted.ledger'))).toBe(false);
  });

  it('what an ingest refused as damage decides until it is accepted; objects of no family never do', async () => {
    const path = resting('in.log', `${sessionLine()}\n${torn}\n{"hello":1}\n`);
    expect((await run('ingest', path)).code).toBe(1);
    const { code, document } = await check();
    expect(code).toBe(2);
    expect(document.scanned).toMatchObject({ records: 1, quarantined: 1 });
    expect(document.checks[0].reason).toContain('in.log');
    expect((await run('repair', '--accept', '--format', 'json')).code).toBe(0);
    expect((await check()).code).toBe(0);
  });

  it('an accepted range hides no finding', async () => {
    const bad = sessionLine({ session_id: 'bad-1', grounded_in_roster: false });
    resting('lake/session.000001.jsonl', `${bad}\n${torn}\n`);
    expect((await run('repair', '--accept')).code).toBe(0);
    const { code, document } = await check();
    expect(code).toBe(1);
    expect(document.complete).toBe(true);
  });

  it('a ledger with a torn line accepts what its whole lines say', async () => {
    resting('lake/session.000001.jsonl', `${sessionLine()}\n${torn}\n`);
    expect((await run('repair', '--accept')).code).toBe(0);
    appendFileSync(join(folder.path(), 'lake/accepted.ledger'), '{"schema":"lakeobs.acc');
    expect((await check()).code).toBe(0);
  });

  it('standard input, --apply beside it and --reason without it are usage errors that say what to do', async () => {
    for (const args of [
      ['-', '--accept'],
      ['--apply', '--accept'],
      ['--reason', 'x'],
    ]) {
      const { code, stderr, stdout } = await run('repair', ...args);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/try:/);
    }
  });
});
