// Strict validation of one record of a family, with every complaint naming its place in the record.
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { type Family, inWireOrder, type JsonObject } from './family.ts';

export type Validated = { ok: true; record: JsonObject } | { ok: false; issues: readonly string[] };

z.config(en());

/** Fills defaults, validates, and returns the record in wire order, unknown fields kept; or every complaint, one line each. */
export function validateRecord(family: Family, input: unknown, now: Date = new Date()): Validated {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { ok: false, issues: ['not a JSON object'] };
  const completed = family.complete(input as JsonObject, now);
  const parsed = z.safeParse(family.record, completed);
  if (!parsed.success) return { ok: false, issues: describeIssues(parsed.error) };
  return { ok: true, record: inWireOrder(family, completed) };
}

/** One line per complaint: `attempts[0].verdict_kind: Invalid option …`. */
export function describeIssues(error: z.core.$ZodError): string[] {
  return error.issues.map((issue) => {
    const place = issue.path
      .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? String(step) : `.${String(step)}`))
      .join('');
    const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
    const words = missing ? 'missing' : issue.message;
    return place === '' ? words : `${place}: ${words}`;
  });
}
