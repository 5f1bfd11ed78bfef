// Where a verdict goes: several files at once by suffix, every failing row where that is promised, places only where they are wanted; and nothing of it changes the verdict.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { expect, test } from 'vitest';
import { type CheckCommandOptions, runCheck } from '../../src/commands/check.ts';
import { ClosedPipe } from '../../src/commands/io.ts';
import { openEngine, quoteText } from '../../src/engine/engine.ts';
import { LakeobsError } from '../../src/errors.ts';
import type { Row } from '../../src/result.ts';
import { lines, putOld, session, tempFolder } from '../catalog/ask.ts';
import { testIo } from './io.ts';

const folder = tempFolder();
const io = (fields = {}) => testIo({ cwd: folder, env: { XDG_CONFIG_HOME: join(folder, 'nowhere') }, ...fields });
const options = (fields: Partial<CheckCommandOptions> = {}): CheckCommandOptions => ({ color: false, ...fields });
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const parsed = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const bad = Array.from({ length: 3_000 }, (_, n) => session(`s-${n}`, { grounded_in_roster: false }));
const log = putOld(join(folder, 'log.jsonl'), lines(...bad));
const clean = putOld(join(folder, 'clean.jsonl'), lines(session('good', { grounded_in_roster: true })));
const own = (name: string, sql: string, header = ''): string =>
  putOld(
    join(folder, `${name}.sql`),
    `-- title: T\n-- family: session\n-- kind: check\n-- severity: warn\n${header}\n${sql}`.replace('\n\n', '\n'),
  );

test('the draft of a killed run, even one with the same process id, stands in no output’s way', async () => {
  // What a container’s next run, always process 1, would find.
  for (const suffix of ['parquet', 'csv', 'jsonl', 'json'])
    mkdirSync(join(folder, `draft.${suffix}.${process.pid}.tmp`));
  const output = ['draft.parquet', 'draft.csv', 'draft.jsonl', 'draft.json'];
  const run = io();
  expect(await runCheck(['alarm', log], options({ output }), run)).toBe(1);
  expect(run.err()).toBe('');
  for (const name of output) {
    expect(existsSync(join(folder, name))).toBe(true);
    rmSync(join(folder, `${name}.${process.pid}.tmp`), { recursive: true });
  }
});

test('several files at once, kind by suffix; jsonl, csv and parquet keep every failing row', async () => {
  const output = [
    'a.txt',
    'a.json',
    'a.jsonl',
    'a.md',
    'a.xml',
    'a.sarif',
    'a.SARIF.json',
    'a.github',
    'a.csv',
    'a.parquet',
  ];
  const all = io();
  expect(await runCheck(['alarm', log], options({ output }), all)).toBe(1);
  expect(all.err()).toBe('');
  expect(all.out()).toMatch(/^FAIL/);
  expect(read('a.txt')).toBe(all.out());
  expect(JSON.parse(read('a.json')).checks[0].rows).toHaveLength(100);
  const types = parsed(read('a.jsonl')).map(({ type }) => type);
  expect(types).toEqual([...Array(3_000).fill('finding'), 'check', 'verdict']);
  expect(read('a.md')).toMatch(/^## ❌/);
  expect(read('a.xml')).toMatch(/^<\?xml[\s\S]*<failure/);
  expect(read('a.sarif')).toBe(read('a.SARIF.json'));
  const hundredth = bad.map(({ session_id }) => session_id).sort()[99];
  const line = bad.findIndex(({ session_id }) => session_id === hundredth) + 1;
  expect((JSON.parse(read('a.sarif')) as Log).runs[0]!.results![99]!.locations).toEqual([
    {
      physicalLocation: { artifactLocation: { uri: 'log.jsonl', uriBaseId: '%SRCROOT%' }, region: { startLine: line } },
    },
  ]);
  expect(read('a.github').match(/^::error file=log\.jsonl,line=\d+,/gm)).toHaveLength(10);
  const csv = read('a.csv').trimEnd().split('\r\n');
  expect(csv[0]).toBe('check,severity,session_id,ts,timestamp,daemon,model,iterations,grounded_raw,source_file');
  expect(csv).toHaveLength(3_001);
  expect(csv[1]).toBe(`alarm,error,s-0,2026-03-01T10:00:00.000Z,2026-03-01T10:00:00Z,d,m,1,false,${log}`);
  expect(await fromParquet('count(*), min(ts), sum(iterations), typeof(any_value(ts))')).toEqual([
    [3000, '2026-03-01T10:00:00.000Z', '3000', 'TIMESTAMP WITH TIME ZONE'],
  ]);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

async function fromParquet(columns: string, name = 'a.parquet'): Promise<readonly Row[]> {
  const engine = await openEngine();
  try {
    return (await engine.all(`SELECT ${columns} FROM ${quoteText(join(folder, name))}`)).rows;
  } finally {
    engine.close();
  }
}

test('the rows of several checks are one table: columns by name, what a check has not is NULL, exact text', async () => {
  const small = putOld(join(folder, 'small.jsonl'), lines(session('a,"b"\u2028c', { model: '' }), session('z')));
  const one = own(
    'one',
    `SELECT session_id, nullif(model, 'm') AS model, 1 AS n, [1, 2] AS list, 'x' AS "check", 2 AS "N", 12345678901234567890 AS big,
       TIMESTAMP_NS '2026-01-02 03:04:05.123456789' AS at, 1.50::DECIMAL(9, 2) AS d, INTERVAL 3 DAY AS i, artifact FROM sessions ORDER BY 1`,
  );
  const two = own('two', "SELECT 'text' AS n, session_id FROM sessions WHERE session_id = 'z'");
  const none = own('none', 'SELECT true AS only_here FROM sessions WHERE false', '-- population: SELECT 5');
  const output = ['t.csv', 't.parquet'];
  const all = io();
  expect(await runCheck([one, two, none, small], options({ output, failOn: 'warn' }), all)).toBe(1);
  expect(all.err()).toBe('');
  const rest = '"[1,2]",x,2,12345678901234567890,2026-01-02T03:04:05.123456789Z,1.50,3 days,,';
  expect(read('t.csv')).toBe(
    [
      'check,severity,session_id,model,n,list,check_2,N_2,big,at,d,i,artifact,only_here',
      `one,warn,"a,""b""\u2028c","",1,${rest}`,
      `one,warn,z,,1,${rest}`,
      'two,warn,z,,text,,,,,,,,,',
      '',
    ].join('\r\n'),
  );
  expect(
    await fromParquet(
      `"check", session_id, model, n, typeof(n), list, "N_2", typeof("N_2"), big, typeof(big), "at", typeof("at"), d, typeof(only_here)`,
      't.parquet',
    ),
  ).toEqual([
    [
      'one',
      'a,"b"\u2028c',
      '',
      '1',
      'VARCHAR',
      '[1,2]',
      2,
      'INTEGER',
      '12345678901234567890',
      'DECIMAL(38,0)',
      '2026-01-02T03:04:05.123456789Z',
      'TIMESTAMP_NS',
      '1.50',
      'BOOLEAN',
    ],
    [
      'one',
      'z',
      null,
      '1',
      'VARCHAR',
      '[1,2]',
      2,
      'INTEGER',
      '12345678901234567890',
      'DECIMAL(38,0)',
      '2026-01-02T03:04:05.123456789Z',
      'TIMESTAMP_NS',
      '1.50',
      'BOOLEAN',
    ],
    [
      'two',
      'z',
      null,
      'text',
      'VARCHAR',
      null,
      null,
      'INTEGER',
      null,
      'DECIMAL(38,0)',
      null,
      'TIMESTAMP_NS',
      null,
      'BOOLEAN',
    ],
  ]);
});

test('without a failing row the tables have their columns', async () => {
  expect(await runCheck(['alarm', clean], options({ output: ['no.csv', 'no.parquet', 'no.jsonl'] }), io())).toBe(0);
  expect(read('no.csv')).toMatch(/^check,severity,session_id,[^\n]*\r\n$/);
  expect(await fromParquet('count(*), count(session_id)', 'no.parquet')).toEqual([[0, 0]]);
  expect(parsed(read('no.jsonl')).map(({ type }) => type)).toEqual(['check', 'verdict']);
  // Nothing could be read: no statement ran.
  expect(await runCheck(['alarm', './missing.jsonl'], options({ output: ['un.csv', 'un.parquet'] }), io())).toBe(2);
  expect(read('un.csv')).toBe('check,severity\r\n');
  expect(await fromParquet('count(*)', 'un.parquet')).toEqual([[0]]);
});

test('--format jsonl is the same document as a file of that kind', async () => {
  const printed = io();
  expect(await runCheck(['alarm', log], options({ format: 'jsonl', output: ['same.jsonl'] }), printed)).toBe(1);
  expect(printed.out()).toBe(read('same.jsonl'));
});

test('a reader that goes away after the first rows changes neither the verdict nor the files', async () => {
  const output = ['whole.jsonl', 'whole.csv'];
  const closed = io({ closeAfter: 2 });
  expect(await runCheck(['alarm', log], options({ format: 'jsonl', output }), closed)).toBe(1);
  expect(closed.err()).toBe('');
  expect(parsed(read('whole.jsonl'))).toHaveLength(3_002);
  const stdout = () => Promise.reject(new ClosedPipe());
  expect(await runCheck(['alarm', clean], options({ format: 'sarif' }), io({ stdout }))).toBe(0);
});

test.each(['jsonl', 'csv', 'parquet', 'xml', 'sarif', 'github'])(
  'a .%s file that cannot be written makes a pass a 2, and leaves a finding a 1',
  async (suffix) => {
    const output = [`missing/x.${suffix}`];
    const passed = io();
    expect(await runCheck(['alarm', clean], options({ output }), passed)).toBe(2);
    expect(passed.err()).toMatch(new RegExp(`cannot write .*missing/x\\.${suffix}`));
    expect(passed.out()).toMatch(/^PASS/);
    expect(await runCheck(['alarm', log], options({ output }), io())).toBe(1);
    expect(existsSync(join(folder, 'missing'))).toBe(false);
  },
);

test('with a baseline every row says whether it is accepted, in jsonl, csv and parquet', async () => {
  const two = putOld(join(folder, 'two.jsonl'), lines(session('old', { grounded_in_roster: false })));
  const baseline = 'accepted.json';
  expect(await runCheck(['alarm', two], options({ baseline, updateBaseline: true }), io())).toBe(0);
  putOld(two, lines(...['old', 'young'].map((id) => session(id, { grounded_in_roster: false }))));
  const output = ['b.jsonl', 'b.csv', 'b.parquet'];
  expect(await runCheck(['alarm', two], options({ baseline, output }), io())).toBe(1);
  expect(parsed(read('b.jsonl')).map(({ accepted }) => accepted)).toEqual([true, false, 1, undefined]);
  expect(read('b.csv')).toMatch(
    /^check,severity,accepted,session_id,.*\r\nalarm,error,true,old,.*\r\nalarm,error,false,young,/,
  );
  expect(await fromParquet('accepted, session_id', 'b.parquet')).toEqual([
    [true, 'old'],
    [false, 'young'],
  ]);
});

test.each<[why: string, flags: Partial<CheckCommandOptions>, message: RegExp]>([
  ['an update without a file', { updateBaseline: true }, /--update-baseline needs a file/],
  ['an expiry without an update', { baselineExpires: '90d' }, /--baseline-expires is for new entries/],
  ['a reason without an update', { baseline: 'x.json', reason: 'why' }, /--reason is for new entries/],
  [
    'an update of what is new',
    { baseline: 'x.json', updateBaseline: true, sinceLast: true },
    /--since-last looks at new/,
  ],
  ['a dry update', { baseline: 'x.json', updateBaseline: true, dryRun: true }, /a dry run finds nothing to accept/],
  ['a dry look at news', { sinceLast: true, dryRun: true }, /a dry run finds nothing to remember/],
  ['a dry verdict', { output: ['x.json'], dryRun: true }, /a dry run has no verdict to write/],
  ['a dry format', { format: 'junit', dryRun: true }, /a dry run has no verdict to print/],
  [
    'a span that is none',
    { baseline: 'x.json', updateBaseline: true, baselineExpires: 'soon' },
    /no duration and no date/,
  ],
  ['the verdict in place of the baseline', { baseline: 'x.json', output: ['./x.json'] }, /is the baseline/],
  ['a log as a baseline', { baseline: 'log.jsonl', updateBaseline: true }, /--baseline .*log\.jsonl is a log/],
])('%s is a usage error, and nothing is written', async (_why, flags, message) => {
  const refused = expect.objectContaining({
    code: 'usage',
    hint: expect.any(String),
    message: expect.stringMatching(message),
  });
  const run = io({ env: { XDG_CONFIG_HOME: join(folder, 'nowhere'), XDG_STATE_HOME: join(folder, 'state') } });
  await expect(runCheck(['alarm', log], options(flags), run)).rejects.toThrow(refused as Error);
  expect(existsSync(join(folder, 'x.json'))).toBe(false);
  expect(existsSync(join(folder, 'state'))).toBe(false);
});

test('the config as output, by its name or a link to it, is a usage error', async () => {
  const config = join(folder, 'config.json');
  writeFileSync(config, '{}');
  symlinkSync('config.json', join(folder, 'link.json'));
  for (const output of [['config.json'], ['link.json']])
    await expect(runCheck(['alarm', log], options({ config, output }), io())).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/--output \w+\.json is the config/),
    });
  expect(read('config.json')).toBe('{}');
});

test('the baseline as output, behind a link to it, is a usage error', async () => {
  const baseline = 'base.json';
  expect(await runCheck(['alarm', log], options({ baseline, updateBaseline: true }), io())).toBe(0);
  symlinkSync(baseline, join(folder, 'base-link.json'));
  const was = read(baseline);
  for (const [named, output] of [
    [baseline, 'base-link.json'],
    ['base-link.json', baseline],
  ] as const)
    await expect(runCheck(['alarm', log], options({ baseline: named, output: [output] }), io())).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/is the baseline/),
    });
  expect(read(baseline)).toBe(was);
});

test('an unknown suffix, or a log as output, is a usage error before anything is read', async () => {
  await expect(runCheck(['alarm', log], options({ output: ['x.pdf'] }), io())).rejects.toMatchObject({
    code: 'usage',
    hint: expect.stringContaining('.sarif'),
  });
  await expect(runCheck(['alarm', log], options({ output: ['log.jsonl'] }), io())).rejects.toBeInstanceOf(LakeobsError);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('reports name files as the checkout of a workflow knows them', async () => {
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  putOld(join(inner, 'bad.jsonl'), lines(session('x'), session('bad', { grounded_in_roster: false })));
  const at = (GITHUB_WORKSPACE: string) => {
    const run = io({ cwd: inner, env: { XDG_CONFIG_HOME: join(folder, 'nowhere'), GITHUB_WORKSPACE } });
    return runCheck(['alarm', './bad.jsonl'], options({ format: 'github' }), run).then(() => run.out());
  };
  expect(await at(folder)).toContain('\n::error file=inner/bad.jsonl,line=2,');
  expect(await at('/elsewhere')).toContain('\n::error file=bad.jsonl,line=2,');
});
