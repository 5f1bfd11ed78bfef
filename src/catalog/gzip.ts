// Whether a .gz is whole. DuckDB reads a cut one without a word when the cut falls between two lines.
import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** Inflates the file and throws the bytes away. False when it is cut, fails its checksum, or is not gzip at all. @throws the signal's reason. */
export async function isWholeGzip(path: string, signal?: AbortSignal): Promise<boolean> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: 1024 * 1024 }),
      createGunzip({ chunkSize: 256 * 1024 }),
      nowhere,
      { signal },
    );
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code.startsWith('Z_')) return false;
    throw error;
  }
}
