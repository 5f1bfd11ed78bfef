// Small steps of writing a file that only this process writes.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';

/** Writes all of it, however often the system takes only a part. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength; ) done += writeSync(descriptor, bytes, done);
}

/** A name beside the file, for what gets its own when it is whole. At random: in a container every process has the same id, and the draft of a killed one must not
 * stand in the way of the next. */
export function draftName(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.tmp`;
}
