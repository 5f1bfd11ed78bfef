// The disk behind one narrow interface: everything the writer asks of a file system, and nothing more, so that a test can pull the plug.
// Calls are synchronous: the return of an append is the acknowledgement. Errors are the system's own (with `code`), never wrapped here.
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** What a look at a file tells. Device and inode are bigints: 64-bit inodes do not fit a number, and a rounded one would look like another file. */
export interface FileState {
  dev: bigint;
  ino: bigint;
  size: number;
  /** How many names the file has. */
  links: number;
  mode: number;
  modifiedMs: number;
  isFile: boolean;
}

export interface Storage {
  /** Opens for reading and O_APPEND writing, creating the file with `mode` (under the umask). The folder must exist. */
  open(path: string, mode?: number): number;
  /** Opens for reading only. */
  openToRead(path: string): number;
  /** One write(2) at the end of the file. Returns the bytes taken: may be fewer than asked. */
  append(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  /** Fills `into` from `position`; returns the bytes read, fewer at the end of the file. */
  read(fd: number, into: Uint8Array, position: number): number;
  /** fdatasync: the bytes, and the size needed to find them, survive a power cut. */
  sync(fd: number): void;
  /** The same without waiting for it. */
  syncLater(fd: number): Promise<void>;
  close(fd: number): void;
  stat(fd: number): FileState;
  /** stat by name, following links; null when there is nothing. */
  look(path: string): FileState | null;
  /** Creates an empty file; EEXIST when the name is taken. */
  reserve(path: string): void;
  rename(from: string, to: string): void;
  link(existing: string, name: string): void;
  unlink(path: string): void;
  list(dir: string): string[];
  /** mkdir -p; returns the topmost folder it made, undefined when all were there. */
  makeDir(dir: string): string | undefined;
  /** fsync of a folder: names in it survive a power cut. */
  syncDir(dir: string): void;
}

/** The real disk. */
export const diskStorage: Storage = {
  open: (path, mode = 0o666) => openSync(path, 'a+', mode),
  openToRead: (path) => openSync(path, 'r'),
  append: writeSync,
  read: (fd, into, position) => {
    let done = 0;
    while (done < into.byteLength) {
      const taken = readSync(fd, into, done, into.byteLength - done, position + done);
      if (taken === 0) break;
      done += taken;
    }
    return done;
  },
  sync: (fd) => fdatasyncSync(fd),
  syncLater: (fd) => new Promise((done, fail) => fdatasync(fd, (error) => (error === null ? done() : fail(error)))),
  close: (fd) => closeSync(fd),
  stat: (fd) => stateOf(fstatSync(fd, { bigint: true })),
  look: (path) => {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? null : stateOf(stats);
  },
  reserve: (path) => closeSync(openSync(path, 'wx')),
  rename: renameSync,
  link: linkSync,
  unlink: unlinkSync,
  list: (dir) => readdirSync(dir),
  makeDir: makeFolders,
  syncDir: (dir) => {
    const fd = openSync(dir, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
};

/** The real disk, calling `step` with the name of every operation on names or bytes before it happens: a test can stop the process at each. */
export function steppingStorage(step: (name: string) => void): Storage {
  const announced = <T extends unknown[], R>(name: string, call: (...args: T) => R) => {
    return (...args: T): R => {
      step(name);
      return call(...args);
    };
  };
  return {
    ...diskStorage,
    append: announced('append', diskStorage.append),
    reserve: announced('reserve', diskStorage.reserve),
    rename: announced('rename', diskStorage.rename),
    link: announced('link', diskStorage.link),
    unlink: announced('unlink', diskStorage.unlink),
    syncDir: announced('fsync folder', diskStorage.syncDir),
  };
}

function stateOf(stats: import('node:fs').BigIntStats): FileState {
  return {
    dev: stats.dev,
    ino: stats.ino,
    size: Number(stats.size),
    links: Number(stats.nlink),
    mode: Number(stats.mode) & 0o777,
    modifiedMs: Number(stats.mtimeMs),
    isFile: stats.isFile(),
  };
}

/** mkdir -p, one folder at a time: Node 20's own `recursive` never returns where the system answers ENOENT for a folder whose parent is there (/proc). */
function makeFolders(dir: string): string | undefined {
  try {
    mkdirSync(dir);
    return dir;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(dir).isDirectory()) return undefined;
    if (code !== 'ENOENT' || dirname(dir) === dir || existsSync(dirname(dir))) throw error;
    const topmost = makeFolders(dirname(dir));
    return makeFolders(dir) === undefined ? undefined : topmost;
  }
}
