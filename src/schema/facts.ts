// What reading needs to know of the families, as plain data: names, files, tags, columns, views; no schema, no words. Derived from the schemas, which stay the
// one source; but the bundle of the command line holds what this file evaluated to when it was built (scripts/build.mjs), so that no answer waits for zod.
// Every export is JSON and nothing else: test/schema/facts.test.ts holds it to that.
import { families as declared } from './families.ts';
import type { FamilyFacts, FamilyName } from './family.ts';
import { journalKinds as kinds, neededBy as needs } from './journal.ts';

/** The families in the order of the registry. */
export const families: readonly FamilyFacts[] = declared.map(({ name, file, tag, version, columns, views }) => ({
  name,
  file,
  ...(tag === undefined ? {} : { tag }),
  ...(version === undefined ? {} : { version }),
  columns: columns.map(({ doc: _, ...column }) => column),
  views: views.map((view) => ({ name: view.name, columns: view.columns.map(({ name, type }) => ({ name, type })) })),
}));

export const familyNames: readonly FamilyName[] = families.map((family) => family.name);

/** What `kind` says in a line of the journal. */
export const journalKinds: readonly string[] = kinds;

/** Wire fields a journal record must have beyond the common ones, by its kind. */
export const neededBy: Readonly<Record<string, readonly string[]>> = needs;
