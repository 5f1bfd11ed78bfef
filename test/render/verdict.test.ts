import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { summaryBytesMax } from '../../src/limits.ts';
import { renderVerdict, verdictFormatOfFile, verdictFormats } from '../../src/render/verdict.ts';
import { verdictFormatNames } from '../../src/render/verdict-format.ts';
import { JsonText, type Verdict } from '../../src/result.ts';
import { attacks, column, hiddenRaw } from './samples.ts';
import { check, failing, query, remembering, scanned, source, verdict } from './verdicts.ts';

const failed = verdict({
  verdict: 'fail',
  exit_code: 1,
  reason: 'alarm: 12 findings',
  checks: [failing(12), check({ name: 'phantom-workers', status: 'skipped', population: null, reason: 'no roster' })],
});

describe.each(verdictFormatNames)('verdict format %s', (name) => {
  test('is registered under its own name', () => {
    expect(verdictFormats[name].name).toBe(name);
    expect(verdictFormatOfFile(`verdict${verdictFormats[name].suffixes[0]}`)).toBe(name);
  });

  test.each(['pass', 'fail', 'inconclusive'] as const)('says %s, the reason and every check', (word) => {
    const text = renderVerdict({ ...failed, verdict: word }, name);
    expect(text.toLowerCase()).toContain(word);
    expect(text).toContain('alarm: 12 findings');
    expect(text).toContain('phantom-workers');
    expect(text).toMatch(/\n$/);
  });

  test('lets nothing from a log reach a terminal raw', () => {
    for (const attack of attacks) {
      const nasty = verdict({
        reason: attack,
        checks: [
          failing(1, { name: attack, title: attack, reason: attack, columns: [column(attack)], rows: [[attack]] }),
        ],
        sources: [source({ file: `/lake/${attack}` })],
        params: { [attack]: attack },
        config: attack,
        roster: { file: attack, column: attack, ids: 2, duplicates: 1, empty: 1, bytes: 9, sha256: 'ab'.repeat(32) },
        since: attack,
      });
      const places = new Map(
        nasty.checks.flatMap((one) => one.rows.map((row) => [row, { file: `/lake/${attack}`, line: 1 }])),
      );
      const queries = [{ ...query, name: attack, description: attack, tags: [attack], identity: [attack] }];
      for (const root of ['/lake', '/elsewhere', undefined])
        expect(renderVerdict(nasty, name, { scope: [attack], places, queries, root })).not.toMatch(hiddenRaw);
    }
  });

  test('says what was accepted, why and until when, what was resolved, and every override with where it is from', () => {
    const text = renderVerdict(remembering(), name);
    for (const said of ['s-new', 's-accepted-known bug', '2026-12-31', 'known bug', 's-forever'])
      expect(unescaped(text)).toContain(said);
    for (const said of ['error_if', '> 0', 'allow_damage', '--allow-damage', 'alram', 's-resolved', '2026-01-04T06:00'])
      expect(unescaped(text)).toContain(said);
    expect(unescaped(text)).toContain('/repo/baseline-known bug.json');
    expect(unescaped(text)).toMatch(/4 accepted findings no longer occur|"gone":4/);
    for (const attack of attacks) expect(renderVerdict(remembering(attack), name)).not.toMatch(hiddenRaw);
  });

  test('renders a run without checks, files or anything else', () => {
    const nothing = verdict({
      verdict: 'inconclusive',
      exit_code: 2,
      reason: '',
      checks: [],
      sources: [],
      scanned: scanned({ files: 0, bytes: 0, records: 0 }),
    });
    expect(renderVerdict(nothing, name).toLowerCase()).toContain('inconclusive');
  });
});

/** Whatever the format escapes, as it was. */
function unescaped(text: string): string {
  return text.replaceAll('&gt;', '>').replaceAll('\\', '').replaceAll('&#160;', ' ');
}

describe('json', () => {
  const full = verdict({
    verdict: 'fail',
    exit_code: 1,
    checks: [
      failing(1, {
        columns: [column('session_id'), column('artifact', 'JSON')],
        rows: [['s-1', new JsonText('{"n": 12345678901234567890}')]],
      }),
    ],
    params: { n: '3' },
    since: '2026-01-01T00:00:00Z',
    config: '/lake/lakeobs.json',
  });

  test('has exactly the promised fields in the promised order', () => {
    const parsed = JSON.parse(renderVerdict(full, 'json')) as Verdict;
    expect(Object.keys(parsed)).toEqual(
      'schema lakeobs started_at verdict complete exit_code reason checks scanned sources params since until config roster overrides baseline since_last'.split(
        ' ',
      ),
    );
    expect(Object.keys(parsed.checks[0]!)).toEqual(
      'name severity status complete findings population reason rows accepted accepted_rows known resolved resolved_findings'.split(
        ' ',
      ),
    );
    expect(Object.keys(parsed.scanned)).toEqual(
      'files bytes records quarantined accepted torn unknown_schema unrecognised segments_unread'.split(' '),
    );
    expect(Object.keys(parsed.sources[0]!)).toEqual('file family bytes records indexed_bytes torn_bytes'.split(' '));
    expect(parsed.schema).toBe('lakeobs.check.v1');
    expect(parsed.params).toEqual({ n: '3' });
    expect(parsed.until).toBeNull();
  });

  test('has rows as objects by column name, JSON columns embedded as their own text', () => {
    expect(renderVerdict(full, 'json')).toContain(
      '\n        {"session_id":"s-1","artifact":{"n":12345678901234567890}}\n',
    );
  });

  test('keeps all rows it was given, not only those shown to people', () => {
    const parsed = JSON.parse(renderVerdict(verdict({ checks: [failing(250)] }), 'json')) as Verdict;
    expect(parsed.checks[0]).toMatchObject({ findings: 250 });
    expect(parsed.checks[0]!.rows).toHaveLength(100);
  });
});

test('jsonl is one line per row, one per check, and one with the rest of the document', () => {
  const lines = renderVerdict(failed, 'jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map((line) => line.type)).toEqual([...Array(12).fill('finding'), 'check', 'check', 'verdict']);
  const document = JSON.parse(renderVerdict(failed, 'json')) as Record<string, unknown>;
  const { checks, ...rest } = document;
  const found = (checks as { rows: object[] }[])[0]!.rows;
  expect(lines.slice(0, 12)).toEqual(found.map((row) => ({ type: 'finding', check: 'alarm', severity: 'error', row })));
  expect(lines.slice(12, -1)).toEqual(
    (checks as { rows: object[] }[]).map(({ rows, ...each }) => ({ type: 'check', ...each })),
  );
  expect(lines.at(-1)).toEqual({ type: 'verdict', ...rest });
  // Rows that were written as they came are not written again.
  expect(`${renderVerdict(failed, 'jsonl').split('\n').slice(12).join('\n')}`).toBe(
    renderVerdict(failed, 'jsonl', { streamed: true }),
  );
});

describe('the page for people', () => {
  test('puts the verdict first, one line per check, ten rows, the ground and the next steps', () => {
    expect(renderVerdict(failed, 'table', { width: 100, scope: ['./logs'] })).toBe(
      [
        'FAIL  2 checks: 1 failed, 1 skipped · exit code 1',
        'alarm: 12 findings',
        '',
        '  FAIL     alarm            error  12 findings  812 judged',
        '    12 accepted fills name a worker outside the roster',
        '  SKIPPED  phantom-workers  error  –            –',
        '    no roster',
        '',
        'alarm: Accepted fills that are not grounded',
        '┌────────────┬────────────┐',
        '│ session_id │ iterations │',
        '├────────────┼────────────┤',
        ...Array.from({ length: 10 }, (_, index) => `│ s-${index}        │          ${index} │`),
        '└────────────┴────────────┘',
        '10 of 12 rows, 2 columns',
        '2 more rows: the commands below show them',
        '',
        'scanned  1 file, 1.4 MiB, 812 records',
        'damage   none',
        'files    session  1.4 MiB  812 records  /lake/session.jsonl',
        'window   all times',
        'params   none',
        'config   none',
        'roster   none',
        'override none',
        '',
        'Where to look next',
        '  lakeobs query alarm ./logs',
        '    all 12 rows of alarm',
        '  lakeobs show s-0 ./logs',
        '    the first session found: its attempts, spans, logs and operations on one time line',
        '',
      ].join('\n'),
    );
  });

  test('a pass is short: no rows, no steps', () => {
    expect(renderVerdict(verdict(), 'table')).toBe(
      [
        'PASS  1 check: 1 passed · exit code 0',
        'every check passed',
        '',
        '  PASS  alarm  error  no findings  812 judged',
        '',
        'scanned  1 file, 1.4 MiB, 812 records',
        'damage   none',
        'files    session  1.4 MiB  812 records  /lake/session.jsonl',
        'window   all times',
        'params   none',
        'config   none',
        'roster   none',
        'override none',
        '',
      ].join('\n'),
    );
  });

  test('an alarm beside damage says both, and damaged files are listed first', () => {
    const text = renderVerdict(
      verdict({
        ...failed,
        complete: false,
        checks: [failing(1, { complete: false })],
        scanned: scanned({
          quarantined: 2,
          accepted: 1,
          torn: 1,
          unknown_schema: 3,
          unrecognised: 4,
          segments_unread: 5,
        }),
        sources: [
          ...Array.from({ length: 11 }, (_, index) => source({ file: `/lake/session.${index}.jsonl` })),
          source({ file: '/lake/broken.jsonl', quarantined: 2, family: null }),
        ],
        params: { n: '3', since_hours: '4' },
        since: '2026-01-01T00:00:00Z',
        until: '2026-01-02T00:00:00Z',
      }),
      'table',
    );
    expect(text).toContain('exit code 1 · not everything could be judged');
    expect(text).toContain('1 finding  812 judged  incomplete\n');
    expect(text).toContain(
      'damage   2 damaged ranges in quarantine, 1 damaged range accepted as known, 1 torn tail, 3 records of an unknown version, 4 lines of no known family, 5 segments not read\n',
    );
    expect(text).toMatch(/files {4}– {8}1\.4 MiB {2}812 records {2}\/lake\/broken\.jsonl\n/);
    expect(text).toContain('         2 more files\n');
    expect(text).toContain('window   from 2026-01-01T00:00:00Z until 2026-01-02T00:00:00Z (exclusive)\n');
    expect(text).toContain('params   n = 3, since_hours = 4\n');
  });

  test('colour adds nothing but colour', () => {
    const plain = renderVerdict(failed, 'table', { width: 90 });
    const colored = renderVerdict(failed, 'table', { width: 90, color: true });
    expect(plain).not.toContain('\u001b');
    expect(stripVTControlCharacters(colored)).toBe(plain);
    expect(colored).toMatch(/^\u001b\[31m\u001b\[1mFAIL/);
    expect(renderVerdict(verdict(), 'table', { color: true })).toMatch(/^\u001b\[32m\u001b\[1mPASS/);
    expect(renderVerdict(verdict({ verdict: 'inconclusive' }), 'table', { color: true })).toMatch(
      /^\u001b\[33m\u001b\[1mINCONCLUSIVE/,
    );
  });
});

describe('md', () => {
  test('is a summary: heading, checks, up to ten rows, details folded away', () => {
    const text = renderVerdict(failed, 'md', { scope: ['./logs'] });
    expect(text).toMatch(
      /^## ❌ lakeobs check: fail\n\nalarm: 12 findings\n\n2 checks: 1 failed, 1 skipped, exit code 1\.\n/,
    );
    expect(text).toContain(
      '| FAIL | alarm | error | 12 findings | 812 judged | 12 accepted fills name a worker outside the roster |\n',
    );
    expect(text.match(/^\| s-\d+ \|/gm)).toHaveLength(10);
    expect(text).toContain('\n2 more rows\n');
    expect(text).toContain('<details><summary>Scanned: 1 file, 1.4 MiB, 812 records</summary>');
    expect(text).toMatch(/```sh\n# all 12 rows of alarm\nlakeobs query alarm \.\/logs\n/);
  });

  test('long cells are cut with their length, and text cannot become markup', () => {
    const text = renderVerdict(
      verdict({ checks: [failing(1, { title: '<b>x</b>', columns: [column('a')], rows: [['`|*'.repeat(1000)]] })] }),
      'md',
    );
    expect(text).toContain('…(3,000) |\n');
    expect(text).toContain('&lt;b&gt;x&lt;/b&gt;');
    expect(text.length).toBeLessThan(4_000);
  });

  test('a command with backticks cannot leave its block', () => {
    const text = renderVerdict(failed, 'md', { scope: ['a```b'] });
    expect(text).toMatch(/\n````sh\n[\s\S]*\n````\n$/);
  });
});

test('the page counts first what counts, and what is shown of each', () => {
  const text = renderVerdict(remembering(), 'table');
  expect(text).toContain('FAIL  alarm  error  1 finding, 3 accepted, 2 known, 2 resolved  812 judged');
  expect(text).toContain('accepted until 2026-12-31, known bug');
  expect(text).toMatch(/1 finding.*\n.*alarm: 3 findings accepted by baseline\n.*2 of 3 rows/s);
  expect(text).toContain(
    'alarm: 2 findings of the last run resolved\n  session_id: s-resolved-known bug\n  1 more finding\n',
  );
});

test('json has the fields of earlier runs in their order', () => {
  const parsed = JSON.parse(renderVerdict(remembering(), 'json'));
  expect(Object.keys(parsed.overrides[0])).toEqual(['check', 'key', 'value', 'from']);
  expect(Object.keys(parsed.baseline)).toEqual([
    'file',
    'entries',
    'accepted',
    'expired',
    'gone',
    'unknown_checks',
    'updated',
  ]);
  expect(Object.keys(parsed.since_last)).toEqual(['state', 'previous', 'new', 'known', 'resolved', 'kept']);
  expect(parsed.checks[0]).toMatchObject({
    findings: 6,
    accepted: 3,
    known: 2,
    resolved: 2,
    accepted_rows: [
      { expires: '2026-12-31', reason: 'known bug', row: { session_id: 's-accepted-known bug', iterations: 2 } },
      { expires: null, reason: null, row: { session_id: 's-forever' } },
    ],
    resolved_findings: [{ session_id: 's-resolved-known bug' }],
  });
});

test('jsonl marks rows with a baseline, and only then', () => {
  const finding = (given: Verdict) =>
    renderVerdict(given, 'jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'finding')
      .map(({ accepted }) => accepted);
  expect(finding(remembering())).toEqual([false, true, true]);
  expect(finding(failed)).toEqual(Array(12).fill(undefined));
});

describe('a summary in Markdown', () => {
  const nasty = '|&\u{e0041}`'.repeat(500);
  const many = (status: 'fail' | 'pass', count: number, wide: number) =>
    Array.from({ length: count }, (_, at) =>
      failing(200, {
        name: `${status}-${at}`,
        status,
        reason: '`'.repeat(5_000),
        columns: Array.from({ length: wide }, (_, place) => column(`c${place}`)),
        rows: Array.from({ length: 10 }, () => Array.from({ length: wide }, () => nasty)),
      }),
    );

  test('stays below what a job summary may have, however many checks fail, and says what is left out', () => {
    // A section of the first takes more than all there is, one of the others a hundredth of it.
    const checks = [...many('fail', 1, 100), ...many('pass', 200, 1), ...many('fail', 600, 1).slice(1)];
    const given = verdict({ verdict: 'fail', checks, reason: '<'.repeat(1e6) });
    const lines = renderVerdict(given, 'md', { scope: ['`'.repeat(3_000)] }).split('\n');
    const bytes = Buffer.byteLength(lines.join('\n'));
    expect(bytes).toBeLessThanOrEqual(summaryBytesMax);
    expect(bytes).toBeGreaterThan(summaryBytesMax / 2);
    const left = /^\*\*Left out\*\*, .*: (\d+) checks; rows of fail-0, .* and (\d+) more\./.exec(lines[6]!);
    const listed = lines.filter((line) => line.startsWith('| FAIL |')).length;
    const sections = lines.filter((line) => line.startsWith('### ')).length;
    expect([listed + Number(left![1]), sections + Number(left![2]) + 10]).toEqual([800, 800]);
    // What failed stands in the table before what passed; the run's facts are there; the fence is closed.
    expect([listed > 50, sections > 5]).toEqual([true, true]);
    expect(lines.filter((line) => /^(\| PASS \||### pass-)/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('<details><summary>Scanned:'))).toHaveLength(1);
    expect(lines.filter((line) => /^`{3,}/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => /^# \d+ more commands$/.test(line))).toHaveLength(1);
  });

  test('leaves out nothing, and says nothing of it, where there is room', () => {
    const lines = renderVerdict(verdict({ verdict: 'fail', checks: many('fail', 10, 2) }), 'md').split('\n');
    expect(lines.filter((line) => line.includes('Left out'))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('### fail-'))).toHaveLength(10);
  });
});
