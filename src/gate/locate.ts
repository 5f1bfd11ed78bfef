// Where findings are: the file and line of the record behind a row, found by our own scan of the file the row names, after the verdict and only for the rows
// that are shown. A record is recognised by what the row repeats of it: ids, times and names under the columns of its family. A row that names no file, or none
// of those, has no place; a file that moved meanwhile gives a place without a line. Never an error: a verdict stands without places.
import { statSync } from 'node:fs';
import { LakeobsError, systemCode } from '../errors.ts';
import { lineBytesMax, locateBytesMax } from '../limits.ts';
import { fileChunks } from '../ndjson/file-chunks.ts';
import { SalvageScanner } from '../ndjson/salvage.ts';
import type { ResultColumn, Row, Value } from '../result.ts';
import { families } from '../schema/families.ts';
import type { JsonObject } from '../schema/family.ts';

export interface Place {
  /** Absolute path as it was read; compressed files count the lines of what is in them. */
  file: string;
  /** 1-based; null when the record was not found there any more, or not within limits.locateBytesMax. */
  line: number | null;
}

/** Rows by their identity (the arrays themselves). */
export type Places = ReadonlyMap<Row, Place>;

/** Finds the places of the rows of some results. `read`: the files the run has read; no other is opened, whatever a row says.
 * Bounded: each file is read once, up to limits.locateBytesMax in all, and no further than the last row's record.
 * @throws the signal's reason, and nothing else. */
export async function locateRows(
  results: readonly { columns: readonly ResultColumn[]; rows: readonly Row[] }[],
  read: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Places> {
  const places = new Map<Row, Place>();
  const wanted = new Map<string, Sought[]>();
  for (const { columns, rows } of results) {
    const at = columns.findIndex((column) => column.name === 'source_file');
    for (const row of rows) {
      const file = row[at];
      if (typeof file !== 'string' || file === '-') continue;
      places.set(row, { file, line: null });
      const sought = read.has(file) ? soughtOf(columns, row) : null;
      if (sought !== null) wanted.set(file, [...(wanted.get(file) ?? []), sought]);
    }
  }
  let left = locateBytesMax;
  for (const [file, sought] of wanted) {
    left -= await searchFile(file, sought, left, signal);
    for (const { row, line, near } of sought) places.set(row, { file, line: line ?? near?.line ?? null });
  }
  return places;
}

/** A row and what it repeats of its record. */
interface Sought {
  row: Row;
  /** What tells the record, by wire name: at least one. The first is looked for in the bytes. */
  anchors: readonly Clue[];
  /** What it says too, unless the statement called something else by that name. */
  others: readonly Clue[];
  line: number | null;
  /** The first line of those with its id that say most of the rest: what is left when no line says all. */
  near: { line: number; score: number } | null;
}

interface Clue {
  wire: string;
  text: string;
}

function soughtOf(columns: readonly ResultColumn[], row: Row): Sought | null {
  const clues = columns.flatMap(({ name }, index): (Clue & { anchor: boolean })[] => {
    const text = textOf(row[index]);
    const wire = wireNames.get(name);
    return text === null || wire === undefined ? [] : [{ wire, text, anchor: anchorNames.has(name) }];
  });
  // The first anchor tells most: a session before its daemon and its time.
  const anchors = clues.filter(({ anchor }) => anchor).sort((a, b) => weight(a) - weight(b));
  if (anchors.length === 0) return null;
  return { row, anchors, others: clues.filter(({ anchor }) => !anchor), line: null, near: null };
}

/** 0 for an id of something that happened; names of who wrote it tell least. */
function weight({ wire }: Clue): number {
  return /^(daemon|extensionId|staffer_id)$/.test(wire) ? 2 : wire === 'timestamp' ? 1 : 0;
}

/** Column → wire name of every value a row may repeat as it was written. Times are repeated as text only by `timestamp`. */
const wireNames = new Map(
  families.flatMap(({ columns }) =>
    columns
      .filter(({ kind, wide }) => kind !== 'json' && kind !== 'boolean' && !wide)
      .map(({ name, wire }) => [name, wire] as const),
  ),
);

/** Columns that say which record it is. */
const anchorNames = new Set([...wireNames.keys()].filter((name) => /_id$|^(timestamp|daemon|sig_hash)$/.test(name)));

function textOf(value: Value | undefined): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/** Fills in lines; returns the uncompressed bytes read. */
async function searchFile(
  file: string,
  sought: readonly Sought[],
  bytesMax: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let open = sought.length;
  let bytes = 0;
  const keys = keysOf(sought);
  const lines = new LineSplitter();
  const look = (line: Buffer, number: number): void => {
    const candidates = candidatesOf(line, keys).filter((candidate) => candidate.line === null);
    if (candidates.length === 0) return;
    for (const record of recordsOf(line, number))
      for (const candidate of candidates) {
        if (candidate.line !== null) continue;
        const score = scoreOf(record, candidate);
        if (score === Number.POSITIVE_INFINITY) {
          candidate.line = number;
          open--;
        } else if (score > (candidate.near?.score ?? 0)) candidate.near = { line: number, score };
      }
  };
  try {
    // What can be read only once has been.
    if (!statSync(file).isFile()) return 0;
    for await (const chunk of fileChunks(file, { startOffset: 0, endOffset: bytesMax, signal })) {
      bytes += chunk.length;
      lines.push(chunk, look);
      if (open === 0) return bytes;
    }
    lines.end(look);
  } catch (error) {
    // Gone, or not to be read any more: no line.
    if (!(error instanceof LakeobsError) && systemCode(error) === undefined) throw error;
  }
  return bytes;
}

/** First anchors by wire name and text: what is looked for in every line. */
type Keys = readonly { needle: Buffer; rows: ReadonlyMap<string, readonly Sought[]> }[];

function keysOf(sought: readonly Sought[]): Keys {
  const byWire = new Map<string, Map<string, Sought[]>>();
  for (const one of sought) {
    const { wire, text } = one.anchors[0]!;
    const rows = byWire.get(wire) ?? new Map<string, Sought[]>();
    rows.set(text, [...(rows.get(text) ?? []), one]);
    byWire.set(wire, rows);
  }
  return [...byWire].map(([wire, rows]) => ({ needle: Buffer.from(JSON.stringify(wire)), rows }));
}

/** Rows whose first anchor stands somewhere in the line; whether it is the record's own member is told by parsing. */
function candidatesOf(line: Buffer, keys: Keys): Sought[] {
  const found: Sought[] = [];
  for (const { needle, rows } of keys)
    for (let at = line.indexOf(needle); at !== -1; at = line.indexOf(needle, at + needle.length)) {
      const text = valueAt(line, at + needle.length);
      if (text !== null) found.push(...(rows.get(text) ?? []));
    }
  return found;
}

/** The text or number behind a key, without parsing the line. */
function valueAt(line: Buffer, from: number): string | null {
  let at = skipSpace(line, from);
  if (line[at] !== colon) return null;
  at = skipSpace(line, at + 1);
  if (line[at] !== quote) {
    let end = at;
    while (end < line.length && numberBytes.has(line[end]!)) end++;
    return end === at ? null : String(Number(line.toString('latin1', at, end)));
  }
  let end = at + 1;
  let escapes = false;
  for (; end < line.length && line[end] !== quote; end++)
    if (line[end] === backslash) {
      escapes = true;
      end++;
    }
  const raw = line.toString('utf8', at + 1, end);
  if (!escapes) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return null;
  }
}

function skipSpace(line: Buffer, from: number): number {
  let at = from;
  while (line[at] === 0x20 || line[at] === 0x09) at++;
  return at;
}

const colon = 0x3a;
const quote = 0x22;
const backslash = 0x5c;
const numberBytes = new Set(Buffer.from('+-.0123456789eE'));

/** Every record of a line, glued ones included: the same reading as everywhere. Only the first line may begin with a byte order mark. */
function recordsOf(line: Buffer, number: number): JsonObject[] {
  const scanner = new SalvageScanner({ lineBytesMax, startOffset: number - 1 });
  return [...scanner.push(Buffer.concat([line, newline])), ...scanner.end()].flatMap((found) =>
    found.kind === 'record' ? [found.record] : [],
  );
}

const newline = Buffer.from('\n');

/** How much of a row a record says: Infinity when all, 0 when it is another record. A clue the record contradicts counts against it: the statement may have
 * called something else by that name, but a line without contradiction is the better one. */
function scoreOf(record: JsonObject, { anchors, others }: Sought): number {
  const said = anchors.map((clue) => says(record, clue));
  if (said[0] !== true || said.includes(false)) return 0;
  const rest = others.map((clue) => says(record, clue));
  const all = [...said, ...rest];
  if (all.every((yes) => yes === true)) return Number.POSITIVE_INFINITY;
  // Who wrote it, or when, is no record yet.
  if (weight(anchors[0]!) > 0) return 0;
  return all.filter((yes) => yes === true).length + (rest.includes(false) ? 0 : all.length);
}

/** Whether a record says what a clue says; null when it says nothing about it. */
function says(record: JsonObject, { wire, text }: Clue): boolean | null {
  const value = Object.hasOwn(record, wire) ? record[wire] : null;
  if (typeof value === 'string') return value === text;
  if (typeof value === 'number') return value === Number(text);
  return value === null || value === undefined ? null : false;
}

/** Lines with their numbers out of chunks of any size. A line over the limit is counted and not looked at. */
class LineSplitter {
  #number = 1;
  #rest: Buffer[] = [];
  #restBytes = 0;

  push(chunk: Buffer, look: (line: Buffer, number: number) => void): void {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      this.#take(chunk.subarray(from, at), look);
      this.#number++;
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  end(look: (line: Buffer, number: number) => void): void {
    this.#take(Buffer.alloc(0), look);
  }

  #take(end: Buffer, look: (line: Buffer, number: number) => void): void {
    if (this.#restBytes + end.length <= lineBytesMax)
      look(this.#rest.length === 0 ? end : Buffer.concat([...this.#rest, end]), this.#number);
    this.#rest = [];
    this.#restBytes = 0;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#restBytes += part.length;
    if (this.#restBytes <= lineBytesMax) this.#rest.push(part);
    else this.#rest = [];
  }
}
