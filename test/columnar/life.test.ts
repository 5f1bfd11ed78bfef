// The life of a log under its index: it grows, is renamed, cut, rewritten, replaced, deleted. Whatever happens, the answer is that of the bytes as they are,
// and only what is new is parsed.
import {
  appendFileSync,
  existsSync,
  linkSync,
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
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { listSources } from '../../src/catalog/sources.ts';
import { openIndex } from '../../src/columnar/open-index.ts';
import { readStored, writeStored } from '../../src/columnar/stored.ts';
import { leftoversOn, removeLeftovers } from '../../src/columnar/tidy.ts';
import { indexGraceMs } from '../../src/limits.ts';
import { openLog } from '../../src/ndjson/writer.ts';
import { withEngine } from '../../src/query/run.ts';
import { lakeAt, lines, session, tempFolder } from '../catalog/ask.ts';
import { answers, filesBelow, index, verify } from './shelf.ts';

const root = tempFolder();
let lake = '';
let turn = 0;
beforeEach(() => {
  lake = join(root, String(++turn));
  mkdirSync(lake);
});

const none = '/dev/null/none';
const log = () => join(lake, 'session.jsonl');
const shelf = () => join(lake, '.lakeobs', 'columnar');
const folders = () => (existsSync(shelf()) ? readdirSync(shelf()).filter((name) => !name.includes('.lock')) : []);
const pieces = () => filesBelow(shelf()).filter((path) => path.endsWith('.parquet'));
const write = (path: string, content: string | Uint8Array, seconds = 1_700_000_000) => {
  writeFileSync(path, content);
  utimesSync(path, seconds, seconds);
};
const records = (from: number, to: number, fields: object = {}) =>
  lines(...Array.from({ length: to - from }, (_, at) => session(`s${String(from + at).padStart(5, '0')}`, fields)));

const all = 'SELECT session_id, prompt, source_file FROM sessions ORDER BY ALL';

/** Asks with and without the index: the same. Gives the number of rows and the bytes that came from the index. */
async function ask(cache = none): Promise<{ rows: number; indexed: number }> {
  const plain = await answers(lakeAt(lake), [all]);
  const found = await answers(lakeAt(lake), [all], cache);
  expect(found.rows).toEqual(plain.rows);
  expect(found.evidence.scanned).toEqual(plain.evidence.scanned);
  return {
    rows: found.rows[0]!.length,
    indexed: found.evidence.sources.reduce((sum, source) => sum + source.indexed_bytes, 0),
  };
}

describe('a log', () => {
  test('that grows is parsed from where its index ends, and its pieces stay few', async () => {
    let size = 0;
    for (let step = 0; step < 12; step++) {
      const more = records(step * 10, step * 10 + 10);
      appendFileSync(log(), more);
      const [built] = await index(lakeAt(lake), none);
      expect(built).toMatchObject({ added_bytes: more.length, indexed_bytes: size + more.length, reason: '' });
      expect(built!.pieces).toBeLessThanOrEqual(4);
      size += more.length;
    }
    expect(await ask()).toEqual({ rows: 120, indexed: size });
    expect((await index(lakeAt(lake), none))[0]).toMatchObject({ added_bytes: 0, indexed_bytes: size });
  });

  test('that grew since is answered from its index and the rest, an unterminated record included', async () => {
    write(log(), records(0, 10));
    await index(lakeAt(lake), none);
    const size = statSync(log()).size;
    appendFileSync(log(), records(10, 13));
    appendFileSync(log(), records(13, 14).trimEnd());
    expect(await ask()).toEqual({ rows: 14, indexed: size });
    await index(lakeAt(lake), none);
    // The line under way waits for its newline.
    expect(await ask()).toEqual({ rows: 14, indexed: size + records(10, 13).length });
  });

  test('that our writer rotates keeps its index under its new name', async () => {
    const open = openLog({ path: log(), family: 'session', maxBytes: 20_000 });
    const append = (from: number, to: number) => {
      for (let at = from; at < to; at++) open.append(session(`s${at}`));
    };
    append(0, 50);
    await open.flush();
    const built = await index(lakeAt(lake), none);
    expect(built).toHaveLength(1);
    append(50, 200);
    await open.close();
    const segments = readdirSync(lake).filter((name) => /session.*jsonl$/.test(name));
    expect(segments.length).toBeGreaterThan(2);
    const { rows, indexed } = await ask();
    expect([rows, indexed]).toEqual([200, built[0]!.indexed_bytes]);
    const again = await index(lakeAt(lake), none);
    const sum = (of: 'added_bytes' | 'bytes') => again.reduce((total, one) => total + one[of], 0);
    expect(sum('added_bytes')).toBe(sum('bytes') - indexed);
    expect(leftoversOn({ folder: shelf(), names: new Set(readdirSync(shelf())) }, Date.now())).toEqual([]);
  });

  const rewritings: [string, () => void, rows: number][] = [
    ['cut to its first lines', () => truncateSync(log(), records(0, 4).length), 4],
    ['cut to nothing', () => truncateSync(log(), 0), 0],
    ['cut in the middle of a line', () => truncateSync(log(), records(0, 4).length + 25), 4],
    ['rewritten in place with the same size', () => write(log(), records(0, 20, { prompt: 'y' }), 1_700_000_001), 20],
    [
      'rewritten in place with the same size and its old time',
      () => write(log(), records(0, 20, { prompt: 'y' }), 1_700_000_000),
      20,
    ],
    ['rewritten in place and longer', () => write(log(), records(0, 25, { prompt: 'y' }), 1_700_000_001), 25],
    [
      'replaced by another file of the same size and time',
      () => {
        write(join(lake, 'new'), records(0, 20, { prompt: 'z' }));
        renameSync(join(lake, 'new'), log());
      },
      20,
    ],
    [
      'deleted and made anew',
      () => {
        rmSync(log());
        write(log(), records(0, 3));
      },
      3,
    ],
    ['deleted', () => rmSync(log()), 0],
    ['touched', () => utimesSync(log(), 1_700_000_500, 1_700_000_500), 20],
  ];
  test.each(rewritings)('%s is answered as it is, and indexed anew', async (name, change, rows) => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    expect(await ask()).toEqual({ rows: 20, indexed: records(0, 20).length });
    change();
    if (name !== 'cut to its first lines') expect((await ask()).rows).toBe(rows);
    const built = await index(lakeAt(lake), none);
    const whole = existsSync(log()) ? readFileSync(log(), 'utf8').lastIndexOf('\n') + 1 : 0;
    expect(await ask()).toEqual({ rows, indexed: whole });
    expect(built.every(({ failed }) => !failed)).toBe(true);
  });

  test.each([
    ['packed', 'session.000001.jsonl.gz', 'session.000001.jsonl'],
    ['plain', 'session.000001.jsonl', 'session.000001.jsonl.gz'],
  ])('that is %s and gets a name that says otherwise is answered as it is read now', async (_, before, after) => {
    const text = records(0, 20);
    write(join(lake, before), before.endsWith('.gz') ? gzipSync(text) : text);
    await index(lakeAt(lake), none);
    expect((await ask()).rows).toBe(20);
    renameSync(join(lake, before), join(lake, after));
    expect((await ask()).indexed).toBe(0);
    renameSync(join(lake, after), join(lake, before));
    expect((await ask()).rows).toBe(20);
  });

  test('with the inode number and the bytes of another, on another device, shares no piece with it', async () => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    const [file] = (await listSources(lakeAt(lake))).files;
    const snapshot = { ...file!, stamp: { ...file!.stamp, dev: file!.stamp.dev + 1n } };
    await withEngine({}, async (engine, scratch) => {
      const opened = openIndex(engine, { scratch, cacheFolder: none });
      expect(await opened.prefixOf(file!)).toMatchObject({ bytes: file!.stamp.size });
      expect(await opened.prefixOf(snapshot)).toBe(null);
      expect(await opened.prefixOf(file!)).not.toBe(null);
    });
  });

  test('that cannot be read any more is left to those who read it next', async () => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    const [file] = (await listSources(lakeAt(lake))).files;
    // Renamed since it was indexed, so that its bytes are looked at: and they are gone.
    const renamed = { ...file!, stamp: { ...file!.stamp, ctimeNs: file!.stamp.ctimeNs + 1n } };
    rmSync(log());
    await withEngine({}, async (engine, scratch) => {
      expect(await openIndex(engine, { scratch, cacheFolder: none }).prefixOf(renamed)).toBe(null);
    });
  });

  test('under the inode of a log that is gone has nothing of its index', async () => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    const [folder] = folders();
    rmSync(log());
    write(log(), records(0, 30, { prompt: 'other' }));
    const { dev, ino } = statSync(log());
    // As if the new file had been given the old one's number, which file systems do when they like to.
    if (`${dev}-${ino}` !== folder) renameSync(join(shelf(), folder!), join(shelf(), `${dev}-${ino}`));
    expect(await ask()).toEqual({ rows: 30, indexed: 0 });
    await index(lakeAt(lake), none);
    expect(await ask()).toEqual({ rows: 30, indexed: statSync(log()).size });
  });

  test('whose device is numbered anew keeps its index; built again, the old one is left over', async () => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    const [folder] = folders();
    const elsewhere = `7${folder}`;
    renameSync(join(shelf(), folder!), join(shelf(), elsewhere));
    expect(await ask()).toEqual({ rows: 20, indexed: statSync(log()).size });
    await index(lakeAt(lake), none);
    const here = { folder: shelf(), names: new Set(readdirSync(shelf())) };
    expect(leftoversOn(here, Date.now())).toMatchObject([{ path: join(shelf(), elsewhere), kind: 'replaced' }]);
    expect(removeLeftovers(here, leftoversOn(here, Date.now()), Date.now())).toHaveLength(1);
    expect(folders()).toEqual([folder]);
  });

  test('of another device with the same inode number neither takes its index nor drops it', async () => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    const [folder] = folders();
    const other = `7${folder}`;
    renameSync(join(shelf(), folder!), join(shelf(), other));
    const manifest = readFileSync(join(shelf(), other, 'manifest.json'), 'utf8');
    write(log(), records(0, 40, { prompt: 'of its own' }), 1_700_000_001);
    expect(await ask()).toEqual({ rows: 40, indexed: 0 });
    expect(await verify(lakeAt(lake), none)).toMatchObject([{ verified_bytes: 0, dropped_bytes: 0, reason: '' }]);
    expect(readFileSync(join(shelf(), other, 'manifest.json'), 'utf8')).toBe(manifest);
  });

  test('with a second name is one log', async () => {
    write(log(), records(0, 20));
    linkSync(log(), join(lake, 'session.000001.jsonl'));
    await index(lakeAt(lake), none);
    expect(await ask()).toEqual({ rows: 20, indexed: statSync(log()).size });
    expect(folders()).toHaveLength(1);
  });

  test('listed before another process indexed more of it is answered from what is sure, and keeps the newer index', async () => {
    write(log(), records(0, 20));
    const { listSources } = await import('../../src/catalog/sources.ts');
    const { buildIndex } = await import('../../src/columnar/build-index.ts');
    const { withEngine } = await import('../../src/query/run.ts');
    const { files } = await listSources(lakeAt(lake));
    appendFileSync(log(), records(20, 30));
    await index(lakeAt(lake), none);
    const before = pieces();
    await withEngine({}, (engine, scratch) => buildIndex(engine, files, { scratch, cacheFolder: none }));
    expect(pieces()).toEqual(before);
    expect(await ask()).toEqual({ rows: 30, indexed: statSync(log()).size });
  });
});

describe('what the index is made of', () => {
  const harms: [string, () => void, RegExp][] = [
    ['a Parquet file deleted', () => rmSync(pieces()[0]!), /missing/],
    ['a Parquet file cut', () => truncateSync(pieces()[0]!, 100), /not as they were written/],
    [
      'a Parquet file overwritten with as many other bytes',
      () => writeFileSync(pieces()[0]!, Buffer.alloc(statSync(pieces()[0]!).size, 7)),
      /not as they were written/,
    ],
    [
      'a Parquet file replaced by a folder',
      () => {
        const [piece] = pieces();
        rmSync(piece!);
        mkdirSync(piece!);
      },
      /missing/,
    ],
  ];
  test.each(harms)('%s: the answer stays right, --verify finds it, the next build mends it', async (_, harm, words) => {
    write(log(), records(0, 20));
    write(join(lake, 'session.000001.jsonl'), records(20, 50));
    await index(lakeAt(lake), none);
    harm();
    expect((await ask()).rows).toBe(50);
    const found = await verify(lakeAt(lake), none);
    expect(found.filter(({ reason }) => words.test(reason))).toHaveLength(1);
    expect(found.filter(({ dropped_bytes }) => dropped_bytes > 0)).toHaveLength(1);
    expect((await verify(lakeAt(lake), none)).filter(({ reason }) => reason !== '')).toEqual([]);
    const built = await index(lakeAt(lake), none);
    expect(built.filter(({ added_bytes }) => added_bytes > 0)).toHaveLength(1);
    const { indexed } = await ask();
    expect(indexed).toBe(statSync(log()).size + statSync(join(lake, 'session.000001.jsonl')).size);
  });

  const spoils: [string, (size: number) => [from: number, to: number]][] = [
    ['all of a Parquet file', (size) => [0, size]],
    ['all but its magic words', (size) => [4, size - 4]],
    ['its pages', (size) => [4, size >> 1]],
    ['its footer', (size) => [size - 200, size - 8]],
    ['one byte', () => [60, 61]],
  ];
  test.each(spoils)(
    '%s broken under its old time: the answer is right or says what is broken, --verify finds it',
    async (name, where) => {
      write(log(), records(0, 200, { prompt: 'x y z' }));
      await index(lakeAt(lake), none);
      const path = pieces()[0]!;
      const { size, mtimeNs } = statSync(path, { bigint: true });
      const bytes = readFileSync(path);
      const [from, to] = where(Number(size));
      for (let at = from; at < to; at++) bytes[at]! ^= 0xa5;
      writeFileSync(path, bytes);
      // Its time cannot be set back to the nanosecond: the manifest is told of the new one.
      const manifest = join(path, '..', 'manifest.json');
      const now = String(statSync(path, { bigint: true }).mtimeNs);
      writeStored(manifest, JSON.parse(JSON.stringify(readStored(manifest)).replace(String(mtimeNs), now)));
      if (name !== 'one byte')
        await expect(answers(lakeAt(lake), [all], none)).rejects.toMatchObject({
          code: 'io',
          path,
          message: expect.stringMatching(/^the index cannot be read/),
          hint: expect.stringMatching(/--verify.*--no-index/),
        });
      expect(await verify(lakeAt(lake), none)).toMatchObject([
        {
          verified_bytes: 0,
          dropped_bytes: statSync(log()).size,
          reason: expect.stringMatching(/is not as it was written$/),
        },
      ]);
      expect(await ask()).toEqual({ rows: 200, indexed: 0 });
    },
  );

  test.each(['', '{', 'null', '[]', '{"rules":"x"}', '\0'.repeat(300)])(
    'a manifest that reads %j is no index',
    async (text) => {
      write(log(), records(0, 20));
      await index(lakeAt(lake), none);
      writeFileSync(join(shelf(), folders()[0]!, 'manifest.json'), text);
      expect(await ask()).toEqual({ rows: 20, indexed: 0 });
      await verify(lakeAt(lake), none);
      expect((await index(lakeAt(lake), none))[0]).toMatchObject({ added_bytes: statSync(log()).size, reason: '' });
      expect((await ask()).indexed).toBe(statSync(log()).size);
    },
  );

  test.each(['file', 'stamp', 'pieces', 'pieces.0.census', 'pieces.0.rows', 'pieces.0.to', 'pieces.0.name'])(
    'a manifest without %s is no index',
    async (key) => {
      write(log(), records(0, 20));
      await index(lakeAt(lake), none);
      const path = join(shelf(), folders()[0]!, 'manifest.json');
      const manifest = JSON.parse(JSON.stringify(readStored(path)));
      const names = key.split('.');
      const holder = names.slice(0, -1).reduce((value, name) => value[name], manifest);
      delete holder[names.at(-1)!];
      writeStored(path, manifest);
      expect(await ask()).toEqual({ rows: 20, indexed: 0 });
      expect(leftoversOn({ folder: shelf(), names: new Set(folders()) }, Date.now())).toEqual([]);
    },
  );

  test.each(['manifest.json', 'packs.json'])('a bit that flips in %s is noticed, wherever it is', async (name) => {
    write(log(), records(0, 20));
    write(join(lake, 'session.000001.jsonl'), records(20, 40));
    await index(lakeAt(lake), none, 1);
    const path = filesBelow(shelf()).find((file) => file.endsWith(name))!;
    expect(readStored(path)).not.toBeNull();
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const spoiled = Buffer.from(bytes);
      spoiled[at]! ^= 1 << (at % 8);
      writeFileSync(path, spoiled);
      expect(readStored(path), `byte ${at}`).toBeNull();
    }
    expect(await ask()).toMatchObject({ rows: 40 });
  });

  test('its folders are 0700 and its files 0600', async () => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    const modes = [join(lake, '.lakeobs'), shelf(), join(shelf(), folders()[0]!)].map((path) => statSync(path).mode);
    expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(['700', '700', '700']);
    for (const path of filesBelow(shelf())) expect((statSync(path).mode & 0o777).toString(8), path).toBe('600');
  });

  test('a file where its folder should be: the cache folder takes it, and nothing else changes', async () => {
    write(log(), records(0, 20));
    writeFileSync(join(lake, '.lakeobs'), 'mine');
    const cache = join(lake, 'cache');
    expect((await index(lakeAt(lake), cache))[0]).toMatchObject({ failed: false, reason: '' });
    expect(await ask(cache)).toEqual({ rows: 20, indexed: statSync(log()).size });
    expect(readFileSync(join(lake, '.lakeobs'), 'utf8')).toBe('mine');
  });

  test('nowhere to keep it is a failure of index that says so, and of nothing else', async () => {
    write(log(), records(0, 20));
    writeFileSync(join(lake, '.lakeobs'), 'mine');
    expect((await index(lakeAt(lake), none))[0]).toMatchObject({
      failed: true,
      reason: 'neither its lake nor the cache folder can be written',
    });
    expect(await ask()).toEqual({ rows: 20, indexed: 0 });
  });
});

describe('tidying up', () => {
  const look = (now = Date.now()) => leftoversOn({ folder: shelf(), names: new Set(readdirSync(shelf())) }, now);
  const remove = (now = Date.now()) =>
    removeLeftovers({ folder: shelf(), names: new Set(readdirSync(shelf())) }, look(now), now);
  const later = () => Date.now() + indexGraceMs + 60_000;

  test('takes indexes of deleted logs and keeps those of renamed ones', async () => {
    write(log(), records(0, 20));
    write(join(lake, 'session.000001.jsonl'), records(20, 30));
    write(join(lake, 'observer.jsonl'), '{"endpoint":"/x","success":true}\n');
    await index(lakeAt(lake), none);
    rmSync(join(lake, 'session.000001.jsonl'));
    renameSync(log(), join(lake, 'session.000002.jsonl'));
    expect(look()).toMatchObject([{ kind: 'log-gone' }]);
    expect(remove()).toHaveLength(1);
    expect(folders()).toHaveLength(2);
    expect(await ask()).toMatchObject({ rows: 20, indexed: records(0, 20).length + 33 });
  });

  test('takes replaced pieces and drafts only after their grace, and locks only of builders that are gone', async () => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    const folder = join(shelf(), folders()[0]!);
    write(log(), records(0, 25, { prompt: 'y' }), 1_700_000_001);
    await index(lakeAt(lake), none);
    writeFileSync(join(folder, '0-1.abcdef.parquet.tmp'), 'half');
    writeFileSync(join(folder, 'manifest.json.4711.tmp'), 'half');
    writeFileSync(`${folder}.lock.0123456789ab`, '');
    writeFileSync(`${folder}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, started: '', realm: 'another', nonce: 'x' }));
    expect(look()).toEqual([]);
    expect(
      look(later())
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['draft', 'draft', 'draft', 'draft', 'replaced']);
    utimesSync(`${folder}.lock`, 1_700_000_000, 1_700_000_000);
    expect(remove(later())).toHaveLength(5);
    expect(readdirSync(shelf())).toEqual([folders()[0]]);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(await ask()).toEqual({ rows: 25, indexed: statSync(log()).size });
  });

  test('leaves what a living builder has locked', async () => {
    write(log(), records(0, 20));
    await index(lakeAt(lake), none);
    rmSync(log());
    const { lockFolder } = await import('../../src/columnar/lock-folder.ts');
    const release = lockFolder(join(shelf(), folders()[0]!))!;
    expect(look()).toHaveLength(1);
    expect(remove()).toEqual([]);
    expect(folders()).toHaveLength(1);
    release();
    expect(remove()).toHaveLength(1);
    expect(readdirSync(shelf())).toEqual([]);
  });
});
