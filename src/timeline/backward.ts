// The lines of a file from the last to the first, read from its end in small pieces: the newest records of a log of any size cost what they weigh.
import { readSync } from 'node:fs';
import { lineBytesMax, rawHeadBytes, tailChunkBytes } from '../limits.ts';

export interface RawLine {
  /** Without its newline. Of a line over limits.lineBytesMax only the head. */
  bytes: Buffer;
  byteOffset: number;
  byteLength: number;
  /** False for the last line of a file that has no newline yet. */
  terminated: boolean;
}

/** Every line that is not empty. `end`: bytes of the file that count. */
export function* linesBackward(descriptor: number, end: number): Generator<RawLine> {
  let parts: Buffer[] = [];
  let held = 0;
  let lineEnd = end;
  let terminated = false;
  const line = (first: Buffer, byteOffset: number): RawLine | null => {
    const byteLength = lineEnd - byteOffset;
    const bytes = byteLength > lineBytesMax ? first.subarray(0, rawHeadBytes) : Buffer.concat([first, ...parts]);
    parts = [];
    held = 0;
    return byteLength === 0 ? null : { bytes, byteOffset, byteLength, terminated };
  };
  for (let high = end; high > 0; ) {
    const low = Math.max(0, high - tailChunkBytes);
    const chunk = Buffer.allocUnsafe(high - low);
    let taken = 0;
    while (taken < chunk.length) {
      const bytes = readSync(descriptor, chunk, taken, chunk.length - taken, low + taken);
      // Cut off meanwhile.
      if (bytes === 0) return;
      taken += bytes;
    }
    let stop = chunk.length;
    for (let at = chunk.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : chunk.lastIndexOf(10, at - 1)) {
      const found = line(chunk.subarray(at + 1, stop), low + at + 1);
      if (found !== null) yield found;
      stop = at;
      lineEnd = low + at;
      terminated = true;
    }
    if (stop > 0) {
      held += stop;
      // Of a line that is too long its head counts, which comes last.
      if (held <= lineBytesMax) parts.unshift(chunk.subarray(0, stop));
      else parts = [chunk.subarray(0, stop)];
    }
    high = low;
  }
  const first = parts.shift() ?? Buffer.alloc(0);
  const found = line(first, 0);
  if (found !== null) yield found;
}
