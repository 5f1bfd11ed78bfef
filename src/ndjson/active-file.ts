// The one file a log appends to right now: opened lazily, looked at now and then, sealed when torn, rotated when full, left when it is no longer the path's file.
// Takes whole lines and says how many bytes of them are committed; it knows nothing of records.
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';
import { healTurnsMax, lookBytes, lookMs, retiringFilesMax, rotateRetryMs, shortWritesMax } from '../limits.ts';
import { shortWrite } from './frame.ts';
import type { LogNames } from './naming.ts';
import type { Report } from './report.ts';
import { healTwoNames, isSameFile, moveAside } from './rotation.ts';
import type { FileState, Storage } from './storage.ts';
import type { Durability } from './sync.ts';
import { type SealedTail, sealTail } from './tail.ts';

/** Time for a log: the tests own one. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Stops this thread. Used only while a torn tail is looked at. */
  sleep(ms: number): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  },
};

export interface ActiveFileOptions {
  names: LogNames;
  storage: Storage;
  clock: Clock;
  /** Infinity: never rotate. */
  maxBytes: number;
  durability: Durability;
  report: Report;
  /** Called behind every rotation and opening. */
  onTurn: () => void;
}

const newline = Uint8Array.of(10);

export class ActiveFile {
  rotations = 0;
  /** Fragments of short writes that were sealed. */
  fragments = 0;
  /** Torn tails found and sealed, and their bytes. */
  sealedTails = 0;
  sealedBytes = 0;
  /** Why the last append did not take everything: the system's error and what was tried. */
  failure: { operation: string; error: unknown } | undefined;
  readonly #names: LogNames;
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #durability: Durability;
  readonly #syncs: boolean;
  readonly #report: Report;
  readonly #onTurn: () => void;
  #fd = -1;
  #held: FileState | undefined;
  /** Size as of the last look plus what was written since. */
  #size = 0;
  #lookedAt = 0;
  #sinceLook = 0;
  /** `fragment`: our own short write waits for its newline. `unknown`: the file has bytes we have not looked at. */
  #tail: 'ended' | 'fragment' | 'unknown' = 'ended';
  #rotateNotBefore = Number.NEGATIVE_INFINITY;
  #modeOfLast: number | undefined;
  #bytes = 0;
  /** Bytes that may be appended before the next look, rotation or seal, and what they were when granted: one counter in the path of every record. */
  #budget = 0;
  #granted = 0;
  readonly #retiring = new Set<Promise<void>>();

  constructor({ names, storage, clock, maxBytes, durability, report, onTurn }: ActiveFileOptions) {
    this.#names = names;
    this.#storage = storage;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#durability = durability;
    this.#syncs = durability.policy !== 'never';
    this.#report = report;
    this.#onTurn = onTurn;
  }

  /**
   * Appends `batch[from, end)`, whole lines, in one write. Returns the offset up to which lines are committed: `end`, or less with `failure` set. Never throws.
   * Whether they are synced is the policy's affair: see Durability.claimed.
   */
  append(batch: Uint8Array, from: number, end: number): number {
    const now = this.#clock.now();
    const age = now - this.#lookedAt;
    if ((end - from > this.#budget || age >= lookMs || age < 0) && !this.#prepare(now, end - from)) return from;
    let taken: number;
    try {
      taken = this.#storage.append(this.#fd, batch, from, end - from);
    } catch (error) {
      this.failure = { operation: 'append to', error };
      return from;
    }
    this.#budget -= taken;
    const done = taken === end - from ? end : this.#afterShortWrite(batch, from, end, taken);
    if (this.#syncs && done > from) this.#durability.wrote(this.#fd, now);
    return done;
  }

  /** Bytes of lines committed through this object. */
  get bytes(): number {
    return this.#bytes + this.#granted - this.#budget;
  }

  /** Resolves when what was appended so far is synced as the policy says (or that failed: Durability knows). */
  async synced(): Promise<void> {
    await this.#durability.later();
    await Promise.all(this.#retiring);
  }

  /** Leaves the file; resolves when nothing waits to be synced any more. The next append opens it again. */
  async close(): Promise<void> {
    this.#leave();
    await Promise.all(this.#retiring);
  }

  /** What an append may have to do first: open, look, rotate, end a torn line. Then it grants the bytes that may be appended without any of it. */
  #prepare(now: number, incoming: number): boolean {
    this.#settle();
    try {
      if (this.#fd === -1) this.#open(now);
      else if (this.#sinceLook >= lookBytes || now - this.#lookedAt >= lookMs || now < this.#lookedAt) this.#look(now);
      if (this.#size + incoming > this.#maxBytes) this.#rotate(now, incoming);
      if (this.#tail !== 'ended') this.#endTail();
    } catch (error) {
      this.failure = { operation: this.#fd === -1 ? 'open' : 'append to', error };
      return false;
    }
    this.#granted = Math.max(0, Math.min(lookBytes - this.#sinceLook, this.#maxBytes - this.#size));
    this.#budget = this.#granted;
    return true;
  }

  /** Books what was appended since the last grant, and ends the grant. */
  #settle(): void {
    const spent = this.#granted - this.#budget;
    this.#size += spent;
    this.#sinceLook += spent;
    this.#bytes += spent;
    this.#granted = 0;
    this.#budget = 0;
  }

  /** Seals the fragment and writes its line again, a few times at most. */
  #afterShortWrite(batch: Uint8Array, from: number, end: number, first: number): number {
    this.#settle();
    let done = from;
    let taken = first;
    for (let shortWrites = 1; ; ) {
      this.failure = { operation: 'append to', error: new Error(`the disk took only ${taken} bytes of a write`) };
      const cut = shortWrite(batch, done, done + taken);
      if (cut.committed > done) shortWrites = 1;
      done = cut.committed;
      try {
        if (cut.fragment > 0) {
          this.#tail = 'fragment';
          if (cut.whole) done = cut.lineEnd;
          else this.#countFragment(cut.fragment);
          this.#endTail();
        }
        if (done === end || shortWrites === shortWritesMax) return done;
        taken = this.#storage.append(this.#fd, batch, done, end - done);
      } catch (error) {
        this.failure = { operation: 'append to', error };
        return done;
      }
      this.#size += taken;
      this.#sinceLook += taken;
      this.#bytes += taken;
      if (done + taken === end) return end;
      shortWrites += 1;
    }
  }

  #countFragment(byteLength: number): void {
    this.fragments += 1;
    this.#bytes -= byteLength;
    this.#report.event({ kind: 'fragment', path: this.#names.active, byteLength });
  }

  #open(now: number): void {
    const { active, dir } = this.#names;
    const unsyncedDirs = [dir];
    let healed = 0;
    for (;;) {
      const fd = this.#openFile(active, dir, unsyncedDirs);
      let held: FileState;
      try {
        held = this.#storage.stat(fd);
        if (!held.isFile) throw new Error('it is not a regular file');
        // Other processes heal and rotate meanwhile: a few turns are plenty.
        if (held.links > 1 && healed < healTurnsMax && this.#heal(held)) {
          healed += 1;
          this.#storage.close(fd);
          continue;
        }
      } catch (error) {
        this.#storage.close(fd);
        throw error;
      }
      this.#fd = fd;
      this.#held = held;
      this.#size = held.size;
      this.#modeOfLast = held.mode;
      break;
    }
    this.#lookedAt = now;
    this.#sinceLook = 0;
    this.#tail = 'unknown';
    if (this.#durability.policy === 'always') this.#durability.syncDirs(unsyncedDirs);
    this.#endTail();
    this.#onTurn();
  }

  #heal(held: FileState): boolean {
    try {
      const segment = healTwoNames(this.#storage, this.#names, held);
      if (segment !== null) this.#report.event({ kind: 'healed', path: this.#names.active, segment });
      return segment !== null;
    } catch (error) {
      this.#report.failed('take a second name away from', error);
      return false;
    }
  }

  #openFile(active: string, dir: string, unsyncedDirs: string[]): number {
    try {
      return this.#storage.open(active, this.#modeOfLast);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    const topmost = this.#storage.makeDir(dir);
    if (topmost !== undefined)
      for (let made = dir; ; made = dirname(made)) {
        unsyncedDirs.push(dirname(made));
        if (made === topmost || made === dirname(made)) break;
      }
    return this.#storage.open(active, this.#modeOfLast);
  }

  /** Is the path still our file, and did somebody else write to it? */
  #look(now: number): void {
    this.#lookedAt = now;
    this.#sinceLook = 0;
    let found: FileState | null;
    try {
      found = this.#storage.look(this.#names.active);
    } catch (error) {
      // The folder cannot be searched any more; the descriptor still works, and a record in the file beats a record dropped.
      this.#report.failed('look at', error);
      return;
    }
    if (!isSameFile(found, this.#held!)) {
      this.#reopen(now);
      return;
    }
    if (found!.size === this.#size) return;
    this.#size = found!.size;
    this.#tail = 'unknown';
    this.#endTail();
  }

  #reopen(now: number): void {
    this.#leave();
    this.#open(now);
    this.#report.event({ kind: 'reopened', path: this.#names.active });
  }

  #rotate(now: number, incoming: number): void {
    if (this.#size === 0 || now < this.#rotateNotBefore) return;
    // The size we know may be old, and so may the file: others write and rotate too.
    this.#look(now);
    if (this.#size === 0 || this.#size + incoming <= this.#maxBytes) return;
    const bytes = this.#size;
    try {
      if (this.#tail !== 'ended') this.#endTail();
      const segment = moveAside(this.#storage, this.#names, this.#held!);
      if (segment !== null) {
        this.rotations += 1;
        this.#report.event({ kind: 'rotated', path: this.#names.active, segment, bytes });
      }
    } catch (error) {
      // A log that cannot be rotated is written on: too large is better than lost.
      this.#rotateNotBefore = now + rotateRetryMs;
      this.#report.failed('rotate', error);
      return;
    }
    this.#leave();
    this.#open(now);
  }

  /** Makes sure that the next byte begins a line. Throws the system's error when it cannot; the next append tries again. */
  #endTail(): void {
    if (this.#tail === 'fragment') {
      if (this.#storage.append(this.#fd, newline, 0, 1) !== 1)
        throw new Error('the newline that seals a fragment was not taken');
      this.#size += 1;
    } else {
      const sealed = sealTail(this.#storage, this.#fd, this.#size, (ms) => this.#clock.sleep(ms));
      if (sealed !== null) this.#reportSealed(sealed);
    }
    this.#tail = 'ended';
  }

  #reportSealed(sealed: SealedTail): void {
    this.#size = this.#storage.stat(this.#fd).size;
    this.sealedTails += 1;
    this.sealedBytes += sealed.byteLength;
    this.#report.event({ kind: 'sealed', path: this.#names.active, ...sealed });
    this.#report.warn(
      sealed.whole
        ? `lakeobs ended the last line of ${this.#names.active} (byte ${sealed.byteOffset}): it was whole but for its newline`
        : `lakeobs sealed a torn line in ${this.#names.active}: ${sealed.byteLength} bytes at byte ${sealed.byteOffset}, left by a writer that died; \`lakeobs doctor\` shows them`,
    );
  }

  /** Lets go of the descriptor, after what waits in it is synced. */
  #leave(): void {
    this.#settle();
    if (this.#fd === -1) return;
    if (this.#tail === 'fragment') this.#lastTry();
    const fd = this.#fd;
    this.#fd = -1;
    this.#held = undefined;
    const busy = this.#durability.underWay;
    if (busy === undefined && this.#retiring.size >= retiringFilesMax) this.#durability.settle();
    const dirty = this.#durability.release();
    if (busy === undefined && !dirty) {
      this.#shut(fd);
      return;
    }
    const retired: Promise<void> = this.#durability.retire(fd, busy, dirty).then(() => {
      this.#shut(fd);
      this.#retiring.delete(retired);
    });
    this.#retiring.add(retired);
  }

  #lastTry(): void {
    try {
      this.#endTail();
    } catch (error) {
      this.#report.note('seal a fragment in', error);
    }
  }

  #shut(fd: number): void {
    try {
      this.#storage.close(fd);
    } catch (error) {
      this.#report.note('close', error);
    }
  }
}
