// The one shape every record family has. A family is data: its schema, its defaults, its columns and its views; adding one is one file and one line in families.ts.
import type * as z from 'zod/mini';
import type { Column } from './columns.ts';

export type FamilyName = 'session' | 'observer' | 'journal' | 'replay';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue | undefined };
export type JsonObject = { [key: string]: JsonValue | undefined };

export interface ViewColumn {
  name: string;
  /** DuckDB type of the column in the view. */
  type: 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP WITH TIME ZONE' | 'JSON';
  doc: string;
}

export interface View {
  name: string;
  /** One row is … */
  doc: string;
  columns: readonly ViewColumn[];
}

export interface Family {
  name: FamilyName;
  title: string;
  doc: string;
  /** Name of the active file in a lake; closed segments are `<stem>.NNNNNN.jsonl`. */
  file: string;
  /** The `schema` tag without its version (`session.iterate`), for families that carry one. */
  tag?: string;
  /** The version this lakeobs knows: 1 for `….v1`. */
  version?: number;
  /** How a line of this family is told from others, in words. */
  recognisedBy: string;
  /** What a writer accepts: enums closed, unknown fields kept. Its field order is the wire order. */
  record: z.ZodMiniObject;
  /** Fills what a writer may leave out; never changes what was given. `now` is the clock. */
  complete(record: JsonObject, now: Date): JsonObject;
  columns: readonly Column[];
  /** The first view is the family's row count. */
  views: readonly View[];
  /** Fields that are names, ids, enums or times: redaction leaves them alone. */
  structural: readonly string[];
}

/** What reading needs of a family: plain data (facts.ts). */
export interface FamilyFacts extends Pick<Family, 'name' | 'file' | 'tag' | 'version'> {
  columns: readonly ColumnFacts[];
  views: readonly ViewFacts[];
}

export type ColumnFacts = Omit<Column, 'doc'>;

export interface ViewFacts {
  name: string;
  columns: readonly Omit<ViewColumn, 'doc'>[];
}

/** Puts known fields into wire order, unknown ones behind them in the order given; drops undefined; changes nothing else. */
export function inWireOrder(family: Pick<Family, 'record'>, record: JsonObject): JsonObject {
  // Entries, not assignments: a field may be called __proto__ or constructor, and stays one.
  const known = Object.keys(family.record.shape).filter((key) => Object.hasOwn(record, key));
  const rest = Object.keys(record).filter((key) => !Object.hasOwn(family.record.shape, key));
  return Object.fromEntries(
    [...known, ...rest].map((key) => [key, record[key]]).filter(([, value]) => value !== undefined),
  );
}
