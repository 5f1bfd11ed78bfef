// Waits until something in some folders may have changed: told by the system where it tells, and by looking again now and then where it does not (network file
// systems, containers). It says only that it is worth looking; what changed, the caller finds out.
import { type FSWatcher, watch } from 'node:fs';
import { followPauseMs, followPollMs } from '../limits.ts';

export class Changes {
  readonly #watchers = new Map<string, FSWatcher>();
  #changed = false;
  #wake: (() => void) | null = null;
  #lookedAt = 0;

  /** Watches these folders and no others. */
  watch(folders: Iterable<string>): void {
    const wanted = new Set(folders);
    for (const [folder, watcher] of this.#watchers)
      if (!wanted.has(folder)) {
        watcher.close();
        this.#watchers.delete(folder);
      }
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#tell());
        watcher.on('error', () => {
          watcher.close();
          this.#watchers.delete(folder);
        });
        this.#watchers.set(folder, watcher);
      } catch {
        // Not there yet, or no more watches to be had: looking now and then is enough.
      }
    }
  }

  /** Resolves when it is worth looking again, or at once when `signal` is aborted. True: something told so; false: it is only time. */
  async next(signal?: AbortSignal): Promise<boolean> {
    const pause = this.#lookedAt + followPauseMs - Date.now();
    if (pause > 0) await this.#sleep(pause, signal, false);
    if (!this.#changed && signal?.aborted !== true) await this.#sleep(followPollMs, signal, true);
    const told = this.#changed;
    this.#changed = false;
    this.#lookedAt = Date.now();
    return told;
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #tell(): void {
    this.#changed = true;
    this.#wake?.();
  }

  #sleep(ms: number, signal: AbortSignal | undefined, untilTold: boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(end, ms);
      if (untilTold) this.#wake = end;
      if (signal?.aborted) end();
      else signal?.addEventListener('abort', end, { once: true });
    });
  }
}
