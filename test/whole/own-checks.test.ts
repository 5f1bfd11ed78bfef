// "A check from nothing" of docs/own-queries.md, done as a stranger would: every block in turn, in an empty folder, with the built program.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Verdict } from '../../src/result.ts';
import { lakeobs, lakeobsBin } from '../cli.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/own-queries.md', import.meta.url)), 'utf8');
const section = /\n## A check from nothing\n([\s\S]*?)\n## /.exec(page)![1]!;
const blocks = [...section.matchAll(/```(\w+)(?: (\S+))?\n([\s\S]*?)```/g)].map((match) => ({
  language: match[1]!,
  file: match[2],
  text: match[3]!,
}));

const root = mkdtempSync(join(tmpdir(), 'lakeobs-stranger-'));
const cwd = join(root, 'empty');
mkdirSync(cwd);
symlinkSync(lakeobsBin, join(root, 'lakeobs'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const sh = (line: string) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    const env = { PATH: `${root}:${process.env.PATH}`, HOME: root };
    execFile('sh', ['-c', line], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr }),
    );
  });

test('the page leads from an empty folder to a check that fails on planted data and passes on clean data', async () => {
  const codes: number[] = [];
  for (const { language, file, text } of blocks) {
    if (language === 'sql') {
      writeFileSync(join(cwd, file!), text);
      continue;
    }
    expect(language).toBe('sh');
    for (const line of text.trim().split('\n')) {
      const promised = Number(/# exit (\d)$/.exec(line)?.[1] ?? 0);
      const { code, out } = await sh(line);
      expect(code, `${line}\n${out}`).toBe(promised);
      codes.push(code);
    }
  }
  expect(codes).toEqual(expect.arrayContaining([0, 1, 2]));

  const verdict = async (lake: string) =>
    JSON.parse(
      (await lakeobs(['check', 'over-budget', '--lake', lake, '--format', 'json'], { cwd })).stdout,
    ) as Verdict;
  expect(await verdict('clean')).toMatchObject({ verdict: 'pass', checks: [{ findings: 0, population: 1 }] });
  expect(await verdict('planted')).toMatchObject({
    verdict: 'fail',
    checks: [{ findings: 1, rows: [{ session_id: 's-2', iterations: 4, max_iterations: 3 }] }],
  });
  const sarif = join(root, 'out.sarif');
  await lakeobs(['check', 'over-budget', '--lake', 'planted', '-o', sarif], { cwd });
  expect(JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results[0].locations[0].physicalLocation).toMatchObject({
    region: { startLine: 1 },
  });
});

test('what a dry run finds, the page says', async () => {
  const broken: Record<string, [header: string, sql: string, says: RegExp]> = {
    columns: ['-- columns: session_id, model', 'SELECT session_id FROM sessions', /promises the column model/],
    identity: ['-- identity: sessionid', 'SELECT session_id FROM sessions', /names the column sessionid/],
    undeclared: ['-- tags: x', 'SELECT session_id FROM sessions WHERE iterations > $most', /\$most/],
    unused: ['-- param: most int = 3', 'SELECT session_id FROM sessions', /no statement uses \$most/],
    number: ['-- population: SELECT model FROM sessions', 'SELECT session_id FROM sessions', /gives one number/],
    header: ['-- severty: warn', 'SELECT session_id FROM sessions', /:4: unknown header key "severty"/],
    statement: ['-- tags: x', 'DELETE FROM sessions', /refused/],
  };
  const folder = join(root, 'broken');
  mkdirSync(join(folder, 'queries'), { recursive: true });
  writeFileSync(join(folder, 'lakeobs.json'), '{"queries":["queries"]}');
  for (const [name, [header, sql]] of Object.entries(broken))
    writeFileSync(
      join(folder, 'queries', `${name}.sql`),
      `-- title: T\n-- family: session\n-- kind: check\n${header}\n${sql}\n`,
    );
  const { code, stdout } = await lakeobs(['check', '--dry-run'], { cwd: folder });
  expect(code).toBe(2);
  for (const [name, [, , says]] of Object.entries(broken)) {
    const line = stdout.split('\n').find((one) => one.startsWith(`broken ${name}: `));
    expect(line, stdout).toMatch(says);
  }
  expect(stdout.match(/^broken /gm)).toHaveLength(Object.keys(broken).length);
});
