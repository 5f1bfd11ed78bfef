// What makes a finding the same finding in the next run: the columns a check's header calls `identity`, or all but counts and times. Hashed, so that systems
// which remember findings need not hold what stands in a log.
import { createHash } from 'node:crypto';
import { identityCodePointsMax, identityValueCodePointsMax } from '../limits.ts';
import { type Identity, JsonText, type ResultColumn, type Row, type Value } from '../result.ts';

/** Hex text of 64 digits, the same for the same finding of the same check whatever its other columns say. */
export function fingerprintOf(
  check: { name: string; identity: readonly string[] },
  columns: readonly ResultColumn[],
  row: Row,
): string {
  return fingerprints(check, columns)(row);
}

/** The same for many rows of one result. */
export function fingerprints(
  check: { name: string; identity: readonly string[] },
  columns: readonly ResultColumn[],
): (row: Row) => string {
  const indexesOf = indexesByRow(check.identity, columns);
  return (row) =>
    createHash('sha256')
      .update(
        JSON.stringify([check.name, ...indexesOf(row).map((index) => [columns[index]!.name, textOf(row[index])])]),
      )
      .digest('hex');
}

/** What a person knows a finding by: the values it is hashed from, cut to limits.identityValueCodePointsMax each and identityCodePointsMax together. */
export function identities(identity: readonly string[], columns: readonly ResultColumn[]): (row: Row) => Identity {
  const indexesOf = indexesByRow(identity, columns);
  return (row) => {
    const indexes = indexesOf(row);
    const said: Record<string, Identity[string]> = {};
    let left = identityCodePointsMax;
    for (const [at, index] of indexes.entries()) {
      if (left <= 0) {
        said['…'] = `${indexes.length - at} more columns`;
        break;
      }
      const value = shortened(row[index] ?? null, Math.min(left, identityValueCodePointsMax));
      said[columns[index]!.name] = value;
      left -= typeof value === 'string' ? value.length : 8;
    }
    return said;
  };
}

/** Indexes of the columns that count in a row. One whose first identity column is NULL (a session without an id) could be any other such row: there all columns
 * count but counts and times, so that accepting one accepts no other. */
function indexesByRow(identity: readonly string[], columns: readonly ResultColumn[]): (row: Row) => readonly number[] {
  const named = identityIndexes(identity, columns);
  const first = columns.findIndex(({ name }) => name === identity[0]);
  if (first === -1) return () => named;
  const wider = [...new Set([...named, ...identityIndexes([], columns)])].sort((a, b) => a - b);
  return (row) => ((row[first] ?? null) === null ? wider : named);
}

/** Indexes of the columns that count. An identity none of whose columns is there, or a row of counts and times alone, is judged by all columns. */
export function identityIndexes(identity: readonly string[], columns: readonly ResultColumn[]): number[] {
  const all = columns.map((_, index) => index);
  const chosen = all.filter((index) => {
    const { name, type } = columns[index]!;
    return identity.length > 0 ? identity.includes(name) : !isCountOrTime(type);
  });
  return chosen.length > 0 ? chosen : all;
}

function isCountOrTime(type: string): boolean {
  return (
    /^(U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL|DATE|TIME|INTERVAL)/.test(type) && !type.endsWith(']')
  );
}

/** A JSON column counts as the text it is: it need not be strict JSON. */
function textOf(value: Value | undefined): unknown {
  return value instanceof JsonText ? value.text : value;
}

function shortened(value: Value, codePointsMax: number): Identity[string] {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value : value instanceof JsonText ? value.text : JSON.stringify(value);
  if (text.length <= codePointsMax) return text;
  // Of a long text only the head is taken apart: a code point has at most two units.
  const points = [...text.slice(0, 2 * codePointsMax + 1)];
  return points.length <= codePointsMax ? text : `${points.slice(0, codePointsMax).join('')}…`;
}
