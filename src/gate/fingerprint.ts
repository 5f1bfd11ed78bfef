// What makes a finding the same finding in the next run: the columns a check's header calls `identity`, or all but counts and times. Hashed, so that systems
// which remember findings need not hold what stands in a log.
import { createHash } from 'node:crypto';
import { JsonText, type ResultColumn, type Row, type Value } from '../result.ts';

/** Hex text of 64 digits, the same for the same finding of the same check whatever its other columns say. */
export function fingerprintOf(
  check: { name: string; identity: readonly string[] },
  columns: readonly ResultColumn[],
  row: Row,
): string {
  const said = identityIndexes(check.identity, columns).map((index) => [columns[index]!.name, textOf(row[index])]);
  return createHash('sha256')
    .update(JSON.stringify([check.name, ...said]))
    .digest('hex');
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
