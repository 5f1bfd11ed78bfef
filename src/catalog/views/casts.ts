// From the text of a wire column to a typed value, and to the question whether the text is a wrong one. Nothing here can abort a statement:
// a text that is not what its column promises becomes NULL, and `problems` counts it by the same expression.
import { quoteText } from '../../engine/engine.ts';
import type { ColumnKind } from '../../schema/columns.ts';

/** The typed value of a column whose text is in the SQL expression `text`; NULL when it cannot be read. */
export function castSql(kind: ColumnKind, text: string): string {
  switch (kind) {
    case 'integer':
      return wholeSql(text);
    case 'number':
      return numberSql(text);
    case 'boolean':
      return `CASE ${text} WHEN 'true' THEN true WHEN 'false' THEN false END`;
    case 'time':
      return timeSql(text);
    case 'epoch-ms':
      return epochMsSql(text);
    case 'text':
    case 'json':
      return text;
  }
}

/** BIGINT. `3`, `3.0` and the text "3" are 3 (programs that know only floats write whole numbers that way); `3.5` is not rounded to 4, it is no whole number. */
export function wholeSql(text: string): string {
  // Of one byte only a digit is a number: most counts are, and need no second look.
  return `CASE WHEN strlen(${text}) = 1 THEN try_cast(${text} AS BIGINT) WHEN try_cast(${text} AS BIGINT) = try_cast(${text} AS DOUBLE) THEN try_cast(${text} AS BIGINT) END`;
}

/** DOUBLE. Numbers and texts of numbers; nan and infinities are words, not numbers. */
function numberSql(text: string): string {
  return `CASE WHEN isfinite(try_cast(${text} AS DOUBLE)) THEN try_cast(${text} AS DOUBLE) END`;
}

/** TIMESTAMPTZ from RFC 3339 text, in microseconds (more digits are cut, not rounded). Also read, as UTC whatever the session's zone is: no offset, a blank for the
 * T, a date alone. Words (`infinity`, `epoch`, zone names) are not times. Source of the form: RFC 3339, section 5.6. */
function timeSql(text: string): string {
  // Nearly every program writes a Z: that road has no regular expression. Casting to TIMESTAMP ignores an offset, so only texts without one may take it.
  return `CASE WHEN suffix(${text}, 'Z') THEN ${utcSql(text)}
    WHEN regexp_full_match(${text}, ${quoteText(`${date}[Tt ]${time}${offset}`)}) THEN try_cast(upper(${text}) AS TIMESTAMPTZ)
    WHEN regexp_full_match(${text}, ${quoteText(`${date}([Tt ]${time}[Zz]?)?`)}) THEN ${utcSql(`upper(${text})`)} END`;
}

const date = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const time = '[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?';
const offset = '[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?';

function utcSql(text: string): string {
  return `make_timestamptz(epoch_us(try_cast(${text} AS TIMESTAMP)))`;
}

/** TIMESTAMPTZ from a number of milliseconds since 1970, fractions kept to the microsecond; NULL outside the years 1 to 9999, which is what RFC 3339 can write. */
function epochMsSql(text: string): string {
  return `CASE WHEN try_cast(${text} AS DOUBLE) BETWEEN ${firstMs} AND ${lastMs} THEN make_timestamptz(CASE
    WHEN try_cast(${text} AS BIGINT) = try_cast(${text} AS DOUBLE) THEN try_cast(${text} AS BIGINT) * 1000
    ELSE CAST(round(try_cast(${text} AS DOUBLE) * 1000) AS BIGINT) END) END`;
}

const firstMs = Date.parse('0001-01-01T00:00:00.000Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** An instant as an SQL constant. */
export function instantSql(instant: Date): string {
  return `make_timestamptz(${BigInt(instant.getTime()) * 1000n})`;
}

/** What JavaScript's trim() strips (ECMA-262, WhiteSpace and LineTerminator): a reader and a writer of ids agree on where an id ends. */
export function trimSql(text: string): string {
  // DuckDB takes a microsecond to trim by a list of characters, and a tenth of that to see that there is nothing to trim.
  return `CASE WHEN regexp_full_match(${text}, '[!-~].*[!-~]') THEN ${text} ELSE trim(${text}, ${quoteText(blanks)}) END`;
}

const blanks =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
