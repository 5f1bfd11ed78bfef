// Before the suite: builds the CLI bundle, so that whole-program tests never run an old one, and makes a temporary folder of its own, so that nothing left by other
// runs is found in it, and nothing of this one stays.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function setup(): () => void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.mjs', import.meta.url)), '--bundle'], {
    stdio: 'inherit',
  });
  const folder = mkdtempSync(join(tmpdir(), 'suite-'));
  // As a system's own: some tests run commands as somebody else.
  chmodSync(folder, 0o1777);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
}
