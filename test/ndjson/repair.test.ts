// Repair, named by the damage it meets: every record stays, every other byte is in the quarantine, and what may not be touched is not.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deskOf, leftovers } from '../../src/ndjson/repair-desk.ts';
import { verifyChain } from '../../src/ndjson/verify-chain.ts';
import { openLog } from '../../src/ndjson/writer.ts';
import { filesOf, originals, quarantined, repairFolder, rest, seenByReaders, seenIn } from './repair-folder.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lakeobs-repair-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const op = (id: string, more: object = {}) => JSON.stringify({ endpoint: id, success: true, ...more });

/** A closed segment at rest. */
function segment(content: string | Buffer, name = 'app.000001.jsonl'): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  rest(path);
  return path;
}

const bytes = (...parts: (string | Buffer)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));

const damages: { name: string; content: Buffer; mended: string; out: string[] }[] = [
  {
    name: 'a torn tail',
    content: bytes(`${op('a')}\n{"endpoint":"b`),
    mended: `${op('a')}\n`,
    out: ['{"endpoint":"b'],
  },
  {
    name: 'a sealed torn line between good ones',
    content: bytes(`${op('a')}\n{"endpoint":"b\n${op('c')}\n`),
    mended: `${op('a')}\n\n${op('c')}\n`,
    out: ['{"endpoint":"b'],
  },
  {
    name: 'a record glued behind a torn one',
    content: bytes(`${op('a')}\n{"endpoint":"b${op('c')}\n${op('d')}\n`),
    mended: `${op('a')}\n${op('c')}\n${op('d')}\n`,
    out: ['{"endpoint":"b'],
  },
  {
    name: 'three records on one line',
    content: bytes(`${op('a')}${op('b')} ${op('c')}\n${op('d')}\n`),
    mended: `${op('a')}\n${op('b')}\n${op('c')}\n${op('d')}\n`,
    out: [],
  },
  {
    name: 'a run of NUL bytes before a record',
    content: bytes(`${op('a')}\n`, Buffer.alloc(5_000), `${op('b')}\n`),
    mended: `${op('a')}\n${op('b')}\n`,
    out: ['\0'.repeat(5_000)],
  },
  {
    name: 'bytes that are no UTF-8',
    content: bytes(`${op('a')}\n{"endpoint":"`, Buffer.from([0xff, 0xfe]), `","success":true}\n`),
    mended: `${op('a')}\n\n`,
    out: ['{"endpoint":"\u00ff\u00fe","success":true}'],
  },
  {
    name: 'a line longer than the limit',
    content: bytes(`${op('a')}\n${op('b'.repeat(5 * 1024 * 1024))}\n${op('c')}\n`),
    mended: `${op('a')}\n\n${op('c')}\n`,
    out: [op('b'.repeat(5 * 1024 * 1024))],
  },
  {
    name: 'CR LF, blank lines, a mark at the front and a last line without newline beside a bad line',
    content: bytes(`\uFEFF${op('a')}\r\n\r\n  ${op('b')}\t\r\nbad\r\n${op('c')}`),
    mended: `\uFEFF${op('a')}\r\n\r\n  ${op('b')}\t\r\n\r\n${op('c')}\n`,
    out: ['bad'],
  },
  {
    name: 'a key written twice and a NaN beside a bad line',
    content: bytes(`{"endpoint":"a","success":true,"x":1,"x":2,"y":NaN}\nbad\n`),
    mended: `{"endpoint":"a","success":true,"x":1,"x":2,"y":NaN}\n\n`,
    out: ['bad'],
  },
  { name: 'nothing but a torn record', content: bytes('{"endpoint":"a"'), mended: '', out: ['{"endpoint":"a"'] },
];

describe('mending a closed segment', () => {
  it.each(damages)(
    '$name: records stay byte for byte, the rest is in the quarantine',
    async ({ content, mended, out }) => {
      const path = segment(content);
      chmodSync(path, 0o640);
      const before = seenByReaders(dir);
      const [repair] = await repairFolder(dir);
      expect(repair).toMatchObject({ action: 'mend', done: true, why: null });
      expect(readFileSync(path).equals(Buffer.from(mended))).toBe(true);
      expect(seenByReaders(dir)).toEqual({ records: before.records, damaged: 0 });
      expect(quarantined(dir)).toEqual([...out].sort());
      expect(originals(dir).map((original) => original.equals(content))).toEqual([true]);
      const { mode, mtimeMs } = statSync(path);
      expect(mode & 0o777).toBe(0o640);
      expect(Date.now() - mtimeMs).toBeGreaterThan(3_000_000);
      expect(leftovers(deskOf(dir))).toEqual([]);
      expect((await repairFolder(dir)).map(({ action }) => action)).toEqual(['none']);
    },
  );

  it('a clean file is not touched, and no folder is made for it', async () => {
    const path = segment(`${op('a')}\n\n${op('b')}`);
    const { ino } = statSync(path);
    expect(await repairFolder(dir, undefined, { apply: false })).toMatchObject([{ action: 'none' }]);
    expect(statSync(path).ino).toBe(ino);
    expect(readdirSync(dir)).toEqual(['app.000001.jsonl']);
  });

  it('a dry run says what would be done and changes nothing', async () => {
    const content = `${op('a')}\n{"endpoint":"b${op('c')}\n`;
    const path = segment(content);
    const [repair] = await repairFolder(dir, undefined, { apply: false });
    expect(repair).toMatchObject({ action: 'mend', done: false, original: null });
    expect(repair!.diagnosis.ranges).toMatchObject([{ line: 2, byteLength: 14, reason: 'torn' }]);
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(readdirSync(dir)).toEqual(['app.000001.jsonl']);
  });

  it('whatever is in it, the records of salvage stay, no damage stays, and kept and taken out bytes are all there were', async () => {
    const piece = fc.oneof(
      fc.constantFrom(op('a'), op('b', { n: 1 }), '{}', '{"x":{"endpoint":1,"success":2}}', '[1]', 'null', '"text"'),
      fc.constantFrom(
        '\n',
        '\n',
        '\n',
        '\r\n',
        ' ',
        '\0\0',
        '{"endpoint":"',
        '\\',
        '"',
        '{',
        '}',
        '\ud800',
        'é',
        'NaN',
      ),
      fc.string({ maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 25 }), async (pieces) => {
        // Two good lines in front: then it is NDJSON beyond doubt.
        const content = Buffer.from(`${op('0')}\n${op('1')}\n${pieces.join('')}`);
        const path = segment(content);
        const before = seenIn([content]);
        const [repair] = await repairFolder(dir);
        const after = readFileSync(path);
        expect(seenIn([after])).toEqual({ records: before.records, damaged: 0 });
        const ink = (text: string) => [...text.replace(/[\s\ufeff]/g, '')].sort().join('');
        const out = quarantined(dir)
          .map((one) => Buffer.from(one, 'latin1').toString())
          .join('');
        expect(ink(after.toString() + out)).toBe(ink(content.toString()));
        if (repair!.action !== 'none') expect(originals(dir)).toEqual([content]);
        expect((await repairFolder(dir))[0]!.action).toBe('none');
        rmSync(join(dir, 'quarantine'), { recursive: true });
      }),
      { numRuns: 60 },
    );
  });
});

describe('mending an active file', () => {
  it('closes it as the next segment first, so that no writer can lose a record to the exchange', async () => {
    segment(`${op('0')}\n`);
    const path = segment(`${op('a')}\n{"endpoint":"b`, 'app.jsonl');
    const repairs = await repairFolder(dir);
    expect(repairs[1]).toMatchObject({ action: 'mend', done: true, segment: join(dir, 'app.000002.jsonl') });
    expect(existsSync(path)).toBe(false);
    expect(seenByReaders(dir)).toEqual({ records: [op('0'), op('a')], damaged: 0 });
    const log = openLog({ path });
    log.append({ endpoint: 'z', success: true });
    await log.close();
    expect(seenByReaders(dir).records).toHaveLength(3);
  });

  it('a file that does not rotate keeps its name', async () => {
    const path = segment(`${op('a')}\n{"endpoint":"b`, 'app.jsonl');
    const [repair] = await repairFolder(dir, undefined, { rotates: false });
    expect(repair).toMatchObject({ done: true, segment: null });
    expect(readFileSync(path, 'utf8')).toBe(`${op('a')}\n`);
  });

  it('bytes that reach the old file of one that keeps its name are named, not forgotten', async () => {
    const path = segment(`${op('a')}\n{"endpoint":"b`, 'app.jsonl');
    const [repair] = await repairFolder(
      dir,
      (name) => {
        if (name !== 'link ranges') return;
        const original = join(dir, 'quarantine', 'original');
        appendFileSync(join(original, readdirSync(original)[0]!), `\n${op('late')}\n`);
      },
      { rotates: false },
    );
    expect(repair).toMatchObject({ action: 'left', done: true });
    expect(repair!.why).toMatch(new RegExp(`${op('late').length + 2} bytes were written to the old file`));
    expect(readFileSync(path, 'utf8')).toBe(`${op('a')}\n`);
  });

  it('one that was written a moment ago is sealed and left', async () => {
    const path = join(dir, 'app.jsonl');
    writeFileSync(path, `${op('a')}\nbad\n{"endpoint":"b`);
    const [repair] = await repairFolder(dir);
    expect(repair).toMatchObject({ action: 'seal', done: true });
    expect(repair!.why).toMatch(/60 s/);
    expect(readFileSync(path, 'utf8')).toBe(`${op('a')}\nbad\n{"endpoint":"b\n`);
    expect(quarantined(dir)).toEqual([]);
    rest(path);
    await repairFolder(dir);
    expect(quarantined(dir)).toEqual(['bad', '{"endpoint":"b']);
  });

  it.skipIf(process.platform !== 'linux')('one that a process holds open is left, and the process named', async () => {
    const path = segment(`${op('a')}\nbad\n`, 'app.jsonl');
    const holder = spawn(process.execPath, [
      '-e',
      `require('fs').openSync(${JSON.stringify(path)}, 'a'); console.log('open'); setInterval(() => {}, 1000)`,
    ]);
    try {
      await new Promise((done) => holder.stdout.once('data', done));
      const [repair] = await repairFolder(dir);
      expect(repair).toMatchObject({ action: 'left', done: false });
      expect(repair!.why).toContain(`process ${holder.pid}`);
      expect(readFileSync(path, 'utf8')).toBe(`${op('a')}\nbad\n`);
    } finally {
      holder.kill('SIGKILL');
    }
    await new Promise((done) => holder.once('close', done));
    expect((await repairFolder(dir))[0]).toMatchObject({ action: 'mend', done: true });
  });
});

describe('what repair leaves alone', () => {
  const bad = `${op('a')}\nbad\n`;

  it('a compressed segment', async () => {
    segment(gzipSync(bad), 'app.000001.jsonl.gz');
    expect(await repairFolder(dir)).toMatchObject([{ action: 'left', why: expect.stringMatching(/compressed/) }]);
  });

  it('a file that is not NDJSON', async () => {
    const path = segment('[\n{"a":1},\n{"b":2}\n]\n');
    expect(await repairFolder(dir)).toMatchObject([{ action: 'left', why: expect.stringMatching(/not NDJSON/) }]);
    expect(statSync(path).size).toBe(21);
  });

  it('a link, and a file with another name elsewhere', async () => {
    const real = join(dir, 'real.jsonl');
    writeFileSync(real, bad);
    rest(real);
    symlinkSync(real, join(dir, 'app.000001.jsonl'));
    linkSync(segment(bad, 'app.000002.jsonl'), join(dir, 'backup'));
    expect(await repairFolder(dir)).toMatchObject([
      { action: 'left', why: expect.stringContaining(real) },
      { action: 'left', why: expect.stringMatching(/2 names/) },
    ]);
    expect(readFileSync(real, 'utf8')).toBe(bad);
  });

  it('a file that changed while it was mended', async () => {
    const path = segment(bad);
    const [repair] = await repairFolder(dir, (name) => {
      if (name === 'fsync mended') appendFileSync(path, `${op('late')}\n`);
    });
    expect(repair).toMatchObject({ action: 'left', done: false, why: expect.stringMatching(/changed/) });
    expect(readFileSync(path, 'utf8')).toBe(`${bad}${op('late')}\n`);
    expect(leftovers(deskOf(dir))).toEqual([]);
    expect(quarantined(dir)).toEqual([]);
  });

  it.each(['create mended', 'create ranges', 'fsync mended', 'link original', 'rename'])(
    'everything, when the disk is full at "%s"',
    async (at) => {
      const path = segment(bad);
      const full = (name: string) => {
        if (name === at) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      };
      await expect(repairFolder(dir, full)).rejects.toMatchObject({
        code: 'io',
        message: expect.stringMatching(/no space/),
      });
      expect(readFileSync(path, 'utf8')).toBe(bad);
      expect(statSync(path).nlink).toBe(1);
      expect(leftovers(deskOf(dir))).toEqual([]);
      expect((await repairFolder(dir))[0]).toMatchObject({ done: true });
      expect(quarantined(dir)).toEqual(['bad']);
    },
  );
});

describe('a rotation that was never ended', () => {
  it('is ended: the segment stays, and its records are there once', async () => {
    const path = segment(`${op('a')}\nbad\n`, 'app.jsonl');
    linkSync(path, join(dir, 'app.000001.jsonl'));
    await repairFolder(dir);
    expect(filesOf(dir)).toEqual([join(dir, 'app.000001.jsonl')]);
    expect(seenByReaders(dir)).toEqual({ records: [op('a')], damaged: 0 });
  });
});

describe('two segments that are one file', () => {
  it('become one, and its records are there once', async () => {
    linkSync(segment(`${op('a')}\nbad\n`), join(dir, 'app.000002.jsonl'));
    await repairFolder(dir);
    expect(filesOf(dir)).toEqual([join(dir, 'app.000001.jsonl')]);
    expect(seenByReaders(dir)).toEqual({ records: [op('a')], damaged: 0 });
  });
});

describe('a log with a chain', () => {
  async function chained(): Promise<string> {
    const path = join(dir, 'app.jsonl');
    for (const id of ['a', 'b']) {
      const log = openLog({ path, chain: true, maxBytes: 120, onWarn: () => {} });
      for (let n = 0; n < 6; n += 1) log.append({ endpoint: `${id}${n}`, success: true });
      await log.close();
      appendFileSync(path, '{"endpoint":"torn');
    }
    for (const file of filesOf(dir)) rest(file);
    return path;
  }

  it('is covered anew, and holds afterwards', async () => {
    const path = await chained();
    const before = seenByReaders(dir);
    expect(before.damaged).toBeGreaterThan(1);
    await repairFolder(dir);
    expect(seenByReaders(dir)).toEqual({ records: before.records, damaged: 0 });
    expect(verifyChain(path)).toMatchObject({ ok: true, uncovered: [] });
  });

  it('is left when it is not what the chain says: mending would hide what was done to it', async () => {
    const path = await chained();
    const file = filesOf(dir).find((name) => readFileSync(name, 'utf8').includes('torn\n'))!;
    writeFileSync(file, readFileSync(file, 'utf8').replace('"success":true', '"success":null'));
    rest(file);
    const repairs = await repairFolder(dir);
    expect(repairs.find((repair) => repair.file === file)).toMatchObject({
      action: 'left',
      why: expect.stringMatching(/chain/),
    });
    expect(verifyChain(path).problems).toMatchObject([{ kind: 'changed' }]);
  });
});
