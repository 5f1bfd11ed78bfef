import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noConfig } from '../../src/catalog/config.ts';
import { parseConfig } from '../../src/catalog/config-file.ts';
import { initFiles, queryTemplate } from '../../src/commands/init-templates.ts';
import { demoRecords } from '../../src/demo/generate.ts';
import { parseQuery } from '../../src/query/header.ts';
import { listQueries, loadQueries } from '../../src/query/load.ts';
import { bindParams } from '../../src/query/params.ts';
import { withRun } from '../../src/query/run.ts';
import type { Row } from '../../src/result.ts';
import { families, familyNames } from '../../src/schema/families.ts';
import { lakeobs } from '../cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'lakeobs-init-'));
const files = initFiles();
const textOf = (path: string): string => files.find((file) => file.path === path)!.text;

beforeAll(() => {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the config is accepted, and what it names is there', () => {
  const config = parseConfig(textOf('lakeobs.json'), join(folder, 'lakeobs.json'));
  expect(config.lake).toBe(join(folder, 'lake'));
  expect(readdirSync(config.queries[0]!)).toEqual(['accepted-per-day.sql']);
});

test('the sample query joins the bundled ones without shadowing any', () => {
  const queries = loadQueries(listQueries([join(folder, 'queries')]));
  expect(queries.find((query) => query.name === 'accepted-per-day')).toMatchObject({ bundled: false, kind: 'query' });
});

test('the README of the lake names every family, its file, and every key of the config', () => {
  const readme = textOf('lake/README.md');
  for (const family of families) expect(readme).toContain(`- \`${family.file}\`: `);
  for (const key of ['lake', 'sources', 'queries']) expect(readme).toContain(`| \`${key}\` |`);
});

describe.each(familyNames.flatMap((family) => (['query', 'check'] as const).map((kind) => [family, kind] as const)))(
  'template %s %s',
  (family, kind) => {
    const text = queryTemplate('my-own', kind, family);
    const query = parseQuery(text, 'my-own', 'queries/my-own.sql', false);

    test('has a whole header, and says how to run it', () => {
      expect(query).toMatchObject({ title: 'My own', family, kind });
      expect(query.description).not.toBe('');
      expect(text).toContain(`lakeobs ${kind} ./queries/my-own.sql\n`);
    });

    test('runs as it is over real records, with the columns it promises, and finds some', async () => {
      const lake = mkdtempSync(join(folder, 'demo-'));
      const demo = demoRecords({ seed: 1, sessions: 300, now: new Date('2026-03-02T10:00:00Z') });
      for (const name of familyNames)
        writeFileSync(join(lake, `${name}.jsonl`), demo[name].map((record) => `${JSON.stringify(record)}\n`).join(''));
      // Limits that the demo's records do exceed.
      const given: Record<string, string> = query.params.some((param) => param.name === 'limit_ms')
        ? { limit_ms: '500' }
        : {};
      const statements = [{ sql: query.sql, params: bindParams(query, given) }];
      if (query.population !== null) statements.push({ sql: query.population, params: {} });
      await withRun(statements, { scope: { paths: [], lake, config: noConfig, cwd: lake } }, async (run) => {
        const stream = await run.stream(0);
        expect(stream.columns.map((column) => column.name)).toEqual(query.columns);
        for (const column of query.identity) expect(query.columns).toContain(column);
        const rows: Row[] = [];
        for await (const chunk of stream.chunks) rows.push(...chunk);
        expect(rows.length).toBeGreaterThan(0);
        if (query.population === null) return;
        let population: unknown;
        for await (const chunk of (await run.stream(1)).chunks) population = chunk[0]?.[0];
        expect(population).toBeGreaterThan(rows.length);
        if (kind === 'check') expect(query.columns).toContain('source_file');
      });
    });
  },
);

test('every command of the lake’s README and of the workflow does what it says', async () => {
  mkdirSync(join(folder, 'old-logs'));
  const old = demoRecords({ seed: 2, sessions: 5, now: new Date() }).session.map((record) => JSON.stringify(record));
  writeFileSync(join(folder, 'old-logs', 'a.jsonl'), `${old.join('\n')}\n`);
  const commands = [textOf('lake/README.md'), textOf('.github/workflows/lakeobs.yml.example')].flatMap((text) =>
    [...text.matchAll(/^(?: {4}|.*- run: |`)npx lakeobs ([^`\n]+)/gm)].map((match) => match[1]!),
  );
  expect(commands.length).toBeGreaterThanOrEqual(8);
  for (const command of commands) {
    const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
      (match) => (match[1] ?? match[2] ?? match[3])!,
    );
    const ran = await lakeobs(words, { cwd: folder });
    // The old logs hold the planted fill, so a check finds it.
    expect([command, ran.code, ran.stderr]).toEqual([command, words[0] === 'check' ? 1 : 0, expect.any(String)]);
    expect(ran.stdout).not.toBe('');
  }
  expect(readFileSync(join(folder, 'lakeobs.json'), 'utf8')).toBe(textOf('lakeobs.json'));
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['check.md', 'check.json']));
});
