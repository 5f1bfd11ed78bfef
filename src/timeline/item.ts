// What a line of a log holds, for those who look at logs line by line: records with their family and time, and damage. A line is judged by the same code that
// salvages files, so what is damaged here is damaged there.
import { lineBytesMax } from '../limits.ts';
import type { DamageReason } from '../ndjson/salvage.ts';
import { SalvageScanner } from '../ndjson/salvage.ts';
import { readWholeObject } from '../ndjson/salvage-piece.ts';
import type { FamilyName, JsonObject } from '../schema/family.ts';
import { recognise } from '../schema/recognise.ts';
import type { RawLine } from './backward.ts';

interface Place {
  file: string;
  /** Of the record or the damaged bytes, in the uncompressed file. */
  byteOffset: number;
  byteLength: number;
  /** Milliseconds since 1970; null when it cannot be read. */
  tsMs: number | null;
}

export interface RecordItem extends Place {
  damage: null;
  /** Null: of no family lakeobs knows. */
  family: FamilyName | null;
  /** False: a version of the family that nobody here knows. */
  known: boolean;
  record: JsonObject;
  /** The record as it lies in the file, without white space around it. */
  text: string;
  /** What DuckDB's strict reader takes: the same, without a key that came again. */
  strict: string;
}

export interface DamageItem extends Place {
  damage: { reason: DamageReason; message: string };
  /** Head of the bytes, decoded leniently. */
  text: string;
}

export type Item = RecordItem | DamageItem;

/** What stands in a line, in its order; nothing for white space. */
export function itemsIn(line: RawLine, file: string): Item[] {
  const { bytes, byteOffset, byteLength } = line;
  if (byteLength > lineBytesMax) {
    const message = 'the line is longer than the limit';
    return [
      {
        file,
        byteOffset,
        byteLength,
        tsMs: null,
        damage: { reason: 'line-too-long', message },
        text: bytes.toString(),
      },
    ];
  }
  const whole = readWholeObject(bytes, 0, bytes.length);
  if (whole !== null) return [recordItem(file, byteOffset, bytes, whole.bytes, whole.record)];
  // A scan that begins at 0 would ask whether this is NDJSON at all; here one line is asked about.
  const scanner = new SalvageScanner({ lineBytesMax, startOffset: byteOffset + 1 });
  return [...scanner.push(bytes), ...scanner.end()].map((found): Item => {
    const at = found.byteOffset - 1;
    if (found.kind === 'record') {
      const own = bytes.subarray(at - byteOffset, at - byteOffset + found.byteLength);
      return recordItem(file, at, own, found.bytes, found.record);
    }
    const { reason, message, raw } = found;
    return { file, byteOffset: at, byteLength: found.byteLength, tsMs: null, damage: { reason, message }, text: raw };
  });
}

function recordItem(file: string, byteOffset: number, own: Buffer, strict: Uint8Array, record: JsonObject): RecordItem {
  const { family, known } = recognise(record);
  const text = own.toString();
  return {
    file,
    byteOffset,
    byteLength: own.length,
    tsMs: timeOf(record),
    damage: null,
    family,
    known,
    record,
    text,
    strict: strict === own ? text : Buffer.from(strict).toString(),
  };
}

/** A record's time: epoch milliseconds, or RFC 3339, in UTC when it names no offset. */
function timeOf({ timestamp }: JsonObject): number | null {
  if (typeof timestamp === 'number') return Number.isNaN(new Date(timestamp).getTime()) ? null : timestamp;
  if (typeof timestamp !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(timestamp)) return null;
  const withZone = /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i.test(timestamp.slice(10)) || timestamp.length === 10;
  const ms = Date.parse(withZone ? timestamp : `${timestamp}Z`);
  return Number.isNaN(ms) ? null : ms;
}
