// What comes back: tables of values, verdicts of checks, drops of writers. Data only; rendering is in render/, reading in engine/.

/** A JSON value kept as its exact text, so that large numbers and key order survive until they are printed. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
  toString(): string {
    return this.text;
  }
}

/** One cell. Numbers beyond ±2^53, decimals and hugeints are strings; timestamps are ISO 8601 UTC text; NaN and ±Infinity are null. */
export type Value = null | boolean | number | string | JsonText | readonly Value[] | { readonly [key: string]: Value };
export type Row = readonly Value[];

export interface ResultColumn {
  /** Unique within the table: a second `a` is called `a_2`. */
  name: string;
  /** DuckDB's name of the type, e.g. VARCHAR, BIGINT, TIMESTAMP WITH TIME ZONE. */
  type: string;
}

export interface Table {
  columns: readonly ResultColumn[];
  rows: readonly Row[];
  /** Rows that exist but were not fetched because of a limit; 0 or absent when all are here. `undefined` rows are never dropped silently. */
  rowsMore?: number;
}

/** A result that is not held in memory: columns first, then chunks of rows. Read it once. */
export interface RowStream {
  columns: readonly ResultColumn[];
  chunks: AsyncIterable<readonly Row[]>;
}

export type Severity = 'error' | 'warn';
export type CheckStatus = 'pass' | 'fail' | 'warn' | 'inconclusive' | 'error' | 'skipped';

export interface CheckResult {
  name: string;
  title: string;
  severity: Severity;
  status: CheckStatus;
  /** False when something this check should have judged could not be read. */
  complete: boolean;
  /** Failing rows, all of them counted. */
  findings: number;
  /** Rows this check judged; null when that could not be found out. */
  population: number | null;
  /** One line: why it is not a plain pass, and what to do. Empty for a complete pass. */
  reason: string;
  columns: readonly ResultColumn[];
  /** The first failing rows (limits.checkRowsMax), in the statement's order. */
  rows: readonly Row[];
}

/** One file an answer rests on. Bytes are bytes on disk (compressed for .gz and .zst). */
export interface SourceSummary {
  file: string;
  /** Lake and config files have the family of their name; a PATH has the families found in it, joined by `,`; null when none was found. */
  family: string | null;
  form: 'ndjson' | 'gz' | 'zst' | 'stdin';
  bytes: number;
  records: number;
  indexed_bytes: number;
  quarantined: number;
  torn_bytes: number;
  unknown_schema: number;
  unrecognised: number;
}

export interface ScanSummary {
  files: number;
  bytes: number;
  records: number;
  quarantined: number;
  accepted: number;
  torn: number;
  unknown_schema: number;
  unrecognised: number;
  segments_unread: number;
}

/** The roster an answer rests on: exactly these bytes. */
export interface RosterSummary {
  file: string;
  /** The column or field with the ids, as written; null when they stand in none. */
  column: string | null;
  /** Different ids. */
  ids: number;
  /** Ids that were there already. */
  duplicates: number;
  /** Rows without an id. */
  empty: number;
  /** Bytes of the file as it lies. */
  bytes: number;
  /** Of those bytes, in hexadecimal. */
  sha256: string;
}

/** The document of `lakeobs check` (schema `lakeobs.check.v1`); the field order is the printed order. */
export interface Verdict {
  schema: 'lakeobs.check.v1';
  lakeobs: string;
  started_at: string;
  verdict: 'pass' | 'fail' | 'inconclusive';
  complete: boolean;
  exit_code: 0 | 1 | 2;
  /** One line that says why and what to do next. */
  reason: string;
  checks: readonly CheckResult[];
  scanned: ScanSummary;
  sources: readonly SourceSummary[];
  params: Readonly<Record<string, string>>;
  since: string | null;
  until: string | null;
  /** The config file in force, null when there is none. */
  config: string | null;
  /** The roster that was read, null when none was. */
  roster: RosterSummary | null;
}

/** Why a best-effort writer did not keep a record. */
export type DropReason = 'invalid' | 'too-long' | 'unserialisable' | 'io' | 'closed';

export interface Drop {
  reason: DropReason;
  /** Plain words, without the record's content. */
  message: string;
  path: string;
}

/** A damaged byte range: what `quarantine` shows. Lines are 1-based and exact, offsets are bytes in the uncompressed file. */
export interface QuarantinedRange {
  line: number;
  byteOffset: number;
  byteLength: number;
  reason: string;
  /** Head of the raw bytes (limits.rawHeadBytes), decoded leniently. */
  raw: string;
}
