// The flags of `check` about earlier runs: which baseline, whether it is written anew, whether only news count. What does not go together is refused here.
import { resolve } from 'node:path';
import type { Config } from '../catalog/config.ts';
import { isSameFile, reachableStampOf, type Scope } from '../catalog/sources.ts';
import { LakeobsError } from '../errors.ts';
import type { EarlierOptions } from '../gate/earlier.ts';
import type { Io } from './io.ts';
import { refuseInputs } from './output.ts';

export interface EarlierFlags {
  /** False after --no-baseline. */
  baseline?: string | false;
  updateBaseline?: boolean;
  baselineExpires?: string;
  reason?: string;
  sinceLast?: boolean;
  dryRun?: boolean;
  output?: string[];
}

/** @throws LakeobsError usage for flags that do not go together. */
export function mustGoTogether(flags: EarlierFlags & { format?: string }): void {
  const update = flags.updateBaseline === true;
  for (const [name, value] of [
    ['--baseline-expires', flags.baselineExpires],
    ['--reason', flags.reason],
  ] as const)
    if (value !== undefined && !update) refuse(`${name} is for new entries`, 'Give it with --update-baseline.');
  if (update && flags.sinceLast === true)
    refuse('--update-baseline accepts all findings, --since-last looks at new ones', 'Run one after the other.');
  if (flags.dryRun !== true) return;
  if (update) refuse('a dry run finds nothing to accept', 'Leave out --update-baseline.');
  if (flags.sinceLast === true) refuse('a dry run finds nothing to remember', 'Leave out --since-last.');
  if ((flags.output ?? []).length > 0) refuse('a dry run has no verdict to write', 'Leave out --output.');
  if (flags.format !== undefined) refuse('a dry run has no verdict to print', 'Leave out --format.');
}

/** What a run of checks is asked to know of earlier ones: nothing without flags and without a baseline in the config.
 * @throws LakeobsError usage for a baseline that is missing, or is an input or an output of the run. */
export async function earlierOptionsOf(
  flags: EarlierFlags,
  run: { config: Config; scope: Scope; checks: readonly string[]; choice: readonly string[] },
  io: Io,
): Promise<EarlierOptions> {
  const update = flags.updateBaseline === true;
  const file =
    typeof flags.baseline === 'string'
      ? resolve(io.cwd, flags.baseline)
      : flags.baseline === false
        ? null
        : run.config.baseline;
  if (update && file === null)
    refuse('--update-baseline needs a file', 'Name it with --baseline FILE, or in the config.');
  if (file !== null && (flags.output ?? []).some((output) => isOne(resolve(io.cwd, output), file)))
    refuse(`--output ${file} is the baseline: the verdict would replace it`, 'Write the verdict elsewhere.');
  if (file !== null && update) await refuseInputs([file], run.scope, '--baseline');
  return {
    ...(file === null
      ? {}
      : { baseline: { file, checks: run.checks, ...(update ? { update: await newEntries(flags, io) } : {}) } }),
    ...(flags.sinceLast === true ? { sinceLast: { choice: run.choice } } : {}),
  };
}

/** Whether two paths are one file, by name or behind a link. */
function isOne(a: string, b: string): boolean {
  const stamp = reachableStampOf(a);
  return a === b || (stamp !== null && isSameFile(stamp, reachableStampOf(b)));
}

function refuse(what: string, hint: string): never {
  throw new LakeobsError('usage', what, { hint });
}

async function newEntries({ baselineExpires, reason }: EarlierFlags, io: Io) {
  const { parseExpiry } = await import('../gate/baseline.ts');
  return {
    expires: baselineExpires === undefined ? null : parseExpiry(baselineExpires, io.now()),
    reason: reason ?? null,
  };
}
