// The log as programs see it: openLog, append, flush, close, stats. Turns records into lines and lines into writes; what a file is and survives is active-file.ts,
// what is refused is frame.ts. Direct mode: the return of append is the acknowledgement. Buffered mode: append only takes, flush acknowledges.
import { LakeobsError, reasonOf } from '../errors.ts';
import {
  batchBytes,
  batchMs,
  bufferBytesMax,
  closedAfterMs,
  lineBytesMax as lineBytesLimit,
  lockPollMs,
  lockWaitMs,
  lookMs,
  rotateBytes,
  syncIntervalMs as syncIntervalDefault,
} from '../limits.ts';
import type { Drop, DropReason } from '../result.ts';
import { type Family, type FamilyName, familyOf, type JsonObject, validateRecord } from '../schema/index.ts';
import { ActiveFile, type Clock, systemClock } from './active-file.ts';
import { Chain } from './chain.ts';
import { onProcessEnd, processIsEnding } from './exit-hooks.ts';
import { jsonOf, linesIn, Refusal, rawLine, tooLong, wellFormed } from './frame.ts';
import { type LogNames, logNames } from './naming.ts';
import { checkOptions } from './options.ts';
import { ioError, type LastError, type LogEvent, Report } from './report.ts';
import { closedSegments, type Keep, planRetention, removeSegment } from './retention.ts';
import { diskStorage, type Storage } from './storage.ts';
import { Durability, type SyncPolicy } from './sync.ts';

export interface LogOptions {
  /** The active file. Folders and file are made at the first append. */
  path: string;
  /** Complete and validate every record as one of this family. Without it any JSON object is written as it is. */
  family?: FamilyName;
  /** When appended bytes are made to survive a power cut. Default 'interval'. */
  sync?: SyncPolicy;
  /** For 'interval': at most this long between a record and its fsync. Default 5000. */
  syncIntervalMs?: number;
  /** Rotate before the file grows past this; Infinity: never. Default 50 MiB. */
  maxBytes?: number;
  /** Delete closed segments over these limits. Default: keep all. */
  keep?: Keep;
  /** Refuse longer lines, in bytes without the newline. Default and upper bound 4 MiB: readers stop there. */
  lineBytesMax?: number;
  /** 'direct' (default): one write per record. 'buffered': batches of up to 64 KiB or 10 ms. */
  mode?: 'direct' | 'buffered';
  /** true (default): what cannot be written throws LakeobsError. false: append returns false, the drop is counted and warned about. */
  strict?: boolean;
  /** Keep a hash chain beside the log (docs/format.md). Default false. */
  chain?: boolean;
  /** Applied to each record before it is validated; must return the record to write. `true` asks for the default redaction, which lakeobs/writer adds. */
  redact?: boolean | ((record: JsonObject) => JsonObject);
  /** Each record that is not kept. */
  onDrop?: (drop: Drop) => void;
  /** At most one warning a minute. Default: process.emitWarning, which a host can hear and silence and which writes into no stream of its own. */
  onWarn?: (message: string) => void;
  /** What happens to the file: rotations, sealed tails, deletions. */
  onEvent?: (event: LogEvent) => void;
  /** The disk; tests own another. */
  storage?: Storage;
  clock?: Clock;
}

export interface LogStats {
  /** Records handed to the kernel. */
  written: number;
  /** Bytes of those records, newlines included. */
  bytes: number;
  /** Records taken but not yet handed to the kernel (buffered mode), and their bytes. */
  pending: number;
  pendingBytes: number;
  /** Records not kept, by reason. In strict mode each of them was thrown. */
  dropped: Readonly<Record<DropReason, number>>;
  rotations: number;
  fsyncs: number;
  /** Short writes whose fragment was sealed and whose record was written again. */
  fragments: number;
  /** Torn lines of other writers that were sealed, and their bytes. */
  sealedTails: number;
  sealedBytes: number;
  /** Segments deleted by retention, their bytes, and the last one's path. */
  deleted: { segments: number; bytes: number; last?: string };
  /** False when durability is not promised: sync is 'never', or an fsync has failed, once and for all. */
  durable: boolean;
  lastError?: LastError;
}

export interface Log {
  readonly path: string;
  /**
   * Appends one record. Direct mode: true means the kernel has its line (and, under sync 'always', the disk). Buffered mode: true means taken; flush() says whether
   * it was written. false: dropped (best effort only). Strict: throws LakeobsError schema, input, io or usage instead.
   */
  append(record: object): boolean;
  /** Appends one serialised object byte for byte, with or without its newline: no completion, no validation, no redaction. */
  appendRaw(line: Uint8Array): boolean;
  /** Writes what is pending, syncs unless sync is 'never', extends the chain. Strict: rejects with LakeobsError('io') if any of that failed. */
  flush(): Promise<void>;
  /** flush, then lets the file go. Appending afterwards is refused. Calling it again is harmless. */
  close(): Promise<void>;
  stats(): LogStats;
}

/** Opens a log. Returns at once and touches no disk; throws LakeobsError('usage') for options that make no sense. */
export function openLog(options: LogOptions): Log {
  checkOptions(options);
  return new Writer(options);
}

/** Size of the buffer lines are encoded into while nothing is stuck in it. */
const scratchBytes = 256 * 1024;
/** Up to here joining texts is cheaper than encoding each: measured, the two meet between 300 and 700 characters. */
const gatherUnitsMax = 512;
const NEWLINE = 10;

/** What Buffer.write comes down to for UTF-8. Called by its own name it saves 30 of the 1,900 ns that a small record costs. */
interface Scratch extends Buffer {
  utf8Write(text: string, offset: number, length: number): number;
}

function scratch(bytes: number): Scratch {
  const buffer = Buffer.allocUnsafeSlow(bytes) as Scratch;
  // Every Node has it, no manual names it.
  if (typeof buffer.utf8Write !== 'function')
    buffer.utf8Write = (text, offset, length) => buffer.write(text, offset, length, 'utf8');
  return buffer;
}

class Writer implements Log {
  readonly path: string;
  readonly #names: LogNames;
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #durability: Durability;
  readonly #file: ActiveFile;
  readonly #buffered: boolean;
  readonly #strict: boolean;
  readonly #lineBytesMax: number;
  readonly #batchBytes: number;
  /** Lines of at most so many UTF-16 units are below every limit, whatever they hold; longer ones are measured first. */
  readonly #unmeasuredUnitsMax: number;
  /** Lines of at most so many may take the short way: direct mode, and no promise to keep but that of the kernel. -1: none. */
  readonly #directUnitsMax: number;
  /** Buffered mode: lines of at most so many UTF-16 units gather as text. */
  readonly #gatherUnitsMax: number;
  readonly #alwaysStrict: boolean;
  readonly #prepare: ((record: object) => JsonObject | Refusal) | undefined;
  readonly #keep: Keep | undefined;
  readonly #chain: Chain | undefined;
  /** Lines not yet written lie in `buffer[0, end)`, younger ones in `text`. In direct mode the buffer holds one line at a time. */
  #buffer = scratch(scratchBytes);
  #end = 0;
  #text = '';
  #pending = 0;
  #written = 0;
  /** When writing may be tried again; 0: it has not failed. */
  #retryAt = 0;
  #flushTimer: NodeJS.Timeout | undefined;
  #keepTimer: NodeJS.Timeout | undefined;
  #chainTimer: NodeJS.Immediate | undefined;
  #deleted: { segments: number; bytes: number; last?: string } = { segments: 0, bytes: 0 };
  /** True once the file was opened: before that there is nothing to chain. */
  #touched = false;
  #closing: Promise<void> | undefined;
  #unhook: (() => void) | undefined;

  constructor(options: LogOptions) {
    const { storage = diskStorage, clock = systemClock, sync = 'interval', mode = 'direct' } = options;
    const maxBytes = options.maxBytes ?? rotateBytes;
    this.path = options.path;
    this.#names = logNames(options.path);
    this.#storage = storage;
    this.#clock = clock;
    this.#buffered = mode === 'buffered';
    this.#strict = options.strict ?? true;
    this.#lineBytesMax = options.lineBytesMax ?? lineBytesLimit;
    this.#batchBytes = Math.min(batchBytes, maxBytes);
    this.#unmeasuredUnitsMax = Math.min(scratchBytes - 1, this.#lineBytesMax) / 3;
    this.#gatherUnitsMax = Math.min(gatherUnitsMax, this.#unmeasuredUnitsMax);
    this.#alwaysStrict = this.#strict && sync === 'always';
    this.#directUnitsMax = this.#buffered || this.#alwaysStrict ? -1 : this.#unmeasuredUnitsMax;
    this.#keep = options.keep;
    const { onDrop, onWarn, onEvent } = options;
    this.#report = new Report({ path: this.path, now: () => clock.now(), onDrop, onWarn, onEvent });
    this.#durability = new Durability({
      storage,
      policy: sync,
      intervalMs: options.syncIntervalMs ?? syncIntervalDefault,
      onFailure: (error) => this.#report.failed('fsync', error),
    });
    this.#file = new ActiveFile({
      names: this.#names,
      storage,
      clock,
      maxBytes,
      durability: this.#durability,
      report: this.#report,
      onTurn: () => this.#turned(),
    });
    this.#chain = options.chain
      ? new Chain({ storage, names: this.#names, now: () => clock.now(), durable: sync === 'always' })
      : undefined;
    this.#prepare = preparation(options, clock);
  }

  append(record: object): boolean {
    if (this.#closing !== undefined) return this.#refuse('closed', 'the log is closed');
    let value = record;
    if (this.#prepare !== undefined) {
      const prepared = this.#prepare(record);
      if (prepared instanceof Refusal) return this.#refuse(prepared.reason, prepared.message);
      value = prepared;
    }
    const line = jsonOf(value);
    if (typeof line !== 'string') return this.#refuse(line.reason, line.message);
    return line.length <= this.#directUnitsMax ? this.#writeShort(line) : this.#take(line);
  }

  appendRaw(bytes: Uint8Array): boolean {
    if (this.#closing !== undefined) return this.#refuse('closed', 'the log is closed');
    const line = rawLine(bytes);
    if (!(line instanceof Uint8Array)) return this.#refuse(line.reason, line.message);
    return this.#take(line);
  }

  async flush(): Promise<void> {
    this.#drain();
    await this.#file.synced();
    const chained = await this.#extendChain();
    if (!this.#strict) return;
    if (this.#end > 0)
      throw ioError(this.#file.failure?.operation ?? 'append to', this.path, this.#file.failure?.error);
    if (this.#durability.failure !== undefined) throw ioError('fsync', this.path, this.#durability.failure);
    if (chained !== undefined) throw ioError('extend the chain of', this.path, chained);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  stats(): LogStats {
    const { lastError, dropped } = this.#report;
    return {
      written: this.#written,
      bytes: this.#file.bytes,
      pending: this.#pending,
      pendingBytes: this.#end + Buffer.byteLength(this.#text),
      dropped: { ...dropped },
      rotations: this.#file.rotations,
      fsyncs: this.#durability.fsyncs,
      fragments: this.#file.fragments,
      sealedTails: this.#file.sealedTails,
      sealedBytes: this.#file.sealedBytes,
      deleted: { ...this.#deleted },
      durable: this.#durability.claimed,
      ...(lastError === undefined ? {} : { lastError: { ...lastError } }),
    };
  }

  /** One line, as text or as bytes, without its newline. */
  #take(line: string | Uint8Array): boolean {
    if (this.#alwaysStrict && !this.#durability.claimed) return this.#refuseClaim();
    return this.#buffered ? this.#putAside(line) : this.#writeNow(line);
  }

  /** The way of nearly every record in direct mode, laid out flat: what a call costs shows here. */
  #writeShort(line: string): boolean {
    const buffer = this.#buffer;
    const bytes = buffer.utf8Write(line, 0, buffer.length);
    if (line.includes('\\ud')) buffer.write(wellFormed(line));
    buffer[bytes] = NEWLINE;
    if (this.#file.append(buffer, 0, bytes + 1) !== bytes + 1) return this.#failed(this.#file.failure!);
    this.#written += 1;
    return true;
  }

  /** The same for lines of every kind and under every policy. */
  #writeNow(line: string | Uint8Array): boolean {
    const end = this.#encode(line, 0);
    if (end === -1) return this.#refuseLong(line);
    const done = this.#file.append(this.#buffer, 0, end);
    if (end > scratchBytes) this.#buffer = scratch(scratchBytes);
    if (done !== end) return this.#failed(this.#file.failure!);
    this.#written += 1;
    return !this.#alwaysStrict || this.#durability.claimed || this.#refuseUnsynced();
  }

  /** Writes the line and its newline into the buffer at `start`. Returns the offset behind them, -1 when the line is too long. */
  #encode(line: string | Uint8Array, start: number): number {
    if (typeof line !== 'string' || line.length > this.#unmeasuredUnitsMax) {
      const bytes = typeof line === 'string' ? Buffer.byteLength(line) : line.byteLength;
      if (bytes > this.#lineBytesMax) return -1;
      this.#makeRoom(start + bytes + 1);
    } else if (start > 0) this.#makeRoom(start + line.length * 3 + 1);
    const buffer = this.#buffer;
    let end = start;
    if (typeof line === 'string') {
      end += buffer.write(line, start);
      if (line.includes('\\ud')) buffer.write(wellFormed(line), start);
    } else {
      buffer.set(line, start);
      end += line.byteLength;
    }
    buffer[end] = NEWLINE;
    return end + 1;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const roomier = scratch(Math.max(bytes, 2 * this.#buffer.length));
    this.#buffer.copy(roomier, 0, 0, this.#end);
    this.#buffer = roomier;
  }

  /** Buffered mode: short lines gather as text, which is encoded once a batch; this is what makes a batch cheaper than its records. */
  #putAside(line: string | Uint8Array): boolean {
    const units = line.length;
    if (units > this.#gatherUnitsMax || typeof line !== 'string') return this.#putLong(line);
    if (this.#text.length + units >= this.#batchBytes && !this.#writeBatch(units)) return this.#refuseFull();
    this.#text += `${line}\n`;
    this.#pending += 1;
    if (this.#flushTimer === undefined) this.#armFlush(batchMs);
    return true;
  }

  /** A raw line, or one so long that encoding it alone is cheaper: behind what has gathered, straight into the buffer. */
  #putLong(line: string | Uint8Array): boolean {
    this.#gather();
    const end = this.#encode(line, this.#end);
    if (end === -1) return this.#refuseLong(line);
    const bytes = end - this.#end;
    if (end > this.#batchBytes && this.#end > 0) {
      if (!this.#writeBatch(bytes)) return this.#refuseFull();
      // What was in front of the line may have left the buffer.
      this.#encode(line, this.#end);
    }
    this.#end += bytes;
    this.#pending += 1;
    if (this.#end >= this.#batchBytes) this.#writeBatch(0);
    if (this.#flushTimer === undefined && this.#end > 0) this.#armFlush(batchMs);
    return true;
  }

  /** Moves the gathered text into the buffer. */
  #gather(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#makeRoom(this.#end + text.length * 3);
    this.#end += this.#buffer.write(wellFormed(text), this.#end);
  }

  /** The batch is full: writes it, unless that has failed a moment ago and `incoming` more bytes can wait with the rest. False: they cannot. */
  #writeBatch(incoming: number): boolean {
    this.#gather();
    const room = this.#end + incoming <= bufferBytesMax;
    if (this.#retryAt !== 0 && room && this.#clock.now() < this.#retryAt) return true;
    return this.#drain() || this.#end + incoming <= bufferBytesMax;
  }

  /** Nothing can be written and no more can wait: this record is the one that goes. */
  #refuseFull(): boolean {
    return this.#failed(this.#file.failure!);
  }

  /** Writes all that waits, in batches of whole lines; what could not be written stays. True when nothing is left. */
  #drain(): boolean {
    this.#gather();
    let from = 0;
    let stuck = false;
    while (from < this.#end && !stuck) {
      const end = batchEnd(this.#buffer, from, this.#end, this.#batchBytes);
      const done = this.#file.append(this.#buffer, from, end);
      stuck = done !== end;
      from = done;
    }
    const lines = from === this.#end ? this.#pending : linesIn(this.#buffer, 0, from);
    this.#written += lines;
    this.#pending -= lines;
    if (stuck) {
      this.#buffer.copyWithin(0, from, this.#end);
      this.#end -= from;
      const failure = this.#file.failure!;
      this.#report.failed(failure.operation, failure.error);
      this.#retryAt = this.#clock.now() + lookMs;
      return false;
    }
    this.#end = 0;
    this.#retryAt = 0;
    if (this.#buffer.length > scratchBytes) this.#buffer = scratch(scratchBytes);
    return true;
  }

  #armFlush(ms: number): void {
    this.#hook();
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = undefined;
      if (!this.#drain()) this.#armFlush(lookMs);
    }, ms);
    this.#flushTimer.unref();
  }

  #hook(): void {
    this.#unhook ??= onProcessEnd(() => {
      this.#drain();
      this.#durability.settle();
      if (processIsEnding()) this.#dropPending('the process ended before it could be written');
    });
  }

  async #close(): Promise<void> {
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#keepTimer);
    let failure: unknown;
    try {
      await this.flush();
    } catch (error) {
      failure = error;
    }
    clearImmediate(this.#chainTimer);
    await this.#file.close();
    this.#unhook?.();
    this.#dropPending('the log was closed before it could be written');
    if (failure !== undefined) throw failure;
  }

  #dropPending(message: string): void {
    for (; this.#pending > 0; this.#pending -= 1)
      this.#report.drop('io', `${message}: ${reasonOf(this.#file.failure?.error)}`);
    this.#end = 0;
    this.#text = '';
  }

  #refuseLong(line: string | Uint8Array): boolean {
    const bytes = typeof line === 'string' ? Buffer.byteLength(line) : line.byteLength;
    const { reason, message } = tooLong(bytes, this.#lineBytesMax);
    return this.#refuse(reason, message);
  }

  #failed({ operation, error }: { operation: string; error: unknown }): boolean {
    this.#report.note(operation, error);
    return this.#refuse('io', `cannot ${operation} the file: ${reasonOf(error)}`, error, operation);
  }

  /** Strict, 'always': the record is in the file, but not known to survive a power cut. */
  #refuseUnsynced(): never {
    const { failure } = this.#durability;
    throw new LakeobsError(
      'io',
      `${this.path}: the record is in the file but could not be synced: ${reasonOf(failure)}`,
      {
        path: this.path,
        cause: failure,
        hint: 'Check the disk. Do not append this record again: it is there. Open a new log to go on.',
      },
    );
  }

  /** Strict, 'always', and an fsync has failed before: nothing is written, because the return could not mean what it must. */
  #refuseClaim(): never {
    const message = `an fsync of ${this.path} has failed: this log can no longer promise that records survive a power cut`;
    this.#report.refused('io', message);
    throw new LakeobsError('io', message, {
      path: this.path,
      cause: this.#durability.failure,
      hint: 'Check the disk, then open a new log.',
    });
  }

  #refuse(reason: DropReason, message: string, cause?: unknown, operation = 'append to'): boolean {
    if (!this.#strict) {
      this.#report.drop(reason, message);
      return false;
    }
    this.#report.refused(reason, message);
    if (reason === 'io')
      throw cause === undefined
        ? new LakeobsError('io', message, { path: this.path })
        : ioError(operation, this.path, cause);
    throw new LakeobsError(errorCodes[reason], message, { path: this.path, hint: hints[reason] });
  }

  /** The file was opened or rotated: the moment for retention and the chain. */
  #turned(): void {
    this.#touched = true;
    if (this.#buffered || this.#durability.policy === 'interval') this.#hook();
    if (this.#keep !== undefined) this.#retain(this.#keep);
    if (this.#chain !== undefined && this.#chainTimer === undefined)
      this.#chainTimer = setImmediate(() => {
        this.#chainTimer = undefined;
        void this.#extendChain();
      });
  }

  #retain(keep: Keep): void {
    clearTimeout(this.#keepTimer);
    try {
      const plan = planRetention(closedSegments(this.#storage, this.#names), keep, this.#clock.now());
      const allowed = plan.remove.length === 0 || this.#chain === undefined || this.#chain.retire(plan.remove);
      if (allowed)
        for (const segment of plan.remove) {
          if (!removeSegment(this.#storage, segment)) continue;
          this.#deleted = {
            segments: this.#deleted.segments + 1,
            bytes: this.#deleted.bytes + segment.bytes,
            last: segment.path,
          };
          this.#report.event({ kind: 'deleted', path: segment.path, bytes: segment.bytes });
        }
      if (!plan.waiting && allowed) return;
    } catch (error) {
      this.#report.failed('delete old segments of', error);
    }
    this.#keepTimer = setTimeout(() => this.#retain(keep), closedAfterMs);
    this.#keepTimer.unref();
  }

  /** Covers everything that can be covered, in steps between which the host goes on. Resolves to the error that stopped it. */
  async #extendChain(): Promise<unknown> {
    if (this.#chain === undefined || !this.#touched) return undefined;
    try {
      for (let waitedMs = 0; ; ) {
        const { more, mine } = this.#chain.extend();
        if (mine && !more) return undefined;
        if (mine) await new Promise((next) => setImmediate(next));
        else {
          if (waitedMs >= lockWaitMs) throw new Error('another process has held its lock all the time');
          await new Promise((next) => setTimeout(next, lockPollMs));
          waitedMs += lockPollMs;
        }
      }
    } catch (error) {
      this.#report.failed('extend the chain of', error);
      return error;
    }
  }
}

const errorCodes = { invalid: 'schema', 'too-long': 'input', unserialisable: 'input', closed: 'usage' } as const;

const hints = {
  invalid: 'Correct the record; `lakeobs schema FAMILY` prints the rules.',
  'too-long': 'Store the large part elsewhere and log a reference to it.',
  unserialisable: 'Log plain JSON values: no cycles, no BigInt.',
  closed: 'Open a new log.',
} as const;

/** Redaction, then completion and validation; undefined when records are written as they are. */
function preparation(options: LogOptions, clock: Clock): ((record: object) => JsonObject | Refusal) | undefined {
  const family: Family | undefined = options.family === undefined ? undefined : familyOf(options.family);
  const redact = typeof options.redact === 'function' ? options.redact : undefined;
  if (family === undefined && redact === undefined) return undefined;
  return (record) => {
    let value = record as JsonObject;
    try {
      if (redact !== undefined) value = redact(value);
    } catch (error) {
      return new Refusal('invalid', `redaction failed, so the record is not written: ${reasonOf(error)}`);
    }
    if (family === undefined) return value;
    const checked = validateRecord(family, value, new Date(clock.now()));
    return checked.ok
      ? checked.record
      : new Refusal('invalid', `not a ${family.name} record: ${checked.issues.join('; ')}`);
  };
}

/** End of the batch that begins at `from`: as many whole lines as fit, at least one. */
function batchEnd(buffer: Buffer, from: number, upTo: number, batch: number): number {
  if (upTo - from <= batch) return upTo;
  const fitting = buffer.lastIndexOf(NEWLINE, from + batch - 1);
  return (fitting >= from ? fitting : buffer.indexOf(NEWLINE, from)) + 1;
}
