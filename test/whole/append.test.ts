// `lakeobs append`, from outside: what is written, what is rejected, what the exit code says.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lakeobs } from '../cli.ts';
import { testFolder } from './records.ts';

const fill = {
  kind: 'fill',
  model: 'm',
  provider: 'p',
  prompt: 'two pickers',
  iterations: 1,
  max_iterations: 3,
  final_verdict: 'accepted',
  grounded_in_roster: true,
  duration_ms: 812,
};

describe('append', () => {
  const folder = testFolder();
  const append = (args: string[], input = '') => lakeobs(['append', ...args, '--lake', folder.path()], { input });
  const lines = (name: string) => readFileSync(join(folder.path(), name), 'utf8').trimEnd().split('\n');

  it('fills defaults, writes in wire order, says how many', async () => {
    const { code, stdout } = await append(['session', JSON.stringify({ ...fill, extra: [1] })]);
    expect(JSON.parse(stdout)).toEqual({
      family: 'session',
      written: 1,
      rejected: 0,
      path: join(folder.path(), 'session.jsonl'),
    });
    const record = JSON.parse(lines('session.jsonl')[0]!);
    expect(Object.keys(record)).toEqual([
      'schema',
      'session_id',
      'timestamp',
      'daemon',
      'kind',
      'model',
      'provider',
      'prompt',
      'iterations',
      'max_iterations',
      'final_verdict',
      'attempts',
      'grounded_in_roster',
      'duration_ms',
      'extra',
    ]);
    expect(record).toMatchObject({ schema: 'session.iterate.v1', daemon: 'validatord', attempts: [] });
    expect(code).toBe(0);
  });

  it('takes NDJSON from standard input, names every rejected line, keeps the others, exits 1', async () => {
    const good = JSON.stringify({ endpoint: 'x', success: true });
    const { code, stdout, stderr } = await append(['observer'], `${good}\n\n{"endpoint":"x"}\nnot json\n${good}`);
    expect(JSON.parse(stdout)).toMatchObject({ written: 2, rejected: 2 });
    expect(stderr).toMatch(/line 3 rejected: .*success/);
    expect(stderr).toMatch(/line 4 rejected: not JSON/);
    expect(lines('observer.jsonl')).toHaveLength(2);
    expect(code).toBe(1);
  });

  it('names the place in the record', async () => {
    const { stderr } = await append([
      'session',
      JSON.stringify({ ...fill, attempts: [{ iteration: 0, verdict_kind: 'maybe' }] }),
    ]);
    expect(stderr).toMatch(/record 1 rejected: .*attempts\[0\]\.verdict_kind/);
  });

  it('rejects a number it would have to round', async () => {
    const { code, stderr } = await append(['observer', '{"endpoint":"x","success":true,"big":12345678901234567890}']);
    expect(stderr).toMatch(/12345678901234567890 has more digits/);
    expect(code).toBe(1);
  });

  it('redacts secrets unless told not to', async () => {
    const key = `sk-ant-${'api03'}-${'A1b2C3d4'.repeat(12)}`;
    await append(['session', JSON.stringify({ ...fill, prompt: `use ${key}` })]);
    await append(['session', '--no-redact', JSON.stringify({ ...fill, prompt: `use ${key}` })]);
    const [redacted, raw] = lines('session.jsonl').map((line) => JSON.parse(line).prompt);
    expect(redacted).toBe('use [REDACTED]');
    expect(raw).toBe(`use ${key}`);
  });

  it('nothing given is exit 2 and makes no file', async () => {
    const { code, stderr } = await append(['journal']);
    expect(stderr).toMatch(/there was no record/);
    expect(existsSync(join(folder.path(), 'journal.jsonl'))).toBe(false);
    expect(code).toBe(2);
  });

  it('seals a torn line left by a crash and reports it', async () => {
    folder.write('session.jsonl', '{"schema":"session.iterate.v1","session_id":"cut');
    const { code, stderr } = await append(['session', JSON.stringify(fill)]);
    expect(stderr).toMatch(/torn|seal/i);
    expect(lines('session.jsonl')).toHaveLength(2);
    expect(code).toBe(0);
  });

  it('what it cannot write is exit 2 with path and cause', async () => {
    folder.write('lake', 'a file where the lake should be');
    const { code, stdout, stderr } = await lakeobs([
      'append',
      'session',
      JSON.stringify(fill),
      '--lake',
      join(folder.path(), 'lake'),
    ]);
    expect(stderr).toMatch(/lake.*not a directory/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('twenty at once lose nothing', async () => {
    const record = JSON.stringify({ endpoint: 'x', success: true });
    const ran = await Promise.all(Array.from({ length: 20 }, () => append(['observer', record, record])));
    expect(ran.map(({ code }) => code)).toEqual(Array(20).fill(0));
    expect(lines('observer.jsonl').map((line) => JSON.parse(line).endpoint)).toEqual(Array(40).fill('x'));
  });
});
