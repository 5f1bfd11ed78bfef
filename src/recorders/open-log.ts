// openLog as programs get it: the log of ndjson/, with the family's redaction switched on unless the caller says otherwise.
import type { Log, LogOptions } from '../ndjson/writer.ts';
import { openLog as openPlainLog } from '../ndjson/writer.ts';
import { redactorOf, redactRecord } from '../redact/index.ts';
import { familyOf, type JsonObject } from '../schema/index.ts';

/**
 * Opens a log (see LogOptions). Returns at once and touches no disk.
 *
 * Redaction: with `family`, records are redacted by that family's rules unless `redact` is false; without one they are written as they are unless `redact`
 * is true or a function. `appendRaw` never redacts: it is for bytes that must not change.
 * @throws LakeobsError('usage') for options that make no sense.
 */
export function openLog(options: LogOptions): Log {
  const redact = redactorFor(options);
  if (redact === undefined || typeof options !== 'object') return openPlainLog(options);
  return openPlainLog({ ...options, redact });
}

/** The redactor these options ask for; undefined: none. */
export function redactorFor(
  options: Pick<LogOptions, 'family' | 'redact'>,
): ((record: JsonObject) => JsonObject) | undefined {
  const redact = options?.redact;
  if (redact === false || options === undefined) return undefined;
  if (typeof redact === 'function') return redact;
  const family = options?.family === undefined ? undefined : familyOf(options.family);
  if (family !== undefined) return redactorOf(family);
  return redact === true ? redactRecord : undefined;
}
