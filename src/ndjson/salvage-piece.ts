// What is still good in a stretch of bytes that was meant to be one record. Whole objects at its front are kept; behind a torn part one whole object of a known
// family is recovered; the rest gets a reason. Time grows with the length of the piece, whatever stands in it. Pure.
import { isUtf8 } from 'node:buffer';
import { type JsonObject, recognise } from '../schema/index.ts';
import { recognisedBy } from '../schema/recognise.ts';
import type { DamageReason } from './damage.ts';
import { firstMembersOnly, hasLoneSurrogate, isOuterSpace, JsonWalk, memberCount } from './json-text.ts';

/** An object read from its text: what DuckDB is given, what lakeobs sees, which keys came again. */
export interface ObjectRead {
  bytes: Uint8Array;
  record: JsonObject;
  duplicateKeys: readonly string[];
}

/** One part of a piece, in order; offsets into the bytes given. */
export type Part =
  | ({ kind: 'object'; start: number; end: number; origin: 'whole' | 'glued' | 'suffix' } & ObjectRead)
  | { kind: 'bad'; start: number; end: number; reason: DamageReason };

/**
 * Reads one object that is all of `bytes` from `start` to `end`; null when it is not that, or not for JSON.parse (NaN): then ask salvagePiece.
 * This is the fast path of every good line.
 */
export function readWholeObject(bytes: Buffer, start: number, end: number): ObjectRead | null {
  if (end - start < 2 || bytes[start] !== braceOpen || bytes[end - 1] !== braceClose) return null;
  const own = bytes.subarray(start, end);
  if (!isUtf8(own)) return null;
  const text = own.toString();
  let record: JsonObject;
  try {
    record = JSON.parse(text) as JsonObject;
  } catch {
    return null;
  }
  if (text.includes('\\u') && hasLoneSurrogate(text)) return null;
  return memberCount(text) === Object.keys(record).length
    ? { bytes: own, record, duplicateKeys: none }
    : withoutDuplicates(text, text);
}

/**
 * All parts of the piece, which has no white space around it. `afterDamage`: something on the same line was damaged before this piece; then an object of no known
 * family is only taken when the piece holds nothing but whole objects, because it could be a member of what was damaged.
 */
export function salvagePiece(piece: Buffer, afterDamage: boolean): Part[] {
  const objects: { start: number; end: number; read: ObjectRead }[] = [];
  const to = piece.length;
  let rest = 0;
  while (piece[rest] === braceOpen) {
    const walk = new JsonWalk();
    if (walk.walk(piece, rest, to) !== 'whole') break;
    objects.push({ start: rest, end: walk.at, read: readObject(piece, rest, walk.at, walk) });
    rest = walk.at;
    while (rest < to && isOuterSpace(piece[rest] as number)) rest += 1;
  }
  const origin = objects.length > 1 ? 'glued' : 'whole';
  const parts: Part[] = [];
  let bad = -1;
  objects.forEach(({ start, end, read }, index) => {
    // An object against another object, whole or torn, is a record whose newline was lost. Against anything else only a known family proves it one.
    const againstObject = index < objects.length - 1 || piece[rest] === braceOpen;
    if (rest < to && (afterDamage || !againstObject) && !isOfFamily(read.record)) {
      if (bad < 0) bad = start;
      return;
    }
    if (bad >= 0) parts.push(badPart(piece, bad, start));
    bad = -1;
    parts.push({ kind: 'object', start, end, origin, ...read });
  });
  if (bad < 0) bad = rest;
  if (bad === to) return parts;
  const suffix = familySuffix(piece, bad);
  parts.push(badPart(piece, bad, suffix?.start ?? to));
  if (suffix !== null) parts.push({ kind: 'object', start: suffix.start, end: to, origin: 'suffix', ...suffix.read });
  return parts;
}

function badPart(piece: Buffer, start: number, before: number): Part {
  let end = before;
  while (isOuterSpace(piece[end - 1] as number)) end -= 1;
  return { kind: 'bad', start, end, reason: reasonFor(piece.subarray(start, end)) };
}

/**
 * The longest proper suffix of the bytes from `from` on that is one whole object of a known family. A walk tells of all objects it opened that they do not end the
 * piece (but for the one whose brace closes it), so only braces that no walk has opened are tried. Two walks over the same bytes read each other's strings as
 * structure, and a third would agree with one of them: at most two walks cover a byte, so the search is linear. Two objects that end the piece agree on its
 * strings, so no later walk can find a longer one.
 */
function familySuffix(piece: Buffer, from: number): { start: number; read: ObjectRead } | null {
  const to = piece.length;
  if (piece[to - 1] !== braceClose) return null;
  const visited = new Uint8Array(to);
  for (let start = from; start >= 0; start = piece.indexOf(braceOpen, start + 1)) {
    if (visited[start] === 1) continue;
    const walk = new JsonWalk(visited);
    walk.walk(piece, start, to);
    const closed = walk.objectClosedAt(to);
    if (closed <= from) continue;
    const read = readObject(piece, closed, to, walk);
    if (isOfFamily(read.record)) return { start: closed, read };
  }
  return null;
}

/** Why the bytes are no record, judged by what they are alone. */
function reasonFor(bytes: Buffer): DamageReason {
  const walk = new JsonWalk();
  const result = walk.walk(bytes, 0, bytes.length);
  const object = bytes[0] === braceOpen;
  if (result === 'cut' && object) return 'torn';
  if (walk.failure === 'utf8' || !isUtf8(bytes)) return 'invalid-utf8';
  if (walk.failure === 'surrogate') return 'lone-surrogate';
  if (walk.failure === 'control') return 'control-character';
  const alone = result === 'whole' && walk.at === bytes.length;
  return alone && !object && walk.nonFinite.length === 0 ? 'not-an-object' : 'not-json';
}

/** Reads an object that a walk found valid. */
function readObject(piece: Buffer, start: number, end: number, walk: JsonWalk): ObjectRead {
  const bytes = piece.subarray(start, end);
  const text = bytes.toString();
  let finite = text;
  const literals = walk.nonFinite.filter(([literalStart]) => literalStart > start);
  if (literals.length > 0) {
    let at = start;
    finite = '';
    for (const [literalStart, literalEnd] of literals) {
      finite += `${piece.toString('utf8', at, literalStart)}null`;
      at = literalEnd;
    }
    finite += piece.toString('utf8', at, end);
  }
  const record = JSON.parse(finite) as JsonObject;
  return memberCount(text) === Object.keys(record).length
    ? { bytes, record, duplicateKeys: none }
    : withoutDuplicates(text, finite);
}

function withoutDuplicates(text: string, finite: string): ObjectRead {
  const first = firstMembersOnly(text);
  const record = JSON.parse(finite === text ? first.text : firstMembersOnly(finite).text) as JsonObject;
  return { bytes: Buffer.from(first.text), record, duplicateKeys: first.duplicateKeys };
}

/** Whether the record is of a family lakeobs knows, in any version. Nested values are not looked into: they decide nothing, and may be nested too deeply to print. */
function isOfFamily(record: JsonObject): boolean {
  const shallow: JsonObject = {};
  for (const key of recognisedBy) {
    const value = record[key];
    shallow[key] = typeof value === 'object' && value !== null ? {} : value;
  }
  return recognise(shallow).family !== null;
}

const braceOpen = 0x7b;
const braceClose = 0x7d;
const none: readonly string[] = [];
