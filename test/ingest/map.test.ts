import { appendFileSync, copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { LakeobsError } from '../../src/errors.ts';
import { type IngestOptions, ingest } from '../../src/ingest/ingest.ts';
import { bytesOf, leftovers, linesOf, logLine, quarantineOf, restingFile, tempFolder } from './lakes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const aiderMap = join(root, 'docs/examples/aider-to-observer.sql');

function setup() {
  const folder = tempFolder();
  const lake = join(folder, 'lake');
  const notes: string[] = [];
  const file = (name: string, content: string) => restingFile(join(folder, name), content);
  const run = (paths: readonly string[], sql: string, options: Partial<IngestOptions> = {}) =>
    ingest({
      lake,
      paths,
      cwd: folder,
      family: 'observer',
      map: file('map.sql', sql),
      onNote: (kind, text) => notes.push(`${kind}: ${text}`),
      ...options,
    });
  return { folder, lake, notes, file, run };
}

const events = (count: number) =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ what: `e${n}`, at: 1_755_099_880 + n, ok: n % 3 !== 0 }));
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
const plain = `SELECT to_timestamp(CAST(json ->> 'at' AS BIGINT)) AS timestamp, json ->> 'what' AS endpoint, 'test' AS source, CAST(json ->> 'ok' AS BOOLEAN) AS success FROM input`;

describe('a mapping', () => {
  it('makes the documented ops of aider events: every event one op, repeated ones too, a second run none', async () => {
    const { lake, folder } = setup();
    const path = join(folder, 'analytics.jsonl');
    copyFileSync(join(root, 'fixtures/ingest/aider/analytics.jsonl'), path);
    const options: IngestOptions = { lake, paths: [path], family: 'observer', map: aiderMap };
    expect(await ingest(options)).toMatchObject({ lines: 10, written: { observer: 10 }, quarantined: 0 });
    expect(linesOf(lake).observer!.map((line) => Buffer.from(line, 'latin1').toString())).toEqual(
      readFileSync(join(root, 'fixtures/ingest/aider/expected.jsonl'), 'utf8').split('\n').slice(0, -1),
    );
    expect(await ingest(options)).toMatchObject({ lines: 0, written: {}, skipped_bytes: statSync(path).size });
    appendFileSync(path, '{"event": "launched", "properties": {}, "user_id": "u-1", "time": 1755100500}\n');
    expect(await ingest(options)).toMatchObject({ lines: 1, written: { observer: 1 } });
  });

  it.skipIf(process.env.LAKEOBS_SAMPLES === undefined)(
    'turns 1,000 real aider events into 1,000 ops, 43 of them failed, and none on a re-run (needs LAKEOBS_SAMPLES)',
    async () => {
      const { lake } = setup();
      const options: IngestOptions = {
        lake,
        paths: [join(process.env.LAKEOBS_SAMPLES!, 'ndjson/aider-sample-analytics.jsonl')],
        family: 'observer',
        map: aiderMap,
      };
      expect(await ingest(options)).toMatchObject({
        lines: 1000,
        written: { observer: 1000 },
        quarantined: 0,
        pending_bytes: 0,
      });
      const ops = linesOf(lake).observer!.map((line) => JSON.parse(line) as { success: boolean; endpoint: string });
      expect(ops.filter(({ success }) => !success)).toHaveLength(43);
      expect(ops.filter(({ endpoint }) => endpoint === 'aider/launched')).toHaveLength(140);
      expect(await ingest(options)).toMatchObject({ lines: 0, written: {} });
      expect(linesOf(lake).observer).toHaveLength(1000);
    },
  );

  it('leaves NULL out, keeps every digit, keeps unknown fields, and writes in wire order', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', '{"id":12345678901234567890123,"n":null,"o":{"b":1.5e3,"a":"\u00e4"}}\n');
    await run(
      [path],
      `SELECT json -> 'id' AS exact, 0.10 AS ratio, 170141183460469231731687303715884105727::HUGEINT AS huge, json -> 'n' AS error, NULL AS role, json -> 'o' AS nested,
       [1, 2] AS list, {'x': 1, 'y': 'z'} AS pair, true AS success, 'e' AS endpoint, 's' AS source, DATE '2026-01-02' AS day, 'nan'::DOUBLE AS odd, '2026-01-01T00:00:00Z' AS timestamp, line AS _line FROM input;`,
    );
    expect(Buffer.from(linesOf(lake).observer![0]!, 'latin1').toString()).toBe(
      '{"timestamp":"2026-01-01T00:00:00Z","endpoint":"e","source":"s","success":true,"exact":12345678901234567890123,"ratio":0.10,"huge":170141183460469231731687303715884105727,"nested":{"b":1500.0,"a":"\u00e4"},"list":[1,2],"pair":{"x":1,"y":"z"},"day":"2026-01-02"}',
    );
  });

  it('leaves out a number that is none, and rejects a row that holds one inside a value', async () => {
    const { lake, run, file } = setup();
    const sql = `SELECT '2026-01-01' AS timestamp, 'e' AS endpoint, 's' AS source, true AS success, json -> 'n' AS n, 'a' || chr(10) || 'b' AS error FROM input ORDER BY line`;
    const path = file('a.jsonl', text(['{"n":NaN}', '{"n":[1,-Infinity]}', '{"n":[1, 2]}']));
    expect(await run([path], sql)).toMatchObject({ written: { observer: 2 }, quarantined: 1 });
    expect(linesOf(lake).observer!.map((line) => JSON.parse(line))).toMatchObject([
      { error: 'a\nb' },
      { n: [1, 2], error: 'a\nb' },
    ]);
    expect(linesOf(lake).observer![0]).not.toContain('"n"');
    expect(quarantineOf(lake)).toMatchObject([{ reason: 'observer: n: holds NaN or Infinity, which is no JSON' }]);
  });

  it('fills nothing in: a row that breaks the family’s rules is rejected with its line, its reasons and itself', async () => {
    const { lake, run, notes, file } = setup();
    const path = file(
      'a.jsonl',
      text(['{"at":"2026-01-01","ok":true}', '{"at":"2026-01-02","ok":"perhaps"}', '{"ok":true}']),
    );
    const summary = await run(
      [path],
      `SELECT json ->> 'at' AS timestamp, 'e' AS endpoint, 's' AS source, json -> 'ok' AS success, line AS _line FROM input ORDER BY line`,
    );
    expect(summary).toMatchObject({ lines: 3, written: { observer: 1 }, quarantined: 2 });
    expect(quarantineOf(lake)).toMatchObject([
      { line: 2, byte_offset: null, byte_length: null, reason: expect.stringMatching(/^observer: success: /) },
      { line: 3, reason: expect.stringMatching(/^observer: timestamp: /) },
    ]);
    expect(JSON.parse(bytesOf(quarantineOf(lake)[0]!).toString())).toEqual({
      timestamp: '2026-01-02',
      endpoint: 'e',
      source: 's',
      success: 'perhaps',
    });
    expect(notes).toContainEqual(expect.stringContaining(`${path}:2: rejected: observer: success`));
  });

  it('sees only whole lines; broken ones go to the quarantine, a torn one waits', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', `${text(events(2))}nonsense\n${events(3)[2]}\n{"what":"torn`);
    expect(await run([path], plain)).toMatchObject({
      lines: 4,
      written: { observer: 3 },
      quarantined: 1,
      pending_bytes: 13,
    });
    expect(quarantineOf(lake)).toMatchObject([{ line: 3, raw: 'nonsense' }]);
  });

  it('keeps the order of the lines without ORDER BY, in several segments, in one transaction', async () => {
    const { lake, run, file } = setup();
    const lines = events(60_000);
    const summary = await run([file('a.jsonl', text(lines))], plain, {
      segmentBytesMax: 1_000_000,
      transactionBytesMax: 2_000_000,
    });
    expect(summary.segments.length).toBeGreaterThan(3);
    expect(linesOf(lake).observer!.map((line) => JSON.parse(line).endpoint)).toEqual(lines.map((_, n) => `e${n}`));
  });

  it('sees the new lines of each file by themselves, numbered as in the file', async () => {
    const { lake, run, notes, file } = setup();
    const count = `SELECT '2026-01-01' AS timestamp, string_agg(line::VARCHAR, ',' ORDER BY line) AS endpoint, 's' AS source, true AS success FROM input`;
    const path = file('a.jsonl', text(events(3)));
    await run([path, file('b.jsonl', text(events(5).slice(3)))], count);
    appendFileSync(path, text(['{"new":1}']));
    await run([path], count);
    expect(linesOf(lake).observer!.map((line) => JSON.parse(line).endpoint)).toEqual(['1,2,3', '1,2', '4']);
    expect(notes).toContain(`info: ${path}: the mapping made 1 rows of 3 lines`);
  });

  it('that changed, or is for another family, is another ingest; lines taken without a mapping do not count as known', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', text(events(2)));
    expect(await ingest({ lake, paths: [path] })).toMatchObject({ unrecognised: 2 });
    expect(await run([path], plain)).toMatchObject({ written: { observer: 2 } });
    expect(await run([path], plain)).toMatchObject({ written: {} });
    expect(await run([path], `${plain} -- changed`)).toMatchObject({ written: { observer: 2 } });
    expect(await ingest({ lake, paths: [path] })).toMatchObject({ lines: 0 });
  });

  it('that fails on the way writes nothing of that file, and works once it is mended', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', text([...events(3), '{"at":"x","what":"y","ok":true}']));
    await expect(run([path], plain)).rejects.toMatchObject({
      code: 'query',
      message: expect.stringContaining('map.sql'),
    });
    expect(linesOf(lake)).toEqual({});
    expect(leftovers(lake)).toEqual([]);
    expect(await run([path], plain.replace('CAST(json', 'TRY_CAST(json'))).toMatchObject({
      written: { observer: 3 },
      quarantined: 1,
    });
  });

  it.each([
    ['two statements', `${plain}; SELECT 1`, /2 statements/],
    ['no statement', '-- nothing', /no statement|not one|SELECT/],
    ['a write', "COPY (SELECT * FROM input) TO 'x.csv'", /a mapping is a SELECT/],
    ['another table', 'SELECT * FROM sessions', /there is no table "sessions"/],
    ['another file', "SELECT * FROM input, 'other.jsonl'", /there is no table "other.jsonl"/],
    ['a function that reads files', "SELECT * FROM input, read_text('/etc/hostname')", /read_text\(\) is refused/],
    ['no input', "SELECT 'a' AS endpoint", /does not read input/],
    ['a required column missing', "SELECT 'a' AS endpoint, true AS success FROM input", /gives no timestamp, source/],
    ['an unknown column', 'SELECT nothing FROM input', /nothing/],
    ['broken SQL', 'SELEC 1 FROM input', /syntax error/],
  ])('with %s is refused before anything is written', async (_what, sql, message) => {
    const { lake, run, file } = setup();
    const error = await run([file('a.jsonl', text(events(1)))], sql).then(
      () => expect.unreachable(),
      (thrown: LakeobsError) => thrown,
    );
    expect([error.code, error.message]).toEqual(['query', expect.stringMatching(message)]);
    expect(error.message).toContain('map.sql');
    expect(error.hint).toBeTruthy();
    expect(existsSync(lake)).toBe(false);
  });

  it('that cannot be read is an input error', async () => {
    const { lake, folder, file } = setup();
    await expect(
      ingest({ lake, paths: [file('a.jsonl', logLine('1'))], family: 'observer', map: join(folder, 'no.sql') }),
    ).rejects.toMatchObject({ code: 'input' });
  });

  it('for a family with a tag gives records that are recognised as that family', async () => {
    const { lake, run, file } = setup();
    const sql = `SELECT 'replay.run.v1' AS schema, json ->> 'what' AS session_id, '2026-01-01T00:00:00Z' AS timestamp FROM input`;
    expect(await run([file('a.jsonl', text(events(2)))], sql, { family: 'replay' })).toMatchObject({
      written: { replay: 2 },
    });
    expect(linesOf(lake).replay![1]).toBe(
      '{"schema":"replay.run.v1","session_id":"e1","timestamp":"2026-01-01T00:00:00Z"}',
    );
  });
});
