// Which column of a roster holds the ids. Pure: names in, a place or a complaint out. It never guesses between two.
import { LakeobsError } from '../../errors.ts';
import { nearNames } from '../names.ts';

/** Names an id column goes by, in words of the records and of personnel lists. Case, blanks, `_` and `-` do not matter: `Worker ID` is worker_id. */
export const idColumns = [
  'worker_id',
  'worker',
  'id',
  'employee_id',
  'employee',
  'candidate_id',
  'candidate',
  'staffer_id',
  'staffer',
  'staff_id',
  'person_id',
] as const;

/** Whether a name is one of them. */
export function isIdColumn(name: string): boolean {
  return known.has(folded(name));
}

/** The place of the id column: the one asked for; else worker_id, the only column there is, or the only one whose name is known.
 * @throws LakeobsError usage naming the columns when that is none, or more than one. */
export function idColumnOf(names: readonly string[], asked: string | null, file: string): number {
  const fail = (message: string, hint: string): never => {
    throw new LakeobsError('usage', `the roster ${file} ${message}`, { path: file, hint });
  };
  const at = (wanted: (name: string) => boolean) => names.flatMap((name, index) => (wanted(name) ? [index] : []));
  const shown = names.map((name) => JSON.stringify(name)).join(', ');
  if (asked !== null) {
    const exact = at((name) => name === asked);
    const found = exact.length > 0 ? exact : at((name) => name.trim().toLowerCase() === asked.trim().toLowerCase());
    if (found.length === 1) return found[0]!;
    if (found.length > 1) return fail(`has ${found.length} columns ${JSON.stringify(asked)}`, 'Rename one of them.');
    const near = nearNames(asked, names);
    return fail(
      `has no column ${JSON.stringify(asked)}: it has ${shown}`,
      near.length > 0 ? `Did you mean --roster-column ${near[0]}?` : 'Name one of these with --roster-column.',
    );
  }
  const own = at((name) => folded(name) === folded('worker_id'));
  const found = own.length > 0 ? own : names.length === 1 ? [0] : at(isIdColumn);
  if (found.length === 1) return found[0]!;
  return found.length === 0
    ? fail(`has no column known to hold ids: it has ${shown}`, 'Name it: --roster-column NAME.')
    : fail(
        `may hold its ids in ${found.map((index) => JSON.stringify(names[index])).join(' or ')}`,
        'Name one: --roster-column NAME.',
      );
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}

const known: ReadonlySet<string> = new Set(idColumns.map(folded));
