// A record as the bytes of one line: what is refused, what is mended, and what of a half-written batch counts. Pure.
import type { DropReason } from '../result.ts';

/** Why a record cannot become a line. The message never holds the record's content. */
export class Refusal {
  readonly reason: Extract<DropReason, 'invalid' | 'unserialisable' | 'too-long'>;
  readonly message: string;
  constructor(reason: Refusal['reason'], message: string) {
    this.reason = reason;
    this.message = message;
  }
}

const NEWLINE = 10;

/** One record as a line without its newline, or why not. */
export function lineOf(record: object): string | Refusal {
  const line = jsonOf(record);
  return typeof line === 'string' ? wellFormed(line) : line;
}

/** The same before wellFormed has seen it, for those who encode it themselves. */
export function jsonOf(record: object): string | Refusal {
  let line: string | undefined;
  try {
    line = JSON.stringify(record);
  } catch (error) {
    return new Refusal('unserialisable', `the record cannot be written as JSON: ${firstLine(error)}`);
  }
  // A plain object always becomes an object. The text itself is only looked at for others: V8 builds it in pieces and would join them for one look at it.
  const plain = record?.constructor === Object && (record as { toJSON?: unknown }).toJSON === undefined;
  if (!plain && (line === undefined || line.charCodeAt(0) !== 123) /* { */)
    return new Refusal('invalid', 'a record is one JSON object; this value is none');
  return line;
}

/** JSON text with every lone surrogate as U+FFFD. JSON.stringify writes it as `\ud800`, which DuckDB and others refuse. Changes no length. */
export function wellFormed(text: string): string {
  return text.includes('\\ud') ? mendSurrogates(text) : text;
}

/** The refusal of a line over the limit. */
export function tooLong(bytes: number, lineBytesMax: number): Refusal {
  return new Refusal(
    'too-long',
    `the record is ${bytes} bytes as a line; the limit is ${lineBytesMax}, and readers stop there`,
  );
}

/** Checks bytes somebody else serialised: exactly one object on one line, no newline but one at the end. Returns them without it. */
export function rawLine(bytes: Uint8Array): Uint8Array | Refusal {
  const line = bytes[bytes.byteLength - 1] === NEWLINE ? bytes.subarray(0, bytes.byteLength - 1) : bytes;
  if (line.includes(NEWLINE)) return new Refusal('invalid', 'the raw line holds a newline: append one line at a time');
  let start = 0;
  let end = line.byteLength;
  while (start < end && isBlank(line[start]!)) start += 1;
  while (end > start && isBlank(line[end - 1]!)) end -= 1;
  if (end - start < 2 || line[start] !== 123 || line[end - 1] !== 125)
    return new Refusal('invalid', 'the raw line is not one JSON object: it must begin with { and end with }');
  return line;
}

/** What a short write left in the file, for a batch of whole lines. Offsets are into the batch. */
export interface ShortWrite {
  /** End of the last line that is whole in the file, newline included. */
  committed: number;
  /** Bytes of the line that was cut; 0 when the cut fell between two lines. */
  fragment: number;
  /** Where the cut line ends in the batch. */
  lineEnd: number;
  /** True when nothing but blanks and the newline is missing: the newline that seals the fragment makes it this very record, so it must not be written again. */
  whole: boolean;
}

/** Judges a write that took `batch[from, taken)` of `batch[from, end)`. */
export function shortWrite(batch: Uint8Array, from: number, taken: number): ShortWrite {
  const before = batch.subarray(from, taken).lastIndexOf(NEWLINE);
  const committed = before === -1 ? from : from + before + 1;
  const lineEnd = batch.indexOf(NEWLINE, taken) + 1;
  let whole = taken > committed;
  for (let at = taken; whole && at < lineEnd - 1; at += 1) whole = isBlank(batch[at]!);
  return { committed, fragment: taken - committed, lineEnd, whole };
}

/** How many lines end in `bytes[start, end)`. */
export function linesIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, start); at !== -1 && at < end; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** `\ud800` … `\udfff` in JSON text are lone surrogates, unless the backslash is itself escaped. */
function mendSurrogates(text: string): string {
  return text.replace(/\\(?:u(d[89a-f][0-9a-f]{2})|.)/g, (whole, lone: string | undefined) =>
    lone === undefined ? whole : '\\ufffd',
  );
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}
