import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  isPathArgument,
  oneOf,
  placeOf,
  type ReadOptions,
  runOptionsOf,
  scopeWords,
  wholeNumber,
} from '../../src/commands/options.ts';
import { tempFolder } from '../catalog/ask.ts';
import { testIo } from './io.ts';

const folder = tempFolder();
const env = { XDG_CONFIG_HOME: join(folder, 'nowhere') };
const io = testIo({ cwd: folder, env });
const options = (fields: Partial<ReadOptions> = {}): ReadOptions => ({ color: true, ...fields });

test.each([
  ['-', true],
  ['session.jsonl', true],
  ['./session', true],
  ['logs/', true],
  ['/abs', true],
  ['*', true],
  ['a?', true],
  ['a[1]', true],
  ['a{b,c}', true],
  ['.', true],
  ['alarm', false],
  ['first-shot', false],
  ['--', false],
  ['', false],
])('%j is a path: %s', (argument, expected) => {
  expect(isPathArgument(argument)).toBe(expected);
});

describe('the lake', () => {
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'lakeobs.json'), '{"lake": "configured"}');
  const there = (lakeEnv?: string) =>
    testIo({ cwd: project, env: { ...env, ...(lakeEnv === undefined ? {} : { LAKEOBS_LAKE: lakeEnv }) } });

  test('is --lake, else $LAKEOBS_LAKE, else the config’s, else ./lake', async () => {
    expect((await placeOf(options({ lake: 'given' }), there('/env'))).lake).toBe(join(project, 'given'));
    expect((await placeOf(options({ lake: '/given' }), there('/env'))).lake).toBe('/given');
    expect((await placeOf(options(), there('env'))).lake).toBe(join(project, 'env'));
    expect((await placeOf(options(), there(''))).lake).toBe(join(project, 'configured'));
    expect((await placeOf(options(), there())).lake).toBe(join(project, 'configured'));
    expect((await placeOf(options(), io)).lake).toBe(join(folder, 'lake'));
  });

  test('that is the empty text is a usage error, not the working directory', async () => {
    await expect(placeOf(options({ lake: '' }), io)).rejects.toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('a run', () => {
  test('has what was asked for, and nothing else', async () => {
    const run = await runOptionsOf(
      options({
        since: '2026-03-01',
        until: '24h',
        tz: 'Europe/Berlin',
        timeout: '90',
        memory: '512MiB',
        threads: '2',
      }),
      ['a.jsonl'],
      io,
    );
    expect(run).toMatchObject({
      scope: { paths: ['a.jsonl'], lake: join(folder, 'lake'), cwd: folder },
      since: new Date('2026-02-28T23:00:00Z'),
      until: new Date('2026-03-09T12:00:00Z'),
      timeZone: 'Europe/Berlin',
      timeoutMs: 90_000,
      memory: '512MiB',
      threads: 2,
    });
    expect(await runOptionsOf(options(), [], io)).toMatchObject({
      since: undefined,
      until: undefined,
      timeZone: undefined,
      timeoutMs: undefined,
      memory: undefined,
      threads: undefined,
    });
  });

  test.each<[fields: Partial<ReadOptions>, message: RegExp]>([
    [{ since: 'soon' }, /--since: "soon" is no time/],
    [{ until: '2026-02-30' }, /--until: "2026-02-30" is no time/],
    [{ since: '99999999999w' }, /--since/],
    [{ since: '2026-03-02', until: '2026-03-02' }, /--since is not before --until/],
    [{ tz: 'Berlin' }, /--tz: unknown time zone "Berlin"/],
    [{ timeout: '0' }, /--timeout takes a duration/],
    [{ timeout: 'soon' }, /--timeout takes a duration/],
    [{ timeout: '-5s' }, /--timeout takes a duration/],
    [{ memory: 'much' }, /--memory takes a size/],
    [{ memory: '512' }, /--memory takes a size/],
    [{ threads: '0' }, /--threads takes a whole number from 1/],
    [{ threads: '1.5' }, /--threads takes a whole number/],
  ])('%j is a usage error', async (fields, message) => {
    await expect(runOptionsOf(options(fields), [], io)).rejects.toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });

  test('the words that say where it looks can be typed again', () => {
    expect(scopeWords(options({ lake: 'x', since: '24h' }), ['./a'])).toEqual(['./a', '--lake', 'x', '--since', '24h']);
    expect(scopeWords(options(), [])).toEqual([]);
  });
});

test('whole numbers and words', () => {
  expect(wholeNumber('--limit', '0', 0)).toBe(0);
  for (const text of ['', '-1', '1e3', '0x10', '99999999999999999999'])
    expect(() => wholeNumber('--limit', text, 0)).toThrow(/--limit takes a whole number from 0/);
  expect(oneOf('--format', 'md', ['table', 'md'])).toBe('md');
  expect(() => oneOf('--format', 'xml', ['table', 'json', 'md'])).toThrow(
    '--format takes table, json or md, not "xml"',
  );
});
