// One source, cut into lines, with an exact account of how far it was taken: offset, line number, hash. A line is what lies between two newlines; `\n` and
// `\r\n` end it and are not part of it. What the lines mean is the sink's business.
import type { Hash } from 'node:crypto';
import { lineBytesMax } from '../limits.ts';
import { headHash, type Start } from './known.ts';
import type { LedgerSource } from './ledger.ts';

export interface Line {
  buffer: Buffer;
  /** The line is `buffer[start, end)`, without its terminator. */
  start: number;
  end: number;
  /** Whether the byte at `end` is its newline. */
  terminated: boolean;
  /** 1-based in the source. */
  number: number;
  /** Of its first byte, in the source. */
  byteOffset: number;
}

export interface LineSink {
  /** A line that is not blank. While it runs, `Intake.progress` tells of everything before this line. */
  line(line: Line): void;
  /** A line over the limit, which arrives in parts. */
  longLine(number: number, byteOffset: number): LongLine;
}

export interface LongLine {
  push(bytes: Buffer): void;
  end(): void;
  /** Its end was not in the source: it is as if it had not been begun. */
  undo(): void;
}

export interface IntakeOptions {
  path: string;
  start: Start;
  sink: LineSink;
  lineBytesMax?: number | undefined;
}

export class Intake {
  readonly #path: string;
  readonly #head: Buffer;
  readonly #sink: LineSink;
  readonly #lineBytesMax: number;
  #hash: Hash | null;
  /** The bytes at hand; its first byte is at `#base` of the source. */
  #buffer: Buffer = empty;
  #base: number;
  /** Taken up to here, hashed up to there. */
  #at = 0;
  #hashed = 0;
  #lines: number;
  #open = false;
  /** What may come before the first line: the newline of a line taken earlier, or a byte order mark. */
  #due: 'newline' | 'mark' | null;
  /** What follows belongs to the line counted last. */
  #sameLine = false;
  #long: { line: LongLine; before: { hash: Hash | null; base: number; lines: number } } | null = null;

  constructor({ path, start, sink, lineBytesMax: max = lineBytesMax }: IntakeOptions) {
    this.#path = path;
    this.#head = start.head;
    this.#sink = sink;
    this.#lineBytesMax = max;
    this.#hash = start.hash;
    this.#base = start.bytes;
    this.#lines = start.lines;
    this.#open = start.open;
    this.#due = start.open ? 'newline' : start.bytes === 0 ? 'mark' : null;
  }

  /** Takes every line that ends in this chunk. */
  push(chunk: Buffer): void {
    this.#load(chunk);
    if (this.#due !== null && !this.#passDue()) return;
    if (this.#long !== null && !this.#continueLong()) return;
    const buffer = this.#buffer;
    for (let end = buffer.indexOf(NEWLINE, this.#at); end !== -1; end = buffer.indexOf(NEWLINE, this.#at)) {
      this.#take(end, true);
      this.#at = end + 1;
    }
    // One byte more than a line may have, for a carriage return whose newline is not here yet.
    if (buffer.length - this.#at > this.#lineBytesMax + 1) this.#beginLong();
  }

  /** The unterminated last line, if there is one that is not blank. */
  tail(): Line | { long: number } | null {
    if (this.#long !== null) return { long: this.#base + this.#at - this.#long.before.base };
    const line = this.#lineTo(this.#buffer.length, false);
    return isBlank(this.#buffer, line.start, line.end) ? null : line;
  }

  /** Takes the unterminated last line as it is. With `last` nothing can follow (a stream has ended); else its newline may still come and will not count again. */
  takeTail(last: boolean): void {
    if (this.#long !== null) {
      this.#long.line.end();
      this.#long = null;
      this.#lines += 1;
      return;
    }
    this.#take(this.#buffer.length, false);
    this.#at = this.#buffer.length;
    this.#open = !last;
  }

  /** Leaves the unterminated last line for another time. */
  leaveTail(): void {
    if (this.#long === null) return;
    this.#long.line.undo();
    const { hash, base, lines } = this.#long.before;
    this.#hash = hash;
    this.#base = base;
    this.#lines = lines;
    this.#buffer = empty;
    this.#at = 0;
    this.#hashed = 0;
    this.#long = null;
  }

  /** Bytes taken, known ones included. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** How far the source has been taken, for the ledger. */
  progress(): Omit<LedgerSource, 'from'> {
    const bytes = this.offset;
    this.#hashTaken();
    return {
      path: this.#path,
      bytes,
      lines: this.#lines,
      open: this.#open,
      head: this.#hash === null ? null : headHash(this.#head, bytes),
      sha256: this.#hash === null ? null : this.#hash.copy().digest('hex'),
    };
  }

  /** Puts the chunk behind what is not taken yet. */
  #load(chunk: Buffer): void {
    this.#hashTaken();
    const rest = this.#buffer.subarray(this.#at);
    this.#base += this.#at;
    this.#buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#at = 0;
    this.#hashed = 0;
  }

  #hashTaken(): void {
    if (this.#hashed < this.#at) this.#hash?.update(this.#buffer.subarray(this.#hashed, this.#at));
    this.#hashed = this.#at;
  }

  /** Passes over what may come before the first line. False: more bytes are needed to tell. */
  #passDue(): boolean {
    const marks = this.#due === 'newline' ? terminators : byteOrderMarks;
    const buffer = this.#buffer;
    const mark = marks.find((one) => buffer.subarray(0, one.length).equals(one));
    if (
      mark === undefined &&
      marks.some((one) => buffer.length < one.length && one.subarray(0, buffer.length).equals(buffer))
    )
      return false;
    this.#at = mark?.length ?? 0;
    this.#sameLine = this.#due === 'newline' && mark === undefined;
    this.#open = false;
    this.#due = null;
    return true;
  }

  #take(end: number, terminated: boolean): void {
    const line = this.#lineTo(end, terminated);
    if (line.end - line.start > this.#lineBytesMax) {
      const long = this.#sink.longLine(line.number, line.byteOffset);
      long.push(line.buffer.subarray(line.start, line.end));
      long.end();
    } else if (!isBlank(line.buffer, line.start, line.end)) this.#sink.line(line);
    this.#lines = line.number;
    this.#sameLine = false;
    this.#open = false;
  }

  #lineTo(newline: number, terminated: boolean): Line {
    const carriage = newline > this.#at && this.#buffer[newline - 1] === CARRIAGE_RETURN;
    return {
      buffer: this.#buffer,
      start: this.#at,
      end: carriage ? newline - 1 : newline,
      terminated: terminated && !carriage,
      number: this.#sameLine ? this.#lines : this.#lines + 1,
      byteOffset: this.#base + this.#at,
    };
  }

  #beginLong(): void {
    this.#hashTaken();
    const before = { hash: this.#hash?.copy() ?? null, base: this.#base + this.#at, lines: this.#lines };
    const { number, byteOffset } = this.#lineTo(this.#buffer.length, false);
    this.#lines = number - 1;
    this.#sameLine = false;
    this.#long = { line: this.#sink.longLine(number, byteOffset), before };
    this.#long.line.push(this.#buffer.subarray(this.#at));
    this.#at = this.#buffer.length;
  }

  /** False: its end is not in this chunk either. */
  #continueLong(): boolean {
    const end = this.#buffer.indexOf(NEWLINE);
    const { line } = this.#long!;
    line.push(this.#buffer.subarray(0, end === -1 ? undefined : end));
    this.#at = end === -1 ? this.#buffer.length : end + 1;
    if (end === -1) return false;
    line.end();
    this.#long = null;
    this.#lines += 1;
    return true;
  }
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const empty: Buffer = Buffer.alloc(0);
const terminators = [Buffer.from('\n'), Buffer.from('\r\n')];
const byteOrderMarks = [Buffer.from([0xef, 0xbb, 0xbf])];

function isBlank(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = buffer[at];
    if (byte !== 32 && byte !== 9 && byte !== CARRIAGE_RETURN) return false;
  }
  return true;
}
