// Which losses somebody has looked at and accepted (`lakeobs repair --accept`): lines in `accepted.ledger`, in the lake for its own logs, else in the user's state
// folder. A range is known again by its place, its bytes and the head of its file, not by a name: it stays accepted through renames and rotations, and a range
// that is not exactly that one is not.
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fingerprintBlockBytes } from '../limits.ts';
import { fileChunks } from '../ndjson/file-chunks.ts';
import { openLog } from '../ndjson/writer.ts';
import { acceptedLedger, type Quarantined } from './quarantine.ts';

const schema = 'lakeobs.accepted.v1';

/** One line of an accepted.ledger; the field order is the order on disk. */
interface AcceptedRecord {
  schema: typeof schema;
  at: string;
  /** SHA-256, hex, of what keyOf says. */
  key: string;
  file: string;
  line: number | null;
  byte_offset: number | null;
  byte_length: number | null;
  damage: string;
  reason: string | null;
}

/** Marks what was accepted. */
export async function markAccepted(ranges: readonly Quarantined[], ledgers: readonly string[]): Promise<void> {
  const known = ledgers.flatMap(readLedger);
  if (known.length === 0) return;
  const keys = new Set(known.map(({ key }) => key));
  // Only what may be meant is looked at: its bytes have to be read for that.
  const places = new Set(known.map((record) => placeOf(record.byte_offset, record.byte_length)));
  for (const range of ranges)
    if (places.has(placeOf(range.byteOffset, range.byteLength))) {
      const key = await keyOf(range);
      range.accepted = key !== null && keys.has(key);
    }
}

/** Accepts ranges; returns how many could be: what came through a stream cannot be found again.
 * @throws LakeobsError io when a ledger cannot be written. */
export async function accept(
  ranges: readonly Quarantined[],
  { stateFolder, at, reason }: { stateFolder: string; at: string; reason: string | null },
): Promise<number> {
  let accepted = 0;
  const ledgers = new Map<string, Quarantined[]>();
  for (const range of ranges) {
    const ledger = ledgerFor(range, stateFolder);
    const own = ledgers.get(ledger);
    if (own === undefined) ledgers.set(ledger, [range]);
    else own.push(range);
  }
  for (const [ledger, own] of ledgers) {
    mkdirSync(dirname(ledger), { recursive: true, mode: 0o700 });
    const log = openLog({ path: ledger, strict: true, sync: 'always', maxBytes: Number.MAX_SAFE_INTEGER });
    try {
      for (const range of own) {
        const key = await keyOf(range);
        if (key === null) continue;
        const { file, line, byteOffset, byteLength, reason: damage } = range;
        log.append({
          schema,
          at,
          key,
          file,
          line,
          byte_offset: byteOffset,
          byte_length: byteLength,
          damage,
          reason,
        } satisfies AcceptedRecord);
        range.accepted = true;
        accepted += 1;
      }
    } finally {
      await log.close();
    }
  }
  return accepted;
}

/** The lake's own ledger for what is the lake's, when it can be written. */
function ledgerFor({ lake }: Quarantined, stateFolder: string): string {
  return join(lake !== null && isWritable(lake) ? lake : stateFolder, acceptedLedger);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a range is known by; null when its bytes cannot be read again. */
async function keyOf({
  source,
  file,
  line,
  byteOffset,
  byteLength,
  reason,
  raw,
  takenOut,
}: Quarantined): Promise<string | null> {
  const hash = createHash('sha256');
  if (source === null) {
    hash.update(JSON.stringify([file, line, byteOffset, byteLength, reason, raw, takenOut]));
    return hash.digest('hex');
  }
  if (source.stream || byteOffset === null || byteLength === null) return null;
  hash.update(JSON.stringify([byteOffset, byteLength]));
  try {
    const head = { startOffset: 0, endOffset: Math.min(fingerprintBlockBytes, byteOffset) };
    for await (const bytes of fileChunks(source.path, head)) hash.update(bytes);
    // Of a compressed file everything in front would have to be unpacked for every range.
    if (source.compression !== '') hash.update(raw);
    else
      for await (const bytes of fileChunks(source.path, {
        startOffset: byteOffset,
        endOffset: byteOffset + byteLength,
      }))
        hash.update(bytes);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

function placeOf(offset: number | null, length: number | null): string {
  return `${offset} ${length}`;
}

/** The records of a ledger; a line that is none (a torn one) accepts nothing. */
function readLedger(path: string): AcceptedRecord[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text): AcceptedRecord[] => {
      try {
        const record = JSON.parse(text) as AcceptedRecord;
        return record.schema === schema && typeof record.key === 'string' ? [record] : [];
      } catch {
        return [];
      }
    });
}
