// What ingest or repair took out of logs and keeps in a folder `quarantine`: bytes that no answer rests on any more, and that may have been the one record that
// mattered. Read with DuckDB, because there may be much of it.
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Engine, quotePath } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import { duckdbObjectBytesMax, rawHeadBytes } from '../limits.ts';
import { isDamageReason } from '../ndjson/damage.ts';
import { parseSegment } from '../ndjson/naming.ts';
import { families } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import { isReadFailure } from './lines.ts';
import type { Quarantined } from './quarantine.ts';
import { activeOf, type Listing } from './sources.ts';

/** What lies in the quarantine folders of the lakes in a listing, and beside other listed files if it was taken out of their logs. What was refused for another
 * reason than damage (an object of no family, a row that a mapping made wrong) is no range that could not be read. */
export async function takenOut(engine: Engine, { files, lakes }: Listing): Promise<Quarantined[]> {
  const logs = new Set(files.map(({ path }) => activeOf(path)));
  const folders = new Set([...lakes, ...files.filter(({ stream }) => !stream).map(({ path }) => dirname(path))]);
  const found: Quarantined[] = [];
  for (const folder of folders)
    for (const path of filesIn(join(folder, 'quarantine')))
      for (const range of await rangesIn(engine, path, folder))
        if (isDamageReason(range.reason) && (lakes.includes(folder) || logs.has(activeOf(range.file))))
          found.push({ ...range, lake: lakes.includes(folder) ? folder : null });
  return found;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

async function rangesIn(engine: Engine, path: string, folder: string): Promise<Quarantined[]> {
  const found: Quarantined[] = [];
  try {
    const { rows } = await engine.all(
      `SELECT file, line, byte_offset, byte_length, reason, substring(raw, 1, ${2 * rawHeadBytes}), encoding, "at", piece FROM read_ndjson([${quotePath(path)}], columns = {file: 'VARCHAR', line: 'BIGINT', byte_offset: 'BIGINT', byte_length: 'BIGINT', reason: 'VARCHAR', raw: 'VARCHAR', encoding: 'VARCHAR', "at": 'VARCHAR', piece: 'BIGINT'}, records = 'true', maximum_object_size = ${duckdbObjectBytesMax})`,
    );
    for (const [file, line, byteOffset, byteLength, reason, raw, encoding, at, piece] of rows) {
      const last = found.at(-1);
      if (Number(piece ?? 1) > 1 && last !== undefined) {
        if (last.byteLength !== null) last.byteLength += Number(byteLength);
        continue;
      }
      found.push({
        file: String(file),
        family: dirname(String(file)) === folder ? familyByName(String(file)) : null,
        line: line === null ? null : Number(line),
        byteOffset: byteOffset === null ? null : Number(byteOffset),
        byteLength: byteLength === null ? null : Number(byteLength),
        reason: String(reason),
        raw: headOf(String(raw), encoding === 'base64'),
        accepted: false,
        source: null,
        takenOut: String(at),
        lake: null,
      });
    }
    return found;
  } catch (error) {
    if (!(error instanceof LakeobsError) || !isReadFailure(error)) throw error;
    // A quarantine nobody can read hides what was lost.
    const whole = { line: 1, byteOffset: 0, byteLength: 0, reason: 'not-json', raw: '' };
    return [{ ...whole, file: path, family: null, accepted: false, source: null, takenOut: '', lake: null }];
  }
}

/** The family a lake's own file is named for. */
function familyByName(path: string): FamilyName | null {
  const name = basename(path);
  const log = families.find(({ file }) => name === file || parseSegment(join(dirname(path), file), name) !== null);
  return log?.name ?? null;
}

function headOf(raw: string, base64: boolean): string {
  if (!base64) return raw.slice(0, rawHeadBytes);
  // Whole groups of four characters.
  const text = raw.slice(0, raw.length - (raw.length % 4));
  return Buffer.from(text, 'base64').subarray(0, rawHeadBytes).toString('utf8');
}
