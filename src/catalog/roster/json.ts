// A roster in JSON, one value a line or one array of them → the SQL of its ids. Values are objects with a field that holds the id, or the ids themselves.
// A number has the text that `fills` gives the same number: a whole one its digits, however many.
import { writeFileSync } from 'node:fs';
import { type Engine, quoteText } from '../../engine/engine.ts';
import { LakeobsError } from '../../errors.ts';
import { duckdbObjectBytesMax } from '../../limits.ts';
import { idColumnOf } from './column.ts';
import type { RosterForm, RosterRequest } from './form.ts';

/** Finds out what the values of NDJSON hold, by looking at all of them.
 * @throws LakeobsError usage when it is unclear which field holds the ids, input when a field is written twice; query when a line is no JSON. */
export async function jsonForm(
  engine: Engine,
  bytes: Uint8Array,
  { file, copy, asked }: RosterRequest,
): Promise<RosterForm> {
  const alone = mayStandAlone(bytes);
  writeFileSync(copy, alone ? listed(bytes) : bytes, { mode: 0o600 });
  const values = valuesSql(copy, alone);
  const { rows } = await engine.all(
    `SELECT DISTINCT ${isObject}, CASE WHEN ${isObject} THEN json_keys(json) END FROM (${values}) WHERE json IS NOT NULL`,
  );
  const shapes = rows.flatMap(([object, keys]) => (object === true ? [keys as readonly string[]] : []));
  const name = shapes.length > 0 ? fieldOf(shapes, asked, file) : null;
  if (name === null && asked !== null && rows.length > 0)
    throw new LakeobsError('usage', `the roster ${file} holds ids without a name: it has no column ${asked}`, {
      path: file,
      hint: 'Leave out --roster-column.',
    });
  return { column: name, idsSql: idsSql(values, name), lineOf: () => undefined };
}

/** The elements of an array, one a line: the same bytes, with line ends where its commas were. What an element is is not looked at. DuckDB's own reader of
 * arrays takes one that was cut behind a comma for whole.
 * @throws LakeobsError input when it is no array, or not a whole one. */
export function elementLines(bytes: Uint8Array, file: string): Uint8Array {
  const lines = Uint8Array.from(bytes);
  const fail = (message: string): never => {
    throw new LakeobsError('input', `the roster ${file} ${message}`, {
      path: file,
      hint: 'A .json roster is one array, of ids or of objects. One value a line is called .jsonl.',
    });
  };
  let depth = 0;
  let elements = 0;
  let filled = false;
  for (let at = 0; at < lines.length; at++) {
    const byte = lines[at]!;
    if (isSpace(byte)) lines[at] = signs.space;
    else if (depth === 0) {
      if (elements > 0) fail('goes on behind the end of its array');
      if (byte !== signs.opening) fail('is no JSON array');
      lines[at] = signs.space;
      depth = 1;
      elements = 1;
    } else if (depth === 1 && (byte === signs.comma || byte === signs.closing)) {
      if (!filled && (byte === signs.comma || elements > 1)) fail(`has nothing as value ${elements} of its array`);
      lines[at] = signs.newline;
      filled = false;
      if (byte === signs.comma) elements++;
      else depth = 0;
    } else {
      filled = true;
      if (byte === signs.quote) at = stringEnd(lines, at);
      else if (byte === signs.opening || byte === signs.openingBrace) depth++;
      else if (byte === signs.closing || byte === signs.closingBrace) depth--;
    }
  }
  if (elements === 0) fail('is no JSON array');
  if (depth > 0) fail('ends in the middle of its array');
  return lines;
}

const isObject = `json_type(json) = 'OBJECT'`;

/** One row `json` a line; of lists of one, their element. */
function valuesSql(path: string, lists: boolean): string {
  const json = lists
    ? `CASE WHEN json_array_length(json) = 1 THEN json -> 0 ELSE error('several values on one line') END AS json`
    : 'json';
  return `SELECT ${json} FROM read_json(${quoteText(path)}, format = 'newline_delimited', columns = {json: 'JSON'}, records = 'false', maximum_object_size = ${duckdbObjectBytesMax})`;
}

/** Whether a number of more than 64 bits may have a line for itself: DuckDB stumbles over that. */
function mayStandAlone(lines: Uint8Array): boolean {
  return (
    lines.find((byte) => !isSpace(byte)) !== signs.openingBrace && /\d{20}/.test(bufferOf(lines).toString('latin1'))
  );
}

/** Every value of NDJSON in a list of its own. */
function listed(lines: Uint8Array): string {
  return bufferOf(lines)
    .toString('utf8')
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : `[${line}]`))
    .join('\n');
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The field with the ids among the keys of all objects. */
function fieldOf(shapes: readonly (readonly string[])[], asked: string | null, file: string): string {
  const names = [...new Set(shapes.flat())];
  const name = names[idColumnOf(names, asked, file)]!;
  if (shapes.some((keys) => keys.indexOf(name) !== keys.lastIndexOf(name)))
    throw new LakeobsError('input', `the roster ${file} has an object with the key ${JSON.stringify(name)} twice`, {
      path: file,
      hint: 'Keep one of the two.',
    });
  return name;
}

/** The ids as text; an error at the first value that can be none. */
function idsSql(source: string, name: string | null): string {
  const values = `SELECT row_number() OVER () AS place, json FROM (${source})`;
  const refused = (what: string) => `error('value ' || place || ' ${what}')`;
  const found =
    name === null
      ? `SELECT place, json AS value FROM (${values})`
      : `SELECT place, CASE WHEN json IS NULL OR ${isObject} THEN struct_extract_at(json_transform(json, ${quoteText(JSON.stringify({ [name]: 'JSON' }))}), 1) ELSE ${refused('is no object, and others are')} END AS value FROM (${values})`;
  return `SELECT CASE coalesce(json_type(value), 'NULL') WHEN 'NULL' THEN NULL WHEN 'OBJECT' THEN ${refused('is an object where an id belongs')} WHEN 'ARRAY' THEN ${refused('is a list where an id belongs')} WHEN 'BOOLEAN' THEN ${refused('is true or false where an id belongs')} ELSE json_transform(value, '"VARCHAR"') END AS id FROM (${found})`;
}

const signs = {
  space: 0x20,
  newline: 0x0a,
  quote: 0x22,
  comma: 0x2c,
  backslash: 0x5c,
  opening: 0x5b,
  closing: 0x5d,
  openingBrace: 0x7b,
  closingBrace: 0x7d,
} as const;

function isSpace(byte: number): boolean {
  return byte === signs.space || (byte >= 0x09 && byte <= 0x0d);
}

/** Where the string that starts at `start` has its closing quote; the end of the bytes when it has none. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== signs.quote) at += bytes[at] === signs.backslash ? 2 : 1;
  return at;
}

/** The first line of NDJSON that is no JSON, 1-based: DuckDB's own count is off by one at times. */
export function brokenLine(bytes: Uint8Array): number | undefined {
  const at = bufferOf(bytes)
    .toString('utf8')
    .split('\n')
    .findIndex((line) => line.trim() !== '' && !isJson(line));
  return at < 0 ? undefined : at + 1;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
