// What a line holds: almost always one whole object, which is told fast; else whatever salvage finds in it, each part with its place. Nothing is changed or
// interpreted beyond that; where a part goes is decided by the caller.
import { isUtf8 } from 'node:buffer';
import { lineBytesMax } from '../limits.ts';
import { hasLoneSurrogate } from '../ndjson/json-text.ts';
import { SalvageScanner } from '../ndjson/salvage.ts';
import type { JsonObject } from '../schema/family.ts';

/** A part of a line: `[start, end)` counts from the line's first byte. */
export type LinePart =
  | {
      kind: 'object';
      start: number;
      end: number;
      record: JsonObject /** Cut out of a line that is not just this object. */;
      recovered: boolean;
    }
  | { kind: 'bad'; start: number; end: number; reason: string };

/** The object a line consists of, white space around it allowed; null when it is anything else, or nothing every reader can read. */
export function wholeObject(line: Buffer): JsonObject | null {
  if (!isUtf8(line)) return null;
  const text = line.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return text.includes('\\u') && hasLoneSurrogate(text) ? null : (value as JsonObject);
}

/** Everything in a line that is not simply one whole object, in order, without the white space between. */
export function lineParts(line: Buffer): LinePart[] {
  // Any offset but 0: a scan from 0 would also ask whether the file is NDJSON at all.
  const scanner = new SalvageScanner({ lineBytesMax, startOffset: 1 });
  const found = [...scanner.push(Buffer.concat([line, newline])), ...scanner.end()];
  return found.map((one) => {
    const start = one.byteOffset - 1;
    const end = start + one.byteLength;
    if (one.kind === 'damaged') return { kind: 'bad', start, end, reason: one.reason };
    return { kind: 'object', start, end, record: one.record, recovered: found.length > 1 };
  });
}

/** Whether the line is one whole object and nothing else: if its newline is missing, nothing else is. */
export function isComplete(line: Buffer): boolean {
  if (wholeObject(line) !== null) return true;
  const parts = lineParts(line);
  return parts.length === 1 && parts[0]?.kind === 'object';
}

const newline = Buffer.from('\n');
