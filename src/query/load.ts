// Finds queries: the bundled ones beside the code, own ones in the folders the config names, or a single .sql file. A bundled name cannot be shadowed.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { didYouMean } from '../catalog/names.ts';
import { inSentences, LakeobsError, reasonOf } from '../errors.ts';
import { bareQuery, hasHeader, parseQuery, type Query } from './header.ts';

/** Names of all queries, bundled and own, with their files. */
export interface Catalogue {
  /** Name → file, in order of name. */
  readonly files: ReadonlyMap<string, { file: string; bundled: boolean }>;
}

/** Lists query files without reading them.
 * @throws LakeobsError usage when an own query is named like a bundled one or like another own one, or a folder cannot be read. */
export function listQueries(ownFolders: readonly string[]): Catalogue {
  const files = new Map<string, { file: string; bundled: boolean }>();
  for (const file of sqlFiles(bundledFolder())) files.set(stemOf(file), { file, bundled: true });
  for (const folder of ownFolders) {
    if (!existsSync(folder))
      throw new LakeobsError('usage', `the query folder ${folder} does not exist`, {
        path: folder,
        hint: 'Correct "queries" in the config.',
      });
    for (const file of sqlFiles(folder)) {
      const name = stemOf(file);
      const held = files.get(name);
      if (held !== undefined)
        throw new LakeobsError(
          'usage',
          held.bundled
            ? `${file} has the name of the bundled query ${name}`
            : `${file} and ${held.file} have the same name`,
          {
            path: file,
            hint: held.bundled ? 'Rename it: a bundled query cannot be replaced.' : 'Rename one of them.',
          },
        );
      files.set(name, { file, bundled: false });
    }
  }
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Loads one query by name. @throws LakeobsError usage with the nearest names. */
export function loadQuery(name: string, catalogue: Catalogue): Query {
  const held = catalogue.files.get(name);
  if (held === undefined)
    throw new LakeobsError(
      'usage',
      `there is no query ${JSON.stringify(name)}. ${didYouMean(name, [...catalogue.files.keys()])}`,
      {
        hint: `lakeobs query lists them. A query file is named by its path, ./queries/${name}.sql, or its folder by "queries" in lakeobs.json; to read a log of that name write ./${name}.`,
      },
    );
  return parseQuery(readText(held.file), name, held.file, held.bundled);
}

/** Loads all queries, in order of name. */
export function loadQueries(catalogue: Catalogue): Query[] {
  return [...catalogue.files.keys()].map((name) => loadQuery(name, catalogue));
}

/** Loads all checks, in order of name. An own file that cannot be read, or has no header one could understand, may be a check: it stands among them with its
 * fault, so that it takes nothing from the others and is not forgotten. */
export function loadChecks(catalogue: Catalogue): Query[] {
  return [...catalogue.files.keys()]
    .map((name) => loadOrFault(name, catalogue))
    .filter((query) => query.kind === 'check');
}

/** One of them. @throws LakeobsError usage for a name there is none of. */
export function loadOrFault(name: string, catalogue: Catalogue): Query {
  const held = catalogue.files.get(name);
  try {
    return loadQuery(name, catalogue);
  } catch (error) {
    if (held === undefined || !(error instanceof LakeobsError)) throw error;
    return { ...bareQuery('', name, held.file), kind: 'check', fault: inSentences(error) };
  }
}

/** Loads a .sql file that was named on the command line; without a header it is a plain statement. */
export function loadQueryFile(path: string, cwd: string, catalogue: Catalogue): Query {
  const file = resolve(cwd, path);
  const name = stemOf(file);
  const text = readText(file);
  if (catalogue.files.get(name)?.bundled === true && catalogue.files.get(name)?.file !== file)
    throw new LakeobsError('usage', `${path} has the name of the bundled query ${name}`, {
      path: file,
      hint: 'Rename it: a bundled query cannot be replaced.',
    });
  return hasHeader(text) ? parseQuery(text, name, file, false) : bareQuery(text, name, file);
}

/** The folder of bundled queries: `queries/` of this package, from the sources, the library or the bundle. */
export function bundledFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'queries', 'session', 'alarm.sql'))) return join(folder, 'queries');
    if (dirname(folder) === folder)
      throw new LakeobsError('internal', 'the bundled queries are missing from this installation', {
        hint: 'Install lakeobs again.',
      });
  }
}

/** Whether a file is a query, told by its name. In upper case too: a check that is passed over is a gate that does not look. */
export function isSqlFile(path: string): boolean {
  return sqlSuffix.test(path);
}

const sqlSuffix = /\.sql$/i;

/** All .sql files below a folder, behind links too, each folder once. */
function sqlFiles(folder: string, seen = new Set<string>()): string[] {
  let entries: import('node:fs').Dirent[];
  try {
    const real = realpathSync(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new LakeobsError('usage', `cannot read the query folder ${folder}: ${reasonOf(error)}`, {
      path: folder,
      cause: error,
    });
  }
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path))) return sqlFiles(path, seen);
      return isSqlFile(entry.name) ? [path] : [];
    });
}

/** False for a link that leads nowhere: whoever reads it says so. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function stemOf(file: string): string {
  return basename(file).replace(sqlSuffix, '');
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new LakeobsError('usage', `cannot read ${file}: ${reasonOf(error)}`, {
      path: file,
      hint: 'Check the path.',
      cause: error,
    });
  }
}
