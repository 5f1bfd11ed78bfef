// What one ingest did: the document `lakeobs ingest` prints. docs/ingest.md explains every field.
import type { FamilyName } from '../schema/family.ts';

export interface IngestSummary {
  /** Sources looked at. */
  files: number;
  /** Bytes newly taken; for compressed files, of what is inside. */
  bytes: number;
  /** Bytes that were in the lake already. */
  skipped_bytes: number;
  /** Bytes of last lines that are not complete yet: left for the next run. */
  pending_bytes: number;
  /** Lines newly taken, blank ones not counted. */
  lines: number;
  /** Records put into the lake, by family; a family without any is absent. */
  written: Partial<Record<FamilyName, number>>;
  /** Of these, records of a version this lakeobs does not know. */
  unknown_version: number;
  /** Of these, records cut out of a line that held more than just them. */
  recovered: number;
  /** Rejected parts of lines, all kept in the quarantine. */
  quarantined: number;
  /** Of these, whole objects of no family. */
  unrecognised: number;
  /** New segments, absolute paths. */
  segments: string[];
  /** New files of the quarantine, absolute paths. */
  quarantine: string[];
  /** What an earlier ingest had committed and this one finished: segments and quarantine files. */
  finished: string[];
  /** Sources that could not be read to their end. What was read of them is kept. */
  failed: { file: string; error: string }[];
  /** True when it was stopped; what had been read is kept. */
  interrupted: boolean;
}

/** info: what happens · rejected: a line that is not in a log now · failed: a source that broke off. */
export type NoteKind = 'info' | 'rejected' | 'failed';

export function emptySummary(): IngestSummary {
  return {
    files: 0,
    bytes: 0,
    skipped_bytes: 0,
    pending_bytes: 0,
    lines: 0,
    written: {},
    unknown_version: 0,
    recovered: 0,
    quarantined: 0,
    unrecognised: 0,
    segments: [],
    quarantine: [],
    finished: [],
    failed: [],
    interrupted: false,
  };
}
