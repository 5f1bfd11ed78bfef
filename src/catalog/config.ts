// What lakeobs.json can say, and where it is found: in the working directory or a parent, else in the user's config folder. Reading it is config-file.ts's
// business, which loads the schema library: most runs have no config, and none of them waits for it.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { FamilyName } from '../schema/family.ts';
import type { RosterSource } from './roster.ts';

/** What a config file says, paths made absolute against the file's folder. */
export interface Config {
  /** The file, null when there is none. */
  file: string | null;
  lake: string | null;
  /** Logs outside the lake: paths or globs by family. */
  sources: ReadonlyArray<{ family: FamilyName; pattern: string }>;
  /** Folders of own .sql files. */
  queries: readonly string[];
  /** Who may be handed out (docs/checks.md, "The roster"). */
  roster: RosterSource | null;
  /** Build the index after every answer of query and check. */
  indexAuto: boolean;
}

export const noConfig: Config = { file: null, lake: null, sources: [], queries: [], roster: null, indexAuto: false };

/** The config file that counts: `explicit` if given (there or not), else the nearest lakeobs.json upwards from `cwd`, else the user's; null when there is none. */
export function findConfig(explicit: string | undefined, cwd: string, env: NodeJS.ProcessEnv): string | null {
  if (explicit !== undefined) return resolve(cwd, explicit);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = join(folder, 'lakeobs.json');
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) break;
  }
  const file = join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'lakeobs', 'lakeobs.json');
  return existsSync(file) ? file : null;
}
