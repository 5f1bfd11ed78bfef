// What every form of a roster comes down to: a statement that reads the ids from a private copy of its bytes. One file per form beside this one.

/** What a form is asked. */
export interface RosterRequest {
  /** The roster, for messages. */
  file: string;
  /** Where the form puts what DuckDB reads: nobody else knows the path. */
  copy: string;
  /** The column or field with the ids; null: told by its name. */
  asked: string | null;
}

export interface RosterForm {
  /** The column or field with the ids, as written; null when they stand in none. */
  column: string | null;
  /** A statement with one column `id` of text: every id, untrimmed, NULL where there is none. */
  idsSql: string;
  /** The line of the roster at which DuckDB's reader broke off; undefined when nobody can tell. */
  lineOf: (message: string) => number | undefined;
}
