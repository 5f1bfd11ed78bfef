// Is this file NDJSON at all? Pretty-printed JSON, lines that end in CR alone, UTF-16, compressed bytes under a plain name and plain text would give thousands of
// damaged ranges; they get one. The doubt begins with the first line and ends for good with the first record on a line of its own: until then everything found
// is held back. No file is judged by a few bad lines, and a record is given up only as a part of a larger JSON value. Pure.
import { doubtBytesMax, doubtLinesMax, jsonAcrossLinesMin, rawHeadBytes } from '../limits.ts';
import { type DamagedRange, damaged, type Found } from './damage.ts';
import { isOuterSpace, JsonWalk } from './json-text.ts';

/** One line that is not blank. */
export interface DoubtedLine {
  line: number;
  /** Offsets in the file, without white space around. */
  start: number;
  end: number;
  /** The bytes from start to end; null when the line is too long or broken by NUL bytes. */
  bytes: Buffer | null;
  /** The line's first bytes. */
  head: Uint8Array;
  /** The line is several JSON values divided by CR. */
  dividedByCr: boolean;
}

type Kind = keyof typeof sentences;

const sentences = {
  pretty: 'JSON values that span lines; write each on one line (jq -c .)',
  cr: 'the lines end in CR alone; turn each CR into LF (tr "\\r" "\\n")',
  utf16: 'this looks like UTF-16; convert it to UTF-8 (iconv -f utf-16 -t utf-8)',
  gzip: 'these are gzip data; name the file .gz',
  zstd: 'these are zstd data; name the file .zst',
  text: 'plain text, no JSON object in sight',
} as const;

/** A JSON value that began on an earlier line and is still open. */
interface OpenValue {
  walk: JsonWalk;
  /** Lines it has touched, how many of them a value before it was counted for, and whether one of them alone would be a record. */
  lines: number;
  counted: number;
  hasRecord: boolean;
}

/** The doubt about one file. Give it every finding (`hold`) and then the line the findings are from (`line`); what comes back is settled. */
export class NdjsonDoubt {
  /** True once the file counts as NDJSON: nothing is held back any more. */
  settled = false;
  #held: Found[] = [];
  #lineHasRecord = false;
  #lines = 0;
  #bytes = 0;
  #valueLines = 0;
  #textLines = 0;
  /** What the file was called when the doubt had seen enough; until a record proves otherwise. */
  #kind: Kind | null = null;
  /** The file's first bytes, as far as they were known then. */
  #fileHead: Uint8Array = new Uint8Array(0);
  #first: DoubtedLine | null = null;
  /** End of the last line that is surely not NDJSON. */
  #safeEnd = 0;
  /** How many of the findings held lie in front of it. */
  #heldSafe = 0;
  #lastEnd = 0;
  #crOnly = false;
  #open: OpenValue | null = null;

  hold(found: Found): void {
    this.#held.push(found);
    if (found.kind === 'record') this.#lineHasRecord = true;
  }

  /** Judges a line whose findings were all held. `fileHead`: the file's first bytes, twice rawHeadBytes of them. */
  line(line: DoubtedLine, fileHead: Uint8Array): Found[] {
    const hasRecord = this.#lineHasRecord;
    this.#lineHasRecord = false;
    this.#first ??= line;
    this.#lines += 1;
    this.#bytes += line.end - line.start;
    if (this.#crOnly) {
      // A second line: its newline is proof that CR was only white space.
      this.#crOnly = false;
      if (hasRecord || this.#held.some((found) => found.kind === 'record')) return this.#settle();
    }
    if (this.#lines === 1 && line.dividedByCr) this.#crOnly = true;
    else if (this.#isProof(line, hasRecord)) return this.#settle();
    this.#lastEnd = line.end;
    if (this.#open === null || this.#open.lines >= jsonAcrossLinesMin) {
      this.#safeEnd = line.end;
      this.#heldSafe = this.#held.length;
    }
    const enough = this.#lines >= doubtLinesMax || this.#bytes >= doubtBytesMax;
    if (this.#kind === null && enough) {
      this.#kind = this.#kindOf(fileHead, true);
      if (this.#kind === null) return this.#settle();
    }
    if (this.#kind !== null) {
      this.#held.splice(0, this.#heldSafe);
      this.#heldSafe = 0;
    }
    return [];
  }

  /** The file ends here. */
  end(fileHead: Uint8Array): Found[] {
    if (this.#open?.hasRecord && this.#open.lines < jsonAcrossLinesMin) return this.#settle();
    this.#kind ??= this.#lines === 0 ? null : this.#kindOf(fileHead, false);
    if (this.#kind === null) return this.#settle();
    this.#held = [];
    this.#safeEnd = this.#lastEnd;
    return this.#settle();
  }

  /** Whether the line proves that the file is NDJSON: a record, and not a part of a value that spans lines. */
  #isProof(line: DoubtedLine, hasRecord: boolean): boolean {
    const open = this.#open;
    if (open !== null) {
      const result = line.bytes === null ? 'bad' : open.walk.walk(line.bytes, 0, line.bytes.length);
      if (result !== 'bad' && !open.walk.midToken) {
        open.lines += 1;
        open.hasRecord ||= hasRecord;
        open.walk.nonFinite.length = 0;
        if (result === 'whole') {
          this.#valueLines += open.lines - open.counted;
          this.#open = this.#opened(line.bytes as Buffer, open.walk.at, 1);
        }
        return false;
      }
      this.#open = null;
      if (open.lines >= jsonAcrossLinesMin) this.#valueLines += open.lines - open.counted;
      else if (open.hasRecord) return true;
    }
    this.#open = line.bytes === null ? null : this.#opened(line.bytes, 0, 0);
    if (this.#open !== null) {
      // A record found behind a torn part, or a record of an array printed one a line: the next lines will tell.
      this.#open.hasRecord = hasRecord;
      return false;
    }
    if (!hasRecord && line.bytes !== null && isText(line.bytes)) this.#textLines += 1;
    return hasRecord;
  }

  /** An object or array that begins at `from`, behind separators, and is not closed on this line. */
  #opened(bytes: Buffer, from: number, counted: number): OpenValue | null {
    let at = from;
    for (;;) {
      while (at < bytes.length && (isOuterSpace(bytes[at] as number) || (from > 0 && bytes[at] === 0x2c))) at += 1;
      if (bytes[at] !== 0x7b && bytes[at] !== 0x5b) return null;
      const walk = new JsonWalk();
      const result = walk.walk(bytes, at, bytes.length);
      if (result === 'cut' && !walk.midToken) return { walk, lines: 1, counted, hasRecord: false };
      if (result !== 'whole') return null;
      at = walk.at;
    }
  }

  #kindOf(fileHead: Uint8Array, enough: boolean): Kind | null {
    this.#fileHead = fileHead;
    const signature = signatureOf(fileHead);
    if (signature !== null) return signature;
    if (this.#crOnly) return 'cr';
    const open = this.#open;
    const valueLines =
      this.#valueLines + (open !== null && open.lines >= jsonAcrossLinesMin ? open.lines - open.counted : 0);
    if (valueLines * 2 >= this.#lines && valueLines > 0) return 'pretty';
    return enough && this.#textLines === this.#lines ? 'text' : null;
  }

  #settle(): Found[] {
    this.settled = true;
    const held = this.#held;
    this.#held = [];
    if (this.#kind === null || this.#first === null) return held;
    return [this.#range(this.#kind, this.#first), ...held];
  }

  #range(kind: Kind, { line, start, head }: DoubtedLine): DamagedRange {
    const fileHead = this.#fileHead.subarray(start, start + rawHeadBytes);
    return damaged({
      line,
      byteOffset: start,
      byteLength: this.#safeEnd - start,
      reason: 'not-ndjson',
      head: start < rawHeadBytes ? fileHead : head,
      message: `the file is not NDJSON: ${sentences[kind]}`,
    });
  }
}

/** Whether a line, or the first bytes of one too long to hold, is JSON values divided by CR. */
export function isDividedByCr(bytes: Uint8Array): boolean {
  let first = 0;
  while (first < bytes.length && isOuterSpace(bytes[first] as number)) first += 1;
  const cr = bytes.indexOf(0x0d, first);
  if (cr < 0) return false;
  let next = cr;
  while (next < bytes.length && isOuterSpace(bytes[next] as number)) next += 1;
  if (next === bytes.length) return false;
  const walk = new JsonWalk();
  if (walk.walk(bytes, first, cr) !== 'whole') return false;
  let end = walk.at;
  while (end < cr && isOuterSpace(bytes[end] as number)) end += 1;
  return end === cr;
}

/** No object that may be torn, and no JSON value. */
function isText(bytes: Buffer): boolean {
  if (bytes[0] === 0x7b) return false;
  const walk = new JsonWalk();
  return walk.walk(bytes, 0, bytes.length) !== 'whole' || walk.at < bytes.length;
}

function signatureOf(head: Uint8Array): Kind | null {
  const [a = 0, b = 0, c = 0, d = 0] = head;
  if (head.length < 4) return null;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A byte-order mark and one ASCII character, or two ASCII characters, each with its zero byte.
  const little = (a === 0xff && b === 0xfe && c !== 0 && d === 0) || (a !== 0 && b === 0 && c !== 0 && d === 0);
  const big = (a === 0xfe && b === 0xff && c === 0 && d !== 0) || (a === 0 && b !== 0 && c === 0 && d !== 0);
  return little || big ? 'utf16' : null;
}
