import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakeobs-writer-door-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Bundles the front door as it is and says which files went in. */
async function bundleWriter(): Promise<{ file: string; inputs: string[]; bytes: number }> {
  const file = join(folder, 'writer.mjs');
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['src/writer.ts'],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    metafile: true,
    logLevel: 'silent',
  });
  return {
    file,
    inputs: Object.keys(result.metafile.inputs),
    bytes: Object.values(result.metafile.outputs)[0]?.bytes ?? 0,
  };
}

/** The libraries a process has loaded after running a program. */
function librariesAfter(program: string): string[] {
  const file = join(folder, `program-${program.length}.mjs`);
  writeFileSync(file, `${program}\nprocess.stdout.write(JSON.stringify(process.report.getReport().sharedObjects));`);
  return JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8', maxBuffer: 16 << 20 })) as string[];
}

describe('lakeobs/writer', () => {
  test('its import graph holds folders 1 to 5 and zod, and nothing else', async () => {
    const { inputs } = await bundleWriter();
    const strangers = inputs.filter(
      (input) =>
        !/^src\/(?:schema|redact|ndjson|recorders)\/|^src\/(?:writer|errors|limits|result)\.ts$|^node_modules\/zod\//.test(
          input,
        ),
    );
    expect(strangers).toEqual([]);
    expect(inputs.some((input) => input.includes('duckdb'))).toBe(false);
    expect(inputs).toContain('src/recorders/session-logger.ts');
  });

  test('a process that imports it and writes a record has loaded no DuckDB', async () => {
    const { file } = await bundleWriter();
    const libraries = librariesAfter(`
      import { SessionLogger } from ${JSON.stringify(file)};
      const logger = new SessionLogger(${JSON.stringify(join(folder, 's.jsonl'))});
      if (!logger.record({ request: { kind: 'fill', model: 'm', provider: 'p', prompt: 'x', maxIterations: 1 }, infraError: 'x', durationMs: 1 })) throw new Error('not written');
      await logger.close();
    `);
    expect(libraries.length).toBeGreaterThan(0);
    expect(libraries.filter((library) => /duckdb/i.test(library))).toEqual([]);
  });

  test('the same look at a process that does load DuckDB sees it', () => {
    const api = createRequire(import.meta.url).resolve('@duckdb/node-api');
    const libraries = librariesAfter(
      `import { createRequire } from 'node:module'; createRequire(import.meta.url)(${JSON.stringify(api)});`,
    );
    expect(libraries.filter((library) => /duckdb/i.test(library)).length).toBeGreaterThan(0);
  });
});
