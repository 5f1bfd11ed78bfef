// The attack suite (test/query/attacks.ts) through the tool `sql`, as a client would send it: none changes a byte, none reads outside, each ends within the limits, the server lives on.
// Those that listen to nothing are in test/heavy.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Attack,
  attackGround,
  boundedAttacks,
  canary,
  type Ground,
  quickAttacks,
  slowAttacks,
} from '../query/attacks.ts';
import { type Called, type Connected, connected, errorOf, parts } from './client.ts';

let ground: Ground;
let before: Record<string, string>;
let server: Connected;
beforeAll(() => {
  ground = attackGround();
});
afterEach(() => expect(ground.hash()).toEqual(before));
afterAll(() => ground.remove());

/** One server for the attacks of a group. Its temporary folder lies outside of what is hashed. */
function served(...limits: string[]): void {
  beforeAll(async () => {
    server = await connected(limits, {
      cwd: ground.root,
      env: { HOME: ground.home, LAKEOBS_LAKE: ground.lake, LAKEOBS_CANARY: canary },
    });
    before = ground.hash();
  });
  afterAll(async () => {
    // It is the same server, and it answers as ever.
    const { text } = await server.call('sql', { statement: 'SELECT session_id FROM replays' });
    await server.close();
    expect(parts(text).inside).toEqual([['session_id'], ['s1']]);
  });
}

describe('what needs no time', () => {
  served('--timeout', '20s', '--memory', '128MiB');

  test.each([...quickAttacks, ...boundedAttacks])('$name', async (attack) => {
    expectOutcome(attack, await server.call('sql', { statement: ground.sqlOf(attack) }));
  });

  test.each(quickAttacks.filter(({ refused }, index) => refused !== null && index % 12 === 0))(
    'as the name of a query, as a value, as an id: $name',
    async (attack) => {
      const sql = ground.sqlOf(attack).slice(0, 900);
      for (const [name, args] of [
        ['run_query', { name: sql }],
        ['run_query', { name: 'retrieval-misses', params: { [sql]: sql } }],
        ['run_checks', { names: [sql] }],
        ['describe', { view: sql }],
      ] as const) {
        const { isError, text } = await server.call(name, args);
        expect([name, isError]).toEqual([name, true]);
        expect(text).not.toContain(canary);
      }
    },
  );

  test('an id is a value, whatever it says', async () => {
    for (const id of ["' OR 1=1 --", `${ground.root}/canary.csv`, "x'; COPY (SELECT 1) TO 'out.csv'; --"])
      expect(errorOf(await server.call('show', { id }))).toMatch(/no record carries the id/);
  });
});

describe('what would never end', () => {
  served('--timeout', '400ms', '--memory', '128MiB');

  test.each(slowAttacks)('$name', async (attack) => {
    const started = performance.now();
    expectOutcome(attack, await server.call('sql', { statement: ground.sqlOf(attack) }));
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});

/** A refusal in the words of the table, or rows; never the canary, never a word outside the fence that came with the statement. */
function expectOutcome({ name, refused }: Attack, called: Called): void {
  expect([name, called.isError]).toEqual([name, refused !== null]);
  if (refused !== null) expect([name, errorOf(called)]).toEqual([name, expect.stringMatching(refused)]);
  const [, advice] = parts(called.text).inside.find(([what]) => what === 'try') ?? [];
  expect([name, String(advice)]).toEqual([name, expect.not.stringMatching(/lakeobs (sql|query)|--[a-z]|\.md/)]);
  expect(called.text).not.toContain(canary);
  expect(called.text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
  expect(parts(called.text).outside).not.toContain(ground.root);
}
