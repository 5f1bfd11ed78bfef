import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CheckSettings, noConfig } from '../../src/catalog/config.ts';
import { configSchema, parseConfig, readConfig } from '../../src/catalog/config-file.ts';
import type { LakeobsError } from '../../src/errors.ts';
import { tempFolder } from './ask.ts';

const folder = tempFolder();
const failure = (run: () => unknown): LakeobsError => {
  try {
    run();
  } catch (error) {
    return error as LakeobsError;
  }
  return expect.unreachable('it should have failed');
};

describe('the text', () => {
  test('gives paths against the folder of the file', () => {
    const text = JSON.stringify({
      $schema: './schema.json',
      lake: '../lake',
      sources: { session: 'a.jsonl', journal: ['/var/log/j.jsonl', 'logs/*.jsonl'] },
      queries: ['checks', '/shared/checks'],
      index: { auto: true },
      roster: { file: 'staff/roster.csv', column: 'Nr' },
      checks: { alarm: { severity: 'warn', error_if: '> 3', params: { n: 5, m: 'x' } }, other: { enabled: false } },
      baseline: 'accepted.json',
    });
    expect(parseConfig(text, '/etc/app/lakeobs.json')).toEqual({
      file: '/etc/app/lakeobs.json',
      lake: '/etc/lake',
      sources: [
        { family: 'session', pattern: '/etc/app/a.jsonl' },
        { family: 'journal', pattern: '/var/log/j.jsonl' },
        { family: 'journal', pattern: '/etc/app/logs/*.jsonl' },
      ],
      queries: ['/etc/app/checks', '/shared/checks'],
      roster: { file: '/etc/app/staff/roster.csv', column: 'Nr' },
      indexAuto: true,
      checks: new Map<string, CheckSettings>([
        ['alarm', { severity: 'warn', error_if: '> 3', params: { n: '5', m: 'x' } }],
        ['other', { enabled: false }],
      ]),
      baseline: '/etc/app/accepted.json',
    });
  });

  test('may be empty, and may begin with a byte order mark', () => {
    expect(parseConfig('\uFEFF{}', '/a/lakeobs.json')).toEqual({ ...noConfig, file: '/a/lakeobs.json' });
  });

  test.each<[text: string, message: RegExp]>([
    ['', /not JSON/],
    ['{"lake": "x",}', /not JSON/],
    ['// comment\n{}', /not JSON/],
    ['[]', /expected object/],
    ['null', /expected object/],
    ['{"lak": "x"}', /unknown key "lak"\. Did you mean lake\?/],
    [
      '{"checks": {"alarm": {"error_if": "> 0"}, "alarm": {"error_if": "> 99"}}}',
      /:1: the key "alarm" is written twice/,
    ],
    ['{"__proto__": 1}', /unknown key "__proto__"/],
    ['{"sources": {"sesion": "x"}}', /sources: unknown family "sesion"\. Did you mean session\?/],
    ['{"lake": 1}', /lake: .*string/],
    ['{"lake": ""}', /lake: /],
    ['{"sources": {"session": ""}}', /sources\.session: expected a path/],
    ['{"sources": {"session": [1]}}', /sources\.session: expected a path/],
    ['{"sources": []}', /sources: expected families/],
    ['{"queries": {"a": 1}}', /queries: expected a path/],
    ['{"roster": {"fiel": "x"}}', /roster: expected a path, or \{ "file": path, "column": name \}/],
    ['{"roster": ""}', /roster: expected a path/],
    ['{"rooster": "x"}', /unknown key "rooster"\. Did you mean roster\?/],
    ['{"index": {"atuo": true}}', /index: unknown key "atuo"\. Its only key is "auto"/],
    ['{"index": {"auto": "yes"}}', /index\.auto/],
    [
      '{"checks": {"alarm": {"serverity": "warn"}}}',
      /checks\.alarm: unknown key "serverity"\. Did you mean severity\?/,
    ],
    ['{"checks": {"alarm": {"severity": "info"}}}', /checks\.alarm\.severity/],
    ['{"checks": {"alarm": {"error_if": "3"}}}', /checks\.alarm\.error_if: expected OP N on the number of rows/],
    ['{"checks": {"alarm": {"params": {"n": null}}}}', /checks\.alarm\.params\.n/],
    ['{"checks": {"alarm": false}}', /checks\.alarm/],
    ['{"baseline": ""}', /baseline: /],
  ])('%s is refused', (text, message) => {
    const error = failure(() => parseConfig(text, '/a/lakeobs.json'));
    expect(error).toMatchObject({ code: 'usage', path: '/a/lakeobs.json', hint: expect.any(String) });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('/a/lakeobs.json');
  });

  test('has a schema that knows every key', () => {
    expect(Object.keys(configSchema.shape)).toEqual([
      '$schema',
      'lake',
      'sources',
      'queries',
      'roster',
      'index',
      'checks',
      'baseline',
    ]);
  });
});

describe('the file', () => {
  const home = join(folder, 'home');
  const project = join(folder, 'project');
  const deep = join(project, 'a', 'b');
  mkdirSync(join(home, 'lakeobs'), { recursive: true });
  mkdirSync(deep, { recursive: true });
  const env = { XDG_CONFIG_HOME: home };
  const nowhere = { XDG_CONFIG_HOME: join(folder, 'nowhere') };

  test('is none where there is none', () => {
    expect(readConfig(undefined, deep, nowhere)).toEqual(noConfig);
  });

  test('is the user’s, else the nearest one upwards, else the one that is named', () => {
    writeFileSync(join(home, 'lakeobs', 'lakeobs.json'), '{"lake": "users"}');
    expect(readConfig(undefined, deep, env).lake).toBe(join(home, 'lakeobs', 'users'));
    writeFileSync(join(project, 'lakeobs.json'), '{"lake": "projects"}');
    expect(readConfig(undefined, deep, env).lake).toBe(join(project, 'projects'));
    writeFileSync(join(deep, 'lakeobs.json'), '{"lake": "deep"}');
    expect(readConfig(undefined, deep, env).lake).toBe(join(deep, 'deep'));
    writeFileSync(join(project, 'other.json'), '{"lake": "others"}');
    expect(readConfig('../../other.json', deep, env).lake).toBe(join(project, 'others'));
  });

  test('that is named and missing is a usage error', () => {
    expect(failure(() => readConfig('missing.json', deep, env))).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/cannot read the config .*missing\.json: no such file/),
    });
  });
});
