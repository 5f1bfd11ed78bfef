// The salvage scan: from the bytes of an NDJSON file, pushed in chunks of any size, every valid record and every other byte range with its reason. What is kept,
// what is named and the white space between them are together exactly the file's bytes. Memory is bounded by the line limit, whatever the file holds.
// It reads nothing itself (scan-file.ts does) and repairs nothing. docs/reading.md, "Damage", has the rules in words.
import { rawHeadBytes } from '../limits.ts';
import type { Found } from './damage.ts';
import { isOuterSpace } from './json-text.ts';
import { LineGap } from './line-gap.ts';
import { isDividedByCr, NdjsonDoubt } from './not-ndjson.ts';
import { type ObjectRead, readWholeObject, salvagePiece } from './salvage-piece.ts';

export type { DamagedRange, DamageReason, Found, SalvagedRecord } from './damage.ts';

export interface SalvageOptions {
  /** Longest line that is read, in bytes without the newline (LF or CR LF). */
  lineBytesMax: number;
  /** Number of the first line pushed; default 1. */
  startLine?: number;
  /** Offset of the first byte pushed, the start of a line; default 0. Only a scan from 0 can find that a file is not NDJSON at all. */
  startOffset?: number;
}

/** The last line of the file when no newline ends it. Its findings are the last ones; they have its line number. */
export interface FileTail {
  /** Start and length of the line, without white space around it. */
  byteOffset: number;
  byteLength: number;
  line: number;
  /** none: the file ends in a newline, or in white space · record: the line is one whole record · torn: it is not; whether that is damage or a record on its way is the caller's decision. */
  state: 'none' | 'record' | 'torn';
}

/** A piece over the limit: its extent without white space (-1: all white space so far) and its first bytes. */
interface TooLong {
  start: number;
  end: number;
  head: Uint8Array;
}

export class SalvageScanner {
  readonly #lineBytesMax: number;
  readonly #startLine: number;
  #found: Found[] = [];
  #tail: FileTail | null = null;
  #offset: number;

  // The line under way.
  #line: number;
  #lineStart: number;
  #extentStart = -1;
  #extentEnd = -1;
  #lineRecords = 0;
  #lineDamaged = false;
  #lineNul = false;
  readonly #gap: LineGap;

  // The piece under way: what stands between two newlines, or between a newline and a run of NUL bytes.
  #pieceStart: number;
  #held = Buffer.alloc(0);
  #heldBytes = 0;
  #tooLong: TooLong | null = null;

  // Whether this is NDJSON.
  #doubt: NdjsonDoubt | null;
  readonly #fileHead = Buffer.alloc(fileHeadBytes);
  #fileHeadBytes = 0;
  #doubtBytes: Buffer | null = null;
  #doubtHead: Uint8Array = nothing;
  #doubtDivided = false;
  #proven = false;

  constructor({ lineBytesMax, startLine = 1, startOffset = 0 }: SalvageOptions) {
    this.#lineBytesMax = lineBytesMax;
    this.#startLine = startLine;
    this.#line = startLine;
    this.#offset = startOffset;
    this.#lineStart = startOffset;
    this.#pieceStart = startOffset;
    this.#doubt = startOffset === 0 ? new NdjsonDoubt() : null;
    this.#gap = new LineGap(
      () => this.#line,
      (range) => this.#emit(range),
    );
  }

  /** Offset behind the last byte pushed. */
  get bytes(): number {
    return this.#offset;
  }

  /** Lines so far, an unterminated one included. */
  get lines(): number {
    return this.#line - this.#startLine + (this.#offset > this.#lineStart ? 1 : 0);
  }

  /** Known once the scan has ended: a line has proved that this is NDJSON, whatever may follow. Always so for a scan that did not begin at 0. */
  get proven(): boolean {
    return this.#proven;
  }

  /** Known once the scan has ended. */
  get tail(): FileTail {
    if (this.#tail === null) throw new Error('the tail is known when the scan has ended: call end() first');
    return this.#tail;
  }

  /** What the chunk completes, in the order of the file. The chunk must not change afterwards: records point into it. */
  push(chunk: Uint8Array): Found[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#doubt !== null) this.#fileHeadBytes += bytes.copy(this.#fileHead, this.#fileHeadBytes);
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(0x0a, at);
      const end = newline < 0 ? bytes.length : newline;
      if (newline < 0 || !this.#goodLine(bytes, at, end)) {
        this.#take(bytes, at, end);
        if (newline >= 0) this.#endLine(true);
      }
      if (newline < 0) {
        this.#offset += end - at;
        break;
      }
      this.#offset += end + 1 - at;
      this.#nextLine();
      at = end + 1;
    }
    return this.#given();
  }

  /** The file ends here: what the last line holds, if no newline ended it. */
  end(): Found[] {
    if (this.#tail !== null) return [];
    this.#endLine(false);
    let state: FileTail['state'] = 'torn';
    if (this.#extentStart < 0) state = 'none';
    else if (this.#lineRecords === 1 && !this.#lineDamaged && !this.#lineNul) state = 'record';
    this.#proven = this.#doubt === null;
    const settled = this.#doubt?.end(this.#fileHead.subarray(0, this.#fileHeadBytes)) ?? [];
    this.#doubt = null;
    this.#found = this.#found.concat(settled);
    const first = settled[0];
    if (first?.kind === 'damaged' && first.reason === 'not-ndjson')
      if (first.byteOffset + first.byteLength === this.#extentEnd) state = 'none';
    const byteOffset = state === 'none' ? this.#offset : this.#extentStart;
    const byteLength = state === 'none' ? 0 : this.#extentEnd - byteOffset;
    this.#tail = { byteOffset, byteLength, line: this.#line, state };
    return this.#given();
  }

  #given(): Found[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** The common case, without ceremony: a whole line of this chunk is one good record. */
  #goodLine(bytes: Buffer, start: number, newline: number): boolean {
    if (this.#doubt !== null || this.#heldBytes > 0 || this.#tooLong !== null || this.#lineNul) return false;
    const end = bytes[newline - 1] === 0x0d && newline > start ? newline - 1 : newline;
    if (end - start > this.#lineBytesMax) return false;
    const read = readWholeObject(bytes, start, end);
    if (read === null) return false;
    this.#record(this.#offset, end - start, read, 'whole', true);
    return true;
  }

  /** Takes the bytes of the line under way from `from` to `to`: pieces, divided by runs of NUL bytes. */
  #take(bytes: Buffer, from: number, to: number): void {
    const base = this.#offset - from;
    for (let at = from; at < to; ) {
      const nul = bytes.subarray(at, to).indexOf(0);
      const end = nul < 0 ? to : at + nul;
      this.#hold(bytes.subarray(at, end), base + at);
      if (nul < 0) return;
      this.#endPiece(true);
      let behind = end;
      while (behind < to && bytes[behind] === 0) behind += 1;
      this.#extend(base + end, base + behind);
      this.#gap.nul(base + end, base + behind);
      this.#lineNul = true;
      this.#pieceStart = base + behind;
      at = behind;
    }
  }

  #hold(bytes: Buffer, offset: number): void {
    if (this.#tooLong !== null) {
      this.#passTooLong(bytes, offset);
      return;
    }
    const bytesNow = this.#heldBytes + bytes.length;
    // One byte more than the limit may be the CR of a line end.
    if (bytesNow > this.#lineBytesMax + 1) {
      const all = Buffer.concat([this.#held.subarray(0, this.#heldBytes), bytes]);
      this.#heldBytes = 0;
      this.#tooLong = { start: -1, end: -1, head: nothing };
      if (this.#doubt !== null) this.#doubtDivided = isDividedByCr(all.subarray(0, this.#lineBytesMax));
      this.#passTooLong(all, this.#pieceStart);
      return;
    }
    if (bytesNow > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(bytesNow, 2 * this.#held.length));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    bytes.copy(this.#held, this.#heldBytes);
    this.#heldBytes = bytesNow;
  }

  #passTooLong(bytes: Buffer, offset: number): void {
    const tooLong = this.#tooLong as TooLong;
    let first = 0;
    if (tooLong.start < 0) {
      if (offset === this.#lineStart && startsWithBom(bytes)) first = 3;
      while (first < bytes.length && isOuterSpace(bytes[first] as number)) first += 1;
      if (first === bytes.length) return;
      tooLong.start = offset + first;
    }
    if (tooLong.head.length < rawHeadBytes)
      tooLong.head = Buffer.concat([tooLong.head, bytes.subarray(first, first + rawHeadBytes - tooLong.head.length)]);
    let last = bytes.length;
    while (last > first && isOuterSpace(bytes[last - 1] as number)) last -= 1;
    if (last > first) tooLong.end = offset + last;
  }

  /** The piece under way ends here. */
  #endPiece(terminated: boolean): void {
    const tooLong = this.#tooLong;
    this.#tooLong = null;
    if (tooLong === null) {
      const piece = Buffer.from(this.#held.subarray(0, this.#heldBytes));
      this.#heldBytes = 0;
      const withoutCr = piece[piece.length - 1] === 0x0d ? piece.length - 1 : piece.length;
      if (withoutCr <= this.#lineBytesMax) {
        this.#piece(piece, terminated);
        return;
      }
      // Exactly one byte too long and no CR.
      if (this.#doubt !== null) this.#doubtDivided = isDividedByCr(piece.subarray(0, this.#lineBytesMax));
      this.#tooLong = { start: -1, end: -1, head: nothing };
      this.#passTooLong(piece, this.#pieceStart);
      this.#endPiece(terminated);
      return;
    }
    if (tooLong.start < 0) return;
    this.#extend(tooLong.start, tooLong.end);
    this.#doubtHead = tooLong.head;
    this.#gap.broken(tooLong.start, tooLong.end, 'line-too-long', tooLong.head);
    this.#lineDamaged = true;
  }

  #piece(piece: Buffer, terminated: boolean): void {
    const base = this.#pieceStart;
    let from = base === this.#lineStart && startsWithBom(piece) ? 3 : 0;
    let to = piece.length;
    while (to > from && isOuterSpace(piece[to - 1] as number)) to -= 1;
    const space = from;
    while (from < to && isOuterSpace(piece[from] as number)) from += 1;
    this.#gap.space(piece.subarray(space, from));
    if (from < to) {
      this.#extend(base + from, base + to);
      if (this.#doubt !== null && !this.#lineNul) {
        this.#doubtBytes = piece.subarray(from, to);
        this.#doubtDivided = isDividedByCr(this.#doubtBytes);
      }
      const whole = readWholeObject(piece, from, to);
      if (whole !== null) this.#record(base + from, to - from, whole, 'whole', terminated);
      else this.#salvage(piece.subarray(from, to), base + from, terminated);
    }
    this.#gap.space(piece.subarray(to));
  }

  #salvage(piece: Buffer, base: number, terminated: boolean): void {
    let behind = 0;
    for (const part of salvagePiece(piece, this.#lineDamaged)) {
      this.#gap.space(piece.subarray(behind, part.start));
      behind = part.end;
      if (part.kind === 'object') this.#record(base + part.start, part.end - part.start, part, part.origin, terminated);
      else {
        this.#gap.broken(base + part.start, base + part.end, part.reason, piece.subarray(part.start, part.end));
        this.#lineDamaged = true;
      }
    }
  }

  #record(
    byteOffset: number,
    byteLength: number,
    read: ObjectRead,
    origin: 'whole' | 'glued' | 'suffix',
    terminated: boolean,
  ): void {
    this.#gap.flush();
    this.#lineRecords += 1;
    const { bytes, record, duplicateKeys } = read;
    this.#emit({
      kind: 'record',
      line: this.#line,
      byteOffset,
      byteLength,
      bytes,
      record,
      origin,
      duplicateKeys,
      terminated,
    });
  }

  #emit(found: Found): void {
    if (this.#doubt === null) this.#found.push(found);
    else this.#doubt.hold(found);
  }

  #extend(start: number, end: number): void {
    if (this.#extentStart < 0) this.#extentStart = start;
    this.#extentEnd = end;
  }

  /** The line under way is complete, or the file ends in it. */
  #endLine(terminated: boolean): void {
    this.#endPiece(terminated);
    this.#gap.flush();
    const doubt = this.#doubt;
    if (doubt === null || this.#extentStart < 0) return;
    const bytes = this.#lineNul ? null : this.#doubtBytes;
    const settled = doubt.line(
      {
        line: this.#line,
        start: this.#extentStart,
        end: this.#extentEnd,
        bytes,
        head: bytes ?? this.#doubtHead,
        dividedByCr: this.#doubtDivided,
      },
      this.#fileHead.subarray(0, this.#fileHeadBytes),
    );
    this.#found = this.#found.concat(settled);
    if (doubt.settled) this.#doubt = null;
  }

  #nextLine(): void {
    this.#line += 1;
    this.#lineStart = this.#offset;
    this.#pieceStart = this.#offset;
    this.#extentStart = -1;
    this.#lineRecords = 0;
    this.#lineDamaged = false;
    this.#lineNul = false;
    this.#doubtBytes = null;
    this.#doubtHead = nothing;
    this.#doubtDivided = false;
  }
}

function startsWithBom(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

const fileHeadBytes = 2 * rawHeadBytes;
const nothing = new Uint8Array(0);
