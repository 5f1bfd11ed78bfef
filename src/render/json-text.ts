// Values as JSON text. JSON columns are embedded as the text they were, without their white space: no number is parsed and none loses a digit.
// Characters that steer a terminal or draw nothing are escaped, so the same bytes are safe on a terminal and parse to the same value.
import { JsonText, type ResultColumn, type Row, type Value } from '../result.ts';
import { hiddenCharacters, isPlain } from './visible.ts';

/** Compact JSON of one value, on one line. A JsonText that is not strict JSON (DuckDB lets NaN and trailing commas pass) becomes a JSON string. */
export function jsonOf(value: Value | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return escapeHidden(JSON.stringify(value));
  if (typeof value === 'number') return Number.isFinite(value) ? String(value === 0 ? 0 : value) : 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonText) return embedded(value.text);
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => `${jsonOf(key)}:${jsonOf(member)}`);
  return `{${members.join(',')}}`;
}

/** A document of our own as JSON, `indent` blanks a level; what steers a terminal is escaped as everywhere. */
export function jsonDocument(value: object, indent?: number): string {
  return JSON.stringify(value, null, indent).split('\n').map(escapeHidden).join('\n');
}

/** A function from a row to its JSON object, keys in column order. */
export function objectOf(columns: readonly ResultColumn[]): (row: Row) => string {
  const keys = columns.map((column, index) => `${index === 0 ? '' : ','}${jsonOf(column.name)}:`);
  return (row) => {
    let text = '{';
    for (let index = 0; index < keys.length; index++) text += keys[index] + jsonOf(row[index]);
    return `${text}}`;
  };
}

/** The text of a JSON column: itself without white space when it is strict JSON, else undefined. */
export function strictJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return withoutSpace(text);
}

function embedded(text: string): string {
  return escapeHidden(strictJson(text) ?? JSON.stringify(text));
}

/** JSON text in which nothing steers a terminal: such characters stand only inside strings, where an escape means the same. */
export function escapeHidden(json: string): string {
  return isPlain(json) ? json : json.replace(hiddenCharacters(), escapeOf);
}

function escapeOf(character: string): string {
  let text = '';
  for (let at = 0; at < character.length; at++) text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return text;
}

/** Drops white space between the tokens of valid JSON; a plain scan, because a regular expression overflows on strings of megabytes. */
function withoutSpace(json: string): string {
  if (!/[ \t\r\n]/.test(json)) return json;
  let text = '';
  let from = 0;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit === quote) at = endOfString(json, at);
    else if (unit === space || unit === tab || unit === cr || unit === lf) {
      text += json.slice(from, at);
      from = at + 1;
    }
  }
  return text + json.slice(from);
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length) {
    const unit = json.charCodeAt(at);
    if (unit === backslash) at += 2;
    else if (unit === quote) return at;
    else at++;
  }
  return at;
}

const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const tab = 0x09;
const cr = 0x0d;
const lf = 0x0a;
