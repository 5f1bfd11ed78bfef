// The end of a file that others may be writing to: is it torn, and if so, seal it. Sealing is one newline appended, never a cut: whatever another process
// has appended in between stays (docs/format.md, "Appending").
import { lineBytesMax, sealPatienceMs, sealPollMs, sealWaitMs } from '../limits.ts';
import type { Storage } from './storage.ts';

export interface SealedTail {
  /** Where the unterminated part began, in bytes from the start of the file. */
  byteOffset: number;
  byteLength: number;
  /** True when the part is one whole object that only lacked its newline: it is a record now, nothing was torn. */
  whole: boolean;
}

const NEWLINE = 10;
const newline = Uint8Array.of(NEWLINE);
const stepBytes = 64 * 1024;

/**
 * Seals the file if it ends inside a line. `size` is a size the file had a moment ago. Waits for a write under way to end (limits.sealWaitMs) before it calls a
 * tail torn. Returns what was sealed, null when there was nothing to seal. Throws the system's error when the newline cannot be written.
 */
export function sealTail(storage: Storage, fd: number, size: number, sleep: (ms: number) => void): SealedTail | null {
  let end = size;
  let quietMs = 0;
  for (let waitedMs = 0; quietMs < sealWaitMs; waitedMs += sealPollMs, quietMs += sealPollMs) {
    if (endsInNewline(storage, fd, end)) return null;
    // Somebody writes all the time and never ends a line at a look: a stranger with a buffer, alive; its line is not ours to end.
    if (waitedMs >= sealPatienceMs) return null;
    sleep(sealPollMs);
    const grown = storage.stat(fd).size;
    if (grown !== end) quietMs = 0;
    end = grown;
  }
  if (endsInNewline(storage, fd, end)) return null;
  if (storage.append(fd, newline, 0, 1) !== 1) throw new Error('the newline that seals a torn tail was not taken');
  // Another process may have ended its line, or sealed it, between the last look and our newline: then the byte behind the tail is theirs.
  if (byteAt(storage, fd, end) !== NEWLINE) return null;
  const byteOffset = startOfLine(storage, fd, end);
  return { byteOffset, byteLength: end - byteOffset, whole: isWholeObject(storage, fd, byteOffset, end) };
}

export function endsInNewline(storage: Storage, fd: number, size: number): boolean {
  return size === 0 || byteAt(storage, fd, size - 1) === NEWLINE;
}

/** Offset behind the last newline before `end`; looks back at most two line limits. */
function startOfLine(storage: Storage, fd: number, end: number): number {
  const lowest = Math.max(0, end - 2 * lineBytesMax);
  const step = new Uint8Array(stepBytes);
  for (let high = end; high > lowest; high -= stepBytes) {
    const low = Math.max(lowest, high - stepBytes);
    const taken = storage.read(fd, step.subarray(0, high - low), low);
    const at = step.subarray(0, taken).lastIndexOf(NEWLINE);
    if (at !== -1) return low + at + 1;
  }
  return lowest;
}

function isWholeObject(storage: Storage, fd: number, start: number, end: number): boolean {
  if (end - start > lineBytesMax) return false;
  const bytes = new Uint8Array(end - start);
  storage.read(fd, bytes, start);
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function byteAt(storage: Storage, fd: number, position: number): number | undefined {
  const one = new Uint8Array(1);
  return storage.read(fd, one, position) === 1 ? one[0] : undefined;
}
