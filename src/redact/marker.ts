// The one value that stands where a secret stood.

/** Replaces a secret, whatever its length or type, so that the mark tells nothing about it. */
export const REDACTED = '[REDACTED]';

/** What a name that promises a secret may still hold in the open: nothing is known from null, a flag or an empty text. */
export function isHarmless(value: unknown): boolean {
  return value === null || value === undefined || typeof value === 'boolean' || value === '' || value === REDACTED;
}
