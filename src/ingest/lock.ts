// One ingest at a time on a lake. The lock is a file made by link(2), so it is whole when it exists. A dead holder's lock is broken by exactly one process:
// the right to break it is itself a file, named after the dead lock's token, and whoever holds that right looks again before removing anything.
// (The lock of a hash chain, ndjson/lock.ts, may fail harmlessly and is simpler; two ingests at once would double lines.)
import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { LakeobsError, systemCode } from '../errors.ts';
import { ingestLockPollMs, ingestLockWaitMs, lockStaleMs } from '../limits.ts';
import { hasEnded, type ProcessIdentity, realmHere, thisProcess } from '../ndjson/process-life.ts';
import { diskError, type Store } from './store.ts';

/** Files of this name in the staging folder are locks being taken, not lines. */
export const draftPrefix = 'lock-';

export interface Holder extends ProcessIdentity {
  token: string;
  host: string;
  at: string;
}

export interface LockOptions {
  waitMs?: number | undefined;
  /** Told once when somebody else holds the lock and waiting begins. */
  onWait?: ((holder: Holder) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Lock {
  /** @throws LakeobsError io when somebody has taken the lock away: this process was stopped for so long that it looked dead. */
  check(): void;
  release(): void;
}

/** Takes the lock of a lake; waits for a live holder up to limits.ingestLockWaitMs.
 * @throws LakeobsError io when it stays taken. */
export async function takeLock(store: Store, options: LockOptions = {}): Promise<Lock> {
  const own = self();
  const draft = join(store.staging, `${draftPrefix}${own.token}`);
  const deadline = Date.now() + (options.waitMs ?? ingestLockWaitMs);
  try {
    writeFileSync(draft, JSON.stringify(own), { mode: 0o600, flag: 'wx' });
    for (let waiting = false; ; ) {
      if (acquire(store, store.lock, draft)) return held(store, own);
      const found = look(store.lock);
      if (found === null) continue;
      if (Date.now() >= deadline || options.signal?.aborted) throw taken(store, found.holder);
      if (!waiting) options.onWait?.(found.holder);
      waiting = true;
      await new Promise((done) => setTimeout(done, ingestLockPollMs));
    }
  } catch (error) {
    throw diskError(`cannot lock the lake ${store.lake}`, store.lock, error);
  } finally {
    remove(draft);
  }
}

function held(store: Store, own: Holder): Lock {
  // A sign of life for those who cannot ask for our pid.
  const beat = setInterval(() => {
    try {
      if (look(store.lock)?.holder.token === own.token) utimesSync(store.lock, new Date(), new Date());
    } catch {
      // The next beat or check() will tell; a timer has nobody to tell.
    }
  }, lockStaleMs / 6);
  beat.unref();
  return {
    check: () => {
      const found = look(store.lock);
      if (found?.holder.token !== own.token)
        throw new LakeobsError('io', `the lock of the lake ${store.lake} was taken away`, {
          hint: 'This process was stopped for so long that another took it for dead. Run the same command again: it goes on where it stopped.',
          path: store.lock,
        });
    },
    release: () => {
      clearInterval(beat);
      release(store, own);
    },
  };
}

interface Found {
  holder: Holder;
  modifiedMs: number;
}

/** Whether the process that wrote this is gone. Of another host or container only its signs of life tell. */
function isDead({ holder, modifiedMs }: Found): boolean {
  return hasEnded(holder) ?? Date.now() - modifiedMs > lockStaleMs;
}

/** Links our draft to `path`; breaks what a dead process left there. False: a live one holds it. */
function acquire(store: Store, path: string, draft: string): boolean {
  for (;;) {
    try {
      store.step('link lock');
      linkSync(draft, path);
      return true;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const found = look(path);
    if (found === null) continue;
    if (!isDead(found)) return false;
    const { token } = found.holder;
    // The right to break exactly this lock; if its holder has died too, the same again one level up.
    const right = `${store.lock}.${token}`;
    if (!acquire(store, right, draft)) return false;
    // From here on nobody else may remove this token's lock; if it is gone, it was removed before we had the right.
    if (look(path)?.holder.token === token) {
      store.step('unlink lock');
      remove(path);
    }
    remove(right);
  }
}

function release(store: Store, own: Holder): void {
  if (look(store.lock)?.holder.token !== own.token) return;
  remove(store.lock);
  // Left by processes that died while waiting for a lock or breaking one.
  const prefix = `${basename(store.lock)}.`;
  const folder = dirname(store.lock);
  const drafts = readdirSync(store.staging).filter((name) => name.startsWith(draftPrefix));
  const rights = readdirSync(folder).filter((name) => name.startsWith(prefix));
  for (const path of [
    ...drafts.map((name) => join(store.staging, name)),
    ...rights.map((name) => join(folder, name)),
  ]) {
    const found = look(path);
    if (found !== null && isDead(found)) remove(path);
  }
}

function look(path: string): Found | null {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder;
    return { holder, modifiedMs: statSync(path).mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    if (error instanceof SyntaxError)
      throw new LakeobsError('io', `the lock file ${path} is damaged`, {
        hint: 'If no ingest is running on this lake, delete it.',
        path,
        cause: error,
      });
    throw error;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function taken(store: Store, holder: Holder): LakeobsError {
  const elsewhere = holder.realm !== realmHere();
  return new LakeobsError(
    'io',
    `another ingest is writing to this lake: process ${holder.pid}${elsewhere ? ` on ${holder.host}` : ''}, since ${holder.at}`,
    {
      hint: 'Wait for it and run the same command again.',
      path: store.lock,
    },
  );
}

function self(): Holder {
  return {
    token: randomBytes(8).toString('hex'),
    ...thisProcess(),
    host: hostname(),
    at: new Date().toISOString(),
  };
}
