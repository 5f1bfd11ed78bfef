import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LakeobsError } from '../../src/errors.ts';
import { createJournalSink, serialize } from '../../src/recorders/index.ts';
import type { JournalRecord } from '../../src/schema/index.ts';
import { secrets } from '../redact/secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakeobs-journal-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open: JournalRecord = {
  kind: 'span-open',
  extensionId: 'core',
  timestamp: 1_700_000_000_000,
  spanId: 's1',
  name: 'plan',
};

describe('serialize', () => {
  test('byte for byte: wire order, unknown fields behind, absent fields left out', () => {
    expect(
      serialize({
        extra: 1,
        body: 'a\nb',
        name: 'plan',
        spanId: 's1',
        turnId: undefined,
        kind: 'span-close',
        timestamp: 1,
        extensionId: 'core',
        durationMs: 0,
        status: 'ok',
        attributes: { n: null },
      }),
    ).toBe(
      '{"kind":"span-close","extensionId":"core","timestamp":1,"spanId":"s1","name":"plan","durationMs":0,"status":"ok","attributes":{"n":null},"body":"a\\nb","extra":1}',
    );
  });

  test('exactly one line, which parses back to the same record', () => {
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const text = fc.string({ unit: 'grapheme' });
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
    const attributes = fc.dictionary(fc.string(), fc.oneof(text, finite, fc.boolean(), fc.constant(null)));
    const record = fc.record({
      kind: fc.constantFrom('log' as const, 'span-open' as const, 'span-close' as const),
      extensionId: text,
      timestamp: fc.nat(),
      conversationId: optional(text),
      turnId: optional(text),
      spanId: optional(text),
      parentSpanId: optional(text),
      level: optional(fc.constantFrom('info' as const, 'error' as const)),
      msg: optional(fc.oneof(text, fc.constant('a\r\nb\u2028c\u0000'))),
      name: optional(text),
      durationMs: optional(finite),
      status: optional(fc.constantFrom('ok' as const, 'error' as const)),
      attributes: optional(attributes),
      links: optional(fc.array(fc.record({ spanId: text, reason: optional(text) }))),
      body: optional(text),
      __proto__x: optional(text),
      constructor: optional(text),
    });
    fc.assert(
      fc.property(record, (one) => {
        const line = serialize(one as unknown as JournalRecord);
        expect(line).not.toMatch(/[\n\r]/);
        const back = JSON.parse(line) as object;
        expect(back).toEqual(JSON.parse(JSON.stringify(one)));
        expect(Object.values(back)).not.toContain(null);
        expect(serialize(back as JournalRecord)).toBe(line);
      }),
    );
  });

  test('what JSON has no words for: half a surrogate pair becomes U+FFFD, a cycle is refused', () => {
    expect(serialize({ ...open, body: 'a\ud800b' })).toContain('"body":"a\\ufffdb"');
    const cycle = { ...open } as Record<string, unknown>;
    cycle.self = cycle;
    expect(() => serialize(cycle as JournalRecord)).toThrow(LakeobsError);
  });
});

describe('createJournalSink', () => {
  test('direct by default: the line is in the file when append returns, and it is the serialised record', () => {
    const path = join(folder, 'j.jsonl');
    const sink = createJournalSink(path);
    expect(existsSync(path)).toBe(false);
    expect(sink.append(open)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(`${serialize(open)}\n`);
    expect(sink.stats()).toMatchObject({ written: 1, pending: 0 });
  });

  test('a field called reason is a field like any other', () => {
    const path = join(folder, 'j.jsonl');
    const sink = createJournalSink({ path, onWarn: () => {} });
    expect(sink.append({ ...open, reason: 'because', message: 'x' })).toBe(true);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ reason: 'because' });
  });

  test('it redacts by default, not when told not to, and says which', async () => {
    const record: JournalRecord = { ...open, body: `key ${secrets.stripe}`, attributes: { apiKey: 'x', n: 1 } };
    for (const [redact, body] of [
      [true, 'key [REDACTED]'],
      [false, record.body],
    ] as const) {
      const path = join(folder, `${redact}.jsonl`);
      const sink = createJournalSink({ path, redact });
      expect(sink.redacts).toBe(redact);
      sink.append(record);
      await sink.close();
      expect(JSON.parse(readFileSync(path, 'utf8')).body).toBe(body);
    }
    expect(createJournalSink(join(folder, 'x.jsonl')).redacts).toBe(true);
  });

  test('an empty path disables it; records that are none are dropped and counted', async () => {
    const off = createJournalSink('');
    expect([off.enabled, off.append(open)]).toEqual([false, false]);
    expect(off.stats().dropped.invalid).toBe(0);
    const warnings: string[] = [];
    const sink = createJournalSink({ path: join(folder, 'j.jsonl'), onWarn: (message) => warnings.push(message) });
    expect(sink.append({ kind: 'log', extensionId: 'x' })).toBe(false);
    expect(sink.append({ ...open, attributes: { nested: {} } })).toBe(false);
    expect(sink.stats().dropped.invalid).toBe(2);
    expect(warnings).toHaveLength(1);
    await sink.close();
  });
});
