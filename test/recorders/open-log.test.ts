import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LakeobsError } from '../../src/errors.ts';
import { openLog } from '../../src/recorders/index.ts';
import { secrets } from '../redact/secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakeobs-open-log-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const record = { endpoint: secrets.aws, success: false, error: `denied ${secrets.aws}`, token: 't' };

async function written(options: Partial<Parameters<typeof openLog>[0]>): Promise<Record<string, unknown>> {
  const path = join(folder, 'log.jsonl');
  rmSync(path, { force: true });
  const log = openLog({ path, ...options });
  log.append(record);
  await log.close();
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

test('with a family, its redaction is on; its structural fields are left alone', async () => {
  const hidden = { endpoint: secrets.aws, error: 'denied [REDACTED]', token: '[REDACTED]' };
  expect(await written({ family: 'observer' })).toMatchObject(hidden);
  expect(await written({ family: 'observer', redact: true })).toMatchObject(hidden);
});

test('redact: false writes what was given', async () => {
  expect(await written({ family: 'observer', redact: false })).toMatchObject(record);
});

test('without a family nothing is redacted unless it is asked for', async () => {
  expect(await written({})).toEqual(record);
  expect(await written({ redact: true })).toEqual({
    endpoint: '[REDACTED]',
    success: false,
    error: 'denied [REDACTED]',
    token: '[REDACTED]',
  });
});

test('a function of your own replaces the default', async () => {
  expect(await written({ family: 'observer', redact: (one) => ({ ...one, token: 'mine' }) })).toMatchObject({
    ...record,
    token: 'mine',
  });
});

test('appendRaw never redacts: it is for bytes that must not change', async () => {
  const path = join(folder, 'raw.jsonl');
  const log = openLog({ path, family: 'observer' });
  log.appendRaw(Buffer.from(JSON.stringify(record)));
  await log.close();
  expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(record)}\n`);
});

test('options that make no sense are refused as ever', () => {
  expect(() => openLog({ path: '' })).toThrow(LakeobsError);
  expect(() => openLog({ path: 'x', family: 'unheard-of' as never })).toThrow(/family/);
  expect(() => openLog(undefined as never)).toThrow(LakeobsError);
});
