// The child for SQL, as a real process: exact values, limits that hold when the statement does not listen, no crash that reaches the parent, nobody left behind.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noConfig } from '../../src/catalog/config.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { type ChildOptions, openChild, programFile, type SqlChild } from '../../src/query/child.ts';
import { childWord } from '../../src/query/child-word.ts';
import type { Row } from '../../src/result.ts';
import { childrenOf, isRunning } from '../processes.ts';
import { deaf } from './attacks.ts';

const folder = mkdtempSync(join(tmpdir(), 'child-'));
const lake = join(folder, 'lake');
const options: ChildOptions = { scope: { paths: [], lake, config: noConfig, cwd: folder }, memory: '128MiB' };
let child: SqlChild;

const { TMPDIR } = process.env;
beforeAll(async () => {
  // Whose temporary folders lie in it is known.
  process.env.TMPDIR = folder;
  mkdirSync(lake);
  record(1);
  child = await openChild(options);
});
afterAll(async () => {
  await child.close();
  process.env.TMPDIR = TMPDIR ?? '';
  rmSync(folder, { recursive: true, force: true });
});

function record(count: number): void {
  const line = '{"schema":"replay.run.v1","session_id":"s","timestamp":"2026-01-01T00:00:00Z","score":0.5}\n';
  writeFileSync(join(lake, 'replay.jsonl'), line.repeat(count), { flag: 'a' });
}

describe('an answer', () => {
  test('has the very values the engine gives in this process', async () => {
    const sql = `SELECT 9007199254740993::BIGINT AS big, 1.10::DECIMAL(9, 2) AS dec, 0.1::FLOAT AS f, 'NaN'::DOUBLE AS nan, -0.0::DOUBLE AS zero, '{"b":1,"a":12345678901234567890}'::JSON AS json,
      [NULL, '[1]'::JSON] AS list, {'a': '{"x":null}'::JSON, 'b': 1} AS struct, MAP {'k': 1, '__proto__': 2} AS map, TIMESTAMPTZ '2026-01-31 12:00:00.123456+02' AS at, DATE '2026-01-31' AS day,
      INTERVAL '1 day' AS iv, '\\x00ä\\n' AS text, '' AS empty, NULL AS nothing, true AS yes, 1 AS a, 2 AS a`;
    const engine = await openEngine();
    const { rows, columns } = await engine.all(sql);
    engine.close();
    const answer = await child.run(sql);
    expect(answer).toMatchObject({ columns, more: 0, counted: true });
    expect(answer.rows).toStrictEqual(rows);
    expect(Object.is(answer.rows[0]![4], -0)).toBe(Object.is(rows[0]![4], -0));
  });

  test('takes params of every type and says what it rests on', async () => {
    const answer = await child.run('SELECT $t, $i + 1, $d, count(*) FROM replays WHERE ts <= $at', {
      params: {
        t: { type: 'text', value: "o'clock" },
        i: { type: 'int', value: 41 },
        d: { type: 'duration', value: 1500 },
        at: { type: 'timestamp', value: new Date('2026-01-01') },
      },
    });
    expect(answer.rows).toEqual([["o'clock", 42, '00:00:01.5', 1]]);
    expect(answer.scanned).toMatchObject({ files: 1, records: 1 });
    expect(answer.ms).toBeGreaterThanOrEqual(0);
  });

  test('sees what was written since the last one', async () => {
    const count = async () => (await child.run('SELECT count(*) FROM replays')).rows[0]![0] as number;
    const before = await count();
    record(2);
    expect(await count()).toBe(before + 2);
  });

  test('ends at a limit of rows and counts the rest, as far as that is worth it', async () => {
    expect(await child.run('FROM range(10000)', { limit: 3 })).toMatchObject({
      rows: [[0], [1], [2]],
      more: 9997,
      counted: true,
    });
    const endless = await child.run('FROM range(1000000000000)', { limit: 1 });
    expect(endless).toMatchObject({ rows: [[0]], counted: false });
    expect(endless.more).toBeGreaterThan(1_000_000);
  });

  test('is streamed to who takes it, in order, no faster than it is taken, and without rows still has columns', async () => {
    const rows: Row[] = [];
    let inside = 0;
    const answer = await child.run('SELECT range AS n FROM range(10000)', {
      onRows: async (chunk, columns) => {
        expect(++inside).toBe(1);
        expect(columns).toEqual([{ name: 'n', type: 'BIGINT' }]);
        await new Promise((resolve) => setTimeout(resolve, 1));
        rows.push(...chunk);
        inside--;
      },
    });
    expect(rows.map(([n]) => n)).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
    expect(answer.rows).toEqual([]);
    const seen: unknown[] = [];
    await child.run('SELECT 1 AS n WHERE false', { onRows: (chunk, columns) => void seen.push(chunk, columns) });
    expect(seen).toEqual([[], [{ name: 'n', type: 'INTEGER' }]]);
  });

  test('that is held keeps no more text than it may', async () => {
    const answer = await child.run("SELECT repeat('x', 1000000) FROM range(200)");
    expect(answer.rows.length).toBeGreaterThan(10);
    expect(answer.rows.length + answer.more).toBe(200);
    expect(answer.more).toBeGreaterThan(100);
  });

  test('a failure of whoever takes the rows is his own, and the next statement runs', async () => {
    const broken = new Error('mine');
    const onRows = () => {
      throw broken;
    };
    await expect(child.run('FROM range(100000)', { onRows })).rejects.toBe(broken);
    expect((await child.run('SELECT 1')).rows).toEqual([[1]]);
  });
});

describe('a failure', () => {
  test('is the LakeobsError it was, and the next statement runs', async () => {
    await expect(child.run('SELECT * FROM sesions')).rejects.toMatchObject({
      name: 'LakeobsError',
      code: 'query',
      hint: expect.stringContaining('sessions'),
    });
    await expect(child.run("SELECT error('no')")).rejects.toMatchObject({ code: 'query' });
    expect((await child.run('SELECT 1')).rows).toEqual([[1]]);
  });

  test('a statement that does not listen ends at its time limit, another runs at once', async () => {
    const started = performance.now();
    await expect(child.run(deaf, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'query',
      message: expect.stringContaining('time limit'),
      cause: { by: 'time-out' },
    });
    expect((await child.run('SELECT 1')).rows).toEqual([[1]]);
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  test('cancelling ends it, listening or not', async () => {
    for (const sql of [deaf, 'SELECT count(*) FROM range(1000000000000)']) {
      const running = child.run(sql);
      setTimeout(() => child.cancel(), 200);
      await expect(running).rejects.toMatchObject({ message: 'interrupted', cause: { by: 'signal' } });
    }
    expect((await child.run('SELECT 1')).rows).toEqual([[1]]);
  });

  test('text that grows past the memory limit without DuckDB counting it ends the statement, not the machine', async () => {
    await expect(child.run("SELECT length(repeat('x', 3000000000))")).rejects.toMatchObject({
      code: 'query',
      message: expect.stringContaining('memory'),
      cause: { by: 'memory' },
    });
    expect((await child.run('SELECT 1')).rows).toEqual([[1]]);
  });

  test('a child that crashes costs its statement only', async () => {
    const running = child.run('SELECT count(*) FROM range(1000000000000)');
    const pid = await pidOfChild();
    process.kill(pid, 'SIGSEGV');
    await expect(running).rejects.toMatchObject({ code: 'query', message: expect.stringContaining('SIGSEGV') });
    expect((await child.run('SELECT 1')).rows).toEqual([[1]]);
  });
});

describe('nobody stays behind', () => {
  test('statements asked for together run one after the other', async () => {
    const answers = await Promise.all([child.run('SELECT 1'), child.run('SELEC'), child.run('SELECT 3')].map(settled));
    expect(answers.map((answer) => (answer instanceof Error ? answer.name : answer.rows))).toEqual([
      [[1]],
      'LakeobsError',
      [[3]],
    ]);
  });

  test('closing ends the child and removes what it had', async () => {
    const before = ownFolders();
    const other = await openChild(options);
    const running = other.run(deaf);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(ownFolders().length).toBeGreaterThan(before.length);
    await Promise.all([expect(running).rejects.toMatchObject({ message: 'interrupted' }), other.close()]);
    expect(ownFolders()).toEqual(before);
    await expect(other.run('SELECT 1')).rejects.toMatchObject({ message: 'interrupted' });
  });

  test('a parent that is killed takes its child along, whatever it is doing', async () => {
    const script = join(folder, 'parent.cjs');
    writeFileSync(
      script,
      `const child = require('node:child_process').fork(${JSON.stringify(programFile())}, [${JSON.stringify(childWord)}], { serialization: 'advanced' });
child.send({ type: 'run', id: 1, sql: ${JSON.stringify(deaf)}, params: {}, options: ${JSON.stringify(options)}, limit: 1, held: true }, () => console.log('ready'));`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 700));
    const children = childrenOf(parent.pid!);
    expect(children).toHaveLength(1);
    parent.kill('SIGKILL');
    await expect.poll(() => children.filter(isRunning), { timeout: 5_000 }).toEqual([]);
  });
});

function settled<T>(promise: Promise<T>): Promise<T | Error> {
  return promise.catch((error: Error) => error);
}

async function pidOfChild(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  return childrenOf(process.pid).at(-1)!;
}

function ownFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`lakeobs-${process.pid}-`));
}
