// Follows logs as they grow: new lines of the active files, and over rotations. A rotated file is read to its end before its successor, and for a while after that,
// because a writer that has not noticed yet may still append to it. Files that appear are read from their first byte. Memory is bounded, whatever is written.
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { activeOf, type Listing, listSources, type Scope, type SourceFile } from '../catalog/sources.ts';
import { LakeobsError, systemCode } from '../errors.ts';
import { closedAfterMs, followListMs, hotMs } from '../limits.ts';
import { Changes } from './changes.ts';
import { FollowedFile } from './followed-file.ts';
import type { Item } from './item.ts';
import type { Seen } from './newest.ts';

export interface FollowOptions {
  scope: Scope;
  /** Which of the scope's files are meant. */
  wanted: (file: SourceFile) => boolean;
  /** What was there when following began; null: nothing, everything is new. */
  listing: Listing | null;
  /** How far files were read by then, by path; of files that are not in it nothing is printed but what comes. */
  seen: ReadonlyMap<string, Seen>;
  signal: AbortSignal;
  /** Told what a person should know: a file that was cut, a scope that is still empty. */
  onNote: (note: string) => void;
}

/** New items in rounds, each in the order of time, until the signal. */
export async function* follow(options: FollowOptions): AsyncGenerator<readonly Item[], void> {
  const { signal } = options;
  const following = new Following(options);
  const changes = new Changes();
  try {
    while (!signal.aborted) {
      await following.list();
      changes.watch(following.folders());
      const round = following.read();
      if (round.items.length > 0) yield round.items;
      if (!round.more) await changes.next(signal);
    }
  } finally {
    changes.close();
    following.close();
  }
}

class Following {
  readonly #options: FollowOptions;
  /** Open files in the order they are read, by log: a rotated one before its successor. */
  readonly #open = new Map<string, FollowedFile>();
  /** Inodes that need no reading: seen before, or finished. */
  readonly #done = new Set<string>();
  /** How far files had been read when following began. */
  readonly #offsets: ReadonlyMap<string, number>;
  /** Segments beside a PATH that were there when following began. */
  readonly #ignored: Set<string>;
  #closed = new Set<string>();
  #listedMs = 0;
  #folderTimes = '';
  #folders: string[];
  #saidEmpty = false;

  constructor(options: FollowOptions) {
    this.#options = options;
    const { listing, seen } = options;
    this.#folders = [options.scope.lake];
    this.#ignored = new Set(listing?.segmentsUnread ?? []);
    this.#offsets = new Map([...seen.values()].map((file) => [keyOf(file), file.offset]));
    for (const file of listing?.files ?? []) {
      if (!options.wanted(file)) continue;
      const known = seen.get(file.path);
      if (known === undefined || file.closed || file.compression !== '') this.#done.add(keyOf(file.stamp));
      else this.#start(file.path, keyOf(known));
    }
  }

  folders(): readonly string[] {
    return this.#folders;
  }

  /** Looks for files that are new or renamed; only when a folder changed, or it is time. */
  async list(): Promise<void> {
    const times = this.#folders.map(timeOf).join();
    if (times === this.#folderTimes && Date.now() - this.#listedMs < followListMs) return;
    const { scope, wanted, onNote } = this.#options;
    let listing: Listing;
    try {
      listing = await listSources({ ...scope, lenient: true });
    } catch (error) {
      // Not there yet, or not just now.
      if (!(error instanceof LakeobsError) || error.code !== 'input') throw error;
      if (!this.#saidEmpty && this.#open.size === 0) onNote(`${error.message}; waiting for it`);
      this.#saidEmpty = true;
      this.#folders = this.#foldersOf([]);
      return;
    }
    const files = listing.files.filter((file) => !file.stream && file.compression === '' && wanted(file));
    if (files.length === 0 && !this.#saidEmpty) {
      onNote('there is no log yet; waiting for one');
      this.#saidEmpty = true;
    }
    // The clock of a file system is coarse: a folder that changed just now may change again without a trace.
    this.#folderTimes = this.#folders.some(isHot) ? '' : times;
    this.#listedMs = Date.now();
    this.#folders = this.#foldersOf(files);
    const segments = listing.segmentsUnread.filter((path) => !this.#ignored.has(path) && !/\.(gz|zst)$/.test(path));
    const there = new Set<string>();
    this.#closed = new Set();
    // Closed segments sort in front of the active file of their log: what was written first is read first.
    const named = [
      ...segments.map((path) => ({ path, closed: true, key: keyAt(path) })),
      // By its stamp: the name of an active file may stand for its successor's successor by now.
      ...files.map(({ path, stamp }) => ({ path, closed: path !== activeOf(path), key: keyOf(stamp) })),
    ].sort((a, b) => Number(b.closed) - Number(a.closed) || (a.path < b.path ? -1 : 1));
    for (const { path, closed, key } of named) {
      if (key === null) continue;
      there.add(key);
      if (closed) this.#closed.add(key);
      const open = this.#open.get(key);
      if (open !== undefined) open.path = path;
      else if (!this.#done.has(key)) this.#start(path, key);
    }
    // An inode that is gone may come back as another file.
    for (const key of this.#done) if (!there.has(key)) this.#done.delete(key);
    for (const key of this.#open.keys()) if (!there.has(key)) this.#closed.add(key);
  }

  /** What came in all files, in the order of time; within a log in the order it was written. */
  read(): { items: readonly Item[]; more: boolean } {
    const logs = new Map<string, Item[]>();
    const unfinished = new Set<string>();
    let more = false;
    for (const [key, file] of this.#open) {
      const log = activeOf(file.path);
      if (unfinished.has(log)) continue;
      const items = logs.get(log) ?? [];
      logs.set(log, items);
      const read = file.read();
      if (read.cut) this.#options.onNote(`${file.path} became shorter: it is read from its start`);
      items.push(...read.items);
      if (read.more) {
        more = true;
        unfinished.add(log);
      } else if (this.#closed.has(key) && Date.now() - file.grewMs > closedAfterMs) {
        items.push(...file.end());
        file.close();
        this.#open.delete(key);
        this.#done.add(key);
      }
    }
    return { items: inOrder([...logs.values()]), more };
  }

  close(): void {
    for (const file of this.#open.values()) file.close();
  }

  #start(path: string, key: string): void {
    try {
      const file = new FollowedFile(path, this.#offsets.get(key) ?? 0);
      // Renamed since it was listed: its name stands for another file now; the next listing finds both.
      if (file.key === key) this.#open.set(key, file);
      else {
        file.close();
        this.#folderTimes = '';
      }
    } catch (error) {
      if (systemCode(error) === 'ENOENT') this.#folderTimes = '';
      else if (!this.#done.has(key)) {
        this.#options.onNote(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
        this.#done.add(key);
      }
    }
  }

  /** Where something may appear: the folders of the files, and of what was asked for. */
  #foldersOf(files: readonly SourceFile[]): string[] {
    const { paths, lake, cwd } = this.#options.scope;
    const asked =
      paths.length === 0
        ? [lake, dirname(lake)]
        : paths.flatMap((path) => [resolve(cwd, path), dirname(resolve(cwd, path))]);
    return [...new Set([...files.map(({ path }) => dirname(path)), ...asked])].filter(isFolder);
  }
}

function keyOf({ dev, ino }: { dev: bigint; ino: bigint }): string {
  return `${dev}:${ino}`;
}

function keyAt(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : keyOf(stat);
}

function timeOf(folder: string): string {
  return String(statSync(folder, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? '');
}

function isHot(folder: string): boolean {
  const changedMs = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
  return changedMs !== undefined && Date.now() - changedMs < hotMs;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Several logs as one, by time; what has no time goes with what stands in front of it. */
function inOrder(logs: readonly (readonly Item[])[]): Item[] {
  const [only, ...others] = logs.filter((items) => items.length > 0);
  if (only === undefined) return [];
  if (others.length === 0) return [...only];
  const timed = [only, ...others].flatMap((items, log) => {
    let latest = Number.NEGATIVE_INFINITY;
    // A log's own order stands, even where its times go back.
    return items.map((item, at) => {
      latest = Math.max(latest, item.tsMs ?? latest);
      return { item, latest, log, at };
    });
  });
  return timed.sort((a, b) => a.latest - b.latest || a.log - b.log || a.at - b.at).map(({ item }) => item);
}
