// Is every worker an artifact names in the roster? The answer that becomes `grounded_in_roster`. Ids are compared as trimmed text, numbers by their decimal
// text, on both sides.
import { LakeobsError } from '../errors.ts';

export type WorkerId = string | number | bigint;

export interface RosterCheckOptions {
  /** Where the ids are in the record. `[]` means every element of a list. Default `artifact.fills[].candidate_id`. */
  path?: string;
}

/**
 * A check over a roster: artifact → true when every id in it is in the roster, false when one is not, undefined when it names no id at all
 * (null and absent are no ids; an empty text is one, and no roster has it).
 * @param roster worker ids; read once, now.
 * @throws LakeobsError('usage') for a path that cannot be read.
 */
export function createRosterCheck(
  roster: Iterable<WorkerId>,
  { path = 'artifact.fills[].candidate_id' }: RosterCheckOptions = {},
): (artifact: unknown) => boolean | undefined {
  const steps = stepsOf(path);
  const known = new Set<string>();
  for (const id of roster) {
    const text = textOf(id);
    if (text !== undefined && text !== '') known.add(text);
  }
  return (artifact) => {
    const ids = idsAt(artifact, steps);
    return ids.length === 0 ? undefined : ids.every((id) => known.has(textOf(id) ?? ''));
  };
}

/** A field's name, or every element. */
type Step = { field: string } | 'each';

function stepsOf(path: string): Step[] {
  if (typeof path !== 'string' || !/^[^.[\]]+(?:\[\])*(?:\.[^.[\]]+(?:\[\])*)*$/.test(path))
    throw new LakeobsError('usage', `cannot read the path ${JSON.stringify(path)}`, {
      hint: 'Write names parted by dots, [] behind a list: artifact.fills[].candidate_id',
    });
  const steps = path.split('.').flatMap((part): Step[] => {
    const [name = '', ...lists] = part.split('[]');
    return [{ field: name }, ...lists.map((): Step => 'each')];
  });
  const [first] = steps;
  return typeof first === 'object' && first.field === 'artifact' ? steps.slice(1) : steps;
}

function idsAt(artifact: unknown, steps: readonly Step[]): unknown[] {
  let found: unknown[] = [artifact];
  for (const step of steps)
    found = found.flatMap((value): unknown[] => {
      if (step === 'each') return Array.isArray(value) ? value : [];
      return typeof value === 'object' && value !== null && Object.hasOwn(value, step.field)
        ? [(value as Record<string, unknown>)[step.field]]
        : [];
    });
  return found.filter((id) => id !== null && id !== undefined);
}

/** Undefined: not an id at all, so in no roster. */
function textOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id.trim();
  if (typeof id === 'bigint') return id.toString();
  if (typeof id !== 'number') return undefined;
  // Decimal text: 1e21 is "1000000000000000000000".
  return Number.isInteger(id) ? BigInt(id).toString() : String(id);
}
