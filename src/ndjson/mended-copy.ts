// The mended copy of a damaged file: every byte of it as it was, but for the lines that are wrong, where each record gets a line of its own and what is no record
// is handed out. Line ends, white space and blank lines of good lines stay. Reads the source, writes two files that are its own.
import { readSync } from 'node:fs';
import { repairCopyBytes } from '../limits.ts';
import type { DamagedRange, Found } from './damage.ts';
import { writeAll } from './own-file.ts';

export interface MendedCopyOptions {
  /** Descriptor of the damaged file. */
  source: number;
  /** Descriptor of the copy, empty. */
  target: number;
  /** Gets every damaged range, in order; `read` gives its bytes in parts that are good until the next one. */
  onDamaged: (range: DamagedRange, read: () => Iterable<Buffer>) => void;
}

interface Part {
  start: number;
  end: number;
  record: boolean;
}

/** Takes the findings of one scan in order, then `end`. */
export class MendedCopy {
  readonly #options: MendedCopyOptions;
  readonly #out: Output;
  /** Everything before this is copied or left out. */
  #done = 0;
  #line = 0;
  #parts: Part[] = [];

  constructor(options: MendedCopyOptions) {
    this.#options = options;
    this.#out = new Output(options.target);
  }

  take(found: Found): void {
    if (found.line !== this.#line) {
      this.#endLine();
      this.#line = found.line;
    }
    const { kind, byteOffset: start, byteLength } = found;
    this.#parts.push({ start, end: start + byteLength, record: kind === 'record' });
    if (found.kind === 'damaged') this.#options.onDamaged(found, () => this.#read(start, start + byteLength));
  }

  /** The scan ended at `size`. Returns the bytes of the copy; the last of them, if any, is a newline. */
  end(size: number): number {
    this.#endLine();
    this.#copy(this.#done, size);
    if (this.#out.last !== 0x0a && this.#out.bytes > 0) this.#out.write(newline);
    this.#out.flush();
    return this.#out.bytes;
  }

  #endLine(): void {
    const parts = this.#parts;
    this.#parts = [];
    const first = parts[0];
    if (first === undefined || (parts.length === 1 && first.record)) return;
    this.#copy(this.#done, first.start);
    let records = 0;
    for (const { start, end, record } of parts) {
      if (!record) continue;
      if (records > 0) this.#out.write(newline);
      this.#copy(start, end);
      records += 1;
    }
    this.#done = parts.at(-1)!.end;
  }

  #copy(start: number, end: number): void {
    for (const part of this.#read(start, end)) this.#out.write(part);
    this.#done = end;
  }

  *#read(start: number, end: number): Generator<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.min(repairCopyBytes, end - start));
    for (let at = start; at < end; ) {
      const taken = readSync(this.#options.source, buffer, 0, Math.min(buffer.length, end - at), at);
      if (taken === 0) throw new Error(`the file ends at byte ${at} while it is copied; it was longer a moment ago`);
      yield buffer.subarray(0, taken);
      at += taken;
    }
  }
}

/** Small pieces become large writes. */
class Output {
  bytes = 0;
  last = -1;
  readonly #descriptor: number;
  readonly #held = Buffer.allocUnsafe(repairCopyBytes);
  #heldBytes = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(part: Uint8Array): void {
    if (part.length === 0) return;
    if (this.#heldBytes + part.length > this.#held.length) this.flush();
    if (part.length > this.#held.length) writeAll(this.#descriptor, part);
    else {
      this.#held.set(part, this.#heldBytes);
      this.#heldBytes += part.length;
    }
    this.bytes += part.length;
    this.last = part[part.length - 1]!;
  }

  flush(): void {
    writeAll(this.#descriptor, this.#held.subarray(0, this.#heldBytes));
    this.#heldBytes = 0;
  }
}

const newline = Buffer.from('\n');
