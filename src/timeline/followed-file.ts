// One file somebody writes to, read on from where it was left: whole lines as they come, a line under way held until its newline. Knows when it was cut.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { followRoundBytes, lineBytesMax, rawHeadBytes } from '../limits.ts';
import { type Item, itemsIn } from './item.ts';

export class FollowedFile {
  /** As it was called when it was last listed. */
  path: string;
  readonly key: string;
  /** When it was last seen to grow, in milliseconds since 1970. */
  grewMs = Date.now();
  readonly #descriptor: number;
  #position: number;
  /** The line under way: where it begins, its bytes as far as they are kept, and how many there are. */
  #lineOffset: number;
  #held: Buffer[] = [];
  #heldBytes = 0;

  /** @throws the system's error. */
  constructor(path: string, offset: number) {
    this.path = path;
    this.#descriptor = openSync(path, 'r');
    const { dev, ino } = fstatSync(this.#descriptor, { bigint: true });
    this.key = `${dev}:${ino}`;
    this.#position = offset;
    this.#lineOffset = offset;
  }

  /** What came since the last look, at most limits.followRoundBytes of it. `more`: there is more to read at once. `cut`: the file became shorter, and is read from its start. */
  read(): { items: Item[]; more: boolean; cut: boolean } {
    const { size } = fstatSync(this.#descriptor);
    const cut = size < this.#position;
    if (cut) {
      this.#position = 0;
      this.#startLine(0);
    }
    const items: Item[] = [];
    const chunk = Buffer.allocUnsafe(Math.min(followRoundBytes, Math.max(0, size - this.#position)));
    const taken = chunk.length === 0 ? 0 : readSync(this.#descriptor, chunk, 0, chunk.length, this.#position);
    if (taken > 0) this.grewMs = Date.now();
    const bytes = chunk.subarray(0, taken);
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      this.#hold(bytes.subarray(from, at));
      items.push(...this.#line(true));
      this.#startLine(this.#position + at + 1);
      from = at + 1;
    }
    // A copy: a line under way must not keep the whole chunk in memory.
    this.#hold(Buffer.from(bytes.subarray(from)));
    this.#position += taken;
    return { items, more: this.#position < size, cut };
  }

  /** What the line under way holds, once nobody writes here any more. */
  end(): Item[] {
    const items = this.#heldBytes === 0 ? [] : this.#line(false);
    this.#startLine(this.#position);
    return items;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #hold(part: Buffer): void {
    // Of a line that is too long the head is enough.
    if (part.length > 0 && this.#heldBytes <= lineBytesMax) this.#held.push(part);
    this.#heldBytes += part.length;
  }

  #line(terminated: boolean): Item[] {
    const whole = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    const bytes = this.#heldBytes > lineBytesMax ? whole.subarray(0, rawHeadBytes) : whole;
    return itemsIn({ bytes, byteOffset: this.#lineOffset, byteLength: this.#heldBytes, terminated }, this.path);
  }

  #startLine(offset: number): void {
    this.#lineOffset = offset;
    this.#held = [];
    this.#heldBytes = 0;
  }
}
