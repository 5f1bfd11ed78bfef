// `<stem>.lock`: who may write the chain. Node has no flock(2), so the lock is a file that must not exist, with its holder inside; a holder that was killed is
// recognised and its lock taken over. Nothing that could lose a record depends on it: at worst two chain entries claim one number, and verifying says so.
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { lockStaleMs } from '../limits.ts';
import { hasEnded, type ProcessIdentity, thisProcess } from './process-life.ts';
import { readWhole } from './read-whole.ts';
import type { Storage } from './storage.ts';

/** Gives the lock back. */
export type Release = () => void;

interface Holder extends ProcessIdentity {
  nonce: string;
}

/** Takes the lock if it is free or its holder is dead; null when somebody alive has it. Throws the system's error when the folder cannot be written. */
export function takeLock(storage: Storage, path: string, nowMs: number): Release | null {
  for (let tries = 0; tries < 2; tries += 1) {
    const release = create(storage, path);
    if (release !== null) {
      sweep(storage, path, nowMs);
      return release;
    }
    if (!breakStale(storage, path, nowMs)) return null;
  }
  return null;
}

/** Written aside and linked into place: a process killed at any moment leaves no lock without its holder's name in it, which nobody could judge. */
function create(storage: Storage, path: string): Release | null {
  if (storage.look(path) !== null) return null;
  const mine = new TextEncoder().encode(JSON.stringify(self()));
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const fd = storage.open(draft);
  try {
    storage.append(fd, mine, 0, mine.byteLength);
  } finally {
    storage.close(fd);
  }
  try {
    storage.link(draft, path);
  } catch (error) {
    // ENOENT: stopped for so long that the next holder took this draft for left behind.
    if (['EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) return null;
    throw error;
  } finally {
    remove(storage, draft);
  }
  return () => {
    const found = readWhole(storage, path);
    if (found !== null && sameBytes(found, mine)) storage.unlink(path);
  };
}

/** Removes what processes killed while they took or broke this lock have left beside it, never that of one that may be alive. What cannot be removed stays. */
function sweep(storage: Storage, path: string, nowMs: number): void {
  const prefix = `${basename(path)}.`;
  try {
    for (const name of storage.list(dirname(path))) {
      if (!name.startsWith(prefix) || !/^[0-9a-f]{12}$/.test(name.slice(prefix.length))) continue;
      const draft = join(dirname(path), name);
      const state = storage.look(draft);
      const content = readWhole(storage, draft);
      if (state === null || content === null || nowMs - state.modifiedMs <= lockStaleMs) continue;
      if (isStale(content, state.modifiedMs, nowMs)) remove(storage, draft);
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

function remove(storage: Storage, path: string): void {
  try {
    storage.unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Removes a lock left behind. The rename takes it away atomically; if it turns out to be a younger lock than the one judged, it is put back. */
function breakStale(storage: Storage, path: string, nowMs: number): boolean {
  const state = storage.look(path);
  const judged = readWhole(storage, path);
  if (state === null || judged === null) return true;
  if (!isStale(judged, state.modifiedMs, nowMs)) return false;
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    storage.rename(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true;
    throw error;
  }
  const taken = readWhole(storage, aside);
  const right = taken !== null && sameBytes(taken, judged);
  if (!right)
    try {
      storage.link(aside, path);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  remove(storage, aside);
  return right;
}

function isStale(content: Uint8Array, modifiedMs: number, nowMs: number): boolean {
  const holder = parseHolder(content);
  const ended = holder === null ? null : hasEnded(holder);
  return ended ?? nowMs - modifiedMs > lockStaleMs;
}

function parseHolder(content: Uint8Array): Holder | null {
  try {
    const value = JSON.parse(new TextDecoder().decode(content)) as Holder;
    return Number.isSafeInteger(value.pid) && value.pid > 0 && typeof value.realm === 'string' ? value : null;
  } catch {
    return null;
  }
}

function self(): Holder {
  return { ...thisProcess(), nonce: randomBytes(8).toString('hex') };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}
