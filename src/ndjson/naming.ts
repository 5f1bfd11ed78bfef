// The names around one log: the active file, its closed segments, its side files (docs/format.md). Pure: it looks at text, never at a disk.
import { basename, dirname, extname, join } from 'node:path';
import { segmentDigits } from '../limits.ts';

export interface LogNames {
  /** The active file, as given. */
  active: string;
  dir: string;
  /** File name without its extension: `session`. */
  stem: string;
  /** The extension with its dot, or '' when there is none. */
  ext: string;
  /** Hash chain over the log. */
  chain: string;
  /** Number and hash of the chain's last entry. */
  head: string;
  /** Who is writing the chain. */
  lock: string;
}

export type Compression = '' | '.gz' | '.zst';

export interface SegmentName {
  number: number;
  compression: Compression;
}

/** Extensions of side files: a log itself cannot have one of these. */
export const sideExtensions: readonly string[] = ['.chain', '.head', '.lock'];

export function logNames(path: string): LogNames {
  const dir = dirname(path);
  const ext = extname(path);
  const stem = basename(path, ext);
  const side = (suffix: string): string => join(dir, stem + suffix);
  return { active: path, dir, stem, ext, chain: side('.chain'), head: side('.head'), lock: side('.lock') };
}

/** Path of a closed segment: `lake/session.jsonl`, 12 → `lake/session.000012.jsonl`. */
export function segmentPath(path: string, number: number, compression: Compression = ''): string {
  const { dir, stem, ext } = logNames(path);
  return join(dir, `${stem}.${String(number).padStart(segmentDigits, '0')}${ext}${compression}`);
}

/** What a file beside the log is to it: a segment's number and compression, or null for the active file, side files and everything else. */
export function parseSegment(path: string, fileName: string): SegmentName | null {
  const { stem, ext } = logNames(path);
  const compression = fileName.endsWith('.gz') ? '.gz' : fileName.endsWith('.zst') ? '.zst' : '';
  const end = fileName.length - compression.length - ext.length;
  if (!fileName.startsWith(`${stem}.`) || fileName.slice(end) !== ext + compression) return null;
  const digits = fileName.slice(stem.length + 1, end);
  if (digits.length < segmentDigits || !/^[0-9]+$/.test(digits)) return null;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? { number, compression } : null;
}

/** The segments among the names of the log's folder, lowest number first (a compressed one behind its plain twin). */
export function segmentsAmong(path: string, fileNames: readonly string[]): (SegmentName & { fileName: string })[] {
  return fileNames
    .flatMap((fileName) => {
      const segment = parseSegment(path, fileName);
      return segment === null ? [] : [{ ...segment, fileName }];
    })
    .sort((a, b) => a.number - b.number || (a.fileName < b.fileName ? -1 : 1));
}
