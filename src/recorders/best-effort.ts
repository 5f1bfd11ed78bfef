// The log behind the fronts that programs leave running: it never throws, never rejects, and without a path it does nothing at all.
// What cannot be written is counted and warned about at most once a minute.
import { reasonOf } from '../errors.ts';
import { Report } from '../ndjson/report.ts';
import type { Log, LogOptions, LogStats } from '../ndjson/writer.ts';
import type { FamilyName, JsonObject } from '../schema/index.ts';
import { openLog } from './open-log.ts';

/** Options of a front: those of openLog without `family` and `strict`, which the front decides. */
export interface FrontOptions extends Omit<LogOptions, 'path' | 'family' | 'strict'> {
  /** The log file; folders and file are made at the first append. Empty or absent: disabled, every call does nothing. */
  path?: string | undefined;
}

export interface BestEffortLog extends Log {
  /** False: there is no path, and every call does nothing. */
  readonly enabled: boolean;
}

/** Opens such a log. Options that make no sense are warned about, and every record is then counted as dropped. */
export function bestEffortLog(
  family: FamilyName,
  target: string | undefined | null | FrontOptions,
  redact?: (record: JsonObject) => JsonObject,
): BestEffortLog {
  const options: FrontOptions = typeof target === 'object' && target !== null ? target : { path: target ?? '' };
  if (options.path === undefined || options.path === null || options.path === '') return silent;
  const withRedaction = redact === undefined ? options : { ...options, redact };
  try {
    return guarded(openLog({ ...withRedaction, path: options.path, family, strict: false }));
  } catch (error) {
    return broken(String(options.path), options, reasonOf(error));
  }
}

/** Never throws, whatever the log does. */
function guarded(log: Log): BestEffortLog {
  return {
    enabled: true,
    path: log.path,
    append: (record) => log.append(record),
    appendRaw: (line) => log.appendRaw(line),
    flush: () => log.flush().catch(ignore),
    close: () => log.close().catch(ignore),
    stats: () => log.stats(),
  };
}

const ignore = (): void => {};

/** A log that could not be opened: every record is a drop with the reason it could not. */
function broken(path: string, options: FrontOptions, reason: string): BestEffortLog {
  const { onDrop, onWarn } = options;
  const report = new Report({
    path,
    now: Date.now,
    onDrop: typeof onDrop === 'function' ? onDrop : undefined,
    onWarn: typeof onWarn === 'function' ? onWarn : undefined,
  });
  report.warn(`lakeobs cannot open the log ${path}: ${reason}`);
  const refuse = (): boolean => {
    report.drop('invalid', `the log could not be opened: ${reason}`);
    return false;
  };
  return {
    enabled: true,
    path,
    append: refuse,
    appendRaw: refuse,
    flush: async () => {},
    close: async () => {},
    stats: () => ({ ...nothing(), dropped: { ...report.dropped }, durable: false }),
  };
}

const silent: BestEffortLog = {
  enabled: false,
  path: '',
  append: () => false,
  appendRaw: () => false,
  flush: async () => {},
  close: async () => {},
  stats: nothing,
};

function nothing(): LogStats {
  return {
    written: 0,
    bytes: 0,
    pending: 0,
    pendingBytes: 0,
    dropped: { invalid: 0, 'too-long': 0, unserialisable: 0, io: 0, closed: 0 },
    rotations: 0,
    fsyncs: 0,
    fragments: 0,
    sealedTails: 0,
    sealedBytes: 0,
    deleted: { segments: 0, bytes: 0 },
    durable: true,
  };
}
