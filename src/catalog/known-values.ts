// What a condition says to somebody who knows every value a column has: of two values, not to be the one is to be the other. DuckDB skips parts of a Parquet file by
// the smallest and largest value in them, which helps against `= 'false'` and never against `NOT (… = 'true')`.
import { quoteName, quoteText } from '../engine/engine.ts';

/** Conditions that follow from `where` (needs.ts), given all values of some text columns but NULL; none when nothing follows. */
export function followsFrom(
  where: string | null | undefined,
  valuesOf: (column: string) => readonly string[] | undefined,
): string[] {
  return conjunctsOf(where ?? '').flatMap((condition) => {
    const [, column, unwanted] = /^\(NOT \("(\w+)" = '((?:[^']|'')*)'\)\)$/.exec(condition) ?? [];
    const values = column === undefined ? undefined : valuesOf(column);
    if (values === undefined) return [];
    const others = values.filter((value) => value !== unwanted!.replaceAll("''", "'"));
    return others.length === 0 ? ['false'] : [`${quoteName(column!)} IN (${others.map(quoteText).join(', ')})`];
  });
}

/** The parts of `(a AND b AND …)`; none of what is something else. */
function conjunctsOf(where: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 1];
  for (const { 0: token, index } of where.matchAll(/'(?:[^']|'')*'|"\w+"|[()]| AND | OR /g)) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (depth === 0 || (depth === 1 && token === ' OR ')) return [];
    else if (depth === 1 && token === ' AND ') {
      parts.push(where.slice(from, index));
      from = index + token.length;
    }
    if (depth === 0 && index < where.length - 1) return [];
  }
  return [...parts, where.slice(from, -1)];
}
