// Mistakes people make on the command line: exit 2, one clear line, no stack, nothing on stdout.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lakeobs } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const mistakes: [string, string[], RegExp][] = [
  [
    'an unknown command',
    ['chek'],
    /^lakeobs: unknown command 'chek'\. Did you mean check\?\n {2}try: lakeobs --help lists .*\n$/,
  ],
  [
    'an unknown option',
    ['check', '--alow-empty'],
    /unknown option '--alow-empty'\. Did you mean --allow-empty\?\n {2}try: lakeobs check --help/,
  ],
  [
    'an unknown option near none',
    ['check', '--xyz'],
    /^lakeobs: unknown option '--xyz'\n {2}try: lakeobs check --help .*\n$/,
  ],
  [
    'an unknown option of a command of a command',
    ['init', 'query', 'x', '--knd'],
    /--kind\?\n {2}try: lakeobs init query --help/,
  ],
  ['a missing argument', ['append'], /missing required argument 'family'\n {2}try: lakeobs append --help/],
  ['an option without its value', ['check', '--format'], /argument missing\n {2}try: lakeobs check --help/],
  ['a value that is none of its option', ['check', '--fail-on', 'all'], /Allowed choices are error, warn\.\n {2}try:/],
  ['too many arguments', ['schema', 'session', 'replay'], /too many arguments for 'schema'.*\n {2}try:/],
  ['an unknown query', ['query', 'alram'], /no query "alram".*alarm/],
  ['an unknown family', ['append', 'sesion'], /unknown family "sesion".*session/],
  ['a check that is a query', ['check', 'first-shot'], /first-shot is a query/],
  ['no lake', ['query', 'alarm'], /no lake at/],
  ['a bad time', ['query', 'alarm', '--since', 'soonish'], /--since: "soonish" is no time/],
  ['since after until', ['query', 'alarm', '--since', '2026-02-01', '--until', '2026-01-01'], /not before --until/],
  ['a bad time zone', ['query', 'alarm', '--tz', 'Mars/Base'], /unknown time zone/],
  ['a bad limit', ['query', 'alarm', '--limit', 'many', './x.jsonl'], /--limit takes a whole number/],
  ['a bad format', ['query', 'alarm', '--format', 'xml', './x.jsonl'], /--format takes/],
  ['an unknown param', ['query', 'repeated-rejections', '-p', 'm=3', './x.jsonl'], /no param "m".*n/],
  ['a param of the wrong type', ['query', 'repeated-rejections', '-p', 'n=three', './x.jsonl'], /n is a whole number/],
  ['a name where a path belongs', ['query', 'alarm', 'logs'], /write \.\/logs/],
  ['a path where a name belongs', ['query', './x.jsonl'], /lakeobs query alarm \.\/x\.jsonl/],
  ['a shell over standard input', ['shell', '-'], /reads its statements there\n {2}try:/],
  ['a missing config', ['query', '--config', './nope.json'], /cannot read the config/],
  ['an output of no known kind', ['query', 'alarm', '-o', 'rows.xyz', './x.jsonl'], /suffix does not tell the format/],
];

describe('a mistake is exit 2 and says what to do', () => {
  const folder = testFolder();

  it.each(mistakes)('%s', async (_name, args, says) => {
    const { code, stdout, stderr } = await lakeobs(args, { cwd: folder.path() });
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('a config with an unknown key names the nearest known one', async () => {
    folder.write('lakeobs.json', '{"lakes":"x"}');
    const { code, stderr } = await lakeobs(['query', 'alarm'], { cwd: folder.path() });
    expect(stderr).toMatch(/unknown key "lakes".*lake/);
    expect(code).toBe(2);
  });

  it('an own query cannot take a bundled name', async () => {
    folder.write('alarm.sql', '-- title: x\n-- family: session\n-- kind: check\nSELECT 1 WHERE false\n');
    folder.write('lakeobs.json', '{"queries":["."]}');
    const { code, stderr } = await lakeobs(['check'], { cwd: folder.path() });
    expect(stderr).toMatch(/bundled query cannot be replaced/);
    expect(code).toBe(2);
  });

  it('an output that is a log is refused, and the log stays', async () => {
    const log = folder.write('session.jsonl', `${sessionLine()}\n`);
    for (const args of [
      ['query', 'alarm', log, '-o', log],
      ['check', 'alarm', log, '-o', log],
      ['sql', 'FROM sessions', '--lake', folder.path(), '-o', `${folder.path()}/session.jsonl`],
    ]) {
      const { code, stderr } = await lakeobs(args);
      expect(stderr).toMatch(/is a log/);
      expect(code).toBe(2);
    }
    expect(readFileSync(log, 'utf8')).toBe(`${sessionLine()}\n`);
  });

  it('a statement that begins with a comment is a statement', async () => {
    const log = folder.write('session.jsonl', `${sessionLine()}\n`);
    expect((await lakeobs(['sql', '-- how many\nSELECT count(*) AS n FROM sessions', log])).stdout).toBe('{"n":1}\n');
  });

  it('bad SQL says where, with a caret under the place', async () => {
    const log = folder.write('session.jsonl', `${sessionLine()}\n`);
    const { code, stdout, stderr } = await lakeobs(['sql', 'SELECT sesion_id FROM sessions', log]);
    expect(stderr).toMatch(/session_id/);
    expect(stderr).toMatch(/SELECT sesion_id FROM sessions\n\s+\^/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    ['COPY', "COPY sessions TO 'out.csv'"],
    ['a file function', "SELECT * FROM read_text('/etc/passwd')"],
    ['a file as a table', "SELECT * FROM '/etc/passwd'"],
    ['two statements', 'SELECT 1; SELECT 2'],
    ['SET', 'SET threads = 1'],
    ['ATTACH', "ATTACH 'x.db'"],
    ['a table function that logs', "SELECT * FROM enable_logging(storage='stdout')"],
    ['the tables behind the views', 'SELECT * FROM lines'],
  ])('sql refuses %s', async (_name, statement) => {
    const log = folder.write('session.jsonl', `${sessionLine()}\n`);
    const { code, stdout } = await lakeobs(['sql', statement, log], { cwd: folder.path() });
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('a missing native binding is exit 2 and says what to install', async () => {
    const log = folder.write('session.jsonl', `${sessionLine()}\n`);
    const preload = folder.write(
      'no-binding.cjs',
      "const M = require('node:module'); const load = M._load; M._load = function (name, ...rest) { if (name.startsWith('@duckdb/node-bindings')) throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' }); return load.call(this, name, ...rest); };",
    );
    const env = { NODE_OPTIONS: `--require ${preload}` };
    const { code, stderr } = await lakeobs(['query', 'alarm', log], { env });
    expect(stderr).toMatch(/native binding cannot be loaded[\s\S]*npm install/);
    expect(code).toBe(2);
    // A check prints its document all the same.
    const check = await lakeobs(['check', 'alarm', log, '--format', 'json'], { env });
    expect(check.stderr).toMatch(/native binding cannot be loaded[\s\S]*npm install/);
    expect(JSON.parse(check.stdout)).toMatchObject({
      verdict: 'inconclusive',
      exit_code: 2,
      checks: [{ name: 'alarm', status: 'error', reason: expect.stringContaining('native binding') }],
    });
    expect(check.code).toBe(2);
  });

  it('an uncaught exception is exit 2, not 1', async () => {
    // Thrown once the program is up and waits for its input, however long that takes.
    const preload = folder.write(
      'boom.cjs',
      "const { stdin } = process; const timer = setInterval(() => { if (stdin.listenerCount('readable') + stdin.listenerCount('data') === 0) return; clearInterval(timer); throw new Error('boom'); }, 20);",
    );
    const { code, stderr } = await lakeobs(['append', 'session'], {
      env: { NODE_OPTIONS: `--require ${preload}` },
      keepStdin: true,
    });
    expect(stderr).toMatch(/boom/);
    expect(code).toBe(2);
  });
});

describe('help', () => {
  it('goes to stdout with exit 0', async () => {
    const { code, stdout } = await lakeobs(['--help']);
    expect(stdout).toMatch(/Exit codes: 0 fine/);
    expect(code).toBe(0);
  });
});
