// A folder of checks that was named where logs are: its logs would be read, there are none, and its checks would not run, be they red or broken.
import { type Dirent, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { listSources, type Scope } from '../catalog/sources.ts';
import { LakeobsError } from '../errors.ts';
import { isSqlFile } from '../query/load.ts';

/** Refuses PATHs that are folders with .sql files and without logs. `evenWithLogs`: whatever else they hold, for a run that reads no log.
 * @throws LakeobsError usage that says how checks are named. */
export async function refuseSqlFolders(paths: readonly string[], scope: Scope, evenWithLogs: boolean): Promise<void> {
  for (const path of paths) {
    const first = entriesOf(resolve(scope.cwd, path)).find((entry) => !entry.isDirectory() && isSqlFile(entry.name));
    if (first === undefined || (!evenWithLogs && (await hasLogs(path, scope)))) continue;
    throw new LakeobsError('usage', `${path} is a folder of .sql files${evenWithLogs ? '' : ' without a log'}`, {
      path: resolve(scope.cwd, path),
      hint: `Name the files, such as ${join(path, first.name)}, or the folder under "queries" in lakeobs.json: its checks then run without being named.`,
    });
  }
}

/** Empty for what is no folder or cannot be read: whoever lists it says so. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** True as well for what cannot be listed: the run says why. */
async function hasLogs(path: string, scope: Scope): Promise<boolean> {
  try {
    const { files, unreadable } = await listSources({ ...scope, paths: [path], lenient: true });
    return files.length + unreadable.length > 0;
  } catch (error) {
    if (error instanceof LakeobsError) return true;
    throw error;
  }
}
