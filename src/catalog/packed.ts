// Whether a compressed file is whole: DuckDB does not say when it is not.
import { isWholeGzip } from './gzip.ts';
import type { Compression } from './sources.ts';
import { isWholeZstd } from './zstd.ts';

/** True for a file that is not compressed. @throws the system's error; the signal's reason. */
export async function isWhole(path: string, compression: Compression, signal?: AbortSignal): Promise<boolean> {
  if (compression === '.gz') return isWholeGzip(path, signal);
  return compression === '' || isWholeZstd(path, signal);
}
