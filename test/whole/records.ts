// Records written by hand in the shape of docs/reference/records.md, for whole-program tests.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/** An accepted fill; anything may be overridden, undefined leaves a field out. */
export function sessionLine(overrides: Record<string, unknown> = {}): string {
  return JSON.stringify({
    schema: 'session.iterate.v1',
    session_id: 's1',
    timestamp: '2026-03-01T10:00:00Z',
    daemon: 'validatord',
    kind: 'fill',
    model: 'm1',
    provider: 'p',
    prompt: 'two pickers',
    iterations: 1,
    max_iterations: 3,
    final_verdict: 'accepted',
    attempts: [{ iteration: 0, verdict_kind: 'accepted' }],
    artifact: { fills: [{ candidate_id: 'W-1' }] },
    grounded_in_roster: true,
    duration_ms: 12,
    ...overrides,
  });
}

/** A folder for one test, removed behind it; `write` puts a file into it and returns its path. */
export function testFolder(): { path: () => string; write: (name: string, text: string | Uint8Array) => string } {
  let folder: string | undefined;
  const path = () => (folder ??= mkdtempSync(join(tmpdir(), 'lakeobs-test-')));
  afterEach(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  });
  return {
    path,
    write: (name, text) => {
      const file = join(path(), name);
      writeFileSync(file, text);
      return file;
    },
  };
}
