// The small JSON files of the index: replaced as a whole, with a checksum in the second line, so that a flipped bit in a count or an offset is no answer.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { draftName } from '../ndjson/own-file.ts';

/** What is in it; null when there is none, it cannot be read, or it is not as it was written. */
export function readStored(path: string): unknown {
  try {
    const [text, sum] = readFileSync(path, 'utf8').split('\n');
    return sum === sumOf(text!) ? JSON.parse(text!) : null;
  } catch {
    return null;
  }
}

/** Replaces the file in one step. @throws the system's error. */
export function writeStored(path: string, value: object): void {
  const text = JSON.stringify(value);
  const draft = draftName(path);
  writeFileSync(draft, `${text}\n${sumOf(text)}`, { mode: 0o600 });
  renameSync(draft, path);
}

function sumOf(text: string): string {
  return `crc32 ${crc32(text)}`;
}
