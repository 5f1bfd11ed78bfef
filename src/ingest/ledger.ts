// What is already in the lake. One line per transaction: which sources it took, up to which byte (with the hash of everything before it), and which staged
// files hold the result. A row is the commit: what it names is published, now or by the next run; what no row names never happened.
import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { LakeobsError } from '../errors.ts';
import type { FamilyName } from '../schema/family.ts';
import { diskError, type Store, syncFile, syncFolder } from './store.ts';

export const LEDGER_SCHEMA = 'lakeobs.ingest.v1';

export interface LedgerSource {
  /** Where it lay; for people. Nothing is looked up by name. */
  path: string;
  /** Bytes taken before this transaction. */
  from: number;
  /** Bytes taken after it. Offsets are in the uncompressed file. */
  bytes: number;
  /** Lines begun in those bytes. */
  lines: number;
  /** The last of them is in the lake, its newline was not there yet. */
  open: boolean;
  /** SHA-256 of the first of them: as many as the largest power of two that fits, at most limits.ledgerHeadBytes. Null for a stream. */
  head: string | null;
  /** SHA-256 of all of them; null for a stream, which is never recognised again. */
  sha256: string | null;
}

export interface StagedEntry {
  name: string;
  family: FamilyName;
  bytes: number;
  records: number;
}

export interface LedgerRow {
  ledger: typeof LEDGER_SCHEMA;
  txn: string;
  at: string;
  /** Null: lines as they are. Else family and SHA-256 of the mapping: another mapping of the same bytes is another ingest. */
  map: { family: FamilyName; sha256: string } | null;
  sources: readonly LedgerSource[];
  staged: readonly StagedEntry[];
  quarantine: { name: string; records: number } | null;
}

export interface Ledger {
  rows: readonly LedgerRow[];
  /** Commits: when it returns, the row is on the disk.
   * @throws LakeobsError io; the row may then be there or not, the next run will see. */
  append(row: LedgerRow): void;
  close(): void;
}

/** Opens the ledger, creating it, and seals a row that a crash cut off. The caller holds the lock.
 * @throws LakeobsError input for a ledger that is damaged or of a newer version. */
export function openLedger(store: Store): Ledger {
  let descriptor: number;
  try {
    descriptor = openSync(store.ledger, 'a+', 0o600);
    if (fstatSync(descriptor).size === 0) syncFolder(store, store.lake);
  } catch (error) {
    throw diskError(`cannot open the ledger ${store.ledger}`, store.ledger, error);
  }
  try {
    const text = readFileSync(descriptor, 'utf8');
    const sealed = text === '' || text.endsWith('\n') ? text : text + seal(store, descriptor, text);
    return {
      rows: readRows(sealed, store.ledger),
      append: (row) => append(store, descriptor, `${JSON.stringify(row)}\n`),
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Ends a row that was cut off, and says so behind it, so that it can be told from damage. Whole but for its newline, it counts. */
function seal(store: Store, descriptor: number, text: string): string {
  const torn = text.slice(text.lastIndexOf('\n') + 1);
  const ending = isJson(torn) ? '\n' : `\n${JSON.stringify({ ledger: LEDGER_SCHEMA, sealed: torn.length })}\n`;
  append(store, descriptor, ending);
  return ending;
}

function append(store: Store, descriptor: number, text: string): void {
  try {
    store.step('append ledger');
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    syncFile(store, descriptor, 'ledger');
  } catch (error) {
    throw diskError(`cannot write the ledger ${store.ledger}`, store.ledger, error);
  }
}

function readRows(text: string, path: string): LedgerRow[] {
  const rows: LedgerRow[] = [];
  const lines = text.split('\n');
  /** Lines that do not parse, waiting for the seal that explains them. */
  let torn: number | null = null;
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    let row: LedgerRow & { sealed?: number };
    try {
      row = JSON.parse(line);
    } catch {
      torn ??= index;
      continue;
    }
    if (row?.ledger !== LEDGER_SCHEMA)
      throw new LakeobsError('input', `${path}: line ${index + 1} is of another version: ${String(row?.ledger)}`, {
        hint: 'A newer lakeobs has written to this lake: use that one.',
        path,
        line: index + 1,
      });
    if (row.sealed !== undefined) {
      torn = null;
      continue;
    }
    if (torn !== null) break;
    rows.push(row);
  }
  if (torn !== null)
    throw new LakeobsError('input', `${path}: line ${torn + 1} is damaged`, {
      hint: 'Restore the ledger from a backup. Without it, files that are in the lake already would be taken again; to accept that, delete the damaged line.',
      path,
      line: torn + 1,
    });
  return rows;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
