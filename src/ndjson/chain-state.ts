// What a chain says so far: which files it knows, how far each is covered, and whether the entries follow one another. Pure.
import { type ChainEntry, genesis, type RangeEntry, readEntry } from './chain-entry.ts';

export interface CoveredFile {
  id: number;
  /** Its last known name. */
  name: string;
  inode: string;
  ranges: RangeEntry[];
  /** Bytes covered from the start of the file. */
  end: number;
  retired: boolean;
}

export interface ChainState {
  /** Entries that follow one another from the first. */
  entries: number;
  /** Hash of the last of them. */
  hash: string;
  files: Map<number, CoveredFile>;
  /** Hash of entry n at index n - 1. */
  hashes: string[];
  /** Places where the chain itself is broken. */
  breaks: ChainBreak[];
  /** Lines that are no entry, seen since the last one that is. Harmless if the next entry follows on (a writer of the chain died in its write), or if the head
   * knows no later entry. */
  unread: ChainBreak[];
}

/** Byte offsets are into the chain file. */
export interface ChainBreak {
  line: number;
  start: number;
  end: number;
  message: string;
}

/** Folds the text of a chain file. A broken place does not end it: later entries that hold together are used, so that damage is still named. */
export function readChain(bytes: Uint8Array): ChainState {
  const state: ChainState = { entries: 0, hash: genesis, files: new Map(), hashes: [], breaks: [], unread: [] };
  const decoder = new TextDecoder();
  let start = 0;
  for (let line = 1; start < bytes.byteLength; line += 1) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.byteLength : newline;
    const text = decoder.decode(bytes.subarray(start, end));
    if (text !== '') readLine(state, text, { line, start, end });
    start = end + 1;
  }
  return state;
}

/** Takes one entry in. */
export function applyEntry(state: ChainState, entry: ChainEntry, hash: string): void {
  const file = state.files.get(entry.file) ?? {
    id: entry.file,
    name: entry.name,
    inode: '',
    ranges: [],
    end: 0,
    retired: false,
  };
  state.files.set(entry.file, file);
  file.name = entry.name;
  if (entry.kind === 'retired') file.retired = true;
  else file.inode = entry.inode;
  if (entry.kind === 'range') {
    file.ranges.push(entry);
    file.end = entry.end;
  }
  state.entries = entry.n;
  state.hash = hash;
  state.hashes[entry.n - 1] = hash;
}

function readLine(state: ChainState, text: string, place: { line: number; start: number; end: number }): void {
  const read = readEntry(text);
  if (read === null) {
    state.unread.push({ ...place, message: 'is not an entry, or was changed: its hash does not fit its text' });
    return;
  }
  const { entry, previous, hash } = read;
  const follows = entry.n === state.entries + 1 && previous === state.hash;
  if (!follows) state.breaks.push(...state.unread);
  state.unread = [];
  if (entry.n !== state.entries + 1)
    state.breaks.push({
      ...place,
      message: `is entry ${entry.n}; expected entry ${state.entries + 1}: entries were removed, inserted or written twice`,
    });
  else if (previous !== state.hash)
    state.breaks.push({ ...place, message: 'does not build on the entry before it: that one was replaced' });
  if (entry.n <= state.entries) return;
  applyEntry(state, entry, hash);
}
