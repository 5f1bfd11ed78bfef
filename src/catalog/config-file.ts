// Reads lakeobs.json: where the lake is, which other logs belong to it, which queries. Checked strictly, because a mistyped key in a gate's config would be
// a gate that does not look.
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import * as z from 'zod/mini';
import { LakeobsError, reasonOf } from '../errors.ts';
import { familyNames } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import { describeIssues } from '../schema/validate.ts';
import { type CheckSettings, type Config, findConfig, noConfig, thresholdPattern } from './config.ts';
import { didYouMean } from './names.ts';
import { repeatedKey } from './repeated-key.ts';
import type { RosterSource } from './roster.ts';

const path = z.string().check(z.minLength(1));
const pathList = z.union([path, z.array(path)]);
const threshold = z.string().check(z.regex(thresholdPattern, 'expected OP N on the number of rows, such as "> 10"'));
const checkSettings = z.strictObject({
  enabled: z.optional(z.boolean()),
  severity: z.optional(z.enum(['error', 'warn'])),
  error_if: z.optional(threshold),
  warn_if: z.optional(threshold),
  params: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  allow_empty: z.optional(z.boolean()),
  allow_damage: z.optional(z.boolean()),
});

/** The config file as a schema; `lakeobs schema config` prints it for editors. */
export const configSchema = z.strictObject({
  $schema: z.optional(z.string()),
  lake: z.optional(path),
  sources: z.optional(z.partialRecord(z.enum(familyNames as readonly [FamilyName, ...FamilyName[]]), pathList)),
  queries: z.optional(pathList),
  roster: z.optional(z.union([path, z.strictObject({ file: path, column: z.optional(path) })])),
  index: z.optional(z.strictObject({ auto: z.optional(z.boolean()) })),
  checks: z.optional(z.record(z.string(), checkSettings)),
  baseline: z.optional(path),
});

/** Reads the config: `explicit` if given, else the nearest lakeobs.json upwards from `cwd`, else the user's.
 * @throws LakeobsError usage for a file that is missing, not JSON, or holds an unknown key. */
export function readConfig(explicit: string | undefined, cwd: string, env: NodeJS.ProcessEnv): Config {
  const file = findConfig(explicit, cwd, env);
  if (file === null) return noConfig;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LakeobsError('usage', `cannot read the config ${file}: ${reasonOf(error)}`, {
      hint: 'Give another with --config FILE.',
      path: file,
      cause: error,
    });
  }
  return parseConfig(text, file);
}

/** Parses and checks the text of a config file. */
export function parseConfig(text: string, file: string): Config {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new LakeobsError('usage', `${file} is not JSON: ${reasonOf(error)}`, {
      hint: 'lakeobs.json is strict JSON: no comments, no trailing commas.',
      path: file,
    });
  }
  const repeated = repeatedKey(text);
  if (repeated !== null)
    throw new LakeobsError(
      'usage',
      `${file}:${repeated.line}: the key ${JSON.stringify(repeated.key)} is written twice`,
      {
        hint: 'Keep one: of two only the last would count.',
        path: file,
        line: repeated.line,
      },
    );
  const parsed = z.safeParse(configSchema, json);
  if (!parsed.success)
    throw new LakeobsError('usage', `${file}: ${complaint(parsed.error)}`, {
      hint: 'docs/configuration.md lists every key.',
      path: file,
    });
  const base = dirname(file);
  const absolute = (path: string) => (isAbsolute(path) ? path : join(base, path));
  const { lake, sources, queries, roster, index, checks, baseline } = parsed.data;
  return {
    file,
    lake: lake === undefined ? null : absolute(lake),
    sources: Object.entries(sources ?? {}).flatMap(([family, patterns]) =>
      listOf(patterns).map((pattern) => ({ family: family as FamilyName, pattern: absolute(pattern) })),
    ),
    queries: listOf(queries).map(absolute),
    roster: rosterOf(roster, absolute),
    indexAuto: index?.auto === true,
    checks: new Map(Object.entries(checks ?? {}).map(([name, settings]) => [name, settingsOf(settings)])),
    baseline: baseline === undefined ? null : absolute(baseline),
  };
}

function rosterOf(
  roster: string | { file: string; column?: string | undefined } | undefined,
  absolute: (path: string) => string,
): RosterSource | null {
  if (roster === undefined) return null;
  const { file, column } = typeof roster === 'string' ? { file: roster, column: undefined } : roster;
  return { file: absolute(file), column: column ?? null };
}

function settingsOf({ params, ...settings }: z.infer<typeof checkSettings>): CheckSettings {
  if (params === undefined) return settings;
  return { ...settings, params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, `${value}`])) };
}

function listOf(paths: string | readonly string[] | undefined): readonly string[] {
  return paths === undefined ? [] : typeof paths === 'string' ? [paths] : paths;
}

/** The first complaint, with the nearest known key for an unknown one. */
function complaint(error: z.core.$ZodError): string {
  const issue = error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    if (issue.path[0] === 'index') return `index: unknown key ${JSON.stringify(key)}. Its only key is "auto".`;
    if (issue.path[0] === 'checks')
      return `${issue.path.join('.')}: unknown key ${JSON.stringify(key)}. ${didYouMean(key, Object.keys(checkSettings.shape))}`;
    return issue.path[0] === 'sources'
      ? `sources: unknown family ${JSON.stringify(key)}. ${didYouMean(key, familyNames)}`
      : `unknown key ${JSON.stringify(key)}. ${didYouMean(key, Object.keys(configSchema.shape))}`;
  }
  const place = issue.path.join('.');
  if (issue.path[0] === 'roster') return 'roster: expected a path, or { "file": path, "column": name }';
  if (place === 'queries' || issue.path[0] === 'sources')
    return `${place}: expected ${place === 'sources' ? 'families with ' : ''}a path or a list of paths`;
  return describeIssues(error)[0]!;
}
