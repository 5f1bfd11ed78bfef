// Repair killed with SIGKILL before each of its steps: at that instant readers see every record once, and the next repair ends the work with nothing lost or doubled.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deskOf, leftovers } from '../../src/ndjson/repair-desk.ts';
import { verifyChain } from '../../src/ndjson/verify-chain.ts';
import { openLog } from '../../src/ndjson/writer.ts';
import { filesOf, originals, quarantined, repairFolder, rest, seenByReaders } from '../ndjson/repair-folder.ts';

const lab = mkdtempSync(join(tmpdir(), 'lakeobs-repair-crash-'));
const child = join(lab, 'child.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('../ndjson/repair-child.ts', import.meta.url))],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
  });
});
afterAll(() => rmSync(lab, { recursive: true, force: true }));

const op = (id: string) => JSON.stringify({ endpoint: id, success: true });

/** Damage in two segments and an active file, the latter two named alike by a rotation that was never ended. */
function plainLog(dir: string): void {
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  write('app.000001.jsonl', `${op('a')}\n{"endpoint":"b${op('c')}\n${op('d')}\n`);
  write('app.000002.jsonl', `${op('e')}${op('f')}\n`);
  linkSync(join(dir, 'app.000002.jsonl'), join(dir, 'app.jsonl'));
  for (const file of filesOf(dir)) rest(file);
}

async function chainedLog(dir: string): Promise<void> {
  const path = join(dir, 'app.jsonl');
  const log = openLog({ path, chain: true });
  for (let n = 0; n < 5; n += 1) log.append({ endpoint: `r${n}`, success: true });
  await log.close();
  appendFileSync(path, '{"endpoint":"torn');
  for (const file of filesOf(dir)) rest(file);
}

function killedAt(dir: string, killAt: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [child, JSON.stringify({ dir, killAt })], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    process_.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    process_.on('error', reject).on('close', (code, signal) => {
      if (signal === null && code !== 0) reject(new Error(stderr));
      else resolve(signal === 'SIGKILL');
    });
  });
}

describe.each([
  { name: 'a plain log', make: async (dir: string) => plainLog(dir), chain: false },
  { name: 'a chained log', make: chainedLog, chain: true },
])('kill -9 before any step of repairing $name', ({ make, chain }) => {
  it('loses nothing and doubles nothing, then or after the next repair', async () => {
    const start = mkdtempSync(join(lab, 'start-'));
    await make(start);
    const before = seenByReaders(start);
    const inputs = filesOf(start).map((path) => readFileSync(path, 'latin1'));

    let steps = 0;
    const clean = copyOf(start);
    await repairFolder(clean, () => {
      steps += 1;
    });
    const taken = quarantined(clean);
    expect(seenByReaders(clean)).toEqual({ records: before.records, damaged: 0 });
    expect(steps).toBeGreaterThan(20);

    const killOne = async (killAt: number) => {
      const dir = copyOf(start);
      expect(await killedAt(dir, killAt)).toBe(true);
      expect(seenByReaders(dir).records, `readers after a kill before step ${killAt}`).toEqual(before.records);
      // A lock that nobody had time to sign counts as left behind after a minute.
      const lock = join(dir, 'app.lock');
      if (existsSync(lock) && statSync(lock).size === 0) rest(lock);
      const repairs = await repairFolder(dir);
      expect(
        repairs.flatMap(({ why }) => why ?? []),
        `step ${killAt}`,
      ).toEqual([]);
      expect(seenByReaders(dir), `step ${killAt}`).toEqual({ records: before.records, damaged: 0 });
      expect(quarantined(dir), `step ${killAt}`).toEqual(taken);
      expect(leftovers(deskOf(dir))).toEqual([]);
      const kept = originals(dir).map((bytes) => bytes.toString('latin1'));
      const now = filesOf(dir).map((path) => readFileSync(path, 'latin1'));
      expect(inputs.filter((input) => !kept.includes(input) && !now.includes(input))).toEqual([]);
      if (chain) expect(verifyChain(join(dir, 'app.jsonl')).problems, `step ${killAt}`).toEqual([]);
      rmSync(dir, { recursive: true });
    };
    const waiting = Array.from({ length: steps }, (_, index) => index + 1);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await killOne(next);
      }),
    );
  }, 60_000);
});

/** A copy with its hard links and times. */
function copyOf(from: string): string {
  const dir = mkdtempSync(join(lab, 'run-'));
  mkdirSync(dir, { recursive: true });
  const byInode = new Map<string, string>();
  for (const name of readdirSync(from)) {
    const text = readFileSync(join(from, name), 'latin1');
    const twin = name === 'app.jsonl' && !filesOf(from).includes(join(from, name)) ? byInode.get(text) : undefined;
    if (twin === undefined) cpSync(join(from, name), join(dir, name), { preserveTimestamps: true });
    else linkSync(twin, join(dir, name));
    byInode.set(text, join(dir, name));
  }
  return dir;
}
