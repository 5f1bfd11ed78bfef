// Experiments with real processes: start writers, kill some, read what is left. The suite runs them small, test/heavy in full size.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { segmentsAmong } from '../../../src/ndjson/naming.ts';
import type { ChildOrders } from './writer-child.ts';

export interface Found {
  /** How often each record id is there as a line of its own or whole behind a torn part. */
  ids: Map<string, number>;
  /** Lines that are the beginning of a record and nothing else. */
  torn: string[];
  /** Whole records behind a torn part on one line. */
  glued: number;
  /** Blank lines: seals that came while somebody was still writing. */
  blank: number;
  /** Anything else. */
  alien: string[];
  files: number;
  bytes: number;
}

/** Bundles a child program; returns the path of the script. */
export async function bundleChild(dir: string, entry = 'writer-child.ts'): Promise<string> {
  const outfile = join(dir, basename(entry).replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
  });
  return outfile;
}

/** Runs `writers` processes to their end on one log. */
export async function writeTogether(
  dir: string,
  writers: number,
  orders: Omit<ChildOrders, 'path' | 'acks' | 'name'>,
): Promise<{ path: string; acknowledged: string[] }> {
  const script = await bundleChild(dir);
  const path = join(dir, 'lake', 'app.jsonl');
  await Promise.all(
    Array.from({ length: writers }, (_, index) => {
      const name = `w${index}`;
      return start(script, { ...orders, path, acks: join(dir, `${name}.acks`), name }).ended;
    }),
  );
  return { path, acknowledged: readAcks(dir) };
}

/** Four processes write until `kills` of them, chosen at random, have been killed -9 and replaced; then the rest stop by themselves. */
export async function killAtRandom(
  dir: string,
  kills: number,
  orders: Omit<ChildOrders, 'path' | 'acks' | 'name' | 'records'>,
): Promise<{ path: string; acknowledged: string[] }> {
  const script = await bundleChild(dir);
  const path = join(dir, 'lake', 'app.jsonl');
  let incarnation = 0;
  const begin = (): Writer => {
    incarnation += 1;
    const name = `i${incarnation}`;
    return start(script, { ...orders, records: 0, path, acks: join(dir, `${name}.acks`), name });
  };
  const running = [begin(), begin(), begin(), begin()];
  await wait(250);
  for (let killed = 0; killed < kills; killed += 1) {
    await wait(5 + Math.random() * 70);
    // However slow the machine is, something is written between two kills.
    while (ackBytes(dir) < ackBytesPerKill * (killed + 1)) await wait(5);
    const victim = Math.floor(Math.random() * running.length);
    const { child, ended } = running[victim]!;
    child.kill('SIGKILL');
    // One that has ended before, by itself, has failed.
    await ended.catch((error: unknown) => {
      if (child.signalCode !== 'SIGKILL') throw error;
    });
    running[victim] = begin();
  }
  await wait(150);
  await Promise.all(
    running.map(({ child, ended }) => {
      child.send('stop');
      return ended;
    }),
  );
  return { path, acknowledged: readAcks(dir) };
}

/** Reads the log at `path` as its users do, each inode once. */
export function readLog(path: string): Found {
  const dir = dirname(path);
  const found: Found = { ids: new Map(), torn: [], glued: 0, blank: 0, alien: [], files: 0, bytes: 0 };
  const inodes = new Set<number>();
  for (const file of [...segmentsAmong(path, readdirSync(dir)).map(({ fileName }) => join(dir, fileName)), path]) {
    const { ino, size } = statSync(file);
    if (inodes.has(ino)) continue;
    inodes.add(ino);
    found.files += 1;
    found.bytes += size;
    const lines = readFileSync(file, 'utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    for (const line of lines)
      if (line === '') found.blank += 1;
      else readLine(found, line);
  }
  return found;
}

function readLine(found: Found, line: string): void {
  const id = idOf(line);
  if (id !== null) {
    found.ids.set(id, (found.ids.get(id) ?? 0) + 1);
    return;
  }
  if (!line.startsWith('{') || !'{"id":"'.startsWith(line.slice(0, 7))) {
    found.alien.push(line.slice(0, 200));
    return;
  }
  // The longest whole record behind the torn part, as readers recover it.
  for (let at = line.indexOf('{"id":"', 1); at !== -1; at = line.indexOf('{"id":"', at + 1)) {
    const behind = idOf(line.slice(at));
    if (behind === null) continue;
    found.ids.set(behind, (found.ids.get(behind) ?? 0) + 1);
    found.glued += 1;
    found.torn.push(line.slice(0, Math.min(at, 200)));
    return;
  }
  found.torn.push(line.slice(0, 200));
}

/** The id of a line that is one intact record: it parses, and its padding is what its id and size say. */
function idOf(line: string): string | null {
  try {
    const { id, size, pad } = JSON.parse(line) as { id: string; size: number; pad: string };
    return pad.length === size && id.repeat(Math.ceil(size / id.length)).slice(0, size) === pad ? id : null;
  } catch {
    return null;
  }
}

interface Writer {
  child: ChildProcess;
  /** Rejects with its last words when it ends otherwise than well. */
  ended: Promise<void>;
}

function start(script: string, orders: ChildOrders): Writer {
  mkdirSync(dirname(orders.acks), { recursive: true });
  const child = spawn(process.execPath, [script, JSON.stringify(orders)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let words = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (words += text));
  const ended = new Promise<void>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => {
      if (code === 0) done();
      else fail(new Error(`a writer ended with ${signal ?? code}: ${words}`));
    });
  });
  // Whoever waits hears of it; until then it is no unhandled rejection.
  ended.catch(() => {});
  return { child, ended };
}

/** At least ten acknowledgements: one is a name, a number and a newline, at most eleven bytes in these experiments. */
const ackBytesPerKill = 110;

function ackBytes(dir: string): number {
  return ackFiles(dir).reduce((sum, file) => sum + statSync(file).size, 0);
}

function ackFiles(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.acks'))
    .map((name) => join(dir, name));
}

function readAcks(dir: string): string[] {
  return ackFiles(dir).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean);
  });
}
