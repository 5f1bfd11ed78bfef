// Bundles what is measured from the sources, so that a bench never runs yesterday's build.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Returns the paths of the bundles; fronts that do not exist in this tree are left out. */
export async function bundle(dir) {
  const sources = { log: 'src/ndjson/writer.ts', front: 'src/writer.ts' };
  const modules = {};
  for (const [name, source] of Object.entries(sources)) {
    if (!existsSync(join(root, source))) continue;
    modules[name] = join(dir, `${name}.mjs`);
    await build({
      entryPoints: [join(root, source)],
      outfile: modules[name],
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      logLevel: 'error',
    });
  }
  return modules;
}
