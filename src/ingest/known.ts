// Which bytes of a file are in the lake already: the longest prefix the ledger holds the hash of. By content only; names, inodes and times say nothing here,
// so a renamed, copied, compressed or grown file is recognised, and one that was rewritten is not mistaken for its former self.
import { createHash, type Hash } from 'node:crypto';
import { LakeobsError } from '../errors.ts';
import { ledgerHeadBytes } from '../limits.ts';
import type { LedgerRow, LedgerSource } from './ledger.ts';
import type { Source } from './source.ts';

/** Where the reading of a source begins. */
export interface Start {
  /** Bytes that are in the lake. */
  bytes: number;
  /** Lines begun in them. */
  lines: number;
  /** The last of those lines is in the lake, its newline has not been seen. */
  open: boolean;
  /** SHA-256 over those bytes, to be continued; null for a stream. */
  hash: Hash | null;
  /** The first limits.ledgerHeadBytes of the file, or all of it. */
  head: Buffer;
}

/** The start of a stream: nothing is known of it, nothing will be. */
export const streamStart: Start = { bytes: 0, lines: 0, open: false, hash: null, head: Buffer.alloc(0) };

type KnownSource = Omit<LedgerSource, 'from' | 'path'>;

export class KnownPrefixes {
  /** Length of the head → its hash → what begins with it. */
  readonly #byHead = new Map<number, Map<string, KnownSource[]>>();

  /** Only rows of the same mapping count: other lines came out of the same bytes. */
  constructor(rows: Iterable<LedgerRow>, map: LedgerRow['map']) {
    for (const row of rows)
      if (row.map?.sha256 === map?.sha256 && row.map?.family === map?.family)
        for (const source of row.sources) this.add(source);
  }

  add(source: KnownSource): void {
    if (source.head === null || source.bytes === 0) return;
    const length = headLength(source.bytes);
    const sameLength = this.#byHead.get(length) ?? new Map<string, KnownSource[]>();
    this.#byHead.set(length, sameLength);
    const sameHead = sameLength.get(source.head);
    if (sameHead === undefined) sameLength.set(source.head, [source]);
    else sameHead.push(source);
  }

  /** Finds the longest known prefix. Reads the file up to the longest candidate; `onBytes` hears how far it is. */
  async match(source: Source, onBytes: (offset: number) => Promise<void>): Promise<Start> {
    const head = await readHead(source);
    const start: Start = { bytes: 0, lines: 0, open: false, hash: createHash('sha256'), head };
    const candidates = this.#candidates(head).filter(({ bytes }) => source.size === null || bytes <= source.size);
    if (candidates.length === 0) return start;
    const best = await longest(source, candidates, onBytes);
    return best === null ? start : { ...best, head };
  }

  /** Shortest first. */
  #candidates(head: Buffer): KnownSource[] {
    const found: KnownSource[] = [];
    const hash = createHash('sha256');
    let hashed = 0;
    for (const length of [...this.#byHead.keys()].sort((a, b) => a - b)) {
      if (length > head.length) break;
      hash.update(head.subarray(hashed, length));
      hashed = length;
      found.push(...(this.#byHead.get(length)!.get(hash.copy().digest('hex')) ?? []));
    }
    return found.sort((a, b) => a.bytes - b.bytes);
  }
}

async function longest(
  source: Source,
  candidates: readonly KnownSource[],
  onBytes: (offset: number) => Promise<void>,
): Promise<Omit<Start, 'head'> | null> {
  const hash = createHash('sha256');
  let best: Omit<Start, 'head'> | null = null;
  let next = 0;
  let at = 0;
  try {
    for await (const chunk of source.read(0)) {
      let from = 0;
      for (let one = candidates[next]; one !== undefined && one.bytes <= at + chunk.length; one = candidates[++next]) {
        hash.update(chunk.subarray(from, one.bytes - at));
        from = one.bytes - at;
        if (hash.copy().digest('hex') === one.sha256)
          best = { bytes: one.bytes, lines: one.lines, open: one.open, hash: hash.copy() };
      }
      if (next === candidates.length) break;
      hash.update(chunk.subarray(from));
      at += chunk.length;
      await onBytes(at);
    }
  } catch (error) {
    // A file that breaks off is known as far as it goes; reading on will meet the same error and report it.
    if (!(error instanceof LakeobsError)) throw error;
  }
  return best;
}

async function readHead(source: Source): Promise<Buffer> {
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of source.read(0)) {
      head = Buffer.concat([head, chunk.subarray(0, ledgerHeadBytes - head.length)]);
      if (head.length === ledgerHeadBytes) break;
    }
  } catch (error) {
    if (!(error instanceof LakeobsError)) throw error;
  }
  return head;
}

/** The hash by which a ledger row for a prefix of that many bytes is looked up. */
export function headHash(head: Buffer, bytes: number): string {
  return createHash('sha256')
    .update(head.subarray(0, headLength(bytes)))
    .digest('hex');
}

/** A power of two, so that a file is looked up by a dozen hashes and not by one for every length there is. */
function headLength(bytes: number): number {
  return Math.min(2 ** Math.floor(Math.log2(Math.max(1, bytes))), ledgerHeadBytes);
}
