// What was typed, kept for the next shell: `shell_history` in the user's state folder, one JSON text per line, newest last, readable by its owner only.
// Each entry is appended under a lock, so that two shells lose nothing of each other; the file is cut down when a shell opens it. A history that cannot be kept is no reason
// not to run a statement: every failure is told once and forgotten.
import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, systemCode } from '../errors.ts';
import { historyEntriesMax, historyEntryUnitsMax } from '../limits.ts';
import { takeLock } from '../ndjson/lock.ts';
import { draftName } from '../ndjson/own-file.ts';
import { diskStorage } from '../ndjson/storage.ts';

export interface History {
  /** Oldest first, each once, where it was last used. */
  entries(): readonly string[];
  /** Keeps what was typed; what begins with a blank, or is too long, only until the shell ends. */
  add(text: string): void;
}

/** Opens the history in that folder, which is made when needed. `warn` hears at most once why nothing is kept. */
export function openHistory(folder: string, warn: (message: string) => void): History {
  const path = join(folder, 'shell_history');
  let warned = false;
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      if (!warned) warn(`the history is not kept: ${path}: ${reasonOf(error)}`);
      warned = true;
    }
  };
  let entries: string[] = [];
  attempt(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    locked(path, () => {
      const { kept, lines } = readEntries(path);
      entries = kept;
      if (lines > 2 * historyEntriesMax) replace(path, kept);
    });
  });
  return {
    entries: () => entries,
    add(text) {
      entries = [...entries.filter((entry) => entry !== text), text].slice(-historyEntriesMax);
      if (text.startsWith(' ') || text.length > historyEntryUnitsMax) return;
      attempt(() => locked(path, () => appendFileSync(path, `${JSON.stringify(text)}\n`, { mode: 0o600 })));
    },
  };
}

/** The lock is held for a blink. Who does not get it in time works all the same: at worst an entry falls to another shell's cutting down. */
function locked(path: string, work: () => void): void {
  let release = takeLock(diskStorage, `${path}.lock`, Date.now());
  for (let tries = 0; release === null && tries < lockTriesMax; tries++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockWaitMs);
    release = takeLock(diskStorage, `${path}.lock`, Date.now());
  }
  try {
    work();
  } finally {
    release?.();
  }
}

const lockTriesMax = 50;
const lockWaitMs = 2;

/** Lines that are no JSON text (a disk was full, somebody edited) are passed over. */
function readEntries(path: string): { kept: string[]; lines: number } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
    chmodSync(path, 0o600);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { kept: [], lines: 0 };
    throw error;
  }
  const lines = text.split('\n').filter((line) => line !== '');
  const kept = new Set<string>();
  for (const line of lines.slice(-4 * historyEntriesMax)) {
    const entry = entryOf(line);
    if (entry === null) continue;
    kept.delete(entry);
    kept.add(entry);
  }
  return { kept: [...kept].slice(-historyEntriesMax), lines: lines.length };
}

function entryOf(line: string): string | null {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'string' && entry !== '' ? entry : null;
  } catch {
    return null;
  }
}

function replace(path: string, entries: readonly string[]): void {
  const draft = draftName(path);
  writeFileSync(draft, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
  renameSync(draft, path);
}
