// Secrets in a record, before it is written: what JSON.stringify would write is walked, names decide over values, every other string is redacted as text.
// The record that comes in is never changed; without a secret the same object comes back, so that the common case allocates nothing.
import { redactDepthMax } from '../limits.ts';
import type { Family, JsonObject } from '../schema/family.ts';
import { redactKeyShapes } from './key-shapes.ts';
import { isHarmless, REDACTED } from './marker.ts';
import { judgeName, type Place } from './names.ts';
import { redactText } from './text.ts';

export interface RedactRecordOptions {
  /** Names of fields that hold ids, enums and times: their text, numbers and flags are left alone, wherever in the record they stand. */
  structural?: readonly string[];
  /** The fields at the top of such a record. A structural name among them is structural only there: an attribute called `name` is not the name of a span. */
  fields?: readonly string[];
}

/** A record with every secret replaced. Never throws; never changes the record given; redacting twice changes nothing more. */
export function redactRecord(record: JsonObject, options: RedactRecordOptions = {}): JsonObject {
  return compile(options)(record);
}

/** The redactor of a family: redactRecord with its structural fields, prepared once. */
export function redactorOf(family: Pick<Family, 'structural' | 'record'>): (record: JsonObject) => JsonObject {
  return compile({ structural: family.structural, fields: Object.keys(family.record.shape) });
}

function compile({ structural = [], fields = [] }: RedactRecordOptions): (record: JsonObject) => JsonObject {
  const top = new Set(structural);
  const deep = new Set(structural.filter((name) => !fields.includes(name)));
  return (record) => {
    try {
      // A class may say itself what is written of it.
      const { toJSON } = record as { toJSON?: unknown };
      const written: unknown = typeof toJSON === 'function' ? toJSON.call(record, '') : record;
      const walk: Walk = { top, deep, above: [] };
      return (
        isContainer(written) && !Array.isArray(written)
          ? walkObject(written as Record<string, unknown>, 'plain', walk)
          : walkValue(written, '', 'plain', walk)
      ) as JsonObject;
    } catch {
      return walkGuarded(record, top, deep);
    }
  };
}

interface Walk {
  top: ReadonlySet<string>;
  deep: ReadonlySet<string>;
  /** The objects around the one being walked: a cycle is left as it is, for the writer to refuse. */
  above: object[];
}

function walkObject(object: Record<string, unknown>, place: Place, walk: Walk): Record<string, unknown> {
  const structural = walk.above.length === 0 ? walk.top : walk.deep;
  walk.above.push(object);
  let copy: Record<string, unknown> | undefined;
  let renamed = false;
  for (const key of Object.keys(object)) {
    const value = object[key];
    let shown: unknown = value;
    if (structural.has(key) && !isContainer(value)) continue;
    const name = judgeName(key, place);
    if (name.secret) shown = isHarmless(value) || (place === 'usage' && typeof value === 'number') ? value : REDACTED;
    else if (typeof value === 'string') shown = redactText(value);
    else if (isContainer(value)) shown = walkContainer(value, key, name.below, walk);
    if (shown !== value) {
      copy ??= { ...object };
      copy[key] = shown;
    }
    if (redactKeyShapes(key) !== key) renamed = true;
  }
  walk.above.pop();
  return renamed ? withoutSecretNames(copy ?? object) : (copy ?? object);
}

function walkContainer(container: object, key: string, place: Place, walk: Walk): unknown {
  if (walk.above.includes(container)) return container;
  if (walk.above.length >= redactDepthMax) return REDACTED;
  const { toJSON } = container as { toJSON?: unknown };
  if (typeof toJSON === 'function') {
    walk.above.push(container);
    const shown = walkValue(toJSON.call(container, key), key, place, walk);
    walk.above.pop();
    return shown;
  }
  if (container instanceof String) return redactText(String(container));
  return Array.isArray(container)
    ? walkList(container, place, walk)
    : walkObject(container as Record<string, unknown>, place, walk);
}

function walkList(list: readonly unknown[], place: Place, walk: Walk): readonly unknown[] {
  walk.above.push(list);
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index += 1) {
    const value = list[index];
    const shown = walkValue(value, String(index), place, walk);
    if (shown !== value) {
      copy ??= [...list];
      copy[index] = shown;
    }
  }
  walk.above.pop();
  return copy ?? list;
}

function walkValue(value: unknown, key: string, place: Place, walk: Walk): unknown {
  if (typeof value === 'string') return redactText(value);
  return isContainer(value) ? walkContainer(value, key, place, walk) : value;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A map from keys to something: the keys themselves are secrets. Two of them must not become one. */
function withoutSecretNames(object: Record<string, unknown>): Record<string, unknown> {
  const shown = new Map<string, unknown>();
  let next = 2;
  for (const [key, value] of Object.entries(object)) {
    const name = redactKeyShapes(key);
    let free = name;
    while (free !== key && (shown.has(free) || Object.hasOwn(object, free))) {
      free = `${name}_${next}`;
      next += 1;
    }
    shown.set(free, value);
  }
  return Object.fromEntries(shown);
}

/** Something in the record threw (a getter, a proxy, a toJSON): field by field, and what cannot be looked at is replaced. */
function walkGuarded(record: JsonObject, top: ReadonlySet<string>, deep: ReadonlySet<string>): JsonObject {
  const shown: JsonObject = {};
  try {
    for (const key of Object.keys(record)) {
      try {
        const one = walkObject({ [key]: record[key] }, 'plain', { top, deep, above: [] });
        Object.assign(shown, one);
      } catch {
        shown[key] = REDACTED;
      }
    }
  } catch {
    // Not even its names can be read: nothing of it is shown.
  }
  return shown;
}
