// `npm run docs`: writes docs/reference/ from the code.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(root, 'dist', 'docs-'));
try {
  const outfile = join(folder, 'reference.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['scripts/reference.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  });
  const { referencePages } = await import(pathToFileURL(outfile).href);
  mkdirSync(join(root, 'docs', 'reference'), { recursive: true });
  for (const [name, text] of Object.entries(referencePages()))
    writeFileSync(join(root, 'docs', 'reference', name), text);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
