// init, init query, demo, schema, sources: the first ten minutes with lakeobs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/result.ts';
import { lakeobs } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

describe('init', () => {
  const folder = testFolder();

  it('writes a start that works as it is, and changes nothing that exists', async () => {
    const cwd = folder.path();
    const first = await lakeobs(['init'], { cwd });
    expect(first.code).toBe(0);
    expect(existsSync(join(cwd, 'lakeobs.json'))).toBe(true);
    folder.write('lakeobs.json', '{"lake":"lake","queries":["queries"]}');
    const second = await lakeobs(['init'], { cwd });
    expect(second.stdout).toMatch(/kept\s+lakeobs\.json/);
    expect(readFileSync(join(cwd, 'lakeobs.json'), 'utf8')).toBe('{"lake":"lake","queries":["queries"]}');
    expect((await lakeobs(['query', 'first-shot'], { cwd })).code).toBe(0);
    expect((await lakeobs(['check', '--dry-run'], { cwd })).code).toBe(0);
    const check = await lakeobs(['check'], { cwd });
    expect(check.stdout).toMatch(/nothing was checked/);
    expect(check.code).toBe(2);
  });

  it('query NAME writes a check that runs by path and, once its folder is in the config, by name', async () => {
    const cwd = folder.path();
    folder.write('session.jsonl', `${sessionLine()}\n`);
    const made = await lakeobs(['init', 'query', 'late-fills'], { cwd });
    expect(made.code, made.stderr).toBe(0);
    expect((await lakeobs(['check', './queries/late-fills.sql', './session.jsonl'], { cwd })).code).toBeLessThan(2);
    folder.write('lakeobs.json', '{"queries":["queries"]}');
    expect((await lakeobs(['check', 'late-fills', './session.jsonl'], { cwd })).code).toBeLessThan(2);
    expect((await lakeobs(['init', 'query', 'late-fills'], { cwd })).code).toBe(2);
    expect((await lakeobs(['init', 'query', 'alarm'], { cwd })).code).toBe(2);
  });
});

describe('demo', () => {
  const folder = testFolder();

  it('finds the planted fill, explains it, exits 0', async () => {
    const lake = join(folder.path(), 'demo');
    const { code, stdout, stderr } = await lakeobs(['demo', '--dir', lake]);
    expect(stdout).toMatch(/FAIL/);
    expect(stdout).toMatch(/One accepted fill names W-\d+/);
    expect(stdout).toMatch(/Type next/);
    expect(code, stderr).toBe(0);
    const check = await lakeobs(['check', '--lake', lake, '--roster', join(lake, 'roster.csv'), '--format', 'json']);
    const findings = (text: string) =>
      (JSON.parse(text) as Verdict).checks.flatMap(({ name, status, findings }) =>
        status === 'pass' ? [] : [[name, status, findings]],
      );
    expect(findings(check.stdout)).toEqual([
      ['alarm', 'fail', 1],
      ['phantom-workers', 'fail', 1],
      ['stuck-spans', 'warn', 6],
    ]);
    expect(check.code).toBe(1);
    for (const name of ['retries', 'trend', 'op-stats', 'open-spans', 'retrieval-misses', 'failure-clusters']) {
      const ran = await lakeobs(['query', name, '--lake', lake, '--fail-on-rows']);
      expect(ran.code, `${name} has rows`).toBe(1);
    }
  }, 30_000);

  it('does not write into a folder that holds something', async () => {
    folder.write('x', '');
    expect((await lakeobs(['demo', '--dir', folder.path()])).code).toBe(2);
  });
});

describe('schema and sources', () => {
  const folder = testFolder();

  it.each(['session', 'observer', 'journal', 'replay', 'config'])('schema %s is JSON Schema', async (name) => {
    const { code, stdout } = await lakeobs(['schema', name]);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object' });
    expect(code).toBe(0);
  });

  it('sources says what is read and what lies beside it unread', async () => {
    folder.write('session.jsonl', `${sessionLine()}\n${sessionLine({ schema: 'session.iterate.v7' })}\n`);
    folder.write('session.000001.jsonl', `${sessionLine()}\n`);
    folder.write('notes.jsonl', '{}\n');
    const { code, stdout, stderr } = await lakeobs(['sources', '--lake', folder.path(), '--format', 'jsonl']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => [row.family, row.records, row.unknown_schema])).toEqual([
      ['session', 1, 0],
      ['session', 1, 1],
    ]);
    expect(stderr).toMatch(/not read: .*notes\.jsonl/);
    expect(code).toBe(0);
  });
});

describe('output', () => {
  const folder = testFolder();

  it('-o writes each kind by suffix, whole or not at all, and prints nothing', async () => {
    const log = folder.write('session.jsonl', `${sessionLine()}\n`);
    const files = ['rows.json', 'rows.jsonl', 'rows.csv', 'rows.md', 'rows.txt'].map((name) =>
      join(folder.path(), name),
    );
    const { code, stdout } = await lakeobs(['query', 'verdicts', log, ...files.flatMap((file) => ['-o', file])]);
    expect(stdout).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(files[0]!, 'utf8'))).toHaveLength(1);
    expect(readFileSync(files[2]!, 'utf8').split('\r\n')[0]).toMatch(/^daemon,kind,model/);
  });

  it('a closed pipe is 0 for query', async () => {
    const log = folder.write(
      'session.jsonl',
      `${Array.from({ length: 3000 }, (_, index) => sessionLine({ session_id: `s${index}` })).join('\n')}\n`,
    );
    expect((await lakeobs(['query', 'first-shot-sessions', log], { closeStdout: true })).code).toBe(0);
  });

  it('--limit bounds what is printed and says how much more there is', async () => {
    const log = folder.write(
      'session.jsonl',
      `${Array.from({ length: 60 }, (_, index) => sessionLine({ session_id: `s${index}` })).join('\n')}\n`,
    );
    const table = await lakeobs(['query', 'first-shot-sessions', log, '--format', 'table']);
    expect(table.stdout).toMatch(/10 more rows/);
    const data = await lakeobs(['query', 'first-shot-sessions', log]);
    expect(data.stdout.trim().split('\n')).toHaveLength(60);
  });
});
