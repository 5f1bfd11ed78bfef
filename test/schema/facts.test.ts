// The bundle of the command line holds src/schema/facts.ts as data made at build time: it must be data, and what the schemas say.
import { describe, expect, test } from 'vitest';
import * as facts from '../../src/schema/facts.ts';
import { families } from '../../src/schema/families.ts';
import { journalKinds, neededBy } from '../../src/schema/journal.ts';

describe('facts', () => {
  test('are JSON: nothing is lost when the build writes them down', () => {
    expect(JSON.parse(JSON.stringify({ ...facts }))).toEqual({ ...facts });
  });

  test('say what the schemas say, in their order', () => {
    expect(facts.families.map(({ name }) => name)).toEqual(families.map(({ name }) => name));
    expect(facts.familyNames).toEqual(families.map(({ name }) => name));
    expect(facts.journalKinds).toEqual(journalKinds);
    expect(facts.neededBy).toEqual(neededBy);
    for (const [index, family] of families.entries()) {
      const { name, file, tag, version, columns, views } = facts.families[index]!;
      expect({ name, file, tag, version }).toEqual({
        name: family.name,
        file: family.file,
        tag: family.tag,
        version: family.version,
      });
      expect(family.columns).toMatchObject(columns);
      expect(family.columns).toHaveLength(columns.length);
      expect(family.views).toMatchObject(views);
      expect(family.views).toHaveLength(views.length);
    }
  });
});
