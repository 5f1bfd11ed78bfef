// Failing rows kept on disk until every check has run: a table of several checks needs all their columns before its first row. Rows lie in a private folder as
// arrays of exact texts, one file per check, and memory stays flat however many there are.
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openScratch } from '../catalog/scratch.ts';
import { LakeobsError, reasonOf } from '../errors.ts';
import type { Query } from '../query/header.ts';
import { exactText } from '../render/cell.ts';
import { jsonOf } from '../render/json-text.ts';
import type { ResultColumn, Row } from '../result.ts';

export interface FindingsSpool {
  /** A function that keeps rows of one check. @throws LakeobsError io when the disk says no. */
  add(
    check: Query,
    columns: readonly ResultColumn[],
    isAccepted?: (row: Row) => boolean,
  ): (rows: readonly Row[]) => void;
  readonly checks: readonly SpooledCheck[];
  /** Length of the longest line, in bytes. */
  readonly lineBytes: number;
  dispose(): void;
}

/** The rows of one check: lines of `{"c0": text or null, "c1": …}` by column index. */
export interface SpooledCheck {
  check: Query;
  columns: readonly ResultColumn[];
  path: string;
}

export function openFindingsSpool(): FindingsSpool {
  const scratch = openScratch();
  const checks: SpooledCheck[] = [];
  let lineBytes = 0;
  return {
    checks,
    get lineBytes() {
      return lineBytes;
    },
    add(check, own, isAccepted) {
      const columns = isAccepted !== undefined ? [{ name: 'accepted', type: 'BOOLEAN' }, ...own] : own;
      const path = scratch.file('.ndjson');
      closeSync(openSync(path, 'wx'));
      checks.push({ check, columns, path });
      return (rows) => {
        try {
          const file = openSync(path, 'a');
          try {
            const lines = rows.map((row) => lineOf(isAccepted === undefined ? row : [isAccepted(row), ...row]));
            for (const line of lines) lineBytes = Math.max(lineBytes, Buffer.byteLength(line));
            const bytes = Buffer.from(lines.join(''));
            for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
          } finally {
            closeSync(file);
          }
        } catch (error) {
          throw new LakeobsError('io', `cannot keep rows in ${path}: ${reasonOf(error)}`, {
            path,
            hint: 'Set TMPDIR to a folder with more space.',
            cause: error,
          });
        }
      };
    },
    dispose: () => scratch.dispose(),
  };
}

/** The rows again, as texts. */
export async function* spooledRows({ columns, path }: SpooledCheck): AsyncGenerator<(string | null)[]> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    const fields = JSON.parse(line) as Record<string, string | null>;
    yield columns.map((_, index) => fields[`c${index}`] ?? null);
  }
}

function lineOf(row: Row): string {
  // jsonOf escapes the line separators of Unicode too, at which Node's readline breaks lines.
  const fields = row.map((value, index) => `"c${index}":${value === null ? 'null' : jsonOf(exactText(value))}`);
  return `{${fields.join(',')}}\n`;
}
