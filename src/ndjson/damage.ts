// What a scan finds: records, and byte ranges that are none, each with one short reason and one sentence. docs/reading.md, "Damage", explains every reason.
import { rawHeadBytes } from '../limits.ts';
import type { QuarantinedRange } from '../result.ts';
import type { JsonObject } from '../schema/index.ts';

/** Every reason a byte range is refused for, with the sentence that goes with it. */
export const damageReasons = {
  torn: 'a record begins here and the bytes end before it does',
  'not-json': 'these bytes are no JSON',
  'not-an-object': 'valid JSON, but a record is one object',
  'nul-bytes': 'NUL bytes: space the system reserved and nobody wrote',
  'invalid-utf8': 'these bytes are no UTF-8',
  'lone-surrogate': 'a \\u escape of half a surrogate pair stands for no character',
  'control-character': 'a raw control character inside a string; JSON wants it escaped',
  'line-too-long': 'the line is longer than the limit',
  'not-ndjson': 'the file is not NDJSON: one JSON object a line',
  'cut-compressed': 'the compressed file ends too early; what follows is lost',
  'corrupt-compressed': 'the compressed data is broken here; what follows cannot be read',
} as const;

export type DamageReason = keyof typeof damageReasons;

export function isDamageReason(reason: string): reason is DamageReason {
  return Object.hasOwn(damageReasons, reason);
}

export interface SalvagedRecord {
  kind: 'record';
  /** 1-based, exact. */
  line: number;
  /** Where the object stands in the uncompressed file, without white space around it. */
  byteOffset: number;
  byteLength: number;
  /** Text that DuckDB's strict reader takes: the object's own bytes; where a top-level key came twice, without the later members. May share memory with the chunk that was pushed. */
  bytes: Uint8Array;
  /** The parsed object, the first value of a repeated key; NaN and Infinity are null. */
  record: JsonObject;
  /** whole: the only object of its line · glued: whole, with another object against it · suffix: found behind a torn part. */
  origin: 'whole' | 'glued' | 'suffix';
  /** Top-level keys that came more than once. */
  duplicateKeys: readonly string[];
  /** False for the last line of a file that has no newline yet. */
  terminated: boolean;
}

export interface DamagedRange extends QuarantinedRange {
  kind: 'damaged';
  reason: DamageReason;
  /** One sentence for a person. */
  message: string;
}

export type Found = SalvagedRecord | DamagedRange;

export interface Damage {
  line: number;
  byteOffset: number;
  byteLength: number;
  reason: DamageReason;
  /** The range's first bytes; more than rawHeadBytes are cut. */
  head: Uint8Array;
  /** Instead of the reason's own sentence. */
  message?: string;
}

export function damaged({ line, byteOffset, byteLength, reason, head, message }: Damage): DamagedRange {
  return {
    kind: 'damaged',
    line,
    byteOffset,
    byteLength,
    reason,
    raw: rawHead(head, byteLength),
    message: message ?? damageReasons[reason],
  };
}

/** The head as text; a character cut by the head's own limit is left out, one that is broken in the file is U+FFFD. */
function rawHead(head: Uint8Array, byteLength: number): string {
  let bytes = head.subarray(0, rawHeadBytes);
  if (byteLength > bytes.length) {
    let end = bytes.length;
    while (end > bytes.length - 4 && end > 0 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end -= 1;
    if (end > 0 && (bytes[end - 1] as number) >= 0xc0) bytes = bytes.subarray(0, end - 1);
  }
  return lenient.decode(bytes);
}

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
