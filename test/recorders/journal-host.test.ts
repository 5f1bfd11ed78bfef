import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { createHost, createJournalSink, type Host, type JournalTarget } from '../../src/recorders/index.ts';
import { journal } from '../../src/schema/journal.ts';
import { validateRecord } from '../../src/schema/validate.ts';
import { secrets } from '../redact/secrets.ts';

type Seen = Record<string, unknown>;

/** A sink in memory that takes what the schema takes. */
function memory(redacts?: boolean): { seen: Seen[]; sink: JournalTarget } {
  const seen: Seen[] = [];
  const append = (record: object): boolean => {
    const checked = validateRecord(journal, record);
    if (!checked.ok) throw new Error(checked.issues.join());
    expect(checked.record).toEqual(record);
    seen.push(record as Seen);
    return true;
  };
  return { seen, sink: redacts === undefined ? { append } : { append, redacts } };
}

function host(options: Partial<Parameters<typeof createHost>[0]> = {}): {
  host: Host;
  seen: Seen[];
  tick(ms: number): void;
} {
  const { seen, sink } = memory();
  let clock = 1_700_000_000_000;
  const made = createHost({
    extensionId: 'core',
    sink,
    clock: { now: () => clock, monotonicMs: () => clock },
    ...options,
  });
  return {
    host: made,
    seen,
    tick: (ms) => {
      clock += ms;
    },
  };
}

describe('loggers', () => {
  test('a log record carries who, when and what, and absent fields are absent', () => {
    const { host: made, seen } = host();
    made.logger().info('hello');
    made.logger().log('warn', 'again', { n: 1 });
    expect(seen).toEqual([
      { kind: 'log', extensionId: 'core', timestamp: 1_700_000_000_000, level: 'info', msg: 'hello' },
      {
        kind: 'log',
        extensionId: 'core',
        timestamp: 1_700_000_000_000,
        level: 'warn',
        msg: 'again',
        attributes: { n: 1 },
      },
    ]);
  });

  test('every level by its name', () => {
    const { host: made, seen } = host();
    const log = made.logger();
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      log[level]('m');
      log.log[level]('m');
    }
    expect(seen.map((record) => record.level)).toEqual([
      'debug',
      'debug',
      'info',
      'info',
      'warn',
      'warn',
      'error',
      'error',
    ]);
  });

  test('bindings go down, inner ones win, and nobody below the host can change who wrote', () => {
    const { host: made, seen } = host({ conversationId: 'c1', attributes: { a: 1, b: 1 } });
    const forged = { turnId: 't1', extensionId: 'evil', attributes: { b: 2 } } as { turnId: string };
    made
      .child(forged)
      .logger(forged)
      .child(forged)
      .info('m', { c: 3, extensionId: 'evil' }, { extensionId: 'evil' } as object);
    made.child(forged).span('s', forged).log('info', 'in');
    made.logger().info('outer');
    expect(new Set(seen.map((record) => record.extensionId))).toEqual(new Set(['core']));
    expect(seen[0]).toMatchObject({
      conversationId: 'c1',
      turnId: 't1',
      attributes: { a: 1, b: 2, c: 3, extensionId: 'evil' },
    });
    expect(seen.at(-1)).toEqual({
      kind: 'log',
      extensionId: 'core',
      timestamp: 1_700_000_000_000,
      conversationId: 'c1',
      level: 'info',
      msg: 'outer',
      attributes: { a: 1, b: 1 },
    });
  });

  test('links and a body', () => {
    const { host: made, seen } = host();
    made.logger().info('m', undefined, { links: [{ spanId: 's', reason: 'retry' }], body: 'text' });
    made.logger().info('m', {}, { links: [] });
    expect(seen[0]).toMatchObject({ links: [{ spanId: 's', reason: 'retry' }], body: 'text' });
    expect(Object.keys(seen[1] as object)).toEqual(['kind', 'extensionId', 'timestamp', 'level', 'msg']);
  });
});

describe('spans', () => {
  test('open at once, close with time and status; a second end is ignored', () => {
    const { host: made, seen, tick } = host();
    const span = made.span('plan', { attributes: { model: 'm' }, turnId: 't1' });
    expect(seen).toHaveLength(1);
    tick(12.3456);
    span.setAttributes({ tokens: 5 });
    span.end();
    tick(50);
    span.setAttributes({ late: true });
    span.end('error');
    expect(seen).toEqual([
      {
        kind: 'span-open',
        extensionId: 'core',
        timestamp: 1_700_000_000_000,
        turnId: 't1',
        spanId: span.spanId,
        name: 'plan',
        attributes: { model: 'm' },
      },
      {
        kind: 'span-close',
        extensionId: 'core',
        timestamp: expect.any(Number),
        turnId: 't1',
        spanId: span.spanId,
        name: 'plan',
        durationMs: expect.closeTo(12.346, 3),
        status: 'ok',
        attributes: { model: 'm', tokens: 5 },
      },
    ]);
    expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
  });

  test('children know their parent, logs their span, however the work interleaves', async () => {
    const { host: made, seen } = host();
    const work = async (name: string): Promise<void> => {
      const outer = made.span(name);
      await sleep(1);
      const inner = outer.span(`${name}-inner`);
      await sleep(Math.random() * 3);
      inner.log.info(`${name}-log`);
      inner.end();
      await sleep(1);
      outer.end();
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(work));
    for (const name of ['a', 'b', 'c', 'd']) {
      const outer = seen.find((record) => record.kind === 'span-open' && record.name === name) as Seen;
      const inner = seen.find((record) => record.kind === 'span-open' && record.name === `${name}-inner`) as Seen;
      expect(outer.parentSpanId).toBeUndefined();
      expect(inner.parentSpanId).toBe(outer.spanId);
      expect(seen.find((record) => record.msg === `${name}-log`)).toMatchObject({
        spanId: inner.spanId,
        parentSpanId: outer.spanId,
      });
      expect(seen.filter((record) => record.kind === 'span-close' && record.spanId === inner.spanId)).toHaveLength(1);
    }
  });

  test('end takes a status, an error, last attributes, links and a body', () => {
    const { host: made, seen } = host();
    made.span('a').end('error');
    made.span('b').end({ error: new Error('boom') });
    made
      .span('c')
      .end({ error: 'odd', status: 'ok', attributes: { error: 'own' }, links: [{ spanId: 'x' }], body: 'b' });
    made.span('d').end({ status: 'unheard-of' } as object);
    expect(seen.filter((record) => record.kind === 'span-close')).toMatchObject([
      { status: 'error' },
      { status: 'error', attributes: { error: 'boom' } },
      { status: 'ok', attributes: { error: 'own' }, links: [{ spanId: 'x' }], body: 'b' },
      { status: 'ok' },
    ]);
  });

  test('the duration comes from a clock that does not jump', () => {
    const { seen, sink } = memory();
    let wall = 2_000_000_000_000;
    let monotonic = 100;
    const made = createHost({ extensionId: 'x', sink, clock: { now: () => wall, monotonicMs: () => monotonic } });
    const span = made.span('s');
    wall -= 3_600_000;
    monotonic += 7;
    span.end();
    expect(seen[1]).toMatchObject({ durationMs: 7, timestamp: 2_000_000_000_000 - 3_600_000 });
    const real = createHost({ extensionId: 'x', sink });
    real.span('r').end();
    expect(seen.at(-1)?.durationMs).toBeGreaterThanOrEqual(0);
  });

  test('run ends its span when the work settles, and hands on what it gave or threw', async () => {
    const { host: made, seen } = host();
    expect(made.run('sync', () => 7)).toBe(7);
    await expect(
      made.run('async', async (span) => {
        await sleep(1);
        span.log.info('in');
        return 8;
      }),
    ).resolves.toBe(8);
    expect(() =>
      made.run('bad', () => {
        throw new Error('boom');
      }),
    ).toThrow('boom');
    await expect(
      made.run('rejects', async () => {
        throw new Error('later');
      }),
    ).rejects.toThrow('later');
    const closes = seen.filter((record) => record.kind === 'span-close');
    expect(closes.map((record) => [record.name, record.status])).toEqual([
      ['sync', 'ok'],
      ['async', 'ok'],
      ['bad', 'error'],
      ['rejects', 'error'],
    ]);
    expect(closes[3]?.attributes).toEqual({ error: 'later' });
  });
});

describe('nothing throws, nothing is lost without a count', () => {
  test('attributes are made flat, and what has no text is dropped and counted', () => {
    const { host: made, seen } = host();
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    made.logger().info('m', {
      text: 't',
      zero: 0,
      no: false,
      nothing: null,
      absent: undefined,
      nested: { a: [1] },
      list: ['a'],
      big: 12n,
      nan: Number.NaN,
      date: new Date(0),
      error: new TypeError('bad'),
      fn: () => 1,
      symbol: Symbol('x'),
      cycle,
      get thrower(): string {
        throw new Error('no');
      },
    });
    expect(seen[0]?.attributes).toEqual({
      text: 't',
      zero: 0,
      no: false,
      nothing: null,
      nested: '{"a":[1]}',
      list: '["a"]',
      big: '12',
      nan: 'NaN',
      date: '1970-01-01T00:00:00.000Z',
      error: 'TypeError: bad',
    });
    expect(made.stats()).toMatchObject({ attributesConverted: 6, attributesDropped: 4, refused: 0 });
  });

  test('odd arguments become words', () => {
    const { host: made, seen } = host();
    const log = made.logger();
    (log.info as (...args: unknown[]) => void)(new Error('as message'), null, null);
    (log.info as (...args: unknown[]) => void)(Object.create(null), 'text', 7);
    (made.span as (...args: unknown[]) => unknown)(undefined, null);
    made.span('s').end(null as never);
    expect(seen.map((record) => record.msg ?? record.name)).toEqual([
      'as message',
      expect.any(String),
      'undefined',
      's',
      's',
    ]);
    expect(made.stats().refused).toBe(0);
  });

  test('a sink that throws or refuses is counted', () => {
    const throwing = createHost({
      extensionId: 'x',
      sink: {
        append: () => {
          throw new Error('no');
        },
      },
    });
    throwing.span('s').end();
    expect(throwing.stats().refused).toBe(2);
    const refusing = createHost({ extensionId: 'x', sink: { append: () => false } });
    refusing.logger().info('m');
    expect(refusing.stats().refused).toBe(1);
    const off = createHost({ extensionId: 'x', sink: createJournalSink('') });
    off.logger().info('m');
    expect(off.stats().refused).toBe(0);
  });

  test('a host without an id or a sink is a mistake of its program', () => {
    const { sink } = memory();
    expect(() => createHost({ extensionId: '', sink })).toThrow(/needs an extensionId/);
    expect(() => createHost({ extensionId: 'x' } as never)).toThrow(/needs a sink/);
  });
});

describe('secrets and sizes', () => {
  test('a sink that does not redact is given redacted records; one that asks for them as they are gets them', () => {
    const say = (redacts?: boolean): Seen => {
      const { seen, sink } = memory(redacts);
      createHost({ extensionId: 'x', sink })
        .logger()
        .info(`key ${secrets.npm}`, { headers: { cookie: 'a=b', accept: '*/*' }, token: 't' });
      return seen[0] as Seen;
    };
    expect(say()).toMatchObject({
      msg: 'key [REDACTED]',
      attributes: { headers: '{"cookie":"[REDACTED]","accept":"*/*"}', token: '[REDACTED]' },
    });
    expect(say(false)).toMatchObject({
      msg: `key ${secrets.npm}`,
      attributes: { headers: '{"cookie":"a=b","accept":"*/*"}', token: 't' },
    });
  });

  test('long text keeps its head and says its true size; redaction comes before the cut', () => {
    const { host: made, seen } = host({ textCodePointsMax: 20, bodyBytesMax: 30 });
    const key = secrets.anthropic;
    made
      .logger()
      .info(
        `${'é'.repeat(15)} ${key}`,
        { note: `${'x'.repeat(15)} ${key}`, short: 'ok' },
        { body: `${'é'.repeat(12)} ${key}` },
      );
    expect(seen[0]).toMatchObject({
      msg: `${'é'.repeat(15)} `,
      attributes: {
        note: `${'x'.repeat(15)} `,
        short: 'ok',
        msgCodePoints: 16 + key.length,
        noteCodePoints: 16 + key.length,
        bodyBytes: 25 + key.length,
      },
      body: `${'é'.repeat(12)} `,
    });
    expect(made.stats().textsCut).toBe(3);
  });
});

test('kill -9 in the middle of a span leaves its open in the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakeobs-journal-host-'));
  try {
    const path = join(folder, 'journal.jsonl');
    const program = join(folder, 'program.mjs');
    const entry = `import { createHost, createJournalSink } from ${JSON.stringify(fileURLToPath(new URL('../../src/recorders/index.ts', import.meta.url)))};
      const host = createHost({ extensionId: 'core', sink: createJournalSink(${JSON.stringify(path)}) });
      host.span('done').end();
      host.span('doomed').log.info('last words');
      process.kill(process.pid, 'SIGKILL');`;
    writeFileSync(join(folder, 'entry.ts'), entry);
    buildSync({
      entryPoints: [join(folder, 'entry.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      nodePaths: [fileURLToPath(new URL('../../node_modules', import.meta.url))],
    });
    expect(spawnSync(process.execPath, [program]).signal).toBe('SIGKILL');
    const records = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Seen);
    expect(records.map((record) => [record.kind, record.name ?? record.msg])).toEqual([
      ['span-open', 'done'],
      ['span-close', 'done'],
      ['span-open', 'doomed'],
      ['log', 'last words'],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
