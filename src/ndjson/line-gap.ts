// The damage between two records of one line, put together from parts that come one after the other: NUL runs at its edges are ranges of their own, everything
// between them is one range with the reason of its first part. So a line of ten thousand broken bits is one line in `quarantine`. Pure.
import { rawHeadBytes } from '../limits.ts';
import { type DamagedRange, type DamageReason, damaged } from './damage.ts';

interface Broken {
  start: number;
  end: number;
  reason: DamageReason;
  /** The range's first bytes, and behind them those that belong to it only if more damage follows. */
  head: Uint8Array[];
  headBytes: number;
  headSettled: number;
}

export class LineGap {
  #broken: Broken | null = null;
  #nul: { start: number; end: number } | null = null;
  readonly #emit: (range: DamagedRange) => void;
  readonly #line: () => number;

  constructor(line: () => number, emit: (range: DamagedRange) => void) {
    this.#line = line;
    this.#emit = emit;
  }

  /** White space that was passed over. */
  space(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#keepHead(bytes);
  }

  nul(start: number, end: number): void {
    if (this.#nul === null) this.#nul = { start, end };
    else this.#nul.end = end;
    this.#keepHead(new Uint8Array(Math.min(end - start, rawHeadBytes)));
  }

  /** `head`: at least the first rawHeadBytes of the part, or all of it. */
  broken(start: number, end: number, reason: DamageReason, head: Uint8Array): void {
    if (this.#broken === null) {
      this.#emitNul();
      this.#broken = { start, end, reason, head: [], headBytes: 0, headSettled: 0 };
    }
    this.#nul = null;
    this.#broken.end = end;
    this.#keepHead(head);
    this.#broken.headSettled = this.#broken.headBytes;
  }

  /** A record or the line's end follows. */
  flush(): void {
    const broken = this.#broken;
    this.#broken = null;
    if (broken !== null)
      this.#emit(
        damaged({
          line: this.#line(),
          byteOffset: broken.start,
          byteLength: broken.end - broken.start,
          reason: broken.reason,
          head: Buffer.concat(broken.head).subarray(0, broken.headSettled),
        }),
      );
    this.#emitNul();
  }

  #emitNul(): void {
    const nul = this.#nul;
    this.#nul = null;
    if (nul === null) return;
    const byteLength = nul.end - nul.start;
    const head = new Uint8Array(Math.min(byteLength, rawHeadBytes));
    this.#emit(damaged({ line: this.#line(), byteOffset: nul.start, byteLength, reason: 'nul-bytes', head }));
  }

  #keepHead(bytes: Uint8Array): void {
    const broken = this.#broken;
    if (broken === null || broken.headBytes >= rawHeadBytes) return;
    const kept = Buffer.from(bytes.subarray(0, rawHeadBytes - broken.headBytes));
    broken.head.push(kept);
    broken.headBytes += kept.length;
  }
}
