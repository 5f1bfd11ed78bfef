import { appendFileSync, closeSync, openSync, truncateSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noConfig } from '../../src/catalog/config.ts';
import { openScratch, type Scratch } from '../../src/catalog/scratch.ts';
import { listSources } from '../../src/catalog/sources.ts';
import { lineBytesMax, tailChunkBytes } from '../../src/limits.ts';
import { linesBackward } from '../../src/timeline/backward.ts';
import { FollowedFile } from '../../src/timeline/followed-file.ts';
import { type Item, itemsIn } from '../../src/timeline/item.ts';
import { type NewestOptions, newest } from '../../src/timeline/newest.ts';
import { sessionLine, testFolder } from '../whole/records.ts';

const folder = testFolder();
let scratch: Scratch;
beforeEach(() => {
  scratch = openScratch();
});
afterEach(() => scratch.dispose());

const told = (item: Item) =>
  item.damage === null ? String(item.record.session_id ?? item.record.msg ?? item.text) : item.damage.reason;

async function tail(options: Partial<NewestOptions> = {}, paths: readonly string[] = []) {
  const scope = { paths, lake: folder.path(), config: noConfig, cwd: folder.path() };
  const { files } = await listSources(scope);
  return (await newest(files, { records: 10, scratch, ...options })).items;
}

const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString();
const record = (id: string, second: number) => `${sessionLine({ session_id: id, timestamp: at(second) })}\n`;

describe('lines from the end', () => {
  const backward = (bytes: Uint8Array) => {
    const descriptor = openSync(folder.write('bytes', bytes), 'r');
    try {
      return [...linesBackward(descriptor, bytes.length)];
    } finally {
      closeSync(descriptor);
    }
  };

  it('any bytes: the lines are those that a split gives, each with its place, the last one without a newline marked', () => {
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte === 10 ? 11 : byte)))),
      // As long as a piece that is read, or one more or less.
      fc.integer({ min: -1, max: 1 }).map((more) => Buffer.alloc(tailChunkBytes + more, 97)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.boolean(), (lines, ended) => {
        const bytes = Buffer.concat(
          lines.flatMap((one, index) => (index < lines.length - 1 || ended ? [one, Buffer.from('\n')] : [one])),
        );
        let offset = 0;
        const expected = lines.flatMap((one, index) => {
          const place = {
            bytes: one,
            byteOffset: offset,
            byteLength: one.length,
            terminated: index < lines.length - 1 || ended,
          };
          offset += one.length + 1;
          return one.length === 0 ? [] : [place];
        });
        const found = backward(bytes).reverse();
        expect(found.map(({ byteOffset, byteLength, terminated }) => [byteOffset, byteLength, terminated])).toEqual(
          expected.map(({ byteOffset, byteLength, terminated }) => [byteOffset, byteLength, terminated]),
        );
        for (const [index, { bytes: own }] of found.entries()) expect(own.equals(expected[index]!.bytes)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('of a line over the limit only its head is held', () => {
    const long = Buffer.alloc(lineBytesMax * 2, 120);
    long.write('head');
    const [last, first] = backward(Buffer.concat([long, Buffer.from('\n{}\n')]));
    expect(last).toMatchObject({ byteOffset: long.length + 1, byteLength: 2 });
    expect(first).toMatchObject({ byteOffset: 0, byteLength: long.length });
    expect(first!.bytes.length).toBeLessThan(1_000);
    expect(first!.bytes.toString()).toMatch(/^head/);
    expect(itemsIn(first!, 'f')[0]!.damage?.reason).toBe('line-too-long');
  });
});

describe('the newest records', () => {
  it('of several logs come merged by time, over segments, packed ones too', async () => {
    folder.write('session.000001.jsonl.gz', gzipSync(record('s1', 1) + record('s2', 4)));
    folder.write('session.000002.jsonl', record('s3', 5));
    folder.write('session.jsonl', record('s4', 8) + record('s5', 9));
    folder.write(
      'journal.jsonl',
      [2, 6, 9]
        .map(
          (second) =>
            `${JSON.stringify({ kind: 'log', extensionId: 'e', level: 'info', msg: `l${second}`, timestamp: Date.parse(at(second)) })}\n`,
        )
        .join(''),
    );
    expect((await tail()).map(told)).toEqual(['s1', 'l2', 's2', 's3', 'l6', 's4', 'l9', 's5']);
    expect((await tail({ records: 3 })).map(told)).toEqual(['s4', 'l9', 's5']);
    expect(await tail({ records: 0 })).toEqual([]);
    expect((await tail({ sinceMs: Date.parse(at(6)) })).map(told)).toEqual(['l6', 's4', 'l9', 's5']);
  });

  it('have damage among them, in its place and named; glued records are two', async () => {
    const good = record('s1', 1);
    const torn = record('s2', 2).slice(0, 90);
    const glued = record('s3', 3).trimEnd() + record('s4', 4);
    folder.write('session.jsonl', `${good}${torn}\n\0\0\0\r\n${glued}not json\r\n${record('s5', 5).trimEnd()}\r\n`);
    const items = await tail();
    expect(items.map(told)).toEqual(['s1', 'torn', 'nul-bytes', 's3', 's4', 'not-json', 's5']);
    expect(items[1]).toMatchObject({ byteOffset: good.length, byteLength: 90 });
    expect(items.at(-1)).toMatchObject({ text: record('s5', 5).trimEnd() });
  });

  it('a last line without newline is a record if it is whole, damage if not, and held back for who goes on reading', async () => {
    folder.write('session.jsonl', record('s1', 1) + record('s2', 2).trimEnd());
    expect((await tail()).map(told)).toEqual(['s1', 's2']);
    expect((await tail({ holdTail: true })).map(told)).toEqual(['s1']);
    folder.write('session.jsonl', record('s1', 1) + record('s2', 2).slice(0, 40));
    expect((await tail()).map(told)).toEqual(['s1', 'torn']);
  });

  it('a packed segment that was cut gives what is left of it, and says so', async () => {
    const many = Array.from({ length: 2_000 }, (_, n) => record(`s${n}`, n % 60)).join('');
    const packed = gzipSync(many);
    folder.write('session.000001.jsonl.gz', packed.subarray(0, packed.length / 2));
    const items = await tail({ records: 3 });
    expect(items.map(({ damage }) => damage?.reason ?? 'record')).toContain('cut-compressed');
    expect(items.filter(({ damage }) => damage === null).length).toBeGreaterThan(0);
  });

  it('stops looking back where records are too old', async () => {
    folder.write('session.jsonl', Array.from({ length: 5_000 }, (_, n) => record(`s${n}`, n / 100)).join(''));
    let asked = 0;
    const choose = async (items: readonly Item[]) => {
      asked += items.length;
      return items;
    };
    expect(await tail({ sinceMs: Date.parse(at(49)), records: 1_000, choose })).toHaveLength(100);
    expect(asked).toBe(100);
  });
});

describe('a file that is read on', () => {
  const texts = (file: FollowedFile) => file.read().items.map(told);

  it('gives lines when their newline is there, whatever pieces they come in', () => {
    const path = folder.write('session.jsonl', record('s1', 1));
    const file = new FollowedFile(path, 0);
    expect(texts(file)).toEqual(['s1']);
    const line = Buffer.from(record('s2', 2));
    for (let from = 0; from < line.length - 1; from += 50) {
      appendFileSync(path, line.subarray(from, Math.min(from + 50, line.length - 1)));
      expect(texts(file)).toEqual([]);
    }
    appendFileSync(path, `\n${record('s3', 3).slice(0, 30)}`);
    expect(texts(file)).toEqual(['s2']);
    expect(file.end().map(told)).toEqual(['torn']);
    expect(file.end()).toEqual([]);
    file.close();
  });

  it('begins again when the file was cut, and says so', () => {
    const path = folder.write('session.jsonl', record('s1', 1) + record('s2', 2));
    const file = new FollowedFile(path, 0);
    file.read();
    truncateSync(path, 0);
    appendFileSync(path, record('s9', 9));
    expect(file.read()).toMatchObject({ cut: true, more: false });
    file.close();
  });

  it('holds no more than a line of the limit', async () => {
    const path = folder.write('session.jsonl', '');
    const file = new FollowedFile(path, 0);
    // What nobody holds any more must not count.
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held = () => {
      collect();
      return process.memoryUsage().arrayBuffers;
    };
    const before = held();
    for (let part = 0; part < 40; part++) {
      appendFileSync(path, Buffer.alloc(1024 * 1024, 120));
      file.read();
    }
    // V8 gives buffers back on a thread of its own, which a busy machine keeps waiting.
    await expect.poll(() => held() - before, { timeout: 10_000 }).toBeLessThan(4 * lineBytesMax);
    appendFileSync(path, `\n${record('s1', 1)}`);
    const items: Item[] = [];
    for (let more = true; more; ) {
      const read = file.read();
      items.push(...read.items);
      more = read.more;
    }
    expect(items.map(told)).toEqual(['line-too-long', 's1']);
    expect(items[0]!.byteLength).toBe(40 * 1024 * 1024);
    file.close();
  });
});
