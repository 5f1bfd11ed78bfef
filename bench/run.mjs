// `npm run bench`: every benchmark, one after the other. Each prints a table with ratios; docs/performance.md holds the last ones with their machine.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
for (const name of ['start.mjs', 'writer.mjs']) {
  const { status } = spawnSync(process.execPath, [join(here, name)], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
