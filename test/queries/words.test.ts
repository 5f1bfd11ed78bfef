// Two bundled queries read English: which errors they take for a phantom worker, and how they fold an error into a reason.
import { describe, expect, test } from 'vitest';
import { listQueries, loadQuery } from '../../src/query/load.ts';
import { objects, withLines } from './lines.ts';

const catalogue = listQueries([]);

/** One session per error; answers by error. */
async function ask(name: string, errors: readonly string[]): Promise<Map<string, Record<string, unknown>>> {
  const lines = errors.map((error, index) => ({
    schema: 'session.iterate.v1',
    session_id: `s${index}`,
    timestamp: '2026-03-01T10:00:00Z',
    attempts: [{ iteration: 0, verdict_kind: 'validation_failed', error }],
  }));
  return withLines({ 'session.jsonl': lines }, async (_rows, engine) => {
    const found = await objects(engine, loadQuery(name, catalogue).sql);
    return new Map(found.map((row) => [String(row.last_error ?? row.example), row]));
  });
}

describe('phantom-rejections', () => {
  const caught: [string, string | null][] = [
    ['worker W-1 is not in the roster', 'W-1'],
    ['Worker W-0042 not in roster', 'W-0042'],
    ['candidate_id "w-999" is not on the current roster', 'w-999'],
    ["w-7 isn't part of the site roster", 'w-7'],
    ['fills[0].candidate_id: unknown candidate W_12', 'W_12'],
    ['unknown worker: alice', null],
    ['Unknown or inactive worker 4711', '4711'],
    ['no such employee E-5', 'E-5'],
    ['worker not found: w-3', 'w-3'],
    ['worker w-3 not found', 'w-3'],
    ['candidate id w-3 could not be found', 'w-3'],
    ['candidate 17 does not exist', '17'],
    ["staffer s9 doesn't exist", 's9'],
    ['workers w-1, w-2 and w-3 do not exist', 'w-1 w-2 w-3'],
    ['worker w-4 unknown', 'w-4'],
    ['worker w-4 is unknown to the roster', 'w-4'],
    ['phantom worker w-5', 'w-5'],
    ['hallucinated id: w-5', 'w-5'],
    ['ids absent from the roster: w-1, w-2', 'w-1 w-2'],
    ['worker 123e4567-e89b-12d3-a456-426614174000 is not in the roster', '123e4567-e89b-12d3-a456-426614174000'],
    ['2 problems:\n- worker w-8 is not in the roster', 'w-8'],
  ];
  const passed = [
    'worker w-1 is already booked',
    'worker w-1 has unknown certification',
    'unknown role nurse for worker w-1',
    'worker w-1: shift not found',
    'candidate_id not found in the answer',
    'the answer names no worker',
    'role "cook" is not in the list',
    'roster of site 7 is full',
    'only 2 of 3 shifts filled',
    'shift s-3 does not exist',
    '',
  ];

  test('catches the ways validators say that nobody knows a worker, with the ids they name', async () => {
    const found = await ask('phantom-rejections', [...caught.map(([error]) => error), ...passed]);
    expect([...found.keys()].toSorted()).toEqual(caught.map(([error]) => error).toSorted());
    for (const [error, ids] of caught) expect([error, found.get(error)?.ids]).toEqual([error, ids]);
  });
});

describe('rejection-reasons', () => {
  test.each<[string, string]>([
    ['worker W-17 is booked', 'worker <id> is booked'],
    ['worker 17 is booked', 'worker <n> is booked'],
    ['workers W-1, W-2 and W-3 are booked', 'workers <id> … are booked'],
    ['trace 4bf92f3577b34da6a3ce929d0e0e4736 lost', 'trace <id> lost'],
    ['trace 4f92a35d-77b3-4da6-a3ce-929d0e0e4736 lost', 'trace <id> lost'],
    ['at 0xDEADbeef', 'at <id>'],
    ['role "head nurse" unknown', 'role <name> unknown'],
    ["role 'nurse' unknown, isn't it", "role <name> unknown, isn't it"],
    ['field `fills` is empty', 'field <name> is empty'],
    ['took 12.5 of 10 seconds', 'took <n> of <n> seconds'],
    ['due 2026-03-01T10:00:00.5+02:00', 'due <time>'],
    ['fills[0].candidate_id is missing', 'fills[<n>].candidate_id is missing'],
    ['two\n  lines', 'two lines'],
    ['effaced facade decade', 'effaced facade decade'],
    ['Ünïcode wörds stay', 'Ünïcode wörds stay'],
  ])('%j folds to %j', async (error, reason) => {
    expect((await ask('rejection-reasons', [error])).get(error)?.reason).toBe(reason);
  });
});
