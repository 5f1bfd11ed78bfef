// Whether a .zst is whole. DuckDB reads a cut one without a word when what it has unpacked so far ends between two lines; of a short one it has unpacked nothing.
// Only the lengths that the file states are followed (RFC 8878, section 3.1): some milliseconds a gigabyte. Broken data are found by whoever unpacks them.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** False when the file is empty, ends inside a frame, or has something else than zero padding behind one. @throws the system's error; the signal's reason. */
export function isWholeZstd(path: string, signal?: AbortSignal): boolean {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    let at = 0;
    while (at < size) {
      const end = endOfFrame(file, at, signal);
      if (end === null) return at > 0 && isZeroFrom(file, at);
      if (end > size) return false;
      at = end;
    }
    return size > 0;
  } finally {
    closeSync(file);
  }
}

/** Where the frame at `start` ends, perhaps behind the end of the file; null when none begins there. */
function endOfFrame(file: number, start: number, signal?: AbortSignal): number | null {
  const head = bytesAt(file, start, 8);
  const magic = head.length < 4 ? 0 : head.readUInt32LE(0);
  const isSkippable = magic >>> 4 === 0x184d2a5;
  if (!isSkippable && magic !== 0xfd2fb528) return null;
  if (head.length < 8) return Number.POSITIVE_INFINITY;
  if (isSkippable) return start + 8 + head.readUInt32LE(4);
  const descriptor = head[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3]!;
  let at = start + 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes + contentSizeBytes;
  for (;;) {
    signal?.throwIfAborted();
    const header = bytesAt(file, at, 3);
    if (header.length < 3) return Number.POSITIVE_INFINITY;
    const block = header.readUIntLE(0, 3);
    const isRunLength = ((block >> 1) & 3) === 1;
    at += 3 + (isRunLength ? 1 : block >> 3);
    if ((block & 1) === 1) return at + (hasChecksum ? 4 : 0);
  }
}

function isZeroFrom(file: number, start: number): boolean {
  for (let at = start; ; ) {
    const block = bytesAt(file, at, 64 * 1024);
    if (block.length === 0) return true;
    if (block.some((byte) => byte !== 0)) return false;
    at += block.length;
  }
}

function bytesAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}
