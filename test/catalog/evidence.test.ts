import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { openEngine } from '../../src/engine/engine.ts';
import { families } from '../../src/schema/families.ts';
import { ask, lakeAt, lines, log, op, paths, putOld, session, tempFolder } from './ask.ts';

const folder = tempFolder();
let number = 0;
/** A new file of that content; old unless it is to be hot. */
const file = (content: string | Uint8Array, name = `${++number}.jsonl`): string => putOld(join(folder, name), content);
const newFolder = (): string => {
  const path = join(folder, `folder-${++number}`);
  mkdirSync(path);
  return path;
};
const ids = 'SELECT session_id FROM sessions ORDER BY session_id';

describe('families', () => {
  test('are told line by line, never by the name of the file', async () => {
    const mixed = file(lines(session('s'), op(), log(), { schema: 'replay.run.v1', session_id: 's' }), 'observer.txt');
    const { evidence, rows } = await ask(
      paths(mixed),
      'SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM ops), (SELECT count(*) FROM logs), (SELECT count(*) FROM replays)',
    );
    expect(rows).toEqual([[1, 1, 1, 1]]);
    expect(evidence.sources).toMatchObject([{ file: mixed, family: 'session,observer,journal,replay', records: 4 }]);
    for (const name of ['session', 'observer', 'journal', 'replay'] as const)
      expect(evidence.families.get(name)).toEqual({ files: 1, records: 1, unknownSchema: 0, quarantined: 0 });
  });

  test('an unknown version is counted and in no view', async () => {
    const path = file(lines(session('a'), session('b', { schema: 'session.iterate.v2' })));
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a']]);
    expect(evidence.scanned).toMatchObject({ records: 1, unknown_schema: 1, unrecognised: 0 });
    expect(evidence.families.get('session')).toMatchObject({ records: 1, unknownSchema: 1 });
  });

  test('an object of no family is unrecognised in a PATH, and an unknown version of the family of its file in a lake', async () => {
    const lake = newFolder();
    const path = putOld(join(lake, 'session.jsonl'), lines(session('a'), { hello: 1 }, {}));
    const named = await ask(paths(path), ids);
    expect(named.evidence.scanned).toMatchObject({ records: 1, unrecognised: 2, unknown_schema: 0 });
    expect(named.evidence.families.get('session')).toMatchObject({ unknownSchema: 0 });
    const lived = await ask(lakeAt(lake), ids);
    expect(lived.evidence.scanned).toMatchObject({ records: 1, unrecognised: 0, unknown_schema: 2 });
    expect(lived.evidence.families.get('session')).toMatchObject({ unknownSchema: 2 });
    expect(lived.evidence.sources).toMatchObject([{ family: 'session', unknown_schema: 2 }]);
  });

  test('a family with a file by name has a file, also when it is empty; one without has none', async () => {
    const lake = newFolder();
    putOld(join(lake, 'session.jsonl'), '');
    const { evidence, rows } = await ask(lakeAt(lake), 'SELECT count(*) FROM sessions');
    expect(rows).toEqual([[0]]);
    expect(evidence.families.get('session')).toMatchObject({ files: 1, records: 0 });
    expect(evidence.families.get('journal')).toMatchObject({ files: 0, records: 0 });
  });

  test.each(families.flatMap((family) => family.views.map((view) => [view.name, view] as const)))(
    'the view %s of an absent family is empty and has the declared columns',
    async (name, view) => {
      const { rows } = await ask(paths(file(lines({ nothing: 'known' }))), `DESCRIBE ${name}`);
      expect(rows.map(([column, type]) => [column, type])).toEqual(
        view.columns.map((column) => [column.name, column.type]),
      );
    },
  );
});

describe('lines', () => {
  test('CRLF, blank lines, spaces around a record and a missing last newline are no damage', async () => {
    const path = file(
      `\n${JSON.stringify(session('a'))}\r\n\r\n   \n  ${JSON.stringify(session('b'))}  \n\n${JSON.stringify(session('c'))}`,
    );
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a'], ['b'], ['c']]);
    expect(evidence.scanned).toMatchObject({
      records: 3,
      quarantined: 0,
      torn: 0,
      unrecognised: 0,
      bytes: statSync(path).size,
    });
  });

  test('a byte order mark costs no record', async () => {
    const { rows, evidence } = await ask(paths(file(`\uFEFF${lines(session('a'), session('b'))}`)), ids);
    expect(rows).toEqual([['a'], ['b']]);
    expect(evidence.scanned).toMatchObject({ records: 2, quarantined: 0 });
  });

  test.each([
    'null',
    '5',
    '"text"',
    '[1]',
    'true',
    'not json',
    '{"a":',
    '{"schema":"session.iterate.v1","session_id":',
    '\0\0\0',
    '{"a":"\\ud800"}',
    '{"a":1}}',
    "{'a':1}",
  ])('the line %j is quarantined with its place, and its neighbours are read', async (bad) => {
    const first = lines(session('a'));
    const path = file(`${first}${bad}\n${lines(session('b'))}`);
    const { rows, evidence } = await ask(
      paths(path),
      'SELECT (SELECT list(session_id ORDER BY session_id) FROM sessions), * FROM quarantine',
    );
    expect(rows).toEqual([
      [['a', 'b'], path, null, 2, first.length, bad.length, expect.any(String), bad.replaceAll('\0', '␀'), false],
    ]);
    expect(evidence.scanned).toMatchObject({ records: 2, quarantined: 1, unrecognised: 0 });
  });

  test('bytes that are no UTF-8 cost their line and no other', async () => {
    const path = file(
      Buffer.concat([
        Buffer.from(lines(session('a'))),
        Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d, 0x0a]),
        Buffer.from(lines(session('b'))),
      ]),
    );
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a'], ['b']]);
    expect(evidence.scanned).toMatchObject({ records: 2, quarantined: 1 });
  });

  test('a record over the line limit is quarantined and the reading goes on behind it', async () => {
    const path = file(lines(session('a'), session('long', { prompt: 'x'.repeat(33 * 1024 * 1024) }), session('b')));
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a'], ['b']]);
    expect(evidence.scanned).toMatchObject({ records: 2, quarantined: 1 });
  });

  test('two records glued on one line are both kept, and said', async () => {
    const path = file(`${JSON.stringify(session('a'))}${JSON.stringify(session('b'))}\n${lines(session('c'))}`);
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a'], ['b'], ['c']]);
    expect(evidence.scanned.quarantined).toBe(0);
    const problems = await ask(paths(path), 'SELECT reason, count FROM problems');
    expect(problems.rows).toEqual([[expect.stringContaining('several records on one line'), 1]]);
  });

  test('a record behind a torn one on the same line is kept; only the fragment is quarantined', async () => {
    const fragment = '{"schema":"session.iterate.v1","session_id":"lo';
    const path = file(`${fragment}${lines(session('a'))}`);
    const { rows } = await ask(paths(path), ids);
    expect(rows).toEqual([['a']]);
    const quarantined = await ask(paths(path), 'SELECT byte_offset, byte_length FROM quarantine');
    expect(quarantined.rows).toEqual([[0, fragment.length]]);
  });

  test('a file of another kind altogether is damage, not an empty log', async () => {
    const { evidence } = await ask(paths(file(Buffer.from('PAR1\x15\x04\x15\x00\x12\x34PAR1', 'latin1'))), ids);
    expect(evidence.scanned).toMatchObject({ records: 0 });
    expect(evidence.scanned.quarantined).toBeGreaterThan(0);
  });

  test('quarantine names the family in a lake, and keeps quotes and line ends in raw', async () => {
    const lake = newFolder();
    putOld(join(lake, 'session.jsonl'), `{"o'clock": "\n${lines(session('a'))}`);
    const { rows, evidence } = await ask(lakeAt(lake), 'SELECT family, line, raw FROM quarantine');
    expect(rows).toEqual([['session', 1, `{"o'clock": "`]]);
    expect(evidence.families.get('session')).toMatchObject({ quarantined: 1 });
    expect(evidence.quarantinedUnknown).toBe(0);
  });

  test('thousands of damaged lines are all named', async () => {
    const { rows } = await ask(
      paths(file(lines(session('a')) + 'x\n'.repeat(2500))),
      'SELECT count(*), count(DISTINCT line), max(line) FROM quarantine',
    );
    expect(rows).toEqual([[2500, 2500, 2501]]);
  });
});

describe('a key written twice', () => {
  const twice = '{"schema":"session.iterate.v1","session_id":"a","session_id":"b","model":"m","model":"n"}';
  const path = () => file(lines(twice, session('c')));

  test('keeps the record with its first value, and counts it', async () => {
    const asked = await ask(paths(path()), ids);
    expect(asked.rows).toEqual([['a'], ['c']]);
    expect(asked.evidence.scanned).toMatchObject({ records: 2, quarantined: 0 });
    expect(asked.evidence.duplicates).toContainEqual({
      file: asked.evidence.sources[0]!.file,
      family: 'session',
      wire: 'session_id',
      count: 1,
    });
  });

  test('is found only where a statement reads the key', async () => {
    const { rows, evidence } = await ask(paths(path()), 'SELECT count(*) FROM sessions WHERE kind IS NULL');
    expect(rows).toEqual([[1]]);
    expect(evidence.duplicates).toEqual([]);
  });

  test('is in problems under the name of its column', async () => {
    const { rows } = await ask(
      paths(file(lines('{"kind":"log","extensionId":"e","extensionId":"f","timestamp":1,"level":"info","msg":"m"}'))),
      "SELECT column_name, count FROM problems WHERE reason LIKE '%twice%'",
    );
    expect(rows).toEqual([['extension_id', 1]]);
  });

  test('knows the family of its record', async () => {
    const { evidence } = await ask(
      paths(file(lines('{"endpoint":"/a","endpoint":"/b","success":true}', session('a')))),
      'SELECT (SELECT count(endpoint) FROM ops), (SELECT count(session_id) FROM sessions)',
    );
    expect(evidence.duplicates).toMatchObject([{ family: 'observer', wire: 'endpoint', count: 1 }]);
  });
});

test('a torn tail of a closed segment is damage at once: nothing is waited for', async () => {
  const waits = vi.spyOn(globalThis, 'setTimeout');
  try {
    const lake = newFolder();
    putOld(join(lake, 'session.000001.jsonl'), `${lines(session('a'))}{"torn`);
    const { evidence } = await ask(lakeAt(lake), ids);
    expect(evidence.scanned).toMatchObject({ records: 1, quarantined: 1, torn: 1 });
    expect(waits).not.toHaveBeenCalled();
    // An active file's tail is waited for, and the spy sees it.
    await ask(paths(file('{"torn')), ids);
    expect(waits).toHaveBeenCalled();
  } finally {
    waits.mockRestore();
  }
});

describe.concurrent('the end of a file', () => {
  test('a torn tail at rest is damage with its exact line and bytes, and what stands before it is read', async () => {
    const whole = lines(session('a'), session('b'));
    const torn = '{"schema":"session.iterate.v1","sess';
    const path = file(whole + torn);
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a'], ['b']]);
    expect(evidence.scanned).toMatchObject({ records: 2, quarantined: 1, torn: 1, bytes: whole.length + torn.length });
    expect(evidence.sources).toMatchObject([{ torn_bytes: torn.length, quarantined: 1 }]);
    const quarantined = await ask(paths(path), 'SELECT line, byte_offset, byte_length, reason, raw FROM quarantine');
    expect(quarantined.rows).toEqual([[3, whole.length, torn.length, 'torn', torn]]);
  });

  test('damage in front of a torn tail and the tail itself are both named', async () => {
    const front = `${lines(session('a'))}broken\n`;
    const torn = '{"schema":"sess';
    const { rows } = await ask(paths(file(front + torn)), 'SELECT line, byte_offset FROM quarantine ORDER BY line');
    expect(rows).toEqual([
      [2, lines(session('a')).length],
      [3, front.length],
    ]);
  });

  test('a torn fragment in front of a record on the last line is damage, the record is read, and damage further up is not forgotten', async () => {
    const front = `${lines(session('a'))}broken\n`;
    const torn = '{"schema":"sess';
    const path = file(`${front}${torn}${JSON.stringify(session('b'))}`);
    expect((await ask(paths(path), ids)).rows).toEqual([['a'], ['b']]);
    const { rows } = await ask(paths(path), 'SELECT line, byte_offset, byte_length FROM quarantine ORDER BY line');
    expect(rows).toEqual([
      [2, lines(session('a')).length, 6],
      [3, front.length, torn.length],
    ]);
  });

  test('two records glued on an unterminated last line are both read, and said', async () => {
    const path = file(`${lines(session('a'))}${JSON.stringify(session('b'))}${JSON.stringify(session('c'))}`);
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a'], ['b'], ['c']]);
    expect(evidence.scanned).toMatchObject({ records: 3, quarantined: 0, torn: 0 });
    expect((await ask(paths(path), 'SELECT count FROM problems')).rows).toEqual([[1]]);
  });

  test('a file that is one torn line and nothing else', async () => {
    const { rows, evidence } = await ask(paths(file('{"schema":')), ids);
    expect(rows).toEqual([]);
    expect(evidence.scanned).toMatchObject({ records: 0, quarantined: 1, torn: 1 });
  });

  test('a torn tail longer than any line is damage', async () => {
    const path = file(`${lines(session('a'))}{"x":"${'y'.repeat(5 * 1024 * 1024)}`);
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a']]);
    expect(evidence.scanned).toMatchObject({ records: 1, quarantined: 1 });
  });
});

describe('compressed files', () => {
  const text = lines(session('a'), session('b'), session('c'));

  test('a whole .gz is read', async () => {
    const path = file(gzipSync(text), 'whole.jsonl.gz');
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a'], ['b'], ['c']]);
    expect(evidence.sources).toMatchObject([{ form: 'gz', bytes: statSync(path).size, quarantined: 0 }]);
  });

  test('a .gz of two members is read to its end', async () => {
    const path = file(
      Buffer.concat([gzipSync(lines(session('a'))), gzipSync(lines(session('b')))]),
      'members.jsonl.gz',
    );
    expect((await ask(paths(path), ids)).rows).toEqual([['a'], ['b']]);
  });

  test.each([1, 9, 30])(
    'a .gz cut by %i bytes is damage, also where the cut falls between two lines',
    async (bytes) => {
      const packed = gzipSync(text);
      const path = file(packed.subarray(0, packed.length - bytes), `cut-${bytes}.jsonl.gz`);
      const { evidence } = await ask(paths(path), ids);
      expect(evidence.scanned.quarantined).toBeGreaterThan(0);
    },
  );

  test('a .gz with other bytes behind it is damage, and its records are read', async () => {
    const path = file(Buffer.concat([gzipSync(text), Buffer.from('garbage')]), 'garbage.jsonl.gz');
    const { rows, evidence } = await ask(paths(path), ids);
    expect(rows).toEqual([['a'], ['b'], ['c']]);
    expect(evidence.scanned.quarantined).toBe(1);
  });

  test('plain text named .gz is damage', async () => {
    const { evidence } = await ask(paths(file(text, 'plain.jsonl.gz')), ids);
    expect(evidence.scanned).toMatchObject({ records: 0 });
    expect(evidence.scanned.quarantined).toBeGreaterThan(0);
  });

  test('a damaged line inside a .gz is quarantined by its place in the text', async () => {
    const path = file(gzipSync(`${lines(session('a'))}oops\n${lines(session('b'))}`), 'inner.jsonl.gz');
    const { rows } = await ask(paths(path), 'SELECT line, byte_offset, byte_length, raw FROM quarantine');
    expect(rows).toEqual([[2, lines(session('a')).length, 4, 'oops']]);
  });

  test('a torn last line inside a whole .gz counts as torn', async () => {
    const { evidence } = await ask(paths(file(gzipSync(`${text}{"schem`), 'torn.jsonl.gz')), ids);
    expect(evidence.scanned).toMatchObject({ records: 3, quarantined: 1, torn: 1 });
  });

  test('a whole .zst is read, a cut one is not taken for whole', async () => {
    const whole = join(folder, 'whole.jsonl.zst');
    const engine = await openEngine();
    const records = Array.from({ length: 2000 }, (_, n) =>
      session(String(n), { prompt: String(Math.sin(n)).repeat(20) }),
    );
    const plain = file(lines(...records));
    await engine.exec(
      `COPY (SELECT * FROM read_csv('${plain}', columns = {'line': 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', header = false)) TO '${whole}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\\x01', COMPRESSION zstd)`,
    );
    engine.close();
    const { rows, evidence } = await ask(paths(whole), 'SELECT count(*) FROM sessions');
    expect(rows).toEqual([[2000]]);
    expect(evidence.sources).toMatchObject([{ form: 'zst', quarantined: 0 }]);
    for (const share of [0.3, 0.6, 0.9, 0.999]) {
      const cut = join(folder, `cut-${share}.jsonl.zst`);
      putOld(cut, readFileSync(whole));
      truncateSync(cut, Math.floor(statSync(whole).size * share));
      const outcome = await ask(paths(cut), 'SELECT count(*) FROM sessions').then(
        (asked) => asked.evidence.scanned.quarantined > 0,
        (error: Error) => /zstd|unpack|zst/i.test(error.message),
      );
      expect(outcome, `cut to ${share}`).toBe(true);
    }
  });

  test('a .zst cut between two of its blocks, and those between two lines, is not taken for whole', async () => {
    // A frame without checksum, of two raw blocks of a line each.
    const block = (text: string, last: boolean) => {
      const header = Buffer.alloc(3);
      header.writeUIntLE((text.length << 3) | (last ? 1 : 0), 0, 3);
      return Buffer.concat([header, Buffer.from(text)]);
    };
    const first = lines(session('a'));
    const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    const packed = Buffer.concat([magic, block(first, false), block(lines(session('b')), true)]);
    expect((await ask(paths(file(packed, 'blocks.jsonl.zst')), ids)).rows).toEqual([['a'], ['b']]);
    const cut = file(packed.subarray(0, magic.length + 3 + first.length), 'block.jsonl.zst');
    const outcome = await ask(paths(cut), ids).then(
      ({ evidence }) => evidence.quarantine[0]?.reason,
      (error: Error) => /has no zstd/.test(error.message),
    );
    expect(outcome).toBe('createZstdDecompress' in zlib ? 'cut-compressed' : true);
  });

  test.skipIf('createZstdDecompress' in zlib)(
    'a .zst that this Node cannot unpack is named as it was given, also where DuckDB reads it by another name',
    async () => {
      const path = file(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00]), 'a*b.jsonl.zst');
      const sound = file(text, 'beside.jsonl');
      const failure = { path, message: expect.stringContaining(`cannot unpack ${path}: Node`) };
      await expect(ask(paths(path), ids)).rejects.toMatchObject(failure);
      const { rows, evidence } = await ask({ ...paths(path, sound), lenient: true }, ids);
      expect(rows).toHaveLength(3);
      expect(evidence.listing.unreadable).toMatchObject([failure]);
    },
  );

  test.each(['.gz', '.zst'])('a %s of no bytes was cut before the first: damage', async (suffix) => {
    const path = file('', `empty.jsonl${suffix}`);
    const { rows, evidence } = await ask(paths(path), 'SELECT line, byte_offset, byte_length, reason FROM quarantine');
    expect(rows).toEqual([[1, 0, 0, 'cut-compressed']]);
    expect(evidence.scanned).toMatchObject({ records: 0, quarantined: 1 });
  });
});

describe('names', () => {
  test.each([
    'a[b].jsonl',
    'a*b?.jsonl',
    'o\'clock "x".jsonl',
    'a{b,c}.jsonl',
    'ünï 漢.jsonl',
    'model=x.jsonl',
    'a\\b.jsonl',
    'a\\[b].jsonl',
    'new\nline.jsonl',
    'a;b -- c.jsonl',
    '~.jsonl',
    '%20.jsonl',
    'https:.jsonl',
  ])('the file %j is read as exactly that file, at rest and moving', async (name) => {
    const home = newFolder();
    // Its name as a pattern would match these too.
    for (const other of ['ab.jsonl', 'axbx.jsonl', 'a.jsonl']) putOld(join(home, other), lines(session('wrong')));
    const path = putOld(join(home, name), lines(session('right')));
    const asked = await ask(paths(path), 'SELECT session_id, source_file FROM sessions');
    expect(asked.rows).toEqual([['right', path]]);
    expect(asked.evidence.sources).toMatchObject([{ file: path, records: 1 }]);
    writeFileSync(path, lines(session('hot'), 'broken'));
    const moving = await ask(paths(path), 'SELECT session_id, source_file FROM sessions');
    expect(moving.rows).toEqual([['hot', path]]);
  });

  test('folders that look like hive partitions or patterns put nothing into the rows', async () => {
    const home = join(newFolder(), 'model=zzz', 'x[y]');
    mkdirSync(home, { recursive: true });
    const path = putOld(join(home, 's.jsonl'), lines(session('a')));
    expect((await ask(paths(path), 'SELECT model, source_file FROM sessions')).rows).toEqual([['m', path]]);
    expect((await ask(paths(home), 'SELECT model, source_file FROM sessions')).rows).toEqual([['m', path]]);
  });

  test('hard links and symbolic links are read once', async () => {
    const home = newFolder();
    const path = putOld(join(home, 'a.jsonl'), lines(session('a')));
    linkSync(path, join(home, 'b.jsonl'));
    symlinkSync(path, join(home, 'c.jsonl'));
    expect((await ask(paths(home), ids)).rows).toEqual([['a']]);
    expect((await ask(paths(path, join(home, 'b.jsonl'), join(home, 'c.jsonl'), path), ids)).rows).toEqual([['a']]);
  });

  test('many files touched just now are read in one go', async () => {
    const home = newFolder();
    for (let n = 0; n < 300; n++) writeFileSync(join(home, `${n}.jsonl`), lines(session(String(n))));
    const { rows, evidence } = await ask(paths(home), 'SELECT count(*), count(DISTINCT source_file) FROM sessions');
    expect(rows).toEqual([[300, 300]]);
    expect(evidence.scanned.files).toBe(300);
  });
});

describe('streams', () => {
  test('a named pipe is read to its end, once', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = import('node:child_process').then(({ spawn }) =>
      spawn('sh', [
        '-c',
        `sleep 0.2; printf '%s\\n' '${JSON.stringify(session('a'))}' '${JSON.stringify(session('b'))}' > '${pipe}'`,
      ]),
    );
    const { rows, evidence } = await ask(paths(pipe), ids);
    await writer;
    expect(rows).toEqual([['a'], ['b']]);
    expect(evidence.sources).toMatchObject([{ form: 'stdin', records: 2 }]);
  });

  test('waiting for a pipe that nobody writes to can be ended', async () => {
    const pipe = join(folder, 'silent');
    execFileSync('mkfifo', [pipe]);
    const ending = new AbortController();
    setTimeout(() => ending.abort(new Error('enough')), 100);
    await expect(ask(paths(pipe), ids, { signal: ending.signal })).rejects.toThrow('enough');
  });

  test('a torn end of a pipe is damage', async () => {
    const pipe = join(folder, 'torn-pipe');
    execFileSync('mkfifo', [pipe]);
    const { spawn } = await import('node:child_process');
    spawn('sh', ['-c', `printf '%s' '{"schema":"session.iterate' > '${pipe}'`]);
    const { evidence } = await ask(paths(pipe), ids);
    expect(evidence.scanned).toMatchObject({ records: 0, quarantined: 1, torn: 1 });
  });
});

describe('--since and --until', () => {
  const path = () =>
    file(
      lines(
        session('old', { timestamp: '2026-01-01T00:00:00Z' }),
        session('edge', { timestamp: '2026-02-01T00:00:00Z' }),
        session('new', { timestamp: '2026-03-01T00:00:00Z' }),
        session('never', { timestamp: 'yesterday-ish' }),
        session('none', { timestamp: undefined }),
      ),
    );

  test('since is inclusive, until is exclusive, and a row without a readable time always stays', async () => {
    const february = new Date('2026-02-01T00:00:00Z');
    expect((await ask(paths(path()), ids, { since: february })).rows.flat()).toEqual(['edge', 'never', 'new', 'none']);
    expect((await ask(paths(path()), ids, { until: february })).rows.flat()).toEqual(['never', 'none', 'old']);
    const { rows } = await ask(paths(path()), "SELECT sum(count)::INT FROM problems WHERE column_name = 'timestamp'", {
      since: february,
    });
    expect(rows).toEqual([[2]]);
  });

  test('what was scanned is counted whole', async () => {
    expect((await ask(paths(path()), ids, { since: new Date('2030-01-01') })).evidence.scanned.records).toBe(5);
  });
});

describe.concurrent('wide columns over much data', () => {
  const records = Array.from({ length: 500 }, (_, n) =>
    session(String(n).padStart(4, '0'), { prompt: `prompt ${n}`, artifact: { fills: [{ candidate_id: n }] } }),
  );
  const damaged = `${lines(...records.slice(0, 250))}broken\nnull\n${lines(...records.slice(250))}{"torn`;
  const statement = 'SELECT session_id, prompt, artifact, source_file FROM sessions ORDER BY session_id';

  test.each([
    ['at rest', (path: string) => putOld(path, lines(...records))],
    ['moving', (path: string) => void writeFileSync(path, lines(...records))],
    ['damaged', (path: string) => putOld(path, damaged)],
    ['compressed', (path: string) => putOld(path, gzipSync(lines(...records)))],
  ])('a file %s gives the same answer read once into memory and read again for the rows', async (name, put) => {
    const path = join(newFolder(), `w'i[d]e.jsonl${name === 'compressed' ? '.gz' : ''}`);
    put(path);
    const eager = await ask(paths(path), statement);
    const lazy = await ask(paths(path), statement, { wideScanBytesMax: 0 });
    expect(eager.evidence.openFiles).toEqual([]);
    expect(lazy.evidence.openFiles).toHaveLength(1);
    expect(lazy.rows).toHaveLength(500);
    expect(lazy.rows).toEqual(eager.rows);
    expect(lazy.evidence.scanned).toEqual(eager.evidence.scanned);
    expect(lazy.evidence.sources).toEqual(eager.evidence.sources);
  });

  test('a file that changes before its rows are read again is noticed', async () => {
    const path = file(lines(...records));
    const { evidence } = await ask(paths(path), statement, {
      wideScanBytesMax: 0,
      beforeRows: () => writeFileSync(path, lines(records[0], ...records)),
    });
    expect(evidence.moved()).toEqual([path]);
  });

  test('narrow columns are never read twice', async () => {
    expect((await ask(paths(file(lines(...records))), ids, { wideScanBytesMax: 0 })).evidence.openFiles).toEqual([]);
  });
});

describe('statements', () => {
  const path = file(
    lines(session('a', { model: 'x' }), session('b', { model: 'y' }), op({ success: false })),
    'statements.jsonl',
  );

  test.each([
    ['SUMMARIZE sessions', 1],
    ['DESCRIBE sessions', 1],
    ['DESCRIBE SELECT session_id FROM sessions', 1],
    ['EXPLAIN SELECT * FROM sessions', 1],
    ['EXPLAIN ANALYZE SELECT * FROM sessions', 1],
    ['SELECT * FROM sessions WHERE false', 0],
    ['SELECT * FROM sessions ORDER BY ALL LIMIT 1 -- a comment', 1],
    ['-- a comment\nSELECT 1; ', 1],
    ["WITH sessions AS (SELECT * FROM sessions WHERE model = 'x') SELECT * FROM sessions", 1],
    ['SELECT count(*) FROM sessions JOIN ops ON true', 1],
    ['PIVOT sessions ON model IN (x, y) USING count(*) GROUP BY daemon', 1],
    ['FROM problems', 0],
    ['FROM sources', 1],
    ['FROM quarantine', 0],
    ['SHOW TABLES', 1],
    ["SELECT COLUMNS('.*_id') FROM sessions LIMIT 1", 1],
    ['SELECT s FROM sessions s LIMIT 1', 1],
    ['SELECT list(s) FROM sessions s', 1],
    ['FROM sessions SELECT DISTINCT ON (daemon) *', 1],
    ['SELECT x FROM (SELECT prompt AS x FROM sessions UNION ALL SELECT endpoint FROM ops)', 1],
    ['SELECT (SELECT max(prompt) FROM sessions t WHERE t.model = s.model) FROM sessions s', 1],
    ['SELECT row_number() OVER (PARTITION BY artifact ORDER BY prompt) FROM sessions', 1],
    ['SELECT * FROM sessions SEMI JOIN attempts USING (session_id)', 0],
    ['SELECT * FROM spans FULL JOIN logs USING (span_id)', 0],
  ])('%s runs over what its plan says it needs', async (sql, least) => {
    const { rows } = await ask(paths(path), sql);
    if (least === 0) expect(rows).toEqual([]);
    else expect(rows.length).toBeGreaterThanOrEqual(least);
  });

  test('every view can be read whole', async () => {
    for (const view of families.flatMap((family) => family.views)) await ask(paths(path), `FROM ${view.name}`);
  });
});
