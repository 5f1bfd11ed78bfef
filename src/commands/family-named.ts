// The family somebody named on the command line; a complaint says which are known.
import { didYouMean } from '../catalog/names.ts';
import { LakeobsError } from '../errors.ts';
import { familyNames, familyOf } from '../schema/facts.ts';
import type { Family } from '../schema/family.ts';

/** A family by name. `option` is where it was named, if not as an argument. @throws LakeobsError usage with the nearest names. */
export function familyNamed(name: string, option?: string): Family {
  const family = familyOf(name);
  if (family !== undefined) return family;
  const where = option === undefined ? '' : `${option}: `;
  throw new LakeobsError('usage', `${where}unknown family ${JSON.stringify(name)}. ${didYouMean(name, familyNames)}`, {
    hint: `Families: ${familyNames.join(', ')}.`,
  });
}
