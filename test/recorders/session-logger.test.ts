import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildSessionRecord, type SessionInput, SessionLogger } from '../../src/recorders/index.ts';
import type { Drop } from '../../src/result.ts';
import { secrets } from '../redact/secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakeobs-session-logger-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const input: SessionInput = {
  request: {
    sessionId: 'a1',
    kind: 'email',
    model: 'm',
    provider: 'p',
    prompt: `write, key ${'x'.repeat(3)}`,
    maxIterations: 2,
  },
  response: { iterations: 1, history: [{ iteration: 0, verdictKind: 'accepted' }], artifact: { subject: 's' } },
  durationMs: 3,
  now: new Date('2025-06-01T00:00:00Z'),
};
const lines = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe('SessionLogger', () => {
  test('the line on disk is the built record and a newline, byte for byte; folders and file appear with the first append', async () => {
    const path = join(folder, 'deep', 'er', 'session.jsonl');
    const logger = new SessionLogger(path);
    expect(existsSync(join(folder, 'deep'))).toBe(false);
    const record = buildSessionRecord(input);
    expect(logger.append(record)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(record)}\n`);
    expect(logger.record(input)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(record)}\n`.repeat(2));
    await logger.close();
    expect(logger.stats()).toMatchObject({ written: 2, dropped: { invalid: 0, io: 0 } });
  });

  test('an empty path disables it: every call does nothing', async () => {
    for (const target of ['', undefined, null, {}, { path: '' }]) {
      const logger = new SessionLogger(target);
      expect(logger.enabled).toBe(false);
      expect(logger.append(buildSessionRecord(input))).toBe(false);
      expect(logger.record(undefined as unknown as SessionInput)).toBe(false);
      await logger.flush();
      await logger.close();
      expect(logger.stats()).toMatchObject({ written: 0, dropped: { invalid: 0, io: 0, closed: 0 } });
    }
  });

  test('append and record redact by default, and leave the caller’s record as it was', async () => {
    const path = join(folder, 's.jsonl');
    const logger = new SessionLogger(path);
    const whole = { ...input, request: { ...input.request, prompt: `key ${secrets.anthropic}` } };
    const open = buildSessionRecord({ ...whole, redact: false });
    logger.append(open);
    logger.record(whole);
    await logger.close();
    expect(lines(path).map((line) => line.prompt)).toEqual(['key [REDACTED]', 'key [REDACTED]']);
    expect(open.prompt).toContain(secrets.anthropic);
  });

  test('record redacts before it cuts; redact: false writes what was given; a function of your own is used', async () => {
    const prompt = `${'x'.repeat(3990)} ${secrets.openai} end`;
    const whole = { ...input, request: { ...input.request, prompt } };
    for (const [redact, expected] of [
      [undefined, `${'x'.repeat(3990)} `],
      [false, prompt.slice(0, 4000)],
      [(record: object) => ({ ...record, prompt: 'own' }), 'own'],
    ] as const) {
      const path = join(folder, `${expected.length}.jsonl`);
      const logger = new SessionLogger(redact === undefined ? path : { path, redact });
      logger.record(whole);
      await logger.close();
      expect(lines(path)[0]?.prompt).toBe(expected);
    }
  });

  test('the daemon of the logger is used unless the input names one', async () => {
    const path = join(folder, 's.jsonl');
    const logger = new SessionLogger({ path, daemon: 'fillerd' });
    logger.record(input);
    logger.record({ ...input, daemon: 'other' });
    await logger.close();
    expect(lines(path).map((line) => line.daemon)).toEqual(['fillerd', 'other']);
  });

  test('what is no session is dropped, counted, told and warned about once; later rows are written', async () => {
    const path = join(folder, 's.jsonl');
    const drops: Drop[] = [];
    const warnings: string[] = [];
    const logger = new SessionLogger({
      path,
      onDrop: (drop) => drops.push(drop),
      onWarn: (message) => warnings.push(message),
    });
    const kind = { ...input, request: { ...input.request, kind: 'poem' } } as unknown as SessionInput;
    expect(logger.record(undefined as unknown as SessionInput)).toBe(false);
    expect(logger.record(kind)).toBe(false);
    expect(logger.append({ schema: 'x' })).toBe(false);
    expect(logger.append(null as never)).toBe(false);
    const cycle = buildSessionRecord(input);
    (cycle as Record<string, unknown>).self = cycle;
    expect(logger.append(cycle)).toBe(false);
    expect(logger.record(input)).toBe(true);
    expect(drops.map((drop) => drop.reason)).toEqual(['invalid', 'invalid', 'invalid', 'invalid', 'unserialisable']);
    expect(drops[1]?.message).toContain('kind');
    expect(warnings).toHaveLength(1);
    expect(logger.stats()).toMatchObject({ written: 1, dropped: { invalid: 4, unserialisable: 1 } });
    await logger.close();
    expect(logger.record(input)).toBe(false);
    expect(logger.stats().dropped.closed).toBe(1);
  });

  test('a redactor that throws costs the row, never the caller, and nothing unredacted is written', async () => {
    const path = join(folder, 's.jsonl');
    const logger = new SessionLogger({
      path,
      onWarn: () => {},
      redact: () => {
        throw new Error('mine');
      },
    });
    expect(logger.record(input)).toBe(false);
    expect(logger.append(buildSessionRecord(input))).toBe(false);
    expect(logger.stats().dropped.invalid).toBe(2);
    await logger.close();
    expect(existsSync(path)).toBe(false);
  });

  test('a path that is a folder, a file as a folder, a side file’s name: dropped and counted, nothing thrown', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const path of [folder, join(folder, 'file', 's.jsonl'), join(folder, 's.lock')]) {
      const warnings: string[] = [];
      const logger = new SessionLogger({ path, onWarn: (message) => warnings.push(message) });
      expect(logger.record(input)).toBe(false);
      expect(logger.record(input)).toBe(false);
      const { dropped } = logger.stats();
      expect(dropped.io + dropped.invalid).toBe(2);
      expect(warnings).toHaveLength(1);
      await logger.flush();
      await logger.close();
    }
  });

  test('once the obstacle is gone, rows are written again', () => {
    const obstacle = join(folder, 'd');
    writeFileSync(obstacle, '');
    const logger = new SessionLogger({ path: join(obstacle, 's.jsonl'), onWarn: () => {} });
    expect(logger.record(input)).toBe(false);
    rmSync(obstacle);
    expect(logger.record(input)).toBe(true);
    expect(logger.stats()).toMatchObject({ written: 1, dropped: { io: 1 } });
  });

  test('buffered: taken at once, on disk after flush', async () => {
    const path = join(folder, 's.jsonl');
    const logger = new SessionLogger({ path, mode: 'buffered' });
    for (let at = 0; at < 50; at += 1) expect(logger.record(input)).toBe(true);
    await logger.flush();
    expect(lines(path)).toHaveLength(50);
    await logger.close();
  });
});
