// Builds dist/: the CLI as one bundle with lazy chunks (src/cli.ts → dist/cli/), the library as plain modules with types (src/ → dist/).
// The native DuckDB binding stays outside the bundle; everything else the CLI needs is in it, so that starting reads few files.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bundleOnly = process.argv.includes('--bundle');

rmSync(join(root, 'dist', bundleOnly ? 'cli' : ''), { recursive: true, force: true });

await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli.ts' },
  outdir: 'dist/cli',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'linked',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['@duckdb/node-bindings'],
  banner: {
    js: "import{createRequire as lakeobsCreateRequire}from'node:module';const require=lakeobsCreateRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

if (!bundleOnly) {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
}

// What the bundled queries read (src/query/plans.ts), found out by the code just built.
const plans = join(root, 'dist', 'plans.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['scripts/plans.ts'],
  outfile: plans,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  logLevel: 'warning',
});
const { bundledPlans } = await import(pathToFileURL(plans).href);
writeFileSync(join(root, 'dist', 'plans.json'), JSON.stringify(await bundledPlans()));
rmSync(plans);
