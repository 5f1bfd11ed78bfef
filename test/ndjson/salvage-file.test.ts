// The salvage scan over files on the disk: plain, gzip, zstd, from an offset, up to an offset, in flat memory.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { lineBytesMax, scanChunkBytes } from '../../src/limits.ts';
import type { Found } from '../../src/ndjson/salvage.ts';
import { type ScanOptions, type ScanTotals, scanFile } from '../../src/ndjson/scan-file.ts';
import { scanBytes } from './salvage-laws.ts';

const folder = mkdtempSync(join(tmpdir(), 'lakeobs-scan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function scan(path: string, options: Partial<ScanOptions> = {}): Promise<{ found: Found[]; totals: ScanTotals }> {
  const found: Found[] = [];
  const totals = await scanFile(path, { lineBytesMax, ...options }, (one) => {
    found.push(one);
  });
  return { found, totals };
}

const lines = Array.from({ length: 400 }, (_, index) => `{"index":${index},"text":"${index * 7919}é"}\n`);
const log = Buffer.from(lines.join(''));

describe('plain files', () => {
  it('larger than a chunk give what the scanner gives for all bytes at once', async () => {
    const bytes = Buffer.concat([
      ...Array.from({ length: 120 }, () => log),
      Buffer.from('{"torn":\n'),
      Buffer.alloc(3 * scanChunkBytes),
      Buffer.from('{"last":1}'),
    ]);
    const path = file('large.jsonl', bytes);
    const { found, totals } = await scan(path);
    const all = scanBytes(bytes, lineBytesMax);
    const places = (some: readonly Found[]): unknown[] =>
      some.map(({ kind, line, byteOffset, byteLength }) => [kind, line, byteOffset, byteLength]);
    expect(places(found)).toEqual(places(all.found));
    expect(totals).toEqual({
      bytes: bytes.length,
      lines: all.lines,
      records: 400 * 120 + 1,
      damaged: 2,
      damagedBytes: 8 + 3 * scanChunkBytes,
      proven: true,
      tail: all.tail,
    });
  });

  it('are scanned from an offset and a line on, and up to an offset', async () => {
    const path = file('part.jsonl', log);
    const first = Buffer.byteLength(lines.slice(0, 100).join(''));
    const rest = await scan(path, { startOffset: first, startLine: 101 });
    expect(rest.found[0]).toMatchObject({ line: 101, byteOffset: first, record: { index: 100 } });
    expect(rest.totals).toMatchObject({ bytes: log.length - first, lines: 300, records: 300, damaged: 0 });
    const head = await scan(path, { endOffset: first + 5 });
    expect(head.totals).toMatchObject({ bytes: first + 5, lines: 101, records: 100, damaged: 1 });
    expect(head.totals.tail).toEqual({ byteOffset: first, byteLength: 5, line: 101, state: 'torn' });
    appendFileSync(path, 'more');
    expect((await scan(path, { startOffset: first, startLine: 101, endOffset: log.length })).totals.damaged).toBe(0);
  });

  it('wait for the consumer, tell their progress, and stop when told to', async () => {
    const path = file('slow.jsonl', Buffer.concat(Array.from({ length: 150 }, () => log)));
    let seen = 0;
    let busy = false;
    const progress: number[] = [];
    await scanFile(
      path,
      { lineBytesMax, endOffset: log.length, onProgress: (bytes) => progress.push(bytes) },
      async () => {
        expect(busy).toBe(false);
        busy = true;
        await null;
        busy = false;
        seen += 1;
      },
    );
    expect(seen).toBe(400);
    expect(progress).toEqual([log.length]);

    const stop = new AbortController();
    const stopped = scanFile(path, { lineBytesMax, signal: stop.signal }, () => stop.abort(new Error('enough')));
    await expect(stopped).rejects.toThrow('enough');
    await expect(
      scanFile(path, { lineBytesMax }, () => {
        throw new Error('full');
      }),
    ).rejects.toThrow('full');
  });

  it('that are missing or unreadable are an io error with a hint', async () => {
    await expect(scan(join(folder, 'none.jsonl'))).rejects.toMatchObject({
      code: 'io',
      path: join(folder, 'none.jsonl'),
      message: expect.stringContaining('no such file'),
      hint: expect.any(String),
    });
    await expect(scan(folder)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('is a directory'),
    });
    const closed = file('closed.jsonl', log);
    chmodSync(closed, 0);
    if (process.getuid?.() !== 0) await expect(scan(closed)).rejects.toMatchObject({ code: 'io' });
  });

  it('of nothing hold nothing', async () => {
    expect(await scan(file('empty.jsonl', ''))).toEqual({
      found: [],
      totals: {
        bytes: 0,
        lines: 0,
        records: 0,
        damaged: 0,
        proven: false,
        damagedBytes: 0,
        tail: { byteOffset: 0, byteLength: 0, line: 1, state: 'none' },
      },
    });
  });
});

describe('gzip files', () => {
  const packed = zlib.gzipSync(log);

  it('are read by their suffix, also from an offset, and when they are several files in a row or padded with zeros', async () => {
    const plain = await scan(file('plain.jsonl', log));
    expect(await scan(file('whole.jsonl.gz', packed))).toEqual(plain);
    const first = Buffer.byteLength(lines.slice(0, 100).join(''));
    const part = await scan(file('part.jsonl.gz', packed), {
      startOffset: first,
      startLine: 101,
      endOffset: first + lines[100]!.length + 1,
    });
    expect(part.totals).toMatchObject({ bytes: lines[100]!.length + 1, records: 1 });
    expect(part.found[0]).toMatchObject({ line: 101, byteOffset: first });
    const twice = await scan(file('twice.jsonl.gz', Buffer.concat([packed, packed, Buffer.alloc(512)])));
    expect(twice.totals).toMatchObject({ records: 800, damaged: 0, bytes: 2 * log.length });
  });

  it('cut anywhere give all that can be unpacked, and one range', async () => {
    for (let cut = 0; cut < packed.length; cut += cut < 30 || cut > packed.length - 20 ? 1 : 97) {
      const unpacked =
        cut === 0
          ? Buffer.alloc(0)
          : zlib.gunzipSync(packed.subarray(0, cut), { finishFlush: zlib.constants.Z_SYNC_FLUSH });
      const expected = scanBytes(unpacked, lineBytesMax).found.filter(({ kind }) => kind === 'record');
      const { found, totals } = await scan(file('cut.jsonl.gz', packed.subarray(0, cut)));
      const records = found.filter((one) => one.kind === 'record');
      expect(records.map(({ byteOffset, record }) => [byteOffset, record.index])).toEqual(
        expected.map((one) => [one.byteOffset, one.kind === 'record' && one.record.index]),
      );
      expect(totals.bytes).toBe(unpacked.length);
      const damaged = found.filter((one) => one.kind === 'damaged');
      const wholeTail = totals.tail.state !== 'torn';
      expect(damaged).toMatchObject([
        {
          reason: 'cut-compressed',
          byteLength: wholeTail ? 0 : totals.tail.byteLength,
          byteOffset: wholeTail ? unpacked.length : totals.tail.byteOffset,
        },
      ]);
      expect(found.at(-1)).toBe(damaged[0]);
    }
  });

  it('broken in the middle give everything in front of the break', async () => {
    const incompressible = Buffer.from(
      Array.from({ length: 3000 }, (_, index) => `{"index":${index},"text":"${Math.sin(index)}"}\n`).join(''),
    );
    const broken = zlib.gzipSync(incompressible);
    broken.fill(0xff, broken.length >> 1, (broken.length >> 1) + 64);
    const { found } = await scan(file('broken.jsonl.gz', broken));
    const last = found.at(-1);
    expect(last).toMatchObject({ kind: 'damaged', reason: 'corrupt-compressed' });
    const kept = found.filter((one) => one.kind === 'record').length;
    expect(kept).toBeGreaterThan(1000);
    for (const [index, one] of found.slice(0, 1000).entries())
      expect(one).toMatchObject({ kind: 'record', record: { index } });
  });

  it('with a wrong checksum, with other bytes behind them, or that are none are called so, and what was read stays', async () => {
    const wrong = Buffer.from(packed);
    wrong[wrong.length - 6]! ^= 1;
    for (const [name, bytes, records] of [
      ['wrong', wrong, 400],
      ['behind', Buffer.concat([packed, Buffer.from('garbage')]), 400],
      ['padded', Buffer.concat([packed, Buffer.from('\0\0garbage')]), 400],
      ['none', log, 0],
    ] as const) {
      const { found, totals } = await scan(file(`${name}.jsonl.gz`, bytes));
      expect(totals.records).toBe(records);
      expect(found.at(-1)).toMatchObject({
        reason: 'corrupt-compressed',
        byteLength: 0,
        byteOffset: records === 0 ? 0 : log.length,
      });
      expect(totals.damaged).toBe(1);
    }
  });

  it('that unpack to a thousand times their size take flat memory', async () => {
    const blanks = zlib.gzipSync(Buffer.alloc(256 * 1024 * 1024, ' '));
    const path = file('bomb.jsonl.gz', Buffer.concat([blanks, zlib.gzipSync('\n{"a":1}')]));
    const program = join(folder, 'scan.mjs');
    buildSync({
      stdin: {
        // A process inherits maxRSS from whoever started it; the kernel's high water mark is its own.
        contents: `import { existsSync, readFileSync } from 'node:fs';
          import { scanFile } from './src/ndjson/scan-file.ts';
          const totals = await scanFile(process.argv[2], { lineBytesMax: ${lineBytesMax} }, () => {});
          const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
          const peakKiB = Number(/^VmHWM:\\s+(\\d+) kB/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
          console.log(JSON.stringify([totals.records, totals.bytes, peakKiB]));`,
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
        loader: 'ts',
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile: program,
    });
    const output = execFileSync(process.execPath, [program, path], { encoding: 'utf8' });
    const [records, bytes, peakKiB] = JSON.parse(output) as [number, number, number];
    expect([records, bytes]).toEqual([1, 256 * 1024 * 1024 + 8]);
    expect(peakKiB).toBeLessThan(300 * 1024);
  });
});

describe('zstd files', () => {
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer };

  it.runIf(zstdCompressSync === undefined)(
    'are an input error that says what to do where Node has no zstd',
    async () => {
      await expect(scan(file('log.jsonl.zst', log))).rejects.toMatchObject({
        code: 'input',
        hint: expect.stringContaining('22.15'),
      });
    },
  );

  it.runIf(zstdCompressSync !== undefined)('are read by their suffix; cut and broken ones are called so', async () => {
    const packed = zstdCompressSync!(log);
    const plain = await scan(file('plain.jsonl', log));
    expect(await scan(file('whole.jsonl.zst', packed))).toEqual(plain);
    expect((await scan(file('cut.jsonl.zst', packed.subarray(0, -9)))).found.at(-1)).toMatchObject({
      reason: 'cut-compressed',
    });
    expect((await scan(file('none.jsonl.zst', log))).found.at(-1)).toMatchObject({ reason: 'corrupt-compressed' });
  });
});
