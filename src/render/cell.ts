// One value as text, for the formats that are not JSON: exact for files (csv), readable for people (table, md).
import { JsonText, type Value } from '../result.ts';
import { jsonOf, strictJson } from './json-text.ts';
import { visible } from './visible.ts';

/** The exact text of a value that is not null: JSON columns as written, lists and structs as compact JSON. */
export function exactText(value: Exclude<Value, null>): string {
  if (typeof value === 'string') return value;
  if (value instanceof JsonText) return value.text;
  return jsonOf(value);
}

/** The text a person sees, before control characters are made visible. A text that says NULL is quoted: only the absence of a value looks like NULL. */
export function readableText(value: Value | undefined): string {
  if (value === null || value === undefined) return NULL;
  if (value instanceof JsonText) return strictJson(value.text) ?? value.text;
  return value === NULL ? `"${NULL}"` : exactText(value);
}

/** `readableText` with control characters as symbols. */
export function shownText(value: Value | undefined): string {
  return visible(readableText(value));
}

export const NULL = 'NULL';

/** Whether a column of this DuckDB type holds numbers, and so stands right-aligned. */
export function isNumeric(type: string): boolean {
  return /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL(?:\(.*\))?|BIGNUM|VARINT)$/.test(type);
}

/** Whether values of this type are points in time, which can be cut behind the minute. */
export function isTime(type: string): boolean {
  return /^(?:DATE|TIME)/.test(type) && !type.includes('[');
}

/** Whether values of this type are short and worthless when cut. */
export function isFirm(type: string): boolean {
  return isNumeric(type) || type === 'BOOLEAN' || type === 'UUID';
}
