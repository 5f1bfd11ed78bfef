// The family somebody named on the command line; a complaint says which are known.
import { didYouMean } from '../catalog/names.ts';
import { LakeobsError } from '../errors.ts';
import { familyNames } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';

/** The name of a family. `option` is where it was named, if not as an argument. @throws LakeobsError usage with the nearest names. */
export function familyNamed(name: string, option?: string): FamilyName {
  const family = familyNames.find((known) => known === name);
  if (family !== undefined) return family;
  const where = option === undefined ? '' : `${option}: `;
  throw new LakeobsError('usage', `${where}unknown family ${JSON.stringify(name)}. ${didYouMean(name, familyNames)}`, {
    hint: `Families: ${familyNames.join(', ')}.`,
  });
}
