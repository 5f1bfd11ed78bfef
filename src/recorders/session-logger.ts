// The front for iterate loops: one call at the end of a session writes its row. It may stay in the hot path of a service, because it never throws.
import type { LogStats } from '../ndjson/writer.ts';
import type { JsonObject } from '../schema/index.ts';
import type { SessionRecord } from '../schema/session.ts';
import { type BestEffortLog, bestEffortLog, type FrontOptions } from './best-effort.ts';
import { redactorFor } from './open-log.ts';
import { assembleSessionRecord, finishSessionRecord, type SessionInput } from './session-record.ts';

export interface SessionLoggerOptions extends FrontOptions {
  /** Written as `daemon` by record(), unless the input names one. Default "validatord". */
  daemon?: string | undefined;
}

/**
 * Appends session rows to a file.
 *
 * An empty path disables it: every call does nothing and returns false. Nothing is created before the first append. No call throws or rejects: a row that
 * cannot be written is counted (stats().dropped), told to `onDrop`, and warned about at most once a minute. Rows are redacted unless `redact` is false.
 */
export class SessionLogger {
  readonly #log: BestEffortLog;
  readonly #daemon: string | undefined;
  /** The row record() is writing; its redaction comes with its cuts. */
  #recording: SessionRecord | undefined;

  constructor(target: string | undefined | null | SessionLoggerOptions) {
    const { daemon, ...options }: SessionLoggerOptions =
      typeof target === 'object' && target !== null ? target : { path: target ?? '' };
    const redact = redactorFor({ family: 'session', ...pick(options) });
    this.#daemon = daemon;
    this.#log = bestEffortLog('session', options, (record) => {
      if (record === (this.#recording as unknown))
        return finishSessionRecord(record as SessionRecord, redact ?? false) as JsonObject;
      return redact === undefined ? record : redact(record);
    });
  }

  /** False: there is no path, and every call does nothing. */
  get enabled(): boolean {
    return this.#log.enabled;
  }

  get path(): string {
    return this.#log.path;
  }

  /** Appends a row (buildSessionRecord makes one). True: the kernel has it (`mode: 'buffered'`: it was taken). False: disabled or dropped. */
  append(record: SessionRecord | JsonObject): boolean {
    return this.#log.append(record);
  }

  /** Builds the row of a finished loop and appends it. `redact` of the logger holds; that of the input is not looked at. */
  record(input: SessionInput): boolean {
    if (!this.#log.enabled) return false;
    try {
      this.#recording = assembleSessionRecord({ ...input, daemon: input.daemon ?? this.#daemon });
    } catch {
      // Not a session at all: the log refuses it, counts it and says so.
      return this.#log.append(notASession);
    }
    const written = this.#log.append(this.#recording);
    this.#recording = undefined;
    return written;
  }

  /** Writes what is pending and syncs. Never rejects. */
  flush(): Promise<void> {
    return this.#log.flush();
  }

  /** flush, then lets the file go. Later rows are dropped as `closed`. Never rejects. */
  close(): Promise<void> {
    return this.#log.close();
  }

  stats(): LogStats {
    return this.#log.stats();
  }
}

function pick({ redact }: FrontOptions): Pick<FrontOptions, 'redact'> {
  return redact === undefined ? {} : { redact };
}

/** Lacks everything a session needs, so that the complaint names what is missing. */
const notASession: JsonObject = {};
