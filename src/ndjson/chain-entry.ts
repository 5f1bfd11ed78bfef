// One line of `<stem>.chain`: how an entry is written, read and hashed. Pure. Each entry holds the hash of the one before it, so none can be changed, removed or
// inserted without breaking the next; the head file pins the last.
import { createHash } from 'node:crypto';

interface EntryBase {
  v: 1;
  /** 1, 2, 3 … without gaps. */
  n: number;
  /** When it was written, ISO 8601, UTC. */
  at: string;
  /** Number of the file, counted as files of this log were first seen: it survives renaming. */
  file: number;
  /** File name when the entry was written. */
  name: string;
}

/** Whole lines `[start, end)` of a file. */
export interface RangeEntry extends EntryBase {
  kind: 'range';
  /** `dev:ino`: a hint to find the file again under another name. */
  inode: string;
  start: number;
  end: number;
  /** Lines that are not blank. */
  records: number;
  /** SHA-256 of the bytes, hex. */
  sha256: string;
  /** The first 16 hex digits of the SHA-256 of the first line without its newline: where to look for the range when bytes before it went or came. */
  first: string;
}

/** The file has another name now (the active file was rotated). */
export interface NamedEntry extends EntryBase {
  kind: 'named';
  inode: string;
}

/** Retention is about to delete the file. */
export interface RetiredEntry extends EntryBase {
  kind: 'retired';
  bytes: number;
}

export type ChainEntry = RangeEntry | NamedEntry | RetiredEntry;

/** An entry before it has its place in the chain. */
export type NewEntry = ChainEntry extends infer E ? (E extends ChainEntry ? Omit<E, 'v' | 'n' | 'at'> : never) : never;

/** What the head file holds. */
export interface ChainHead {
  v: 1;
  /** Number of the last entry. */
  entries: number;
  /** Its hash. */
  hash: string;
  /** The file it is about and how far that file was covered then. */
  name: string;
  end: number;
  at: string;
}

/** The hash the first entry builds on. */
export const genesis = '0'.repeat(64);

/** The entry as a line (without newline) and its hash. */
export function writeEntry(entry: ChainEntry, previous: string): { line: string; hash: string } {
  const body = JSON.stringify({ ...entry, prev: previous });
  const hash = sha256(body);
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/** Reads one line. Null: not an entry, or its hash does not fit its own text. */
export function readEntry(line: string): { entry: ChainEntry; previous: string; hash: string } | null {
  const parts = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/.exec(line);
  if (parts === null) return null;
  const [, body, hash] = parts;
  if (sha256(`${body}}`) !== hash) return null;
  try {
    const { prev, ...entry } = JSON.parse(`${body}}`) as ChainEntry & { prev: string };
    return isEntry(entry) ? { entry, previous: prev, hash: hash! } : null;
  } catch {
    return null;
  }
}

/** Reads the head file; null when it is none. */
export function readHead(text: string): ChainHead | null {
  try {
    const head = JSON.parse(text) as ChainHead;
    return Number.isSafeInteger(head.entries) && typeof head.hash === 'string' ? head : null;
  } catch {
    return null;
  }
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** `first` of a range that begins with this line. */
export function lineMark(line: Uint8Array): string {
  return sha256(line).slice(0, 16);
}

function isEntry(entry: ChainEntry): boolean {
  return (
    Number.isSafeInteger(entry.n) &&
    Number.isSafeInteger(entry.file) &&
    typeof entry.name === 'string' &&
    (entry.kind === 'named' ||
      entry.kind === 'retired' ||
      (entry.kind === 'range' && Number.isSafeInteger(entry.start) && Number.isSafeInteger(entry.end)))
  );
}
