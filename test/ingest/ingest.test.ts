import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  linkSync,
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
import { describe, expect, it, vi } from 'vitest';
import type { LakeobsError } from '../../src/errors.ts';
import { type IngestOptions, ingest } from '../../src/ingest/ingest.ts';
import {
  allLines,
  bytesOf,
  ledgerOf,
  leftovers,
  linesOf,
  logLine,
  opLine,
  quarantineOf,
  restingFile,
  segmentNames,
  sessionLine,
  tempFolder,
} from './lakes.ts';

function setup() {
  const folder = tempFolder();
  const lake = join(folder, 'lake');
  const notes: string[] = [];
  const run = (paths: readonly string[], options: Partial<IngestOptions> = {}) =>
    ingest({ lake, paths, cwd: folder, onNote: (kind, text) => notes.push(`${kind}: ${text}`), ...options });
  return {
    folder,
    lake,
    notes,
    run,
    file: (name: string, content: string | Uint8Array) => restingFile(join(folder, name), content),
  };
}

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');

async function* streamOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk as string);
}

describe('what ingest writes', () => {
  it('a file of one family becomes a segment that is byte for byte that file', async () => {
    const { lake, run, file } = setup();
    const content = text(
      sessionLine('a'),
      `{ "schema" : "session.iterate.v1", "session_id":"b", "caf\u00e9": 1.50, "n": 12345678901234567890 }  `,
      sessionLine('a'),
    );
    const summary = await run([file('s.jsonl', content)]);
    expect(readFileSync(join(lake, 'session.000001.jsonl'), 'utf8')).toBe(content);
    expect(summary).toMatchObject({
      files: 1,
      lines: 3,
      written: { session: 3 },
      bytes: Buffer.byteLength(content),
      quarantined: 0,
      segments: [join(lake, 'session.000001.jsonl')],
    });
    expect(leftovers(lake)).toEqual([]);
  });

  it('every line goes to the log of the family it names, whatever its file is called, in the order of the file', async () => {
    const { lake, run, file } = setup();
    const lines = [sessionLine('1'), opLine('2'), logLine('3'), sessionLine('4'), opLine('5')];
    await run([file('journal.jsonl', text(...lines))]);
    expect(linesOf(lake)).toEqual({
      session: [lines[0], lines[3]],
      observer: [lines[1], lines[4]],
      journal: [lines[2]],
    });
  });

  it('a version nobody knows yet is stored as it is and counted', async () => {
    const { lake, run, file } = setup();
    const line = '{"schema":"session.iterate.v7","whatever":1}';
    expect(await run([file('a.jsonl', text(line))])).toMatchObject({
      written: { session: 1 },
      unknown_version: 1,
      quarantined: 0,
    });
    expect(allLines(lake)).toEqual([line]);
  });

  it('enums are open and nothing is filled in or redacted', async () => {
    const { lake, run, file } = setup();
    const line = '{"endpoint":"x","success":"maybe","api_key":"sk-1234567890abcdef"}';
    await run([file('a.jsonl', text(line))]);
    expect(allLines(lake)).toEqual([line]);
  });

  it('identical lines inside one file are all real', async () => {
    const { lake, run, file } = setup();
    const line = opLine('same');
    expect(await run([file('a.jsonl', text(line, line, line))])).toMatchObject({ written: { observer: 3 } });
    expect(allLines(lake)).toEqual([line, line, line]);
  });

  it('a segment is full at its limit, a line over it stands alone, and order is kept', async () => {
    const { lake, run, file } = setup();
    const lines = Array.from({ length: 40 }, (_, n) =>
      opLine(String(n), n === 20 ? { input_summary: 'x'.repeat(900) } : {}),
    );
    const summary = await run([file('a.jsonl', text(...lines))], { segmentBytesMax: 500, transactionBytesMax: 1200 });
    expect(linesOf(lake).observer).toEqual(lines);
    for (const segment of summary.segments)
      expect(statSync(segment).size <= 500 || readFileSync(segment, 'utf8').split('\n').length === 2).toBe(true);
    expect(ledgerOf(lake).length).toBeGreaterThan(3);
    expect(ledgerOf(lake).map(({ sources }) => sources[0]?.from)).toEqual([
      0,
      ...ledgerOf(lake)
        .slice(0, -1)
        .map(({ sources }) => sources[0]?.bytes),
    ]);
  });

  it('new segments stand behind those that are there, and the active file is not touched', async () => {
    const { lake, run, file } = setup();
    mkdirSync(lake);
    writeFileSync(join(lake, 'session.jsonl'), text(sessionLine('active')));
    writeFileSync(join(lake, 'session.000041.jsonl.gz'), gzipSync(text(sessionLine('old'))));
    await run([file('s.jsonl', text(sessionLine('new')))]);
    expect(segmentNames(lake).sort()).toEqual(['session.000041.jsonl.gz', 'session.000042.jsonl']);
    expect(readFileSync(join(lake, 'session.jsonl'), 'utf8')).toBe(text(sessionLine('active')));
  });
});

describe('what ingest rejects', () => {
  it('every rejected byte is in the quarantine with its place and reason, text as text, the rest in base64', async () => {
    const { lake, run, notes, file } = setup();
    const good = opLine('good');
    const broken = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
    const content = Buffer.concat([
      Buffer.from(`${good}\nnot json \u00fc\n[1,2]\n{"a":1}\n`),
      broken,
      Buffer.from(`\n${good}\n`),
    ]);
    const path = file('mixed.log', content);
    const summary = await run([path]);
    expect(summary).toMatchObject({ lines: 6, written: { observer: 2 }, quarantined: 4, unrecognised: 1 });
    expect(summary.quarantine).toHaveLength(1);
    const records = quarantineOf(lake);
    expect(records.map(({ line, reason, encoding }) => [line, reason, encoding])).toEqual([
      [2, 'not-json', 'utf8'],
      [3, 'not-an-object', 'utf8'],
      [4, 'unrecognised', 'utf8'],
      [5, 'invalid-utf8', 'base64'],
    ]);
    for (const record of records) {
      expect(record.file).toBe(path);
      expect(content.subarray(record.byte_offset!, record.byte_offset! + record.byte_length!)).toEqual(bytesOf(record));
    }
    expect(notes).toContain(`rejected: ${path}:4: rejected: unrecognised (byte ${records[2]!.byte_offset})`);
  });

  it('rejected lines are not looked at again: the second run rejects nothing', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', text('nonsense', opLine('1')));
    expect((await run([path])).quarantined).toBe(1);
    expect(await run([path])).toMatchObject({ quarantined: 0, lines: 0, skipped_bytes: statSync(path).size });
    expect(quarantineOf(lake)).toHaveLength(1);
  });

  it('with --family only lines of that family are taken', async () => {
    const { lake, run, file } = setup();
    const summary = await run([file('a.jsonl', text(opLine('1'), sessionLine('2'), '{"x":1}'))], {
      family: 'observer',
    });
    expect(summary).toMatchObject({ written: { observer: 1 }, quarantined: 2, unrecognised: 1 });
    expect(quarantineOf(lake).map(({ reason }) => reason)).toEqual(['family session, not observer', 'unrecognised']);
  });

  it('whole records glued to each other or to a torn one are kept, only the lost part is rejected', async () => {
    const { lake, run, file } = setup();
    const [a, b, c] = [sessionLine('a'), opLine('b'), sessionLine('c')];
    const torn = '{"schema":"session.iterate.v1","sess';
    const summary = await run([file('a.jsonl', text(a + b, torn + c))]);
    expect(linesOf(lake)).toEqual({ session: [a, c], observer: [b] });
    expect(quarantineOf(lake)).toMatchObject([
      { line: 2, byte_offset: a.length + b.length + 1, raw: torn, reason: 'torn' },
    ]);
    expect(summary).toMatchObject({ lines: 2, recovered: 3, quarantined: 1 });
  });

  it('a line over the limit is kept whole in several records, wherever its bytes are cut', async () => {
    const { lake, run, file } = setup();
    const long = `{"endpoint":"${'\u00e4\u20ac\u{1f600}'.repeat(150_000)}"}`;
    const content = text(opLine('1'), long, opLine('2'));
    const summary = await run([file('a.jsonl', content)], { lineBytesMax: 100_000 });
    expect(summary).toMatchObject({ lines: 3, written: { observer: 2 }, quarantined: 1 });
    const records = quarantineOf(lake);
    expect(records.length).toBeGreaterThan(2);
    expect(Buffer.concat(records.map(bytesOf)).toString()).toBe(long);
    expect(records.map(({ piece, more, encoding, line }) => [piece, more, encoding, line])).toEqual(
      records.map((_, n) => [n + 1, n < records.length - 1, 'utf8', 2]),
    );
    expect(
      records.every(
        ({ byte_offset }, n) => n === 0 || byte_offset === records[n - 1]!.byte_offset! + records[n - 1]!.byte_length!,
      ),
    ).toBe(true);
  });

  it('an over-long line without an end is left, not kept twice', async () => {
    const { lake, run, file, folder } = setup();
    const path = file('a.jsonl', text(opLine('1')) + 'x'.repeat(3_000_000));
    expect(await run([path], { lineBytesMax: 1000 })).toMatchObject({
      written: { observer: 1 },
      quarantined: 0,
      pending_bytes: 3_000_000,
    });
    expect(leftovers(lake)).toEqual([]);
    appendFileSync(path, `yz\n${opLine('2')}\n`);
    expect(await run([path], { lineBytesMax: 1000 })).toMatchObject({
      written: { observer: 1 },
      quarantined: 1,
      pending_bytes: 0,
    });
    expect(Buffer.concat(quarantineOf(lake).map(bytesOf)).toString()).toBe(`${'x'.repeat(3_000_000)}yz`);
    expect(quarantineOf(lake)[0]).toMatchObject({ line: 2, byte_offset: opLine('1').length + 1 });
    expect(folder).toBeTruthy();
  });
});

describe('an over-long line without an end', () => {
  it('leaves no trace beside what is rejected before it', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', `nonsense\n${'x'.repeat(3_000_000)}`);
    expect(await run([path], { lineBytesMax: 1000 })).toMatchObject({ quarantined: 1, pending_bytes: 3_000_000 });
    expect(quarantineOf(lake)).toMatchObject([{ raw: 'nonsense' }]);
    expect(await run([path], { lineBytesMax: 1000 })).toMatchObject({ quarantined: 0, pending_bytes: 3_000_000 });
    expect(quarantineOf(lake)).toHaveLength(1);
  });
});

describe('what ingest knows already', () => {
  it('a grown file adds its new lines, also under another name, copied, or compressed', async () => {
    const { lake, run, file, folder } = setup();
    const first = text(opLine('1'), opLine('2'));
    const path = file('a.jsonl', first);
    await run([path]);
    appendFileSync(path, text(opLine('3')));
    expect(await run([path])).toMatchObject({ lines: 1, skipped_bytes: first.length, bytes: opLine('3').length + 1 });
    renameSync(path, join(folder, 'b.log'));
    expect(await run([join(folder, 'b.log')])).toMatchObject({ lines: 0, bytes: 0 });
    copyFileSync(join(folder, 'b.log'), join(folder, 'c.ndjson'));
    appendFileSync(join(folder, 'c.ndjson'), text(opLine('4')));
    expect(await run([join(folder, 'b.log'), join(folder, 'c.ndjson')])).toMatchObject({ lines: 1 });
    const packed = file('d.jsonl.gz', gzipSync(readFileSync(join(folder, 'c.ndjson'), 'utf8') + text(opLine('5'))));
    expect(await run([packed])).toMatchObject({ lines: 1, written: { observer: 1 } });
    expect(linesOf(lake).observer).toEqual(['1', '2', '3', '4', '5'].map((id) => opLine(id)));
  });

  it('two copies of one file in the same run count once, the shorter copy first whatever its name', async () => {
    const { lake, run, file, folder } = setup();
    const lines = Array.from({ length: 300 }, (_, n) => opLine(String(n)));
    file('a.jsonl', text(...lines));
    file('b-older-copy.jsonl', text(...lines.slice(0, 120)));
    file('c.jsonl', text(...lines));
    expect(await run([folder])).toMatchObject({ files: 3, lines: 300 });
    expect(linesOf(lake).observer).toEqual(lines);
  });

  it('hard links and symbolic links to one file count once', async () => {
    const { lake, run, file, folder } = setup();
    const path = file('a.jsonl', text(opLine('1')));
    linkSync(path, join(folder, 'b.jsonl'));
    symlinkSync(path, join(folder, 'c.jsonl'));
    expect(await run([folder])).toMatchObject({ files: 1, lines: 1 });
    expect(allLines(lake)).toHaveLength(1);
  });

  it('a file that was rewritten is taken anew, from the last byte it has in common with what is known', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', text(opLine('1')));
    await run([path]);
    restingFile(path, text(opLine('1'), opLine('2')));
    await run([path]);
    restingFile(path, text(opLine('1'), opLine('other'), opLine('2')));
    expect(await run([path])).toMatchObject({ lines: 2, skipped_bytes: opLine('1').length + 1 });
    restingFile(path, text(opLine('different')));
    expect(await run([path])).toMatchObject({ lines: 1, skipped_bytes: 0 });
    expect(linesOf(lake).observer).toEqual(['1', '2', 'other', '2', 'different'].map((id) => opLine(id)));
  });

  it('line numbers and offsets in the quarantine go on where the last run stopped', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', `${opLine('1')}\r\n\n`);
    await run([path]);
    appendFileSync(path, `${opLine('2')}\nbad\n`);
    await run([path]);
    expect(quarantineOf(lake)).toMatchObject([
      { line: 4, byte_offset: opLine('1').length + 3 + opLine('2').length + 1, raw: 'bad' },
    ]);
  });

  it('standard input is never recognised: the same lines count each time', async () => {
    const { lake, run } = setup();
    const content = text(opLine('1'), opLine('2'));
    for (let n = 0; n < 2; n++)
      expect(await run(['-'], { stdin: streamOf(content.slice(0, 20), content.slice(20)) })).toMatchObject({
        lines: 2,
        skipped_bytes: 0,
      });
    expect(allLines(lake)).toHaveLength(4);
  });
});

describe('the last line', () => {
  it('a torn one is left, reported, and taken once it is whole', async () => {
    const { lake, run, notes, file } = setup();
    const line = opLine('2');
    const path = file('a.jsonl', text(opLine('1')) + line.slice(0, 20));
    expect(await run([path])).toMatchObject({ lines: 1, pending_bytes: 20, quarantined: 0 });
    expect(notes).toEqual([
      `info: ${path}: the last line is not complete (20 bytes without a newline): left for the next run`,
    ]);
    appendFileSync(path, `${line.slice(20)}\n`);
    expect(await run([path])).toMatchObject({ lines: 1, pending_bytes: 0 });
    expect(linesOf(lake).observer).toEqual([opLine('1'), line]);
  });

  it.each(['\n', '\r\n'])(
    'a whole one without a newline is taken when its file rests; %j that comes later does not count it again',
    async (newline) => {
      const { lake, run, file } = setup();
      const path = file('a.jsonl', text(opLine('1')) + opLine('2'));
      expect(await run([path])).toMatchObject({ lines: 2, pending_bytes: 0 });
      expect(await run([path])).toMatchObject({ lines: 0, bytes: 0 });
      restingFile(path, text(opLine('1')) + opLine('2') + newline + text(opLine('3')));
      expect(await run([path])).toMatchObject({ lines: 1 });
      expect(linesOf(lake).observer).toEqual(['1', '2', '3'].map((id) => opLine(id)));
    },
  );

  it('a record glued behind a last line that was taken is a record of its own', async () => {
    const { lake, run, file } = setup();
    const path = file('a.jsonl', opLine('1'));
    await run([path]);
    restingFile(path, `${opLine('1')}${opLine('2')}\nbad\n`);
    expect(await run([path])).toMatchObject({ written: { observer: 1 }, quarantined: 1 });
    expect(linesOf(lake).observer).toEqual([opLine('1'), opLine('2')]);
    expect(quarantineOf(lake)).toMatchObject([{ line: 2 }]);
  });

  it('a whole one in a file that is still written to is left until it rests', async () => {
    const { lake, run, folder } = setup();
    const path = join(folder, 'a.jsonl');
    writeFileSync(path, opLine('1'));
    // Touched less than a second ago, however slow this machine is.
    const soon = new Date(Date.now() + 60_000);
    utimesSync(path, soon, soon);
    // Its writer goes on while ingest, having read what was there, waits to see whether it does.
    let writing: Promise<void> | undefined;
    const onProgress = () => {
      writing ??= new Promise((done) => setTimeout(done, 100)).then(() => appendFileSync(path, text('', opLine('2'))));
    };
    expect(await run([path], { onProgress })).toMatchObject({ lines: 0, pending_bytes: opLine('1').length });
    await writing;
    expect(await run([path])).toMatchObject({ lines: 2 });
    expect(linesOf(lake).observer).toEqual([opLine('1'), opLine('2')]);
  });

  it('of a stream it is taken if whole, rejected if torn: there is no next time', async () => {
    const { lake, run } = setup();
    await run(['-'], { stdin: streamOf(opLine('1')) });
    expect(await run(['-'], { stdin: streamOf(text(opLine('2')), '{"endpoint":"x') })).toMatchObject({
      quarantined: 1,
      pending_bytes: 0,
    });
    expect(linesOf(lake).observer).toEqual([opLine('1'), opLine('2')]);
    expect(quarantineOf(lake)).toMatchObject([{ file: '-', line: 2, reason: 'torn', raw: '{"endpoint":"x' }]);
  });
});

describe('compressed files', () => {
  it('a cut .gz gives every line before the cut, fails, and a whole one later adds the rest', async () => {
    const { lake, run, file } = setup();
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed.toString(36);
    };
    const lines = Array.from({ length: 4000 }, () => opLine(random() + random() + random()));
    const packed = gzipSync(text(...lines));
    const path = file('a.jsonl.gz', packed.subarray(0, packed.length - 2000));
    const summary = await run([path]);
    expect(summary.failed).toMatchObject([{ file: path }]);
    expect(summary.lines).toBeGreaterThan(3500);
    expect(linesOf(lake).observer).toEqual(lines.slice(0, summary.lines));
    expect((await run([path])).lines).toBe(0);
    restingFile(path, packed);
    expect(await run([path])).toMatchObject({ failed: [], lines: 4000 - summary.lines });
    expect(linesOf(lake).observer).toEqual(lines);
  });

  it('packed standard input is told by its first bytes, however they come; cut, it gives what can be unpacked', async () => {
    const { lake, run } = setup();
    const packed = gzipSync(text(opLine('1'), opLine('2')));
    const bytes = Array.from(packed, (byte) => Buffer.of(byte));
    expect(await run(['-'], { stdin: streamOf(...bytes) })).toMatchObject({ lines: 2, failed: [] });
    expect(await run(['-'], { stdin: streamOf(packed.subarray(0, -1)) })).toMatchObject({
      lines: 2,
      failed: [{ file: '-', error: expect.stringMatching(/^cannot read standard input to its end: .*too early/) }],
    });
    expect(linesOf(lake).observer).toEqual(['1', '2', '1', '2'].map((id) => opLine(id)));
    // Fewer bytes than tell anything.
    for (const short of [[], ['x'], ['\x1f']]) await run(['-'], { stdin: streamOf(...short) });
    expect(quarantineOf(lake).map(({ raw }) => raw)).toEqual(['x', '\x1f']);
  });

  it('packed standard input that stops coming can be interrupted; its copy goes', async () => {
    const { lake, folder, run } = setup();
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    const stop = new AbortController();
    async function* never() {
      yield gzipSync(text(opLine('1'))).subarray(0, 20);
      await vi.waitFor(() => expect(readdirSync(temporary)).toHaveLength(1));
      stop.abort();
      await new Promise(() => {});
    }
    expect(await run(['-'], { stdin: never(), signal: stop.signal })).toMatchObject({ interrupted: true, failed: [] });
    vi.unstubAllEnvs();
    expect([allLines(lake), readdirSync(temporary)]).toEqual([[], []]);
  });

  it('several gzip members are one file', async () => {
    const { lake, run, file } = setup();
    await run([file('a.jsonl.gz', Buffer.concat([gzipSync(text(opLine('1'))), gzipSync(text(opLine('2')))]))]);
    expect(linesOf(lake).observer).toEqual([opLine('1'), opLine('2')]);
  });

  it.skipIf(spawnSync('zstd', ['--version']).status !== 0)(
    '.zst is read, cut or whole (needs the program zstd)',
    async () => {
      const { lake, run, file } = setup();
      const lines = Array.from({ length: 3000 }, (_, n) => opLine(`${n}-${(n * 7919) % 100_003}`));
      const packed = spawnSync('zstd', ['-c'], { input: text(...lines) }).stdout;
      const path = file('a.jsonl.zst', packed.subarray(0, packed.length - 100));
      expect((await run([path])).failed).toMatchObject([{ file: path, error: expect.stringContaining('to its end') }]);
      restingFile(path, packed);
      expect((await run([path])).failed).toEqual([]);
      expect((await run([path])).lines).toBe(0);
      expect(linesOf(lake).observer).toEqual(lines);
      expect(await run(['-'], { stdin: streamOf(packed) })).toMatchObject({ lines: 3000, failed: [] });
    },
  );

  it('what is not compressed at all fails that file and no other', async () => {
    const { lake, run, file } = setup();
    const wrong = file('a.jsonl.gz', text(opLine('1')));
    const right = file('b.jsonl', text(opLine('2')));
    expect((await run([wrong, right])).failed).toMatchObject([{ file: wrong }]);
    expect(allLines(lake)).toEqual([opLine('2')]);
  });
});

describe('what ingest refuses before anything is written', () => {
  const refused = async (run: () => Promise<unknown>): Promise<LakeobsError> =>
    run().then(
      () => expect.unreachable(),
      (error: LakeobsError) => error,
    );

  it('a PATH that does not exist, even beside one that does', async () => {
    const { run, file, folder } = setup();
    const error = await refused(() => run([file('a.jsonl', text(opLine('1'))), 'missing.jsonl']));
    expect([error.code, error.message]).toEqual(['input', expect.stringContaining('missing.jsonl')]);
    expect(error.hint).toBeTruthy();
    expect(() => statSync(join(folder, 'lake'))).toThrow('ENOENT');
  });

  it('a PATH in the lake, by its name, through a link, or as the lake', async () => {
    const { lake, run, file, folder } = setup();
    await run([file('a.jsonl', text(opLine('1')))]);
    symlinkSync(lake, join(folder, 'elsewhere'));
    for (const path of [
      lake,
      join(lake, 'observer.000001.jsonl'),
      join(folder, 'elsewhere'),
      'elsewhere/observer.000001.jsonl',
      'lake/*.jsonl',
    ]) {
      const error = await refused(() => run([path]));
      expect([path, error.code, error.message]).toEqual([path, 'input', expect.stringContaining('lies in the lake')]);
    }
    expect(allLines(lake)).toHaveLength(1);
  });

  it('a folder around the lake is walked without the lake', async () => {
    const { lake, run, file, folder, notes } = setup();
    file('a.jsonl', text(opLine('1')));
    await run([folder]);
    expect(await run([folder])).toMatchObject({ files: 1, lines: 0 });
    expect(notes).toContain(`info: ${lake}: left out, it is the lake itself`);
    expect(allLines(lake)).toHaveLength(1);
  });

  it('a mapping without a family, and a family nobody knows', async () => {
    const { run, file } = setup();
    const path = file('a.jsonl', text(opLine('1')));
    expect((await refused(() => run([path], { map: 'x.sql' }))).code).toBe('usage');
    expect((await refused(() => run([path], { family: 'sessions' as 'session' }))).code).toBe('usage');
  });
});

describe('stopping', () => {
  it('keeps what was read by then and loses nothing', async () => {
    const { lake, run, file } = setup();
    const lines = Array.from({ length: 30_000 }, (_, n) => opLine(String(n), { input_summary: 'y'.repeat(1000) }));
    const path = file('a.jsonl', text(...lines));
    const stop = new AbortController();
    const first = await run([path], {
      signal: stop.signal,
      onProgress: ({ doneBytes }) => doneBytes > 5_000_000 && stop.abort(),
    });
    expect(first.interrupted).toBe(true);
    expect(first.lines).toBeGreaterThan(1000);
    expect(first.lines).toBeLessThan(30_000);
    const second = await run([path]);
    expect(first.lines + second.lines).toBe(30_000);
    expect(linesOf(lake).observer).toEqual(lines);
  });

  it('does not wait for a stream that says nothing more', async () => {
    const { lake, run } = setup();
    const stop = new AbortController();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(text(opLine('1')));
      setTimeout(() => stop.abort(), 20);
      await new Promise(() => {});
    }
    expect(await run(['-'], { stdin: silent(), signal: stop.signal })).toMatchObject({ interrupted: true, lines: 1 });
    expect(linesOf(lake).observer).toEqual([opLine('1')]);
  });
});
