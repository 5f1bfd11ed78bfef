// Files of the user's own beside the views (--allow-files DIR): which of them a statement may read. A path is judged by where it leads, symbolic links followed, and
// DuckDB is then allowed exactly the files that were judged. Whoever can change the folder while a statement runs can still swap a file for a link.
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { type Engine, quoteText } from '../engine/engine.ts';
import { LakeobsError, reasonOf } from '../errors.ts';
import { allowedFilesMax } from '../limits.ts';

/** The folders by their real paths. @throws LakeobsError usage for one that is not there. */
export function allowedFolders(folders: readonly string[], cwd: string): string[] {
  return folders.map((folder) => {
    try {
      const path = realpathSync(resolve(cwd, folder));
      readdirSync(path);
      return path;
    } catch (error) {
      throw new LakeobsError('usage', `--allow-files ${folder}: ${reasonOf(error)}`, {
        path: resolve(cwd, folder),
        hint: 'Name a folder.',
        cause: error,
      });
    }
  });
}

/** What DuckDB must be allowed so that a statement can read these paths as it writes them; `place` stands behind a refusal.
 * Relative paths start at the working directory of the process, as DuckDB's do. `folders` are real paths.
 * @throws LakeobsError query for a path that leads elsewhere, or is no CSV, Parquet or JSON file. */
export async function allowedFiles(
  engine: Engine,
  paths: readonly string[],
  folders: readonly string[],
  place: string,
): Promise<string[]> {
  const allowed: string[] = [];
  for (const path of paths) {
    const refused = (why: string, hint: string) =>
      new LakeobsError('query', `the file ${JSON.stringify(path)} is refused: ${why}${place}`, { hint });
    if (/^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith('~') || path.startsWith('\\\\'))
      throw refused('it is no path on this machine', 'Write a path in a folder named with --allow-files.');
    if (!/\.(csv|tsv|parquet|json|jsonl|ndjson)(\.(gz|zst))?$/i.test(path))
      throw refused(
        'its name does not end like one of CSV, Parquet or JSON',
        'Use .csv, .tsv, .parquet, .json, .jsonl or .ndjson, with .gz or .zst behind it.',
      );
    const inside = (real: string) =>
      folders.some((folder) => real.startsWith(folder.endsWith(sep) ? folder : folder + sep));
    const elsewhere = () =>
      refused(
        'it lies outside the folders of --allow-files',
        `Allowed: ${folders.join(', ')}, without links that lead out of there.`,
      );
    const isPattern = /[*?[]/.test(path);
    // What stands before the first glob character is a folder, and nothing behind it may climb.
    const pattern = isPattern ? path.slice(path.search(/[*?[]/)) : '';
    const fixed = isPattern ? path.slice(0, -pattern.length).replace(/[^/\\]*$/, '') || '.' : path;
    const real = realOf(fixed);
    if (real === null) throw refused('there is no such file', 'Relative paths start at the working directory.');
    if (!inside(isPattern ? real + sep : real) || /[/\\]\.\.([/\\]|$)/.test(pattern)) throw elsewhere();
    if (!isPattern) {
      // Whoever opens a pipe waits for its writer. (A pattern finds none.)
      if (!statSync(real).isFile()) throw refused('it is no regular file', 'Name a CSV, Parquet or JSON file.');
      allowed.push(path);
      continue;
    }
    const { rows } = await engine.all(`SELECT file FROM glob(${quoteText(path)}) LIMIT ${allowedFilesMax + 1}`);
    if (rows.length > allowedFilesMax)
      throw refused(`it stands for more than ${allowedFilesMax} files`, 'Name fewer at once.');
    for (const [file] of rows) {
      const target = realOf(String(file));
      if (target === null || !inside(target)) throw elsewhere();
      allowed.push(String(file));
    }
    // The pattern itself: DuckDB looks it up again, and then opens only what is listed here.
    allowed.push(path);
  }
  return allowed;
}

/** Where the system itself would arrive, `..` behind a link included: Node's own realpath takes `..` out of the text first, and would look elsewhere. */
function realOf(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}
