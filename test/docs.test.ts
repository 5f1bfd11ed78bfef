// Documentation that fails when it lies: the generated reference is fresh, links lead somewhere, shell blocks of the README run (test/readme.test.ts).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { referencePages } from '../scripts/reference.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('docs', () => {
  it.each(Object.entries(referencePages()))('reference/%s is what the code says (npm run docs)', (name, text) => {
    expect(readFileSync(join(root, 'docs', 'reference', name), 'utf8')).toBe(text);
  });

  it('every relative link leads to a file', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...walk('docs')];
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1]!)
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page} → ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : entry.name.endsWith('.md') ? [join(folder, entry.name)] : [],
  );
}
