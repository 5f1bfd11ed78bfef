// What ingest could not put into a log and what repair took out of one, kept whole: one JSON record per range, every byte of it recoverable. A range longer than
// limits.quarantinePieceBytes is kept in several records, one behind the other.
import { isUtf8 } from 'node:buffer';
import { quarantinePieceBytes } from '../limits.ts';

export const QUARANTINE_SCHEMA = 'lakeobs.quarantine.v1';

/** One line of `<lake>/quarantine/*.jsonl`; the field order is the order on disk. */
export interface QuarantineRecord {
  schema: typeof QUARANTINE_SCHEMA;
  /** When it was rejected, RFC 3339 UTC. */
  at: string;
  /** The source, `-` for standard input. */
  file: string;
  /** 1-based line of the source; null for a mapped row that does not say which. */
  line: number | null;
  /** Where the bytes in `raw` lie in the (uncompressed) source; null for a row a mapping made. */
  byte_offset: number | null;
  byte_length: number | null;
  reason: string;
  /** The bytes: as text when they are UTF-8, else in base64. */
  encoding: 'utf8' | 'base64';
  raw: string;
  /** Only for a range in several records: 1, 2, … */
  piece?: number;
  /** Only then: whether another piece follows. */
  more?: boolean;
}

export interface Rejected {
  file: string;
  line: number | null;
  byteOffset: number | null;
  reason: string;
}

/** Cuts a range that arrives in parts into pieces; memory holds one piece. */
export class PieceCutter {
  readonly #rejected: Rejected;
  readonly #at: string;
  #held: Buffer = Buffer.alloc(0);
  #offset = 0;
  #piece = 0;

  constructor(rejected: Rejected, at: string) {
    this.#rejected = rejected;
    this.#at = at;
  }

  /** Bytes of the range pushed so far. */
  get length(): number {
    return this.#offset + this.#held.length;
  }

  *push(bytes: Buffer): Generator<QuarantineRecord> {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    while (this.#held.length > quarantinePieceBytes) {
      const cut = characterStart(this.#held, quarantinePieceBytes);
      yield this.#record(this.#held.subarray(0, cut), true);
      this.#held = this.#held.subarray(cut);
    }
    // What is held must not change under us when the caller's buffer is used again.
    this.#held = Buffer.from(this.#held);
  }

  *end(): Generator<QuarantineRecord> {
    yield this.#record(this.#held, false);
  }

  #record(bytes: Buffer, more: boolean): QuarantineRecord {
    const { file, line, byteOffset, reason } = this.#rejected;
    const text = isUtf8(bytes);
    const record: QuarantineRecord = {
      schema: QUARANTINE_SCHEMA,
      at: this.#at,
      file,
      line,
      byte_offset: byteOffset === null ? null : byteOffset + this.#offset,
      byte_length: byteOffset === null ? null : bytes.length,
      reason,
      encoding: text ? 'utf8' : 'base64',
      raw: bytes.toString(text ? 'utf8' : 'base64'),
    };
    this.#piece += 1;
    this.#offset += bytes.length;
    return more || this.#piece > 1 ? { ...record, piece: this.#piece, more } : record;
  }
}

/** The start of the character at or before `at`: text cut there stays text. */
function characterStart(bytes: Buffer, at: number): number {
  for (let start = at; start > at - 4 && start > 0; start--) if ((bytes[start]! & 0xc0) !== 0x80) return start;
  return at;
}
