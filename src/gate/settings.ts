// What this run does otherwise than the checks' headers say: the config's `checks` and the flags of the command line. Every difference is an override, and every
// verdict prints them all. Pure: a setting nobody can apply (an unknown check, param or threshold) is refused before anything is read.
import type { CheckSettings, Config } from '../catalog/config.ts';
import { didYouMean } from '../catalog/names.ts';
import { LakeobsError } from '../errors.ts';
import { parseThreshold, type Query } from '../query/header.ts';
import { type Catalogue, loadOrFault } from '../query/load.ts';
import { parseParam } from '../query/params.ts';
import type { Override } from '../result.ts';

/** A check as it runs. */
export interface Configured {
  /** With the config's severity, thresholds and params in place of the header's. */
  query: Query;
  enabled: boolean;
  allowEmpty: boolean;
  allowDamage: boolean;
}

/** Flags that say otherwise for all checks. */
export interface Flags {
  failOn: 'error' | 'warn';
  allowEmpty: boolean;
  allowDamage: boolean;
  require: readonly string[];
  params: Readonly<Record<string, string>>;
  /** Checks left out by name … */
  exclude?: readonly string[] | undefined;
  /** … and the tags the others were chosen by. */
  tags?: readonly string[] | undefined;
  /** The config's baseline is left out. */
  noBaseline?: boolean | undefined;
}

/** The check as the config wants it.
 * @throws LakeobsError usage for what cannot be applied to this check. */
export function configured(query: Query, config: Config, flags: Pick<Flags, 'allowEmpty' | 'allowDamage'>): Configured {
  const settings = config.checks.get(query.name);
  if (settings === undefined || query.fault !== undefined)
    return {
      query,
      enabled: settings?.enabled !== false,
      allowEmpty: flags.allowEmpty,
      allowDamage: flags.allowDamage,
    };
  return {
    query: { ...query, ...thresholdsOf(query, settings, config), params: paramsOf(query, settings, config) },
    enabled: settings.enabled !== false,
    allowEmpty: flags.allowEmpty || settings.allow_empty === true,
    allowDamage: flags.allowDamage || settings.allow_damage === true,
  };
}

/** Refuses settings of checks there are none of. `files` are checks named by path in this run.
 * @throws LakeobsError usage naming the check and the nearest. */
export function mustBeApplicable(config: Config, catalogue: Catalogue, files: readonly Query[] = []): void {
  for (const name of config.checks.keys()) {
    const file = files.find((query) => query.name === name);
    if (file === undefined && !catalogue.files.has(name))
      throw refusal(
        config,
        `there is no check ${JSON.stringify(name)}. ${didYouMean(name, [...catalogue.files.keys()])}`,
      );
    const query = file ?? loadOrFault(name, catalogue);
    if (query.kind !== 'check') throw refusal(config, `${name} is a query, not a check`);
    configured(query, config, { allowEmpty: false, allowDamage: false });
  }
}

/** Everything in force that is not as the headers and the defaults have it. */
export function overridesOf(checks: readonly Query[], config: Config, flags: Flags): Override[] {
  const one = (check: string | null, key: string, value: string | boolean, from: string): Override => ({
    check,
    key,
    value,
    from,
  });
  return [
    ...checks.flatMap((check) => settingsInForce(check, config, flags)),
    ...(flags.exclude ?? []).map((name) => one(name, 'enabled', false, '--exclude')),
    ...(flags.tags ?? []).map((tag) => one(null, 'tag', tag, '--tag')),
    ...(flags.failOn === 'error' ? [] : [one(null, 'fail_on', flags.failOn, '--fail-on')]),
    ...(flags.allowEmpty ? [one(null, 'allow_empty', true, '--allow-empty')] : []),
    ...(flags.allowDamage ? [one(null, 'allow_damage', true, '--allow-damage')] : []),
    ...flags.require.map((family) => one(null, 'require', family, '--require')),
    ...(flags.noBaseline === true ? [one(null, 'baseline', false, '--no-baseline')] : []),
  ];
}

function settingsInForce(check: Query, config: Config, flags: Flags): Override[] {
  const { enabled, severity, error_if, warn_if, params, allow_empty, allow_damage } =
    config.checks.get(check.name) ?? {};
  const file = config.file ?? 'config';
  const own: [key: string, value: string | boolean | undefined][] =
    enabled === false
      ? [['enabled', false]]
      : [
          ['severity', severity],
          ['error_if', error_if],
          ['warn_if', warn_if],
          ['allow_empty', allow_empty === true ? true : undefined],
          ['allow_damage', allow_damage === true ? true : undefined],
          // A flag beats the file.
          ...Object.entries(params ?? {})
            .filter(([name]) => !Object.hasOwn(flags.params, name))
            .map(paramEntry),
        ];
  const given = enabled === false ? [] : Object.entries(flags.params).filter(([name]) => hasParam(check, name));
  return [
    ...own.flatMap(([key, value]) => (value === undefined ? [] : [{ check: check.name, key, value, from: file }])),
    ...given.map(paramEntry).map(([key, value]) => ({ check: check.name, key, value, from: '-p' })),
  ];
}

function paramEntry([name, value]: [string, string]): [key: string, value: string] {
  return [`params.${name}`, value];
}

function hasParam(check: Query, name: string): boolean {
  return check.params.some((param) => param.name === name);
}

/** A key that is not given stays as the header has it; severity alone moves the threshold that decides to the other side. */
function thresholdsOf(
  query: Query,
  settings: CheckSettings,
  config: Config,
): Pick<Query, 'severity' | 'errorIf' | 'warnIf'> {
  const threshold = (key: 'error_if' | 'warn_if') => {
    const text = settings[key];
    if (text === undefined) return undefined;
    const parsed = parseThreshold(text);
    if (parsed === null)
      throw refusal(config, `${query.name}.${key} is OP N on the number of rows, not ${JSON.stringify(text)}`);
    return parsed;
  };
  const severity = settings.severity ?? query.severity;
  const moved = { errorIf: query.errorIf, warnIf: query.warnIf };
  if (settings.severity === 'warn') {
    moved.warnIf = query.errorIf ?? query.warnIf;
    moved.errorIf = null;
  } else if (settings.severity === 'error' && query.errorIf === null) {
    moved.errorIf = query.warnIf;
    moved.warnIf = null;
  }
  return {
    severity,
    errorIf: threshold('error_if') ?? moved.errorIf,
    warnIf: threshold('warn_if') ?? moved.warnIf,
  };
}

/** Values of the config stand in for the header's defaults, so that -p beats them. */
function paramsOf(query: Query, { params = {} }: CheckSettings, config: Config): Query['params'] {
  for (const [name, text] of Object.entries(params)) {
    const spec = query.params.find((param) => param.name === name);
    const known = query.params.map((param) => param.name);
    if (spec === undefined)
      throw refusal(
        config,
        `${query.name} has no param ${JSON.stringify(name)}. ${known.length === 0 ? 'It has none.' : didYouMean(name, known)}`,
      );
    const parsed = parseParam(spec, text);
    if (typeof parsed === 'string') throw refusal(config, `${query.name}: ${parsed}`);
  }
  return query.params.map((param) =>
    Object.hasOwn(params, param.name) ? { ...param, default: params[param.name]! } : param,
  );
}

function refusal(config: Config, what: string): LakeobsError {
  const path = config.file ?? undefined;
  return new LakeobsError('usage', `${path === undefined ? '' : `${path}: `}checks: ${what}`, {
    hint: 'Correct "checks" in the config; docs/checks.md lists its keys.',
    ...(path === undefined ? {} : { path }),
  });
}
