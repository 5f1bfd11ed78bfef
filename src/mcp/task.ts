// What runs in a process of its own (task-process.ts): a verdict, a time line. By the code of `check` and `show`, with their rules; the answer is text a model may read.

import { chooseChecks, runChecks } from '../gate/check.ts';
import { processBytesOf } from '../query/process-memory.ts';
import type { RunOptions } from '../query/run.ts';
import type { FamilyName } from '../schema/family.ts';
import { gather } from '../timeline/gather.ts';
import { timelineOf } from '../timeline/tree.ts';
import { timelineAnswer, verdictAnswer } from './answer.ts';
import { catalogueOf, type Place } from './place.ts';
import type { ToolAnswer } from './tool.ts';
import type { Window } from './window.ts';

export type Task = ChecksTask | ShowTask;

export interface ChecksTask extends Window {
  tool: 'run_checks';
  names: readonly string[];
  tags: readonly string[];
  exclude: readonly string[];
  params: Readonly<Record<string, string>>;
  failOn: 'error' | 'warn';
  allowEmpty: boolean;
  allowDamage: boolean;
  require: readonly FamilyName[];
}

export interface ShowTask {
  tool: 'show';
  id: string;
  /** The first entry to give, from 1. */
  from: number;
}

/** @throws LakeobsError as the command of that name. */
export async function runTask(task: Task, place: Place): Promise<ToolAnswer> {
  // Nothing else is in this process, so its memory is the task's.
  const run: RunOptions = { ...place.run, processBytesMax: processBytesOf(place.run.memory), leaving: true };
  return task.tool === 'show' ? showTask(task, run) : checksTask(task, run, place);
}

async function checksTask(task: ChecksTask, run: RunOptions, place: Place): Promise<ToolAnswer> {
  const { names, tags, exclude, since, until, timeZone, ...rules } = task;
  const { config } = run.scope;
  const catalogue = catalogueOf(place);
  const baseline =
    config.baseline === null ? {} : { baseline: { file: config.baseline, checks: [...catalogue.files.keys()] } };
  const verdict = await runChecks(chooseChecks(catalogue, { names, tags, exclude }, config), {
    ...run,
    ...baseline,
    ...rules,
    since,
    until,
    timeZone,
    tags,
    exclude,
    named: names.length > 0,
    version: place.version,
    startedAt: new Date(),
  });
  return verdictAnswer(verdict);
}

async function showTask({ id, from }: ShowTask, run: RunOptions): Promise<ToolAnswer> {
  const gathered = await gather(id, run);
  return timelineAnswer(timelineOf(id, gathered), gathered.evidence.scanned, from);
}
