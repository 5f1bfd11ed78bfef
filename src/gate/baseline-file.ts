// The file of a baseline: JSON that people review in a diff, an entry a line, in a stable order. Read strictly: what is not understood accepts nothing and ends
// the run, with the line.
import { readFileSync } from 'node:fs';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { baselineEntriesMax } from '../limits.ts';
import { JsonWalk } from '../ndjson/json-text.ts';
import { parseInstant } from '../query/times.ts';
import type { BaselineEntry } from './baseline.ts';
import type { Draft } from './draft.ts';

export const baselineSchema = 'lakeobs.baseline.v1';

/** Reads a baseline; null when there is no such file.
 * @throws LakeobsError input for a file that cannot be read or understood. */
export function readBaseline(path: string): BaselineEntry[] | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new LakeobsError('input', `cannot read the baseline ${path}: ${reasonOf(error)}`, {
      path,
      hint: 'Name another with --baseline FILE, or judge without one: --no-baseline.',
      cause: error,
    });
  }
  return parseBaseline(text.replace(/^\uFEFF/, ''), path);
}

/** @throws LakeobsError input naming file and line. */
export function parseBaseline(text: string, path: string): BaselineEntry[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw damaged(path, lineOfFault(text), `is not JSON: ${reasonOf(error)}`);
  }
  if (!isObject(document)) throw damaged(path, 1, 'is no JSON object');
  const { schema, entries, ...rest } = document;
  if (schema !== baselineSchema)
    throw damaged(
      path,
      1,
      typeof schema === 'string' && schema.startsWith('lakeobs.baseline.')
        ? `is of a version this lakeobs does not know: ${JSON.stringify(schema)}`
        : `is no baseline: its "schema" is not ${JSON.stringify(baselineSchema)}`,
    );
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw damaged(path, 1, `has an unknown key ${JSON.stringify(unknown)}`);
  if (!Array.isArray(entries)) throw damaged(path, 1, 'has no list of "entries"');
  if (entries.length > baselineEntriesMax)
    throw damaged(path, 1, `has ${entries.length} entries, more than ${baselineEntriesMax}`);
  const seen = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const complaint = complaintOf(entry);
    if (complaint !== null) throw damaged(path, linesOfEntries(text)[index] ?? 1, complaint);
    const first = seen.get(entry.fingerprint);
    if (first !== undefined) {
      const lines = linesOfEntries(text);
      throw damaged(path, lines[index] ?? 1, `lists a finding twice: it stands in line ${lines[first]}, too`);
    }
    seen.set(entry.fingerprint, index);
  }
  return entries as BaselineEntry[];
}

/** Writes all entries, in their order. */
export function writeBaseline(draft: Draft, entries: readonly BaselineEntry[]): void {
  draft.write(`{\n  "schema": ${JSON.stringify(baselineSchema)},\n  "entries": [`);
  for (let at = 0; at < entries.length; at += entriesPerWrite)
    draft.write(
      entries
        .slice(at, at + entriesPerWrite)
        .map((entry, index) => `${at + index === 0 ? '' : ','}\n    ${lineOf(entry)}`)
        .join(''),
    );
  draft.write(`${entries.length === 0 ? '' : '\n  '}]\n}\n`);
}

/** Some hundred KiB at a time. */
const entriesPerWrite = 1_000;

function lineOf({ check, fingerprint, identity, first_seen, expires, reason }: BaselineEntry): string {
  const fields = { check, fingerprint, identity, first_seen, expires, reason };
  // Whoever reviews it sees every character there is.
  return JSON.stringify(fields).replace(
    /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

type Fields = Readonly<Record<string, unknown>>;

const rules: Readonly<Record<keyof BaselineEntry, readonly [what: string, holds: (value: unknown) => boolean]>> = {
  check: ['the name of a check', (value) => typeof value === 'string' && value !== ''],
  fingerprint: ['64 hex digits', (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)],
  identity: [
    'an object of plain values',
    (value) => isObject(value) && Object.values(value).every((one) => one === null || typeof one !== 'object'),
  ],
  first_seen: ['a date', isDate],
  expires: ['a date or null', (value) => value === null || isDate(value)],
  reason: ['text or null', (value) => value === null || typeof value === 'string'],
};

function complaintOf(entry: unknown): string | null {
  if (!isObject(entry)) return 'has an entry that is no object';
  for (const [name, [what, holds]] of Object.entries(rules)) {
    if (!Object.hasOwn(entry, name)) return `has an entry without ${JSON.stringify(name)}`;
    if (!holds(entry[name])) return `has an entry whose ${JSON.stringify(name)} is not ${what}`;
  }
  const unknown = Object.keys(entry).find((name) => !Object.hasOwn(rules, name));
  return unknown === undefined ? null : `has an entry with an unknown key ${JSON.stringify(unknown)}`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDate(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value) &&
    parseInstant(value, new Date()) !== null &&
    !Number.isNaN(Date.parse(value))
  );
}

/** The line of every element of the one list at the top. The text is valid JSON. */
function linesOfEntries(text: string): number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  let awaited = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    if (unit === '\n') line++;
    if (/\s/.test(unit)) continue;
    if (awaited && unit !== ']') lines.push(line);
    awaited = false;
    if (unit === '"') {
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
    } else if (unit === '{' || unit === '[') {
      depth++;
      awaited = unit === '[' && depth === 2;
    } else if (unit === '}' || unit === ']') depth--;
    else if (unit === ',') awaited = depth === 2;
  }
  return lines;
}

/** Where JSON breaks; JSON.parse does not always say. */
function lineOfFault(text: string): number {
  const bytes = Buffer.from(text);
  const walk = new JsonWalk();
  const whole = walk.walk(bytes, 0, bytes.length) === 'whole';
  const at = whole ? (walk.nonFinite[0]?.[0] ?? walk.at) : walk.at;
  return bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
}

function damaged(path: string, line: number, what: string): LakeobsError {
  return new LakeobsError('input', `${path}:${line}: the baseline ${what}`, {
    path,
    line,
    hint: 'Correct the line, or take the file from version control; docs/checks.md shows its form.',
  });
}
