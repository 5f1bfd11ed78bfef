// Names that DuckDB takes for patterns. It has no way to write every name so that it means itself, and its seal knows names only as written: such a file or folder
// is reached through a private link.
import { symlinkSync } from 'node:fs';
import type { Scratch } from './scratch.ts';

/** Whether DuckDB reads a path as a pattern. */
export function isPattern(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/** The path, or a link to it when it would be a pattern. `suffix`: what the link's name ends in. */
export function plainName(path: string, scratch: Scratch, suffix = ''): string {
  if (!isPattern(path)) return path;
  const link = scratch.file(suffix);
  symlinkSync(path, link);
  return link;
}
