// When bytes are made to survive a power cut, and when that is no longer claimed. After one failed fsync the claim is gone for good: Linux may drop the pages it
// could not write and answer the next fsync with success ("fsyncgate"), so a retry that succeeds proves nothing about the earlier bytes.
import { lookMs } from '../limits.ts';
import type { Storage } from './storage.ts';

export type SyncPolicy = 'always' | 'interval' | 'never';

export interface DurabilityOptions {
  storage: Storage;
  policy: SyncPolicy;
  intervalMs: number;
  onFailure: (error: unknown) => void;
}

/** The fsync policy of one log. Holds no file: it is told which one is meant. */
export class Durability {
  readonly policy: SyncPolicy;
  /** fsyncs that succeeded, of files and folders. */
  fsyncs = 0;
  /** False after the first failed fsync, and from then on. */
  claimed: boolean;
  /** The first failure. */
  failure: unknown = undefined;
  readonly #storage: Storage;
  readonly #intervalMs: number;
  readonly #onFailure: (error: unknown) => void;
  #fd = -1;
  #dirty = false;
  #dirtySince = 0;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;

  constructor({ storage, policy, intervalMs, onFailure }: DurabilityOptions) {
    this.policy = policy;
    this.claimed = policy !== 'never';
    this.#storage = storage;
    this.#intervalMs = intervalMs;
    this.#onFailure = onFailure;
  }

  /** Bytes went into `fd`. Under `always` they are synced before this returns; false when that failed. */
  wrote(fd: number, nowMs: number): boolean {
    if (this.policy === 'never') return true;
    if (this.policy === 'always') return this.#syncNow(fd);
    if (!this.#dirty) {
      this.#dirty = true;
      this.#dirtySince = nowMs;
      this.#fd = fd;
      this.#timer = setTimeout(() => void this.later(), this.#intervalMs);
      this.#timer.unref();
    } else if (nowMs - this.#dirtySince > this.#intervalMs + lookMs) {
      // The timer is late: the host has not returned to its event loop.
      this.settle();
    }
    return true;
  }

  /** Syncs what is waiting, now. */
  settle(): boolean {
    if (!this.#dirty) return this.failure === undefined;
    const fd = this.#fd;
    this.#clean();
    return this.#syncNow(fd);
  }

  /** Syncs what is waiting without stopping the host; resolves when it is done, also if it failed. */
  later(): Promise<void> {
    if (!this.#dirty) return this.#underWay ?? Promise.resolve();
    const fd = this.#fd;
    this.#clean();
    const before = this.#underWay ?? Promise.resolve();
    const mine = before
      .then(() => this.#storage.syncLater(fd))
      .then(
        () => {
          this.fsyncs += 1;
        },
        (error: unknown) => this.#failed(error),
      );
    this.#underWay = mine;
    void mine.then(() => {
      if (this.#underWay === mine) this.#underWay = undefined;
    });
    return mine;
  }

  /** The file is about to be left: what waits in it is somebody else's task now. Returns whether anything does. */
  release(): boolean {
    const dirty = this.#dirty;
    this.#clean();
    return dirty;
  }

  /** Syncs a file that was left, behind what is still under way for it; resolves when the descriptor may be closed. */
  async retire(fd: number, busy: Promise<void> | undefined, dirty: boolean): Promise<void> {
    await busy;
    if (!dirty) return;
    try {
      await this.#storage.syncLater(fd);
      this.fsyncs += 1;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The sync begun by `later` that still uses a descriptor: close it only afterwards. */
  get underWay(): Promise<void> | undefined {
    return this.#underWay;
  }

  /** fsync of folders, so that a new name survives too. */
  syncDirs(dirs: readonly string[]): void {
    for (const dir of dirs)
      try {
        this.#storage.syncDir(dir);
        this.fsyncs += 1;
      } catch (error) {
        this.#failed(error);
      }
  }

  #syncNow(fd: number): boolean {
    try {
      this.#storage.sync(fd);
      this.fsyncs += 1;
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #clean(): void {
    this.#dirty = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #failed(error: unknown): void {
    this.failure ??= error;
    this.claimed = false;
    this.#onFailure(error);
  }
}
