// A small side file, whole.
import { systemCode } from '../errors.ts';
import type { Storage } from './storage.ts';

/** The file's bytes, null when it does not exist. */
export function readWhole(storage: Storage, path: string): Uint8Array | null {
  let fd: number;
  try {
    fd = storage.openToRead(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const bytes = new Uint8Array(storage.stat(fd).size);
    return bytes.subarray(0, storage.read(fd, bytes, 0));
  } finally {
    storage.close(fd);
  }
}
