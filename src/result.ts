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
  /** Skipped because the run was told to leave it out, or was not given a roster; not because its logs are missing. */
  leftOut?: boolean;
  /** Something failed besides: a path that is missing, a population that cannot run. Whatever it found, it is no pass. */
  failed?: boolean;
  /** It has an `error_if`: it decides although its severity is warn. */
  canFail?: boolean;
  /** False when something this check should have judged could not be read. */
  complete: boolean;
  /** Failing rows, all of them counted. */
  findings: number;
  /** Rows this check judged; null when that could not be found out. */
  population: number | null;
  /** One line: why it is not a plain pass, and what to do. Empty for a complete pass. */
  reason: string;
  columns: readonly ResultColumn[];
  /** The first failing rows (limits.checkRowsMax), in the statement's order: those that count, neither accepted nor known. */
  rows: readonly Row[];
  /** Failing rows the baseline accepts, contained in `findings`: they count against no threshold. */
  accepted: number;
  /** The first of those (limits.checkRowsMax). */
  acceptedRows: readonly AcceptedFinding[];
  /** With --since-last, failing rows the last run had as well, contained in `findings`: they count against no threshold. */
  known: number;
  /** Findings of the last run that are none any more; null without --since-last, and when that cannot be told. */
  resolved: number | null;
  /** The first of those (limits.checkRowsMax). */
  resolvedFindings: readonly Identity[];
}

/** A failing row somebody has accepted. */
export interface AcceptedFinding {
  row: Row;
  /** When it counts again, as the baseline has it; null: never. */
  expires: string | null;
  reason: string | null;
}

/** The values that make a finding the same finding, by column, long ones cut. */
export type Identity = Readonly<Record<string, null | boolean | number | string>>;

/** Something that is not as a check's header, or the default, has it. */
export interface Override {
  /** Null: all checks. */
  check: string | null;
  /** The key as the config calls it: severity, error_if, params.n, fail_on … */
  key: string;
  value: string | boolean;
  /** The config file, or the flag. */
  from: string;
}

/** What a baseline did to a verdict. Counts of entries, except `accepted`. */
export interface BaselineUse {
  file: string;
  entries: number;
  /** Failing rows it accepts. */
  accepted: number;
  /** Entries whose acceptance is over and whose finding is still there: it counts again. */
  expired: number;
  /** Entries of checks that were judged whose finding is no longer there. */
  gone: number;
  /** Names of checks in it that do not exist. */
  unknown_checks: readonly string[];
  /** What --update-baseline changed; null when it was not asked for or could not be done. */
  updated: BaselineUpdate | null;
}

export interface BaselineUpdate {
  added: number;
  /** Expired entries accepted anew. */
  renewed: number;
  dropped: number;
  /** Checks whose entries were left as they are, because they could not be judged. */
  unjudged: readonly string[];
}

/** What --since-last did to a verdict. */
export interface SinceLast {
  /** The file that remembers the run. */
  state: string;
  /** When the last run began; null: this is the first. */
  previous: string | null;
  new: number;
  known: number;
  /** Null in a time window: what has left the window is not resolved. */
  resolved: number | null;
  /** Whether this run is the last run of the next: not when nothing was judged. */
  kept: boolean;
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
  /** Everything that is not as the headers and the defaults have it. */
  overrides: readonly Override[];
  /** Null without a baseline. */
  baseline: BaselineUse | null;
  /** Null without --since-last. */
  since_last: SinceLast | null;
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
