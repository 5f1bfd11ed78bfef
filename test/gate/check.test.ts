// Every way a check can be wrong, on real files: what the verdict says and which exit code it asks for.
import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Scope } from '../../src/catalog/sources.ts';
import { type CheckOptions, chooseChecks, runChecks } from '../../src/gate/check.ts';
import { dryRunChecks } from '../../src/gate/dry-run.ts';
import { parseQuery, type Query } from '../../src/query/header.ts';
import { listQueries } from '../../src/query/load.ts';
import type { Verdict } from '../../src/result.ts';
import { lakeAt, lines, log, op, paths, putOld, session, tempFolder } from '../catalog/ask.ts';

const folder = tempFolder();
afterEach(() => vi.useRealTimers());
let number = 0;
const file = (content: string | Uint8Array, name = `${++number}.jsonl`): string => putOld(join(folder, name), content);
const newFolder = (): string => {
  const path = join(folder, `folder-${++number}`);
  mkdirSync(path);
  return path;
};

const catalogue = listQueries([]);
const named = (...names: string[]): Query[] => chooseChecks(catalogue, { names, tags: [], exclude: [] });
const own = (name: string, sql: string, ...header: string[]): Query =>
  parseQuery(
    ['-- title: T', '-- family: session', '-- kind: check', ...header, sql].join('\n'),
    name,
    `${name}.sql`,
    false,
  );

function run(checks: readonly Query[], scope: Scope, fields: Partial<CheckOptions> = {}): Promise<Verdict> {
  return runChecks(checks, {
    scope,
    failOn: 'error',
    allowEmpty: false,
    allowDamage: false,
    require: [],
    params: {},
    named: true,
    version: '0',
    startedAt: new Date('2026-03-10T12:00:00Z'),
    threads: 2,
    ...fields,
  });
}

const grounded = session('good', { grounded_in_roster: true });
const ungrounded = session('bad', { grounded_in_roster: false });

describe('the alarm', () => {
  test.each<
    [
      why: string,
      content: string | Uint8Array,
      verdict: Verdict['verdict'],
      findings: number,
      complete: boolean,
      reason: RegExp,
    ]
  >([
    ['a clean file', lines(grounded), 'pass', 0, true, /1 check over 1 record/],
    ['an ungrounded fill', lines(grounded, ungrounded), 'fail', 1, true, /alarm: 1 finding/],
    ['an empty file', '', 'inconclusive', 0, false, /nothing to judge/],
    ['a file with no fill that has a flag', lines(session('a')), 'inconclusive', 0, false, /nothing to judge/],
    ['a NULL flag', lines(session('a', { grounded_in_roster: null })), 'inconclusive', 0, false, /nothing to judge/],
    [
      'only records of an unknown version',
      lines({ ...ungrounded, schema: 'session.iterate.v9' }),
      'inconclusive',
      0,
      false,
      /schema version/,
    ],
    ['only lines of no family', lines({ hello: 1 }), 'inconclusive', 0, false, /nothing to judge/],
    ['lines of no family beside clean records', lines({ hello: 1 }, grounded), 'pass', 0, true, /1 check/],
    ['only lines of another family', lines(op()), 'inconclusive', 0, false, /nothing to judge/],
    ['a damaged line', lines(grounded, 'broken'), 'inconclusive', 0, false, /1 damaged range could not be read/],
    ['an alarm beside a damaged line', lines('broken', ungrounded), 'fail', 1, false, /not everything could be judged/],
    [
      'an alarm beside an unknown version',
      lines(ungrounded, { ...grounded, schema: 'session.iterate.v2' }),
      'fail',
      1,
      false,
      /not everything/,
    ],
    [
      'a file cut at rest',
      lines(grounded) + JSON.stringify(ungrounded).slice(0, 50),
      'inconclusive',
      0,
      false,
      /1 damaged range/,
    ],
    [
      'an alarm in a last line without newline',
      lines(grounded) + JSON.stringify(ungrounded),
      'fail',
      1,
      true,
      /1 finding/,
    ],
    ['the flag "false"', lines(session('a', { grounded_in_roster: 'false' })), 'fail', 1, true, /1 finding/],
    ['the flag 0', lines(session('a', { grounded_in_roster: 0 })), 'fail', 1, true, /1 finding/],
    ['the flag "maybe"', lines(session('a', { grounded_in_roster: 'maybe' })), 'fail', 1, true, /1 finding/],
    ['the flag {}', lines(session('a', { grounded_in_roster: {} })), 'fail', 1, true, /1 finding/],
    ['the flag "true"', lines(session('a', { grounded_in_roster: 'true' })), 'pass', 0, true, /1 check/],
    [
      'an ungrounded e-mail, which is no fill',
      lines(grounded, { ...ungrounded, kind: 'email' }),
      'pass',
      0,
      true,
      /1 check/,
    ],
    [
      'a flag written twice',
      lines(
        grounded,
        '{"schema":"session.iterate.v1","session_id":"x","kind":"fill","final_verdict":"accepted","grounded_in_roster":true,"grounded_in_roster":false}',
      ),
      'inconclusive',
      0,
      false,
      /"grounded_in_roster" is written twice/,
    ],
    [
      'a key written twice that no check reads',
      lines(
        '{"schema":"session.iterate.v1","session_id":"x","kind":"fill","final_verdict":"accepted","grounded_in_roster":true,"max_iterations":1,"max_iterations":2}',
      ),
      'pass',
      0,
      true,
      /1 check/,
    ],
    [
      'a key written twice in a record of another family',
      lines(
        grounded,
        '{"endpoint":"/","success":true,"timestamp":"2026-01-01T00:00:00Z","timestamp":"x","kind":"a","kind":"b"}',
      ),
      'pass',
      0,
      true,
      /1 check/,
    ],
  ])('%s', async (_why, content, verdict, findings, complete, reason) => {
    const judged = await run(named('alarm'), paths(file(content)));
    expect(judged).toMatchObject({ verdict, complete, exit_code: { pass: 0, fail: 1, inconclusive: 2 }[verdict] });
    expect(judged.checks).toMatchObject([{ name: 'alarm', findings }]);
    expect(judged.reason).toMatch(reason);
  });

  test.each<[why: string, path: () => string, reason: RegExp]>([
    ['a missing file', () => join(folder, 'missing.jsonl'), /no such file or folder: .*missing.jsonl.*Check the path/],
    ['a pattern that matches nothing', () => join(folder, 'nothing-*.jsonl'), /no file matches/],
    ['a cut .gz', () => file(gzipSync(lines(grounded)).subarray(0, -6), 'cut.jsonl.gz'), /damaged range/],
    ['an empty folder', newFolder, /nothing to judge/],
  ])('%s is inconclusive, and there is a document that says so', async (_why, path, reason) => {
    const judged = await run(named('alarm'), paths(path()));
    expect(judged).toMatchObject({
      schema: 'lakeobs.check.v1',
      verdict: 'inconclusive',
      complete: false,
      exit_code: 2,
      checks: [{ name: 'alarm' }],
    });
    expect(judged.reason).toMatch(reason);
  });

  test('a row whose time cannot be read stays, whatever --since says', async () => {
    const path = file(
      lines(
        grounded,
        session('a', { grounded_in_roster: false, timestamp: 'soon' }),
        session('b', { grounded_in_roster: false, timestamp: '2020-01-01T00:00:00Z' }),
      ),
    );
    const judged = await run(named('alarm'), paths(path), {
      since: new Date('2026-01-01'),
      until: new Date('2027-01-01'),
    });
    expect(judged).toMatchObject({
      verdict: 'fail',
      checks: [{ findings: 1, population: 2 }],
      since: '2026-01-01T00:00:00.000Z',
      until: '2027-01-01T00:00:00.000Z',
    });
  });

  test('a window without records is inconclusive', async () => {
    expect(await run(named('alarm'), paths(file(lines(grounded))), { since: new Date('2030-01-01') })).toMatchObject({
      verdict: 'inconclusive',
      checks: [{ population: 0 }],
    });
  });

  test('--allow-empty and --allow-damage do what they say', async () => {
    expect(await run(named('alarm'), paths(file('')), { allowEmpty: true })).toMatchObject({ verdict: 'pass' });
    expect(await run(named('alarm'), paths(file(lines(grounded, 'broken'))), { allowDamage: true })).toMatchObject({
      verdict: 'pass',
      complete: false,
      scanned: { quarantined: 1 },
    });
  });
});

describe('damage decides where it was', () => {
  test('in a lake a damaged line counts for the family of its file only', async () => {
    const lake = newFolder();
    putOld(join(lake, 'session.jsonl'), lines(grounded));
    putOld(join(lake, 'observer.jsonl'), lines(op(), 'broken'));
    expect(await run(named('alarm'), lakeAt(lake))).toMatchObject({
      verdict: 'pass',
      complete: true,
      scanned: { quarantined: 1 },
    });
    putOld(join(lake, 'session.jsonl'), lines(grounded, 'broken'));
    const judged = await run(named('alarm'), lakeAt(lake));
    expect(judged).toMatchObject({ verdict: 'inconclusive' });
    expect(judged.reason).toContain(join(lake, 'session.jsonl'));
    expect(judged.reason).not.toContain('observer.jsonl');
  });

  test('in a lake an object of no family counts as an unknown version', async () => {
    const lake = newFolder();
    putOld(join(lake, 'session.jsonl'), lines(grounded, { hello: 1 }));
    expect(await run(named('alarm'), lakeAt(lake))).toMatchObject({
      verdict: 'inconclusive',
      scanned: { unknown_schema: 1 },
    });
  });

  test('a check judges every view its statement and its population use', async () => {
    const lake = newFolder();
    putOld(join(lake, 'session.jsonl'), lines(grounded));
    putOld(join(lake, 'observer.jsonl'), lines(op(), 'broken'));
    for (const check of [
      own('joined', 'SELECT 1 FROM sessions JOIN ops ON false'),
      own('counted', 'SELECT 1 FROM sessions WHERE false', '-- population: SELECT count(*) FROM ops'),
    ])
      expect(await run([check], lakeAt(lake)), check.name).toMatchObject({ verdict: 'inconclusive' });
  });
});

describe('several checks', () => {
  const fails = own('fails', 'SELECT session_id FROM sessions');
  const broken = own('broken', 'SELECT nosuch FROM sessions');
  const path = file(lines(grounded), 'several.jsonl');

  test('two that fail and one that is broken', async () => {
    const judged = await run([broken, fails, named('alarm')[0]!, { ...fails, name: 'too' }], paths(path));
    expect(judged).toMatchObject({ verdict: 'fail', complete: false, exit_code: 1 });
    expect(judged.checks.map(({ status }) => status)).toEqual(['error', 'fail', 'pass', 'fail']);
    expect(judged.checks[0]!.reason).toMatch(/nosuch/);
    expect(judged.checks[0]!.reason).not.toMatch(/\n/);
  });

  test.each<[why: string, check: Query, reason: RegExp]>([
    ['a statement that is refused', own('x', "COPY sessions TO 'x.csv'"), /COPY is refused/],
    [
      'a statement that breaks off',
      own('x', "SELECT CASE WHEN session_id = 'good' THEN error('broke off') END FROM sessions"),
      /broke off/,
    ],
    [
      'a population that is no number',
      own('x', 'SELECT 1 FROM sessions WHERE false', "-- population: SELECT 'many'"),
      /one SELECT that gives one number/,
    ],
    [
      'a population of several rows',
      own('x', 'SELECT 1 FROM sessions WHERE false', '-- population: SELECT unnest([1, 2])'),
      /one SELECT that gives one number/,
    ],
    [
      'a population of NULL',
      own('x', 'SELECT 1 FROM sessions WHERE false', '-- population: SELECT NULL'),
      /one SELECT that gives one number/,
    ],
    [
      'a population that is broken',
      own('x', 'SELECT 1 FROM sessions WHERE false', '-- population: SELECT nosuch FROM sessions'),
      /nosuch/,
    ],
    [
      'a promised column that is missing',
      own('x', 'SELECT 1 AS a FROM sessions WHERE false', '-- columns: a, b'),
      /promises the column b/,
    ],
  ])('%s is a failure of that check', async (_why, check, reason) => {
    const judged = await run([check], paths(path));
    expect(judged).toMatchObject({ verdict: 'inconclusive', exit_code: 2, checks: [{ status: 'error' }] });
    expect(judged.checks[0]!.reason).toMatch(reason);
  });

  test('a population may be a sum', async () => {
    const sum = own('x', 'SELECT 1 FROM sessions WHERE false', '-- population: SELECT sum(iterations) FROM sessions');
    expect(await run([sum], paths(path))).toMatchObject({ verdict: 'pass', checks: [{ population: 1 }] });
  });

  test('a reason is some lines, whatever value of a log DuckDB repeats in it, and keeps its hint', async () => {
    const huge = file(lines(session('x'.repeat(1_000_000))));
    const cast = own('cast', 'SELECT CAST(session_id AS INTEGER) AS id FROM sessions');
    const [check] = (await run([cast], paths(huge))).checks;
    expect(check!.reason.length).toBeLessThan(2_500);
    expect(check!.reason).toMatch(/^Conversion Error: .*x…\([\d,]{9,}\)\. TRY_CAST/);
  });

  test('rows that came before a failure are findings', async () => {
    const many = file(lines(...Array.from({ length: 9000 }, (_, n) => session(String(n)))));
    const late = own(
      'late',
      "SELECT CASE WHEN session_id = '8999' THEN error('late') ELSE session_id END AS id FROM sessions",
    );
    const judged = await run([late], paths(many), { threads: 1 });
    const [check] = judged.checks;
    // DuckDB may fail before it gives any row; but what it gave counts.
    if (check!.findings > 0) expect(judged).toMatchObject({ verdict: 'fail', exit_code: 1, complete: false });
    else expect(judged).toMatchObject({ verdict: 'inconclusive' });
    expect(check!.reason).toMatch(/late/);
  });

  test('all rows are counted, the first hundred are kept', async () => {
    const many = file(lines(...Array.from({ length: 3000 }, (_, n) => session(String(n)))));
    const judged = await run([own('all', 'SELECT session_id::INT AS n FROM sessions ORDER BY n')], paths(many));
    expect(judged.checks[0]).toMatchObject({ findings: 3000, columns: [{ name: 'n', type: 'INTEGER' }] });
    expect(judged.checks[0]!.rows).toEqual(Array.from({ length: 100 }, (_, n) => [n]));
  });

  test('params go to the checks that have them; one that none has is a usage error', async () => {
    const over = own('over', 'SELECT 1 FROM sessions WHERE iterations >= $n', '-- param: n int = 5');
    expect(await run([over, fails], paths(path))).toMatchObject({ checks: [{ status: 'pass' }, { status: 'fail' }] });
    expect(await run([over], paths(path), { params: { n: '1' } })).toMatchObject({
      verdict: 'fail',
      params: { n: '1' },
    });
    await expect(run([over], paths(path), { params: { m: '1' } })).rejects.toMatchObject({
      code: 'usage',
      message: 'no check of this run has a param "m". Did you mean n?',
    });
    await expect(run([fails], paths(path), { params: { m: '1' } })).rejects.toMatchObject({
      message: 'no check of this run has a param "m".',
    });
    const needed = own('needed', 'SELECT 1 FROM sessions WHERE iterations >= $n', '-- param: n int');
    await expect(run([needed], paths(path))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('needed needs param n'),
    });
  });

  test('a time-out leaves standing what was found before it', async () => {
    const slow = own('slow', 'SELECT a.x FROM range(100000000000) a(x), sessions WHERE a.x < 0');
    // The time is over once the first check has its rows, however long the machine took for them.
    const later = setTimeout;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const judged = await run([fails, slow, named('alarm')[0]!], paths(path), {
      timeoutMs: 60_000,
      onRows: async (check, { chunks }) => {
        for await (const _ of chunks);
        if (check === fails) later(() => vi.advanceTimersByTime(60_000), 100);
      },
    });
    expect(judged).toMatchObject({ verdict: 'fail', exit_code: 1, complete: false });
    expect(judged.checks.map(({ status }) => status)).toEqual(['fail', 'error', 'error']);
    expect(judged.checks[1]!.reason).toMatch(/time limit/);
  });

  test('a time-out alone is inconclusive', async () => {
    const slow = own('slow', 'SELECT a.x FROM range(100000000000) a(x), sessions WHERE a.x < 0');
    expect(await run([slow], paths(path), { timeoutMs: 500 })).toMatchObject({ verdict: 'inconclusive', exit_code: 2 });
  });

  test('Ctrl-C ends the run without a verdict', async () => {
    const slow = own('slow', 'SELECT a.x FROM range(100000000000) a(x), sessions WHERE a.x < 0');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    await expect(run([slow], paths(path), { signal: stop.signal })).rejects.toThrow('interrupted');
    await expect(run([fails], paths(path), { signal: stop.signal })).rejects.toThrow('interrupted');
  });

  test('every row can be had besides the verdict, and what was read', async () => {
    const rows: unknown[] = [];
    let records = 0;
    await run([fails], paths(path), {
      onEvidence: ({ scanned }) => {
        records = scanned.records;
      },
      onRows: async (check, stream) => {
        for await (const chunk of stream.chunks) rows.push(check.name, ...chunk);
      },
    });
    expect(rows).toEqual(['fails', ['good']]);
    expect(records).toBe(1);
  });
});

describe('a run without names', () => {
  const all = chooseChecks(catalogue, { names: [], tags: [], exclude: [] });

  test('judges the families that have a file and skips the others', async () => {
    const lake = newFolder();
    putOld(join(lake, 'observer.jsonl'), lines(op()));
    const observed = own('observed', 'SELECT 1 FROM ops WHERE NOT success', '-- population: SELECT count(*) FROM ops');
    const judged = await run([...all, observed], lakeAt(lake), { named: false });
    expect(judged).toMatchObject({ verdict: 'pass', exit_code: 0 });
    expect(judged.checks.find(({ name }) => name === 'alarm')).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('session'),
    });
    expect(judged.checks.find(({ name }) => name === 'observed')).toMatchObject({ status: 'pass' });
  });

  test('a family whose file is empty is judged, and there is nothing to judge', async () => {
    const lake = newFolder();
    putOld(join(lake, 'session.jsonl'), '');
    expect(await run(named('alarm'), lakeAt(lake), { named: false })).toMatchObject({
      verdict: 'inconclusive',
      checks: [{ status: 'inconclusive' }],
    });
  });

  test('all skipped is inconclusive', async () => {
    const lake = newFolder();
    putOld(join(lake, 'journal.jsonl'), lines(log()));
    expect(await run(named('alarm'), lakeAt(lake), { named: false })).toMatchObject({
      verdict: 'inconclusive',
      exit_code: 2,
      checks: [{ status: 'skipped' }],
    });
    expect(await run(named('alarm'), lakeAt(newFolder()), { named: false })).toMatchObject({
      verdict: 'inconclusive',
      exit_code: 2,
    });
  });

  test('a check that was named is never skipped', async () => {
    const lake = newFolder();
    putOld(join(lake, 'journal.jsonl'), lines(log()));
    expect(await run(named('alarm'), lakeAt(lake))).toMatchObject({
      verdict: 'inconclusive',
      checks: [{ status: 'inconclusive' }],
    });
  });

  test('a broken check is broken, also when its family is absent', async () => {
    const lake = newFolder();
    putOld(join(lake, 'journal.jsonl'), lines(log()));
    expect(await run([own('broken', 'SELECT nosuch FROM sessions')], lakeAt(lake), { named: false })).toMatchObject({
      verdict: 'inconclusive',
      checks: [{ status: 'error' }],
    });
  });

  test('--require makes absence inconclusive, and no finding hides behind it', async () => {
    const lake = newFolder();
    putOld(join(lake, 'session.jsonl'), lines(grounded));
    expect(await run(named('alarm'), lakeAt(lake), { named: false, require: ['session'] })).toMatchObject({
      verdict: 'pass',
    });
    const absent = await run(named('alarm'), lakeAt(lake), { named: false, require: ['journal'] });
    expect(absent).toMatchObject({ verdict: 'inconclusive', exit_code: 2 });
    expect(absent.reason).toMatch(/--require journal/);
    putOld(join(lake, 'session.jsonl'), lines(ungrounded));
    expect(await run(named('alarm'), lakeAt(lake), { named: false, require: ['journal'] })).toMatchObject({
      verdict: 'fail',
      exit_code: 1,
      complete: false,
    });
  });

  test('a damaged line of a PATH may belong to any family', async () => {
    expect(await run(named('alarm'), paths(file(lines(log(), 'broken'))), { named: false })).toMatchObject({
      verdict: 'inconclusive',
      checks: [{ status: 'inconclusive' }],
    });
  });
});

describe('choosing', () => {
  test('by name once, by tag, without the excluded', () => {
    expect(named('alarm', 'alarm').map(({ name }) => name)).toEqual(['alarm']);
    const all = chooseChecks(catalogue, { names: [], tags: [], exclude: [] }).map(({ name }) => name);
    expect(all).toContain('alarm');
    expect(chooseChecks(catalogue, { names: [], tags: [], exclude: ['alarm'] }).map(({ name }) => name)).toEqual(
      all.filter((name) => name !== 'alarm'),
    );
  });

  test('a name stands for one check', () => {
    const files = [own('x', 'SELECT 1'), { ...own('x', 'SELECT 1'), file: '/other/x.sql' }];
    expect(() => chooseChecks(catalogue, { names: [], files, tags: [], exclude: [] })).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(/have the same name/) }),
    );
  });

  test.each<[why: string, choice: Parameters<typeof chooseChecks>[1], message: RegExp]>([
    ['an unknown name', { names: ['alram'], tags: [], exclude: [] }, /no query "alram".*alarm/],
    [
      'a query that is no check',
      { names: ['first-shot'], tags: [], exclude: [] },
      /first-shot is a query, not a check/,
    ],
    ['an unknown tag', { names: [], tags: ['nosuch'], exclude: [] }, /no check has the tag "nosuch"/],
    ['an unknown exclusion', { names: [], tags: [], exclude: ['alram'] }, /no check "alram".*alarm/],
  ])('%s is a usage error', (_why, choice, message) => {
    expect(() => chooseChecks(catalogue, choice)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });
});

test('a dry run plans every statement and population without data', async () => {
  const checks = [
    ...chooseChecks(catalogue, { names: [], tags: [], exclude: [] }),
    own('bad', 'SELECT nosuch FROM sessions'),
    own('worse', 'SELECT 1 FROM sessions', '-- population: SELECT 1 FROM nosuch'),
    own('needs', 'SELECT 1 FROM sessions WHERE iterations > $n', '-- param: n int'),
    own('limited', 'SELECT 1 FROM sessions LIMIT $n', '-- param: n int'),
    own('promises', 'SELECT session_id FROM sessions', '-- columns: session_id, model'),
    own('anonymous', 'SELECT session_id FROM sessions', '-- identity: sesion_id'),
    own('undeclared', 'SELECT session_id FROM sessions WHERE iterations > $limit', '-- param: n int = 1'),
    own(
      'unused',
      'SELECT session_id FROM sessions WHERE iterations > $nn',
      '-- param: n int = 1',
      '-- param: nn int = 1',
    ),
    own('judges', 'SELECT session_id FROM sessions', '-- population: SELECT session_id FROM sessions'),
    own('words', 'SELECT session_id FROM sessions', '-- population: SELECT max(session_id) FROM sessions'),
    own('twice', 'SELECT 1; SELECT 2'),
  ];
  const results = await dryRunChecks(checks, { scope: { ...paths('/nowhere'), nothing: true }, params: {} });
  const complaints = results.filter(({ error }) => error !== null);
  const said: [string, RegExp][] = [
    ['bad', /"nosuch" not found/],
    ['worse', /^population: there is no view "nosuch"/],
    ['promises', /promises the column model, and its result has none/],
    ['anonymous', /identity names the column sesion_id/],
    ['undeclared', /uses \$limit, which has no value/],
    ['unused', /declares the param n, and no statement uses \$n$/],
    ['judges', /^population: it must be one SELECT that gives one number, such as SELECT count\(\*\) FROM sessions$/],
    ['words', /^population: it must be/],
    ['twice', /there are 2 statements/],
  ];
  expect(complaints.map(({ name }) => name)).toEqual(said.map(([name]) => name));
  for (const [index, [, words]] of said.entries()) expect(complaints[index]!.error).toMatch(words);
});

test('a file that vanishes is a verdict, not an exception', async () => {
  const path = join(folder, 'vanishing.jsonl');
  writeFileSync(path, lines(grounded));
  unlinkSync(path);
  expect(await run(named('alarm'), paths(path))).toMatchObject({
    verdict: 'inconclusive',
    checks: [{ status: 'error' }],
    sources: [],
    scanned: { files: 0 },
  });
});
