// Packs change nothing but speed: whatever they were made of and whatever became of it since, an answer over them is the answer over the logs.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { listSources, type Scope } from '../../src/catalog/sources.ts';
import { buildIndex } from '../../src/columnar/build-index.ts';
import { buildPacks, groupsOf } from '../../src/columnar/build-packs.ts';
import { readManifest } from '../../src/columnar/manifest.ts';
import { packedName, packListName, packsName, packsOn } from '../../src/columnar/packs.ts';
import { readStored, writeStored } from '../../src/columnar/stored.ts';
import { leftoversOn, removeLeftovers } from '../../src/columnar/tidy.ts';
import type { LakeobsError } from '../../src/errors.ts';
import { indexGraceMs, indexPackBytesMax, indexPackPiecesMax, indexPackRowsMax } from '../../src/limits.ts';
import { listQueries, loadQueries } from '../../src/query/load.ts';
import { bindParams } from '../../src/query/params.ts';
import { type Statement, withEngine } from '../../src/query/run.ts';
import { lakeAt, lines, log, op, paths, session, tempFolder } from '../catalog/ask.ts';
import { runs } from '../runs.ts';
import { answers, filesBelow, index, verify } from './shelf.ts';

const root = tempFolder();
const none = '/dev/null/none';
let lake = '';
let turn = 0;
beforeEach(() => {
  lake = join(root, String(++turn));
  mkdirSync(lake);
});

const shelf = () => join(lake, '.lakeobs', 'columnar');
const packFolder = () => join(shelf(), packsName);
const segment = (number: number) => join(lake, `session.${String(number).padStart(6, '0')}.jsonl`);
const write = (path: string, content: string | Uint8Array) => {
  writeFileSync(path, content);
  utimesSync(path, 1_700_000_000, 1_700_000_000);
};
/** A prompt of its own in every record: the column is wide. */
const records = (from: number, to: number) =>
  lines(
    ...Array.from({ length: to - from }, (_, at) =>
      session(`s${from + at}`, {
        prompt: `${from + at} ${'x'.repeat(200)}`,
        model: `m${at % 3}`,
        iterations: (at % 4) + 1,
        grounded_in_roster: at % 7 === 0 ? 'maybe' : at % 2 === 0,
      }),
    ),
  );

const narrow = 'SELECT session_id, model, iterations, grounded_raw, source_file FROM sessions ORDER BY ALL';

const isPack = (path: string) => dirname(path).endsWith(`/${packsName}`);

/** Asks one statement with and without the index: the same. Gives the rows and the packs it may have been read from. */
async function ask(
  scope: Scope = lakeAt(lake),
  statement: string | Statement = narrow,
  cache = none,
): Promise<{ rows: number; packs: number }> {
  const plain = await answers(scope, [statement]);
  const found = await answers(scope, [statement], cache);
  expect(found.rows).toEqual(plain.rows);
  expect(found.evidence.scanned).toEqual(plain.evidence.scanned);
  return { rows: found.rows[0]!.length, packs: found.evidence.openFiles.filter(isPack).length };
}

test('a statement that reads a wide column, or asks which line comes first, is answered from the pieces', async () => {
  for (let number = 1; number <= 4; number++) write(segment(number), records(number * 50, number * 50 + 50));
  write(join(lake, 'journal.000001.jsonl'), lines(log(), log({ kind: 'span-open', spanId: 'a', name: 'n' })));
  await index(lakeAt(lake), none, 1);
  expect(await ask()).toEqual({ rows: 200, packs: 1 });
  expect(await ask(lakeAt(lake), 'SELECT prompt FROM sessions ORDER BY ALL')).toEqual({ rows: 200, packs: 0 });
  expect(await ask(lakeAt(lake), 'SELECT span_id FROM spans ORDER BY ALL')).toEqual({ rows: 1, packs: 0 });
});

test('each of several statements is answered from what holds its columns', async () => {
  for (let number = 1; number <= 4; number++) write(segment(number), records(number * 50, number * 50 + 50));
  write(join(lake, 'journal.000001.jsonl'), lines(log(), log({ kind: 'span-open', spanId: 'a', name: 'n' })));
  await index(lakeAt(lake), none, 1);
  const several = [
    narrow,
    'SELECT span_id, name FROM spans',
    'SELECT session_id, prompt FROM sessions ORDER BY ALL',
    narrow,
    'SELECT count(*) FROM sessions',
  ];
  const found = await answers(lakeAt(lake), several, none);
  expect(found.rows).toEqual((await answers(lakeAt(lake), several)).rows);
  const ways = found.evidence.lines.map((sql) => [/\/packs\//.test(sql), /CASE filename/.test(sql)]);
  expect(ways).toEqual([
    [true, false],
    [false, true],
    [false, true],
    [true, false],
    [true, false],
  ]);
});

test('a bundled statement that leaves out one value asks for the others, by name, and packs alike are one read', async () => {
  for (let number = 1; number <= 4; number++) write(segment(number), records(number * 500, number * 500 + 500));
  await index(lakeAt(lake), none, 1);
  for (let number = 5; number <= 6; number++) write(segment(number), records(number * 500, number * 500 + 500));
  await index(lakeAt(lake), none, 1);
  expect(packsOn(shelf()).map(({ values }) => values.grounded_in_roster)).toEqual(
    Array(2).fill(['false', 'maybe', 'true']),
  );
  const alarm = loadQueries(listQueries([])).find(({ name }) => name === 'alarm')!;
  const statement = { sql: alarm.sql, params: bindParams(alarm, {}) };
  expect(await ask(lakeAt(lake), statement)).toMatchObject({ packs: 2 });
  const { evidence } = await answers(lakeAt(lake), [statement], none);
  expect(evidence.lines[0]).toContain(`"grounded_in_roster" IN ('false', 'maybe')`);
  expect(evidence.lines[0]!.match(/read_parquet/g)).toHaveLength(1);
});

test('only the rows of the files asked for count; of a pack that is mostly others nothing is read', async () => {
  for (let number = 1; number <= 4; number++) write(segment(number), records(number * 50, number * 50 + 50));
  await index(lakeAt(lake), none, 1);
  expect(await ask(paths(segment(1), segment(3), segment(4)))).toEqual({ rows: 150, packs: 1 });
  expect(await ask(paths(segment(2)))).toEqual({ rows: 50, packs: 0 });
});

test('logs that were renamed, deleted, rewritten or cut since count as they are now', async () => {
  for (let number = 1; number <= 8; number++) write(segment(number), records(number * 50, number * 50 + 50));
  await index(lakeAt(lake), none, 1);
  renameSync(segment(1), segment(21));
  expect(await ask()).toEqual({ rows: 400, packs: 1 });
  rmSync(segment(2));
  expect(await ask()).toEqual({ rows: 350, packs: 1 });
  write(segment(3), records(1000, 1050));
  expect(await ask()).toEqual({ rows: 350, packs: 1 });
  truncateSync(segment(4), statSync(segment(4)).size >> 1);
  appendFileSync(segment(5), records(2000, 2010));
  const { rows, packs } = await ask(lakeAt(lake), 'SELECT count(*), count(DISTINCT session_id) FROM sessions');
  expect([rows, packs]).toEqual([1, 1]);
});

test('packs stay few while logs come, and each row is in one', async () => {
  for (let number = 1; number <= 20; number++) {
    write(segment(number), records(number * 10, number * 10 + 10));
    await index(lakeAt(lake), none, 1);
    expect(packsOn(shelf()).length).toBeLessThanOrEqual(1 + Math.log2(number));
    expect(packsOn(shelf()).reduce((sum, pack) => sum + pack.rows, 0)).toBe(number * 10);
  }
  expect(await ask()).toMatchObject({ rows: 200 });
});

test('a pack holds no more bytes, rows and pieces than its rows can be sorted in', () => {
  const piece = fc.record({ bytes: fc.nat(indexPackBytesMax), rows: fc.nat(indexPackRowsMax) });
  const small = fc.constant({ bytes: 100, rows: 1 });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece),
        fc.array(small, { minLength: 2 * indexPackPiecesMax, maxLength: 3 * indexPackPiecesMax }),
      ),
      (sizes) => {
        const pieces = sizes.map((size, at) => ({ name: String(at), ...size }));
        const groups = groupsOf(pieces);
        expect(groups.flat()).toEqual(pieces);
        for (const group of groups) {
          expect(group.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(indexPackBytesMax);
          expect(group.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(indexPackRowsMax);
          expect(group.length).toBeLessThanOrEqual(indexPackPiecesMax);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('a pack whose pieces were replaced is made anew, and the old one goes', async () => {
  const path = join(lake, 'session.jsonl');
  write(path, records(0, 100));
  await index(lakeAt(lake), none, 1);
  const [first] = packsOn(shelf());
  appendFileSync(path, records(100, 190));
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  // The new piece is merged with the one that is packed.
  await index(lakeAt(lake), none, 1);
  const now = packsOn(shelf());
  expect(now.map(({ name, rows }) => [name === first!.name, rows])).toEqual([[false, 190]]);
  expect(await ask()).toEqual({ rows: 190, packs: 1 });
  const later = Date.now() + 2 * indexGraceMs;
  const here = { folder: shelf(), names: new Set(readdirSync(shelf())) };
  const found = leftoversOn(here, later).filter(({ folder }) => folder === packFolder());
  expect(found.map(({ path, kind }) => [path, kind])).toEqual([[join(packFolder(), first!.name), 'replaced']]);
  expect(leftoversOn(here, Date.now())).toEqual([]);
  expect(removeLeftovers(here, found, later)).toHaveLength(1);
  expect(await ask()).toEqual({ rows: 190, packs: 1 });
});

test('logs that are still written to are not packed', async () => {
  writeFileSync(join(lake, 'session.jsonl'), records(0, 100));
  await index(lakeAt(lake), none, 1);
  expect(existsSync(packFolder())).toBe(false);
});

test('a draft left by a killed build is tidied away, and its lock keeps nobody out', async () => {
  write(segment(1), records(0, 50));
  mkdirSync(packFolder(), { recursive: true });
  writeFileSync(join(packFolder(), 'abc.parquet.tmp'), 'half');
  await index(lakeAt(lake), none, 1);
  expect(await ask()).toEqual({ rows: 50, packs: 1 });
  const here = { folder: shelf(), names: new Set(readdirSync(shelf())) };
  const found = leftoversOn(here, Date.now() + 2 * indexGraceMs);
  expect(found.map(({ kind, path }) => [kind, path.endsWith('.tmp')])).toEqual([['draft', true]]);
});

test.each<[string, () => void]>([
  ['the list is gone', () => rmSync(join(packFolder(), packListName))],
  ['the list is no JSON', () => writeFileSync(join(packFolder(), packListName), '{')],
  ['the list is of another version', () => writeStored(join(packFolder(), packListName), { version: 0, packs: [] })],
  ['the pack is gone', () => rmSync(join(packFolder(), packsOn(shelf())[0]!.name))],
  ['the pack is cut', () => truncateSync(join(packFolder(), packsOn(shelf())[0]!.name), 100)],
  ['all of it is gone', () => rmSync(packFolder(), { recursive: true })],
])('%s: the pieces answer, and the next build makes the pack anew', async (_, harm) => {
  for (let number = 1; number <= 3; number++) write(segment(number), records(number * 50, number * 50 + 50));
  await index(lakeAt(lake), none, 1);
  harm();
  expect(await ask()).toEqual({ rows: 150, packs: 0 });
  await index(lakeAt(lake), none, 1);
  expect(await ask()).toEqual({ rows: 150, packs: 1 });
});

test('a pack broken under its old time: the answer is right or says what is broken, --verify takes it out', async () => {
  write(segment(1), records(0, 500));
  await index(lakeAt(lake), none, 1);
  const [pack] = packsOn(shelf());
  const path = join(packFolder(), pack!.name);
  const bytes = readFileSync(path);
  for (let at = 4; at < bytes.length - 8; at++) bytes[at]! ^= 0xa5;
  writeFileSync(path, bytes);
  const list = join(packFolder(), packListName);
  const now = String(statSync(path, { bigint: true }).mtimeNs);
  writeStored(list, JSON.parse(JSON.stringify(readStored(list)).replace(pack!.parquetMtimeNs, now)));
  await expect(answers(lakeAt(lake), [narrow], none)).rejects.toMatchObject({
    code: 'io',
    path,
    hint: expect.stringMatching(/--verify.*--no-index/),
  });
  expect(await verify(lakeAt(lake), none)).toMatchObject([
    { file: segment(1), reason: '' },
    { file: path, verified_bytes: 0, dropped_bytes: bytes.length, reason: 'it is not as it was written' },
  ]);
  expect(await ask()).toEqual({ rows: 500, packs: 0 });
});

test('its folder is 0700 and its files 0600', async () => {
  write(segment(1), records(0, 50));
  await index(lakeAt(lake), none, 1);
  const modes = [packFolder(), ...filesBelow(packFolder())].map((path) => (statSync(path).mode & 0o777).toString(8));
  expect(modes).toEqual(['700', '600', '600']);
});

test('whatever records logs hold, and whichever of them are asked for: the same rows and sums', async () => {
  const text = fc.constantFrom(null, undefined, '', 'a', 'A', 'ä', 'a\0', 'true', 'x'.repeat(300), 7, false, {});
  const record = fc.oneof(
    fc
      .record({ id: fc.nat(9), model: text, grounded_in_roster: text, final_verdict: text, iterations: text })
      .map(({ id, ...fields }) => session(`s${id}`, fields)),
    fc.record({ endpoint: text, source: text, success: fc.boolean() }).map(op),
    fc.record({ level: text, msg: text }).map(log),
    fc.constant({ schema: 'session.iterate.v9', model: 'm' }),
  );
  const statements = [
    'SELECT model, final_verdict, grounded_raw, iterations, count(*), min(source_file) FROM sessions GROUP BY ALL ORDER BY ALL',
    'SELECT * EXCLUDE (input_summary, output_summary) FROM ops ORDER BY ALL',
    'SELECT level, msg, source_file FROM logs ORDER BY ALL',
    'SELECT count(*) FROM sessions WHERE grounded_in_roster = false AND final_verdict IS NOT NULL',
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.array(record, { minLength: 1, maxLength: 12 }), fc.boolean()), {
        minLength: 1,
        maxLength: 6,
      }),
      async (logs) => {
        lake = join(root, String(++turn));
        mkdirSync(lake);
        for (const [at, [found]] of logs.entries()) write(segment(at + 1), lines(...found));
        await index(lakeAt(lake), none, 1);
        const some = logs.flatMap(([, asked], at) => (asked ? [segment(at + 1)] : []));
        for (const scope of some.length > 0 ? [lakeAt(lake), paths(...some)] : [lakeAt(lake)])
          for (const statement of statements) await ask(scope, statement);
      },
    ),
    { numRuns: runs(6, 30) },
  );
});

test('a pack that cannot be made is told, and those made before it stay', async () => {
  write(segment(1), records(0, 40));
  write(segment(2), records(40, 80));
  const failures: LakeobsError[] = [];
  const build = (packBytesMin: number) =>
    withEngine({ threads: 1 }, async (engine, scratch, signal) => {
      const { files } = await listSources(lakeAt(lake));
      const onPacksFailed = (failure: LakeobsError) => failures.push(failure);
      return buildIndex(engine, files, { scratch, signal, cacheFolder: none, packBytesMin, onPacksFailed });
    });
  await build(Number.MAX_SAFE_INTEGER);
  const names = readdirSync(shelf()).filter((name) => /^\d+-\d+$/.test(name));
  writeFileSync(join(shelf(), packsName), '');
  await build(1);
  expect(failures).toMatchObject([
    { code: 'io', message: `cannot keep packs in ${packFolder()}: already exists (EEXIST)`, hint: expect.any(String) },
  ]);
  rmSync(join(shelf(), packsName));
  // Two packs, because no third thing fits one; the second has a piece that is not there.
  const settled = names.flatMap((name) => {
    const { pieces } = readManifest(join(shelf(), name))!;
    return pieces.map((piece) => ({ name: packedName(name, piece.name), bytes: indexPackBytesMax, rows: piece.rows }));
  });
  rmSync(join(shelf(), settled[1]!.name));
  const failure = await withEngine({ threads: 1 }, (engine, scratch) =>
    buildPacks(engine, shelf(), settled, { scratch, packBytesMin: 1 }),
  );
  expect(failure).toMatchObject({ code: 'io', message: expect.stringContaining('cannot keep packs') });
  expect(packsOn(shelf()).map(({ pieces }) => pieces)).toEqual([[settled[0]!.name]]);
  expect(filesBelow(packFolder()).filter((path) => path.endsWith('.tmp'))).toEqual([]);
  expect(await ask()).toMatchObject({ rows: 80 });
});
