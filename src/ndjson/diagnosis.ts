// What is wrong with the bytes of one file, counted, in one pass and flat memory. Repair decides by it, and compares two of them before it believes its own work;
// doctor prints it. It changes nothing.
import { createHash } from 'node:crypto';
import { damagedRangesListed } from '../limits.ts';
import type { DamagedRange, Found, SalvagedRecord } from './damage.ts';
import type { FileTail } from './salvage.ts';
import { type ScanOptions, scanFile } from './scan-file.ts';

export interface Diagnosis {
  /** Uncompressed bytes. */
  bytes: number;
  records: number;
  /** Damaged ranges and their bytes, a torn tail included. */
  damaged: number;
  damagedBytes: number;
  reasons: Record<string, number>;
  /** The first of them, limits.damagedRangesListed. */
  ranges: DamagedRange[];
  /** Lines that hold more than one record. */
  gluedLines: number;
  /** The first of those lines, 0 when there is none. */
  firstGluedLine: number;
  tail: FileTail;
  /** SHA-256 over the bytes of every record, in order: equal for two files that hold the same records. */
  digest: string;
}

/** Reads the file to its end, or to `endOffset`. Every finding is given to `onFound` too.
 * @throws LakeobsError io, input, as scanFile does. */
export async function diagnose(
  path: string,
  options: ScanOptions,
  onFound: (found: Found) => void = () => {},
): Promise<Diagnosis> {
  const hash = createHash('sha256');
  const counts = new LineCounts();
  const reasons: Record<string, number> = {};
  const ranges: DamagedRange[] = [];
  const totals = await scanFile(path, options, (found) => {
    if (found.kind === 'record') {
      hash.update(found.bytes).update('\n');
      counts.record(found);
    } else {
      reasons[found.reason] = (reasons[found.reason] ?? 0) + 1;
      if (ranges.length < damagedRangesListed) ranges.push(found);
    }
    onFound(found);
  });
  const { bytes, records, damaged, damagedBytes, tail } = totals;
  const { glued, firstGlued } = counts;
  return {
    bytes,
    records,
    damaged,
    damagedBytes,
    reasons,
    ranges,
    gluedLines: glued,
    firstGluedLine: firstGlued,
    tail,
    digest: hash.digest('hex'),
  };
}

/** Whether there is anything to mend. */
export function isSick({ damaged, gluedLines }: Diagnosis): boolean {
  return damaged > 0 || gluedLines > 0;
}

class LineCounts {
  glued = 0;
  firstGlued = 0;
  #line = 0;
  #counted = 0;

  record({ line }: SalvagedRecord): void {
    if (line === this.#line && this.#counted !== line) {
      this.glued += 1;
      this.#counted = line;
      if (this.firstGlued === 0) this.firstGlued = line;
    }
    this.#line = line;
  }
}
