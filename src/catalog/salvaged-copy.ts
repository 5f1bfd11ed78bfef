// A damaged file, or a part of one, read with our own scan: every valid record into a private copy, every other byte named. The original is never changed.
import { closeSync, openSync, writeSync } from 'node:fs';
import { LakeobsError, reasonOf } from '../errors.ts';
import { lineBytesMax } from '../limits.ts';
import type { SalvagedRecord } from '../ndjson/damage.ts';
import { scanFile } from '../ndjson/scan-file.ts';
import type { QuarantinedRange } from '../result.ts';
import { recognise } from '../schema/recognise.ts';
import type { DuplicateKey } from './indexed.ts';

/** Where the bytes lie, and what they are called. */
export interface SalvageSource {
  path: string;
  /** Offset and number of the first line, in the file the findings are about. */
  from: number;
  line: number;
  /** Where the scan ends there; the end of `path` when absent. */
  to?: number | undefined;
  /** `path` is a copy that begins at `from`. */
  copied: boolean;
}

export interface Salvaged {
  damaged: QuarantinedRange[];
  duplicates: DuplicateKeys;
  gluedLines: number;
  /** Bytes of an unterminated last line that is not a record. */
  tornBytes: number;
  /** A line proved that this is NDJSON: bytes behind it would not change what was found. */
  proven: boolean;
}

/** Duplicate keys, by key and family. */
export type DuplicateKeys = Map<string, DuplicateKey>;

/** Writes every valid record of the source to `target` (NDJSON, 0600). @throws LakeobsError io or input when it cannot be read; the signal's reason. */
export async function copySalvaged(
  { path, from, line, to, copied }: SalvageSource,
  target: string,
  signal?: AbortSignal,
  onProgress?: (bytes: number) => void,
): Promise<Salvaged> {
  const out = openSync(target, 'wx', 0o600);
  const salvaged: Salvaged = { damaged: [], duplicates: new Map(), gluedLines: 0, tornBytes: 0, proven: false };
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let lastLine = 0;
  let gluedLine = 0;
  const drain = () => {
    const bytes = Buffer.concat(pending);
    for (let done = 0; done < bytes.length; ) done += writeSync(out, bytes, done);
    pending = [];
    pendingBytes = 0;
  };
  const options = {
    lineBytesMax,
    startOffset: from,
    startLine: line,
    ...(copied ? { startAt: 0 } : {}),
    ...(to === undefined ? {} : { endOffset: to }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  try {
    const { proven, tail } = await scanFile(path, options, (found) => {
      if (found.kind === 'damaged') {
        salvaged.damaged.push(rangeOf(found));
        return;
      }
      pending.push(found.bytes, newline);
      pendingBytes += found.bytes.length + 1;
      if (pendingBytes > drainBytes) drain();
      noteDuplicates(salvaged.duplicates, found);
      if (found.origin === 'glued' && found.line === lastLine && gluedLine !== found.line) {
        salvaged.gluedLines++;
        gluedLine = found.line;
      }
      lastLine = found.line;
    });
    drain();
    salvaged.proven = proven;
    if (tail.state === 'torn')
      for (const range of salvaged.damaged)
        if (range.byteOffset >= tail.byteOffset) salvaged.tornBytes += range.byteLength;
    return salvaged;
  } catch (error) {
    if (error instanceof LakeobsError || signal?.aborted) throw error;
    throw new LakeobsError('io', `cannot salvage ${path}: ${reasonOf(error)}`, { path, cause: error });
  } finally {
    closeSync(out);
  }
}

export function rangeOf({ line, byteOffset, byteLength, reason, raw }: QuarantinedRange): QuarantinedRange {
  return { line, byteOffset, byteLength, reason, raw };
}

export function noteDuplicates(duplicates: DuplicateKeys, { record, duplicateKeys }: SalvagedRecord): void {
  if (duplicateKeys.length === 0) return;
  const { family } = recognise(record);
  for (const wire of duplicateKeys) addDuplicate(duplicates, { wire, family, count: 1 });
}

export function addDuplicate(duplicates: DuplicateKeys, { wire, family, count }: DuplicateKey): void {
  const key = `${family} ${wire}`;
  const held = duplicates.get(key) ?? { wire, family, count: 0 };
  held.count += count;
  duplicates.set(key, held);
}

const newline = Uint8Array.of(10);
const drainBytes = 4 * 1024 * 1024;
