// The README does what it says: its shell blocks run (against the demo's lake), its TypeScript compiles in spirit by running, its two commands are the ones CI calls.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lakeobs, lakeobsBin } from './cli.ts';
import { sessionLine } from './whole/records.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]!);

describe('README', () => {
  let cwd: string;

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'lakeobs-readme-'));
    await lakeobs(['demo', '--dir', join(cwd, 'lake')]);
    mkdirSync(join(cwd, 'logs'));
    writeFileSync(join(cwd, 'logs', 'session.jsonl'), `${sessionLine()}\n`);
    mkdirSync(join(cwd, 'bin'));
    symlinkSync(lakeobsBin, join(cwd, 'bin', 'lakeobs'));
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it('its workflow prints annotations alone: log text in any other format could be taken for a command', () => {
    const steps = blocks('yaml').flatMap((block) => block.match(/lakeobs check .*/g) ?? []);
    expect(steps).not.toEqual([]);
    for (const step of steps) expect(step).toContain('--format github');
  });

  it('its first two commands are what CI calls', () => {
    const commands = blocks('sh')[0]!
      .trim()
      .split('\n')
      .map((line) => line.replace(/\s*#.*$/, '').trim());
    expect(commands).toEqual(['npm ci && npx lakeobs demo', 'npm ci && npm test']);
    const ci = readFileSync(join(root, '.ci', 'run'), 'utf8')
      .split('\n')
      .map((line) => line.trim());
    for (const command of commands) expect(ci).toContain(command);
  });

  it.each(
    blocks('sh')
      .slice(1)
      .flatMap((block) => block.trim().split('\n')),
  )('runs: %s', async (line) => {
    const result = await new Promise<{ code: number; text: string }>((resolve) => {
      const child = execFile(
        'sh',
        ['-c', line],
        { cwd, env: { PATH: `${join(cwd, 'bin')}:${process.env.PATH}`, HOME: cwd } },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr }),
      );
      // A shell reads what is typed: nothing.
      child.stdin?.end();
    });
    expect(result.code, result.text).toBe(0);
  });

  it('its TypeScript writes a record the alarm reads', async () => {
    const program = join(cwd, 'program.mjs');
    const source = `${blocks('ts')[0]!}\nawait log.close();\n`;
    buildSync({
      stdin: { contents: source, loader: 'ts', resolveDir: root },
      alias: { 'lakeobs/writer': join(root, 'src', 'writer.ts') },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile: program,
    });
    const folder = join(cwd, 'program');
    mkdirSync(folder);
    await new Promise((resolve, reject) =>
      execFile(process.execPath, [program], { cwd: folder }, (error) =>
        error === null ? resolve(null) : reject(error),
      ),
    );
    const checked = await lakeobs(['check', 'alarm', '--lake', join(folder, 'lake')]);
    expect(checked.stdout).toMatch(/PASS/);
    expect(checked.code).toBe(0);
  });
});
