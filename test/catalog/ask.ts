// Asks real files a question through the real reader: temporary folders, files that are at rest or were touched just now, statements over the views.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { noConfig } from '../../src/catalog/config.ts';
import { type Evidence, type EvidenceRequest, loadEvidence } from '../../src/catalog/evidence.ts';
import { openScratch } from '../../src/catalog/scratch.ts';
import type { Scope } from '../../src/catalog/sources.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { guard } from '../../src/query/guard.ts';
import type { Row } from '../../src/result.ts';

/** A folder that is gone when the test file ends. To be called outside of a test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lakeobs-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file that nobody has touched for an hour: it is read as it lies. */
export function putOld(path: string, content: string | Uint8Array): string {
  writeFileSync(path, content);
  const past = Date.now() / 1000 - 3600;
  utimesSync(path, past, past);
  return path;
}

export const lines = (...records: readonly unknown[]): string =>
  records.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join('');

export const session = (id: string, fields: object = {}) => ({
  schema: 'session.iterate.v1',
  session_id: id,
  timestamp: '2026-03-01T10:00:00Z',
  daemon: 'd',
  kind: 'fill',
  model: 'm',
  provider: 'p',
  prompt: 'x',
  iterations: 1,
  max_iterations: 3,
  final_verdict: 'accepted',
  attempts: [],
  duration_ms: 5,
  ...fields,
});

export const op = (fields: object = {}) => ({
  timestamp: '2026-03-01T10:00:00Z',
  endpoint: '/x',
  source: 'mcp',
  success: true,
  ...fields,
});

export const log = (fields: object = {}) => ({
  kind: 'log',
  extensionId: 'e',
  timestamp: 0,
  level: 'info',
  msg: 'hello',
  ...fields,
});

/** PATH arguments as a scope. */
export const paths = (...files: readonly string[]): Scope => ({
  paths: files,
  lake: '/nonexistent',
  config: noConfig,
  cwd: '/',
});

/** A lake as a scope. */
export const lakeAt = (lake: string, fields: Partial<Scope> = {}): Scope => ({
  paths: [],
  lake,
  config: noConfig,
  cwd: '/',
  ...fields,
});

export interface Asked {
  rows: Row[];
  evidence: Evidence;
}

/** Reads a scope for one statement and runs it, sealed as a command would. */
export async function ask(
  scope: Scope,
  sql: string,
  options: Pick<EvidenceRequest, 'since' | 'until' | 'wideScanBytesMax' | 'signal'> & { beforeRows?: () => void } = {},
): Promise<Asked> {
  const scratch = openScratch();
  const engine = await openEngine({ tempDirectory: scratch.spill, threads: 2 });
  try {
    const { planned, views } = await guard(engine, sql);
    const { beforeRows, ...request } = options;
    const evidence = await loadEvidence(engine, scope, scratch, {
      statements: [{ sql: planned, params: {}, views }],
      ...request,
    });
    await engine.seal(evidence.openFiles);
    for (const { error } of evidence.needs) if (error !== null) throw error;
    beforeRows?.();
    return { rows: (await engine.all(sql)).rows as Row[], evidence };
  } finally {
    engine.close();
    scratch.dispose();
  }
}
