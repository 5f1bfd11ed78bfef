// phantom-workers and stamp-mismatch against a model in a few lines of JavaScript: random logs, random rosters, every form of roster.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseChecks, runChecks } from '../../src/gate/check.ts';
import { listQueries } from '../../src/query/load.ts';
import type { CheckResult, Verdict } from '../../src/result.ts';
import { lines, paths, putOld, session, tempFolder } from '../catalog/ask.ts';
import { runs } from '../runs.ts';

const folder = tempFolder();
let number = 0;
const catalogue = listQueries([]);
const checks = chooseChecks(catalogue, {
  names: ['phantom-workers', 'stamp-mismatch', 'alarm'],
  tags: [],
  exclude: [],
});

function judge(
  log: string,
  roster: { name: string; text: string } | null,
  fields: { named?: boolean; allowEmpty?: boolean } = {},
): Promise<Verdict> {
  const own = join(folder, `${++number}`);
  mkdirSync(own);
  const file = roster === null ? undefined : join(own, roster.name);
  if (file !== undefined) writeFileSync(file, roster!.text);
  return runChecks(checks, {
    scope: {
      ...paths(putOld(join(own, 'session.jsonl'), log)),
      roster: file === undefined ? undefined : { file, column: null },
    },
    failOn: 'error',
    allowEmpty: fields.allowEmpty ?? true,
    allowDamage: false,
    require: [],
    params: {},
    named: fields.named ?? false,
    version: '0',
    startedAt: new Date('2026-03-10T12:00:00Z'),
    threads: 1,
  });
}

const of = (verdict: Verdict, name: string): CheckResult => verdict.checks.find((check) => check.name === name)!;

// Few ids, so that they meet; among them those that differ only in what must matter, or only in what must not.
const idText = fc.constantFrom('7', '007', ' 7', 'W-1', 'w-1', 'W-1\u00a0', 'W 1', '', ' ', 'ä', 'a,b', 'a"b', '9');
const id = fc.oneof(idText, fc.constantFrom<unknown>(7, 9, 1e21, 1.5, null));
const fill = fc.record({ candidate_id: id }, { requiredKeys: [] });
const record = fc.record({
  session_id: fc.constantFrom('a', 'b', 'c'),
  daemon: fc.constantFrom('x', 'y'),
  timestamp: fc.constantFrom('2026-03-01T10:00:00Z', '2026-03-01T10:00:01Z', 'noon'),
  kind: fc.constantFrom('fill', 'fill', 'fill', 'email'),
  final_verdict: fc.constantFrom('accepted', 'accepted', 'accepted', 'infra_error'),
  artifact: fc.record({ fills: fc.array(fill, { maxLength: 4 }) }, { requiredKeys: [] }),
  grounded_in_roster: fc.constantFrom<unknown>(true, false, 'true', 'maybe', null, undefined),
});
type Session = typeof record extends fc.Arbitrary<infer T> ? T : never;

const forms: Record<string, (ids: readonly string[]) => string> = {
  'r.csv': (ids) => `name,worker_id\r\n${ids.map((one) => `"n","${one.replaceAll('"', '""')}"\r\n`).join('')}`,
  'r.tsv': (ids) => `worker_id\tn\n${ids.map((one) => `"${one.replaceAll('"', '""')}"\t1\n`).join('')}`,
  'r.jsonl': (ids) => ids.map((one) => `${JSON.stringify({ n: 1, worker_id: one })}\n`).join(''),
  'r.json': (ids) => JSON.stringify(ids),
};

/** The text of an id as a view shows it; a number by its digits. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return value === 1e21 ? '1e+21' : String(value).trim();
}

function modelOf(sessions: readonly Session[], roster: readonly string[]) {
  const known = new Set(roster.map((one) => one.trim()).filter((one) => one !== ''));
  const fills = sessions.filter(({ kind, final_verdict }) => kind === 'fill' && final_verdict === 'accepted');
  const idsOf = ({ artifact }: Session) => (artifact.fills ?? []).map(({ candidate_id }) => textOf(candidate_id));
  const phantoms = fills.flatMap((one) =>
    idsOf(one).flatMap((worker, at) =>
      worker === null || known.has(worker) ? [] : [`${one.session_id} ${one.daemon} ${at + 1} ${worker}`],
    ),
  );
  // The same record word for word counts once.
  const stamped = [...new Map(fills.map((one) => [JSON.stringify(one), one])).values()].filter(
    (one) => (one.grounded_in_roster ?? null) !== null && idsOf(one).some((worker) => worker !== null),
  );
  const told = new Map(
    stamped.map((one) => [
      // What the check goes by: a flag of true and one of "true" are the same.
      JSON.stringify([one.session_id, one.daemon, one.timestamp, String(one.grounded_in_roster), one.artifact]),
      one,
    ]),
  );
  const mismatches = [...told.values()].flatMap((one) => {
    const ids = idsOf(one).filter((worker) => worker !== null);
    const strange = new Set(ids.filter((worker) => !known.has(worker)));
    const flag = String(one.grounded_in_roster);
    return (flag === 'true') === strange.size > 0
      ? [`${one.session_id} ${one.daemon} ${flag} ${new Set(ids).size} ${strange.size}`]
      : [];
  });
  return {
    known,
    phantoms,
    mismatches,
    workers: fills.flatMap(idsOf).filter((one) => one !== null),
    judged: told.size,
  };
}

describe('the roster checks', () => {
  test('say what a plain model says, over every form of roster', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.array(idText, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(...Object.keys(forms)),
        async (sessions, ids, name) => {
          const log = lines(...sessions.map((one) => ({ ...session('', {}), ...one })));
          const verdict = await judge(log, { name, text: forms[name]!(ids) });
          const model = modelOf(sessions, ids);
          const filled = ids.filter((one) => one.trim() !== '').length;
          expect(verdict.roster).toMatchObject({
            ids: model.known.size,
            duplicates: filled - model.known.size,
            empty: ids.length - filled,
          });
          const phantom = of(verdict, 'phantom-workers');
          const stamp = of(verdict, 'stamp-mismatch');
          if (model.known.size === 0) {
            expect([phantom.status, stamp.status]).toEqual(['inconclusive', 'inconclusive']);
            return;
          }
          const shown = (check: CheckResult, ...columns: string[]) =>
            check.rows
              .map((row) =>
                columns.map((column) => String(row[check.columns.findIndex(({ name }) => name === column)])).join(' '),
              )
              .sort();
          expect(shown(phantom, 'session_id', 'daemon', 'position', 'worker_id')).toEqual(model.phantoms.sort());
          expect(phantom.population).toBe(model.workers.length);
          expect(shown(stamp, 'session_id', 'daemon', 'grounded_raw', 'worker_ids', 'phantoms')).toEqual(
            model.mismatches.sort(),
          );
          expect(stamp.population).toBe(model.judged);
        },
      ),
      { numRuns: runs(20, 100) },
    );
  }, 60_000);

  const good = lines(session('s', { artifact: { fills: [{ candidate_id: 'W-1' }] }, grounded_in_roster: true }));

  test.each<
    [what: string, roster: { name: string; text: string } | null, statuses: string[], verdict: string, reason: RegExp]
  >([
    [
      'pass over a roster that holds everybody',
      { name: 'r.csv', text: 'id\nW-1\n' },
      ['pass', 'pass', 'pass'],
      'pass',
      /3 checks/,
    ],
    ['are skipped without one, and the rest decides', null, ['pass', 'skipped', 'skipped'], 'pass', /2 skipped/],
    [
      'are inconclusive over an empty one, whatever is allowed',
      { name: 'r.csv', text: 'id\n' },
      ['pass', 'inconclusive', 'inconclusive'],
      'inconclusive',
      /holds no id/,
    ],
    [
      'cannot run over a damaged one',
      { name: 'r.json', text: '["W-1"' },
      ['pass', 'error', 'error'],
      'inconclusive',
      /ends in the middle/,
    ],
    [
      'cannot run over one whose column nobody knows',
      { name: 'r.csv', text: 'a,b\nW-1,x\n' },
      ['pass', 'error', 'error'],
      'inconclusive',
      /no column known.*--roster-column/,
    ],
  ])('%s', async (_what, roster, statuses, word, reason) => {
    const verdict = await judge(good, roster);
    expect(['alarm', 'phantom-workers', 'stamp-mismatch'].map((name) => of(verdict, name).status)).toEqual(statuses);
    expect([verdict.verdict, verdict.exit_code]).toEqual([word, word === 'pass' ? 0 : 2]);
    expect(verdict.reason).toMatch(reason);
    expect(verdict.roster === null).toBe(!['pass', 'inconclusive'].includes(statuses[1]!));
  });

  test('leave a finding beside a roster that cannot be read a finding', async () => {
    const bad = lines(session('s', { artifact: { fills: [{ candidate_id: 'W-1' }] }, grounded_in_roster: false }));
    expect(await judge(bad, { name: 'r.json', text: '{' })).toMatchObject({
      verdict: 'fail',
      exit_code: 1,
      complete: false,
    });
  });

  test('are not green when they were named and no roster was given', async () => {
    expect(await judge(good, null, { named: true })).toMatchObject({
      verdict: 'inconclusive',
      exit_code: 2,
      reason: 'not checked: phantom-workers: no roster was given: --roster FILE',
    });
  });

  test('are inconclusive over fills that name nobody', async () => {
    const nobody = lines(session('s', { artifact: { workers: ['W-1'] }, grounded_in_roster: true }));
    const verdict = await judge(nobody, { name: 'r.csv', text: 'id\nW-1\n' }, { allowEmpty: false });
    expect(of(verdict, 'stamp-mismatch')).toMatchObject({ status: 'inconclusive', population: 0 });
    expect(of(verdict, 'phantom-workers')).toMatchObject({ status: 'inconclusive', population: 0 });
  });

  test('read nothing for themselves where there is no roster', async () => {
    const own = join(folder, `${++number}`);
    mkdirSync(own);
    let needs: (readonly string[])[] = [];
    await runChecks(checks, {
      scope: paths(putOld(join(own, 'session.jsonl'), good)),
      failOn: 'error',
      allowEmpty: false,
      allowDamage: false,
      require: [],
      params: {},
      named: false,
      version: '0',
      startedAt: new Date(),
      onEvidence: (evidence) => {
        needs = evidence.needs.map(({ columns }) => [...(columns ?? [])]);
      },
    });
    expect(needs).toHaveLength(2);
    expect(needs.flat()).not.toContain('artifact');
  });
});
