// The condition of `tail --where`: told in the words of whoever wrote it, and judged like every other statement.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LakeobsError } from '../../src/errors.ts';
import { type Item, itemsIn } from '../../src/timeline/item.ts';
import { withWhere } from '../../src/timeline/where.ts';
import { attackGround, canary, type Ground, quickAttacks } from '../query/attacks.ts';

let ground: Ground;
let items: readonly Item[];
let before: Record<string, string>;
beforeAll(() => {
  ground = attackGround();
  process.env.LAKEOBS_CANARY = canary;
  const file = join(ground.lake, 'replay.jsonl');
  const bytes = readFileSync(file);
  items = itemsIn({ bytes, byteOffset: 0, byteLength: bytes.length, terminated: true }, file);
  before = ground.hash();
});
afterAll(() => {
  delete process.env.LAKEOBS_CANARY;
  ground.remove();
});

const chosen = (where: string) => withWhere(where, 'replay', {}, (choose) => choose(items));
const failure = (where: string) =>
  chosen(where).then(
    () => expect.unreachable('it runs'),
    (error: LakeobsError) => error,
  );

test('a condition chooses', async () => {
  expect(await chosen("session_id = 's1' AND score > 0.4")).toEqual(items);
  expect(await chosen('score > 0.6')).toEqual([]);
});

describe('what is wrong with it', () => {
  test.each([
    ['scorre > 1', /\n\nLINE 1: scorre > 1\n {8}\^$/],
    ['score > 0 AND\n  scorre > 1', /\n\nLINE 2: {3}scorre > 1\n {10}\^$/],
    // While it runs, not before.
    ['score > 0\nAND session_id::INT = 1', /^Conversion Error: [^\n]*\n\nLINE 2: AND session_id::INT = 1\n *\^$/],
    ['score >', /^the condition of --where is not whole: syntax error at or near "\)"$/],
    ['', /^the condition of --where is not whole/],
    ['score IN (1, 2', /^the condition of --where is not whole: syntax error at end of input$/],
    ["session_id = 'x", /^unterminated quoted string at or near "'x"\n {2}session_id = 'x\n {15}\^$/],
    ['FROM replays', /^Binder Error: Subquery returns \d+ columns - expected 1$/],
    ["getenv('x')", /^there is no function getenv\(\)\n {2}getenv\('x'\)\n {2}\^$/],
  ])('is told where it stands in the condition: %j', async (where, message) => {
    expect((await failure(where)).message).toMatch(message);
  });

  test('comes with what to do', async () => {
    expect((await failure('scorre > 1')).hint).toMatch(/^Did you mean score/);
    expect((await failure('session_id::INT = 1')).hint).toMatch(/TRY_CAST/);
    expect((await failure('score > $x')).hint).toMatch(/^Write the value itself/);
  });
});

describe('attacks as a condition, or behind one', () => {
  const some = quickAttacks.filter(({ sql }, index) => index % 15 === 5 && sql.length < 1_000);

  test('are a sample', () => expect(some.length).toBeGreaterThan(10));

  test.each(some)('$name', async (attack) => {
    const sql = ground.sqlOf(attack);
    for (const where of [`EXISTS (\n${sql}\n)`, `true); ${sql}; SELECT (true`, `true) UNION ALL (\n${sql}\n`]) {
      const outcome = await chosen(where).catch((error: unknown) => error);
      if (attack.refused !== null || outcome instanceof Error) {
        expect([attack.name, where, outcome]).toEqual([attack.name, where, expect.any(LakeobsError)]);
        const { code, message, hint } = outcome as LakeobsError;
        expect(code).toBe('query');
        expect(`${message} ${hint}`).not.toContain(canary);
        // What it chooses are the records it was given, whatever it reads or gives out.
      } else for (const item of outcome as Item[]) expect(items).toContain(item);
    }
    expect(ground.hash()).toEqual(before);
  });
});
