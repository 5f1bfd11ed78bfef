import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unionColumns, viewStatements } from '../../src/catalog/views.ts';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { families } from '../../src/schema/families.ts';
import { fillLines, fixtureFiles, objects, withLines } from '../queries/lines.ts';

const session = (fields: object) => ({
  schema: 'session.iterate.v1',
  session_id: 's',
  timestamp: '2026-03-01T10:00:00Z',
  daemon: 'd',
  kind: 'fill',
  model: 'm',
  provider: 'p',
  prompt: 'x',
  iterations: 1,
  max_iterations: 3,
  final_verdict: 'accepted',
  attempts: [],
  duration_ms: 5,
  ...fields,
});
const op = (fields: object) => ({
  timestamp: '2026-03-01T10:00:00Z',
  endpoint: '/x',
  source: 'mcp',
  success: true,
  ...fields,
});
const span = (kind: 'span-open' | 'span-close', timestamp: number | string, fields: object = {}) => ({
  kind,
  extensionId: 'e',
  timestamp,
  spanId: 'a',
  name: 'work',
  ...(kind === 'span-close' ? { durationMs: 5, status: 'ok' } : {}),
  ...fields,
});
const replay = (fields: object) => ({
  schema: 'replay.run.v1',
  session_id: 's',
  timestamp: '2026-03-01T10:00:00Z',
  ...fields,
});

interface PlanNode {
  name: string;
  children: PlanNode[];
  extra_info: { Projections?: string | string[] };
}

/** What the scans of a plan read. */
function scannedColumns(plan: PlanNode[]): string[] {
  return plan.flatMap((node) => [
    ...(/SCAN/.test(node.name) ? [node.extra_info.Projections ?? []].flat() : []),
    ...scannedColumns(node.children),
  ]);
}

describe('declarations', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine();
    await fillLines(engine, []);
  });
  afterAll(() => engine.close());

  test.each(families.flatMap((family) => family.views.map((view) => [view.name, view] as const)))(
    'the view %s has exactly the declared columns, in order and type, over an empty family',
    async (name, view) => {
      const described = await engine.all(`DESCRIBE ${name}`);
      expect(described.rows.map(([column, type]) => [column, type])).toEqual(
        view.columns.map((column) => [column.name, column.type]),
      );
      expect(await engine.value(`SELECT count(*) FROM ${name}`)).toBe(0);
    },
  );

  test('problems has the columns scripts rely on', async () => {
    const described = await engine.all('DESCRIBE problems');
    expect(described.rows.map(([column, type]) => [column, type])).toEqual([
      ['source_file', 'VARCHAR'],
      ['column_name', 'VARCHAR'],
      ['reason', 'VARCHAR'],
      ['count', 'BIGINT'],
    ]);
  });

  test('there is one statement for every declared view, and one for problems', () => {
    const made = viewStatements({}).map((statement) => /^CREATE OR REPLACE VIEW "(\w+)" AS\n/.exec(statement)?.[1]);
    expect(made.toSorted()).toEqual(
      [...families.flatMap((family) => family.views.map((view) => view.name)), 'problems'].toSorted(),
    );
  });

  test('unionColumns names every wire field once, with all families that have it', () => {
    const wires = unionColumns.map((column) => column.wire);
    expect(new Set(wires.map((wire) => wire.toLowerCase())).size).toBe(wires.length);
    for (const family of families)
      for (const column of family.columns) {
        const united = unionColumns.find(({ wire }) => wire === column.wire);
        expect(united?.families).toContain(family.name);
        expect(united?.sqlType).toBe(column.kind === 'json' ? 'JSON' : 'VARCHAR');
        if (column.wide) expect(united?.wide).toBe(true);
      }
    expect(unionColumns.find(({ wire }) => wire === 'timestamp')?.families).toEqual([
      'session',
      'observer',
      'journal',
      'replay',
    ]);
  });

  test('a statement that does not read attributes, links or bodies does not make spans read them', async () => {
    await withLines({ 'a.jsonl': [span('span-open', 0), span('span-close', 1)] }, async (_rows, lines) => {
      const scanned = async (columns: string) =>
        scannedColumns(
          JSON.parse(String((await lines.all(`EXPLAIN (FORMAT json) SELECT ${columns} FROM spans`)).rows[0]?.[1])),
        );
      const small = await scanned('name, status, duration_ms');
      expect(small).toContain('durationMs');
      for (const wire of ['attributes', 'links', 'body']) {
        expect(small).not.toContain(wire);
        expect(await scanned(wire === 'body' ? 'has_body' : wire)).toContain(wire);
      }
    });
  });
});

describe('times', () => {
  const read = async (texts: readonly (string | number | null)[], zone = 'UTC') =>
    withLines(
      {
        'a.jsonl': texts.map((timestamp, index) => session({ session_id: String(index).padStart(3, '0'), timestamp })),
      },
      async (rows, engine) => {
        await engine.exec(`SET TimeZone = '${zone}'`);
        return (await rows('SELECT ts FROM sessions ORDER BY session_id')).map(({ ts }) => ts);
      },
    );

  const good: [string, string][] = [
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T10:00:00.123456789Z', '2026-03-01T10:00:00.123456Z'],
    ['2026-03-01T10:00:00.9999999Z', '2026-03-01T10:00:00.999999Z'],
    ['2026-03-01T10:00:00+02:00', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01T10:00:00.5-05:30', '2026-03-01T15:30:00.500Z'],
    ['2026-03-01T10:00:00+0200', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01T10:00:00+02', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01T10:00:00-00:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01t10:00:00z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01t10:00:00.25+01:00', '2026-03-01T09:00:00.250Z'],
    ['2026-03-01T10:00:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01 10:00:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01 10:00:00+01:00', '2026-03-01T09:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-29T02:30:00', '2026-03-29T02:30:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ];
  test.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata'])(
    'RFC 3339 text is the same instant in a session of zone %s',
    async (zone) => {
      expect(
        await read(
          good.map(([text]) => text),
          zone,
        ),
      ).toEqual(good.map(([, instant]) => instant));
    },
  );

  test('what is not a time is NULL, never an error', async () => {
    const bad = [
      'infinity',
      '-infinity',
      'epoch',
      'now',
      'today',
      '',
      ' ',
      'Z',
      '2026-13-01T10:00:00Z',
      '2026-02-30T10:00:00Z',
      '2026-03-01T25:00:00Z',
      '2026-03-01T10:00:00 NZ',
      '2026-03-01T10:00:00 Europe/Berlin',
      '2026-03-01T10:00:00+25:00',
      '2026-03-01T10:00:00+02:00Z',
      '2026-03-01 (BC)',
      '20260301',
      '2026',
      1767225600000,
      '1767225600000',
      17.5,
      null,
      '２026-03-01T10:00:00Z',
      '\u0000',
    ];
    expect(await read(bad)).toEqual(bad.map(() => null));
    const counted = bad.filter((text) => text !== null).length;
    await withLines({ 'a.jsonl': bad.map((timestamp) => session({ timestamp })) }, async (rows) => {
      expect(await rows(`SELECT reason, count FROM problems WHERE column_name = 'timestamp' ORDER BY reason`)).toEqual([
        { reason: 'missing', count: 1 },
        { reason: 'not a time', count: counted },
      ]);
    });
  });

  test('the raw text stays beside the instant', async () => {
    await withLines({ 'a.jsonl': [session({ timestamp: '2026-03-01T10:00:00.123456789+02:00' })] }, async (rows) => {
      expect(await rows('SELECT timestamp FROM sessions')).toEqual([
        { timestamp: '2026-03-01T10:00:00.123456789+02:00' },
      ]);
    });
  });

  test('journal times are milliseconds since 1970 with fractions; everything else is NULL', async () => {
    const values: [unknown, string | null][] = [
      [1767225600000, '2026-01-01T00:00:00.000Z'],
      ['1767225600000', '2026-01-01T00:00:00.000Z'],
      [1767225600000.25, '2026-01-01T00:00:00.000250Z'],
      [0, '1970-01-01T00:00:00.000Z'],
      [-1, '1969-12-31T23:59:59.999Z'],
      [253402300799999, '9999-12-31T23:59:59.999Z'],
      [253402300800000, null],
      [-62135596800000, '0001-01-01T00:00:00.000Z'],
      [-62135596800001, null],
      [1e300, null],
      [9_300_000_000_000_000, null],
      ['2026-01-01T00:00:00Z', null],
      ['nan', null],
      ['infinity', null],
      [{ ms: 1 }, null],
      [[1], null],
      [true, null],
      [null, null],
    ];
    const lines = values.map(([timestamp], index) => ({
      kind: 'log',
      extensionId: 'e',
      timestamp,
      level: 'info',
      msg: String(index).padStart(3, '0'),
    }));
    await withLines(
      { 'a.jsonl': [...lines, '{"kind":"log","extensionId":"e","timestamp":1e400,"level":"info","msg":"999"}'] },
      async (rows) => {
        expect((await rows('SELECT ts FROM logs ORDER BY msg')).map(({ ts }) => ts)).toEqual([
          ...values.map(([, instant]) => instant),
          null,
        ]);
      },
    );
  });
});

describe('since and until', () => {
  const at = (text: string) => new Date(text);

  test('the range is half-open, and a row without a readable time always stays', async () => {
    const lines = [
      '2026-03-01T09:59:59.999999Z',
      '2026-03-01T10:00:00Z',
      '2026-03-01T10:59:59.999999Z',
      '2026-03-01T11:00:00Z',
      'yesterday',
      '2026-03-01T12:30:00+02:00',
    ].map((timestamp) =>
      session({
        session_id: timestamp,
        timestamp,
        attempts: [{ iteration: 0, verdict_kind: 'accepted' }],
        artifact: { fills: [{ candidate_id: 'w' }] },
      }),
    );
    const range = { since: at('2026-03-01T10:00:00Z'), until: at('2026-03-01T11:00:00Z') };
    const kept = ['2026-03-01T10:00:00Z', '2026-03-01T10:59:59.999999Z', '2026-03-01T12:30:00+02:00', 'yesterday'];
    await withLines(
      { 'a.jsonl': lines },
      async (rows) => {
        for (const view of ['sessions', 'attempts', 'fills'])
          expect(
            (await rows(`SELECT session_id FROM ${view} ORDER BY session_id`)).map((row) => row.session_id),
          ).toEqual(kept);
      },
      range,
    );
    await withLines(
      { 'a.jsonl': lines },
      async (rows) => expect(await rows('SELECT session_id FROM sessions')).toHaveLength(5),
      { since: range.since },
    );
    await withLines(
      { 'a.jsonl': lines },
      async (rows) => expect(await rows('SELECT session_id FROM sessions')).toHaveLength(5),
      { until: range.until },
    );
  });

  test('ops, journal, logs and replays are cut by their time, spans by when they started', async () => {
    const ms = (text: string) => at(text).getTime();
    const early = ms('2026-03-01T09:00:00Z');
    const late = ms('2026-03-01T10:30:00Z');
    const lines = [
      op({ timestamp: '2026-03-01T09:00:00Z', endpoint: 'early' }),
      op({ timestamp: '2026-03-01T10:30:00Z', endpoint: 'late' }),
      op({ timestamp: 7, endpoint: 'timeless' }),
      replay({ timestamp: '2026-03-01T09:00:00Z', task_id: 'early', retrieved: ['w'] }),
      replay({ timestamp: '2026-03-01T10:30:00Z', task_id: 'late', retrieved: ['w'] }),
      { kind: 'log', extensionId: 'e', timestamp: early, level: 'info', msg: 'early' },
      { kind: 'log', extensionId: 'e', timestamp: late, level: 'info', msg: 'late' },
      span('span-open', early, { spanId: 'crossing' }),
      span('span-close', late, { spanId: 'crossing' }),
      span('span-open', late, { spanId: 'inside' }),
      span('span-open', 'noon', { spanId: 'timeless' }),
      span('span-close', early, { spanId: 'orphan' }),
    ];
    await withLines(
      { 'a.jsonl': lines },
      async (rows) => {
        expect((await rows('SELECT endpoint FROM ops ORDER BY 1')).map((row) => row.endpoint)).toEqual([
          'late',
          'timeless',
        ]);
        expect((await rows('SELECT task_id FROM replays')).map((row) => row.task_id)).toEqual(['late']);
        expect((await rows('SELECT task_id FROM retrievals')).map((row) => row.task_id)).toEqual(['late']);
        expect((await rows('SELECT msg FROM logs')).map((row) => row.msg)).toEqual(['late']);
        expect(
          (await rows("SELECT span_id FROM journal WHERE kind <> 'log' ORDER BY 1")).map((row) => row.span_id),
        ).toEqual(['crossing', 'inside', 'timeless']);
        // A span that began before the range is out although it ended inside; one whose start nobody knows stays.
        expect((await rows('SELECT span_id FROM spans ORDER BY 1')).map((row) => row.span_id)).toEqual([
          'inside',
          'orphan',
          'timeless',
        ]);
      },
      { since: at('2026-03-01T10:00:00Z') },
    );
  });
});

describe('values', () => {
  test('whole numbers: 3, 3.0, 1e3 and "3" are read; 3.5, words and what does not fit are NULL and a problem', async () => {
    const values: [string, number | string | null][] = [
      ['3', 3],
      ['0', 0],
      ['-1', -1],
      ['3.0', 3],
      ['"3"', 3],
      ['1e3', 1000],
      ['9007199254740993', '9007199254740993'],
      ['3.5', null],
      ['"3.5"', null],
      ['"three"', null],
      ['""', null],
      ['true', null],
      ['[3]', null],
      ['{"n":3}', null],
      ['9223372036854775808', null],
      ['1e400', null],
      ['"inf"', null],
      ['"0x10"', null],
    ];
    const lines = values.map(([json], index) =>
      JSON.stringify(session({ session_id: String(index).padStart(3, '0') })).replace(
        '"iterations":1',
        `"iterations":${json}`,
      ),
    );
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect((await rows('SELECT iterations FROM sessions ORDER BY session_id')).map((row) => row.iterations)).toEqual(
        values.map(([, value]) => value),
      );
      expect(await rows(`SELECT column_name, reason, count FROM problems`)).toEqual([
        {
          column_name: 'iterations',
          reason: 'not a whole number',
          count: values.filter(([, value]) => value === null).length,
        },
      ]);
    });
  });

  test('numbers: words for infinity and nan are NULL and a problem', async () => {
    const values: [string, number | null][] = [
      ['1.5', 1.5],
      ['0', 0],
      ['"2.5"', 2.5],
      ['-0.25', -0.25],
      ['"nan"', null],
      ['"Infinity"', null],
      ['1e400', null],
      ['"fast"', null],
      ['true', null],
      ['[]', null],
    ];
    const lines = values.map(([json], index) =>
      JSON.stringify(session({ session_id: String(index).padStart(3, '0') })).replace(
        '"duration_ms":5',
        `"duration_ms":${json}`,
      ),
    );
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect(
        (await rows('SELECT duration_ms FROM sessions ORDER BY session_id')).map((row) => row.duration_ms),
      ).toEqual(values.map(([, value]) => value));
      expect(await rows(`SELECT reason, count FROM problems WHERE column_name = 'duration_ms'`)).toEqual([
        { reason: 'not a number', count: 6 },
      ]);
    });
  });

  test('booleans: only true and false; 0, 1, "yes" and "TRUE" are NULL and a problem', async () => {
    const values: [unknown, boolean | null][] = [
      [true, true],
      [false, false],
      ['true', true],
      ['false', false],
      [0, null],
      [1, null],
      ['yes', null],
      ['TRUE', null],
      [{}, null],
    ];
    const lines = values.map(([success], index) => op({ endpoint: String(index), success }));
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect((await rows('SELECT success FROM ops ORDER BY endpoint')).map((row) => row.success)).toEqual(
        values.map(([, value]) => value),
      );
      expect(await rows(`SELECT column_name, reason, count FROM problems`)).toEqual([
        { column_name: 'success', reason: 'not true or false', count: 5 },
      ]);
    });
  });

  test('grounded_in_roster: true only for true and "true", NULL only for absent and null, anything else false; the text as written beside it', async () => {
    const values: [unknown, boolean | null, string | null][] = [
      [true, true, 'true'],
      ['true', true, 'true'],
      [false, false, 'false'],
      ['false', false, 'false'],
      [0, false, '0'],
      [1, false, '1'],
      ['maybe', false, 'maybe'],
      ['TRUE', false, 'TRUE'],
      [' true', false, ' true'],
      ['', false, ''],
      ['null', false, 'null'],
      [[], false, '[]'],
      [{}, false, '{}'],
      [[true], false, '[true]'],
      [null, null, null],
      [undefined, null, null],
    ];
    const lines = values.map(([grounded_in_roster], index) =>
      session({ session_id: String(index).padStart(3, '0'), grounded_in_roster }),
    );
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect(
        (await rows('SELECT grounded_in_roster AS flag, grounded_raw AS raw FROM sessions ORDER BY session_id')).map(
          ({ flag, raw }) => [flag, raw],
        ),
      ).toEqual(values.map(([, flag, raw]) => [flag, raw]));
      expect(await rows('SELECT column_name, reason, count FROM problems')).toEqual([
        { column_name: 'grounded_in_roster', reason: 'not true or false', count: 10 },
      ]);
    });
  });
});

describe('attempts', () => {
  test('one row per entry with its place; an entry that is not an object keeps its place as NULLs', async () => {
    const attempts = [
      { iteration: 0, verdict_kind: 'no_json' },
      null,
      7,
      { iteration: 2.0, verdict_kind: 'accepted', error: { why: 1 }, span_id: 'sp', extra: [] },
      'x',
      [1],
      {},
    ];
    await withLines({ 'a.jsonl': [session({ attempts })] }, async (rows) => {
      const blank = { iteration: null, verdict_kind: null, error: null, span_id: null };
      expect(
        await rows('SELECT position, iteration, verdict_kind, error, span_id FROM attempts ORDER BY position'),
      ).toEqual([
        { position: 1, iteration: 0, verdict_kind: 'no_json', error: null, span_id: null },
        { position: 2, ...blank },
        { position: 3, ...blank },
        { position: 4, iteration: 2, verdict_kind: 'accepted', error: '{"why":1}', span_id: 'sp' },
        { position: 5, ...blank },
        { position: 6, ...blank },
        { position: 7, ...blank },
      ]);
      expect(await rows('SELECT column_name, reason, count FROM problems')).toEqual([
        { column_name: 'attempts', reason: 'an entry is not an object', count: 1 },
      ]);
    });
  });

  test('null, an empty list, no list and a key written twice inside an entry never abort', async () => {
    const with_ = (json: string, id: string) =>
      JSON.stringify(session({ session_id: id })).replace('"attempts":[]', `"attempts":${json}`);
    const lines = [
      with_('null', 'a'),
      with_('[]', 'b'),
      with_('{"iteration":0}', 'c'),
      with_('"[]"', 'd'),
      with_('5', 'e'),
      with_('[{"iteration":1,"iteration":2,"error":"a","error":"b"}]', 'f'),
      with_('[{"iteration":123456789012345678901234567890}]', 'g'),
      with_('[[[[[]]]]]', 'h'),
    ];
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect(await rows('SELECT session_id, position, iteration, error FROM attempts ORDER BY session_id')).toEqual([
        { session_id: 'f', position: 1, iteration: 1, error: 'a' },
        { session_id: 'g', position: 1, iteration: null, error: null },
        { session_id: 'h', position: 1, iteration: null, error: null },
      ]);
      expect(await rows('SELECT count(*) AS n FROM sessions')).toEqual([{ n: 8 }]);
      expect(await rows('SELECT column_name, reason, count FROM problems ORDER BY reason')).toEqual([
        { column_name: 'attempts', reason: 'an entry is not an object', count: 1 },
        { column_name: 'attempts', reason: 'missing', count: 1 },
        { column_name: 'attempts', reason: 'not a list', count: 3 },
      ]);
    });
  });
});

describe('fills', () => {
  test('ids in order, as trimmed text; numbers by their digits; an entry without an id keeps its place', async () => {
    const line = JSON.stringify(session({ artifact: 0 })).replace(
      '"artifact":0',
      '"artifact":{"fills":[{"candidate_id":"  w-1\\t\\u00a0"},{"candidate_id":7},{"candidate_id":123456789012345678901234},{"other":1},null,"w-9",{"candidate_id":null},{"candidate_id":""},{"candidate_id":true},{"candidate_id":["w"]},{"candidate_id":"007","candidate_id":"x"}]}',
    );
    await withLines({ 'a.jsonl': [line] }, async (rows) => {
      expect(
        (await rows('SELECT position, worker_id FROM fills ORDER BY position')).map(({ position, worker_id }) => [
          position,
          worker_id,
        ]),
      ).toEqual([
        [1, 'w-1'],
        [2, '7'],
        [3, '123456789012345678901234'],
        [4, null],
        [5, null],
        [6, null],
        [7, null],
        [8, ''],
        [9, 'true'],
        [10, '["w"]'],
        [11, '007'],
      ]);
    });
  });

  test('only accepted fills count, and an artifact of any shape is survived', async () => {
    const artifact = { fills: [{ candidate_id: 'w' }] };
    const lines = [
      session({ session_id: 'yes', artifact }),
      session({ session_id: 'email', kind: 'email', artifact }),
      session({ session_id: 'exhausted', final_verdict: 'max_iter_exhausted', artifact }),
      session({ session_id: 'none' }),
      ...[
        null,
        [],
        'x',
        5,
        { fills: null },
        { fills: {} },
        { fills: 'w' },
        { fills: [] },
        { Fills: [{ candidate_id: 'w' }] },
      ].map((shape, index) => session({ session_id: `shape${index}`, artifact: shape })),
    ];
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect(await rows('SELECT session_id, worker_id FROM fills')).toEqual([{ session_id: 'yes', worker_id: 'w' }]);
      expect(await rows(`SELECT reason, count FROM problems WHERE column_name = 'artifact'`)).toEqual([
        { reason: 'not an object', count: 3 },
      ]);
    });
  });
});

describe('spans', () => {
  const t = Date.parse('2026-03-01T10:00:00Z');
  const iso = (ms: number) => new Date(ms).toISOString();

  test('an open and its close make one row across files; what the close says wins', async () => {
    await withLines(
      {
        'closes.jsonl': [
          span('span-close', t + 80, { durationMs: 75.5, status: 'error', attributes: { n: 2 }, body: 'long' }),
        ],
        'opens.jsonl': [
          span('span-open', t, {
            parentSpanId: 'root',
            conversationId: 'c',
            turnId: 't',
            attributes: { n: 1 },
            links: [{ spanId: 'z' }],
          }),
        ],
      },
      async (rows, _engine, folder) => {
        const [row] = await rows('SELECT * FROM spans');
        expect({ ...row, attributes: String(row?.attributes), links: String(row?.links) }).toEqual({
          span_id: 'a',
          parent_span_id: 'root',
          name: 'work',
          status: 'error',
          started_at: iso(t),
          ended_at: iso(t + 80),
          started_at_raw: String(t),
          ended_at_raw: String(t + 80),
          duration_ms: 75.5,
          extension_id: 'e',
          conversation_id: 'c',
          turn_id: 't',
          attributes: '{"n":2}',
          links: '[{"spanId":"z"}]',
          has_body: true,
          source_file: `${folder}/opens.jsonl`,
        });
        expect(await rows('SELECT count(*) AS n FROM spans')).toEqual([{ n: 1 }]);
      },
    );
  });

  test('open without close is open; close without open is kept as orphan-close', async () => {
    await withLines(
      { 'a.jsonl': [span('span-open', t, { spanId: 'o' }), span('span-close', t, { spanId: 'c', status: 'error' })] },
      async (rows) => {
        expect(
          await rows('SELECT span_id, status, started_at, ended_at, duration_ms, has_body FROM spans ORDER BY span_id'),
        ).toEqual([
          { span_id: 'c', status: 'orphan-close', started_at: null, ended_at: iso(t), duration_ms: 5, has_body: false },
          { span_id: 'o', status: 'open', started_at: iso(t), ended_at: null, duration_ms: null, has_body: false },
        ]);
      },
    );
  });

  test('the first close and the first open win, by time, then by place in the file; an unreadable time comes last', async () => {
    const lines = [
      span('span-close', 'never', { status: 'timeless' }),
      span('span-close', t + 9, { status: 'late' }),
      span('span-close', t + 5, { status: 'first' }),
      span('span-close', t + 5, { status: 'second' }),
      span('span-open', t + 1, { name: 'later' }),
      span('span-open', t, { name: 'first' }),
      span('span-open', t, { name: 'again' }),
      span('span-open', t, { extensionId: 'other', name: 'other' }),
      span('span-close', 'x', { extensionId: 'timeless', status: 'first' }),
      span('span-close', 'x', { extensionId: 'timeless', status: 'second' }),
      span('span-open', 'x', { extensionId: 'timeless' }),
    ];
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect(await rows('SELECT extension_id, name, status, duration_ms FROM spans ORDER BY extension_id')).toEqual([
        { extension_id: 'e', name: 'first', status: 'first', duration_ms: 5 },
        { extension_id: 'other', name: 'other', status: 'open', duration_ms: null },
        { extension_id: 'timeless', name: 'work', status: 'first', duration_ms: 5 },
      ]);
    });
  });

  test('double closes in one millisecond: the first in the file wins for every span, however many threads read', async () => {
    // Several times DuckDB's row group, so that more than one thread reads; every span is closed four times, far apart.
    await withLines({}, async (rows, engine) => {
      const closes = `SELECT 'f' AS source_file, 'journal' AS family, true AS known, 'span-close' AS "kind", 'e' AS "extensionId", '${t}' AS "timestamp",
        CAST(i % 100000 AS VARCHAR) AS "spanId", 'n' || CAST(i // 100000 AS VARCHAR) AS "status" FROM range(400000) AS r(i)`;
      await engine.exec(`INSERT INTO lines BY NAME ${closes}`);
      expect(await rows('SELECT min(conversation_id) AS c, count(*) AS n FROM spans')).toEqual([
        { c: null, n: 100_000 },
      ]);
      await engine.exec(`UPDATE lines SET "kind" = 'span-open', "name" = "status"`);
      expect(await rows('SELECT name, count(*) AS n FROM spans GROUP BY name')).toEqual([{ name: 'n0', n: 100_000 }]);
    });
  });

  test('a close that does not say how long: the time between; never a negative one', async () => {
    const lines = [
      span('span-open', t, { spanId: 'a' }),
      span('span-close', t + 40, { spanId: 'a', durationMs: undefined }),
      span('span-open', t, { spanId: 'b' }),
      span('span-close', t - 40, { spanId: 'b', durationMs: 'long' }),
      span('span-open', 'x', { spanId: 'c' }),
      span('span-close', t, { spanId: 'c', durationMs: null }),
      span('span-open', t, { spanId: 'd' }),
      span('span-close', t + 9, { spanId: 'd', durationMs: 0 }),
    ];
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect((await rows('SELECT duration_ms FROM spans ORDER BY span_id')).map((row) => row.duration_ms)).toEqual([
        40,
        null,
        null,
        0,
      ]);
    });
  });

  test('a piece without a span id is a span of its own, and a close without a status has none', async () => {
    const lines = [
      span('span-open', t, { spanId: undefined }),
      span('span-open', t, { spanId: undefined }),
      span('span-close', t, { spanId: undefined }),
      span('span-open', t, { spanId: 'z' }),
      span('span-close', t, { spanId: 'z', status: undefined }),
    ];
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect((await rows('SELECT status FROM spans ORDER BY status NULLS LAST')).map((row) => row.status)).toEqual([
        'open',
        'open',
        'orphan-close',
        null,
      ]);
      expect(await rows('SELECT column_name, reason, count FROM problems ORDER BY column_name')).toEqual([
        { column_name: 'span_id', reason: 'missing', count: 3 },
        { column_name: 'status', reason: 'missing', count: 1 },
      ]);
    });
  });

  test('journal shows opens and closes as written, logs only logs', async () => {
    const lines = [
      span('span-open', t),
      span('span-close', t + 5, { body: '' }),
      { kind: 'log', extensionId: 'e', timestamp: t, level: 'warn', msg: 'm', spanId: 'a', attributes: { a: 1 } },
    ];
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect(
        await rows(
          'SELECT kind, ts, timestamp, started_at, ended_at, status, duration_ms, has_body FROM journal ORDER BY kind',
        ),
      ).toEqual([
        {
          kind: 'log',
          ts: iso(t),
          timestamp: String(t),
          started_at: null,
          ended_at: null,
          status: null,
          duration_ms: null,
          has_body: false,
        },
        {
          kind: 'span-close',
          ts: iso(t + 5),
          timestamp: String(t + 5),
          started_at: null,
          ended_at: iso(t + 5),
          status: 'ok',
          duration_ms: 5,
          has_body: true,
        },
        {
          kind: 'span-open',
          ts: iso(t),
          timestamp: String(t),
          started_at: iso(t),
          ended_at: null,
          status: null,
          duration_ms: null,
          has_body: false,
        },
      ]);
      expect(await rows('SELECT level, msg, span_id FROM logs')).toEqual([{ level: 'warn', msg: 'm', span_id: 'a' }]);
    });
  });
});

describe('replays', () => {
  test('retrieved items by their text, their number or their id, with their place', async () => {
    const retrieved = [
      'w-1',
      ' w-2 ',
      7,
      { id: 'a' },
      { candidate_id: 'b', id: '' },
      { worker_id: 8 },
      { id: 'x', worker_id: 'y' },
      { title: 't' },
      null,
      ['w'],
      true,
    ];
    await withLines({ 'a.jsonl': [replay({ task_id: 't', retrieved })] }, async (rows) => {
      expect(
        (await rows('SELECT position, item_id FROM retrievals ORDER BY position')).map((row) => row.item_id),
      ).toEqual(['w-1', 'w-2', '7', 'a', 'b', '8', 'x', null, null, null, 'true']);
      expect(await rows('SELECT retrieved_count FROM replays')).toEqual([{ retrieved_count: 11 }]);
    });
  });

  test('retrieved of any shape is survived; output that is no text is JSON', async () => {
    const lines = [undefined, null, [], {}, 'w', 5].map((retrieved, index) =>
      replay({ session_id: String(index), retrieved, output: index === 0 ? { a: 1 } : 'plain' }),
    );
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect(
        (await rows('SELECT retrieved_count FROM replays ORDER BY session_id')).map((row) => row.retrieved_count),
      ).toEqual([0, 0, 0, 0, 0, 0]);
      expect(await rows('SELECT * FROM retrievals')).toEqual([]);
      expect((await rows('SELECT output FROM replays ORDER BY session_id LIMIT 2')).map((row) => row.output)).toEqual([
        '{"a":1}',
        'plain',
      ]);
      expect(await rows('SELECT column_name, reason, count FROM problems')).toEqual([
        { column_name: 'retrieved', reason: 'not a list', count: 3 },
      ]);
    });
  });
});

describe('which rows are shown', () => {
  test('unknown versions and unrecognised objects are in no view and no problem', async () => {
    const lines = [
      { ...session({}), schema: 'session.iterate.v2', iterations: 'x' },
      { ...replay({}), schema: 'replay.run.v10' },
      { hello: 1 },
      session({ session_id: 'known' }),
    ];
    await withLines({ 'a.jsonl': lines }, async (rows) => {
      expect(await rows('SELECT session_id FROM sessions')).toEqual([{ session_id: 'known' }]);
      expect(await rows('SELECT * FROM replays')).toEqual([]);
      expect(await rows('SELECT * FROM problems')).toEqual([]);
      expect(await rows('SELECT family, known FROM lines ORDER BY family NULLS LAST, known')).toEqual([
        { family: 'replay', known: false },
        { family: 'session', known: false },
        { family: 'session', known: true },
        { family: null, known: true },
      ]);
    });
  });

  test('problems counts per file, and shows what the reader found', async () => {
    await withLines(
      {
        'a.jsonl': [session({ session_id: null }), session({})],
        'b.jsonl': [session({ session_id: undefined }), op({ timestamp: 'x' }), replay({ timestamp: 'x' })],
      },
      async (rows, engine, folder) => {
        await engine.exec(`INSERT INTO lines_problems VALUES ('${folder}/a.jsonl', 'kind', 'written twice', 3)`);
        expect(await rows('SELECT * FROM problems ORDER BY source_file, column_name')).toEqual([
          { source_file: `${folder}/a.jsonl`, column_name: 'kind', reason: 'written twice', count: 3 },
          { source_file: `${folder}/a.jsonl`, column_name: 'session_id', reason: 'missing', count: 1 },
          { source_file: `${folder}/b.jsonl`, column_name: 'session_id', reason: 'missing', count: 1 },
          { source_file: `${folder}/b.jsonl`, column_name: 'timestamp', reason: 'not a time', count: 2 },
        ]);
      },
    );
  });
});

describe('parity with other writers', () => {
  test('rows as Go writes them, CRLF, blank lines, no final newline, offsets, several daemons: all read right', async () => {
    const engine = await openEngine();
    try {
      await fillLines(engine, fixtureFiles('session/parity'));
      const rows = await objects(
        engine,
        'SELECT session_id, ts, timestamp, daemon, kind, model, iterations, final_verdict, grounded_in_roster, grounded_raw, duration_ms FROM sessions ORDER BY session_id',
      );
      expect(rows).toMatchObject([
        {
          session_id: 'p01',
          ts: '2026-02-03T04:05:06.123456Z',
          timestamp: '2026-02-03T04:05:06.123456789Z',
          daemon: 'validatord',
          iterations: 2,
          final_verdict: 'accepted',
          grounded_in_roster: true,
          duration_ms: 1834,
        },
        {
          session_id: 'p02',
          ts: '2026-02-03T04:05:07.000Z',
          daemon: 'validatord',
          iterations: null,
          final_verdict: 'infra_error',
          grounded_in_roster: null,
          duration_ms: null,
        },
        {
          session_id: 'p03',
          ts: '2026-02-03T02:35:08.500Z',
          daemon: 'gateway',
          kind: 'email',
          iterations: 1,
          grounded_raw: null,
        },
        {
          session_id: 'p04',
          ts: '2026-02-02T23:05:09.000Z',
          daemon: 'gateway',
          grounded_in_roster: false,
          grounded_raw: '0',
        },
        {
          session_id: 'p05',
          ts: null,
          timestamp: 'Tue Feb 3 04:05:10 2026',
          daemon: 'edge',
          grounded_in_roster: false,
          grounded_raw: 'maybe',
        },
        { session_id: 'p06', daemon: 'edge', iterations: 1, grounded_in_roster: true, grounded_raw: 'true' },
      ]);
      expect(rows).toHaveLength(6);
      expect(await objects(engine, `SELECT prompt, model FROM sessions WHERE session_id = 'p01'`)).toEqual([
        { prompt: 'Fill <2> shifts & mail "Zoë" \u2028 done', model: 'atlas-8b' },
      ]);
      expect(
        await objects(
          engine,
          'SELECT session_id, position, iteration, verdict_kind, error FROM attempts ORDER BY session_id, position',
        ),
      ).toEqual([
        {
          session_id: 'p01',
          position: 1,
          iteration: 0,
          verdict_kind: 'validation_failed',
          error: 'worker <w-9> not in roster',
        },
        { session_id: 'p01', position: 2, iteration: 1, verdict_kind: 'accepted', error: null },
        { session_id: 'p03', position: 1, iteration: 0, verdict_kind: 'accepted', error: null },
        { session_id: 'p06', position: 1, iteration: 0, verdict_kind: 'accepted', error: null },
      ]);
      expect(
        await objects(engine, 'SELECT session_id, position, worker_id FROM fills ORDER BY session_id, position'),
      ).toEqual([
        { session_id: 'p01', position: 1, worker_id: 'w-1' },
        { session_id: 'p01', position: 2, worker_id: '1002' },
        { session_id: 'p06', position: 1, worker_id: 'w-3' },
      ]);
    } finally {
      engine.close();
    }
  });
});
