// What lakeobs.json can say, and where it is found: in the working directory or a parent, else in the user's config folder. Reading it is config-file.ts's
// business, which loads the schema library: most runs have no config, and none of them waits for it.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Severity } from '../result.ts';
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
  /** What is said about single checks, by name. */
  checks: ReadonlyMap<string, CheckSettings>;
  /** The file of accepted findings. */
  baseline: string | null;
}

/** What a config says about one check, in the words of its header and of the flags of `check`. */
export interface CheckSettings {
  enabled?: boolean | undefined;
  severity?: Severity | undefined;
  /** `OP N`, as in a header. */
  error_if?: string | undefined;
  warn_if?: string | undefined;
  /** Values as `-p` takes them. */
  params?: Readonly<Record<string, string>> | undefined;
  allow_empty?: boolean | undefined;
  allow_damage?: boolean | undefined;
}

/** A threshold on a number of rows: its operator and its number. */
export const thresholdPattern = /^(=|!=|>=|<=|>|<)\s*(\d+)$/;

export const noConfig: Config = {
  file: null,
  lake: null,
  sources: [],
  queries: [],
  roster: null,
  indexAuto: false,
  checks: new Map(),
  baseline: null,
};

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
