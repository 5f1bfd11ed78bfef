// Runs a TypeScript module of ours, here and now: bundled to a file beside the code it imports, so that its packages are found.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Its exports. `entry` is relative to the root of the tree. */
export async function evaluate(entry) {
  const outfile = join(root, 'dist', `evaluated-${process.pid}.mjs`);
  mkdirSync(dirname(outfile), { recursive: true });
  try {
    await build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'warning',
    });
    return await import(`${pathToFileURL(outfile)}?${entry}`);
  } finally {
    rmSync(outfile, { force: true });
  }
}
