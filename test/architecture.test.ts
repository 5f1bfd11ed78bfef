// The house keeps its order (docs/architecture.md): a folder imports from itself and from folders above; one door to DuckDB; only wiring speaks to the terminal.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Folders and top-level files in their order; equal numbers may not import from each other. */
const rank: Record<string, number> = {
  'errors.ts': 1,
  'limits.ts': 1,
  'result.ts': 1,
  'version.ts': 1,
  'width.ts': 1,
  schema: 2,
  redact: 3,
  ndjson: 4,
  recorders: 5,
  engine: 6,
  catalog: 7,
  columnar: 8,
  query: 9,
  ingest: 10,
  gate: 10,
  timeline: 10,
  processors: 11,
  report: 12,
  render: 13,
  demo: 14,
  server: 14,
  shell: 14,
  mcp: 14,
  commands: 15,
  'cli.ts': 16,
  'index.ts': 16,
  'start.ts': 16,
  'lake.ts': 16,
  'writer.ts': 16,
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'));

interface Import {
  file: string;
  target: string;
}

const imports: Import[] = files.flatMap((file) =>
  [
    ...readFileSync(join(src, file), 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((match) => ({ file, target: (match[1] ?? match[2] ?? match[3])! })),
);

describe('architecture', () => {
  it('every folder and file has its place in the order', () => {
    expect([...new Set(files.map(placeOf))].filter((place) => rank[place] === undefined)).toEqual([]);
  });

  it('imports go to the own folder or to one above', () => {
    const wrong = imports.flatMap(({ file, target }) => {
      if (!target.startsWith('.')) return [];
      const from = placeOf(file);
      const to = placeOf(relative(src, resolve(src, dirname(file), target)).replaceAll('\\', '/'));
      return from === to ||
        rank[to]! < rank[from]! ||
        (rank[from] === 16 && rank[to] === 16) ||
        (rank[from] === 1 && rank[to] === 1)
        ? []
        : [`${file} → ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  it('DuckDB is imported only in engine/, commander only in commands/ and cli.ts', () => {
    const outside = (name: RegExp, allowed: RegExp) =>
      imports.filter(({ file, target }) => name.test(target) && !allowed.test(file)).map(({ file }) => file);
    expect(outside(/^@duckdb\//, /^engine\//)).toEqual([]);
    expect(outside(/^commander$/, /^(commands\/|cli\.ts$)/)).toEqual([]);
    expect(outside(/^(chalk|cli-table3)$/, /^render\//)).toEqual([]);
  });

  it('nothing but commands, servers and the wiring touches console or process.stdout', () => {
    const talkers = files.filter((file) => {
      const place = placeOf(file);
      if (rank[place]! >= 14) return false;
      const code = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
      return /\bconsole\.|process\.stdout\b/.test(code);
    });
    expect(talkers).toEqual([]);
  });

  it('what answers a question loads no schema library and no schema, unless there is a config', () => {
    const loaded = new Set<string>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      // The bundle holds what facts.ts evaluates to.
      if (file === 'schema/facts.ts' || !file.endsWith('.ts')) return;
      const code = readFileSync(join(src, file), 'utf8');
      for (const [, target] of code.matchAll(/(?:^|\n)(?:import|export)\s+(?!type\b)[^;'"]*?from\s*'([^']+)'/g))
        load(
          target!.startsWith('.') ? relative(src, resolve(src, dirname(file), target!)).replaceAll('\\', '/') : target!,
        );
    };
    load('commands/reading.ts');
    load('cli.ts');
    expect(loaded).toContain('catalog/evidence.ts');
    expect(loaded).toContain('schema/facts.ts');
    expect([...loaded].filter((name) => /zod|schema\/(?!facts|recognise|ids)/.test(name))).toEqual([]);
  });

  it('there is no default export and no util folder', () => {
    expect(files.filter((file) => /\bexport default\b/.test(readFileSync(join(src, file), 'utf8')))).toEqual([]);
    expect(files.filter((file) => /(^|\/)(utils?|helpers?)(\/|\.ts$)/.test(file))).toEqual([]);
  });
});

function placeOf(file: string): string {
  return file.split('/')[0]!;
}
