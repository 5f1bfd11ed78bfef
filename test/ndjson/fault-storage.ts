// A disk in memory that breaks on demand: it can forget everything after the last fsync (a power cut), write short, refuse with any code, and kill a process in
// the middle of a write. Several processes share one disk; each sees it through a Storage of its own. After google/leveldb's fault_injection_test.
import { basename, dirname } from 'node:path';
import type { FileState, Storage } from '../../src/ndjson/storage.ts';

interface Inode {
  ino: bigint;
  bytes: Buffer;
  size: number;
  mode: number;
  modifiedMs: number;
  /** What a power cut leaves. */
  durable: Buffer;
}

export type Operation = keyof Storage;

export interface Fault {
  operation: Operation;
  code: string;
  /** How often; default once. */
  times?: number;
  /** Only for paths (or the path a descriptor was opened by) that end so. */
  path?: string;
}

/** Thrown into a process that has been killed: nothing it does afterwards reaches the disk. */
export class Killed extends Error {}

export interface ProcessOptions {
  /** Runs before each operation, as if the scheduler had switched to another process there. */
  before?: (operation: Operation) => void;
}

export class FaultDisk {
  nowMs = 1_700_000_000_000;
  /** Operations so far, by name. */
  readonly counts: Partial<Record<Operation, number>> = {};
  #inodes = 1n;
  #names = new Map<string, Inode>();
  #dirs = new Set<string>(['/', '/lake']);
  #durableNames = new Map<string, Inode>();
  #durableDirs = new Set<string>(['/', '/lake']);
  #faults: Fault[] = [];
  #shortWrites: number[] = [];

  /** A clock that stands still unless it is set or slept on. */
  readonly clock = {
    now: (): number => this.nowMs,
    sleep: (ms: number): void => {
      this.nowMs += ms;
    },
  };

  fail(fault: Fault): void {
    this.#faults.push({ times: 1, ...fault });
  }

  heal(): void {
    this.#faults = [];
    this.#shortWrites = [];
  }

  /** The next appends take only so many bytes, in this order; a negative number: all but so many. */
  writeShort(...bytes: number[]): void {
    this.#shortWrites.push(...bytes);
  }

  /** Everything that was not synced is gone, contents and names. */
  powerCut(): void {
    this.#dirs = new Set(this.#durableDirs);
    this.#names = new Map([...this.#durableNames].filter(([path]) => this.#dirs.has(dirname(path))));
    for (const inode of new Set(this.#names.values())) {
      inode.bytes = Buffer.from(inode.durable);
      inode.size = inode.durable.length;
    }
  }

  put(path: string, text: string | Uint8Array): void {
    const inode = this.#names.get(path) ?? this.#create(path, 0o644);
    inode.bytes = Buffer.from(text);
    inode.size = inode.bytes.length;
  }

  remove(path: string): void {
    this.#names.delete(path);
  }

  move(from: string, to: string): void {
    this.#names.set(to, this.#names.get(from)!);
    this.#names.delete(from);
  }

  text(path: string): string {
    const inode = this.#names.get(path);
    if (inode === undefined) throw new Error(`no ${path} on the disk; there are ${this.paths().join(', ')}`);
    return inode.bytes.toString('utf8', 0, inode.size);
  }

  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  ageAll(ms: number): void {
    for (const inode of this.#names.values()) inode.modifiedMs -= ms;
  }

  /** A process on this disk. `killAfterBytes` from now: the write that reaches it is cut there and the process is dead;
   * negative: the next write is cut so many bytes before its end. */
  process(
    options: ProcessOptions = {},
  ): Storage & { killAfterBytes(bytes: number): void; killBefore(count: number): void } {
    const open = new Map<number, { inode: Inode; path: string }>();
    let descriptors = 10;
    let dead = false;
    let bytesToLive = Number.POSITIVE_INFINITY;
    let operationsToLive = Number.POSITIVE_INFINITY;
    const enter = (operation: Operation, path: string): void => {
      if (dead) throw new Killed(operation);
      options.before?.(operation);
      this.counts[operation] = (this.counts[operation] ?? 0) + 1;
      operationsToLive -= 1;
      if (operationsToLive < 0) {
        dead = true;
        throw new Killed(operation);
      }
      const fault = this.#faults.find(
        (one) =>
          one.operation === operation && (one.times ?? 1) > 0 && (one.path === undefined || path.endsWith(one.path)),
      );
      if (fault === undefined) return;
      fault.times = (fault.times ?? 1) - 1;
      throw failure(fault.code);
    };
    const held = (fd: number): { inode: Inode; path: string } => {
      const entry = open.get(fd);
      if (entry === undefined) throw failure('EBADF');
      return entry;
    };
    const openAs = (path: string, inode: Inode): number => {
      descriptors += 1;
      open.set(descriptors, { inode, path });
      return descriptors;
    };
    const sync = (fd: number): void => {
      const { inode } = held(fd);
      inode.durable = Buffer.from(inode.bytes.subarray(0, inode.size));
    };
    return {
      killAfterBytes: (bytes) => {
        bytesToLive = bytes;
      },
      killBefore: (count) => {
        operationsToLive = count;
      },
      open: (path, mode = 0o644) => {
        enter('open', path);
        this.#mustBeDir(dirname(path));
        if (this.#dirs.has(path)) throw failure('EISDIR');
        return openAs(path, this.#names.get(path) ?? this.#create(path, mode));
      },
      openToRead: (path) => {
        enter('openToRead', path);
        const inode = this.#names.get(path);
        if (inode === undefined) throw failure('ENOENT');
        return openAs(path, inode);
      },
      append: (fd, bytes, offset, length) => {
        enter('append', held(fd).path);
        const { inode } = held(fd);
        const short = this.#shortWrites.shift() ?? length;
        const asked = Math.max(0, short < 0 ? length + short : Math.min(length, short));
        if (bytesToLive < 0) bytesToLive += length;
        const taken = Math.max(0, Math.min(asked, bytesToLive));
        this.#grow(inode, bytes.subarray(offset, offset + taken));
        bytesToLive -= taken;
        if (taken < asked) {
          dead = true;
          throw new Killed('append');
        }
        return taken;
      },
      read: (fd, into, position) => {
        enter('read', held(fd).path);
        const { inode } = held(fd);
        const part = inode.bytes.subarray(
          Math.min(position, inode.size),
          Math.min(inode.size, position + into.byteLength),
        );
        into.set(part);
        return part.byteLength;
      },
      sync: (fd) => {
        enter('sync', held(fd).path);
        sync(fd);
      },
      syncLater: async (fd) => {
        enter('syncLater', held(fd).path);
        await Promise.resolve();
        sync(fd);
      },
      close: (fd) => {
        if (dead) return;
        held(fd);
        open.delete(fd);
      },
      stat: (fd) => {
        enter('stat', held(fd).path);
        return this.#stateOf(held(fd).inode);
      },
      look: (path) => {
        enter('look', path);
        const inode = this.#names.get(path);
        return inode === undefined ? null : this.#stateOf(inode);
      },
      reserve: (path) => {
        enter('reserve', path);
        this.#mustBeDir(dirname(path));
        if (this.#names.has(path)) throw failure('EEXIST');
        this.#create(path, 0o644);
      },
      rename: (from, to) => {
        enter('rename', from);
        const inode = this.#names.get(from);
        if (inode === undefined) throw failure('ENOENT');
        const target = this.#names.get(to);
        if (target === inode) return;
        if (target !== undefined && target.size > 0 && !to.endsWith('.head'))
          throw new Error(`${to} would have been overwritten`);
        this.#names.set(to, inode);
        this.#names.delete(from);
      },
      link: (existing, name) => {
        enter('link', name);
        const inode = this.#names.get(existing);
        if (inode === undefined) throw failure('ENOENT');
        if (this.#names.has(name)) throw failure('EEXIST');
        this.#names.set(name, inode);
      },
      unlink: (path) => {
        enter('unlink', path);
        if (!this.#names.delete(path)) throw failure('ENOENT');
      },
      list: (dir) => {
        enter('list', dir);
        this.#mustBeDir(dir);
        return [...this.#names.keys()].filter((path) => dirname(path) === dir).map((path) => basename(path));
      },
      makeDir: (dir) => {
        enter('makeDir', dir);
        let topmost: string | undefined;
        for (let at = dir; !this.#dirs.has(at); at = dirname(at)) {
          if (this.#names.has(at)) throw failure('ENOTDIR');
          topmost = at;
          this.#dirs.add(at);
        }
        return topmost;
      },
      syncDir: (dir) => {
        enter('syncDir', dir);
        this.#mustBeDir(dir);
        for (const path of [...this.#durableNames.keys()]) if (dirname(path) === dir) this.#durableNames.delete(path);
        for (const [path, inode] of this.#names) if (dirname(path) === dir) this.#durableNames.set(path, inode);
        for (const child of this.#dirs) if (dirname(child) === dir) this.#durableDirs.add(child);
      },
    };
  }

  #create(path: string, mode: number): Inode {
    this.#inodes += 1n;
    const inode: Inode = {
      ino: this.#inodes,
      bytes: Buffer.alloc(256),
      size: 0,
      mode,
      modifiedMs: this.nowMs,
      durable: Buffer.alloc(0),
    };
    this.#names.set(path, inode);
    return inode;
  }

  #grow(inode: Inode, bytes: Uint8Array): void {
    const size = inode.size + bytes.byteLength;
    if (size > inode.bytes.length) {
      const roomier = Buffer.alloc(2 * size);
      inode.bytes.copy(roomier, 0, 0, inode.size);
      inode.bytes = roomier;
    }
    inode.bytes.set(bytes, inode.size);
    inode.size = size;
    inode.modifiedMs = this.nowMs;
  }

  #mustBeDir(dir: string): void {
    if (this.#names.has(dir)) throw failure('ENOTDIR');
    if (!this.#dirs.has(dir)) throw failure('ENOENT');
  }

  #stateOf(inode: Inode): FileState {
    let links = 0;
    for (const other of this.#names.values()) if (other === inode) links += 1;
    return {
      dev: 1n,
      ino: inode.ino,
      size: inode.size,
      links,
      mode: inode.mode,
      modifiedMs: inode.modifiedMs,
      isFile: true,
    };
  }
}

/** A system error as node:fs throws it. */
export function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
