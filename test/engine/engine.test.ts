import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Engine, InterruptedError, openEngine, quoteName, quotePath, quoteText } from '../../src/engine/engine.ts';
import { preloadEngine } from '../../src/engine/preload.ts';
import type { LakeobsError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'lakeobs-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function using<T>(use: (engine: Engine) => Promise<T>, options = {}): Promise<T> {
  const engine = await openEngine(options);
  try {
    return await use(engine);
  } finally {
    engine.close();
  }
}
const failure = (promise: Promise<unknown>): Promise<LakeobsError> =>
  promise.then(
    () => expect.unreachable('it should have failed'),
    (error: LakeobsError) => error,
  );

describe('results', () => {
  test('columns have unique names and DuckDB’s types', () =>
    using(async (engine) => {
      const { columns } = await engine.all("SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a, '{}'::JSON AS j");
      expect(columns).toEqual([
        { name: 'a', type: 'INTEGER' },
        { name: 'a_3', type: 'INTEGER' },
        { name: 'a_2', type: 'INTEGER' },
        { name: 'a_4', type: 'INTEGER' },
        { name: 'j', type: 'JSON' },
      ]);
    }));

  test('a stream gives every row once, in order, and may be left early', () =>
    using(async (engine) => {
      const rows: unknown[] = [];
      const stream = await engine.stream('SELECT range::INTEGER FROM range(10000)');
      let chunks = 0;
      for await (const chunk of stream.chunks) {
        chunks++;
        rows.push(...chunk.map(([n]) => n));
      }
      expect(chunks).toBeGreaterThan(1);
      expect(rows).toEqual(Array.from({ length: 10000 }, (_, n) => n));
      for await (const _ of (await engine.stream('SELECT * FROM range(1000000)')).chunks) break;
      expect(await engine.value('SELECT 1')).toBe(1);
    }));

  test('no rows still have columns', () =>
    using(async (engine) => {
      expect(await engine.all('SELECT 1 AS a WHERE false')).toEqual({
        columns: [{ name: 'a', type: 'INTEGER' }],
        rows: [],
      });
      expect((await engine.stream('SELECT 1 AS a WHERE false')).columns).toEqual([{ name: 'a', type: 'INTEGER' }]);
      expect(await engine.value('SELECT 1 WHERE false')).toBeNull();
    }));
});

describe('params', () => {
  test('every type is bound as itself, text is never pasted', () =>
    using(async (engine) => {
      const { rows, columns } = await engine.all('SELECT $t AS t, $i AS i, $f AS f, $b AS b, $at AS at, $d AS d', {
        t: { type: 'text', value: "x'; DROP TABLE y; --" },
        i: { type: 'int', value: 7 },
        f: { type: 'float', value: 1.5 },
        b: { type: 'bool', value: false },
        at: { type: 'timestamp', value: new Date('2026-03-01T10:00:00.123Z') },
        d: { type: 'duration', value: 90_061_001 },
      });
      expect(rows).toEqual([["x'; DROP TABLE y; --", 7, 1.5, false, '2026-03-01T10:00:00.123Z', '25:01:01.001']]);
      expect(columns.map(({ type }) => type)).toEqual([
        'VARCHAR',
        'BIGINT',
        'DOUBLE',
        'BOOLEAN',
        'TIMESTAMP WITH TIME ZONE',
        'INTERVAL',
      ]);
    }));

  test('a null of any type is NULL', () =>
    using(async (engine) => {
      for (const type of ['text', 'int', 'float', 'bool', 'timestamp', 'duration'] as const)
        expect((await engine.all('SELECT $x IS NULL', { x: { type, value: null } })).rows).toEqual([[true]]);
    }));

  test('a value nobody asked for is no error, a missing one is, and upper case is no other name', () =>
    using(async (engine) => {
      const n = { type: 'int', value: 4 } as const;
      expect((await engine.all('SELECT $N + $n', { n, other: n })).rows).toEqual([[8]]);
      for (const name of ['missing', 'constructor', '__proto__', '1']) {
        const error = await failure(engine.all(`SELECT $${name}`, { n }));
        expect(error).toMatchObject({ code: 'query', message: expect.stringContaining(`$${name}`) });
      }
      expect(await failure(engine.all('SELECT $n'))).toMatchObject({ code: 'query' });
    }));

  test('an EXPLAIN takes them too', () =>
    using(async (engine) => {
      expect((await engine.all('EXPLAIN (FORMAT json) SELECT $n', { n: { type: 'int', value: 4 } })).rows).toHaveLength(
        1,
      );
    }));
});

describe('failures', () => {
  test('an error is of code query, in DuckDB’s words', () =>
    using(async (engine) => {
      for (const run of ['all', 'exec', 'stream', 'bind', 'value'] as const)
        expect(await failure(engine[run]('SELECT nosuch'))).toMatchObject({
          code: 'query',
          message: expect.stringContaining('nosuch'),
        });
      await engine.bind('SELECT $n');
    }));

  test('a fault of DuckDB itself has no addresses of its code', () =>
    using(async (engine) => {
      const { message } = await failure(engine.all('FROM repeat_row(1, num_rows = -1)'));
      expect(message).toMatch(/^INTERNAL Error: .*\n\nLINE 1: .*\n +\^$/);
    }));

  test('a full memory says what to do here, not which settings to change', () =>
    using(
      async (engine) => {
        const { message, hint } = await failure(engine.all('SELECT list(range) FROM range(10000000)'));
        expect(message).toMatch(/^Out of Memory Error: [^\n]*$/);
        expect(hint).toMatch(/--memory/);
      },
      { memory: '16MiB', threads: 1, tempDirectory: join(folder, 'full') },
    ));

  test('an error in the middle of a stream comes after the rows before it', () =>
    using(async (engine) => {
      const stream = await engine
        .stream("SELECT CASE WHEN range = 9000 THEN error('late') ELSE range END FROM range(10000)")
        .catch((error: unknown) => error);
      let rows = 0;
      const error =
        stream instanceof Error
          ? stream
          : await failure(
              (async () => {
                for await (const chunk of (stream as Awaited<ReturnType<Engine['stream']>>).chunks)
                  rows += chunk.length;
              })(),
            );
      expect(error.message).toContain('late');
      expect(rows).toBeLessThanOrEqual(9000);
    }));

  test.each([
    ['a literal', 90_000, {}],
    ['a param', '$from', { from: { type: 'int', value: 90_000 } }],
  ] as const)('an error behind many rows is not taken for the end, with %s', async (_name, from, params) => {
    // With one thread rows are handed over before the failing one is met: DuckDB then says nothing.
    const engine = await openEngine({ threads: 1 });
    const late = `SELECT range, CASE WHEN range < ${from} THEN 1 ELSE error('late') END AS n FROM range(100000) -- a comment`;
    let rows = 0;
    const error = await failure(
      (async () => {
        const { chunks } = await engine.stream(late, params);
        for await (const chunk of chunks) rows += chunk.length;
      })(),
    );
    expect(error).toMatchObject({ code: 'query', message: expect.stringContaining('late') });
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(90_000);
    expect(await engine.value('SELECT 1')).toBe(1);
    engine.close();
  });

  test('a stream that is never read, or left early, is in nobody’s way', () =>
    using(async (engine) => {
      await engine.stream('FROM range(100000)');
      const left = await engine.stream('FROM range(100000)');
      for await (const _ of left.chunks) break;
      await failure(engine.stream('SELECT nope'));
      await engine.exec('CREATE TABLE kept AS SELECT 1 AS a');
      await engine.stream('FROM kept');
      const { chunks } = await engine.stream('FROM kept');
      const rows = [];
      for await (const chunk of chunks) rows.push(...chunk);
      expect(rows).toEqual([[1]]);
    }));

  test('settings that DuckDB refuses are a usage error', async () => {
    expect(await failure(openEngine({ memory: 'much' }))).toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('--memory'),
    });
    expect(await failure(openEngine({ threads: -1 }))).toMatchObject({ code: 'usage' });
  });
});

describe('being stopped', () => {
  const long = 'SELECT count(*) FROM range(100000000000) a(x) WHERE x % 7 = 3';

  test.each(['time-out', 'signal'] as const)('a running statement ends by %s, and so does every later one', (cause) =>
    using(async (engine) => {
      setTimeout(() => engine.interrupt(cause), 50);
      const before = Date.now();
      const error = await failure(engine.all(long));
      expect(Date.now() - before).toBeLessThan(5000);
      expect(error.code).toBe('query');
      expect((error.cause as InterruptedError).by).toBe(cause);
      expect((await failure(engine.value('SELECT 1'))).cause).toBeInstanceOf(InterruptedError);
    }),
  );

  test('a call between two statements is not lost', () =>
    using(async (engine) => {
      engine.interrupt('time-out');
      for (const run of ['all', 'exec', 'stream', 'bind', 'value'] as const)
        expect(await failure(engine[run]('SELECT 1'))).toMatchObject({
          message: 'the statement ran into its time limit',
          hint: expect.stringContaining('--timeout'),
        });
    }));

  test('a stream ends between two chunks', () =>
    using(async (engine) => {
      const { chunks } = await engine.stream('SELECT * FROM range(10000000)');
      let rows = 0;
      const error = await failure(
        (async () => {
          for await (const chunk of chunks) {
            rows += chunk.length;
            engine.interrupt('signal');
          }
        })(),
      );
      expect(error.cause).toBeInstanceOf(InterruptedError);
      expect(rows).toBeLessThan(10000000);
    }));

  test('a stream that is stopped at any moment does not look finished', async () => {
    for (const wait of [0, 1, 3, 10])
      await using(async (engine) => {
        const { chunks } = await engine.stream('SELECT * FROM range(10000000)');
        setTimeout(() => engine.interrupt('time-out'), wait);
        const error = await failure(
          (async () => {
            for await (const _ of chunks);
          })(),
        );
        expect(error.cause).toBeInstanceOf(InterruptedError);
      });
  });
});

describe('the seal', () => {
  test('leaves the listed files readable and nothing else', async () => {
    const open = join(folder, "o'pen.ndjson");
    const shut = join(folder, 'shut.ndjson');
    for (const path of [open, shut]) writeFileSync(path, '{"a":1}\n');
    await using(async (engine) => {
      await engine.seal([open]);
      const read = (path: string) =>
        engine.all(`SELECT a FROM read_ndjson(${quotePath(path)}, columns = {a: 'INTEGER'})`);
      expect((await read(open)).rows).toEqual([[1]]);
      expect(await failure(read(shut))).toMatchObject({
        code: 'query',
        message: expect.stringMatching(/permission|disabled/i),
      });
      const target = join(folder, 'out.csv');
      for (const sql of [
        `COPY (SELECT 1) TO '${target}'`,
        `ATTACH '${join(folder, 'x.duckdb')}'`,
        `EXPORT DATABASE '${folder}/db'`,
        "SET TimeZone = 'Asia/Tokyo'",
        'SET enable_external_access = true',
      ])
        expect(await failure(engine.exec(sql)), sql).toMatchObject({ code: 'query' });
      expect(existsSync(target)).toBe(false);
    });
  });

  test('with no file at all seals everything', () =>
    using(async (engine) => {
      await engine.exec('CREATE TABLE t AS SELECT 1 AS a');
      await engine.seal([]);
      expect(await engine.value('SELECT a FROM t')).toBe(1);
      expect(await failure(engine.all("FROM read_text('/etc/hostname')"))).toMatchObject({ code: 'query' });
    }));
});

describe('quoting', () => {
  test('a text, a name and a path mean themselves', () =>
    using(async (engine) => {
      for (const text of ["o'clock", 'a"b', "'; --", '\\', '\n', '', 'ä', '$n']) {
        expect(await engine.value(`SELECT ${quoteText(text)}`)).toBe(text);
        if (text !== '') expect((await engine.all(`SELECT 1 AS ${quoteName(text)}`)).columns[0]!.name).toBe(text);
      }
      for (const name of ['a[b].ndjson', 'a*.ndjson', 'a?.ndjson', "q'.ndjson"]) {
        writeFileSync(join(folder, name), `{"a":${JSON.stringify(name)}}\n`);
        expect(
          await engine.value(`SELECT a FROM read_ndjson(${quotePath(join(folder, name))}, columns = {a: 'VARCHAR'})`),
        ).toBe(name);
      }
    }));
});

test('data that does not fit in memory goes to the given folder', async () => {
  const spill = join(folder, 'spill');
  await using(
    async (engine) => {
      expect(
        await engine.value('SELECT count(*) FROM (SELECT DISTINCT repeat(range::VARCHAR, 40) AS x FROM range(400000))'),
      ).toBe(400000);
      expect(existsSync(spill)).toBe(true);
    },
    { memory: '64MiB', threads: 2, tempDirectory: spill },
  );
});

test('an engine that was begun in advance serves one caller', async () => {
  await preloadEngine();
  const [first, second] = await Promise.all([openEngine(), openEngine()]);
  await first.exec('CREATE TABLE t AS SELECT 1 AS a');
  first.close();
  expect(await failure(second.all('FROM t'))).toMatchObject({ code: 'query' });
  second.close();
});

test('one thread is enough until somebody asks for all of the machine, unless a number was named', async () => {
  const threads = (engine: Engine) => engine.value("SELECT current_setting('threads')");
  const all = await using(threads);
  await using(
    async (engine) => {
      expect(await threads(engine)).toBe(1);
      await engine.spread();
      expect(await threads(engine)).toBe(all);
    },
    { oneThread: true },
  );
  await using(
    async (engine) => {
      await engine.spread();
      expect(await threads(engine)).toBe(3);
    },
    { oneThread: true, threads: 3 },
  );
});

test('days begin in UTC', () =>
  using(async (engine) => {
    expect(await engine.value("SELECT current_setting('TimeZone')")).toBe('UTC');
  }));

test('no extension comes from anywhere: none by itself, and behind the seal none by command, without asking the network', () =>
  using(async (engine) => {
    for (const setting of ['autoinstall_known_extensions', 'autoload_known_extensions', 'allow_community_extensions'])
      expect(await engine.value(`SELECT current_setting('${setting}')`), setting).toBe(false);
    await engine.seal([]);
    for (const sql of ['INSTALL httpfs', 'LOAD httpfs', `INSTALL '${join(folder, 'own.duckdb_extension')}'`])
      expect(await failure(engine.exec(sql)), sql).toMatchObject({
        code: 'query',
        message: expect.stringContaining('disabled'),
      });
  }));
