// The bundled warnings as the command line gives them: over the fixture of each, over a clean lake, with --since, and beside what cannot be read.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/result.ts';
import { lakeobs } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));

async function check(...args: string[]): Promise<{ code: number | null; verdict: Verdict }> {
  const { code, stdout } = await lakeobs(['check', ...args, '--format', 'json']);
  return { code, verdict: JSON.parse(stdout) };
}

describe('a warning', () => {
  it.each([
    ['rejection-spike', 'session/worse', 1],
    ['first-shot-drop', 'session/worse', 1],
    ['exhausted-rate', 'session/exhausted', 1],
    ['duplicate-sessions', 'session/twice', 3],
    ['silent-daemon', 'session/silent', 1],
    ['clock-skew', 'session/skewed', 2],
    ['clock-skew', 'journal/backwards', 1],
    ['unanswered', 'session/unanswered', 2],
    ['stuck-spans', 'journal/stuck', 5],
  ])('%s over %s is exit 0, and exit 1 with --fail-on warn', async (name, leaf, findings) => {
    const { code, verdict } = await check(name, `${fixtures}/${leaf}/`);
    expect(verdict.checks).toMatchObject([{ name, status: 'warn', findings, complete: true }]);
    expect(code).toBe(0);
    expect((await check(name, `${fixtures}/${leaf}/`, '--fail-on', 'warn')).code).toBe(1);
  });

  it('none comes of a clean log, and every check judges it', async () => {
    const { code, verdict } = await check(`${fixtures}/session/clean/`, '--fail-on', 'warn');
    const open = verdict.checks.filter(({ status }) => status !== 'pass');
    expect(open.map(({ name, status }) => [name, status])).toEqual([
      ['phantom-workers', 'skipped'],
      ['stamp-mismatch', 'skipped'],
      ['stuck-spans', 'skipped'],
      ['unnamed-workers', 'skipped'],
    ]);
    expect(verdict.complete).toBe(true);
    expect(code).toBe(0);
  });
});

describe('unnamed-workers', () => {
  it('warns of what the other roster checks pass over, and is skipped with them', async () => {
    const folder = `${fixtures}/session/roster`;
    const { code, verdict } = await check('unnamed-workers', `${folder}/`, '--roster', `${folder}/roster.csv`);
    expect(verdict.checks).toMatchObject([{ status: 'warn', findings: 3, population: 11 }]);
    expect(code).toBe(0);
    expect((await check('unnamed-workers', `${folder}/`)).code).toBe(2);
  });
});

describe('--since', () => {
  it('leaves a comparison nothing to compare with: no finding', async () => {
    const worse = `${fixtures}/session/worse/`;
    const found = async (...args: string[]) =>
      (await check('rejection-spike', 'first-shot-drop', worse, ...args)).verdict.checks.map(
        ({ findings }) => findings,
      );
    expect(await found()).toEqual([1, 1]);
    expect(await found('--since', '2026-05-31T12:00:00Z')).toEqual([1, 1]);
    expect(await found('--since', '2026-06-07T12:00:01Z')).toEqual([0, 0]);
  });

  it('takes stuck-spans only those that began in it', async () => {
    const { verdict } = await check('stuck-spans', `${fixtures}/journal/stuck/`, '--since', '2026-03-01T11:00:00Z');
    expect(verdict.checks).toMatchObject([{ findings: 1 }]);
  });
});

describe('unknown-schema', () => {
  const leaf = `${fixtures}/session/unknown-version/`;

  it('warns and names the file, while checks that find nothing there cannot pass', async () => {
    const { code, verdict } = await check('alarm', 'unknown-schema', leaf);
    expect(verdict.checks).toMatchObject([
      { name: 'alarm', status: 'inconclusive', complete: false },
      { name: 'unknown-schema', status: 'warn', findings: 1, population: 4 },
    ]);
    expect(verdict.checks[1]!.rows).toMatchObject([
      { source_file: expect.stringMatching(/unknown-version.session\.jsonl$/), unknown_schema: 2, records: 1 },
    ]);
    expect(code).toBe(2);
    expect((await check('alarm', 'unknown-schema', leaf, '--allow-damage')).code).toBe(0);
  });

  it('judges every family', async () => {
    const { verdict } = await check('unknown-schema', `${fixtures}/observer/calm/`);
    expect(verdict.checks).toMatchObject([{ status: 'pass' }]);
    expect(verdict.checks[0]!.population).toBeGreaterThan(0);
  });
});

describe('unanswered', () => {
  const folder = testFolder();

  it('is not judged where the artifact is written twice', async () => {
    const line = sessionLine().replace('"artifact":', '"artifact":null,"artifact":');
    const log = folder.write('twice.jsonl', `${sessionLine({ session_id: 's2' })}\n${line}\n`);
    const { verdict } = await check('unanswered', log);
    // The first value is kept, and that is null: a finding, and certain.
    expect(verdict.checks).toMatchObject([{ status: 'warn', findings: 1, complete: false }]);
    const other = folder.write('other.jsonl', `${sessionLine().replace('"artifact":', '"artifact":{},"artifact":')}\n`);
    expect((await check('unanswered', other)).verdict.checks).toMatchObject([
      { status: 'inconclusive', reason: expect.stringMatching(/"artifact" is written twice/) },
    ]);
  });
});

it('every bundled check stands in the table of docs/checks.md', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/checks.md', import.meta.url)), 'utf8');
  const table = [...page.matchAll(/^\| `([a-z-]+)` \| (error|warn) \|/gm)].map((match) => [match[1], match[2]]);
  const queries = fileURLToPath(new URL('../../queries', import.meta.url));
  const checks = readdirSync(queries, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sql'))
    .flatMap((file) => {
      const text = readFileSync(`${queries}/${file}`, 'utf8');
      const severity = /^-- severity: (\w+)$/m.exec(text)?.[1];
      return severity === undefined ? [] : [[file.replace(/^.*[\\/]|\.sql$/g, ''), severity]];
    });
  expect(table.toSorted()).toEqual(checks.toSorted());
});
