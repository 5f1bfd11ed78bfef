// Writing the chain: whoever holds the lock covers the bytes that no entry covers yet, oldest segment first, then the active file up to its last whole line. The
// records are not touched. Reading it again is verify-chain.ts; an entry's form is chain-entry.ts.
import { basename, join } from 'node:path';
import { LakeobsError, systemCode } from '../errors.ts';
import { chainBlockBytes, chainStepBytes, lineBytesMax } from '../limits.ts';
import { type ChainHead, genesis, lineMark, type NewEntry, sha256, writeEntry } from './chain-entry.ts';
import { applyEntry, type ChainState, type CoveredFile, readChain } from './chain-state.ts';
import { takeLock } from './lock.ts';
import { type LogNames, parseSegment, segmentsAmong } from './naming.ts';
import { readWhole } from './read-whole.ts';
import type { ClosedSegment } from './retention.ts';
import type { FileState, Storage } from './storage.ts';

export interface ChainStep {
  /** True when bytes are left that a further step would cover. */
  more: boolean;
  /** False when somebody else is writing the chain: they cover our bytes too. */
  mine: boolean;
}

interface Present {
  name: string;
  path: string;
  state: FileState;
}

/** The chain of one log, as one process sees it. */
export class Chain {
  readonly #storage: Storage;
  readonly #names: LogNames;
  readonly #now: () => number;
  readonly #durable: boolean;
  #state: ChainState | undefined;
  #seen = '';

  constructor(options: { storage: Storage; names: LogNames; now: () => number; durable: boolean }) {
    this.#storage = options.storage;
    this.#names = options.names;
    this.#now = options.now;
    this.#durable = options.durable;
  }

  /** Covers at most about limits.chainStepBytes. Throws the system's error; what was written until then stands. */
  extend(): ChainStep {
    return this.#locked((state) => this.#cover(state, chainStepBytes));
  }

  /** Notes that segments are about to be deleted by retention. False: somebody else holds the lock, try another time. */
  retire(segments: readonly ClosedSegment[]): boolean {
    return this.#locked((state) => {
      const entries: NewEntry[] = [];
      for (const { path, bytes } of segments) {
        const name = basename(path);
        const file = latestNamed(state, name);
        if (file !== undefined) entries.push({ kind: 'retired', file: file.id, name, bytes });
      }
      this.#append(state, entries);
      return false;
    }).mine;
  }

  /**
   * The bytes of one file of the log are about to be replaced on purpose (repair): covers what is there, retires that file, has it replaced and covers what is
   * there then as a new one, while nobody else writes the chain. False: somebody else holds the lock, nothing was done. Throws the system's error and what `swap` throws.
   */
  replace(path: string, bytes: number, swap: () => void): boolean {
    return this.#locked((state) => {
      this.#cover(state, Number.POSITIVE_INFINITY);
      const name = basename(path);
      const file = latestNamed(state, name);
      if (file !== undefined) this.#append(state, [{ kind: 'retired', file: file.id, name, bytes }]);
      swap();
      this.#cover(state, Number.POSITIVE_INFINITY);
      return false;
    }).mine;
  }

  #locked(work: (state: ChainState) => boolean): ChainStep {
    const release = takeLock(this.#storage, this.#names.lock, this.#now());
    if (release === null) return { more: false, mine: false };
    try {
      return { more: work(this.#load()), mine: true };
    } finally {
      release();
    }
  }

  /** The chain as it is now; read again only when somebody else wrote to it. */
  #load(): ChainState {
    const seen = fingerprint(this.#storage.look(this.#names.chain));
    if (this.#state === undefined || seen !== this.#seen) {
      this.#state = readChain(readWhole(this.#storage, this.#names.chain) ?? new Uint8Array());
      this.#seen = seen;
    }
    for (const file of this.#state.files.values())
      if (!file.name.endsWith(this.#names.ext) && parseSegment(this.#names.active, file.name) === null)
        throw new LakeobsError('usage', `${this.#names.chain} is the chain of another log (it holds ${file.name})`, {
          path: this.#names.chain,
          hint: 'Give the two logs different names before the extension.',
        });
    return this.#state;
  }

  #cover(state: ChainState, budgetBytes: number): boolean {
    let left = budgetBytes;
    for (const present of this.#present()) {
      const { id, start, renamed } = this.#fileOf(state, present);
      const inode = inodeOf(present.state);
      if (renamed) this.#append(state, [{ kind: 'named', file: id, name: present.name, inode }]);
      if (start >= present.state.size) continue;
      const entries: NewEntry[] = [];
      const fd = this.#openIfStill(present);
      if (fd === null) return true;
      try {
        for (let from = start; from < present.state.size; ) {
          if (left <= 0) {
            this.#append(state, entries);
            return true;
          }
          const block = this.#wholeLines(fd, from, present.state.size);
          if (block === null) break;
          entries.push({
            kind: 'range',
            file: id,
            name: present.name,
            inode,
            start: from,
            end: from + block.byteLength,
            records: recordsIn(block),
            sha256: sha256(block),
            first: lineMark(block.subarray(0, block.indexOf(10))),
          });
          from += block.byteLength;
          left -= block.byteLength;
        }
      } finally {
        this.#storage.close(fd);
      }
      this.#append(state, entries);
    }
    return false;
  }

  /** The log's files, oldest first, each inode once, the active one last. Compressed segments hold what an entry already covers. */
  #present(): Present[] {
    const { active, dir } = this.#names;
    const names = segmentsAmong(active, this.#storage.list(dir))
      .filter(({ compression }) => compression === '')
      .map(({ fileName }) => fileName);
    names.push(basename(active));
    const seen = new Set<string>();
    return names.flatMap((name) => {
      const path = join(dir, name);
      const state = this.#storage.look(path);
      if (state === null || !state.isFile || state.size === 0 || seen.has(inodeOf(state))) return [];
      seen.add(inodeOf(state));
      return [{ name, path, state }];
    });
  }

  /** Which file of the chain this is, and how far it is covered; a new number for one never seen. */
  #fileOf(state: ChainState, present: Present): { id: number; start: number; renamed: boolean } {
    const inode = inodeOf(present.state);
    const named = latestNamed(state, present.name);
    const isActive = parseSegment(this.#names.active, present.name) === null;
    if (named !== undefined && !isActive) return { id: named.id, start: named.end, renamed: false };
    if (
      named !== undefined &&
      named.end <= present.state.size &&
      (named.inode === inode || this.#begins(present, named))
    )
      return { id: named.id, start: named.end, renamed: false };
    if (!isActive) {
      const rotated = [...state.files.values()].find(
        (file) =>
          !file.retired &&
          parseSegment(this.#names.active, file.name) === null &&
          file.end <= present.state.size &&
          (file.inode === inode || this.#begins(present, file)),
      );
      if (rotated !== undefined) return { id: rotated.id, start: rotated.end, renamed: true };
    }
    return { id: Math.max(0, ...state.files.keys()) + 1, start: 0, renamed: false };
  }

  /** Does the file begin with the bytes the chain knows (a copy or a restored backup, whose inode is another)? */
  #begins(present: Present, file: CoveredFile): boolean {
    const range = file.ranges[0];
    if (range === undefined || present.state.size < range.end) return false;
    const fd = this.#openIfStill(present);
    if (fd === null) return false;
    try {
      const bytes = new Uint8Array(range.end - range.start);
      return this.#storage.read(fd, bytes, range.start) === bytes.byteLength && sha256(bytes) === range.sha256;
    } finally {
      this.#storage.close(fd);
    }
  }

  /** Opens a file seen a moment ago; null when the name means another file by now (somebody rotated): the next step sees it under its new name. */
  #openIfStill(present: Present): number | null {
    let fd: number;
    try {
      fd = this.#storage.openToRead(present.path);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    }
    if (inodeOf(this.#storage.stat(fd)) === inodeOf(present.state)) return fd;
    this.#storage.close(fd);
    return null;
  }

  /** Whole lines from `from`, about chainBlockBytes of them, at least one; null when no line ends before `size`. */
  #wholeLines(fd: number, from: number, size: number): Uint8Array | null {
    for (let want = chainBlockBytes; ; want *= 4) {
      const bytes = new Uint8Array(Math.min(want, size - from));
      const end = bytes.subarray(0, this.#storage.read(fd, bytes, from)).lastIndexOf(10) + 1;
      if (end > 0) return bytes.subarray(0, end);
      if (bytes.byteLength === size - from || want > 4 * lineBytesMax) return null;
    }
  }

  #append(state: ChainState, entries: readonly NewEntry[]): void {
    if (entries.length === 0) return;
    const at = new Date(this.#now()).toISOString();
    let text = '';
    let head: ChainHead | undefined;
    const written: (() => void)[] = [];
    let hash = state.entries === 0 ? genesis : state.hash;
    let n = state.entries;
    for (const entry of entries) {
      n += 1;
      const { kind, ...rest } = entry;
      const full = { v: 1 as const, n, at, kind, ...rest } as Parameters<typeof writeEntry>[0];
      const line = writeEntry(full, hash);
      hash = line.hash;
      text += `${line.line}\n`;
      written.push(() => applyEntry(state, full, line.hash));
      head = { v: 1, entries: n, hash, name: entry.name, end: entry.kind === 'range' ? entry.end : 0, at };
    }
    this.#appendText(text);
    for (const apply of written) apply();
    this.#seen = fingerprint(this.#storage.look(this.#names.chain));
    this.#replaceHead(head!);
  }

  #appendText(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const fd = this.#storage.open(this.#names.chain);
    try {
      const size = this.#storage.stat(fd).size;
      const last = new Uint8Array(1);
      // A writer of the chain that died in its write left a part of a line: end it, so that it spoils no entry but itself.
      if (size > 0 && this.#storage.read(fd, last, size - 1) === 1 && last[0] !== 10)
        this.#storage.append(fd, Uint8Array.of(10), 0, 1);
      if (this.#storage.append(fd, bytes, 0, bytes.byteLength) !== bytes.byteLength) {
        this.#state = undefined;
        throw new Error('the disk took only a part of the chain entries');
      }
      if (this.#durable) this.#storage.sync(fd);
    } finally {
      this.#storage.close(fd);
    }
  }

  #replaceHead(head: ChainHead): void {
    const draft = `${this.#names.head}.new`;
    if (this.#storage.look(draft) !== null) this.#storage.unlink(draft);
    const bytes = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
    const fd = this.#storage.open(draft);
    try {
      if (this.#storage.append(fd, bytes, 0, bytes.byteLength) !== bytes.byteLength)
        throw new Error('the disk took only a part of the chain head');
      if (this.#durable) this.#storage.sync(fd);
    } finally {
      this.#storage.close(fd);
    }
    this.#storage.rename(draft, this.#names.head);
    if (this.#durable) this.#storage.syncDir(this.#names.dir);
  }
}

/** The file last seen under this name. */
function latestNamed(state: ChainState, name: string): CoveredFile | undefined {
  let latest: CoveredFile | undefined;
  for (const file of state.files.values()) if (file.name === name && !file.retired) latest = file;
  return latest;
}

function inodeOf(state: Pick<FileState, 'dev' | 'ino'>): string {
  return `${state.dev}:${state.ino}`;
}

function recordsIn(block: Uint8Array): number {
  let records = 0;
  for (let start = 0; start < block.byteLength; ) {
    const end = block.indexOf(10, start);
    if (end > start) records += 1;
    start = end + 1;
  }
  return records;
}

function fingerprint(state: FileState | null): string {
  return state === null ? '' : `${inodeOf(state)}:${state.size}:${state.modifiedMs}`;
}
