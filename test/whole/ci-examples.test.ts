// What docs/checks.md gives to CI systems and schedulers runs as it stands there: the steps of action.yml, the examples for GitLab, pre-commit and cron, with the
// built program behind `npx`. What those systems do themselves (uploading, mailing) is theirs.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { lakeobsBin } from '../cli.ts';
import { sessionLine } from './records.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs', 'checks.md'), 'utf8');
/** The block of the page that begins with this comment, or is in this language. */
const block = (language: string, name = ''): string =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))]
    .map((match) => match[1]!)
    .find((text) => text.startsWith(name === '' ? '' : `# ${name}\n`))!;

interface Action {
  inputs: Record<string, { description: string; default: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: { id: string; run: string; shell: string; env: Record<string, string> }[] };
}
const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action;

let home: string;
let cwd: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lakeobs-ci-'));
  mkdirSync(join(home, 'bin'));
  const npx = `#!/bin/sh\nwhile [ "$1" != "\${1#-}" ]; do shift; done\necho "$1" >> "$HOME/npx.log"\nshift\nexec '${process.execPath}' '${lakeobsBin}' "$@"\n`;
  writeFileSync(join(home, 'bin', 'npx'), npx);
  chmodSync(join(home, 'bin', 'npx'), 0o755);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => {
  cwd = mkdtempSync(join(home, 'work-'));
  mkdirSync(join(cwd, 'logs'));
});

const attack = '::add-mask::x ##[add-path]/tmp';
const findings = (): void =>
  writeFileSync(
    join(cwd, 'logs', 'session.jsonl'),
    `${sessionLine()}\n${sessionLine({ session_id: attack, grounded_in_roster: false })}\n`,
  );
const clean = (): void =>
  writeFileSync(join(cwd, 'logs', 'session.jsonl'), `${sessionLine({ grounded_in_roster: true })}\n`);

interface Ran {
  code: number;
  out: string;
  err: string;
}

function sh(script: string, env: Record<string, string> = {}, shell = ['sh', '-c']): Promise<Ran> {
  return new Promise((resolve) => {
    const all = {
      PATH: `${join(home, 'bin')}:${process.env.PATH}`,
      HOME: home,
      XDG_CACHE_HOME: '/dev/null/none',
      ...env,
    };
    execFile(shell[0]!, [...shell.slice(1), script], { cwd, env: all }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

describe('action.yml', () => {
  /** One step as the runner runs it: bash with its options, inputs as the expressions say. */
  async function step(
    inputs: Record<string, string>,
  ): Promise<Ran & { summary: string; outputs: Record<string, string> }> {
    const [only] = action.runs.steps;
    expect(action.runs.steps).toHaveLength(1);
    const env = Object.fromEntries(
      Object.entries(only!.env).map(([name, expression]) => {
        const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression)![1]!;
        return [name, inputs[input] ?? action.inputs[input]!.default];
      }),
    );
    const files = { GITHUB_STEP_SUMMARY: join(cwd, 'summary'), GITHUB_OUTPUT: join(cwd, 'outputs') };
    for (const file of Object.values(files)) writeFileSync(file, '');
    mkdirSync(join(cwd, 'temp'), { recursive: true });
    writeFileSync(join(cwd, 'step.sh'), only!.run);
    const ran = await sh(
      join(cwd, 'step.sh'),
      { ...env, ...files, CI: 'true', GITHUB_WORKSPACE: cwd, RUNNER_TEMP: join(cwd, 'temp') },
      ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail'],
    );
    const outputs = readFileSync(files.GITHUB_OUTPUT, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('='));
    return { ...ran, summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'), outputs: Object.fromEntries(outputs) };
  }

  /** Lines that the runner would look at: outside of stopped commands. */
  function heard(out: string): string[] {
    const token = /^::stop-commands::(.+)$/m.exec(out)![1]!;
    const [before = '', ...rest] = out.split(new RegExp(`::stop-commands::${token}\n|\n::${token}::\n`));
    return `${before}${rest[1]}`.split('\n');
  }

  test('findings fail the step: annotations at their lines, the summary, the files asked for, the outputs', async () => {
    findings();
    const ran = await step({
      checks: 'alarm\nungrounded-unknown',
      paths: './logs\r\n',
      output: 'all.sarif\nmy rows.csv\n',
    });
    expect(ran.err).toBe('');
    expect(ran.code).toBe(1);
    expect(ran.outputs).toEqual({ verdict: 'fail', 'exit-code': '1' });
    expect(ran.out).toMatch(/^::stop-commands::[\w-]{36}\nFAIL {2}2 checks/);
    const commands = heard(ran.out).filter((line) => /^\s*::|##\[/.test(line));
    expect(commands).toEqual([
      expect.stringMatching(
        /^::error file=logs\/session\.jsonl,line=2,title=alarm%3A .*::session_id: ::add-mask::x ##\[add-path\]/,
      ),
    ]);
    expect(ran.summary).toMatch(/^## ❌ lakeobs check: fail/);
    expect(JSON.parse(readFileSync(join(cwd, 'all.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect(readFileSync(join(cwd, 'my rows.csv'), 'utf8')).toMatch(/^check,severity,/);
    expect(readdirSync(join(cwd, 'temp'))).toEqual([]);
    expect(readFileSync(join(home, 'npx.log'), 'utf8')).toMatch(/(^|\n)lakeobs\n$/);
  });

  test('a clean log passes; format github shows annotations alone', async () => {
    clean();
    const ran = await step({
      checks: 'alarm',
      paths: './logs',
      format: 'github',
      version: '0.1.0',
      args: '--require=session',
    });
    expect([ran.code, ran.outputs]).toEqual([0, { verdict: 'pass', 'exit-code': '0' }]);
    expect(ran.out).not.toMatch(/::(error|warning)/);
    expect(ran.out.split('\n')[1]).toBe('');
    expect(ran.summary).toMatch(/^## ✅/);
    expect(readFileSync(join(home, 'npx.log'), 'utf8')).toMatch(/\nlakeobs@0\.1\.0\n$/);
  });

  test('what cannot be judged, or cannot run, fails with 2; an input is never code', async () => {
    const empty = await step({ checks: 'alarm', paths: './logs' });
    expect([empty.code, empty.outputs]).toEqual([2, { verdict: 'inconclusive', 'exit-code': '2' }]);
    expect(heard(empty.out).filter((line) => line.startsWith('::error'))).toHaveLength(1);
    const usage = await step({ checks: '$(touch pwned)`touch pwned`"; touch pwned', paths: '--help' });
    expect([usage.code, usage.outputs]).toEqual([2, { 'exit-code': '2' }]);
    expect(heard(usage.out)).toContain('::error title=lakeobs check::It could not run; the log of the step says why.');
    expect(existsSync(join(cwd, 'pwned'))).toBe(false);
  });

  test('the page names every input and output, and its example uses only those', () => {
    for (const name of Object.keys(action.inputs)) expect(page).toContain(`\n| \`${name}\` |`);
    for (const [name, { value }] of Object.entries(action.outputs)) {
      expect(page).toContain(`\`${name}\``);
      expect(value).toBe(`\${{ steps.check.outputs.${name} }}`);
    }
    const workflow = parse(block('yaml', '.github/workflows/lakeobs.yml'));
    const use = workflow.jobs.check.steps.find(({ uses }: { uses?: string }) => uses?.startsWith('OWNER/lakeobs@'));
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(use.with)));
    expect(workflow.permissions['security-events']).toBe('write');
  });
});

test('without the action: annotations on stdout, a summary from a file', async () => {
  findings();
  const steps = parse(page.split('Without the action')[1]!.match(/```yaml\n([\s\S]*?)```/)![1]!) as { run: string }[];
  const check = await sh(steps[0]!.run);
  expect(check.code).toBe(1);
  expect(check.out).toMatch(/\n::error file=logs\/session\.jsonl,line=2,/);
  await sh(steps[1]!.run, { GITHUB_STEP_SUMMARY: join(cwd, 'summary') });
  expect(readFileSync(join(cwd, 'summary'), 'utf8')).toMatch(/lakeobs check: fail/);
});

test('GitLab: the job fails and leaves the report it promises', async () => {
  findings();
  const { lakeobs } = parse(block('yaml', '.gitlab-ci.yml'));
  expect(lakeobs.artifacts.when).toBe('always');
  const ran = await sh(lakeobs.script.join('\n'));
  expect(ran.code).toBe(1);
  expect(readFileSync(join(cwd, lakeobs.artifacts.reports.junit), 'utf8')).toContain(
    '<testcase name="alarm" classname="lakeobs.check">',
  );
  for (const path of lakeobs.artifacts.paths) expect(existsSync(join(cwd, path))).toBe(true);
  clean();
  expect((await sh(lakeobs.script.join('\n'))).code).toBe(0);
});

test('pre-commit: a valid check passes, a broken one does not, also where the config names the folder', async () => {
  const [hook] = parse(block('yaml', '.pre-commit-config.yaml')).repos[0].hooks;
  mkdirSync(join(cwd, 'queries'));
  writeFileSync(join(cwd, 'lakeobs.json'), '{"queries": ["queries"]}');
  const put = (name: string, sql: string): void =>
    writeFileSync(join(cwd, 'queries', name), `-- title: T\n-- family: session\n-- kind: check\n${sql}\n`);
  put('fine.sql', 'SELECT session_id FROM sessions WHERE iterations > 9');
  put('bad.sql', 'SELECT nosuch FROM sessions');
  expect('queries/fine.sql').toMatch(new RegExp(hook.files));
  expect(await sh(`${hook.entry} queries/fine.sql`)).toMatchObject({ code: 0, out: 'ok     fine\n' });
  expect(await sh(`${hook.entry} queries/fine.sql queries/bad.sql`)).toMatchObject({
    code: 2,
    out: expect.stringMatching(/broken bad: .*nosuch/),
  });
});

test('cron: silent when all is well, the page when not', async () => {
  const line = block('crontab').trim();
  expect(line.split(' ').slice(0, 5)).toEqual(['*/15', '*', '*', '*', '*']);
  expect(line).not.toContain('%');
  const command = line.split(' ').slice(5).join(' ').replace('/srv/agents', cwd);
  mkdirSync(join(cwd, 'lake'));
  const put = (grounded: boolean): void =>
    writeFileSync(
      join(cwd, 'lake', 'session.jsonl'),
      `${sessionLine({ timestamp: new Date().toISOString(), grounded_in_roster: grounded })}\n`,
    );
  put(true);
  expect(await sh(command)).toEqual({ code: 0, out: '', err: '' });
  put(false);
  expect((await sh(command)).out).toMatch(/^FAIL/);
});
