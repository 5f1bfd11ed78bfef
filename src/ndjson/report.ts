// What a log tells its host, and how often: events as they happen, warnings at most once a minute, drops one by one. A callback of the host that throws never
// reaches the code that appends.
import { writeSync } from 'node:fs';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { warnEveryMs } from '../limits.ts';
import type { Drop, DropReason } from '../result.ts';
import { processIsEnding } from './exit-hooks.ts';

/** Something other than a record happened to the log. */
export type LogEvent =
  /** The file ended inside a line; a newline was appended. `whole`: the line lacked only that. */
  | { kind: 'sealed'; path: string; byteOffset: number; byteLength: number; whole: boolean }
  /** A write came back short; its fragment was sealed and the record written again. */
  | { kind: 'fragment'; path: string; byteLength: number }
  /** The active file became this segment. */
  | { kind: 'rotated'; path: string; segment: string; bytes: number }
  /** The path no longer named the file this writer held (rotated by another, moved, deleted): it goes on in the new one. */
  | { kind: 'reopened'; path: string }
  /** A rotation that died between link and unlink was ended. */
  | { kind: 'healed'; path: string; segment: string }
  /** Retention removed a closed segment. */
  | { kind: 'deleted'; path: string; bytes: number };

export interface LastError {
  /** ISO 8601, UTC. */
  at: string;
  /** What was tried: append, open, rotate, fsync, look, delete, chain. */
  operation: string;
  message: string;
  /** The system's code (ENOSPC, …) where there is one. */
  code?: string;
}

export interface ReportOptions {
  path: string;
  now: () => number;
  onDrop?: ((drop: Drop) => void) | undefined;
  onWarn?: ((message: string) => void) | undefined;
  onEvent?: ((event: LogEvent) => void) | undefined;
}

/** Warnings, drops, events and the last error of one log. */
export class Report {
  readonly dropped: Record<DropReason, number> = { invalid: 0, 'too-long': 0, unserialisable: 0, io: 0, closed: 0 };
  lastError: LastError | undefined;
  readonly #options: ReportOptions;
  #warnedAt = Number.NEGATIVE_INFINITY;
  #held = 0;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  event(event: LogEvent): void {
    guarded(this.#options.onEvent, event);
  }

  /** At most one a minute reaches the host; the next one says how many were held back. */
  warn(message: string): void {
    const now = this.#options.now();
    if (now - this.#warnedAt < warnEveryMs && now >= this.#warnedAt) {
      this.#held += 1;
      return;
    }
    this.#warnedAt = now;
    const more = this.#held === 0 ? '' : ` (${this.#held} more warnings since the last one; stats() has the counts)`;
    this.#held = 0;
    guarded(this.#options.onWarn ?? warnProcess, `${message}${more}`);
  }

  /** A record was dropped. */
  drop(reason: DropReason, message: string): void {
    this.refused(reason, message);
    this.warn(`lakeobs dropped a record (${reason}) for ${this.#options.path}: ${message}`);
  }

  /** A record was refused by throwing: counted and told to onDrop, but not warned about. */
  refused(reason: DropReason, message: string): void {
    this.dropped[reason] += 1;
    guarded(this.#options.onDrop, { reason, message, path: this.#options.path });
  }

  /** Keeps the error for stats() and warns. */
  failed(operation: string, error: unknown): void {
    this.note(operation, error);
    this.warn(`lakeobs could not ${operation} ${this.#options.path}: ${reasonOf(error)}`);
  }

  /** Keeps the error for stats(). */
  note(operation: string, error: unknown): void {
    const code = systemCode(error);
    this.lastError = {
      at: new Date(this.#options.now()).toISOString(),
      operation,
      message: reasonOf(error),
      ...(code === undefined ? {} : { code }),
    };
  }
}

/** A failed call on the log's file as a LakeobsError: what was tried, the path, the system's reason, what to do. */
export function ioError(operation: string, path: string, cause: unknown): LakeobsError {
  const code = systemCode(cause);
  return new LakeobsError('io', `cannot ${operation} ${path}: ${reasonOf(cause)}`, {
    path,
    cause,
    hint: (code === undefined ? undefined : hints[code]) ?? 'Check the disk and the folder, then try again.',
  });
}

const hints: Record<string, string> = {
  EACCES: 'Let this user write to the file and its folder, or choose another path.',
  EPERM: 'Let this user write to the file and its folder, or choose another path.',
  EROFS: 'The file system is mounted read-only: choose a path on another one.',
  ENOSPC: 'Free some space: writing goes on by itself once there is room.',
  EDQUOT: 'Free some space: writing goes on by itself once there is room.',
  EISDIR: 'The path is a folder: name a file in it.',
  ENOTDIR: 'A part of the path is a file, not a folder: choose another path.',
  EXDEV: 'Stage the file on the same file system as the log.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n) or close some.',
};

/** process.emitWarning, not a stream: the host can listen for it, silence it (--no-warnings) and never finds foreign text in its output. */
function warnProcess(message: string): void {
  // A warning emitted at exit would never be printed; what is lost then must still be said.
  if (processIsEnding()) writeSync(2, `LakeobsWarning: ${message}\n`);
  else process.emitWarning(message, { type: 'LakeobsWarning', code: 'LAKEOBS_LOG' });
}

function guarded<T>(callback: ((value: T) => void) | undefined, value: T): void {
  if (callback === undefined) return;
  try {
    callback(value);
  } catch {
    // The host's callback failed; its log must not.
  }
}
