// The format for language models: asked for by option or environment only; signs of an agent bring one hint.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatAsked, hintForAgents } from '../../src/commands/agent.ts';
import { runCheck } from '../../src/commands/check.ts';
import { runQuery } from '../../src/commands/query.ts';
import { runSources } from '../../src/commands/sources.ts';
import { runSql } from '../../src/commands/sql.ts';
import { lines, putOld, session, tempFolder } from '../catalog/ask.ts';
import { testIo } from './io.ts';

const folder = tempFolder();
const log = putOld(join(folder, 'log.jsonl'), lines(session('a'), session('b')));
const io = (env: Record<string, string> = {}, fields = {}) =>
  testIo({ cwd: folder, env: { XDG_CONFIG_HOME: join(folder, 'nowhere'), ...env }, ...fields });
const asAgent = { LAKEOBS_FORMAT: 'agent' };

test('--format stands above the environment, and the environment knows one word', () => {
  expect(formatAsked('csv', io(asAgent))).toBe('csv');
  expect(formatAsked(undefined, io(asAgent))).toBe('agent');
  expect(formatAsked(undefined, io({ LAKEOBS_FORMAT: '' }))).toBeUndefined();
  expect(() => formatAsked(undefined, io({ LAKEOBS_FORMAT: 'json' }))).toThrow(/knows one word, agent/);
});

test.each([
  ['query', (world: ReturnType<typeof io>) => runQuery(['verdicts', log], { color: false }, world)],
  ['query list', (world: ReturnType<typeof io>) => runQuery([], { color: false }, world)],
  ['sql', (world: ReturnType<typeof io>) => runSql(['FROM sessions', log], { color: false }, world)],
  ['check', (world: ReturnType<typeof io>) => runCheck(['alarm', log], { color: false }, world)],
  ['sources', (world: ReturnType<typeof io>) => runSources([log], { color: false }, world)],
])('LAKEOBS_FORMAT=agent is heard by %s', async (_name, run) => {
  const world = io(asAgent, { isTTY: true, width: 80 });
  await run(world);
  expect(world.out()).toMatch(/lakeobs agent\.v1: [\s\S]*<data-[0-9a-f]{16}>\n\[/);
});

test('a file gets its own format, and rows are limited as in a table', async () => {
  const world = io(asAgent);
  await runQuery(['verdicts', log], { color: false, output: ['x.jsonl'] }, world);
  expect(world.out()).toBe('');
  expect(readFileSync(join(folder, 'x.jsonl'), 'utf8')).toMatch(/^\{/);
  const many = io();
  await runSql(['FROM range(60)', log], { color: false, format: 'agent' }, many);
  expect(many.out()).toMatch(/^lakeobs agent\.v1: 50 of 60 rows, 1 column; 10 rows over the row limit: --limit N/);
});

describe('where an agent seems to run', () => {
  test('one line on stderr says what there is; stdout is as ever', async () => {
    for (const sign of ['AI_AGENT', 'CLAUDECODE', 'CURSOR_AGENT']) {
      const [with_, without] = [io({ [sign]: '1' }), io()];
      for (const world of [with_, without]) await runQuery(['verdicts', log], { color: false }, world);
      expect(with_.out()).toBe(without.out());
      expect(with_.err().match(/--format agent/g)).toHaveLength(1);
      expect(without.err()).not.toContain('agent');
    }
    const checked = io({ CLAUDECODE: '1' });
    await runCheck(['alarm', log], { color: false }, checked);
    expect(checked.out()).toMatch(/^(PASS|FAIL|INCONCLUSIVE) /);
    expect(checked.err().match(/--format agent/g)).toHaveLength(1);
  });

  test('nothing is said with --quiet, with a format, with files only, or for an empty variable', () => {
    const said = (options: object, env: Record<string, string>) => {
      const world = io(env);
      hintForAgents(options, world);
      return world.err();
    };
    expect(said({}, { CLAUDECODE: '1' })).toContain('--format agent');
    expect(said({ quiet: true }, { CLAUDECODE: '1' })).toBe('');
    expect(said({ format: 'jsonl' }, { CLAUDECODE: '1' })).toBe('');
    expect(said({ output: ['x.csv'] }, { CLAUDECODE: '1' })).toBe('');
    expect(said({}, { CLAUDECODE: '1', ...asAgent })).toBe('');
    expect(said({}, { CLAUDECODE: '' })).toBe('');
  });
});
