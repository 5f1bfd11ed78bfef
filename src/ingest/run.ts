// One ingest under its lock: finishes what a killed one left, then source after source, a transaction whenever enough is staged.
import { setImmediate as breath } from 'node:timers/promises';
import type { SourceFile } from '../catalog/sources.ts';
import { LakeobsError, systemCode } from '../errors.ts';
import { ingestChunkBytes, ledgerSourcesMax } from '../limits.ts';
import type { IngestOptions } from './ingest.ts';
import { Intake } from './intake.ts';
import { KnownPrefixes, type Start, streamStart } from './known.ts';
import type { Ledger } from './ledger.ts';
import { LineSorter, type SortDesk } from './line-sorter.ts';
import type { Lock } from './lock.ts';
import type { Mapping } from './map.ts';
import { MapInput } from './map-input.ts';
import { recover } from './recover.ts';
import { isComplete } from './sort-line.ts';
import { openSource, type Source } from './source.ts';
import { diskError, type Store } from './store.ts';
import { emptySummary, type IngestSummary, type NoteKind } from './summary.ts';
import { Transaction } from './transaction.ts';

export interface RunParts {
  options: IngestOptions;
  store: Store;
  ledger: Ledger;
  lock: Lock;
  mapping: Mapping | null;
  files: readonly SourceFile[];
}

export class Run implements SortDesk {
  readonly summary: IngestSummary = emptySummary();
  readonly #parts: RunParts;
  readonly #options: IngestOptions;
  readonly #known: KnownPrefixes;
  readonly #totalBytes: number;
  #doneBytes = 0;
  #transaction: Transaction | null = null;
  /** Writes down how far the source under way is; null while what it gives must stay in one transaction. */
  #noteSource: (() => void) | null = null;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#options = parts.options;
    this.#known = new KnownPrefixes(parts.ledger.rows, parts.mapping?.key ?? null);
    this.#totalBytes = parts.files.reduce((sum, file) => sum + (file.stream ? 0 : file.stamp.size), 0);
  }

  async all(): Promise<IngestSummary> {
    const { lake } = this.#parts.store;
    const { segments, quarantine } = recover(this.#parts.store, this.#parts.ledger);
    this.summary.finished = [...segments, ...quarantine];
    if (this.summary.finished.length > 0)
      this.note('info', `finished what an earlier ingest had begun: ${this.summary.finished.join(', ')}`);
    try {
      for (const file of this.#parts.files) {
        await breath();
        if (this.#stopped()) break;
        await this.#take(file);
      }
      this.#commit();
    } catch (error) {
      this.#transaction?.abandon();
      throw systemCode(error) === undefined ? error : diskError(`cannot write to the lake ${lake}`, lake, error);
    }
    return this.summary;
  }

  transaction(): Transaction {
    const { segmentBytesMax, transactionBytesMax } = this.#options;
    this.#transaction ??= new Transaction(this.#parts.store, {
      map: this.#parts.mapping?.key ?? null,
      segmentBytesMax,
      transactionBytesMax,
    });
    return this.#transaction;
  }

  transactionFor(bytes: number): Transaction {
    if (this.#noteSource !== null && !this.transaction().fits(bytes)) {
      this.#noteSource();
      this.#commit();
    }
    return this.transaction();
  }

  note(kind: NoteKind, text: string): void {
    this.#options.onNote?.(kind, text);
  }

  async #take(file: SourceFile): Promise<void> {
    this.summary.files += 1;
    let source: Source;
    try {
      source = openSource(file, this.#options.stdin ?? process.stdin, this.#options.signal);
    } catch (error) {
      this.#failed(file.path, error);
      return;
    }
    try {
      const start = source.repeatable
        ? await this.#known.match(source, (offset) => this.#progress(source, offset))
        : streamStart;
      if (!this.#stopped()) await this.#read(source, start);
    } finally {
      source.close();
    }
    this.#doneBytes += source.diskBytes ?? 0;
  }

  async #read(source: Source, start: Start): Promise<void> {
    const { mapping, store } = this.#parts;
    const input = mapping === null ? null : new MapInput(store, mapping);
    const sorter = new LineSorter(this, { file: source.path, family: this.#options.family, input });
    const intake = new Intake({ path: source.path, start, sink: sorter, lineBytesMax: this.#options.lineBytesMax });
    let from = start.bytes;
    const note = () => {
      const { path, ...taken } = intake.progress();
      const progress = { path, from, ...taken };
      from = progress.bytes;
      this.transaction().note(progress);
      this.#known.add(progress);
    };
    this.#noteSource = mapping === null ? note : null;
    try {
      const whole = await this.#readLines(source, start, intake, input);
      const pending = await this.#settleTail(source, intake, whole);
      if (pending > 0 && whole)
        this.note(
          'info',
          `${source.path}: the last line is not complete (${pending} bytes without a newline): left for the next run`,
        );
      if (!this.summary.interrupted) this.summary.pending_bytes += pending;
      await sorter.end();
    } finally {
      this.#noteSource = null;
      input?.discard();
    }
    this.summary.skipped_bytes += start.bytes;
    this.summary.bytes += intake.offset - start.bytes;
    if (intake.offset > from) note();
    if (this.transaction().sources >= ledgerSourcesMax) this.#commit();
  }

  /** Whether the source was read to its end. */
  async #readLines(source: Source, start: Start, intake: Intake, input: MapInput | null): Promise<boolean> {
    try {
      for await (const chunk of source.read(start.bytes)) {
        intake.push(chunk);
        this.#transaction?.flush();
        input?.flush();
        await this.#progress(source, intake.offset);
        if (this.#stopped()) return false;
      }
      return !this.#stopped();
    } catch (error) {
      if (!(error instanceof LakeobsError) || error.code !== 'input') throw error;
      this.#failed(source.path, error);
      return false;
    }
  }

  /** Takes or leaves the unterminated last line. Returns its bytes when it is left for another time. */
  async #settleTail(source: Source, intake: Intake, whole: boolean): Promise<number> {
    const tail = intake.tail();
    if (tail === null) return 0;
    // A stream cannot be read again: what it held is taken, or kept as rejected.
    if (!source.repeatable) {
      intake.takeTail(true);
      return 0;
    }
    const complete = !('long' in tail) && isComplete(tail.buffer.subarray(tail.start, tail.end));
    if (complete && whole && (await source.atRest())) {
      intake.takeTail(false);
      return 0;
    }
    intake.leaveTail();
    return 'long' in tail ? tail.long : tail.buffer.length - tail.start;
  }

  #commit(): void {
    const transaction = this.#transaction;
    if (transaction === null) return;
    this.#parts.lock.check();
    // From here on the ledger decides about the staged files, whatever happens.
    this.#transaction = null;
    const { segments, quarantine } = transaction.commit(this.#parts.ledger);
    this.summary.segments.push(...segments);
    this.summary.quarantine.push(...quarantine);
  }

  #failed(file: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.summary.failed.push({ file, error: message });
    this.note(
      'failed',
      error instanceof LakeobsError && error.hint !== undefined ? `${message}. ${error.hint}` : message,
    );
  }

  #stopped(): boolean {
    if (this.#options.signal?.aborted) this.summary.interrupted = true;
    return this.summary.interrupted;
  }

  /** Reports, and lets timers and signals in. */
  async #progress(source: Source, offset: number): Promise<void> {
    const done = source.size === null ? 0 : Math.min(offset, source.size);
    this.#options.onProgress?.({ doneBytes: this.#doneBytes + done, totalBytes: this.#totalBytes, file: source.path });
    if (Math.floor(offset / breatheBytes) !== Math.floor((offset - ingestChunkBytes) / breatheBytes)) await breath();
  }
}

/** Between two looks at timers and signals: a tenth of a second's work. */
const breatheBytes = 8 * ingestChunkBytes;
