// What a killed ingest left behind: the files its ledger row names are published, all others never happened. Runs under the lock, before anything else.
import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from './ledger.ts';
import { draftPrefix } from './lock.ts';
import { diskError, type Store, syncFolder } from './store.ts';
import { type Published, publish } from './transaction.ts';

/** Finishes what was committed and removes what was not. Returns what it put into the lake. */
export function recover(store: Store, ledger: Ledger): Published {
  const done: Published = { segments: [], quarantine: [] };
  try {
    const left = new Set(readdirSync(store.staging).filter((name) => !name.startsWith(draftPrefix)));
    if (left.size === 0) return done;
    for (const row of ledger.rows) {
      const names = [...row.staged.map(({ name }) => name), ...(row.quarantine === null ? [] : [row.quarantine.name])];
      if (!names.some((name) => left.has(name))) continue;
      const published = publish(store, row, (name) => left.has(name));
      done.segments.push(...published.segments);
      done.quarantine.push(...published.quarantine);
      for (const name of names) left.delete(name);
    }
    for (const name of left) {
      store.step('remove staged');
      unlinkSync(join(store.staging, name));
    }
    syncFolder(store, store.staging);
    return done;
  } catch (error) {
    throw diskError(`cannot finish what an earlier ingest left in ${store.staging}`, store.staging, error);
  }
}
