// DuckDB's values → the values lakeobs gives out (result.ts, Value). The one place where types are converted: JSON numbers up to ±2^53,
// larger ones, decimals and hugeints as text, NaN and infinities as null, instants as ISO 8601 UTC, JSON columns as their exact text.
import type {
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api';
import { LakeobsError } from '../errors.ts';
import { JsonText, type Value } from '../result.ts';

/** A converter for one column; chosen once per column, called once per value. */
export type Converter = (value: DuckDBValue) => Value;

/** DuckDB's type ids used here; the enum itself is not imported, so that this file loads no native code. */
const typeId = {
  BOOLEAN: 1,
  TINYINT: 2,
  SMALLINT: 3,
  INTEGER: 4,
  BIGINT: 5,
  UTINYINT: 6,
  USMALLINT: 7,
  UINTEGER: 8,
  UBIGINT: 9,
  FLOAT: 10,
  DOUBLE: 11,
  TIMESTAMP: 12,
  DATE: 13,
  VARCHAR: 17,
  TIMESTAMP_S: 20,
  TIMESTAMP_MS: 21,
  TIMESTAMP_NS: 22,
  LIST: 24,
  STRUCT: 25,
  MAP: 26,
  TIMESTAMP_TZ: 31,
  ARRAY: 33,
} as const;

/** The converter for a column of this type. @throws LakeobsError query for a type whose values cannot be given out. */
export function converterOf(type: DuckDBType): Converter {
  const convert = convertNotNull(type);
  return (value) => (value === null ? null : convert(value));
}

function convertNotNull(type: DuckDBType): Converter {
  switch (type.typeId as number) {
    case typeId.BOOLEAN:
      return (value) => value as boolean;
    case typeId.TINYINT:
    case typeId.SMALLINT:
    case typeId.INTEGER:
    case typeId.UTINYINT:
    case typeId.USMALLINT:
    case typeId.UINTEGER:
      return (value) => value as number;
    case typeId.FLOAT:
      return (value) => (Number.isFinite(value as number) ? shortestFloat(value as number) : null);
    case typeId.DOUBLE:
      return (value) => (Number.isFinite(value as number) ? (value as number) : null);
    case typeId.BIGINT:
    case typeId.UBIGINT:
      return (value) => wholeNumber(value as bigint);
    case typeId.VARCHAR:
      return type.alias === 'JSON' ? (value) => new JsonText(value as string) : (value) => value as string;
    case typeId.TIMESTAMP_TZ:
    case typeId.TIMESTAMP:
      return (value) => instant(value, (value as unknown as { micros: bigint }).micros, 1_000_000n);
    case typeId.TIMESTAMP_S:
      return (value) => instant(value, (value as unknown as { seconds: bigint }).seconds, 1n);
    case typeId.TIMESTAMP_MS:
      return (value) => instant(value, (value as unknown as { millis: bigint }).millis, 1_000n);
    case typeId.TIMESTAMP_NS:
      return (value) => instant(value, (value as unknown as { nanos: bigint }).nanos, 1_000_000_000n);
    case typeId.DATE:
      return (value) => (Math.abs((value as unknown as { days: number }).days) === 2 ** 31 - 1 ? null : String(value));
    case typeId.LIST:
    case typeId.ARRAY: {
      const item = converterOf((type as DuckDBListType).valueType);
      return (value) => (value as DuckDBListValue).items.map(item);
    }
    case typeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      // DuckDB's Node package keeps one of several members of one name.
      if (new Set(entryNames).size < entryNames.length)
        throw new LakeobsError(
          'query',
          'the result has a tuple whose members have no names: they cannot be told apart',
          {
            hint: 'Name them: {a: 1, b: 2} for (1, 2) and row(1, 2), list_zip(…)::STRUCT(a INT, b TEXT)[] for lists.',
          },
        );
      // Its values are members of a plain object, where this one name is not like others.
      if (entryNames.includes('__proto__'))
        throw new LakeobsError('query', 'the result has a member that is called __proto__, which cannot be given out', {
          hint: "Give it another name: {a: struct_extract(x, '__proto__')} for x, or cast to JSON.",
        });
      const members = entryNames.map((name, index) => [name, converterOf(entryTypes[index]!)] as const);
      return (value) => {
        const { entries } = value as DuckDBStructValue;
        return Object.fromEntries(members.map(([name, member]) => [name, member(entries[name] ?? null)]));
      };
    }
    case typeId.MAP: {
      const item = converterOf((type as DuckDBMapType).valueType);
      return (value) =>
        Object.fromEntries((value as DuckDBMapValue).entries.map((entry) => [String(entry.key), item(entry.value)]));
    }
    default:
      // Decimals, hugeints, dates, times, intervals, uuids, enums, blobs: DuckDB's own text.
      return (value) => String(value);
  }
}

/** Up to ±2^53 as a number, beyond as its decimal text. */
function wholeNumber(value: bigint): number | string {
  return value >= -numberMax && value <= numberMax ? Number(value) : value.toString();
}

/** From the next one on a double cannot hold every whole number. */
const numberMax = 2n ** 53n;

/** The fewest digits that are this 32-bit float: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** DuckDB's infinities: the largest and the smallest but one of 64 bits, whatever the unit. */
const infinity = 2n ** 63n - 1n;

/** An instant as ISO 8601 UTC, with three digits of the second where they are exact, else six or nine. Infinities are null, instants outside JavaScript's calendar
 * are DuckDB's own text. `ticks` counts since 1970, `perSecond` to the second. */
function instant(value: DuckDBValue, ticks: bigint, perSecond: bigint): string | null {
  if (ticks === infinity || ticks === -infinity) return null;
  let seconds = ticks / perSecond;
  let rest = ticks % perSecond;
  if (rest < 0n) {
    rest += perSecond;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return String(value);
  const nanos = (rest * (1_000_000_000n / perSecond)).toString().padStart(9, '0');
  const digits = nanos.endsWith('000000') ? 3 : nanos.endsWith('000') ? 6 : 9;
  return `${date.toISOString().slice(0, -4)}${nanos.slice(0, digits)}Z`;
}
