// Lines on their way into the lake. They are staged in files nobody reads, fsynced, named by one row of the ledger, and only then linked into their logs:
// a crash before the row leaves nothing, a crash behind it leaves work that the next run finishes.
import { closeSync, ftruncateSync, mkdirSync, openSync, unlinkSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { LakeobsError, systemCode } from '../errors.ts';
import { ingestTransactionBytes, rotateBytes } from '../limits.ts';
import { publishSegment } from '../ndjson/publish.ts';
import { PieceCutter, type QuarantineRecord, type Rejected } from '../ndjson/quarantine.ts';
import { steppingStorage } from '../ndjson/storage.ts';
import { familyOf } from '../schema/families.ts';
import type { FamilyName } from '../schema/family.ts';
import { mintId } from '../schema/ids.ts';
import { LEDGER_SCHEMA, type Ledger, type LedgerRow, type LedgerSource, type StagedEntry } from './ledger.ts';
import { diskError, moveByLink, type Store, syncFile, syncFolder } from './store.ts';

/** What a commit put into the lake: absolute paths. */
export interface Published {
  segments: string[];
  quarantine: string[];
}

export interface TransactionOptions {
  map: LedgerRow['map'];
  /** A segment is full at this size, limits.rotateBytes if absent. */
  segmentBytesMax?: number | undefined;
  /** The transaction is, at this one; limits.ingestTransactionBytes if absent. */
  transactionBytesMax?: number | undefined;
}

export class Transaction {
  readonly id = mintId();
  readonly #store: Store;
  readonly #options: TransactionOptions;
  readonly #full: { family: FamilyName; file: StagedFile }[] = [];
  readonly #open = new Map<FamilyName, StagedFile>();
  readonly #sources = new Map<string, LedgerSource>();
  #quarantine: StagedFile | null = null;
  /** Files made. */
  #staged = 0;
  /** Bytes of lines added. */
  #bytes = 0;

  constructor(store: Store, options: TransactionOptions) {
    this.#store = store;
    this.#options = options;
  }

  get sources(): number {
    return this.#sources.size;
  }

  /** Whether that much more should come into it. */
  fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= (this.#options.transactionBytesMax ?? ingestTransactionBytes);
  }

  /** Adds `buffer[start, end)` as one line; `terminated` says that the byte at `end` is its newline. The buffer must not change before `flush`. */
  append(family: FamilyName, buffer: Buffer, start: number, end: number, terminated: boolean): void {
    const bytes = end - start + 1;
    let file = this.#open.get(family);
    if (file !== undefined && file.bytes + bytes > (this.#options.segmentBytesMax ?? rotateBytes)) {
      this.#full.push({ family, file });
      this.#open.delete(family);
      file = undefined;
    }
    if (file === undefined) {
      file = this.#stage(`${family}.jsonl`);
      this.#open.set(family, file);
    }
    this.#bytes += bytes;
    file.records += 1;
    if (terminated) file.add(buffer, start, end + 1);
    else {
      file.add(buffer, start, end);
      file.add(newline, 0, 1);
    }
  }

  /** Keeps a rejected range. */
  reject(rejected: Rejected, bytes: Buffer): void {
    const long = this.rejectLong(rejected);
    long.push(bytes);
    long.end();
  }

  /** Keeps a rejected range that arrives in parts; `undo` forgets it, as if it had never been begun. */
  rejectLong(rejected: Rejected): { push(bytes: Buffer): void; end(): void; undo(): void } {
    this.#quarantine ??= this.#stage('quarantine.jsonl');
    const file = this.#quarantine;
    const mark = file.bytes;
    const cutter = new PieceCutter(rejected, new Date().toISOString());
    const keep = (records: Iterable<QuarantineRecord>) => {
      for (const record of records) file.add(Buffer.from(`${JSON.stringify(record)}\n`));
    };
    return {
      push: (bytes) => keep(cutter.push(bytes)),
      end: () => {
        keep(cutter.end());
        file.records += 1;
      },
      undo: () => file.cut(mark),
    };
  }

  /** How far a source has been taken. The last word before the commit counts. */
  note(source: LedgerSource): void {
    this.#sources.set(source.path, source);
  }

  /** Hands what was added to the system; after this the buffers may change. */
  flush(): void {
    for (const file of this.#files()) file.flush();
  }

  /** Makes all of it part of the lake.
   * @throws LakeobsError io; nothing is lost or doubled: the next run finds out how far this one got. */
  commit(ledger: Ledger): Published {
    if (this.#sources.size === 0) {
      this.abandon();
      return { segments: [], quarantine: [] };
    }
    try {
      // Begun for a line that turned out not to be complete yet.
      if (this.#quarantine?.records === 0) {
        this.#quarantine.discard();
        this.#quarantine = null;
      }
      for (const file of this.#files()) file.close();
      if (this.#staged > 0) syncFolder(this.#store, this.#store.staging);
    } catch (error) {
      this.abandon();
      throw diskError(`cannot write to the lake ${this.#store.lake}`, this.#store.lake, error);
    }
    const row = this.#row();
    // From here on only the ledger knows whether the staged files count.
    ledger.append(row);
    return publish(this.#store, row);
  }

  /** Removes what was staged; what cannot be removed now is removed by the next run. */
  abandon(): void {
    for (const file of this.#files())
      try {
        file.discard();
      } catch {
        // The failure that brought us here is the one to report.
      }
  }

  #files(): StagedFile[] {
    return [
      ...this.#full.map(({ file }) => file),
      ...this.#open.values(),
      ...(this.#quarantine === null ? [] : [this.#quarantine]),
    ];
  }

  #stage(suffix: string): StagedFile {
    this.#staged += 1;
    return new StagedFile(this.#store, `${this.id}.${this.#staged}.${suffix}`);
  }

  #row(): LedgerRow {
    const quarantine = this.#quarantine;
    const open = [...this.#open].map(([family, file]) => ({ family, file }));
    const entry = ({ family, file: { name, bytes, records } }: (typeof open)[number]): StagedEntry => ({
      name,
      family,
      bytes,
      records,
    });
    return {
      ledger: LEDGER_SCHEMA,
      txn: this.id,
      at: new Date().toISOString(),
      map: this.#options.map,
      sources: [...this.#sources.values()],
      staged: [...this.#full, ...open].map(entry),
      quarantine: quarantine === null ? null : { name: quarantine.name, records: quarantine.records },
    };
  }
}

/** Gives the staged files of a row that are still there their place; the ones that are gone have it already. */
export function publish(store: Store, row: LedgerRow, present: (name: string) => boolean = () => true): Published {
  const published: Published = { segments: [], quarantine: [] };
  try {
    for (const { name, family } of row.staged)
      if (present(name)) {
        const path = join(store.lake, familyOf(family)!.file);
        published.segments.push(
          publishSegment({ path, staged: join(store.staging, name), storage: steppingStorage(store.step) }),
        );
      }
    if (row.quarantine !== null && present(row.quarantine.name))
      published.quarantine.push(publishQuarantine(store, row.txn, row.quarantine.name));
    store.step('published');
  } catch (error) {
    // Of a writer's error only the cause is ours: what to do next differs.
    const cause = error instanceof LakeobsError && systemCode(error.cause) !== undefined ? error.cause : error;
    throw diskError(`cannot write to the lake ${store.lake}`, store.lake, cause);
  }
  return published;
}

/** The name holds the transaction, so it is the same one however often a crash makes us try. */
function publishQuarantine(store: Store, txn: string, name: string): string {
  const target = join(store.quarantine, `ingest-${txn}.jsonl`);
  if (mkdirSync(store.quarantine, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(store, store.lake);
  moveByLink(store, join(store.staging, name), target);
  return target;
}

const newline = Buffer.from('\n');

/** One staged file: ranges of buffers, written in the order they came. Neighbouring ranges of one buffer are one. */
class StagedFile {
  readonly name: string;
  records = 0;
  /** Bytes added, written or not. */
  bytes = 0;
  readonly #store: Store;
  readonly #path: string;
  readonly #descriptor: number;
  #ranges: { buffer: Buffer; start: number; end: number }[] = [];
  #open = true;

  constructor(store: Store, name: string) {
    this.name = name;
    this.#store = store;
    this.#path = join(store.staging, name);
    store.step('stage');
    this.#descriptor = openSync(this.#path, 'ax', 0o666);
  }

  add(buffer: Buffer, start = 0, end = buffer.length): void {
    this.bytes += end - start;
    const last = this.#ranges.at(-1);
    if (last !== undefined && last.buffer === buffer && last.end === start) last.end = end;
    else this.#ranges.push({ buffer, start, end });
    if (this.#ranges.length >= rangesMax) this.flush();
  }

  flush(): void {
    if (this.#ranges.length === 0) return;
    const parts = this.#ranges.map(({ buffer, start, end }) => buffer.subarray(start, end));
    this.#ranges = [];
    let bytes = parts.reduce((sum, part) => sum + part.length, 0);
    let written = writevSync(this.#descriptor, parts);
    // The file is ours alone: a short write is continued.
    while (written < bytes) {
      const rest = Buffer.concat(parts).subarray(written);
      bytes = rest.length;
      parts.splice(0, parts.length, rest);
      written = writevSync(this.#descriptor, parts);
    }
  }

  /** Forgets everything behind `bytes`. */
  cut(bytes: number): void {
    this.flush();
    ftruncateSync(this.#descriptor, bytes);
    this.bytes = bytes;
  }

  close(): void {
    this.flush();
    syncFile(this.#store, this.#descriptor, 'staged');
    closeSync(this.#descriptor);
    this.#open = false;
  }

  discard(): void {
    if (this.#open) closeSync(this.#descriptor);
    this.#open = false;
    unlinkSync(this.#path);
  }
}

/** Ranges handed over in one system call: IOV_MAX is 1,024 on the systems lakeobs runs on. */
const rangesMax = 1_000;
