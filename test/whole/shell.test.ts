// The shell as a script: statements and commands from a pipe, in their order, with exit codes a caller can use.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lakeobs, type RunOptions } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();
const log = () =>
  folder.write('log.jsonl', [1, 2, 3].map((n) => `${sessionLine({ session_id: `s${n}`, iterations: n })}\n`).join(''));
const shell = (input: string, args: string[] = [], options: RunOptions = {}) =>
  lakeobs(['shell', log(), ...args], { cwd: folder.path(), input, ...options });

describe('a script', () => {
  it('runs statements over lines and several on one line, the last without its semicolon', async () => {
    const { code, stdout, stderr } = await shell(
      "SELECT count(*) AS n\n  FROM sessions -- ; all of them\n; SELECT 'a;b' AS t; SELECT 7 AS x\n",
    );
    expect(stdout).toBe('{"n":3}\n{"t":"a;b"}\n{"x":7}\n');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('takes a comment of several lines in front of a statement, and one that never ends for a mistake', async () => {
    expect(await shell("/* what\n.quit; isn't\nrun */\nSELECT 1 AS a;\n")).toMatchObject({
      code: 0,
      stdout: '{"a":1}\n',
    });
    const open = await shell('SELECT 1 AS a;\n/* SELECT 2 AS b;\n');
    expect(open).toMatchObject({ code: 2, stdout: '{"a":1}\n' });
    expect(open.stderr).toMatch(/^lakeobs: standard input:2: .*comment/);
  });

  it('ends at the first failure with its line, or goes on and is a failure all the same', async () => {
    const script = 'SELECT 1 AS a;\n\nSELECT\n  nope FROM sessions;\n.bogus\nSELECT 2 AS b;\n';
    const stopped = await shell(script);
    expect(stopped).toMatchObject({ code: 2, stdout: '{"a":1}\n' });
    expect(stopped.stderr).toMatch(/^lakeobs: standard input:3: .*nope/);
    const last = await shell('SELECT 1 AS a;\nSELECT nope FROM sessions');
    expect(last).toMatchObject({ code: 2, stdout: '{"a":1}\n' });
    expect(last.stderr).toMatch(/^lakeobs: standard input:2: .*nope/);
    const went = await shell(script, ['--keep-going']);
    expect(went).toMatchObject({ code: 2, stdout: '{"a":1}\n{"b":2}\n' });
    expect(went.stderr).toMatch(/standard input:5: there is no command \.bogus/);
  });

  it('knows the commands: tables, schema, query, mode, limit, timer', async () => {
    const { code, stdout, stderr } = await shell(
      [
        '.tables',
        '.schema PROBLEMS',
        '.query retries',
        '.query slow-sessions n=1',
        '.mode csv',
        '.limit 1',
        'SELECT iterations FROM sessions ORDER BY 1;',
        '.timer on',
        '.mode table',
        'SELECT iterations FROM sessions ORDER BY 1;',
        'quit',
        'SELECT nope;',
      ].join('\n'),
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^\d+\.\d{3} s\n$/);
    expect(stdout).toMatch(/^session +sessions attempts fills\n/m);
    expect(stdout).toMatch(/^problems\n {2}source_file +VARCHAR\n/m);
    expect(stdout).toContain('{"iterations":1,"sessions":1,');
    expect(stdout).toMatch(/\{"model":"m1","sessions":3,/);
    expect(stdout).toContain('iterations\r\n1\r\n┌');
    expect(stdout).toMatch(/1 of 3 rows, 1 column\n2 more rows: \.limit N shows more\n$/);
  });

  it('says what a wrong argument should be', async () => {
    const wrong = [
      '.mode xml',
      '.limit some',
      '.timer maybe',
      '.schema sesions',
      '.query alram',
      '.checks retries',
      '.query retries n=1',
      '.chart pie',
    ];
    const { code, stdout, stderr } = await shell(wrong.join('\n'), ['--keep-going']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const said = stderr.split('\n').filter((line) => line.startsWith('lakeobs:'));
    for (const [at, says] of [
      /takes table, json/,
      /a whole number or all/,
      /takes on, off/,
      /Did you mean sessions/,
      /alarm/,
      /is a query, not a check/,
      /no param/,
      /bar, line or hist/,
    ].entries())
      expect(said[at]).toMatch(says);
    expect(said).toHaveLength(wrong.length);
  });

  it('prints the verdict of checks among its results', async () => {
    const { code, stdout } = await shell('SELECT 1 AS before;\n.checks alarm\nSELECT 2 AS after;\n');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{"before":1\}\nPASS [\s\S]*\{"after":2\}\n$/);
  });

  it('holds checks to the limits it was started with', async () => {
    const { stdout } = await shell('.checks alarm\n', ['--timeout', '1ms']);
    expect(stdout).toMatch(/^INCONCLUSIVE[\s\S]*time limit/);
  });

  it('writes results one behind the other into the output file until it is told otherwise', async () => {
    const path = log();
    const { stdout, stderr } = await lakeobs(['shell', path], {
      cwd: folder.path(),
      input: `SELECT count(*) AS n FROM sessions;\n.output ${join(folder.path(), 'x.csv')}\nSELECT 1 AS a;\nSELECT 2 AS b;\n.output\nSELECT count(*) AS n FROM sessions;\n`,
    });
    expect(stdout).toBe('{"n":3}\n{"n":3}\n');
    expect(stderr).toMatch(/x\.csv is written\n$/);
    expect(readFileSync(join(folder.path(), 'x.csv'), 'utf8')).toBe('a\r\n1\r\nb\r\n2\r\n');
  });

  it('leaves no half a file where a result fails, and never writes over what it reads', async () => {
    const half = join(folder.path(), 'half.jsonl');
    const failed = await shell(
      `.output ${half}\nSELECT range, CASE WHEN range < 90000 THEN 1 ELSE error('late') END FROM range(100000);\n`,
    );
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain('half.jsonl is not written');
    expect(existsSync(half)).toBe(false);
    const over = await shell('.output ./log.jsonl\n');
    expect(over.code).toBe(2);
    expect(over.stderr).toMatch(/is a log/);
    expect(readFileSync(join(folder.path(), 'log.jsonl'), 'utf8').split('\n')).toHaveLength(4);
  });

  it('is refused what sql is refused, and a statement that listens to nothing costs only itself', async () => {
    const { code, stdout, stderr } = await shell(
      [
        "COPY sessions TO 'stolen.csv';",
        "SELECT * FROM read_text('/etc/passwd');",
        "SELECT max(levenshtein(repeat('a', 70000), repeat('b', 70000)));",
        'SELECT 5 AS still_here;',
      ].join('\n'),
      ['--keep-going', '--timeout', '1s'],
    );
    expect(code).toBe(2);
    expect(stdout).toBe('{"still_here":5}\n');
    expect(stderr).toMatch(/COPY is refused/);
    expect(stderr).toMatch(/time limit/);
    expect(existsSync(join(folder.path(), 'stolen.csv'))).toBe(false);
  });

  it('says what is not in the views, once', async () => {
    const path = folder.write('bad.jsonl', `${sessionLine()}\n{"half\n${sessionLine({ session_id: 's2' })}\n`);
    const { code, stderr } = await lakeobs(['shell', path], {
      input: 'SELECT 1;\nSELECT count(*) FROM sessions;\nSELECT count(*) FROM sessions;\n',
    });
    expect(code).toBe(0);
    expect(stderr.match(/not in the views: 1 damaged/g)).toHaveLength(1);
  });

  it('is fine when nobody reads on', async () => {
    const { code, stderr } = await shell('FROM range(100000);\n', [], { closeStdout: true });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });
});
