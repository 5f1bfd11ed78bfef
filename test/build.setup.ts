// Builds the CLI bundle once before the suite, so that whole-program tests never run an old one.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.mjs', import.meta.url)), '--bundle'], {
    stdio: 'inherit',
  });
}
