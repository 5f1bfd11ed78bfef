// The soak: processes append to one log and rotate it while it is checked and indexed. Every verdict must be that of the bytes it reports.
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openLake } from '../../../src/lake.ts';
import type { Verdict } from '../../../src/result.ts';
import { lakeobs } from '../../cli.ts';
import { bundleChild } from '../../ndjson/crash/crash-lab.ts';

export interface SoakOptions {
  writers: number;
  rotateBytes: number;
  /** How often the alarm is checked, and which of these runs is one of the command line. */
  runs: number;
  commandEvery: number;
  /** How often `lakeobs index` runs, by checks. */
  indexEvery: number;
  /** How often it is tidied, by checks. */
  pruneEvery: number;
}

export interface Soaked {
  records: number;
  segments: number;
  /** Checks that took at least a byte from the index. */
  indexed: number;
}

export async function soak(lake: string, options: SoakOptions): Promise<Soaked> {
  const scripts = mkdtempSync(join(tmpdir(), 'lakeobs-soak-'));
  const script = await bundleChild(scripts, '../../columnar/soak/writer-child.ts');
  const children = Array.from({ length: options.writers }, (_, at) =>
    fork(script, [join(lake, 'session.jsonl'), `w${at}`, String(options.rotateBytes)]),
  );
  const written = Promise.all(children.map(wordOf));
  // Whoever waits for it later is told; until then a failure must not end the process.
  written.catch(() => {});
  const reader = openLake({ lake, config: null, threads: 1 });
  const log = new LogOfInodes(lake);
  let last = { records: 0, findings: 0, bytes: 0 };
  let descriptors = Number.POSITIVE_INFINITY;
  let indexed = 0;
  try {
    while (!readdirSync(lake).includes('session.jsonl')) await new Promise((next) => setTimeout(next, 20));
    let indexing: Promise<unknown> = Promise.resolve();
    for (let turn = 1; turn <= options.runs; turn++) {
      if (turn % options.indexEvery === 0) {
        await indexing;
        indexing = command(lake, 'index', ...(turn % options.pruneEvery === 0 ? ['--prune'] : []));
      }
      const verdict =
        turn % options.commandEvery === 0 ? await checkByCommand(lake) : await reader.check({ names: ['alarm'] });
      last = log.expectConsistent(verdict, last);
      // None is left open by a run: as many at the end as after the first ten.
      if (turn === 10) descriptors = openDescriptors();
      if (verdict.sources.some((source) => source.indexed_bytes > 0)) indexed += 1;
    }
    await indexing;
  } finally {
    for (const child of children) if (child.connected) child.send('stop');
    rmSync(scripts, { recursive: true });
  }
  const records = (await written).reduce((sum, count) => sum + count, 0);
  const end = await reader.check({ names: ['alarm'] });
  log.expectConsistent(end, last);
  expect(end.scanned.records).toBe(records);
  await command(lake, 'index');
  const over = await reader.check({ names: ['alarm'] });
  expect([over.scanned, over.checks]).toEqual([end.scanned, end.checks]);
  expect(over.sources.every((source) => source.indexed_bytes === source.bytes)).toBe(true);
  expect(openDescriptors()).toBeLessThan(descriptors + 10);
  return { records, segments: end.scanned.files, indexed };
}

/** Where the records of each file end, by inode, each byte read once: a rotated file is the one it was. */
class LogOfInodes {
  readonly #lake: string;
  /** By inode: where its records end, how much of it was read, and where the line under way begins. */
  readonly #files = new Map<number, { ends: number[]; read: number; lineStart: number }>();

  constructor(lake: string) {
    this.#lake = lake;
  }

  expectConsistent(verdict: Verdict, before: { records: number; findings: number; bytes: number }) {
    const { scanned, sources } = verdict;
    const [check] = verdict.checks;
    expect(check, JSON.stringify(verdict)).toMatchObject({ name: 'alarm', complete: true });
    expect(scanned).toMatchObject({ quarantined: 0, unknown_schema: 0, unrecognised: 0 });
    expect(verdict.exit_code).toBe(check!.findings > 0 ? 1 : scanned.records > 0 ? 0 : 2);
    expect(scanned.bytes).toBe(sources.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(scanned.records).toBe(sources.reduce((sum, { records }) => sum + records, 0));
    const now = { records: scanned.records, findings: check!.findings, bytes: scanned.bytes };
    for (const key of ['records', 'findings', 'bytes'] as const)
      expect(now[key], key).toBeGreaterThanOrEqual(before[key]);
    expect(check!.population).toBe(scanned.records);
    // The records of the bytes it reports: segment by segment, wherever the file has got to by now. Files are compared by their bytes, because names move on.
    this.#look();
    const reported = sources.map(({ bytes, records }) => [bytes, records]);
    for (const [bytes, records] of reported)
      expect(
        [...this.#files.values()].some(({ ends }) => linesIn(ends, bytes!) === records),
        `${records} records in ${bytes} bytes`,
      ).toBe(true);
    return now;
  }

  /** Until no file has got another name meanwhile: a rotated one would be met under neither. */
  #look(): void {
    const names = () => readdirSync(this.#lake).filter((name) => /^session.*jsonl$/.test(name));
    let before: string[];
    do {
      before = names();
      for (const name of before) this.#lookAt(join(this.#lake, name));
    } while (before.join() !== names().join());
  }

  #lookAt(path: string): void {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch {
      return;
    }
    const { ino } = fstatSync(descriptor);
    const known = this.#files.get(ino) ?? { ends: [], read: 0, lineStart: 0 };
    const buffer = Buffer.alloc(1024 * 1024);
    for (let read = 1; read > 0; known.read += read) {
      read = readSync(descriptor, buffer, 0, buffer.length, known.read);
      for (let at = buffer.indexOf(10); at >= 0 && at < read; at = buffer.indexOf(10, at + 1)) {
        const end = known.read + at + 1;
        // A writer that takes another's slow write for a torn one seals it with a newline: a blank line.
        if (end > known.lineStart + 1) known.ends.push(end);
        known.lineStart = end;
      }
    }
    closeSync(descriptor);
    this.#files.set(ino, known);
  }
}

/** 0 where the system does not say. */
function openDescriptors(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
}

/** Lines that end in the first bytes of a file. */
function linesIn(ends: readonly number[], bytes: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! <= bytes) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function checkByCommand(lake: string): Promise<Verdict> {
  const { stdout, stderr, code } = await lakeobs(['check', 'alarm', '--format', 'json', '--lake', lake]);
  expect(stderr).not.toMatch(/cannot|not exact/);
  const verdict = JSON.parse(stdout) as Verdict;
  expect(code).toBe(verdict.exit_code);
  return verdict;
}

async function command(lake: string, ...args: string[]): Promise<void> {
  const ran = await lakeobs([...args, '--lake', lake]);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
}

function wordOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('message', (count) => resolve(Number(count)));
    child.on('error', reject);
    child.on('exit', (code) => code !== 0 && reject(new Error(`a writer ended with ${code}`)));
  });
}
