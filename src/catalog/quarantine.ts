// A damaged range an answer has to reckon with: found in a file that was read, or taken out of one before (taken-out.ts), accepted by somebody or not (accepted.ts).
import { dirname } from 'node:path';
import type { QuarantinedRange } from '../result.ts';
import type { FamilyName } from '../schema/family.ts';
import type { SourceFile } from './sources.ts';

export interface Quarantined {
  /** The file the bytes were found in, as it was called then. */
  file: string;
  /** Null: nobody can tell; it counts against every judged family. */
  family: FamilyName | null;
  line: number | null;
  byteOffset: number | null;
  byteLength: number | null;
  reason: string;
  raw: string;
  accepted: boolean;
  /** The listed file that still holds the bytes, null for bytes that were taken out; and when they were. */
  source: SourceFile | null;
  takenOut: string | null;
  /** The lake whose loss it is; null when it is no lake's. */
  lake: string | null;
}

/** Name of the file that says which losses were accepted: in a lake for its own logs, else in the user's state folder. */
export const acceptedLedger = 'accepted.ledger';

/** A range found in a file that was read. */
export function foundIn(source: SourceFile, range: QuarantinedRange): Quarantined {
  return {
    ...range,
    file: source.path,
    family: source.family,
    accepted: false,
    source,
    takenOut: null,
    lake: source.origin === 'lake' ? dirname(source.path) : null,
  };
}
