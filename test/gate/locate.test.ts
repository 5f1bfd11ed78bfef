import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { locateRows, type Places } from '../../src/gate/locate.ts';
import { lineBytesMax } from '../../src/limits.ts';
import type { ResultColumn, Row } from '../../src/result.ts';
import { ask, lines, log, op, paths, putOld, session, tempFolder } from '../catalog/ask.ts';

const folder = tempFolder();
let number = 0;
const file = (content: string | Uint8Array, name = `${++number}.jsonl`): string => putOld(join(folder, name), content);

/** Rows of a statement over one file, each with the line it was found at. */
async function found(path: string, sql: string): Promise<(number | null | undefined)[]> {
  const { rows } = await ask(paths(path), sql);
  const columns = /SELECT (.*?) FROM/
    .exec(sql)![1]!
    .split(', ')
    .map((name): ResultColumn => ({ name: name.replace(/.* AS /, ''), type: 'VARCHAR' }));
  return linesOf(rows, await locateRows([{ columns, rows }], new Set([path])));
}

const linesOf = (rows: readonly Row[], places: Places) => rows.map((row) => places.get(row)?.line);
const byId = 'SELECT session_id, timestamp, daemon, source_file FROM sessions ORDER BY session_id, daemon, timestamp';

test('a record is found by what the row repeats of it', async () => {
  const path = file(
    lines(
      op(),
      session('b', { artifact: { session_id: 'a' }, prompt: 'says "session_id":"a"' }),
      '',
      session('a', { daemon: 'two' }),
      session('a', { daemon: 'one' }),
      session('c', { timestamp: '2026-03-01T11:00:00Z' }),
      session('c'),
    ),
  );
  // a of one, a of two, b, c at ten, c at eleven
  expect(await found(path, byId)).toEqual([5, 4, 2, 7, 6]);
});

test('an id is found however it is written', async () => {
  const id = 'ü "quoted" \\ 漢';
  const escaped = JSON.stringify(session(id)).replace('ü', '\\u00fc').replace('"session_id":', '"session_id" : ');
  expect(await found(file(lines(session('x'), escaped)), byId)).toContain(2);
  expect(await found(file(lines(session('x'), { ...session(''), session_id: 7 })), byId)).toEqual([2, 1]);
});

test('columns a statement computes do not mislead it', async () => {
  const path = file(lines(session('a', { model: 'x' }), session('b', { model: 'y' })));
  expect(
    await found(
      path,
      `SELECT session_id, 'none' AS model, 99 AS iterations, source_file FROM sessions ORDER BY session_id`,
    ),
  ).toEqual([1, 2]);
});

test('rows of fills, spans, logs and operations are found at their records', async () => {
  const fill = session('f', { artifact: { fills: [{ candidate_id: 'w1' }, { candidate_id: 'w2' }] } });
  expect(
    await found(
      file(lines(session('e'), fill)),
      'SELECT session_id, daemon, position, worker_id, source_file FROM fills ORDER BY position',
    ),
  ).toEqual([2, 2]);
  const journal = file(
    lines(
      log({ spanId: 's1', msg: 'before' }),
      { kind: 'span-open', extensionId: 'e', timestamp: 5, spanId: 's2', name: 'n' },
      log({ spanId: 's2', msg: 'inside' }),
      { kind: 'span-close', extensionId: 'e', timestamp: 9, spanId: 's2', status: 'ok' },
    ),
  );
  expect(await found(journal, 'SELECT span_id, name, status, source_file FROM spans')).toEqual([2]);
  expect(await found(journal, 'SELECT extension_id, span_id, msg, source_file FROM logs ORDER BY msg')).toEqual([1, 3]);
  const ops = file(
    lines(op({ endpoint: '/a' }), op({ endpoint: '/b' }), op({ endpoint: '/a', timestamp: '2026-03-01T10:00:01Z' })),
  );
  expect(await found(ops, 'SELECT timestamp, endpoint, source_file FROM ops ORDER BY timestamp, endpoint')).toEqual([
    1, 2, 3,
  ]);
});

test('lines are counted past damage, glued records, byte order marks and carriage returns', async () => {
  const glued = JSON.stringify(session('a')) + JSON.stringify(session('b'));
  expect(await found(file(`\uFEFF${lines('broken', glued)}\r\n${lines(session('c'))}`), byId)).toEqual([2, 2, 4]);
  expect(await found(file(`\uFEFF${lines(session('a'))}`), byId)).toEqual([1]);
  expect(await found(file(lines(session('a')) + JSON.stringify(session('b'))), byId)).toEqual([1, 2]);
  expect(await found(file(lines('x'.repeat(lineBytesMax + 1), session('a'))), byId)).toEqual([2]);
});

test('a compressed file counts the lines of what is in it', async () => {
  expect(await found(file(gzipSync(lines(session('a'), session('b'))), 'z.jsonl.gz'), byId)).toEqual([1, 2]);
});

test('a file that moved gives its name and no line', async () => {
  const path = file(lines(session('a')));
  const { rows } = await ask(paths(path), 'SELECT session_id, source_file FROM sessions');
  renameSync(path, `${path}.1`);
  const columns = [
    { name: 'session_id', type: 'VARCHAR' },
    { name: 'source_file', type: 'VARCHAR' },
  ];
  expect((await locateRows([{ columns, rows }], new Set([path]))).get(rows[0]!)).toEqual({ file: path, line: null });
});

test('a row that names no file, no record, or standard input has no line', async () => {
  const path = file(lines(session('a')));
  expect(await found(path, 'SELECT model, source_file FROM sessions')).toEqual([null]);
  expect(await found(path, 'SELECT session_id, model FROM sessions')).toEqual([undefined]);
  expect(await found(path, `SELECT session_id, '-' AS source_file FROM sessions`)).toEqual([undefined]);
  expect(await found(path, `SELECT session_id, '/dev/zero' AS source_file FROM sessions`)).toEqual([null]);
});

test('a file the run has not read is not opened for a row that names it', async () => {
  const [read, other] = [file(lines(session('a'))), file(lines(session('b')))];
  expect(await found(read, `SELECT 'b' AS session_id, '${other}' AS source_file FROM sessions`)).toEqual([null]);
});

test('whatever the ids are, each row is found at a line that says what it says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 8 }),
      async (ids) => {
        const path = file(lines(...ids.map((id) => session(id))));
        const columns = [
          { name: 'session_id', type: 'VARCHAR' },
          { name: 'source_file', type: 'VARCHAR' },
        ];
        const rows = ids.map((id): Row => [id, path]);
        expect(linesOf(rows, await locateRows([{ columns, rows }], new Set([path])))).toEqual(
          ids.map((id) => ids.indexOf(id) + 1),
        );
      },
    ),
    { numRuns: 50 },
  );
});
