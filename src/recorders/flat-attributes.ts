// Attributes of a journal record are flat: text, number, boolean or null under a name. What a program passes is made to fit, because a log call is no place
// to fail: nested values become JSON text, values without any text are dropped, and both are counted.
import { redactRecord } from '../redact/index.ts';
import type { JsonObject } from '../schema/index.ts';

export type AttributeValue = string | number | boolean | null;
export type Attributes = Record<string, AttributeValue>;
/** What a caller may pass; undefined means absent. */
export type AttributesInput = Readonly<Record<string, unknown>>;

export interface FlatCounts {
  /** Values that were not flat and became text. */
  attributesConverted: number;
  /** Values that have no text: functions, symbols, cycles, getters that throw. */
  attributesDropped: number;
}

/** The attributes as a flat object. `redact`: nested values lose their secrets while their names can still be seen. */
export function flatAttributes(input: AttributesInput, counts: FlatCounts, redact: boolean): Attributes {
  const flat: [string, AttributeValue][] = [];
  for (const name of namesOf(input)) {
    const value = flatten(input, name, counts, redact);
    if (value !== undefined) flat.push([name, value]);
  }
  return Object.fromEntries(flat);
}

function namesOf(input: AttributesInput): string[] {
  try {
    return typeof input === 'object' && input !== null ? Object.keys(input) : [];
  } catch {
    return [];
  }
}

function flatten(
  input: AttributesInput,
  name: string,
  counts: FlatCounts,
  redact: boolean,
): AttributeValue | undefined {
  try {
    const value = input[name];
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value === undefined) return undefined;
    const text = textOf(name, value, redact);
    if (text === undefined) counts.attributesDropped += 1;
    else counts.attributesConverted += 1;
    return text;
  } catch {
    counts.attributesDropped += 1;
    return undefined;
  }
}

function textOf(name: string, value: unknown, redact: boolean): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return undefined;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const shown: unknown = redact ? redactRecord({ [name]: value } as JsonObject)[name] : value;
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
}
