// Drives the salvage scan over a file: plain, .gz or .zst, from any line on, up to any offset, in flat memory. It opens the file for reading and changes nothing.
import { scanStepBytes } from '../limits.ts';
import { damaged, type Found } from './damage.ts';
import { fileChunks, type UnpackProblem } from './file-chunks.ts';
import { type FileTail, SalvageScanner } from './salvage.ts';

export interface ScanOptions {
  /** Longest line that is read, in bytes without the newline. */
  lineBytesMax: number;
  /** Uncompressed offset to start at, which must be the start of a line; default 0. */
  startOffset?: number;
  /** Number of the line at startOffset; default 1. */
  startLine?: number;
  /** Where startOffset lies in the file on disk, when that is a copy of a part of the file the offsets mean; default startOffset. */
  startAt?: number;
  /** Uncompressed offset to stop at, for a file that is growing; default the file's end. */
  endOffset?: number;
  /** Told about once per MiB how many bytes of the file on disk are done. */
  onProgress?: (bytesOnDisk: number) => void;
  /** Stops the scan: its reason is thrown. */
  signal?: AbortSignal;
}

export interface ScanTotals {
  /** Uncompressed bytes scanned, and the lines in them. */
  bytes: number;
  lines: number;
  records: number;
  /** Damaged ranges, and their bytes. */
  damaged: number;
  damagedBytes: number;
  /** A line proved that this is NDJSON: bytes behind the end would not change what was found. */
  proven: boolean;
  /** The unterminated last line. Its findings were given like all others; they are the last ones and have its line number. */
  tail: FileTail;
}

/**
 * Gives every record and every damaged range to `onFound`, in the order of the file; waits when it returns a promise. A compressed file that ends too early or
 * is broken gives what could be unpacked and one range `cut-compressed` or `corrupt-compressed` (of length 0 when no bytes were left over).
 * Throws LakeobsError io (unreadable), input (.zst without zstd in this Node), and whatever `onFound` throws.
 */
export async function scanFile(
  path: string,
  options: ScanOptions,
  onFound: (found: Found) => void | Promise<void>,
): Promise<ScanTotals> {
  const { lineBytesMax, startOffset = 0, startLine = 1, endOffset = Number.POSITIVE_INFINITY } = options;
  const { startAt = startOffset } = options;
  const scanner = new SalvageScanner({ lineBytesMax, startLine, startOffset });
  const totals = { records: 0, damaged: 0, damagedBytes: 0 };
  const give = async (all: readonly Found[]): Promise<void> => {
    for (const found of all) {
      if (found.kind === 'record') totals.records += 1;
      else {
        totals.damaged += 1;
        totals.damagedBytes += found.byteLength;
      }
      const pending = onFound(found);
      if (pending !== undefined) await pending;
    }
  };
  const { onProgress, signal } = options;
  const chunks = fileChunks(path, {
    startOffset: startAt,
    endOffset: endOffset - startOffset + startAt,
    onProgress,
    signal,
  });
  try {
    for (;;) {
      const next = await chunks.next();
      if (!next.done) {
        // In steps, so that a chunk of the shortest records is not half a million findings at once.
        for (let at = 0; at < next.value.length; at += scanStepBytes)
          await give(scanner.push(next.value.subarray(at, at + scanStepBytes)));
        continue;
      }
      const last = scanner.end();
      await give(next.value === null ? last : withProblem(last, next.value, scanner));
      return {
        bytes: scanner.bytes - startOffset,
        lines: scanner.lines,
        ...totals,
        proven: scanner.proven,
        tail: scanner.tail,
      };
    }
  } finally {
    await chunks.return(null);
  }
}

/** A record torn by the break is named by the break; otherwise the break is a range of its own, without bytes. */
function withProblem(last: Found[], { reason, message }: UnpackProblem, scanner: SalvageScanner): Found[] {
  const torn = last.at(-1);
  if (torn?.kind === 'damaged' && torn.reason === 'torn') return [...last.slice(0, -1), { ...torn, reason, message }];
  const { line } = scanner.tail;
  const head = new Uint8Array(0);
  return [...last, damaged({ line, byteOffset: scanner.bytes, byteLength: 0, reason, head, message })];
}
