// Real processes, killed with SIGKILL at every operation on the disk and at random moments: the next ingest leaves the lake as if nothing had happened.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LakeobsError } from '../../src/errors.ts';
import { type IngestOptions, ingest } from '../../src/ingest/ingest.ts';
import {
  bytesOf,
  ledgerOf,
  leftovers,
  linesOf,
  opLine,
  quarantineOf,
  restingFile,
  sessionLine,
  tempFolder,
} from './lakes.ts';

const bundle = mkdtempSync(join(tmpdir(), 'lakeobs-crash-'));
const child = join(bundle, 'child.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./crash-child.ts', import.meta.url))],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['@duckdb/node-api'],
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    logLevel: 'error',
  });
});
// Where the bundle finds DuckDB's native library.
beforeAll(() =>
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(bundle, 'node_modules')),
);
afterAll(() => rmSync(bundle, { recursive: true, force: true }));

/** Starts an ingest that kills itself at operation `killAt`, or is killed after `afterMs`. Resolves with the signal it died of, null when it lived. */
function ingestInChild(
  options: IngestOptions,
  kill: { at?: number; afterMs?: number },
): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const argument = JSON.stringify({ options, killAt: kill.at ?? 0 });
    const process_ = spawn(process.execPath, [child, argument], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    process_.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const timer = kill.afterMs === undefined ? undefined : setTimeout(() => process_.kill('SIGKILL'), kill.afterMs);
    process_.on('error', reject).on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === null && code !== 0) reject(new Error(stderr));
      else resolve(signal);
    });
  });
}

/** Sources with every kind of line; small bounds, so that one ingest has several transactions and segments. */
function evidence(folder: string): IngestOptions {
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const kinds = [opLine, sessionLine, () => opLine('same'), (id: string) => `bad ${id}`];
  const lines = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => kinds[n % kinds.length]!(`${prefix}${n}`));
  restingFile(join(logs, 'a.jsonl'), `${lines('a', 10).join('\n')}\n`);
  restingFile(join(logs, 'b.jsonl'), `${lines('b', 6).join('\n')}\n${opLine('no newline')}`);
  restingFile(join(logs, 'c.log'), `${opLine('c')}\nbroken {\n${opLine('torn').slice(0, 30)}`);
  return { lake: join(folder, 'lake'), paths: [logs], segmentBytesMax: 900, transactionBytesMax: 1500 };
}

function contents(lake: string): { lines: Record<string, string[]>; rejected: string[] } {
  const sorted = Object.entries(linesOf(lake)).map(([family, lines]) => [family, lines] as const);
  return {
    lines: Object.fromEntries(sorted),
    rejected: quarantineOf(lake)
      .map((one) => `${one.file.split('/').at(-1)}:${one.line}:${one.byte_offset}:${bytesOf(one)}`)
      .sort(),
  };
}

async function inTurns<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}

describe('an ingest that is killed', () => {
  it('at any operation on the disk is finished by the next one: no line lost, none doubled', {
    timeout: 120_000,
  }, async () => {
    const master = tempFolder();
    const steps: string[] = [];
    await ingest({ ...evidence(master), step: (name) => steps.push(name) });
    const whole = contents(join(master, 'lake'));
    expect(Object.values(whole.lines).flat().length).toBeGreaterThan(12);
    expect(whole.rejected.length).toBeGreaterThan(3);
    expect(ledgerOf(join(master, 'lake')).length).toBeGreaterThan(1);
    for (const name of ['append ledger', 'link', 'unlink', 'fsync staged', 'fsync folder', 'fsync ledger'])
      expect(steps).toContain(name);

    await inTurns(
      steps.map((name, index) => ({ name, at: index + 1 })),
      2,
      async ({ name, at }) => {
        const folder = tempFolder();
        const options = evidence(folder);
        expect([name, await ingestInChild(options, { at })]).toEqual([name, 'SIGKILL']);
        // Something is appended between the crash and the next run, as it would be.
        appendFileSync(join(folder, 'logs', 'a.jsonl'), `${opLine('later')}\n`);
        await ingest(options);
        const after = contents(options.lake);
        const later = after.lines.observer!.indexOf(opLine('later'));
        expect([name, later]).not.toEqual([name, -1]);
        after.lines.observer!.splice(later, 1);
        for (const family of Object.keys(whole.lines))
          expect([name, at, family, [...after.lines[family]!].sort()]).toEqual([
            name,
            at,
            family,
            [...whole.lines[family]!].sort(),
          ]);
        expect([name, at, after.rejected]).toEqual([name, at, whole.rejected]);
        expect([name, at, leftovers(options.lake)]).toEqual([name, at, []]);
        expect((await ingest(options)).lines).toBe(0);
      },
    );
  });

  it('in a power cut that tears the row of the ledger: committed if the row is whole, else never begun', {
    timeout: 60_000,
  }, async () => {
    const steps: string[] = [];
    const master = tempFolder();
    await ingest({ ...evidence(master), step: (name) => steps.push(name) });
    const whole = contents(join(master, 'lake'));
    const at = steps.indexOf('fsync ledger') + 1;
    await inTurns([0, 1, 2, 40, 300, 1e9], 2, async (missing) => {
      const options = evidence(tempFolder());
      await ingestInChild(options, { at });
      const ledger = join(options.lake, 'ingest.ledger');
      truncateSync(ledger, Math.max(missing === 1e9 ? 1 : 0, statSync(ledger).size - missing));
      const { finished } = await ingest(options);
      expect([missing, finished.length > 0]).toEqual([missing, missing <= 1]);
      expect([missing, contents(options.lake).rejected]).toEqual([missing, whole.rejected]);
      for (const [family, lines] of Object.entries(whole.lines))
        expect([missing, linesOf(options.lake)[family]]).toEqual([missing, lines]);
      expect((await ingest(options)).lines).toBe(0);
    });
  });

  it('again and again, also while it finishes what the last one left, still gets everything in once', {
    timeout: 60_000,
  }, async () => {
    const folder = tempFolder();
    const options = evidence(folder);
    const reference = tempFolder();
    cpSync(join(folder, 'logs'), join(reference, 'logs'), { recursive: true, preserveTimestamps: true });
    await ingest({ ...options, lake: join(reference, 'lake'), paths: [join(reference, 'logs')] });
    let killed = 0;
    for (let at = 9; at < 60; at += 3) {
      const signal = await ingestInChild(options, { at });
      if (signal === null) break;
      killed += 1;
    }
    expect(killed).toBeGreaterThan(4);
    await ingest(options);
    expect(contents(options.lake).rejected).toEqual(contents(join(reference, 'lake')).rejected);
    for (const [family, lines] of Object.entries(linesOf(join(reference, 'lake'))))
      expect(linesOf(options.lake)[family]!.sort()).toEqual(lines.sort());
    expect(leftovers(options.lake)).toEqual([]);
  });

  it('at random moments of a long run gets everything in once, in order', { timeout: 60_000 }, async () => {
    const folder = tempFolder();
    const lines = Array.from({ length: 20_000 }, (_, n) => opLine(`${n}`, { input_summary: 'x'.repeat(n % 700) }));
    const path = restingFile(join(folder, 'a.jsonl'), `${lines.join('\n')}\n`);
    const options: IngestOptions = {
      lake: join(folder, 'lake'),
      paths: [path],
      segmentBytesMax: 400_000,
      transactionBytesMax: 900_000,
    };
    // A run that ends before it is killed was whole; then it begins anew and is killed earlier, so that a fast machine kills as many as a slow one.
    let spanMs = 250;
    for (let killed = 0; killed < 12; ) {
      if ((await ingestInChild(options, { afterMs: spanMs * (0.3 + 0.7 * Math.random()) })) === 'SIGKILL') {
        killed += 1;
        continue;
      }
      expect(linesOf(options.lake).observer).toEqual(lines);
      rmSync(options.lake, { recursive: true });
      spanMs *= 0.8;
    }
    await ingest(options);
    expect(linesOf(options.lake).observer).toEqual(lines);
    expect(leftovers(options.lake)).toEqual([]);
  });
});

describe('an ingest with a mapping that is killed', () => {
  it('at any operation that counts is finished by the next one', { timeout: 60_000 }, async () => {
    const make = (): IngestOptions => {
      const folder = tempFolder();
      const events = Array.from({ length: 40 }, (_, n) => JSON.stringify({ what: `e${n % 7}`, at: n }));
      const path = restingFile(join(folder, 'a.jsonl'), `${events.join('\n')}\nbad\n`);
      const map = restingFile(
        join(folder, 'map.sql'),
        "SELECT json ->> 'what' AS endpoint, 't' AS timestamp, 's' AS source, true AS success, json -> 'at' AS n FROM input ORDER BY line",
      );
      return { lake: join(folder, 'lake'), paths: [path], family: 'observer', map, segmentBytesMax: 1500 };
    };
    const steps: string[] = [];
    const master = make();
    await ingest({ ...master, step: (name) => steps.push(name) });
    const whole = contents(master.lake);
    expect(whole.lines.observer).toHaveLength(40);
    const kills = steps
      .map((name, index) => ({ name, at: index + 1 }))
      .filter(({ name }, n) => n > 3 && (name === 'stage' || name === 'append ledger' || name.includes('link')));
    expect(kills.length).toBeGreaterThan(8);
    await inTurns(kills, 2, async ({ name, at }) => {
      const options = make();
      expect([name, await ingestInChild(options, { at })]).toEqual([name, 'SIGKILL']);
      await ingest(options);
      expect([name, at, contents(options.lake)]).toEqual([name, at, whole]);
      expect((await ingest(options)).lines).toBe(0);
      expect(leftovers(options.lake)).toEqual([]);
    });
  });
});

describe('a disk that fails', () => {
  it('at any operation is an error that says so, and the next ingest goes on', { timeout: 60_000 }, async () => {
    const master = tempFolder();
    let steps = 0;
    await ingest({ ...evidence(master), step: () => (steps += 1) });
    const whole = contents(join(master, 'lake'));
    for (let at = 1; at <= steps; at++) {
      const folder = tempFolder();
      const options = evidence(folder);
      let count = 0;
      let failedAt = '';
      const failing = (name: string) => {
        count += 1;
        if (count !== at) return;
        failedAt = name;
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      };
      const error = await ingest({ ...options, step: failing }).then(
        () => null,
        (thrown: LakeobsError) => thrown,
      );
      expect([failedAt, error?.code, error?.hint]).toEqual([failedAt, 'io', expect.stringContaining('run')]);
      await ingest(options);
      expect([failedAt, at, contents(options.lake).rejected]).toEqual([failedAt, at, whole.rejected]);
      for (const [family, lines] of Object.entries(whole.lines))
        expect([failedAt, at, linesOf(options.lake)[family]!.sort()]).toEqual([failedAt, at, [...lines].sort()]);
      expect(leftovers(options.lake)).toEqual([]);
    }
  });

  it('a row of the ledger that was cut off counts for nothing, and is told from damage', async () => {
    const folder = tempFolder();
    const options = evidence(folder);
    await ingest(options);
    const before = contents(options.lake);
    appendFileSync(join(options.lake, 'ingest.ledger'), '{"ledger":"lakeobs.ingest.v1","txn":"0');
    expect((await ingest(options)).lines).toBe(0);
    expect((await ingest(options)).lines).toBe(0);
    expect(contents(options.lake)).toEqual(before);
    writeFileSync(join(options.lake, 'ingest.ledger'), 'garbage\n{"ledger":"lakeobs.ingest.v1"}\n');
    await expect(ingest(options)).rejects.toMatchObject({
      code: 'input',
      line: 1,
      hint: expect.stringContaining('backup'),
    });
    expect(contents(options.lake)).toEqual(before);
  });
});
