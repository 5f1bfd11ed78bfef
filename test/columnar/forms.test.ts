// Logs of every form and name under the index: compressed, outside a lake, linked, empty, with one endless line, not NDJSON at all.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/catalog/config.ts';
import { noConfig } from '../../src/catalog/config.ts';
import type { Scope } from '../../src/catalog/sources.ts';
import type { Manifest } from '../../src/columnar/manifest.ts';
import { readStored, writeStored } from '../../src/columnar/stored.ts';
import { quoteText } from '../../src/engine/engine.ts';
import { indexDamagedRangesMax } from '../../src/limits.ts';
import { withEngine } from '../../src/query/run.ts';
import { lakeAt, lines, paths, session, tempFolder } from '../catalog/ask.ts';
import { type Answered, answers, filesBelow, health, index } from './shelf.ts';

const root = tempFolder();
const MiB = 1024 * 1024;
let folder = '';
let cache = '';
let turn = 0;
beforeEach(() => {
  folder = join(root, String(++turn));
  cache = join(root, `cache${turn}`);
  mkdirSync(folder);
});

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  return path;
}

const records = (from: number, to: number, fields: object = {}) =>
  lines(...Array.from({ length: to - from }, (_, at) => session(`s${String(from + at).padStart(5, '0')}`, fields)));

const all = [
  'SELECT source_file, session_id, md5(prompt) FROM sessions ORDER BY ALL',
  'SELECT * FROM quarantine ORDER BY ALL',
];

/** The same with and without the index; gives what the index answered. */
async function ask(scope: Scope): Promise<Answered & { indexed: number }> {
  const plain = await answers(scope, all);
  const found = await answers(scope, all, cache);
  expect(found.rows).toEqual(plain.rows);
  expect(health(found.evidence)).toEqual(health(plain.evidence));
  return { ...found, indexed: found.evidence.sources.reduce((sum, source) => sum + source.indexed_bytes, 0) };
}

describe('a compressed log', () => {
  test('.gz is indexed whole, and anew when it changes', async () => {
    const path = put('session.000001.jsonl.gz', gzipSync(records(0, 50)));
    await index(lakeAt(folder), cache);
    expect(await ask(lakeAt(folder))).toMatchObject({ indexed: statSync(path).size });
    put('session.000001.jsonl.gz', Buffer.concat([gzipSync(records(0, 50)), gzipSync(records(50, 60))]));
    expect((await ask(lakeAt(folder))).indexed).toBe(0);
    await index(lakeAt(folder), cache);
    const { rows, indexed } = await ask(lakeAt(folder));
    expect([rows[0]!.length, indexed]).toEqual([60, statSync(path).size]);
  });

  test('.gz with damage inside keeps what was found of it', async () => {
    put('session.000001.jsonl.gz', gzipSync(`${records(0, 5)}{"torn":\n${records(5, 9)}`).subarray(0, -9));
    const [built] = await index(lakeAt(folder), cache);
    expect(built).toMatchObject({ reason: '', indexed_bytes: built!.bytes });
    const { rows, evidence } = await ask(lakeAt(folder));
    expect(rows[1]!.length).toBeGreaterThanOrEqual(2);
    expect(evidence.scanned.quarantined).toBe(rows[1]!.length);
  });

  test('.zst is indexed whole', async () => {
    const path = join(folder, 'session.000001.jsonl.zst');
    const plain = put('plain.txt', records(0, 50));
    await withEngine({}, (engine) =>
      engine.exec(
        `COPY (SELECT column0 FROM read_csv(${quoteText(plain)}, header = false, sep = '\x01', quote = '', columns = {column0: 'VARCHAR'})) TO ${quoteText(path)} (FORMAT csv, HEADER false, QUOTE '', DELIMITER '\x01', COMPRESSION zstd)`,
      ),
    );
    await index(lakeAt(folder), cache);
    const { rows, indexed } = await ask(lakeAt(folder));
    expect([rows[0]!.length, indexed]).toEqual([50, statSync(path).size]);
  });
});

describe('a log', () => {
  const names = [
    "it's.jsonl",
    'two "words".jsonl',
    'a[1].jsonl',
    'a*.jsonl',
    'what?.jsonl',
    'back\\slash.jsonl',
    'größe-日本-😀.jsonl',
    'a{b,c}.jsonl',
    '$HOME %s.jsonl',
    ' new\nline .jsonl',
  ];
  test('of any name, in a folder of any name, is itself and no other', async () => {
    const odd = join(folder, `[o]dd's *?\\ "größe"`);
    mkdirSync(join(odd, '.lakeobs'), { recursive: true });
    // What the names would stand for as patterns.
    for (const [at, name] of ['a1.jsonl', 'ab.jsonl', 'whatX.jsonl', ...names].entries()) {
      writeFileSync(join(odd, name), records(at * 10, at * 10 + 3));
      if (at % 2 === 0) utimesSync(join(odd, name), 1_700_000_000, 1_700_000_000);
    }
    writeFileSync(join(odd, 'z[2].jsonl.gz'), gzipSync(records(900, 903)));
    writeFileSync(join(odd, 'z2.jsonl.gz'), gzipSync(records(950, 953)));
    for (const scope of [paths(...names.map((name) => join(odd, name)), join(odd, 'z[2].jsonl.gz')), paths(folder)]) {
      const built = await index(scope, cache);
      expect(built.filter(({ reason }) => reason !== '')).toEqual([]);
      const { rows, evidence, indexed } = await ask(scope);
      expect(indexed).toBe(evidence.scanned.bytes);
      expect(rows[0]!.length).toBe(built.length * 3);
    }
  });

  test('outside a lake has its index in the cache folder, and no lake is made of its folder', async () => {
    const path = put('agent.jsonl', records(0, 20));
    await index(paths(path), cache);
    expect((await ask(paths(path))).indexed).toBe(statSync(path).size);
    expect((await ask(paths(folder))).indexed).toBe(statSync(path).size);
    expect(() => statSync(join(folder, '.lakeobs'))).toThrow('ENOENT');
    renameSync(path, join(folder, 'agent.000001.jsonl'));
    expect((await ask(paths(folder))).indexed).toBe(statSync(join(folder, 'agent.000001.jsonl')).size);
  });

  test('that the config names is indexed with its segments', async () => {
    const path = put('agent.jsonl', records(0, 20));
    put('agent.000001.jsonl', `${records(20, 40)}{"a":1}\n`);
    const config: Config = { ...noConfig, sources: [{ family: 'session', pattern: path }] };
    const scope = lakeAt(join(folder, 'no-lake'), { config });
    await index(scope, cache);
    const { rows, evidence, indexed } = await ask(scope);
    expect([rows[0]!.length, indexed]).toEqual([40, evidence.scanned.bytes]);
    expect(evidence.scanned.unknown_schema).toBe(1);
    // The same bytes as a PATH: an index knows nothing of where it was asked from.
    expect((await ask(paths(folder))).evidence.scanned).toMatchObject({ unknown_schema: 0, unrecognised: 1 });
  });

  test('behind a symbolic link is one log', async () => {
    const path = put('elsewhere.data', records(0, 20));
    const lake = join(folder, 'lake');
    mkdirSync(lake);
    symlinkSync(path, join(lake, 'session.jsonl'));
    await index(lakeAt(lake), cache);
    expect((await ask(lakeAt(lake))).indexed).toBe(statSync(path).size);
    writeFileSync(path, records(20, 25));
    expect((await ask(lakeAt(lake))).rows[0]).toHaveLength(5);
  });

  test.each([
    ['empty', '', 0],
    ['of blank lines', '\n \n\r\n', 0],
    ['without a newline', records(0, 1).trimEnd(), 0],
    ['of one torn line', records(0, 1).slice(0, 50), 0],
    ['of rubbish', 'no\nlog\n', 0],
    ['that is pretty-printed', JSON.stringify(session('a'), null, 2), 0],
    ['of objects nobody knows', '{"a":1}\n{"b":2}\n', 16],
    [
      'of lines that all hold two records',
      `${records(0, 2).replaceAll('\n', '')}\n`.repeat(3),
      records(0, 2).length * 3 - 3,
    ],
  ])('%s', async (_, content, indexed) => {
    put('session.000001.jsonl', content);
    const [built] = await index(lakeAt(folder), cache);
    expect(built).toMatchObject({ failed: false, indexed_bytes: indexed });
    expect((await ask(lakeAt(folder))).indexed).toBe(indexed);
    expect((await index(lakeAt(folder), cache))[0]).toMatchObject({ failed: false, added_bytes: 0 });
  });

  test('with a line of 5 MiB: read while all else is sound, quarantined beside damage, from the index as without', async () => {
    const line = lines(session('long', { prompt: 'x'.repeat(5 * MiB) }));
    const path = put('session.jsonl', line);
    await index(lakeAt(folder), cache);
    expect(await ask(lakeAt(folder))).toMatchObject({ indexed: statSync(path).size, rows: [{ length: 1 }, []] });
    put('session.jsonl', `${records(0, 3)}${line}null\n${records(3, 5)}`);
    const other = await ask(lakeAt(folder));
    expect(other.rows.map((rows) => rows.length)).toEqual([5, 2]);
    await index(lakeAt(folder), cache);
    expect((await ask(lakeAt(folder))).indexed).toBe(statSync(path).size);
  });

  test('with more damage than an index keeps is answered without', async () => {
    const path = put('session.jsonl', `${records(0, 3)}${'x\n'.repeat(indexDamagedRangesMax + 1)}${records(3, 5)}`);
    expect(await index(lakeAt(folder), cache)).toMatchObject([
      { indexed_bytes: 0, failed: false, reason: expect.stringMatching(/more than 10000 damaged ranges/) },
    ]);
    const { rows, indexed } = await ask(lakeAt(folder));
    expect([rows[0]!.length, rows[1]!.length, indexed]).toEqual([5, indexDamagedRangesMax + 1, 0]);
    expect(readFileSync(path).length).toBeLessThan(MiB);
  });
});

describe('a damaged log of a MiB and more', () => {
  const damaged = () => `${records(0, 700, { prompt: 'x'.repeat(2_000) })}{"torn":\n${records(700, 800)}`;

  test('is made columnar by the run that meets it, and its damage is known from then on', async () => {
    const path = put('session.jsonl', damaged());
    const plain = await answers(lakeAt(folder), all);
    expect((await answers(lakeAt(folder), all, cache)).rows).toEqual(plain.rows);
    expect((await ask(lakeAt(folder))).indexed).toBe(statSync(path).size);
    writeFileSync(path, `${records(800, 801)}{"more":\n`, { flag: 'a' });
    expect((await answers(lakeAt(folder), all, cache)).rows[1]).toHaveLength(2);
    // By that run, too.
    expect((await ask(lakeAt(folder))).indexed).toBe(statSync(path).size);
  });

  test('with a torn tail is counted once, the tail included', async () => {
    put('session.000001.jsonl', damaged() + records(900, 901).slice(0, 60));
    const first = await answers(lakeAt(folder), all, cache);
    expect(first.evidence.scanned).toMatchObject({ records: 800, quarantined: 2, torn: 1 });
    expect((await ask(lakeAt(folder))).rows.map((rows) => rows.length)).toEqual([800, 2]);
  });

  test('is answered all the same where nothing can be written', async () => {
    put('session.jsonl', damaged());
    writeFileSync(join(folder, '.lakeobs'), '');
    cache = '/dev/null/none';
    expect((await ask(lakeAt(folder))).indexed).toBe(0);
  });
});

test.each<[what: string, reason: string, content: () => string, known: boolean]>([
  ['no NDJSON', 'it is not NDJSON', () => JSON.stringify([session('a'), session('b')], null, 1), false],
  ['without a record on a line of its own', 'no record of it stands on a line of its own yet', () => 'a\nb\n', false],
  ['with a damaged end', 'it has more than 10000 damaged ranges', () => 'x\n'.repeat(indexDamagedRangesMax + 1), true],
])('a log %s is looked at once, until it changes', async (_what, reason, content, known) => {
  const path = put('a.jsonl', known ? records(0, 10) : content());
  if (known) {
    expect(await index(paths(path), cache)).toMatchObject([{ reason: '', pieces: 1 }]);
    writeFileSync(path, content(), { flag: 'a' });
    utimesSync(path, 1_700_000_001, 1_700_000_001);
  }
  const before = known ? records(0, 10).length : 0;
  const found = [{ reason: expect.stringContaining(reason), indexed_bytes: before, added_bytes: 0, failed: false }];
  expect(await index(paths(path), cache)).toMatchObject(found);
  const shelf = join(cache, 'columnar');
  const manifest = join(shelf, readdirSync(shelf).find((name) => /^\d+-\d+$/.test(name))!, 'manifest.json');
  const kept = readStored(manifest) as Manifest;
  expect(kept.barren).toEqual({ from: before, reason: expect.stringContaining(reason) });
  // What is told again is what was kept: nobody has looked.
  writeStored(manifest, { ...kept, barren: { from: before, reason: 'as it was kept' } });
  expect(await index(paths(path), cache)).toMatchObject([{ reason: 'as it was kept', indexed_bytes: before }]);
  expect((await ask(paths(path))).indexed).toBe(before);
  utimesSync(path, 1_700_000_002, 1_700_000_002);
  expect(await index(paths(path), cache)).toMatchObject([{ ...found[0], indexed_bytes: 0 }]);
});

test('what could be no piece behind another is looked at again when that one is gone', async () => {
  const path = put('a.jsonl', records(0, 10));
  await index(paths(path), cache);
  writeFileSync(path, 'x\n'.repeat(indexDamagedRangesMax + 1), { flag: 'a' });
  utimesSync(path, 1_700_000_001, 1_700_000_001);
  await index(paths(path), cache);
  const piece = filesBelow(cache).find((file) => file.endsWith('.parquet'))!;
  writeFileSync(piece, '');
  expect((await ask(paths(path))).indexed).toBe(0);
  expect(await index(paths(path), cache)).toMatchObject([{ pieces: 0, reason: expect.stringContaining('10000') }]);
});
