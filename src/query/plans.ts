// What the bundled queries read, found out when lakeobs was built (scripts/build.mjs, by the very code that finds it out for any other statement), so that
// the commonest runs need neither parse tree nor plan: a tenth of their time. A statement that is not in the list word for word takes the usual road.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FamilyName } from '../schema/family.ts';

export interface Plan {
  views: readonly string[];
  families: readonly FamilyName[];
  /** Wire names of the columns it reads, without --since and --until. */
  columns: readonly string[];
  /** The lines it can use (catalog/needs.ts); null: all. */
  where: string | null;
}

/** The plan of a bundled statement or population, undefined for any other. */
export function planOf(sql: string): Plan | undefined {
  plans ??= readPlans();
  return Object.hasOwn(plans, sql) ? plans[sql] : undefined;
}

let plans: Readonly<Record<string, Plan>> | undefined;

/** `dist/plans.json`, also for who runs from the sources: what belongs to other words is not found in it. */
function readPlans(): Readonly<Record<string, Plan>> {
  for (let folder = import.meta.dirname, up = 0; up < 3; folder = dirname(folder), up++) {
    const file = [join(folder, 'plans.json'), join(folder, 'dist', 'plans.json')].find(existsSync);
    if (file !== undefined) return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Plan>;
  }
  return {};
}
