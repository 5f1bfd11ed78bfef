// Asks the same statements with and without an index, and builds one, through the doors that commands use.
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../src/catalog/evidence.ts';
import { listSources, type Scope } from '../../src/catalog/sources.ts';
import { buildIndex, type IndexedFile } from '../../src/columnar/build-index.ts';
import { type VerifiedFile, verifyIndex } from '../../src/columnar/verify-index.ts';
import { LakeobsError } from '../../src/errors.ts';
import { type Statement, withEngine, withRun } from '../../src/query/run.ts';
import type { Row } from '../../src/result.ts';

export interface Answered {
  /** Rows of each statement, or what it failed with. */
  rows: (readonly Row[] | string)[];
  evidence: Evidence;
}

/** Runs statements over a scope; over the bytes of the logs alone when there is no cache folder. */
export function answers(
  scope: Scope,
  statements: readonly (string | Statement)[],
  cacheFolder?: string,
): Promise<Answered> {
  const all = statements.map((one) => (typeof one === 'string' ? { sql: one, params: {} } : one));
  return withRun(all, { scope, cacheFolder, threads: 2 }, async (run) => {
    const rows: Answered['rows'] = [];
    for (const index of all.keys())
      try {
        const { chunks } = await run.stream(index);
        const held: Row[] = [];
        for await (const chunk of chunks) held.push(...chunk);
        rows.push(held);
      } catch (error) {
        if (!(error instanceof LakeobsError) || all.length === 1) throw error;
        rows.push(error.message);
      }
    return { rows, evidence: run.evidence };
  });
}

/** What an answer says of the files, without what only an index changes. */
export function health({ scanned, sources, families, quarantinedUnknown, duplicates }: Evidence): unknown {
  return {
    scanned,
    sources: sources.map(({ indexed_bytes: _, ...source }) => source),
    families: [...families],
    quarantinedUnknown,
    duplicates: duplicates
      .map(({ file, family, wire, count }) => ({ file, family, wire, count }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}

export async function index(scope: Scope, cacheFolder: string, packBytesMin?: number): Promise<IndexedFile[]> {
  return withEngine({ threads: 1 }, async (engine, scratch, signal) =>
    buildIndex(engine, (await listSources(scope)).files, { scratch, signal, cacheFolder, packBytesMin }),
  );
}

export async function verify(scope: Scope, cacheFolder: string): Promise<VerifiedFile[]> {
  return withEngine({ threads: 2 }, async (engine, scratch, signal) =>
    verifyIndex(engine, (await listSources(scope)).files, { scratch, signal, cacheFolder }),
  );
}

/** Every file below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  const entries: Dirent[] = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
