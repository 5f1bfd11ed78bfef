// The version of this lakeobs, from its package.json.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `0.1.0`. Read once, at the first call. */
export function version(): string {
  if (cached === undefined) {
    for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
      const found = nameAndVersion(join(folder, 'package.json'));
      if (found?.name === 'lakeobs' || dirname(folder) === folder) {
        cached = found?.version ?? '0.0.0';
        break;
      }
    }
  }
  return cached;
}

let cached: string | undefined;

function nameAndVersion(file: string): { name?: string; version?: string } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
  } catch {
    return null;
  }
}
