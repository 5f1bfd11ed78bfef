// A folder of its own for every test, and what a lake holds after an ingest: its lines in order, its quarantine, its ledger.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { LedgerRow } from '../../src/ingest/ledger.ts';
import { parseSegment, segmentsAmong } from '../../src/ndjson/naming.ts';
import type { QuarantineRecord } from '../../src/ndjson/quarantine.ts';
import { families } from '../../src/schema/families.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** In memory where the system has such a folder: hundreds of fsyncs cost nothing there, and SIGKILL cannot tell the difference. */
const home = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function tempFolder(): string {
  const folder = mkdtempSync(join(home, 'lakeobs-ingest-'));
  made.push(folder);
  return folder;
}

/** Writes a file that nobody has touched for a minute: at rest, so that no test waits for it. */
export function restingFile(path: string, content: string | Uint8Array): string {
  writeFileSync(path, content);
  const past = new Date(Date.now() - 60_000);
  utimesSync(path, past, past);
  return path;
}

/** The lines of each family's log, segment after segment. */
export function linesOf(lake: string): Record<string, string[]> {
  const lines: Record<string, string[]> = {};
  for (const family of families) {
    const log = join(lake, family.file);
    const names = existsSync(lake) ? readdirSync(lake) : [];
    const segments = segmentsAmong(log, names).map(({ fileName }) => readFileSync(join(lake, fileName), 'latin1'));
    if (segments.length > 0) lines[family.name] = segments.join('').split('\n').slice(0, -1);
  }
  return lines;
}

/** All lines of a lake, sorted: the multiset. */
export function allLines(lake: string): string[] {
  return Object.values(linesOf(lake)).flat().sort();
}

export function segmentNames(lake: string): string[] {
  return readdirSync(lake).filter((name) => families.some(({ file }) => parseSegment(join(lake, file), name) !== null));
}

/** Everything in the quarantine, by source and place. */
export function quarantineOf(lake: string): QuarantineRecord[] {
  const folder = join(lake, 'quarantine');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as QuarantineRecord);
}

export function bytesOf(record: QuarantineRecord): Buffer {
  return Buffer.from(record.raw, record.encoding);
}

export function ledgerOf(lake: string): LedgerRow[] {
  return readFileSync(join(lake, 'ingest.ledger'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerRow);
}

/** What a lake must not hold once an ingest is over. */
export function leftovers(lake: string): string[] {
  return [
    ...readdirSync(join(lake, '.staging')),
    ...readdirSync(lake).filter((name) => name.startsWith('ingest.lock')),
  ];
}

export function sessionLine(id: string, extra: object = {}): string {
  return JSON.stringify({
    schema: 'session.iterate.v1',
    session_id: id,
    timestamp: '2026-03-01T10:00:00Z',
    daemon: 'validatord',
    kind: 'fill',
    model: 'm-1',
    provider: 'p',
    prompt: 'fill the shift',
    iterations: 1,
    max_iterations: 3,
    final_verdict: 'accepted',
    attempts: [{ iteration: 0, verdict_kind: 'accepted' }],
    grounded_in_roster: true,
    duration_ms: 12,
    ...extra,
  });
}

export function opLine(id: string, extra: object = {}): string {
  return JSON.stringify({
    timestamp: '2026-03-01T10:00:00Z',
    endpoint: `/${id}`,
    source: 'mcp',
    success: true,
    duration_ms: 3,
    ...extra,
  });
}

export function logLine(id: string): string {
  return JSON.stringify({ kind: 'log', extensionId: 'host', timestamp: 1_772_359_200_000, level: 'info', msg: id });
}
