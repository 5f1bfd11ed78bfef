// What must hold for every scan of every file, whatever is in it.
import assert from 'node:assert/strict';
import type { Found } from '../../src/ndjson/salvage.ts';
import { type FileTail, SalvageScanner } from '../../src/ndjson/salvage.ts';

/** Scans bytes in chunks of the sizes given (the last size repeats); each chunk in memory of its own. */
export function scanBytes(
  bytes: Uint8Array,
  lineBytesMax: number,
  chunkSizes: readonly number[] = [Number.POSITIVE_INFINITY],
): { found: Found[]; tail: FileTail; lines: number } {
  const scanner = new SalvageScanner({ lineBytesMax });
  const found: Found[] = [];
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const size = chunkSizes[Math.min(index, chunkSizes.length - 1)] as number;
    for (const one of scanner.push(Uint8Array.from(bytes.subarray(at, at + size)))) found.push(one);
    at += size;
  }
  for (const one of scanner.end()) found.push(one);
  assert.equal(scanner.bytes, bytes.length);
  return { found, tail: scanner.tail, lines: scanner.lines };
}

/** What is kept, what is named and the separators between them are together all bytes, in order, none twice; lines are right. */
export function assertExact(bytes: Uint8Array, found: readonly Found[]): void {
  let done = 0;
  let line = 1;
  for (const one of found) {
    assert.ok(one.byteOffset >= done, `a range begins at ${one.byteOffset}, in front of ${done}`);
    assert.ok(one.byteLength > 0, `an empty range at ${one.byteOffset}`);
    assertSeparators(bytes, done, one.byteOffset);
    for (; done < one.byteOffset; done += 1) if (bytes[done] === 0x0a) line += 1;
    assert.equal(one.line, line, `line of the range at ${one.byteOffset}`);
    const end = one.byteOffset + one.byteLength;
    for (; done < end; done += 1) if (bytes[done] === 0x0a) line += 1;
    if (one.kind === 'record' && one.duplicateKeys.length === 0)
      assert.ok(
        Buffer.from(one.bytes).equals(bytes.subarray(one.byteOffset, end)),
        'the bytes of a record are the bytes of the file',
      );
  }
  assertSeparators(bytes, done, bytes.length);
}

function assertSeparators(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
    const lineStart = at === 0 || bytes[at - 1] === 0x0a;
    assert.ok(
      lineStart && byte === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf,
      `byte ${at} (${byte}) is neither kept nor named`,
    );
    at += 2;
  }
}
