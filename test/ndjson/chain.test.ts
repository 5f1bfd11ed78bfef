// The chain names what was done to a log. Each test does one kind of harm to files that real logs have written.
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHead } from '../../src/ndjson/chain-entry.ts';
import { verifyChain } from '../../src/ndjson/verify-chain.ts';
import { type LogOptions, openLog } from '../../src/ndjson/writer.ts';

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lakeobs-chain-'));
  path = join(dir, 'app.jsonl');
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

const segment = (number: number): string => join(dir, `app.00000${number}.jsonl`);

/** Appends and flushes in groups, so that every group is a range of its own. */
async function write(groups: number, perGroup = 10, options: Partial<LogOptions> = {}): Promise<void> {
  const log = openLog({ path, chain: true, sync: 'never', ...options });
  for (let group = 0; group < groups; group += 1) {
    for (let n = 0; n < perGroup; n += 1) log.append({ group, n, pad: 'x'.repeat(20) });
    await log.flush();
  }
  await log.close();
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

describe('a chain', () => {
  it('adds nothing to the records and covers every byte once the log is closed', async () => {
    await write(3);
    expect(linesOf(path)[0]).toBe('{"group":0,"n":0,"pad":"xxxxxxxxxxxxxxxxxxxx"}');
    const report = verifyChain(path);
    expect(report).toMatchObject({ ok: true, entries: 3, files: 1, problems: [], uncovered: [] });
    expect(report.verifiedBytes).toBe(statSync(path).size);
    expect(existsSync(join(dir, 'app.lock'))).toBe(false);
  });

  it('follows the log through rotations and restarts, in both modes', async () => {
    await write(5, 20, { maxBytes: 1_500 });
    await write(5, 20, { maxBytes: 1_500, mode: 'buffered' });
    const report = verifyChain(path);
    expect(report.problems).toEqual([]);
    expect(report.uncovered).toEqual([]);
    expect(report.files).toBeGreaterThan(4);
  });

  it('covers large files in ranges of at most 256 KiB', async () => {
    const log = openLog({ path, chain: true, sync: 'never' });
    for (let n = 0; n < 1_000; n += 1) log.append({ n, pad: 'x'.repeat(1_000) });
    log.append({ pad: 'x'.repeat(900_000) });
    await log.close();
    const ranges = linesOf(join(dir, 'app.chain')).map(
      (line) => JSON.parse(line) as { start: number; end: number; records: number },
    );
    expect(ranges.slice(0, -1).every(({ start, end }) => end - start <= 256 * 1024)).toBe(true);
    expect(ranges.reduce((sum, { records }) => sum + records, 0)).toBe(1_001);
    expect(verifyChain(path).ok).toBe(true);
  });

  it('leaves bytes written by a program without chain to the next one with it, and says that they are not covered until then', async () => {
    await write(1);
    appendFileSync(path, '{"foreign":true}\n');
    const { size } = statSync(path);
    expect(verifyChain(path)).toMatchObject({ ok: true, uncovered: [{ file: path, start: size - 17, end: size }] });
    await write(1);
    expect(verifyChain(path)).toMatchObject({ ok: true, uncovered: [] });
  });

  it('does not cover a torn tail', async () => {
    await write(1);
    appendFileSync(path, '{"torn');
    const log = openLog({ path: join(dir, 'app.jsonl'), chain: true, sync: 'never', onWarn: () => {} });
    log.append({ n: 1 });
    await log.close();
    expect(verifyChain(path)).toMatchObject({ ok: true, uncovered: [] });
  });

  it('still holds after the whole lake was copied elsewhere, and goes on there', async () => {
    await write(3, 20, { maxBytes: 1_500 });
    const copy = mkdtempSync(join(tmpdir(), 'lakeobs-chain-copy-'));
    try {
      cpSync(dir, copy, { recursive: true });
      const original = path;
      path = join(copy, 'app.jsonl');
      expect(verifyChain(path).ok).toBe(true);
      await write(3, 20, { maxBytes: 1_500 });
      expect(verifyChain(path)).toMatchObject({ ok: true, uncovered: [] });
      path = original;
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it('finds a segment that was rotated by a program that does not know the chain', async () => {
    await write(2);
    renameSync(path, segment(1));
    expect(verifyChain(path)).toMatchObject({ ok: true });
    await write(2);
    expect(verifyChain(path)).toMatchObject({ ok: true, files: 2, uncovered: [] });
  });

  it('knows what retention deleted', async () => {
    await write(1, 60, { maxBytes: 1_000 });
    utimesSync(segment(1), 1, 1);
    await write(1, 1, { maxBytes: 1_000, keep: { ageMs: 3_600_000 } });
    expect(existsSync(segment(1))).toBe(false);
    expect(verifyChain(path)).toMatchObject({ ok: true });
  });

  it('is absent unless asked for', async () => {
    const log = openLog({ path, sync: 'never' });
    log.append({ n: 1 });
    await log.close();
    expect(() => verifyChain(path)).toThrow(/has no chain/);
  });
});

describe('harm to the log', () => {
  it('a changed record is named by the range it lies in', async () => {
    await write(5);
    const size = statSync(path).size;
    edit(path, (text) => text.replace('"group":2,"n":5', '"group":2,"n":6'));
    const report = verifyChain(path);
    expect(report).toMatchObject({
      ok: false,
      problems: [{ kind: 'changed', file: path, start: (size / 5) * 2, end: (size / 5) * 3 }],
    });
    expect(report.verifiedBytes).toBe((size / 5) * 4);
  });

  it('a changed last range', async () => {
    await write(3);
    const size = statSync(path).size;
    edit(path, (text) => text.replace('"group":2,"n":9', '"group":2,"n":8'));
    expect(verifyChain(path).problems).toMatchObject([{ kind: 'changed', start: (size / 3) * 2, end: size }]);
  });

  it('a removed record', async () => {
    await write(5);
    const part = statSync(path).size / 5;
    edit(path, (text) => text.split('\n').toSpliced(25, 1).join('\n'));
    expect(verifyChain(path).problems).toMatchObject([{ kind: 'removed', start: part * 2, end: part * 3 }]);
  });

  it('a removed range', async () => {
    await write(5);
    const part = statSync(path).size / 5;
    edit(path, (text) => text.split('\n').toSpliced(20, 10).join('\n'));
    expect(verifyChain(path).problems).toMatchObject([{ kind: 'removed', start: part * 2, end: part * 3 }]);
  });

  it('an inserted record, between two ranges and inside one', async () => {
    await write(5);
    const part = statSync(path).size / 5;
    const clean = readFileSync(path, 'utf8');
    edit(path, (text) => text.split('\n').toSpliced(20, 0, '{"forged":1}').join('\n'));
    expect(verifyChain(path).problems).toMatchObject([{ kind: 'inserted', start: part * 2, end: part * 2 + 13 }]);
    writeFileSync(path, clean);
    edit(path, (text) => text.split('\n').toSpliced(25, 0, '{"forged":1}').join('\n'));
    expect(verifyChain(path).problems).toMatchObject([{ kind: 'inserted', start: part * 2, end: part * 3 + 13 }]);
  });

  it('several harms at once are each named', async () => {
    await write(8);
    edit(path, (text) =>
      text
        .replace('"group":1,"n":5', '"group":1,"n":6')
        .split('\n')
        .toSpliced(45, 1)
        .toSpliced(60, 0, '{"forged":1}')
        .join('\n'),
    );
    expect(verifyChain(path).problems.map(({ kind }) => kind)).toEqual(['changed', 'removed', 'inserted']);
  });

  it('a cut-off end, at a range and inside one', async () => {
    await write(4);
    const size = statSync(path).size;
    truncateSync(path, (size / 4) * 3);
    expect(verifyChain(path).problems).toMatchObject([
      { kind: 'cut-off', file: path, start: (size / 4) * 3, end: size },
    ]);
    truncateSync(path, (size / 4) * 2 + 5);
    expect(verifyChain(path).problems).toMatchObject([{ kind: 'cut-off', start: (size / 4) * 2, end: size }]);
  });

  it('a removed segment, by name, with the bytes that are gone', async () => {
    await write(1, 60, { maxBytes: 1_000 });
    const { size } = statSync(segment(2));
    unlinkSync(segment(2));
    expect(verifyChain(path).problems).toEqual([
      {
        kind: 'removed',
        file: segment(2),
        start: 0,
        end: size,
        message: 'the whole file is gone, and not by retention',
      },
    ]);
  });

  it('two segments that changed places', async () => {
    await write(1, 60, { maxBytes: 1_000 });
    renameSync(segment(1), join(dir, 'swap'));
    renameSync(segment(2), segment(1));
    renameSync(join(dir, 'swap'), segment(2));
    expect(verifyChain(path).problems.map(({ file }) => file)).toEqual([segment(1), segment(2)]);
  });
});

describe('harm to the chain', () => {
  it('a changed entry', async () => {
    await write(4);
    edit(join(dir, 'app.chain'), (text) => text.replace('"records":10', '"records":11'));
    const [problem] = verifyChain(path).problems;
    expect(problem).toMatchObject({ kind: 'chain', file: join(dir, 'app.chain'), start: 0 });
    expect(problem!.message).toContain('line 1');
  });

  it('a removed entry', async () => {
    await write(4);
    edit(join(dir, 'app.chain'), (text) => text.split('\n').toSpliced(1, 1).join('\n'));
    expect(verifyChain(path).problems.some(({ message }) => message.includes('is entry 3; expected entry 2'))).toBe(
      true,
    );
  });

  it('log and chain cut off together show against the head', async () => {
    await write(2);
    const { size } = statSync(path);
    const chain = readFileSync(join(dir, 'app.chain'), 'utf8');
    await write(2);
    truncateSync(path, size);
    writeFileSync(join(dir, 'app.chain'), chain);
    const report = verifyChain(path);
    expect(report.problems).toMatchObject([{ kind: 'cut-off', file: join(dir, 'app.chain') }]);
    expect(report.problems[0]!.message).toContain('ends at entry 2, the head knows 4');
  });

  it('log, chain and head cut off together show against a copy of the head', async () => {
    await write(2);
    for (const name of ['app.jsonl', 'app.chain', 'app.head']) copyFileSync(join(dir, name), join(dir, `${name}.old`));
    await write(2);
    const copy = readHead(readFileSync(join(dir, 'app.head'), 'utf8'))!;
    for (const name of ['app.jsonl', 'app.chain', 'app.head']) copyFileSync(join(dir, `${name}.old`), join(dir, name));
    expect(verifyChain(path).ok).toBe(true);
    expect(verifyChain(path, { head: copy }).problems).toMatchObject([{ kind: 'cut-off' }]);
  });

  it('a chain written anew over a changed log does not fit a copy of the head', async () => {
    await write(2);
    const copy = readHead(readFileSync(join(dir, 'app.head'), 'utf8'))!;
    edit(path, (text) => text.replace('"group":0,"n":5', '"group":0,"n":6'));
    unlinkSync(join(dir, 'app.chain'));
    unlinkSync(join(dir, 'app.head'));
    await write(3);
    expect(verifyChain(path).ok).toBe(true);
    expect(verifyChain(path, { head: copy }).problems[0]!.message).toContain('rewritten');
  });

  it('a head that is gone', async () => {
    await write(1);
    unlinkSync(join(dir, 'app.head'));
    expect(verifyChain(path).problems).toMatchObject([{ kind: 'chain', message: 'the head file is gone' }]);
  });

  it('a chain that is gone', async () => {
    await write(1);
    unlinkSync(join(dir, 'app.chain'));
    expect(verifyChain(path)).toMatchObject({ ok: false, entries: 0 });
  });

  it('a changed last entry', async () => {
    await write(2);
    edit(join(dir, 'app.chain'), (text) => text.replace('"n":2', '"n":3'));
    expect(verifyChain(path).problems.map(({ kind }) => kind)).toEqual(['chain', 'cut-off']);
  });

  it('an entry torn by a crash is no harm: the next one follows on', async () => {
    await write(1);
    appendFileSync(join(dir, 'app.chain'), '{"v":1,"n":2,"at":"20');
    expect(verifyChain(path).ok).toBe(true);
    await write(1);
    const report = verifyChain(path);
    expect(report).toMatchObject({ ok: true, entries: 2 });
    expect(report.verifiedBytes).toBe(statSync(path).size);
  });

  it('belongs to one log: a second one with the same stem is refused, not mixed in', async () => {
    await write(1);
    const other = openLog({ path: join(dir, 'app.log'), chain: true, sync: 'never', onWarn: () => {} });
    other.append({ n: 1 });
    await expect(other.close()).rejects.toThrow(/another log/);
    expect(verifyChain(path).ok).toBe(true);
  });
});
