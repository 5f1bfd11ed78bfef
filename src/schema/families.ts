// The registry of families: one line each. Everything that walks over families (views, CLI, docs, tests) walks over this list.
import type { Family, FamilyName } from './family.ts';
import { journal } from './journal.ts';
import { observer } from './observer.ts';
import { replay } from './replay.ts';
import { session } from './session.ts';

export const families: readonly Family[] = [session, observer, journal, replay];

export const familyNames: readonly FamilyName[] = families.map((family) => family.name);

/** The family of that name, or undefined. */
export function familyOf(name: string): Family | undefined {
  return families.find((family) => family.name === name);
}
