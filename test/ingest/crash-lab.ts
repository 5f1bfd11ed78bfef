// Ingests in processes of their own that are killed, and what a lake holds afterwards.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import type { IngestOptions } from '../../src/ingest/ingest.ts';
import { bytesOf, linesOf, opLine, quarantineOf, restingFile, sessionLine } from './lakes.ts';

const bundle = mkdtempSync(join(tmpdir(), 'lakeobs-crash-'));
const child = join(bundle, 'child.mjs');

/** Builds the program that is killed, for the tests of the file that calls it. */
export function killableIngest(): void {
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
}

/** Starts an ingest that kills itself at operation `killAt`, or is killed after `afterMs`. Resolves with the signal it died of, null when it lived. */
export function ingestInChild(
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
export function evidence(folder: string): IngestOptions {
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

export function contents(lake: string): { lines: Record<string, string[]>; rejected: string[] } {
  const sorted = Object.entries(linesOf(lake)).map(([family, lines]) => [family, lines] as const);
  return {
    lines: Object.fromEntries(sorted),
    rejected: quarantineOf(lake)
      .map((one) => `${one.file.split('/').at(-1)}:${one.line}:${one.byte_offset}:${bytesOf(one)}`)
      .sort(),
  };
}

export async function inTurns<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}
