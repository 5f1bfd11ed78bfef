// The attack suite (attacks.ts) through every way in: free SQL in this process, an own query, an own check, the child that can be killed. None changes a byte, none reads outside.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noConfig } from '../../src/catalog/config.ts';
import { LakeobsError } from '../../src/errors.ts';
import { runChecks } from '../../src/gate/check.ts';
import { openChild, type SqlChild } from '../../src/query/child.ts';
import { bareQuery, parseQuery } from '../../src/query/header.ts';
import { type RunOptions, withRun } from '../../src/query/run.ts';
import {
  type Attack,
  attackGround,
  boundedAttacks,
  canary,
  deafAttacks,
  type Ground,
  quickAttacks,
  slowAttacks,
} from './attacks.ts';

let ground: Ground;
let options: RunOptions;
let before: Record<string, string>;
beforeAll(() => {
  ground = attackGround();
  process.env.LAKEOBS_CANARY = canary;
  options = { scope: { paths: [], lake: ground.lake, config: noConfig, cwd: ground.root } };
  before = ground.hash();
});
afterAll(() => {
  delete process.env.LAKEOBS_CANARY;
  ground.remove();
});

test('the suite is a suite', () => {
  const all = [...quickAttacks, ...slowAttacks, ...deafAttacks, ...boundedAttacks];
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.filter(({ refused }) => refused !== null).length).toBeGreaterThan(80);
});

describe('free SQL', () => {
  test.each(quickAttacks)('$name', async (attack) => {
    await expectOutcome(attack, rowsOf(ground.sqlOf(attack)));
  });
});

describe('an own query', () => {
  test('is judged like free SQL, every one of them', async () => {
    // The reading of a file adds nothing but a header: one run, every statement in it.
    const statements = quickAttacks.map((attack) => {
      const { sql } = bareQuery(ground.sqlOf(attack), 'own', 'own.sql');
      return { sql, params: {} };
    });
    await withRun(statements, options, async (run) => {
      for (const [index, attack] of quickAttacks.entries()) await expectOutcome(attack, outcomeOf(run, index));
    });
    expect(ground.hash()).toEqual(before);
  });
});

describe('an own check', () => {
  test('that attacks is an error with its reason, and the verdict is not green', async () => {
    const attacks = quickAttacks.filter(({ sql, refused }) => refused !== null && sql.length < 1_000);
    const checks = attacks.map((attack, index) =>
      parseQuery(
        `-- title: x\n-- family: replay\n-- kind: check\n${ground.sqlOf(attack)}\n`,
        `own-${index}`,
        `own-${index}.sql`,
        false,
      ),
    );
    const verdict = await runChecks(checks, {
      ...options,
      failOn: 'error',
      allowEmpty: true,
      allowDamage: true,
      require: [],
      params: {},
      named: true,
      version: '0',
      startedAt: new Date(),
    });
    expect(verdict.exit_code).toBe(2);
    for (const [index, check] of verdict.checks.entries()) {
      expect([attacks[index]!.name, check.status]).toEqual([attacks[index]!.name, 'error']);
      expect(check.reason).toMatch(attacks[index]!.refused!);
    }
    expect(JSON.stringify(verdict)).not.toContain(canary);
    expect(ground.hash()).toEqual(before);
  });

  test('cannot attack through its population', async () => {
    const check = parseQuery(
      `-- title: x\n-- family: replay\n-- kind: check\n-- population: SELECT length(content) FROM read_text('${ground.root}/canary.txt')\nSELECT 1 WHERE false\n`,
      'own',
      'own.sql',
      false,
    );
    const verdict = await runChecks([check], {
      ...options,
      failOn: 'error',
      allowEmpty: true,
      allowDamage: true,
      require: [],
      params: {},
      named: true,
      version: '0',
      startedAt: new Date(),
    });
    expect(verdict).toMatchObject({
      exit_code: 2,
      checks: [{ status: 'error', reason: expect.stringMatching(/read_text\(\) is refused/) }],
    });
  });
});

describe('in a child', () => {
  let child: SqlChild;
  beforeAll(async () => {
    child = await openChild({ ...options, memory: '128MiB', timeoutMs: 20_000 });
  });
  afterAll(() => child.close());

  test('what needs no time is as in this process: every tenth of it', async () => {
    for (const attack of quickAttacks.filter((_, index) => index % 10 === 0))
      await expectOutcome(attack, childRows(attack));
  });

  test.each(slowAttacks)('$name ends at the time limit', async (attack) => {
    const started = performance.now();
    await expectOutcome(attack, childRows(attack, 300));
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  test.each(boundedAttacks)('$name', async (attack) => {
    await expectOutcome(attack, childRows(attack));
  });

  async function childRows(attack: Attack, timeoutMs?: number): Promise<unknown> {
    const answer = await child.run(ground.sqlOf(attack), timeoutMs === undefined ? {} : { timeoutMs });
    return answer.rows;
  }
});

/** A refusal in the words of the table, or rows; never the canary, never a changed byte. */
async function expectOutcome({ name, refused }: Attack, running: Promise<unknown>): Promise<void> {
  const outcome = await running.catch((error: unknown) => error);
  if (outcome instanceof Error) {
    expect([name, outcome.message]).toEqual([name, expect.stringMatching(refused ?? /^it runs$/)]);
    expect(outcome).toBeInstanceOf(LakeobsError);
    expect((outcome as LakeobsError).code).toBe('query');
    expect(`${outcome.message} ${(outcome as LakeobsError).hint}`).not.toContain(canary);
  } else {
    expect([name, refused]).toEqual([name, null]);
    expect(JSON.stringify(outcome)).not.toContain(canary);
  }
  expect(ground.hash()).toEqual(before);
}

async function rowsOf(sql: string): Promise<unknown> {
  return withRun([{ sql, params: {} }], options, (run) => outcomeOf(run, 0));
}

async function outcomeOf(run: Parameters<Parameters<typeof withRun>[2]>[0], index: number): Promise<unknown> {
  const rows: unknown[] = [];
  for await (const chunk of (await run.stream(index)).chunks) rows.push(...chunk);
  return rows;
}
