// From `lines` to the views people query: one SELECT per declared view (src/schema), no file names, no I/O. `lines` is one relation with the columns source_file,
// family (NULL: unrecognised), known (false: a version nobody here knows, never shown) and every wire field of every family as text or JSON; who fills it,
// from files, copies or Parquet, is not this file's business.
import { families } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import { journalViews } from './views/journal.ts';
import { observerViews } from './views/observer.ts';
import { problemsView } from './views/problems.ts';
import { replayViews } from './views/replay.ts';
import type { TimeRange } from './views/select.ts';
import { sessionViews } from './views/session.ts';

export type ViewOptions = TimeRange;

/** The statements that make every family's views and `problems`. since and until are half-open and look at `ts` (spans: started_at; attempts, fills and
 * retrievals: their record's); a row without a readable time is always shown. `problems` is not cut by time. Needs the relations `lines` and `lines_problems`. */
export function viewStatements(options: ViewOptions = {}): string[] {
  return [
    ...sessionViews(options),
    ...observerViews(options),
    ...journalViews(options),
    ...replayViews(options),
    problemsView(),
  ];
}

/** Views in which the order of lines in a file means something: of two that say the same the first counts. */
export const orderedViews: readonly string[] = ['spans'];

export interface UnionColumn {
  wire: string;
  sqlType: 'VARCHAR' | 'JSON';
  /** Who has a field of that name. */
  families: FamilyName[];
  /** Possibly large in one of them. */
  wide: boolean;
}

/** Columns of `lines` that say only whether a wide field is there: whoever asks for no more needs not keep what is in it. */
export const presenceColumns: readonly { name: string; wire: string }[] = [{ name: 'has_artifact', wire: 'artifact' }];

/** Fields that differ from line to line. */
export const distinctWires: readonly string[] = ['session_id', 'timestamp'];

/** Columns that `lines` has besides the fields, and the one read_ndjson adds. */
const reserved: readonly string[] = [
  'source_file',
  'family',
  'known',
  'filename',
  ...presenceColumns.map(({ name }) => name),
];

/** The wire fields of all families, each once, in the order of the registry: what a reader of the files declares as columns. */
export const unionColumns: UnionColumn[] = unite();

function unite(): UnionColumn[] {
  const united = new Map<string, UnionColumn>();
  for (const family of families)
    for (const { wire, kind, wide } of family.columns) {
      const sqlType = kind === 'json' ? 'JSON' : 'VARCHAR';
      // SQL names do not know upper from lower case: two fields that differ in nothing else would be one column.
      const known = united.get(wire.toLowerCase());
      if (reserved.includes(wire.toLowerCase()))
        throw new Error(`field ${wire} of ${family.name} has the name of a column of lines`);
      if (known !== undefined && (known.wire !== wire || known.sqlType !== sqlType))
        throw new Error(`field ${wire} of ${family.name} clashes with ${known.wire} of ${known.families.join(', ')}`);
      if (known === undefined) united.set(wire.toLowerCase(), { wire, sqlType, families: [family.name], wide });
      else {
        known.families.push(family.name);
        known.wide ||= wide;
      }
    }
  return [...united.values()];
}
