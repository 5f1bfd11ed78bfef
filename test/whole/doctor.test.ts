// `lakeobs doctor` from outside: each finding by the damage that makes it, with its place and what to do, and the exit code that follows.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../src/catalog/doctor.ts';
import { openLog } from '../../src/ndjson/writer.ts';
import { lakeobs, lakeobsBin } from '../cli.ts';
import { filesBelow } from '../columnar/shelf.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();
const secret = `sk-ant-${'a1B2'.repeat(8)}`;

function inLake(name: string, text: string): string {
  mkdirSync(join(folder.path(), 'lake'), { recursive: true });
  return folder.write(join('lake', name), text);
}

async function examine(...args: string[]): Promise<{ code: number | null; findings: Finding[]; stdout: string }> {
  const { code, stdout, stderr } = await lakeobs(['doctor', '--format', 'json', ...args], { cwd: folder.path() });
  expect(stdout, stderr).not.toBe('');
  return { code, findings: JSON.parse(stdout).findings, stdout };
}

const clean = sessionLine();

const cases: { name: string; file: string; finding: Partial<Finding>; code: 0 | 1 }[] = [
  {
    name: 'a damaged line',
    file: `${clean}\nnonsense\n`,
    finding: {
      level: 'mend',
      kind: 'damage',
      line: 2,
      byte_offset: clean.length + 1,
      byte_length: 8,
      next: 'lakeobs repair --apply',
    },
    code: 1,
  },
  {
    name: 'a torn tail at rest',
    file: `${clean}\n{"schema":"sess`,
    finding: { level: 'mend', kind: 'torn-tail', line: 2, byte_length: 15 },
    code: 1,
  },
  {
    name: 'two records on one line',
    file: `${clean}${clean}\n`,
    finding: { level: 'mend', kind: 'glued-records', line: 1, count: 1 },
    code: 1,
  },
  {
    name: 'an unknown version',
    file: `${clean}\n${sessionLine({ schema: 'session.iterate.v9' })}\n`,
    finding: {
      level: 'mend',
      kind: 'unknown-version',
      count: 1,
      message: expect.stringContaining('session.iterate.v9') as never,
    },
    code: 1,
  },
  {
    name: 'an object of no family',
    file: `${clean}\n{"hello":1}\n`,
    finding: { level: 'mend', kind: 'unrecognised', line: 2, count: 1 },
    code: 1,
  },
  {
    name: 'a key-shaped string',
    file: `${clean}\n${sessionLine({ prompt: `use ${secret}` })}\n`,
    finding: { level: 'mend', kind: 'secret', line: 2, count: 1, message: '1 key-shaped string (anthropic 1)' },
    code: 1,
  },
  {
    name: 'a wrong type',
    file: `${clean}\n${sessionLine({ duration_ms: 'soon' })}\n`,
    finding: { level: 'note', kind: 'problem', count: 1, message: 'duration_ms: not a number (1 record)' },
    code: 0,
  },
  {
    name: 'keys outside the schema',
    file: `${sessionLine({ zone: 1, aisle: 2 })}\n${sessionLine({ zone: 1 })}\n`,
    finding: {
      level: 'note',
      kind: 'unknown-keys',
      count: 2,
      message: expect.stringContaining('zone 2, aisle 1') as never,
    },
    code: 0,
  },
];

describe('lakeobs doctor', () => {
  it.each(cases)('$name: exit $code', async ({ file, finding, code }) => {
    const path = inLake('session.jsonl', file);
    const examined = await examine();
    expect(examined.findings).toMatchObject([{ file: path, ...finding }]);
    expect(examined.code).toBe(code);
    expect(examined.stdout).not.toContain(secret);
  });

  it('a clean lake is exit 0 and one line', async () => {
    inLake('session.jsonl', `${clean}\n`);
    const { code, stdout } = await lakeobs(['doctor'], { cwd: folder.path() });
    expect(stdout).toMatch(/^nothing to mend in 1 file, \d+ B, 1 record\n$/);
    expect(code).toBe(0);
  });

  it('says in words where, what and what to do', async () => {
    const path = inLake('session.jsonl', `${clean}\nnonsense\n`);
    const { stdout } = await lakeobs(['doctor'], { cwd: folder.path() });
    expect(stdout).toBe(
      `${path}\n  mend  line 2, byte ${clean.length + 1}, 8 bytes: not-json: these bytes are no JSON\n        → lakeobs repair --apply\n1 to mend in 1 file, ${clean.length + 10} B, 1 record\n`,
    );
  });

  it('a tail that is being written is a note, not damage', async () => {
    const path = inLake('session.jsonl', `${clean}\n{"schema":"sess`);
    const writer = spawn(process.execPath, [
      '-e',
      `setInterval(() => { require('fs').appendFileSync(${JSON.stringify(path)}, 'x'); console.log('written'); }, 50)`,
    ]);
    try {
      await once(writer.stdout, 'data');
      const { code, findings } = await examine(path);
      expect(findings).toMatchObject([{ level: 'note', kind: 'being-written' }]);
      expect(code).toBe(0);
    } finally {
      writer.kill('SIGKILL');
    }
  });

  it('a large log that grows all the time is examined as it was found: what is wrong in it is told, its growing is not', async () => {
    const wide = sessionLine({ prompt: 'x'.repeat(100_000) });
    const path = inLake('session.jsonl', `${sessionLine({ duration_ms: 'soon' })}\n${`${wide}\n`.repeat(700)}`);
    const writer = spawn(process.execPath, [
      '-e',
      `setInterval(() => { require('fs').appendFileSync(${JSON.stringify(path)}, ${JSON.stringify(`${clean}\n`)}); console.log('written'); }, 5)`,
    ]);
    writer.stdout.resume();
    try {
      await once(writer.stdout, 'data');
      const { code, findings } = await examine();
      expect(findings.filter(({ kind }) => kind !== 'being-written')).toMatchObject([
        { level: 'note', kind: 'problem', count: 1, message: 'duration_ms: not a number (1 record)' },
      ]);
      expect(code).toBe(0);
    } finally {
      writer.kill('SIGKILL');
    }
  });

  it('an object of no family in a file somebody named is a note', async () => {
    const path = folder.write('any.jsonl', '{"hello":1}\n');
    expect(await examine(path)).toMatchObject({ code: 0, findings: [{ level: 'note', kind: 'unrecognised' }] });
  });

  it('files that nobody reads are noted', async () => {
    inLake('session.jsonl', `${clean}\n`);
    const path = inLake('other.jsonl', '{}\n');
    expect(await examine()).toMatchObject({ code: 0, findings: [{ kind: 'unread', file: path }] });
  });

  it('a rotation that was never ended, an ingest and a repair that were killed', async () => {
    const active = inLake('session.jsonl', `${clean}\n`);
    linkSync(active, join(folder.path(), 'lake', 'session.000001.jsonl'));
    mkdirSync(join(folder.path(), 'lake', '.staging'));
    inLake('.staging/x.1.session.jsonl', `${clean}\n`);
    mkdirSync(join(folder.path(), 'lake', 'quarantine', '.repair'), { recursive: true });
    inLake('quarantine/.repair/x.mended', '');
    const { code, findings } = await examine();
    expect(findings.map(({ level, kind }) => [level, kind])).toEqual([
      ['mend', 'two-names'],
      ['mend', 'unfinished-repair'],
      ['mend', 'unfinished-ingest'],
    ]);
    expect(code).toBe(1);
    const repaired = await lakeobs(['repair', '--apply'], { cwd: folder.path() });
    expect(repaired.code, repaired.stdout).toBe(0);
    const ingested = await lakeobs(['ingest', '-'], { cwd: folder.path() });
    expect(ingested.code, ingested.stderr).toBe(0);
    expect(await examine()).toMatchObject({ code: 0, findings: [] });
  });

  it('a lake file that cannot be read is named, and the others are still looked at', async () => {
    inLake('session.000001.jsonl', 'nonsense\nbad\n');
    mkdirSync(join(folder.path(), 'lake', 'session.jsonl'));
    const { code, findings } = await examine();
    expect(findings.map(({ kind }) => kind)).toEqual(['unreadable', 'damage', 'damage']);
    expect(code).toBe(1);
  });

  it('a pipe under the name of a log is named, not waited for', async () => {
    inLake('session.jsonl', `${clean}\n`);
    execFileSync('mkfifo', [join(folder.path(), 'lake', 'journal.jsonl')]);
    const { code, findings } = await examine();
    expect(findings.map(({ kind, message }) => [kind, message])).toEqual([
      ['unreadable', expect.stringContaining('it is a pipe or a device')],
    ]);
    expect(code).toBe(1);
  });

  it('--verify names the byte range that was changed', async () => {
    const path = join(folder.path(), 'lake', 'session.jsonl');
    mkdirSync(join(folder.path(), 'lake'));
    const log = openLog({ path, chain: true });
    log.append(JSON.parse(clean));
    await log.close();
    expect((await examine('--verify')).findings).toEqual([]);
    appendFileSync(path, `${sessionLine({ session_id: 'later' })}\n`);
    expect(await examine('--verify')).toMatchObject({ code: 0, findings: [{ level: 'note', kind: 'not-covered' }] });
    writeFileSync(path, readFileSync(path, 'utf8').replace('"grounded_in_roster":true', '"grounded_in_roster":null'));
    expect((await examine()).code).toBe(0);
    expect(await examine('--verify')).toMatchObject({
      code: 1,
      findings: [
        { level: 'mend', kind: 'chain', file: path, byte_offset: 0, message: expect.stringMatching(/^changed/) },
      ],
    });
  });

  it('prints findings as rows in the data formats', async () => {
    inLake('session.jsonl', `${clean}\nnonsense\n`);
    const { stdout } = await lakeobs(['doctor', '--format', 'jsonl'], { cwd: folder.path() });
    expect(JSON.parse(stdout)).toMatchObject({ level: 'mend', kind: 'damage', line: 2, count: 1 });
  });

  it.each([
    [['doctor', '-'], /standard input/],
    [['doctor', './not-there.jsonl'], /no such file/],
    [['doctor'], /there is no lake/],
  ])('%j without such a file is exit 2', async (args, says) => {
    const { code, stderr } = await lakeobs(args, { cwd: folder.path() });
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  });

  it('names what a killed run left in TMPDIR, when nobody can need it any more', async () => {
    inLake('session.jsonl', `${clean}\n`);
    const temporary = join(folder.path(), 'tmp');
    mkdirSync(temporary);
    const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TMPDIR: temporary };
    const leftBehind = async () => {
      const { code, stdout } = await lakeobs(['doctor', '--format', 'json'], { cwd: folder.path(), env });
      expect(code).toBe(0);
      return JSON.parse(stdout).findings.filter((finding: Finding) => finding.kind === 'left-behind');
    };
    const reader = spawn(process.execPath, [lakeobsBin, 'query', 'alarm', '-'], { cwd: folder.path(), env });
    reader.stdin.write(`${clean}\n`);
    const spooled = () => filesBelow(temporary).filter((path) => statSync(path).size > 0);
    await vi.waitUntil(() => spooled().length > 0, { timeout: 20_000 });
    const [left] = readdirSync(temporary).map((name) => join(temporary, name));
    const anHourAgo = Date.now() / 1000 - 3_700;
    const age = () => {
      for (const path of [...filesBelow(temporary), left!]) utimesSync(path, anHourAgo, anHourAgo);
    };
    age();
    expect(await leftBehind()).toEqual([]);
    reader.kill('SIGKILL');
    await once(reader, 'close');
    expect(await leftBehind()).toMatchObject([
      { level: 'note', file: left, next: expect.stringContaining(`rm -r ${left}`) },
    ]);
    utimesSync(spooled()[0]!, new Date(), new Date());
    expect(await leftBehind()).toEqual([]);
  });
});
