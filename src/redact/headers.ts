// Secrets in HTTP headers. The shape that came in goes out: an object stays an object, a list of pairs a list of pairs.
import { isHarmless, REDACTED } from './marker.ts';
import { isSecretHeader } from './names.ts';
import { redactText } from './text.ts';

export type HeaderValue = string | number | boolean | null | undefined | readonly string[];
export type HeaderObject = Readonly<Record<string, HeaderValue>>;
export type HeaderPairs = ReadonlyArray<readonly [string, string]>;

/**
 * Headers with secret values replaced: authorization, x-api-key, api-key, proxy-authorization, cookie, set-cookie, and every name with api-key, token,
 * secret, bearer, password or credential in it. Rate-limit headers are kept; all other values are redacted as text (a `location` may hold a URL with a key).
 */
export function redactHeaders(headers: HeaderObject): Record<string, HeaderValue>;
export function redactHeaders(headers: HeaderPairs): [string, string][];
/** A fetch `Headers` (or any iterable of pairs) becomes an object; a repeated name becomes a list. */
export function redactHeaders(headers: Iterable<readonly [string, string]>): Record<string, HeaderValue>;
export function redactHeaders(
  headers: HeaderObject | HeaderPairs | Iterable<readonly [string, string]>,
): Record<string, HeaderValue> | [string, string][] {
  if (Array.isArray(headers))
    return (headers as HeaderPairs).map(([name, value]): [string, string] => [name, redactHeader(name, value)]);
  const entries = isIterable(headers) ? [...headers] : Object.entries(headers);
  const result = new Map<string, HeaderValue>();
  for (const [name, value] of entries) {
    const redacted = redactHeader(name, value);
    const before = result.get(name);
    result.set(name, before === undefined ? redacted : ([before, redacted].flat() as string[]));
  }
  return Object.fromEntries(result);
}

function redactHeader<T extends HeaderValue>(name: string, value: T): T {
  if (isHarmless(value)) return value;
  if (isSecretHeader(name)) return (Array.isArray(value) ? value.map(() => REDACTED) : REDACTED) as T;
  if (typeof value === 'string') return redactText(value) as T;
  return (Array.isArray(value) ? value.map((one) => redactText(String(one))) : value) as T;
}

function isIterable(value: object): value is Iterable<readonly [string, string]> {
  return Symbol.iterator in value;
}
