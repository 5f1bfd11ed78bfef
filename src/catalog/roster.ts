// The roster as reading knows it before anybody asks for it: which file, which column, and the view that is there while none is read. What reads the file
// (roster/read.ts) is loaded when a statement names the view, and not before.
import { LakeobsError } from '../errors.ts';

/** Where the ids of all workers are. */
export interface RosterSource {
  /** Absolute path. */
  file: string;
  /** The column or field with the ids; null: told by its name (roster/column.ts). */
  column: string | null;
}

/** The view's name. */
export const rosterView = 'roster';

/** The view without an id: statements are planned over it where no roster is read. */
export const noRosterSql = 'CREATE OR REPLACE TABLE roster (worker_id VARCHAR)';

/** What a statement fails with that names the view when no roster was given. */
export function noRosterGiven(): LakeobsError {
  return new LakeobsError('usage', 'the statement reads the view roster, and no roster was given', {
    hint: 'Name the file: --roster FILE, or LAKEOBS_ROSTER, or "roster" in lakeobs.json (docs/checks.md).',
  });
}
